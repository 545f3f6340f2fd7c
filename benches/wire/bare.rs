//! The least that could be called a watcher, in a process of its own so that its time can be read: reqwest on one thread.
//!
//! The first round goes as fast as it can; each further one either too, or over a second: as often as the daemon looks, for a look out
//! of rest costs more than one of many in a row.
//!
//! Feeds: validators, feed-rs for what is new, one row a review, one durable commit (WAL, FULL) a feed. Pages: a hash of the body,
//! and nothing more. It judges nothing, keeps no versions and tells nobody.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use sha2::{Digest, Sha256};

use crate::{cpu_secs, site::Kind};

/// How often each source is looked at after the first round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One after the other without a rest.
    InARow,
    /// Each once a second.
    EachSecond,
}

impl Pace {
    fn name(self) -> &'static str {
        match self {
            Pace::InARow => "in-a-row",
            Pace::EachSecond => "each-second",
        }
    }

    /// The pace of that name.
    pub fn named(name: &str) -> Self {
        if name == Pace::InARow.name() { Pace::InARow } else { Pace::EachSecond }
    }
}

/// How many rounds are measured after the first.
const ROUNDS: usize = 10;

/// CPU seconds per 1,000 looks of a bare loop in a process of its own: in its first round, and in the further ones.
pub fn cpu_per_1000(port: u16, kind: Kind, sources: usize, pace: Pace, folder: &Path) -> (f64, f64) {
    let us = std::env::current_exe().expect("a path");
    let numbers = [port.to_string(), sources.to_string()];
    let mut child = Command::new(us)
        .args(["bare", kind.name(), pace.name()])
        .args(numbers)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the bare loop starts");
    let mut until_it_waits = || {
        child.stdout.as_mut().expect("its output").read_exact(&mut [0]).expect("it says when it is done");
        let cpu = cpu_secs(&child);
        child.stdin.as_mut().expect("its input").write_all(b"\n").expect("it listens");
        cpu
    };
    let first = until_it_waits();
    let further = until_it_waits() - first;
    child.wait().expect("it ends");
    (first / sources as f64 * 1_000.0, further / (sources * ROUNDS) as f64 * 1_000.0)
}

/// The bare loop itself; after its first round and after the last it says so and waits, so that its time can be read.
pub fn run(kind: Kind, pace: Pace, port: u16, sources: usize, folder: &Path) {
    let path = folder.join(format!("bare-{}-{}.db", kind.name(), pace.name()));
    let _ = std::fs::remove_file(&path);
    let mut store = rusqlite::Connection::open(path).expect("a database");
    store
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE reviews (id TEXT PRIMARY KEY, title TEXT, text TEXT) WITHOUT ROWID;",
        )
        .expect("a table");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let mut known: Vec<Option<String>> = vec![None; sources];
    let mut hashes: Vec<Option<[u8; 32]>> = vec![None; sources];
    let say_and_wait = || {
        println!();
        let _ = std::io::stdout().flush();
        let _ = std::io::stdin().read_exact(&mut [0]);
    };
    for round in 0..=ROUNDS {
        let mut turns = runtime.block_on(async { tokio::time::interval(Duration::from_secs(1) / sources as u32) });
        for (nth, tag) in known.iter_mut().enumerate() {
            let answer = runtime.block_on(async {
                if pace == Pace::EachSecond && round > 0 {
                    turns.tick().await;
                }
                let mut request = client.get(kind.address(port, nth, 1));
                if let Some(tag) = tag.as_deref() {
                    request = request.header("if-none-match", tag);
                }
                let answer = request.send().await.expect("an answer");
                let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
                #[expect(clippy::disallowed_methods, reason = "our own server answers")]
                (answer.status() == 200).then_some((tag, answer.bytes().await.expect("a body")))
            });
            let Some((new_tag, body)) = answer else { continue };
            *tag = new_tag;
            match kind {
                Kind::Page => hashes[nth] = Some(Sha256::digest(&body).into()),
                Kind::Feed | Kind::Late => insert(&mut store, &body),
            }
        }
        if round == 0 {
            say_and_wait();
        }
    }
    std::hint::black_box(&hashes);
    say_and_wait();
}

fn insert(store: &mut rusqlite::Connection, body: &[u8]) {
    let feed = feed_rs::parser::parse(body).expect("a feed");
    let tx = store.transaction().expect("a transaction");
    for entry in feed.entries {
        let (title, text) = (entry.title.map(|it| it.content), entry.summary.map(|it| it.content));
        tx.prepare_cached("INSERT INTO reviews VALUES (?1, ?2, ?3)")
            .expect("a statement")
            .execute((entry.id, title, text))
            .expect("a row");
    }
    tx.commit().expect("a commit");
}
