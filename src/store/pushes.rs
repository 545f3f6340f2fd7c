//! The ids of what was pushed to us: the same delivery again changes nothing.

use jiff::Timestamp;
use rusqlite::params;

use super::{StoreError, Tx, tx::ms};
use crate::id::SourceId;

const NOTE: &str = "INSERT INTO pushes (source_id, delivery, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const FORGET: &str = "DELETE FROM pushes WHERE at < ?1";

/// Notes a delivery; whether it is the first by this id.
///
/// # Errors
/// If the database cannot be written.
pub fn note(tx: &Tx<'_>, source: SourceId, delivery: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(NOTE, params![source.0, delivery, ms(now)])? > 0)
}

/// Forgets the deliveries before `cutoff`: no sender repeats them any more.
///
/// # Errors
/// If the database cannot be written.
pub fn forget(tx: &Tx<'_>, cutoff: Timestamp) -> Result<usize, StoreError> {
    tx.execute(FORGET, params![ms(cutoff)])
}
