//! Copies of the database: made while it runs, verified right after, and put back.

use std::{fs, path::Path};

use rusqlite::{Connection, OpenFlags};

use super::{FILE_NAME, Store, StoreError, open};

/// The name under which a restore keeps the former database.
pub const REPLACED: &str = "amends.db.replaced";

/// What a verified copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Holds {
    /// The schema's version.
    pub schema: i64,
    /// How many reviews.
    pub reviews: i64,
    /// How many cases.
    pub cases: i64,
}

impl Store {
    /// Writes a consistent copy to `target` (which must not exist) and verifies it.
    ///
    /// # Errors
    /// If the target exists or cannot be written, or the copy is not sound.
    pub fn backup(&self, target: &Path) -> Result<Holds, StoreError> {
        if target.exists() {
            return Err(StoreError::Sql(format!("{} exists already; nothing was overwritten", target.display())));
        }
        let reader = open::for_writing(self.path())?;
        let partial = target.with_extension("partial");
        open::copy_into(&reader, &partial)?;
        let holds = verify(&partial)?;
        let moved =
            fs::File::open(&partial).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&partial, target));
        moved.map_err(|error| StoreError::Sql(format!("cannot write {}: {error}", target.display())))?;
        Ok(holds)
    }
}

/// Checks a copy: ours, not newer than this program, sound, its references whole.
///
/// # Errors
/// What is wrong with it.
pub fn verify(copy: &Path) -> Result<Holds, StoreError> {
    let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    open::check_ours(&connection, copy)?;
    let sound: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    let dangling: i64 = connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    if sound != "ok" || dangling != 0 {
        return Err(StoreError::Damaged(if sound == "ok" { format!("{dangling} dangling references") } else { sound }));
    }
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok(Holds {
        schema: open::version(&connection)?,
        reviews: count("SELECT count(*) FROM reviews")?,
        cases: count("SELECT count(*) FROM cases")?,
    })
}

/// Puts a verified copy in place of the database in `dir`; the former file is kept beside it as `amends.db.replaced`.
///
/// # Errors
/// If the copy is not sound or a file cannot be moved; then nothing was changed.
pub fn restore(copy: &Path, dir: &Path) -> Result<Holds, StoreError> {
    let holds = verify(copy)?;
    let target = dir.join(FILE_NAME);
    let io = |error: std::io::Error| StoreError::Sql(format!("cannot restore into {}: {error}", dir.display()));
    fs::create_dir_all(dir).map_err(io)?;
    let arriving = dir.join("amends.db.arriving");
    let _ = fs::remove_file(&arriving);
    open::create_private(&arriving);
    // Not `fs::copy`: the rights of the copy may be wider.
    fs::File::open(copy)
        .and_then(|mut copy| {
            let mut file = fs::OpenOptions::new().write(true).truncate(true).open(&arriving)?;
            std::io::copy(&mut copy, &mut file)?;
            file.sync_all()
        })
        .map_err(io)?;
    if target.exists() {
        // Fold the write-ahead log into the file first, so that the kept copy is whole and no stale log is left beside the new one.
        let former = Connection::open(&target)?;
        let _ = former.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        drop(former);
        fs::rename(&target, dir.join(REPLACED)).map_err(io)?;
    }
    for stale in ["amends.db-wal", "amends.db-shm"] {
        let _ = fs::remove_file(dir.join(stale));
    }
    fs::rename(&arriving, &target).map_err(io)?;
    Ok(holds)
}
