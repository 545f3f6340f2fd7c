//! What benches read: pages, feeds and reviews, invented, the same at every run.
#![allow(dead_code, reason = "no bench needs all of it")]

use std::fmt::Write;

use amends::{
    review::{Content, PostedAt, RawRating, Sighting},
    sources::{self, Source},
};

/// Reviews on a page.
pub const REVIEWS: usize = 50;

/// A page of reviews as JSON-LD, between much that is none.
pub fn json_ld_page() -> String {
    let reviews: Vec<String> = (0..REVIEWS)
        .map(|n| {
            format!(
                r#"{{"@type":"Review","author":{{"@type":"Person","name":"Guest {n}"}},"datePublished":"2026-10-02",
                "reviewBody":"The lift was loud, night {n}.","reviewRating":{{"@type":"Rating","ratingValue":"{}"}}}}"#,
                n % 5 + 1
            )
        })
        .collect();
    page(&format!(
        r#"<script type="application/ld+json">{{"@context":"https://schema.org","@type":"Hotel","name":"x","review":[{}]}}</script>"#,
        reviews.join(",")
    ))
}

/// The same page with the reviews as microdata.
pub fn microdata_page() -> String {
    page(&(0..REVIEWS).fold(String::new(), |mut html, n| {
        let _ = write!(
            html,
            r#"<div itemscope itemtype="https://schema.org/Review"><span itemprop="author">Guest {n}</span>
            <time itemprop="datePublished" datetime="2026-10-02"></time><p itemprop="reviewBody">The lift was loud, night {n}.</p>
            <span itemprop="reviewRating" itemscope itemtype="https://schema.org/Rating"><meta itemprop="ratingValue" content="{}"></span></div>"#,
            n % 5 + 1
        );
        html
    }))
}

fn page(body: &str) -> String {
    format!("<html><head><title>x</title></head><body>{}{body}</body></html>", "<p>filler</p>".repeat(3_000))
}

/// An RSS feed of reviews.
pub fn feed() -> String {
    (0..REVIEWS).fold("<rss version=\"2.0\"><channel><title>x</title>".to_owned(), |mut xml, n| {
        let _ = write!(
            xml,
            "<item><guid>g{n}</guid><title>{}/5 - Loud</title><description>&lt;p&gt;The lift was loud, night {n}.&lt;/p&gt;</description>
            <pubDate>Fri, 02 Oct 2026 08:15:30 GMT</pubDate></item>",
            n % 5 + 1
        );
        xml
    }) + "</channel></rss>"
}

/// A source of a kind for which an address is enough.
pub fn source(kind: &str) -> Box<dyn Source> {
    let settings = [("url".to_owned(), "https://hotel.example/".into())].into_iter().collect();
    (sources::find(kind).expect("a kind of ours").build)(settings).expect("an address is all it needs")
}

/// Reviews of a few sentences each, from that number on.
pub fn sightings(from: usize, count: usize) -> Vec<Sighting> {
    (from..from + count)
        .map(|n| Sighting {
            id: Some(format!("r{n}")),
            rating: Some(RawRating::new((n % 5 + 1) as i64)),
            author: Some(format!("Guest {n}")),
            text: Some(words(n)),
            posted_at: PostedAt::parse("2026-10-02"),
            ..Sighting::default()
        })
        .collect()
}

/// The contents of such reviews.
pub fn contents(count: usize) -> Vec<Content> {
    (0..count).map(|n| Content { text: Some(words(n)), ..Content::default() }).collect()
}

fn words(n: usize) -> String {
    let things = ["breakfast", "shower", "lift", "staff", "bed", "view", "parking", "pool", "Wi-Fi", "noise", "price"];
    let said = [
        "was wonderful",
        "was cold and nobody came though we asked twice",
        "could have been better",
        "made our stay",
        "never worked",
        "is worth a visit",
        "smelled of smoke, which is a shame",
    ];
    let sentence =
        |k: usize| format!("The {} {}. ", things[(n * 7 + k * 3) % things.len()], said[(n + k * 5) % said.len()]);
    format!("Night {n}. {}", (0..4).map(sentence).collect::<String>())
}
