//! Judge.me: a token in the query, counted pages up to an empty one.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, page_of, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct JudgeMe;

impl Platform for JudgeMe {
    fn kind(&self) -> &'static str {
        "judge-me"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://judge.me/"]
    }

    fn settings(&self) -> &'static str {
        "shop = \"alba-shop.myshopify.com\"\ntoken = \"jm-token\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/v1/reviews" {
            return None;
        }
        let known = query(request, "shop_domain").as_deref() == Some("alba-shop.myshopify.com");
        if !known || query(request, "api_token").as_deref() != Some("jm-token") {
            return Some(refusal(401, &json!({ "error": "Invalid API token" })));
        }
        let number: usize = query(request, "page")?.parse().ok()?;
        let (page, _) = page_of(&listing.reviews, (number - 1) * 5, 5);
        let reviews: Vec<Value> = page.iter().map(shown).collect();
        Some(json(&json!({ "current_page": number, "per_page": 5, "reviews": reviews })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(401, &json!({ "error": "Invalid API token" })), Health::Refused),
            (refusal(403, &json!({ "error": "Not allowed" })), Health::Refused),
            (refusal(429, &json!({ "error": "Too many requests" })), Health::OverQuota),
            (refusal(502, &json!({})), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": 900_000_000 + review.number, "title": null, "body": review.text, "rating": review.stars, "product_title": "Boot",
        "reviewer": { "id": 800_000 + review.number, "name": review.author, "email": "guest@example.org" },
        "curated": "ok", "published": true, "hidden": false, "verified": "buyer",
        "created_at": review.posted.to_string(), "updated_at": review.changed.to_string(),
    })
}
