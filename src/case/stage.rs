//! The whole state machine of a case: one pure function, no wildcard arm.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CloseAs, Event, Gist, Observation, Recorded, Step};
use crate::{judge::Sense, terms::AskRule};

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nobody has it.
    New,
    /// Somebody has it.
    Taken,
    /// The guest was contacted.
    Contacted,
    /// The guest was asked for advice.
    AdviceAsked,
    /// What was wrong is fixed.
    Fixed,
    /// The guest was told what changed.
    Told,
    /// The guest was asked to reconsider.
    Asked,
    /// Seen: the review is positive now.
    TurnedAround,
    /// Seen: the review is better, but not positive.
    Improved,
    /// Seen: the review is gone.
    Withdrawn,
    /// Claimed: the guest said that it is settled.
    Settled,
    /// Claimed: the guest stays unhappy.
    Lost,
    /// Claimed: not ours, spam, or a duplicate.
    Dismissed,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 13] = [
        Stage::New,
        Stage::Taken,
        Stage::Contacted,
        Stage::AdviceAsked,
        Stage::Fixed,
        Stage::Told,
        Stage::Asked,
        Stage::TurnedAround,
        Stage::Improved,
        Stage::Withdrawn,
        Stage::Settled,
        Stage::Lost,
        Stage::Dismissed,
    ];

    /// Whether somebody still has to do something.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Stage::New
            | Stage::Taken
            | Stage::Contacted
            | Stage::AdviceAsked
            | Stage::Fixed
            | Stage::Told
            | Stage::Asked => true,
            Stage::TurnedAround
            | Stage::Improved
            | Stage::Withdrawn
            | Stage::Settled
            | Stage::Lost
            | Stage::Dismissed => false,
        }
    }

    /// The stage as an owner reads it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Stage::New => "nobody has it",
            Stage::Taken => "taken",
            Stage::Contacted => "guest contacted",
            Stage::AdviceAsked => "advice asked",
            Stage::Fixed => "fixed",
            Stage::Told => "told what changed",
            Stage::Asked => "asked to reconsider",
            Stage::TurnedAround => "turned around (seen)",
            Stage::Improved => "improved (seen)",
            Stage::Withdrawn => "withdrawn (seen)",
            Stage::Settled => "settled (the guest said so)",
            Stage::Lost => "lost",
            Stage::Dismissed => "dismissed",
        }
    }

    /// The name in the store and in JSON, kebab-case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::New => "new",
            Stage::Taken => "taken",
            Stage::Contacted => "contacted",
            Stage::AdviceAsked => "advice-asked",
            Stage::Fixed => "fixed",
            Stage::Told => "told",
            Stage::Asked => "asked",
            Stage::TurnedAround => "turned-around",
            Stage::Improved => "improved",
            Stage::Withdrawn => "withdrawn",
            Stage::Settled => "settled",
            Stage::Lost => "lost",
            Stage::Dismissed => "dismissed",
        }
    }

    /// The stage of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Stage::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

/// What may move a case: a person's step, or what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// "I take it."
    Take,
    /// Contacted the guest.
    Contact,
    /// Asked for advice.
    AskAdvice,
    /// Fixed it.
    Fix,
    /// Told the guest what changed.
    Tell,
    /// Asked to reconsider, under the platform's rule.
    AskReconsider(AskRule),
    /// A note, a gesture, or whose words are whose.
    Remark,
    /// A snooze.
    Snooze,
    /// Said that it is a complaint, or that it is none.
    Correct(Meant),
    /// Ended it.
    Close(CloseAs),
    /// Evidence.
    Seen(Gist),
}

/// How a person reads a review that was judged otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// It is a complaint.
    Complaint,
    /// It is none.
    NoComplaint,
}

/// Why a step is refused; the text is shown to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The case is over.
    #[error("the case is over ({}); it opens again by itself if the review gets worse", .0.in_words())]
    Over(Stage),
    /// Telling before fixing.
    #[error("tell the guest what changed after something was fixed: record `fix` first")]
    NothingFixed,
    /// Asking before telling.
    #[error("ask a guest to reconsider only after they were told what changed: record `tell` first")]
    NotTold,
    /// The platform forbids it.
    #[error("this platform does not allow businesses to ask for a changed review")]
    AskForbidden,
}

/// The stage after a move, or why the move is refused.
///
/// # Errors
/// The [`Refusal`] to show to the person; evidence is never refused.
pub fn advance(stage: Stage, step: Move) -> Result<Stage, Refusal> {
    use Stage::{
        AdviceAsked, Asked, Contacted, Dismissed, Fixed, Improved, Lost, New, Settled, Taken, Told, TurnedAround,
        Withdrawn,
    };
    let over = !stage.is_open();
    match step {
        Move::Seen(gist) => Ok(seen(stage, gist)),
        Move::Remark => Ok(stage),
        Move::Correct(meant) => Ok(corrected(stage, meant)),
        _ if over => Err(Refusal::Over(stage)),
        Move::Snooze => Ok(stage),
        Move::Take => Ok(match stage {
            New => Taken,
            Taken | Contacted | AdviceAsked | Fixed | Told | Asked | TurnedAround | Improved | Withdrawn | Settled
            | Lost | Dismissed => stage,
        }),
        Move::Contact => Ok(stage.max(Contacted)),
        Move::AskAdvice => Ok(match stage {
            New | Taken | Contacted | AdviceAsked => AdviceAsked,
            Fixed | Told | Asked | TurnedAround | Improved | Withdrawn | Settled | Lost | Dismissed => stage,
        }),
        Move::Fix => Ok(match stage {
            New | Taken | Contacted | AdviceAsked | Fixed => Fixed,
            Told | Asked | TurnedAround | Improved | Withdrawn | Settled | Lost | Dismissed => stage,
        }),
        Move::Tell => match stage {
            Fixed | Told => Ok(Told),
            Asked => Ok(Asked),
            New | Taken | Contacted | AdviceAsked => Err(Refusal::NothingFixed),
            TurnedAround | Improved | Withdrawn | Settled | Lost | Dismissed => Err(Refusal::Over(stage)),
        },
        Move::AskReconsider(AskRule::Forbidden) => Err(Refusal::AskForbidden),
        Move::AskReconsider(AskRule::PlainAskAllowed | AskRule::OwnerDecides) => match stage {
            Told | Asked => Ok(Asked),
            New | Taken | Contacted | AdviceAsked | Fixed => Err(Refusal::NotTold),
            TurnedAround | Improved | Withdrawn | Settled | Lost | Dismissed => Err(Refusal::Over(stage)),
        },
        Move::Close(CloseAs::Settled) => Ok(Settled),
        Move::Close(CloseAs::Lost) => Ok(Lost),
        Move::Close(CloseAs::Dismissed) => Ok(Dismissed),
    }
}

/// A case that is none is dismissed, one that is one after all is opened again; what was seen or said otherwise stays.
fn corrected(stage: Stage, meant: Meant) -> Stage {
    match (meant, stage) {
        (Meant::Complaint, Stage::Dismissed) => Stage::New,
        (Meant::NoComplaint, open) if open.is_open() => Stage::Dismissed,
        (Meant::Complaint | Meant::NoComplaint, same) => same,
    }
}

fn seen(stage: Stage, gist: Gist) -> Stage {
    use Stage::{Improved, New, TurnedAround, Withdrawn};
    match gist {
        Gist::Positive => TurnedAround,
        Gist::Better => match stage {
            TurnedAround => TurnedAround,
            _ => Improved,
        },
        Gist::Negative => match stage {
            TurnedAround | Improved | Withdrawn => New,
            Stage::Settled | Stage::Lost => New,
            open_or_dismissed => open_or_dismissed,
        },
        Gist::Gone => match stage {
            Stage::Dismissed => Stage::Dismissed,
            _ => Withdrawn,
        },
        Gist::Neutral => stage,
    }
}

/// What the history of a case says now.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Where the case stands.
    pub stage: Stage,
    /// Who has it, if somebody has.
    pub assignee: Option<String>,
    /// When the present stretch began: the opening, or the last relapse.
    pub stretch_at: Timestamp,
    /// When it was taken in this stretch.
    pub taken_at: Option<Timestamp>,
    /// When the guest was first contacted in this stretch (contact or any later step towards the guest).
    pub contacted_at: Option<Timestamp>,
    /// When something was fixed in this stretch.
    pub fixed_at: Option<Timestamp>,
    /// When the guest was told in this stretch.
    pub told_at: Option<Timestamp>,
    /// When it ended, if it is over.
    pub ended_at: Option<Timestamp>,
    /// Until when it is put off.
    pub snoozed_until: Option<Timestamp>,
    /// Which promises were already reminded of in this stretch.
    pub reminded: Vec<super::Promise>,
    /// Whether this stretch was escalated.
    pub escalated: bool,
    /// Where the case stood when its review went missing, so that its return changes nothing.
    before_gone: Option<Stage>,
}

/// Computes where a case stands from its history, oldest event first; `None` for an empty one.
///
/// Steps that a former version accepted stay accepted: a refusal leaves the stage as it is.
#[must_use]
pub fn replay(events: &[Recorded]) -> Option<History> {
    let first = events.first()?;
    let mut history = History::begin(first.at);
    for recorded in events {
        history.apply(recorded);
    }
    Some(history)
}

impl History {
    fn begin(at: Timestamp) -> Self {
        History {
            stage: Stage::New,
            assignee: None,
            stretch_at: at,
            taken_at: None,
            contacted_at: None,
            fixed_at: None,
            told_at: None,
            ended_at: None,
            snoozed_until: None,
            reminded: Vec::new(),
            escalated: false,
            before_gone: None,
        }
    }

    fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.event {
            Event::Opened { .. } if !self.stage.is_open() => self.go(Stage::New, at),
            Event::Opened { .. } | Event::Joined { .. } => {}
            Event::Reminded { promise } => self.reminded.push(*promise),
            Event::Escalated => self.escalated = true,
            // What a guest says moves nobody's work, and turns nothing around: that is seen on the site.
            Event::GuestSaid { .. } => {}
            Event::Step { by, step } => {
                let moved = advance(self.stage, step.as_move(AskRule::OwnerDecides)).unwrap_or(self.stage);
                self.note_step(by, step, at);
                self.go(moved, at);
            }
            Event::Observed { observation: Observation::Returned, .. } if self.stage == Stage::Withdrawn => {
                self.stage = self.before_gone.take().unwrap_or(Stage::New);
                self.ended_at = self.ended_at.filter(|_| !self.stage.is_open());
            }
            Event::Observed { gist, .. } => {
                if *gist == Gist::Gone {
                    self.before_gone = Some(self.stage);
                }
                self.go(seen(self.stage, *gist), at);
            }
        }
    }

    fn note_step(&mut self, by: &str, step: &Step, at: Timestamp) {
        match step {
            Step::Take => self.assignee = Some(by.to_owned()),
            Step::Contact { .. } | Step::AskAdvice { .. } | Step::Tell { .. } | Step::AskReconsider { .. } => {
                self.contacted_at.get_or_insert(at);
            }
            Step::Fix { .. } => {
                self.fixed_at.get_or_insert(at);
            }
            Step::Snooze { until } => self.snoozed_until = Some(*until),
            Step::Note { .. }
            | Step::Gesture(_)
            | Step::Correct { .. }
            | Step::Join { .. }
            | Step::Part { .. }
            | Step::Close { .. } => {}
        }
        if matches!(step, Step::Tell { .. }) {
            self.told_at.get_or_insert(at);
        }
        if !matches!(
            step,
            Step::Note { .. }
                | Step::Snooze { .. }
                | Step::Correct { .. }
                | Step::Join { .. }
                | Step::Part { .. }
                | Step::Close { .. }
        ) {
            self.taken_at.get_or_insert(at);
            self.assignee.get_or_insert_with(|| by.to_owned());
        }
    }

    fn go(&mut self, to: Stage, at: Timestamp) {
        let (was_open, is_open) = (self.stage.is_open(), to.is_open());
        if !was_open && is_open {
            *self = History { stage: to, ..History::begin(at) };
        } else {
            self.stage = to;
            if !is_open && was_open {
                self.ended_at = Some(at);
            } else if !is_open {
                self.ended_at.get_or_insert(at);
            }
        }
    }
}

impl Step {
    /// The move that this step is, under the platform's rule for asking.
    #[must_use]
    pub fn as_move(&self, rule: AskRule) -> Move {
        match self {
            Step::Take => Move::Take,
            Step::Contact { .. } => Move::Contact,
            Step::AskAdvice { .. } => Move::AskAdvice,
            Step::Fix { .. } => Move::Fix,
            Step::Tell { .. } => Move::Tell,
            Step::AskReconsider { .. } => Move::AskReconsider(rule),
            Step::Note { .. } | Step::Gesture(_) | Step::Join { .. } | Step::Part { .. } => Move::Remark,
            Step::Snooze { .. } => Move::Snooze,
            Step::Correct { to: Sense::Negative, .. } => Move::Correct(Meant::Complaint),
            Step::Correct { to: Sense::Neutral | Sense::Positive | Sense::Unrated, .. } => {
                Move::Correct(Meant::NoComplaint)
            }
            Step::Close { outcome, .. } => Move::Close(*outcome),
        }
    }
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
