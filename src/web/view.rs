//! What the case's page says: the review, where it stands, what is due, what happened, what can be done next. Pure.
//!
//! Claims and evidence are never of one kind here: "Maria says" and "Seen on the site" come from different events and look different.

mod forms;
mod history;
mod review;

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use jiff::{Timestamp, tz::TimeZone};

use super::when::{self, Later, When};
use crate::{
    case::{Event, Promise, Stage, Step, next_deadline},
    clock,
    store::{cases::CaseFile, reviews::VersionRow},
    terms::AskRule,
    work::house::Place,
};

use forms::{Form, forms};
use history::{Line, Mark, history, rail};
use review::{Before, Elsewhere, Guest, before, elsewhere, guest};

/// What the page is made of.
pub struct Seen {
    /// The case.
    pub file: CaseFile,
    /// Every version of its review, the first one first.
    pub versions: Vec<VersionRow>,
    /// Its location.
    pub place: Arc<Place>,
    /// Whether the platform allows to ask.
    pub rule: AskRule,
    /// Whether the link was sent to a channel that several people read.
    pub is_shared: bool,
    /// Where the guest can say whether it is put right, if the location has a form.
    pub guest_link: Option<String>,
    /// The present.
    pub now: Timestamp,
}

/// What a form was answered with, and what it had said.
pub struct Said {
    /// The status of the answer.
    pub status: StatusCode,
    /// Why nothing was saved.
    pub why: String,
    /// The form.
    pub step: String,
    /// The words in it.
    pub note: String,
}

/// Who has a case, since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// "You have it", "Maria has it".
    pub who: String,
    /// Since then.
    pub since: When,
}

/// The page.
#[derive(Template)]
#[template(path = "web/case.html")]
pub struct CasePage<'a> {
    token: &'a str,
    person: &'a str,
    case: String,
    place: String,
    zone: String,
    headline: &'static str,
    tone: &'static str,
    held: Option<Held>,
    ended: Option<(&'static str, When)>,
    snoozed: Option<When>,
    due: Option<Due>,
    refused: Option<String>,
    guest: Guest,
    because: Vec<String>,
    before: Vec<Before>,
    elsewhere: Vec<Elsewhere>,
    rail: Vec<Mark>,
    lines: Vec<Line>,
    can_take: bool,
    is_shared: bool,
    laters: Vec<Later>,
    forms: Vec<Form>,
    ask_rule: &'static str,
    guest_link: Option<&'a str>,
}

/// What is due.
struct Due {
    what: &'static str,
    at: When,
    /// "in 2 h", "2 h ago".
    distance: String,
    is_late: bool,
}

/// Puts the page together for who holds the link.
pub fn page<'a>(seen: &'a Seen, link: (&'a str, &'a str), said: Option<Said>) -> CasePage<'a> {
    let (person, token) = link;
    let Seen { file, place, now, .. } = seen;
    let (zone, stage) = (&place.zone, file.history.stage);
    let open = stage.is_open();
    let reader = (!seen.is_shared).then_some(person);
    let held = held(file, reader, (zone, *now));
    let can_take = open && held.is_none();
    let until = file.history.snoozed_until.filter(|until| open && until > now);
    CasePage {
        token,
        person,
        case: file.row.id.to_string(),
        place: file.row.location.clone(),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        headline: headline(stage),
        tone: tone(stage),
        ended: file.history.ended_at.map(|at| (ending(stage), when::when(at, zone, *now))),
        snoozed: until.map(|until| when::when(until, zone, *now)),
        due: due(seen),
        refused: said.as_ref().map(|said| sentence(&said.why)),
        guest: guest(seen),
        because: file.review.verdict.because.iter().map(|because| sentence(because)).collect(),
        before: before(seen),
        elsewhere: elsewhere(seen),
        rail: rail(seen),
        lines: history(seen),
        can_take,
        is_shared: seen.is_shared,
        laters: if open && !can_take { when::laters(zone, *now) } else { Vec::new() },
        forms: forms(stage, seen.rule, can_take, said),
        ask_rule: seen.rule.in_words(),
        guest_link: seen.guest_link.as_deref().filter(|_| open && !can_take),
        held,
    }
}

/// Who has an open case; `reader` is the one person who reads the page.
pub fn held(file: &CaseFile, reader: Option<&str>, here: (&TimeZone, Timestamp)) -> Option<Held> {
    let history = &file.history;
    let holder = history.assignee.as_deref().filter(|_| history.stage.is_open())?;
    let took = file.events.iter().rev().find_map(|recorded| match &recorded.event {
        Event::Step { by, step: Step::Take } if by == holder => Some(recorded.at),
        _ => None,
    });
    let since = took.filter(|took| *took >= history.stretch_at).or(history.taken_at)?;
    let who = if reader == Some(holder) { "You have it".to_owned() } else { format!("{holder} has it") };
    Some(Held { who, since: when::when(since, here.0, here.1) })
}

impl Held {
    /// "Maria has it since 21:33".
    pub fn in_words(&self) -> String {
        format!("{} since {}", self.who, self.since.words)
    }
}

fn headline(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "A review needs a hand",
        Stage::Taken | Stage::Contacted | Stage::AdviceAsked | Stage::Fixed | Stage::Told | Stage::Asked => {
            "A review in good hands"
        }
        Stage::TurnedAround => "Turned around",
        Stage::Improved => "Better, not yet good",
        Stage::Withdrawn => "The review is gone",
        Stage::Settled => "Settled with the guest",
        Stage::Lost => "Closed: the guest stays unhappy",
        Stage::Dismissed => "Dismissed",
    }
}

fn tone(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "warm",
        Stage::TurnedAround | Stage::Improved => "good",
        Stage::Taken | Stage::Contacted | Stage::AdviceAsked | Stage::Fixed | Stage::Told | Stage::Asked => "calm",
        Stage::Withdrawn | Stage::Settled | Stage::Lost | Stage::Dismissed => "calm",
    }
}

/// How an end is known: by evidence, or by what a person said.
fn ending(stage: Stage) -> &'static str {
    match stage {
        Stage::TurnedAround | Stage::Improved | Stage::Withdrawn => "Seen on the site",
        Stage::Settled | Stage::Lost | Stage::Dismissed => "Closed by hand",
        Stage::New | Stage::Taken | Stage::Contacted | Stage::AdviceAsked => "Open",
        Stage::Fixed | Stage::Told | Stage::Asked => "Open",
    }
}

fn due(seen: &Seen) -> Option<Due> {
    let mut history = seen.file.history.clone();
    // What was reminded of is still due.
    history.reminded.clear();
    let deadline = next_deadline(&history, &seen.place.limits, &seen.place.calendar)?;
    let what = match deadline.promise {
        Promise::Take => "Somebody takes it",
        Promise::Contact => "The guest hears from a person",
        Promise::Tell => "The guest hears what changed",
    };
    let is_late = deadline.at < seen.now;
    let distance = if is_late {
        format!("{} ago", when::span(clock::since(seen.now, deadline.at)))
    } else {
        format!("in {}", when::span(clock::since(deadline.at, seen.now)))
    };
    Some(Due { what, at: when::when(deadline.at, &seen.place.zone, seen.now), distance, is_late })
}

/// A message as a sentence of a page: with a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}
