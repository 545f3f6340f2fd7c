//! The newest reviews at Tripadvisor, by its Terra interface, for an alert and nothing more.
//!
//! A guest cannot edit there but deletes and writes anew, and nothing may be kept that would tell so: a turnaround is confirmed by
//! a person. The size of a page is documented small; 20 was accepted.

use std::{sync::Arc, time::Duration};

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
    review::{Reply, Sighting},
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Nothing but the location's id may be kept, and no model may read the words.
pub const TERMS: Terms = Terms {
    retention: Retention::IdOnly,
    ask: AskRule::PlainAskAllowed,
    guest_can_edit: false,
    source: "docs.terra.tripadvisor.com (caching policy, FAQ); Tripadvisor's master terms of 2026-06-16",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "tripadvisor",
    about: "the newest reviews at Tripadvisor, for alerts only",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(6 * 3600),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "tripadvisor"
kind = "tripadvisor"
# The digits after d in your page's address: …-g187791-d207799-Reviews-…
hotel = "207799"
api_key_file = "/etc/amends/tripadvisor-key"
# language = "it"
"#;

const ACCESS: &str = "\
1. Apply for a key to Tripadvisor's \"Terra\" interface at https://docs.terra.tripadvisor.com; a plan is billed by what you ask for.
2. Put the key into the file of `api_key_file`. A key of the older Content API does not work.
3. `hotel` is the number after d in your page's address: …-g187791-d207799-Reviews-Hotel_Alba gives 207799.
4. Some contracts want the numbers of your locations on an allow-list first; Tripadvisor then answers 403 until it is there.

Tripadvisor's terms allow nothing but that number to be kept: amends alerts with the stars and a link and erases the rest. Answer in
Tripadvisor's Management Centre.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Tripadvisor's Terra interface";

/// The settings of a location at Tripadvisor.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The number of the hotel, restaurant or attraction.
    hotel: String,
    /// The key.
    api_key: Secret,
    /// The language whose reviews are shown; default: each in its own.
    #[serde(default)]
    language: Option<String>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let hotel = settings.hotel.trim().trim_start_matches('d');
    if hotel.is_empty() || hotel.len() > 20 || !hotel.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SettingsError::key("hotel", "`hotel` is the number after d in your page's address at Tripadvisor"));
    }
    let first: Url = format!("https://terra.tripadvisor.com/api/locations/{hotel}/reviews").parse().expect("digits");
    let language = settings.language.as_deref().unwrap_or("primary");
    let first =
        with_query(&first, &[("language", language), ("sort_by", "MOST_RECENT"), ("page", "1"), ("size", "20")]);
    let access = Access::fixed(access::secret_header("x-api-key", "api_key", &settings.api_key)?);
    // Every page costs: the newest are enough.
    let api = Api { access, order: Order::Sample, pages_max: 1, explain: as_the_status_says };
    Ok(Box::new(Walked { api, firsts: vec![first], read: Arc::new(read) }))
}

fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let reviews = part::wanted(&answer, &["/data"], (EXPECTED, "reviews"))?;
    let stated = part::count(&answer, "/pagination/total_elements").filter(|_| reviews.is_empty());
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next: None, stated })
}

fn sighting(review: &Value) -> Option<Sighting> {
    let words = primary(review, "/text");
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        author: part::text(review, "/user/username"),
        rating: part::rating(review, "/rating", 1.0, 5.0),
        title: primary(review, "/title").and_then(|title| part::text(title, "/value")),
        text: words.and_then(|words| part::text(words, "/value")),
        language: words.and_then(|words| part::text(words, "/language")),
        posted_at: part::posted(review, "/publish_ts"),
        url: part::text(review, "/url"),
        reply: review.get("owner_response").and_then(|reply| {
            Some(Reply {
                text: part::text(primary(reply, "/text")?, "/value")?,
                at: part::instant(reply, "/publish_date"),
            })
        }),
        ..Sighting::default()
    })
}

/// The guest's own version among translations.
fn primary<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let versions = part::list(value, &[path])?;
    versions.iter().find(|version| part::is_true(version, "/primary")).or(versions.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_own_version_is_read_and_a_refusal_is_no_empty_list() {
        let url: Url = "https://terra.tripadvisor.com/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/tripadvisor/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings[0].text.as_deref(), Some("Il riscaldamento si è rotto due volte."));
        assert_eq!(leaf.sightings[0].reply.as_ref().map(|reply| reply.text.as_str()), Some("Sorry…"));
        assert!(read(br#"{"Message":"User is not authorized"}"#, &url).is_err());
        assert_eq!(read(br#"{"data":[],"pagination":{"total_elements":0}}"#, &url).unwrap().stated, Some(0));
    }
}
