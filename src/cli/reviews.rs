//! `amends reviews`: lists and searches what is stored.

use clap::{Subcommand, ValueEnum};

use super::{
    Exit,
    context::{Context, Format, print_json},
    correct, listing, table,
};
use crate::{
    id::ReviewId,
    judge::Sense,
    store::reviews::{self, Filter},
    work::house::House,
};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only those that contain this
    search: Option<String>,
    /// Only those with this verdict
    #[arg(long, value_enum)]
    verdict: Option<VerdictArg>,
    /// Only those of this source
    #[arg(long)]
    source: Option<String>,
    /// Only those of this location
    #[arg(long)]
    location: Option<String>,
    /// Show all versions of this one
    #[arg(long, value_name = "REVIEW")]
    show: Option<i64>,
    /// At most this many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say how a guest means it, where the verdict is wrong or to confirm it
    Correct(correct::Args),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VerdictArg {
    Negative,
    Neutral,
    Positive,
    Unrated,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    if let Some(Action::Correct(args)) = &args.action {
        return correct::run(context, args);
    }
    let loaded = context.load_quietly()?;
    let store = context.existing_store(&loaded)?;
    if let Some(id) = args.show {
        let versions = store.read_now(|tx| {
            reviews::get(tx, ReviewId(id))?;
            reviews::versions(tx, ReviewId(id))
        })?;
        print_json(&versions)?;
        return Ok(Exit::Fine);
    }
    let filter = Filter {
        sense: args.verdict.map(|verdict| match verdict {
            VerdictArg::Negative => Sense::Negative,
            VerdictArg::Neutral => Sense::Neutral,
            VerdictArg::Positive => Sense::Positive,
            VerdictArg::Unrated => Sense::Unrated,
        }),
        source: args.source.clone(),
        location: args.location.clone(),
        search: args.search.clone(),
        limit: args.limit,
    };
    let found = store.read_now(|tx| reviews::list(tx, &filter))?;
    if args.format.json {
        print_json(&found)?;
        return Ok(Exit::Fine);
    }
    let house = House::new(&loaded.config, |_| false);
    let rows = found.iter().map(|review| {
        let zone = house.place(&review.location).zone.clone();
        vec![
            review.id.to_string(),
            listing::stars(review.content.rating.as_ref()),
            review.verdict.sense.name().to_owned(),
            review.source.clone(),
            listing::one_line(review.author.as_deref(), 18),
            listing::local(review.posted_at.unwrap_or(review.first_seen_at), &zone),
            review.case.map_or(String::new(), |case| format!("case {case}")),
            listing::one_line(Some(&review.content.words()), 40),
            listing::one_line(review.verdict.because.first().map(String::as_str), 60),
        ]
    });
    table::print(
        &["review", "stars", "verdict", "where", "guest", "posted", "case", "words", "because"],
        rows.collect(),
        "no review",
    )?;
    Ok(Exit::Fine)
}
