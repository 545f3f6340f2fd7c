//! `amends forget`: erases a guest everywhere and keeps the figures.

use std::io::{IsTerminal, Write};

use anyhow::bail;

use super::{
    Exit,
    context::{Context, Format, print_json},
    listing,
};
use crate::{
    clock::Clock,
    id::ReviewId,
    store::{
        erase::{self, Whom},
        reviews,
    },
    text,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Everything by this displayed name
    #[arg(long, required_unless_present = "review", conflicts_with = "review")]
    author: Option<String>,
    /// One review by its number
    #[arg(long)]
    review: Option<i64>,
    /// Only show what would be erased
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: Format,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let loaded = context.load_quietly()?;
    let store = context.existing_store(&loaded)?;
    let whom = match (&args.author, args.review) {
        (Some(name), _) => Whom::Author(name.clone()),
        (None, Some(review)) => Whom::Review(ReviewId(review)),
        (None, None) => bail!("say --author NAME or --review NUMBER"),
    };
    let found = store.read_now(|tx| erase::find(tx, &whom))?;
    if found.is_empty() {
        println!("nothing was found, so nothing was erased");
        return Ok(Exit::Problem);
    }
    for id in &found {
        let review = store.read_now(|tx| reviews::get(tx, *id))?;
        eprintln!("review {id}  {}  {}", review.source, listing::one_line(Some(&review.content.words()), 60));
    }
    if args.dry_run || !(args.yes || agreed(found.len())?) {
        println!("nothing was erased");
        return Ok(Exit::Fine);
    }
    let now = Clock::system().now();
    let erased = store.write_now(move |tx| erase::erase(tx, &found, erase::Why::Request, now))?;
    store.scrub()?;
    if args.format.json {
        print_json(&erased)?;
    } else {
        println!(
            "✓ erased {} ({} versions), {} alerts that quoted them, the words of {} case events",
            text::count(erased.reviews.len(), "review", "reviews"),
            erased.versions,
            erased.alerts,
            erased.events
        );
        println!(
            "  ratings, verdicts and times stay; older backups still hold the words: delete them when their time has come"
        );
    }
    Ok(Exit::Fine)
}

fn agreed(reviews: usize) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("add --yes to erase without being asked");
    }
    print!("Erase {} for good? [y/N] ", text::count(reviews, "review", "reviews"));
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
