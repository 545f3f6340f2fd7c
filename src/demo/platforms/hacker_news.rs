//! Hacker News by Algolia's index: open, the newest hundred of a search.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct HackerNews;

impl Platform for HackerNews {
    fn kind(&self) -> &'static str {
        "hacker-news"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://hn.algolia.com/"]
    }

    fn settings(&self) -> &'static str {
        "searches = [\"\\\"Hotel Alpenblick\\\"\"]\nwords = [\"Hotel Alpenblick\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/v1/search_by_date" {
            return None;
        }
        asks(request, &[("query", "\"Hotel Alpenblick\""), ("tags", "(story,comment)")])?;
        let hits: Vec<Value> = listing.reviews.iter().take(100).map(shown).collect();
        Some(json(
            &json!({ "hits": hits, "nbHits": listing.reviews.len(), "page": 0, "nbPages": 1, "hitsPerPage": 100 }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(400, &json!({ "status": 400, "message": "Invalid value" })), Health::Refused),
            (refusal(429, &json!({ "message": "Too many requests" })), Health::OverQuota),
            (refusal(503, &json!({})), Health::Unreachable),
            (json(&json!({ "message": "no" })), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "objectID": (40_000_000 + review.number).to_string(), "created_at": review.posted.to_string(), "author": review.author,
        "title": null, "comment_text": format!("<p>Hotel Alpenblick. {}", review.text), "story_id": 400, "_tags": ["comment"],
    })
}
