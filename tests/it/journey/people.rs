//! Deadlines and the people who hear of them: escalation, reminders in working hours, quiet hours, putting off.

use super::ONE_POLL;
use crate::world::{HOUSE, World, hours, minutes};

/// The house with one open case that nobody has, at a quarter past ten on a Tuesday at the latest.
async fn with_a_bad_review() -> World {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.at("Tue 10:00").await;
    world.site("Pretendvisor").leaves("Anna", 1, "The shower stayed cold for three days");
    assert_eq!(world.expect_alert("desk").within(ONE_POLL).await.case(), 1);
    world
}

#[tokio::test(start_paused = true)]
async fn a_case_that_nobody_takes_is_told_to_the_next_person_once() {
    let world = with_a_bad_review().await;
    let opened_at = world.case(1).row.opened_at;
    let escalated = world.expect_alert("boss").within(minutes(46)).await;
    assert_eq!(escalated.event, "case.escalated");
    assert_eq!(amends::clock::since(escalated.at, opened_at).as_secs() / 60, 45);
    let reminder = world.expect_alert("desk").within(hours(2)).await;
    assert_eq!(reminder.headline(), "Case 1 at Hotel Alpenblick: nobody has taken it");
    world.staff("Georg").takes(1).await;
    world.staff("Georg").contacts(1).await;
    world.nobody_hears(hours(12)).await;
}

#[tokio::test(start_paused = true)]
async fn a_case_that_is_taken_in_time_is_never_escalated() {
    let world = with_a_bad_review().await;
    world.pass(minutes(20)).await;
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
    world.nobody_hears(hours(20)).await;
}

#[tokio::test(start_paused = true)]
async fn promises_are_counted_in_working_hours() {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.at("Tue 19:00").await;
    world.site("Pretendvisor").leaves("Anna", 1, "The shower stayed cold for three days");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    world.staff("Maria").takes(1).await;
    // Six working hours from shortly after seven in the evening: less than one today, the rest from eight tomorrow.
    let reminder = world.expect_alert("desk").within(hours(24)).await;
    assert_eq!(reminder.headline(), "Case 1 at Hotel Alpenblick: the guest has not heard from a person");
    let late = amends::clock::since(reminder.at, alert.at);
    assert_eq!(late.as_secs().div_ceil(60), 18 * 60, "six hours by day and twelve by night");
    world.staff("Maria").contacts(1).await;
    world.staff("Maria").fixes(1).await;
    world.staff("Maria").tells(1).await;
    world.nobody_hears(hours(48)).await;
}

#[tokio::test(start_paused = true)]
async fn a_person_is_left_in_peace_until_their_hours_begin() {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.at("Tue 23:30").await;
    world.site("Pretendvisor").leaves("Anna", 1, "The shower stayed cold for three days");
    world.expect_alert("desk").within(ONE_POLL).await;
    let escalated = world.expect_alert("boss").within(hours(9)).await;
    assert_eq!(
        (escalated.event.as_str(), world.wall_clock(escalated.at).as_str()),
        ("case.escalated", "Wed 4 Mar 07:00")
    );
    world.staff("Georg").takes(1).await;
    world.staff("Georg").contacts(1).await;
}

#[tokio::test(start_paused = true)]
async fn bed_bugs_wake_a_person_at_night() {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.at("Tue 23:30").await;
    world.site("Pretendvisor").leaves("Anna", 4, "A fine view, but bed bugs in the mattress");
    world.expect_alert("desk").within(ONE_POLL).await;
    let escalated = world.expect_alert("boss").within(minutes(46)).await;
    assert!(world.wall_clock(escalated.at).starts_with("Wed 4 Mar 00:"), "{}", world.wall_clock(escalated.at));
    world.staff("Georg").takes(1).await;
    world.staff("Georg").contacts(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_case_that_was_put_off_is_silent_and_then_wakes_once() {
    let world = with_a_bad_review().await;
    world.staff("Maria").takes(1).await;
    world.staff("Maria").snoozes(1, hours(26)).await;
    world.nobody_hears(hours(25)).await;
    let woke = world.expect_alert("desk").within(minutes(61)).await;
    assert_eq!((woke.event.as_str(), woke.case()), ("case.woke", 1));
    let due = world.expect_alert("desk").within(minutes(1)).await;
    assert_eq!(due.headline(), "Case 1 at Hotel Alpenblick: the guest has not heard from a person");
    world.nobody_hears(hours(10)).await;
}
