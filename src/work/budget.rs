//! One quota for all sources of a kind: how often each is looked at, and a meter that no call gets past.
//!
//! What was called is written down before it is called, so that a restart knows of it.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::{
    clock::Clock,
    http::{Http, HttpError, Request, Response, Turn},
    schedule::budget::{Ledger, Listing, Quota, plan},
    store::{Store, StoreError, meta},
};

/// Open cases are visited while at least this share of the quota is free.
const FREE_FOR_VISITS: f64 = 0.05;
/// How fast the cost of a look is learnt.
const LEARNING: f64 = 0.3;

/// The quota of a kind.
pub struct Budget {
    kind: String,
    quota: Quota,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether what was called before the start is known.
    is_open: bool,
    ledger: Ledger,
    listings: BTreeMap<String, Listing>,
}

impl Budget {
    /// For sources by name, each with the shortest interval that its owner wants.
    #[must_use]
    pub fn new(kind: &str, quota: Quota, sources: impl Iterator<Item = (String, Duration)>) -> Self {
        let unknown = crate::schedule::budget::rate(0, Duration::ZERO);
        let listing = |(name, shortest)| (name, Listing { rate: unknown, cost: 1.0, shortest });
        let state = State { listings: sources.map(listing).collect(), ..State::default() };
        Budget { kind: kind.to_owned(), quota, state: Mutex::new(state) }
    }

    /// The quota itself.
    #[must_use]
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// How often a source is to be looked at.
    #[must_use]
    pub fn pace(&self, source: &str) -> Duration {
        let state = self.state();
        let listings: Vec<Listing> = state.listings.values().copied().collect();
        let at = state.listings.keys().position(|name| name == source);
        at.map_or(Duration::ZERO, |at| plan(&listings, self.quota)[at])
    }

    /// Learns from a look: how often reviews come there, and how many calls it took.
    pub fn learn(&self, source: &str, rate: f64, calls: u32) {
        if let Some(listing) = self.state().listings.get_mut(source) {
            listing.rate = rate;
            if calls > 0 {
                listing.cost += LEARNING * (f64::from(calls) - listing.cost);
            }
        }
    }

    /// Whether there is something to spare for open cases.
    #[must_use]
    pub fn has_spare(&self) -> bool {
        let free = self.quota.calls.saturating_sub(self.state().ledger.used());
        f64::from(free) >= FREE_FOR_VISITS * f64::from(self.quota.calls)
    }

    /// Reads what was called before the start, once, and writes down what the next look will call.
    ///
    /// # Errors
    /// If the database cannot be read or written.
    pub async fn begin(&self, store: &Store, source: &str, now: Timestamp) -> Result<(), StoreError> {
        let key = self.key();
        if !self.state().is_open {
            let known = store.read(move |tx| meta::get(tx, &key)).await?;
            let mut state = self.state();
            if !state.is_open {
                state.ledger = known.and_then(|known| serde_json::from_str(&known).ok()).unwrap_or_default();
                state.is_open = true;
            }
        }
        let foreseen = {
            let state = self.state();
            let mut ledger = state.ledger.clone();
            let calls = state.listings.get(source).map_or(1.0, |listing| listing.cost.ceil());
            for _ in 0..calls as u32 {
                let _ = ledger.take(self.quota, now);
            }
            ledger
        };
        self.write(store, &foreseen).await
    }

    /// Writes down what was called.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn end(&self, store: &Store) -> Result<(), StoreError> {
        let ledger = self.state().ledger.clone();
        self.write(store, &ledger).await
    }

    async fn write(&self, store: &Store, ledger: &Ledger) -> Result<(), StoreError> {
        let (key, text) = (self.key(), serde_json::to_string(ledger).unwrap_or_default());
        store.write(move |tx| meta::put(tx, &key, &text)).await
    }

    fn key(&self) -> String {
        format!("calls:{}", self.kind)
    }

    fn take(&self, now: Timestamp) -> Result<(), Timestamp> {
        self.state().ledger.take(self.quota, now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A way out that counts every call against a budget.
pub struct Metered<'a> {
    http: &'a dyn Http,
    budget: &'a Budget,
    clock: &'a Clock,
    calls: AtomicU32,
}

impl<'a> Metered<'a> {
    /// Goes round another way out.
    #[must_use]
    pub fn new(http: &'a dyn Http, budget: &'a Budget, clock: &'a Clock) -> Self {
        Metered { http, budget, clock, calls: AtomicU32::new(0) }
    }

    /// How many calls went out.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Http for Metered<'_> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        self.send_in(request, None)
    }

    fn send_in(&self, request: Request, turn: Option<Turn>) -> BoxFuture<'_, Result<Response, HttpError>> {
        if let Err(until) = self.budget.take(self.clock.now()) {
            return Box::pin(std::future::ready(Err(HttpError::Spent { until })));
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.http.send_in(request, turn)
    }
}
