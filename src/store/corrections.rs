//! How people read what was judged: corrections and confirmations, and what a quality report is made of.

use jiff::Timestamp;
use rusqlite::params;

use super::{
    StoreError, Tx, reviews,
    tx::{from_json, from_name, json, ms, name},
};
use crate::{
    judge::{Sense, Verdict, quality::Judged},
    review::Content,
};

const ADD: &str = "INSERT INTO corrections (review_id, version, at, by, judged, meant) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const JUDGED: &str = "SELECT judged FROM corrections WHERE review_id = ?1 AND version = ?2 ORDER BY id LIMIT 1";
const VERDICT: &str = "UPDATE versions SET verdict = ?3 WHERE review_id = ?1 AND number = ?2";
const SENSE: &str = "UPDATE reviews SET sense = ?2, severity = ?3 WHERE id = ?1";
const ALL: &str = "SELECT s.kind, s.location, v.content, v.verdict,
    (SELECT c.judged FROM corrections c WHERE c.review_id = r.id AND c.version = v.number ORDER BY c.id LIMIT 1),
    (SELECT c.meant FROM corrections c WHERE c.review_id = r.id AND c.version = v.number ORDER BY c.id DESC LIMIT 1)
    FROM reviews r JOIN sources s ON s.id = r.source_id
    JOIN versions v ON v.review_id = r.id AND v.number = r.version ORDER BY r.id";

/// A person's reading of the latest version of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Who says it.
    pub by: String,
    /// How it is meant.
    pub meant: Sense,
    /// When they said it.
    pub at: Timestamp,
}

/// Records a correction and makes `verdict` the one of that version; what the judge said is kept beside it.
///
/// # Errors
/// If the database cannot be written.
pub fn add(tx: &Tx<'_>, row: &reviews::ReviewRow, said: &Correction, verdict: &Verdict) -> Result<(), StoreError> {
    let (id, version) = (row.id.0, row.version);
    let first = tx.one(JUDGED, params![id, version], |row| from_name(&row.get::<_, String>(0)?))?;
    let judged: Sense = first.unwrap_or(row.verdict.sense);
    tx.insert(ADD, params![id, version, ms(said.at), said.by, name(&judged), name(&said.meant)])?;
    tx.execute(VERDICT, params![id, version, json(verdict)])?;
    tx.execute(SENSE, params![id, name(&verdict.sense), name(&verdict.severity)]).map(|_| ())
}

/// Calls `each` with every review that still has its words or its rating, as it was judged and as people read it.
///
/// # Errors
/// If the database cannot be read.
pub fn each(tx: &Tx<'_>, mut each: impl FnMut(Judged, &Content)) -> Result<(), StoreError> {
    tx.each(ALL, [], |row| {
        let content: Content = from_json(&row.get::<_, String>(2)?)?;
        let verdict: Verdict = from_json(&row.get::<_, String>(3)?)?;
        let sense = |text: Option<String>| text.map(|text| from_name::<Sense>(&text)).transpose();
        let judged = Judged {
            kind: row.get(0)?,
            location: row.get(1)?,
            language: verdict.language.clone(),
            judged: sense(row.get(4)?)?.unwrap_or(verdict.sense),
            meant: sense(row.get(5)?)?,
        };
        each(judged, &content);
        Ok(())
    })
}
