//! Receivers that fail: for a day, for good, or after they have taken the message.

use super::ONE_POLL;
use crate::world::{HOUSE, Mood, SMALL, World, days, hours, minutes};

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_down_for_a_day_delivers_once_under_one_id() {
    let world = World::open(SMALL).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::Unreachable);
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    world.nobody_hears(minutes(50)).await;
    world.staff("Maria").takes(1).await;
    world.nobody_hears(hours(22)).await;
    let knocks = world.knocks("desk");
    assert!((20..60).contains(&knocks), "{knocks} attempts in a day");
    world.desk_is("desk", Mood::Accepts);
    let alert = world.expect_alert("desk").within(minutes(62)).await;
    assert_eq!((alert.event.as_str(), alert.case()), ("review.negative.created", 1));
    world.staff("Maria").contacts(1).await;
    world.pass(days(1)).await;
    let later: Vec<String> = world.heard_by("desk").into_iter().map(|message| message.id).collect();
    assert!(!later.contains(&alert.id), "it came twice");
}

#[tokio::test(start_paused = true)]
async fn what_a_receiver_took_and_then_failed_is_repeated_under_the_same_id() {
    let world = World::open(SMALL).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::KeepsAndFails(500));
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    let first = world.expect_alert("desk").within(ONE_POLL).await;
    let second = world.expect_alert("desk").within(minutes(1)).await;
    world.desk_is("desk", Mood::Accepts);
    let third = world.expect_alert("desk").within(minutes(1)).await;
    assert_eq!((&first.id, &first.id), (&second.id, &third.id));
    world.staff("Maria").takes(1).await;
    world.nobody_hears(hours(3)).await;
}

#[tokio::test(start_paused = true)]
async fn an_alert_goes_round_a_channel_that_stays_down() {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::Unreachable);
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    let detour = world.expect_alert("boss").within(minutes(40)).await;
    assert_eq!((detour.event.as_str(), detour.case()), ("review.negative.created", 1));
    world.staff("Georg").takes(1).await;
    world.staff("Georg").contacts(1).await;
    world.pass(hours(2)).await;
    world.desk_is("desk", Mood::Accepts);
    let late = world.expect_alert("desk").within(minutes(62)).await;
    assert_ne!(late.id, detour.id);
    world.nobody_hears(hours(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_gone_is_switched_off_and_its_alert_takes_another_way() {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::Answers(410, vec![]));
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    let told = world.expect_alert("admin").within(ONE_POLL).await;
    assert_eq!((told.event.as_str(), told.headline()), ("channel.broken", "The channel `desk` was switched off"));
    let detour = world.expect_alert("boss").within(minutes(1)).await;
    assert_eq!((detour.event.as_str(), detour.case()), ("review.negative.created", 1));
    world.staff("Georg").takes(1).await;
    world.staff("Georg").contacts(1).await;
    world.nobody_hears(hours(5)).await;
    assert_eq!(world.knocks("desk"), 1);
    // What comes later does not even try.
    world.site("Pretendvisor").guest_leaves(2, "Loud");
    assert_eq!(world.expect_alert("boss").within(ONE_POLL).await.case(), 2);
    world.staff("Georg").takes(2).await;
    world.staff("Georg").contacts(2).await;
    world.nobody_hears(hours(5)).await;
    assert_eq!(world.knocks("desk"), 1);
    forgive_given_up(world);
}

#[tokio::test(start_paused = true)]
async fn twenty_alerts_to_a_dead_channel_tell_the_admin_once() {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::Answers(410, vec![]));
    world.web.set_delay(std::time::Duration::from_millis(50));
    for number in 0..20 {
        world.site("Pretendvisor").guest_leaves(1, &format!("The shower stayed cold, {number}"));
    }
    world.pass(ONE_POLL).await;
    let heard = world.hear_all();
    let broken = heard.iter().filter(|(_, event, _)| event == "channel.broken").count();
    let told = heard.iter().filter(|(desk, event, _)| desk == "boss" && event == "review.negative.created").count();
    assert_eq!((broken, told), (1, 20));
    assert!(world.knocks("desk") <= 8, "{} knocks at a dead channel", world.knocks("desk"));
    for case in 1..=20 {
        world.staff("Georg").takes(case).await;
        world.staff("Georg").contacts(case).await;
    }
    forgive_given_up(world);
}

#[tokio::test(start_paused = true)]
async fn a_house_whose_only_channel_is_dead_waits_for_its_repair() {
    let world = World::open(SMALL).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::Answers(410, vec![]));
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    let before = world.knocks("desk");
    world.nobody_hears(minutes(40)).await;
    assert_eq!(world.knocks("desk") - before, 1);
    world.desk_is("desk", Mood::Accepts);
    world.staff("Maria").takes(1).await;
    world.mend("desk").await;
    let events: Vec<String> =
        [world.expect_alert("desk").within(minutes(2)).await, world.expect_alert("desk").within(minutes(2)).await]
            .map(|message| message.event)
            .into();
    assert_eq!(events, ["review.negative.created", "channel.broken"]);
    world.nobody_hears(hours(5)).await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_channel_that_left_the_configuration_takes_another_way() {
    let mut world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::Unreachable);
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    world.nobody_hears(ONE_POLL).await;
    assert_eq!(world.counts().outbox, 1);
    let without = HOUSE.replace("name = \"desk\"\nkind", "name = \"lobby\"\nkind").replace("[\"desk\"]", "[\"lobby\"]");
    world.reconfigure(&without.replace("https://desk.", "https://lobby.")).await;
    let told = world.expect_alert("admin").within(minutes(1)).await;
    assert_eq!(told.headline(), "The channel `desk` was switched off");
    let detour = world.expect_alert("lobby").within(minutes(1)).await;
    assert_eq!((detour.event.as_str(), detour.case()), ("review.negative.created", 1));
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
    world.nobody_hears(hours(3)).await;
    forgive_given_up(world);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_for_patience_is_given_it() {
    let world = World::open(SMALL).await;
    world.past_baseline().await;
    world.desk_is("desk", Mood::Answers(429, vec![("retry-after", "1800".to_owned())]));
    world.site("Pretendvisor").guest_leaves(1, "The shower stayed cold for three days");
    let before = world.knocks("desk");
    world.pass(ONE_POLL).await;
    assert_eq!(world.knocks("desk") - before, 1);
    world.desk_is("desk", Mood::Accepts);
    let alert = world.expect_alert("desk").within(minutes(31)).await;
    assert_eq!(alert.case(), 1);
    assert_eq!(world.knocks("desk") - before, 2);
    world.staff("Maria").takes(1).await;
}

/// Ends a world in which deliveries were given up because another channel took them.
fn forgive_given_up(world: World) {
    assert_eq!(world.counts().outbox, 0);
    world.leave();
}
