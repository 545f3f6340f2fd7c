//! Yelp's Fusion interface: three excerpts, the newest first, nothing of edits.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Yelp;

impl Platform for Yelp {
    fn kind(&self) -> &'static str {
        "yelp"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.yelp.com/"]
    }

    fn settings(&self) -> &'static str {
        "business = \"hotel-alba\"\napi_key = \"key\""
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v3/businesses/hotel-alba/reviews" {
            return None;
        }
        if !has_header(request, "authorization", "Bearer key") {
            let error = json!({ "error": { "code": "TOKEN_INVALID", "description": "Invalid access token or authorization header." } });
            return Some(refusal(401, &error));
        }
        let reviews: Vec<Value> = listing.reviews.iter().take(7).map(shown).collect();
        Some(json(&json!({ "reviews": reviews, "total": listing.reviews.len(), "possible_languages": ["en"] })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let envelope =
            |status: u16, code: &str| refusal(status, &json!({ "error": { "code": code, "description": "no" } }));
        vec![
            (envelope(401, "UNAUTHORIZED_API_KEY"), Health::Refused),
            (envelope(404, "BUSINESS_NOT_FOUND"), Health::Refused),
            (envelope(429, "ACCESS_LIMIT_REACHED"), Health::OverQuota),
            (envelope(500, "INTERNAL_ERROR"), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": format!("yelp-review-{:010}", review.number), "url": "https://www.yelp.com/biz/hotel-alba?hrid=other",
        "text": review.text, "rating": review.stars, "time_created": review.posted.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "user": { "id": format!("u{}", review.number), "profile_url": "https://www.yelp.com/user_details", "image_url": null, "name": review.author },
    })
}
