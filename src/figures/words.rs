//! Durations, counts and times in words: one place for the text report, the HTML report and the command line.
//!
//! It rounds once, to what is said, so that no two pages round differently.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A span as people say it: "34 s", "14 min", "5 h 20", "9 d 2 h", "23 days".
#[must_use]
pub fn span(length: Duration) -> String {
    let secs = length.as_millis().saturating_add(500) / 1000;
    let secs = u64::try_from(secs).unwrap_or(u64::MAX);
    let round = |unit: u64| secs.saturating_add(unit / 2) / unit;
    if secs < MINUTE {
        return format!("{secs} s");
    }
    if round(MINUTE) < 60 {
        return format!("{} min", round(MINUTE));
    }
    if round(MINUTE) < 24 * 60 {
        let minutes = round(MINUTE);
        return match minutes % 60 {
            0 => format!("{} h", minutes / 60),
            rest => format!("{} h {rest:02}", minutes / 60),
        };
    }
    let hours = round(HOUR);
    match (hours / 24, hours % 24) {
        (1, 0) => "1 day".to_owned(),
        (days @ 10.., _) => format!("{} days", round(DAY).max(days)),
        (days, 0) => format!("{days} days"),
        (days, rest) => format!("{days} d {rest} h"),
    }
}

/// A long span in days with one decimal: "6.1 days"; shorter than a day as [`span`] says it.
#[must_use]
pub fn days(length: Duration) -> String {
    let tenths = (length.as_secs_f64() / (DAY as f64 / 10.0)).round() as u64;
    if length.as_secs() < DAY {
        return span(length);
    }
    match (tenths / 10, tenths % 10) {
        (1, 0) => "1 day".to_owned(),
        (whole, 0) => format!("{whole} days"),
        (whole, tenth) => format!("{whole}.{tenth} days"),
    }
}

/// A count up to twelve as a word: "three"; above as digits.
#[must_use]
pub fn number(n: usize) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// The same sentence with a capital at its head.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// An instant by the zone's clock: "Tue 17 Nov 19:00".
#[must_use]
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M").to_string()
}

/// A span between two instants by the zone's clock: "Tue 17 Nov 19:00–21:00", "Tue 17 Nov 22:00 – Wed 18 Nov 07:00".
#[must_use]
pub fn between(from: Timestamp, until: Timestamp, zone: &TimeZone) -> String {
    if zone.to_datetime(from).date() == zone.to_datetime(until).date() {
        return format!("{}–{}", moment(from, zone), until.to_zoned(zone.clone()).strftime("%H:%M"));
    }
    format!("{} – {}", moment(from, zone), moment(until, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(secs: u64, words: &str) {
        assert_eq!(span(Duration::from_secs(secs)), words, "{secs}");
    }

    #[test]
    fn a_span_is_said_as_people_say_it() {
        check(0, "0 s");
        check(34, "34 s");
        check(60, "1 min");
        check(14 * 60 + 10, "14 min");
        check(5 * 3600 + 20 * 60, "5 h 20");
        check(3600 + 5 * 60, "1 h 05");
        check(3600, "1 h");
        check(86_400, "1 day");
        check(7 * 86_400, "7 days");
        check(9 * 86_400 + 2 * 3600, "9 d 2 h");
        check(23 * 86_400 + 3600, "23 days");
    }

    #[test]
    fn rounding_never_says_sixty_minutes_or_twenty_four_hours() {
        check(59 * 60 + 40, "1 h");
        check(24 * 3600 - 10, "1 day");
        check(2 * 86_400 - 60, "2 days");
        check(10 * 86_400 - 60, "10 days");
        assert_eq!(span(Duration::from_millis(59_700)), "1 min");
        check(u64::MAX, "213503982334601 days");
    }

    #[test]
    fn long_spans_are_said_in_days_with_one_decimal() {
        let check = |hours: u64, words: &str| assert_eq!(days(Duration::from_secs(hours * 3600)), words);
        check(146, "6.1 days");
        check(24, "1 day");
        check(144, "6 days");
        check(20, "20 h");
    }

    #[test]
    fn times_are_shown_by_the_clock_of_the_house() {
        let vienna = TimeZone::get("Europe/Vienna").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(moment(at("2026-11-17T18:00:00Z"), &vienna), "Tue 17 Nov 19:00");
        assert_eq!(between(at("2026-11-17T18:00:00Z"), at("2026-11-17T20:00:00Z"), &vienna), "Tue 17 Nov 19:00–21:00");
        assert_eq!(
            between(at("2026-11-17T21:00:00Z"), at("2026-11-18T06:00:00Z"), &vienna),
            "Tue 17 Nov 22:00 – Wed 18 Nov 07:00"
        );
    }

    #[test]
    fn small_counts_are_words() {
        assert_eq!([number(0), number(1), number(12), number(13)], ["no", "one", "twelve", "13"]);
        assert_eq!(sentence("three guests"), "Three guests");
        assert_eq!(sentence(""), "");
    }
}
