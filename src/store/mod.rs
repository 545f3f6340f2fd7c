//! The one database file: opening, migrating, reading, and writing in groups.
//!
//! One writer behind a lock, several readers, all through `spawn_blocking`; `BEGIN IMMEDIATE`, `synchronous = FULL`. Writes that
//! arrive together share one commit, all but the first in savepoints of their own, so that one that fails rolls back alone. Nothing but
//! this folder says SQL, and no type of the SQLite library leaves it.

pub mod alerts;
mod backup;
pub mod cases;
mod claim;
pub mod copies;
pub mod corrections;
pub mod erase;
mod error;
pub mod export;

pub mod facts;
pub mod health;
mod mark;
pub mod meta;
pub mod news;
mod open;
pub mod pushes;
pub mod reviews;
pub mod sources;
pub mod tallies;
mod tx;
pub mod voices;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::watch;

pub use backup::{Holds, REPLACED, restore, verify};
pub use claim::{Claim, Holder, claim, holder};
pub use error::StoreError;
pub use tx::Tx;

/// The database's name within its folder.
pub const FILE_NAME: &str = "amends.db";
/// The most connections kept for reading.
const READERS_MAX: usize = 4;

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: Mutex<Connection>,
    queue: Mutex<write::Queue>,
    readers: Mutex<Vec<Connection>>,
    deliveries: watch::Sender<u64>,
    deadlines: watch::Sender<u64>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Store {
    /// Opens the database in `dir`, creating or migrating it; a copy is made before a migration.
    ///
    /// # Errors
    /// If the file is not ours, is of a newer version, is damaged, in use by another daemon, or cannot be opened.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE_NAME);
        let writer = open::for_writing(&path)?;
        Ok(Store {
            inner: Arc::new(Inner {
                path,
                writer: Mutex::new(writer),
                queue: Mutex::default(),
                readers: Mutex::default(),
                deliveries: watch::Sender::new(0),
                deadlines: watch::Sender::new(0),
            }),
        })
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Reads with a consistent view, off the async runtime.
    ///
    /// # Errors
    /// What `work` returns, or that the database cannot be read.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || inner.read(work)).await.unwrap_or_else(|_| Err(StoreError::Panicked))
    }

    /// Reads on the calling thread: for commands that have no runtime to stall.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_now<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.inner.read(work)
    }

    /// Lets the file grow to so many pages and no further, as a full disk would; for tests of that.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn set_pages_max(&self, pages: u32) -> Result<(), StoreError> {
        let writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(writer.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?)
    }

    /// Lets deliverers and watchers look again: another process has written.
    pub fn wake(&self) {
        self.inner.deliveries.send_modify(|commits| *commits += 1);
        self.inner.deadlines.send_modify(|commits| *commits += 1);
    }

    /// Changes whenever a commit may have made a delivery due.
    #[must_use]
    pub fn deliveries_changed(&self) -> watch::Receiver<u64> {
        self.inner.deliveries.subscribe()
    }

    /// Changes whenever a commit may have moved a deadline.
    #[must_use]
    pub fn deadlines_changed(&self) -> watch::Receiver<u64> {
        self.inner.deadlines.subscribe()
    }
}

impl Inner {
    fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match kept {
            Some(reader) => reader,
            None => open::for_reading(&self.path)?,
        };
        reader.prepare_cached("BEGIN")?.execute([])?;
        let result = work(&Tx::new(&reader));
        reader.prepare_cached("ROLLBACK")?.execute([])?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX {
            readers.push(reader);
        }
        result
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;

#[cfg(test)]
mod tallies_tests;
