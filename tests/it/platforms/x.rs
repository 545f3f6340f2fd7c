//! X: outages and quotas.

use amends::{demo::platforms::refusal, store::sources::Health};
use serde_json::json;

use super::{Place, fake};
use crate::world::hours;

/// What came while X could not be asked, over a night, is asked for whole, though a first look takes ten posts alone.
#[tokio::test(start_paused = true)]
async fn after_an_outage_every_post_since_is_read() {
    let place = Place::open(fake("x")).await;
    place.with(|listing| {
        listing.refuses = Some(refusal(503, &json!({ "title": "Service Unavailable", "type": "about:blank" })))
    });
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
    let place = Place::open(fake("x")).await;
    let asked = || place.world.asked("https://api.x.com/2/tweets/search/recent");
    let reset = (place.world.now().as_second() + 12 * 3600).to_string();
    let spent = vec![("x-rate-limit-remaining", "0".to_owned()), ("x-rate-limit-reset", reset)];
    let nothing = json!({ "meta": { "result_count": 0 } }).to_string();
    place.with(|listing| listing.refuses = Some((200, spent, nothing)));
    place.world.pass(hours(2)).await;
    place.with(|listing| listing.refuses = None);
    let before = asked();
    place.world.pass(hours(9)).await;
    assert_eq!(asked(), before, "nothing is asked until the quota begins anew");
    place.world.pass(hours(4)).await;
    assert!(asked() > before);
    assert_eq!((place.world.hear_all(), place.world.source("there").health), (vec![], Health::Ok));
}
