//! Cases and their append-only events. The events are the truth; stage, assignee and openness in the row are a cache of `replay`.

use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::Serialize;

use super::{
    StoreError, Tx, reviews,
    tx::{at, from_json, json, maybe_at, ms},
    voices,
};
use crate::{
    case::{Event, History, Recorded, Stage, Step, advance, replay},
    id::{CaseId, ReviewId},
    terms::AskRule,
};

const OPEN: &str =
    "INSERT INTO cases (review_id, location, opened_at, stage, due_at, is_open) VALUES (?1, ?2, ?3, 'new', ?3, 1)";
const APPEND: &str = "INSERT INTO case_events (case_id, at, event) VALUES (?1, ?2, ?3)";
const CACHE: &str = "UPDATE cases SET stage = ?2, assignee = ?3, is_open = ?4, due_at = ?5 WHERE id = ?1";
const DUE: &str = "UPDATE cases SET due_at = ?2 WHERE id = ?1";
const EVENTS: &str = "SELECT at, event FROM case_events WHERE case_id = ?1 ORDER BY id";
const DUE_NOW: &str = "SELECT id FROM cases WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2";
const NEXT_DUE: &str = "SELECT min(due_at) FROM cases WHERE due_at IS NOT NULL";
const ROW: &str = "SELECT c.id, c.review_id, c.location, c.opened_at, c.stage, c.assignee FROM cases c";

/// A case's row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseRow {
    /// Its number.
    pub id: CaseId,
    /// Its review.
    pub review_id: ReviewId,
    /// Its location's name.
    pub location: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Where it stands.
    pub stage: Stage,
    /// Who has it.
    pub assignee: Option<String>,
}

/// A case with everything that a person wants to see of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseFile {
    /// Its row.
    pub row: CaseRow,
    /// What its events say.
    pub history: History,
    /// Its events, oldest first.
    pub events: Vec<Recorded>,
    /// Its review, latest version.
    pub review: reviews::ReviewRow,
    /// What else the same guest said, in the order in which it came.
    pub voices: Vec<voices::Voice>,
}

/// Opens a case for a review.
///
/// # Errors
/// If the review has one already, or the database cannot be written.
pub fn open(
    tx: &Tx<'_>,
    review: ReviewId,
    location: &str,
    because: Vec<String>,
    now: Timestamp,
) -> Result<CaseId, StoreError> {
    let id = CaseId(tx.insert(OPEN, params![review.0, location, ms(now)])?);
    append(tx, id, &Recorded { at: now, event: Event::Opened { because } })?;
    Ok(id)
}

/// Appends an event and brings the cache up to date; `watch` looks at the case again at once.
///
/// # Errors
/// If there is no such case, or the database cannot be written.
pub fn append(tx: &Tx<'_>, id: CaseId, recorded: &Recorded) -> Result<History, StoreError> {
    tx.execute(APPEND, params![id.0, ms(recorded.at), json(&recorded.event)])?;
    let history = history(tx, id)?;
    let stage = history.stage;
    tx.execute(
        CACHE,
        params![id.0, stage.name(), history.assignee, stage.is_open(), stage.is_open().then_some(ms(recorded.at))],
    )?;
    tx.wakes_deadlines.set(true);
    Ok(history)
}

/// Records a person's step, if the case allows it.
///
/// # Errors
/// The refusal to show to the person; or that there is no such case, or the database cannot be written.
pub fn record(
    tx: &Tx<'_>,
    id: CaseId,
    claim: (&str, Step),
    rule: AskRule,
    now: Timestamp,
) -> Result<History, StoreError> {
    let (by, step) = claim;
    advance(history(tx, id)?.stage, step.as_move(rule))?;
    append(tx, id, &Recorded { at: now, event: Event::Step { by: by.to_owned(), step } })
}

/// Says when `watch` must look at a case next; `None` for never.
///
/// # Errors
/// If the database cannot be written.
pub fn set_due(tx: &Tx<'_>, id: CaseId, due_at: Option<Timestamp>) -> Result<(), StoreError> {
    tx.execute(DUE, params![id.0, due_at.map(ms)]).map(|_| ())
}

/// Cases that `watch` must look at now, the most overdue first.
///
/// # Errors
/// If the database cannot be read.
pub fn due(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<CaseId>, StoreError> {
    tx.all(DUE_NOW, params![ms(now), limit], |row| Ok(CaseId(row.get(0)?)))
}

/// When `watch` must look next.
///
/// # Errors
/// If the database cannot be read.
pub fn next_due(tx: &Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    Ok(tx.one(NEXT_DUE, [], |row| maybe_at(row.get(0)?))?.flatten())
}

/// The events of a case, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub fn events(tx: &Tx<'_>, id: CaseId) -> Result<Vec<Recorded>, StoreError> {
    tx.all(EVENTS, params![id.0], |row| {
        Ok(Recorded { at: at(row.get(0)?)?, event: from_json(&row.get::<_, String>(1)?)? })
    })
}

/// What the events of a case say.
///
/// # Errors
/// If there is no such case.
pub fn history(tx: &Tx<'_>, id: CaseId) -> Result<History, StoreError> {
    replay(&events(tx, id)?).ok_or_else(|| StoreError::Missing(format!("case {id}")))
}

/// The review that a case is about.
///
/// # Errors
/// If there is no such case.
pub fn review_of(tx: &Tx<'_>, id: CaseId) -> Result<ReviewId, StoreError> {
    let found = tx.one("SELECT review_id FROM cases WHERE id = ?1", params![id.0], |row| Ok(ReviewId(row.get(0)?)))?;
    found.ok_or_else(|| StoreError::Missing(format!("case {id}")))
}

/// A case with its review and its events.
///
/// # Errors
/// If there is no such case.
pub fn file(tx: &Tx<'_>, id: CaseId) -> Result<CaseFile, StoreError> {
    let row = tx.one(&format!("{ROW} WHERE c.id = ?1"), params![id.0], read)?;
    complete(tx, row.ok_or_else(|| StoreError::Missing(format!("case {id}")))?)
}

/// Which cases to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those where somebody has something to do.
    Open,
    /// All of them.
    All,
}

/// Cases with their reviews: the open ones first, the longest waiting first.
///
/// # Errors
/// If the database cannot be read.
pub fn list(tx: &Tx<'_>, which: Which) -> Result<Vec<CaseFile>, StoreError> {
    let sql = match which {
        Which::Open => format!("{ROW} WHERE c.is_open = 1 ORDER BY c.opened_at, c.id"),
        Which::All => format!("{ROW} ORDER BY c.is_open DESC, c.opened_at, c.id"),
    };
    tx.all(&sql, [], read)?.into_iter().map(|row| complete(tx, row)).collect()
}

fn complete(tx: &Tx<'_>, row: CaseRow) -> Result<CaseFile, StoreError> {
    let events = events(tx, row.id)?;
    let history = replay(&events).ok_or_else(|| StoreError::Damaged(format!("case {} has no events", row.id)))?;
    let review = reviews::get(tx, row.review_id)?;
    let voices = voices::of_case(tx, row.id)?;
    Ok(CaseFile { row, history, events, review, voices })
}

fn read(row: &Row<'_>) -> Result<CaseRow, StoreError> {
    let stage: String = row.get(4)?;
    Ok(CaseRow {
        id: CaseId(row.get(0)?),
        review_id: ReviewId(row.get(1)?),
        location: row.get(2)?,
        opened_at: at(row.get(3)?)?,
        stage: Stage::from_name(&stage).ok_or_else(|| StoreError::Damaged(format!("`{stage}` is not a stage")))?,
        assignee: row.get(5)?,
    })
}

/// Cases whose cached stage differs from what their events say: always none, unless the program has a bug.
///
/// # Errors
/// If the database cannot be read.
pub fn stale(tx: &Tx<'_>) -> Result<Vec<CaseId>, StoreError> {
    let rows = tx.all(ROW, [], read)?;
    let mut stale = Vec::new();
    for row in rows {
        if history(tx, row.id)?.stage != row.stage {
            stale.push(row.id);
        }
    }
    Ok(stale)
}
