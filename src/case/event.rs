//! What can happen to a case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::ReviewId,
    judge::Sense,
    review::{Kin, Observation},
};

/// One event with its time; the history of a case is a list of these, oldest first, and is never rewritten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// When it happened, by our clock.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The case was opened, by a negative verdict or by a person's wish; one that was over is open again.
    Opened {
        /// The reasons of the verdict.
        because: Vec<String>,
    },
    /// A claim: what a person did.
    Step {
        /// Who did it.
        by: String,
        /// What they did.
        step: Step,
    },
    /// A claim of the guest: whether it is put right, said in the owner's form.
    GuestSaid {
        /// Whether it is.
        put_right: PutRight,
        /// The guest's words.
        note: Option<String>,
    },
    /// The same guest spoke elsewhere; that review belongs to this case from now on.
    Joined {
        /// The review.
        review: ReviewId,
        /// Its source's name.
        source: String,
        /// By what the guest is known.
        kin: Kin,
    },
    /// Evidence: what the daemon saw on the site.
    Observed {
        /// Of which review, if not of the case's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        voice: Option<ReviewId>,
        /// What it saw.
        observation: Observation,
        /// What that means for the case, by the rules of the location at that time.
        gist: Gist,
    },
    /// A deadline passed and was told.
    Reminded {
        /// Which promise was due.
        promise: super::Promise,
    },
    /// Nobody took the case in time, and the next people were told.
    Escalated,
}

/// Whether it is put right, as the guest says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PutRight {
    /// It is.
    Yes,
    /// In part.
    Partly,
    /// It is not.
    No,
}

impl PutRight {
    /// The answer of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "yes" => Some(PutRight::Yes),
            "partly" => Some(PutRight::Partly),
            "no" => Some(PutRight::No),
            _ => None,
        }
    }

    /// What the guest says, as an owner reads it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            PutRight::Yes => "it is put right",
            PutRight::Partly => "it is partly put right",
            PutRight::No => "it is not put right",
        }
    }
}

/// What a person did, or says that they did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// "I take it."
    Take,
    /// Got in touch with the guest.
    Contact {
        /// How, and what was said.
        note: Option<String>,
    },
    /// Asked the guest what would put it right.
    AskAdvice {
        /// What the guest advised.
        note: Option<String>,
    },
    /// Fixed what was wrong.
    Fix {
        /// What was changed.
        note: Option<String>,
    },
    /// Told the guest what changed.
    Tell {
        /// How.
        note: Option<String>,
    },
    /// Asked the guest to reconsider, as the platform allows.
    AskReconsider {
        /// How.
        note: Option<String>,
    },
    /// Wrote something down.
    Note {
        /// The words.
        note: String,
    },
    /// Gave the guest something, unconditionally.
    Gesture(Gesture),
    /// Put it off.
    Snooze {
        /// Until then.
        until: Timestamp,
    },
    /// Read the review and said how it is meant, against the verdict.
    Correct {
        /// The verdict that was wrong.
        from: Sense,
        /// How it is meant.
        to: Sense,
    },
    /// Said that a review is of the same guest: it belongs to this case.
    Join {
        /// The review.
        review: ReviewId,
    },
    /// Said that a review is of another guest: it left this case.
    Part {
        /// The review.
        review: ReviewId,
    },
    /// Ended it.
    Close {
        /// As what.
        #[serde(rename = "as")]
        outcome: CloseAs,
        /// Why.
        note: Option<String>,
    },
}

/// Something given to the guest: always unconditional, never tied to the review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gesture {
    /// What: "call", "gift", "refund", "discount", …
    pub kind: String,
    /// What it cost, in hundredths of the currency.
    pub cost_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Who approved it.
    pub approved_by: String,
    /// Further words.
    pub note: Option<String>,
}

/// As what a person may end a case. There is no "turned": only evidence turns a case around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum CloseAs {
    /// The guest said that it is settled.
    Settled,
    /// The guest stays unhappy, or cannot be reached.
    Lost,
    /// Not ours, spam, or a duplicate.
    Dismissed,
}

/// What an observation means for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gist {
    /// The review is positive now.
    Positive,
    /// It is no longer negative, but not positive either.
    Better,
    /// It became negative, or worse than it was.
    Negative,
    /// It is gone from the site.
    Gone,
    /// Nothing that moves the case: an answer, other words, a rating raised but still negative.
    Neutral,
}
