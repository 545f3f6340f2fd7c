//! Reviews of a property at Booking.com, by the Guest Review interface for connectivity partners.
//!
//! Seen in clients and accepted beside the documented shape: `next_page` on top, a bare list as `data`, and `response` for `reply`.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, as_the_status_says},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// For the property's own use; not to be shown in public.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "developers.booking.com/connectivity/docs/review-api",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "booking",
    about: "reviews of your property at Booking.com, for connectivity partners",
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
name = "booking"
kind = "booking"
# The number of your property in the extranet.
property = "1234567"
username = "alba-machine"
password_file = "/etc/amends/booking-password"
"#;

const ACCESS: &str = "\
Booking.com gives this interface to connectivity partners only. If a channel manager connects your property, ask it for an account with
the permission \"review-api\"; without one, forward Booking.com's notification mails or import the extranet's file instead.

1. In the Connectivity Portal make a machine account with the permission \"review-api\" and connect it to your property.
2. Put its name into `username` and its password into the file of `password_file`.
3. `property` is the number of your property in the extranet.

Reviews of this interface are for your own use and may not be shown on a public page; amends shows them to you and your staff alone.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Booking.com's Guest Review interface";
/// The most pages of one walk: 10,000 reviews.
const PAGES_MAX: usize = 100;

/// The settings of a property.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The number of the property.
    property: String,
    /// The machine account.
    username: String,
    /// Its password.
    password: Secret,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let property = settings.property.trim();
    if property.is_empty() || property.len() > 20 || !property.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SettingsError::key("property", "`property` is the number of your property in the extranet"));
    }
    let first = format!("https://supply-xml.booking.com/review-api/properties/{property}/reviews?limit=100");
    let access = Access::fixed(access::basic("password", settings.username.trim(), &settings.password)?);
    let api = Api { access, order: Order::Newest, pages_max: PAGES_MAX, explain: as_the_status_says };
    let firsts = vec![first.parse().expect("digits make an address")];
    Ok(Box::new(Walked { api, firsts, read: Arc::new(read) }))
}

/// Reads one page; errors within a page are an error, for half of it may be missing.
fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let reviews = part::list(&answer, &["/data/reviews", "/data", "/reviews"]);
    let refused = part::list(&answer, &["/errors"]).is_some_and(|errors| !errors.is_empty());
    let Some(reviews) = reviews.filter(|_| !refused) else {
        let why =
            part::text(&answer, "/errors/0/message").unwrap_or_else(|| "it is JSON without reviews in it".to_owned());
        return Err(part::unlike(EXPECTED, &why));
    };
    let next = part::text(&answer, "/meta/next_page").or_else(|| part::text(&answer, "/next_page"));
    let next = next.and_then(|next| next.parse().ok()).filter(|_| !reviews.is_empty());
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated: None })
}

fn sighting(review: &Value) -> Option<Sighting> {
    // What was liked and what was not stand apart; both are the guest's words.
    let words: Vec<String> =
        ["/content/positive", "/content/negative"].iter().filter_map(|path| part::text(review, path)).collect();
    Some(Sighting {
        id: Some(part::text(review, "/review_id")?),
        author: part::text(review, "/reviewer/name"),
        rating: part::rating(review, "/scoring/review_score", 1.0, 10.0),
        title: part::text(review, "/content/headline"),
        text: (!words.is_empty()).then(|| words.join("\n")),
        language: part::text(review, "/content/language_code"),
        posted_at: part::posted(review, "/created_timestamp"),
        edited_at: part::instant(review, "/last_change_timestamp"),
        url: part::text(review, "/url"),
        reply: part::reply(review, "/reply/text", "/reply/created_timestamp")
            .or_else(|| part::reply(review, "/response/text", "/response/created_timestamp")),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::RawRating;

    #[test]
    fn both_shapes_are_read_and_errors_are_no_empty_list() {
        let url: Url = "https://supply-xml.booking.com/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/booking/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings[0].text.as_deref(), Some("Kind staff\nThe heating failed twice"));
        assert_eq!(leaf.sightings[0].rating, Some(RawRating::on(4, 1.0, 10.0)));
        assert!(leaf.next.unwrap().as_str().ends_with("cursor=abc"));
        let bare = read(br#"{"data":[{"review_id":"a","scoring":{"review_score":9}}]}"#, &url).unwrap();
        assert_eq!(bare.sightings.len(), 1);
        let refused = br#"{"errors":[{"message":"no permission"}],"data":{"reviews":[]}}"#;
        assert!(read(refused, &url).unwrap_err().to_string().contains("no permission"));
    }
}
