//! Sites that fail and come back, and reviews that leave the window.

use std::time::Duration;

use amends::{case::Stage, store::sources::Health};

use super::ONE_POLL;
use crate::world::{HOUSE, World, hours, minutes};

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_for_six_hours_is_told_once_healed_once_and_loses_nothing() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    let (site, shop) = (world.site("Pretendvisor"), world.site("Shop"));
    site.has_praise(12);
    world.start().await;
    world.past_baseline().await;
    site.site_is_down();
    let told = world.expect_alert("admin").within(hours(2)).await;
    assert_eq!(
        (told.event.as_str(), told.headline()),
        ("source.degraded", "Pretendvisor needs a look: amends is blind there")
    );
    site.leaves("Anna", 1, "The shower stayed cold for three days");
    site.leaves("Boris", 2, "The lift was loud all night");
    // The other source goes on meanwhile.
    shop.leaves("Cleo", 1, "The soap arrived broken");
    assert_eq!(world.expect_alert("desk").within(ONE_POLL).await.case(), 1);
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
    world.nobody_hears(hours(4)).await;
    assert_eq!(world.source("Pretendvisor").health, Health::Unreachable);
    site.site_is_well();
    world.pass(minutes(67)).await;
    let mut heard = world.hear_all();
    heard.iter_mut().for_each(|(_, _, at)| at.clear());
    heard.sort();
    let expected =
        [("admin", "source.healed"), ("desk", "review.negative.created"), ("desk", "review.negative.created")];
    assert_eq!(heard, expected.map(|(desk, event)| (desk.to_owned(), event.to_owned(), String::new())));
    for case in [2, 3] {
        world.staff("Maria").takes(case).await;
        world.staff("Maria").contacts(case).await;
    }
    assert_eq!(world.source("Pretendvisor").health, Health::Ok);
    assert_eq!(world.counts().reviews, 15);
}

#[tokio::test(start_paused = true)]
async fn a_review_that_left_the_window_is_seen_turned_around_on_its_own_page() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    let site = world.site("Pretendvisor");
    site.has_own_pages();
    site.shows_newest(10);
    site.has_praise(10);
    world.start().await;
    world.past_baseline().await;
    let anna = site.leaves("Anna", 1, "The shower stayed cold for three days");
    assert_eq!(world.expect_alert("desk").within(ONE_POLL).await.case(), 1);
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
    world.at("Wed 12:00").await;
    for number in 0..10 {
        site.guest_leaves(5, &format!("Lovely, the {number}th"));
        world.pass(minutes(20)).await;
    }
    assert_eq!(world.case(1).row.stage, Stage::Contacted);
    site.guest_edits(anna, 5, "They mended it");
    let turned = world.expect_alert("desk").within(hours(7)).await;
    assert_eq!((turned.event.as_str(), turned.case()), ("review.turned_positive", 1));
    world.nobody_hears(hours(10)).await;
    assert_eq!(world.case(1).row.stage, Stage::TurnedAround);
}

#[tokio::test(start_paused = true)]
async fn of_thirty_open_cases_beyond_the_window_every_one_is_visited_again() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    let site = world.site("Pretendvisor");
    site.has_own_pages();
    site.shows_newest(10);
    site.has_praise(10);
    world.start().await;
    world.past_baseline().await;
    let mut guests = Vec::new();
    for number in 0..30 {
        guests.push(site.guest_leaves(1, &format!("Cold shower, the {number}th")));
        let case = world.expect_alert("desk").within(ONE_POLL).await.case();
        world.staff("Maria").takes(case).await;
        world.staff("Maria").contacts(case).await;
        world.staff("Maria").fixes(case).await;
        world.staff("Maria").tells(case).await;
    }
    for number in 0..10 {
        site.guest_leaves(5, &format!("Lovely, the {number}th"));
    }
    world.pass(hours(1)).await;
    // The one that was opened last comes last in any order by number.
    site.guest_edits(guests[29], 5, "They mended it");
    let turned = world.expect_alert("desk").within(hours(15)).await;
    assert_eq!((turned.event.as_str(), turned.case()), ("review.turned_positive", 30));
}

#[tokio::test(start_paused = true)]
async fn an_anomaly_is_told_once_however_often_open_cases_are_visited() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    let site = world.site("Pretendvisor");
    site.has_own_pages();
    site.has_praise(40);
    world.start().await;
    world.past_baseline().await;
    let anna = site.leaves("Anna", 1, "The shower stayed cold for three days");
    assert_eq!(world.expect_alert("desk").within(ONE_POLL).await.case(), 1);
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
    let guests: Vec<_> = (0..30).map(crate::world::Guest).collect();
    guests.iter().for_each(|guest| site.guest_deletes(*guest));
    let odd = world.expect_alert("admin").within(ONE_POLL).await;
    assert_eq!(odd.event, "source.anomaly");
    site.guest_edits(anna, 2, "The shower is still cold, the room was changed");
    world.nobody_hears(hours(30)).await;
    assert_eq!(world.source("Pretendvisor").health, Health::Anomaly);
    guests.iter().for_each(|guest| site.guest_restores(*guest));
    assert_eq!(world.expect_alert("admin").within(ONE_POLL).await.event, "source.healed");
    world.nobody_hears(hours(10)).await;
}

#[tokio::test(start_paused = true)]
async fn first_looks_that_come_together_are_told_in_one_alert_also_over_a_restart() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    world.site("Pretendvisor").has_praise(12);
    world.site("Shop").has_praise(3);
    world.start().await;
    world.pass(Duration::from_secs(5)).await;
    assert!(world.hear_all().is_empty(), "they wait for one another");
    world.restart().await;
    let told = world.expect_alert("admin").within(minutes(1)).await;
    assert_eq!((told.event.as_str(), told.headline()), ("source.baseline", "First look at 2 sources: 15 reviews"));
    world.nobody_hears(hours(1)).await;
}
