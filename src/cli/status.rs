//! `amends status`: how the sources are, what waits, and who is needed.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Exit,
    context::{Context, Format, print_json},
    listing, table,
};
use crate::{
    app,
    clock::{self, Clock},
    figures::words,
    store::{self, Store, alerts, copies, health, sources},
    text,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
struct Status {
    daemon: Option<u32>,
    counts: health::Counts,
    sources: Vec<SourceStatus>,
    broken_channels: Vec<alerts::Broken>,
    /// Copies that still hold words which were erased since.
    outdated_copies: Vec<copies::Copy>,
}

#[derive(Serialize)]
struct SourceStatus {
    name: String,
    kind: String,
    location: String,
    health: sources::Health,
    evidence: String,
    last_success: Option<Timestamp>,
    last_try: Option<Timestamp>,
    next: Option<Timestamp>,
    next_step: String,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let loaded = context.load_quietly()?;
    let store = context.existing_store(&loaded)?;
    let status = gather(&store, store::holder(&app::data_dir(&loaded, &context.paths)))?;
    let well = status.daemon.is_some()
        && status.broken_channels.is_empty()
        && status.sources.iter().all(|s| is_well(s.health));
    if args.format.json {
        print_json(&status)?;
    } else {
        print(&status)?;
    }
    Ok(if well { Exit::Fine } else { Exit::Problem })
}

fn is_well(health: sources::Health) -> bool {
    matches!(health, sources::Health::Ok | sources::Health::New)
}

fn gather(store: &Store, daemon: Option<u32>) -> anyhow::Result<Status> {
    Ok(store.read_now(|tx| {
        let sources = sources::list(tx)?.into_iter().map(|row| SourceStatus {
            next_step: row.health.next_step(&row.name),
            name: row.name,
            kind: row.kind,
            location: row.location,
            health: row.health,
            evidence: row.evidence,
            last_success: row.ok_at,
            last_try: row.polled_at,
            next: row.due_at,
        });
        Ok(Status {
            daemon,
            counts: health::counts(tx)?,
            sources: sources.collect(),
            broken_channels: alerts::broken(tx)?,
            outdated_copies: copies::outdated(tx)?,
        })
    })?)
}

fn print(status: &Status) -> anyhow::Result<()> {
    let now = Clock::system().now();
    match status.daemon {
        Some(pid) => println!("running (process {pid})"),
        None => println!("NOT RUNNING: nobody looks at the sources; start it with: amends run"),
    }
    let counts = &status.counts;
    println!(
        "{} open, {} of them untaken{}; {}, {} to be read",
        count(counts.cases_open, "case", "cases"),
        counts.cases_untaken,
        oldest(counts.case_oldest_at, now),
        count(counts.reviews, "review", "reviews"),
        counts.unrated
    );
    println!("{} to be delivered{}\n", count(counts.outbox, "alert", "alerts"), oldest(counts.outbox_oldest_at, now));
    let rows = status.sources.iter().map(|source| {
        vec![
            source.name.clone(),
            source.location.clone(),
            if is_well(source.health) {
                format!("✓ {}", source.health.in_words())
            } else {
                format!("✗ {}", source.health.in_words())
            },
            listing::ago(source.last_success, now),
        ]
    });
    table::print(&["source", "location", "state", "last seen"], rows.collect(), "no source was looked at yet")?;
    for source in status.sources.iter().filter(|source| !is_well(source.health)) {
        println!("\n{}: {}\n  → {}", source.name, source.evidence, source.next_step);
    }
    for broken in &status.broken_channels {
        println!(
            "\nchannel {} is switched off: {}\n  → repair it, then: amends channel test {0}",
            broken.channel, broken.why
        );
    }
    for copy in &status.outdated_copies {
        println!(
            "\nthe copy {} ({}) holds words until you delete it that were erased here since; make a new one: amends backup FILE",
            copy.path.display(),
            copy.at.strftime("%-d %B %Y")
        );
    }
    Ok(())
}

fn count(n: i64, one: &str, many: &str) -> String {
    text::count(usize::try_from(n).unwrap_or(0), one, many)
}

/// ", the oldest for 3 d 4 h", if there is one.
fn oldest(since: Option<Timestamp>, now: Timestamp) -> String {
    since.map_or(String::new(), |at| format!(", the oldest for {}", words::span(clock::since(now, at))))
}
