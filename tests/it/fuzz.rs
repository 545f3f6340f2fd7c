//! Every kind's `parse` and `accept` against payloads that were damaged at random: no panic, no endless work, no great allocation.
//!
//! A second by default; `AMENDS_FUZZ_SECS=600 cargo nextest run fuzz --no-capture` for as long as you like. The seed of a failure is in its message.

use std::{
    cell::{Cell, RefCell},
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use amends::{
    demo::Dice,
    sources::{Push, Source},
};

use crate::contract::each;

/// The most that a payload of megabytes may make the whole process hold.
const PEAK_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The longest that one damaged payload may take in a debug build on a busy machine.
const ONE_MAX: Duration = Duration::from_secs(20);
/// Pieces in which formats differ: they are put where they do not belong.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"<",
    b"</",
    b"<![CDATA[",
    b"<!--",
    b"&#x110000;",
    b"&amp;",
    b"--",
    b"\r\n\r\n",
    b"=?utf-8?B?",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    b"1e999",
    b"-0",
    b"9007199254740993",
    b"null",
    b"%",
    b"&",
    b"=",
    b"\xff",
    b"\xe2\x80\xae",
    b"\0",
    b"PK\x03\x04",
    b"2026-11-31T25:61:61Z",
    b"99999999999999999999999999",
];

/// The payload with one to eight injuries: bytes changed, cut out, doubled, repeated many times, or pieces of formats put in.
fn damaged(payload: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    for _ in 0..dice.between(1, 8) {
        let (from, to) = (below(dice, bytes.len()), below(dice, bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match dice.between(0, 5) {
            0 if !bytes.is_empty() => bytes[from] = u8::try_from(dice.between(0, 255)).unwrap(),
            1 => drop(bytes.drain(from..to)),
            2 => bytes.truncate(to),
            3 => {
                let copy = bytes[from..to].to_vec();
                bytes.splice(to..to, copy);
            }
            4 => {
                let times = if dice.happens(12) { 2_000 } else { 1 };
                bytes.splice(from..from, dice.pick(PIECES).repeat(times));
            }
            _ => drop(bytes.splice(from..to, dice.pick(PIECES).iter().copied())),
        }
        bytes.truncate(2 * 1024 * 1024);
    }
    bytes
}

/// A place in something of that length; 0 if it is empty.
fn below(dice: &mut Dice, length: usize) -> usize {
    usize::try_from(dice.between(0, length as i64 - 1)).unwrap()
}

fn try_one(source: &dyn Source, bytes: &[u8], now: jiff::Timestamp) {
    let url = "https://a.example/in/x?hub.mode=subscribe&hub.challenge=1".parse().unwrap();
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", http::HeaderValue::from_static("Bearer x"));
    let _ = source.parse(bytes, Some(&url));
    let _ = source.parse(bytes, None);
    let _ = source.accept(&Push { method: &http::Method::POST, url: &url, headers: &headers, body: bytes, now });
}

/// The most memory that this process has held, in bytes; nothing where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[test]
fn whatever_is_damaged_at_random_is_read_or_refused() {
    let secs = std::env::var("AMENDS_FUZZ_SECS").ok().map_or(1, |secs| secs.parse().expect("a number of seconds"));
    let (begins, now) = (Instant::now(), "2026-11-21T10:00:00Z".parse().unwrap());
    let (tried, slowest) = (Cell::new(0_u64), RefCell::new((Duration::ZERO, String::new())));
    let mut round = 0_u64;
    while begins.elapsed() < Duration::from_secs(secs) {
        each(|kind, source, payload| {
            for seed in (0..20).map(|nth| (round << 8) + nth) {
                let bytes = damaged(payload.as_bytes(), &mut Dice::new(seed));
                let since = Instant::now();
                let done = std::panic::catch_unwind(AssertUnwindSafe(|| try_one(source, &bytes, now)));
                assert!(done.is_ok(), "{kind}, seed {seed}");
                let took = since.elapsed();
                assert!(took < ONE_MAX, "{kind}, seed {seed}: {took:?} for {} bytes", bytes.len());
                tried.set(tried.get() + 1);
                if took > slowest.borrow().0 {
                    *slowest.borrow_mut() = (took, format!("{kind}, seed {seed}, {} bytes", bytes.len()));
                }
            }
        });
        round += 1;
    }
    let held = peak();
    println!(
        "{} damaged payloads; the slowest {:?}; the process held {held:?} bytes at most",
        tried.get(),
        slowest.borrow()
    );
    assert!(held.is_none_or(|held| held < PEAK_BYTES_MAX), "the process held {held:?} bytes");
}
