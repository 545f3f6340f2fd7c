//! What a human must know now, in no channel's format: [`Alert`], its named [`Reason`]s, and the pure plan of who hears it when.

pub mod compose;
pub mod link;
mod news;
mod plan;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::CaseId, judge::Severity};

pub use news::{Found, News, State, What};
pub use plan::{AddressBook, Deliver, Desk, Reached, Route, plan};

/// One thing to tell, stored once, delivered once per channel and person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What makes it this alert and no other: the same key is never told twice.
    pub key: String,
    /// Why it is told.
    pub reason: Reason,
    /// How urgent it is.
    pub severity: Severity,
    /// When it arose.
    pub at: Timestamp,
    /// The location's name, if it is about one.
    pub location: Option<String>,
    /// The source's name, if it is about one.
    pub source: Option<String>,
    /// The case, if there is one.
    pub case: Option<CaseId>,
    /// One line in our words, without the guest's text: "New 1-star review at Hotel Alpenblick".
    pub headline: String,
    /// Further lines in our words: why it was judged so, what is due when, what the next step is.
    pub lines: Vec<String>,
    /// The guest's review, if it is about one. Hostile until rendered.
    pub review: Option<ReviewCard>,
    /// The weekly report, rendered, if this alert carries one.
    pub report: Option<ReportBody>,
}

/// The part of a review that an alert shows. Every text in it was written by a stranger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReviewCard {
    /// The rating in words: "2 of 5"; none if unrated.
    pub rating: Option<String>,
    /// The rating as one to five stars.
    pub stars: Option<usize>,
    /// The guest's displayed name.
    pub author: Option<String>,
    /// The headline.
    pub title: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// A BCP 47 tag.
    pub language: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// When it was posted, if known.
    pub posted_at: Option<Timestamp>,
    /// The rating before, for what changed.
    pub rating_before: Option<String>,
    /// Whether it was said in private, and is therefore not quoted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}

/// A weekly report, already rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportBody {
    /// As plain text.
    pub text: String,
    /// As HTML for mail.
    pub html: String,
    /// As JSON.
    pub json: serde_json::Value,
}

/// Why an alert is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A new negative review.
    NewNegative,
    /// A known review became negative.
    BecameNegative,
    /// A case that was over is open again: the review was lowered.
    Relapsed,
    /// A review was seen to turn from negative to positive.
    TurnedAround,
    /// A review was raised, but not far enough.
    Improved,
    /// A review in an open case is no longer on the site.
    Vanished,
    /// A review in an open case is there again.
    Returned,
    /// A step of a case is due.
    Due,
    /// Nobody took the case in time; the next person hears of it.
    Escalated,
    /// A snoozed case is awake again.
    Woke,
    /// The guest said whether it is put right.
    GuestSaid,
    /// What was found at first contact with one source or several.
    Baseline,
    /// A review without a rating, to be read by a person.
    Unrated,
    /// A source is in trouble.
    SourceTrouble,
    /// A source is well again.
    SourceHealed,
    /// Many reviews appeared or disappeared at once.
    SourceAnomaly,
    /// A channel was switched off.
    ChannelBroken,
    /// The weekly turnaround report.
    WeeklyReport,
    /// A test that a person asked for.
    Test,
}

/// Whom a reason concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Those who look after guests.
    Staff,
    /// Those who look after the program.
    Admin,
    /// Those who read the weekly report.
    ReportReaders,
}

impl Reason {
    /// Whom it concerns. Staff never get machine noise.
    #[must_use]
    pub fn audience(self) -> Audience {
        match self {
            Reason::SourceTrouble
            | Reason::SourceHealed
            | Reason::SourceAnomaly
            | Reason::ChannelBroken
            | Reason::Baseline => Audience::Admin,
            Reason::WeeklyReport => Audience::ReportReaders,
            Reason::NewNegative
            | Reason::BecameNegative
            | Reason::Relapsed
            | Reason::TurnedAround
            | Reason::Improved
            | Reason::Vanished
            | Reason::Returned
            | Reason::Due
            | Reason::Escalated
            | Reason::Woke
            | Reason::GuestSaid
            | Reason::Unrated
            | Reason::Test => Audience::Staff,
        }
    }

    /// The event type in webhooks: a dot hierarchy, as Standard Webhooks asks for.
    #[must_use]
    pub fn event_type(self) -> &'static str {
        match self {
            Reason::NewNegative => "review.negative.created",
            Reason::BecameNegative => "review.negative.updated",
            Reason::Relapsed => "case.relapsed",
            Reason::TurnedAround => "review.turned_positive",
            Reason::Improved => "review.improved",
            Reason::Vanished => "review.vanished",
            Reason::Returned => "review.returned",
            Reason::Due => "case.due",
            Reason::Escalated => "case.escalated",
            Reason::Woke => "case.woke",
            Reason::GuestSaid => "case.guest_said",
            Reason::Baseline => "source.baseline",
            Reason::Unrated => "review.unrated.created",
            Reason::SourceTrouble => "source.degraded",
            Reason::SourceHealed => "source.healed",
            Reason::SourceAnomaly => "source.anomaly",
            Reason::ChannelBroken => "channel.broken",
            Reason::WeeklyReport => "report.weekly",
            Reason::Test => "channel.test",
        }
    }
}
