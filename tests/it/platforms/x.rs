//! X: a token, the posts since a time, no posts as a count of none, reasons as problem documents.

use amends::{http::Request, store::sources::Health};
use serde_json::{Value, json};

use crate::world::hours;

use super::{Listing, Place, Platform, Reply, Review, has_header, json, query, refusal, walk};

pub struct X;

impl Platform for X {
    fn kind(&self) -> &'static str {
        "x"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.x.com/"]
    }

    fn settings(&self) -> &'static str {
        "query = \"\\\"Hotel Alba\\\"\"\nbearer_token = \"x-token-1\""
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
        let most = query(request, "max_results").unwrap().parse().unwrap();
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

#[tokio::test(start_paused = true)]
async fn a_bad_review_is_heard_and_seen_turned_around() {
    walk(&X).await;
}

/// What came while X could not be asked, over a night, is asked for whole, though a first look takes ten posts alone.
#[tokio::test(start_paused = true)]
async fn after_an_outage_every_post_since_is_read() {
    let place = Place::open(&X).await;
    place.with(|listing| listing.refuses = Some(problem(503, "Service Unavailable", "about:blank")));
    for number in 0..14 {
        place.guest_leaves(5, &format!("A lovely stay, number {number}"));
        place.world.pass(hours(2)).await;
    }
    place.with(|listing| listing.refuses = None);
    place.world.pass(hours(3)).await;
    assert_eq!(place.world.counts().reviews, 7 + 14);
    let heard: Vec<String> = place.world.hear_all().into_iter().map(|(_, event, _)| event).collect();
    assert_eq!(heard, ["source.degraded", "source.healed"]);
}

/// What X says of its quota in the headers of a good answer is obeyed without a word: nothing is wrong.
#[tokio::test(start_paused = true)]
async fn a_quota_that_is_used_up_is_waited_for_in_silence() {
    let place = Place::open(&X).await;
    let asked = || place.world.asked("https://api.x.com/2/tweets/search/recent");
    let reset = (place.world.now().as_second() + 12 * 3600).to_string();
    let spent = vec![("x-rate-limit-remaining", "0".to_owned()), ("x-rate-limit-reset", reset)];
    let nothing = json(&json!({ "meta": { "result_count": 0 } }));
    place.with(|listing| listing.refuses = Some((200, spent, nothing.2.clone())));
    place.world.pass(hours(2)).await;
    place.with(|listing| listing.refuses = None);
    let before = asked();
    place.world.pass(hours(9)).await;
    assert_eq!(asked(), before, "nothing is asked until the quota begins anew");
    place.world.pass(hours(4)).await;
    assert!(asked() > before);
    assert_eq!((place.world.hear_all(), place.world.source("there").health), (vec![], Health::Ok));
}
