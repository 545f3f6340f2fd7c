//! Tests of whole pages: what is read, what is refused, and how much of the whole a page shows.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::json;

use super::*;
use crate::review::{Precision, RawRating};

const HOTEL: &str = include_str!("../../../tests/fixtures/page/hotel_json_ld.html");
const CAFE_JSON_LD: &str = include_str!("../../../tests/fixtures/page/cafe_json_ld.html");
const CAFE_MICRODATA: &str = include_str!("../../../tests/fixtures/page/cafe_microdata.html");
const CAFE_RDFA: &str = include_str!("../../../tests/fixtures/page/cafe_rdfa.html");
const DAMAGED: &str = include_str!("../../../tests/fixtures/page/damaged_scripts.html");
const CHALLENGE: &str = include_str!("../../../tests/fixtures/page/challenge.html");
const EXAMPLES: &str = include_str!("../../../tests/fixtures/page/examples.txt");

fn reader(settings: &str) -> PageReader {
    let settings = format!("url = 'https://alba.example/reviews'\n{settings}");
    PageReader::new(toml::from_str(&settings).unwrap()).unwrap()
}

fn read_with(settings: &str, html: &str) -> Reading {
    reader(settings).read(html.as_bytes(), None, Some(&Url::parse("https://alba.example/reviews").unwrap())).unwrap()
}

fn read(html: &str) -> Vec<Sighting> {
    read_with("", html).sightings
}

fn words(html: &str) -> Vec<String> {
    read(html).into_iter().map(|sighting| sighting.text.unwrap_or_default()).collect()
}

#[test]
fn a_hotels_json_ld_is_read_in_full() {
    let read = read(HOTEL);
    assert_eq!(read.len(), 4);
    let jonas = Sighting {
        item: Some("Hotel Alba".into()),
        author: Some("Jonas P.".into()),
        author_id: Some("https://alba.example/guests/jonas".into()),
        rating: Some(RawRating { stars: json!(5), worst: Some(1.0), best: Some(5.0) }),
        title: Some("Lovely & quiet".into()),
        text: Some("Breakfast until noon.\nWe will be back 😊".into()),
        language: Some("en-GB".into()),
        posted_at: Some(crate::review::PostedAt::exact("2026-09-20T16:30:00Z".parse().unwrap())),
        url: Some("https://alba.example/reviews".into()),
        ..Sighting::default()
    };
    assert_eq!(read[0], jonas);
    assert_eq!(read[1].author.as_deref(), Some("Chess Club Linz"));
    assert_eq!(read[1].rating, Some(RawRating { stars: json!("8"), worst: None, best: Some(10.0) }));
    assert_eq!(read[1].text.as_deref(), Some("Good rooms for twenty"));
    assert_eq!((read[2].author.as_deref(), read[2].text.as_deref()), (Some("Ida"), Some("Fine.")));
    assert_eq!(read[2].rating, Some(RawRating::new("3,5")));
}

#[test]
fn a_review_by_reference_has_its_item_id_answer_and_edit() {
    let read = read(HOTEL);
    let mira = &read[3];
    assert_eq!((mira.id.as_deref(), mira.item.as_deref()), (Some("#review-88213"), Some("Hotel Alba")));
    assert_eq!((mira.title.as_deref(), mira.language.as_deref()), (Some("Kalt"), Some("de")));
    assert_eq!(mira.posted_at.unwrap().precision, Precision::Day);
    assert_eq!(mira.edited_at.unwrap().to_string(), "2026-10-05T07:00:00Z");
    let reply = mira.reply.as_ref().unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.at.unwrap().to_string()),
        ("Das tut uns leid.", "2026-10-03T12:00:00Z".into())
    );
}

#[test]
fn all_three_syntaxes_say_the_same() {
    let expected = read(CAFE_JSON_LD);
    assert_eq!(expected.len(), 2);
    assert_eq!(expected[0].text.as_deref(), Some("Could not hear my friend, nor the waiter."));
    assert_eq!(expected[1].title.as_deref(), Some("Best cake in town"));
    assert_eq!(read(CAFE_MICRODATA), expected);
    assert_eq!(read(CAFE_RDFA), expected);
}

#[test]
fn a_page_with_all_three_syntaxes_says_it_once() {
    let all = format!("{CAFE_JSON_LD}{CAFE_MICRODATA}{CAFE_RDFA}");
    assert_eq!(read(&all), read(CAFE_JSON_LD));
}

#[test]
fn a_text_file_of_examples_is_read_as_a_page() {
    let read = read(EXAMPLES);
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].item.as_deref(), Some("Luna's kitchen"));
    assert_eq!(
        (read[0].author.as_deref(), read[0].author_id.as_deref()),
        (Some("Ada"), Some("https://alba.example/guests/ada"))
    );
}

#[test]
fn damaged_scripts_cost_only_themselves() {
    assert_eq!(words(DAMAGED), ["Two\nlines", "5\\° in the room", "Leaks"]);
    let read = read(DAMAGED);
    assert_eq!(read[1].rating, Some(RawRating::new(4)));
    assert_eq!(read[2].item.as_deref(), Some("Pot"));
}

#[test]
fn only_the_item_asked_for_is_read_and_counted() {
    let two = r#"<html><script type=application/ld+json>[
        {"@type":"Hotel","name":"Alba","aggregateRating":{"reviewCount":1},"review":{"@type":"Review","reviewBody":"a"}},
        {"@type":"Bar","name":"Luna","aggregateRating":{"reviewCount":"1,250"},"review":{"@type":"Review","reviewBody":"b"}}]</script>"#;
    assert_eq!(words(two), ["a", "b"]);
    assert_eq!(read_with("", two).count_stated, None);
    let luna = read_with("item = ' luna'", two);
    assert_eq!((luna.sightings[0].text.as_deref(), luna.sightings.len()), (Some("b"), 1));
    assert_eq!(luna.count_stated, Some(1250));
}

#[track_caller]
fn check_coverage(settings: &str, html: &str, expected: Coverage) {
    let reader = reader(settings);
    assert_eq!(reader.coverage(&read_with(settings, html)), expected);
}

fn dated(days: &[&str], count: &str) -> String {
    let mut reviews = String::new();
    for (n, day) in days.iter().enumerate() {
        write!(reviews, r#"{{"@type":"Review","author":"G{n}","datePublished":"{day}","reviewBody":"w{n}"}},"#)
            .unwrap();
    }
    format!(
        r#"<html><script type="application/ld+json">{{"name":"A","aggregateRating":{{{count}}},"review":[{reviews}]}}</script>"#
    )
}

#[test]
fn coverage_is_what_the_page_proves() {
    let falling = ["2026-10-03", "2026-10-02", "2026-10-02", "2026-09-01"];
    check_coverage("", &dated(&falling, r#""reviewCount":4"#), Coverage::Complete);
    check_coverage("", &dated(&falling, r#""reviewCount":311"#), Coverage::Newest);
    check_coverage("", &dated(&falling, ""), Coverage::Newest);
    check_coverage("", &dated(&falling[..2], ""), Coverage::Some);
    check_coverage("", &dated(&["2026-10-03", "2026-10-04", "2026-09-01"], ""), Coverage::Some);
    check_coverage("", &dated(&["2026-10-03", "", "2026-09-01", "2026-08-01"], ""), Coverage::Some);
    check_coverage("", &dated(&["2026-10-03", "2026-10-03", "2026-10-03"], ""), Coverage::Some);
}

#[test]
fn the_owner_says_how_much_a_page_shows_but_an_empty_page_is_never_taken_for_all_of_it() {
    let one = dated(&["2026-10-03"], "");
    check_coverage("shows = 'all'", &one, Coverage::Complete);
    check_coverage("shows = 'newest'", &one, Coverage::Newest);
    check_coverage("shows = 'some'", &one, Coverage::Some);
    check_coverage("shows = 'all'", "<html><p>Nothing today</p>", Coverage::Newest);
    check_coverage("", &dated(&[], r#""reviewCount":0"#), Coverage::Complete);
    check_coverage("", &dated(&[], r#""reviewCount":7"#), Coverage::Newest);
}

#[test]
fn a_page_cut_by_a_cap_proves_nothing() {
    let deep = format!("{CAFE_MICRODATA}{}", "<div>".repeat(4_000));
    let reading = read_with("shows = 'all'", &deep);
    assert!(reading.cut);
    assert_eq!(reading.sightings, read(CAFE_MICRODATA));
    check_coverage("shows = 'all'", &deep, Coverage::Some);
}

#[test]
fn a_hostile_number_of_attributes_ends_the_reading_there() {
    let mut tag = String::from("<div");
    (0..5_000).for_each(|n| write!(tag, " a{n}").unwrap());
    let reading = read_with("", &format!("{CAFE_MICRODATA}{tag}>"));
    assert!(reading.cut);
    assert_eq!(reading.sightings.len(), 2);
}

#[test]
fn a_page_with_more_reviews_than_people_read_is_cut() {
    let reviews = r#"{"@type":"Review","ratingValue":5},"#.repeat(REVIEWS_MAX + 5);
    let reading = read_with("", &format!("<html><script type='application/ld+json'>[{reviews}]</script>"));
    assert_eq!((reading.sightings.len(), reading.cut), (REVIEWS_MAX, true));
}

#[track_caller]
fn check_refused(payload: &[u8], why: &str) {
    match reader("").read(payload, None, None) {
        Err(ParseError::NotThisKind { why: given, .. }) => assert_eq!(given, why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_page_is_said_to_be_none() {
    check_refused(b"", "it is empty");
    check_refused(b"\xEF\xBB\xBF \n", "it is empty");
    check_refused(br#" {"html": "<p>no</p>"}"#, "it is JSON");
    check_refused(br#"[{"@type":"Review"}]"#, "it is JSON");
    check_refused(b"just words", "it holds no HTML tags");
    check_refused(b"\x00\x01\x89PNG\r\n", "it holds no HTML tags");
    check_refused(b"a < b and <3", "it holds no HTML tags");
    let feed =
        b"<?xml version='1.0'?><rss><channel><title>x</title><description><p>y</p></description></channel></rss>";
    check_refused(feed, "it is a feed or a site map; for feeds there is kind = \"feed\"");
}

#[test]
fn a_page_without_reviews_is_an_empty_reading_and_a_challenge_is_blocked() {
    assert_eq!(read("<html><body><p>Welcome</p>"), []);
    assert_eq!(reader("").read(CHALLENGE.as_bytes(), None, None), Err(ParseError::Blocked));
    let both = CHALLENGE
        .replace("<body>", r#"<body><script type="application/ld+json">{"@type":"Review","reviewBody":"x"}</script>"#);
    assert_eq!(words(&both), ["x"]);
}

#[test]
fn truncated_and_damaged_pages_never_panic() {
    let all = format!("{HOTEL}{CAFE_MICRODATA}{CAFE_RDFA}{DAMAGED}{EXAMPLES}");
    for end in (0..all.len()).step_by(61) {
        let _ = reader("").read(&all.as_bytes()[..end], None, None);
    }
    for at in (0..all.len()).step_by(97) {
        let mut damaged = all.clone().into_bytes();
        damaged[at] = b"<>\"'\0\\{}[]&"[at % 11];
        let _ = reader("").read(&damaged, None, None);
    }
}

#[test]
fn the_example_builds_and_every_key_of_the_settings_is_in_it() {
    let uncommented: String = KIND
        .example
        .lines()
        .map(|line| {
            let plain = line.strip_prefix("# ").filter(|rest| rest.split(' ').nth(1) == Some("=")).unwrap_or(line);
            format!("{plain}\n")
        })
        .collect();
    let whole: toml::Table = toml::from_str(&uncommented).unwrap();
    let mut table = whole["source"][0].as_table().unwrap().clone();
    ["name", "kind", "location"].iter().for_each(|key| drop(table.remove(*key)));
    let known = serde_json::to_value((KIND.schema)()).unwrap();
    let known: BTreeSet<&String> = known["properties"].as_object().unwrap().keys().collect();
    assert_eq!(table.keys().collect::<BTreeSet<_>>(), known);
    assert!(build(table).is_ok());
}

#[track_caller]
fn check_settings(settings: &str, key: Option<&str>, message: &str) {
    let Err(error) = build(toml::from_str(settings).unwrap()) else { panic!("{settings} is accepted") };
    assert_eq!(error.key.as_deref(), key);
    assert!(error.message.contains(message), "{}", error.message);
}

#[test]
fn settings_that_cannot_work_name_their_key() {
    check_settings("", Some("url"), "`url` is missing");
    check_settings("url = 'alba.example'", Some("url"), "`url` is not an address");
    check_settings("url = 7", Some("url"), "`url` is not an address");
    check_settings("url = 'ftp://alba.example/'", Some("url"), "must begin with");
    check_settings("url = 'https://a.example/'\nurll = 1", None, "unknown field `urll`");
    check_settings("url = 'https://a.example/'\nreview = '.r['", Some("review"), "not a CSS selector");
    check_settings("url = 'https://a.example/'\nreview = '.r'\nauthor = '::'", Some("author"), "not a CSS selector");
    check_settings("url = 'https://a.example/'\nauthor = '.a'", Some("author"), "needs `review` beside it");
    check_settings("url = 'https://a.example/'\nrating_best = 0.0", Some("rating_best"), "above 0");
}

#[test]
fn selectors_win_over_the_pages_own_data() {
    let html = format!("{CAFE_JSON_LD}<p class=r><b>Ida</b><i>Rated 4 out of 5</i><q>Nice</q></p>");
    let read = read_with("review = '.r'\nauthor = 'b'\nrating = 'i'\ntext = 'q'\nrating_best = 5", &html).sightings;
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].author.as_deref(), read[0].text.as_deref()), (Some("Ida"), Some("Nice")));
    assert_eq!(read[0].rating, Some(RawRating { stars: json!("4/5"), worst: None, best: Some(5.0) }));
}

/// Answers every request with one page.
struct OnePage {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

impl crate::http::Http for OnePage {
    fn send(
        &self,
        request: crate::http::Request,
    ) -> BoxFuture<'_, Result<crate::http::Response, crate::http::HttpError>> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let status = http::StatusCode::from_u16(self.status).unwrap();
        let (wire, room) = (self.body.clone().into(), crate::http::Room::default());
        let response = crate::http::Response { status, headers, wire, url: request.url, place: None, room };
        Box::pin(async move { Ok(response) })
    }
}

async fn poll(memory: super::super::Memory, page: OnePage) -> (Result<Seen, PollError>, super::super::Memory) {
    let source =
        build(toml::from_str("url = 'https://alba.example/reviews'").unwrap()).unwrap_or_else(|e| panic!("{e}"));
    let now = "2026-11-21T10:00:00Z".parse().unwrap();
    let mut visit = Visit::new(&page, crate::http::Purpose::Crawl, memory, now);
    let seen = source.poll(&mut visit).await;
    (seen, visit.after)
}

fn page_of(body: impl Into<Vec<u8>>) -> OnePage {
    OnePage { status: 200, content_type: "text/html; charset=windows-1250", body: body.into() }
}

#[tokio::test]
async fn a_poll_reads_the_page_in_its_charset_and_the_same_page_again_is_unchanged() {
    let html =
        b"<html lang=cs><script type='application/ld+json'>{\"name\":\"A\",\"aggregateRating\":{\"reviewCount\":1},\
        \"review\":{\"@type\":\"Review\",\"author\":\"Ji\xF8\xED\",\"reviewBody\":\"Zima\"}}</script>";
    let (seen, memory) = poll(super::super::Memory::default(), page_of(&html[..])).await;
    let seen = seen.unwrap();
    assert_eq!((seen.coverage, seen.count_stated, seen.sightings.len()), (Coverage::Complete, Some(1), 1));
    assert_eq!(seen.sightings[0].author.as_deref(), Some("Jiří"));
    assert_eq!(seen.sightings[0].url.as_deref(), Some("https://alba.example/reviews"));
    let (again, _) = poll(memory, page_of(&html[..])).await;
    assert_eq!(again.unwrap(), Seen { coverage: Coverage::Unchanged, ..Seen::default() });
}

#[tokio::test]
async fn a_challenge_is_said_and_not_remembered_as_the_page() {
    let (seen, memory) = poll(super::super::Memory::default(), page_of(CHALLENGE)).await;
    assert_eq!(seen, Err(PollError::Blocked));
    assert_eq!(memory, super::super::Memory::default());
}

#[tokio::test]
async fn json_in_place_of_the_page_and_an_error_status_are_errors() {
    let (seen, _) = poll(super::super::Memory::default(), page_of("{}")).await;
    assert!(matches!(seen, Err(PollError::Parse(ParseError::NotThisKind { .. }))));
    let (seen, _) = poll(super::super::Memory::default(), OnePage { status: 503, ..page_of(HOTEL) }).await;
    assert!(matches!(seen, Err(PollError::Status { status: 503, .. })));
}
