//! Reviews of a shop at Yotpo, by what has changed since the last look.
//!
//! The shop's own answer is not in this list. Reviews may come up to an hour late.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use jiff::Timestamp;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{Access, Grant, Question},
    api::{Api, Leaf, Order, TWO_DAYS, Walked, as_the_status_says, counted, with_query},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// One's own shop.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "apidocs.yotpo.com (retrieve all reviews, rate limits); Yotpo's terms",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "yotpo",
    about: "reviews of your shop at Yotpo",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(15 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "yotpo"
kind = "yotpo"
app_key = "ABCDEFabcdef0123456789"
secret_file = "/etc/amends/yotpo-secret"
"#;

const ACCESS: &str = "\
1. In Yotpo open Settings, Store, API credentials (or \"General settings\" in older accounts): there are the app key and the secret key.
2. The app key goes to `app_key`, the secret key into the file of `secret_file`.

amends asks Yotpo for a token with them, which is good for about two weeks, and renews it by itself. Yotpo's list can be an hour late.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Yotpo's interface";
/// The most pages of one walk: 5,000 reviews.
const PAGES_MAX: usize = 50;
/// Where tokens are granted.
const TOKENS: &str = "https://api.yotpo.com/oauth/token";

/// The settings of a shop.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The shop's app key.
    app_key: String,
    /// The secret key.
    secret: Secret,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let app = settings.app_key.trim().to_owned();
    if app.is_empty() || !app.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(SettingsError::key("app_key", "`app_key` is made of letters and digits; see `amends help yotpo`"));
    }
    let first = format!("https://api.yotpo.com/v1/apps/{app}/reviews?count=100&page=1&deleted=true");
    let secret = settings.secret;
    let question = move |_| {
        let url = TOKENS.parse().map_err(|error| format!("{error}"))?;
        let who =
            json!({ "client_id": app, "client_secret": secret.reveal().trim(), "grant_type": "client_credentials" });
        Ok(Question::json(url, HeaderMap::new(), &who))
    };
    let access = Access::in_query("utoken", Grant::Asked { question: Box::new(question), at: "/access_token" });
    let api = Api { access, order: Order::Sample, pages_max: PAGES_MAX, explain: as_the_status_says };
    let firsts = vec![first.parse().expect("letters and digits make an address")];
    let since =
        |all: &Url, at: Timestamp, _| with_query(all, &[("since_updated_at", &at.strftime("%Y-%m-%d").to_string())]);
    Ok(Box::new(Walked { api, firsts, read: Arc::new(read) }.narrowed(TWO_DAYS, since)))
}

/// Reads a page of the list, or of the public one of a product, or a single review; the last page is empty.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if let Some(one) = answer.pointer("/response/review").filter(|one| one.is_object()) {
        return Ok(Leaf { sightings: sighting(one).into_iter().collect(), ..Leaf::default() });
    }
    let reviews = part::wanted(&answer, &["/reviews", "/response/reviews"], (EXPECTED, "reviews"))?;
    let next = counted(url, "page", 1, !reviews.is_empty());
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated: None })
}

fn sighting(review: &Value) -> Option<Sighting> {
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        item: part::text(review, "/products/0/Product/name").or_else(|| part::text(review, "/sku")),
        author: part::text(review, "/name").or_else(|| part::text(review, "/user/display_name")),
        rating: part::rating(review, "/score", 1.0, 5.0),
        title: part::text(review, "/title"),
        text: part::text(review, "/content"),
        posted_at: part::posted(review, "/created_at"),
        edited_at: part::instant(review, "/updated_at"),
        reply: part::reply(review, "/comment/content", "/comment/created_at"),
        withdrawn: part::is_true(review, "/deleted"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_that_was_deleted_is_said_to_be_withdrawn() {
        let url: Url = "https://api.yotpo.com/v1/apps/a/reviews?page=1".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/yotpo/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings.iter().map(|one| one.withdrawn).collect::<Vec<_>>(), [false, true]);
        assert_eq!(read(br#"{"reviews":[]}"#, &url).unwrap(), Leaf::default());
        assert!(read(br#"{"status":{"code":401,"message":"no"}}"#, &url).is_err());
    }
}
