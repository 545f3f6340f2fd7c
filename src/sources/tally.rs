//! Answers to a form at Tally, pushed one by one.
//!
//! Choices come as ids and are looked up in their options. A form says things to the business, not to the public, so its alerts
//! do not quote them. How long Tally repeats a push that failed is not documented.

use std::time::Duration;

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, PollError, Push, PushError, Robots, Seen, Source, Taken, Visit, part,
    push::{from_base64, is_signed, nothing_to_ask},
    settings,
};
use crate::{
    config::SettingsError,
    review::{RawRating, Sighting},
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// What a payload has to be.
const EXPECTED: &str = "an answer to a form at Tally";

/// The owner's own form.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "the owner's own form; what guests were told there about their data binds the owner",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "tally",
    about: "answers to your form at Tally, pushed as they come",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "table form"
kind = "tally"
secret_file = "/etc/amends/tally-secret"
# The best answer of the rating question.
best = 5
# The label of the question for the guest's name, if there is one.
# name_label = "Your name"
"#;

const ACCESS: &str = "\
1. Set `base_url` in the section [web] to the address under which this amends can be reached from outside, through a proxy with TLS.
2. Run `amends check`: it shows the address of this source.
3. In Tally open your form, Integrations, Webhooks, Connect, and give it that address.
4. Choose \"Add signing secret\" and put the same secret into the file of `secret_file`.
5. Answer the form once yourself: `amends reviews` shows the answer.";

/// The settings of a form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The signing secret of the webhook.
    secret: Secret,
    /// The best answer of the rating question.
    #[serde(default = "Settings::default_best")]
    best: u32,
    /// The label of the question for the guest's name.
    #[serde(default)]
    name_label: Option<String>,
}

impl Settings {
    fn default_best() -> u32 {
        5
    }
}

struct Tally(Settings);

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    if settings.secret.reveal().trim().is_empty() {
        return Err(SettingsError::key("secret", "`secret` is empty; see `amends help tally`"));
    }
    if !(2..=100).contains(&settings.best) {
        return Err(SettingsError::key("best", "`best` is the best answer that can be given, from 2 to 100"));
    }
    Ok(Box::new(Tally(settings)))
}

impl Source for Tally {
    fn poll<'a>(&'a self, _visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        nothing_to_ask()
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(vec![self.read(&part::object(payload, EXPECTED)?)?])
    }

    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        let code = push.header("tally-signature").and_then(from_base64);
        if !is_signed(self.0.secret.reveal().trim().as_bytes(), &[push.body], code.into_iter()) {
            return Err(PushError::Forged("the signature is missing or wrong"));
        }
        let answer = part::object(push.body, EXPECTED)?;
        let delivery = part::text(&answer, "/eventId");
        Ok(Taken { sightings: vec![self.read(&answer)?], delivery, ..Taken::default() })
    }

    fn is_polled(&self) -> bool {
        false
    }

    fn addresses(&self) -> Vec<Url> {
        Vec::new()
    }
}

impl Tally {
    fn read(&self, answer: &Value) -> Result<Sighting, ParseError> {
        let fields = part::list(answer, &["/data/fields"])
            .ok_or_else(|| part::unlike(EXPECTED, "it is JSON without an answer in it"))?;
        let id = part::text(answer, "/data/responseId")
            .or_else(|| part::text(answer, "/data/submissionId"))
            .ok_or_else(|| part::unlike(EXPECTED, "its answer has no id"))?;
        let kind = |field: &Value| part::text(field, "/type").unwrap_or_default();
        let is_name = |field: &&Value| self.0.name_label.is_some() && part::text(field, "/label") == self.0.name_label;
        let rating = fields.iter().find(|field| matches!(kind(field).as_str(), "RATING" | "LINEAR_SCALE"));
        let words: Vec<String> =
            fields.iter().filter(|field| !is_name(field)).filter_map(|field| written(field, &kind(field))).collect();
        Ok(Sighting {
            id: Some(id),
            author: fields.iter().find(is_name).and_then(|field| part::text(field, "/value")),
            rating: rating
                .and_then(|field| field.get("value"))
                .filter(|stars| !stars.is_null())
                .map(|stars| RawRating::on(stars.clone(), 1.0, f64::from(self.0.best))),
            text: (!words.is_empty()).then(|| words.join("\n")),
            posted_at: part::posted(answer, "/data/createdAt").or_else(|| part::posted(answer, "/createdAt")),
            private: true,
            ..Sighting::default()
        })
    }
}

/// What was written or chosen in one field; choices are ids of options.
fn written(field: &Value, kind: &str) -> Option<String> {
    match kind {
        "INPUT_TEXT" | "TEXTAREA" => part::text(field, "/value"),
        "MULTIPLE_CHOICE" | "CHECKBOXES" | "DROPDOWN" | "MULTI_SELECT" => {
            let chosen: Vec<&str> = part::list(field, &["/value"])?.iter().filter_map(Value::as_str).collect();
            let options = part::list(field, &["/options"])?;
            let is_chosen = |option: &&Value| part::text(option, "/id").is_some_and(|id| chosen.contains(&id.as_str()));
            let texts: Vec<String> =
                options.iter().filter(is_chosen).filter_map(|option| part::text(option, "/text")).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    #[test]
    fn the_vendors_signature_is_held_against_the_raw_body() {
        let source = build("secret = \"tally-secret\"".parse().unwrap()).unwrap();
        let accept = |signature: &str, body: &[u8]| {
            let headers = HeaderMap::from_iter([("tally-signature".parse().unwrap(), signature.parse().unwrap())]);
            let (url, now) = ("https://amends.example/in/x".parse().unwrap(), "2026-11-21T10:00:00Z".parse().unwrap());
            source.accept(&Push { method: &Method::POST, url: &url, headers: &headers, body, now })
        };
        let good = "oX+07C1eNmCbaP86M8/ZeLcelHzCpwXD5oRoNcYjIr8=";
        assert!(matches!(accept(good, br#"{"amends":"ping","n":1}"#), Err(PushError::Unreadable(_))));
        assert!(matches!(accept(good, b"{}"), Err(PushError::Forged(_))));
        assert!(matches!(accept("", b"{}"), Err(PushError::Forged(_))));
    }

    #[test]
    fn an_answer_is_read_and_choices_are_looked_up() {
        let source = build("secret = \"s\"\nname_label = \"Your name\"".parse().unwrap()).unwrap();
        let [answer] = &source.parse(include_bytes!("../../tests/fixtures/tally/page.json"), None).unwrap()[..] else {
            panic!()
        };
        assert_eq!(answer.rating, Some(RawRating::on(2, 1.0, 5.0)));
        assert_eq!(answer.text.as_deref(), Some("The soup was cold.\nWaiting"));
        assert_eq!(answer.author.as_deref(), Some("Ugo"));
    }
}
