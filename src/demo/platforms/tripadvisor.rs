//! Tripadvisor's Terra interface: a key, the newest twenty, languages side by side.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Tripadvisor;

impl Platform for Tripadvisor {
    fn kind(&self) -> &'static str {
        "tripadvisor"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://terra.tripadvisor.com/"]
    }

    fn settings(&self) -> &'static str {
        "hotel = \"207799\"\napi_key = \"key\""
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/locations/207799/reviews" {
            return None;
        }
        if !has_header(request, "x-api-key", "key") {
            return Some(refusal(401, &json!({ "message": "API key has not been found" })));
        }
        let reviews: Vec<Value> = listing.reviews.iter().take(20).map(shown).collect();
        Some(json(
            &json!({ "data": reviews, "pagination": { "page": 1, "size": 20, "total_elements": reviews.len(), "total_pages": 1 } }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(401, &json!({ "message": "API key is not enabled" })), Health::Refused),
            (refusal(403, &json!({ "Message": "User is not authorized … explicit deny" })), Health::Refused),
            (refusal(404, &json!({ "message": "Not Found" })), Health::Refused),
            (refusal(429, &json!({ "message": "Too Many Requests" })), Health::OverQuota),
        ]
    }
}

fn shown(review: &Review) -> Value {
    let in_english = |text: &str| json!([{ "language": "en", "value": text, "primary": true }]);
    json!({
        "id": 1_009_988_000 + review.number, "publish_ts": review.posted.to_string(), "rating": review.stars, "subratings": [],
        "title": in_english("A stay"), "text": in_english(&review.text), "travel_date": "2026-02", "trip_type": "COUPLES",
        "url": format!("https://www.tripadvisor.com/ShowUserReviews-g1-d207799-r{}", review.number), "user": { "username": review.author },
    })
}
