//! Figures of invented weeks, with literal expected values.

use std::time::Duration;

use super::{sample::*, *};
use crate::case::{CloseAs, Gist, Step};

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn figures_at(cases: Vec<CaseFacts>, week: &str, now: &str) -> Figures {
    let facts = Facts { cases, ..facts() };
    let tracks: Vec<Track<'_>> = facts.cases.iter().map(Track::follow).collect();
    Figures::of(&facts, &tracks, &Period::week(&facts, week.parse().unwrap(), at(now)))
}

fn figures(cases: Vec<CaseFacts>, week: &str) -> Figures {
    figures_at(cases, week, "2026-12-31 12:00")
}

#[test]
fn a_location_without_cases_has_empty_figures_and_no_typical_times() {
    let figures = figures(vec![], "2026-W47");
    assert_eq!((figures.seen, figures.open, figures.turned, figures.oldest), (0, 0, 0, None));
    assert_eq!(figures.contact.median, Quantile::NoCases);
    assert_eq!(figures.promise, Share { part: 0, whole: 0 });
}

#[test]
fn the_clock_of_a_turn_runs_from_posting_to_the_first_positive_sight() {
    let figures = figures(vec![case(1, "2026-11-10 08:00").seen("2026-11-16 08:00", 5.0)], "2026-W47");
    assert_eq!((figures.turned, figures.open), (1, 0));
    assert_eq!(figures.turnaround.median, Quantile::At(secs(6 * DAY)));
}

#[test]
fn a_review_edited_twice_after_it_turned_keeps_its_first_time() {
    let once = case(1, "2026-11-10 08:00").seen("2026-11-16 08:00", 4.0);
    let figures = figures(vec![once.seen("2026-11-18 08:00", 5.0).edited("2026-11-19 08:00")], "2026-W47");
    assert_eq!((figures.turned, figures.relapsed), (1, 0));
    assert_eq!(figures.turnaround.median, Quantile::At(secs(6 * DAY)));
}

#[test]
fn a_case_that_turned_and_turned_back_is_open_again_and_counts_afresh() {
    let relapsed = case(1, "2026-11-10 08:00")
        .contacted("2026-11-10 08:30")
        .seen("2026-11-16 08:00", 5.0)
        .seen("2026-11-18 08:00", 1.0);
    let figures = figures(vec![relapsed], "2026-W47");
    assert_eq!((figures.turned, figures.relapsed, figures.open, figures.begun), (0, 1, 1, 1));
    assert_eq!((figures.turnaround.cases, figures.turnaround.happened), (2, 1));
    assert_eq!(
        figures.contact.median,
        Quantile::Beyond(secs(4 * DAY + 16 * HOUR)),
        "nobody has called since the relapse"
    );
    assert_eq!(figures.oldest, Some(secs(4 * DAY + 16 * HOUR)));
}

#[test]
fn one_to_five_to_one_to_five_is_two_stretches_and_one_turn_that_stands() {
    let case = case(1, "2026-11-16 08:00").seen("2026-11-17 08:00", 5.0);
    let case = case.seen("2026-11-18 08:00", 1.0).seen("2026-11-21 08:00", 5.0);
    let figures = figures(vec![case], "2026-W47");
    assert_eq!((figures.turned, figures.relapsed, figures.turnaround.happened), (1, 1, 2));
    assert_eq!(figures.turnaround.median, Quantile::At(secs(2 * DAY)));
}

#[test]
fn the_naive_mean_is_wrong_where_guests_are_left_waiting() {
    // Two quick wins, five guests of September and October without an answer. The mean of the closed cases is one and a half days.
    let mut cases = vec![
        case(1, "2026-11-10 08:00").seen("2026-11-11 08:00", 5.0),
        case(2, "2026-11-10 08:00").seen("2026-11-12 08:00", 5.0),
    ];
    for id in 3..8 {
        cases.push(case(id, &format!("2026-10-{:02} 08:00", 10 + id)));
    }
    let turnaround = figures(cases, "2026-W47").turnaround;
    let naive = secs((DAY + 2 * DAY) / 2);
    assert_eq!((turnaround.cases, turnaround.happened, naive), (7, 2, secs(36 * HOUR)));
    assert_eq!(turnaround.median, Quantile::Beyond(secs(40 * DAY + 17 * HOUR)));
}

#[test]
fn closing_a_case_by_word_neither_stops_the_clock_nor_counts_as_turned() {
    let cases = vec![
        case(1, "2026-11-10 08:00").closed("2026-11-17 08:00", CloseAs::Settled),
        case(2, "2026-11-10 08:00").closed("2026-11-17 08:00", CloseAs::Lost),
        case(3, "2026-11-10 08:00").closed("2026-11-17 08:00", CloseAs::Dismissed),
    ];
    let figures = figures(cases, "2026-W47");
    assert_eq!((figures.turned, figures.settled, figures.lost, figures.dismissed), (0, 1, 1, 1));
    assert_eq!(figures.claimed_not_seen, 1);
    assert_eq!((figures.turnaround.cases, figures.turnaround.happened), (2, 0), "a dismissed case is no case");
}

#[test]
fn what_was_claimed_and_is_later_seen_is_no_longer_a_mere_claim() {
    let case = case(1, "2026-11-10 08:00").closed("2026-11-12 08:00", CloseAs::Settled).seen("2026-11-17 08:00", 5.0);
    let figures = figures(vec![case], "2026-W47");
    assert_eq!((figures.claimed_not_seen, figures.turned, figures.settled), (0, 1, 0));
}

#[test]
fn a_review_that_vanished_is_not_a_turn() {
    let figures = figures(vec![case(1, "2026-11-10 08:00").gone("2026-11-17 08:00")], "2026-W47");
    assert_eq!((figures.turned, figures.withdrawn, figures.open), (0, 1, 0));
    assert_eq!(figures.turnaround.median, Quantile::Beyond(secs(7 * DAY)));
}

#[test]
fn a_review_that_comes_back_as_it_was_is_bad_again() {
    let case = case(1, "2026-11-10 08:00").gone("2026-11-17 08:00").back("2026-11-18 08:00", Gist::Negative);
    let figures = figures(vec![case], "2026-W47");
    assert_eq!((figures.withdrawn, figures.open), (0, 1));
    assert_eq!(figures.turnaround.median, Quantile::Beyond(secs(12 * DAY + 16 * HOUR)));
}

#[test]
fn the_alert_is_timed_only_where_the_site_gives_the_time_exactly() {
    let exact = case(1, "2026-11-16 08:00");
    let mut day_only = case(2, "2026-11-16 12:00");
    day_only.published =
        day_only.published.map(|p| crate::review::PostedAt { precision: crate::review::Precision::Day, ..p });
    let mut unknown = case(3, "2026-11-16 12:00");
    unknown.published = None;
    let figures = figures(vec![exact, day_only, unknown], "2026-W47");
    assert_eq!((figures.alert.cases, figures.alert.median), (1, Quantile::At(secs(185))));
}

#[test]
fn an_alert_that_was_never_delivered_counts_with_its_age() {
    let mut silent = case(1, "2026-11-16 08:00");
    silent.alerted_at = None;
    let alert = figures(vec![silent], "2026-W47").alert;
    assert_eq!((alert.happened, alert.median), (0, Quantile::Beyond(secs(6 * DAY + 16 * HOUR))));
}

#[test]
fn reviews_from_before_we_looked_are_followed_but_not_timed() {
    let mut old = case(1, "2026-05-01 08:00");
    old.first_seen_at = at("2026-11-16 08:00");
    old.watched_since = at("2026-11-16 08:00");
    old.alerted_at = None;
    old.events[0].at = old.first_seen_at;
    let figures = figures(vec![old.seen("2026-11-18 08:00", 5.0)], "2026-W47");
    assert_eq!((figures.turned, figures.turnaround.cases, figures.alert.cases), (1, 0, 0));
    assert_eq!(figures.contact.cases, 1);
}

#[test]
fn a_posting_date_in_the_future_never_makes_a_negative_time() {
    let mut odd = case(1, "2026-11-16 08:00");
    odd.published = Some(crate::review::PostedAt::exact(at("2026-11-20 08:00")));
    let figures = figures(vec![odd.seen("2026-11-17 08:03", 5.0)], "2026-W47");
    assert_eq!(figures.turnaround.median, Quantile::At(secs(DAY)));
}

#[test]
fn a_promise_that_is_not_due_yet_is_neither_kept_nor_broken() {
    let cases = vec![
        case(1, "2026-11-16 08:00").contacted("2026-11-16 08:40"),
        case(2, "2026-11-16 08:00").contacted("2026-11-16 12:00"),
        case(3, "2026-11-22 23:30"),
    ];
    let figures = figures(cases, "2026-W47");
    assert_eq!(figures.promise, Share { part: 1, whole: 2 });
    assert_eq!((figures.open, figures.unheard), (3, 1));
    assert_eq!(figures.unheard_longest, Some(secs(30 * MINUTE)));
}

#[test]
fn a_week_is_told_the_same_way_however_much_later_it_is_asked_for() {
    let case = case(1, "2026-11-12 08:00").contacted("2026-11-16 08:00").seen("2026-11-18 08:00", 5.0);
    let early = figures_at(vec![case.clone()], "2026-W46", "2026-11-16 00:00");
    let late = figures_at(vec![case], "2026-W46", "2026-12-24 00:00");
    assert_eq!(early, late);
    assert_eq!((early.open, early.unheard), (1, 1));
}

#[test]
fn an_open_case_older_than_everything_shows_its_age_and_stays_open() {
    let figures = figures(vec![case(1, "2026-06-10 08:00"), case(2, "2026-11-20 08:00")], "2026-W47");
    assert_eq!((figures.open, figures.oldest), (2, Some(secs(165 * DAY + 17 * HOUR))));
}

#[test]
fn gestures_are_counted_by_currency_whether_or_not_the_review_turned() {
    let cases = vec![
        case(1, "2026-11-10 08:00").gift("2026-11-16 08:00", "wine", 1800, "EUR").seen("2026-11-18 08:00", 5.0),
        case(2, "2026-11-10 08:00").gift("2026-11-17 08:00", "refund", 9000, "EUR"),
        case(3, "2026-11-02 08:00").gift("2026-11-03 08:00", "cake", 500, "EUR"),
    ];
    let figures = figures(cases, "2026-W47");
    assert_eq!((figures.gestures.cents("EUR"), figures.turned), (10_800, 1));
}

#[test]
fn exposure_ends_when_the_review_is_seen_good_or_gone_and_not_by_a_word() {
    let cases = vec![
        case(1, "2026-11-16 00:00").seen("2026-11-18 00:00", 5.0),
        case(2, "2026-11-16 00:00").gone("2026-11-19 00:00"),
        case(3, "2026-11-10 00:00").closed("2026-11-17 00:00", CloseAs::Settled),
    ];
    let mut facts = Facts { cases, ..facts() };
    facts.houses[0].views_per_day = Some(100);
    let tracks: Vec<Track<'_>> = facts.cases.iter().map(Track::follow).collect();
    let figures =
        Figures::of(&facts, &tracks, &Period::week(&facts, "2026-W47".parse().unwrap(), at("2026-12-01 00:00")));
    assert_eq!((figures.exposure.on_show, figures.exposure.views), (secs(12 * DAY), Some(1200)));
}

#[test]
fn the_public_answer_is_timed_by_evidence() {
    let figures = figures(vec![case(1, "2026-11-16 08:00").answered("2026-11-16 13:20")], "2026-W47");
    assert_eq!(figures.answer.median, Quantile::At(secs(5 * HOUR + 20 * MINUTE)));
}

#[test]
fn reviews_of_a_day_or_of_a_rolled_up_week_count_alike() {
    let week = |days| {
        let facts = Facts { days, ..facts() };
        let period = Period::week(&facts, "2026-W47".parse().unwrap(), at("2026-12-01 00:00"));
        let figures = Figures::of(&facts, &[], &period);
        (figures.seen, figures.negative, figures.positive, figures.unrated)
    };
    let daily = vec![
        day("2026-11-15", "Trustpilot", [9, 9, 0, 0]),
        day("2026-11-16", "Trustpilot", [3, 1, 2, 0]),
        day("2026-11-22", "Google", [4, 0, 2, 1]),
        day("2026-11-23", "Trustpilot", [9, 9, 0, 0]),
    ];
    assert_eq!(week(daily), (7, 1, 4, 1));
    assert_eq!(week(vec![day("2026-11-16", "Trustpilot", [7, 1, 4, 1])]), (7, 1, 4, 1));
}

#[test]
fn the_cohort_adds_up_and_knows_claims_from_evidence() {
    let cases = [
        case(1, "2026-10-01 08:00").seen("2026-10-09 08:00", 5.0),
        case(2, "2026-10-01 08:00").seen("2026-10-09 08:00", 3.0),
        case(3, "2026-10-01 08:00").gone("2026-10-09 08:00"),
        case(4, "2026-10-01 08:00").closed("2026-10-09 08:00", CloseAs::Settled),
        case(5, "2026-10-01 08:00"),
        case(6, "2026-10-01 08:00").closed("2026-10-09 08:00", CloseAs::Dismissed),
        case(7, "2026-11-16 08:00"),
    ];
    let tracks: Vec<Track<'_>> = cases.iter().map(Track::follow).collect();
    let (from, to, asof) = (at("2026-09-28 00:00"), at("2026-10-26 00:00"), at("2026-11-23 00:00"));
    let cohort = Cohort::of(&tracks, from, to, asof);
    let expected = Cohort { total: 5, turned: 1, improved: 1, gone: 1, unchanged: 2, claimed_not_seen: 1 };
    assert_eq!(cohort, expected);
}

#[test]
fn the_best_save_is_the_largest_step_and_names_all_who_helped() {
    let small = case(1, "2026-11-10 08:00").seen("2026-11-17 08:00", 4.0);
    let large = case(2, "2026-11-10 08:00")
        .step("2026-11-10 09:00", "Maria", Step::Take)
        .step("2026-11-10 10:00", "Tomaž", Step::AskAdvice { note: Some("hot water before 7".into()) })
        .step("2026-11-11 10:00", "Maria", Step::Fix { note: Some("boiler timer".into()) })
        .gift("2026-11-12 10:00", "card", 300, "EUR")
        .seen("2026-11-18 08:00", 5.0);
    let facts = Facts { cases: vec![small, large], ..facts() };
    let tracks: Vec<Track<'_>> = facts.cases.iter().map(Track::follow).collect();
    let period = Period::week(&facts, "2026-W47".parse().unwrap(), at("2026-12-01 00:00"));
    let saves = best_saves(&tracks, &period);
    assert_eq!(saves.iter().map(|save| save.case.id.0).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((saves[0].stars_before, saves[0].stars_now, saves[0].took), (Some(1), Some(5), secs(8 * DAY)));
    assert_eq!(
        (&saves[0].by, saves[0].advice, saves[0].fixed),
        (&vec!["Maria", "Tomaž"], Some("hot water before 7"), Some("boiler timer"))
    );
    assert_eq!(saves[0].gestures, ["card"]);
}

#[test]
fn the_longest_waiting_guest_comes_first_and_ended_cases_not_at_all() {
    let cases = [
        case(1, "2026-11-20 08:00").contacted("2026-11-20 09:00"),
        case(2, "2026-11-14 08:00"),
        case(3, "2026-11-01 08:00").seen("2026-11-17 08:00", 5.0),
    ];
    let tracks: Vec<Track<'_>> = cases.iter().map(Track::follow).collect();
    let list = longest_waiting(&tracks, at("2026-11-23 00:00"));
    let told: Vec<_> = list.iter().map(|one| (one.case.id.0, one.heard, one.assignee.as_deref())).collect();
    assert_eq!(told, [(2, false, None), (1, true, Some("Maria"))]);
}
