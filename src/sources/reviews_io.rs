//! Reviews of a company at Reviews.io, the newest first.
//!
//! Reviews carry no time of change; an edit is seen by other words or stars under the same id. The shape of answers is unverified.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, as_the_status_says, counted, with_query},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::{Reply, Sighting},
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Public reviews of one's own company.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "support.reviews.io; a client's code of September 2026 (the vendor's page was not read)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "reviews-io",
    about: "reviews of your company at Reviews.io",
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
name = "reviews.io"
kind = "reviews-io"
store = "www.alba.example"
# Without a key the public reviews are read:
# api_key_file = "/etc/amends/reviewsio-key"
"#;

const ACCESS: &str = "\
Public reviews need no key: `store` is the last part of your company's page at Reviews.io, such as www.alba.example in
https://www.reviews.io/company-reviews/store/www.alba.example .

With a paid account open Integrations, API credentials, and put the key into the file of `api_key_file`.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Reviews.io";
/// The most pages of one walk: 1,000 reviews.
const PAGES_MAX: usize = 10;

/// The settings of a company.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The company's short name at Reviews.io.
    store: String,
    /// A key, for accounts that have one.
    #[serde(default)]
    api_key: Option<Secret>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let store = settings.store.trim();
    if store.is_empty() || !store.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')) {
        return Err(SettingsError::key("store", "`store` is the last part of your page's address at Reviews.io"));
    }
    let mut headers = HeaderMap::new();
    if let Some(key) = &settings.api_key {
        headers = access::secret_header("apikey", "api_key", key)?;
        let name = HeaderValue::from_str(store).expect("letters, digits and signs that headers carry");
        headers.insert(HeaderName::from_static("store"), name);
    }
    let first: Url =
        "https://api.reviews.io/merchant/reviews?page=0&per_page=100&order=desc&sort=date".parse().expect("an address");
    let first = with_query(&first, &[("store", store)]);
    let api =
        Api { access: Access::fixed(headers), order: Order::Newest, pages_max: PAGES_MAX, explain: as_the_status_says };
    Ok(Box::new(Walked { api, firsts: vec![first], read: Arc::new(read) }))
}

/// Reads a page; pages are counted from 0.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let reviews = part::wanted(&answer, &["/reviews"], (EXPECTED, "reviews"))?;
    let (at, pages) = (part::count(&answer, "/current_page"), part::count(&answer, "/total_pages"));
    let more = at.zip(pages).is_some_and(|(at, pages)| at + 1 < pages);
    let next = counted(url, "page", 0, more && !reviews.is_empty());
    let stated = part::count(&answer, "/stats/total_reviews");
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated })
}

fn sighting(review: &Value) -> Option<Sighting> {
    let names = ["/reviewer/first_name", "/reviewer/last_name"].map(|path| part::text(review, path));
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let answer = part::from_html(review, "/replies/0/comments");
    Some(Sighting {
        id: Some(part::text(review, "/store_review_id")?),
        author: (!name.is_empty()).then_some(name),
        rating: part::rating(review, "/rating", 1.0, 5.0),
        text: part::from_html(review, "/comments"),
        posted_at: part::posted(review, "/date_created"),
        reply: answer.map(|text| Reply { text, at: part::instant(review, "/replies/0/date_created") }),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_taken_out_and_pages_count_from_zero() {
        let url: Url = "https://api.reviews.io/merchant/reviews?page=0".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/reviews-io/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings[0].text.as_deref(), Some("Came apart\nin a week"));
        assert_eq!(leaf.sightings[0].reply.as_ref().map(|reply| reply.text.as_str()), Some("Sorry"));
        assert_eq!((leaf.stated, leaf.next.unwrap().query()), (Some(77), Some("page=1")));
        assert!(read(br#"{"message":"Store not found"}"#, &url).is_err());
    }
}
