//! Single values: the installation's identity and its signing key.

use rusqlite::params;

use super::{StoreError, Tx};
use crate::{id, secret::Secret};

const GET: &str = "SELECT value FROM meta WHERE key = ?1";
const PUT: &str =
    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// The value of a key, if it was ever put.
///
/// # Errors
/// If the database cannot be read.
pub fn get(tx: &Tx<'_>, key: &str) -> Result<Option<String>, StoreError> {
    tx.one(GET, params![key], |row| Ok(row.get(0)?))
}

/// Puts a value.
///
/// # Errors
/// If the database cannot be written.
pub fn put(tx: &Tx<'_>, key: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(PUT, params![key, value]).map(|_| ())
}

/// The key that signs links, made at first use.
///
/// # Errors
/// If the database cannot be read or written.
pub fn signing_key(tx: &Tx<'_>) -> Result<Secret, StoreError> {
    made_once(tx, "signing_key").map(Secret::new)
}

/// The key that signs links, if it was made.
///
/// # Errors
/// If the database cannot be read.
pub fn known_signing_key(tx: &Tx<'_>) -> Result<Option<Secret>, StoreError> {
    Ok(get(tx, "signing_key")?.map(Secret::new))
}

/// The installation's identity, made at first use; it makes delivery ids differ between installations.
///
/// # Errors
/// If the database cannot be read or written.
pub fn installation(tx: &Tx<'_>) -> Result<String, StoreError> {
    made_once(tx, "installation")
}

fn made_once(tx: &Tx<'_>, key: &str) -> Result<String, StoreError> {
    if let Some(value) = get(tx, key)? {
        return Ok(value);
    }
    let value = id::token();
    put(tx, key, &value)?;
    Ok(value)
}
