//! The heart by itself: looks at a make-believe site, one after another, against a real database.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::*;
use crate::{
    alert::{AddressBook, Alert, Desk as ChannelDesk},
    figures::{self, Facts},
    review::{PostedAt, RawRating, Sighting},
    store::{
        Store, alerts,
        facts::{self, Scope},
        sources::Success,
    },
    work::news::tell_due,
};

/// A site that is looked at every ten minutes, and the house that looks.
pub(super) struct Site {
    _dir: tempfile::TempDir,
    pub(super) store: Store,
    house: House,
    pub(super) now: Timestamp,
    choices: Choices,
}

pub(super) fn said(author: &str, stars: i64, text: &str) -> Sighting {
    Sighting {
        author: Some(author.into()),
        rating: Some(RawRating::new(stars)),
        text: Some(text.into()),
        posted_at: PostedAt::parse("2026-11-01"),
        url: Some("https://site.example/hotel".into()),
        ..Sighting::default()
    }
}

fn own(id: &str, stars: i64) -> Sighting {
    Sighting { id: Some(id.into()), ..said(&format!("Guest {id}"), stars, &format!("Words of {id}")) }
}

impl Site {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.write_now(|tx| sources::ensure(tx, "Pretendvisor", "page", "Alpenblick").map(|_| ())).unwrap();
        let channels = [("desk".to_owned(), ChannelDesk { needs_address: false })].into();
        let house = House { book: AddressBook { channels, ..AddressBook::default() }, ..House::default() };
        let now = "2026-11-10T08:00:00Z".parse().unwrap();
        Site { _dir: dir, store, house, now, choices: Choices { surge_max: 20, open_recent: None } }
    }

    /// A site whose first contact is over.
    fn known(first: Vec<Sighting>) -> Self {
        let mut site = Site::new();
        site.look(first);
        site.alerts();
        site
    }

    fn look(&mut self, sightings: Vec<Sighting>) -> Ingested {
        self.look_covering(sightings, Coverage::Complete)
    }

    fn look_covering(&mut self, sightings: Vec<Sighting>, coverage: Coverage) -> Ingested {
        self.look_at("Pretendvisor", sightings, coverage)
    }

    pub(super) fn look_at(&mut self, source: &str, sightings: Vec<Sighting>, coverage: Coverage) -> Ingested {
        let (batch, house) = (self.batch(source, sightings, coverage), self.house.clone());
        self.store.write_now(move |tx| ingest(tx, &house, batch)).unwrap()
    }

    /// What the next look brings.
    pub(super) fn batch(&mut self, source: &str, sightings: Vec<Sighting>, coverage: Coverage) -> Batch {
        self.now = clock::after(self.now, Duration::from_secs(600));
        let success = Success { memory: "{}".into(), at: self.now, due_at: self.now, count_stated: None };
        let place = self.house.place("Alpenblick");
        Batch::new(source, (sightings, coverage), &place, self.choices, success)
    }

    /// What a report of a location is made of, for a week that ends now.
    pub(super) fn facts(&self, location: &str) -> Facts {
        let (contact_within, calendar, views_per_day) = (Duration::ZERO, None, None);
        let house = figures::House { name: location.to_owned(), contact_within, calendar, views_per_day };
        let week_ends_at = clock::after(self.now, Duration::from_secs(60));
        let scope = Scope { title: "x".into(), zone: TimeZone::UTC, houses: vec![house], week_ends_at };
        self.store.read_now(|tx| facts::gather(tx, scope)).unwrap()
    }

    /// The alerts since the last call, delivered.
    pub(super) fn alerts(&self) -> Vec<Alert> {
        let (now, house) = (clock::after(self.now, Duration::from_secs(300)), self.house.clone());
        self.store.write_now(move |tx| tell_due(tx, &house, now).map(|_| ())).unwrap();
        let due = self.store.read_now(|tx| alerts::due(tx, "desk", now, 1000)).unwrap();
        let ids: Vec<String> = due.iter().map(|pending| pending.id.clone()).collect();
        self.store
            .write_now(move |tx| {
                let done = |number| alerts::Attempt {
                    number,
                    at: now,
                    took: Duration::ZERO,
                    result: alerts::AttemptResult::Delivered,
                };
                ids.iter().try_for_each(|id| alerts::record(tx, id, &done(1)))
            })
            .unwrap();
        due.into_iter().map(|pending| pending.alert).collect()
    }

    pub(super) fn reasons(&self) -> Vec<Reason> {
        self.alerts().into_iter().map(|alert| alert.reason).collect()
    }

    fn health(&self) -> Health {
        self.store.read_now(|tx| sources::by_name(tx, "Pretendvisor")).unwrap().unwrap().health
    }

    fn reviews(&self) -> u64 {
        self.store.read_now(|tx| reviews::count(tx, crate::id::SourceId(1))).unwrap()
    }

    pub(super) fn stage(&self, case: i64) -> Stage {
        self.store.read_now(|tx| Ok(cases::history(tx, CaseId(case))?.stage)).unwrap()
    }
}

#[test]
fn the_first_look_is_a_silent_baseline_with_one_summary() {
    let mut site = Site::new();
    let done = site.look((1..=60).map(|n| own(&n.to_string(), 1)).collect());
    assert_eq!((done.new, done.negative, done.baseline), (60, 0, true));
    let alerts = site.alerts();
    assert_eq!(alerts.iter().map(|alert| alert.reason).collect::<Vec<_>>(), [Reason::Baseline]);
    assert_eq!(alerts[0].headline, "First look at Pretendvisor: 60 reviews");
}

#[test]
fn recent_bad_reviews_open_cases_at_first_contact_if_the_owner_chooses_so() {
    let mut site = Site::new();
    site.choices.open_recent = Some(Duration::from_secs(30 * 24 * 3600));
    let old = Sighting { posted_at: PostedAt::parse("2025-01-01"), ..own("old", 1) };
    site.look(vec![own("new", 1), old, own("good", 5)]);
    assert_eq!(site.reasons(), [Reason::Baseline]);
    assert_eq!(site.stage(1), Stage::New);
    assert!(site.store.read_now(|tx| cases::history(tx, CaseId(2))).is_err());
}

#[test]
fn an_empty_place_is_no_fault_and_its_first_review_ever_counts() {
    let mut site = Site::new();
    site.look(vec![]);
    assert_eq!(site.health(), Health::Ok);
    site.alerts();
    site.look(vec![own("1", 1)]);
    assert_eq!(site.reasons(), [Reason::NewNegative]);
}

#[test]
fn a_new_bad_review_opens_a_case_and_alerts_once() {
    let mut site = Site::known(vec![own("1", 5)]);
    let done = site.look(vec![own("2", 1), own("1", 5)]);
    assert_eq!((done.new, done.negative), (1, 1));
    site.look(vec![own("2", 1), own("1", 5)]);
    let alerts = site.alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!(
        (alerts[0].reason, alerts[0].case, alerts[0].headline.as_str()),
        (Reason::NewNegative, Some(CaseId(1)), "New bad review (1 of 5) at Alpenblick")
    );
}

#[test]
fn a_good_review_is_kept_and_nobody_is_woken() {
    let mut site = Site::known(vec![own("1", 5)]);
    site.look(vec![own("1", 5), own("2", 4)]);
    assert_eq!((site.reviews(), site.reasons()), (2, vec![]));
}

#[test]
fn five_stars_with_bed_bugs_alert() {
    let mut site = Site::known(vec![own("1", 5)]);
    site.look(vec![own("1", 5), said("Ana", 5, "Great view. Bed bugs though.")]);
    let alerts = site.alerts();
    assert_eq!((alerts[0].reason, alerts[0].severity), (Reason::NewNegative, crate::judge::Severity::Urgent));
    assert_eq!(alerts[0].lines[1], "Why: must-alert word “bed bugs” (pests)");
}

#[test]
fn one_star_raised_to_five_is_a_turnaround_not_a_new_review() {
    let mut site = Site::known(vec![own("1", 5)]);
    site.look(vec![own("1", 5), own("2", 1)]);
    site.alerts();
    let done = site.look(vec![own("1", 5), own("2", 5)]);
    assert_eq!((done.new, done.changed, done.turned), (0, 1, 1));
    assert_eq!((site.reasons(), site.stage(1)), (vec![Reason::TurnedAround], Stage::TurnedAround));
}

#[test]
fn five_to_one_to_five_gives_two_events_and_a_relapse_reopens() {
    let mut site = Site::known(vec![own("1", 5)]);
    site.look(vec![own("1", 1)]);
    site.look(vec![own("1", 5)]);
    site.look(vec![own("1", 1)]);
    assert_eq!(site.reasons(), [Reason::BecameNegative, Reason::TurnedAround, Reason::Relapsed]);
    assert_eq!(site.stage(1), Stage::New);
    let versions = site.store.read_now(|tx| reviews::versions(tx, ReviewId(1))).unwrap();
    let stars: Vec<Value> = versions.iter().map(|v| v.content.rating.as_ref().unwrap().stars.clone()).collect();
    assert_eq!(stars, [5, 1, 5, 1].map(Value::from));
}

#[test]
fn a_raise_that_stays_bad_leaves_the_case_open() {
    let mut site = Site::known(vec![own("1", 5)]);
    site.look(vec![own("1", 5), own("2", 1)]);
    site.look(vec![own("1", 5), own("2", 2)]);
    assert_eq!((site.reasons(), site.stage(1)), (vec![Reason::NewNegative], Stage::New));
}

#[test]
fn a_review_that_gains_its_first_bad_words_by_edit_is_told() {
    let mut site = Site::known(vec![own("1", 5)]);
    site.look(vec![Sighting { text: Some("We found cockroaches on the second day".into()), ..own("1", 5) }]);
    assert_eq!(site.reasons(), [Reason::BecameNegative]);
}

#[test]
fn a_review_that_shows_up_late_with_an_old_date_is_new() {
    let mut site = Site::known(vec![own("1", 5)]);
    let late = Sighting { posted_at: PostedAt::parse("2024-05-01"), ..own("2", 1) };
    site.look(vec![own("1", 5), late]);
    assert_eq!(site.reasons(), [Reason::NewNegative]);
}

#[test]
fn one_gone_and_one_new_at_the_same_count_is_seen() {
    let mut site = Site::known(vec![own("1", 5), own("2", 5), own("3", 5)]);
    let done = site.look(vec![own("9", 1), own("1", 5), own("2", 5)]);
    assert_eq!((done.new, done.negative), (1, 1));
    assert_eq!(site.reasons(), [Reason::NewNegative]);
}

#[test]
fn one_gone_makes_nothing_new() {
    let mut site = Site::known((1..=50).map(|n| own(&n.to_string(), 1)).collect());
    let done = site.look((2..=50).map(|n| own(&n.to_string(), 1)).collect());
    assert_eq!((done.new, site.reasons()), (0, vec![]));
}

#[test]
fn a_review_in_an_open_case_is_gone_after_three_complete_looks_and_its_return_is_seen() {
    let page = |with: bool| {
        let mut page: Vec<Sighting> = (1..=9).map(|n| own(&n.to_string(), 5)).collect();
        if with {
            page.push(own("bad", 1));
        }
        page
    };
    let mut site = Site::known(page(false));
    site.look(page(true));
    site.look(page(false));
    site.look(page(false));
    assert_eq!((site.reasons(), site.stage(1)), (vec![Reason::NewNegative], Stage::New));
    let done = site.look(page(false));
    assert_eq!((done.gone, site.reasons(), site.stage(1)), (1, vec![Reason::Vanished], Stage::Withdrawn));
    site.look(page(true));
    assert_eq!((site.reasons(), site.stage(1)), (vec![Reason::Returned], Stage::New));
}

#[test]
fn nothing_where_much_was_is_a_fault_of_the_source_said_once() {
    let page = || (1..=37).map(|n| own(&n.to_string(), 1)).collect::<Vec<_>>();
    let mut site = Site::known(page());
    let done = site.look(vec![]);
    assert_eq!(done.odd.as_deref(), Some("no review was found where there had been 37; nothing was taken for deleted"));
    site.look(vec![]);
    assert_eq!((site.health(), site.reasons()), (Health::LayoutChanged, vec![Reason::SourceTrouble]));
    site.look(page());
    assert_eq!((site.health(), site.reasons(), site.reviews()), (Health::Ok, vec![Reason::SourceHealed], 37));
}

#[test]
fn a_mass_disappearance_is_told_once_and_touches_no_case() {
    let page = |upto: i64| (1..=upto).map(|n| own(&n.to_string(), 5)).collect::<Vec<_>>();
    let mut site = Site::known(page(40));
    let mut with_bad = page(40);
    with_bad.push(own("bad", 1));
    site.look(with_bad);
    site.alerts();
    for _ in 0..5 {
        site.look(page(10));
    }
    assert_eq!(
        (site.reasons(), site.stage(1), site.health()),
        (vec![Reason::SourceAnomaly], Stage::New, Health::Anomaly)
    );
}

#[test]
fn a_mass_appearance_is_stored_and_told_once_without_cases() {
    let page = |upto: i64| (1..=upto).map(|n| own(&n.to_string(), 1)).collect::<Vec<_>>();
    let mut site = Site::known(page(1));
    let done = site.look(page(50));
    assert_eq!((done.new, done.negative, site.reviews()), (49, 0, 50));
    assert_eq!(site.reasons(), [Reason::SourceAnomaly]);
    site.look(page(50));
    assert_eq!(site.reasons(), [Reason::SourceHealed]);
}

fn at_hour(hour: i64, id: &str) -> Sighting {
    let at = "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_hours(hour);
    Sighting { posted_at: Some(PostedAt::exact(at)), ..own(id, 5) }
}

#[test]
fn newest_reviews_that_join_on_to_nothing_known_are_a_gap_told_once_and_shown_for_a_day() {
    let mut site = Site::new();
    site.look_covering((1..=10).map(|n| at_hour(n, &n.to_string())).collect(), Coverage::Newest);
    site.alerts();
    let page = |from: i64| (from..from + 10).map(|n| at_hour(n + 400, &n.to_string())).collect::<Vec<_>>();
    site.now = "2026-11-19T00:00:00Z".parse().unwrap();
    let joined = site.look_covering([vec![at_hour(10, "10")], page(20)].concat(), Coverage::Newest);
    assert_eq!(
        (joined.new, site.health(), site.reasons()),
        (10, Health::Ok, vec![]),
        "the window reaches what was known"
    );

    site.now = "2026-11-20T00:00:00Z".parse().unwrap();
    let apart = (50..55).map(|n| at_hour(n + 390, &n.to_string())).collect::<Vec<_>>();
    site.look_covering(apart.clone(), Coverage::Newest);
    let alerts = site.alerts();
    assert_eq!(alerts.iter().map(|alert| alert.reason).collect::<Vec<_>>(), [Reason::SourceAnomaly]);
    assert_eq!(alerts[0].headline, "Pretendvisor may have shown reviews that amends missed");
    assert!(
        alerts[0].lines[0].contains("missed between 19 November 2026 00:10 and 19 November 2026 08:00"),
        "{:?}",
        alerts[0].lines
    );
    site.look_covering(apart.clone(), Coverage::Newest);
    assert_eq!((site.health(), site.reasons()), (Health::Gap, vec![]));
    site.now = clock::after(site.now, Duration::from_secs(24 * 3600));
    site.look_covering(apart, Coverage::Newest);
    assert_eq!((site.health(), site.reasons()), (Health::Ok, vec![Reason::SourceHealed]));
}

#[test]
fn a_place_that_fell_silent_against_its_rhythm_is_stale_until_somebody_speaks() {
    let mut site = Site::new();
    let mut page: Vec<Sighting> = (0..30).map(|n| at_hour(n * 8 - 100, &n.to_string())).collect();
    site.look(page.clone());
    site.alerts();
    site.now = "2026-11-30T00:00:00Z".parse().unwrap();
    site.look(page.clone());
    assert_eq!((site.health(), site.reasons()), (Health::Ok, vec![]));
    site.now = "2026-12-02T00:00:00Z".parse().unwrap();
    site.look(page.clone());
    site.look_covering(vec![], Coverage::Unchanged);
    assert_eq!((site.health(), site.reasons()), (Health::Stale, vec![Reason::SourceAnomaly]));
    page.push(at_hour(24 * 31, "new"));
    site.look(page);
    assert_eq!((site.health(), site.reasons()), (Health::Ok, vec![Reason::SourceHealed]));
}

#[test]
fn an_answer_of_the_house_is_seen_and_moves_nothing() {
    let mut site = Site::known(vec![own("1", 5)]);
    site.look(vec![own("1", 5), own("2", 1)]);
    site.alerts();
    let reply = crate::review::Reply { text: "We are sorry".into(), at: None };
    site.look(vec![own("1", 5), Sighting { reply: Some(reply), ..own("2", 1) }]);
    assert_eq!((site.reasons(), site.stage(1)), (vec![], Stage::New));
    let events = site.store.read_now(|tx| cases::events(tx, CaseId(1))).unwrap();
    assert!(matches!(
        &events[1].event,
        Event::Observed { observation: Observation::Answered, gist: Gist::Neutral, .. }
    ));
}

#[test]
fn rejected_sightings_are_kept_with_their_reason_and_the_rest_goes_on() {
    let mut site = Site::known(vec![own("1", 5)]);
    let empty = Sighting { author: Some("Ana".into()), ..Sighting::default() };
    let done = site.look(vec![own("1", 5), empty, own("2", 1)]);
    assert_eq!((done.rejected, done.negative), (1, 1));
}

#[test]
fn what_cannot_be_judged_is_kept_unrated_and_alerts_only_if_wished() {
    let words = |n: &str| Sighting { rating: None, text: Some("12:30".into()), title: None, ..own(n, 1) };
    let mut site = Site::known(vec![own("1", 5)]);
    site.look_covering(vec![words("2")], Coverage::Some);
    assert_eq!((site.reasons(), site.reviews()), (vec![], 2));
    site.house.unrated = Unrated::Alert;
    site.look_covering(vec![words("3")], Coverage::Some);
    assert_eq!(site.reasons(), [Reason::Unrated]);
}

#[test]
fn a_forgotten_guest_comes_back_as_a_rating_only() {
    let mut site = Site::known(vec![own("1", 5), own("2", 2)]);
    let now = site.now;
    site.store
        .write_now(move |tx| {
            crate::store::erase::erase(tx, &[ReviewId(2)], crate::store::erase::Why::Request, now).map(|_| ())
        })
        .unwrap();
    site.look(vec![own("1", 5), own("2", 4)]);
    let row = site.store.read_now(|tx| reviews::get(tx, ReviewId(2))).unwrap();
    assert_eq!((row.author, row.content.text, row.content.rating.unwrap().value), (None, None, 0.75));
    assert_eq!((site.reviews(), site.reasons()), (2, vec![]), "it is known again and told no second time");
}

#[test]
fn the_same_page_read_again_after_restarts_stays_one_review_and_one_alert() {
    let mut site = Site::known(vec![own("1", 5)]);
    for _ in 0..3 {
        site.look(vec![own("1", 5), said("Ana", 1, "Cold")]);
        let dir = site.store.path().parent().unwrap().to_owned();
        site.store = Store::open(&dir).unwrap();
    }
    assert_eq!((site.reviews(), site.reasons()), (2, vec![Reason::NewNegative]));
}

#[test]
fn an_import_alerts_nobody_and_leaves_the_first_contact_to_come() {
    let mut site = Site::new();
    let success = Success { memory: String::new(), at: site.now, due_at: site.now, count_stated: None };
    let rows = (1..=30).map(|n| own(&n.to_string(), 1)).collect();
    let place = site.house.place("Alpenblick");
    let batch = Batch::new("Pretendvisor", (rows, Coverage::Some), &place, site.choices, success).imported();
    let house = site.house.clone();
    let done = site.store.write_now(move |tx| ingest(tx, &house, batch)).unwrap();
    assert_eq!((done.new, site.reasons()), (30, vec![]));
    let first = site.look((1..=31).map(|n| own(&n.to_string(), 1)).collect());
    assert_eq!((first.new, first.baseline, site.reasons()), (1, true, vec![Reason::Baseline]));
}

/// However much waits or is praised elsewhere: a report of one location shows its own.
#[test]
fn what_a_report_shows_of_a_location_is_not_crowded_out_by_others() {
    let mut site = Site::new();
    site.store.write_now(|tx| sources::ensure(tx, "Elsewhere", "feed", "Seehof").map(|_| ())).unwrap();
    for source in ["Pretendvisor", "Elsewhere"] {
        site.look_at(source, vec![], Coverage::Some);
    }
    site.choices.surge_max = 1_000;
    let unrated = |n: usize| Sighting { rating: None, text: Some("ᚠ".repeat(n + 1)), ..own(&format!("u{n}"), 1) };
    let praised = |n: usize| Sighting { text: Some("A wonderful week. ".repeat(9)), ..own(&format!("p{n}"), 5) };
    site.look_at("Elsewhere", (0..60).map(unrated).chain((0..30).map(praised)).collect(), Coverage::Some);
    let glyphs = Sighting { rating: None, text: Some("ᚠᚢᚦ".into()), ..own("mine", 1) };
    let kind = Sighting { text: Some("Lovely".into()), ..own("kind", 5) };
    site.look_at("Pretendvisor", vec![glyphs, kind], Coverage::Some);
    let facts = site.facts("Alpenblick");
    assert_eq!(facts.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["Pretendvisor"]);
    assert_eq!(facts.unrated.iter().map(|one| one.excerpt.as_deref()).collect::<Vec<_>>(), [Some("ᚠᚢᚦ")]);
    assert_eq!(facts.praise.unwrap().excerpt.as_deref(), Some("Lovely"));
    assert_eq!(facts.days.iter().map(|day| (day.seen, day.positive, day.unrated)).collect::<Vec<_>>(), [(2, 1, 1)]);
    let elsewhere = site.facts("Seehof");
    assert!(elsewhere.unrated.len() <= 50 && elsewhere.days[0].seen == 90, "{:?}", elsewhere.days);
}

#[test]
fn an_empty_feed_where_there_was_much_is_a_fault_too() {
    let mut site = Site::known((1..=5).map(|n| own(&n.to_string(), 5)).collect());
    site.look_covering(vec![], Coverage::Some);
    assert_eq!((site.health(), site.reasons()), (Health::LayoutChanged, vec![Reason::SourceTrouble]));
}
