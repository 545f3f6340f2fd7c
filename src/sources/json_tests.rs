//! Tests of JSON interfaces: mappings, paging, hostile programs and payloads.

use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::sources::{Memory, fake::FakeWeb};

const PAGE: &str = include_str!("../../tests/fixtures/json/page_1.json");
const SHOP: &str = r#"
url = "https://shop.example/api/reviews"
items = ".reviews[]"
next = ".links.next"
fields = { author = ".customer.name", author_id = ".customer.no", rating = ".stars", text = ".comment", reply = ".answer.text", reply_at = ".answer.at" }
"#;

fn source(settings: &str) -> Box<dyn Source> {
    build(toml::from_str(settings).unwrap()).map_err(|error| error.to_string()).unwrap()
}

fn refused(settings: &str) -> (String, String) {
    let error = build(toml::from_str(settings).unwrap()).err().unwrap();
    (error.key.unwrap_or_default(), error.message)
}

/// Reads a payload by default programs with some settings added.
fn read(settings: &str, payload: &str) -> Result<Vec<Sighting>, ParseError> {
    source(&format!("url = 'https://a.example/'\n{settings}")).parse(payload.as_bytes(), None)
}

#[track_caller]
fn check(settings: &str, payload: &str, expected: &str) {
    assert_eq!(read(settings, payload).unwrap_err().to_string(), expected);
}

#[test]
fn a_mapping_finds_every_part_and_keeps_every_digit() {
    let seen = source(SHOP).parse(PAGE.as_bytes(), None).unwrap();
    assert_eq!(seen[0].id.as_deref(), Some("90071992547409931234"));
    assert_eq!(seen[0].author.as_deref(), Some("Mira K."));
    assert_eq!(seen[0].author_id.as_deref(), Some("12"));
    assert_eq!(seen[0].rating.as_ref().unwrap().stars, json!(2));
    assert_eq!(seen[0].text.as_deref(), Some("Cold shower & loud"));
    assert_eq!(seen[0].posted_at.unwrap().at.to_string(), "2026-11-20T08:15:30Z");
    let reply = seen[0].reply.as_ref().unwrap();
    assert_eq!((reply.text.as_str(), reply.at.unwrap().to_string().as_str()), ("We are sorry", "2026-10-02T08:15:30Z"));
    assert_eq!(seen[1].id.as_deref(), Some("9007199254740993"));
    assert_eq!(seen[1].rating.as_ref().unwrap().stars, json!("4.5"));
    assert_eq!(seen[1].posted_at.unwrap().at.to_string(), "2026-10-02T08:15:30Z");
    assert_eq!(seen[1].reply, None);
}

#[test]
fn defaults_read_plain_lists() {
    let seen =
        read("", r#"[{"id":"a","author":{"name":"Ann"},"rating":3,"body":"x"},{"author":"Bo","stars":true}]"#).unwrap();
    assert_eq!((seen[0].author.as_deref(), seen[0].text.as_deref()), (Some("Ann"), Some("x")));
    assert_eq!((seen[1].author.as_deref(), seen[1].id.as_deref()), (Some("Bo"), None));
    assert_eq!(seen[1].rating.as_ref().unwrap().stars, json!(true));
    assert_eq!(read("", r#"{"reviews":[]}"#), Ok(vec![]));
    // A score is as often a count of votes as a rating.
    assert_eq!(read("", r#"[{"text":"x","score":1}]"#).unwrap()[0].rating, None);
}

#[test]
fn a_scale_can_be_a_constant() {
    let seen = read("fields = { worst = '1', best = '10' }", r#"[{"rating":7.5}]"#).unwrap();
    assert_eq!(seen[0].rating, Some(crate::review::RawRating::on(7.5, 1.0, 10.0)));
}

#[test]
fn an_id_that_is_no_single_text_or_number_is_an_error() {
    let unfit = "this is not JSON that fits the mapping: ";
    check("", r#"[{"id":true}]"#, &format!("{unfit}`fields.id` gives something else than a text or a number"));
    check("", r#"[{"id":{"a":1}}]"#, &format!("{unfit}`fields.id` gives something else than a text or a number"));
    check(
        "fields = { id = '.ids[]' }",
        r#"[{"ids":[1,2]}]"#,
        &format!("{unfit}`fields.id` gives more than one value for a review"),
    );
}

#[test]
fn programs_that_fit_nothing_are_errors_that_quote_no_guest() {
    let unfit = "this is not JSON that fits the mapping: ";
    check(
        "items = '.a.b[]'",
        r#"{"a":"guest"}"#,
        &format!("{unfit}`items` fails on it; look at the answer with `amends parse`"),
    );
    check(
        "fields = { rating = '.r.value' }",
        r#"[{"r":"guest"},{"r":"x"}]"#,
        &format!("{unfit}`fields.rating` fails on every review of it"),
    );
    assert_eq!(read("fields = { rating = '.r.value' }", r#"[{"r":"guest"},{"r":{"value":1}}]"#).unwrap().len(), 2);
}

#[test]
fn what_is_no_json_says_what_it_is() {
    check("", "", "this is not JSON: it is empty");
    check(
        "",
        "<!doctype html><html>Hi</html>",
        "this is not JSON: it is a web page; its feed or interface has another address",
    );
    check(
        "",
        "<html><title>Just a moment...</title></html>",
        "this is a page against robots, not the page that was asked for",
    );
    for tenth in 1..10 {
        let cut = PAGE.trim_end().len() * tenth / 10;
        assert!(source(SHOP).parse(&PAGE.as_bytes()[..cut], None).is_err(), "{tenth}");
    }
}

#[test]
fn hostile_documents_end_soon_and_overflow_nothing() {
    let start = Instant::now();
    check("", &"[".repeat(100_000), "the JSON nests deeper than 128 levels");
    check("", &"{\"a\":".repeat(100_000), "the JSON nests deeper than 128 levels");
    let nested = format!("[{{\"rating\":\"{}\"}}]", "[".repeat(300_000));
    check(
        "fields = { rating = '.rating | tonumber' }",
        &nested,
        "this is not JSON that fits the mapping: `fields.rating` fails on every review of it",
    );
    assert_eq!(read("", r#"[{"text":"a\ud83db"}]"#).unwrap()[0].text.as_deref(), Some("a\u{FFFD}b"));
    assert_eq!(read("", &format!("[{{\"text\":\"{}\"}}]", "x".repeat(5_000_000))).unwrap().len(), 1);
    assert_eq!(read("", &format!("[{}{{}}]", "{},".repeat(20_000))).unwrap().len(), 10_000);
    assert_eq!(read("", &format!("[{{\"rating\":{}}}]", "9".repeat(10_000))).unwrap()[0].rating, None);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_damaged_byte_anywhere_is_read_or_refused() {
    let shop = source(SHOP);
    for at in (0..PAGE.len()).step_by(7) {
        for byte in [b'"', b'{', 0xFF] {
            let mut damaged = PAGE.as_bytes().to_vec();
            damaged[at] = byte;
            let _ = shop.parse(&damaged, None);
        }
    }
}

#[test]
fn programs_that_may_never_end_or_look_outside_are_refused() {
    for (program, what) in [
        ("def f: f; f", "def"),
        ("[repeat(.)]", "repeat"),
        (".a | recurse(.)", "recurse"),
        ("[range(1e18)]", "range"),
        ("env", "env"),
        ("if .a then halt else . end", "halt"),
        (".a |= 1", "="),
        ("\"\\(input)\"", "input"),
        ("[.[until(false; .)]]", "until"),
    ] {
        let (key, message) = refused(&format!("url = 'https://a.example'\nitems = '{program}'"));
        assert_eq!(key, "items");
        assert_eq!(message, format!("`items` is no jq program that can be used: a mapping may not use `{what}`"));
    }
}

#[test]
fn a_program_that_does_not_compile_is_named_with_the_reason() {
    let refused = |program: &str| refused(&format!("url = 'https://a.example'\nfields = {{ text = '{program}' }}"));
    let why = "`fields.text` is no jq program that can be used: ";
    assert_eq!(refused(".a | nosuch"), ("fields.text".to_owned(), format!("{why}there is no filter `nosuch`")));
    assert_eq!(refused("$ENV.HOME").1, format!("{why}there is no variable `$ENV`"));
    assert!(refused(".a | ").1.starts_with(why) && refused("(.a").1.starts_with(why));
    assert!(refused(&".a|".repeat(2_000)).1.ends_with("it is longer than 2000 bytes"));
}

#[test]
fn named_pages_are_followed_on_the_same_host_once_each() {
    let second = r#"{"reviews":[{"id":"c"}],"links":{"next":"/api/reviews"}}"#;
    let web = FakeWeb::default().page("https://shop.example/api/reviews", PAGE);
    let web = web.page("https://shop.example/api/reviews?cursor=b", second);
    let (seen, memory) = web.poll(&*source(SHOP), Memory::default());
    let seen = seen.unwrap();
    assert_eq!((seen.sightings.len(), seen.coverage), (3, Coverage::Some));
    assert_eq!(web.asked().len(), 2);
    assert_eq!(web.poll(&*source(SHOP), memory).0.unwrap().sightings.len(), 3);
    let web =
        FakeWeb::default().page("https://shop.example/api/reviews", PAGE.replace("/api/reviews?", "//evil.example/?"));
    let (seen, _) = web.poll(&*source(SHOP), Memory::default());
    assert_eq!((seen.unwrap().coverage, web.asked().len()), (Coverage::Some, 1));
}

#[test]
fn the_last_page_makes_the_look_complete_and_the_link_header_names_pages_too() {
    let first = "https://a.example/r";
    let web = FakeWeb::default().page(first, r#"[{"id":1}]"#).page("https://a.example/r?p=2", r#"[{"id":2}]"#);
    let web = web.header(first, "link", "<https://a.example/r?p=9>; rel=\"last\", </r?p=2>; rel=\"next\"");
    let (seen, _) = web.poll(&*source("url = 'https://a.example/r'"), Memory::default());
    let seen = seen.unwrap();
    assert_eq!((seen.sightings.len(), seen.coverage), (2, Coverage::Complete));
    let newest = source("url = 'https://a.example/r'\ncovers = 'newest'");
    assert_eq!(web.poll(&*newest, Memory::default()).0.unwrap().coverage, Coverage::Newest);
    let short = source("url = 'https://a.example/r'\npages_max = 1");
    assert_eq!(web.poll(&*short, Memory::default()).0.unwrap().coverage, Coverage::Some);
}

#[test]
fn counted_pages_go_on_until_an_empty_one_and_change_one_by_one() {
    let settings = "url = 'https://a.example/r?lang=de'\npage_parameter = 'page'\npage_first = 0";
    let url = |number: u32| format!("https://a.example/r?lang=de&page={number}");
    let pages =
        |second: &str| FakeWeb::default().page(&url(0), r#"[{"id":1}]"#).page(&url(1), second).page(&url(2), "[]");
    let (seen, memory) = pages(r#"[{"id":2}]"#).poll(&*source(settings), Memory::default());
    assert_eq!(seen.unwrap().coverage, Coverage::Complete);
    let same = pages(r#"[{"id":2}]"#).poll(&*source(settings), memory.clone()).0.unwrap();
    assert_eq!(same, Seen { coverage: Coverage::Unchanged, ..Seen::default() });
    let seen = pages(r#"[{"id":2,"rating":5}]"#).poll(&*source(settings), memory).0.unwrap();
    assert_eq!((seen.sightings.len(), seen.coverage), (1, Coverage::Some));
}

#[test]
fn a_list_without_pages_is_all_only_where_the_owner_says_so() {
    let web = FakeWeb::default().page("https://a.example/r", r#"[{"id":1}]"#);
    let coverage = |settings: &str| web.poll(&*source(settings), Memory::default()).0.unwrap().coverage;
    assert_eq!(coverage("url = 'https://a.example/r'"), Coverage::Some);
    assert_eq!(coverage("url = 'https://a.example/r'\ncovers = 'all'"), Coverage::Complete);
}

#[test]
fn counting_stops_at_a_missing_page_and_at_a_page_sent_again() {
    let settings = "url = 'https://a.example/r'\npage_parameter = 'page'";
    let web = FakeWeb::default().page("https://a.example/r?page=1", r#"[{"id":1}]"#);
    let seen = web.poll(&*source(settings), Memory::default()).0.unwrap();
    assert_eq!((seen.sightings.len(), seen.coverage), (1, Coverage::Complete));
    let web = web.page("https://a.example/r?page=2", r#"[{"id":1}]"#);
    let seen = web.poll(&*source(settings), Memory::default()).0.unwrap();
    assert_eq!((seen.sightings.len(), seen.coverage, web.asked().len()), (1, Coverage::Some, 2));
}

#[test]
fn a_page_that_fails_fails_the_poll() {
    let web = FakeWeb::default().page("https://shop.example/api/reviews", PAGE);
    let (seen, _) =
        web.status("https://shop.example/api/reviews?cursor=b", 503).poll(&*source(SHOP), Memory::default());
    assert_eq!(seen, Err(PollError::Status { status: 503, retry_after: None, said: None }));
}

#[test]
fn the_token_is_sent_and_never_shown() {
    let web = FakeWeb::default().page("https://a.example/r", "[]");
    let bearer = source("url = 'https://a.example/r?key=hunter2'\ntoken = 'hunter2'");
    assert_eq!(bearer.addresses()[0].as_str(), "https://a.example/r");
    let own =
        source("url = 'https://a.example/r'\ntoken = 'hunter2'\ntoken_header = 'X-Key'\nheaders = { X-Shop = '12' }");
    let _ = web.poll(&*own, Memory::default());
    assert_eq!((web.sent("x-key").as_deref(), web.sent("x-shop").as_deref()), (Some("hunter2"), Some("12")));
    let _ = web.poll(&*source("url = 'https://a.example/r'\ntoken = 'hunter2'"), Memory::default());
    assert_eq!(web.sent("authorization").as_deref(), Some("Bearer hunter2"));
    let (key, message) = refused("url = 'https://a.example/r'\ntoken = \"hun\\nter2\"");
    assert!(key == "token" && !message.contains("ter2"));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    assert_eq!(refused("url = 'https://a.example'\nnext = '.n'\npage_parameter = 'p'").0, "next");
    assert_eq!(refused("url = 'https://a.example'\npages_max = 0").0, "pages_max");
    assert_eq!(refused("url = 'https://a.example'\nheaders = { 'a b' = 'c' }").0, "headers.a b");
}
