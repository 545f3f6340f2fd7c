//! The rows of the table on clock changes, each by name; and ten years in six zones, with croner as a second opinion.

use std::collections::BTreeMap;

use croner::parser::CronParser;
use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};

use super::CalendarRule;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn rule(text: &str) -> CalendarRule {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The next times in Vienna after a civil time there, as "2026-03-29 03:30 CEST".
#[track_caller]
fn check(text: &str, after: &str, expected: &[&str]) {
    let vienna = zone("Europe/Vienna");
    let mut at = after.parse::<civil::DateTime>().unwrap().to_zoned(vienna.clone()).unwrap().timestamp();
    let rule = rule(text);
    let mut found = Vec::new();
    for _ in expected {
        at = rule.next(at, &vienna).expect("it runs again");
        found.push(at.to_zoned(vienna.clone()).strftime("%a %F %H:%M %Z").to_string());
    }
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_crontab_of_five_fields_is_accepted() {
    check("*/5 * * * *", "2026-06-01T00:02", &["Mon 2026-06-01 00:05 CEST", "Mon 2026-06-01 00:10 CEST"]);
    check("0 9 * * 1", "2026-06-01T00:00", &["Mon 2026-06-01 09:00 CEST", "Mon 2026-06-08 09:00 CEST"]);
}

#[test]
fn day_one_of_the_week_is_monday() {
    check("0 8 * * 1", "2026-06-02T00:00", &["Mon 2026-06-08 08:00 CEST"]);
    check("0 8 * * Mon", "2026-06-02T00:00", &["Mon 2026-06-08 08:00 CEST"]);
    check("Mon 08:00", "2026-06-02T00:00", &["Mon 2026-06-08 08:00 CEST"]);
}

#[test]
fn days_zero_and_seven_of_the_week_are_sunday() {
    for text in ["0 8 * * 0", "0 8 * * 7", "0 8 * * sun", "Sun 08:00", "Sunday 8:00"] {
        check(text, "2026-06-02T00:00", &["Sun 2026-06-07 08:00 CEST", "Sun 2026-06-14 08:00 CEST"]);
    }
}

#[test]
fn a_daily_time_that_the_clock_leaps_over_comes_an_hour_later() {
    let expected = ["Sat 2026-03-28 02:30 CET", "Sun 2026-03-29 03:30 CEST", "Mon 2026-03-30 02:30 CEST"];
    check("30 2 * * *", "2026-03-27T12:00", &expected);
    check("daily 02:30", "2026-03-29T03:10", &["Sun 2026-03-29 03:30 CEST"]);
}

#[test]
fn a_daily_time_in_the_hour_that_comes_twice_comes_once() {
    let expected = ["Sun 2026-10-25 02:30 CEST", "Mon 2026-10-26 02:30 CET"];
    check("30 2 * * *", "2026-10-24T12:00", &expected);
}

#[test]
fn quarter_hours_never_go_back_in_time_when_the_clock_does() {
    let expected = ["Sun 2026-10-25 02:30 CEST", "Sun 2026-10-25 02:45 CEST", "Sun 2026-10-25 03:00 CET"];
    check("*/15 * * * *", "2026-10-25T02:15", &expected);
}

#[test]
fn a_time_behind_the_leap_is_not_hidden_by_one_inside_it() {
    let expected = ["Sun 2026-03-29 03:00 CEST", "Sun 2026-03-29 03:30 CEST", "Sun 2026-03-29 04:30 CEST"];
    check("0 3 * * *", "2026-03-29T01:00", &expected[..1]);
    check("0,30 2-4 29 3 *", "2026-03-29T01:00", &["Sun 2026-03-29 03:00 CEST", "Sun 2026-03-29 03:30 CEST"]);
    let rule = rule("30 2,3 * * *");
    assert_eq!(rule.in_words(), "30 2,3 * * *");
}

#[test]
fn the_thirty_first_of_february_never_runs() {
    for text in ["0 9 31 2 *", "0 9 30 feb *"] {
        assert_eq!(rule(text).next("2026-01-01T00:00:00Z".parse().unwrap(), &zone("Europe/Vienna")), None, "{text}");
    }
    check("0 9 29 2 *", "2026-01-01T00:00", &["Tue 2028-02-29 09:00 CET"]);
}

#[test]
fn either_kind_of_day_is_enough_when_both_are_written() {
    let expected = ["Mon 2026-06-08 08:00 CEST", "Mon 2026-06-15 08:00 CEST", "Mon 2026-06-22 08:00 CEST"];
    check("0 8 1 * 1", "2026-06-01T12:00", &expected);
    check("0 8 1 * 1", "2026-06-29T12:00", &["Wed 2026-07-01 08:00 CEST", "Mon 2026-07-06 08:00 CEST"]);
    check("0 8 */2 * 1", "2026-06-01T12:00", &["Mon 2026-06-15 08:00 CEST"]);
}

#[test]
fn ranges_may_run_over_the_end() {
    check("0 8 * * 5-7", "2026-06-01T00:00", &["Fri 2026-06-05 08:00 CEST", "Sat 2026-06-06 08:00 CEST"]);
    check("0 8 * * 6-0", "2026-06-01T00:00", &["Sat 2026-06-06 08:00 CEST", "Sun 2026-06-07 08:00 CEST"]);
    check("0 8 * * fri-mon", "2026-06-02T00:00", &["Fri 2026-06-05 08:00 CEST"]);
    check("Sat-Mon 8:00", "2026-06-02T00:00", &["Sat 2026-06-06 08:00 CEST", "Sun 2026-06-07 08:00 CEST"]);
    check("0 22-1 * * *", "2026-06-01T23:10", &["Tue 2026-06-02 00:00 CEST", "Tue 2026-06-02 01:00 CEST"]);
    check("0 8 * * 0-7/2", "2026-06-01T00:00", &["Tue 2026-06-02 08:00 CEST"]);
}

#[test]
fn a_rule_says_itself_in_words() {
    let said = [
        ("Mon 08:00", "every Monday at 08:00"),
        ("0 8 * * 1", "every Monday at 08:00"),
        ("mon-fri 7:30", "Monday to Friday at 07:30"),
        ("Mon,Thu 07:30", "every Monday and Thursday at 07:30"),
        ("daily 18:00", "every day at 18:00"),
        ("0 18 * * *", "every day at 18:00"),
        ("0 3 1 * *", "on day 1 of every month at 03:00"),
        ("15 * * * *", "every hour at minute 15"),
        ("*/15 * * * *", "every 15 minutes"),
        ("* * * * *", "every minute"),
        ("0 8 1 * 1", "0 8 1 * 1"),
        ("0 8 * 1-6 1", "0 8 * 1-6 1"),
    ];
    for (text, words) in said {
        assert_eq!(rule(text).in_words(), words, "{text}");
    }
}

#[test]
fn what_is_no_rule_is_refused_with_the_way_out() {
    let refused = [
        ("", "must not be empty"),
        ("Monday", "write one such as \"Mon 08:00\""),
        ("Mon", "write one such as"),
        ("Mun 08:00", "`Mun` is not a day"),
        ("Mon 8", "`8` is not a time of day"),
        ("Mon 24:00", "00:00 of the next day"),
        ("Mon 08:60", "`08:60` is not a time of day"),
        ("60 8 * * 1", "`60` is not a value of the field minute; write 0 to 59"),
        ("0 8 * * 8", "`8` is not a value of the field day of the week; write 0 to 7, or a name from sun to sat"),
        ("0 8 0 * *", "`0` is not a value of the field day of the month"),
        ("0 8 * * 1#2", "`1#2` is not a value"),
        ("0 8 L * *", "`L` is not a value"),
        ("*/0 * * * *", "`/0` is not a step"),
        ("1-/2 * * * *", "`` is not a value"),
        ("0 0 8 * * 1", "five fields"),
        ("@daily", "not known"),
        ("+5 8 * * 1", "`+5`"),
    ];
    for (text, expected) in refused {
        let error = text.parse::<CalendarRule>().expect_err(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
    assert!("1,".repeat(100_000).parse::<CalendarRule>().is_err());
}

#[test]
fn equal_rules_written_differently_are_equal() {
    assert_eq!(rule("Mon 08:00"), rule("0 8 * * 1"));
    assert_ne!(rule("Mon 08:00"), rule("Mon 08:30"));
}

const ZONES: [&str; 6] =
    ["Europe/Vienna", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia"];

/// Every time of `text` from 2010 to 2020 in `zone`; panics if one is not later than the one before.
fn times(text: &str, zone: &TimeZone) -> Vec<Timestamp> {
    let rule = rule(text);
    let (mut at, end): (Timestamp, Timestamp) =
        ("2010-01-01T00:00:00Z".parse().unwrap(), "2020-01-01T00:00:00Z".parse().unwrap());
    let mut times = Vec::new();
    while let Some(next) = rule.next(at, zone).filter(|next| *next < end) {
        assert!(next > at, "{text} went back in time");
        times.push(next);
        at = next;
    }
    times
}

#[test]
fn in_ten_years_no_day_is_doubled_or_missed_in_any_zone() {
    for name in ZONES {
        let zone = zone(name);
        for text in ["30 2 * * *", "daily 00:00", "30 0 * * *", "15 1 * * *"] {
            let mut days: BTreeMap<civil::Date, u32> = BTreeMap::new();
            for at in times(text, &zone) {
                *days.entry(at.to_zoned(zone.clone()).date()).or_default() += 1;
            }
            assert_eq!(days.values().filter(|count| **count > 1).count(), 0, "{name} {text}: a day has it twice");
            let (first, last) = (*days.first_key_value().unwrap().0, *days.last_key_value().unwrap().0);
            let mut day = first;
            while day < last {
                let exists =
                    zone.to_datetime(day.at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp()).date() == day;
                assert!(!exists || days.contains_key(&day), "{name} {text}: {day} is missed");
                day = day.checked_add(1.day()).unwrap();
            }
        }
    }
}

#[test]
fn croner_agrees_away_from_clock_changes() {
    for text in ["0 8 * * 1", "0 3 1 * *", "0 8 1,15 * 5-7", "30 9 * 2-11/3 1-5", "0 12 13 * 5"] {
        let cron = CronParser::new().parse(text).unwrap();
        let mut carrier = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(14_610);
        for at in times(text, &TimeZone::UTC) {
            carrier = cron.find_next_occurrence(&carrier, false).unwrap();
            assert_eq!(at.as_second(), carrier.timestamp(), "{text}");
        }
    }
}
