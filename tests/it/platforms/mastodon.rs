//! Mastodon: what has sunk below the newest posts is read again by itself.

use amends::store::sources::Health;

use super::{Place, fake};
use crate::world::hours;

/// A timeline shows forty posts. While a case is open its post is read by its number, so that an edit is seen all the same.
#[tokio::test(start_paused = true)]
async fn an_edit_far_below_the_newest_posts_is_seen() {
    let place = Place::open(fake("mastodon")).await;
    let world = &place.world;
    let bad = place.guest_leaves(1, "The shower stayed cold for three days and nobody helped");
    assert_eq!(world.expect_alert("desk").within(hours(3)).await.event, "review.negative.created");
    for _ in 0..9 {
        for _ in 0..5 {
            place.guest_leaves(5, "A lovely stay, thank you");
        }
        world.pass(hours(2)).await;
    }
    world.hear_all();
    place.stall.guest_edits(bad, 5, "They called, mended the shower and were wonderful", world.now());
    world.pass(hours(13)).await;
    let heard: Vec<String> = world.hear_all().into_iter().map(|(_, event, _)| event).collect();
    assert!(heard.contains(&"review.turned_positive".to_owned()), "{heard:?}");
    assert_eq!((world.source("there").health, world.counts().reviews), (Health::Ok, 7 + 1 + 45));
}
