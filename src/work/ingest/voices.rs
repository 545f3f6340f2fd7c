//! One guest, many voices: whose case a new review belongs to, and what the guest's other reviews make of what was seen.

use std::time::Duration;

use super::{Desk, Found};
use crate::{
    alert::compose::Also,
    case::{Event, Gist, Recorded, Stage, weigh},
    clock,
    id::{CaseId, ReviewId},
    judge::{Sense, Verdict},
    review::{Kin, Normal, voice},
    store::{StoreError, cases, reviews, voices},
};

/// How long two people of one name are taken for one.
const SAME_NAME_WITHIN: Duration = Duration::from_secs(30 * 24 * 3600);
/// How old a review may be at first contact to be known again elsewhere; [`crate::work::prune`] forgets traces as late.
pub const TRACES_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// A guest who spoke before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kinship {
    /// By what the guest is known.
    pub kin: Kin,
    /// The case to which the new review belongs, if there is one that is not over.
    pub case: Option<CaseId>,
}

impl Kinship {
    /// Whether it is a copy of what the case is about, which was told already.
    pub fn was_told(self) -> bool {
        self.kin == Kin::SameWords && self.case.is_some()
    }
}

impl Desk<'_> {
    /// Leaves the traces of a new review; while we watch, it joins the case of the same guest.
    pub(super) fn know_guest(
        &self,
        normal: &Normal,
        id: ReviewId,
        verdict: &Verdict,
        found: Found,
    ) -> Result<Option<Kinship>, StoreError> {
        let recent =
            normal.posted_at.is_some_and(|posted| clock::since(self.now, posted.at.min(self.now)) <= TRACES_KEPT);
        if found == Found::Baseline && !recent {
            return Ok(None);
        }
        let traces = voice::traces(normal, &self.source.location, &self.source.kind);
        voices::leave(self.tx, id, &traces)?;
        if found == Found::Baseline {
            return Ok(None);
        }
        for trace in &traces {
            for other in voices::sharing(self.tx, trace, id)? {
                let Some((first, kinship)) = self.kinship(trace.kin, normal, verdict, &other)? else { continue };
                voices::join(self.tx, id, first, kinship.kin, self.now)?;
                if let Some(case) = kinship.case {
                    let event = Event::Joined { review: id, source: self.source.name.clone(), kin: kinship.kin };
                    cases::append(self.tx, case, &Recorded { at: self.now, event })?;
                }
                return Ok(Some(kinship));
            }
        }
        Ok(None)
    }

    /// Whether a trace that two reviews share makes them one guest's, and which review comes first.
    fn kinship(
        &self,
        kin: Kin,
        normal: &Normal,
        verdict: &Verdict,
        other: &voices::Sharing,
    ) -> Result<Option<(ReviewId, Kinship)>, StoreError> {
        let elsewhere = other.source != self.source.id;
        let is_one = match kin {
            // Two names under the same words may be two who were asked to write: both are told.
            Kin::SameWords => {
                elsewhere
                    && voice::may_be_one(normal.author.as_deref(), other.author.as_deref())
                    && voice::is_copy(&normal.content, &other.content)
            }
            Kin::SameAccount => elsewhere || verdict.sense == Sense::Negative,
            Kin::SameAddress => true,
            Kin::SameName => elsewhere && clock::since(self.now, other.first_seen_at) <= SAME_NAME_WITHIN,
            Kin::Told => false,
        };
        if !is_one {
            return Ok(None);
        }
        let case = match reviews::state(self.tx, other.id)?.case {
            None => None,
            Some(case) => {
                let stage = cases::history(self.tx, case)?.stage;
                // A copy of what a person dismissed is dismissed with it.
                let takes_in = stage.is_open() || (kin == Kin::SameWords && stage == Stage::Dismissed);
                takes_in.then_some(case)
            }
        };
        // A copy is one also where there is no case: it counts once.
        if case.is_none() && kin != Kin::SameWords {
            return Ok(None);
        }
        let first = case.map_or(Ok(other.first), |case| cases::review_of(self.tx, case))?;
        Ok(Some((first, Kinship { kin, case })))
    }

    /// What was seen of a review, weighed with the guest's other complaints; and where one of them still stands, if that holds it up.
    pub(super) fn weighed(
        &self,
        case: CaseId,
        review: ReviewId,
        gist: Gist,
    ) -> Result<(Gist, Option<Also>), StoreError> {
        let others = voices::complaints(self.tx, case, review)?;
        let senses: Vec<Sense> = others.iter().map(|(_, sense)| *sense).collect();
        let weighed = weigh(gist, &senses);
        if weighed != Gist::Neutral || !matches!(gist, Gist::Positive | Gist::Better) {
            return Ok((weighed, None));
        }
        let mut places = Vec::new();
        for (id, _) in others.iter().filter(|(_, sense)| *sense == Sense::Negative) {
            places.push(reviews::get(self.tx, *id)?.source);
        }
        places.sort_unstable();
        places.dedup();
        Ok((weighed, Some(Also::StillBad(places.join(", ")))))
    }
}
