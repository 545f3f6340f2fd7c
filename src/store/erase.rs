//! Erasing a guest everywhere, and keeping the figures: words, names and links go; ratings, verdicts and times stay.
//!
//! A plain `UPDATE` would leave the words in the file; `secure_delete` and a truncating checkpoint take them out of it. What identified
//! a review becomes a keyed hash, so that it is known again, and alerted no second time, but tells nothing to who has the file's copy.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use rusqlite::params;
use sha2::Sha256;

use super::{Store, StoreError, Tx, meta, open, tx::ms, voices};
use crate::{
    case::{Event, Recorded, Step},
    id::{self, ReviewId, SourceId},
    review::Content,
    secret::Secret,
};

/// The longest that words wait for an alert that quotes them to go out: what the strictest terms with a span allow (Yelp).
const ALERT_WAITS_MS: i64 = 24 * 3600 * 1000;

/// What else a guest said, as far as that is sure: two people may share a name.
const SAME_GUEST: &str = "SELECT first_id FROM voices WHERE review_id = ?1 AND kin <> 'same-name'
    UNION SELECT review_id FROM voices WHERE first_id = ?1 AND kin <> 'same-name'";

/// Whom to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everything by a displayed name, without regard to case.
    Author(String),
    /// One review.
    Review(ReviewId),
}

/// Why words are erased; it stands where they stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A guest or the owner wanted it.
    Request,
    /// The platform's terms, or the owner's rule, let them be kept no longer.
    Terms,
}

impl Why {
    /// What stands where the words stood.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Why::Request => "erased on request",
            Why::Terms => "erased, since it may be kept no longer",
        }
    }
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

/// Finds what concerns a guest, what they said elsewhere too, without changing anything.
///
/// # Errors
/// If the database cannot be read.
pub fn find(tx: &Tx<'_>, whom: &Whom) -> Result<Vec<ReviewId>, StoreError> {
    let id = |row: &rusqlite::Row<'_>| Ok(ReviewId(row.get(0)?));
    let mut found = match whom {
        Whom::Author(name) => {
            let wanted = name.trim().to_lowercase();
            let all = tx.all("SELECT id, author FROM reviews WHERE author IS NOT NULL", [], |row| {
                Ok((ReviewId(row.get(0)?), row.get::<_, String>(1)?))
            })?;
            all.into_iter().filter(|(_, author)| author.to_lowercase() == wanted).map(|(id, _)| id).collect()
        }
        Whom::Review(review) => tx.all("SELECT id FROM reviews WHERE id = ?1", params![review.0], id)?,
    };
    for review in found.clone() {
        found.extend(tx.all(SAME_GUEST, params![review.0], id)?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Erases the words of these reviews; their ratings, verdicts without reasons, and times stay.
///
/// # Errors
/// If the database cannot be written; then nothing was erased.
pub fn erase(tx: &Tx<'_>, reviews: &[ReviewId], why: Why, now: Timestamp) -> Result<Erased, StoreError> {
    let key = meta::signing_key(tx)?;
    let said = why.in_words();
    let mut erased = Erased { reviews: reviews.to_vec(), ..Erased::default() };
    for review in reviews {
        let base =
            tx.one("SELECT base FROM reviews WHERE id = ?1", params![review.0], |row| Ok(row.get::<_, String>(0)?))?;
        let base = base.map(|base| if base.starts_with(KEYED) { base } else { keyed(&base, &key) });
        tx.execute(
            "UPDATE reviews SET base = coalesce(?3, base), author = NULL, author_id = NULL, url = NULL, item = NULL, external_id = NULL, forgotten_at = ?2 WHERE id = ?1",
            params![review.0, ms(now), base],
        )?;
        erased.versions += erase_versions(tx, *review)?;
        erased.alerts += tx.execute(
            "UPDATE alerts SET body = json_set(json_remove(body, '$.review', '$.report'), '$.lines', json('[]'), '$.headline', ?2)
             WHERE review_id = ?1 OR case_id IN (SELECT id FROM cases WHERE review_id = ?1)",
            params![review.0, said],
        )?;
        erased.events += erase_events(tx, *review, said)?;
    }
    voices::erase_traces(tx, reviews)?;
    // Weekly reports quote guests; those already sent are not needed again.
    tx.execute("UPDATE alerts SET body = json_remove(body, '$.report') WHERE reason = 'weekly-report'", [])?;
    tx.execute(
        "UPDATE deliveries SET state = 'given-up', last_error = ?1 WHERE state = 'pending' AND alert_id IN
        (SELECT id FROM alerts WHERE json_extract(body, '$.headline') = ?1)",
        params![said],
    )?;
    Ok(erased)
}

fn erase_versions(tx: &Tx<'_>, review: ReviewId) -> Result<usize, StoreError> {
    let versions = super::reviews::versions(tx, review)?;
    for version in &versions {
        let content = Content { rating: version.content.rating.clone(), ..Content::default() };
        let mut verdict = version.verdict.clone();
        verdict.because.clear();
        tx.execute(
            "UPDATE versions SET hash = '', content = ?3, verdict = ?4 WHERE review_id = ?1 AND number = ?2",
            params![review.0, version.number, super::tx::json(&content), super::tx::json(&verdict)],
        )?;
    }
    Ok(versions.len())
}

/// Notes of staff may name the guest: their words go, who did what and when stays.
fn erase_events(tx: &Tx<'_>, review: ReviewId, said: &str) -> Result<usize, StoreError> {
    let sql = "SELECT e.id, e.at, e.event FROM case_events e JOIN cases c ON c.id = e.case_id WHERE c.review_id = ?1";
    let events = tx.all(sql, params![review.0], |row| {
        let event: Event = super::tx::from_json(&row.get::<_, String>(2)?)?;
        Ok((row.get::<_, i64>(0)?, Recorded { at: super::tx::at(row.get(1)?)?, event }))
    })?;
    let mut changed = 0;
    for (id, recorded) in events {
        if let Some(event) = without_words(&recorded.event, said) {
            tx.execute("UPDATE case_events SET event = ?2 WHERE id = ?1", params![id, super::tx::json(&event)])?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// An event without the words in it, `said` in their place; nothing if it has none.
pub(super) fn without_words(event: &Event, said: &str) -> Option<Event> {
    match event {
        Event::Opened { because } if because.is_empty() => None,
        Event::Opened { .. } => Some(Event::Opened { because: Vec::new() }),
        Event::Observed { .. }
        | Event::Joined { .. }
        | Event::Reminded { .. }
        | Event::Escalated
        | Event::GuestSaid { note: None, .. } => None,
        Event::GuestSaid { put_right, .. } => Some(Event::GuestSaid { put_right: *put_right, note: None }),
        Event::Step { by, step } => {
            let bare = match step.clone() {
                Step::Contact { .. } => Step::Contact { note: None },
                Step::AskAdvice { .. } => Step::AskAdvice { note: None },
                Step::Fix { .. } => Step::Fix { note: None },
                Step::Tell { .. } => Step::Tell { note: None },
                Step::AskReconsider { .. } => Step::AskReconsider { note: None },
                Step::Note { .. } => Step::Note { note: said.to_owned() },
                Step::Gesture(gesture) => Step::Gesture(crate::case::Gesture { note: None, ..gesture }),
                Step::Close { outcome, .. } => Step::Close { outcome, note: None },
                same @ (Step::Take
                | Step::Snooze { .. }
                | Step::Correct { .. }
                | Step::Join { .. }
                | Step::Part { .. }) => same,
            };
            (bare != *step).then(|| Event::Step { by: by.clone(), step: bare })
        }
    }
}

/// How a keyed identity begins.
const KEYED: &str = "keyed_";

/// The identity of a review whose words were erased: a code that only who has the key can make from what identified it.
#[must_use]
pub(super) fn keyed(base: &str, key: &Secret) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(b"amends erased\0");
    mac.update(base.as_bytes());
    format!("{KEYED}{}", id::hex(&mac.finalize().into_bytes()[..16]))
}

/// Whether words of a source were erased.
pub(super) fn any(tx: &Tx<'_>, source: SourceId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM reviews WHERE source_id = ?1 AND forgotten_at IS NOT NULL LIMIT 1";
    Ok(tx.one(sql, params![source.0], |_| Ok(()))?.is_some())
}

/// When words were last erased.
///
/// # Errors
/// If the database cannot be read.
pub fn last(tx: &Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    // Said for the planner, which has an index of these few.
    let sql = "SELECT max(forgotten_at) FROM reviews WHERE forgotten_at IS NOT NULL";
    Ok(tx.one(sql, [], |row| super::tx::maybe_at(row.get(0)?))?.flatten())
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
        AND ((?2 IS NULL AND coalesce(c.is_open, 0) = 0 AND NOT EXISTS (SELECT 1 FROM voices w JOIN cases o ON o.review_id = w.first_id
            WHERE w.review_id = r.id AND o.is_open = 1)) OR s.kind = ?2)
        AND NOT EXISTS (SELECT 1 FROM alerts a JOIN deliveries d ON d.alert_id = a.id
            WHERE a.review_id = r.id AND d.state = 'pending' AND ?3 < a.at + ?4)";
    tx.all(sql, params![ms(cutoff), kind, ms(now), ALERT_WAITS_MS], |row| Ok(ReviewId(row.get(0)?)))
}
