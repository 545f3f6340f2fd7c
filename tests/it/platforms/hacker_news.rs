//! Hacker News by Algolia's index: open, the newest hundred of a search.

use amends::{http::Request, store::sources::Health};
use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, query, refusal, walk};

pub struct HackerNews;

impl Platform for HackerNews {
    fn kind(&self) -> &'static str {
        "hacker-news"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://hn.algolia.com/"]
    }

    fn settings(&self) -> &'static str {
        "searches = [\"\\\"Hotel Alba\\\"\"]\nwords = [\"Hotel Alba\"]"
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
        assert_eq!(
            (query(request, "query").as_deref(), query(request, "tags").as_deref()),
            (Some("\"Hotel Alba\""), Some("(story,comment)"))
        );
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
        "title": null, "comment_text": format!("<p>Hotel Alba. {}", review.text), "story_id": 400, "_tags": ["comment"],
    })
}

#[tokio::test(start_paused = true)]
async fn a_bad_review_is_heard_and_seen_turned_around() {
    walk(&HackerNews).await;
}
