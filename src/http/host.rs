//! What is known of each host: when it was asked last, until when it asked us to wait, and whether it is slow.
//!
//! A host is the unit of politeness; [`super::Polite`] decides what follows from it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use super::{HttpError, PoliteSettings, robots::CRAWL_DELAY_MAX};
use crate::clock::{self, Clock};

/// A host that took longer than this for one answer is slow for a while, as is one whose answer was large.
const SLOW: Duration = Duration::from_secs(3);
/// For how long, whatever else it answers: a large host can be quick on one page and hang on another.
const SLOW_FOR: Duration = Duration::from_secs(600);
/// The longest that a host can ask us to wait.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);
/// How many hosts are remembered before idle ones are forgotten.
pub(super) const HOSTS_KEPT: usize = 4_096;

/// The hosts that were asked lately.
#[derive(Default)]
pub(super) struct Hosts {
    pub(super) by_key: HashMap<String, Arc<Host>>,
    forget_at: usize,
}

impl Hosts {
    /// The host of that key; `make` makes one that is not known.
    pub(super) fn find(&mut self, key: &str, now: Timestamp, make: impl FnOnce(String) -> Host) -> Arc<Host> {
        if let Some(host) = self.by_key.get(key) {
            return Arc::clone(host);
        }
        self.forget_idle(now);
        let host = Arc::new(make(key.to_owned()));
        self.by_key.insert(key.to_owned(), Arc::clone(&host));
        host
    }

    /// Forgets the hosts whose state no longer matters, when there are many; if most are busy it waits until there are twice as many.
    fn forget_idle(&mut self, now: Timestamp) {
        if self.by_key.len() < self.forget_at.max(HOSTS_KEPT) {
            return;
        }
        self.by_key.retain(|_, host| Arc::strong_count(host) > 1 || !host.is_idle(now));
        self.forget_at = 2 * self.by_key.len();
    }
}

/// One host.
pub(super) struct Host {
    pub(super) key: String,
    /// The owner's own machine: neither spaced nor capped.
    is_private: bool,
    /// The requests to it that may be under way at once.
    pub(super) slots: Arc<Semaphore>,
    /// Whose turn it is to wait until it may be asked again.
    pub(super) turn: AsyncMutex<()>,
    state: Mutex<HostState>,
}

/// Notes how quick a host was, also if nobody waits for its answer any more.
pub(super) struct Stopwatch<'a> {
    pub(super) host: &'a Host,
    pub(super) clock: &'a Clock,
    pub(super) sent_at: Timestamp,
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        let now = self.clock.now();
        if clock::since(now, self.sent_at) > SLOW {
            self.host.note_slow(now);
        }
    }
}

#[derive(Default)]
struct HostState {
    started_at: Option<Timestamp>,
    closed_until: Option<Timestamp>,
    slow_at: Option<Timestamp>,
}

impl Host {
    pub(super) fn new(key: String, settings: &PoliteSettings, is_private: bool) -> Self {
        Host {
            key,
            is_private,
            slots: Arc::new(Semaphore::new(settings.at_once(is_private))),
            turn: AsyncMutex::default(),
            state: Mutex::default(),
        }
    }

    /// Ends in [`HttpError::Waiting`] while the host's `Retry-After` runs.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), HttpError> {
        match self.state().closed_until {
            Some(until) if is_closed(until, now) => Err(HttpError::Waiting { host: self.key.clone(), until }),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn close_until(&self, until: Timestamp) {
        let mut state = self.state();
        state.closed_until = state.closed_until.max(Some(until));
    }

    /// How much of `gap` is left since the last request began.
    pub(super) fn left(&self, gap: Duration, now: Timestamp) -> Duration {
        match self.state().started_at {
            Some(started_at) if !self.is_private => gap.saturating_sub(clock::since(now, started_at)),
            Some(_) | None => Duration::ZERO,
        }
    }

    pub(super) fn start(&self, now: Timestamp) {
        self.state().started_at = Some(now);
    }

    pub(super) fn note_slow(&self, now: Timestamp) {
        self.state().slow_at = Some(now);
    }

    pub(super) fn is_slow(&self, now: Timestamp) -> bool {
        self.state().slow_at.is_some_and(|at| clock::since(now, at) < SLOW_FOR)
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        let state = self.state();
        !state.closed_until.is_some_and(|until| is_closed(until, now))
            && state.started_at.is_none_or(|started_at| clock::since(now, started_at) > CRAWL_DELAY_MAX)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, HostState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `until` is still to come; further off than a host can ask for, the clock was set back.
fn is_closed(until: Timestamp, now: Timestamp) -> bool {
    until > now && clock::since(until, now) <= WAIT_MAX
}
