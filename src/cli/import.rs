//! `amends import`: reviews from a file. An import never alerts, and says what it would have.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context as _, anyhow, bail};

use super::{
    Exit,
    context::{Context, progress},
};
use crate::{
    clock::Clock,
    config::Loaded,
    judge::judge,
    review::{Coverage, normalise},
    store::sources::{self, Success},
    text,
    work::{
        house::{House, Place},
        import::{self, DayOrder, Hints, Read},
        ingest::{self, Batch, Choices, Ingested},
    },
};

/// The largest file that is read.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Rows in one transaction.
const ROWS_PER_COMMIT: usize = 1_000;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file: a table with a head line (CSV in any separator and charset, or XLSX), or Google's archive (Takeout: ZIP or reviews.json)
    file: PathBuf,
    /// The source to put them under: a configured one, or a new name
    #[arg(long)]
    source: String,
    /// The location [default: the only one, or the source's]
    #[arg(long)]
    location: Option<String>,
    /// Which column is what, such as "Guest said=text"; fields: id author rating title text posted language url reply
    #[arg(long = "map", value_name = "HEAD=FIELD")]
    map: Vec<String>,
    /// The order of dates such as 03/04/2026
    #[arg(long, value_enum)]
    dates: Option<Dates>,
    /// The best rating of the scale, if it is not 5
    #[arg(long)]
    best: Option<f64>,
    /// Only show what would be imported
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Dates {
    DayFirst,
    MonthFirst,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let loaded = context.load_quietly()?;
    let place = place(&loaded, args)?;
    if fs::metadata(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?.len() > FILE_BYTES_MAX
    {
        bail!("{} is larger than {} MB; split it", args.file.display(), FILE_BYTES_MAX / 1_000_000);
    }
    let read = import::read(&fs::read(&args.file)?, &hints(args)?)?;
    say_what_was_read(&read);
    let now = Clock::system().now();
    let (normals, rejected) = normalise(read.sightings.clone(), now);
    let negative = normals.iter().filter(|normal| judge(&normal.content, &place.rules).is_negative()).count();
    println!(
        "  {} to use, {} without rating and words",
        text::count(normals.len(), "review", "reviews"),
        rejected.len()
    );
    println!("  would alert: 0 (an import never alerts; {negative} of them are bad)");
    if args.dry_run {
        println!("nothing was stored; run again without --dry-run");
        return Ok(Exit::Fine);
    }
    let done = store(context, &loaded, (args, &place), read)?;
    println!("✓ {} new, {} known already", done.new, done.seen - done.new);
    Ok(Exit::Fine)
}

fn place(loaded: &Loaded, args: &Args) -> anyhow::Result<Arc<Place>> {
    let config = &loaded.config;
    let of_source =
        config.sources.iter().find(|source| source.name == args.source).and_then(|source| source.location.clone());
    let only = (config.locations.len() == 1).then(|| config.locations[0].name.clone());
    let Some(name) = args.location.clone().or(of_source).or(only) else { bail!("say which location: --location NAME") };
    if !config.locations.iter().any(|location| location.name == name) {
        let known: Vec<&str> = config.locations.iter().map(|location| location.name.as_str()).collect();
        bail!("there is no location {name}; the locations are: {}", known.join(", "));
    }
    Ok(House::new(config, |_| false).place(&name))
}

fn hints(args: &Args) -> anyhow::Result<Hints> {
    let pairs = args.map.iter().map(|pair| {
        let (head, field) = pair.rsplit_once('=').ok_or_else(|| anyhow!("`--map {pair}` is not HEAD=FIELD"))?;
        Ok((head.trim().to_owned(), field.trim().to_owned()))
    });
    Ok(Hints {
        map: pairs.collect::<anyhow::Result<_>>()?,
        day_order: args.dates.map(|dates| match dates {
            Dates::DayFirst => DayOrder::DayFirst,
            Dates::MonthFirst => DayOrder::MonthFirst,
        }),
        best: args.best,
    })
}

fn say_what_was_read(read: &Read) {
    println!("read {} from {}", text::count(read.sightings.len(), "row", "rows"), read.kind);
    let columns: Vec<String> =
        read.columns.iter().map(|(head, field)| format!("{head} → {}", format!("{field:?}").to_lowercase())).collect();
    if !columns.is_empty() {
        println!("  columns: {}   (change: --map)", columns.join(", "));
    }
    if let Some((order, why)) = &read.day_order {
        let order = match order {
            DayOrder::DayFirst => "day first",
            DayOrder::MonthFirst => "month first",
        };
        println!("  dates: {order} ({why})");
    }
    for (what, why) in read.unreadable.iter().take(10) {
        println!("  {what} was left out: {why}");
    }
}

fn store(context: &Context, loaded: &Loaded, to: (&Args, &Place), read: Read) -> anyhow::Result<Ingested> {
    let (args, place) = to;
    let store = context.store(loaded)?;
    let house = House::new(&loaded.config, |_| false);
    let kind = loaded
        .config
        .sources
        .iter()
        .find(|source| source.name == args.source)
        .map_or("import", |source| source.kind.as_str());
    let (name, kind, location) = (args.source.clone(), kind.to_owned(), place.name.clone());
    store.write_now(move |tx| sources::ensure(tx, &name, &kind, &location).map(|_| ()))?;
    let now = Clock::system().now();
    let bar = progress("importing", Some(read.sightings.len() as u64));
    let mut total = Ingested::default();
    for rows in read.sightings.chunks(ROWS_PER_COMMIT) {
        let success = Success { memory: String::new(), at: now, due_at: now, count_stated: None };
        let choices = Choices { surge_max: u64::MAX, open_recent: None };
        let batch = Batch::new(&args.source, (rows.to_vec(), Coverage::Some), place, choices, success).imported();
        let house = house.clone();
        let done = store.write_now(move |tx| ingest::ingest(tx, &house, batch))?;
        total.seen += done.seen;
        total.new += done.new;
        bar.inc(rows.len() as u64);
    }
    bar.finish_and_clear();
    Ok(total)
}
