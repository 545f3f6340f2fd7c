//! Threads: a token that lives sixty days must be exchanged in time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use amends::{demo::platforms::query, http::fake::answer, store::sources::Health};
use serde_json::json;

use super::fake;
use crate::world::{World, days};

/// Meta's rule: a token lives sixty days, and can be exchanged for another once it is a day old.
#[tokio::test(start_paused = true)]
async fn a_token_outlives_its_sixty_days_by_being_exchanged_also_across_a_restart() {
    let mut world = World::built(
        "2026-01-05T10:00:00+01:00",
        &HOUSE.replace("SETTINGS", fake("threads").settings()).replace("EVERY", "every = \"12h\""),
    );
    let (clock, begins_at) = (world.clock.clone(), world.now());
    let issued = Arc::new(Mutex::new(BTreeMap::from([("threads-token-1".to_owned(), begins_at)])));
    let tokens = Arc::clone(&issued);
    world.web.on("https://graph.threads.net/", move |request| {
        let (now, mut issued) = (clock.now(), tokens.lock().unwrap());
        let header = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let sent = query(request, "access_token").unwrap_or_else(|| header.replace("Bearer ", ""));
        let age = issued.get(&sent).map(|at| now.duration_since(*at).as_hours());
        let dead =
            json!({ "error": { "message": "Error validating access token", "type": "OAuthException", "code": 190 } });
        let dead = answer(request, 400, &[], dead.to_string());
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
