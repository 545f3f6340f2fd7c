//! The cases worth naming: the best saves of a period, and the guests who have waited longest. Thanks, not ranks.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    facts::CaseFacts,
    period::{Period, waiting},
    track::{OnSite, Track, between},
};
use crate::{
    case::{Stage, Step},
    review::Rating,
};

/// A review that was seen to turn, and still stands so.
#[derive(Clone, Debug)]
pub struct Save<'a> {
    /// The case.
    pub case: &'a CaseFacts,
    /// One to five stars when the case was opened, if rated.
    pub stars_before: Option<usize>,
    /// One to five stars now, if rated.
    pub stars_now: Option<usize>,
    /// From posting (or the relapse) until it was first seen positive.
    pub took: Duration,
    /// Who did something for it, in order of their first step.
    pub by: Vec<&'a str>,
    /// What the guest advised, as noted last.
    pub advice: Option<&'a str>,
    /// What was changed, as noted last.
    pub fixed: Option<&'a str>,
    /// The kinds of gestures given.
    pub gestures: Vec<&'a str>,
}

/// An open case.
#[derive(Clone, Debug)]
pub struct Waiting<'a> {
    /// The case.
    pub case: &'a CaseFacts,
    /// One to five stars as last seen, if rated.
    pub stars: Option<usize>,
    /// Where it stands.
    pub stage: Stage,
    /// Who has it, if somebody has.
    pub assignee: Option<String>,
    /// How long the guest has waited.
    pub waited: Duration,
    /// Whether the guest has heard from a person.
    pub heard: bool,
}

/// The turns of a period: the largest step up first, then the quickest.
#[must_use]
pub fn best_saves<'a>(tracks: &[Track<'a>], period: &Period) -> Vec<Save<'a>> {
    let mut saves: Vec<Save<'a>> = tracks.iter().filter_map(|track| save(track, period)).collect();
    let gain = |save: &Save<'_>| save.stars_now.unwrap_or(0).saturating_sub(save.stars_before.unwrap_or(0));
    saves.sort_by_key(|save| (std::cmp::Reverse(gain(save)), save.took, save.case.id));
    saves
}

/// The open cases: those whose guest has not heard from a person first, then by how long they have waited.
#[must_use]
pub fn longest_waiting<'a>(tracks: &[Track<'a>], asof: Timestamp) -> Vec<Waiting<'a>> {
    let mut list: Vec<Waiting<'a>> = tracks.iter().filter_map(|track| wait(track, asof)).collect();
    list.sort_by_key(|waiting| (waiting.heard, std::cmp::Reverse(waiting.waited), waiting.case.id));
    list
}

fn save<'a>(track: &Track<'a>, period: &Period) -> Option<Save<'a>> {
    let asof = period.asof;
    let dismissed = track.stage_before(asof)? == Stage::Dismissed;
    if track.site_before(asof)? != OnSite::Good || dismissed {
        return None;
    }
    let turn = track.turns.iter().rfind(|turn| turn.seen_at < asof)?;
    let turned_at = turn.turned_at.filter(|at| period.from <= *at && *at < asof)?;
    let mut save = Save {
        case: track.case,
        stars_before: stars(track.case, track.rating_before(turned_at)),
        stars_now: stars(track.case, track.rating_before(asof)),
        took: between(turn.started_at, turned_at),
        by: Vec::new(),
        advice: None,
        fixed: None,
        gestures: Vec::new(),
    };
    for (by, step) in track.steps_before(turned_at) {
        save.note(by, step);
    }
    Some(save)
}

impl<'a> Save<'a> {
    fn note(&mut self, by: &'a str, step: &'a Step) {
        if !self.by.contains(&by) {
            self.by.push(by);
        }
        match step {
            Step::AskAdvice { note } => self.advice = note.as_deref().or(self.advice),
            Step::Fix { note } => self.fixed = note.as_deref().or(self.fixed),
            Step::Gesture(gesture) => self.gestures.push(&gesture.kind),
            Step::Take
            | Step::Contact { .. }
            | Step::Tell { .. }
            | Step::AskReconsider { .. }
            | Step::Note { .. }
            | Step::Snooze { .. }
            | Step::Correct { .. }
            | Step::Join { .. }
            | Step::Part { .. }
            | Step::Close { .. } => {}
        }
    }
}

fn wait<'a>(track: &Track<'a>, asof: Timestamp) -> Option<Waiting<'a>> {
    let stage = track.stage_before(asof).filter(|stage| stage.is_open())?;
    let work = track.work_before(asof)?;
    Some(Waiting {
        case: track.case,
        stars: stars(track.case, track.rating_before(asof)),
        stage,
        assignee: track.assignee_before(asof),
        waited: waiting(track, asof),
        heard: work.contacted_at.is_some(),
    })
}

/// A normalised rating as one to five stars, on the scale of the case.
fn stars(case: &CaseFacts, value: Option<f64>) -> Option<usize> {
    let (rating, value) = (case.rating.as_ref()?, value?);
    Some(Rating { value, ..rating.clone() }.as_stars())
}
