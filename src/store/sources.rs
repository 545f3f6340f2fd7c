//! The sources' rows: what each remembers, how it is, and when it was last asked.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::{
    StoreError, Tx,
    tx::{at, from_name, maybe_at, ms, name},
};
use crate::id::SourceId;

const ENSURE: &str = "INSERT INTO sources (name, kind, location) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, location = excluded.location";
const COLUMNS: &str =
    "SELECT id, name, kind, location, memory, baseline_at, polled_at, ok_at, failures, due_at, revisited_at,
    health, health_since, health_evidence, told, count_stated FROM sources";
const FIRST_CONTACT: &str = "SELECT min(baseline_at) FROM sources WHERE location = ?1";
const OK: &str = "UPDATE sources SET memory = ?2, polled_at = ?3, ok_at = ?3, failures = 0, due_at = ?4,
    baseline_at = coalesce(baseline_at, ?3), count_stated = coalesce(?5, count_stated) WHERE id = ?1";
const UNCHANGED: &str =
    "UPDATE sources SET memory = ?2, polled_at = ?3, ok_at = ?3, failures = 0, due_at = ?4 WHERE id = ?1";
const QUIET: &str =
    "UPDATE sources SET memory = coalesce(?2, memory), polled_at = ?3, ok_at = ?3, due_at = ?4 WHERE id = ?1";
const HEARD: &str =
    "UPDATE sources SET polled_at = ?2, ok_at = ?2, health = CASE health WHEN 'new' THEN 'ok' ELSE health END
    WHERE id = ?1 AND failures = 0";
const FAILED: &str = "UPDATE sources SET polled_at = ?2, failures = failures + 1, due_at = ?3 WHERE id = ?1";
const HEALTH: &str = "UPDATE sources SET health = ?2, health_since = ?3, health_evidence = ?4, told = ?5 WHERE id = ?1";
const BLIND: &str = "INSERT INTO blind_spans (source_id, since) SELECT ?1, ?2
    WHERE NOT EXISTS (SELECT 1 FROM blind_spans WHERE source_id = ?1 AND until IS NULL) ON CONFLICT DO NOTHING";
const SEES: &str = "UPDATE blind_spans SET until = ?2 WHERE source_id = ?1 AND until IS NULL";
const REVISITED: &str = "UPDATE sources SET revisited_at = ?2 WHERE id = ?1";

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// Never asked yet.
    New,
    /// Well.
    Ok,
    /// It cannot be reached, or answers with server errors.
    Unreachable,
    /// It shows a page against robots.
    Blocked,
    /// It refuses us: sign-in, permission, or robots.txt.
    Refused,
    /// It asked us to slow down, or a quota is used up.
    OverQuota,
    /// Nothing was found where there was much, or the payload is not what it was.
    LayoutChanged,
    /// Many reviews appeared or disappeared at once.
    Anomaly,
    /// It could not be seen for longer than it shows reviews: some may have been missed.
    Gap,
    /// Nothing new has come for much longer than ever usual there.
    Stale,
}

impl Health {
    /// The state as an owner reads it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Health::New => "not asked yet",
            Health::Ok => "ok",
            Health::Unreachable => "cannot be reached",
            Health::Blocked => "blocked by bot protection",
            Health::Refused => "refused",
            Health::OverQuota => "over its quota",
            Health::LayoutChanged => "the page changed",
            Health::Anomaly => "something is odd",
            Health::Gap => "a gap",
            Health::Stale => "silent for unusually long",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn next_step(self, source: &str) -> String {
        match self {
            Health::New | Health::Ok => String::new(),
            Health::Unreachable => format!("look whether the site opens in a browser; see `amends poll \"{source}\" --explain`"),
            Health::Blocked => "this site does not want to be read by programs: use its own interface or its notification mails instead".to_owned(),
            Health::Refused => format!("check the address, the token and robots.txt; see `amends poll \"{source}\" --explain`"),
            Health::OverQuota => "nothing to do: amends waits until it may ask again; a longer `every` helps".to_owned(),
            Health::LayoutChanged => format!("look at what was read: `amends poll \"{source}\" --explain`"),
            Health::Anomaly => "look at the site: nothing was taken for deleted, and no case was touched".to_owned(),
            Health::Gap => "look at the site for reviews of that time; `amends import` takes those that are missing".to_owned(),
            Health::Stale => format!("look whether the site shows reviews that amends does not: `amends poll \"{source}\" --explain`; if there are none, all is well"),
        }
    }
}

/// A source's row.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRow {
    /// Its row.
    pub id: SourceId,
    /// The owner's name for it.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its location's name.
    pub location: String,
    /// Validators, JSON.
    pub memory: String,
    /// When the first contact was committed.
    pub baseline_at: Option<Timestamp>,
    /// The last try.
    pub polled_at: Option<Timestamp>,
    /// The last success.
    pub ok_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Not before this.
    pub due_at: Option<Timestamp>,
    /// When open cases beyond the window were last looked at.
    pub revisited_at: Option<Timestamp>,
    /// How it is.
    pub health: Health,
    /// Since when.
    pub health_since: Option<Timestamp>,
    /// What shows it.
    pub evidence: String,
    /// Whether this trouble was told.
    pub told: bool,
    /// How many reviews the site says it has.
    pub count_stated: Option<i64>,
}

/// What to note after a poll that succeeded.
#[derive(Clone, Debug)]
pub struct Success {
    /// Validators, JSON.
    pub memory: String,
    /// When it was.
    pub at: Timestamp,
    /// Not again before this.
    pub due_at: Timestamp,
    /// How many reviews the site says it has.
    pub count_stated: Option<u64>,
}

fn read(row: &Row<'_>) -> Result<SourceRow, StoreError> {
    Ok(SourceRow {
        id: SourceId(row.get(0)?),
        name: row.get(1)?,
        kind: row.get(2)?,
        location: row.get(3)?,
        memory: row.get(4)?,
        baseline_at: maybe_at(row.get(5)?)?,
        polled_at: maybe_at(row.get(6)?)?,
        ok_at: maybe_at(row.get(7)?)?,
        failures: row.get(8)?,
        due_at: maybe_at(row.get(9)?)?,
        revisited_at: maybe_at(row.get(10)?)?,
        health: from_name(&row.get::<_, String>(11)?)?,
        health_since: row.get::<_, Option<i64>>(12)?.map(at).transpose()?,
        evidence: row.get(13)?,
        told: row.get(14)?,
        count_stated: row.get(15)?,
    })
}

/// The row of a configured source, made at first use.
///
/// # Errors
/// If the database cannot be read or written.
pub fn ensure(tx: &Tx<'_>, source: &str, kind: &str, location: &str) -> Result<SourceRow, StoreError> {
    match by_name(tx, source)? {
        Some(row) if row.kind == kind && row.location == location => Ok(row),
        _ => {
            tx.execute(ENSURE, params![source, kind, location])?;
            by_name(tx, source)?.ok_or_else(|| StoreError::Missing(format!("source `{source}`")))
        }
    }
}

/// The rows of configured sources — name, kind, location — in their order, read in one go, and made at first use. There may be thousands.
///
/// # Errors
/// If the database cannot be read or written.
pub fn ensure_all(tx: &Tx<'_>, wanted: &[(&str, &str, &str)]) -> Result<Vec<Box<SourceRow>>, StoreError> {
    let places: HashMap<&str, usize> = wanted.iter().enumerate().map(|(place, (name, ..))| (*name, place)).collect();
    let mut known: Vec<Option<Box<SourceRow>>> = vec![None; wanted.len()];
    tx.all(COLUMNS, [], |row| {
        let row = read(row)?;
        if let Some(place) = places.get(row.name.as_str()) {
            known[*place] = Some(Box::new(row));
        }
        Ok(())
    })?;
    let rows = known.into_iter().zip(wanted).map(|(known, (name, kind, location))| match known {
        Some(row) if row.kind == *kind && row.location == *location => Ok(row),
        Some(_) | None => ensure(tx, name, kind, location).map(Box::new),
    });
    rows.collect()
}

/// The row of that name.
///
/// # Errors
/// If the database cannot be read.
pub fn by_name(tx: &Tx<'_>, source: &str) -> Result<Option<SourceRow>, StoreError> {
    tx.one(&format!("{COLUMNS} WHERE name = ?1"), params![source], read)
}

/// The row of that number.
///
/// # Errors
/// If there is none.
pub fn get(tx: &Tx<'_>, id: SourceId) -> Result<SourceRow, StoreError> {
    let row = tx.one(&format!("{COLUMNS} WHERE id = ?1"), params![id.0], read)?;
    row.ok_or_else(|| StoreError::Missing(format!("source {id}")))
}

/// Every source, by name.
///
/// # Errors
/// If the database cannot be read.
pub fn list(tx: &Tx<'_>) -> Result<Vec<SourceRow>, StoreError> {
    tx.all(&format!("{COLUMNS} ORDER BY name"), [], read)
}

/// The sources of a location, by name.
///
/// # Errors
/// If the database cannot be read.
pub fn of_location(tx: &Tx<'_>, location: &str) -> Result<Vec<SourceRow>, StoreError> {
    tx.all(&format!("{COLUMNS} WHERE location = ?1 ORDER BY name"), [location], read)
}

/// When the first source of a location was seen for the first time.
///
/// # Errors
/// If the database cannot be read.
pub fn first_contact(tx: &Tx<'_>, location: &str) -> Result<Option<Timestamp>, StoreError> {
    let first = tx.one(FIRST_CONTACT, [location], |row| Ok(row.get(0)?))?;
    maybe_at(first.flatten())
}

/// Notes a poll that saw something.
///
/// # Errors
/// If the database cannot be written.
pub fn note_success(tx: &Tx<'_>, id: SourceId, success: &Success) -> Result<(), StoreError> {
    let count = success.count_stated.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    tx.execute(OK, params![id.0, success.memory, ms(success.at), ms(success.due_at), count]).map(|_| ())
}

/// Notes a poll that found everything as it was.
///
/// # Errors
/// If the database cannot be written.
pub fn note_unchanged(tx: &Tx<'_>, id: SourceId, success: &Success) -> Result<(), StoreError> {
    tx.execute(UNCHANGED, params![id.0, success.memory, ms(success.at), ms(success.due_at)]).map(|_| ())
}

/// A look that found everything as it was, at a source with which nothing was wrong: only times have passed.
#[derive(Clone, Debug)]
pub struct Quiet {
    /// The source.
    pub id: SourceId,
    /// Validators, JSON; nothing if they stay as they are.
    pub memory: Option<String>,
    /// When it was.
    pub at: Timestamp,
    /// When to look next.
    pub due_at: Timestamp,
}

impl Quiet {
    /// Brings the source's row up to it.
    pub fn bring(&self, row: &mut SourceRow) {
        if let Some(memory) = &self.memory {
            row.memory.clone_from(memory);
        }
        (row.polled_at, row.ok_at, row.due_at) = (Some(self.at), Some(self.at), Some(self.due_at));
    }

    /// Makes it the later look of the same source; what an earlier one learnt holds on.
    pub(super) fn go_on(&mut self, later: Quiet) {
        let memory = later.memory.or_else(|| self.memory.take());
        *self = Quiet { memory, ..later };
    }

    pub(super) fn note(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.execute(QUIET, params![self.id.0, self.memory, ms(self.at), ms(self.due_at)]).map(|_| ())
    }
}

/// Notes that the source pushed something to us.
///
/// # Errors
/// If the database cannot be written.
pub fn note_heard(tx: &Tx<'_>, id: SourceId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(HEARD, params![id.0, ms(now)]).map(|_| ())
}

/// Notes a poll that failed.
///
/// # Errors
/// If the database cannot be written.
pub fn note_failure(tx: &Tx<'_>, id: SourceId, now: Timestamp, due_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(FAILED, params![id.0, ms(now), ms(due_at)]).map(|_| ())
}

/// A state of health to note.
#[derive(Clone, Debug)]
pub struct Noted<'a> {
    /// The state.
    pub health: Health,
    /// Since when.
    pub since: Timestamp,
    /// What shows it.
    pub evidence: &'a str,
    /// Whether it was told.
    pub told: bool,
}

/// Notes a state of health, and since when the source cannot be seen, or that it can be seen again.
///
/// # Errors
/// If the database cannot be written.
pub fn note_health(tx: &Tx<'_>, id: SourceId, noted: &Noted<'_>) -> Result<(), StoreError> {
    match noted.health {
        Health::New | Health::Ok | Health::Anomaly | Health::Gap | Health::Stale => {
            tx.execute(SEES, params![id.0, ms(noted.since)])?
        }
        Health::Unreachable | Health::Blocked | Health::Refused | Health::OverQuota | Health::LayoutChanged => {
            tx.execute(BLIND, params![id.0, ms(noted.since)])?
        }
    };
    tx.execute(HEALTH, params![id.0, name(&noted.health), ms(noted.since), noted.evidence, noted.told]).map(|_| ())
}

/// Notes that open cases beyond the window were looked at.
///
/// # Errors
/// If the database cannot be written.
pub fn note_revisit(tx: &Tx<'_>, id: SourceId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(REVISITED, params![id.0, ms(now)]).map(|_| ())
}
