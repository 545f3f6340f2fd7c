//! Feefo: public, items by the period of their last change, several reviews in one.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, page_of, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Feefo;

impl Platform for Feefo {
    fn kind(&self) -> &'static str {
        "feefo"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.feefo.com/"]
    }

    fn settings(&self) -> &'static str {
        "merchant = \"alba-shop\""
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/20/reviews/all"
            || query(request, "merchant_identifier").as_deref() != Some("alba-shop")
        {
            return None;
        }
        let period = query(request, "since_updated_period")?;
        if !["24_hours", "week", "month", "year", "all"].contains(&&*period) {
            return None;
        }
        let number: usize = query(request, "page")?.parse().ok()?;
        let (page, _) = page_of(&listing.reviews, (number - 1) * 5, 5);
        let meta = json!({ "count": listing.reviews.len(), "pages": listing.reviews.len().div_ceil(5), "page_size": 5, "current_page": number });
        Some(json(&json!({ "summary": { "meta": meta }, "reviews": page.iter().map(shown).collect::<Vec<Value>>() })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(403, &json!({ "error": "access_denied" })), Health::Refused),
            (refusal(404, &json!({ "message": "merchant not found" })), Health::Refused),
            (refusal(429, &json!({})), Health::OverQuota),
            (refusal(503, &json!({})), Health::Unreachable),
            (json(&json!({ "summary": {} })), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "merchant": { "identifier": "alba-shop" }, "locale": "en-GB", "last_updated_date": review.changed.to_string(),
        "customer": { "display_name": review.author }, "url": format!("https://www.feefo.com/reviews/{}", review.number),
        "service": {
            "id": format!("5f{:04}", review.number), "title": "A stay", "review": review.text,
            "rating": { "min": 1.0, "max": 5.0, "rating": review.stars }, "created_at": review.posted.to_string(),
            "moderation_status": "published",
        },
        "products": [],
    })
}
