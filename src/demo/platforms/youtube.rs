//! YouTube's interface: a key, threads by time, pages by token, quota by reason.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, has_header, json, page_of, query, refusal, start_of};
use crate::{http::Request, store::sources::Health};

pub(super) struct YouTube;

impl Platform for YouTube {
    fn kind(&self) -> &'static str {
        "youtube"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://www.googleapis.com/youtube/"]
    }

    fn settings(&self) -> &'static str {
        "channel = \"UCalba\"\napi_key = \"yt-key\""
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/youtube/v3/commentThreads" {
            return None;
        }
        if !has_header(request, "x-goog-api-key", "yt-key") {
            return Some(error(400, "API key not valid. Please pass a valid API key.", "badRequest"));
        }
        asks(request, &[("allThreadsRelatedToChannelId", "UCalba")])?;
        let from = start_of(query(request, "pageToken"))?;
        let (page, more) = page_of(&listing.reviews, from, 5);
        let items: Vec<Value> = page.iter().map(shown).collect();
        let next = more.then(|| (from + 5).to_string());
        Some(json(&json!({ "kind": "youtube#commentThreadListResponse", "nextPageToken": next, "items": items })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (
                error(
                    403,
                    "The request cannot be completed because you have exceeded your <a href=\"/youtube/v3/getting-started#quota\">quota</a>.",
                    "quotaExceeded",
                ),
                Health::OverQuota,
            ),
            (error(403, "The channel has disabled comments.", "commentsDisabled"), Health::Refused),
            (error(404, "The channel cannot be found.", "channelNotFound"), Health::Refused),
            (error(500, "Internal error", "backendError"), Health::Unreachable),
        ]
    }
}

fn error(code: u16, message: &str, reason: &str) -> Reply {
    refusal(
        code,
        &json!({ "error": { "code": code, "message": message, "errors": [{ "domain": "youtube", "reason": reason }] } }),
    )
}

fn shown(review: &Review) -> Value {
    let id = format!("Ugx{}", review.number);
    json!({
        "kind": "youtube#commentThread", "id": id,
        "snippet": { "videoId": "v1", "topLevelComment": { "id": id, "snippet": {
            "videoId": "v1", "textOriginal": review.text, "textDisplay": review.text, "authorDisplayName": review.author,
            "authorChannelId": { "value": format!("UC{}", review.number) },
            "publishedAt": review.posted.to_string(), "updatedAt": review.changed.to_string(),
        } } },
    })
}
