//! The composition root: configuration → adapters, store, http, mail, clock → loops; the order of start and stop, and reload.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    channels::{self, Channel},
    clock::Clock,
    config::{self, Config, Level, Loaded, Problem, Section, Shape, Shapes},
    http::{Client, ClientSettings, Http, Policy, Polite, PoliteSettings, Purpose},
    mail::{Mailer, SmtpMailer},
    schedule::budget::Quota,
    secret::Secret,
    sources::{self, Robots},
    store::{Store, StoreError, meta},
    terms::AskRule,
    work::{
        budget::Budget,
        deliver::{self, NoMailer, Outlet},
        house::House,
        ingest::Choices,
        metrics::Metrics,
        poll::{Ground, Watched},
        prune::{self, Keep},
        receive::Inlets,
        report,
        roster::{self, Bell},
        supervise::{Loops, Vital},
        watch,
    },
};

/// How often a source is looked at, unless the owner or its kind says otherwise.
const EVERY_DEFAULT: Duration = Duration::from_secs(15 * 60);
/// How often open cases beyond the window are looked at, unless the owner says otherwise.
const REVISIT_DEFAULT: Duration = Duration::from_secs(6 * 3600);
/// More new reviews than this at once are odd, unless the owner says otherwise.
const SURGE_DEFAULT: u32 = 20;

/// What both registries declare, for the configuration to check against.
#[must_use]
pub fn shapes() -> Shapes {
    Shapes {
        sources: sources::ALL
            .iter()
            .map(|kind| Shape { name: kind.name, schema: (kind.schema)(), example: kind.example })
            .collect(),
        channels: channels::ALL
            .iter()
            .map(|kind| Shape { name: kind.name, schema: (kind.schema)(), example: kind.example })
            .collect(),
    }
}

/// A configuration with its adapters built.
pub struct Wired {
    /// The sources.
    pub watched: Vec<Arc<Watched>>,
    /// Asks for looks at them before their time.
    pub bell: Arc<Bell>,
    /// The channels by name.
    pub channels: Vec<(String, Arc<dyn Channel>)>,
    /// What the owner decided.
    pub house: Arc<House>,
    /// When the weekly report is sent.
    pub weekly: crate::schedule::CalendarRule,
    /// How long words are kept.
    pub keep: Keep,
}

/// Builds every adapter of a configuration.
///
/// # Errors
/// With every adapter's problem, at its place in the file.
pub fn wire(loaded: &Loaded) -> Result<Wired, Vec<Problem>> {
    let config = &loaded.config;
    let policy = Policy::new(config.http.allow_private.clone());
    let mut problems = Vec::new();
    let mut watched = Vec::new();
    let bell = Arc::<Bell>::default();
    for (index, _) in config.sources.iter().enumerate() {
        match build_source(loaded, index, (&policy, &bell)) {
            Ok(source) => watched.push(source),
            Err(problem) => problems.push(problem),
        }
    }
    let mut built = Vec::new();
    for (index, entry) in config.channels.iter().enumerate() {
        match build_channel(loaded, index) {
            Ok(channel) => built.push((entry.name.clone(), channel)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    share_budgets(config, &mut watched);
    let needs_address: BTreeMap<&str, bool> = config
        .channels
        .iter()
        .zip(&built)
        .map(|(entry, (_, channel))| (entry.kind.as_str(), channel.needs_address()))
        .collect();
    let house = House::new(config, |kind| needs_address.get(kind).copied().unwrap_or(false));
    // Not collected in place: that would keep the room of the values for pointers to them.
    let mut shared = Vec::with_capacity(watched.len());
    shared.extend(watched.into_iter().map(Arc::new));
    Ok(Wired {
        watched: shared,
        bell,
        channels: built,
        house: Arc::new(house),
        weekly: config.report.weekly.clone(),
        keep: keep(config),
    })
}

/// Sources of one kind share its quota: the strictest that the owner gives, else the platform's own.
fn share_budgets(config: &Config, watched: &mut [Watched]) {
    for kind in sources::ALL {
        let own = config.sources.iter().filter(|entry| entry.kind == kind.name).filter_map(|entry| entry.quota);
        let per_second = |quota: &Quota| f64::from(quota.calls) / quota.window.as_secs_f64();
        let own = own.min_by(|a, b| per_second(a).total_cmp(&per_second(b)));
        let Some(quota) = own.or_else(|| kind.quota?.parse().ok()) else { continue };
        let members = || watched.iter().filter(|one| one.kind == kind.name && one.source.is_polled());
        let budget = Budget::new(kind.name, quota, members().map(|one| (one.name.clone(), one.every)));
        let budget = Arc::new(budget);
        for one in watched.iter_mut().filter(|one| one.kind == kind.name) {
            one.budget = Some(Arc::clone(&budget));
        }
    }
}

fn build_source(loaded: &Loaded, index: usize, (policy, bell): (&Policy, &Arc<Bell>)) -> Result<Watched, Problem> {
    let entry = &loaded.config.sources[index];
    let unknown =
        || loaded.problem(Level::Error, &format!("source.{index}.kind"), "this kind of source does not exist");
    let kind = sources::find(&entry.kind).ok_or_else(unknown)?;
    let source =
        (kind.build)(entry.settings.clone()).map_err(|error| loaded.problem_at(Section::Source, index, &error))?;
    let every = entry.every.map_or(EVERY_DEFAULT.max(kind.interval_min), |span| span.0);
    let addresses = source.addresses();
    let private = !addresses.is_empty() && addresses.iter().all(|url| policy.allowed_private_host(url));
    if every < kind.interval_min && !private {
        let least = crate::schedule::Span(kind.interval_min);
        let message = format!(
            "`every` is shorter than {least}, the shortest polite interval of `{}`; write \"{least}\" or longer",
            kind.name
        );
        return Err(loaded.problem(Level::Error, &format!("source.{index}.every"), &message));
    }
    Ok(Watched {
        name: entry.name.clone(),
        kind: kind.name,
        location: entry.location.clone().unwrap_or_default(),
        source: Arc::from(source),
        every,
        revisit_every: entry.revisit_every.map_or(REVISIT_DEFAULT, |span| span.0),
        purpose: match (kind.robots, entry.mine) {
            (Robots::Asked, false) => Purpose::Crawl,
            (Robots::Asked, true) | (Robots::ByContract, _) => Purpose::Fetch,
        },
        choices: Choices {
            surge_max: u64::from(entry.surge_max.unwrap_or(SURGE_DEFAULT)),
            open_recent: entry.open_recent.map(|span| span.0),
        },
        budget: None,
        bell: Arc::clone(bell),
    })
}

fn build_channel(loaded: &Loaded, index: usize) -> Result<Arc<dyn Channel>, Problem> {
    let entry = &loaded.config.channels[index];
    let unknown =
        || loaded.problem(Level::Error, &format!("channel.{index}.kind"), "this kind of channel does not exist");
    let kind = channels::find(&entry.kind).ok_or_else(unknown)?;
    let channel =
        (kind.build)(entry.settings.clone()).map_err(|error| loaded.problem_at(Section::Channel, index, &error))?;
    Ok(Arc::from(channel))
}

fn keep(config: &Config) -> Keep {
    Keep {
        all: config.store.keep.map(|span| span.0),
        kinds: sources::ALL.iter().map(|kind| (kind.name, kind.terms.retention)).collect(),
    }
}

/// The rule for asking, by kind of source.
#[must_use]
pub fn ask_rules() -> BTreeMap<String, AskRule> {
    sources::ALL.iter().map(|kind| (kind.name.to_owned(), kind.terms.ask)).collect()
}

/// The rule for asking on one kind of source; a kind that is gone leaves it to the owner.
#[must_use]
pub fn ask_rule(kind: &str) -> AskRule {
    sources::find(kind).map_or(AskRule::OwnerDecides, |kind| kind.terms.ask)
}

/// What lies outside the program: the disk, the network, the mail server, the time.
#[derive(Clone)]
pub struct Outside {
    /// The database.
    pub store: Store,
    /// The way out over HTTP.
    pub http: Arc<dyn Http>,
    /// The way out by mail.
    pub mailer: Arc<dyn Mailer>,
    /// The time.
    pub clock: Clock,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

/// The real way out over HTTP, with manners.
///
/// # Errors
/// If no TLS roots can be loaded.
pub fn open_http(config: &Config, clock: &Clock) -> anyhow::Result<Arc<dyn Http>> {
    let client = Client::new(ClientSettings::from_config(&config.http))?;
    Ok(Arc::new(Polite::new(client, PoliteSettings::from_config(&config.http), clock.clone())))
}

/// The real way out by mail; without `[smtp]` one that says so.
///
/// # Errors
/// If the settings cannot be used.
pub fn open_mailer(config: &Config, clock: &Clock) -> anyhow::Result<Arc<dyn Mailer>> {
    match &config.smtp {
        None => Ok(Arc::new(NoMailer)),
        Some(smtp) => Ok(Arc::new(SmtpMailer::new(smtp, clock.clone())?)),
    }
}

impl Outside {
    /// What the loops share.
    #[must_use]
    pub fn ground(&self, house: &Arc<House>) -> Ground {
        Ground {
            store: self.store.clone(),
            http: Arc::clone(&self.http),
            clock: self.clock.clone(),
            house: Arc::clone(house),
            metrics: Arc::clone(&self.metrics),
        }
    }

    /// Where the sources of a configuration are pushed to.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn inlets(&self, wired: &Wired) -> Result<Arc<Inlets>, StoreError> {
        Ok(Arc::new(Inlets::new(&wired.watched, &self.signing_key().await?)))
    }

    /// The key that signs links.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn signing_key(&self) -> Result<Secret, StoreError> {
        self.store.write(meta::signing_key).await
    }
}

/// Starts every loop: deliverers first, so that nothing waits for them, then deadlines and reports, then the sources.
///
/// # Errors
/// If the database cannot be written.
pub async fn start(wired: &Wired, outside: &Outside, stop: CancellationToken) -> Result<Loops, StoreError> {
    let mut loops = Loops::new(stop);
    let ground = outside.ground(&wired.house);
    let key = outside.signing_key().await?;
    deliver::rescue_orphans(&ground, wired.channels.iter().map(|(name, _)| name.clone()).collect()).await?;
    for (name, channel) in &wired.channels {
        let outlet = Outlet {
            name: name.clone(),
            channel: Arc::clone(channel),
            mailer: Arc::clone(&outside.mailer),
            key: key.clone(),
        };
        let (ground, stop) = (ground.clone(), loops.stop());
        loops.start(format!("channel {name}"), Vital::Yes, move || {
            deliver::deliver(ground.clone(), outlet.clone(), stop.clone())
        });
    }
    let (deadlines, stop) = (ground.clone(), loops.stop());
    loops.start("deadlines".to_owned(), Vital::Yes, move || watch::watch_deadlines(deadlines.clone(), stop.clone()));
    let (reports, weekly) = (ground.clone(), wired.weekly.clone());
    loops.start("weekly report".to_owned(), Vital::No, move || report::report_weekly(reports.clone(), weekly.clone()));
    let (upkeep, keep) = (ground.clone(), wired.keep.clone());
    loops.start("upkeep".to_owned(), Vital::No, move || prune::prune_always(upkeep.clone(), keep.clone()));
    let polled: Vec<_> = wired.watched.iter().filter(|watched| watched.source.is_polled()).cloned().collect();
    let (ground, bell) = (Arc::new(ground), Arc::clone(&wired.bell));
    loops.start("sources".to_owned(), Vital::No, move || {
        roster::keep(Arc::clone(&ground), polled.clone(), Arc::clone(&bell))
    });
    Ok(loops)
}

/// Where the database of a configuration lies.
#[must_use]
pub fn data_dir(loaded: &Loaded, paths: &config::Paths) -> PathBuf {
    loaded.config.store.dir.clone().unwrap_or_else(|| paths.data.clone())
}
