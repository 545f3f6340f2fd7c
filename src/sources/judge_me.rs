//! Reviews of a shop and its products at Judge.me, asked for, and pushed by its webhooks.
//!
//! The shop's own answer is not in what Judge.me sends, as far as could be seen; how it codes its signature is not said, so both
//! hexadecimal digits and base64 are taken.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Push, PushError, Robots, Source, Taken,
    access::{Access, Grant},
    api::{Api, Leaf, Order, Walked, as_the_status_says, counted, with_query},
    part,
    push::{from_base64, from_hex, is_signed},
    settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// One's own shop; stars cannot be altered by the shop.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "judge.me/help (API, webhooks 8299679); Judge.me's terms",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "judge-me",
    about: "reviews of your shop and its products at Judge.me",
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
name = "judge.me"
kind = "judge-me"
shop = "alba-shop.myshopify.com"
token_file = "/etc/amends/judgeme-token"
# If webhooks are made by an app of yours, its secret; otherwise the token signs them.
# webhook_secret_file = "/etc/amends/judgeme-webhook-secret"
"#;

const ACCESS: &str = "\
1. In Judge.me open Settings, Integrations, and look at \"View API tokens\". Put the private token into the file of `token_file`.
2. `shop` is your shop's domain as Judge.me shows it beside the tokens.
3. To hear of reviews at once, make webhooks with the keys review/created and review/updated to the address that `amends check` shows
   for this source (it needs `base_url` in [web]).

The token travels in the address, because Judge.me wants it there; amends puts it in only as it sends, so no log has it.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Judge.me's interface";
/// The most pages of one walk: 2,000 reviews.
const PAGES_MAX: usize = 20;

/// The settings of a shop.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The shop's domain.
    shop: String,
    /// The private token.
    token: Secret,
    /// The secret that signs webhooks; the token, if absent.
    #[serde(default)]
    webhook_secret: Option<Secret>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let shop = settings.shop.trim().trim_start_matches("https://").trim_end_matches('/');
    if !shop.contains('.') || shop.contains('/') {
        return Err(SettingsError::key("shop", "`shop` is a domain such as \"alba-shop.myshopify.com\""));
    }
    let access = Access::in_query("api_token", Grant::Kept(settings.token.clone()));
    let first: Url = "https://judge.me/api/v1/reviews?page=1&per_page=100".parse().expect("an address");
    let first = with_query(&first, &[("shop_domain", shop)]);
    let api = Api { access, order: Order::Newest, pages_max: PAGES_MAX, explain: as_the_status_says };
    let signs = settings.webhook_secret.unwrap_or(settings.token);
    let walked = Walked { api, firsts: vec![first], read: Arc::new(read) };
    Ok(Box::new(walked.pushed(move |push| accept(&signs, push))))
}

/// Takes in a webhook, by its signature in hexadecimal digits or base64.
fn accept(signs: &Secret, push: &Push<'_>) -> Result<Taken, PushError> {
    let sent = push.header("judgeme-hmac-sha256").unwrap_or_default();
    let codes = [from_hex(sent), from_base64(sent)].into_iter().flatten();
    if !is_signed(signs.reveal().trim().as_bytes(), &[push.body], codes) {
        return Err(PushError::Forged("the signature is missing or wrong"));
    }
    let call = part::object(push.body, "a webhook of Judge.me")?;
    let review =
        call.get("review").ok_or_else(|| part::unlike("a webhook of Judge.me", "it is JSON without a review"))?;
    Ok(Taken { sightings: sighting(review).into_iter().collect(), ..Taken::default() })
}

/// Reads a page; the last one is empty.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let reviews = part::wanted(&answer, &["/reviews"], (EXPECTED, "reviews"))?;
    let next = counted(url, "page", 1, !reviews.is_empty());
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated: None })
}

fn sighting(review: &Value) -> Option<Sighting> {
    if part::text(review, "/curated").as_deref() == Some("spam") {
        return None;
    }
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        item: part::text(review, "/product_title"),
        author: part::text(review, "/reviewer/name"),
        author_id: part::text(review, "/reviewer/id"),
        rating: part::rating(review, "/rating", 1.0, 5.0),
        title: part::text(review, "/title"),
        text: part::text(review, "/body"),
        posted_at: part::posted(review, "/created_at"),
        edited_at: part::instant(review, "/updated_at"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn pushed(code: &str, body: &[u8]) -> Result<Taken, PushError> {
        let source = build("shop = \"a.example\"\ntoken = \"jm-token\"".parse().unwrap()).unwrap();
        let headers = HeaderMap::from_iter([("judgeme-hmac-sha256".parse().unwrap(), code.parse().unwrap())]);
        let (url, now) = ("https://amends.example/in/x".parse().unwrap(), "2026-11-21T10:00:00Z".parse().unwrap());
        source.accept(&Push { method: &Method::POST, url: &url, headers: &headers, body, now })
    }

    #[test]
    fn a_webhook_is_believed_by_its_signature_in_either_coding() {
        let body = br#"{"event":"review/created","review":{"id":9,"rating":1,"body":"Loose sole"}}"#;
        for code in [
            "830ea908c86e03eb15fd1f7aa004cf6ea6349532370031e72e3f07485b9cf0cc",
            "gw6pCMhuA+sV/R96oATPbqY0lTI3ADHnLj8HSFuc8Mw=",
        ] {
            assert_eq!(pushed(code, body).unwrap().sightings[0].id.as_deref(), Some("9"), "{code}");
            assert!(matches!(pushed(code, b"{}"), Err(PushError::Forged(_))));
        }
        assert!(matches!(pushed("", body), Err(PushError::Forged(_))));
    }

    #[test]
    fn pages_end_with_an_empty_one_and_spam_is_none() {
        let url: Url = "https://judge.me/api/v1/reviews?page=1".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/judge-me/page.json"), &url).unwrap();
        assert_eq!((leaf.sightings.len(), leaf.sightings[0].item.as_deref()), (2, Some("Boot")));
        assert!(leaf.next.unwrap().as_str().ends_with("page=2"));
        assert_eq!(read(br#"{"reviews":[]}"#, &url).unwrap().next, None);
        assert!(read(br#"{"error":"Invalid token"}"#, &url).is_err());
    }
}
