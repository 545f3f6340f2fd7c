//! Opening the file: pragmas, the check that it is ours, migrations forward only, and the copy made before one.

use std::{fs, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig, limits::Limit};

use super::StoreError;

/// "AMND": refuses files of other programs.
pub(super) const APPLICATION_ID: i64 = 0x414D_4E44;
/// How long to wait for a lock that another process holds.
const BUSY: Duration = Duration::from_secs(5);
/// The pages of a new database: most versions of a review fit into a quarter of one, which is the most that a table without row numbers
/// takes on it. With pages of half that size many spill over, and half a million reviews need 910 MB instead of 590.
const PAGE_BYTES: u32 = 8192;
/// The longest text or blob in the database, in bytes.
const LENGTH_BYTES_MAX: i32 = 64 * 1024 * 1024;

/// The schema, one file a step; `user_version` is how many were applied.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_house.sql"),
    include_str!("migrations/0002_corrections.sql"),
    include_str!("migrations/0003_pushes.sql"),
    include_str!("migrations/0004_erased.sql"),
    include_str!("migrations/0005_voices.sql"),
    include_str!("migrations/0006_places.sql"),
    include_str!("migrations/0007_tallies.sql"),
    include_str!("migrations/0008_first_tallies.sql"),
    include_str!("migrations/0009_first_tallies_by_hand.sql"),
    include_str!("migrations/0010_traces_and_given_up.sql"),
    include_str!("migrations/0011_news.sql"),
];

/// Opens the file for writing, creating or migrating it.
pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)
            .map_err(|error| StoreError::Sql(format!("cannot make the folder {}: {error}", dir.display())))?;
    }
    create_private(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    check_ours(&connection, path)?;
    // Of a database that is there already nothing can change it.
    connection.execute_batch(&format!("PRAGMA page_size = {PAGE_BYTES};"))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Sql(format!(
            "the database needs a local disk: its journal mode is `{mode}`, not `wal`"
        )));
    }
    connection.execute_batch(
        "PRAGMA cache_size = -2000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;",
    )?;
    harden(&connection)?;
    migrate(&connection, path)?;
    Ok(connection)
}

/// Makes an empty file that only its owner can read; SQLite gives its logs the same rights. An existing file keeps its own.
pub(super) fn create_private(path: &Path) {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // What cannot be created here is said by SQLite in the next line.
    drop(options.open(path));
}

/// Writes a consistent copy, in place of one that is there, which only its owner can read as well.
pub(super) fn copy_into(connection: &Connection, copy: &Path) -> Result<(), StoreError> {
    let _ = fs::remove_file(copy);
    create_private(copy);
    connection.execute("VACUUM INTO ?1", [copy.display().to_string()])?;
    Ok(())
}

/// Opens the file for reading alone.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    // What was read once is seldom read again, and the system keeps the file's pages as well.
    connection.execute_batch("PRAGMA cache_size = -512;")?;
    harden(&connection)?;
    Ok(connection)
}

fn harden(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("PRAGMA trusted_schema = OFF;")?;
    // One plan for each statement: otherwise many are planned anew whenever other values are bound, which took a quarter of all work.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LENGTH_BYTES_MAX)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

pub(super) fn check_ours(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let not_ours = || StoreError::NotOurs(path.display().to_string());
    let id: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(|_| not_ours())?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(|_| not_ours())?;
    if id != APPLICATION_ID && (id != 0 || tables != 0) {
        return Err(not_ours());
    }
    let found = version(connection)?;
    let known = MIGRATIONS.len() as i64;
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

/// The schema's version: how many migrations were applied.
pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn migrate(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let applied = version(connection)?;
    if applied == MIGRATIONS.len() as i64 {
        return Ok(());
    }
    if applied > 0 {
        let copy = path.with_extension(format!("before-schema-{}.db", MIGRATIONS.len()));
        copy_into(connection, &copy)?;
        tracing::info!(copy = %copy.display(), "Copied the database before changing its schema");
    }
    // A step may change the words of the schema itself, which is refused before and after.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    connection.execute_batch("BEGIN EXCLUSIVE")?;
    let steps = MIGRATIONS.iter().skip(usize::try_from(applied).unwrap_or(0));
    let done = steps.into_iter().try_for_each(|step| connection.execute_batch(step)).and_then(|()| {
        connection.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT",
            MIGRATIONS.len()
        ))
    });
    if let Err(error) = done {
        let _ = connection.execute_batch("ROLLBACK");
        return Err(error.into());
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(())
}
