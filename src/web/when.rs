//! Times as people at the location read them, and the times until which a case can be put off. Pure; always in the location's zone.

use std::time::Duration;

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Time, time},
    tz::TimeZone,
};

use crate::{clock, review::Precision};

/// When "tonight" is.
const TONIGHT: Time = time(20, 0, 0, 0);
/// After this hour "tonight" is too near to be offered.
const TONIGHT_OFFERED_UNTIL: Time = time(19, 0, 0, 0);
/// When a working morning begins.
const MORNING: Time = time(8, 0, 0, 0);
/// The first "later".
const HOUR: Duration = Duration::from_secs(3600);

/// An instant for a page: for machines and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// RFC 3339 in UTC.
    pub machine: String,
    /// "21:33", "yesterday 21:33", "Mon 16 Nov 08:00", "16 Nov 2025 08:00".
    pub words: String,
}

/// Says when something happens or happened, as seen from `now`.
pub fn when(at: Timestamp, zone: &TimeZone, now: Timestamp) -> When {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let days = (at.date() - now.date()).get_days();
    let format = match days {
        0 => "%H:%M",
        -1 => "yesterday %H:%M",
        1 => "tomorrow %H:%M",
        _ if at.year() == now.year() || (0..300).contains(&days.abs()) => "%a %-d %b %H:%M",
        _ => "%-d %b %Y %H:%M",
    };
    When { machine: at.timestamp().to_string(), words: at.strftime(format).to_string() }
}

/// Says when a review was posted, as exactly as is known.
pub fn posted(at: Timestamp, precision: Option<Precision>, zone: &TimeZone, now: Timestamp) -> When {
    let local = at.to_zoned(zone.clone());
    let of = |machine, words| When {
        machine: local.strftime(machine).to_string(),
        words: local.strftime(words).to_string(),
    };
    match precision {
        Some(Precision::Exact) | None => when(at, zone, now),
        Some(Precision::Day) => of("%Y-%m-%d", "%-d %b %Y"),
        Some(Precision::Month) => of("%Y-%m", "%B %Y"),
    }
}

/// A span as a glance needs it: "under a minute", "12 min", "5 h 10 min", "3 days".
pub fn span(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "under a minute".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) if hours < 48 => format!("{hours} h"),
        (hours, minutes) if hours < 48 => format!("{hours} h {minutes} min"),
        (hours, _) => format!("{} days", hours / 24),
    }
}

/// A time until which a case can be put off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// What the form sends: seconds since 1970.
    pub until: i64,
    /// What the button says: "Tonight 20:00".
    pub words: String,
}

/// The times that are offered now.
pub fn laters(zone: &TimeZone, now: Timestamp) -> Vec<Later> {
    let local = now.to_zoned(zone.clone());
    let mut laters = vec![Later { until: clock::after(now, HOUR).as_second(), words: "1 hour".to_owned() }];
    if local.time() < TONIGHT_OFFERED_UNTIL {
        laters.extend(on(&local, 0, TONIGHT).map(|until| Later { until, words: "Tonight 20:00".to_owned() }));
    }
    // Who is up before the morning means this one.
    let (days, word) = if local.time() < time(5, 0, 0, 0) { (0, "This morning 8:00") } else { (1, "Tomorrow 8:00") };
    laters.extend(on(&local, days, MORNING).map(|until| Later { until, words: word.to_owned() }));
    laters
}

fn on(local: &Zoned, days: i32, at: Time) -> Option<i64> {
    let date = local.date().checked_add(days.days()).ok()?;
    let zoned = date.to_datetime(at).to_zoned(local.time_zone().clone()).ok()?;
    Some(zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Vienna").unwrap()
    }

    #[track_caller]
    fn check(at: &str, expected: &str) {
        let now = "2026-11-21T20:33:00Z".parse().unwrap();
        assert_eq!(when(at.parse().unwrap(), &zone(), now).words, expected, "{at}");
    }

    #[test]
    fn a_time_is_said_in_the_zone_of_the_location() {
        check("2026-11-21T20:33:00Z", "21:33");
        check("2026-11-20T23:30:00Z", "00:30");
        check("2026-11-20T20:33:00Z", "yesterday 21:33");
        check("2026-11-22T07:00:00Z", "tomorrow 08:00");
        check("2026-11-16T07:00:00Z", "Mon 16 Nov 08:00");
        check("2027-01-04T07:00:00Z", "Mon 4 Jan 08:00");
        check("2025-07-01T07:00:00Z", "1 Jul 2025 09:00");
    }

    #[test]
    fn a_bare_day_is_said_without_a_time() {
        let (at, now) = ("2026-11-16T11:00:00Z".parse().unwrap(), "2026-11-21T20:33:00Z".parse().unwrap());
        assert_eq!(posted(at, Some(Precision::Day), &zone(), now).words, "16 Nov 2026");
        assert_eq!(posted(at, Some(Precision::Month), &zone(), now).words, "November 2026");
        assert_eq!(posted(at, Some(Precision::Exact), &zone(), now).words, "Mon 16 Nov 12:00");
    }

    #[track_caller]
    fn check_laters(now: &str, expected: &[(&str, &str)]) {
        let now = now.parse().unwrap();
        let laters: Vec<(String, String)> = laters(&zone(), now)
            .into_iter()
            .map(|later| (later.words, Timestamp::from_second(later.until).unwrap().to_string()))
            .collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(words, until)| ((*words).to_owned(), (*until).to_owned())).collect();
        assert_eq!(laters, expected);
    }

    #[test]
    fn tonight_and_tomorrow_are_those_of_the_location() {
        check_laters(
            "2026-11-21T10:00:00Z",
            &[
                ("1 hour", "2026-11-21T11:00:00Z"),
                ("Tonight 20:00", "2026-11-21T19:00:00Z"),
                ("Tomorrow 8:00", "2026-11-22T07:00:00Z"),
            ],
        );
    }

    #[test]
    fn late_in_the_evening_there_is_no_tonight() {
        check_laters(
            "2026-11-21T20:33:00Z",
            &[("1 hour", "2026-11-21T21:33:00Z"), ("Tomorrow 8:00", "2026-11-22T07:00:00Z")],
        );
    }

    #[test]
    fn before_dawn_the_morning_is_that_of_the_same_day() {
        check_laters(
            "2026-11-21T01:00:00Z",
            &[
                ("1 hour", "2026-11-21T02:00:00Z"),
                ("Tonight 20:00", "2026-11-21T19:00:00Z"),
                ("This morning 8:00", "2026-11-21T07:00:00Z"),
            ],
        );
    }

    #[test]
    fn a_night_with_a_changed_clock_still_ends_at_eight() {
        // The clocks go back on 25 October 2026: UTC+2 the day before, UTC+1 the next morning.
        check_laters(
            "2026-10-24T20:00:00Z",
            &[("1 hour", "2026-10-24T21:00:00Z"), ("Tomorrow 8:00", "2026-10-25T07:00:00Z")],
        );
    }

    #[test]
    fn spans_are_said_for_a_glance() {
        for (secs, words) in
            [(30, "under a minute"), (720, "12 min"), (7200, "2 h"), (18_600, "5 h 10 min"), (259_200, "3 days")]
        {
            assert_eq!(span(Duration::from_secs(secs)), words);
        }
    }
}
