//! Tests of `slack`: the message, a stranger's markup, the limits, and the answers of the service.

use super::super::samples;
use super::*;

const SETTINGS: &str = r#"url = "https://hooks.slack.com/services/T0/B0/hunter2""#;

fn message(name: &str) -> Value {
    samples::json(&samples::request("slack", SETTINGS, &samples::alert(name)))
}

/// Every text object of a message, with its type.
fn texts(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            if let (Some(Value::String(kind)), Some(Value::String(text))) = (map.get("type"), map.get("text")) {
                found.push((kind.clone(), text.clone()));
            }
            map.values().for_each(|value| texts(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn a_new_review_shows_the_guests_words_and_two_buttons() {
    let message = message("new_negative");
    assert_eq!(message["text"], "New 2-star review at Hotel Alpenblick");
    assert_eq!(message["unfurl_links"], false);
    let mut found = Vec::new();
    texts(&message, &mut found);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "New 2-star review at Hotel Alpenblick",
            "Hotel Alpenblick · google · case 12",
            "★★☆☆☆ 2 of 5 · Anna K., 20 November 2026\nCold room, cold eggs",
            "The heating in room 12 did not work for two nights, and nobody came although we asked three times. \
             Breakfast was friendly but the eggs were cold.",
            "The text above was written by a guest.",
            "• it has 2 of 5 stars\n• somebody should take it by 21:04\n• next: take the case, then call the guest",
            "Open the case and take it",
            "Read it on www.reviews.example",
        ]
    );
}

#[test]
fn a_strangers_mentions_and_links_are_only_letters() {
    let mut alert = samples::alert("hostile");
    alert.headline = "<!channel> <https://evil.example|refund> & more".into();
    let message = samples::json(&samples::request("slack", SETTINGS, &alert));
    assert_eq!(message["text"], "&lt;!channel&gt; &lt;https://evil.example|refund&gt; &amp; more");
    let mut found = Vec::new();
    texts(&message["blocks"], &mut found);
    assert!(found.iter().all(|(kind, _)| kind == "plain_text"), "{found:?}");
    assert!(message["blocks"].to_string().contains("<!channel>"), "the words stay readable");
    assert!(!message.to_string().contains("javascript:alert(1)\"}"), "and their address is no button");
}

#[test]
fn a_long_report_becomes_several_sections() {
    let mut alert = samples::alert("weekly_report");
    alert.report.as_mut().unwrap().text = "one line of the report\n".repeat(2_000);
    let message = samples::json(&samples::request("slack", SETTINGS, &alert));
    assert_eq!(message["blocks"].as_array().unwrap().len(), 12);
}

#[test]
fn each_answer_of_the_service_has_its_outcome() {
    let check = |status, body, expected: &str| {
        let outcome =
            samples::channel("slack", SETTINGS).outcome(&samples::answer(status, body), samples::NOW.parse().unwrap());
        assert_eq!(format!("{outcome:?}").split(' ').next(), Some(expected), "{status} {body}");
    };
    check(200, "ok", "Delivered");
    check(200, "ok\n", "Delivered");
    check(200, "<html>please log in</html>", "Retry");
    check(200, "", "Retry");
    check(400, "invalid_payload", "GiveUp");
    check(400, "no_text", "GiveUp");
    check(400, "invalid_token", "Broken");
    check(403, "action_prohibited", "Broken");
    check(404, "no_service", "Broken");
    check(404, "channel_not_found", "Broken");
    check(410, "channel_is_archived", "Broken");
    check(429, "", "Retry");
    check(500, "rollup_error", "Retry");
    check(302, "", "GiveUp");
}
