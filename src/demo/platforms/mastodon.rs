//! A Mastodon server: a tag's timeline for everybody, the newest post first.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asked_for, json, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Mastodon;

impl Platform for Mastodon {
    fn kind(&self) -> &'static str {
        "mastodon"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://mastodon.example/"]
    }

    fn settings(&self) -> &'static str {
        "server = \"https://mastodon.example\"\ntags = [\"hotelalba\"]\nwords = [\"Hotel Alpenblick\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path().starts_with("/api/v1/statuses/") {
            let nothing = || refusal(404, &json!({ "error": "Record not found" }));
            return Some(asked_for(listing, request).map_or_else(nothing, |review| json(&shown(review))));
        }
        if request.url.path() != "/api/v1/timelines/tag/hotelalba" {
            return None;
        }
        let limit = query(request, "limit").map_or(Some(20), |limit| limit.parse::<usize>().ok())?.min(40);
        Some(json(&listing.reviews.iter().take(limit).map(shown).collect()))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(401, &json!({ "error": "This API requires an authenticated user" })), Health::Refused),
            (refusal(429, &json!({ "error": "Too many requests" })), Health::OverQuota),
            (refusal(503, &json!({ "error": "Remote data could not be fetched" })), Health::Unreachable),
            ((200, vec![], "<html><body>Maintenance</body></html>".to_owned()), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    let edited = (review.changed > review.posted).then(|| review.changed.to_string());
    json!({
        "id": review.number.to_string(),
        "created_at": review.posted.to_string(),
        "edited_at": edited,
        "sensitive": false, "spoiler_text": "", "visibility": "public", "language": "en",
        "uri": format!("https://mastodon.example/users/g{0}/statuses/{0}", review.number),
        "url": format!("https://mastodon.example/@g{0}/{0}", review.number),
        "content": format!("<p>Hotel Alpenblick. {}</p>", review.text),
        "reblog": null,
        "account": { "id": "1", "username": "g", "acct": "g", "display_name": review.author, "url": format!("https://mastodon.example/@g{}", review.number) },
    })
}
