//! The weekly report: every Monday at eight, quiet weeks too, over a change of clocks, late after downtime, and exactly once.

use crate::world::{HOUSE, World, days, hours, minutes};

/// The wall clock of the next report, which must come within a span.
async fn next_report(world: &World) -> String {
    let report = world.expect_alert("boss").within(days(8)).await;
    assert_eq!(report.event, "report.weekly");
    world.wall_clock(report.at)
}

#[tokio::test(start_paused = true)]
async fn the_report_comes_at_eight_before_and_after_the_clocks_change() {
    let world = World::open_at("2026-03-17T12:00:00+01:00", HOUSE).await;
    world.past_baseline().await;
    for due in ["Mon 23 Mar 08:00", "Mon 30 Mar 08:00", "Mon 6 Apr 08:00"] {
        assert_eq!(next_report(&world).await, due);
    }
}

#[tokio::test(start_paused = true)]
async fn the_report_comes_at_eight_when_an_hour_comes_twice() {
    let world = World::open_at("2026-10-19T09:00:00+02:00", HOUSE).await;
    world.past_baseline().await;
    for due in ["Mon 26 Oct 08:00", "Mon 2 Nov 08:00"] {
        assert_eq!(next_report(&world).await, due);
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_that_was_missed_comes_late_and_once() {
    let mut world = World::open_at("2026-03-04T12:00:00+01:00", HOUSE).await;
    world.past_baseline().await;
    world.at("Sun 23:00").await;
    world.stop().await;
    world.at("Tue 15:00").await;
    world.start().await;
    assert_eq!(next_report(&world).await, "Tue 10 Mar 15:00");
    world.restart().await;
    world.nobody_hears(days(2)).await;
    assert_eq!(next_report(&world).await, "Mon 16 Mar 08:00");
}

#[tokio::test(start_paused = true)]
async fn restarts_round_the_due_time_send_one_report() {
    let mut world = World::open_at("2026-03-04T12:00:00+01:00", HOUSE).await;
    world.past_baseline().await;
    world.at("Mon 07:58").await;
    for _ in 0..8 {
        world.restart().await;
        world.pass(minutes(1)).await;
    }
    assert_eq!(next_report(&world).await, "Mon 9 Mar 08:00");
    world.nobody_hears(hours(24)).await;
}

#[tokio::test(start_paused = true)]
async fn the_report_goes_by_the_zone_of_the_location_that_comes_first_in_the_file() {
    let config = HOUSE.replacen(
        "[calendar.desk]",
        "[[location]]\nname = \"Aloha Inn\"\ntimezone = \"Pacific/Honolulu\"\n\n[calendar.desk]",
        1,
    );
    let config = config.replace("every = \"15m\"", "every = \"15m\"\nlocation = \"Hotel Alpenblick\"");
    let world = World::open_at("2026-03-04T12:00:00+01:00", &config).await;
    world.past_baseline().await;
    assert_eq!(next_report(&world).await, "Mon 9 Mar 08:00");
}
