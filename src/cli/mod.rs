//! The commands: one file each. Parses arguments, loads what a command needs, prints, and chooses the exit code.
//!
//! Exit codes: 0 fine, 1 problem (also warnings under `--strict`), 2 usage, 3 a payload that is not of this kind.

mod backup;
mod cases;
mod channel;
mod check;
mod context;
mod correct;
mod demo;
mod export;
mod forget;
mod healthcheck;
mod help;
mod import;
mod init;
mod judge;
mod listing;
mod parse;
mod poll;
mod registry;
mod reload;
mod report;
mod reviews;
mod run;
mod shell;
mod status;
mod table;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine,
    /// Something needs a person.
    Problem,
    /// The command was called wrongly.
    Usage,
    /// The payload is not what the platform sends.
    NotThisKind,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Fine => 0,
            Exit::Problem => 1,
            Exit::Usage => 2,
            Exit::NotThisKind => 3,
        })
    }
}

/// Finds bad reviews, tells the right person within minutes, and follows the case until the review is seen turned around.
#[derive(Debug, Parser)]
#[command(name = "amends", version, propagate_version = true, max_term_width = 100, disable_help_subcommand = true)]
pub struct Args {
    /// The configuration file [default: $AMENDS_CONFIG, /etc/amends/amends.toml for root, else ~/.config/amends/amends.toml]
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show everything in a minute on invented guests; nothing leaves this machine
    Demo(demo::Args),
    /// Write a commented configuration file
    Init(init::Args),
    /// Look whether all is well: configuration, sources, channels, database
    #[command(alias = "doctor")]
    Check(check::Args),
    /// Run the daemon
    Run(run::Args),
    /// Show how the sources are, what waits, and who is needed
    Status(status::Args),
    /// Look at sources now
    Poll(poll::Args),
    /// Read one payload and print its reviews as JSON Lines
    Parse(parse::Args),
    /// Judge JSON Lines from standard input
    Judge(judge::Args),
    /// Work on cases
    #[command(alias = "case")]
    Cases(cases::Args),
    /// List and search reviews
    Reviews(reviews::Args),
    /// Print or send the weekly turnaround report
    Report(report::Args),
    /// Import reviews from a CSV file; an import never alerts
    Import(import::Args),
    /// Write everything as JSON Lines
    Export(export::Args),
    /// Test a channel
    Channel(channel::Args),
    /// Copy the database while it runs, and verify the copy
    Backup(backup::BackupArgs),
    /// Put a verified copy in place of the database
    Restore(backup::RestoreArgs),
    /// Erase a guest everywhere and keep the figures
    Forget(forget::Args),
    /// Let the running daemon read its configuration again
    Reload(reload::Args),
    /// Say whether the daemon is ready, for containers
    Healthcheck(healthcheck::Args),
    /// Print the JSON Schema of the configuration
    Schema,
    /// List the kinds of sources and their terms
    Sources(registry::Args),
    /// List the kinds of channels
    Channels(registry::Args),
    /// Explain a command, or how to get access to a kind of source
    Help(help::Args),
    /// Print completions for a shell
    Completions(shell::CompletionArgs),
    /// Write the manual page
    Man(shell::ManArgs),
}

/// Runs the command of the process's arguments.
#[must_use]
pub fn main() -> Exit {
    end_when_nobody_reads();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Fine };
        }
    };
    match dispatch(args) {
        Ok(exit) => exit,
        Err(error) if is_broken_pipe(&error) => Exit::Fine,
        Err(error) => {
            eprintln!("amends: {error:#}");
            Exit::Problem
        }
    }
}

/// Lets `amends status | head -1` end in silence: `println!` panics once its reader has gone.
fn end_when_nobody_reads() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let why = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
        if why.starts_with("failed printing to stdout") && why.contains("os error 32") {
            std::process::exit(0);
        }
        report(panic);
    }));
}

fn dispatch(args: Args) -> anyhow::Result<Exit> {
    let context = context::Context::new(args.config);
    match args.command {
        Command::Demo(args) => demo::run(&args),
        Command::Init(args) => init::run(&context, &args),
        Command::Check(args) => check::run(&context, &args),
        Command::Run(args) => run::run(&context, &args),
        Command::Status(args) => status::run(&context, &args),
        Command::Poll(args) => poll::run(&context, &args),
        Command::Parse(args) => parse::run(&args),
        Command::Judge(args) => judge::run(&context, &args),
        Command::Cases(args) => cases::run(&context, args),
        Command::Reviews(args) => reviews::run(&context, &args),
        Command::Report(args) => report::run(&context, &args),
        Command::Import(args) => import::run(&context, &args),
        Command::Export(args) => export::run(&context, &args),
        Command::Channel(args) => channel::run(&context, &args),
        Command::Backup(args) => backup::backup(&context, &args),
        Command::Restore(args) => backup::restore(&context, &args),
        Command::Forget(args) => forget::run(&context, &args),
        Command::Reload(args) => reload::run(&context, &args),
        Command::Healthcheck(args) => healthcheck::run(&context, &args),
        Command::Schema => registry::schema(),
        Command::Sources(args) => registry::sources(&args),
        Command::Channels(args) => registry::channels(&args),
        Command::Help(args) => help::run(&args, &mut Args::command()),
        Command::Completions(args) => shell::completions(&args, &mut Args::command()),
        Command::Man(args) => shell::man(&args, Args::command()),
    }
}

/// A reader that has seen enough (`amends reviews | head`) is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        io.or_else(|| cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind))
    };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}
