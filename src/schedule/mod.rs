//! When to do something: intervals with jitter for polling, a budget where calls are counted, calendar rules for reports and digests.
//!
//! Polling goes by elapsed time; only calendars go through the `cron` crate, on a civil line without zones, and are placed in the
//! zone afterwards. It never waits; that is `clock`.

pub mod budget;
mod crontab;
mod days;
mod rule;

use std::{fmt, str::FromStr, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

pub(crate) use days::{Days, parse_time};
pub use rule::CalendarRule;

/// A span of time as the owner writes it: "10m", "2h30m", "7d".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// A time zone by its IANA name.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(pub TimeZone);

/// When to poll next: `every` later, moved by up to a tenth either way by `chance` (0–1), so that sources do not march in step.
#[must_use]
pub fn next_poll(last: Timestamp, every: Duration, chance: f64) -> Timestamp {
    let factor = 0.9 + 0.2 * chance.clamp(0.0, 1.0);
    crate::clock::after(last, every.mul_f64(factor))
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!(
                "{text} what? write a unit, such as \"{text}m\" for minutes, \"{text}h\" or \"{text}d\""
            ));
        }
        let span: jiff::SignedDuration = days(text)
            .or_else(|| text.parse().ok())
            .ok_or_else(|| format!("`{text}` is not a span of time such as \"10m\", \"2h30m\" or \"7d\""))?;
        Duration::try_from(span).map(Span).map_err(|_| "a span of time cannot be negative".to_owned())
    }
}

/// Whole days and weeks, which jiff refuses in absolute durations because some days have 23 or 25 hours; here a day is 24 hours.
fn days(text: &str) -> Option<jiff::SignedDuration> {
    let (number, hours) =
        text.strip_suffix('d').map(|n| (n, 24)).or_else(|| text.strip_suffix('w').map(|n| (n, 7 * 24)))?;
    number.trim().parse::<u32>().ok().map(|n| jiff::SignedDuration::from_hours(i64::from(n) * hours))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.as_secs();
        match secs {
            s if s > 0 && s % 86_400 == 0 => write!(f, "{}d", s / 86_400),
            s if s > 0 && s % 3_600 == 0 => write!(f, "{}h", s / 3_600),
            s if s > 0 && s % 60 == 0 => write!(f, "{}m", s / 60),
            s => write!(f, "{s}s"),
        }
    }
}

impl FromStr for Zone {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        TimeZone::get(text.trim())
            .map(Zone)
            .map_err(|_| format!("`{text}` is not a time zone; write one such as \"Europe/Vienna\""))
    }
}

macro_rules! from_text {
    ($name:ident, $format:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}
pub(crate) use from_text;

from_text!(Span, "span");
from_text!(Zone, "time-zone");
from_text!(CalendarRule, "calendar-rule");
