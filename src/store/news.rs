//! What waits to be told of sources: added with what it is about, taken out with the alert that tells it.

use jiff::Timestamp;
use rusqlite::params;

use super::{
    StoreError, Tx,
    tx::{from_json, json, maybe_at, ms},
};
use crate::alert::News;

const ADD: &str = "INSERT INTO news (at, body) VALUES (?1, ?2)";
const IS_ANY: &str = "SELECT 1 FROM news LIMIT 1";
const SINCE: &str = "SELECT min(at), (SELECT at FROM news_told) FROM news";
const ALL: &str = "SELECT body FROM news ORDER BY id";
const CLEAR: &str = "DELETE FROM news";
const TOLD: &str = "INSERT INTO news_told (only, at) VALUES (1, ?1) ON CONFLICT (only) DO UPDATE SET at = excluded.at";

/// Since when the oldest waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it was noticed.
    pub since: Timestamp,
    /// When some were told before, if ever.
    pub told_at: Option<Timestamp>,
}

/// Adds what happened; what is the first to wait wakes who tells it.
///
/// # Errors
/// If the database cannot be written.
pub fn add(tx: &Tx<'_>, news: &News) -> Result<(), StoreError> {
    if tx.one(IS_ANY, [], |_| Ok(()))?.is_none() {
        tx.wakes_deadlines.set(true);
    }
    tx.execute(ADD, params![ms(news.at), json(news)]).map(|_| ())
}

/// Whether anything waits, and since when.
///
/// # Errors
/// If the database cannot be read.
pub fn waiting(tx: &Tx<'_>) -> Result<Option<Waiting>, StoreError> {
    let times = tx.one(SINCE, [], |row| Ok((maybe_at(row.get(0)?)?, maybe_at(row.get(1)?)?)))?;
    Ok(times.and_then(|(since, told_at)| Some(Waiting { since: since?, told_at })))
}

/// Takes out all that waits, in the order in which it came, because it is told now.
///
/// # Errors
/// If the database cannot be written.
pub fn take(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<News>, StoreError> {
    let news = tx.all(ALL, [], |row| from_json(&row.get::<_, String>(0)?))?;
    tx.execute(CLEAR, [])?;
    tx.execute(TOLD, params![ms(now)])?;
    Ok(news)
}
