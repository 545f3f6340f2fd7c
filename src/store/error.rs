//! What can go wrong with the database, in the cases that a caller treats differently.

/// Why the database did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk is full; nothing was acknowledged.
    #[error("the disk is full: nothing was saved; free some space and amends goes on by itself")]
    Full,
    /// Somebody else holds the file.
    #[error("the database is locked by another program; close it and amends goes on by itself")]
    Locked,
    /// Another daemon runs on this file.
    #[error("another amends already runs on this database")]
    InUse,
    /// Not our file.
    #[error("{0} is not a database of amends")]
    NotOurs(String),
    /// Made by a newer program.
    #[error(
        "the database has schema {found}, made by a newer amends; this one knows up to {known}: install the newer version, \
         or restore a backup made before the upgrade"
    )]
    Newer {
        /// The file's schema.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The file is damaged.
    #[error("the database is damaged ({0}); restore the last backup with `amends restore`")]
    Damaged(String),
    /// What was asked for is not there.
    #[error("there is no {0}")]
    Missing(String),
    /// A step that the case refuses.
    #[error(transparent)]
    Refused(#[from] crate::case::Refusal),
    /// What was asked for does not fit what is stored.
    #[error("{0}")]
    Unfit(String),
    /// A bug of ours or an unusual failure of the machine.
    #[error("the database failed: {0}")]
    Sql(String),
    /// The work panicked; its transaction was rolled back.
    #[error("a database task failed unexpectedly; nothing of it was saved")]
    Panicked,
}

impl StoreError {
    /// Whether it can go by without anybody repairing the database: then the work is tried again instead of given up.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            StoreError::Full | StoreError::Locked => true,
            StoreError::InUse
            | StoreError::NotOurs(_)
            | StoreError::Newer { .. }
            | StoreError::Damaged(_)
            | StoreError::Missing(_)
            | StoreError::Refused(_)
            | StoreError::Unfit(_)
            | StoreError::Sql(_)
            | StoreError::Panicked => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked,
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged(error.to_string()),
            Some(ErrorCode::NotADatabase) => StoreError::NotOurs("the file".to_owned()),
            _ => StoreError::Sql(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        StoreError::Damaged(format!("a stored value cannot be read at line {} column {}", error.line(), error.column()))
    }
}
