//! `amends parse`, fixed to the letter: other programs drive it.

use serde_json::{Value, json};

use super::{Ended, Home};

const FIELDS: [&str; 13] = [
    "id",
    "author",
    "author_id",
    "rating",
    "scale",
    "stars",
    "title",
    "text",
    "language",
    "posted_at",
    "edited_at",
    "url",
    "reply",
];

const PAGE: &str = r#"<html lang="en"><head><script type="application/ld+json">
{"@context":"https://schema.org","@type":"Hotel","name":"Harbour","review":[
 {"@type":"Review","@id":"https://harbour.example/#review-7001","author":{"@type":"Person","name":"Ada"},"datePublished":"2026-05-04T10:00:00+02:00",
  "name":"Too loud","reviewBody":"The lift, all night.","inLanguage":"en","reviewRating":{"@type":"Rating","ratingValue":"2","bestRating":"5","worstRating":"1"}},
 {"@type":"Review","author":"Ben","reviewBody":"Nice."}]}
</script></head><body></body></html>"#;

fn page(home: &Home, payload: &str) -> Ended {
    home.write("payload", payload);
    home.run(&["parse", "--kind", "page", "--url", "https://harbour.example/reviews", "payload"])
}

#[test]
fn a_review_is_one_object_with_all_its_fields() {
    let ended = page(&Home::new(), PAGE).with(0);
    let lines = ended.lines();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        let mut keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = FIELDS.to_vec();
        keys.sort_unstable();
        expected.sort_unstable();
        assert_eq!(keys, expected);
    }
    let ada = &lines[0];
    assert_eq!(ada["author"], "Ada");
    assert_eq!(ada["stars"], json!("2"), "as it was sent");
    assert_eq!(ada["scale"], json!([1, 5]));
    assert_eq!(ada["rating"], json!(0.25));
    assert_eq!(ada["title"], "Too loud");
    assert_eq!(ada["text"], "The lift, all night.");
    assert_eq!(ada["language"], "en");
    assert_eq!(ada["posted_at"], "2026-05-04T08:00:00Z");
    assert_eq!(ada["edited_at"], Value::Null);
    assert_eq!(ada["reply"], Value::Null);
    assert_eq!(ended.last_error_line(), "2 reviews, 0 rejected");
}

#[test]
fn without_a_rating_its_three_fields_are_null() {
    let lines = page(&Home::new(), PAGE).lines();
    let ben = &lines[1];
    assert_eq!((&ben["rating"], &ben["scale"], &ben["stars"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(ben["text"], "Nice.");
}

#[test]
fn yes_and_no_are_a_scale_of_their_own() {
    let home = Home::new();
    home.write("payload", r#"[{"id":1,"ok":true,"words":"Good"},{"id":"b","ok":false,"words":"Bad"}]"#);
    let ended = home.run(&[
        "parse",
        "--kind",
        "json",
        "--url",
        "https://shop.example/api",
        "--set",
        "items=.[]",
        "--set",
        "fields.id=.id",
        "--set",
        "fields.rating=.ok",
        "--set",
        "fields.text=.words",
        "payload",
    ]);
    let lines = ended.with(0).lines();
    assert_eq!((&lines[0]["stars"], &lines[0]["rating"]), (&json!(true), &json!(1.0)));
    assert_eq!(
        (&lines[1]["stars"], &lines[1]["scale"], &lines[1]["rating"]),
        (&json!(false), &json!([0, 1]), &json!(0.0))
    );
    assert_eq!(lines[0]["id"], "1", "ids are strings");
}

#[test]
fn settings_reach_the_kind_and_wrong_ones_are_a_wrong_call() {
    let home = Home::new();
    home.write("payload", r#"<div class="r"><b class="who">Ada</b><i data-score="2"></i><p>Loud</p></div>"#);
    let set = |settings: &[&str]| {
        let mut args = vec!["parse", "--kind", "page", "--url", "https://harbour.example/"];
        settings.iter().for_each(|setting| args.extend(["--set", setting]));
        args.push("payload");
        home.run(&args)
    };
    let good = ["review=.r", "author=.who", "rating=i@data-score", "rating_best=10", "text=p"];
    let line = &set(&good).with(0).lines()[0];
    assert_eq!((&line["author"], &line["scale"][1], &line["text"]), (&json!("Ada"), &json!(10), &json!("Loud")));

    assert!(set(&["reviw=.r"]).with(2).err.contains("reviw"));
    assert!(set(&["review"]).with(2).err.contains("KEY=VALUE"));
    assert!(set(&["review=..r"]).with(2).err.contains("`review`"));
    assert!(set(&["rating_best=ten"]).with(2).err.contains("a number"));
    let unknown = home.run(&["parse", "--kind", "pgae", "payload"]).with(2);
    assert!(unknown.err.contains("page, feed, json, google-business"), "{unknown:?}");
    home.run(&["parse", "payload"]).with(2);
}

#[test]
fn standard_input_is_read_like_a_file() {
    let home = Home::new();
    let ended = home.run_with(&["parse", "--kind", "page", "-"], PAGE.as_bytes()).with(0);
    assert_eq!(ended.lines().len(), 2);
    assert!(home.run(&["parse", "--kind", "page", "missing.html"]).with(1).err.contains("missing.html"));
}

#[test]
fn a_payload_without_reviews_is_fine_and_one_of_another_kind_is_not() {
    let home = Home::new();
    let empty = home
        .run_with(&["parse", "--kind", "feed", "-"], b"<rss version=\"2.0\"><channel><title>x</title></channel></rss>");
    assert_eq!(empty.with(0).last_error_line(), "0 reviews, 0 rejected");
    for (kind, payload) in [
        ("feed", &b"<!doctype html><html><body>Welcome</body></html>"[..]),
        ("json", b"<!doctype html><html><body>Welcome</body></html>"),
        ("app-store", b"{\"reviews\":[]}"),
        ("page", b"{\"reviews\":[]}"),
        ("page", b""),
        ("feed", b""),
        ("json", b"{\"reviews\":["),
        ("feed", b"\x00\x01\x02\xff\xfe"),
    ] {
        let ended = home.run_with(&["parse", "--kind", kind, "-"], payload).with(3);
        assert_eq!(ended.out, "", "{kind}");
        assert!(ended.err.starts_with("amends: "), "{kind} {ended:?}");
    }
}

#[test]
fn nothing_but_rejected_reviews_is_not_of_this_kind() {
    let home = Home::new();
    home.write("payload", r#"{"reviews":[{"unknown":1},{"unknown":2}]}"#);
    let ended = home.run(&[
        "parse",
        "--kind",
        "json",
        "--url",
        "https://shop.example/api",
        "--set",
        "items=.reviews[]",
        "--set",
        "fields.text=.words",
        "--set",
        "fields.id=.nothing",
        "payload",
    ]);
    let ended = ended.with(3);
    assert_eq!(ended.out, "");
    assert_eq!(ended.last_error_line(), "0 reviews, 2 rejected");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let home = Home::new();
    let reviews: Vec<String> =
        (0..20_000).map(|n| format!("{{\"id\":{n},\"stars\":1,\"words\":\"Loud {n}\"}}")).collect();
    home.write("payload", format!("[{}]", reviews.join(",")));
    let status = std::process::Command::new("sh")
        .arg("-c")
        .arg("{ \"$0\" parse --kind json --url https://shop.example/ --set 'items=.[]' --set fields.id=.id --set fields.rating=.stars \
              payload; echo ended $? >&2; } | head -n 1")
        .arg(env!("CARGO_BIN_EXE_amends"))
        .current_dir(home.path(""))
        .output()
        .unwrap();
    let err = String::from_utf8(status.stderr).unwrap();
    assert!(err.ends_with("ended 0\n"), "{err}");
}
