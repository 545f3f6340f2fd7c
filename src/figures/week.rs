//! ISO weeks in a location's zone: Monday 00:00 to Monday 00:00 by its own clock, whatever the year's end or clock changes do.
//!
//! It does not decide when a report is sent; that is `schedule`.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, ISOWeekDate, Weekday},
    tz::TimeZone,
};

/// A week by ISO 8601: it begins on Monday, and week 1 holds the year's first Thursday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsoWeek {
    monday: Date,
}

impl IsoWeek {
    /// The week of that year and number; `None` if the year has no such week.
    #[must_use]
    pub fn new(year: i16, number: i8) -> Option<Self> {
        // The calendar's very last days are refused so that a next week always exists.
        let monday = ISOWeekDate::new(year, number, Weekday::Monday).ok()?.date();
        (-9000..=9000).contains(&year).then_some(IsoWeek { monday })
    }

    /// The week that holds a day.
    #[must_use]
    pub fn of_day(day: Date) -> Self {
        let back = day.weekday().to_monday_zero_offset();
        IsoWeek { monday: day.checked_sub(i64::from(back).days()).unwrap_or(day) }
    }

    /// The week that holds an instant, by the zone's clock.
    #[must_use]
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        Self::of_day(zone.to_datetime(at).date())
    }

    /// The last week that is over.
    #[must_use]
    pub fn last_over(now: Timestamp, zone: &TimeZone) -> Self {
        Self::of(now, zone).back(1)
    }

    /// The week `weeks` earlier.
    #[must_use]
    pub fn back(self, weeks: i64) -> Self {
        IsoWeek { monday: self.monday.checked_sub((7 * weeks).days()).unwrap_or(self.monday) }
    }

    /// The year to which the week belongs: 2027-01-03 lies in a week of 2026.
    #[must_use]
    pub fn year(self) -> i16 {
        self.monday.iso_week_date().year()
    }

    /// 1–53.
    #[must_use]
    pub fn number(self) -> i8 {
        self.monday.iso_week_date().week()
    }

    /// Its first day.
    #[must_use]
    pub fn monday(self) -> Date {
        self.monday
    }

    /// Its last day.
    #[must_use]
    pub fn sunday(self) -> Date {
        self.monday.checked_add(6.days()).unwrap_or(self.monday)
    }

    /// The first instant of its Monday.
    #[must_use]
    pub fn starts_at(self, zone: &TimeZone) -> Timestamp {
        let midnight = zone.to_ambiguous_zoned(self.monday.at(0, 0, 0, 0)).compatible();
        midnight.map_or(Timestamp::MIN, |midnight| midnight.timestamp())
    }

    /// The first instant after its Sunday.
    #[must_use]
    pub fn ends_at(self, zone: &TimeZone) -> Timestamp {
        self.back(-1).starts_at(zone)
    }

    /// How many hours it has: 168, or 167 or 169 when the clocks change.
    #[must_use]
    pub fn hours(self, zone: &TimeZone) -> i64 {
        self.ends_at(zone).duration_since(self.starts_at(zone)).as_hours()
    }

    /// Its days as a reader says them: "Mon 16 – Sun 22 November 2026".
    #[must_use]
    pub fn in_words(self) -> String {
        let (monday, sunday) = (self.monday(), self.sunday());
        let from = match (monday.year() == sunday.year(), monday.month() == sunday.month()) {
            (true, true) => monday.strftime("Mon %-d"),
            (true, false) => monday.strftime("Mon %-d %B"),
            (false, _) => monday.strftime("Mon %-d %B %Y"),
        };
        format!("{from} – {}", sunday.strftime("Sun %-d %B %Y"))
    }
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-W{:02}", self.year(), self.number())
    }
}

impl FromStr for IsoWeek {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a week; write one such as \"2026-W47\"");
        let (year, number) = text.trim().split_once("-W").ok_or_else(wrong)?;
        let (year, number) = (year.parse().map_err(|_| wrong())?, number.parse().map_err(|_| wrong())?);
        Self::new(year, number).ok_or_else(|| format!("the year {year} has no week {number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[track_caller]
    fn check(at: &str, in_zone: &str, week: &str) {
        assert_eq!(IsoWeek::of(at.parse().unwrap(), &zone(in_zone)).to_string(), week, "{at} in {in_zone}");
    }

    #[test]
    fn the_year_end_belongs_to_week_53_or_week_1_as_iso_says() {
        check("2026-12-31T12:00:00Z", "Europe/Vienna", "2026-W53");
        check("2027-01-03T12:00:00Z", "Europe/Vienna", "2026-W53");
        check("2027-01-04T12:00:00Z", "Europe/Vienna", "2027-W01");
        check("2025-12-29T12:00:00Z", "Europe/Vienna", "2026-W01");
        check("2021-01-03T12:00:00Z", "UTC", "2020-W53");
    }

    #[test]
    fn the_week_before_the_first_is_the_last_of_the_year_before() {
        assert_eq!(IsoWeek::new(2027, 1).unwrap().back(1).to_string(), "2026-W53");
        assert_eq!(IsoWeek::new(2026, 1).unwrap().back(1).to_string(), "2025-W52");
        assert_eq!(IsoWeek::new(2026, 53).unwrap().back(-1).to_string(), "2027-W01");
    }

    #[test]
    fn sunday_night_on_the_west_coast_is_still_the_old_week() {
        check("2026-11-23T07:59:59Z", "America/Los_Angeles", "2026-W47");
        check("2026-11-23T08:00:00Z", "America/Los_Angeles", "2026-W48");
        check("2026-11-22T23:00:00Z", "Europe/Vienna", "2026-W48");
        check("2026-11-22T22:59:59Z", "Europe/Vienna", "2026-W47");
    }

    #[test]
    fn a_week_has_an_hour_less_or_more_when_the_clocks_change() {
        let hours = |year, week, name| IsoWeek::new(year, week).unwrap().hours(&zone(name));
        assert_eq!(hours(2026, 13, "Europe/Vienna"), 167);
        assert_eq!(hours(2026, 43, "Europe/Vienna"), 169);
        assert_eq!(hours(2026, 44, "America/Los_Angeles"), 169);
        assert_eq!(hours(2026, 47, "Europe/Vienna"), 168);
    }

    #[test]
    fn weeks_follow_each_other_without_a_gap_for_ten_years() {
        for name in ["Europe/Vienna", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"]
        {
            let zone = zone(name);
            let mut week = IsoWeek::new(2020, 1).unwrap();
            for _ in 0..520 {
                let next = week.back(-1);
                assert_eq!(week.ends_at(&zone), next.starts_at(&zone), "{week} in {name}");
                assert_eq!(IsoWeek::of(week.starts_at(&zone), &zone), week);
                assert_eq!(IsoWeek::of(week.ends_at(&zone) - 1.milliseconds(), &zone), week);
                week = next;
            }
        }
    }

    #[test]
    fn a_week_is_said_in_days() {
        let words = |year, week| IsoWeek::new(year, week).unwrap().in_words();
        assert_eq!(words(2026, 47), "Mon 16 – Sun 22 November 2026");
        assert_eq!(words(2026, 49), "Mon 30 November – Sun 6 December 2026");
        assert_eq!(words(2026, 53), "Mon 28 December 2026 – Sun 3 January 2027");
    }

    #[test]
    fn a_week_is_read_as_it_is_written() {
        assert_eq!("2026-W53".parse(), Ok(IsoWeek::new(2026, 53).unwrap()));
        assert_eq!("2025-W53".parse::<IsoWeek>(), Err("the year 2025 has no week 53".to_owned()));
        for text in ["", "47", "2026", "2026-W", "2026-Wx", "-W1", "99999-W01", "2026-W0", "2026-W-1", "9999-W52"] {
            assert!(text.parse::<IsoWeek>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_week_that_is_over_is_never_the_running_one() {
        let vienna = zone("Europe/Vienna");
        let last = |at: &str| IsoWeek::last_over(at.parse().unwrap(), &vienna).to_string();
        assert_eq!(last("2026-11-22T22:59:59Z"), "2026-W46");
        assert_eq!(last("2026-11-23T07:00:00Z"), "2026-W47");
    }
}
