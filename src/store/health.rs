//! Figures about the daemon itself, for `status` and `/metrics`.

use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::{
    StoreError, Tx, meta,
    tx::{maybe_at, ms},
};

/// Reviews are numbered from 1 as they come and none is ever deleted, so the last number says how many there are.
const COUNTS: &str = "SELECT (SELECT coalesce(max(id), 0) FROM reviews), (SELECT count(*) FROM cases WHERE is_open = 1),
    (SELECT count(*) FROM cases), (SELECT count(*) FROM reviews WHERE sense = 'unrated' AND gone_at IS NULL),
    (SELECT count(*) FROM deliveries WHERE state = 'pending'), (SELECT min(created_at) FROM deliveries WHERE state = 'pending'),
    (SELECT count(*) FROM deliveries WHERE state = 'given-up'), (SELECT count(*) FROM cases WHERE is_open = 1 AND stage = 'new'),
    (SELECT min(opened_at) FROM cases WHERE is_open = 1)";

const OUTBOX: &str = "SELECT count(*), min(created_at) FROM deliveries WHERE state = 'pending'";

/// What is in the house.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Reviews stored.
    pub reviews: i64,
    /// Cases in which somebody has something to do.
    pub cases_open: i64,
    /// All cases.
    pub cases: i64,
    /// Reviews without a rating, to be read by a person.
    pub unrated: i64,
    /// Deliveries that wait.
    pub outbox: i64,
    /// Since when the oldest waits.
    pub outbox_oldest_at: Option<Timestamp>,
    /// Deliveries that were given up.
    pub given_up: i64,
    /// Open cases that nobody has.
    pub cases_untaken: i64,
    /// When the oldest open case was opened.
    pub case_oldest_at: Option<Timestamp>,
}

/// Counts what is in the house.
///
/// # Errors
/// If the database cannot be read.
pub fn counts(tx: &Tx<'_>) -> Result<Counts, StoreError> {
    let counts = tx.one(COUNTS, [], |row| {
        Ok(Counts {
            reviews: row.get(0)?,
            cases_open: row.get(1)?,
            cases: row.get(2)?,
            unrated: row.get(3)?,
            outbox: row.get(4)?,
            outbox_oldest_at: maybe_at(row.get(5)?)?,
            given_up: row.get(6)?,
            cases_untaken: row.get(7)?,
            case_oldest_at: maybe_at(row.get(8)?)?,
        })
    })?;
    Ok(counts.unwrap_or_default())
}

/// How many deliveries wait, and since when the oldest does: what is asked every few seconds must not grow with the reviews.
///
/// # Errors
/// If the database cannot be read.
pub fn outbox(tx: &Tx<'_>) -> Result<(i64, Option<Timestamp>), StoreError> {
    Ok(tx.one(OUTBOX, [], |row| Ok((row.get(0)?, maybe_at(row.get(1)?)?)))?.unwrap_or_default())
}

/// Reads one value, for who only wants to know that the database answers.
///
/// # Errors
/// If the database cannot be read.
pub fn answers(tx: &Tx<'_>) -> Result<(), StoreError> {
    meta::get(tx, "installation").map(|_| ())
}

/// Whether the report of a location's ISO week was queued.
///
/// # Errors
/// If the database cannot be read.
pub fn report_sent(tx: &Tx<'_>, location: &str, week: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM reports WHERE location = ?1 AND week = ?2";
    Ok(tx.one(sql, params![location, week], |_| Ok(()))?.is_some())
}

/// Notes that the report of a location's ISO week was queued.
///
/// # Errors
/// If the database cannot be written.
pub fn note_report(tx: &Tx<'_>, location: &str, week: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO reports (location, week, sent_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    tx.execute(sql, params![location, week, ms(now)]).map(|_| ())
}

/// Folds the write-ahead log into the file and lets the planner learn; cheap, for quiet hours.
///
/// # Errors
/// If the database cannot be written.
pub fn tidy(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute("PRAGMA optimize", []).map(|_| ())
}
