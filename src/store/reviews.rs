//! Reviews and their versions. A version is never overwritten; what a poll finds unchanged costs no write.

use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::Serialize;

use super::{
    StoreError, Tx, erase, meta,
    tallies::Arrivals,
    tx::{at, from_json, from_name, json, maybe_at, ms, name},
};
use crate::{
    id::{ReviewId, SourceId},
    judge::{Sense, Verdict},
    review::{Content, Known, Normal, Precision, Rejected, Rhythm, Shown},
};

const KNOWN: &str =
    "SELECT r.id, v.hash, v.content FROM reviews r JOIN versions v ON v.review_id = r.id AND v.number = r.version
    WHERE r.source_id = ?1 AND r.base = ?2 ORDER BY r.ordinal";
const VISIBLE: &str =
    "SELECT id, posted_at, missing_count, version, url FROM reviews WHERE source_id = ?1 AND gone_at IS NULL";
const ANY: &str = "SELECT 1 FROM reviews WHERE source_id = ?1 LIMIT 1";
const COUNT: &str = "SELECT count(*) FROM reviews WHERE source_id = ?1";
const INSERT: &str =
    "INSERT INTO reviews (source_id, base, ordinal, identity, external_id, item, author, author_id, url, posted_at,
    precision, first_seen_at, baseline, sense, severity, rating)
    VALUES (?1, ?2, (SELECT coalesce(max(ordinal) + 1, 0) FROM reviews WHERE source_id = ?1 AND base = ?2),
    ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
const ADD_VERSION: &str = "INSERT INTO versions (review_id, number, seen_at, hash, rating, content, verdict) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const LATEST: &str = "UPDATE reviews SET version = ?2, sense = ?3, severity = ?4, rating = ?5 WHERE id = ?1";
/// The case to which a review `r` belongs: its own if that is open, else the one in which it is a further voice, else its own.
macro_rules! case_of_review {
    () => {
        "coalesce((SELECT c.id FROM cases c WHERE c.review_id = r.id AND c.is_open = 1),
        (SELECT c.id FROM voices w JOIN cases c ON c.review_id = w.first_id WHERE w.review_id = r.id),
        (SELECT c.id FROM cases c WHERE c.review_id = r.id))"
    };
}
const STATE: &str = concat!(
    "SELECT r.version, r.sense, r.gone_at, r.missing_count, r.forgotten_at, r.first_seen_at, ",
    case_of_review!(),
    " FROM reviews r WHERE r.id = ?1"
);
const CONTENT: &str =
    "SELECT v.content FROM reviews r JOIN versions v ON v.review_id = r.id AND v.number = r.version WHERE r.id = ?1";
const FOUND: &str = "UPDATE reviews SET missing_count = 0, missing_since = NULL, gone_at = NULL WHERE id = ?1";
const MISSED: &str =
    "UPDATE reviews SET missing_count = missing_count + 1, missing_since = coalesce(missing_since, ?2) WHERE id = ?1";
const GONE: &str = "UPDATE reviews SET gone_at = ?2 WHERE id = ?1";
const REJECT: &str =
    "INSERT INTO rejected (source_id, key, seen_at, reason) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
const SAME_AUTHOR: &str = "SELECT c.id, r.id FROM cases c JOIN reviews r ON r.id = c.review_id
    WHERE r.source_id = ?1 AND r.author_id = ?2 AND r.id <> ?3 AND c.is_open = 1 ORDER BY c.id DESC LIMIT 1";
const ROW: &str = concat!(
    "SELECT r.id, s.name, s.location, r.external_id, r.item, r.author, r.author_id, r.url, r.posted_at, r.precision,
    r.first_seen_at, r.gone_at, r.baseline, r.identity, r.version, v.content, v.verdict, ",
    case_of_review!(),
    ", s.kind FROM reviews r JOIN sources s ON s.id = r.source_id
    JOIN versions v ON v.review_id = r.id AND v.number = r.version"
);

/// Where a stored review stands.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its latest version.
    pub version: i64,
    /// Its latest verdict.
    pub sense: Sense,
    /// Since when it is confirmed gone.
    pub gone_at: Option<Timestamp>,
    /// In how many complete looks in a row it was not found.
    pub missing_count: u32,
    /// Whether it was erased on request.
    pub forgotten: bool,
    /// When we first saw it.
    pub first_seen_at: Timestamp,
    /// The case to which it belongs, if there is one.
    pub case: Option<crate::id::CaseId>,
}

/// A review with its latest version, for people to read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReviewRow {
    /// Its number.
    pub id: ReviewId,
    /// Its source's name.
    pub source: String,
    /// Its source's kind.
    pub kind: String,
    /// Its location's name.
    pub location: String,
    /// The platform's own id.
    pub external_id: Option<String>,
    /// What was reviewed.
    pub item: Option<String>,
    /// The guest's displayed name.
    pub author: Option<String>,
    /// The platform's id of the guest.
    pub author_id: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// When it was posted.
    pub posted_at: Option<Timestamp>,
    /// How exactly that is known.
    pub precision: Option<Precision>,
    /// When we first saw it.
    pub first_seen_at: Timestamp,
    /// Since when it is gone.
    pub gone_at: Option<Timestamp>,
    /// Whether it was found at first contact.
    pub baseline: bool,
    /// "own", "derived" or "weak".
    pub identity: String,
    /// How many versions there are.
    pub version: i64,
    /// The latest version.
    pub content: Content,
    /// Its verdict.
    pub verdict: Verdict,
    /// The case to which it belongs, if there is one.
    pub case: Option<crate::id::CaseId>,
}

/// One stored version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VersionRow {
    /// 1 for the first.
    pub number: i64,
    /// When we saw it.
    pub seen_at: Timestamp,
    /// What it said.
    pub content: Content,
    /// How it was judged.
    pub verdict: Verdict,
}

/// How a new review came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It appeared while we were watching.
    Watched,
    /// It was there at first contact, or came in a surge.
    Baseline,
}

/// Stored reviews that share an identity with one of some sightings, which are given by [`Normal::key_and_hash`].
///
/// # Errors
/// If the database cannot be read.
pub fn known<'a>(
    tx: &Tx<'_>,
    source: SourceId,
    sightings: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Known>, StoreError> {
    if tx.one(ANY, params![source.0], |_| Ok(()))?.is_none() {
        return Ok(Vec::new());
    }
    let mut sightings: Vec<(&str, &str)> = sightings.collect();
    sightings.sort_unstable();
    // Those whose words were erased stand under a code of what identified them.
    let key = if erase::any(tx, source)? { Some(meta::signing_key(tx)?) } else { None };
    let mut found = Vec::new();
    for alike in sightings.chunk_by(|(one, _), (another, _)| one == another) {
        let base = alike[0].0;
        let keyed = key.as_ref().map(|key| erase::keyed(base, key));
        let mut rows: Vec<(ReviewId, String, String)> = Vec::new();
        for stored in [Some(base), keyed.as_deref()].into_iter().flatten() {
            rows.extend(
                tx.all(KNOWN, params![source.0, stored], |row| Ok((ReviewId(row.get(0)?), row.get(1)?, row.get(2)?)))?,
            );
        }
        let is_only_one = rows.len() == 1;
        for (id, hash, content) in rows {
            let is_seen = is_only_one && alike.iter().any(|(_, seen)| *seen == hash);
            let content = if is_seen { None } else { Some(from_json(&content)?) };
            found.push(Known { id, base: base.to_owned(), hash, content });
        }
    }
    Ok(found)
}

/// Every review of a source that is not confirmed gone.
///
/// # Errors
/// If the database cannot be read.
pub fn visible(tx: &Tx<'_>, source: SourceId) -> Result<Vec<Shown>, StoreError> {
    tx.all(VISIBLE, params![source.0], |row| {
        Ok(Shown { id: ReviewId(row.get(0)?), posted_at: maybe_at(row.get(1)?)?, missing_count: row.get(2)? })
    })
}

/// How many reviews of a source are stored.
///
/// # Errors
/// If the database cannot be read.
pub fn count(tx: &Tx<'_>, source: SourceId) -> Result<u64, StoreError> {
    Ok(tx.one(COUNT, params![source.0], |row| Ok(row.get::<_, i64>(0)?))?.unwrap_or(0).unsigned_abs())
}

/// Stores a new review with its first version, and counts it among the arrivals; their tallies are written by [`Arrivals::write`].
///
/// # Errors
/// If the database cannot be written.
pub fn insert(
    tx: &Tx<'_>,
    arrivals: &mut Arrivals,
    normal: &Normal,
    verdict: &Verdict,
    found: Found,
) -> Result<ReviewId, StoreError> {
    let (source, now) = (arrivals.source, arrivals.now);
    let posted = normal.posted_at;
    let rating = normal.content.rating.as_ref().map(|rating| rating.value);
    let id = ReviewId(tx.insert(
        INSERT,
        params![
            source.0,
            normal.key.base(),
            name(&normal.key.identity()),
            normal.external_id,
            normal.item,
            normal.author,
            normal.author_id,
            normal.url,
            posted.map(|posted| ms(posted.at)),
            posted.map(|posted| name(&posted.precision)),
            ms(now),
            found == Found::Baseline,
            name(&verdict.sense),
            name(&verdict.severity),
            rating,
        ],
    )?);
    arrivals.note(found, verdict.sense, rating);
    add_version(tx, (id, 1), &normal.hash, (&normal.content, verdict, now))?;
    Ok(id)
}

/// Stores a further version and makes it the latest.
///
/// # Errors
/// If the database cannot be written.
pub fn revise(tx: &Tx<'_>, id: ReviewId, number: i64, seen: (&Content, &Verdict, Timestamp)) -> Result<(), StoreError> {
    let (content, verdict, _) = seen;
    add_version(tx, (id, number), &content.hash(), seen)?;
    let rating = content.rating.as_ref().map(|rating| rating.value);
    tx.execute(LATEST, params![id.0, number, name(&verdict.sense), name(&verdict.severity), rating]).map(|_| ())
}

fn add_version(
    tx: &Tx<'_>,
    which: (ReviewId, i64),
    hash: &str,
    seen: (&Content, &Verdict, Timestamp),
) -> Result<(), StoreError> {
    let ((id, number), (content, verdict, now)) = (which, seen);
    let rating = content.rating.as_ref().map(|rating| rating.value);
    tx.execute(ADD_VERSION, params![id.0, number, ms(now), hash, rating, json(content), json(verdict)]).map(|_| ())
}

/// Where a stored review stands.
///
/// # Errors
/// If there is none.
pub fn state(tx: &Tx<'_>, id: ReviewId) -> Result<State, StoreError> {
    let found = tx.one(STATE, params![id.0], |row| {
        Ok(State {
            version: row.get(0)?,
            sense: from_name(&row.get::<_, String>(1)?)?,
            gone_at: maybe_at(row.get(2)?)?,
            missing_count: row.get(3)?,
            forgotten: row.get::<_, Option<i64>>(4)?.is_some(),
            first_seen_at: at(row.get(5)?)?,
            case: row.get::<_, Option<i64>>(6)?.map(crate::id::CaseId),
        })
    })?;
    found.ok_or_else(|| StoreError::Missing(format!("review {id}")))
}

/// What the latest version of a stored review says.
///
/// # Errors
/// If there is none.
pub fn content(tx: &Tx<'_>, id: ReviewId) -> Result<Content, StoreError> {
    let found = tx.one(CONTENT, params![id.0], |row| from_json(&row.get::<_, String>(0)?))?;
    found.ok_or_else(|| StoreError::Missing(format!("review {id}")))
}

/// Notes that a review that had been missing is there.
///
/// # Errors
/// If the database cannot be written.
pub fn note_found(tx: &Tx<'_>, id: ReviewId) -> Result<(), StoreError> {
    tx.execute(FOUND, params![id.0]).map(|_| ())
}

/// Notes that a complete look did not find a review.
///
/// # Errors
/// If the database cannot be written.
pub fn note_missing(tx: &Tx<'_>, id: ReviewId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(MISSED, params![id.0, ms(now)]).map(|_| ())
}

/// Notes that a review is confirmed gone.
///
/// # Errors
/// If the database cannot be written.
pub fn note_gone(tx: &Tx<'_>, id: ReviewId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(GONE, params![id.0, ms(now)]).map(|_| ())
}

/// Keeps the reason why a sighting was not used; the same sighting once.
///
/// # Errors
/// If the database cannot be written.
pub fn reject(tx: &Tx<'_>, source: SourceId, rejected: &Rejected, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(REJECT, params![source.0, rejected.key, ms(now), rejected.reason]).map(|_| ())
}

/// The open case, and its review, of another review by the same author (by the platform's own author id) in this source.
///
/// # Errors
/// If the database cannot be read.
pub fn open_case_of_author(
    tx: &Tx<'_>,
    source: SourceId,
    author_id: &str,
    except: ReviewId,
) -> Result<Option<(crate::id::CaseId, ReviewId)>, StoreError> {
    tx.one(SAME_AUTHOR, params![source.0, author_id, except.0], |row| {
        Ok((crate::id::CaseId(row.get(0)?), ReviewId(row.get(1)?)))
    })
}

fn read(row: &Row<'_>) -> Result<ReviewRow, StoreError> {
    let precision: Option<String> = row.get(9)?;
    Ok(ReviewRow {
        id: ReviewId(row.get(0)?),
        source: row.get(1)?,
        location: row.get(2)?,
        external_id: row.get(3)?,
        item: row.get(4)?,
        author: row.get(5)?,
        author_id: row.get(6)?,
        url: row.get(7)?,
        posted_at: maybe_at(row.get(8)?)?,
        precision: precision.map(|text| from_name(&text)).transpose()?,
        first_seen_at: at(row.get(10)?)?,
        gone_at: maybe_at(row.get(11)?)?,
        baseline: row.get(12)?,
        identity: row.get(13)?,
        version: row.get(14)?,
        content: from_json(&row.get::<_, String>(15)?)?,
        verdict: from_json(&row.get::<_, String>(16)?)?,
        case: row.get::<_, Option<i64>>(17)?.map(crate::id::CaseId),
        kind: row.get(18)?,
    })
}

/// One review with its latest version.
///
/// # Errors
/// If there is none.
pub fn get(tx: &Tx<'_>, id: ReviewId) -> Result<ReviewRow, StoreError> {
    let row = tx.one(&format!("{ROW} WHERE r.id = ?1"), params![id.0], read)?;
    row.ok_or_else(|| StoreError::Missing(format!("review {id}")))
}

/// How often reviews come at a source; nothing if it has none.
///
/// # Errors
/// If the database cannot be read.
pub fn rhythm(tx: &Tx<'_>, source: SourceId) -> Result<Option<Rhythm>, StoreError> {
    let sql =
        "SELECT count(*), min(coalesce(posted_at, first_seen_at)), max(coalesce(posted_at, first_seen_at)) FROM reviews
         WHERE source_id = ?1";
    let found = tx.one(sql, params![source.0], |row| {
        Ok((row.get::<_, i64>(0)?, maybe_at(row.get(1)?)?, maybe_at(row.get(2)?)?))
    })?;
    Ok(found.and_then(|(count, first, last)| Some(Rhythm { count: count.unsigned_abs(), first: first?, last: last? })))
}

/// Which reviews to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those with this verdict.
    pub sense: Option<Sense>,
    /// Only those of this source.
    pub source: Option<String>,
    /// Only those of this location.
    pub location: Option<String>,
    /// Only those that contain this in author, title or text, without regard to case.
    pub search: Option<String>,
    /// At most this many.
    pub limit: usize,
}

/// Reviews by a filter, the newest first.
///
/// # Errors
/// If the database cannot be read.
pub fn list(tx: &Tx<'_>, filter: &Filter) -> Result<Vec<ReviewRow>, StoreError> {
    let sense = filter.sense.map(|sense| name(&sense));
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let sql = format!(
        "{ROW} WHERE (?1 IS NULL OR r.sense = ?1) AND (?2 IS NULL OR s.name = ?2) AND (?3 IS NULL OR s.location = ?3)
         AND (?4 IS NULL OR instr(lower(coalesce(r.author, '') || ' ' || v.content), lower(?4)) > 0)
         ORDER BY coalesce(r.posted_at, r.first_seen_at) DESC, r.id DESC LIMIT ?5"
    );
    tx.all(&sql, params![sense, filter.source, filter.location, filter.search, limit], read)
}

/// All versions of a review, the first one first.
///
/// # Errors
/// If the database cannot be read.
pub fn versions(tx: &Tx<'_>, id: ReviewId) -> Result<Vec<VersionRow>, StoreError> {
    tx.all(
        "SELECT number, seen_at, content, verdict FROM versions WHERE review_id = ?1 ORDER BY number",
        params![id.0],
        |row| {
            Ok(VersionRow {
                number: row.get(0)?,
                seen_at: at(row.get(1)?)?,
                content: from_json(&row.get::<_, String>(2)?)?,
                verdict: from_json(&row.get::<_, String>(3)?)?,
            })
        },
    )
}

/// The addresses of the reviews in open cases of a source, each with the platform's own id, if it gave one.
///
/// # Errors
/// If the database cannot be read.
pub fn addresses_of_open_cases(tx: &Tx<'_>, source: SourceId) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let sql = "SELECT r.url, r.external_id, r.id FROM reviews r JOIN cases c ON c.review_id = r.id
        WHERE r.source_id = ?1 AND c.is_open = 1 AND r.url IS NOT NULL
        UNION SELECT r.url, r.external_id, r.id FROM reviews r JOIN voices w ON w.review_id = r.id
        JOIN cases c ON c.review_id = w.first_id
        WHERE r.source_id = ?1 AND c.is_open = 1 AND r.url IS NOT NULL ORDER BY 3";
    tx.all(sql, params![source.0], |row| Ok((row.get(0)?, row.get(1)?)))
}
