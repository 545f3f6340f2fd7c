//! Five-field crontabs, read as `crontab(5)` does, and handed to the `cron` crate in the form that it takes.
//!
//! The crate wants seconds and counts Sunday as 1, so every field is read here and written anew as plain lists. It knows no zones.

use std::str::FromStr;

use cron::Schedule;

/// One field of a crontab.
struct Field {
    name: &'static str,
    min: u32,
    /// The highest number that may be written.
    max: u32,
    /// After how many values it begins again.
    turn: u32,
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minute", min: 0, max: 59, turn: 60, names: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, turn: 24, names: &[] };
const DAY: Field = Field { name: "day of the month", min: 1, max: 31, turn: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    turn: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Field = Field {
    name: "day of the week",
    min: 0,
    max: 7,
    turn: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// The values of the five fields, sorted; the days of the week with Sunday as 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crontab {
    pub(super) minutes: Vec<u32>,
    pub(super) hours: Vec<u32>,
    pub(super) days: Vec<u32>,
    pub(super) months: Vec<u32>,
    pub(super) weekdays: Vec<u32>,
    /// Whether either kind of day is enough: so it is in crontab(5) when neither field begins with `*`.
    either_day: bool,
}

impl Crontab {
    /// Whether it runs on every day of the month and every month, so that only days of the week and times matter.
    pub(super) fn is_weekly(&self) -> bool {
        self.days.len() == 31 && self.months.len() == 12
    }

    /// The same rule for the `cron` crate; two schedules when either kind of day is enough.
    pub(super) fn schedules(&self) -> Result<Vec<Schedule>, String> {
        let all_days: Vec<u32> = (1..=31).collect();
        let all_weekdays: Vec<u32> = (0..=6).collect();
        if self.either_day {
            Ok(vec![self.schedule(&self.days, &all_weekdays)?, self.schedule(&all_days, &self.weekdays)?])
        } else {
            Ok(vec![self.schedule(&self.days, &self.weekdays)?])
        }
    }

    fn schedule(&self, days: &[u32], weekdays: &[u32]) -> Result<Schedule, String> {
        let list = |values: &[u32]| values.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let quartz: Vec<u32> = weekdays.iter().map(|day| day + 1).collect();
        let (minutes, hours, months) = (list(&self.minutes), list(&self.hours), list(&self.months));
        let line = format!("0 {minutes} {hours} {} {months} {}", list(days), list(&quartz));
        Schedule::from_str(&line).map_err(|error| error.to_string())
    }
}

impl FromStr for Crontab {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(format!(
                "a crontab has five fields (minute hour day month weekday); this has {}",
                fields.len()
            ));
        };
        Ok(Crontab {
            minutes: MINUTE.parse(minutes)?,
            hours: HOUR.parse(hours)?,
            days: DAY.parse(days)?,
            months: MONTH.parse(months)?,
            weekdays: WEEKDAY.parse(weekdays)?,
            either_day: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }
}

impl Field {
    /// The values of a list such as "1,3-5,*/15".
    fn parse(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut values = Vec::new();
        for part in text.split(',') {
            values.extend(self.part(part)?);
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn part(&self, text: &str) -> Result<Vec<u32>, String> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (text, None),
        };
        let (first, length) = match range.split_once('-') {
            Some((first, last)) => self.range(self.value(first)?, self.value(last)?),
            None if range == "*" => (self.min, self.turn - 1),
            None if step.is_some() => self.range(self.value(range)?, self.min + self.turn - 1),
            None => (self.value(range)?, 0),
        };
        let at = |offset: u32| self.min + (first - self.min + offset) % self.turn;
        Ok((0..=length).step_by(step.unwrap_or(1)).map(at).collect())
    }

    /// The first value and how many follow it; a range that ends before it begins goes on over the turn.
    fn range(&self, first: u32, last: u32) -> (u32, u32) {
        (first, if first <= last { last - first } else { last + self.turn - first })
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_ascii_lowercase();
        if let Some(index) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.min + u32::try_from(index).unwrap_or(0));
        }
        let number = if text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<u32>().ok() } else { None };
        number.filter(|n| (self.min..=self.max).contains(n)).ok_or_else(|| self.refuse(text))
    }

    fn step(&self, text: &str) -> Result<usize, String> {
        let step = if text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<usize>().ok() } else { None };
        step.filter(|step| (1..=self.max as usize).contains(step)).ok_or_else(|| {
            format!("`/{text}` is not a step in the field {}; write a number from 1 to {}", self.name, self.max)
        })
    }

    fn refuse(&self, text: &str) -> String {
        let names = match self.names {
            [first, .., last] => format!(", or a name from {first} to {last}"),
            _ => String::new(),
        };
        format!("`{text}` is not a value of the field {}; write {} to {}{names}", self.name, self.min, self.max)
    }
}
