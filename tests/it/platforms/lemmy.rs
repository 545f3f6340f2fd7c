//! Lemmy 0.19: an open search, the newest fifty, errors by code.

use amends::{http::Request, store::sources::Health};
use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, query, refusal, walk};

pub struct Lemmy;

impl Platform for Lemmy {
    fn kind(&self) -> &'static str {
        "lemmy"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://lemmy.example/"]
    }

    fn settings(&self) -> &'static str {
        "server = \"https://lemmy.example\"\nsearches = [\"Hotel Alba\"]\nwords = [\"Hotel Alba\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/v3/search" {
            return None;
        }
        assert_eq!(
            (query(request, "q").as_deref(), query(request, "sort").as_deref()),
            (Some("Hotel Alba"), Some("New"))
        );
        let comments: Vec<Value> = listing.reviews.iter().take(50).map(shown).collect();
        Some(json(&json!({ "type_": "All", "comments": comments, "posts": [], "communities": [], "users": [] })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(400, &json!({ "error": "couldnt_find_object" })), Health::Refused),
            (refusal(400, &json!({ "error": "rate_limit_error" })), Health::OverQuota),
            (refusal(502, &json!({})), Health::Unreachable),
            (json(&json!({ "error": "unknown" })), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    let updated = (review.changed > review.posted).then(|| review.changed.to_string());
    json!({
        "comment": {
            "id": review.number, "content": format!("Hotel Alba. {}", review.text), "removed": false, "deleted": false,
            "ap_id": format!("https://lemmy.example/comment/{}", review.number),
            "published": review.posted.to_string(), "updated": updated,
        },
        "creator": { "name": review.author, "actor_id": format!("https://lemmy.example/u/g{}", review.number) },
    })
}

#[tokio::test(start_paused = true)]
async fn a_bad_review_is_heard_and_seen_turned_around() {
    walk(&Lemmy).await;
}
