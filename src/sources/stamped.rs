//! Reviews of a shop at Stamped, asked for, and pushed by its webhook.
//!
//! Clients differ in whether an item is the review or wraps it; both are read. The order of the list is not documented.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Push, PushError, Robots, Source, Taken,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, as_the_status_says, counted},
    part,
    push::is_same_secret,
    settings,
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
    source: "help.stamped.io (REST API, article 273 webhooks)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "stamped",
    about: "reviews of your shop at Stamped",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(10 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "stamped"
kind = "stamped"
store_hash = "12345"
public_key = "pubkey-0123456789"
private_key_file = "/etc/amends/stamped-key"
# To hear of reviews at once, by webhook:
# webhook_secret_file = "/etc/amends/stamped-webhook-secret"
"#;

const ACCESS: &str = "\
1. In Stamped open Settings, API keys. There stand the public key, the private key and the store hash; they go to `public_key`, into the
   file of `private_key_file`, and to `store_hash`.
2. To hear of reviews at once, open Settings, Webhooks, make one for \"new review\" to the address that `amends check` shows for this
   source (it needs `base_url` in [web]), and put its secret into the file of `webhook_secret_file`.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Stamped's interface";
/// The most pages of one walk: 2,000 reviews.
const PAGES_MAX: usize = 20;

/// The settings of a shop.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The shop's hash.
    store_hash: String,
    /// The public key.
    public_key: String,
    /// The private key.
    private_key: Secret,
    /// The secret of the webhook.
    #[serde(default)]
    webhook_secret: Option<Secret>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let hash = settings.store_hash.trim();
    if hash.is_empty() || !hash.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Err(SettingsError::key("store_hash", "`store_hash` stands beside the keys; see `amends help stamped`"));
    }
    let access = Access::fixed(access::basic("private_key", settings.public_key.trim(), &settings.private_key)?);
    let first = format!("https://stamped.io/api/v2/{hash}/dashboard/reviews/?page=1&take=100");
    let api = Api { access, order: Order::Sample, pages_max: PAGES_MAX, explain: as_the_status_says };
    let firsts = vec![first.parse().expect("a hash is a segment")];
    let secret = settings.webhook_secret;
    let walked = Walked { api, firsts, read: Arc::new(read) };
    Ok(Box::new(walked.pushed(move |push| accept(secret.as_ref(), push))))
}

/// Takes in a webhook, by the secret in its header.
fn accept(secret: Option<&Secret>, push: &Push<'_>) -> Result<Taken, PushError> {
    let secret = secret.ok_or(PushError::NotOffered)?;
    if !is_same_secret(secret, push.header("x-stamped-webhook-secret").unwrap_or_default()) {
        return Err(PushError::Forged("the secret is missing or wrong"));
    }
    let review = part::object(push.body, "a webhook of Stamped")?;
    let pushed = pushed(&review).ok_or_else(|| part::unlike("a webhook of Stamped", "it is JSON without a review"))?;
    Ok(Taken { sightings: vec![pushed], ..Taken::default() })
}

fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let items = part::wanted(&answer, &["/results"], (EXPECTED, "reviews"))?;
    let (at, pages) = (part::count(&answer, "/page"), part::count(&answer, "/totalPages"));
    let more = at.zip(pages).is_some_and(|(at, pages)| at < pages);
    let next = counted(url, "page", 1, more && !items.is_empty());
    let stated = part::count(&answer, "/total");
    Ok(Leaf {
        sightings: items.iter().filter_map(|item| sighting(item.get("review").unwrap_or(item))).collect(),
        next,
        stated,
    })
}

fn sighting(review: &Value) -> Option<Sighting> {
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        item: part::text(review, "/productName"),
        author: part::text(review, "/author"),
        rating: part::rating(review, "/rating", 1.0, 5.0),
        title: part::text(review, "/title"),
        text: part::text(review, "/body"),
        posted_at: part::posted(review, "/dateCreated"),
        ..Sighting::default()
    })
}

/// The review in a webhook's call, which has names of its own.
fn pushed(call: &Value) -> Option<Sighting> {
    Some(Sighting {
        id: Some(part::text(call, "/id")?),
        item: part::text(call, "/productName"),
        author: part::text(call, "/author"),
        rating: part::rating(call, "/reviewRating", 1.0, 5.0),
        title: part::text(call, "/reviewTitle"),
        text: part::text(call, "/reviewMessage"),
        posted_at: part::posted(call, "/dateCreated").or_else(|| part::posted(call, "/reviewDate")),
        reply: part::reply(call, "/reviewReply", "/reviewReplyDate"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    #[test]
    fn items_are_read_wrapped_or_not() {
        let url: Url = "https://stamped.io/api/v2/1/dashboard/reviews/?page=1".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/stamped/page.json"), &url).unwrap();
        let titles: Vec<_> = leaf.sightings.iter().map(|one| one.title.as_deref()).collect();
        assert_eq!((titles, leaf.stated), (vec![Some("Loose sole"), Some("Warm")], Some(2)));
        assert_eq!(leaf.next, None);
        assert!(read(br#"{"message":"no"}"#, &url).is_err());
    }

    #[test]
    fn a_call_is_believed_by_its_secret() {
        let keys = "store_hash = \"1\"\npublic_key = \"p\"\nprivate_key = \"q\"\nwebhook_secret = \"hook-key\"";
        let source = build(keys.parse().unwrap()).unwrap();
        let pushed = |secret: &str, body: &[u8]| {
            let headers =
                HeaderMap::from_iter([("x-stamped-webhook-secret".parse().unwrap(), secret.parse().unwrap())]);
            let (url, now) = ("https://amends.example/in/x".parse().unwrap(), "2026-11-21T10:00:00Z".parse().unwrap());
            source.accept(&Push { method: &Method::POST, url: &url, headers: &headers, body, now })
        };
        let body = br#"{"id":7,"author":"Mira","reviewRating":"2","reviewMessage":"Came apart","dateCreated":"2026-10-02T08:11:04"}"#;
        assert_eq!(pushed("hook-key", body).unwrap().sightings[0].text.as_deref(), Some("Came apart"));
        assert!(matches!(pushed("another", body), Err(PushError::Forged(_))));
        assert!(matches!(pushed("hook-key", b"{}"), Err(PushError::Unreadable(_))));
    }
}
