//! `amends demo`: a make-believe street of review sites, and a week in a minute.
//!
//! It reads no configuration and no data of the owner's; only what it is told here counts.

use std::{io::IsTerminal, path::PathBuf, sync::OnceLock};

use clap::builder::PossibleValuesParser;

use super::{
    Exit,
    context::{env, progress, runtime},
    run::{LogFormat, start_logging},
};
use crate::{
    demo::{self, Colours, Ending, Options, SPEED_MAX, platforms},
    schedule::Span,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// End by itself, with exit code 0 only if all of the story happened, such as 60s [default: go on until Ctrl-C]
    #[arg(long = "for", value_name = "SPAN")]
    ends_after: Option<Span>,
    /// The same seed tells the same story
    #[arg(long, default_value_t = 7, value_name = "N")]
    seed: u64,
    /// Seconds of life per second, from 1 to 3600
    #[arg(long, default_value_t = 60.0, value_name = "X", value_parser = speed)]
    speed: f64,
    /// Also play these kinds of platform behind their real addresses, such as google-business,mastodon; or all of them: all
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = known_platforms(), hide_possible_values = true)]
    with: Vec<String>,
    /// Keep the files in a new folder, for `amends --config DIR/amends.toml status`
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "this is not a number".to_owned())?;
    if (1.0..=SPEED_MAX).contains(&speed) { Ok(speed) } else { Err(format!("it goes from 1 to {SPEED_MAX}")) }
}

/// The word for every platform.
const EVERY_PLATFORM: &str = "all";

fn known_platforms() -> PossibleValuesParser {
    let kinds = platforms::ALL.iter().map(|platform| platform.kind());
    PossibleValuesParser::new(std::iter::once(EVERY_PLATFORM).chain(kinds))
}

/// Each kind once, in the order in which they are listed.
fn chosen(wanted: &[String]) -> Vec<String> {
    let is_wanted = |kind: &str| wanted.iter().any(|one| one == EVERY_PLATFORM || one == kind);
    platforms::ALL.iter().map(|platform| platform.kind()).filter(|kind| is_wanted(kind)).map(str::to_owned).collect()
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if env("AMENDS_LOG").is_some() {
        start_logging(LogFormat::Text);
    }
    let wants_colours = std::io::stdout().is_terminal() && env("NO_COLOR").is_none_or(|value| value.is_empty());
    let options = Options {
        seed: args.seed,
        speed: args.speed,
        ends_after: args.ends_after.map(|span| span.0),
        with: chosen(&args.with),
        keep: args.keep.clone(),
        colours: if wants_colours { Colours::Shown } else { Colours::Left },
    };
    let bar = OnceLock::new();
    let ending = runtime()?.block_on(demo::run(&options, &|done, of| {
        let bar = bar.get_or_init(|| progress("half a year passes", Some(of)));
        bar.set_position(done);
        if done == of {
            bar.finish_and_clear();
        }
    }))?;
    Ok(match ending {
        Ending::Well => Exit::Fine,
        Ending::Short => Exit::Problem,
    })
}
