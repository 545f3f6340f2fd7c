//! Whole days, weeks and a month of a house, under a clock that only sleeping moves.

use amends::case::Stage;

use crate::world::{SMALL, World, minutes};

#[tokio::test(start_paused = true)]
async fn a_new_bad_review_is_told_within_one_poll() {
    let world = World::open(SMALL).await;
    world.past_baseline().await;
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    let alert = world.expect_alert("desk").within(minutes(17)).await;
    assert_eq!((alert.event.as_str(), alert.case()), ("review.negative.created", 1));
    world.staff("Maria").takes(1).await;
    assert_eq!(world.case(1).row.stage, Stage::Taken);
    world.nobody_hears(minutes(60)).await;
}
