//! Bad input and bad machines: what a site, a disk, another program or the owner can do wrong, and what is said about it.
//!
//! Each fault has a name that the owner sees, leaves the other sources alone, stores nothing half, and heals by itself.

mod program;
mod storage;

use std::time::Duration;

use amends::{
    http::{BODY_BYTES_MAX, HttpError},
    judge::Sense,
    store::{reviews, sources::Health},
};

use crate::world::{HOUSE, Site, World, hours, minutes};

const ONE_POLL: Duration = minutes(17);

async fn watching(praise: usize) -> World {
    let mut world = World::built("2026-03-02T08:30:00+01:00", HOUSE);
    world.site("Pretendvisor").has_praise(praise);
    world.site("Shop").has_praise(praise);
    world.start().await;
    world.past_baseline().await;
    world
}

/// Breaks one source: it must be in that state within three looks, lose nothing, heal, and meanwhile not trouble the other.
async fn check(source: &str, expected: Health, fault: impl Fn(&Site)) {
    let world = watching(12).await;
    let (site, other) = match source {
        "Shop" => (world.site("Shop"), world.site("Pretendvisor")),
        _ => (world.site("Pretendvisor"), world.site("Shop")),
    };
    let memory = world.source(source).memory;
    fault(&site);
    world.pass(ONE_POLL).await;
    let row = world.source(source);
    assert_eq!((row.health, row.failures > 0), (expected, true), "{source}: {}", row.evidence);
    assert!(!row.evidence.is_empty());
    assert_eq!((world.counts().reviews, &row.memory), (24, &memory), "nothing of it is stored");
    site.leaves("Anna", 1, "Cold shower");
    other.leaves("Ben", 2, "Broken lamp");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!(alert.body["data"]["review"]["author"], "Ben", "the other source goes on");
    world.pass(hours(2)).await;
    site.site_is_well();
    world.pass(hours(1) + ONE_POLL).await;
    assert_eq!(world.source(source).health, Health::Ok);
    let told: Vec<String> = world
        .heard_by("desk")
        .into_iter()
        .filter(|m| m.event == "review.negative.created")
        .map(|m| m.body["data"]["review"]["author"].to_string())
        .collect();
    assert_eq!(told, ["\"Anna\""], "what came meanwhile is told once it is seen");
    world.hear_all();
}

#[tokio::test(start_paused = true)]
async fn a_page_against_robots_is_named_blocked() {
    check("Pretendvisor", Health::Blocked, Site::site_shows_captcha).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_against_robots_where_json_should_be_is_named_blocked() {
    check("Shop", Health::Blocked, Site::site_shows_captcha).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_where_json_should_be_is_a_changed_layout() {
    check("Shop", Health::LayoutChanged, |site| {
        site.site_shows(
            "text/html",
            "<!doctype html><html><body><h1>We have moved</h1><p>Our shop looks different now.</p></body></html>",
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn json_that_breaks_off_is_a_changed_layout_and_no_review_of_it_counts() {
    check("Shop", Health::LayoutChanged, |site| {
        let body = site.body();
        site.site_shows("application/json", body[..body.len() / 2].to_vec());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_breaks_off_before_its_reviews_is_a_changed_layout() {
    check("Pretendvisor", Health::LayoutChanged, |site| {
        let body = site.body();
        site.site_shows("text/html", body[..body.len() / 2].to_vec());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_a_changed_layout() {
    check("Pretendvisor", Health::LayoutChanged, |site| site.site_shows("text/html", "")).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_large_is_a_changed_layout() {
    check("Pretendvisor", Health::LayoutChanged, |site| site.site_fails(HttpError::TooLarge(BODY_BYTES_MAX))).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_on_the_wire_is_unreachable() {
    check("Shop", Health::Unreachable, |site| site.site_fails(HttpError::Damaged("it broke off".to_owned()))).await;
}

#[tokio::test(start_paused = true)]
async fn a_site_that_hangs_is_unreachable() {
    check("Pretendvisor", Health::Unreachable, |site| site.site_fails(HttpError::TimedOut(Duration::from_secs(30))))
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_server_is_unreachable() {
    for status in [500, 502, 503, 504] {
        check("Shop", Health::Unreachable, |site| site.site_answers(status)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_says_too_many_is_over_its_quota() {
    check("Pretendvisor", Health::OverQuota, |site| site.site_answers(429)).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_is_named_so() {
    for status in [401, 403, 404, 410] {
        check("Shop", Health::Refused, |site| site.site_answers(status)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn redirects_in_a_circle_are_unreachable() {
    check("Pretendvisor", Health::Unreachable, |site| {
        site.site_answers_with(302, &[("location", "https://pretendvisor.example/hotel")]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_site_that_asks_for_patience_is_not_asked_within_it() {
    for wait in ["7200", "Mon, 02 Mar 2026 10:00:00 GMT"] {
        let world = watching(3).await;
        let site = world.site("Pretendvisor");
        site.site_answers_with(429, &[("retry-after", wait)]);
        world.pass(ONE_POLL).await;
        let asked = world.asked("https://pretendvisor.example/hotel");
        world.nobody_hears(minutes(100) - ONE_POLL).await;
        assert_eq!(world.asked("https://pretendvisor.example/hotel"), asked, "requests within the wait of `{wait}`");
        site.site_is_well();
        world.pass(hours(1)).await;
        assert!(world.asked("https://pretendvisor.example/hotel") > asked, "it is asked again after the wait");
        assert_eq!(world.source("Pretendvisor").health, Health::Ok);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_in_another_encoding_keeps_its_letters() {
    let world = watching(3).await;
    let site = world.site("Pretendvisor");
    site.leaves("Jörg Müller", 2, "Zimmer zu kühl, Frühstück dürftig");
    let latin: Vec<u8> =
        String::from_utf8(site.body()).unwrap().chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    site.site_shows("text/html; charset=windows-1252", latin);
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    let review = &alert.body["data"]["review"];
    assert_eq!(
        (&review["author"], &review["text"]),
        (&"Jörg Müller".into(), &"Zimmer zu kühl, Frühstück dürftig".into())
    );
    // The same page in UTF-8 is the same review.
    site.site_is_well();
    world.nobody_hears(ONE_POLL).await;
    assert_eq!(world.counts().reviews, 7);
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
}

#[tokio::test(start_paused = true)]
async fn odd_dates_and_ratings_open_no_wrong_case() {
    let world = watching(3).await;
    let site = world.site("Pretendvisor");
    site.leaves("Zero", 0, "A quiet stay by the lake, thank you");
    site.leaves("Nine", 9, "Nine of five, they said");
    site.leaves("Far", 900, "A lovely stay by the lake, thank you");
    let future = site.leaves("Future", 1, "From a time to come");
    site.dates(future, "2031-01-01");
    let alert = world.expect_alert("desk").within(ONE_POLL).await;
    assert_eq!(alert.body["data"]["review"]["author"], "Future");
    let filter = reviews::Filter { limit: 100, ..reviews::Filter::default() };
    let rows = world.store().read_now(|tx| reviews::list(tx, &filter)).unwrap();
    let of = |author: &str| rows.iter().find(|row| row.author.as_deref() == Some(author)).unwrap();
    assert_eq!((&of("Zero").content.rating, &of("Far").content.rating), (&None, &None));
    assert_eq!(
        (of("Zero").verdict.sense, of("Far").verdict.sense),
        (Sense::Positive, Sense::Positive),
        "by their words"
    );
    assert!(
        of("Nine").content.rating.as_ref().unwrap().inferred,
        "a scale that does not fit is distrusted, and that is kept"
    );
    assert!(of("Future").posted_at.unwrap() <= of("Future").first_seen_at, "posted before it was seen");
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
    world.nobody_hears(hours(2)).await;
}

#[tokio::test(start_paused = true)]
async fn one_id_twice_on_one_page_is_stable() {
    let world = watching(3).await;
    let shop = world.site("Shop");
    shop.site_shows(
        "application/json",
        r#"{"reviews":[{"id":"a","author":"Anna","stars":1,"text":"Cold"},{"id":"a","author":"Anna","stars":1,"text":"Cold"},
            {"id":"b","author":"Ben","stars":1,"text":"Loud"},{"id":"b","author":"Bea","stars":2,"text":"Dark and damp"}]}"#,
    );
    world.pass(ONE_POLL).await;
    let told = world.heard_by("desk").len();
    assert_eq!((told, world.counts().reviews), (3, 9), "a copy counts once, two voices under one id are both kept");
    for case in 1..=3 {
        world.staff("Maria").takes(case).await;
        world.staff("Maria").contacts(case).await;
    }
    world.hear_all();
    world.nobody_hears(hours(3)).await;
}
