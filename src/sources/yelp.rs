//! Excerpts of up to three reviews at Yelp, by its Fusion interface.
//!
//! Yelp gives no paging, no date of change and no sign of deletion; that `sort_by` has an effect is from its documents and unverified.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, PollError, Robots, Source,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, with_query},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Nothing but ids may be kept for more than 24 hours, and Yelp asks businesses not to ask for reviews.
pub const TERMS: Terms = Terms {
    retention: Retention::For(Duration::from_secs(24 * 3600)),
    ask: AskRule::Forbidden,
    guest_can_edit: true,
    source: "docs.developer.yelp.com; Yelp's API terms (second-hand) and its guidance not to ask for reviews",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "yelp",
    about: "excerpts of the newest reviews at Yelp",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(10 * 60),
    quota: Some("300/day"),
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "yelp"
kind = "yelp"
# The last part of your page's address at Yelp, or the id of 22 characters.
business = "hotel-alba-trento"
api_key_file = "/etc/amends/yelp-key"
# locale = "it_IT"
"#;

const ACCESS: &str = "\
1. Sign in at https://www.yelp.com/developers and make an app; choose a plan. The smallest allows 300 requests a day.
2. Put the key of the app into the file of `api_key_file`.
3. `business` is the last part of your page's address: https://www.yelp.com/biz/hotel-alba-trento gives hotel-alba-trento.

Yelp shows at most three excerpts and lets them be kept for 24 hours: the alert carries the link, and amends erases the words then.
Yelp asks businesses not to ask guests for reviews; amends offers no such draft for a review at Yelp.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Yelp's interface";

/// The settings of a page at Yelp.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The id or alias of the business.
    business: String,
    /// The app's key.
    api_key: Secret,
    /// The language and country whose reviews are shown, such as "it_IT".
    #[serde(default)]
    locale: Option<String>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let business = settings.business.trim();
    let mut first = Url::parse("https://api.yelp.com/v3/businesses/").expect("a fixed address");
    if business.is_empty() || business.contains('/') {
        return Err(SettingsError::key("business", "`business` is the last part of your page's address at Yelp"));
    }
    // Aliases may hold any letters; as one segment they are encoded.
    first.path_segments_mut().expect("it has a path").pop_if_empty().extend([business, "reviews"]);
    let mut first = with_query(&first, &[("limit", "50"), ("sort_by", "newest")]);
    if let Some(locale) = &settings.locale {
        first = with_query(&first, &[("locale", locale.trim())]);
    }
    let access = Access::fixed(access::bearer("api_key", &settings.api_key)?);
    let api = Api { access, order: Order::Sample, pages_max: 1, explain };
    Ok(Box::new(Walked { api, firsts: vec![first], read: Arc::new(read) }))
}

/// A limit of a second and a limit of a day are told apart by Yelp's code; both mean: wait.
fn explain(error: &PollError) -> Option<PollError> {
    match error {
        PollError::Status { status: 429, retry_after, .. } => Some(PollError::OverQuota { retry_after: *retry_after }),
        _ => None,
    }
}

fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let reviews = part::wanted(&answer, &["/reviews"], (EXPECTED, "reviews"))?;
    let stated = part::count(&answer, "/total").filter(|_| reviews.is_empty());
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next: None, stated })
}

fn sighting(review: &Value) -> Option<Sighting> {
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        author: part::text(review, "/user/name"),
        author_id: part::text(review, "/user/id"),
        rating: part::rating(review, "/rating", 1.0, 5.0),
        text: part::text(review, "/text"),
        posted_at: part::posted(review, "/time_created"),
        url: part::text(review, "/url"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_within_an_answer_is_not_an_empty_list() {
        let url: Url = "https://api.yelp.com/".parse().unwrap();
        assert!(read(br#"{"error":{"code":"BUSINESS_NOT_FOUND","description":"x"}}"#, &url).is_err());
        assert_eq!(read(br#"{"reviews":[],"total":0}"#, &url).unwrap().stated, Some(0));
    }

    #[test]
    fn an_alias_of_any_letters_is_one_segment() {
        let shown = |business: &str| {
            let table = format!("business = \"{business}\"\napi_key = \"k\"").parse().unwrap();
            build(table).map(|source| source.addresses()[0].path().to_owned()).ok()
        };
        assert_eq!(shown("café-linde").as_deref(), Some("/v3/businesses/caf%C3%A9-linde/reviews"));
        assert_eq!(shown("a/b"), None);
    }
}
