//! Threads: a long-lived token, the recent posts of a search, Meta's codes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use amends::{
    http::{Request, fake::answer},
    store::sources::Health,
};
use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, query, refusal, walk};
use crate::world::{World, days};

pub struct Threads;

impl Platform for Threads {
    fn kind(&self) -> &'static str {
        "threads"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://graph.threads.net/"]
    }

    fn settings(&self) -> &'static str {
        "searches = [\"Hotel Alba\"]\ntoken = \"threads-token-1\"\nwords = [\"Hotel Alba\"]"
    }

    fn has_stars(&self) -> bool {
        false
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() == "/refresh_access_token" {
            return Some(error(400, 100, "The token is too young to be refreshed"));
        }
        if request.url.path() != "/v1.0/keyword_search" {
            return None;
        }
        if !has_header(request, "authorization", "Bearer threads-token-1") {
            return Some(error(400, 190, "Error validating access token"));
        }
        assert_eq!(
            (query(request, "q").as_deref(), query(request, "search_type").as_deref()),
            (Some("Hotel Alba"), Some("RECENT"))
        );
        let data: Vec<Value> = listing.reviews.iter().take(100).map(shown).collect();
        Some(json(&json!({ "data": data, "paging": { "cursors": {} } })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (error(400, 190, "Error validating access token"), Health::Refused),
            (error(403, 10, "Application does not have permission for this action"), Health::Refused),
            (error(400, 4, "Application request limit reached"), Health::OverQuota),
            (error(500, 1, "An unknown error has occurred."), Health::Unreachable),
        ]
    }
}

fn error(status: u16, code: u32, message: &str) -> Reply {
    refusal(
        status,
        &json!({ "error": { "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A" } }),
    )
}

fn shown(review: &Review) -> Value {
    json!({
        "id": (17_900_000 + review.number).to_string(), "text": format!("Hotel Alba. {}", review.text), "media_type": "TEXT_POST",
        "permalink": format!("https://www.threads.net/@g/post/{}", review.number), "username": review.author,
        "timestamp": review.posted.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string(), "is_quote_post": false, "is_reply": false,
    })
}

#[tokio::test(start_paused = true)]
async fn a_bad_review_is_heard_and_seen_turned_around() {
    walk(&Threads).await;
}

/// Meta's rule: a token lives sixty days, and can be exchanged for another once it is a day old.
#[tokio::test(start_paused = true)]
async fn a_token_outlives_its_sixty_days_by_being_exchanged_also_across_a_restart() {
    let mut world = World::built(
        "2026-01-05T10:00:00+01:00",
        &HOUSE.replace("SETTINGS", Threads.settings()).replace("EVERY", "every = \"12h\""),
    );
    let (clock, begins_at) = (world.clock.clone(), world.now());
    let issued = Arc::new(Mutex::new(BTreeMap::from([("threads-token-1".to_owned(), begins_at)])));
    let tokens = Arc::clone(&issued);
    world.web.on("https://graph.threads.net/", move |request| {
        let (now, mut issued) = (clock.now(), tokens.lock().unwrap());
        let header = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let sent = query(request, "access_token").unwrap_or_else(|| header.replace("Bearer ", ""));
        let age = issued.get(&sent).map(|at| now.duration_since(*at).as_hours());
        let dead = answer(request, 400, &[], error(400, 190, "Error validating access token").2);
        if age.is_none_or(|age| age >= 60 * 24) {
            return Ok(dead);
        }
        if request.url.path() != "/refresh_access_token" {
            return Ok(answer(request, 200, &[], r#"{"data":[],"paging":{}}"#));
        }
        if age.is_none_or(|age| age < 24) {
            return Ok(dead);
        }
        let fresh = format!("threads-token-{}", issued.len() + 1);
        issued.insert(fresh.clone(), now);
        let said = json!({ "access_token": fresh, "token_type": "bearer", "expires_in": 5_184_000 });
        Ok(answer(request, 200, &[], said.to_string()))
    });
    world.start().await;
    world.pass(days(80)).await;
    world.restart().await;
    world.pass(days(80)).await;
    assert_eq!(world.source("there").health, Health::Ok, "{}", world.source("there").evidence);
    let made = issued.lock().unwrap().len();
    assert!((22..=25).contains(&made), "once a week, not with every look: {made}");
    assert!(!world.source("there").memory.contains("threads-token"), "it is stored encrypted");
    let troubles: Vec<String> = world.hear_all().into_iter().map(|(_, event, _)| event).collect();
    assert!(!troubles.iter().any(|event| event.starts_with("source.degraded")), "{troubles:?}");
}

const HOUSE: &str = r#"
[[location]]
name = "Hotel Alba"
timezone = "Europe/Vienna"

[[source]]
name = "there"
kind = "threads"
location = "Hotel Alba"
EVERY
SETTINGS

[[channel]]
name = "desk"
kind = "webhook"
url = "https://desk.example/hook"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"#;
