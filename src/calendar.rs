//! Working hours: several blocks a day, holidays, a zone; and spans counted only within them.
//!
//! Blocks are civil times, placed in the zone day by day, so that a day with a clock change is as long as it is. It never asks the time.

use std::{fmt, str::FromStr, time::Duration};

use jiff::{
    Timestamp, civil,
    tz::{AmbiguousOffset, TimeZone},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::{
    clock,
    schedule::{Days, from_text, parse_time},
};

/// How many days are looked through, about a hundred years; a calendar that never opens would be searched for ever.
const DAYS_MAX: usize = 36_600;

/// Minutes in a day as the clock shows it.
const DAY_MINUTES: i16 = 24 * 60;

/// Its beginning and end in minutes since a day's midnight; an end past 24:00 is on the next day.
type Block = (i16, i16);

/// Days and the blocks that all of them have.
type Group = (Days, Vec<Block>);

/// Working hours as the owner writes them: "Mon-Fri 07:00-12:00 13:00-22:00, Sat 09:00-14:00".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    text: String,
    /// From Monday, each day's sorted.
    days: [Vec<Block>; 7],
}

/// Working hours in a zone, with holidays.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    hours: Option<Hours>,
    holidays: Vec<Holiday>,
}

/// A day without work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holiday {
    /// One date.
    Once(civil::Date),
    /// The same month and day every year.
    Yearly {
        /// 1–12.
        month: i8,
        /// 1–31.
        day: i8,
    },
}

impl Calendar {
    /// Day and night, every day.
    #[must_use]
    pub fn always(zone: TimeZone) -> Self {
        Calendar { zone, hours: None, holidays: Vec::new() }
    }

    /// Only within `hours`, and not on `holidays`.
    #[must_use]
    pub fn new(zone: TimeZone, hours: Hours, holidays: Vec<Holiday>) -> Self {
        Calendar { zone, hours: Some(hours), holidays }
    }

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether `at` is working time.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.hours.is_none() || self.blocks(at).next().is_some_and(|(begin, _)| begin <= at)
    }

    /// `at` itself if it is working time, else the next beginning of working time; the end of time if there is none in a hundred years.
    #[must_use]
    pub fn next_open(&self, at: Timestamp) -> Timestamp {
        if self.hours.is_none() {
            return at;
        }
        self.blocks(at).next().map_or(Timestamp::MAX, |(begin, _)| begin.max(at))
    }

    /// The instant at which `span` of working time has passed since `at`; the end of time if that takes more than a hundred years.
    #[must_use]
    pub fn after(&self, at: Timestamp, span: Duration) -> Timestamp {
        if self.hours.is_none() || span.is_zero() {
            return clock::after(at, span);
        }
        let (mut passed, mut left) = (at, span);
        for (begin, end) in self.blocks(at) {
            let begin = begin.max(passed);
            let open = clock::since(end, begin);
            if left <= open {
                return clock::after(begin, left);
            }
            left -= open;
            passed = passed.max(end);
        }
        Timestamp::MAX
    }

    /// How much working time lies between two instants; zero if they are the wrong way round. It counts for a hundred years at most.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        if self.hours.is_none() {
            return clock::since(to, from);
        }
        let (mut passed, mut sum) = (from, Duration::ZERO);
        for (begin, end) in self.blocks(from).take_while(|(begin, _)| *begin < to) {
            sum += clock::since(end.min(to), begin.max(passed));
            passed = passed.max(end);
        }
        sum
    }

    /// The blocks of working time that end after `at`, in order; they may overlap where one runs past midnight into the next.
    fn blocks(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = self.zone.to_datetime(at).date();
        let first = today.yesterday().unwrap_or(today);
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(DAYS_MAX);
        let open = days.filter(|day| !self.holidays.iter().any(|holiday| holiday.is_on(*day)));
        let civil = open.flat_map(move |day| self.civil_blocks(day).map(move |block| (day, block)));
        civil
            .map(|(day, (begin, end))| (self.place(day, begin), self.place(day, end)))
            .filter(move |(begin, end)| begin < end && *end > at)
    }

    fn civil_blocks(&self, day: civil::Date) -> impl Iterator<Item = Block> {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.hours.iter().flat_map(move |hours| hours.days[weekday].iter().copied())
    }

    /// The instant at which the clock first shows that minute of that day, or leaps over it.
    fn place(&self, day: civil::Date, minute: i16) -> Timestamp {
        let day = if minute < DAY_MINUTES { Ok(day) } else { day.tomorrow() };
        let minute = minute % DAY_MINUTES;
        let Ok(shown) = day.map(|day| day.at((minute / 60) as i8, (minute % 60) as i8, 0, 0)) else {
            return Timestamp::MAX;
        };
        let placed = match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shown).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shown).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                let short_of = after.to_timestamp(shown).ok();
                short_of.and_then(|at| self.zone.following(at).next()).map(|leap| leap.timestamp())
            }
        };
        placed.unwrap_or(Timestamp::MAX)
    }
}

impl Hours {
    /// The hours as they were written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Holiday {
    fn is_on(self, date: civil::Date) -> bool {
        match self {
            Holiday::Once(day) => day == date,
            Holiday::Yearly { month, day } => (month, day) == (date.month(), date.day()),
        }
    }
}

impl FromStr for Hours {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let mut days: [Vec<Block>; 7] = Default::default();
        if text.eq_ignore_ascii_case("always") {
            days.fill(vec![(0, DAY_MINUTES)]);
            return Ok(Hours { text: text.to_owned(), days });
        }
        for (group, blocks) in groups(text)? {
            for day in group.indexes() {
                days[day].extend_from_slice(&blocks);
            }
        }
        for blocks in &mut days {
            blocks.sort_unstable();
            if let Some(pair) = blocks.windows(2).find(|pair| pair[1].0 < pair[0].1) {
                return Err(format!("{} and {} overlap on one day", written(pair[0]), written(pair[1])));
            }
        }
        Ok(Hours { text: text.to_owned(), days })
    }
}

/// Days and their blocks: "Mon-Fri 07:00-12:00 13:00-22:00, Sat 09:00-14:00". A comma may also stand between days: "Sat,Sun 09:00-14:00".
fn groups(text: &str) -> Result<Vec<Group>, String> {
    const EXAMPLE: &str = "write hours such as \"Mon-Fri 07:00-12:00 13:00-22:00, Sat 09:00-14:00\", or \"always\"";
    let mut groups: Vec<Group> = Vec::new();
    for word in text.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty()) {
        let is_time = word.starts_with(|c: char| c.is_ascii_digit());
        match (is_time, groups.last_mut()) {
            (true, Some((_, blocks))) => blocks.push(block(word)?),
            (true, None) => return Err(format!("`{word}` stands before any day; {EXAMPLE}")),
            (false, Some((days, blocks))) if blocks.is_empty() => *days = days.and(Days::parse(word)?),
            (false, _) => groups.push((Days::parse(word)?, Vec::new())),
        }
    }
    match groups.last() {
        None => Err(format!("working hours must not be empty; {EXAMPLE}")),
        Some((_, blocks)) if blocks.is_empty() => Err(format!("the last day has no hours; {EXAMPLE}")),
        Some(_) => Ok(groups),
    }
}

/// "22:00-06:00" as minutes; an end not after the beginning is on the next day.
fn block(text: &str) -> Result<Block, String> {
    let (begin, end) =
        text.split_once('-').ok_or_else(|| format!("`{text}` has no end; write one such as 07:00-12:00"))?;
    let (begin, end) = (parse_time(begin)?, parse_time(end)?);
    if begin == DAY_MINUTES || begin == end {
        return Err(format!("`{text}` is no time at all; write 00:00-24:00 for a whole day"));
    }
    Ok((begin, if end < begin { end + DAY_MINUTES } else { end }))
}

fn written((begin, end): Block) -> String {
    let end = if end > DAY_MINUTES { end - DAY_MINUTES } else { end };
    format!("{:02}:{:02}-{:02}:{:02}", begin / 60, begin % 60, end / 60, end % 60)
}

impl FromStr for Holiday {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let refuse = || format!("`{text}` is not a day; write \"2026-12-25\", or \"12-25\" for every year");
        let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        match shape.as_str() {
            "0000-00-00" => text.parse().map(Holiday::Once).map_err(|_| refuse()),
            // 2000 was a leap year, so that 29 February may be a yearly holiday.
            "00-00" => match format!("2000-{text}").parse::<civil::Date>() {
                Ok(date) => Ok(Holiday::Yearly { month: date.month(), day: date.day() }),
                Err(_) => Err(refuse()),
            },
            _ => Err(refuse()),
        }
    }
}

from_text!(Hours, "hours");
from_text!(Holiday, "holiday");

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
