//! `amends demo`: a make-believe street of review sites on loopback, half a year of history, and a story told live.
//!
//! Sites, guests, staff and telephones are played here; sources, store, loops, channels and the page are the real ones. It talks to
//! nothing but this machine, and it leaves nothing behind unless asked to. [`Street`], [`Phones`] and [`platforms`] serve tests as well.

mod dice;
mod elsewhere;
mod guests;
mod history;
mod milestone;
mod narrator;
mod phone;
mod plan;
pub mod platforms;
mod premises;
mod story;
mod street;
mod town;
mod turn;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{self, Outside},
    clock::{self, Clock},
    figures::IsoWeek,
    store::StoreError,
    web::{self, Face},
    work::supervise::Loops,
};

pub use dice::Dice;
pub use history::Told;
pub use milestone::Milestone;
pub use narrator::Colours;
pub use phone::{Phones, Ring};
pub use street::{HOTEL, PostId, Site, Street, Words};
pub use town::Stall;

use milestone::Done;
use narrator::Narrator;
use premises::{Folder, Plan, Premises, ZONE};
use story::Story;

/// Where the page is served, if that is free.
const PORT: u16 = 26363;
/// How long before the week's end the story begins, in seconds of this machine: enough for it to be over on a busy one.
const LEAD_SECS: f64 = 20.0;
/// How often the sites are looked at, in seconds of this machine.
const LOOK_SECS: f64 = 1.5;
/// How long before the story the half year ends, on the hotel's clock.
const QUIET: Duration = Duration::from_secs(20 * 60);
/// The greatest speed: above, the story would not fit between two reports.
pub const SPEED_MAX: f64 = 3600.0;

/// What the person at the terminal wants.
#[derive(Clone, Debug)]
pub struct Options {
    /// The same seed tells the same story.
    pub seed: u64,
    /// Seconds of the hotel's life per second, from 1 to [`SPEED_MAX`].
    pub speed: f64,
    /// End by itself after this long at the latest; without it the demo goes on until it is interrupted.
    pub ends_after: Option<Duration>,
    /// The kinds of the platforms that the hotel is on as well.
    pub with: Vec<String>,
    /// Where to keep the files.
    pub keep: Option<PathBuf>,
    /// Whether lines carry colours.
    pub colours: Colours,
}

/// How the demo ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All of the story happened, or it was interrupted without having promised an end.
    Well,
    /// Something did not happen; what, was said.
    Short,
}

/// Sees how far the import is: so many things done of so many.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Plays the demo and says how it ended.
///
/// # Errors
/// If this machine does not give what it takes: a folder, free ports.
pub async fn run(options: &Options, progress: Progress<'_>) -> anyhow::Result<Ending> {
    let narrator = Narrator::new(options.colours, zone());
    let done = Done::new(!options.with.is_empty());
    let folder = Folder::open(options.keep.as_deref())?;
    greet(&narrator, options);
    let play = Play { options, narrator: &narrator, done: &done, folder: &folder };
    let ended = match options.ends_after {
        None => tokio::select! {
            ended = play.play(progress) => ended,
            () = interrupted() => Ok(()),
        },
        Some(limit) => tokio::select! {
            ended = play.play(progress) => ended,
            () = interrupted() => Err(anyhow::anyhow!("it was interrupted")),
            () = tokio::time::sleep(limit) => Err(anyhow::anyhow!("the time given with --for was over")),
        },
    };
    Ok(play.conclude(ended))
}

/// Waits until somebody wants it to stop; then the folder is still removed.
async fn interrupted() {
    let mut terminate = signal(SignalKind::terminate()).ok();
    let terminated = async {
        match &mut terminate {
            Some(signal) => signal.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap_or(TimeZone::UTC)
}

fn greet(narrator: &Narrator, options: &Options) {
    narrator.heading(&format!("amends {} · DEMO", env!("CARGO_PKG_VERSION")));
    let kept = match &options.keep {
        None => "all of it is gone when it ends".to_owned(),
        Some(path) => format!("its files stay in {}", path.display()),
    };
    narrator.line(&format!(
        "Nothing here is real, nothing leaves this machine, and {kept}. The sites, the guests and the staff are invented; \
         the daemon is the real one. The same story again: --seed {}.",
        options.seed
    ));
    narrator.line("");
}

/// One run of the demo.
struct Play<'a> {
    options: &'a Options,
    narrator: &'a Narrator,
    done: &'a Done,
    folder: &'a Folder,
}

impl Play<'_> {
    async fn play(&self, progress: Progress<'_>) -> anyhow::Result<()> {
        let street = Street::open(self.options.seed).await.context("cannot open ports on this machine")?;
        let stalls: Vec<Arc<Stall>> = self
            .options
            .with
            .iter()
            .filter_map(|kind| platforms::find(kind))
            .map(|one| Arc::new(Stall::new(one)))
            .collect();
        let key = signing_key(self.options.seed);
        let phones = Phones::plug_in(&key).await.context("cannot open a port on this machine")?;
        let page = listen().await?;
        let speed = self.options.speed;
        let plan = Plan {
            street: &street,
            phones: (&phones, &format!("whsec_{}", STANDARD.encode(&key))),
            page: page.local_addr()?,
            stalls: &stalls,
            every_secs: (LOOK_SECS * speed).round().max(1.0) as u64,
        };
        let premises = Premises::open(self.folder, &plan)?;
        let starts_at = starts_at(Clock::system().now(), speed);
        self.import((&street, &phones), &premises, starts_at, progress).await?;
        elsewhere::furnish(&stalls, clock::before(starts_at, QUIET));

        let outside = premises.outside(Clock::simulated(starts_at, speed))?;
        let stop = CancellationToken::new();
        let _end = stop.clone().drop_guard();
        let pages = tokio::spawn(web::serve(page, face(&premises, &outside).await?, stop.clone()));
        let mut loops = app::start(&premises.wired, &outside, stop.child_token()).await?;
        let zone = zone();
        let story = Story {
            street: &street,
            stalls: &stalls,
            phones: &phones,
            premises: &premises,
            outside: &outside,
            narrator: self.narrator,
            done: self.done,
            zone: &zone,
            seed: self.options.seed,
            starts_at,
            speed,
        };
        self.narrator.heading(&format!("Sunday at {HOTEL}, {}", how_fast(speed)));
        self.narrator.line("");
        let told = tokio::select! {
            told = self.tell(&story) => told,
            died = died(&mut loops) => died,
        };
        stop.cancel();
        let _ = tokio::time::timeout(Duration::from_secs(5), pages).await;
        told
    }

    async fn import(
        &self,
        world: (&Street, &Phones),
        premises: &Premises,
        starts_at: Timestamp,
        progress: Progress<'_>,
    ) -> anyhow::Result<()> {
        let (street, phones) = world;
        let real = Clock::system();
        let began_at = real.now();
        let list = plan::plan(self.options.seed, clock::before(starts_at, QUIET));
        let (of, count) = (list.len() as u64, std::sync::atomic::AtomicU64::new(0));
        let step = || progress(count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, of);
        let told = history::play(list, premises, street, &step).await?;
        self.done.note(Milestone::Imported);
        self.narrator.line(&format!("{HOTEL}, half a year on three pretend review sites"));
        self.narrator.line(&format!(
            "  {} reviews over {} weeks, {} of them bad; {} seen turned around, {} seen removed",
            told.reviews,
            plan::WEEKS,
            told.bad,
            told.turned,
            told.removed
        ));
        self.narrator.line(&format!(
            "  {} steps of the staff, {} signed messages to their telephones",
            told.steps,
            phones.count()
        ));
        self.narrator.line(&format!(
            "  imported through the same code as real reviews in {:.1} s",
            clock::since(real.now(), began_at).as_secs_f64()
        ));
        self.narrator.line("");
        for site in Site::ALL {
            self.narrator.whole(&format!("   {:<13} {}", site.name(), street.page(site)));
        }
        self.narrator.whole(&format!("   {:<13} {}", "amends", premises.page()));
        Ok(())
    }

    /// The story, and then, unless the demo is to end by itself, whatever the person at the terminal does.
    async fn tell(&self, story: &Story<'_>) -> anyhow::Result<()> {
        let trouble = story.tell().await?;
        if !story.stalls.is_empty() {
            self.narrator.heading("The same on the platforms, played behind their real addresses");
            self.narrator.line("");
            elsewhere::everywhere(story).await?;
        }
        match self.options.ends_after {
            Some(_) => Ok(()),
            None => {
                self.checklist();
                turn::yours(story, &trouble).await
            }
        }
    }

    fn checklist(&self) {
        self.narrator.heading("What happened");
        for &milestone in self.done.awaited() {
            match self.done.has(milestone) {
                true => self.narrator.happened_in_list(milestone.in_words()),
                false => self.narrator.missing_in_list(milestone.in_words()),
            }
        }
    }

    /// Says how it ended.
    fn conclude(&self, ended: anyhow::Result<()>) -> Ending {
        let missing = self.done.missing();
        match &ended {
            Ok(()) if self.options.ends_after.is_none() => {}
            Ok(()) => self.checklist(),
            Err(why) => {
                self.checklist();
                self.narrator.line("");
                self.narrator.line(&format!("Not all of it happened: {why:#}"));
            }
        }
        self.narrator.line("");
        match self.options.keep.is_some() {
            true => {
                self.narrator.line("Look around in what was kept:");
                for command in ["status", "cases", "report"] {
                    self.narrator.whole(&format!("   amends --config {} {command}", self.folder.config().display()));
                }
            }
            false => self.narrator.line("The demo is over, and its files are gone. For your own house: amends init"),
        }
        match ended.is_ok() && (self.options.ends_after.is_none() || missing.is_empty()) {
            true => Ending::Well,
            false => Ending::Short,
        }
    }
}

fn how_fast(speed: f64) -> String {
    if (speed - 1.0).abs() < f64::EPSILON { "as fast as life".to_owned() } else { format!("{speed}× as fast as life") }
}

/// The last Monday's first minute is the end of the story's week, so that everything lies in the past of real clocks.
fn starts_at(now: Timestamp, speed: f64) -> Timestamp {
    let monday = IsoWeek::of(now, &zone()).starts_at(&zone());
    clock::before(monday, Duration::from_secs_f64(LEAD_SECS * speed))
}

/// The secret between the daemon and the make-believe telephones; it guards nothing.
fn signing_key(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed ^ 0x5e_c2e7);
    (0..32).map(|_| dice.between(0, 255) as u8).collect()
}

async fn listen() -> anyhow::Result<TcpListener> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(at(PORT)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(at(0)).await.context("cannot open a port on this machine"),
    }
}

async fn face(premises: &Premises, outside: &Outside) -> Result<Face, StoreError> {
    Ok(Face {
        store: outside.store.clone(),
        clock: outside.clock.clone(),
        house: watch::channel(Arc::clone(&premises.wired.house)).1,
        inlets: watch::channel(outside.inlets(&premises.wired).await?).1,
        metrics: Arc::clone(&outside.metrics),
        key: outside.signing_key().await?,
        ready: watch::channel(true).1,
        ask_rules: app::ask_rules(),
        listen: Ipv4Addr::LOCALHOST.into(),
        limits: web::Limits::default(),
    })
}

async fn died(loops: &mut Loops) -> anyhow::Result<()> {
    loops.ended().await.context("a vital part of the daemon failed")?;
    anyhow::bail!("every part of the daemon ended by itself")
}
