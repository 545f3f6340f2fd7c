//! X: a token, the posts since a time, no posts as a count of none, reasons as problem documents.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct X;

impl Platform for X {
    fn kind(&self) -> &'static str {
        "x"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.x.com/"]
    }

    fn settings(&self) -> &'static str {
        "query = \"\\\"Hotel Alpenblick\\\"\"\nbearer_token = \"x-token-1\""
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/2/tweets/search/recent" {
            return None;
        }
        if !has_header(request, "authorization", "Bearer x-token-1") {
            return Some(problem(401, "Unauthorized", "about:blank"));
        }
        let start = query(request, "start_time").unwrap_or_default();
        let found: Vec<&Review> = listing.reviews.iter().filter(|review| review.posted.to_string() >= start).collect();
        if found.is_empty() {
            return Some(json(&json!({ "meta": { "result_count": 0 } })));
        }
        let most = query(request, "max_results")?.parse().ok()?;
        let data: Vec<Value> = found.iter().take(most).map(|review| shown(review)).collect();
        Some(json(&json!({ "meta": { "result_count": data.len() }, "data": data })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (problem(401, "Unauthorized", "about:blank"), Health::Refused),
            (problem(402, "CreditsDepleted", "https://api.x.com/2/problems/credits"), Health::Refused),
            (problem(403, "Client Forbidden", "https://api.x.com/2/problems/client-forbidden"), Health::Refused),
            (problem(429, "UsageCapExceeded", "https://api.x.com/2/problems/usage-capped"), Health::OverQuota),
            (problem(503, "Service Unavailable", "about:blank"), Health::Unreachable),
        ]
    }
}

fn problem(status: u16, title: &str, kind: &str) -> Reply {
    refusal(status, &json!({ "title": title, "detail": title, "type": kind, "status": status }))
}

fn shown(review: &Review) -> Value {
    let id = (2_051_234_567_890_123_000 + review.number).to_string();
    json!({ "id": id, "text": review.text, "edit_history_tweet_ids": [id], "author_id": "1", "created_at": review.posted.to_string(), "lang": "en" })
}
