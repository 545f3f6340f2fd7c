//! One transaction, as the table files see it: a type of ours, so that another engine can stand behind it later.

use std::cell::Cell;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::{Serialize, de::DeserializeOwned};

use super::StoreError;

/// How long most stored values are at most, so that they are written in one piece.
const JSON_BYTES: usize = 1024;

/// A running transaction (or a consistent view for reading).
pub struct Tx<'a> {
    connection: &'a Connection,
    pub(super) wakes_deliveries: Cell<bool>,
    pub(super) wakes_deadlines: Cell<bool>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Tx { connection, wakes_deliveries: Cell::new(false), wakes_deadlines: Cell::new(false) }
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// The same for each of some rows.
    pub(super) fn execute_each<P: Params>(
        &self,
        sql: &str,
        rows: impl IntoIterator<Item = P>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        for row in rows {
            statement.execute(row)?;
        }
        Ok(())
    }

    pub(super) fn insert(&self, sql: &str, params: impl Params) -> Result<i64, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.insert(params)?)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let row = statement.query_row(params, |row| Ok(read(row))).optional()?;
        row.transpose()
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    pub(super) fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut act: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            act(row)?;
        }
        Ok(())
    }
}

/// Milliseconds, as stored.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// An instant from stored milliseconds.
pub(super) fn at(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Damaged(format!("{ms} is not a time")))
}

/// An optional instant from stored milliseconds.
pub(super) fn maybe_at(ms: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    ms.map(at).transpose()
}

/// A value as stored JSON.
pub(super) fn json(value: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(JSON_BYTES);
    serde_json::to_writer(&mut text, value).expect("our own types become JSON");
    String::from_utf8(text).expect("JSON is text")
}

/// A value from stored JSON.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    Ok(serde_json::from_str(text)?)
}

/// The kebab-case name of an enum value, as stored.
pub(super) fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("only plain enums are stored by name"),
    }
}

/// An enum value from its stored name.
pub(super) fn from_name<T: DeserializeOwned>(name: &str) -> Result<T, StoreError> {
    Ok(serde_json::from_value(serde_json::Value::String(name.to_owned()))?)
}
