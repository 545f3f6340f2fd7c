//! One batch in: normalise, compare, judge, open or move the case, queue alerts. One transaction. The heart.
//!
//! It takes what a poll saw and never asks anybody anything: time, rules and reviews are handed in.

mod batch;
mod health;
mod quiet;
mod voices;

use std::collections::HashSet;

use jiff::Timestamp;

use super::{
    house::{House, Place},
    outbox::tell,
};
use crate::{
    alert::{
        Found as FirstFound, News, Reason, ReviewCard, What,
        compose::{self, Also, Subject},
    },
    case::{Event, Gist, Recorded, Stage},
    clock,
    config::Unrated,
    id::{CaseId, ReviewId},
    judge::{Sense, Verdict, judge},
    review::{Absence, Content, Coverage, Matched, Normal, Observation, absence, compare, match_known},
    store::{
        StoreError, Tx, cases, news,
        reviews::{self, Found},
        sources::{self, Health, SourceRow},
        tallies::Arrivals,
    },
};

use batch::Origin;
pub use batch::{Batch, Choices, Ingested};
pub use health::trouble;
pub use quiet::{is_quiet, shows_what_is_known};
use voices::Kinship;
pub use voices::TRACES_KEPT;

/// How many complete looks in a row must miss a review before it is taken for gone.
const LOOKS_UNTIL_GONE: u32 = 3;

/// Commits a batch: reviews, versions, case events, alerts and the source's memory, all or nothing.
///
/// A look that shows nothing where there was something commits only that fault: the memory stays, so that nothing is skipped.
///
/// # Errors
/// If the database cannot be written; then nothing of the batch is stored.
pub fn ingest(tx: &Tx<'_>, house: &House, batch: Batch) -> Result<Ingested, StoreError> {
    let source = sources::by_name(tx, &batch.source)?
        .ok_or_else(|| StoreError::Missing(format!("source `{}`", batch.source)))?;
    let place = house.place(&source.location);
    let mut desk = Desk {
        tx,
        house,
        place: &place,
        source: &source,
        now: batch.success.at,
        arrivals: Arrivals::at(source.id, batch.success.at),
        done: Ingested::default(),
    };
    desk.take_in(batch)?;
    Ok(desk.done)
}

/// Everything that one commit works with.
struct Desk<'a> {
    tx: &'a Tx<'a>,
    house: &'a House,
    place: &'a Place,
    source: &'a SourceRow,
    now: Timestamp,
    arrivals: Arrivals,
    done: Ingested,
}

impl Desk<'_> {
    fn take_in(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.done.rejected = batch.rejected.len();
        for rejected in &batch.rejected {
            reviews::reject(self.tx, self.source.id, rejected, self.now)?;
        }
        if batch.coverage == Coverage::Unchanged {
            sources::note_unchanged(self.tx, self.source.id, &batch.success)?;
            return self.calm(false);
        }
        self.done.seen = batch.normals.len();
        let shown = match self.source.baseline_at {
            None => Vec::new(),
            Some(_) => reviews::visible(self.tx, self.source.id)?,
        };
        let silent = batch.normals.is_empty() && batch.success.count_stated != Some(0);
        if silent && batch.origin == Origin::Look && !shown.is_empty() {
            return self.nothing_where_much_was(shown.len(), &batch.success);
        }
        let known = reviews::known(self.tx, self.source.id, batch.normals.iter().map(Normal::key_and_hash))?;
        let mut matched = match_known(batch.normals, &known);
        let withdrawn = take_withdrawn(&mut matched);
        match batch.origin {
            Origin::Look | Origin::Push => {}
            Origin::Revisit => matched.retain(|one| one.known.is_some()),
            Origin::Import => matched.retain(|one| one.known.is_none()),
        }
        let fresh = matched.iter().filter(|one| one.known.is_none()).count();
        let found = match batch.origin {
            Origin::Look | Origin::Revisit => self.found(fresh, shown.len(), batch.choices),
            Origin::Import => Found::Baseline,
            // What is pushed has just happened.
            Origin::Push => Found::Watched,
        };
        let missed = self.missed(batch.reach, batch.coverage, &matched);
        let mut seen = HashSet::new();
        let mut firsts = FirstFound::default();
        let shown_by_id: std::collections::HashMap<ReviewId, u32> =
            shown.iter().map(|one| (one.id, one.missing_count)).collect();
        for one in matched {
            let id = match one.known {
                Some(id) => self.seen_again(id, &one, shown_by_id.get(&id).copied())?,
                None => self.appeared(&one.normal, found, batch.choices, &mut firsts)?,
            };
            seen.insert(id);
        }
        self.arrivals.write(self.tx)?;
        for id in withdrawn.into_iter().filter(|_| batch.origin != Origin::Import) {
            self.is_gone(id)?;
            seen.insert(id);
        }
        match batch.origin {
            Origin::Look => {}
            Origin::Push => return sources::note_heard(self.tx, self.source.id, self.now),
            Origin::Revisit | Origin::Import => return Ok(()),
        }
        let mass = self.note_absent(&shown, &seen, batch.coverage)?;
        sources::note_success(self.tx, self.source.id, &batch.success)?;
        if self.done.baseline {
            self.announce(What::FirstLook(firsts))?;
        }
        let surge = (found == Found::Baseline && !self.done.baseline).then(|| {
            let (known, bad) = (shown.len(), firsts.negative);
            format!("{fresh} new reviews at once where {known} were known, {bad} of them bad; they are stored, but opened no case")
        });
        match (mass.or(surge), missed) {
            (Some(odd), _) => self.odd(odd),
            (None, Some(missed)) => trouble(self.tx, self.source, (Health::Gap, &missed), self.now),
            (None, None) => self.calm(true),
        }
    }

    /// Whether new reviews count as watched, or as found at first contact or in a surge.
    fn found(&mut self, fresh: usize, known: usize, choices: Choices) -> Found {
        self.done.baseline = self.source.baseline_at.is_none();
        let surge = fresh as u64 > choices.surge_max && fresh * 2 > known;
        if self.done.baseline || surge { Found::Baseline } else { Found::Watched }
    }

    fn appeared(
        &mut self,
        normal: &Normal,
        found: Found,
        choices: Choices,
        firsts: &mut FirstFound,
    ) -> Result<ReviewId, StoreError> {
        let verdict = judge(&normal.content, &self.place.rules);
        let id = reviews::insert(self.tx, &mut self.arrivals, normal, &verdict, found)?;
        self.done.new += 1;
        firsts.reviews += 1;
        firsts.negative += usize::from(verdict.is_negative());
        firsts.unrated += usize::from(verdict.sense == Sense::Unrated);
        let kinship = self.know_guest(normal, id, &verdict, found)?;
        match found {
            Found::Watched => {
                self.note_repost(normal, id, &verdict)?;
                self.react_to_new(normal, id, &verdict, kinship)?;
            }
            Found::Baseline => {
                let posted = normal.posted_at.map(|posted| posted.at);
                let recent =
                    choices.open_recent.is_some_and(|span| posted.is_some_and(|at| clock::since(self.now, at) <= span));
                if self.done.baseline && verdict.is_negative() && recent {
                    cases::open(self.tx, id, &self.place.name, verdict.because, self.now)?;
                    firsts.opened += 1;
                }
            }
        }
        Ok(id)
    }

    fn react_to_new(
        &mut self,
        normal: &Normal,
        id: ReviewId,
        verdict: &Verdict,
        kinship: Option<Kinship>,
    ) -> Result<(), StoreError> {
        if kinship.is_some_and(Kinship::was_told) {
            return Ok(());
        }
        let card = self.card(normal, &normal.content);
        match verdict.sense {
            Sense::Negative => {
                self.done.negative += 1;
                let also = kinship.and_then(|kinship| Some(Also::SameGuest(kinship.case?, kinship.kin)));
                let case = match kinship.and_then(|kinship| kinship.case) {
                    Some(case) => case,
                    None => cases::open(self.tx, id, &self.place.name, verdict.because.clone(), self.now)?,
                };
                self.tell(Reason::NewNegative, (id, 1, Some(case)), verdict, (card, also))
            }
            Sense::Unrated if self.house.unrated == Unrated::Alert => {
                self.tell(Reason::Unrated, (id, 1, None), verdict, (card, None))
            }
            Sense::Neutral | Sense::Positive | Sense::Unrated => Ok(()),
        }
    }

    /// The same author (by the platform's own author id) wrote again: told in the case of the earlier review.
    ///
    /// The earlier review still stands on the site, so that alone turns nothing around.
    fn note_repost(&self, normal: &Normal, id: ReviewId, verdict: &Verdict) -> Result<(), StoreError> {
        let Some(author) = &normal.author_id else { return Ok(()) };
        let Some((case, earlier)) = reviews::open_case_of_author(self.tx, self.source.id, author, id)? else {
            return Ok(());
        };
        let rating = normal.content.rating.as_ref().map(|rating| rating.value);
        let replaced = reviews::state(self.tx, earlier)?.missing_count > 0 && verdict.sense == Sense::Positive;
        let gist = if replaced { Gist::Positive } else { Gist::Neutral };
        self.observe((case, earlier), Observation::Reposted { rating }, gist).map(|_| ())
    }

    fn seen_again(&mut self, id: ReviewId, one: &Matched, missing_count: Option<u32>) -> Result<ReviewId, StoreError> {
        if missing_count != Some(0) {
            self.back_again(id, &one.normal)?;
        }
        if one.is_same {
            return Ok(id);
        }
        let former = reviews::content(self.tx, id)?;
        let state = reviews::state(self.tx, id)?;
        let seen = if state.forgotten { without_words(&one.normal.content) } else { one.normal.content.clone() };
        let observations = compare(&former, &seen);
        if observations.is_empty() {
            return Ok(id);
        }
        let verdict = judge(&seen, &self.place.rules);
        let number = state.version + 1;
        reviews::revise(self.tx, id, number, (&seen, &verdict, self.now))?;
        self.done.changed += 1;
        let edit = Edit { id, number, before: state.sense, case: state.case, verdict: &verdict, former: &former };
        self.react_to_edit(&edit, &observations, &one.normal)?;
        Ok(id)
    }

    fn back_again(&self, id: ReviewId, normal: &Normal) -> Result<(), StoreError> {
        let state = reviews::state(self.tx, id)?;
        reviews::note_found(self.tx, id)?;
        let (Some(case), Some(_)) = (state.case, state.gone_at) else { return Ok(()) };
        let before = cases::history(self.tx, case)?.stage;
        let (after, _) = self.observe((case, id), Observation::Returned, Gist::Neutral)?;
        if before == after {
            return Ok(());
        }
        let verdict = judge(&normal.content, &self.place.rules);
        let card = self.card(normal, &normal.content);
        self.tell(Reason::Returned, (id, state.version, Some(case)), &verdict, (card, None))
    }

    fn react_to_edit(
        &mut self,
        edit: &Edit<'_>,
        observations: &[Observation],
        normal: &Normal,
    ) -> Result<(), StoreError> {
        let mut card = self.card(normal, &normal.content);
        card.rating_before = edit.former.rating.as_ref().map(crate::review::Rating::in_words);
        let Some(case) = edit.case else {
            if !edit.verdict.is_negative() || edit.before == Sense::Negative {
                return Ok(());
            }
            let case = cases::open(self.tx, edit.id, &self.place.name, edit.verdict.because.clone(), self.now)?;
            self.done.negative += 1;
            return self.tell(Reason::BecameNegative, (edit.id, edit.number, Some(case)), edit.verdict, (card, None));
        };
        let was = cases::history(self.tx, case)?.stage;
        let (mut stage, mut held_up) = (was, None);
        for observation in observations {
            let gist = gist(observation, edit.before, edit.verdict.sense);
            let (now, also) = self.observe((case, edit.id), observation.clone(), gist)?;
            (stage, held_up) = (now, held_up.or(also));
        }
        let reason = match (was, stage) {
            (before, after) if before == after => held_up.as_ref().map(|_| Reason::Improved),
            (_, Stage::TurnedAround) => Some(Reason::TurnedAround),
            (_, Stage::Improved) => Some(Reason::Improved),
            (before, after) if !before.is_open() && after.is_open() => Some(Reason::Relapsed),
            _ => None,
        };
        self.done.turned += usize::from(reason == Some(Reason::TurnedAround));
        match reason {
            Some(reason) => self.tell(reason, (edit.id, edit.number, Some(case)), edit.verdict, (card, held_up)),
            None => Ok(()),
        }
    }

    /// Counts the reviews that this look should have shown; says what is odd if they are too many.
    fn note_absent(
        &mut self,
        shown: &[crate::review::Shown],
        seen: &HashSet<ReviewId>,
        coverage: Coverage,
    ) -> Result<Option<String>, StoreError> {
        let missing = match absence(shown, seen, coverage) {
            Absence::Mass { missing, of } => {
                return Ok(Some(format!("{missing} of {of} reviews disappeared at once; none was taken for deleted")));
            }
            Absence::Missing(missing) => missing,
        };
        for id in missing {
            reviews::note_missing(self.tx, id, self.now)?;
            if reviews::state(self.tx, id)?.missing_count < LOOKS_UNTIL_GONE {
                continue;
            }
            self.is_gone(id)?;
        }
        Ok(None)
    }

    /// A review that is no longer there, as enough looks or the platform itself say: told, if its case is open.
    fn is_gone(&mut self, id: ReviewId) -> Result<(), StoreError> {
        let state = reviews::state(self.tx, id)?;
        if state.gone_at.is_some() {
            return Ok(());
        }
        reviews::note_gone(self.tx, id, self.now)?;
        self.done.gone += 1;
        let Some(case) = state.case else { return Ok(()) };
        let was_open = cases::history(self.tx, case)?.stage.is_open();
        self.observe((case, id), Observation::Vanished, Gist::Gone)?;
        if !was_open {
            return Ok(());
        }
        let row = reviews::get(self.tx, id)?;
        let card = compose::card(&row.content, row.author.as_deref(), row.url.as_deref(), row.posted_at);
        self.tell(Reason::Vanished, (id, state.version, Some(case)), &row.verdict, (card, None))
    }

    /// Records what was seen of a review in its case; where the guest's other words hold the case up, that is told as well.
    fn observe(
        &self,
        (case, review): (CaseId, ReviewId),
        observation: Observation,
        gist: Gist,
    ) -> Result<(Stage, Option<Also>), StoreError> {
        let (gist, also) = self.weighed(case, review, gist)?;
        let voice = (cases::review_of(self.tx, case)? != review).then_some(review);
        let recorded = Recorded { at: self.now, event: Event::Observed { voice, observation, gist } };
        Ok((cases::append(self.tx, case, &recorded)?.stage, also))
    }

    fn card(&self, normal: &Normal, content: &Content) -> ReviewCard {
        compose::card(
            content,
            normal.author.as_deref(),
            normal.url.as_deref(),
            normal.posted_at.map(|posted| posted.at),
        )
    }

    fn tell(
        &self,
        reason: Reason,
        about: (ReviewId, i64, Option<CaseId>),
        verdict: &Verdict,
        shown: (ReviewCard, Option<Also>),
    ) -> Result<(), StoreError> {
        let ((review, version, case), (card, also)) = (about, shown);
        let (location, source) = (&self.place.name, &self.source.name);
        let subject = Subject { location, source, review, version, case, card, also };
        tell(self.tx, self.house, &compose::about_review(reason, &subject, verdict, self.now), Some(review)).map(|_| ())
    }

    fn announce(&self, what: What) -> Result<(), StoreError> {
        announce(self.tx, self.source, what, self.now)
    }
}

/// Something to say of a source: told soon, together with what is alike.
fn announce(tx: &Tx<'_>, source: &SourceRow, what: What, now: Timestamp) -> Result<(), StoreError> {
    news::add(tx, &News { location: source.location.clone(), source: source.name.clone(), at: now, what })
}

/// Takes out what the platform says was taken back; what we never knew is no loss.
fn take_withdrawn(matched: &mut Vec<Matched>) -> Vec<ReviewId> {
    let withdrawn = matched.iter().filter(|one| one.normal.withdrawn).filter_map(|one| one.known).collect();
    matched.retain(|one| !one.normal.withdrawn);
    withdrawn
}

/// A further version of a review, and what it does to its case.
struct Edit<'a> {
    id: ReviewId,
    number: i64,
    before: Sense,
    case: Option<CaseId>,
    verdict: &'a Verdict,
    former: &'a Content,
}

/// What an observation means for the case, by the verdicts before and after.
fn gist(observation: &Observation, before: Sense, after: Sense) -> Gist {
    match observation {
        Observation::Answered | Observation::AnswerRemoved | Observation::Returned | Observation::Reposted { .. } => {
            Gist::Neutral
        }
        Observation::Vanished => Gist::Gone,
        Observation::Raised { .. } | Observation::Lowered { .. } | Observation::Edited => match (before, after) {
            (_, Sense::Negative) if before != Sense::Negative => Gist::Negative,
            (Sense::Positive, Sense::Neutral | Sense::Unrated) => Gist::Negative,
            (Sense::Negative | Sense::Unrated, Sense::Neutral) => Gist::Better,
            (_, Sense::Positive) if before != Sense::Positive => Gist::Positive,
            _ => Gist::Neutral,
        },
    }
}

fn without_words(content: &Content) -> Content {
    Content { rating: content.rating.clone(), ..Content::default() }
}

#[cfg(test)]
#[path = "ingest/quiet_tests.rs"]
mod quiet_tests;
#[cfg(test)]
#[path = "ingest_tests.rs"]
mod tests;
#[cfg(test)]
#[path = "ingest/voices_tests.rs"]
mod voices_tests;
