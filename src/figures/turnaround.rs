//! How long things typically take: until the alert, the first contact, the public answer, and the turnaround.
//!
//! Each is a Kaplan–Meier curve over stretches, as it was known at one instant; claims of people never stop the turnaround's clock.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    km::{Curve, End, Lasted, Quantile},
    track::{Track, between},
};
use crate::{case::Stage, review::Precision};

/// How long something typically takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typical {
    /// How many cases it is computed from.
    pub cases: usize,
    /// In how many of them it has happened.
    pub happened: usize,
    /// By then it has happened for half of them.
    pub median: Quantile,
    /// By then it has happened for nine of ten.
    pub ninetieth: Quantile,
}

impl Typical {
    /// Estimates it from cases that were each observed for a while.
    #[must_use]
    pub fn of(cases: &[Lasted]) -> Self {
        let curve = Curve::estimate(cases);
        Typical {
            cases: cases.len(),
            happened: cases.iter().filter(|case| case.end == End::Happened).count(),
            median: curve.quantile(0.5),
            ninetieth: curve.quantile(0.9),
        }
    }
}

/// Cases begun from `from` to before `to`, as they were known at `asof`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after.
    pub to: Timestamp,
    /// What happened at or after it is not known yet.
    pub asof: Timestamp,
}

impl Begun {
    fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to && at < self.asof
    }
}

/// Published → first alert delivered; only where the site gives the time of posting exactly and we were watching.
#[must_use]
pub fn to_alert(tracks: &[Track<'_>], begun: Begun) -> Typical {
    let exact = |track: &&Track<'_>| {
        track.timed && track.case.published.is_some_and(|published| published.precision == Precision::Exact)
    };
    let cases: Vec<Lasted> = counted(tracks, begun)
        .filter(exact)
        .filter(|track| begun.holds(track.case.first_seen_at))
        .map(|track| {
            // A relapse long after is another stretch: an alert is missing only while the first one lasts.
            let last_look = track.works[0].ended_at.unwrap_or(Timestamp::MAX).min(begun.asof);
            lasted(track.turns[0].started_at, track.case.alerted_at, last_look.max(track.case.first_seen_at), begun)
        })
        .collect();
    Typical::of(&cases)
}

/// First seen → first contact by a person, in each stretch of work; a case that was over before counts until then.
#[must_use]
pub fn to_contact(tracks: &[Track<'_>], begun: Begun) -> Typical {
    let works = counted(tracks, begun).flat_map(|track| track.works.iter()).filter(|work| begun.holds(work.began_at));
    let cases: Vec<Lasted> = works
        .map(|work| {
            let last_look = work.ended_at.unwrap_or(Timestamp::MAX).min(begun.asof);
            lasted(work.began_at, work.contacted_at, last_look, begun)
        })
        .collect();
    Typical::of(&cases)
}

/// Published → the house's public answer seen on the site.
#[must_use]
pub fn to_answer(tracks: &[Track<'_>], begun: Begun) -> Typical {
    let cases: Vec<Lasted> = counted(tracks, begun)
        .filter(|track| track.timed && begun.holds(track.case.first_seen_at))
        .map(|track| {
            let last_look = track.gone_before(begun.asof).unwrap_or(begun.asof);
            lasted(track.turns[0].started_at, track.answered_at, last_look, begun)
        })
        .collect();
    Typical::of(&cases)
}

/// Published → seen positive, in each stretch; open, lost and settled-by-word cases count with their age so far.
///
/// The clock stops when the review is first seen positive; a relapse begins a new stretch, which counts afresh. A review that
/// vanished can no longer turn: it counts as not turned at the age it had then.
#[must_use]
pub fn to_turnaround(tracks: &[Track<'_>], begun: Begun) -> Typical {
    let mut cases = Vec::new();
    for track in counted(tracks, begun).filter(|track| track.timed) {
        let last_look = track.gone_before(begun.asof).unwrap_or(begun.asof);
        for turn in track.turns.iter().filter(|turn| begun.holds(turn.seen_at)) {
            cases.push(lasted(turn.started_at, turn.turned_at, last_look, begun));
        }
    }
    Typical::of(&cases)
}

/// The cases that count: known by then, and not dismissed as spam, a duplicate or not ours.
pub(super) fn counted<'t, 'a>(tracks: &'t [Track<'a>], begun: Begun) -> impl Iterator<Item = &'t Track<'a>> {
    tracks.iter().filter(move |track| track.stage_before(begun.asof).is_some_and(|stage| stage != Stage::Dismissed))
}

fn lasted(from: Timestamp, happened_at: Option<Timestamp>, last_look: Timestamp, begun: Begun) -> Lasted {
    match happened_at.filter(|at| *at < begun.asof) {
        Some(at) => Lasted { length: between(from, at), end: End::Happened },
        None => Lasted { length: between(from, last_look), end: End::NotYet },
    }
}

/// By when the house has promised to contact the guest of a stretch that began then.
pub(super) fn due_at(began_at: Timestamp, house: &super::House) -> Timestamp {
    let within: Duration = house.contact_within;
    match &house.calendar {
        Some(calendar) => calendar.after(began_at, within),
        None => crate::clock::after(began_at, within),
    }
}
