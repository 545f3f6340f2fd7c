//! The tallies that reports read say what the reviews themselves say, whatever is written in whatever order.

use rusqlite::{Connection, params};

use super::*;
use crate::{id::SourceId, judge::Sense};

/// The raw figures that tallies stand for: reviews by their first version, and what is on show at a moment.
const DAYS: &str = "SELECT count(*), coalesce(sum(json_extract(v.verdict, '$.verdict') = 'negative'), 0),
    coalesce(sum(json_extract(v.verdict, '$.verdict') = 'positive'), 0),
    coalesce(sum(json_extract(v.verdict, '$.verdict') = 'unrated'), 0), count(v.rating), coalesce(sum(v.rating), 0.0)
    FROM reviews r JOIN versions v ON v.review_id = r.id AND v.number = 1
    WHERE r.source_id = ?1 AND r.baseline = 0 AND r.first_seen_at >= ?2 AND r.first_seen_at < ?3
    AND NOT EXISTS (SELECT 1 FROM voices w WHERE w.review_id = r.id AND w.kin = 'same-words')";
const STANDING: &str =
    "SELECT count(v.rating), coalesce(sum(v.rating), 0.0) FROM reviews r JOIN versions v ON v.review_id = r.id
    AND v.number = (SELECT max(w.number) FROM versions w WHERE w.review_id = r.id AND w.seen_at < ?2)
    WHERE r.source_id = ?1 AND r.first_seen_at < ?2 AND (r.gone_at IS NULL OR r.gone_at >= ?2)";
const TALLIED_DAYS: &str = "SELECT coalesce(sum(seen), 0), coalesce(sum(negative), 0), coalesce(sum(positive), 0),
    coalesce(sum(unrated), 0), coalesce(sum(rated), 0), coalesce(sum(rating_sum), 0) / 1e6
    FROM tallies WHERE source_id = ?1 AND quarter >= ?2 / 900000 AND quarter < ?3 / 900000";
const TALLIED_STANDING: &str = "SELECT coalesce(sum(standing), 0), coalesce(sum(standing_sum), 0) / 1e6
    FROM tallies WHERE source_id = ?1 AND quarter < ?2 / 900000";

const SOURCES: i64 = 2;
const SENSES: [&str; 4] = ["negative", "neutral", "positive", "unrated"];
const SENSE: [Sense; 4] = [Sense::Negative, Sense::Neutral, Sense::Positive, Sense::Unrated];
const QUARTER: i64 = 900_000;

/// What can happen to the review of a number at a minute; most of it as the house writes it.
#[derive(Clone, Debug)]
enum Happening {
    Appears { source: i64, baseline: bool, sense: usize, rating: Option<u8> },
    IsEdited { review: usize, sense: usize, rating: Option<u8> },
    Goes { review: usize },
    ComesBack { review: usize },
    IsCorrected { review: usize, sense: usize },
    IsJoined { review: usize, kin: bool },
    IsParted { review: usize },
}

fn happening() -> impl proptest::strategy::Strategy<Value = Happening> {
    use Happening::{Appears, ComesBack, Goes, IsCorrected, IsEdited, IsJoined, IsParted};
    use proptest::prelude::*;
    let rating = || proptest::option::of(0_u8..=12);
    prop_oneof![
        3 => (1..=SOURCES, any::<bool>(), 0..4_usize, rating())
            .prop_map(|(source, baseline, sense, rating)| Appears { source, baseline, sense, rating }),
        3 => (0..6_usize, 0..4_usize, rating()).prop_map(|(review, sense, rating)| IsEdited { review, sense, rating }),
        1 => (0..6_usize).prop_map(|review| Goes { review }),
        1 => (0..6_usize).prop_map(|review| ComesBack { review }),
        1 => (0..6_usize, 0..4_usize).prop_map(|(review, sense)| IsCorrected { review, sense }),
        1 => (0..6_usize, any::<bool>()).prop_map(|(review, kin)| IsJoined { review, kin }),
        1 => (0..6_usize).prop_map(|review| IsParted { review }),
    ]
}

fn verdict(sense: usize) -> String {
    format!("{{\"verdict\":\"{}\"}}", SENSES[sense])
}

/// Writes what happened; what cannot happen to a review, because there is none or it is gone, does not.
fn write(file: &Connection, happening: &Happening, now: i64) {
    let reviews: i64 = file.query_row("SELECT count(*) FROM reviews", [], |row| row.get(0)).unwrap();
    let chosen = |review: &usize| (reviews > 0).then(|| 1 + *review as i64 % reviews);
    let stars = |rating: &Option<u8>| rating.map(|rating| f64::from(rating) / 12.0);
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| file.execute(sql, values).unwrap();
    match happening {
        Happening::Appears { source, baseline, sense, rating } => {
            let id = reviews + 1;
            run(
                "INSERT INTO reviews (source_id, base, identity, first_seen_at, baseline, sense, severity, rating)
                 VALUES (?1, ?2, 'own', ?3, ?4, ?5, 'low', ?6)",
                params![source, id.to_string(), now, baseline, SENSES[*sense], stars(rating)],
            );
            let found = if *baseline { reviews::Found::Baseline } else { reviews::Found::Watched };
            let mut arrivals = tallies::Arrivals::at(SourceId(*source), tx::at(now).unwrap());
            arrivals.note(found, SENSE[*sense], stars(rating));
            arrivals.write(&Tx::new(file)).unwrap();
            run(
                "INSERT INTO versions VALUES (?1, 1, ?2, '', ?3, '{}', ?4)",
                params![id, now, stars(rating), verdict(*sense)],
            );
        }
        Happening::IsEdited { review, sense, rating } => {
            let Some(id) = chosen(review) else { return };
            // Whoever sees an edit sees that the review is there.
            run("UPDATE reviews SET gone_at = NULL WHERE id = ?1", params![id]);
            run(
                "INSERT INTO versions SELECT ?1, max(number) + 1, ?2, '', ?3, '{}', ?4 FROM versions WHERE review_id = ?1",
                params![id, now, stars(rating), verdict(*sense)],
            );
            run(
                "UPDATE reviews SET version = version + 1, sense = ?2, rating = ?3 WHERE id = ?1",
                params![id, SENSES[*sense], stars(rating)],
            );
        }
        Happening::Goes { review } => {
            let Some(id) = chosen(review) else { return };
            run("UPDATE reviews SET gone_at = ?2 WHERE id = ?1 AND gone_at IS NULL", params![id, now]);
        }
        Happening::ComesBack { review } => {
            let Some(id) = chosen(review) else { return };
            run("UPDATE reviews SET gone_at = NULL WHERE id = ?1", params![id]);
        }
        Happening::IsCorrected { review, sense } => {
            let Some(id) = chosen(review) else { return };
            run("UPDATE versions SET verdict = ?2 WHERE review_id = ?1 AND number = 1", params![id, verdict(*sense)]);
        }
        Happening::IsJoined { review, kin } => {
            let Some(id) = chosen(review) else { return };
            let kin = if *kin { "same-words" } else { "account" };
            run("INSERT INTO voices VALUES (?1, 1, ?2, ?3) ON CONFLICT DO NOTHING", params![id, kin, now]);
        }
        Happening::IsParted { review } => {
            let Some(id) = chosen(review) else { return };
            run("DELETE FROM voices WHERE review_id = ?1", params![id]);
        }
    }
}

/// A row of whole numbers with a sum of ratings at its end.
fn figures(file: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> (Vec<i64>, f64) {
    file.query_row(sql, values, |row| {
        let last = row.as_ref().column_count() - 1;
        Ok(((0..last).map(|at| row.get(at)).collect::<Result<_, _>>()?, row.get(last)?))
    })
    .unwrap()
}

fn assert_same(file: &Connection, until: i64) {
    let close = |a: &(Vec<i64>, f64), b: &(Vec<i64>, f64)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-4;
    for source in 1..=SOURCES {
        for to in (0..=until / QUARTER + 1).map(|quarter| quarter * QUARTER) {
            let raw = figures(file, STANDING, params![source, to]);
            let kept = figures(file, TALLIED_STANDING, params![source, to]);
            assert!(close(&raw, &kept), "on show in {source} before {to}: {raw:?}, tallied {kept:?}");
            let from = to - QUARTER;
            let raw = figures(file, DAYS, params![source, from, to]);
            let kept = figures(file, TALLIED_DAYS, params![source, from, to]);
            assert!(close(&raw, &kept), "seen in {source} from {from} to {to}: {raw:?}, tallied {kept:?}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn tallies_say_what_the_reviews_say(story in proptest::collection::vec((happening(), 1..20_i64), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let file = store.inner.writer.lock().unwrap();
        file.execute_batch(
            "INSERT INTO sources (name, kind, location) VALUES ('a', 'feed', 'H'), ('b', 'feed', 'H')",
        ).unwrap();
        let mut now = 0;
        for (happening, minutes) in &story {
            now += minutes * 60_000;
            write(&file, happening, now);
        }
        assert_same(&file, now);

        // Whoever comes from an older version has the same tallies.
        let kept = everything(&file);
        file.execute_batch(
            "DROP TABLE tallies; DROP VIEW tallied; DROP VIEW firsts; DROP VIEW shifts; DROP TRIGGER tally_version;
             DROP TRIGGER tally_gone; DROP TRIGGER tally_corrected; DROP TRIGGER tally_joined;
             DROP TRIGGER tally_parted;",
        ).unwrap();
        file.execute_batch(open::MIGRATIONS[6]).unwrap();
        assert_eq!(kept, everything(&file));
    }
}

/// All tallies that say anything.
fn everything(file: &Connection) -> Vec<[i64; 10]> {
    let sql = "SELECT * FROM tallies WHERE seen OR negative OR positive OR unrated OR rated OR rating_sum OR standing OR standing_sum";
    let mut rows = file.prepare(sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let mut values = [0; 10];
        for (at, value) in values.iter_mut().enumerate() {
            *value = row.get(at)?;
        }
        Ok(values)
    };
    rows.query_map([], read).unwrap().map(Result::unwrap).collect()
}
