//! Manners: how many requests at once, how far apart, when not at all; and redirects, so that every hop has manners too.
//!
//! It retries nothing and knows no source: a host is the unit of politeness. Alerts pass by all of it, on slots of their own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use url::Url;

use super::{
    Http, HttpError, Listening, Place, Policy, Purpose, Request, Response, host_key,
    redirect::{self, REDIRECTS_MAX},
    robots::CRAWL_DELAY_MAX,
    robots_cache::{self, Finding, RobotsCache},
};
use crate::{
    clock::{self, Clock},
    config::HttpSettings,
};

/// The most alerts under way at once; they never wait for a source.
const DELIVERIES_IN_FLIGHT_MAX: usize = 64;
/// A host that took longer than this for one answer is slow for a while.
const SLOW: Duration = Duration::from_secs(3);
/// For how long, whatever else it answers: a large host can be quick on one page and hang on another.
const SLOW_FOR: Duration = Duration::from_secs(600);
/// What part of all requests slow hosts may keep under way, so that those that hang do not hold up the others.
const SLOW_PART: usize = 4;
/// The longest that a host can ask us to wait.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);
/// How many hosts are remembered before idle ones are forgotten.
const HOSTS_KEPT: usize = 4_096;

/// How polite to be.
#[derive(Clone, Debug)]
pub struct PoliteSettings {
    /// The most requests of sources under way at once.
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
}

/// Goes round another [`Http`] and gives it manners.
///
/// [`Purpose::Crawl`]: robots.txt, spacing, redirects. [`Purpose::Fetch`]: the same without robots.txt. [`Purpose::Deliver`]: straight
/// through. While a host's `Retry-After` (429 or 503) runs, requests for it end in [`HttpError::Waiting`] and nothing is sent.
pub struct Polite<H> {
    inner: H,
    settings: PoliteSettings,
    clock: Clock,
    /// Requests under way, and answers that are still worked on.
    sources: Arc<Semaphore>,
    /// Requests to slow hosts, a part of those under way.
    slow: Semaphore,
    deliveries: Semaphore,
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
            slow: Semaphore::new(settings.in_flight_max.div_ceil(SLOW_PART).max(1)),
            deliveries: Semaphore::new(DELIVERIES_IN_FLIGHT_MAX),
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
    async fn follow(&self, mut request: Request) -> Result<Response, HttpError> {
        let mut hops = 0;
        loop {
            let outcome = self.hop(&request).await;
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

    async fn hop(&self, request: &Request) -> Result<Response, HttpError> {
        let gap = match request.purpose {
            Purpose::Crawl => self.ask_robots(&request.url).await?.max(self.settings.host_gap),
            Purpose::Fetch | Purpose::Deliver => self.settings.host_gap,
        };
        let host = self.host(&request.url);
        host.check(self.clock.now())?;
        let _slot = acquire(&host.slots).await;
        let _lane = if host.is_slow(self.clock.now()) { Some(acquire(&self.slow).await) } else { None };
        let place = self.take_turn(&host, gap).await?;
        let watch = Stopwatch { host: &host, clock: &self.clock, sent_at: self.clock.now() };
        let outcome = self.inner.send(request.clone()).await;
        drop(watch);
        let mut response = outcome?;
        response.place = Some(Place::new(place));
        if matches!(response.status.as_u16(), 429 | 503) {
            let now = self.clock.now();
            if let Some(wait) = response.retry_after(now) {
                host.close_until(clock::after(now, wait));
            }
        }
        Ok(response)
    }

    /// Waits until the host may be asked again and a global slot is free. One request of a host waits here, the others behind it.
    async fn take_turn(&self, host: &Host, gap: Duration) -> Result<OwnedSemaphorePermit, HttpError> {
        let _turn = host.turn.lock().await;
        let left = host.left(gap, self.clock.now());
        if !left.is_zero() {
            self.clock.sleep(left).await;
        }
        host.check(self.clock.now())?;
        let place = Arc::clone(&self.sources).acquire_owned().await.expect("no semaphore here is ever closed");
        let now = self.clock.now();
        host.check(now)?;
        host.start(now);
        Ok(place)
    }

    /// Asks the site's robots.txt about `url`; gives the delay it asks for.
    async fn ask_robots(&self, url: &Url) -> Result<Duration, HttpError> {
        let site = self.robots.site(url);
        let mut known = site.lock().await;
        if !known.is_fresh(self.clock.now()) {
            let mut address = url.clone();
            address.set_path("/robots.txt");
            address.set_query(None);
            address.set_fragment(None);
            // Fetched, not crawled: robots.txt does not ask itself.
            let outcome = self.send(Request::get(address, Purpose::Fetch)).await;
            let finding = robots_cache::find(outcome, &host_key(url))?;
            if let Finding::Rules(rules) = &finding {
                self.robots.weigh(rules);
            }
            known.learn(finding, self.clock.now());
        }
        let rules = known.rules(self.clock.now())?;
        drop(known);
        if rules.allows(url) {
            Ok(rules.crawl_delay().unwrap_or_default())
        } else {
            Err(HttpError::Robots { host: host_key(url), path: url.path().to_owned() })
        }
    }

    fn host(&self, url: &Url) -> Arc<Host> {
        let key = host_key(url);
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.by_key.get(&key) {
            return host.clone();
        }
        hosts.forget_idle(self.clock.now());
        let host = Arc::new(Host::new(key.clone(), &self.settings, self.settings.policy.allowed_private_host(url)));
        hosts.by_key.insert(key, host.clone());
        host
    }
}

impl<H: Http> Http for Polite<H> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        match request.purpose {
            Purpose::Crawl | Purpose::Fetch => Box::pin(self.follow(request)),
            Purpose::Deliver => Box::pin(self.deliver(request)),
        }
    }

    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        Box::pin(async move {
            self.host(&request.url).check(self.clock.now())?;
            self.inner.listen(request).await
        })
    }
}

async fn acquire(semaphore: &Semaphore) -> SemaphorePermit<'_> {
    semaphore.acquire().await.expect("no semaphore here is ever closed")
}

#[derive(Default)]
struct Hosts {
    by_key: HashMap<String, Arc<Host>>,
    forget_at: usize,
}

impl Hosts {
    /// Forgets the hosts whose state no longer matters, when there are many; if most are busy it waits until there are twice as many.
    fn forget_idle(&mut self, now: Timestamp) {
        if self.by_key.len() < self.forget_at.max(HOSTS_KEPT) {
            return;
        }
        self.by_key.retain(|_, host| Arc::strong_count(host) > 1 || !host.is_idle(now));
        self.forget_at = 2 * self.by_key.len();
    }
}

struct Host {
    key: String,
    /// The owner's own machine: neither spaced nor capped.
    is_private: bool,
    slots: Semaphore,
    turn: AsyncMutex<()>,
    state: Mutex<HostState>,
}

/// Notes how quick a host was, also if nobody waits for its answer any more.
struct Stopwatch<'a> {
    host: &'a Host,
    clock: &'a Clock,
    sent_at: Timestamp,
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        let now = self.clock.now();
        if clock::since(now, self.sent_at) > SLOW {
            self.host.state().slow_at = Some(now);
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
    fn new(key: String, settings: &PoliteSettings, is_private: bool) -> Self {
        let slots = if is_private { settings.in_flight_max } else { settings.in_flight_per_host_max };
        Host {
            key,
            is_private,
            slots: Semaphore::new(slots.max(1)),
            turn: AsyncMutex::default(),
            state: Mutex::default(),
        }
    }

    /// Ends in [`HttpError::Waiting`] while the host's `Retry-After` runs.
    fn check(&self, now: Timestamp) -> Result<(), HttpError> {
        match self.state().closed_until {
            Some(until) if is_closed(until, now) => Err(HttpError::Waiting { host: self.key.clone(), until }),
            Some(_) | None => Ok(()),
        }
    }

    fn close_until(&self, until: Timestamp) {
        let mut state = self.state();
        state.closed_until = state.closed_until.max(Some(until));
    }

    /// How much of `gap` is left since the last request began.
    fn left(&self, gap: Duration, now: Timestamp) -> Duration {
        match self.state().started_at {
            Some(started_at) if !self.is_private => gap.saturating_sub(clock::since(now, started_at)),
            Some(_) | None => Duration::ZERO,
        }
    }

    fn start(&self, now: Timestamp) {
        self.state().started_at = Some(now);
    }

    fn is_slow(&self, now: Timestamp) -> bool {
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

#[cfg(test)]
#[path = "polite_tests.rs"]
mod tests;
