//! A Discourse forum: one topic about the hotel, its posts found by search.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, has_header, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Discourse;

impl Platform for Discourse {
    fn kind(&self) -> &'static str {
        "discourse"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://forum.example/"]
    }

    fn settings(&self) -> &'static str {
        "server = \"https://forum.example\"\nsearches = [\"Hotel Alpenblick\"]\nwords = [\"Hotel Alpenblick\"]\napi_key = \"key\"\napi_username = \"reader\""
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/search.json" {
            return None;
        }
        if !has_header(request, "api-key", "key") || !has_header(request, "api-username", "reader") {
            let why = "You are not permitted to view the requested resource.";
            return Some(refusal(403, &json!({ "errors": [why], "error_type": "invalid_access" })));
        }
        asks(request, &[("q", "Hotel Alpenblick order:latest")])?;
        let posts: Vec<Value> = listing.reviews.iter().take(50).map(shown).collect();
        Some(json(&json!({
            "posts": posts,
            "topics": [{ "id": 77, "title": "Hotel Alpenblick", "slug": "hotel-alba" }],
            "grouped_search_result": { "term": "Hotel Alpenblick order:latest" },
        })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let refused = json!({ "errors": ["You are not permitted to view the requested resource."], "error_type": "invalid_access" });
        let slow = json!({ "errors": ["You’ve performed this action too many times, please try again later."], "error_type": "rate_limit" });
        vec![
            (refusal(403, &refused), Health::Refused),
            (refusal(429, &slow), Health::OverQuota),
            ((502, vec![], "<html>Bad gateway</html>".to_owned()), Health::Unreachable),
            ((200, vec![], "<html><body>Log in</body></html>".to_owned()), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": 500 + review.number, "name": review.author, "username": format!("guest{}", review.number),
        "created_at": review.posted.to_string(), "like_count": 0, "blurb": format!("Hotel Alpenblick. {}", review.text),
        "post_number": review.number, "topic_id": 77,
    })
}
