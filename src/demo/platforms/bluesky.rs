//! A server of Bluesky's network: sessions by app password, a search that gives the newest posts first.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, has_header, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Bluesky;

impl Platform for Bluesky {
    fn kind(&self) -> &'static str {
        "bluesky"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://bsky.social/"]
    }

    fn settings(&self) -> &'static str {
        "handle = \"alba.bsky.social\"\napp_password = \"app-password\"\nsearches = [\"Hotel Alpenblick\"]\nwords = [\"Hotel Alpenblick\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn grant(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/xrpc/com.atproto.server.createSession" {
            return None;
        }
        let who: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        Some(if who == json!({ "identifier": "alba.bsky.social", "password": "app-password" }) {
            json(
                &json!({ "accessJwt": format!("token-{}", listing.token), "refreshJwt": "r", "handle": "alba.bsky.social", "did": "did:plc:alba" }),
            )
        } else {
            refusal(401, &json!({ "error": "AuthenticationRequired", "message": "Invalid identifier or password" }))
        })
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/xrpc/app.bsky.feed.searchPosts" {
            return None;
        }
        if !has_header(request, "authorization", &format!("Bearer token-{}", listing.token)) {
            return Some(refusal(400, &json!({ "error": "ExpiredToken", "message": "Token has expired" })));
        }
        asks(request, &[("q", "Hotel Alpenblick"), ("sort", "latest")])?;
        Some(json(&json!({ "posts": listing.reviews.iter().map(shown).collect::<Vec<Value>>() })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(400, &json!({ "error": "InvalidRequest", "message": "no" })), Health::Refused),
            (
                refusal(429, &json!({ "error": "RateLimitExceeded", "message": "Rate Limit Exceeded" })),
                Health::OverQuota,
            ),
            (refusal(502, &json!({ "error": "UpstreamFailure", "message": "Upstream Failure" })), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "uri": format!("at://did:plc:g{0}/app.bsky.feed.post/3m{0}", review.number), "cid": "bafy",
        "author": { "did": format!("did:plc:g{}", review.number), "handle": "guest.bsky.social", "displayName": review.author },
        "record": { "$type": "app.bsky.feed.post", "text": format!("Hotel Alpenblick. {}", review.text), "createdAt": review.posted.to_string(), "langs": ["en"] },
        "indexedAt": review.posted.to_string(),
    })
}
