//! Ratios of one run, for a noisy machine: what the cheap way saves against the plain one. It asserts nothing and times no test.
//!
//! `cargo bench --bench ratios` prints a line a pair: both figures, and the second divided by the first.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use amends::{
    judge::{Rules, judge},
    review::{Content, Coverage},
    sources,
    store::{self, Store, sources::Success},
    work::{
        house::House,
        ingest::{self, Batch, Choices},
    },
};

mod material;
use material::REVIEWS;

/// Times each thing is done; the middle one counts.
const ROUNDS: usize = 15;

fn main() {
    parsing();
    judging();
    committing();
}

/// The median time of doing something once.
fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn say(what: &str, cheap: Duration, plain: Duration) {
    println!("{what:<72} {cheap:>10.1?} {plain:>10.1?}  x {:.1}", plain.as_secs_f64() / cheap.as_secs_f64());
}

fn judging() {
    let rules = Rules::default();
    let sentence = "The room was clean, but nobody came though we asked twice, and the soup was cold. ";
    let of = |times: usize| Content { text: Some(sentence.repeat(times)), ..Content::default() };
    let (none, one, hundred) = (Content::default(), of(1), of(100));
    black_box(judge(&one, &rules));
    let time = |content: &Content| median(|| (0..100).for_each(|_| drop(black_box(judge(content, &rules)))));
    say("a review without words against one of a sentence, a hundred times", time(&none), time(&one));
    say("one of a sentence against one of a hundred, a hundred times", time(&one), time(&hundred));
}

fn parsing() {
    let (json_ld, microdata, feed) = (material::json_ld_page(), material::microdata_page(), material::feed());
    let (pages, feeds) = (material::source("page"), material::source("feed"));
    let read = |source: &dyn sources::Source, payload: &str| {
        assert_eq!(black_box(source.parse(payload.as_bytes(), None)).expect("well-formed").len(), REVIEWS);
    };
    say(
        "page of 50 reviews: JSON-LD without a tree, microdata with one",
        median(|| read(&*pages, &json_ld)),
        median(|| read(&*pages, &microdata)),
    );
    say(
        "feed of 50 reviews: ours with ratings, feed-rs without",
        median(|| read(&*feeds, &feed)),
        median(|| {
            assert_eq!(black_box(feed_rs::parser::parse(feed.as_bytes())).expect("well-formed").entries.len(), REVIEWS)
        }),
    );
}

fn committing() {
    let house = House::default();
    let place = house.place("x");
    let now: jiff::Timestamp = "2026-11-21T10:00:00Z".parse().expect("a time");
    let batch = |source: &str, from: usize, count: usize| {
        let success = Success { memory: String::new(), at: now, due_at: now, count_stated: None };
        let choices = Choices { surge_max: u64::MAX, open_recent: None };
        Batch::new(source, (material::sightings(from, count), Coverage::Some), &place, choices, success)
    };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a new database");
    let mut next = 0;
    let mut commit = |count: usize, times: usize| {
        for _ in 0..times {
            let (batch, house) = (batch("a", next, count), house.clone());
            next += count;
            store.write_now(move |tx| ingest::ingest(tx, &house, batch).map(|_| ())).expect("written");
        }
    };
    store.write_now(|tx| store::sources::ensure(tx, "a", "page", "x").map(|_| ())).expect("written");
    say(
        "50 new reviews, durable: one commit, fifty commits",
        median(|| commit(REVIEWS, 1)),
        median(|| commit(1, REVIEWS)),
    );
}
