//! Google Play lists the changes of a week alone: what a longer outage means.

use amends::{demo::platforms::refusal, store::sources::Health};
use serde_json::json;

use super::{Place, fake};
use crate::world::hours;

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_the_week_that_google_lists_is_told_as_a_gap() {
    let place = Place::open(fake("google-play")).await;
    let world = &place.world;
    place.with(|listing| listing.refuses = Some(refusal(503, &json!({}))));
    world.pass(hours(9 * 24)).await;
    place.with(|listing| listing.refuses = None);
    world.pass(hours(4)).await;
    let source = world.source("there");
    assert_eq!(source.health, Health::Gap);
    assert!(source.evidence.starts_with("reviews may have been missed between 2 March 2026"), "{}", source.evidence);
    world.pass(hours(30)).await;
    assert_eq!(world.source("there").health, Health::Ok);
    let heard: Vec<String> = world.hear_all().into_iter().map(|(_, event, _)| event).collect();
    let heard: Vec<&String> = heard.iter().filter(|event| event.starts_with("source.")).collect();
    assert_eq!(heard, ["source.degraded", "source.anomaly", "source.healed"], "each is told once");
}
