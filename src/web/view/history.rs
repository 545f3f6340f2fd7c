//! The stage rail, and the history of a case line by line: claims with their person, evidence with what was seen.

use super::{
    super::when::{self, When},
    Seen,
};
use crate::{
    case::{CloseAs, Event, Gesture, Observation, Promise, Recorded, Stage, Step},
    id::ReviewId,
    review::Scale,
    terms::AskRule,
};

/// The usual scale, for a review whose own is not known.
const FIVE: Scale = Scale { worst: 1.0, best: 5.0 };

/// One station of the rail.
pub struct Mark {
    /// Its name.
    pub words: &'static str,
    /// "done", "now" or "ahead": said in words as well.
    pub state: &'static str,
    /// Who and when.
    pub done: Option<(String, When)>,
}

/// One line of the history.
pub struct Line {
    /// When.
    pub at: When,
    /// "claim", "evidence" or "house".
    pub kind: &'static str,
    /// "Maria says", "Seen on the site", "amends".
    pub who: String,
    /// What.
    pub what: String,
    /// The person's words.
    pub note: Option<String>,
}

/// The stations of the present stretch, as they were recorded; what was skipped is not shown as done.
pub fn rail(seen: &Seen) -> Vec<Mark> {
    let history = &seen.file.history;
    let stretch: Vec<&Recorded> = seen.file.events.iter().filter(|event| event.at >= history.stretch_at).collect();
    let stations = [
        (Stage::Taken, "Taken"),
        (Stage::Contacted, "Guest contacted"),
        (Stage::AdviceAsked, "Advice asked"),
        (Stage::Fixed, "Fixed"),
        (Stage::Told, "Told what changed"),
        (Stage::Asked, "Asked to reconsider"),
    ];
    let shown = stations.into_iter().filter(|(stage, _)| *stage != Stage::Asked || seen.rule != AskRule::Forbidden);
    let mut marks: Vec<Mark> = shown
        .map(|(stage, words)| {
            let done = stretch.iter().find_map(|recorded| by_whom(recorded, stage).map(|by| (by, recorded.at)));
            let done = done.map(|(by, at)| (by.to_owned(), when::when(at, &seen.place.zone, seen.now)));
            let state = if done.is_some() { "done" } else { "ahead" };
            Mark { words, state: if history.stage == stage { "now" } else { state }, done }
        })
        .collect();
    marks.push(last(history.stage));
    marks
}

fn last(stage: Stage) -> Mark {
    let words = match stage {
        Stage::Improved => "Improved (seen)",
        Stage::Withdrawn => "Withdrawn (seen gone)",
        Stage::Settled => "Settled (the guest said so)",
        Stage::Lost => "Lost",
        Stage::Dismissed => "Dismissed",
        Stage::TurnedAround | Stage::New | Stage::Taken | Stage::Contacted => "Turned around (seen)",
        Stage::AdviceAsked | Stage::Fixed | Stage::Told | Stage::Asked => "Turned around (seen)",
    };
    Mark { words, state: if stage.is_open() { "ahead" } else { "now" }, done: None }
}

/// Who did what brings a case to that stage, if this is it.
fn by_whom(recorded: &Recorded, stage: Stage) -> Option<&str> {
    let Event::Step { by, step } = &recorded.event else { return None };
    let reached = match step {
        Step::Take => Stage::Taken,
        Step::Contact { .. } => Stage::Contacted,
        Step::AskAdvice { .. } => Stage::AdviceAsked,
        Step::Fix { .. } => Stage::Fixed,
        Step::Tell { .. } => Stage::Told,
        Step::AskReconsider { .. } => Stage::Asked,
        Step::Note { .. }
        | Step::Gesture(_)
        | Step::Snooze { .. }
        | Step::Correct { .. }
        | Step::Join { .. }
        | Step::Part { .. }
        | Step::Close { .. } => return None,
    };
    (reached == stage).then_some(by)
}

/// The history, oldest first.
pub fn history(seen: &Seen) -> Vec<Line> {
    let scale = seen.file.review.content.rating.as_ref().map_or(FIVE, |rating| rating.scale);
    seen.file.events.iter().map(|recorded| line(recorded, scale, seen)).collect()
}

fn line(recorded: &Recorded, scale: Scale, seen: &Seen) -> Line {
    let at = when::when(recorded.at, &seen.place.zone, seen.now);
    let (kind, who, what, note) = match &recorded.event {
        Event::Opened { .. } => ("house", "amends".to_owned(), "opened the case".to_owned(), None),
        Event::Reminded { promise } => ("house", "amends".to_owned(), reminded(*promise).to_owned(), None),
        Event::Escalated => ("house", "amends".to_owned(), "told the next people".to_owned(), None),
        Event::GuestSaid { put_right, note } => {
            ("claim", "The guest says".to_owned(), put_right.in_words().to_owned(), note.clone())
        }
        Event::Joined { source, kin, .. } => (
            "house",
            "amends".to_owned(),
            format!("saw that the same guest wrote on {source}: {}", kin.in_words()),
            None,
        ),
        Event::Observed { voice, observation, .. } => {
            let (on, scale) = elsewhere(*voice, seen).unwrap_or(("the site", scale));
            ("evidence", format!("Seen on {on}"), sight(observation, scale), None)
        }
        Event::Step { by, step } => {
            let (what, note) = claim(step, seen);
            ("claim", format!("{by} says"), what, note)
        }
    };
    Line { at, kind, who, what, note }
}

/// Where a further review of the guest stands, and its scale.
fn elsewhere(voice: Option<ReviewId>, seen: &Seen) -> Option<(&str, Scale)> {
    let voice = seen.file.voices.iter().find(|known| Some(known.review.id) == voice)?;
    Some((&voice.review.source, voice.review.content.rating.as_ref().map_or(FIVE, |rating| rating.scale)))
}

fn reminded(promise: Promise) -> &'static str {
    match promise {
        Promise::Take => "reminded: nobody has taken it",
        Promise::Contact => "reminded: the guest has not heard from a person",
        Promise::Tell => "reminded: the guest has not been told what changed",
    }
}

fn claim(step: &Step, seen: &Seen) -> (String, Option<String>) {
    match step {
        Step::Take => ("I take it".to_owned(), None),
        Step::Contact { note } => ("contacted the guest".to_owned(), note.clone()),
        Step::AskAdvice { note } => ("asked what would put it right".to_owned(), note.clone()),
        Step::Fix { note } => ("fixed it".to_owned(), note.clone()),
        Step::Tell { note } => ("told the guest what changed".to_owned(), note.clone()),
        Step::AskReconsider { note } => ("asked to reconsider".to_owned(), note.clone()),
        Step::Note { note } => ("noted".to_owned(), Some(note.clone())),
        Step::Gesture(gesture) => (given(gesture), gesture.note.clone()),
        Step::Snooze { until } => {
            (format!("put off until {}", when::when(*until, &seen.place.zone, seen.now).words), None)
        }
        Step::Correct { from, to } => (format!("corrected the verdict from {} to {}", from.name(), to.name()), None),
        Step::Join { .. } => ("said that the same guest wrote elsewhere too".to_owned(), None),
        Step::Part { .. } => ("said that a review is of another guest".to_owned(), None),
        Step::Close { outcome, note } => (closed(*outcome).to_owned(), note.clone()),
    }
}

fn given(gesture: &Gesture) -> String {
    let (whole, cents) = (gesture.cost_cents / 100, (gesture.cost_cents % 100).abs());
    let cost = format!("{} {whole}.{cents:02}", gesture.currency);
    format!("gave a {}, {cost}, approved by {}", gesture.kind, gesture.approved_by)
}

fn closed(outcome: CloseAs) -> &'static str {
    match outcome {
        CloseAs::Settled => "closed: the guest said that it is settled",
        CloseAs::Lost => "closed: the guest stays unhappy",
        CloseAs::Dismissed => "closed: not ours, spam or a duplicate",
    }
}

/// What was seen, on the review's own scale: "raised 1 → 5 of 5".
fn sight(observation: &Observation, scale: Scale) -> String {
    let stars = |value: f64| {
        let stars = scale.worst + value * (scale.best - scale.worst);
        format!("{}", (stars * 10.0).round() / 10.0)
    };
    let of = scale.best;
    match observation {
        Observation::Raised { from: None, to } => format!("rated {} of {of}", stars(*to)),
        Observation::Raised { from: Some(from), to } => format!("raised {} → {} of {of}", stars(*from), stars(*to)),
        Observation::Lowered { from, to: None } => {
            format!("the rating was taken away; it was {} of {of}", stars(*from))
        }
        Observation::Lowered { from, to: Some(to) } => format!("lowered {} → {} of {of}", stars(*from), stars(*to)),
        Observation::Edited => "the words were changed".to_owned(),
        Observation::Answered => "the public answer is there".to_owned(),
        Observation::AnswerRemoved => "the public answer was taken away".to_owned(),
        Observation::Vanished => "the review is no longer there".to_owned(),
        Observation::Returned => "the review is there again".to_owned(),
        Observation::Reposted { rating: None } => "the same guest wrote again, without a rating".to_owned(),
        Observation::Reposted { rating: Some(rating) } => {
            format!("the same guest wrote again: {} of {of}", stars(*rating))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(observation: Observation, scale: Scale, expected: &str) {
        assert_eq!(sight(&observation, scale), expected);
    }

    #[test]
    fn evidence_is_said_on_the_reviews_own_scale() {
        let ten = Scale { worst: 1.0, best: 10.0 };
        check(Observation::Raised { from: Some(0.0), to: 1.0 }, FIVE, "raised 1 → 5 of 5");
        check(Observation::Raised { from: Some(0.5), to: 0.75 }, ten, "raised 5.5 → 7.8 of 10");
        check(Observation::Raised { from: None, to: 0.75 }, FIVE, "rated 4 of 5");
        check(Observation::Lowered { from: 1.0, to: Some(0.25) }, FIVE, "lowered 5 → 2 of 5");
        check(Observation::Lowered { from: 1.0, to: None }, FIVE, "the rating was taken away; it was 5 of 5");
    }
}
