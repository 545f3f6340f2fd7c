//! Lemmy 0.19: an open search, the newest fifty, errors by code.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Lemmy;

impl Platform for Lemmy {
    fn kind(&self) -> &'static str {
        "lemmy"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://lemmy.example/"]
    }

    fn settings(&self) -> &'static str {
        "server = \"https://lemmy.example\"\nsearches = [\"Hotel Alpenblick\"]\nwords = [\"Hotel Alpenblick\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/v3/search" {
            return None;
        }
        asks(request, &[("q", "Hotel Alpenblick"), ("sort", "New")])?;
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
            "id": review.number, "content": format!("Hotel Alpenblick. {}", review.text), "removed": false, "deleted": false,
            "ap_id": format!("https://lemmy.example/comment/{}", review.number),
            "published": review.posted.to_string(), "updated": updated,
        },
        "creator": { "name": review.author, "actor_id": format!("https://lemmy.example/u/g{}", review.number) },
    })
}
