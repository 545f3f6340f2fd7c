//! What commands share: the configuration with its problems drawn, the database, a runtime, and who is acting.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    app::{self, Outside, Wired},
    clock::Clock,
    config::{self, Loaded, Look, Paths, Problem, User},
    store::{self, Store},
    work::metrics::Metrics,
};

/// Where the files are.
pub struct Context {
    /// The paths in effect.
    pub paths: Paths,
}

/// Whether output is for people or for programs.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Format {
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

impl Context {
    /// Finds the files; `flag` is `--config`.
    #[must_use]
    pub fn new(flag: Option<PathBuf>) -> Self {
        Context { paths: Paths::find(flag.as_deref(), User::current(), &env) }
    }

    /// Loads the configuration; draws warnings on standard error.
    ///
    /// # Errors
    /// If there is none, or it cannot be used: everything that is wrong is drawn first.
    pub fn load(&self) -> anyhow::Result<Loaded> {
        let loaded = self.load_quietly()?;
        if !loaded.warnings.is_empty() {
            eprint!("{}", draw(&loaded.warnings));
        }
        Ok(loaded)
    }

    /// Loads the configuration without drawing its warnings.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub fn load_quietly(&self) -> anyhow::Result<Loaded> {
        if !self.paths.main.exists() {
            bail!("there is no configuration at {}; write one with: amends init", self.paths.main.display());
        }
        config::load(&self.paths, &env, &app::shapes()).map_err(|problems| {
            eprint!("{}", draw(problems.list()));
            anyhow::anyhow!("the configuration cannot be used; nothing was started")
        })
    }

    /// Loads the configuration and builds its adapters.
    ///
    /// # Errors
    /// As [`Context::load`], and for what an adapter cannot use.
    pub fn wire(&self) -> anyhow::Result<(Loaded, Wired)> {
        let loaded = self.load()?;
        match app::wire(&loaded) {
            Ok(wired) => Ok((loaded, wired)),
            Err(problems) => {
                eprint!("{}", draw(&problems));
                bail!("the configuration cannot be used; nothing was started")
            }
        }
    }

    /// Opens the database of a configuration.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn store(&self, loaded: &Loaded) -> anyhow::Result<Store> {
        let dir = app::data_dir(loaded, &self.paths);
        Store::open(&dir).with_context(|| format!("cannot open the database in {}", dir.display()))
    }

    /// Tells a running daemon that the database was written; without one, or without leave to signal it, it finds out by itself.
    pub fn nudge(&self, loaded: &Loaded) {
        if let Some(pid) = store::holder(&app::data_dir(loaded, &self.paths)) {
            drop(signal(pid, NUDGE));
        }
    }

    /// Opens the database that exists; a command that only reads never makes one.
    ///
    /// # Errors
    /// If there is none yet, or it cannot be opened.
    pub fn existing_store(&self, loaded: &Loaded) -> anyhow::Result<Store> {
        let dir = app::data_dir(loaded, &self.paths);
        if !dir.join(crate::store::FILE_NAME).exists() {
            bail!("there is no database in {} yet; start the daemon with: amends run", dir.display());
        }
        self.store(loaded)
    }

    /// Everything that lies outside, for commands that go there.
    ///
    /// # Errors
    /// If something of it cannot be opened.
    pub fn outside(&self, loaded: &Loaded) -> anyhow::Result<Outside> {
        let clock = Clock::system();
        Ok(Outside {
            store: self.store(loaded)?,
            http: app::open_http(&loaded.config, &clock)?,
            mailer: app::open_mailer(&loaded.config, &clock)?,
            metrics: Arc::new(Metrics::default()),
            clock,
        })
    }
}

/// Lets the daemon look into the database again. By default this signal is ignored, so that it harms no holder that does not
/// listen: one that has just begun, or a demo.
pub const NUDGE: Signal = Signal::URG;

/// Signals the daemon.
///
/// # Errors
/// If it is gone, or runs as somebody else.
pub fn signal(pid: u32, signal: Signal) -> anyhow::Result<()> {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw).context("the lock file names no process")?;
    kill_process(process, signal).with_context(|| {
        format!("cannot signal process {pid}; try it as the user who runs it, or: systemctl reload amends")
    })
}

/// The environment, as configuration asks for it.
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Draws problems as the standard error can show them.
pub fn draw(problems: &[Problem]) -> String {
    config::render(problems, Look::of(&std::io::stderr(), env("NO_COLOR").as_deref()))
}

/// Who is acting: the flag, else `$AMENDS_BY`, else the login name.
///
/// # Errors
/// If none of them says.
pub fn actor(flag: Option<&str>) -> anyhow::Result<String> {
    let named = flag.map(str::to_owned).or_else(|| ["AMENDS_BY", "USER", "LOGNAME"].iter().find_map(|name| env(name)));
    match named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()) {
        Some(name) => Ok(name),
        None => bail!("say who you are: --by NAME"),
    }
}

/// Threads for parsing and for the database: more only stand in each other's way on a small machine.
const BLOCKING_THREADS_MAX: usize = 16;

/// A runtime for a command that waits for the network: on one thread, so that none has to wake another. Parsing and the database have
/// threads of their own.
///
/// # Errors
/// If the machine gives none.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().max_blocking_threads(BLOCKING_THREADS_MAX).enable_all().build()?)
}

/// Prints one value as pretty JSON.
///
/// # Errors
/// If standard output is closed.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// A progress bar on a terminal, nothing elsewhere.
#[must_use]
pub fn progress(what: &'static str, length: Option<u64>) -> indicatif::ProgressBar {
    if !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = length.map_or_else(indicatif::ProgressBar::new_spinner, indicatif::ProgressBar::new);
    bar.set_message(what);
    let style = if length.is_some() { "{msg} {bar:30} {pos}/{len}" } else { "{msg} {spinner} {pos}" };
    bar.with_style(
        indicatif::ProgressStyle::with_template(style).unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()),
    )
}
