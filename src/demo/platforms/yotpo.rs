//! Yotpo: a token that travels in the query, what has changed since a day, counted pages up to an empty one.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, page_of, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Yotpo;

impl Platform for Yotpo {
    fn kind(&self) -> &'static str {
        "yotpo"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.yotpo.com/"]
    }

    fn settings(&self) -> &'static str {
        "app_key = \"APPKEY\"\nsecret = \"yotpo-key-for-tests\""
    }

    fn grant(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/oauth/token" {
            return None;
        }
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let good = asked
            == json!({ "client_id": "APPKEY", "client_secret": "yotpo-key-for-tests", "grant_type": "client_credentials" });
        Some(if good {
            json(&json!({ "access_token": format!("token-{}", listing.token), "token_type": "bearer" }))
        } else {
            refusal(401, &json!({ "error": "invalid_client" }))
        })
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v1/apps/APPKEY/reviews" {
            return None;
        }
        if query(request, "utoken") != Some(format!("token-{}", listing.token)) {
            return Some(refusal(
                401,
                &json!({ "status": { "code": 401, "message": "Access Denied", "error_type": "AuthenticationError" } }),
            ));
        }
        let since = query(request, "since_updated_at").unwrap_or_default();
        let changed: Vec<Review> =
            listing.reviews.iter().filter(|review| review.changed.to_string() >= since).cloned().collect();
        let from = query(request, "page")?.parse::<usize>().ok()?.checked_sub(1)? * 5;
        let (page, _) = page_of(&changed, from, 5);
        Some(json(&json!({ "reviews": page.iter().map(shown).collect::<Vec<Value>>() })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let envelope = |code: u16| refusal(code, &json!({ "status": { "code": code, "message": "no" } }));
        vec![
            (envelope(403), Health::Refused),
            (envelope(404), Health::Refused),
            (envelope(429), Health::OverQuota),
            (envelope(500), Health::Unreachable),
            (json(&json!({ "status": { "code": 200 } })), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": 71_000_000 + review.number, "title": "A stay", "content": review.text, "score": review.stars, "sku": "boot-1",
        "created_at": review.posted.to_string(), "updated_at": review.changed.to_string(), "name": review.author,
        "email": "guest@example.org", "deleted": false, "archived": false,
    })
}
