//! Instagram: a long-lived token, comments inside of one's own posts, posts that tag, Meta's codes.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, query, vendors::meta_refuses};
use crate::{http::Request, store::sources::Health};

pub(super) struct Instagram;

impl Platform for Instagram {
    fn kind(&self) -> &'static str {
        "instagram"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://graph.facebook.com/"]
    }

    fn settings(&self) -> &'static str {
        "account = \"1784\"\ntoken = \"ig-token-1\""
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if !has_header(request, "authorization", "Bearer ig-token-1") {
            return Some(meta_refuses(400, 190, "Error validating access token"));
        }
        match request.url.path() {
            "/v25.0/1784/media" => {
                if !query(request, "fields")?.contains("comments") {
                    return None;
                }
                let comments: Vec<Value> = listing.reviews.iter().take(50).map(shown).collect();
                let post = json!({ "id": "1", "permalink": "https://www.instagram.com/p/A/", "comments": { "data": comments } });
                Some(json(&json!({ "data": [post, { "id": "2", "permalink": "https://www.instagram.com/p/B/" }] })))
            }
            "/v25.0/1784/tags" => Some(json(&json!({ "data": [] }))),
            _ => None,
        }
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (meta_refuses(400, 190, "Error validating access token"), Health::Refused),
            (meta_refuses(403, 10, "Application does not have permission for this action"), Health::Refused),
            (meta_refuses(400, 80002, "There have been too many calls to this Instagram account"), Health::OverQuota),
            (meta_refuses(500, 2, "An unexpected error has occurred."), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": (17_850_000 + review.number).to_string(), "text": review.text, "username": review.author,
        "timestamp": review.posted.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string(),
    })
}
