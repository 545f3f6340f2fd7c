//! One guest, many voices: the traces that reviews leave, and which review speaks in the case of another.

use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::{
    StoreError, Tx, cases, reviews,
    tx::{at, from_json, from_name, ms, name},
};
use crate::{
    case::{Event, Recorded, Step},
    id::{CaseId, ReviewId, SourceId},
    judge::Sense,
    review::{Content, Kin, voice::Trace},
};

/// The most reviews with one trace that are compared: words that more share are nobody's.
const SHARED_MAX: u32 = 20;

const LEAVE: &str = "INSERT INTO traces (mark, review_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const SHARED: &str = "SELECT r.id, r.source_id, r.first_seen_at, v.content, coalesce(w.first_id, r.id), r.author
    FROM traces t JOIN reviews r ON r.id = t.review_id JOIN versions v ON v.review_id = r.id AND v.number = r.version
    LEFT JOIN voices w ON w.review_id = r.id
    WHERE t.mark = ?1 AND t.review_id <> ?2 ORDER BY t.review_id DESC LIMIT ?3";
const JOIN: &str = "INSERT INTO voices (review_id, first_id, kin, at) VALUES (?1, ?2, ?3, ?4)";
const PART: &str = "DELETE FROM voices WHERE review_id = ?1";
const OF_CASE: &str = "SELECT w.review_id, w.kin, w.at FROM voices w JOIN cases c ON c.review_id = w.first_id
    WHERE c.id = ?1 ORDER BY w.review_id";
// Only what complained once counts, and only where others can read it.
const COMPLAINTS: &str = "SELECT r.id, r.sense FROM (SELECT review_id FROM cases WHERE id = ?1 UNION
    SELECT w.review_id FROM voices w JOIN cases c ON c.review_id = w.first_id WHERE c.id = ?1) one
    JOIN reviews r ON r.id = one.review_id JOIN versions v ON v.review_id = r.id AND v.number = r.version
    WHERE r.id <> ?2 AND r.gone_at IS NULL AND coalesce(v.content ->> '$.private', 0) = 0
    AND EXISTS (SELECT 1 FROM versions p WHERE p.review_id = r.id AND p.verdict ->> '$.verdict' = 'negative')";

/// A stored review with one of the same traces.
#[derive(Clone, Debug, PartialEq)]
pub struct Sharing {
    /// The review.
    pub id: ReviewId,
    /// Its source.
    pub source: SourceId,
    /// When we first saw it.
    pub first_seen_at: Timestamp,
    /// What it says.
    pub content: Content,
    /// The guest's displayed name.
    pub author: Option<String>,
    /// The guest's review that was known first: itself, or the one whose voice it is.
    pub first: ReviewId,
}

/// A further review of the guest of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Voice {
    /// By what the guest is known.
    pub kin: Kin,
    /// Since when it belongs to the case.
    pub joined_at: Timestamp,
    /// The review, latest version.
    pub review: reviews::ReviewRow,
}

/// Keeps the traces of a review, so that its guest is known again.
///
/// # Errors
/// If the database cannot be written.
pub fn leave(tx: &Tx<'_>, review: ReviewId, traces: &[Trace]) -> Result<(), StoreError> {
    tx.execute_each(LEAVE, traces.iter().map(|trace| (trace.mark, review.0)))
}

/// Other reviews with this trace, the newest first.
///
/// # Errors
/// If the database cannot be read.
pub fn sharing(tx: &Tx<'_>, trace: &Trace, except: ReviewId) -> Result<Vec<Sharing>, StoreError> {
    tx.all(SHARED, params![trace.mark, except.0, SHARED_MAX], |row| {
        Ok(Sharing {
            id: ReviewId(row.get(0)?),
            source: SourceId(row.get(1)?),
            first_seen_at: at(row.get(2)?)?,
            content: from_json(&row.get::<_, String>(3)?)?,
            first: ReviewId(row.get(4)?),
            author: row.get(5)?,
        })
    })
}

/// Makes a review a voice of the guest whose first review is `first`.
///
/// # Errors
/// If it is one already, or the database cannot be written.
pub fn join(tx: &Tx<'_>, review: ReviewId, first: ReviewId, kin: Kin, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(JOIN, params![review.0, first.0, name(&kin), ms(now)]).map(|_| ())
}

/// The further reviews of the guest of a case, in the order in which they came.
///
/// # Errors
/// If the database cannot be read.
pub fn of_case(tx: &Tx<'_>, case: CaseId) -> Result<Vec<Voice>, StoreError> {
    let rows = tx.all(OF_CASE, params![case.0], |row| {
        Ok((ReviewId(row.get(0)?), from_name(&row.get::<_, String>(1)?)?, at(row.get(2)?)?))
    })?;
    rows.into_iter().map(|(id, kin, joined_at)| Ok(Voice { kin, joined_at, review: reviews::get(tx, id)? })).collect()
}

/// How the other public complaints of the guest of a case stand now.
///
/// # Errors
/// If the database cannot be read.
pub fn complaints(tx: &Tx<'_>, case: CaseId, except: ReviewId) -> Result<Vec<(ReviewId, Sense)>, StoreError> {
    tx.all(COMPLAINTS, params![case.0, except.0], |row| {
        Ok((ReviewId(row.get(0)?), from_name(&row.get::<_, String>(1)?)?))
    })
}

/// Says that a review is of the guest of a case. A case of its own that is open ends, as the same as this one.
///
/// # Errors
/// If it belongs to a case together with others already, or is at another location, or the database cannot be written.
pub fn join_by_hand(tx: &Tx<'_>, case: CaseId, review: ReviewId, said: (&str, Timestamp)) -> Result<(), StoreError> {
    let (by, now) = said;
    let (file, row) = (cases::file(tx, case)?, reviews::get(tx, review)?);
    let refuse = |why: String| Err(StoreError::Unfit(why));
    if file.row.review_id == review {
        return refuse(format!("review {review} is the one that case {case} is about"));
    }
    if file.row.location != row.location {
        return refuse(format!("review {review} is about {}, case {case} about {}", row.location, file.row.location));
    }
    if let Some(joined) = first_of(tx, review)? {
        return refuse(format!("review {review} is a voice in the case of review {joined}; set it apart first"));
    }
    if let Some(own) = row.case {
        if !of_case(tx, own)?.is_empty() {
            return refuse(format!("case {own} of review {review} has further voices; join those first"));
        }
        if cases::history(tx, own)?.stage.is_open() {
            let note = Some(format!("the same guest as case {case}"));
            let step = Step::Close { outcome: crate::case::CloseAs::Dismissed, note };
            cases::append(tx, own, &Recorded { at: now, event: Event::Step { by: by.to_owned(), step } })?;
        }
    }
    join(tx, review, file.row.review_id, Kin::Told, now)?;
    let event = Event::Step { by: by.to_owned(), step: Step::Join { review } };
    cases::append(tx, case, &Recorded { at: now, event }).map(|_| ())
}

/// Undoes a link: the review leaves the case, and gets one of its own if it is a complaint. Returns that one.
///
/// # Errors
/// If it is no voice in another review's case, or the database cannot be written.
pub fn part(tx: &Tx<'_>, review: ReviewId, said: (&str, Timestamp)) -> Result<Option<CaseId>, StoreError> {
    let (by, now) = said;
    let joined = reviews::get(tx, review)?;
    if first_of(tx, review)?.is_none() {
        return Err(StoreError::Unfit(format!("review {review} stands for itself: there is nothing to set apart")));
    }
    tx.execute(PART, params![review.0])?;
    let own = reviews::get(tx, review)?.case;
    if let Some(case) = joined.case.filter(|case| Some(*case) != own) {
        let event = Event::Step { by: by.to_owned(), step: Step::Part { review } };
        cases::append(tx, case, &Recorded { at: now, event })?;
    }
    if joined.verdict.sense != Sense::Negative || joined.gone_at.is_some() {
        return Ok(None);
    }
    let because = vec![format!("{by} says that it is of another guest")];
    match own {
        None => cases::open(tx, review, &joined.location, because, now).map(Some),
        Some(own) => {
            cases::append(tx, own, &Recorded { at: now, event: Event::Opened { because } })?;
            Ok(Some(own))
        }
    }
}

/// The guest's review that was known before this one, if it is a voice.
fn first_of(tx: &Tx<'_>, review: ReviewId) -> Result<Option<ReviewId>, StoreError> {
    tx.one("SELECT first_id FROM voices WHERE review_id = ?1", params![review.0], |row| Ok(ReviewId(row.get(0)?)))
}

/// Forgets the traces of these reviews.
pub(super) fn erase_traces(tx: &Tx<'_>, reviews: &[ReviewId]) -> Result<(), StoreError> {
    let ids = super::tx::json(&reviews.iter().map(|review| review.0).collect::<Vec<_>>());
    tx.execute("DELETE FROM traces WHERE review_id IN (SELECT value FROM json_each(?1))", params![ids]).map(|_| ())
}

/// Forgets the traces of reviews that were first seen before `cutoff`.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_traces(tx: &Tx<'_>, cutoff: Timestamp) -> Result<(), StoreError> {
    // Reviews are numbered as they come, so the last old one bounds them all.
    let sql = "DELETE FROM traces WHERE review_id <=
        (SELECT id FROM reviews WHERE first_seen_at < ?1 ORDER BY first_seen_at DESC, id DESC LIMIT 1)";
    tx.execute(sql, params![ms(cutoff)]).map(|_| ())
}
