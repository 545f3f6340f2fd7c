//! A whole house in one process, under a clock that only sleeping moves: real configuration, real loops, real database, make-believe
//! sites and receivers. It speaks of guests, staff and alerts, and knows no socket.
//!
//! When it is left, it asserts that the outbox is empty, that nobody was asked for anything unexpected, and that every alert was
//! expected by the test.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use amends::{
    app::{self, Outside, Wired},
    clock::{self, Clock},
    config::{self, Access, Loaded, ReadFile, SourceFile},
    figures::IsoWeek,
    http::{FakeWeb, Polite, PoliteSettings},
    id::CaseId,
    report::Weekly,
    schedule::CalendarRule,
    store::{
        Store, alerts,
        cases::{self, CaseFile, Which},
        health,
        sources::{self, SourceRow},
    },
    work::{house::House, metrics::Metrics, poll::Watched, report, supervise::Loops},
};
use futures_util::FutureExt;
use jiff::{Timestamp, tz::TimeZone};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

mod desk;
mod site;
mod staff;

pub use desk::{Message, Mood};
pub use site::{Guest, Site};

use desk::{Desks, Post};
use staff::Staff;

/// One hotel, one page, one desk: the smallest house.
pub const SMALL: &str = r#"
[[location]]
name = "Hotel Alpenblick"
timezone = "Europe/Vienna"

[[source]]
name = "Pretendvisor"
kind = "page"
url = "https://pretendvisor.example/hotel"
every = "15m"

[[channel]]
name = "desk"
kind = "webhook"
url = "https://desk.example/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"#;

/// A house with working hours, two sources, two people one after the other, a boss who reads the report, and an admin.
pub const HOUSE: &str = r#"
[[location]]
name = "Hotel Alpenblick"
timezone = "Europe/Vienna"
calendar = "desk"
take_within = "2h"
contact_within = "6h"
tell_within = "36h"

[calendar.desk]
hours = "Mon-Sun 08:00-20:00"

[[source]]
name = "Pretendvisor"
kind = "page"
url = "https://pretendvisor.example/hotel"
every = "15m"

[[source]]
name = "Shop"
kind = "json"
url = "https://shop.example/api/reviews"
every = "15m"
items = ".reviews[]"
fields = { id = ".id", author = ".author", rating = ".stars", text = ".text", posted_at = ".day", reply = ".reply" }

[[channel]]
name = "desk"
kind = "webhook"
url = "https://desk.example/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

[[channel]]
name = "boss"
kind = "webhook"
url = "https://boss.example/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

[[channel]]
name = "admin"
kind = "webhook"
url = "https://admin.example/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

[[person]]
name = "Maria"
channels = ["desk"]

[[person]]
name = "Georg"
channels = ["boss"]
hours = "Mon-Sun 07:00-22:00"

[[route]]
to = ["Maria"]
then = ["Georg"]
then_after = "45m"

[[route]]
admin = true
to = ["admin"]

[report]
to = ["boss"]
"#;

/// A Monday in Vienna, four weeks before the clocks change.
const BEGINS_AT: &str = "2026-03-02T08:30:00+01:00";

pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

pub const fn days(count: u64) -> Duration {
    hours(count * 24)
}

/// The whole make-believe house and everything round it.
pub struct World {
    folder: TempDir,
    loaded: Loaded,
    pub clock: Clock,
    zone: TimeZone,
    pub web: FakeWeb,
    sites: BTreeMap<String, Site>,
    desks: Desks,
    running: Option<Running>,
    log: Log,
    _logging: tracing::subscriber::DefaultGuard,
}

/// What the daemon logs, in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_ansi(false);
        tracing::subscriber::set_default(lines.with_writer(move || log.clone()).finish())
    }
}

struct Running {
    outside: Outside,
    wired: Wired,
    loops: Loops,
    stop: CancellationToken,
}

impl World {
    /// Opens a house: every `page` and `json` source becomes a site, every `webhook` channel a receiver of its name.
    pub async fn open(config: &str) -> World {
        World::open_at(BEGINS_AT, config).await
    }

    /// Opens a house at another time.
    pub async fn open_at(begins_at: &str, config: &str) -> World {
        let mut world = World::built(begins_at, config);
        world.start().await;
        world
    }

    /// A house that nobody has switched on yet.
    pub fn built(begins_at: &str, config: &str) -> World {
        let clock = Clock::simulated(begins_at.parse().unwrap(), 1.0);
        let loaded = load(config);
        let zone = loaded.config.locations[0].timezone.0.clone();
        let (web, desks) = (FakeWeb::new(), Desks::new(clock.clone()));
        let mut sites = BTreeMap::new();
        for entry in loaded.config.sources.iter().filter(|entry| ["page", "json"].contains(&entry.kind.as_str())) {
            let url = entry.settings["url"].as_str().unwrap();
            sites.insert(entry.name.clone(), Site::open(&web, (&entry.kind, url), clock.clone()));
        }
        for entry in loaded.config.channels.iter().filter(|entry| entry.kind == "webhook") {
            desks.open(&web, &entry.name, entry.settings["url"].as_str().unwrap());
        }
        let log = Log::default();
        let logging = log.listen();
        let folder = tempfile::tempdir().unwrap();
        World { folder, loaded, clock, zone, web, sites, desks, running: None, log, _logging: logging }
    }

    /// Starts the daemon on the database that is there.
    pub async fn start(&mut self) {
        let wired = app::wire(&self.loaded).unwrap_or_else(|problems| panic!("{problems:?}"));
        let polite = PoliteSettings::from_config(&self.loaded.config.http);
        let outside = Outside {
            store: Store::open(self.folder.path()).unwrap(),
            http: Arc::new(Polite::new(self.web.clone(), polite, self.clock.clone())),
            mailer: Arc::new(Post::new(self.desks.clone())),
            clock: self.clock.clone(),
            metrics: Arc::new(Metrics::default()),
        };
        let stop = CancellationToken::new();
        let loops = app::start(&wired, &outside, stop.clone()).await.unwrap();
        self.running = Some(Running { outside, wired, loops, stop });
        self.settle().await;
    }

    /// Ends the daemon; nothing but the database stays.
    pub async fn stop(&mut self) {
        let mut running = self.running.take().expect("the daemon runs");
        running.stop.cancel();
        running.loops.ended().await.unwrap();
        drop(running);
        self.settle().await;
    }

    /// Ends the daemon and starts it anew.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Puts another configuration in force by a restart.
    pub async fn reconfigure(&mut self, config: &str) {
        self.stop().await;
        self.loaded = load(config);
        for entry in self.loaded.config.channels.iter().filter(|entry| entry.kind == "webhook") {
            self.desks.open(&self.web, &entry.name, entry.settings["url"].as_str().unwrap());
        }
        self.start().await;
    }

    /// The site of a source.
    pub fn site(&self, source: &str) -> Site {
        self.sites[source].clone()
    }

    /// A person who works with cases.
    pub fn staff<'a>(&'a self, name: &'a str) -> Staff<'a> {
        Staff { world: self, name }
    }

    /// Tells how a receiver answers from now on.
    pub fn desk_is(&self, desk: &str, mood: Mood) {
        self.desks.set_mood(desk, mood);
    }

    /// How often a receiver was knocked at so far, whatever it answered.
    pub fn knocks(&self, desk: &str) -> usize {
        self.desks.knocks(desk)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// "Mon 2 Mar 08:30" in the first location's zone.
    pub fn wall_clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%a %-d %b %H:%M").to_string()
    }

    /// Lives on for a span.
    pub async fn pass(&self, span: Duration) {
        self.clock.sleep(span).await;
        self.settle().await;
    }

    /// Lives on until the next such time: "Mon 09:00".
    pub async fn at(&self, time: &str) {
        let rule: CalendarRule = time.parse().unwrap();
        self.clock.sleep_until(rule.next(self.now(), &self.zone).unwrap()).await;
        self.settle().await;
    }

    /// Lets everything that is due now happen: paused time moves on only when nothing is left to do.
    async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// Expects that a receiver hears something.
    pub fn expect_alert<'a>(&'a self, desk: &'a str) -> Expected<'a> {
        Expected { world: self, desk }
    }

    /// Lives on for a span in which no receiver hears anything.
    pub async fn nobody_hears(&self, span: Duration) {
        self.pass(span).await;
        let heard = self.desks.unheard();
        assert!(heard.is_empty(), "nobody should have heard anything, but: {heard:#?}");
    }

    /// Everything that was not expected yet, as (receiver, event, wall clock), in order of time.
    pub fn hear_all(&self) -> Vec<(String, String, String)> {
        let mut all = self.desks.take_all();
        all.sort_by_key(|(_, message)| message.at);
        all.into_iter().map(|(desk, message)| (desk, message.event, self.wall_clock(message.at))).collect()
    }

    /// Everything that one receiver heard and the test did not expect yet.
    pub fn heard_by(&self, desk: &str) -> Vec<Message> {
        self.desks.take(desk)
    }

    /// Lets the first looks pass and their summaries go by.
    pub async fn past_baseline(&self) {
        self.pass(minutes(1)).await;
        let heard = self.hear_all();
        assert!(heard.iter().all(|(_, event, _)| event == "source.baseline"), "{heard:?}");
    }

    /// Switches a channel on again, as `amends channel test` does once it works.
    pub async fn mend(&self, channel: &str) {
        let name = channel.to_owned();
        self.store().write(move |tx| alerts::mend_channel(tx, &name)).await.unwrap();
        self.settle().await;
    }

    /// Ends a world in which deliveries were given up on purpose.
    pub fn leave(mut self) {
        self.running = None;
    }

    /// Warnings and errors that the daemon logged so far.
    pub fn log(&self) -> String {
        String::from_utf8(self.log.0.lock().unwrap().clone()).unwrap()
    }

    /// Whether every vital loop still runs.
    pub fn is_alive(&mut self) -> bool {
        let running = self.running.as_mut().expect("the daemon runs");
        running.loops.ended().now_or_never().is_none()
    }

    /// The sources as they are wired.
    pub fn watched(&self) -> &[Arc<Watched>] {
        &self.running.as_ref().expect("the daemon runs").wired.watched
    }

    /// What taking in a push needs.
    pub fn ground(&self) -> (&Store, &Clock, &Arc<House>, &Metrics) {
        let running = self.running.as_ref().expect("the daemon runs");
        (&running.outside.store, &running.outside.clock, &running.wired.house, &running.outside.metrics)
    }

    pub fn store(&self) -> &Store {
        &self.running.as_ref().expect("the daemon runs").outside.store
    }

    pub fn case(&self, id: i64) -> CaseFile {
        self.store().read_now(|tx| cases::file(tx, CaseId(id))).unwrap()
    }

    pub fn open_cases(&self) -> usize {
        self.store().read_now(|tx| cases::list(tx, Which::Open)).unwrap().len()
    }

    pub fn counts(&self) -> health::Counts {
        self.store().read_now(health::counts).unwrap()
    }

    pub fn source(&self, name: &str) -> SourceRow {
        self.store().read_now(|tx| sources::by_name(tx, name)).unwrap().unwrap()
    }

    /// The report of the last full week at a location, by the one function behind mail, command and JSON.
    pub fn report(&self, location: &str) -> Weekly {
        let house = Arc::clone(&self.running.as_ref().expect("the daemon runs").wired.house);
        let (place, now) = (house.place(location), self.now());
        let week = IsoWeek::last_over(now, &place.zone);
        self.store().read_now(|tx| report::weekly(tx, &place, week, now)).unwrap()
    }

    /// How often the sites were asked since the beginning, robots.txt left out.
    pub fn asked(&self, prefix: &str) -> usize {
        let requests = self.web.requests();
        requests
            .iter()
            .filter(|request| request.url.as_str().starts_with(prefix) && request.url.path() != "/robots.txt")
            .count()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Some(running) = &self.running {
            let counts = running.outside.store.read_now(health::counts).unwrap();
            assert_eq!((counts.outbox, counts.given_up), (0, 0), "deliveries that wait, and that were given up");
            assert_eq!(running.outside.store.read_now(cases::stale).unwrap(), []);
        }
        let unexpected = self.web.unexpected();
        assert!(unexpected.is_empty(), "unexpected requests: {unexpected:#?}");
        let unheard = self.desks.unheard();
        assert!(unheard.is_empty(), "alerts that the test did not expect: {unheard:#?}");
    }
}

/// An alert that must come.
pub struct Expected<'a> {
    world: &'a World,
    desk: &'a str,
}

impl Expected<'_> {
    /// Waits for it at most so long.
    pub async fn within(self, span: Duration) -> Message {
        let until = clock::after(self.world.now(), span);
        loop {
            if let Some(message) = self.world.desks.take_next(self.desk) {
                self.world.settle().await;
                return message;
            }
            let left = clock::since(until, self.world.now());
            let rang = tokio::time::timeout(left, self.world.desks.ring(self.desk)).await;
            assert!(
                rang.is_ok(),
                "{} heard nothing within {span:?}; others heard {:#?}",
                self.desk,
                self.world.desks.unheard()
            );
        }
    }
}

fn load(text: &str) -> Loaded {
    let read = ReadFile { bytes: text.as_bytes().to_vec(), access: Access::Owner };
    let file = SourceFile { name: "amends.toml".to_owned(), read };
    let absent = |_: &Path| Err(io::ErrorKind::NotFound.into());
    let outside = config::Outside { env: &|_| None, read: &absent };
    config::assemble(vec![file], Path::new("."), &outside, &app::shapes())
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}
