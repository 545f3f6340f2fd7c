//! One case as a track of dated facts, so that any past Sunday night can be asked how it stood then.
//!
//! Claims (the stages that people move) and evidence (what was seen on the site) are kept on two tracks and never mixed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::facts::CaseFacts;
use crate::{
    case::{Event, Gesture, Gist, History, Recorded, Stage, Step, replay},
    clock,
    review::{Observation, Precision},
};

/// How a guest's reviews stand on their sites, by evidence alone: the worst of them counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnSite {
    /// As bad as when the case was opened.
    Bad,
    /// Better, but not positive.
    Better,
    /// Positive.
    Good,
    /// No longer there.
    Gone,
}

/// One stretch of work: from the first sight, or from a relapse, until it was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// When it began, by our clock.
    pub began_at: Timestamp,
    /// When the guest was first contacted in it.
    pub contacted_at: Option<Timestamp>,
    /// When it was over, by evidence or by a claim.
    pub ended_at: Option<Timestamp>,
}

/// One stretch of a bad review on the site: from posting, or from a relapse, until it was first seen positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When its clock started.
    pub started_at: Timestamp,
    /// When we knew of it: the first sight, or the relapse itself.
    pub seen_at: Timestamp,
    /// When it was first seen positive.
    pub turned_at: Option<Timestamp>,
}

/// A case with everything that happened to it, dated.
#[derive(Clone, Debug)]
pub struct Track<'a> {
    /// The facts it was made of.
    pub case: &'a CaseFacts,
    /// Whether it was posted while we were watching, so that its public clock means something.
    pub timed: bool,
    /// The stretches of work, oldest first; at least one.
    pub works: Vec<Work>,
    /// The stretches on the site, oldest first; at least one.
    pub turns: Vec<Turn>,
    /// When the house's public answer was first seen.
    pub answered_at: Option<Timestamp>,
    stages: Vec<(Timestamp, Stage)>,
    sites: Vec<(Timestamp, OnSite)>,
}

impl<'a> Track<'a> {
    /// Follows the events of one case.
    #[must_use]
    pub fn follow(case: &'a CaseFacts) -> Self {
        let started_at = started_at(case);
        let mut track = Track {
            case,
            timed: is_timed(case),
            works: vec![Work { began_at: case.first_seen_at, contacted_at: None, ended_at: None }],
            turns: vec![Turn { started_at, seen_at: case.first_seen_at, turned_at: None }],
            answered_at: None,
            stages: vec![(case.first_seen_at, Stage::New)],
            sites: vec![(started_at, OnSite::Bad)],
        };
        for (nth, recorded) in case.events.iter().enumerate() {
            if let Some(history) = replay(&case.events[..=nth]) {
                track.follow_work(&history, recorded.at);
            }
            track.follow_site(recorded);
        }
        track
    }

    /// Where the case stood just before `at`; `None` if it was not known yet.
    #[must_use]
    pub fn stage_before(&self, at: Timestamp) -> Option<Stage> {
        (self.case.first_seen_at < at).then(|| last_before(&self.stages, at)).flatten()
    }

    /// Since when the case stood where it stood just before `at`.
    #[must_use]
    pub fn stage_since(&self, at: Timestamp) -> Option<Timestamp> {
        self.stages.iter().rfind(|(since, _)| *since < at).map(|(since, _)| *since)
    }

    /// How the review stood on the site just before `at`, as far as it was known then.
    #[must_use]
    pub fn site_before(&self, at: Timestamp) -> Option<OnSite> {
        (self.case.first_seen_at < at).then(|| last_before(&self.sites, at)).flatten()
    }

    /// Since when the review was gone, if it was gone just before `at`.
    #[must_use]
    pub fn gone_before(&self, at: Timestamp) -> Option<Timestamp> {
        let last = self.sites.iter().rfind(|(since, _)| *since < at)?;
        (last.1 == OnSite::Gone).then_some(last.0)
    }

    /// The stretch of work that ran just before `at`.
    #[must_use]
    pub fn work_before(&self, at: Timestamp) -> Option<Work> {
        self.works.iter().rfind(|work| work.began_at < at).map(|work| Work {
            contacted_at: work.contacted_at.filter(|contacted| *contacted < at),
            ended_at: work.ended_at.filter(|ended| *ended < at),
            ..*work
        })
    }

    /// Who had the case just before `at`; after a relapse nobody has it.
    #[must_use]
    pub fn assignee_before(&self, at: Timestamp) -> Option<String> {
        let known = self.case.events.partition_point(|recorded| recorded.at < at);
        replay(&self.case.events[..known])?.assignee
    }

    /// The last rating seen before `at`, normalised; the opening one if it never changed.
    #[must_use]
    pub fn rating_before(&self, at: Timestamp) -> Option<f64> {
        let seen = |recorded: &Recorded| match &recorded.event {
            Event::Observed { voice: None, observation, .. } => match observation {
                Observation::Raised { to, .. } => Some(*to),
                Observation::Lowered { to, .. } => *to,
                Observation::Reposted { rating } => *rating,
                Observation::Edited
                | Observation::Answered
                | Observation::AnswerRemoved
                | Observation::Vanished
                | Observation::Returned => None,
            },
            Event::Opened { .. }
            | Event::Observed { voice: Some(_), .. }
            | Event::Joined { .. }
            | Event::Step { .. }
            | Event::GuestSaid { .. }
            | Event::Reminded { .. }
            | Event::Escalated => None,
        };
        let opening = self.case.rating.as_ref().map(|rating| rating.value);
        self.events_before(at).filter_map(seen).last().or(opening)
    }

    /// The events before `at`, oldest first.
    pub fn events_before(&self, at: Timestamp) -> impl Iterator<Item = &'a Recorded> {
        self.case.events.iter().filter(move |recorded| recorded.at < at)
    }

    /// What people did before `at`, oldest first, with their names.
    pub fn steps_before(&self, at: Timestamp) -> impl Iterator<Item = (&'a str, &'a Step)> {
        self.events_before(at).filter_map(|recorded| match &recorded.event {
            Event::Step { by, step } => Some((by.as_str(), step)),
            Event::Opened { .. }
            | Event::Observed { .. }
            | Event::Joined { .. }
            | Event::GuestSaid { .. }
            | Event::Reminded { .. }
            | Event::Escalated => None,
        })
    }

    /// The gestures given from `from` to before `to`.
    pub fn gestures(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = &'a Gesture> {
        self.case.events.iter().filter(move |recorded| from <= recorded.at && recorded.at < to).filter_map(|recorded| {
            match &recorded.event {
                Event::Step { step: Step::Gesture(gesture), .. } => Some(gesture),
                Event::Step { .. }
                | Event::Opened { .. }
                | Event::Observed { .. }
                | Event::Joined { .. }
                | Event::GuestSaid { .. }
                | Event::Reminded { .. }
                | Event::Escalated => None,
            }
        })
    }

    /// When the review stood on the site without being positive, between `from` and `to`: pieces, oldest first.
    #[must_use]
    pub fn bad_on_show(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let ends = self.sites.iter().skip(1).map(|(at, _)| *at).chain([to]);
        let pieces = self.sites.iter().zip(ends).filter(|((_, site), _)| matches!(site, OnSite::Bad | OnSite::Better));
        pieces.map(|((begin, _), end)| ((*begin).max(from), end.min(to))).filter(|(begin, end)| begin < end).collect()
    }

    fn follow_work(&mut self, history: &History, at: Timestamp) {
        if self.stages.last().is_none_or(|(_, stage)| *stage != history.stage) {
            self.stages.push((at, history.stage));
        }
        let opened_at = self.case.events.first().map_or(self.case.first_seen_at, |first| first.at);
        let last = self.works.len() - 1;
        let known_since = if last == 0 { opened_at } else { self.works[last].began_at };
        if history.stretch_at > known_since {
            self.works.push(Work { began_at: history.stretch_at, contacted_at: None, ended_at: None });
        }
        if let Some(work) = self.works.last_mut() {
            work.contacted_at = history.contacted_at;
            work.ended_at = history.ended_at;
        }
    }

    fn follow_site(&mut self, recorded: &Recorded) {
        let Event::Observed { observation, gist, .. } = &recorded.event else { return };
        if matches!(observation, Observation::Answered) {
            self.answered_at.get_or_insert(recorded.at);
        }
        let now = self.sites.last().map_or(OnSite::Bad, |(_, site)| *site);
        let next = self.moved(now, *gist, observation);
        let turned = self.turns.last().is_some_and(|turn| turn.turned_at.is_some());
        match next {
            OnSite::Good if !turned => {
                if let Some(turn) = self.turns.last_mut() {
                    turn.turned_at = Some(recorded.at);
                }
            }
            OnSite::Bad if turned => {
                self.turns.push(Turn { started_at: recorded.at, seen_at: recorded.at, turned_at: None })
            }
            OnSite::Good | OnSite::Bad | OnSite::Better | OnSite::Gone => {}
        }
        if next != now {
            self.sites.push((recorded.at, next));
        }
    }

    fn moved(&self, now: OnSite, gist: Gist, observation: &Observation) -> OnSite {
        match gist {
            Gist::Positive => OnSite::Good,
            Gist::Better if now == OnSite::Good => OnSite::Good,
            Gist::Better => OnSite::Better,
            Gist::Negative => OnSite::Bad,
            Gist::Gone => OnSite::Gone,
            Gist::Neutral if now == OnSite::Gone && matches!(observation, Observation::Returned) => {
                let before = self.sites.iter().rev().map(|(_, site)| *site).find(|site| *site != OnSite::Gone);
                before.unwrap_or(OnSite::Bad)
            }
            Gist::Neutral => now,
        }
    }
}

/// The public clock's start: the posting, but never later than our first sight (some sites date into the future).
fn started_at(case: &CaseFacts) -> Timestamp {
    case.published.map_or(case.first_seen_at, |published| published.at.min(case.first_seen_at))
}

/// Whether it was posted while its source was watched, as far as the precision of its date can tell.
fn is_timed(case: &CaseFacts) -> bool {
    let slack = |precision| match precision {
        Precision::Exact => Duration::ZERO,
        Precision::Day => Duration::from_secs(12 * 3600),
        Precision::Month => Duration::from_secs(15 * 86_400),
    };
    match case.published {
        Some(published) => clock::after(published.at, slack(published.precision)) >= case.watched_since,
        None => case.first_seen_at > case.watched_since,
    }
}

fn last_before<T: Copy>(dated: &[(Timestamp, T)], at: Timestamp) -> Option<T> {
    dated.iter().rfind(|(since, _)| *since < at).map(|(_, value)| *value)
}

/// The time from `from` to `to`, never negative.
#[must_use]
pub(super) fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).max(SignedDuration::ZERO).unsigned_abs()
}
