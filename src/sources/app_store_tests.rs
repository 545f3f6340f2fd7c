//! Tests of Apple's review feed in both forms, with its pages and countries.

use std::time::{Duration, Instant};

use super::*;
use crate::sources::{Memory, fake::FakeWeb};

const JSON: &str = include_str!("../../tests/fixtures/app_store/page_1.json");
const XML: &str = include_str!("../../tests/fixtures/app_store/page_1.xml");
const EMPTY: &str = r#"{"feed":{"title":{"label":"iTunes Store: Customer Reviews"}}}"#;

fn store(countries: &str) -> Box<dyn Source> {
    let settings = format!("app = '1234567890'\ncountries = [{countries}]\npages_max = 3");
    build(toml::from_str(&settings).unwrap()).map_err(|error| error.to_string()).unwrap()
}

fn page(country: &str, number: u32, format: &str) -> String {
    format!(
        "https://itunes.apple.com/{country}/rss/customerreviews/page={number}/id=1234567890/sortby=mostrecent/{format}"
    )
}

/// A page that holds one review.
fn one(id: u32) -> String {
    format!(
        r#"{{"feed":{{"entry":{{"id":{{"label":"{id}"}},"im:rating":{{"label":"1"}},"title":{{"label":"Bad"}}}}}}}}"#
    )
}

#[track_caller]
fn check(payload: &str, ids: &[&str]) {
    let seen = parse(payload.as_bytes()).unwrap();
    assert_eq!(seen.iter().map(|sighting| sighting.id.as_deref().unwrap()).collect::<Vec<_>>(), ids);
}

#[test]
fn json_and_xml_of_one_review_give_the_same_sighting() {
    let expected = Sighting {
        id: Some("9000000001".into()),
        author: Some("mira_k".into()),
        author_id: Some("100200300".into()),
        rating: Some(RawRating::on("2", 1.0, 5.0)),
        title: Some("Crashes".into()),
        text: Some("Since 3.5\nit closes & closes.".into()),
        posted_at: PostedAt::parse("2026-10-04T11:06:20Z"),
        url: Some("https://itunes.apple.com/at/review?id=1234567890&type=Purple%20Software".into()),
        ..Sighting::default()
    };
    assert_eq!(parse(JSON.as_bytes()).unwrap()[0], expected);
    assert_eq!(parse(XML.as_bytes()).unwrap(), [expected]);
}

#[test]
fn only_entries_with_a_rating_are_reviews_in_whatever_shape_they_come() {
    check(JSON, &["9000000001", "9000000000"]);
    check(&one(7), &["7"]);
    check(EMPTY, &[]);
    check("<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title></feed>", &[]);
    assert_eq!(parse(JSON.as_bytes()).unwrap()[1].posted_at, None);
}

#[test]
fn pages_are_read_until_an_empty_one_and_then_show_the_newest_without_gaps() {
    let web = FakeWeb::default().page(&page("at", 1, "json"), one(2)).page(&page("at", 2, "json"), one(1));
    let web = web.page(&page("at", 3, "json"), EMPTY).page(&page("at", 3, "xml"), EMPTY);
    let (seen, _) = web.poll(&*store("'at'"), Memory::default());
    let seen = seen.unwrap();
    assert_eq!((seen.sightings.len(), seen.coverage), (2, Coverage::Newest));
    assert_eq!(
        web.asked(),
        [page("at", 1, "json"), page("at", 2, "json"), page("at", 3, "json"), page("at", 3, "xml")]
    );
}

#[test]
fn where_json_fails_or_is_empty_xml_is_asked() {
    for web in [
        FakeWeb::default().status(&page("at", 1, "json"), 502),
        FakeWeb::default().page(&page("at", 1, "json"), EMPTY),
        FakeWeb::default().page(&page("at", 1, "json"), "<!doctype html><html>Sorry</html>"),
    ] {
        let (seen, _) = web.page(&page("at", 1, "xml"), XML).poll(&*store("'at'"), Memory::default());
        assert_eq!(seen.unwrap().sightings[0].id.as_deref(), Some("9000000001"));
    }
}

#[test]
fn a_first_page_that_fails_in_both_forms_is_an_error_and_429_is_not_asked_twice() {
    let web = FakeWeb::default().status(&page("at", 1, "json"), 502).status(&page("at", 1, "xml"), 503);
    assert_eq!(
        web.poll(&*store("'at'"), Memory::default()).0,
        Err(PollError::Status { status: 502, retry_after: None, said: None })
    );
    let web = FakeWeb::default().status(&page("at", 1, "json"), 429);
    assert_eq!(
        web.poll(&*store("'at'"), Memory::default()).0,
        Err(PollError::Status { status: 429, retry_after: None, said: None })
    );
    assert_eq!(web.asked().len(), 1);
}

#[test]
fn an_empty_first_page_claims_nothing_but_the_newest() {
    let web = FakeWeb::default().page(&page("at", 1, "json"), EMPTY).page(&page("at", 1, "xml"), EMPTY);
    let (seen, _) = web.poll(&*store("'at'"), Memory::default());
    assert_eq!(seen.unwrap(), Seen { coverage: Coverage::Newest, ..Seen::default() });
}

#[test]
fn windows_of_several_countries_prove_no_absence_unless_each_was_read_to_its_end() {
    let full = |country: &str, web: FakeWeb| (1..=3).fold(web, |web, n| web.page(&page(country, n, "json"), one(n)));
    let web = full("de", full("at", FakeWeb::default()));
    assert_eq!(web.poll(&*store("'at', 'de'"), Memory::default()).0.unwrap().coverage, Coverage::Some);
    let short = |country: &str, web: FakeWeb| {
        web.page(&page(country, 1, "json"), one(1))
            .page(&page(country, 2, "json"), EMPTY)
            .page(&page(country, 2, "xml"), EMPTY)
    };
    let web = short("de", short("at", FakeWeb::default()));
    assert_eq!(web.poll(&*store("'at', 'de'"), Memory::default()).0.unwrap().coverage, Coverage::Newest);
}

#[test]
fn unchanged_pages_are_unchanged_and_one_changed_page_is_some() {
    let pages = |second: u32| {
        let web = FakeWeb::default().page(&page("at", 1, "json"), one(1)).page(&page("at", 2, "json"), one(second));
        web.page(&page("at", 3, "json"), one(3))
    };
    let (_, memory) = pages(2).poll(&*store("'at'"), Memory::default());
    assert_eq!(pages(2).poll(&*store("'at'"), memory.clone()).0.unwrap().coverage, Coverage::Unchanged);
    let (seen, _) = pages(9).poll(&*store("'at'"), memory);
    let seen = seen.unwrap();
    assert_eq!((seen.coverage, seen.sightings[0].id.as_deref()), (Coverage::Some, Some("9")));
}

#[test]
fn what_breaks_off_or_is_hostile_is_an_error_and_ends_soon() {
    let start = Instant::now();
    for whole in [JSON, XML] {
        for tenth in 0..10 {
            assert!(parse(&whole.as_bytes()[..whole.trim_end().len() * tenth / 10]).is_err(), "{tenth}");
        }
    }
    for payload in
        ["[".repeat(100_000), "{\"feed\":".repeat(100_000), "<feed><entry>".repeat(100_000), "\u{0}".repeat(5_000_000)]
    {
        assert!(parse(payload.as_bytes()).is_err());
    }
    let odd = r#"{"feed":{"entry":[1,null,"x",{"im:rating":3},{"im:rating":{"label":{}}},{"im:rating":{"label":"4"},"title":{"label":"\ud800"}}]}}"#;
    assert_eq!(parse(odd.as_bytes()).unwrap().len(), 1);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn the_app_is_named_by_its_number_or_its_address() {
    assert_eq!(app_number("1234567890"), Some("1234567890"));
    assert_eq!(app_number("https://apps.apple.com/at/app/identity/id1234567890?l=en"), Some("1234567890"));
    assert_eq!(app_number("https://apps.apple.com/at/app/id1234567890"), Some("1234567890"));
    for wrong in ["", "alpenblick", "12x", "1234567890/../..", "https://apps.apple.com/at/app/identity"] {
        assert_eq!(app_number(wrong), None, "{wrong}");
    }
}

#[test]
fn settings_are_checked_with_their_key() {
    let key = |settings: &str| build(toml::from_str(settings).unwrap()).err().unwrap().key;
    assert_eq!(key("app = 'x'\ncountries = ['at']").as_deref(), Some("app"));
    assert_eq!(key("app = '12345'\ncountries = []").as_deref(), Some("countries"));
    assert_eq!(key("app = '12345'\ncountries = ['aut']").as_deref(), Some("countries"));
    assert_eq!(key("app = '12345'\ncountries = ['at']\npages_max = 11").as_deref(), Some("pages_max"));
}
