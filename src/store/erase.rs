//! Erasing a guest everywhere, and keeping the figures: words, names and links go; ratings, verdicts and times stay.
//!
//! A plain `UPDATE` would leave the words in the file; `secure_delete` and a truncating checkpoint take them out of it.

use jiff::Timestamp;
use rusqlite::params;

use super::{Store, StoreError, Tx, open, tx::ms};
use crate::{
    case::{Event, Recorded, Step},
    id::ReviewId,
    review::Content,
};

/// The longest that words wait for an alert that quotes them to go out: what the strictest terms with a span allow (Yelp).
const ALERT_WAITS_MS: i64 = 24 * 3600 * 1000;

/// Whom to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everything by a displayed name, without regard to case.
    Author(String),
    /// One review.
    Review(ReviewId),
}

/// What was or would be erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// The reviews.
    pub reviews: Vec<ReviewId>,
    /// How many versions of them.
    pub versions: usize,
    /// How many alerts that quoted them.
    pub alerts: usize,
    /// How many case events that held words of people.
    pub events: usize,
}

/// Finds what concerns a guest, without changing anything.
///
/// # Errors
/// If the database cannot be read.
pub fn find(tx: &Tx<'_>, whom: &Whom) -> Result<Vec<ReviewId>, StoreError> {
    let id = |row: &rusqlite::Row<'_>| Ok(ReviewId(row.get(0)?));
    match whom {
        Whom::Author(name) => {
            let wanted = name.trim().to_lowercase();
            let all = tx.all("SELECT id, author FROM reviews WHERE author IS NOT NULL", [], |row| {
                Ok((ReviewId(row.get(0)?), row.get::<_, String>(1)?))
            })?;
            Ok(all.into_iter().filter(|(_, author)| author.to_lowercase() == wanted).map(|(id, _)| id).collect())
        }
        Whom::Review(review) => tx.all("SELECT id FROM reviews WHERE id = ?1", params![review.0], id),
    }
}

/// Erases the words of these reviews; their ratings, verdicts without reasons, and times stay.
///
/// # Errors
/// If the database cannot be written; then nothing was erased.
pub fn erase(tx: &Tx<'_>, reviews: &[ReviewId], now: Timestamp) -> Result<Erased, StoreError> {
    let mut erased = Erased { reviews: reviews.to_vec(), ..Erased::default() };
    for review in reviews {
        tx.execute(
            "UPDATE reviews SET author = NULL, author_id = NULL, url = NULL, item = NULL, external_id = NULL, forgotten_at = ?2 WHERE id = ?1",
            params![review.0, ms(now)],
        )?;
        erased.versions += erase_versions(tx, *review)?;
        erased.alerts += tx.execute(
            "UPDATE alerts SET body = json_set(json_remove(body, '$.review', '$.report'), '$.lines', json('[]'), '$.headline', 'erased on request')
             WHERE review_id = ?1 OR case_id IN (SELECT id FROM cases WHERE review_id = ?1)",
            params![review.0],
        )?;
        erased.events += erase_events(tx, *review)?;
    }
    // Weekly reports quote guests; those already sent are not needed again.
    tx.execute("UPDATE alerts SET body = json_remove(body, '$.report') WHERE reason = 'weekly-report'", [])?;
    tx.execute("UPDATE deliveries SET state = 'given-up', last_error = 'erased on request' WHERE state = 'pending' AND alert_id IN
        (SELECT id FROM alerts WHERE json_extract(body, '$.headline') = 'erased on request')", [])?;
    Ok(erased)
}

fn erase_versions(tx: &Tx<'_>, review: ReviewId) -> Result<usize, StoreError> {
    let versions = super::reviews::versions(tx, review)?;
    for version in &versions {
        let content = Content { rating: version.content.rating.clone(), ..Content::default() };
        let mut verdict = version.verdict.clone();
        verdict.because.clear();
        tx.execute(
            "UPDATE versions SET content = ?3, verdict = ?4 WHERE review_id = ?1 AND number = ?2",
            params![review.0, version.number, super::tx::json(&content), super::tx::json(&verdict)],
        )?;
    }
    Ok(versions.len())
}

/// Notes of staff may name the guest: their words go, who did what and when stays.
fn erase_events(tx: &Tx<'_>, review: ReviewId) -> Result<usize, StoreError> {
    let sql = "SELECT e.id, e.at, e.event FROM case_events e JOIN cases c ON c.id = e.case_id WHERE c.review_id = ?1";
    let events = tx.all(sql, params![review.0], |row| {
        let event: Event = super::tx::from_json(&row.get::<_, String>(2)?)?;
        Ok((row.get::<_, i64>(0)?, Recorded { at: super::tx::at(row.get(1)?)?, event }))
    })?;
    let mut changed = 0;
    for (id, recorded) in events {
        if let Some(event) = without_words(&recorded.event) {
            tx.execute("UPDATE case_events SET event = ?2 WHERE id = ?1", params![id, super::tx::json(&event)])?;
            changed += 1;
        }
    }
    Ok(changed)
}

fn without_words(event: &Event) -> Option<Event> {
    match event {
        Event::Opened { because } if because.is_empty() => None,
        Event::Opened { .. } => Some(Event::Opened { because: Vec::new() }),
        Event::Observed { .. } | Event::Reminded { .. } | Event::Escalated => None,
        Event::Step { by, step } => {
            let bare = match step.clone() {
                Step::Contact { .. } => Step::Contact { note: None },
                Step::AskAdvice { .. } => Step::AskAdvice { note: None },
                Step::Fix { .. } => Step::Fix { note: None },
                Step::Tell { .. } => Step::Tell { note: None },
                Step::AskReconsider { .. } => Step::AskReconsider { note: None },
                Step::Note { .. } => Step::Note { note: "erased on request".to_owned() },
                Step::Gesture(gesture) => Step::Gesture(crate::case::Gesture { note: None, ..gesture }),
                Step::Close { outcome, .. } => Step::Close { outcome, note: None },
                same @ (Step::Take | Step::Snooze { .. } | Step::Correct { .. }) => same,
            };
            (bare != *step).then(|| Event::Step { by: by.clone(), step: bare })
        }
    }
}

impl Store {
    /// Takes erased words out of the raw file and its log.
    ///
    /// # Errors
    /// If another program holds the file.
    pub fn scrub(&self) -> Result<(), StoreError> {
        let connection = open::for_writing(self.path())?;
        let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(StoreError::Locked) }
    }
}

/// Reviews first seen before `cutoff` that still hold words: all without an open case, or all of one kind. One whose alert is still on
/// its way waits for it, for a day at most.
///
/// # Errors
/// If the database cannot be read.
pub fn older_than(
    tx: &Tx<'_>,
    cutoff: Timestamp,
    kind: Option<&str>,
    now: Timestamp,
) -> Result<Vec<ReviewId>, StoreError> {
    let sql = "SELECT r.id FROM reviews r JOIN sources s ON s.id = r.source_id LEFT JOIN cases c ON c.review_id = r.id
        WHERE r.first_seen_at < ?1 AND r.forgotten_at IS NULL
        AND ((?2 IS NULL AND coalesce(c.is_open, 0) = 0) OR s.kind = ?2)
        AND NOT EXISTS (SELECT 1 FROM alerts a JOIN deliveries d ON d.alert_id = a.id
            WHERE a.review_id = r.id AND d.state = 'pending' AND ?3 < a.at + ?4)";
    tx.all(sql, params![ms(cutoff), kind, ms(now), ALERT_WAITS_MS], |row| Ok(ReviewId(row.get(0)?)))
}
