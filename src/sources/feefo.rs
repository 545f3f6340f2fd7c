//! Reviews of a merchant and of its products at Feefo; one item may hold several.
//!
//! Merchants' answers stand in a thread whose fields are unverified; they are not read.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::Access,
    api::{Api, Leaf, Order, TWO_DAYS, Walked, as_the_status_says, counted, with_query},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    terms::{AskRule, Retention, Terms},
};

/// Public reviews of one's own business.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "Feefo's reviews interface version 20, by three clients' code (the vendor's page was not read)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "feefo",
    about: "reviews of your business and its products at Feefo",
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
name = "feefo"
kind = "feefo"
merchant = "alba-shop"
"#;

const ACCESS: &str = "\
Published reviews need no key: `merchant` is the identifier of your business at Feefo. It stands in the address of your page,
https://www.feefo.com/reviews/IDENTIFIER , and in Feefo's Hub under Settings.

What is not yet published, and who wrote it beyond the displayed name, Feefo gives only to signed-in programs; amends does not ask for it.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Feefo's reviews interface";
/// The most pages of one walk: 2,000 items.
const PAGES_MAX: usize = 20;

/// The settings of a merchant.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The merchant's identifier.
    merchant: String,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let merchant = settings.merchant.trim();
    if merchant.is_empty() || !merchant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(SettingsError::key("merchant", "`merchant` is the identifier of your business at Feefo"));
    }
    let first: Url = "https://api.feefo.com/api/20/reviews/all?page=1&page_size=100&since_updated_period=all"
        .parse()
        .expect("an address");
    let first = with_query(&first, &[("merchant_identifier", merchant)]);
    let api = Api { access: Access::open(), order: Order::Sample, pages_max: PAGES_MAX, explain: as_the_status_says };
    let walked = Walked { api, firsts: vec![first], read: Arc::new(read) };
    let since =
        |all: &Url, at: Timestamp, now: Timestamp| with_query(all, &[("since_updated_period", period(now, at))]);
    Ok(Box::new(walked.narrowed(TWO_DAYS, since)))
}

/// Feefo's own word for a period that reaches back to a time.
fn period(now: Timestamp, at: Timestamp) -> &'static str {
    match now.duration_since(at).as_hours() / 24 {
        ..=6 => "week",
        7..=27 => "month",
        28..=364 => "year",
        _ => "all",
    }
}

fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let items = part::wanted(&answer, &["/reviews"], (EXPECTED, "reviews"))?;
    let (at, pages) = (part::count(&answer, "/summary/meta/current_page"), part::count(&answer, "/summary/meta/pages"));
    let more = at.zip(pages).is_some_and(|(at, pages)| at < pages);
    let next = counted(url, "page", 1, more && !items.is_empty());
    Ok(Leaf { sightings: items.iter().flat_map(of_item).collect(), next, stated: None })
}

/// The review of the service and those of the products in one item.
fn of_item(item: &Value) -> Vec<Sighting> {
    let products = part::list(item, &["/products"]).unwrap_or_default();
    item.get("service").into_iter().chain(products).filter_map(|review| sighting(item, review)).collect()
}

fn sighting(item: &Value, review: &Value) -> Option<Sighting> {
    let bound = |path: &str, default: f64| review.pointer(path).and_then(Value::as_f64).unwrap_or(default);
    let (worst, best) = (bound("/rating/min", 1.0), bound("/rating/max", 5.0));
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        item: part::text(review, "/product/title"),
        author: part::text(item, "/customer/display_name"),
        rating: part::rating(review, "/rating/rating", worst, best),
        title: part::text(review, "/title"),
        text: part::text(review, "/review"),
        language: part::text(item, "/locale"),
        posted_at: part::posted(review, "/created_at"),
        edited_at: part::instant(item, "/last_updated_date"),
        url: part::text(item, "/url"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::RawRating;

    #[test]
    fn one_item_holds_a_review_of_the_service_and_of_each_product() {
        let url: Url = "https://api.feefo.com/api/20/reviews/all?page=1".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/feefo/page.json"), &url).unwrap();
        let ids: Vec<_> = leaf.sightings.iter().map(|one| (one.id.as_deref().unwrap(), one.item.as_deref())).collect();
        assert_eq!(ids, [("5f00ab", None), ("5f00ac", Some("Boot"))]);
        assert_eq!(leaf.sightings[1].rating, Some(RawRating::on(6.0, 0.0, 10.0)));
        assert!(read(br#"{"error":"access_denied"}"#, &url).is_err());
    }

    #[test]
    fn a_period_reaches_back_far_enough() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (at, expected) in [
            ("2026-11-15T10:00:00Z", "week"),
            ("2026-11-01T10:00:00Z", "month"),
            ("2026-01-01T00:00:00Z", "year"),
            ("2020-01-01T00:00:00Z", "all"),
        ] {
            assert_eq!(period(now, at.parse().unwrap()), expected);
        }
    }
}
