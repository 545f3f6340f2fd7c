//! The same guest on several sites: one case, the evidence for it, one undo, and no turnaround while a complaint still stands.

use std::time::Duration;

use super::tests::{Site, said};
use crate::{
    alert::Reason,
    case::{Event, Observation, Stage, Step},
    clock,
    id::{CaseId, ReviewId},
    review::{Coverage, Kin, Sighting},
    store::{StoreError, cases, erase, reviews, sources, voices},
};

const COLD: &str = "The shower stayed cold for all three mornings, and nobody at the desk wanted to know of it.";
const LOUD: &str = "Terrible. Dirty room, rude staff, and the music from the bar went on until three.";

/// Two sites and a mailbox of one hotel, all known; nothing was told yet.
fn town() -> Site {
    let mut town = Site::new();
    let all = [
        ("Pretendvisor", "page", "Alpenblick"),
        ("Hearsay", "feed", "Alpenblick"),
        ("Inbox", "imap", "Alpenblick"),
        ("Seehof site", "feed", "Seehof"),
    ];
    town.store
        .write_now(move |tx| {
            all.iter().try_for_each(|(name, kind, at)| sources::ensure(tx, name, kind, at).map(|_| ()))
        })
        .unwrap();
    for (name, ..) in all {
        town.look_at(name, Vec::new(), Coverage::Some);
    }
    town.alerts();
    town
}

/// What a site shows from now on; a mail is private.
fn shows(town: &mut Site, source: &str, sighting: &Sighting) {
    let private = source == "Inbox";
    town.look_at(source, vec![Sighting { private, ..sighting.clone() }], Coverage::Some);
}

fn joined(town: &Site, case: i64) -> Vec<(i64, Kin)> {
    let voices = town.store.read_now(|tx| voices::of_case(tx, CaseId(case))).unwrap();
    voices.into_iter().map(|voice| (voice.review.id.0, voice.kin)).collect()
}

fn cases_open(town: &Site) -> usize {
    town.store.read_now(|tx| Ok(cases::list(tx, cases::Which::Open)?.len())).unwrap()
}

fn by(author: &str, id: &str, stars: i64, text: &str) -> Sighting {
    Sighting { author_id: Some(id.into()), ..said(author, stars, text) }
}

#[test]
fn a_syndicated_copy_is_one_case_told_once_and_counted_once() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &said("Ana", 1, COLD));
    assert_eq!(town.reasons(), [Reason::NewNegative]);
    shows(&mut town, "Hearsay", &said("Ana K., family", 1, &COLD.to_uppercase()));
    assert_eq!((town.reasons(), cases_open(&town)), (vec![], 1));
    assert_eq!(joined(&town, 1), [(2, Kin::SameWords)]);
    let facts = town.facts("Alpenblick");
    assert_eq!(facts.days.iter().map(|day| (day.seen, day.negative)).collect::<Vec<_>>(), [(1, 1)]);
}

#[test]
fn the_same_words_under_another_name_are_told() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &said("Ana", 1, COLD));
    shows(&mut town, "Hearsay", &said("Ben", 1, COLD));
    assert_eq!((town.reasons(), cases_open(&town)), (vec![Reason::NewNegative, Reason::NewNegative], 2));
}

#[test]
fn a_case_turns_around_when_the_last_copy_is_seen_good() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &said("Ana", 1, COLD));
    shows(&mut town, "Hearsay", &said("Ana", 1, COLD));
    town.alerts();
    shows(&mut town, "Pretendvisor", &said("Ana", 5, COLD));
    let told = town.alerts();
    assert_eq!((told[0].reason, town.stage(1)), (Reason::Improved, Stage::New));
    assert!(told[0].headline.contains("still bad elsewhere"), "{}", told[0].headline);
    assert!(told[0].lines[0].contains("Hearsay"), "{:?}", told[0].lines);
    shows(&mut town, "Hearsay", &said("Ana", 5, COLD));
    assert_eq!((town.reasons(), town.stage(1)), (vec![Reason::TurnedAround], Stage::TurnedAround));
    let events = town.store.read_now(|tx| cases::events(tx, CaseId(1))).unwrap();
    let raised: Vec<Option<ReviewId>> = events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::Observed { voice, observation: Observation::Raised { .. }, .. } => Some(*voice),
            _ => None,
        })
        .collect();
    assert_eq!(raised, [None, Some(ReviewId(2))]);
}

#[test]
fn the_guest_who_wrote_a_mail_and_a_review_has_one_case_which_the_review_can_turn() {
    let mut town = town();
    shows(&mut town, "Inbox", &by("Anna Kern", "anna@guest.example", 1, LOUD));
    shows(&mut town, "Hearsay", &said("Anna Kern", 1, COLD));
    let told = town.alerts();
    assert_eq!(
        told.iter().map(|alert| (alert.reason, alert.case)).collect::<Vec<_>>(),
        [(Reason::NewNegative, Some(CaseId(1))), (Reason::NewNegative, Some(CaseId(1)))]
    );
    assert!(told[1].lines[0].contains("By the guest of case 1") && told[1].lines[0].contains("cases part 2"));
    assert_eq!((joined(&town, 1), cases_open(&town)), (vec![(2, Kin::SameName)], 1));
    shows(&mut town, "Hearsay", &said("Anna Kern", 5, "They put it right, and how!"));
    assert_eq!((town.reasons(), town.stage(1)), (vec![Reason::TurnedAround], Stage::TurnedAround));
}

#[test]
fn the_same_address_is_the_same_guest_and_another_house_is_another_matter() {
    let mut town = town();
    shows(&mut town, "Inbox", &by("Ana", "ana@guest.example", 1, COLD));
    shows(&mut town, "Hearsay", &by("Annie", "ANA@guest.example", 2, LOUD));
    shows(&mut town, "Seehof site", &by("Ana", "ana@guest.example", 1, COLD));
    assert_eq!((joined(&town, 1), cases_open(&town)), (vec![(2, Kin::SameAddress)], 2));
}

#[test]
fn who_complains_twice_in_one_place_has_one_case() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &by("Ana", "u1", 1, COLD));
    let twice = Sighting { item: Some("Spa".into()), ..by("Ana", "u1", 1, LOUD) };
    town.look_at("Pretendvisor", vec![by("Ana", "u1", 1, COLD), twice], Coverage::Some);
    assert_eq!((joined(&town, 1), cases_open(&town)), (vec![(2, Kin::SameAccount)], 1));
    assert_eq!(town.reasons(), [Reason::NewNegative, Reason::NewNegative]);
}

#[test]
fn one_name_is_one_guest_for_thirty_days_and_a_first_name_never() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &said("Anna Kern", 1, COLD));
    shows(&mut town, "Pretendvisor", &said("Ben", 1, "The lift was out of order and dirty."));
    shows(&mut town, "Hearsay", &said("Ben", 1, LOUD));
    assert_eq!(cases_open(&town), 3);
    town.now = clock::after(town.now, Duration::from_secs(31 * 86_400));
    shows(&mut town, "Hearsay", &said("Anna Kern", 1, LOUD));
    assert_eq!(cases_open(&town), 4);
}

#[test]
fn traces_are_forgotten_when_their_time_is_over() {
    let mut town = town();
    shows(&mut town, "Inbox", &by("Ana", "ana@guest.example", 1, COLD));
    town.now = clock::after(town.now, Duration::from_secs(60 * 86_400));
    shows(&mut town, "Pretendvisor", &by("Ben", "ben@guest.example", 1, "The lift was out of order and dirty."));
    town.now = clock::after(town.now, Duration::from_secs(60 * 86_400));
    let cutoff = clock::before(town.now, super::TRACES_KEPT);
    town.store.write_now(move |tx| voices::forget_traces(tx, cutoff)).unwrap();
    shows(&mut town, "Hearsay", &by("Ana", "ana@guest.example", 1, LOUD));
    assert_eq!((cases_open(&town), joined(&town, 1)), (3, vec![]));
    shows(&mut town, "Hearsay", &by("Ben", "ben@guest.example", 1, "Rude staff, terrible bed."));
    assert_eq!((cases_open(&town), joined(&town, 2)), (3, vec![(4, Kin::SameAddress)]));
}

#[test]
fn a_link_is_undone_by_one_step_and_then_each_has_its_own_case() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &said("Anna Kern", 1, COLD));
    shows(&mut town, "Hearsay", &said("Anna Kern", 1, LOUD));
    assert_eq!(cases_open(&town), 1);
    let now = town.now;
    let own = town.store.write_now(move |tx| voices::part(tx, ReviewId(2), ("mia", now))).unwrap();
    assert_eq!((own, joined(&town, 1), cases_open(&town)), (Some(CaseId(2)), vec![], 2));
    town.alerts();
    shows(&mut town, "Pretendvisor", &said("Anna Kern", 5, COLD));
    assert_eq!((town.stage(1), town.stage(2)), (Stage::TurnedAround, Stage::New));
    let again = town.store.write_now(move |tx| voices::part(tx, ReviewId(2), ("mia", now)));
    assert!(matches!(again, Err(StoreError::Unfit(_))), "{again:?}");
}

#[test]
fn a_person_joins_two_cases_and_takes_it_back() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &said("Ana", 1, COLD));
    shows(&mut town, "Hearsay", &said("Anja", 1, LOUD));
    shows(&mut town, "Seehof site", &said("Ana", 1, COLD));
    let now = town.now;
    let hand = |case, review| {
        town.store.write_now(move |tx| voices::join_by_hand(tx, CaseId(case), ReviewId(review), ("mia", now)))
    };
    hand(1, 2).unwrap();
    assert_eq!((joined(&town, 1), town.stage(2)), (vec![(2, Kin::Told)], Stage::Dismissed));
    for (case, review) in [(1, 1), (1, 2), (1, 3)] {
        assert!(matches!(hand(case, review), Err(StoreError::Unfit(_))), "{case} {review}");
    }
    assert!(matches!(hand(9, 2), Err(StoreError::Missing(_))));
    let events = town.store.read_now(|tx| cases::events(tx, CaseId(1))).unwrap();
    assert!(matches!(&events.last().unwrap().event, Event::Step { step: Step::Join { review: ReviewId(2) }, .. }));
    let case_of = |review| town.store.read_now(move |tx| Ok(reviews::get(tx, ReviewId(review))?.case)).unwrap();
    assert_eq!(case_of(2), Some(CaseId(1)));
    town.store.write_now(move |tx| voices::part(tx, ReviewId(2), ("mia", now))).unwrap();
    assert_eq!((case_of(2), town.stage(2)), (Some(CaseId(2)), Stage::New));
}

#[test]
fn a_copy_of_what_was_dismissed_is_not_told_and_one_of_what_is_over_is() {
    let mut town = town();
    shows(&mut town, "Pretendvisor", &said("Ana", 1, COLD));
    town.alerts();
    let now = town.now;
    let close = Step::Close { outcome: crate::case::CloseAs::Dismissed, note: None };
    let rule = crate::terms::AskRule::OwnerDecides;
    town.store.write_now(move |tx| cases::record(tx, CaseId(1), ("mia", close), rule, now)).unwrap();
    shows(&mut town, "Hearsay", &said("Ana", 1, COLD));
    assert_eq!((town.reasons(), cases_open(&town)), (vec![], 0));

    shows(&mut town, "Pretendvisor", &said("Ben", 1, LOUD));
    shows(&mut town, "Pretendvisor", &said("Ben", 5, LOUD));
    town.alerts();
    shows(&mut town, "Hearsay", &said("Ben", 1, LOUD));
    assert_eq!((town.reasons(), cases_open(&town)), (vec![Reason::NewNegative], 1));
}

#[test]
fn what_is_erased_leaves_no_trace_and_a_guest_is_erased_everywhere() {
    let mut town = town();
    shows(&mut town, "Inbox", &by("Ana", "ana@guest.example", 1, COLD));
    shows(&mut town, "Hearsay", &by("Annie", "ana@guest.example", 1, LOUD));
    let whom = erase::Whom::Review(ReviewId(2));
    let found = town.store.read_now(|tx| erase::find(tx, &whom)).unwrap();
    assert_eq!(found, [ReviewId(1), ReviewId(2)]);
    let now = town.now;
    town.store.write_now(move |tx| erase::erase(tx, &found, erase::Why::Request, now)).unwrap();
    shows(&mut town, "Pretendvisor", &by("Ana", "ana@guest.example", 1, COLD));
    assert_eq!((joined(&town, 1), cases_open(&town)), (vec![(2, Kin::SameAddress)], 2));
}
