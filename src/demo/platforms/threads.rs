//! Threads: a long-lived token, the recent posts of a search, Meta's codes.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, has_header, json, vendors::meta_refuses};
use crate::{http::Request, store::sources::Health};

pub(super) struct Threads;

impl Platform for Threads {
    fn kind(&self) -> &'static str {
        "threads"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://graph.threads.net/"]
    }

    fn settings(&self) -> &'static str {
        "searches = [\"Hotel Alpenblick\"]\ntoken = \"threads-token-1\"\nwords = [\"Hotel Alpenblick\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() == "/refresh_access_token" {
            return Some(meta_refuses(400, 100, "The token is too young to be refreshed"));
        }
        if request.url.path() != "/v1.0/keyword_search" {
            return None;
        }
        if !has_header(request, "authorization", "Bearer threads-token-1") {
            return Some(meta_refuses(400, 190, "Error validating access token"));
        }
        asks(request, &[("q", "Hotel Alpenblick"), ("search_type", "RECENT")])?;
        let data: Vec<Value> = listing.reviews.iter().take(100).map(shown).collect();
        Some(json(&json!({ "data": data, "paging": { "cursors": {} } })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (meta_refuses(400, 190, "Error validating access token"), Health::Refused),
            (meta_refuses(403, 10, "Application does not have permission for this action"), Health::Refused),
            (meta_refuses(400, 4, "Application request limit reached"), Health::OverQuota),
            (meta_refuses(500, 1, "An unknown error has occurred."), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": (17_900_000 + review.number).to_string(), "text": format!("Hotel Alpenblick. {}", review.text), "media_type": "TEXT_POST",
        "permalink": format!("https://www.threads.net/@g/post/{}", review.number), "username": review.author,
        "timestamp": review.posted.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string(), "is_quote_post": false, "is_reply": false,
    })
}
