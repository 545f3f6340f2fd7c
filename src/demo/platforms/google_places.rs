//! Google's Places interface: a key, a mask of fields, five reviews by relevance.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, vendors};
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
        if !has_header(request, "x-goog-api-key", "key") {
            return Some(vendors::google_refuses(403, "PERMISSION_DENIED", "no"));
        }
        if request.headers.get("x-goog-fieldmask").is_none() {
            return Some(vendors::google_refuses(400, "INVALID_ARGUMENT", "no"));
        }
        // The world counts seven at first; Google would show five of them.
        let reviews: Vec<Value> = listing.reviews.iter().map(shown).collect();
        Some(json(
            &json!({ "id": "ChIJxyz", "displayName": { "text": "Hotel Alpenblick" }, "rating": 4.2, "userRatingCount": reviews.len(), "reviews": reviews }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vendors::google_refusals()
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
