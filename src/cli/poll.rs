//! `amends poll`: looks at sources now; with `--explain` it shows what was read and stores nothing.

use std::sync::Arc;

use anyhow::bail;

use super::{
    Exit,
    context::{Context, Format, print_json, runtime},
    listing, table,
};
use crate::{
    app::{self, Wired},
    clock::Clock,
    config::Loaded,
    judge::judge,
    review::normalise,
    sources::{Memory, Visit},
    text,
    work::poll::{Looked, Watched, look},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The source's name; all of them if left out
    source: Option<String>,
    /// Show what was read and how it is judged; store nothing
    #[arg(long, visible_alias = "dry-run")]
    explain: bool,
    #[command(flatten)]
    format: Format,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let (loaded, wired) = context.wire()?;
    let chosen = choose(&wired, args.source.as_deref())?;
    runtime()?.block_on(async {
        let mut exit = Exit::Fine;
        for watched in chosen {
            let fine = if args.explain {
                explain(&loaded, &wired, &watched, args.format).await?
            } else {
                look_once(context, &loaded, &wired, &watched, args.format).await?
            };
            if !fine {
                exit = Exit::Problem;
            }
        }
        context.nudge(&loaded);
        Ok(exit)
    })
}

fn choose(wired: &Wired, name: Option<&str>) -> anyhow::Result<Vec<Arc<Watched>>> {
    let chosen: Vec<_> =
        wired.watched.iter().filter(|watched| name.is_none_or(|name| watched.name == name)).cloned().collect();
    if chosen.is_empty() {
        let known: Vec<&str> = wired.watched.iter().map(|watched| watched.name.as_str()).collect();
        bail!("there is no source {}; the sources are: {}", name.unwrap_or("at all"), known.join(", "));
    }
    Ok(chosen)
}

async fn look_once(
    context: &Context,
    loaded: &Loaded,
    wired: &Wired,
    watched: &Watched,
    format: Format,
) -> anyhow::Result<bool> {
    let outside = context.outside(loaded)?;
    match look(&outside.ground(&wired.house), watched).await? {
        Looked::Saw(done) if format.json => print_json(&done)?,
        Looked::Saw(done) => {
            let odd = done.odd.as_ref().map_or(String::new(), |odd| format!("; odd: {odd}"));
            println!(
                "{}: {} seen, {} new, {} changed, {} rejected{odd}",
                watched.name, done.seen, done.new, done.changed, done.rejected
            );
            return Ok(done.odd.is_none());
        }
        Looked::Failed { health, why } => {
            eprintln!("{}: {} ({why})", watched.name, health.in_words());
            return Ok(false);
        }
    }
    Ok(true)
}

async fn explain(loaded: &Loaded, wired: &Wired, watched: &Watched, format: Format) -> anyhow::Result<bool> {
    let clock = Clock::system();
    let http = app::open_http(&loaded.config, &clock)?;
    let mut visit = Visit::new(&*http, watched.purpose, Memory::default(), clock.now());
    let seen = match watched.source.poll(&mut visit).await {
        Ok(seen) => seen,
        Err(error) => {
            eprintln!("{}: {error}", watched.name);
            return Ok(false);
        }
    };
    let (coverage, stated) = (seen.coverage, seen.count_stated);
    let (normals, rejected) = normalise(seen.sightings, clock.now());
    let place = wired.house.place(&watched.location);
    let rules = &place.rules;
    if format.json {
        print_json(&normals.iter().map(|normal| judge(&normal.content, rules)).collect::<Vec<_>>())?;
        return Ok(true);
    }
    println!(
        "{}: {} ({coverage:?}){}",
        watched.name,
        text::count(normals.len(), "review", "reviews"),
        stated.map_or(String::new(), |count| format!(", the site says it has {count}"))
    );
    let rows = normals.iter().map(|normal| {
        vec![
            listing::stars(normal.content.rating.as_ref()),
            listing::one_line(normal.author.as_deref(), 20),
            normal.posted_at.map_or("—".to_owned(), |posted| posted.at.to_string()[..10].to_owned()),
            listing::one_line(Some(&normal.content.words()), 60),
            judge(&normal.content, rules).because.join("; "),
        ]
    });
    table::print(&["stars", "author", "posted", "words", "because"], rows.collect(), "no review was found")?;
    for rejected in rejected {
        println!("rejected: {}", rejected.reason);
    }
    Ok(true)
}
