//! Answers to a form at Typeform, pushed one by one.
//!
//! The rating is the first answer that is a number or a score, the words are all that was written. A form says things to the
//! business, not to the public, so its alerts do not quote them.

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
const EXPECTED: &str = "an answer to a form at Typeform";

/// The owner's own form.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "the owner's own form; what guests were told there about their data binds the owner",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "typeform",
    about: "answers to your form at Typeform, pushed as they come",
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
name = "check-out form"
kind = "typeform"
secret_file = "/etc/amends/typeform-secret"
# The best answer of the rating question; Typeform's opinion scales often go to 10.
best = 5
# Which question is the rating, and which the guest's name, by the reference in the form; default: the first that fits.
# rating_ref = "stars"
# name_ref = "name"
"#;

const ACCESS: &str = "\
1. Set `base_url` in the section [web] to the address under which this amends can be reached from outside, through a proxy with TLS.
2. Run `amends check`: it shows the address of this source.
3. In Typeform open your form, Connect, Webhooks, Add a webhook, and give it that address.
4. Edit the webhook, give it a secret, and put the same secret into the file of `secret_file`.
5. Press \"Send test request\": Typeform shows 200, and `amends reviews` shows the answer.";

/// The settings of a form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The secret of the webhook.
    secret: Secret,
    /// The best answer of the rating question.
    #[serde(default = "Settings::default_best")]
    best: u32,
    /// The reference of the rating question.
    #[serde(default)]
    rating_ref: Option<String>,
    /// The reference of the question for the guest's name.
    #[serde(default)]
    name_ref: Option<String>,
}

impl Settings {
    fn default_best() -> u32 {
        5
    }
}

struct Typeform(Settings);

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    if settings.secret.reveal().trim().is_empty() {
        return Err(SettingsError::key("secret", "`secret` is empty; see `amends help typeform`"));
    }
    if !(2..=100).contains(&settings.best) {
        return Err(SettingsError::key("best", "`best` is the best answer that can be given, from 2 to 100"));
    }
    Ok(Box::new(Typeform(settings)))
}

impl Source for Typeform {
    fn poll<'a>(&'a self, _visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        nothing_to_ask()
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(vec![self.read(&part::object(payload, EXPECTED)?)?])
    }

    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        let code = push.header("typeform-signature").and_then(|value| from_base64(value.strip_prefix("sha256=")?));
        if !is_signed(self.0.secret.reveal().trim().as_bytes(), &[push.body], code.into_iter()) {
            return Err(PushError::Forged("the signature is missing or wrong"));
        }
        let answer = part::object(push.body, EXPECTED)?;
        let delivery = part::text(&answer, "/event_id");
        Ok(Taken { sightings: vec![self.read(&answer)?], delivery, ..Taken::default() })
    }

    fn is_polled(&self) -> bool {
        false
    }

    fn addresses(&self) -> Vec<Url> {
        Vec::new()
    }
}

impl Typeform {
    fn read(&self, answer: &Value) -> Result<Sighting, ParseError> {
        let form =
            answer.get("form_response").ok_or_else(|| part::unlike(EXPECTED, "it is JSON without an answer in it"))?;
        let id = part::text(form, "/token").ok_or_else(|| part::unlike(EXPECTED, "its answer has no token"))?;
        let answers = part::list(form, &["/answers"]).unwrap_or_default();
        let by_ref = |wanted: &Option<String>| {
            let wanted = wanted.as_deref()?;
            answers.iter().find(|one| part::text(one, "/field/ref").as_deref() == Some(wanted))
        };
        let number = |one: &&Value| part::text(one, "/type").as_deref() == Some("number");
        let rated = by_ref(&self.0.rating_ref).or_else(|| answers.iter().find(number));
        let named = by_ref(&self.0.name_ref);
        let is_other = |one: &&Value| {
            !rated.is_some_and(|rated| std::ptr::eq(rated, *one))
                && !named.is_some_and(|named| std::ptr::eq(named, *one))
        };
        let words: Vec<String> = answers.iter().filter(is_other).filter_map(written).collect();
        Ok(Sighting {
            id: Some(id),
            author: named.and_then(written).or_else(|| answers.iter().find_map(|one| part::text(one, "/email"))),
            rating: rated
                .and_then(|one| one.get("number"))
                .map(|stars| RawRating::on(stars.clone(), 1.0, f64::from(self.0.best))),
            text: (!words.is_empty()).then(|| words.join("\n")),
            posted_at: part::posted(form, "/submitted_at"),
            private: true,
            ..Sighting::default()
        })
    }
}

/// What was written or chosen in one answer; its value stands under the name of its type.
fn written(answer: &Value) -> Option<String> {
    match part::text(answer, "/type")?.as_str() {
        "text" => part::text(answer, "/text"),
        "choice" => part::text(answer, "/choice/label").or_else(|| part::text(answer, "/choice/other")),
        "choices" => {
            let labels = part::list(answer, &["/choices/labels"])?;
            Some(labels.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn accept(signature: Option<&str>, body: &[u8]) -> Result<Taken, PushError> {
        let source = build("secret = \"tf-secret\"".parse().unwrap()).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(signature) = signature {
            headers.insert("typeform-signature", signature.parse().unwrap());
        }
        let (url, now) = ("https://amends.example/in/x".parse().unwrap(), "2026-11-21T10:00:00Z".parse().unwrap());
        source.accept(&Push { method: &Method::POST, url: &url, headers: &headers, body, now })
    }

    #[test]
    fn the_vendors_signature_is_held_against_the_raw_body() {
        let body = br#"{"amends":"ping","n":1}"#;
        let good = "sha256=U6rZM6SULg+IBsaM270tTaJxDI2x3RHOyXZDln7dA3o=";
        assert!(matches!(accept(Some(good), body), Err(PushError::Unreadable(_))), "signed well, but no answer");
        assert!(matches!(accept(Some(good), b"{}"), Err(PushError::Forged(_))));
        assert!(matches!(accept(None, body), Err(PushError::Forged(_))));
        assert!(matches!(accept(Some("sha256=zz"), body), Err(PushError::Forged(_))));
    }

    #[test]
    fn an_answer_is_read_with_its_rating_and_words() {
        let source = build("secret = \"s\"\nname_ref = \"who\"".parse().unwrap()).unwrap();
        let [answer] = &source.parse(include_bytes!("../../tests/fixtures/typeform/page.json"), None).unwrap()[..]
        else {
            panic!()
        };
        assert_eq!(answer.rating, Some(RawRating::on(2, 1.0, 5.0)));
        assert_eq!(answer.text.as_deref(), Some("The shower stayed cold.\nBathroom, Noise"));
        assert_eq!((answer.author.as_deref(), answer.private), (Some("Mira"), true));
    }
}
