//! Working time over lunch, nights, weekends, holidays and clock changes.

use std::time::Duration;

use jiff::{Timestamp, civil, tz::TimeZone};
use proptest::prelude::*;

use super::{Calendar, Holiday, Hours};

const DESK: &str = "Mon-Fri 07:00-12:00 13:00-22:00, Sat 09:00-14:00";
const NIGHT: &str = "Mon-Sun 22:00-06:00";

fn calendar(zone: &str, hours: &str, holidays: &[&str]) -> Calendar {
    let holidays = holidays.iter().map(|day| day.parse().unwrap()).collect();
    Calendar::new(TimeZone::get(zone).unwrap(), hours.parse().unwrap(), holidays)
}

fn vienna(hours: &str) -> Calendar {
    calendar("Europe/Vienna", hours, &["2026-12-24", "12-25"])
}

fn at(calendar: &Calendar, civil: &str) -> Timestamp {
    civil.parse::<civil::DateTime>().unwrap().to_zoned(calendar.zone().clone()).unwrap().timestamp()
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Counts `span` minutes of working time from a civil time, and back again.
#[track_caller]
fn check(calendar: &Calendar, from: &str, span: u64, expected: &str) {
    let begin = at(calendar, from);
    let end = calendar.after(begin, minutes(span));
    assert_eq!(calendar.zone().to_datetime(end).to_string(), format!("{expected}:00"));
    assert_eq!(calendar.between(begin, end), minutes(span));
}

#[test]
fn the_clock_stands_still_over_lunch() {
    let desk = vienna(DESK);
    check(&desk, "2026-11-16T11:30", 60, "2026-11-16T13:30");
    check(&desk, "2026-11-16T12:15", 10, "2026-11-16T13:10");
    assert!(desk.is_open(at(&desk, "2026-11-16T11:59")));
    assert!(!desk.is_open(at(&desk, "2026-11-16T12:00")));
    assert_eq!(desk.next_open(at(&desk, "2026-11-16T12:00")), at(&desk, "2026-11-16T13:00"));
    assert_eq!(desk.next_open(at(&desk, "2026-11-16T13:07")), at(&desk, "2026-11-16T13:07"));
}

#[test]
fn the_clock_stands_still_over_night_and_weekend() {
    let desk = vienna(DESK);
    check(&desk, "2026-11-20T21:30", 60, "2026-11-21T09:30");
    check(&desk, "2026-11-21T13:30", 60, "2026-11-23T07:30");
    check(&desk, "2026-11-22T10:00", 60, "2026-11-23T08:00");
    assert_eq!(desk.next_open(at(&desk, "2026-11-21T14:00")), at(&desk, "2026-11-23T07:00"));
}

#[test]
fn no_work_is_done_on_holidays() {
    let desk = vienna(DESK);
    check(&desk, "2026-12-23T21:30", 60, "2026-12-26T09:30");
    check(&desk, "2027-12-24T21:30", 60, "2027-12-27T07:30");
    assert!(!desk.is_open(at(&desk, "2026-12-24T10:00")));
    assert!(desk.is_open(at(&desk, "2027-12-24T10:00")));
}

#[test]
fn a_night_shift_belongs_to_the_day_on_which_it_begins() {
    let night = vienna(NIGHT);
    check(&night, "2026-11-16T23:30", 120, "2026-11-17T01:30");
    check(&night, "2026-11-17T05:30", 60, "2026-11-17T22:30");
    assert!(night.is_open(at(&night, "2026-12-24T05:59")), "it began on the 23rd");
    assert!(!night.is_open(at(&night, "2026-12-24T23:00")));
    assert!(!night.is_open(at(&night, "2026-12-25T03:00")));
    assert!(night.is_open(at(&night, "2026-12-26T22:00")));
}

#[test]
fn the_days_on_which_the_clock_changes_are_as_long_as_they_are() {
    let always = vienna("always");
    assert_eq!(always.between(at(&always, "2026-03-29T00:00"), at(&always, "2026-03-30T00:00")), minutes(23 * 60));
    assert_eq!(always.between(at(&always, "2026-10-25T00:00"), at(&always, "2026-10-26T00:00")), minutes(25 * 60));
    let night = vienna(NIGHT);
    assert_eq!(night.between(at(&night, "2026-03-28T20:00"), at(&night, "2026-03-29T20:00")), minutes(7 * 60));
    assert_eq!(night.between(at(&night, "2026-10-24T20:00"), at(&night, "2026-10-25T20:00")), minutes(9 * 60));
    check(&vienna("Sun 01:00-04:00"), "2026-03-29T01:30", 60, "2026-03-29T03:30");
}

#[test]
fn hours_inside_the_leap_of_the_clock_are_none() {
    let skipped = vienna("Sun 02:15-02:45");
    assert_eq!(skipped.between(at(&skipped, "2026-03-29T00:00"), at(&skipped, "2026-03-29T12:00")), Duration::ZERO);
    check(&skipped, "2026-03-28T12:00", 10, "2026-04-05T02:25");
    let touching = vienna("Sun 01:00-02:30 02:30-05:00");
    assert_eq!(touching.between(at(&touching, "2026-03-29T00:00"), at(&touching, "2026-03-29T12:00")), minutes(180));
    assert_eq!(touching.between(at(&touching, "2026-10-25T00:00"), at(&touching, "2026-10-25T12:00")), minutes(300));
}

#[test]
fn a_zone_may_leave_out_a_whole_day() {
    let apia = calendar("Pacific/Apia", "daily 08:00-12:00", &[]);
    check(&apia, "2011-12-29T11:00", 120, "2011-12-31T09:00");
}

#[test]
fn always_is_day_and_night() {
    let always = Calendar::always(TimeZone::UTC);
    let begin = at(&always, "2026-11-21T03:00");
    assert!(always.is_open(begin));
    assert_eq!(always.next_open(begin), begin);
    check(&always, "2026-11-21T03:00", 60, "2026-11-21T04:00");
    assert_eq!(always.between(begin, Timestamp::MIN), Duration::ZERO);
    check(&vienna("always"), "2026-11-21T03:00", 60, "2026-11-21T04:00");
}

#[test]
fn a_calendar_that_never_opens_ends_at_the_end_of_time() {
    let holidays = (1..=12).flat_map(|month| (1..=31).map(move |day| Holiday::Yearly { month, day })).collect();
    let never = Calendar::new(TimeZone::UTC, DESK.parse().unwrap(), holidays);
    let begin = at(&never, "2026-11-21T03:00");
    assert_eq!(never.next_open(begin), Timestamp::MAX);
    assert_eq!(never.after(begin, minutes(1)), Timestamp::MAX);
    assert_eq!(never.between(begin, Timestamp::MAX), Duration::ZERO);
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for hours in ["always", DESK, NIGHT] {
        let calendar = vienna(hours);
        for begin in [Timestamp::MIN, Timestamp::MAX] {
            let _ = calendar.is_open(begin);
            assert!(calendar.next_open(begin) >= begin);
        }
        assert_eq!(calendar.after(Timestamp::MAX, minutes(1)), Timestamp::MAX);
    }
    let desk = vienna(DESK);
    assert_eq!(desk.after(at(&desk, "2026-11-21T03:00"), Duration::MAX), Timestamp::MAX);
}

#[test]
fn hours_that_cannot_be_meant_are_refused() {
    let refused = [
        ("", "must not be empty"),
        (" , ", "must not be empty"),
        ("07:00-12:00", "stands before any day"),
        ("Mon", "no hours"),
        ("Mon 07:00-12:00, Tue", "no hours"),
        ("Mon 07:00", "has no end"),
        ("Mon 07:00-07:00", "no time at all"),
        ("Mon 24:00-02:00", "no time at all"),
        ("Mon 07:00-25:00", "`25:00` is not a time of day"),
        ("Mon 07:00-12:00 11:00-13:00", "07:00-12:00 and 11:00-13:00 overlap"),
        ("Mon-Fri 07:00-12:00, Wed 08:00-09:00", "overlap"),
        ("Mondag 07:00-12:00", "`Mondag` is not a day"),
    ];
    for (text, expected) in refused {
        let error = text.parse::<Hours>().expect_err(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn hours_may_be_written_loosely() {
    for text in
        ["Sat,Sun 09:00-14:00", "sat, sun 9:00-14:00", "Saturday-Sunday 09:00-14:00", "Sat-Sun 09:00-11:00,11:00-14:00"]
    {
        let calendar = vienna(text);
        check(&calendar, "2026-11-21T13:00", 120, "2026-11-22T10:00");
    }
}

#[test]
fn a_holiday_is_one_date_or_every_year() {
    assert_eq!("2026-12-25".parse(), Ok(Holiday::Once(civil::date(2026, 12, 25))));
    assert_eq!("12-25".parse(), Ok(Holiday::Yearly { month: 12, day: 25 }));
    assert_eq!("02-29".parse(), Ok(Holiday::Yearly { month: 2, day: 29 }));
    for text in ["", "25.12.", "2026-02-29", "02-30", "13-01", "2026-12", "+2026-12-25", "12-25T00:00"] {
        assert!(text.parse::<Holiday>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn working_time_counted_there_is_the_same_counted_back(
        begin in 1_262_304_000i64..1_924_992_000,
        span in 1u64..5_000_000,
        zone in prop::sample::select(vec!["Europe/Vienna", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]),
        hours in prop::sample::select(vec![DESK, NIGHT, "always", "Sun 01:30-02:30", "Mon-Sun 20:00-08:00 08:00-12:00", "Fri 22:00-06:00, Sat 00:30-03:00"]),
    ) {
        let calendar = calendar(zone, hours, &["12-25", "03-29"]);
        let begin = Timestamp::from_second(begin).unwrap();
        let end = calendar.after(begin, Duration::from_secs(span));
        prop_assert_eq!(calendar.between(begin, end), Duration::from_secs(span));
        let open = calendar.next_open(begin);
        prop_assert!(open >= begin && calendar.is_open(open));
        prop_assert_eq!(calendar.between(begin, open), Duration::ZERO);
        prop_assert_eq!(calendar.is_open(begin), open == begin);
    }
}
