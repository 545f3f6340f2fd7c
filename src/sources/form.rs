//! A form of the owner's own at `/f/<location>`: what guests say at check-out, or when they are asked how it was.
//!
//! Everybody who answers is shown the same links to public places afterwards, whatever the answer: who was happy and who was not.
//! What is said here is said to the business alone.

use std::time::Duration;

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use super::{
    Kind, ParseError, PollError, Push, PushError, Robots, Seen, Source, Taken, Visit, challenge, part,
    push::nothing_to_ask, settings,
};
use crate::{
    config::SettingsError,
    review::{PostedAt, RawRating, Sighting},
    terms::{AskRule, Retention, Terms},
    text,
};

/// The owner's own form.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "the owner's own form; what guests are told there about their data binds the owner",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "form",
    about: "answers to a feedback form that amends itself shows",
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
name = "feedback form"
kind = "form"
# The language of its words: en, de, fr, it or es.
language = "en"
# question = "How was your stay?"
# What is done with the answers, in a sentence for the guest.
# privacy = "Only the people of Hotel Alpenblick read this."
# Public places, shown to everybody who answers, whatever the answer.
links = [{ name = "Google", url = "https://g.page/r/example/review" }, { name = "Yelp", url = "https://www.yelp.com/writeareview/biz/x" }]
"#;

const ACCESS: &str = "\
1. Set `base_url` in the section [web] to the address under which this amends can be reached from outside, through a proxy with TLS.
2. The form stands at base_url/f/LOCATION, such as https://amends.hotel.example/f/hotel-alpenblick ; `amends check` shows it.
3. Print it as a QR code at the desk and in the rooms, or put the link below your letters.

It needs no JavaScript and sets no cookie. Everybody who answers is shown the same `links` afterwards: to send happy guests to public places
and unhappy ones elsewhere is against the rules of most places, and amends cannot be made to do it.";

/// The longest words of an answer, in grapheme clusters.
pub const WORDS_GRAPHEMES_MAX: usize = 4_000;
/// The longest name or contact.
const NAME_GRAPHEMES_MAX: usize = 120;
/// What a payload has to be.
const EXPECTED: &str = "an answer to the form";

/// What a form shows; its settings as well.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The language of its words.
    #[serde(default)]
    language: Language,
    /// What is asked, instead of "How was it?" in that language.
    #[serde(default)]
    question: Option<String>,
    /// What is done with the answers, in a sentence for the guest.
    #[serde(default)]
    privacy: Option<String>,
    /// Public places, shown to everybody who answers.
    #[serde(default)]
    links: Vec<SettingsLink>,
}

/// A public place.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SettingsLink {
    /// Its name.
    name: String,
    /// Where a guest can write there.
    url: String,
}

/// The languages of a form's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Italian.
    It,
    /// Spanish.
    Es,
}

/// What a form shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The language of its words.
    pub language: Language,
    /// What is asked, if the owner has words for it.
    pub question: Option<String>,
    /// What is done with the answers, if the owner has words for it.
    pub privacy: Option<String>,
    /// Public places by name, shown to everybody who answers.
    pub links: Vec<(String, Url)>,
}

struct Answers(Form);

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let mut links = Vec::with_capacity(settings.links.len());
    for link in &settings.links {
        if link.name.trim().is_empty() {
            return Err(SettingsError::key("links", "every one of the `links` needs a name"));
        }
        links.push((link.name.trim().to_owned(), settings::web_address("links", &link.url)?));
    }
    let Settings { language, question, privacy, .. } = settings;
    Ok(Box::new(Answers(Form { language, question, privacy, links })))
}

impl Source for Answers {
    fn poll<'a>(&'a self, _visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        nothing_to_ask()
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(vec![read(payload)?])
    }

    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        let answer = read(push.body)?;
        let delivery = answer.id.clone();
        let answer = Sighting { posted_at: Some(PostedAt::exact(push.now)), ..answer };
        Ok(Taken { sightings: vec![answer], delivery, ..Taken::default() })
    }

    fn is_polled(&self) -> bool {
        false
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.0)
    }

    fn addresses(&self) -> Vec<Url> {
        Vec::new()
    }
}

/// Reads an answer as a browser sends it; `id` is what the page gave it, so that pressing twice is one answer.
fn read(body: &[u8]) -> Result<Sighting, ParseError> {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| {
        let value =
            fields.iter().find(|(known, _)| known == name).map(|(_, value)| text::clean(value).trim().to_owned());
        value.filter(|value| !value.is_empty())
    };
    let Some(id) = field("id") else {
        return Err(if challenge::is_challenge(body) {
            ParseError::Blocked
        } else {
            part::unlike(EXPECTED, "it has no id")
        });
    };
    let stars = match field("stars") {
        None => None,
        Some(stars) => match stars.parse::<u8>() {
            Ok(stars @ 1..=5) => Some(RawRating::on(stars, 1.0, 5.0)),
            _ => return Err(part::unlike(EXPECTED, "its stars are not from 1 to 5")),
        },
    };
    let words = field("words");
    if words.as_ref().is_some_and(|words| words.graphemes(true).count() > WORDS_GRAPHEMES_MAX) {
        return Err(ParseError::TooMuch("the answer is longer than 4,000 characters".to_owned()));
    }
    if stars.is_none() && words.is_none() {
        return Err(part::unlike(EXPECTED, "it has neither stars nor words"));
    }
    let who: Vec<String> = ["name", "contact"].into_iter().filter_map(field).collect();
    Ok(Sighting {
        id: Some(id),
        author: (!who.is_empty()).then(|| text::truncate(&who.join(", "), NAME_GRAPHEMES_MAX)),
        rating: stars,
        text: words,
        private: true,
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_needs_stars_or_words_and_nothing_else() {
        let answer = read(b"id=a1&stars=2&words=It+was+cold%21&name=Mira&contact=mira%40guest.example&site=").unwrap();
        assert_eq!(
            (answer.text.as_deref(), answer.author.as_deref()),
            (Some("It was cold!"), Some("Mira, mira@guest.example"))
        );
        assert!(answer.private);
        assert!(read(b"id=a1&stars=5").is_ok() && read(b"id=a1&words=fine").is_ok());
        for bad in ["", "id=a1", "stars=5", "id=a1&stars=6", "id=a1&stars=x", "id=a1&words=+++", "\u{0}\u{1}", "%%%"] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(matches!(read(format!("id=a&words={}", "x".repeat(4_001)).as_bytes()), Err(ParseError::TooMuch(_))));
    }

    #[test]
    fn a_link_is_an_address_with_a_name() {
        let build = |links: &str| build(format!("links = [{links}]").parse().unwrap()).map(|form| form.form().cloned());
        assert_eq!(build("{ name = \"G\", url = \"https://g.example/\" }").unwrap().unwrap().links.len(), 1);
        assert!(build("{ name = \"G\", url = \"javascript:alert(1)\" }").is_err());
        assert!(build("{ name = \" \", url = \"https://g.example/\" }").is_err());
    }
}
