//! Fourteen defects seen in other review monitors and watchers, each a test that it does not happen here.

use std::time::Duration;

use amends::{
    case::{Event, Stage},
    http::fake::answer,
    review::Observation,
    store::{reviews, sources::Health},
};
use serde_json::json;

use crate::world::{HOUSE, Message, Mood, SMALL, World, days, hours, minutes};

const ONE_POLL: Duration = minutes(17);

/// A house that watches since a minute, with so many content guests.
async fn watching(config: &str, praise: usize) -> World {
    let mut world = World::built("2026-03-02T08:30:00+01:00", config);
    world.site("Pretendvisor").has_praise(praise);
    world.start().await;
    world.past_baseline().await;
    world
}

/// Somebody takes the case and talks to the guest, so that nothing falls due for a while.
async fn look_after(world: &World, alert: &Message) {
    world.staff("Maria").takes(alert.case()).await;
    world.staff("Maria").contacts(alert.case()).await;
}

fn stored(world: &World) -> Vec<reviews::ReviewRow> {
    world
        .store()
        .read_now(|tx| reviews::list(tx, &reviews::Filter { limit: 100, ..reviews::Filter::default() }))
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn d01_the_same_review_after_restarts_is_one_review_and_one_alert() {
    let mut world = watching(SMALL, 3).await;
    world.site("Pretendvisor").leaves("Anna", 1, "Cold shower");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    look_after(&world, &alert).await;
    for _ in 0..5 {
        world.restart().await;
        world.nobody_hears(hours(1)).await;
    }
    assert_eq!((world.counts().reviews, world.counts().cases), (4, 1));
}

#[tokio::test(start_paused = true)]
async fn d02_an_alert_that_the_mail_server_does_not_take_is_sent_once_it_does() {
    let mail = "\n[[channel]]\nname = \"mail\"\nkind = \"email\"\n\n[[person]]\nname = \"Maria\"\nemail = \"maria@alpenblick.example\"\n\
                \n[smtp]\nhost = \"mail.example\"\nfrom = \"amends@alpenblick.example\"\n\n[[route]]\nto = [\"Maria\"]\n\
                \n[[route]]\nadmin = true\nto = [\"desk\"]\n";
    let mut world = watching(&format!("{SMALL}{mail}"), 3).await;
    world.desk_is("maria", Mood::Unreachable);
    world.site("Pretendvisor").leaves("Anna", 1, "Cold shower");
    world.nobody_hears(Duration::from_secs(13 * 60)).await;
    // The process ends between the storing and the sending.
    world.restart().await;
    world.pass(minutes(6)).await;
    assert_eq!(world.counts().outbox, 1);
    world.desk_is("maria", Mood::Accepts);
    let letter = world.expect_alert("maria").within(minutes(20)).await;
    assert_eq!(letter.headline(), "[1★] Hotel Alpenblick: new bad review, case 1");
    world.staff("Maria").takes(1).await;
    world.nobody_hears(hours(5)).await;
}

#[tokio::test(start_paused = true)]
async fn d03_a_refusal_is_a_fault_and_never_no_reviews() {
    let world = watching(HOUSE, 30).await;
    let (site, shop) = (world.site("Pretendvisor"), world.site("Shop"));
    let seen_at = world.source("Shop").ok_at;
    shop.site_shows("application/json", r#"{"status":"REQUEST_DENIED","error_message":"this key is not allowed"}"#);
    let told = world.expect_alert("admin").within(ONE_POLL).await;
    assert_eq!((told.event.as_str(), told.headline()), ("source.degraded", "Shop needs a look: amends is blind there"));
    assert_eq!((world.source("Shop").health, world.source("Shop").ok_at), (Health::LayoutChanged, seen_at));
    site.site_answers(403);
    let told = world.expect_alert("admin").within(hours(3)).await;
    assert_eq!(told.headline(), "Pretendvisor needs a look: amends is blind there");
    assert_eq!(world.source("Pretendvisor").health, Health::Refused);
    world.nobody_hears(hours(12)).await;
    assert_eq!(world.counts().reviews, 30);
}

#[tokio::test(start_paused = true)]
async fn d03_a_page_that_no_longer_shows_any_review_is_a_fault() {
    let world = watching(HOUSE, 30).await;
    world.site("Pretendvisor").site_shows(
        "text/html",
        "<!doctype html><html lang=\"en\"><head><title>Hotel Alpenblick</title></head><body><h1>Our new look</h1>\
         <p>Read what our guests say about us.</p><div id=\"app\"></div></body></html>",
    );
    let told = world.expect_alert("admin").within(ONE_POLL).await;
    assert_eq!(
        (told.event.as_str(), told.headline()),
        ("source.degraded", "Pretendvisor needs a look: amends is blind there")
    );
    assert!(told.lines().contains("no review was found where there had been 30"), "{}", told.lines());
    assert_eq!(world.source("Pretendvisor").health, Health::LayoutChanged);
    world.nobody_hears(hours(12)).await;
}

#[tokio::test(start_paused = true)]
async fn d04_one_star_edited_to_five_is_a_new_version_and_a_turnaround() {
    let world = watching(SMALL, 3).await;
    let anna = world.site("Pretendvisor").leaves("Anna", 1, "Cold shower");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    world.site("Pretendvisor").guest_edits(anna, 5, "Cold shower");
    assert_eq!(world.expect_alert("desk").within(ONE_POLL).await.event, "review.turned_positive");
    let case = world.case(alert.case());
    assert_eq!((case.row.stage, case.review.version, world.counts().reviews), (Stage::TurnedAround, 2, 4));
}

#[tokio::test(start_paused = true)]
async fn d05_the_first_look_at_sixty_old_complaints_is_one_summary() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", SMALL);
    for number in 0..60 {
        world.site("Pretendvisor").leaves(&format!("Guest {number}"), 1, &format!("Awful, the {number}th"));
    }
    world.start().await;
    let summary = world.expect_alert("desk").within(minutes(1)).await;
    assert_eq!(
        (summary.event.as_str(), summary.headline()),
        ("source.baseline", "First look at Pretendvisor: 60 reviews")
    );
    world.nobody_hears(days(1)).await;
    assert_eq!((world.counts().reviews, world.counts().cases), (60, 0));
}

#[tokio::test(start_paused = true)]
async fn d06_words_that_must_alert_do_whatever_the_stars_and_the_language() {
    let world = watching(SMALL, 3).await;
    let site = world.site("Pretendvisor");
    for (number, text) in [
        "Lovely view, friendly staff. We found bed bugs in the mattress.",
        "Schönes Haus, aber im Bett waren Bettwanzen.",
        "Bel hôtel, mais il y avait des punaises de lit.",
        "Todo bien, salvo las chinches en la cama.",
        "Great food, though my wife got food poisoning.",
    ]
    .into_iter()
    .enumerate()
    {
        site.leaves(&format!("Guest of {number}"), 4, text);
        let alert = world.expect_alert("desk").within(ONE_POLL).await;
        assert_eq!(
            (alert.event.as_str(), &alert.body["data"]["severity"]),
            ("review.negative.created", &json!("urgent")),
            "{text}"
        );
        assert!(alert.lines().contains("must-alert word"), "{}", alert.lines());
        look_after(&world, &alert).await;
    }
    for text in
        ["No problems at all, nothing bad to say", "Kein einziges Problem, sehr sauber", "Aucun souci, rien à redire"]
    {
        site.leaves(text, 5, text);
        world.nobody_hears(ONE_POLL).await;
    }
}

/// Two houses eleven hours apart, each with a shop that counts its reviews from 1001.
const TWO_HOUSES: &str = r#"
[[location]]
name = "Hotel Alpenblick"
timezone = "Europe/Vienna"

[[location]]
name = "Aloha Inn"
timezone = "Pacific/Honolulu"

[[source]]
name = "Pretendvisor"
kind = "page"
location = "Hotel Alpenblick"
url = "https://pretendvisor.example/hotel"

[[source]]
name = "Shop"
kind = "json"
location = "Hotel Alpenblick"
url = "https://shop.example/api/reviews"
fields = { id = ".id", author = ".author", rating = ".stars", text = ".text", posted_at = ".day", reply = ".reply" }

[[source]]
name = "Aloha shop"
kind = "json"
location = "Aloha Inn"
url = "https://aloha.example/api/reviews"
fields = { id = ".id", author = ".author", rating = ".stars", text = ".text", posted_at = ".day", reply = ".reply" }

[[channel]]
name = "desk"
kind = "webhook"
url = "https://desk.example/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"#;

#[tokio::test(start_paused = true)]
async fn d07_one_id_at_two_houses_is_two_reviews_with_their_answers_and_days() {
    let world = watching(TWO_HOUSES, 0).await;
    for source in ["Shop", "Aloha shop"] {
        let site = world.site(source);
        let guest = site.leaves("Anna", 5, "Fine soap");
        site.dates(guest, "2026-02-20");
        site.owner_answers(guest, "Thank you, Anna");
    }
    world.pass(ONE_POLL).await;
    let rows = stored(&world);
    let of = |source: &str| rows.iter().find(|row| row.source == source).unwrap();
    let (here, there) = (of("Shop"), of("Aloha shop"));
    assert_eq!((&here.external_id, &there.external_id), (&Some("1001".to_owned()), &Some("1001".to_owned())));
    assert_ne!(here.id, there.id);
    assert_eq!(here.content.reply.as_ref().unwrap().text, "Thank you, Anna");
    assert_eq!(there.content.reply.as_ref().unwrap().text, "Thank you, Anna");
    // A bare day is a day at the house: it begins eleven hours later in Honolulu.
    let began = [here, there].map(|row| row.posted_at.unwrap().to_string());
    assert_eq!(began, ["2026-02-20T11:00:00Z", "2026-02-20T22:00:00Z"], "noon there");
}

#[tokio::test(start_paused = true)]
async fn d08_one_deleted_and_one_new_at_the_same_count_is_told() {
    let world = watching(SMALL, 49).await;
    let site = world.site("Pretendvisor");
    let going = site.leaves("Gone", 5, "Soon gone");
    world.nobody_hears(ONE_POLL).await;
    site.guest_deletes(going);
    site.leaves("Anna", 1, "Cold shower");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!(alert.event, "review.negative.created");
    look_after(&world, &alert).await;
}

#[tokio::test(start_paused = true)]
async fn d08_one_deleted_makes_no_old_review_new() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", SMALL);
    let site = world.site("Pretendvisor");
    let guests: Vec<_> =
        (0..50).map(|number| site.leaves(&format!("Guest {number}"), 1, &format!("Awful {number}"))).collect();
    world.start().await;
    world.past_baseline().await;
    site.guest_deletes(guests[20]);
    world.nobody_hears(hours(3)).await;
    assert_eq!((world.counts().reviews, world.counts().cases), (50, 0));
}

#[tokio::test(start_paused = true)]
async fn d08_a_new_review_and_the_edit_of_another_are_both_told() {
    let world = watching(SMALL, 3).await;
    let site = world.site("Pretendvisor");
    let ben = site.leaves("Ben", 5, "All fine");
    world.nobody_hears(ONE_POLL).await;
    site.leaves("Anna", 1, "Cold shower");
    site.guest_edits(ben, 1, "I changed my mind: the bill was wrong");
    let mut events = Vec::new();
    for _ in 0..2 {
        let alert = world.expect_alert("desk").within(ONE_POLL).await;
        look_after(&world, &alert).await;
        events.push(alert.event);
    }
    events.sort();
    assert_eq!(events, ["review.negative.created", "review.negative.updated"]);
}

#[tokio::test(start_paused = true)]
async fn d08_every_page_is_read() {
    let config = HOUSE.replace("items = ", "page_parameter = \"page\"\nitems = ");
    let world = watching(&config, 3).await;
    world.web.on("https://shop.example/api/reviews", |request| {
        let page: usize = request.url.query_pairs().find(|(name, _)| name == "page").map_or(1, |(_, page)| page.parse().unwrap());
        let review = |id: usize| json!({ "id": id, "author": format!("Guest {id}"), "stars": 1, "text": format!("Broken {id}"), "day": "2026-03-01" });
        let reviews: Vec<_> = if page <= 3 { (1..=2).map(|n| review(page * 10 + n)).collect() } else { Vec::new() };
        Ok(answer(request, 200, &[("content-type", "application/json")], json!({ "reviews": reviews }).to_string()))
    });
    for _ in 0..6 {
        let alert = world.expect_alert("desk").within(ONE_POLL).await;
        look_after(&world, &alert).await;
    }
    assert_eq!(world.counts().cases, 6);
}

#[tokio::test(start_paused = true)]
async fn d09_a_house_without_reviews_is_no_fault_and_its_first_review_is_told() {
    let world = World::open(HOUSE).await;
    world.past_baseline().await;
    world.nobody_hears(hours(12)).await;
    assert_eq!((world.source("Pretendvisor").health, world.source("Shop").health), (Health::Ok, Health::Ok));
    for source in ["Pretendvisor", "Shop"] {
        world.site(source).leaves("Anna", 1, "Cold shower");
        let alert = world.expect_alert("desk").within(ONE_POLL).await;
        look_after(&world, &alert).await;
    }
}

#[tokio::test(start_paused = true)]
async fn d09_a_house_that_loses_its_only_review_is_no_fault() {
    let world = watching(HOUSE, 0).await;
    let only = world.site("Pretendvisor").leaves("Ben", 5, "All fine");
    world.nobody_hears(ONE_POLL).await;
    world.site("Pretendvisor").guest_deletes(only);
    world.nobody_hears(hours(5)).await;
    assert_eq!(world.source("Pretendvisor").health, Health::Ok);
}

#[tokio::test(start_paused = true)]
async fn d10_a_new_review_on_top_is_the_new_one() {
    let mut world = World::built("2026-03-02T08:30:00+01:00", SMALL);
    let site = world.site("Pretendvisor");
    for number in 0..10 {
        let guest = site.leaves(&format!("Guest {number}"), 1, &format!("Awful, the {number}th"));
        site.dates(guest, &format!("2026-02-{:02}", 10 + number));
    }
    world.start().await;
    world.past_baseline().await;
    site.leaves("Anna", 2, "The newest of all");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!(alert.body["data"]["review"]["author"], "Anna");
    look_after(&world, &alert).await;
    world.nobody_hears(hours(2)).await;
    assert_eq!((world.counts().reviews, world.counts().cases), (11, 1));
}

#[tokio::test(start_paused = true)]
async fn d11_what_was_posted_and_not_taken_is_not_marked_as_told() {
    let mut world = watching(SMALL, 3).await;
    world.desk_is("desk", Mood::Answers(503, vec![]));
    let anna = world.site("Pretendvisor").leaves("Anna", 1, "Cold shower");
    world.pass(ONE_POLL).await;
    world.restart().await;
    world.desk_is("desk", Mood::Accepts);
    let alert = world.expect_alert("desk").within(minutes(10)).await;
    look_after(&world, &alert).await;
    // An edit that keeps the id is seen.
    world.site("Pretendvisor").guest_edits(anna, 4, "They mended it");
    assert_eq!(world.expect_alert("desk").within(ONE_POLL).await.event, "review.turned_positive");
}

#[tokio::test(start_paused = true)]
async fn d12_five_stars_to_one_and_back_are_two_events_though_the_receiver_was_down() {
    let world = watching(SMALL, 3).await;
    let site = world.site("Pretendvisor");
    let anna = site.leaves("Anna", 5, "Fine");
    world.nobody_hears(ONE_POLL).await;
    world.desk_is("desk", Mood::Unreachable);
    site.guest_edits(anna, 1, "Fine");
    world.pass(ONE_POLL).await;
    site.guest_edits(anna, 5, "Fine");
    world.pass(ONE_POLL).await;
    world.desk_is("desk", Mood::Accepts);
    world.pass(hours(1)).await;
    let mut events: Vec<String> = world.heard_by("desk").into_iter().map(|message| message.event).collect();
    events.sort();
    assert_eq!(events, ["review.negative.updated", "review.turned_positive"]);
    let versions = world.store().read_now(|tx| reviews::versions(tx, world.case(1).row.review_id)).unwrap();
    assert_eq!(versions.len(), 3);
    let raised = |event: &Event| matches!(event, Event::Observed { observation: Observation::Raised { .. }, .. });
    assert_eq!(world.case(1).events.iter().filter(|recorded| raised(&recorded.event)).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn d13_a_failed_notification_is_kept_over_a_restart_and_tried_again() {
    let mut world = watching(SMALL, 3).await;
    world.desk_is("desk", Mood::Answers(500, vec![]));
    world.site("Pretendvisor").leaves("Anna", 1, "Cold shower");
    world.pass(hours(1)).await;
    for _ in 0..3 {
        world.restart().await;
        world.pass(hours(8)).await;
    }
    assert!(world.counts().outbox > 0);
    world.desk_is("desk", Mood::Accepts);
    let first = world.expect_alert("desk").within(minutes(61)).await;
    assert_eq!((first.event.as_str(), first.case()), ("review.negative.created", 1));
    world.pass(hours(1)).await;
    let later: Vec<String> = world.heard_by("desk").into_iter().map(|message| message.event).collect();
    assert!(later.iter().all(|event| event == "case.due"), "{later:?}");
}

#[tokio::test(start_paused = true)]
async fn d14_a_receiver_that_comes_back_gets_one_message_under_one_id() {
    let mut world = watching(SMALL, 3).await;
    let site = world.site("Pretendvisor");
    world.desk_is("desk", Mood::KeepsAndFails(502));
    let anna = site.leaves("Anna", 1, "Cold shower");
    world.pass(minutes(30)).await;
    world.restart().await;
    world.pass(minutes(10)).await;
    world.desk_is("desk", Mood::Accepts);
    world.pass(hours(1)).await;
    let mut came = world.heard_by("desk");
    came.retain(|message| message.event == "review.negative.created");
    assert!(came.len() > 2 && came.iter().all(|message| message.id == came[0].id), "{came:#?}");
    look_after(&world, &came[0]).await;
    world.nobody_hears(hours(2)).await;
    // The same labels once more are a further event, not a continuation.
    site.guest_edits(anna, 5, "Warm now");
    let turned = world.expect_alert("desk").within(ONE_POLL).await;
    site.guest_edits(anna, 1, "Cold again");
    let again = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!((turned.event.as_str(), again.event.as_str()), ("review.turned_positive", "case.relapsed"));
    look_after(&world, &again).await;
    assert_ne!(turned.id, again.id);
}
