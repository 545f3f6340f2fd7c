//! Reviews of a business unit at Trustpilot: public ones by a key, one's own with a secret, and a look at once when a webhook calls.
//!
//! Trustpilot does not sign its webhooks, so what they say is not believed: they only make us look.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Push, PushError, Robots, Source, Taken,
    access::{self, Access, Grant},
    api::{Api, Leaf, Order, Walked, as_the_status_says, counted},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// One's own reviews; Trustpilot asks that everybody be invited alike and nobody be paid.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::PlainAskAllowed,
    guest_can_edit: true,
    source: "developers.trustpilot.com/service-reviews-api, /rate-limiting; Trustpilot's guidelines for businesses",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "trustpilot",
    about: "reviews of your business at Trustpilot",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(5 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "trustpilot"
kind = "trustpilot"
# The id of the business unit: 24 digits and letters from a to f; see `amends help trustpilot`.
business_unit = "6a0000000000000000000003"
api_key_file = "/etc/amends/trustpilot-key"
# With the secret too, also reviews that are not public (yet):
# api_secret_file = "/etc/amends/trustpilot-secret"
"#;

const ACCESS: &str = "\
You need a paid plan of Trustpilot with the module for programs.

1. In Trustpilot Business open Integrations, Developers, APIs, and make an application. Its key goes into the file of `api_key_file`,
   its secret into the file of `api_secret_file`.
2. Ask https://api.trustpilot.com/v1/business-units/find?name=YOUR-DOMAIN&apikey=KEY for the id of your business unit.
3. To hear of reviews at once, open Integrations, Developers, Webhooks, and add the address that `amends check` shows for this source
   (it needs `base_url` in [web]); choose the events of service reviews: created, updated, deleted.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Trustpilot's interface";
/// The most pages of one walk: 1,000 reviews. They stand by their creation, so older edits are seen as far as this reaches.
const PAGES_MAX: usize = 10;
/// Where tokens are granted.
const TOKENS: &str = "https://api.trustpilot.com/v1/oauth/oauth-business-users-for-applications/accesstoken";

/// The settings of a business unit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The id of the business unit.
    business_unit: String,
    /// The application's key.
    api_key: Secret,
    /// The application's secret, for reviews that only the business may read.
    #[serde(default)]
    api_secret: Option<Secret>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let unit = settings.business_unit.trim();
    if unit.len() != 24 || !unit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(SettingsError::key("business_unit", "`business_unit` has 24 digits and letters from a to f"));
    }
    let private = if settings.api_secret.is_some() { "private/" } else { "" };
    let first = format!(
        "https://api.trustpilot.com/v1/{private}business-units/{unit}/reviews?perPage=100&page=1&orderBy=createdat.desc"
    );
    let mut fixed = access::secret_header("apikey", "api_key", &settings.api_key)?;
    let access = match &settings.api_secret {
        None => Access::fixed(fixed),
        Some(secret) => {
            fixed.clear();
            let headers = access::basic("api_secret", settings.api_key.reveal().trim(), secret)?;
            Access::granted(fixed, Grant::of_client(TOKENS, headers))
        }
    };
    let api = Api { access, order: Order::Newest, pages_max: PAGES_MAX, explain: as_the_status_says };
    let firsts = vec![first.parse().expect("hexadecimal digits make an address")];
    Ok(Box::new(Walked { api, firsts, read: Arc::new(read) }.pushed(accept)))
}

/// Takes in a webhook, which is not believed: it only makes us look.
fn accept(push: &Push<'_>) -> Result<Taken, PushError> {
    let call = part::object(push.body, "a webhook of Trustpilot")?;
    let events = part::wanted(&call, &["/events"], ("a webhook of Trustpilot", "events"))?;
    let look = events.iter().any(|event| part::text(event, "/eventName").is_some_and(|name| name.contains("review")));
    Ok(Taken { look, ..Taken::default() })
}

/// Reads one page or one review; a page past the end is an empty list.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if answer.get("stars").is_some() && answer.get("id").is_some() {
        return Ok(Leaf { sightings: sighting(&answer).into_iter().collect(), ..Leaf::default() });
    }
    let reviews = part::wanted(&answer, &["/reviews"], (EXPECTED, "reviews"))?;
    let next = counted(url, "page", 1, reviews.len() >= 100);
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated: None })
}

fn sighting(review: &Value) -> Option<Sighting> {
    let id = part::text(review, "/id")?;
    Some(Sighting {
        author: part::text(review, "/consumer/displayName"),
        author_id: part::text(review, "/consumer/id"),
        rating: part::rating(review, "/stars", 1.0, 5.0),
        title: part::text(review, "/title"),
        text: part::text(review, "/text"),
        language: part::text(review, "/language"),
        posted_at: part::posted(review, "/createdAt"),
        edited_at: part::instant(review, "/updatedAt"),
        url: Some(format!("https://www.trustpilot.com/reviews/{id}")),
        reply: part::reply(review, "/companyReply/text", "/companyReply/createdAt"),
        id: Some(id),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    #[test]
    fn a_webhook_is_not_believed_but_makes_us_look() {
        let source = build("business_unit = \"6a0000000000000000000003\"\napi_key = \"k\"".parse().unwrap()).unwrap();
        let accept = |body: &[u8]| {
            let (url, now) = ("https://amends.example/in/x".parse().unwrap(), "2026-11-21T10:00:00Z".parse().unwrap());
            source.accept(&Push { method: &Method::POST, url: &url, headers: &HeaderMap::new(), body, now })
        };
        let taken = accept(br#"{"events":[{"eventName":"service-review-deleted","eventData":{"id":"1"}}]}"#).unwrap();
        assert_eq!(taken, Taken { look: true, ..Taken::default() });
        assert!(!accept(br#"{"events":[]}"#).unwrap().look);
        assert!(matches!(accept(b"{}"), Err(PushError::Unreadable(_))));
    }

    #[test]
    fn a_full_page_is_followed_by_the_next() {
        let url: Url = "https://api.trustpilot.com/v1/business-units/1/reviews?page=2".parse().unwrap();
        let full = format!("{{\"reviews\":[{}]}}", vec![r#"{"id":"a","stars":1}"#; 100].join(","));
        assert!(read(full.as_bytes(), &url).unwrap().next.unwrap().as_str().ends_with("page=3"));
        assert_eq!(read(br#"{"reviews":[]}"#, &url).unwrap(), Leaf::default());
        assert!(read(br#"{"message":"no"}"#, &url).is_err());
    }
}
