//! The store by itself: groups, durability settings, identity of the file.

use futures_util::FutureExt;
use jiff::Timestamp;
use rusqlite::Connection;

use super::{sources::Quiet, *};
use crate::review::{Sighting, normalise, voice};

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

#[tokio::test]
async fn a_write_that_fails_is_rolled_back_alone() {
    let (_dir, store) = store();
    let good = store.write(|tx| meta::put(tx, "a", "1"));
    let bad = store.write(|tx| {
        meta::put(tx, "b", "1")?;
        Err::<(), _>(StoreError::Missing("thing".into()))
    });
    let panics = store.write(|tx| {
        meta::put(tx, "c", "1")?;
        panic!("a bug");
        #[allow(unreachable_code)]
        Ok(())
    });
    let (good, bad, panics) = tokio::join!(good, bad, panics);
    assert_eq!((good, bad, panics), (Ok(()), Err(StoreError::Missing("thing".into())), Err(StoreError::Panicked)));
    let kept = store.read(|tx| Ok((meta::get(tx, "a")?, meta::get(tx, "b")?, meta::get(tx, "c")?))).await.unwrap();
    assert_eq!(kept, (Some("1".into()), None, None));
}

#[tokio::test]
async fn a_write_that_fails_alone_leaves_nothing_and_the_next_one_stands() {
    let (_dir, store) = store();
    let bad = store.write(|tx| {
        meta::put(tx, "a", "1")?;
        Err::<(), _>(StoreError::Missing("thing".into()))
    });
    assert_eq!(bad.await, Err(StoreError::Missing("thing".into())));
    store.write(|tx| meta::put(tx, "b", "1")).await.unwrap();
    let kept = store.read(|tx| Ok((meta::get(tx, "a")?, meta::get(tx, "b")?))).await.unwrap();
    assert_eq!(kept, (None, Some("1".into())));
}

#[tokio::test]
async fn of_those_that_share_a_commit_each_falls_alone_wherever_it_stands() {
    for falls in 0..8 {
        let (_dir, store) = store();
        store.write(|tx| sources::ensure(tx, "a", "feed", "Inn").map(|_| ())).await.unwrap();
        let at = Timestamp::from_second(60).unwrap();
        let busy = store.inner.writer.lock().unwrap();
        store.note_quiet(Quiet { id: crate::id::SourceId(1), memory: None, at, due_at: at });
        let writes = (0..3).map(|nth| {
            store.write(move |tx| {
                meta::put(tx, &nth.to_string(), "1")?;
                if falls >> nth & 1 == 1 { Err(StoreError::Missing("thing".into())) } else { Ok(()) }
            })
        });
        let mut all = futures_util::future::join_all(writes);
        assert!((&mut all).now_or_never().is_none(), "they wait for who commits");
        drop(busy);
        let outcomes: Vec<bool> = all.await.iter().map(Result::is_ok).collect();
        let kept = (0..3).map(|nth| store.read_now(move |tx| meta::get(tx, &nth.to_string())).unwrap().is_some());
        let stands: Vec<bool> = (0..3).map(|nth| falls >> nth & 1 == 0).collect();
        assert_eq!((outcomes, kept.collect()), (stands.clone(), stands));
        assert_eq!(store.read_now(|tx| sources::by_name(tx, "a")).unwrap().unwrap().ok_at, Some(at));
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let (dir, store) = store();
    store.write(|tx| meta::put(tx, "a", "1")).await.unwrap();
    drop(store);
    let again = Store::open(dir.path()).unwrap();
    assert_eq!(again.read(|tx| meta::get(tx, "a")).await.unwrap().as_deref(), Some("1"));
}

#[test]
fn durability_is_full_and_the_log_is_a_write_ahead_log() {
    let (_dir, store) = store();
    let writer = store.inner.writer.lock().unwrap();
    let pragma = |name: &str| writer.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((pragma("synchronous"), pragma("foreign_keys"), pragma("secure_delete")), (2, 1, 1));
    let mode: String = writer.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    assert!(rusqlite::version_number() >= 3_051_003, "older versions can lose a reset log");
}

#[test]
fn a_newer_database_is_refused_with_both_versions() {
    let (dir, store) = store();
    drop(store);
    let file = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    file.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(file);
    assert_eq!(Store::open(dir.path()).err(), Some(StoreError::Newer { found: 99, known: 11 }));
}

#[test]
fn a_database_of_every_older_version_becomes_the_newest_and_is_copied_first() {
    let schema = |path: &std::path::Path| -> Vec<String> {
        let file = Connection::open(path).unwrap();
        let mut rows = file.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name").unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let (fresh, newest) = store();
    drop(newest);
    for version in 1..open::MIGRATIONS.len() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let file = Connection::open(&path).unwrap();
        for step in &open::MIGRATIONS[..version] {
            file.execute_batch(step).unwrap();
        }
        let id = open::APPLICATION_ID;
        file.execute_batch(&format!("PRAGMA application_id = {id}; PRAGMA user_version = {version};")).unwrap();
        drop(file);
        drop(Store::open(dir.path()).unwrap());
        assert_eq!(schema(&path), schema(&fresh.path().join(FILE_NAME)), "from version {version}");
        assert_eq!(
            std::fs::read_dir(dir.path())
                .unwrap()
                .filter(|entry| { entry.as_ref().unwrap().file_name().to_str().unwrap().contains("before-schema") })
                .count(),
            1
        );
    }
}

#[test]
fn traces_of_an_older_version_are_found_where_new_ones_are_left() {
    let dir = tempfile::tempdir().unwrap();
    let file = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    open::MIGRATIONS[..9].iter().for_each(|step| file.execute_batch(step).unwrap());
    let guest = Sighting { author_id: Some("ana77".into()), text: Some("Cold".into()), ..Sighting::default() };
    let normal = normalise(vec![guest], Timestamp::UNIX_EPOCH).0.remove(0);
    let locations = ["Alpenblick", "Přístav 海の家 🏨", ""];
    for (id, location) in (1..).zip(locations) {
        file.execute("INSERT INTO sources (id, name, kind, location) VALUES (?1, ?1, 'feed', ?2)", (id, location))
            .unwrap();
        let review = "INSERT INTO reviews (id, source_id, base, identity, first_seen_at, sense, severity)
            VALUES (?1, ?1, 'x', 'own', 0, 'neutral', 'low')";
        file.execute(review, [id]).unwrap();
        let former = crate::id::mark(&["feed", location, "ana77"]);
        file.execute("INSERT INTO traces VALUES (?1, ?2)", (former, id)).unwrap();
    }
    let id = open::APPLICATION_ID;
    file.execute_batch(&format!("PRAGMA application_id = {id}; PRAGMA user_version = 9;")).unwrap();
    drop(file);
    drop(Store::open(dir.path()).unwrap());
    let file = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    for (id, location) in (1..).zip(locations) {
        let mark: i64 = file.query_row("SELECT mark FROM traces WHERE review_id = ?1", [id], |row| row.get(0)).unwrap();
        let traces: Vec<i64> = voice::traces(&normal, location, "feed").iter().map(|trace| trace.mark).collect();
        assert_eq!(traces, [mark], "{location}");
    }
}

#[test]
fn what_no_enum_of_ours_says_is_refused_and_nobody_rewrites_the_schema() {
    let (_dir, store) = store();
    let writer = store.inner.writer.lock().unwrap();
    writer.execute_batch("INSERT INTO sources (name, kind, location) VALUES ('a', 'feed', 'H')").unwrap();
    let insert = |identity: &str, precision: &str| {
        writer.execute(
            "INSERT INTO reviews (source_id, base, identity, precision, first_seen_at, sense, severity)
             VALUES (1, ?1 || ?2, ?1, ?2, 0, 'neutral', 'low')",
            [identity, precision],
        )
    };
    for known in [("own", "exact"), ("derived", "day"), ("weak", "month")] {
        assert_eq!(insert(known.0, known.1), Ok(1));
    }
    for unknown in [("strong", "exact"), ("own", "year")] {
        assert!(insert(unknown.0, unknown.1).unwrap_err().to_string().contains("CHECK"), "{unknown:?}");
    }
    assert!(writer.execute_batch("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''").is_err());
}

#[test]
fn a_file_of_another_program_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(Store::open(dir.path()), Err(StoreError::NotOurs(_))));
    std::fs::write(&path, b"not a database at all, but long enough to look at").unwrap();
    assert!(matches!(Store::open(dir.path()), Err(StoreError::NotOurs(_))));
}

#[test]
fn case_events_cannot_be_deleted() {
    let (_dir, store) = store();
    let writer = store.inner.writer.lock().unwrap();
    writer
        .execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO case_events (case_id, at, event) VALUES (1, 0, '{}'); PRAGMA foreign_keys = ON;",
        )
        .unwrap();
    assert!(writer.execute_batch("DELETE FROM case_events").unwrap_err().to_string().contains("append-only"));
}

#[tokio::test]
async fn a_backup_made_while_writing_is_verified_and_restores() {
    let (dir, store) = store();
    store.write(|tx| meta::put(tx, "a", "before")).await.unwrap();
    let copy = dir.path().join("copy.db");
    assert_eq!(store.backup(&copy).unwrap(), backup::Holds { schema: 11, reviews: 0, cases: 0 });
    assert!(store.backup(&copy).is_err(), "a backup never overwrites");
    store.write(|tx| meta::put(tx, "a", "after")).await.unwrap();
    drop(store);
    restore(&copy, dir.path()).unwrap();
    let restored = Store::open(dir.path()).unwrap();
    assert_eq!(restored.read(|tx| meta::get(tx, "a")).await.unwrap().as_deref(), Some("before"));
}

#[test]
fn a_truncated_backup_is_refused_and_nothing_is_changed() {
    let (dir, store) = store();
    let copy = dir.path().join("copy.db");
    store.backup(&copy).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, &bytes[..bytes.len() / 2]).unwrap();
    drop(store);
    let before = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
    assert!(restore(&copy, dir.path()).is_err());
    assert_eq!(std::fs::read(dir.path().join(FILE_NAME)).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn the_database_and_every_copy_of_it_can_be_read_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, store) = store();
    let assert_private = |file: &str| {
        let mode = std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    };
    ["amends.db", "amends.db-wal"].into_iter().for_each(assert_private);
    let copy = dir.path().join("copy.db");
    store.backup(&copy).unwrap();
    assert_private("copy.db");
    drop(store);
    // A copy that came over the wire.
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
    restore(&copy, dir.path()).unwrap();
    ["amends.db", "amends.db.replaced"].into_iter().for_each(assert_private);
    let older = open::MIGRATIONS.len() - 1;
    let file = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    file.execute_batch(&format!("DROP TABLE news; DROP TABLE news_told; PRAGMA user_version = {older};")).unwrap();
    drop(file);
    drop(Store::open(dir.path()).unwrap());
    assert_private(&format!("amends.before-schema-{}.db", open::MIGRATIONS.len()));
}

#[tokio::test]
async fn rows_of_many_sources_come_in_the_order_asked_for_and_are_made_or_brought_up_to_date() {
    let (_dir, store) = store();
    let wanted = [("c", "feed", "Inn"), ("a", "page", "Inn"), ("b", "feed", "Bar")];
    let ids = store.write(move |tx| wanted[..2].iter().map(|(n, k, l)| Ok(sources::ensure(tx, n, k, l)?.id)).collect());
    let ids: Vec<_> = ids.await.unwrap();
    store.write(|tx| sources::ensure(tx, "nobody's", "feed", "Inn").map(|_| ())).await.unwrap();
    let moved = [wanted[0], ("a", "page", "Bar"), wanted[2]];
    let rows = store.write(move |tx| sources::ensure_all(tx, &moved)).await.unwrap();
    let said: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.kind.as_str(), row.location.as_str())).collect();
    assert_eq!(said, moved);
    assert_eq!([rows[0].id, rows[1].id], ids[..], "the rows that there were");
    assert_eq!(store.write(move |tx| sources::ensure_all(tx, &moved)).await.unwrap(), rows);
}

#[tokio::test(start_paused = true)]
async fn quiet_looks_of_many_sources_wait_for_no_more_and_those_of_a_few_are_kept_at_the_end() {
    let (dir, store) = store();
    store.write(|tx| sources::ensure(tx, "a", "feed", "Inn").map(|_| ())).await.unwrap();
    let look = |id, second| {
        let at = jiff::Timestamp::from_second(second).unwrap();
        Quiet { id: crate::id::SourceId(id), memory: None, at, due_at: at }
    };
    let looked_at = |store: &Store| store.read_now(|tx| sources::by_name(tx, "a")).unwrap().unwrap().ok_at;
    let began = tokio::time::Instant::now();
    (1..=4_096).for_each(|id| store.note_quiet(look(id, 60)));
    while looked_at(&store) != Some(look(1, 60).at) {
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "they wait for a commit");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    store.note_quiet(look(1, 120));
    drop(store);
    // The thread that committed the first ones may be the last that has it open.
    let reopened = Store::open(dir.path()).unwrap();
    let closed = std::time::Instant::now();
    while looked_at(&reopened) != Some(look(1, 120).at) {
        assert!(closed.elapsed() < std::time::Duration::from_secs(5), "who closes it writes what waits");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
