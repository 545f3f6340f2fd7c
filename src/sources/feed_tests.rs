//! Tests of feeds against invented payloads in the true shapes, sound and damaged.

use std::time::{Duration, Instant};

use super::*;
use crate::sources::{Memory, fake::FakeWeb};

const RSS: &str = include_str!("../../tests/fixtures/feed/reviews.rss");
const ALERTS: &str = include_str!("../../tests/fixtures/feed/alerts.atom");
const RATED: &str = include_str!("../../tests/fixtures/feed/rated.atom");
const PAGE_1: &str = include_str!("../../tests/fixtures/feed/page_1.json");
const PAGE_2: &str = include_str!("../../tests/fixtures/feed/page_2.json");

fn read(payload: &str) -> Vec<Sighting> {
    let url = "https://reviews.example/feed".parse().unwrap();
    parse(payload.as_bytes(), Some(&url), &Place::all()).unwrap().sightings
}

fn feed(url: &str) -> Box<dyn Source> {
    build(toml::Table::from_iter([("url".to_owned(), url.into())])).map_err(|error| error.to_string()).unwrap()
}

/// Compares id, author, rating, title, text and link of one sighting; `-` stands for none.
#[track_caller]
fn check(sighting: &Sighting, expected: [&str; 6]) {
    let text = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
    let rating = sighting.rating.as_ref().map(|rating| rating.stars.to_string().trim_matches('"').to_owned());
    let seen = [&sighting.id, &sighting.author, &rating, &sighting.title, &sighting.text, &sighting.url].map(text);
    assert_eq!(seen, expected);
}

#[test]
fn an_rss_item_gives_its_fullest_text_and_its_own_rating() {
    let seen = read(RSS);
    let link = "https://reviews.example/alpenblick/r/9007199254740993";
    let text = "The shower was cold on two mornings.\nThe lift hums …";
    check(&seen[0], ["9007199254740993", "Mira K.", "2", "Cold shower & a loud lift", text, link]);
    assert_eq!(seen[0].posted_at.unwrap().at.to_string(), "2026-11-20T20:04:10Z");
    let link = "https://reviews.example/alpenblick/r/2";
    check(&seen[1], [link, "Ben O.", "5", "★★★★★ Wonderful people", "Kind, quick & clean. I <3 it.", link]);
    check(&seen[2], ["-", "-", "-", "Mentioned in the valley news", "A hotel with a view.", "-"]);
}

#[test]
fn a_google_alert_gives_the_page_behind_its_link() {
    let title = "Bed bugs at Hotel Alpenblick, guest says - Valley News";
    let text = "A guest of Hotel Alpenblick found \"little visitors\" ...";
    let link = "https://news.example/2026/11/alpenblick?page=1";
    check(&read(ALERTS)[0], ["tag:google.com,2013:googlealerts/feed:111", "-", "-", title, text, link]);
}

#[test]
fn an_atom_entry_gives_rating_language_and_edit() {
    let seen = read(RATED);
    let text = "Das Zimmer war kalt.\nFish & chips gut.";
    check(&seen[0], ["7001", "Jo", "1", "Kalt", text, "https://shop.example/r/7001"]);
    assert_eq!(seen[0].language.as_deref(), Some("de"));
    assert_eq!(seen[0].posted_at.unwrap().at.to_string(), "2026-11-18T09:00:00Z");
    assert_eq!(seen[0].edited_at.unwrap().to_string(), "2026-11-19T09:00:00Z");
    check(&seen[1], ["7002", "-", "7", "1 < 2", "a <b> c", "-"]);
    let rating = seen[1].rating.as_ref().unwrap();
    assert_eq!((rating.worst, rating.best), (Some(1.0), Some(10.0)));
}

#[test]
fn a_json_feed_is_read_with_its_extensions() {
    let seen = read(PAGE_1);
    check(&seen[0], ["9007199254740993", "Ann", "2", "Loud", "Loud & late", "https://reviews.example/r/1"]);
    check(&seen[1], ["b", "Bo", "4", "-", "Just a mention", "-"]);
}

#[test]
fn averages_and_age_limits_are_no_ratings() {
    let item = "<media:rating>5</media:rating><gd:rating average='4.5' max='5'/>\
                <media:community><media:starRating average='4.9'/></media:community>";
    assert_eq!(read(&format!("<rss><item><title>a</title>{item}</item></rss>"))[0].rating, None);
}

#[test]
fn two_reviews_under_one_guid_are_both_kept() {
    let item = |text: &str| format!("<item><guid>1</guid><description>{text}</description></item>");
    assert_eq!(read(&format!("<rss>{}{}</rss>", item("Cold"), item("Loud"))).len(), 2);
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    let error = |payload: &str| parse(payload.as_bytes(), None, &Place::all()).unwrap_err().to_string();
    assert_eq!(error(""), "this is not an RSS, Atom or JSON feed: it is empty");
    assert_eq!(error("Not found"), "this is not an RSS, Atom or JSON feed: it has no feed in it");
    assert_eq!(
        error("<!DOCTYPE html><html><body>Welcome</body></html>"),
        "this is not an RSS, Atom or JSON feed: it is a web page; its feed or interface has another address"
    );
    assert_eq!(
        error("<html><head><title>Just a moment...</title></head></html>"),
        "this is a page against robots, not the page that was asked for"
    );
    assert_eq!(
        error("{\"items\":[]}"),
        "this is not an RSS, Atom or JSON feed: it is JSON, but no JSON Feed; use a source of kind \"json\" for it"
    );
}

#[test]
fn a_feed_that_breaks_off_is_an_error_and_never_fewer_reviews() {
    for whole in [RSS, ALERTS, RATED, PAGE_1] {
        for tenth in 0..10 {
            let cut = whole.trim_end().len() * tenth / 10;
            assert!(parse(&whole.as_bytes()[..cut], None, &Place::all()).is_err(), "{tenth}");
        }
    }
}

#[test]
fn a_damaged_byte_anywhere_is_read_or_refused() {
    for whole in [RSS, ALERTS, RATED, PAGE_1] {
        for at in (0..whole.len()).step_by(7) {
            for byte in [b'<', b'&', b';', 0xFF] {
                let mut damaged = whole.as_bytes().to_vec();
                damaged[at] = byte;
                let _ = parse(&damaged, None, &Place::all());
            }
        }
    }
}

#[test]
fn hostile_feeds_end_soon_and_expand_nothing() {
    let start = Instant::now();
    let rss = |inner: &str| format!("<rss><channel><item><title>t</title>{inner}</item></channel></rss>");
    let laughs = "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY x SYSTEM 'file:///etc/hostname'>]>";
    let attributes: String = (0..80_000).map(|n| format!(" a{n}='1'")).collect();
    let json = |inner: &str| format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{inner}]}}");
    for payload in [
        rss(&format!("<description>{}</description>", "x ".repeat(2_500_000))),
        rss(&format!("<description>{}</description>", "&lt;div&gt;".repeat(200_000))),
        rss(&"<div>".repeat(200_000)),
        rss(&format!("<description{attributes}>x</description>")),
        json(&"[".repeat(100_000)),
        json("{\"id\":\"1\",\"content_text\":\"\\ud83d\"}"),
    ] {
        let _ = parse(payload.as_bytes(), None, &Place::all());
    }
    let seen = read(&format!("{laughs}{}", rss("<description>&a;&x;</description>")));
    assert_eq!(seen[0].text.as_deref(), Some("&a;&x;"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_poll_follows_the_pages_of_a_json_feed_once_round() {
    let web = FakeWeb::default()
        .page("https://feeds.example/page_1.json", PAGE_1)
        .page("https://feeds.example/page_2.json", PAGE_2);
    let (seen, _) = web.poll(&*feed("https://feeds.example/page_1.json"), Memory::default());
    let seen = seen.unwrap();
    assert_eq!((seen.sightings.len(), seen.coverage), (3, Coverage::Some));
    assert_eq!(web.asked(), ["https://feeds.example/page_1.json", "https://feeds.example/page_2.json"]);
}

#[test]
fn the_same_feed_again_is_unchanged() {
    let web = FakeWeb::default().page("https://feeds.example/rss", RSS);
    let (first, memory) = web.poll(&*feed("https://feeds.example/rss"), Memory::default());
    assert_eq!(first.unwrap().sightings.len(), 3);
    let (second, _) = web.poll(&*feed("https://feeds.example/rss"), memory);
    assert_eq!(second.unwrap(), Seen { coverage: Coverage::Unchanged, ..Seen::default() });
}

#[test]
fn a_next_page_elsewhere_is_not_asked_for() {
    let page = PAGE_1.replace("https://feeds.example/page_2", "https://elsewhere.example/page_2");
    let web = FakeWeb::default().page("https://feeds.example/page_1.json", page);
    assert_eq!(web.poll(&*feed("https://feeds.example/page_1.json"), Memory::default()).0.unwrap().sightings.len(), 2);
    assert_eq!(web.asked().len(), 1);
}

#[test]
fn settings_are_checked_with_their_key() {
    let refused = |settings: &str| build(toml::from_str(settings).unwrap()).err().unwrap();
    assert_eq!(refused("url = 'ftp://a.example'").key.as_deref(), Some("url"));
    assert!(refused("url = 'https://a.example'\nulr = 1").message.contains("unknown field `ulr`"));
    assert!(refused("url = 'https://a.example'\nrating_in = ['body']").message.contains("unknown variant `body`"));
    let example: toml::Table = toml::from_str(EXAMPLE).unwrap();
    let mut section = example["source"][0].as_table().unwrap().clone();
    section.retain(|key, _| !matches!(key, "name" | "kind"));
    assert!(build(section).is_ok());
}

/// feed-rs reads the standard parts of feeds too; both readers have to agree on them where a feed keeps to the standard.
#[test]
fn our_reader_agrees_with_feed_rs() {
    for payload in [RSS, ALERTS, RATED].map(|feed| feed.replace(" & ", " &amp; ").replace("CET", "+0100")) {
        let theirs = feed_rs::parser::parse(payload.as_bytes()).unwrap().entries.into_iter().map(|entry| {
            let title = entry.title.map(|title| crate::markup::plain_from_html(&title.content));
            (title, entry.published.or(entry.updated).map(|at| at.timestamp()))
        });
        let ours =
            read(&payload).into_iter().map(|seen| (seen.title, seen.posted_at.map(|posted| posted.at.as_second())));
        assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
    }
}
