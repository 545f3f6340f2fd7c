//! Tests of `webhook`: the spec's vector, both keys while rotating, and the size limit.

use super::super::samples;
use super::*;

const SETTINGS: &str = r#"url = "https://hooks.example/in?token=hunter2"
secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD""#;

#[test]
fn the_vector_of_the_spec_is_reproduced() {
    let key = key("secret", &Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")).unwrap();
    let body = r#"{"email":"test@example.com","username":"test_user"}"#;
    assert_eq!(
        sign(&key, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
    );
}

#[test]
fn an_event_says_what_happened_and_what_the_guest_wrote() {
    let request = samples::request("webhook", SETTINGS, &samples::alert("new_negative"));
    assert_eq!(request.url.as_str(), "https://hooks.example/in?token=hunter2");
    assert_eq!(request.headers["webhook-id"], "msg_0a1b2c");
    assert_eq!(request.headers["webhook-timestamp"], "1795205100");
    let event = samples::json(&request);
    assert_eq!(event["type"], "review.negative.created");
    assert_eq!(event["timestamp"], "2026-11-20T20:04:00Z");
    let data = &event["data"];
    assert_eq!(data["headline"], "New 2-star review at Hotel Alpenblick");
    assert_eq!(data["severity"], "high");
    assert_eq!(data["case"], 12);
    assert_eq!(data["link"], "https://amends.alpenblick.example/c/12?t=sampletoken");
    assert_eq!(data["review"]["title"], "Cold room, cold eggs");
    assert_eq!(data["review"]["rating"], "2 of 5");
    assert_eq!(data["review"]["posted_at"], "2026-11-20T19:40:00Z");
}

#[test]
fn while_the_secret_changes_both_keys_sign() {
    let rotating = format!("{SETTINGS}\nsecret_old = \"whsec_{}\"", STANDARD.encode([7_u8; 32]));
    let request = samples::request("webhook", &rotating, &samples::alert("new_negative"));
    let signatures: Vec<&str> = request.headers["webhook-signature"].to_str().unwrap().split(' ').collect();
    assert_eq!(signatures.len(), 2);
    assert!(signatures.iter().all(|signature| signature.starts_with("v1,")));
    assert_ne!(signatures[0], signatures[1]);
}

#[test]
fn a_report_too_large_for_the_limit_is_left_out_and_the_headline_stays() {
    let mut alert = samples::alert("weekly_report");
    assert_eq!(samples::json(&samples::request("webhook", SETTINGS, &alert))["data"]["report"]["week"], "2026-W47");
    alert.report.as_mut().unwrap().json = json!(vec!["row"; 10_000]);
    let request = samples::request("webhook", SETTINGS, &alert);
    assert!(request.body.len() < 20_000);
    assert_eq!(samples::json(&request)["data"]["report"], Value::Null);
}

#[test]
fn a_key_that_is_none_is_refused_without_showing_it() {
    for secret in ["whsec_hunter2", "hunter2hunter2", "whsec_aHVudGVyMg=="] {
        let error = key("secret", &Secret::new(secret)).unwrap_err();
        assert_eq!(error.key.as_deref(), Some("secret"));
        assert!(!error.to_string().contains(secret) && error.to_string().contains("openssl rand"), "{error}");
    }
}
