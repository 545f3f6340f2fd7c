//! The turn of a request: everything that it waits for before it goes out, in one thing that can be waited for beforehand.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::{Place, Purpose, host::Host, robots::Robots, site::Site};

/// The right to send one request to one site at once. What is not used is given back when it is dropped.
pub struct Turn {
    pub(super) site: Site,
    /// What robots.txt says, if it was asked.
    pub(super) rules: Option<Arc<Robots>>,
    pub(super) host: Arc<Host>,
    /// Among all requests under way.
    pub(super) place: Place,
    /// Of the host.
    pub(super) _slot: OwnedSemaphorePermit,
}

impl Turn {
    /// Whether such a request may go out in this turn.
    pub(super) fn is_for(&self, url: &Url, purpose: Purpose) -> bool {
        let is_allowed = match (purpose, &self.rules) {
            (Purpose::Crawl, Some(rules)) => rules.allows(url),
            (Purpose::Crawl, None) => false,
            (Purpose::Fetch | Purpose::Deliver, _) => true,
        };
        is_allowed && self.site.holds(url)
    }
}
