//! What is known of each site's robots.txt, for how long, and what holds while it cannot be had (RFC 9309 §2.3.1, §2.4).
//!
//! It sends nothing: [`super::Polite`] fetches, this file decides what the outcome means.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;

use super::{HttpError, Response, robots::Robots, site::Site};
use crate::clock;

/// How long a robots.txt is good.
const FRESH: Duration = Duration::from_secs(24 * 3600);
/// How soon one that could not be had is asked for again.
const RETRY: Duration = Duration::from_secs(60);
/// How long "it cannot be had" means "stay out"; afterwards it means that there is none.
const PATIENCE: Duration = Duration::from_secs(30 * 24 * 3600);
/// The most sites remembered.
const SITES_MAX: usize = 20_000;
/// The most memory for rules, in bytes.
const RULES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The robots.txt files known so far.
#[derive(Default)]
pub(super) struct RobotsCache(Mutex<Sites>);

#[derive(Default)]
struct Sites {
    by_site: HashMap<Site, Arc<AsyncMutex<Known>>>,
    rules_bytes: usize,
}

impl RobotsCache {
    /// What is known of a site. Its lock is held while the file is fetched, so that it is fetched once.
    pub(super) fn of(&self, site: &Site) -> Arc<AsyncMutex<Known>> {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sites.by_site.get(site) {
            return known.clone();
        }
        if sites.by_site.len() >= SITES_MAX || sites.rules_bytes > RULES_BYTES_MAX {
            // Rare, and costs each site no more than one more request: simpler than keeping them in order of use.
            sites.by_site.clear();
            sites.rules_bytes = 0;
        }
        sites.by_site.entry(site.clone()).or_default().clone()
    }

    /// Counts the memory of rules that were just learnt.
    pub(super) fn weigh(&self, robots: &Robots) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rules_bytes += robots.size_bytes();
    }
}

/// What is known of one site's robots.txt.
#[derive(Debug, Default)]
pub(super) struct Known {
    rules: Option<Arc<Robots>>,
    fresh_until: Option<Timestamp>,
    failing: Option<Failing>,
}

#[derive(Debug)]
struct Failing {
    since: Timestamp,
    why: String,
}

/// What fetching a robots.txt came to.
#[derive(Debug, PartialEq)]
pub(super) enum Finding {
    /// The file, or that there is none.
    Rules(Robots),
    /// The site could not say.
    Unreachable(String),
}

impl Known {
    /// Whether it need not be fetched now.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        // A clock that was set back must not make an old answer last.
        self.fresh_until.is_some_and(|until| until > now && clock::since(until, now) <= FRESH)
    }

    /// Takes in what a fetch came to. Rules known from before outlive a site that cannot say.
    pub(super) fn learn(&mut self, finding: Finding, now: Timestamp) {
        match finding {
            Finding::Rules(rules) => {
                *self =
                    Known { rules: Some(Arc::new(rules)), fresh_until: Some(clock::after(now, FRESH)), failing: None };
            }
            Finding::Unreachable(why) => {
                let since = self.failing.as_ref().map_or(now, |failing| failing.since);
                self.failing = Some(Failing { since, why });
                self.fresh_until = Some(clock::after(now, RETRY));
            }
        }
    }

    /// The rules that hold now.
    ///
    /// # Errors
    /// [`HttpError::Unreachable`] if the site has not been able to say for less than 30 days: then everything is to be left alone.
    pub(super) fn rules(&self, now: Timestamp) -> Result<Arc<Robots>, HttpError> {
        match (&self.rules, &self.failing) {
            (Some(rules), _) => Ok(rules.clone()),
            (None, Some(failing)) if clock::since(now, failing.since) < PATIENCE => {
                Err(HttpError::Unreachable(failing.why.clone()))
            }
            (None, _) => Ok(Arc::new(Robots::allow_all())),
        }
    }
}

/// Reads the outcome of fetching the robots.txt of `host`: 2xx is obeyed, other 4xx and endless redirects mean that there is none.
///
/// 429 speaks of our haste and not of the file, so it counts with 5xx as "cannot say".
///
/// # Errors
/// What says nothing about the file: the address is refused, or the host asked us to wait.
pub(super) fn find(outcome: Result<Response, HttpError>, host: &str) -> Result<Finding, HttpError> {
    let cannot =
        |why: &str| Finding::Unreachable(format!("robots.txt of {host} ({why}), so nothing there is read yet"));
    match outcome {
        Ok(response) if response.status.is_success() => Ok(match response.body() {
            Ok(body) => Finding::Rules(Robots::parse(&body)),
            Err(error) => cannot(&error.to_string()),
        }),
        Ok(response) if response.status.is_server_error() || response.status.as_u16() == 429 => {
            Ok(cannot(&format!("it answered {}", response.status.as_u16())))
        }
        Ok(_) | Err(HttpError::Redirected) => Ok(Finding::Rules(Robots::allow_all())),
        Err(
            error @ (HttpError::Refused(_)
            | HttpError::Waiting { .. }
            | HttpError::Spent { .. }
            | HttpError::Robots { .. }),
        ) => Err(error),
        Err(HttpError::Unreachable(why)) => Ok(cannot(&why)),
        Err(error @ (HttpError::TimedOut(_) | HttpError::TooLarge(_) | HttpError::Damaged(_))) => {
            Ok(cannot(&error.to_string()))
        }
    }
}
