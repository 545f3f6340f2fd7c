//! The outbox: alerts, their deliveries, and the attempts. An alert's key is told once; a delivery's id never changes.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::{
    StoreError, Tx, meta,
    tx::{from_json, json, maybe_at, ms, name},
};
use crate::{
    alert::{Alert, Deliver},
    id::{self, ReviewId},
};

const QUEUE: &str = "INSERT INTO alerts (key, at, reason, case_id, review_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO NOTHING";
const ALERT_ID: &str = "SELECT id FROM alerts WHERE key = ?1";
const ADD: &str = "INSERT INTO deliveries (id, alert_id, channel, person, address, created_at, due_at, state)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending') ON CONFLICT (id) DO NOTHING";
const DUE: &str = "SELECT d.id, d.alert_id, d.channel, d.person, d.address, d.attempts, d.created_at, a.body
    FROM deliveries d JOIN alerts a ON a.id = d.alert_id
    WHERE d.state = 'pending' AND d.channel = ?1 AND d.due_at <= ?2
    AND NOT EXISTS (SELECT 1 FROM broken_channels WHERE channel = ?1) ORDER BY d.due_at, d.rowid LIMIT ?3";
const NEXT_DUE: &str = "SELECT min(due_at) FROM deliveries WHERE state = 'pending' AND channel = ?1
    AND NOT EXISTS (SELECT 1 FROM broken_channels WHERE channel = ?1)";
const ATTEMPTED: &str = "SELECT at + duration_ms FROM attempts WHERE delivery_id = ?1 AND number = ?2";
const STRANDED: &str = "SELECT d.id, d.alert_id, d.channel, d.person, d.address, d.attempts, d.created_at, a.body
    FROM deliveries d JOIN alerts a ON a.id = d.alert_id
    WHERE d.state = 'pending' AND d.channel = ?1 ORDER BY d.rowid";
const ATTEMPT: &str = "INSERT INTO attempts (delivery_id, number, at, duration_ms, outcome) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (delivery_id, number) DO UPDATE SET at = excluded.at, duration_ms = excluded.duration_ms, outcome = excluded.outcome";
const DONE: &str = "UPDATE deliveries SET state = 'done', attempts = ?2, done_at = ?3, last_error = NULL WHERE id = ?1";
const LATER: &str = "UPDATE deliveries SET attempts = ?2, due_at = ?3, last_error = ?4 WHERE id = ?1";
const GIVEN_UP: &str = "UPDATE deliveries SET state = 'given-up', attempts = ?2, last_error = ?3 WHERE id = ?1";
const BREAK: &str =
    "INSERT INTO broken_channels (channel, since, why) VALUES (?1, ?2, ?3) ON CONFLICT (channel) DO NOTHING";
const MEND: &str = "DELETE FROM broken_channels WHERE channel = ?1";
const BROKEN: &str = "SELECT channel, since, why FROM broken_channels ORDER BY channel";
const WAITING_CHANNELS: &str = "SELECT DISTINCT channel FROM deliveries WHERE state = 'pending'";
const CHANNELS_OF: &str = "SELECT channel FROM deliveries WHERE alert_id = ?1";

/// Whether an alert was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// It will be told.
    Fresh,
    /// Its key was told before.
    ToldBefore,
}

/// A delivery to attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// Its id: the same on every attempt.
    pub id: String,
    /// Its alert's row.
    pub alert_id: i64,
    /// The channel's name.
    pub channel: String,
    /// The person's name.
    pub person: Option<String>,
    /// The person's address on that channel.
    pub address: Option<String>,
    /// Attempts made so far.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: Timestamp,
    /// What to tell.
    pub alert: Alert,
}

/// One attempt as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What it came to.
    pub result: AttemptResult,
}

/// What an attempt came to, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The service has it.
    Delivered,
    /// Again at that time.
    Later(Timestamp, String),
    /// Never again.
    GivenUp(String),
}

/// A channel that was switched off.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// Its name.
    pub channel: String,
    /// Since when.
    pub since: Timestamp,
    /// What it answered.
    pub why: String,
}

/// Queues an alert with its deliveries, unless its key was told before.
///
/// # Errors
/// If the database cannot be written.
pub fn queue(
    tx: &Tx<'_>,
    alert: &Alert,
    review: Option<ReviewId>,
    deliveries: &[Deliver],
) -> Result<Queued, StoreError> {
    let case = alert.case.map(|case| case.0);
    let body = json(alert);
    let added =
        tx.execute(QUEUE, params![alert.key, ms(alert.at), name(&alert.reason), case, review.map(|id| id.0), body])?;
    if added == 0 {
        return Ok(Queued::ToldBefore);
    }
    add(tx, alert, deliveries)?;
    Ok(Queued::Fresh)
}

/// Adds deliveries to an alert that is queued; one that exists already stays as it is.
///
/// # Errors
/// If the alert is not queued, or the database cannot be written.
pub fn add(tx: &Tx<'_>, alert: &Alert, deliveries: &[Deliver]) -> Result<(), StoreError> {
    let installation = meta::installation(tx)?;
    let row = tx.one(ALERT_ID, params![alert.key], |row| Ok(row.get::<_, i64>(0)?))?;
    let alert_id = row.ok_or_else(|| StoreError::Missing(format!("alert `{}`", alert.key)))?;
    for to in deliveries {
        let (person, address) = (to.person.as_deref().unwrap_or(""), to.address.as_deref().unwrap_or(""));
        let id = id::stable("msg", &[&installation, &alert.key, &to.channel, person, address]);
        tx.execute(ADD, params![id, alert_id, to.channel, to.person, to.address, ms(alert.at), ms(to.due_at)])?;
    }
    tx.wakes_deliveries.set(true);
    Ok(())
}

fn read(row: &rusqlite::Row<'_>) -> Result<Pending, StoreError> {
    Ok(Pending {
        id: row.get(0)?,
        alert_id: row.get(1)?,
        channel: row.get(2)?,
        person: row.get(3)?,
        address: row.get(4)?,
        attempts: row.get(5)?,
        created_at: super::tx::at(row.get(6)?)?,
        alert: from_json(&row.get::<_, String>(7)?)?,
    })
}

/// Deliveries of a channel that are due, oldest first; none while it is switched off.
///
/// # Errors
/// If the database cannot be read.
pub fn due(tx: &Tx<'_>, channel: &str, now: Timestamp, limit: u32) -> Result<Vec<Pending>, StoreError> {
    tx.all(DUE, params![channel, ms(now), limit], read)
}

/// When the next delivery of a channel is due; never while it is switched off.
///
/// # Errors
/// If the database cannot be read.
pub fn next_due(tx: &Tx<'_>, channel: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(tx.one(NEXT_DUE, params![channel], |row| maybe_at(row.get(0)?))?.flatten())
}

/// Deliveries that wait for a channel, whether due or not.
///
/// # Errors
/// If the database cannot be read.
pub fn stranded(tx: &Tx<'_>, channel: &str) -> Result<Vec<Pending>, StoreError> {
    tx.all(STRANDED, params![channel], read)
}

/// The channels that an alert goes or went to.
///
/// # Errors
/// If the database cannot be read.
pub fn channels_of(tx: &Tx<'_>, alert_id: i64) -> Result<Vec<String>, StoreError> {
    tx.all(CHANNELS_OF, params![alert_id], |row| Ok(row.get(0)?))
}

/// The channels for which something waits, configured or not.
///
/// # Errors
/// If the database cannot be read.
pub fn waiting_channels(tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
    tx.all(WAITING_CHANNELS, [], |row| Ok(row.get(0)?))
}

/// Records an attempt and what follows from it.
///
/// # Errors
/// If the database cannot be written.
pub fn record(tx: &Tx<'_>, delivery: &str, attempt: &Attempt) -> Result<(), StoreError> {
    let outcome = match &attempt.result {
        AttemptResult::Delivered => "delivered",
        AttemptResult::Later(_, why) | AttemptResult::GivenUp(why) => why.as_str(),
    };
    let took = i64::try_from(attempt.took.as_millis()).unwrap_or(i64::MAX);
    tx.execute(ATTEMPT, params![delivery, attempt.number, ms(attempt.at), took, outcome])?;
    match &attempt.result {
        AttemptResult::Delivered => {
            tx.execute(DONE, params![delivery, attempt.number, ms(crate::clock::after(attempt.at, attempt.took))])
        }
        AttemptResult::Later(due_at, why) => tx.execute(LATER, params![delivery, attempt.number, ms(*due_at), why]),
        AttemptResult::GivenUp(why) => tx.execute(GIVEN_UP, params![delivery, attempt.number, why]),
    }
    .map(|_| ())
}

/// When an attempt at a delivery ended.
///
/// # Errors
/// If the database cannot be read.
pub fn attempted_at(tx: &Tx<'_>, delivery: &str, number: u32) -> Result<Option<Timestamp>, StoreError> {
    Ok(tx.one(ATTEMPTED, params![delivery, number], |row| maybe_at(row.get(0)?))?.flatten())
}

/// Switches a channel off, and says whether it was on until now; what waits for it stays and can be sent by another.
///
/// # Errors
/// If the database cannot be written.
pub fn break_channel(tx: &Tx<'_>, channel: &str, why: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(BREAK, params![channel, ms(now), why])? > 0)
}

/// Switches a channel on again.
///
/// # Errors
/// If the database cannot be written.
pub fn mend_channel(tx: &Tx<'_>, channel: &str) -> Result<(), StoreError> {
    tx.execute(MEND, params![channel])?;
    tx.wakes_deliveries.set(true);
    Ok(())
}

/// Channels that are switched off.
///
/// # Errors
/// If the database cannot be read.
pub fn broken(tx: &Tx<'_>) -> Result<Vec<Broken>, StoreError> {
    tx.all(BROKEN, [], |row| Ok(Broken { channel: row.get(0)?, since: super::tx::at(row.get(1)?)?, why: row.get(2)? }))
}
