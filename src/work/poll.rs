//! One look at a source: fetch, ingest, note the outcome and the source's health, and when to look again. A source is never given up.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use url::Url;

use super::{
    budget::{Budget, Metered},
    house::House,
    ingest::{self, Batch, Choices, Ingested},
    metrics::Metrics,
    roster::Bell,
};
use crate::{
    clock::{self, Clock},
    http::{Http, HttpError, Purpose, Turn},
    id::SourceId,
    review::{Coverage, Sighting},
    schedule,
    sources::{Fetched, Memory, PollError, Seen, Source, Visit, off_runtime},
    store::{
        Store, StoreError, reviews,
        sources::{self, Health, Quiet, SourceRow, Success},
    },
};

/// The longest wait after failures, unless the schedule or the site asks for more.
const BACK_OFF_MAX: Duration = Duration::from_secs(3600);
/// The least wait after a refusal: a person has to act first.
const REFUSED_WAIT: Duration = Duration::from_secs(3600);
/// The most open cases looked at beyond the window in one go.
const REVISITS_MAX: usize = 20;
/// Read unconditionally at least this often, for sites whose "not modified" cannot be trusted.
const TRUST_VALIDATORS: Duration = Duration::from_secs(24 * 3600);

/// One source with everything that a look at it needs.
pub struct Watched {
    /// The owner's name for it.
    pub name: String,
    /// Its kind's name.
    pub kind: &'static str,
    /// Its location's name.
    pub location: String,
    /// The adapter.
    pub source: Arc<dyn Source>,
    /// How often to look.
    pub every: Duration,
    /// How often to look at open cases beyond the window.
    pub revisit_every: Duration,
    /// Whether robots.txt is asked.
    pub purpose: Purpose,
    /// What the owner decided.
    pub choices: Choices,
    /// The quota that it shares, if its kind has one.
    pub budget: Option<Arc<Budget>>,
    /// Asks for a look before its time, because the platform said that there is something.
    pub bell: Arc<Bell>,
}

impl Watched {
    /// How often to look: as the owner wants, or less often where calls are counted.
    #[must_use]
    pub fn pace(&self) -> Duration {
        self.budget.as_ref().map_or(self.every, |budget| budget.pace(&self.name).max(self.every))
    }
}

/// What all loops share.
#[derive(Clone)]
pub struct Ground {
    /// The database.
    pub store: Store,
    /// The way out.
    pub http: Arc<dyn Http>,
    /// The time.
    pub clock: Clock,
    /// The owner's wishes.
    pub house: Arc<House>,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

/// How one look went.
#[derive(Clone, Debug, PartialEq)]
pub enum Looked {
    /// It saw something, or nothing new.
    Saw(Ingested),
    /// It saw nothing, for this reason.
    Failed {
        /// The state that this is.
        health: Health,
        /// The reason in words.
        why: String,
    },
}

/// The row of a source, which is made if there is none.
///
/// # Errors
/// If the database cannot be read or written.
pub(super) async fn row(ground: &Ground, watched: &Watched) -> Result<SourceRow, StoreError> {
    let (name, kind, location) = (watched.name.clone(), watched.kind, watched.location.clone());
    let known = ground.store.read({
        let name = name.clone();
        move |tx| sources::by_name(tx, &name)
    });
    match known.await? {
        Some(row) if row.kind == kind && row.location == location => Ok(row),
        _ => ground.store.write(move |tx| sources::ensure(tx, &name, kind, &location)).await,
    }
}

/// Looks once and commits what was seen.
///
/// # Errors
/// If the database cannot be written; then nothing of this look is stored.
pub async fn look(ground: &Ground, watched: &Watched) -> Result<Looked, StoreError> {
    let mut row = row(ground, watched).await?;
    look_from(ground, watched, &mut row, None).await
}

/// Looks once from a known state of the source, which becomes the state after it, as read in the same transaction; the first request
/// goes out in a turn that was waited for.
///
/// # Errors
/// As [`look`].
pub(super) async fn look_from(
    ground: &Ground,
    watched: &Watched,
    row: &mut SourceRow,
    turn: Option<Turn>,
) -> Result<Looked, StoreError> {
    match &watched.budget {
        None => look_through(ground, watched, row, (&*ground.http, turn)).await,
        Some(budget) => Box::pin(look_within(budget, ground, watched, row, turn)).await,
    }
}

/// Looks once within a quota, and tells it how often reviews come here.
async fn look_within(
    budget: &Budget,
    ground: &Ground,
    watched: &Watched,
    row: &mut SourceRow,
    turn: Option<Turn>,
) -> Result<Looked, StoreError> {
    let now = ground.clock.now();
    budget.begin(&ground.store, &watched.name, now).await?;
    let metered = Metered::new(&*ground.http, budget, &ground.clock);
    let looked = look_through(ground, watched, row, (&metered, turn)).await?;
    let id = row.id;
    let rhythm = ground.store.read(move |tx| reviews::rhythm(tx, id)).await?;
    let rate = rhythm.map_or_else(
        || schedule::budget::rate(0, Duration::ZERO),
        |rhythm| schedule::budget::rate(rhythm.count, clock::since(now, rhythm.first)),
    );
    budget.learn(&watched.name, rate, metered.calls());
    budget.end(&ground.store).await?;
    Ok(looked)
}

/// Looks once by a way out that may count.
async fn look_through(
    ground: &Ground,
    watched: &Watched,
    row: &mut SourceRow,
    (http, turn): (&dyn Http, Option<Turn>),
) -> Result<Looked, StoreError> {
    let now = ground.clock.now();
    let (memory, is_all) = trusted_memory(row, now);
    let mut visit = Visit::new(http, watched.purpose, memory, now).in_turn(turn);
    let seen = watched.source.poll(&mut visit).await;
    let memory = (visit.has_learnt() || !is_all).then(|| serde_json::to_string(&visit.after).unwrap_or_default());
    let rest = visit.rest();
    let may_pass = !visit.has_exchanged() && ingest::is_quiet(row, ground.clock.now());
    // An answer takes its time, and mostly nothing is new: what comes after that is allotted when it comes.
    let looked = match seen {
        Ok(seen) if seen.coverage == Coverage::Unchanged && may_pass => {
            passed_quietly(ground, watched, row, memory, rest);
            Looked::Saw(Ingested::default())
        }
        Ok(seen) => Box::pin(saw(ground, watched, row, (seen, memory, may_pass), rest)).await?,
        Err(error) => Box::pin(failed(ground, watched, row, &error)).await?,
    };
    drop(visit);
    let has_spare = watched.budget.as_ref().is_none_or(|budget| budget.has_spare());
    if matches!(looked, Looked::Saw(_)) && has_spare && revisit_is_due(row, watched, now) {
        Box::pin(revisit(ground, watched, row.id, http)).await?;
        row.revisited_at = Some(now);
    }
    Ok(looked)
}

/// What the source remembers, and whether that is all: it is not when it is time to read everything afresh, once a day, and while
/// something is odd. How far it has read stays, or what came since would be passed over; and so does a token that was exchanged.
///
/// The day begins for each source at its own time, so that they do not all read everything at once.
fn trusted_memory(row: &SourceRow, now: Timestamp) -> (Memory, bool) {
    let period = TRUST_VALIDATORS.as_secs();
    let day = |at: Timestamp| at.as_second().unsigned_abs().wrapping_add(seed(&row.name) % period) / period;
    let same_day = row.ok_at.is_some_and(|ok| day(ok) == day(now));
    let settled = matches!(row.health, Health::Ok | Health::New | Health::Gap | Health::Stale);
    let known: Memory = serde_json::from_str(&row.memory).unwrap_or_default();
    if same_day && settled {
        (known, true)
    } else {
        (Memory { place: known.place, sealed: known.sealed, ..Memory::default() }, false)
    }
}

/// Notes a look that found everything as it was, without waiting for the disk.
fn passed_quietly(ground: &Ground, watched: &Watched, row: &mut SourceRow, memory: Option<String>, rest: Duration) {
    let now = ground.clock.now();
    let quiet = Quiet { id: row.id, memory, at: now, due_at: next_look(watched, rest, now) };
    quiet.bring(row);
    ground.store.note_quiet(quiet);
    ground.metrics.note_poll(&watched.name, 0, now);
}

/// When to look again after a look that went well.
fn next_look(watched: &Watched, rest: Duration, now: Timestamp) -> Timestamp {
    schedule::next_poll(now, watched.pace(), chance(&watched.name, now)).max(clock::after(now, rest))
}

async fn saw(
    ground: &Ground,
    watched: &Watched,
    row: &mut SourceRow,
    (seen, learnt, may_pass): (Seen, Option<String>, bool),
    rest: Duration,
) -> Result<Looked, StoreError> {
    let now = ground.clock.now();
    let due_at = next_look(watched, rest, now);
    let memory = learnt.clone().unwrap_or_else(|| row.memory.clone());
    let (id, success) = (row.id, Success { memory, at: now, due_at, count_stated: seen.count_stated });
    let place = ground.house.place(&watched.location);
    let batch = Batch::new(&watched.name, (seen.sightings, seen.coverage), &place, watched.choices, success);
    let batch = batch.reaching(seen.reach);
    let seen = batch.normals.len();
    let worth_a_commit = if may_pass { unless_known(ground, row, batch).await? } else { Some(batch) };
    let Some(batch) = worth_a_commit else {
        passed_quietly(ground, watched, row, learnt, rest);
        return Ok(Looked::Saw(Ingested { seen, ..Ingested::default() }));
    };
    let house = Arc::clone(&ground.house);
    let (done, after) =
        ground.store.write(move |tx| Ok((ingest::ingest(tx, &house, batch)?, sources::get(tx, id)?))).await?;
    ground.metrics.note_poll(&watched.name, done.new as u64, now);
    if done.new > 0 || done.changed > 0 || done.odd.is_some() {
        tracing::info!(
            source.id = %watched.name, seen = done.seen, new = done.new, negative = done.negative, changed = done.changed,
            turned = done.turned, odd = done.odd.as_deref().unwrap_or(""), "Looked at {}", watched.name
        );
    }
    *row = after;
    Ok(Looked::Saw(done))
}

/// Gives a batch back, unless all that it shows is known.
async fn unless_known(ground: &Ground, row: &SourceRow, batch: Batch) -> Result<Option<Batch>, StoreError> {
    let source = row.clone();
    let read = ground.store.read(move |tx| Ok((!ingest::shows_what_is_known(tx, &source, &batch)?).then_some(batch)));
    read.await
}

async fn failed(
    ground: &Ground,
    watched: &Watched,
    row: &mut SourceRow,
    error: &PollError,
) -> Result<Looked, StoreError> {
    let now = ground.clock.now();
    let (health, wait) = diagnose(error, now);
    let due_at = next_try(watched, row.failures, wait, now);
    let why = error.to_string();
    ground.metrics.note_failure(&watched.name, reason(health));
    if row.failures == 0 {
        tracing::warn!(source.id = %watched.name, health = ?health, "Cannot see {}: {why}", watched.name);
    }
    let (source, evidence) = (row.clone(), why.clone());
    let after = ground
        .store
        .write(move |tx| {
            sources::note_failure(tx, source.id, now, due_at)?;
            ingest::trouble(tx, &source, (health, &evidence), now)?;
            sources::get(tx, source.id)
        })
        .await?;
    *row = after;
    Ok(Looked::Failed { health, why })
}

/// What an error says about the source, and how long the other side asks us to wait.
fn diagnose(error: &PollError, now: Timestamp) -> (Health, Option<Duration>) {
    match error {
        PollError::Http(HttpError::Refused(_) | HttpError::Robots { .. }) => (Health::Refused, Some(REFUSED_WAIT)),
        PollError::Http(HttpError::Waiting { until, .. } | HttpError::Spent { until }) => {
            (Health::OverQuota, Some(clock::since(*until, now)))
        }
        PollError::Http(
            HttpError::Unreachable(_) | HttpError::TimedOut(_) | HttpError::Redirected | HttpError::Damaged(_),
        ) => (Health::Unreachable, None),
        PollError::Http(HttpError::TooLarge(_)) => (Health::LayoutChanged, None),
        PollError::Reconnect(_) => (Health::Refused, Some(REFUSED_WAIT)),
        PollError::OverQuota { retry_after } => (Health::OverQuota, *retry_after),
        PollError::Status { status: 401 | 403, retry_after, .. } => {
            (Health::Refused, Some(retry_after.unwrap_or(REFUSED_WAIT)))
        }
        PollError::Status { status: 429, retry_after, .. } => (Health::OverQuota, *retry_after),
        PollError::Status { status: 400 | 402 | 404 | 410 | 414 | 422, retry_after, .. } => {
            (Health::Refused, *retry_after)
        }
        PollError::Status { retry_after, .. } => (Health::Unreachable, *retry_after),
        PollError::Blocked | PollError::Parse(crate::sources::ParseError::Blocked) => {
            (Health::Blocked, Some(REFUSED_WAIT))
        }
        PollError::Parse(crate::sources::ParseError::NotThisKind { .. } | crate::sources::ParseError::TooMuch(_)) => {
            (Health::LayoutChanged, None)
        }
    }
}

fn reason(health: Health) -> &'static str {
    match health {
        Health::New | Health::Ok => "none",
        Health::Unreachable => "unreachable",
        Health::Blocked => "blocked",
        Health::Refused => "refused",
        Health::OverQuota => "over-quota",
        Health::LayoutChanged => "layout-changed",
        Health::Anomaly => "anomaly",
        Health::Gap => "gap",
        Health::Stale => "stale",
    }
}

/// The latest of: the schedule, what the site asked for, and a back-off that doubles up to an hour.
fn next_try(watched: &Watched, failures: u32, wait: Option<Duration>, now: Timestamp) -> Timestamp {
    let scheduled = schedule::next_poll(now, watched.pace(), chance(&watched.name, now));
    let back_off =
        watched.every.saturating_mul(2_u32.saturating_pow(failures.min(10))).min(BACK_OFF_MAX.max(watched.every));
    [wait.map(|wait| clock::after(now, wait)), Some(clock::after(now, back_off))]
        .into_iter()
        .flatten()
        .fold(scheduled, Ord::max)
}

/// A chance from 0 to 1 that differs between sources and times, and is the same when a run is repeated.
fn chance(name: &str, now: Timestamp) -> f64 {
    let mixed = (seed(name) ^ now.as_millisecond().unsigned_abs()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number that differs between names (FNV-1a).
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn revisit_is_due(row: &SourceRow, watched: &Watched, now: Timestamp) -> bool {
    let last = row.revisited_at.or(row.baseline_at);
    last.is_some_and(|last| clock::since(now, last) >= watched.revisit_every)
}

/// Looks at the open cases of a source whose reviews have left its window, each by its own address.
async fn revisit(ground: &Ground, watched: &Watched, id: SourceId, http: &dyn Http) -> Result<(), StoreError> {
    let now = ground.clock.now();
    let addresses = ground.store.read(move |tx| reviews::addresses_of_open_cases(tx, id)).await?;
    let own: Vec<Url> = watched.source.addresses();
    let mut pages: Vec<(Url, Option<String>)> =
        addresses.into_iter().filter_map(|(address, id)| Some((Url::parse(&address).ok()?, id))).collect();
    pages.retain(|(url, _)| {
        !own.contains(url) && own.iter().any(|own| own.host() == url.host() && own.scheme() == url.scheme())
    });
    pages.dedup();
    in_turn(&mut pages, watched.revisit_every, now);
    let mut sightings: Vec<Sighting> = Vec::new();
    for (url, id) in pages.into_iter().take(REVISITS_MAX) {
        sightings.extend(read_again(http, watched, (url, id), now).await);
    }
    ground.store.write(move |tx| sources::note_revisit(tx, id, now)).await?;
    if sightings.is_empty() {
        return Ok(());
    }
    let place = ground.house.place(&watched.location);
    let row = row(ground, watched).await?;
    let success = Success { memory: row.memory, at: now, due_at: row.due_at.unwrap_or(now), count_stated: None };
    let batch = Batch::new(&watched.name, (sightings, Coverage::Some), &place, watched.choices, success).revisited();
    let house = Arc::clone(&ground.house);
    ground.store.write(move |tx| ingest::ingest(tx, &house, batch)).await.map(|_| ())
}

/// Puts at the head the pages whose turn it is, so that among many each is read in time.
fn in_turn<T>(pages: &mut [T], every: Duration, now: Timestamp) {
    if pages.len() > REVISITS_MAX {
        let turn = now.as_second().unsigned_abs() / every.as_secs().max(1);
        let first = (turn as usize).wrapping_mul(REVISITS_MAX) % pages.len();
        pages.rotate_left(first);
    }
}

/// What one review's own page shows; nothing if it cannot be read, for absence there proves nothing.
async fn read_again(http: &dyn Http, watched: &Watched, asked: (Url, Option<String>), now: Timestamp) -> Vec<Sighting> {
    let (url, id) = asked;
    let Some(address) = watched.source.again(&url) else { return Vec::new() };
    let mut visit = Visit::new(http, watched.purpose, Memory::default(), now);
    let Ok(Fetched::Page(page)) = visit.get(address, http::HeaderMap::new()).await else { return Vec::new() };
    let source = Arc::clone(&watched.source);
    let mut sightings = off_runtime(move || source.parse(&page.body, Some(&page.url))).await.unwrap_or_default();
    name_by_page(&mut sightings, &url, id);
    sightings
}

/// On its own page a review's address is the page's, and names nothing there; it is the review that was asked for.
fn name_by_page(sightings: &mut [Sighting], page: &Url, id: Option<String>) {
    let is_asked = |sighting: &Sighting| {
        sighting.id.is_none() && sighting.url.as_deref().is_none_or(|url| Url::parse(url).is_ok_and(|url| url == *page))
    };
    let mut asked = sightings.iter_mut().filter(|sighting| is_asked(sighting));
    if let (Some(sighting), None) = (asked.next(), asked.next()) {
        sighting.id = id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_spread_over_the_whole_range() {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let chances: Vec<f64> = (0..200).map(|n| chance(&format!("source {n}"), now)).collect();
        assert!(chances.iter().all(|chance| (0.0..1.0).contains(chance)));
        let low = chances.iter().filter(|chance| **chance < 0.5).count();
        assert!((70..130).contains(&low), "{low} of 200 are in the lower half");
    }
}
