//! Whole days, weeks and a month of a house, under a clock that only sleeping moves.

mod channels;
mod people;
mod reports;
mod sources;

use std::time::Duration;

use amends::case::{CloseAs, Stage};

use crate::world::{HOUSE, SMALL, World, days, hours, minutes};

/// How long a look can be away: a quarter of an hour and a tenth, and some seconds for the answer.
const ONE_POLL: Duration = minutes(17);

#[tokio::test(start_paused = true)]
async fn a_new_bad_review_is_told_within_one_poll() {
    let world = World::open(SMALL).await;
    world.past_baseline().await;
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!((alert.event.as_str(), alert.case()), ("review.negative.created", 1));
    world.staff("Maria").takes(1).await;
    assert_eq!(world.case(1).row.stage, Stage::Taken);
    world.nobody_hears(minutes(60)).await;
}

#[tokio::test(start_paused = true)]
async fn a_month_from_the_first_look_to_the_fourth_report() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    let site = world.site("Pretendvisor");
    site.has_praise(30);
    world.start().await;
    world.past_baseline().await;

    // The first week: Anna's shower, turned around.
    world.at("Tue 10:00").await;
    let anna = site.leaves("Anna", 1, "The shower stayed cold for three days");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!(alert.headline(), "New bad review (1 of 5) at Hotel Alpenblick");
    let maria = world.staff("Maria");
    maria.takes(1).await;
    world.pass(hours(1)).await;
    maria.contacts(1).await;
    maria.asks_advice(1).await;
    world.at("Wed 11:00").await;
    maria.fixes(1).await;
    maria.tells(1).await;
    maria.gives(1, "gift", 2500).await;
    maria.asks_to_reconsider(1).await;
    world.at("Sat 19:00").await;
    site.guest_edits(anna, 5, "The shower was cold, and they mended it while we were there");
    let turned = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!((turned.event.as_str(), turned.case()), ("review.turned_positive", 1));
    assert_eq!(world.case(1).row.stage, Stage::TurnedAround);
    let report = world.expect_alert("boss").within(days(2)).await;
    assert_eq!(world.wall_clock(report.at), "Mon 9 Mar 08:00");
    let figures = ["negative", "contact", "promise", "turned", "turnaround", "lost", "open", "gestures-EUR"];
    let said = figures.map(|key| report.figure(key));
    assert_eq!(said, ["1", "1 h", "1 of 1", "1", "4.4 days", "0", "0", "25.00"]);

    // The second week: nobody takes Boris's case until Georg hears of it; it is lost.
    world.at("Thu 12:00").await;
    site.leaves("Boris", 2, "The lift was loud all night");
    assert_eq!(world.expect_alert("desk").within(ONE_POLL).await.case(), 2);
    let escalated = world.expect_alert("boss").within(minutes(46)).await;
    assert_eq!((escalated.event.as_str(), escalated.case()), ("case.escalated", 2));
    let georg = world.staff("Georg");
    georg.takes(2).await;
    georg.contacts(2).await;
    world.at("Fri 12:00").await;
    georg.closes(2, CloseAs::Lost).await;
    let report = world.expect_alert("boss").within(days(3)).await;
    assert_eq!(world.wall_clock(report.at), "Mon 16 Mar 08:00");
    let again = serde_json::to_value(world.report("Hotel Alpenblick")).unwrap();
    assert_eq!(again["rows"], report.body["data"]["report"]["rows"], "one function behind message, command and JSON");
    let said = figures.map(|key| report.figure(key));
    assert_eq!(said, ["1", "45 min", "1 of 1", "0", "4.4 days", "1", "0", "0.00"]);

    // Two quiet weeks, the second one hour short.
    for due in ["Mon 23 Mar 08:00", "Mon 30 Mar 08:00"] {
        let report = world.expect_alert("boss").within(days(8)).await;
        assert_eq!((report.event.as_str(), world.wall_clock(report.at).as_str()), ("report.weekly", due));
        assert_eq!(report.body["data"]["report"]["is_quiet"], true);
    }
    assert_eq!((world.counts().reviews, world.counts().cases, world.open_cases()), (32, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_the_middle_changes_nothing() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    let site = world.site("Pretendvisor");
    site.has_praise(12);
    world.start().await;
    world.past_baseline().await;
    let anna = site.leaves("Anna", 1, "The shower stayed cold for three days");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    world.restart().await;
    world.staff("Maria").takes(alert.case()).await;
    world.restart().await;
    world.staff("Maria").contacts(alert.case()).await;
    world.pass(hours(2)).await;
    world.stop().await;
    site.guest_edits(anna, 5, "All is well again");
    world.pass(hours(3)).await;
    world.start().await;
    let turned = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!((turned.event.as_str(), turned.case()), ("review.turned_positive", 1));
    for _ in 0..3 {
        world.restart().await;
    }
    world.nobody_hears(hours(12)).await;
    assert_eq!((world.counts().reviews, world.counts().cases), (13, 1));
}
