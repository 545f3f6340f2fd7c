//! [`CalendarRule`]: matched by the `cron` crate on a civil line without zones, then placed in the zone.
//!
//! A `chrono` value in UTC only carries the civil time there and back; nothing here is ever an instant of chrono's. It knows no clock.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use cron::Schedule;
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::{
    crontab::Crontab,
    days::{Days, parse_time},
};

/// The longest leap of a clock that is looked back over: Samoa left out a whole day in 2011.
const LEAP_MAX: SignedDuration = SignedDuration::from_hours(25);

/// How many civil times are tried before giving up; a day of minutes, the most that can fall into one leap, and some to spare.
const TRIES_MAX: usize = 2_000;

/// A rule for calendar times: "Mon 08:00", "Mon-Fri 07:30", "daily 18:00", or a five-field crontab in which Monday is 1 and Sunday 0 or 7.
#[derive(Clone, Debug)]
pub struct CalendarRule {
    text: String,
    crontab: Crontab,
    schedules: Vec<Schedule>,
}

impl CalendarRule {
    /// The first time later than `after` at which the rule holds in `zone`; `None` if it never does.
    ///
    /// A time in the hour that the clock skips comes that much later; a time in the hour that comes twice comes once, the first time.
    #[must_use]
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.schedules.iter().filter_map(|schedule| next_of(schedule, after, zone)).min()
    }

    /// The rule as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rule in words where it has a common form ("every Monday at 08:00"), else as it was written.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Crontab { minutes, hours, days, months, weekdays, .. } = &self.crontab;
        let every_day = self.crontab.is_weekly() && weekdays.len() == 7;
        match (minutes.as_slice(), hours.as_slice(), days.as_slice()) {
            ([minute], [hour], _) if self.crontab.is_weekly() => {
                let days = Days::of(weekdays.iter().map(|&day| (day as usize + 6) % 7));
                format!("{} at {hour:02}:{minute:02}", days.in_words())
            }
            ([minute], [hour], [day]) if months.len() == 12 && weekdays.len() == 7 => {
                format!("on day {day} of every month at {hour:02}:{minute:02}")
            }
            ([minute], hours, _) if hours.len() == 24 && every_day => format!("every hour at minute {minute}"),
            ([0, second, ..], hours, _) if hours.len() == 24 && every_day && 60 / second == minutes.len() as u32 => {
                if *second == 1 {
                    "every minute".to_owned()
                } else {
                    format!("every {second} minutes")
                }
            }
            _ => self.text.clone(),
        }
    }
}

impl PartialEq for CalendarRule {
    fn eq(&self, other: &Self) -> bool {
        self.crontab == other.crontab
    }
}

impl fmt::Display for CalendarRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for CalendarRule {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let crontab = match text.split_whitespace().collect::<Vec<_>>()[..] {
            [] => return Err("a calendar rule must not be empty; write one such as \"Mon 08:00\"".to_owned()),
            [days, time] => plain(days, time)?,
            [first, ..] if first.starts_with('@') => {
                return Err(format!("`{first}` is not known; write the rule out, such as \"daily 18:00\""));
            }
            [_] => return Err(format!("`{text}` is not a calendar rule; write one such as \"Mon 08:00\"")),
            _ => text.parse()?,
        };
        let schedules = crontab.schedules()?;
        Ok(CalendarRule { text: text.trim().to_owned(), crontab, schedules })
    }
}

/// "Mon-Fri" and "07:30" as a crontab.
fn plain(days: &str, time: &str) -> Result<Crontab, String> {
    let (days, minutes) = (Days::parse(days)?, parse_time(time)?);
    if minutes == 24 * 60 {
        return Err("`24:00` is the 00:00 of the next day; write that".to_owned());
    }
    let weekdays = days.indexes().map(|day| ((day + 1) % 7).to_string()).collect::<Vec<_>>().join(",");
    format!("{} {} * * {weekdays}", minutes % 60, minutes / 60).parse()
}

/// The first time of one schedule later than `after`.
///
/// The search begins at what the clock would show had it not just leapt forward, because a time inside the leap comes after it;
/// and it goes on behind such a time, because a later civil time may come earlier.
fn next_of(schedule: &Schedule, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let leapt_from = zone.to_offset(after.saturating_sub(LEAP_MAX).ok()?);
    let start = leapt_from.min(zone.to_offset(after)).to_datetime(after);
    let mut best: Option<(Timestamp, civil::DateTime)> = None;
    for carrier in schedule.after(&carry(start)?).take(TRIES_MAX) {
        let civil = uncarry(carrier)?;
        if best.is_some_and(|(_, shown)| civil >= shown) {
            break;
        }
        let at = zone.to_ambiguous_zoned(civil).compatible().ok()?.timestamp();
        if at > after && best.is_none_or(|(earliest, _)| at < earliest) {
            best = Some((at, zone.to_datetime(at)));
        }
    }
    best.map(|(at, _)| at)
}

fn carry(at: civil::DateTime) -> Option<DateTime<Utc>> {
    let date = NaiveDate::from_ymd_opt(at.year().into(), at.month().try_into().ok()?, at.day().try_into().ok()?)?;
    let (hour, minute, second) =
        (at.hour().try_into().ok()?, at.minute().try_into().ok()?, at.second().try_into().ok()?);
    Some(date.and_hms_opt(hour, minute, second)?.and_utc())
}

fn uncarry(at: DateTime<Utc>) -> Option<civil::DateTime> {
    let date =
        civil::Date::new(at.year().try_into().ok()?, at.month().try_into().ok()?, at.day().try_into().ok()?).ok()?;
    Some(date.at(at.hour().try_into().ok()?, at.minute().try_into().ok()?, at.second().try_into().ok()?, 0))
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
