//! Which copies were made, so that those which still hold words that had to go can be named.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StoreError, Tx, erase, meta};

/// The most copies that are remembered: the latest.
const COPIES_MAX: usize = 200;
const KEY: &str = "copies";

/// A copy of the database that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// Where.
    pub path: PathBuf,
    /// When.
    pub at: Timestamp,
}

/// Notes a copy that was made.
///
/// # Errors
/// If the database cannot be written.
pub fn note(tx: &Tx<'_>, path: &Path, now: Timestamp) -> Result<(), StoreError> {
    let mut copies = list(tx)?;
    copies.retain(|copy| copy.path != path);
    copies.push(Copy { path: path.to_owned(), at: now });
    let first = copies.len().saturating_sub(COPIES_MAX);
    meta::put(tx, KEY, &super::tx::json(&copies[first..].to_vec()))
}

/// The copies that are still there and were made before words were last erased: they hold what had to go.
///
/// # Errors
/// If the database cannot be read.
pub fn outdated(tx: &Tx<'_>) -> Result<Vec<Copy>, StoreError> {
    let Some(erased) = erase::last(tx)? else { return Ok(Vec::new()) };
    Ok(list(tx)?.into_iter().filter(|copy| copy.at < erased && copy.path.exists()).collect())
}

fn list(tx: &Tx<'_>) -> Result<Vec<Copy>, StoreError> {
    Ok(meta::get(tx, KEY)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
