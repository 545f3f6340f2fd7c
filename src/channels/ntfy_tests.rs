//! Tests of `ntfy`: the message, a stranger's markup, and the answers of the service.

use super::super::samples;
use super::*;

const SETTINGS: &str = r#"topic = "hunter2""#;

#[test]
fn a_new_review_is_a_short_push_message_with_two_links() {
    let request = samples::request("ntfy", SETTINGS, &samples::alert("new_negative"));
    assert_eq!(request.url.as_str(), "https://ntfy.sh/");
    let body = samples::json(&request);
    assert_eq!(body["topic"], "hunter2");
    assert_eq!(body["title"], "★★☆☆☆ New 2-star review at Hotel Alpenblick");
    assert_eq!(body["priority"], 4);
    assert_eq!(body["markdown"], false);
    assert_eq!(body["click"], "https://amends.alpenblick.example/c/12?t=sampletoken");
    assert_eq!(body["actions"][0]["label"], "Open the case and take it");
    assert_eq!(body["actions"][0]["action"], "view");
    assert_eq!(body["actions"][1]["label"], "Read it on www.reviews.example");
    assert_eq!(
        body["message"],
        "★★☆☆☆ 2 of 5
Anna K., 20 November 2026
Cold room, cold eggs
The heating in room 12 did not work for two nights, and nobody came although we asked three times. Breakfast was friendly but the eggs were cold.

it has 2 of 5 stars
somebody should take it by 21:04
next: take the case, then call the guest

Hotel Alpenblick · google · case 12"
    );
}

#[test]
fn a_long_review_leaves_room_for_what_to_do_next() {
    let mut alert = samples::alert("new_negative");
    alert.review.as_mut().unwrap().text = Some("ёлка ".repeat(2_000));
    let body = samples::json(&samples::request("ntfy", SETTINGS, &alert));
    let message = body["message"].as_str().unwrap();
    assert!(message.len() <= 3_800, "{}", message.len());
    assert!(message.ends_with("next: take the case, then call the guest\n\nHotel Alpenblick · google · case 12"));
}

#[test]
fn quotes_and_line_breaks_do_not_swell_the_body_past_the_limit() {
    let mut alert = samples::alert("new_negative");
    alert.review.as_mut().unwrap().text = Some("\"\n\\".repeat(3_000));
    alert.review.as_mut().unwrap().url = Some(format!("https://www.reviews.example/{}", "x".repeat(1_400)));
    alert.lines = vec!["\"".repeat(600); 12];
    let request = samples::request("ntfy", SETTINGS, &alert);
    assert!(request.body.len() <= 8_000, "{}", request.body.len());
}

#[test]
fn a_token_goes_into_the_header_and_into_no_debug_output() {
    let settings = "topic = \"alpenblick\"\ntoken = \"tk_hunter2\"\nserver = \"http://192.168.1.20:8090\"";
    let request = samples::request("ntfy", settings, &samples::alert("new_negative"));
    assert_eq!(request.url.as_str(), "http://192.168.1.20:8090/");
    assert_eq!(request.headers["authorization"], "Bearer tk_hunter2");
    assert!(!format!("{:?}", request.headers).contains("hunter2"));
}

#[test]
fn each_answer_of_the_service_has_its_outcome() {
    let check = |status, body, expected: &str| {
        let outcome =
            samples::channel("ntfy", SETTINGS).outcome(&samples::answer(status, body), samples::NOW.parse().unwrap());
        assert_eq!(format!("{outcome:?}").split(' ').next(), Some(expected), "{status} {body}");
    };
    check(200, r#"{"id":"sPs71M8A2T","time":1795205100,"event":"message","topic":"x","message":"y"}"#, "Delivered");
    check(200, "<html>please log in</html>", "Retry");
    check(400, r#"{"code":40017,"http":400,"error":"invalid request: request body must be message JSON"}"#, "GiveUp");
    check(400, r#"{"code":40009,"http":400,"error":"invalid request: topic invalid"}"#, "Broken");
    check(401, r#"{"code":40101,"http":401,"error":"unauthorized"}"#, "Broken");
    check(403, r#"{"code":40301,"http":403,"error":"forbidden"}"#, "Broken");
    check(413, r#"{"code":41301,"http":413,"error":"attachment too large"}"#, "GiveUp");
    check(429, r#"{"code":42901,"http":429,"error":"limit reached: too many requests"}"#, "Retry");
    check(507, "", "Retry");
}

#[test]
fn a_used_up_daily_quota_waits_for_the_next_day() {
    let answer =
        samples::answer(429, r#"{"code":42908,"http":429,"error":"limit reached: daily message quota reached"}"#);
    let outcome = samples::channel("ntfy", SETTINGS).outcome(&answer, samples::NOW.parse().unwrap());
    let why = "the server's daily number of messages is used up".to_owned();
    assert_eq!(outcome, Outcome::Retry { after: Some(Duration::from_secs(3 * 3600 + 55 * 60)), why });
}

#[test]
fn a_topic_that_cannot_be_is_refused_without_showing_it() {
    let error = build("topic = \"hunter 2/..\"".parse().unwrap()).err().unwrap();
    assert_eq!(error.key.as_deref(), Some("topic"));
    assert!(!error.to_string().contains("hunter"));
}
