//! What is promised by when: taking, contacting, telling. Pure; the waiting is `work/watch`.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::History;
use crate::calendar::Calendar;

/// A promise of the house to its guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// Somebody takes the case.
    Take,
    /// The guest hears from a person.
    Contact,
    /// The guest hears what changed.
    Tell,
}

impl Promise {
    /// The name in keys, kebab-case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Promise::Take => "take",
            Promise::Contact => "contact",
            Promise::Tell => "tell",
        }
    }

    /// What has to be done, as a reminder says it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Promise::Take => "nobody has taken it",
            Promise::Contact => "the guest has not heard from a person",
            Promise::Tell => "the guest has not been told what changed",
        }
    }
}

/// How long the house gives itself for each promise, in its working hours, from the beginning of the stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// For taking.
    pub take: Duration,
    /// For the first contact.
    pub contact: Duration,
    /// For telling what changed.
    pub tell: Duration,
}

/// The next thing that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What.
    pub promise: Promise,
    /// When.
    pub at: Timestamp,
}

/// The next promise of a case that is neither kept nor reminded of; `None` when nothing is due or the case is over.
#[must_use]
pub fn next_deadline(history: &History, limits: &Limits, calendar: &Calendar) -> Option<Deadline> {
    if !history.stage.is_open() {
        return None;
    }
    let promises = [
        (Promise::Take, limits.take, history.taken_at),
        (Promise::Contact, limits.contact, history.contacted_at),
        (Promise::Tell, limits.tell, history.told_at),
    ];
    promises
        .into_iter()
        .filter(|(promise, _, kept)| kept.is_none() && !history.reminded.contains(promise))
        .map(|(promise, limit, _)| {
            let due = calendar.after(history.stretch_at, limit);
            Deadline { promise, at: history.snoozed_until.map_or(due, |until| due.max(until)) }
        })
        .min_by_key(|deadline| deadline.at)
}
