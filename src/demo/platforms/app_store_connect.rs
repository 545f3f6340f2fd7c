//! App Store Connect: a signed token of a quarter of an hour, pages by link, answers included.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, page_of, query, refusal, start_of};
use crate::{http::Request, store::sources::Health};

pub(super) struct AppStoreConnect;

impl Platform for AppStoreConnect {
    fn kind(&self) -> &'static str {
        "app-store-connect"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.appstoreconnect.apple.com/"]
    }

    fn settings(&self) -> &'static str {
        "app = \"1234567890\"\nissuer_id = \"issuer\"\nkey_id = \"KEY1\"\nprivate_key = \"\"\"\n-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgv8h85I89QenhouDT\n09duZ2A9TDHB9yMbjid+DDijs5ahRANCAATjPwjluJVhxYDXSJOheliCDDeuCjz+\nYKnPJxeakfWVu3B0R4qaCQ9vDbM9/qQfLv2hAYvXGznho+7XYPS4TKHh\n-----END PRIVATE KEY-----\n\"\"\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v1/apps/1234567890/customerReviews" {
            return None;
        }
        let token = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .unwrap_or_default();
        if !is_good(token) {
            return Some(refusal(
                401,
                &json!({ "errors": [{ "status": "401", "code": "NOT_AUTHORIZED", "title": "Authentication credentials are missing or invalid." }] }),
            ));
        }
        let from = start_of(query(request, "cursor"))?;
        let (page, more) = page_of(&listing.reviews, from, 3);
        let next = more.then(|| {
            format!("https://api.appstoreconnect.apple.com/v1/apps/1234567890/customerReviews?cursor={}", from + 3)
        });
        let reviews: Vec<Value> = page.iter().map(shown).collect();
        Some(json(
            &json!({ "data": reviews, "links": { "next": next }, "meta": { "paging": { "total": listing.reviews.len(), "limit": 3 } } }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let envelope = |status: u16, code: &str| {
            refusal(status, &json!({ "errors": [{ "status": status.to_string(), "code": code, "title": "no" }] }))
        };
        vec![
            (envelope(401, "NOT_AUTHORIZED"), Health::Refused),
            (envelope(403, "FORBIDDEN_ERROR"), Health::Refused),
            (envelope(404, "NOT_FOUND"), Health::Refused),
            (envelope(429, "RATE_LIMIT_EXCEEDED"), Health::OverQuota),
            (envelope(500, "UNEXPECTED_ERROR"), Health::Unreachable),
        ]
    }
}

/// Whether a token has the vendor's form and claims, and is no older than it may be on the clock of the test.
fn is_good(token: &str) -> bool {
    let Ok(header) = jsonwebtoken::decode_header(token) else { return false };
    let mut checks = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    checks.insecure_disable_signature_validation();
    checks.validate_exp = false;
    checks.set_audience(&["appstoreconnect-v1"]);
    checks.set_issuer(&["issuer"]);
    let claims = jsonwebtoken::decode::<Value>(token, &jsonwebtoken::DecodingKey::from_secret(&[]), &checks);
    let life = claims.ok().and_then(|token| Some(token.claims["exp"].as_i64()? - token.claims["iat"].as_i64()?));
    header.kid.as_deref() == Some("KEY1") && life.is_some_and(|life| (1..=1_200).contains(&life))
}

fn shown(review: &Review) -> Value {
    json!({
        "type": "customerReviews", "id": format!("00000076-{:04}", review.number),
        "attributes": {
            "rating": review.stars, "title": "A stay", "body": review.text, "reviewerNickname": review.author,
            "createdDate": review.changed.to_string(), "territory": "ITA",
        },
        "relationships": { "response": { "data": null } },
    })
}
