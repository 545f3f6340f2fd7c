//! Reddit: a token by client credentials, an agent that says who asks, listings of the newest.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, form, has_header, json, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Reddit;

impl Platform for Reddit {
    fn kind(&self) -> &'static str {
        "reddit"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://www.reddit.com/api/", "https://oauth.reddit.com/"]
    }

    fn settings(&self) -> &'static str {
        "client_id = \"reddit-client\"\nclient_secret = \"reddit-key\"\nuser = \"hotel_alba\"\nsearches = [\"\\\"Hotel Alpenblick\\\"\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn grant(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/api/v1/access_token" {
            return None;
        }
        // reddit-client:reddit-key
        let good = has_header(request, "authorization", "Basic cmVkZGl0LWNsaWVudDpyZWRkaXQta2V5")
            && says_who(request)
            && form(request, "grant_type").as_deref() == Some("client_credentials");
        Some(if good {
            json(
                &json!({ "access_token": format!("token-{}", listing.token), "token_type": "bearer", "expires_in": 86400, "scope": "*" }),
            )
        } else {
            refusal(401, &json!({ "message": "Unauthorized", "error": 401 }))
        })
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/r/all/search" {
            return None;
        }
        if !has_header(request, "authorization", &format!("Bearer token-{}", listing.token)) {
            return Some(refusal(401, &json!({ "message": "Unauthorized", "error": 401 })));
        }
        asks(request, &[("raw_json", "1")])?;
        if !says_who(request) {
            return None;
        }
        let children: Vec<Value> = listing.reviews.iter().take(100).map(shown).collect();
        Some(json(
            &json!({ "kind": "Listing", "data": { "after": null, "dist": children.len(), "children": children } }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(403, &json!({ "message": "Forbidden", "error": 403 })), Health::Refused),
            (refusal(429, &json!({ "message": "Too Many Requests", "error": 429 })), Health::OverQuota),
            (refusal(503, &json!({})), Health::Unreachable),
            ((200, vec![], "<html>whoa there, pardner!</html>".to_owned()), Health::LayoutChanged),
        ]
    }
}

/// Reddit throttles everybody who does not say so.
fn says_who(request: &Request) -> bool {
    let agent = request.headers.get("user-agent").and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.starts_with("server:amends:") && agent.ends_with("(by /u/hotel_alba)"))
}

fn shown(review: &Review) -> Value {
    let edited = if review.changed > review.posted { json!(review.changed.as_second() as f64) } else { json!(false) };
    json!({ "kind": "t3", "data": {
        "name": format!("t3_a{}", review.number), "id": format!("a{}", review.number), "title": "Hotel Alpenblick", "selftext": review.text,
        "author": review.author, "permalink": format!("/r/innsbruck/comments/a{}/x/", review.number), "subreddit": "innsbruck",
        "created_utc": review.posted.as_second() as f64, "edited": edited,
    } })
}
