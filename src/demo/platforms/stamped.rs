//! Stamped: Basic authentication, counted pages of wrapped reviews.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, page_of, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Stamped;

impl Platform for Stamped {
    fn kind(&self) -> &'static str {
        "stamped"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://stamped.io/"]
    }

    fn settings(&self) -> &'static str {
        "store_hash = \"12345\"\npublic_key = \"pubkey-1\"\nprivate_key = \"stamped-key\""
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/v2/12345/dashboard/reviews/" {
            return None;
        }
        // pubkey-1:stamped-key
        if !has_header(request, "authorization", "Basic cHVia2V5LTE6c3RhbXBlZC1rZXk=") {
            return Some(refusal(401, &json!({ "message": "Authorization has been denied for this request." })));
        }
        let number: usize = query(request, "page")?.parse().ok()?;
        let (page, _) = page_of(&listing.reviews, (number - 1) * 5, 5);
        let results: Vec<Value> = page
            .iter()
            .map(|review| json!({ "review": shown(review), "customer": { "name": review.author } }))
            .collect();
        Some(json(
            &json!({ "results": results, "total": listing.reviews.len(), "page": number, "totalPages": listing.reviews.len().div_ceil(5) }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(401, &json!({ "message": "Authorization has been denied for this request." })), Health::Refused),
            (refusal(429, &json!({ "message": "API calls quota exceeded!" })), Health::OverQuota),
            (refusal(500, &json!({ "message": "An error has occurred." })), Health::Unreachable),
            (json(&json!({ "message": "An error has occurred." })), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": 61_000_000 + review.number, "author": review.author, "title": "A stay", "body": review.text, "rating": review.stars,
        "dateCreated": review.posted.strftime("%Y-%m-%dT%H:%M:%S.%2f").to_string(), "productName": "Boot", "reviewState": 1,
    })
}
