//! `amends run`: the daemon in the foreground, for a terminal, systemd or a container.

use std::{io::IsTerminal, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};
use tokio_util::sync::CancellationToken;
use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, Registry, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::{
    Exit,
    context::{Context, NUDGE, env, runtime},
};
use crate::{
    app::{self, Outside, Wired},
    config::{self, Former, Loaded},
    store, text,
    web::{self, Face},
    work::{house::House, receive::Inlets, supervise::Loops},
};

/// How often the watchdog of systemd is told that the database still answers.
const ALIVE_EVERY: Duration = Duration::from_secs(20);

/// How long stopping may take.
const STOP_MAX: Duration = Duration::from_secs(20);

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One line of words.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How log lines look
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
}

/// Sends log lines to standard error; `AMENDS_LOG` filters them, as in `AMENDS_LOG=debug` or `AMENDS_LOG=amends=debug,warn`.
pub fn start_logging(format: LogFormat) {
    let wanted = env("AMENDS_LOG").filter(|wanted| !wanted.is_empty()).map(|wanted| wanted.parse::<Targets>());
    let usual = || Targets::new().with_target("amends", Level::INFO).with_default(Level::WARN);
    let (filter, unknown) = match wanted.transpose() {
        Ok(wanted) => (wanted.unwrap_or_else(usual), None),
        Err(error) => (usual(), Some(error)),
    };
    let colours = std::io::stderr().is_terminal() && env("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours);
    let lines = match format {
        LogFormat::Json => lines.json().boxed(),
        // The journal has its own clock.
        LogFormat::Text if env("JOURNAL_STREAM").is_some() => lines.without_time().boxed(),
        LogFormat::Text => lines.boxed(),
    };
    let started = filtered(filter, lines).try_init();
    // A second start in one process (tests) keeps the first.
    drop(started);
    if let Some(error) = unknown {
        tracing::warn!(%error, "AMENDS_LOG is not understood, so the usual lines are written");
    }
}

/// What takes log lines in. It lets callers know beforehand which levels it never writes: a line that is asked about and then thrown away
/// costs time, and the parser of HTML has some for each letter.
fn filtered<L: Layer<Registry> + Send + Sync>(filter: Targets, lines: L) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry().with(lines).with(filter)
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    start_logging(args.log_format);
    let (loaded, wired) = context.wire()?;
    let dir = app::data_dir(&loaded, &context.paths);
    runtime()?.block_on(async {
        // Signals before the claim: whoever reads in the lock file whom to signal must not end a daemon that has just begun.
        let signals = Signals::new()?;
        let _claim = store::claim(&dir, store::Holder::Daemon)?;
        serve(context, (loaded, wired), signals).await
    })?;
    Ok(Exit::Fine)
}

async fn serve(context: &Context, configured: (Loaded, Wired), signals: Signals) -> anyhow::Result<()> {
    let (loaded, wired) = configured;
    let outside = context.outside(&loaded)?;
    let stop = CancellationToken::new();
    let (houses, house) = watch::channel(Arc::clone(&wired.house));
    let (openings, inlets) = watch::channel(outside.inlets(&wired).await?);
    let (readiness, ready) = watch::channel(false);
    let listen = loaded.config.web.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; is another amends running? else choose another [web] listen")
    })?;
    let face = Face {
        store: outside.store.clone(),
        clock: outside.clock.clone(),
        house,
        inlets,
        metrics: Arc::clone(&outside.metrics),
        key: outside.signing_key().await?,
        ready,
        ask_rules: app::ask_rules(),
        listen: listen.ip(),
        limits: web::Limits::default(),
    };
    let web = tokio::spawn(web::serve(listener, face, stop.clone()));
    let alive = tokio::spawn(stay_alive(outside.clone()));
    let former = Former::new(loaded.into_config());
    let mut daemon = Daemon { context, listen, former, wired, outside, houses, openings, readiness, signals };
    let ended = daemon.go_on(&stop).await;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    alive.abort();
    stop.cancel();
    let _ = tokio::time::timeout(STOP_MAX, web).await;
    ended
}

/// The signals that the daemon listens to.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    nudge: Signal,
}

/// What a signal asks for.
enum Asked {
    Stop,
    Reload,
    /// A command has written to the database.
    LookAgain,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            nudge: signal(SignalKind::from_raw(NUDGE.as_raw()))?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hangup.recv() => Asked::Reload,
            _ = self.nudge.recv() => Asked::LookAgain,
        }
    }
}

struct Daemon<'a> {
    context: &'a Context,
    listen: SocketAddr,
    former: Former,
    wired: Wired,
    outside: Outside,
    houses: watch::Sender<Arc<House>>,
    openings: watch::Sender<Arc<Inlets>>,
    readiness: watch::Sender<bool>,
    signals: Signals,
}

impl Daemon<'_> {
    /// Runs until it is asked to stop; each reload with a good configuration is a new round.
    async fn go_on(&mut self, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            let round = stop.child_token();
            let mut loops = app::start(&self.wired, &self.outside, round.clone()).await?;
            self.readiness.send_replace(true);
            self.announce();
            let asked = self.until_asked(&mut loops).await;
            round.cancel();
            if tokio::time::timeout(STOP_MAX, loops.ended()).await.is_err() {
                tracing::warn!("Some work did not end in time; what it had not finished is done after the next start");
            }
            match asked? {
                None => return Ok(()),
                Some((loaded, wired)) => self.change_to(loaded, wired).await?,
            }
        }
    }

    /// Waits for a stop (`None`) or for a reload whose configuration is good.
    async fn until_asked(&mut self, loops: &mut Loops) -> anyhow::Result<Option<(Loaded, Wired)>> {
        loop {
            let asked = tokio::select! {
                ended = loops.ended() => {
                    ended.context("a vital part of the daemon failed; it ends so that it can be started again")?;
                    anyhow::bail!("every part of the daemon ended by itself");
                }
                asked = self.signals.next() => asked,
            };
            match asked {
                Asked::Stop => {
                    tracing::info!("Stopping");
                    return Ok(None);
                }
                Asked::LookAgain => self.outside.store.wake(),
                Asked::Reload => match self.context.wire() {
                    Ok(new) => return Ok(Some(new)),
                    Err(error) => tracing::error!("Not reloaded, the former configuration stays: {error:#}"),
                },
            }
        }
    }

    async fn change_to(&mut self, loaded: Loaded, wired: Wired) -> anyhow::Result<()> {
        let changes = config::changes(&self.former, &loaded.config);
        for line in &changes {
            tracing::info!("Reloaded: {line}");
        }
        if changes.is_empty() {
            tracing::info!("Reloaded: nothing changed");
        }
        self.outside.http = app::open_http(&loaded.config, &self.outside.clock)?;
        self.outside.mailer = app::open_mailer(&loaded.config, &self.outside.clock)?;
        self.houses.send_replace(Arc::clone(&wired.house));
        self.openings.send_replace(self.outside.inlets(&wired).await?);
        (self.former, self.wired) = (Former::new(loaded.into_config()), wired);
        Ok(())
    }

    fn announce(&self) {
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        tracing::info!(
            "amends {} is up: {}, {}, http://{}",
            env!("CARGO_PKG_VERSION"),
            text::count(self.wired.watched.len(), "source", "sources"),
            text::count(self.wired.channels.len(), "channel", "channels"),
            self.listen
        );
    }
}

/// Feeds the watchdog of systemd for as long as the database answers.
async fn stay_alive(outside: Outside) {
    loop {
        tokio::time::sleep(ALIVE_EVERY).await;
        match outside.store.read(store::health::answers).await {
            Ok(_) => drop(sd_notify::notify(&[sd_notify::NotifyState::Watchdog])),
            Err(error) => tracing::error!(%error, "The database does not answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::level_filters::LevelFilter;

    use super::*;

    #[test]
    fn what_is_never_written_is_not_even_asked_about() {
        let known = |filter: &str| filtered(filter.parse().unwrap(), fmt::layer().boxed()).max_level_hint();
        assert_eq!(known("amends=info,warn"), Some(LevelFilter::INFO));
        assert_eq!(known("amends=trace,warn"), Some(LevelFilter::TRACE));
        assert_eq!(known("off"), Some(LevelFilter::OFF));
    }
}
