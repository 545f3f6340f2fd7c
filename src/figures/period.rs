//! Every figure of one period, computed by one function for this week, last week, and each week of the habit.
//!
//! It is given tracks, not counters, and an instant after which nothing is known: so last week's column is what last week's report said.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Facts, IsoWeek,
    exposure::{Exposure, exposure},
    money::Money,
    track::{OnSite, Track, between},
    turnaround::{self, Begun, Typical, counted, due_at},
};
use crate::case::Stage;

/// How many weeks of cases the typical time to turnaround is computed from.
pub const TURNAROUND_WEEKS: i64 = 12;

/// A range of weeks, and when it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The first week whose cases are in the time to turnaround.
    pub turnaround_from: Timestamp,
    /// What happened at or after this is not known yet.
    pub asof: Timestamp,
    /// The first week.
    pub first: IsoWeek,
    /// The last week.
    pub last: IsoWeek,
}

/// Kept promises of those that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many.
    pub part: usize,
    /// Of how many.
    pub whole: usize,
}

/// The figures of one period.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Reviews first seen.
    pub seen: usize,
    /// Of them negative when first seen.
    pub negative: usize,
    /// Of them positive when first seen.
    pub positive: usize,
    /// Of them without a rating when first seen.
    pub unrated: usize,
    /// Stretches of work that began: new cases and relapses.
    pub begun: usize,
    /// Published → alert delivered.
    pub alert: Typical,
    /// First seen → first contact.
    pub contact: Typical,
    /// First contacts within the house's promise, of those due.
    pub promise: Share,
    /// Published → public answer seen.
    pub answer: Typical,
    /// Published → seen positive, over the last twelve weeks' cases.
    pub turnaround: Typical,
    /// Seen to turn positive, and still so at the end.
    pub turned: usize,
    /// Seen to fall back after they had turned.
    pub relapsed: usize,
    /// Seen better but not positive, and still so at the end.
    pub improved: usize,
    /// Seen gone, and still so at the end.
    pub withdrawn: usize,
    /// Closed as settled by a person, and still so at the end.
    pub settled: usize,
    /// Closed as lost by a person, and still so at the end.
    pub lost: usize,
    /// Closed as dismissed by a person.
    pub dismissed: usize,
    /// At the end: said to be settled while the site shows no change, whenever that was said.
    pub claimed_not_seen: usize,
    /// At the end: cases open.
    pub open: usize,
    /// At the end: the age of the oldest open case.
    pub oldest: Option<Duration>,
    /// At the end: open cases whose guest has not heard from a person.
    pub unheard: usize,
    /// At the end: how long the longest of them has waited.
    pub unheard_longest: Option<Duration>,
    /// Bad reviews on show.
    pub exposure: Exposure,
    /// What gestures cost, to whomever they were given.
    pub gestures: Money,
}

impl Period {
    /// One week, looked at on its Sunday night, or now if it is not over.
    #[must_use]
    pub fn week(facts: &Facts, week: IsoWeek, now: Timestamp) -> Self {
        Self::weeks(facts, week, week, now)
    }

    /// Several weeks, looked at at the end of the last one, or now if it is not over.
    #[must_use]
    pub fn weeks(facts: &Facts, first: IsoWeek, last: IsoWeek, now: Timestamp) -> Self {
        let zone = &facts.zone;
        let to = last.ends_at(zone);
        Period {
            from: first.starts_at(zone),
            to,
            turnaround_from: last.back(TURNAROUND_WEEKS - 1).starts_at(zone),
            // What happened in this very millisecond is known.
            asof: to.min(crate::clock::after(now, Duration::from_millis(1))),
            first,
            last,
        }
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.asof
    }
}

impl Figures {
    /// Computes the figures of a period.
    #[must_use]
    pub fn of(facts: &Facts, tracks: &[Track<'_>], period: &Period) -> Self {
        let Period { from, to, asof, .. } = *period;
        let begun = Begun { from, to, asof };
        let mut figures = Figures {
            seen: 0,
            negative: 0,
            positive: 0,
            unrated: 0,
            begun: 0,
            alert: turnaround::to_alert(tracks, begun),
            contact: turnaround::to_contact(tracks, begun),
            promise: promise(facts, tracks, begun),
            answer: turnaround::to_answer(tracks, begun),
            turnaround: turnaround::to_turnaround(tracks, Begun { from: period.turnaround_from, ..begun }),
            turned: 0,
            relapsed: 0,
            improved: 0,
            withdrawn: 0,
            settled: 0,
            lost: 0,
            dismissed: 0,
            claimed_not_seen: 0,
            open: 0,
            oldest: None,
            unheard: 0,
            unheard_longest: None,
            exposure: exposure(facts, tracks, from, asof.max(from)),
            gestures: Money::default(),
        };
        figures.count_reviews(facts, period);
        for track in tracks {
            figures.count_outcomes(track, period);
            figures.count_open(track, asof);
            track.gestures(from, asof).for_each(|gesture| figures.gestures.add(gesture));
        }
        figures
    }

    fn count_reviews(&mut self, facts: &Facts, period: &Period) {
        let weeks = period.first..=period.last;
        for day in facts.days.iter().filter(|day| weeks.contains(&IsoWeek::of_day(day.day))) {
            self.seen += day.seen;
            self.negative += day.negative;
            self.positive += day.positive;
            self.unrated += day.unrated;
        }
    }

    fn count_outcomes(&mut self, track: &Track<'_>, period: &Period) {
        let asof = period.asof;
        let (Some(stage), Some(site)) = (track.stage_before(asof), track.site_before(asof)) else { return };
        if stage == Stage::Dismissed {
            self.dismissed += usize::from(ended_within(track, period));
            return;
        }
        self.begun += track.works.iter().filter(|work| period.holds(work.began_at)).count();
        self.relapsed += track.turns.iter().skip(1).filter(|turn| period.holds(turn.started_at)).count();
        let turned_at = track.turns.iter().rfind(|turn| turn.seen_at < asof).and_then(|turn| turn.turned_at);
        if site == OnSite::Good {
            self.turned += usize::from(turned_at.is_some_and(|at| period.holds(at)));
        }
        self.claimed_not_seen += usize::from(stage == Stage::Settled);
        if !ended_within(track, period) {
            return;
        }
        match stage {
            Stage::Improved => self.improved += 1,
            Stage::Withdrawn => self.withdrawn += 1,
            Stage::Settled => self.settled += 1,
            Stage::Lost => self.lost += 1,
            Stage::New
            | Stage::Taken
            | Stage::Contacted
            | Stage::AdviceAsked
            | Stage::Fixed
            | Stage::Told
            | Stage::Asked
            | Stage::TurnedAround
            | Stage::Dismissed => {}
        }
    }

    fn count_open(&mut self, track: &Track<'_>, asof: Timestamp) {
        if !track.stage_before(asof).is_some_and(Stage::is_open) {
            return;
        }
        let Some(work) = track.work_before(asof) else { return };
        let waited = waiting(track, asof);
        self.open += 1;
        self.oldest = self.oldest.max(Some(waited));
        if work.contacted_at.is_none() {
            self.unheard += 1;
            self.unheard_longest = self.unheard_longest.max(Some(waited));
        }
    }
}

/// How long the guest of an open case has waited: since posting, if that was while we were watching, or since the relapse.
#[must_use]
pub fn waiting(track: &Track<'_>, asof: Timestamp) -> Duration {
    let work = track.works.iter().enumerate().rfind(|(_, work)| work.began_at < asof);
    let since = match work {
        Some((0, _)) | None if track.timed => track.turns[0].started_at,
        Some((_, work)) => work.began_at,
        None => track.case.first_seen_at,
    };
    between(since, asof)
}

/// Whether the present stage of a case that is over was reached within the period.
fn ended_within(track: &Track<'_>, period: &Period) -> bool {
    track.stage_since(period.asof).is_some_and(|since| period.holds(since))
}

/// First contacts within the promise, of the stretches begun whose promise is kept or has run out.
fn promise(facts: &Facts, tracks: &[Track<'_>], begun: Begun) -> Share {
    let mut share = Share::default();
    for track in counted(tracks, begun) {
        let Some(house) = facts.house(&track.case.location) else { continue };
        for work in track.works.iter().filter(|work| begun.from <= work.began_at && work.began_at < begun.asof) {
            let due = due_at(work.began_at, house);
            let contacted = work.contacted_at.filter(|at| *at < begun.asof);
            let over = work.ended_at.is_some_and(|at| at < due);
            match contacted {
                Some(at) if at <= due => share = Share { part: share.part + 1, whole: share.whole + 1 },
                None if over => {}
                Some(_) | None if due < begun.asof => share.whole += 1,
                Some(_) | None => {}
            }
        }
    }
    share
}
