//! `amends status`: how the sources are, what waits, and who is needed.

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
    store::{self, Store, alerts, health, sources},
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
}

#[derive(Serialize)]
struct SourceStatus {
    name: String,
    kind: String,
    location: String,
    health: sources::Health,
    evidence: String,
    last_success: Option<jiff::Timestamp>,
    last_try: Option<jiff::Timestamp>,
    next: Option<jiff::Timestamp>,
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
    let oldest = counts
        .case_oldest_at
        .map_or(String::new(), |at| format!(", the oldest for {}", words::span(clock::since(now, at))));
    println!(
        "{} open cases ({} that nobody has{oldest}), {} reviews, {} to be read",
        counts.cases_open, counts.cases_untaken, counts.reviews, counts.unrated
    );
    let waiting = counts
        .outbox_oldest_at
        .map_or(String::new(), |at| format!(", the oldest for {}", words::span(clock::since(now, at))));
    println!("{} alerts wait to be delivered{waiting}\n", counts.outbox);
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
    Ok(())
}
