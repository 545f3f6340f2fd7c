//! The contract of all channels.

use std::time::Duration;

use amends::{
    channels::{ALL, Channel, Outcome, Outgoing},
    http::Response,
};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::{alert, envelope, example, example_settings, sent};

fn now() -> Timestamp {
    "2026-11-20T20:05:00Z".parse().unwrap()
}

fn answer(status: u16, header: Option<(&'static str, &str)>, body: &str) -> Response {
    let headers: HeaderMap =
        header.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        wire: body.to_owned().into(),
        url: "https://service.example/".parse().unwrap(),
        place: None,
        room: amends::http::Room::default(),
    }
}

/// Those of the channels that send over HTTP.
fn over_http() -> impl Iterator<Item = (&'static str, Box<dyn Channel>)> {
    ALL.iter()
        .map(|kind| (kind.name, example(kind)))
        .filter(|(_, channel)| matches!(channel.render(&alert("new_negative"), &envelope(), now()), Outgoing::Http(_)))
}

#[test]
fn the_registry_lists_the_kinds_in_the_order_of_users() {
    let names: Vec<&str> = ALL.iter().map(|kind| kind.name).collect();
    assert_eq!(names, ["email", "ntfy", "slack", "webhook", "console"]);
}

#[test]
fn every_example_builds_and_renders_every_sample() {
    for kind in ALL {
        let channel = example(kind);
        for name in ["new_negative", "urgent", "turned_around", "due", "source_trouble", "weekly_report", "hostile"] {
            let sent = sent(&channel.render(&alert(name), &envelope(), now()));
            assert!(!sent.is_empty(), "{} {name}", kind.name);
        }
        assert_eq!(channel.needs_address(), kind.name == "email");
    }
}

#[test]
fn an_unknown_key_is_refused_by_its_name() {
    for kind in ALL {
        let mut settings = example_settings(kind);
        settings.insert("ulr".into(), "hunter2".into());
        let error = (kind.build)(settings).err().unwrap();
        assert_eq!(error.key.as_deref(), Some("ulr"), "{}: {error}", kind.name);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{}", kind.name);
    }
}

#[test]
fn every_key_is_in_the_schema_with_a_sentence_about_it() {
    for kind in ALL {
        let schema = (kind.schema)();
        let schema = schema.as_value();
        assert_eq!(schema["additionalProperties"], false, "{}", kind.name);
        for key in example_settings(kind).keys() {
            let about = schema["properties"][key]["description"].as_str();
            assert!(about.is_some_and(|about| about.len() > 10), "{} {key}", kind.name);
        }
    }
}

#[test]
fn a_value_that_cannot_be_is_not_repeated_in_the_error() {
    for kind in ALL {
        for key in example_settings(kind).keys() {
            for value in [
                toml::Value::Integer(987_654),
                "hunter2 hunter2 \u{7f}".into(),
                toml::Value::Array(vec!["hunter2".into()]),
            ] {
                let mut settings = example_settings(kind);
                settings.insert(key.clone(), value);
                if let Err(error) = (kind.build)(settings) {
                    let said = format!("{error} {error:?}");
                    assert!(!said.contains("987654") && !said.contains("hunter2"), "{} {key}: {said}", kind.name);
                }
            }
        }
    }
}

#[test]
fn every_status_has_its_outcome() {
    for (name, channel) in over_http() {
        for status in 100..=599 {
            let outcome = channel.outcome(&answer(status, None, ""), now());
            let right = match status {
                // A success without the service's own sign of it is tried again.
                200..=299 => matches!(outcome, Outcome::Delivered | Outcome::Retry { .. }),
                408 | 425 | 429 | 500..=599 => matches!(outcome, Outcome::Retry { .. }),
                401 | 403 | 404 | 410 => matches!(outcome, Outcome::Broken { .. }),
                _ => matches!(outcome, Outcome::GiveUp { .. }),
            };
            assert!(right, "{name} {status}: {outcome:?}");
        }
    }
}

#[test]
fn how_long_to_wait_is_obeyed_in_seconds_and_as_a_date() {
    for (name, channel) in over_http() {
        for status in [429, 503] {
            for (value, seconds) in
                [("120", 120), ("1.5", 1), ("Fri, 20 Nov 2026 20:06:40 GMT", 100), ("999999999", 86_400)]
            {
                let outcome = channel.outcome(&answer(status, Some(("retry-after", value)), ""), now());
                let Outcome::Retry { after: Some(after), .. } = outcome else { panic!("{name}: {outcome:?}") };
                assert_eq!(after.as_secs(), seconds, "{name} {status} {value}");
            }
            for nonsense in ["soon", "-5", "", "Fri, 20 Nov 2020 20:06:40 GMT"] {
                let outcome = channel.outcome(&answer(status, Some(("retry-after", nonsense)), ""), now());
                assert!(matches!(outcome, Outcome::Retry { after: None, .. }), "{name} {nonsense}: {outcome:?}");
            }
        }
    }
}

#[test]
fn no_answer_however_odd_is_a_panic_or_gets_into_the_reason() {
    let huge = "hunter2 ".repeat(100_000);
    for (name, channel) in over_http() {
        for body in ["", "{", "null", "[1]", "{\"code\":\"x\"}", "\u{0}\u{1b}[31m", huge.as_str()] {
            for status in [200, 400, 404, 429, 500] {
                let outcome = channel.outcome(&answer(status, None, body), now());
                assert!(format!("{outcome:?}").len() < 200, "{name} {status}");
            }
        }
        let packed = answer(200, Some(("content-encoding", "br")), "ok");
        assert!(matches!(channel.outcome(&packed, now()), Outcome::Delivered | Outcome::Retry { .. }), "{name}");
    }
}

#[test]
fn ten_thousand_characters_in_any_script_stay_within_every_limit() {
    let scripts = [
        "The shower was cold. ",
        "В номере было холодно. ",
        "房间很冷，没有人来。",
        "كانت الغرفة باردة. ",
        "कमरा ठंडा था। ",
        "👩‍👩‍👧‍👦🥶",
    ];
    for kind in ALL {
        let channel = example(kind);
        for script in scripts {
            let words: String = script.chars().cycle().take(10_000).collect();
            let mut alert = alert("new_negative");
            let review = alert.review.as_mut().unwrap();
            (review.title, review.text, review.author) =
                (Some(words.clone()), Some(words.clone()), Some(words.clone()));
            let outgoing = channel.render(&alert, &envelope(), now());
            let size_max = match kind.name {
                "webhook" => 20_000,
                "ntfy" => 8_000,
                "slack" => 40_000,
                "email" => 120_160,
                _ => 10_000,
            };
            let sent = sent(&outgoing);
            assert!(sent.len() <= size_max, "{} {script}: {}", kind.name, sent.len());
            let start: String = script.chars().take(4).collect();
            assert!(sent.contains(&start) || kind.name == "email", "{} {script}", kind.name);
        }
    }
}

#[test]
fn slack_and_ntfy_keep_the_limits_of_each_field() {
    let words = "😀\"<&é".repeat(2_000);
    let mut alert = alert("hostile");
    alert.headline = words.clone();
    alert.review.as_mut().unwrap().text = Some(words);
    let body = |name: &str| -> serde_json::Value {
        let channel = example(amends::channels::find(name).unwrap());
        serde_json::from_str(&sent(&channel.render(&alert, &envelope(), now()))).unwrap()
    };
    let slack = body("slack");
    assert!(slack["blocks"].as_array().unwrap().len() <= 50);
    for block in slack["blocks"].as_array().unwrap() {
        let text = block["text"]["text"].as_str().unwrap_or_default();
        let max = if block["type"] == "header" { 150 } else { 3_000 };
        assert!(text.encode_utf16().count() <= max, "{block}");
    }
    assert!(slack["text"].as_str().unwrap().len() <= 4_000);
    let ntfy = body("ntfy");
    assert!(ntfy["message"].as_str().unwrap().len() <= 3_800);
    assert!(ntfy["title"].as_str().unwrap().len() <= 250);
}

#[test]
fn what_a_guest_wrote_is_in_no_header() {
    for (name, channel) in over_http() {
        let Outgoing::Http(request) = channel.render(&alert("hostile"), &envelope(), now()) else { unreachable!() };
        for (header, value) in &request.headers {
            let value = value.to_str().unwrap();
            assert!(!value.contains("evil") && !value.contains("script") && !value.contains("Bcc"), "{name} {header}");
        }
        assert_eq!(request.method, http::Method::POST);
    }
    let email = example(amends::channels::find("email").unwrap());
    let Outgoing::Mail(letter) = email.render(&alert("hostile"), &envelope(), now()) else { panic!("a letter") };
    assert_eq!(letter.subject, "[1★] Hotel Alpenblick: new bad review, case 12");
}

#[test]
fn hidden_and_control_characters_of_a_guest_reach_nobody() {
    for kind in ALL {
        let sent = sent(&example(kind).render(&alert("hostile"), &envelope(), now()));
        for hidden in ["\u{202E}", "\u{1b}", "\u{0}", "\\u001b", "\\u0000", "\r"] {
            assert!(!sent.contains(hidden), "{} {hidden:?}", kind.name);
        }
    }
}

#[test]
fn the_same_delivery_keeps_its_id_and_gets_a_fresh_time() {
    let webhook = example(amends::channels::find("webhook").unwrap());
    let attempt = |at: Timestamp| match webhook.render(&alert("new_negative"), &envelope(), at) {
        Outgoing::Http(request) => request,
        other => panic!("{other:?}"),
    };
    let (first, second) = (attempt(now()), attempt(now() + jiff::SignedDuration::from_mins(5)));
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert_eq!(first.body, second.body);
    assert_eq!(second.headers["webhook-timestamp"], "1795205400");
    assert_ne!(first.headers["webhook-signature"], second.headers["webhook-signature"]);
}

#[test]
fn waiting_longer_than_a_day_is_never_asked_of_us() {
    for (name, channel) in over_http() {
        let outcome = channel.outcome(&answer(429, None, r#"{"code":42908}"#), now());
        let Outcome::Retry { after, .. } = outcome else { panic!("{name}: {outcome:?}") };
        assert!(after.is_none_or(|after| after <= Duration::from_secs(86_400)), "{name}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_guest_writes_every_channel_renders_it(title in "\\PC{0,400}", words in "(?s).{0,3000}") {
        let mut alert = alert("new_negative");
        let review = alert.review.as_mut().unwrap();
        (review.title, review.text, review.author) = (Some(title.clone()), Some(words), Some(title));
        for kind in ALL {
            let sent = sent(&example(kind).render(&alert, &envelope(), now()));
            assert!(sent.contains("New 2-star review at Hotel Alpenblick"), "{}", kind.name);
        }
    }
}
