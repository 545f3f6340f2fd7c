//! Retention and upkeep: every ten minutes, words that may not be kept longer are erased, and the file is tidied.

use std::time::Duration;

use jiff::Timestamp;

use super::{ingest::TRACES_KEPT, poll::Ground};
use crate::{
    clock,
    store::{StoreError, Tx, erase, health, pushes, voices},
    terms::Retention,
};

/// How often to look: the strictest terms count in hours.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// How long deliveries are known by their id; senders repeat for days at most (Meta: 36 hours, Standard Webhooks: about three days).
const DELIVERIES_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long after the start to look first, so that a start is never slow.
const FIRST_AFTER: Duration = Duration::from_secs(300);

/// How long words may be kept: by the owner's wish and by each kind's terms.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// The owner's wish for all reviews without an open case.
    pub all: Option<Duration>,
    /// Kinds whose terms allow less than the owner's own data.
    pub kinds: Vec<(&'static str, Retention)>,
}

/// Prunes again and again, for ever.
///
/// # Errors
/// Never: what fails today is tried again and logged.
pub async fn prune_always(ground: Ground, keep: Keep) -> Result<(), StoreError> {
    ground.clock.sleep(FIRST_AFTER).await;
    loop {
        let (keep, now) = (keep.clone(), ground.clock.now());
        match ground.store.write(move |tx| prune(tx, &keep, now)).await {
            Ok(0) => {}
            Ok(erased) => {
                tracing::info!(erased, "Erased the words of reviews that may not be kept longer");
                if let Err(error) = ground.store.scrub() {
                    tracing::warn!(%error, "Cannot take erased words out of the file yet");
                }
            }
            Err(error) => tracing::error!(%error, "Cannot prune"),
        }
        ground.clock.sleep(EVERY).await;
    }
}

/// Erases the words of reviews that may not be kept longer; returns of how many.
///
/// # Errors
/// If the database cannot be written.
pub fn prune(tx: &Tx<'_>, keep: &Keep, now: Timestamp) -> Result<usize, StoreError> {
    let mut due = Vec::new();
    if let Some(span) = keep.all {
        due.extend(erase::older_than(tx, clock::before(now, span), None, now)?);
    }
    for (kind, retention) in &keep.kinds {
        let span = match retention {
            Retention::Own => continue,
            Retention::For(span) => *span,
            Retention::IdOnly => Duration::ZERO,
        };
        due.extend(erase::older_than(tx, clock::before(now, span), Some(kind), now)?);
    }
    due.sort_unstable();
    due.dedup();
    if !due.is_empty() {
        erase::erase(tx, &due, erase::Why::Terms, now)?;
    }
    voices::forget_traces(tx, clock::before(now, TRACES_KEPT))?;
    pushes::forget(tx, clock::before(now, DELIVERIES_KEPT))?;
    health::tidy(tx)?;
    Ok(due.len())
}
