//! The five reviews that Google's Places interface (New) shows of any place, for an alert and nothing more.
//!
//! They are chosen by relevance, so a new bad review may not be among them; the owner's own listing is better read by
//! `google-business`.

use std::{sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, as_the_status_says, with_query},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Only the place's id may be kept; reviews must not be stored.
pub const TERMS: Terms = Terms {
    retention: Retention::IdOnly,
    ask: AskRule::PlainAskAllowed,
    guest_can_edit: true,
    source: "developers.google.com/maps/documentation/places/web-service/policies",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "google-places",
    about: "up to five reviews of a place on Google, for alerts only",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(12 * 3600),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "google places"
kind = "google-places"
place = "ChIJxyz"
api_key_file = "/etc/amends/google-places-key"
# language = "it"
"#;

const ACCESS: &str = "\
Your own listing is better read by `google-business`: all reviews, their changes and your answers. This kind needs less:

1. In the Google Cloud console create a project with billing, switch on \"Places API (New)\" and make an API key for it alone.
2. Put the key into the file of `api_key_file`.
3. Find the id of your place with Google's \"Place ID finder\" and give it as `place`.

A call costs: about 1,000 a month were free and 1,000 more cost about 25 USD in 2026, so amends asks twice a day at most. Google's terms
allow nothing but the id to be kept: amends erases the words as soon as the alert has gone out.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Google's Places interface";
/// What is asked for; without it Google answers with an error.
const FIELDS: &str = "id,displayName,rating,userRatingCount,googleMapsUri,reviews";

/// The settings of a place.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The place's id.
    place: String,
    /// The key.
    api_key: Secret,
    /// The language of the answer; the guests' own words are read whatever it is.
    #[serde(default)]
    language: Option<String>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let place = settings.place.trim().trim_start_matches("places/");
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if place.is_empty() || !place.chars().all(is_id) {
        return Err(SettingsError::key(
            "place",
            "`place` is an id such as \"ChIJxyz\"; see `amends help google-places`",
        ));
    }
    let first: Url = format!("https://places.googleapis.com/v1/places/{place}").parse().expect("an id is a segment");
    let first = with_query(&first, &[("languageCode", settings.language.as_deref().unwrap_or("en"))]);
    let mut headers = access::secret_header("x-goog-api-key", "api_key", &settings.api_key)?;
    headers.insert(HeaderName::from_static("x-goog-fieldmask"), HeaderValue::from_static(FIELDS));
    let api = Api { access: Access::fixed(headers), order: Order::Sample, pages_max: 1, explain: as_the_status_says };
    Ok(Box::new(Walked { api, firsts: vec![first], read: Arc::new(read) }))
}

/// Reads a place. Without any review it has neither a count nor a list.
fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let place = part::object(bytes, EXPECTED)?;
    let reviews = part::list(&place, &["/reviews"]).unwrap_or_default();
    if reviews.is_empty() && part::text(&place, "/id").is_none() {
        return Err(part::unlike(EXPECTED, "it is JSON without a place in it"));
    }
    let stated = if reviews.is_empty() { part::count(&place, "/userRatingCount").or(Some(0)) } else { None };
    Ok(Leaf { sightings: reviews.iter().map(sighting).collect(), next: None, stated })
}

fn sighting(review: &Value) -> Sighting {
    let words = if review.get("originalText").is_some() { "/originalText" } else { "/text" };
    Sighting {
        id: part::text(review, "/name"),
        author: part::text(review, "/authorAttribution/displayName"),
        author_id: part::text(review, "/authorAttribution/uri"),
        rating: part::rating(review, "/rating", 1.0, 5.0),
        text: part::text(review, &format!("{words}/text")),
        language: part::text(review, &format!("{words}/languageCode")),
        posted_at: part::posted(review, "/publishTime"),
        url: part::text(review, "/googleMapsUri"),
        ..Sighting::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_own_words_are_read_and_an_error_is_no_place() {
        let url: Url = "https://places.googleapis.com/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/google-places/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings[0].text.as_deref(), Some("Camera fredda"));
        assert_eq!(leaf.sightings[0].language.as_deref(), Some("it"));
        assert_eq!(leaf.sightings[1].text.as_deref(), Some("Lovely"));
        assert!(read(br#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#, &url).is_err());
        assert_eq!(read(br#"{"id":"ChIJ"}"#, &url).unwrap().stated, Some(0));
    }
}
