//! Working hours: several blocks a day, holidays, a zone; and spans counted only within them.

use std::{str::FromStr, time::Duration};

use jiff::{Timestamp, civil, tz::TimeZone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::schedule::from_text;

/// Working hours as the owner writes them: "Mon-Fri 07:00-12:00 13:00-22:00, Sat 09:00-14:00".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    text: String,
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
        let _ = at;
        todo!()
    }

    /// `at` itself if it is working time, else the next beginning of working time.
    #[must_use]
    pub fn next_open(&self, at: Timestamp) -> Timestamp {
        let _ = at;
        todo!()
    }

    /// The instant at which `span` of working time has passed since `at`.
    #[must_use]
    pub fn after(&self, at: Timestamp, span: Duration) -> Timestamp {
        let _ = (at, span);
        todo!()
    }

    /// How much working time lies between two instants.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        let _ = (from, to);
        todo!()
    }
}

impl FromStr for Hours {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Hours { text: text.to_owned() })
    }
}

impl FromStr for Holiday {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let _ = text;
        todo!()
    }
}

from_text!(Hours, "hours");
