//! What the figures are computed from, read in one consistent view. It only gathers; whatever is counted is counted in `figures`.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rusqlite::{Row, params};

use super::{
    StoreError, Tx, cases,
    sources::{self, Health, SourceRow},
    tx::{at, from_json, from_name, maybe_at, ms},
};
use crate::{
    figures::{Blind, CaseFacts, DayCounts, Facts, House, ReviewFacts, SourceFacts, Standing},
    id::CaseId,
    review::{Content, PostedAt, Scale},
    text,
};

/// How far back cases that are over are read.
const CASE_WEEKS: i64 = 25;
/// How far back day counts are read.
const DAY_WEEKS: i64 = 14;
/// Tallies are kept by quarters of an hour.
const QUARTER_MS: i64 = 900_000;
/// Tallies sum ratings up in parts of 1.
const RATING_PARTS: f64 = 1e6;
/// The longest excerpt of a guest's words.
const EXCERPT_GRAPHEMES: usize = 200;
/// The most unrated reviews that a report lists.
const UNRATED_MAX: u32 = 50;

const CASES: &str = "SELECT c.id, c.location, s.name, s.baseline_at, r.posted_at, r.precision, r.first_seen_at, c.opened_at,
    (SELECT min(d.done_at) FROM alerts a JOIN deliveries d ON d.alert_id = a.id WHERE a.case_id = c.id AND d.state = 'done'),
    r.author, r.url,
    (SELECT v.content FROM versions v WHERE v.review_id = r.id AND v.seen_at <= c.opened_at ORDER BY v.number DESC LIMIT 1),
    (SELECT v.number FROM versions v WHERE v.review_id = r.id AND v.seen_at <= c.opened_at ORDER BY v.number DESC LIMIT 1)
    FROM cases c JOIN reviews r ON r.id = c.review_id JOIN sources s ON s.id = r.source_id
    WHERE c.location = ?1 AND (c.opened_at >= ?2 OR c.is_open = 1 OR c.stage = 'settled') ORDER BY c.id";
const DAYS: &str = "SELECT quarter, seen, negative, positive, unrated, rated, rating_sum FROM tallies
    WHERE source_id = ?1 AND quarter >= ?2 AND seen > 0";
const STANDING: &str = "SELECT sum(standing), sum(standing_sum),
    sum(standing) FILTER (WHERE quarter < ?3), sum(standing_sum) FILTER (WHERE quarter < ?3)
    FROM tallies WHERE source_id = ?1 AND quarter < ?2";
const SCALE: &str = "SELECT v.content FROM reviews r JOIN versions v ON v.review_id = r.id AND v.number = r.version
    WHERE r.source_id = ?1 AND r.baseline = 0 AND v.rating IS NOT NULL ORDER BY r.first_seen_at DESC LIMIT 1";
const ANY_SCALE: &str = "SELECT v.content FROM reviews r JOIN versions v ON v.review_id = r.id AND v.number = r.version
    WHERE r.source_id = ?1 AND v.rating IS NOT NULL LIMIT 1";
const BLIND: &str = "SELECT since, until FROM blind_spans WHERE source_id = ?1 ORDER BY since";
const UNRATED: &str = "SELECT r.first_seen_at, r.author, v.content, r.url FROM reviews r
    JOIN versions v ON v.review_id = r.id AND v.number = r.version
    WHERE r.source_id = ?1 AND r.sense = 'unrated' AND r.gone_at IS NULL AND r.forgotten_at IS NULL
    ORDER BY r.first_seen_at LIMIT ?2";
const PRAISE: &str = "SELECT r.first_seen_at, r.author, v.content, r.url, length(v.content) AS said FROM reviews r
    JOIN versions v ON v.review_id = r.id AND v.number = r.version
    WHERE r.source_id = ?1 AND r.sense = 'positive' AND r.baseline = 0 AND r.gone_at IS NULL AND r.forgotten_at IS NULL
    AND r.first_seen_at >= ?2 AND r.first_seen_at < ?3 ORDER BY said DESC LIMIT 1";

/// For whom facts are gathered.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The name at the head of the report.
    pub title: String,
    /// The zone in which weeks begin.
    pub zone: TimeZone,
    /// The locations that are meant.
    pub houses: Vec<House>,
    /// The end of the week in question.
    pub week_ends_at: Timestamp,
}

impl Scope {
    fn weeks_before(&self, weeks: i64) -> i64 {
        ms(self.week_ends_at) - weeks * 7 * 24 * 3_600_000
    }
}

/// Gathers everything that a weekly report needs.
///
/// # Errors
/// If the database cannot be read.
pub fn gather(tx: &Tx<'_>, scope: Scope) -> Result<Facts, StoreError> {
    let mut rows = Vec::new();
    for house in &scope.houses {
        rows.extend(sources::of_location(tx, &house.name)?);
    }
    let cases = gather_cases(tx, &scope)?;
    let days = gather_days(tx, &rows, &scope.zone, scope.weeks_before(DAY_WEEKS))?;
    let sources = rows.iter().map(|row| gather_source(tx, row, &scope)).collect::<Result<_, _>>()?;
    let (unrated, praise) = (gather_unrated(tx, &rows)?, find_praise(tx, &rows, &scope)?);
    Ok(Facts { title: scope.title, zone: scope.zone, houses: scope.houses, cases, days, sources, unrated, praise })
}

fn gather_cases(tx: &Tx<'_>, scope: &Scope) -> Result<Vec<CaseFacts>, StoreError> {
    let mut all = Vec::new();
    for house in &scope.houses {
        all.extend(tx.all(CASES, params![house.name, scope.weeks_before(CASE_WEEKS)], read_case)?);
    }
    all.sort_by_key(|case| case.id);
    all.into_iter().map(|case| Ok(CaseFacts { events: cases::events(tx, case.id)?, ..case })).collect()
}

fn read_case(row: &Row<'_>) -> Result<CaseFacts, StoreError> {
    let first_seen_at = at(row.get(6)?)?;
    let content: Option<String> = row.get(11)?;
    let content: Content = content.map(|text| from_json(&text)).transpose()?.unwrap_or_default();
    let opened_by_first_version = row.get::<_, Option<i64>>(12)? == Some(1);
    let precision: Option<String> = row.get(5)?;
    let posted = maybe_at(row.get(4)?)?.zip(precision.map(|name| from_name(&name)).transpose()?);
    Ok(CaseFacts {
        id: CaseId(row.get(0)?),
        location: row.get(1)?,
        source: row.get(2)?,
        watched_since: maybe_at(row.get(3)?)?.unwrap_or(first_seen_at),
        published: posted.filter(|_| opened_by_first_version).map(|(at, precision)| PostedAt { at, precision }),
        first_seen_at: if opened_by_first_version { first_seen_at } else { at(row.get(7)?)? },
        alerted_at: maybe_at(row.get(8)?)?,
        author: row.get(9)?,
        url: row.get(10)?,
        excerpt: excerpt(&content),
        rating: content.rating,
        events: Vec::new(),
    })
}

/// All days of a location on which reviews appeared.
///
/// # Errors
/// If the database cannot be read.
pub fn days(tx: &Tx<'_>, location: &str, zone: &TimeZone) -> Result<Vec<DayCounts>, StoreError> {
    gather_days(tx, &sources::of_location(tx, location)?, zone, i64::MIN)
}

fn gather_days(tx: &Tx<'_>, rows: &[SourceRow], zone: &TimeZone, since_ms: i64) -> Result<Vec<DayCounts>, StoreError> {
    let mut days: BTreeMap<(Date, &str), DayCounts> = BTreeMap::new();
    for source in rows {
        tx.each(DAYS, params![source.id.0, quarter(since_ms)], |row| {
            let day = at(row.get::<_, i64>(0)? * QUARTER_MS)?.to_zoned(zone.clone()).date();
            let counts = days.entry((day, &source.name)).or_insert_with(|| empty_day(day, source.name.clone()));
            let count = |column: usize| Ok::<_, StoreError>(row.get::<_, u32>(column)? as usize);
            counts.seen += count(1)?;
            counts.negative += count(2)?;
            counts.positive += count(3)?;
            counts.unrated += count(4)?;
            counts.rated += count(5)?;
            counts.rating_sum += row.get::<_, i64>(6)? as f64 / RATING_PARTS;
            Ok(())
        })?;
    }
    Ok(days.into_values().collect())
}

fn empty_day(day: Date, source: String) -> DayCounts {
    DayCounts { day, source, seen: 0, negative: 0, positive: 0, unrated: 0, rated: 0, rating_sum: 0.0 }
}

fn gather_source(tx: &Tx<'_>, row: &SourceRow, scope: &Scope) -> Result<SourceFacts, StoreError> {
    let [standing, standing_before] = standings(tx, row, scope)?;
    Ok(SourceFacts {
        name: row.name.clone(),
        trouble: match row.health {
            Health::New | Health::Ok => None,
            health => Some(health.in_words().to_owned()),
        },
        watched_since: row.baseline_at,
        last_success_at: row.ok_at,
        blind: tx
            .all(BLIND, params![row.id.0], |row| Ok(Blind { from: at(row.get(0)?)?, until: maybe_at(row.get(1)?)? }))?,
        scale: scale(tx, row)?,
        standing,
        standing_before,
    })
}

/// The scale of the latest rating that appeared while we were watching, else of any.
fn scale(tx: &Tx<'_>, row: &SourceRow) -> Result<Scale, StoreError> {
    let ask = |sql| tx.one(sql, params![row.id.0], |row| from_json::<Content>(&row.get::<_, String>(0)?));
    let rated = match ask(SCALE)? {
        Some(content) => Some(content),
        None => ask(ANY_SCALE)?,
    };
    Ok(rated.and_then(|content| content.rating).map_or(Scale { worst: 1.0, best: 5.0 }, |rating| rating.scale))
}

/// Where a source stands at the end of the week, and a week before.
fn standings(tx: &Tx<'_>, row: &SourceRow, scope: &Scope) -> Result<[Option<Standing>; 2], StoreError> {
    let (end, before) = (quarter(ms(scope.week_ends_at)), quarter(scope.weeks_before(1)));
    let found = tx.one(STANDING, params![row.id.0, end, before], |row| {
        let standing = |reviews: usize, sum: usize| -> Result<Option<Standing>, StoreError> {
            let (reviews, sum): (Option<i64>, Option<i64>) = (row.get(reviews)?, row.get(sum)?);
            let reviews = reviews.filter(|reviews| *reviews > 0);
            Ok(reviews.zip(sum).map(|(reviews, sum)| Standing {
                mean: sum as f64 / RATING_PARTS / reviews as f64,
                reviews: reviews.unsigned_abs() as usize,
            }))
        };
        Ok([standing(0, 1)?, standing(2, 3)?])
    })?;
    Ok(found.unwrap_or_default())
}

/// The quarter of an hour in which a moment lies, as tallies are kept.
fn quarter(ms: i64) -> i64 {
    ms.div_euclid(QUARTER_MS)
}

/// The unrated reviews that have waited longest.
fn gather_unrated(tx: &Tx<'_>, rows: &[SourceRow]) -> Result<Vec<ReviewFacts>, StoreError> {
    let mut all = Vec::new();
    for source in rows {
        all.extend(tx.all(UNRATED, params![source.id.0, UNRATED_MAX], |row| read_review(row, source))?);
    }
    all.sort_by_key(|review| review.first_seen_at);
    all.truncate(UNRATED_MAX as usize);
    Ok(all)
}

/// The good review of the week with the most to say.
fn find_praise(tx: &Tx<'_>, rows: &[SourceRow], scope: &Scope) -> Result<Option<ReviewFacts>, StoreError> {
    let (from, until) = (scope.weeks_before(1), ms(scope.week_ends_at));
    let mut best: Option<(i64, ReviewFacts)> = None;
    for source in rows {
        let read = |row: &Row<'_>| Ok((row.get(4)?, read_review(row, source)?));
        let found = tx.one(PRAISE, params![source.id.0, from, until], read)?;
        best = match (best, found) {
            (Some(best), Some(found)) if found.0 > best.0 => Some(found),
            (best, found) => best.or(found),
        };
    }
    Ok(best.map(|(_, review)| review))
}

fn read_review(row: &Row<'_>, source: &SourceRow) -> Result<ReviewFacts, StoreError> {
    let content: Content = from_json(&row.get::<_, String>(2)?)?;
    Ok(ReviewFacts {
        source: source.name.clone(),
        first_seen_at: at(row.get(0)?)?,
        author: row.get(1)?,
        excerpt: excerpt(&content),
        rating: content.rating,
        url: row.get(3)?,
    })
}

fn excerpt(content: &Content) -> Option<String> {
    let words = content.title.as_deref().or(content.text.as_deref())?;
    Some(text::truncate(&text::fold_whitespace(words), EXCERPT_GRAPHEMES))
}
