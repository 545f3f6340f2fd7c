//! Ratios of one run, for a noisy machine: what the cheap way saves against the plain one. It asserts nothing and times no test.
//!
//! `cargo bench --bench ratios` prints a line a pair: both figures, and the second divided by the first.

use std::{
    fmt::Write,
    hint::black_box,
    time::{Duration, Instant},
};

use amends::{
    judge::{Rules, judge},
    review::{Content, Coverage, PostedAt, RawRating, Sighting},
    sources,
    store::{self, Store, sources::Success},
    work::{
        house::House,
        ingest::{self, Batch, Choices},
    },
};

/// Reviews on a page.
const REVIEWS: usize = 50;
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
    let page = |body: &str| {
        format!("<html><head><title>x</title></head><body>{}{body}</body></html>", "<p>filler</p>".repeat(3_000))
    };
    let json_ld: Vec<String> = (0..REVIEWS)
        .map(|n| {
            format!(
                r#"{{"@type":"Review","author":{{"@type":"Person","name":"Guest {n}"}},"datePublished":"2026-10-02",
                "reviewBody":"The lift was loud, night {n}.","reviewRating":{{"@type":"Rating","ratingValue":"{}"}}}}"#,
                n % 5 + 1
            )
        })
        .collect();
    let json_ld = page(&format!(
        r#"<script type="application/ld+json">{{"@context":"https://schema.org","@type":"Hotel","name":"x","review":[{}]}}</script>"#,
        json_ld.join(",")
    ));
    let microdata = (0..REVIEWS).fold(String::new(), |mut html, n| {
        let _ = write!(
            html,
            r#"<div itemscope itemtype="https://schema.org/Review"><span itemprop="author">Guest {n}</span>
            <time itemprop="datePublished" datetime="2026-10-02"></time><p itemprop="reviewBody">The lift was loud, night {n}.</p>
            <span itemprop="reviewRating" itemscope itemtype="https://schema.org/Rating"><meta itemprop="ratingValue" content="{}"></span></div>"#,
            n % 5 + 1
        );
        html
    });
    let microdata = page(&microdata);
    let feed = (0..REVIEWS).fold("<rss version=\"2.0\"><channel><title>x</title>".to_owned(), |mut xml, n| {
        let _ = write!(
            xml,
            "<item><guid>g{n}</guid><title>{}/5 - Loud</title><description>&lt;p&gt;The lift was loud, night {n}.&lt;/p&gt;</description>
            <pubDate>Fri, 02 Oct 2026 08:15:30 GMT</pubDate></item>",
            n % 5 + 1
        );
        xml
    }) + "</channel></rss>";
    let kind = |name: &str| {
        let settings = [("url".to_owned(), "https://hotel.example/".into())].into_iter().collect();
        (sources::find(name).expect("a kind of ours").build)(settings).expect("an address is all it needs")
    };
    let (pages, feeds) = (kind("page"), kind("feed"));
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
        let sightings = (from..from + count).map(|n| Sighting {
            id: Some(format!("r{n}")),
            rating: Some(RawRating::new((n % 5 + 1) as i64)),
            text: Some(format!("The lift was loud, night {n}.")),
            posted_at: PostedAt::parse("2026-10-02"),
            ..Sighting::default()
        });
        let success = Success { memory: String::new(), at: now, due_at: now, count_stated: None };
        let choices = Choices { surge_max: u64::MAX, open_recent: None };
        Batch::new(source, (sightings.collect(), Coverage::Some), &place, choices, success)
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
