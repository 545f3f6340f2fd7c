//! One daemon a database: a lock on a file beside it, which also says which process holds it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

use super::StoreError;

/// The name of the locked file.
const FILE_NAME: &str = "amends.lock";

/// A daemon's claim on a database; it ends with the value, or with the process.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

/// What a process holds a database for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// To run on it: others may signal it.
    Daemon,
    /// For one short task, such as a restore: nobody to signal.
    Errand,
}

/// Claims the database in `dir` for this process.
///
/// # Errors
/// If another daemon runs on it, or the folder cannot be written.
pub fn claim(dir: &Path, holder: Holder) -> Result<Claim, StoreError> {
    let io = |error: std::io::Error| StoreError::Sql(format!("cannot use the folder {}: {error}", dir.display()));
    fs::create_dir_all(dir).map_err(io)?;
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(dir.join(FILE_NAME));
    let mut file = options.map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    let name = match holder {
        Holder::Daemon => std::process::id().to_string(),
        Holder::Errand => String::new(),
    };
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(name.as_bytes())).map_err(io)?;
    Ok(Claim { _file: file })
}

/// The process that holds the database in `dir`, if a daemon runs.
#[must_use]
pub fn holder(dir: &Path) -> Option<u32> {
    let mut file = File::open(dir.join(FILE_NAME)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) | Err(TryLockError::Error(_)) => return None,
    }
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_refused_and_a_dead_one_blocks_nobody() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(holder(dir.path()), None);
        let first = claim(dir.path(), Holder::Daemon).unwrap();
        assert_eq!(claim(dir.path(), Holder::Errand).unwrap_err(), StoreError::InUse);
        assert_eq!(holder(dir.path()), Some(std::process::id()));
        drop(first);
        assert_eq!(holder(dir.path()), None);
        let _errand = claim(dir.path(), Holder::Errand).unwrap();
        assert_eq!(holder(dir.path()), None);
    }
}
