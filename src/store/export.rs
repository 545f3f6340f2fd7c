//! Everything as JSON Lines, so that nothing is ever locked in.

use std::{collections::HashSet, io::Write};

use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use super::{StoreError, Tx, erase::without_words};
use crate::case::Event;

/// The tables in the order in which they refer to each other. The signing key in `meta` is left out.
const TABLES: &[&str] = &[
    "sources",
    "reviews",
    "versions",
    "voices",
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

/// What stands where words may not be copied.
const LEFT_OUT: &str = "left out: its platform allows no copies";

/// Writes every row of every table as one JSON object a line, with its table's name under `table`; returns how many.
///
/// Times are UTC milliseconds, as stored. Stored JSON comes as JSON. Of reviews from the `restricted` kinds of sources only figures
/// are written: their platforms let words be shown, not copied.
///
/// # Errors
/// If the database cannot be read or `out` not written.
pub fn everything(tx: &Tx<'_>, restricted: &[&str], out: &mut dyn Write) -> Result<u64, StoreError> {
    let bound = Bound::find(tx, restricted)?;
    let mut rows = 0;
    for table in TABLES {
        tx.each(&format!("SELECT * FROM {table}"), [], |row| {
            let names: Vec<String> = row.as_ref().column_names().map(str::to_owned).collect();
            let mut object = Map::from_iter([("table".to_owned(), json!(table))]);
            for (at, name) in names.iter().enumerate() {
                object.insert(name.clone(), value(row.get_ref(at)?));
            }
            bound.strip(table, &mut object);
            rows += 1;
            writeln!(out, "{}", Value::Object(object))
                .map_err(|error| StoreError::Sql(format!("cannot write the export: {error}")))
        })?;
    }
    Ok(rows)
}

/// The reviews and cases whose words may not be copied.
struct Bound {
    reviews: HashSet<i64>,
    cases: HashSet<i64>,
}

impl Bound {
    fn find(tx: &Tx<'_>, restricted: &[&str]) -> Result<Self, StoreError> {
        let (mut reviews, mut cases) = (HashSet::new(), HashSet::new());
        let sql = "SELECT r.id, c.id FROM reviews r JOIN sources s ON s.id = r.source_id LEFT JOIN cases c ON c.review_id = r.id
            WHERE s.kind = ?1";
        for kind in restricted {
            for (review, case) in tx.all(sql, [kind], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))? {
                reviews.insert(review);
                cases.extend(case);
            }
        }
        Ok(Bound { reviews, cases })
    }

    /// Takes the words out of a row that may not be copied.
    fn strip(&self, table: &str, row: &mut Map<String, Value>) {
        let holds = |row: &Map<String, Value>, name: &str, of: &HashSet<i64>| {
            row.get(name).and_then(Value::as_i64).is_some_and(|id| of.contains(&id))
        };
        let clear = |row: &mut Map<String, Value>, names: &[&str]| {
            names.iter().for_each(|name| {
                row.insert((*name).to_owned(), Value::Null);
            });
        };
        match table {
            "reviews" if holds(row, "id", &self.reviews) => {
                clear(row, &["base", "external_id", "item", "author", "author_id", "url"]);
            }
            "versions" if holds(row, "review_id", &self.reviews) => {
                let rating = row.get("content").and_then(|content| content.get("rating")).cloned();
                row.insert("content".to_owned(), json!({ "rating": rating }));
                if let Some(verdict) = row.get_mut("verdict").and_then(Value::as_object_mut) {
                    verdict.insert("because".to_owned(), json!([LEFT_OUT]));
                    verdict.remove("topics");
                }
                clear(row, &["hash"]);
            }
            "alerts" => {
                let own = holds(row, "review_id", &self.reviews) || holds(row, "case_id", &self.cases);
                let Some(body) = row.get_mut("body").and_then(Value::as_object_mut) else { return };
                if own {
                    body.remove("review");
                    body.insert("headline".to_owned(), json!(LEFT_OUT));
                    body.insert("lines".to_owned(), json!([]));
                }
                if !self.reviews.is_empty() {
                    // A weekly report quotes guests of every source.
                    body.remove("report");
                }
            }
            "case_events" if holds(row, "case_id", &self.cases) => {
                let event = row.get("event").and_then(|event| serde_json::from_value::<Event>(event.clone()).ok());
                if let Some(bare) = event.and_then(|event| without_words(&event, LEFT_OUT)) {
                    row.insert("event".to_owned(), json!(bare));
                }
            }
            _ => {}
        }
    }
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
