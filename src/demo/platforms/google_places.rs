//! Google's Places interface: a key, a mask of fields, five reviews by relevance.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct GooglePlaces;

impl Platform for GooglePlaces {
    fn kind(&self) -> &'static str {
        "google-places"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://places.googleapis.com/"]
    }

    fn settings(&self) -> &'static str {
        "place = \"ChIJxyz\"\napi_key = \"key\""
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v1/places/ChIJxyz" {
            return None;
        }
        let envelope = |code: u16, status: &str| {
            Some(refusal(code, &json!({ "error": { "code": code, "message": "no", "status": status } })))
        };
        if !has_header(request, "x-goog-api-key", "key") {
            return envelope(403, "PERMISSION_DENIED");
        }
        if request.headers.get("x-goog-fieldmask").is_none() {
            return envelope(400, "INVALID_ARGUMENT");
        }
        // The world counts seven at first; Google would show five of them.
        let reviews: Vec<Value> = listing.reviews.iter().map(shown).collect();
        Some(json(
            &json!({ "id": "ChIJxyz", "displayName": { "text": "Hotel Alpenblick" }, "rating": 4.2, "userRatingCount": reviews.len(), "reviews": reviews }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let envelope = |code: u16, status: &str| {
            refusal(code, &json!({ "error": { "code": code, "message": "no", "status": status } }))
        };
        vec![
            (envelope(403, "PERMISSION_DENIED"), Health::Refused),
            (envelope(404, "NOT_FOUND"), Health::Refused),
            (envelope(429, "RESOURCE_EXHAUSTED"), Health::OverQuota),
            (envelope(503, "UNAVAILABLE"), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "name": format!("places/ChIJxyz/reviews/r{}", review.number), "rating": review.stars,
        "text": { "text": review.text, "languageCode": "en" }, "originalText": { "text": review.text, "languageCode": "en" },
        "authorAttribution": { "displayName": review.author, "uri": format!("https://www.google.com/maps/contrib/{}/reviews", review.number) },
        "publishTime": review.posted.to_string(), "googleMapsUri": "https://www.google.com/maps/reviews/data=x",
    })
}
