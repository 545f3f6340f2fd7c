//! Manners: how many requests at once, how far apart, when not at all; and redirects, so that every hop has manners too.
//!
//! It retries nothing and knows no source: a host is the unit of politeness. Alerts pass by all of it, on slots of their own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::{
    Http, HttpError, Listening, Place, Policy, Purpose, Request, Response,
    host::{Host, Hosts, Stopwatch},
    redirect::{self, REDIRECTS_MAX},
    robots::Robots,
    robots_cache::{self, Finding, RobotsCache},
    room::Permits,
    site::Site,
    turn::Turn,
};
use crate::{
    clock::{self, Clock},
    config::HttpSettings,
};

/// The most alerts under way at once; they never wait for a source.
const DELIVERIES_IN_FLIGHT_MAX: usize = 64;
/// What part of all requests slow hosts may keep under way, so that those that hang do not hold up the others.
const SLOW_PART: usize = 4;

/// How polite to be.
#[derive(Clone, Debug)]
pub struct PoliteSettings {
    /// The most requests of sources under way at once; a few of large answers come to these.
    pub in_flight_max: usize,
    /// The most of them to one host; not on private hosts.
    pub in_flight_per_host_max: usize,
    /// The least time from the start of one request to the start of the next to one host; none on private hosts.
    pub host_gap: Duration,
    /// Knows which hosts the owner listed as private.
    pub policy: Policy,
}

impl PoliteSettings {
    /// What the owner's `[http]` section says.
    #[must_use]
    pub fn from_config(settings: &HttpSettings) -> Self {
        PoliteSettings {
            in_flight_max: settings.in_flight_max,
            in_flight_per_host_max: settings.in_flight_per_host_max,
            host_gap: settings.host_gap.0,
            policy: Policy::new(settings.allow_private.clone()),
        }
    }

    /// How many requests to one host may be under way at once.
    pub(super) fn at_once(&self, is_private: bool) -> usize {
        if is_private {
            self.in_flight_max.max(1)
        } else {
            self.in_flight_per_host_max.clamp(1, self.in_flight_max.max(1))
        }
    }
}

/// Goes round another [`Http`] and gives it manners.
///
/// [`Purpose::Crawl`]: robots.txt, spacing, redirects. [`Purpose::Fetch`]: the same without robots.txt. [`Purpose::Deliver`]: straight
/// through. While a host's `Retry-After` (429 or 503) runs, requests for it end in [`HttpError::Waiting`] and nothing is sent.
pub struct Polite<H> {
    inner: H,
    settings: PoliteSettings,
    clock: Clock,
    /// Requests under way, and answers that are still worked on unless they are large.
    sources: Arc<Semaphore>,
    /// Requests to slow hosts, a part of those under way, and their answers.
    slow: Arc<Semaphore>,
    deliveries: Arc<Semaphore>,
    hosts: Mutex<Hosts>,
    robots: RobotsCache,
}

impl<H: Http> Polite<H> {
    /// Gives `inner` manners.
    #[must_use]
    pub fn new(inner: H, settings: PoliteSettings, clock: Clock) -> Self {
        Polite {
            inner,
            sources: Arc::new(Semaphore::new(settings.in_flight_max.max(1))),
            slow: Arc::new(Semaphore::new(settings.in_flight_max.div_ceil(SLOW_PART).max(1))),
            deliveries: Arc::new(Semaphore::new(DELIVERIES_IN_FLIGHT_MAX)),
            hosts: Mutex::default(),
            robots: RobotsCache::default(),
            settings,
            clock,
        }
    }

    async fn deliver(&self, request: Request) -> Result<Response, HttpError> {
        let _place = acquire(&self.deliveries).await;
        self.inner.send(request).await
    }

    /// Follows redirects; each hop asks robots.txt and takes its turn like a request of its own.
    async fn follow(&self, mut request: Request, mut turn: Option<Turn>) -> Result<Response, HttpError> {
        let mut hops = 0;
        loop {
            let outcome = self.hop(&request, turn.take()).await;
            let response = match outcome {
                Err(HttpError::Refused(_)) if hops > 0 => return Err(HttpError::Redirected),
                outcome => outcome?,
            };
            let Some(next) = redirect::next(&request, &response)? else { return Ok(response) };
            hops += 1;
            if hops > REDIRECTS_MAX {
                return Err(HttpError::Redirected);
            }
            request = next;
        }
    }

    async fn hop(&self, request: &Request, turn: Option<Turn>) -> Result<Response, HttpError> {
        // One that does not fit is given back before another is waited for: two could leave none for anybody.
        let turn = match turn.filter(|turn| turn.is_for(&request.url, request.purpose)) {
            Some(turn) => turn,
            None => self.take_turn(&request.url, request.purpose).await?,
        };
        let Turn { host, place, .. } = &turn;
        let now = self.clock.now();
        // It may have asked us to wait since the turn was given.
        host.check(now)?;
        let watch = Stopwatch { host, clock: &self.clock, sent_at: now };
        let outcome = self.inner.send(Request { place: Some(place.clone()), ..request.clone() }).await;
        drop(watch);
        let mut response = outcome?;
        response.place = Some(place.clone());
        if matches!(response.status.as_u16(), 429 | 503) {
            let now = self.clock.now();
            if let Some(wait) = response.retry_after(now) {
                host.close_until(clock::after(now, wait));
            }
        }
        Ok(response)
    }

    /// Waits until `url` may be asked for: for robots.txt, for a slot of its host and for a place among all requests.
    async fn take_turn(&self, url: &Url, purpose: Purpose) -> Result<Turn, HttpError> {
        let site = Site::of(url);
        let rules = match purpose {
            Purpose::Crawl => Some(self.ask_robots(&site, url).await?),
            Purpose::Fetch | Purpose::Deliver => None,
        };
        let crawl_delay = rules.as_ref().and_then(|rules| rules.crawl_delay()).unwrap_or_default();
        let now = self.clock.now();
        let host = self.host(&site, url, now);
        host.check(now)?;
        let slot = acquire(&host.slots).await;
        let permits = self.wait_for_place(&host, crawl_delay.max(self.settings.host_gap)).await?;
        let place = Place::new(permits, Arc::clone(&host), Arc::clone(&self.slow), self.clock.clone());
        Ok(Turn { site, rules, host, place, _slot: slot })
    }

    /// Waits until the host may be asked again and a place is free, if it is slow one among those for slow hosts. One request of a host
    /// waits here, the others behind it.
    async fn wait_for_place(&self, host: &Host, gap: Duration) -> Result<Permits, HttpError> {
        loop {
            let slow = if host.is_slow(self.clock.now()) { Some(acquire(&self.slow).await) } else { None };
            let _turn = host.turn.lock().await;
            let mut now = self.clock.now();
            let left = host.left(gap, now);
            if !left.is_zero() {
                self.clock.sleep(left).await;
                now = self.clock.now();
            }
            host.check(now)?;
            let any = acquire(&self.sources).await;
            let now = self.clock.now();
            // If it has become slow meanwhile, it waits from the beginning: whoever waits for those places holds up no other.
            if slow.is_some() || !host.is_slow(now) {
                host.check(now)?;
                host.start(now);
                return Ok(Permits { any: Some(any), slow });
            }
        }
    }

    /// Asks the site's robots.txt about `url`; gives its rules, which allow it.
    async fn ask_robots(&self, site: &Site, url: &Url) -> Result<Arc<Robots>, HttpError> {
        let known = self.robots.of(site);
        let mut known = known.lock().await;
        let mut now = self.clock.now();
        if !known.is_fresh(now) {
            let mut address = url.clone();
            address.set_path("/robots.txt");
            address.set_query(None);
            address.set_fragment(None);
            // Fetched, not crawled: robots.txt does not ask itself.
            let outcome = self.send(Request::get(address, Purpose::Fetch)).await;
            let finding = robots_cache::find(outcome, site.host())?;
            if let Finding::Rules(rules) = &finding {
                self.robots.weigh(rules);
            }
            now = self.clock.now();
            known.learn(finding, now);
        }
        let rules = known.rules(now)?;
        drop(known);
        if rules.allows(url) {
            Ok(rules)
        } else {
            Err(HttpError::Robots { host: site.host().to_owned(), path: url.path().to_owned() })
        }
    }

    /// The host of a site, to which an address belongs.
    fn host(&self, site: &Site, url: &Url, now: Timestamp) -> Arc<Host> {
        let is_private = || self.settings.policy.allowed_private_host(url);
        let make = |key| Host::new(key, &self.settings, is_private());
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.find(site.host(), now, make)
    }
}

impl<H: Http> Http for Polite<H> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        self.send_in(request, None)
    }

    fn send_in(&self, request: Request, turn: Option<Turn>) -> BoxFuture<'_, Result<Response, HttpError>> {
        match request.purpose {
            Purpose::Crawl | Purpose::Fetch => Box::pin(self.follow(request, turn)),
            Purpose::Deliver => Box::pin(self.deliver(request)),
        }
    }

    fn turn(&self, url: Url, purpose: Purpose) -> BoxFuture<'_, Option<Turn>> {
        Box::pin(async move {
            // Some sources have addresses of other kinds, such as a mailbox.
            let is_ours = matches!(url.scheme(), "http" | "https");
            if is_ours { self.take_turn(&url, purpose).await.ok() } else { None }
        })
    }

    fn at_once(&self, url: &Url) -> usize {
        self.settings.at_once(self.settings.policy.allowed_private_host(url))
    }

    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        Box::pin(async move {
            let now = self.clock.now();
            self.host(&Site::of(&request.url), &request.url, now).check(now)?;
            self.inner.listen(request).await
        })
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore).acquire_owned().await.expect("no semaphore here is ever closed")
}

#[cfg(test)]
#[path = "polite_tests.rs"]
mod tests;
