//! Everything as JSON Lines, so that nothing is ever locked in.

use std::io::Write;

use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use super::{StoreError, Tx};

/// The tables in the order in which they refer to each other. The signing key in `meta` is left out.
const TABLES: &[&str] = &[
    "sources",
    "reviews",
    "versions",
    "rejected",
    "cases",
    "case_events",
    "alerts",
    "deliveries",
    "attempts",
    "broken_channels",
    "reports",
    "corrections",
];

/// Writes every row of every table as one JSON object a line, with its table's name under `table`; returns how many.
///
/// Times are UTC milliseconds, as stored. Stored JSON comes as JSON.
///
/// # Errors
/// If the database cannot be read or `out` not written.
pub fn everything(tx: &Tx<'_>, out: &mut dyn Write) -> Result<u64, StoreError> {
    let mut rows = 0;
    for table in TABLES {
        tx.each(&format!("SELECT * FROM {table}"), [], |row| {
            let names: Vec<String> = row.as_ref().column_names().map(str::to_owned).collect();
            let mut object = Map::from_iter([("table".to_owned(), json!(table))]);
            for (at, name) in names.iter().enumerate() {
                object.insert(name.clone(), value(row.get_ref(at)?));
            }
            rows += 1;
            writeln!(out, "{}", Value::Object(object))
                .map_err(|error| StoreError::Sql(format!("cannot write the export: {error}")))
        })?;
    }
    Ok(rows)
}

fn value(stored: ValueRef<'_>) -> Value {
    match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) => json!(number),
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            if text.starts_with('{') {
                serde_json::from_str(&text).unwrap_or_else(|_| json!(text))
            } else {
                json!(text)
            }
        }
        ValueRef::Blob(_) => Value::Null,
    }
}
