//! `amends report`: prints the weekly turnaround report, or sends it now; the same words as the mail.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};

use super::{
    Exit,
    context::{Context, runtime},
};
use crate::{
    alert::compose,
    app::Wired,
    channels::Envelope,
    clock::Clock,
    config::Loaded,
    figures::{IsoWeek, history::WeekCounts},
    report::{self, Weekly},
    work::{self, house::Place},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The ISO week, such as 47 or 2026-W47 [default: the last full one]
    #[arg(long)]
    week: Option<String>,
    /// Every week since the first review instead of one
    #[arg(long, conflicts_with_all = ["week", "send_test"])]
    history: bool,
    /// The location [default: all of them]
    #[arg(long)]
    location: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write it into a file
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Send it to this mail address now, by the first channel of kind "email"
    #[arg(long, value_name = "ADDRESS")]
    send_test: Option<String>,
}

impl Args {
    fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Html,
    Json,
    Csv,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let (loaded, wired) = context.wire()?;
    let store = context.existing_store(&loaded)?;
    let now = Clock::system().now();
    let mut printed = String::new();
    for place in places(&wired, args.location.as_deref())? {
        if args.history {
            printed += &history(&store.read_now(|tx| work::report::history(tx, &place))?, &place.name, args.format())?;
            continue;
        }
        let week = week(args.week.as_deref(), &place, now)?;
        let weekly = store.read_now(|tx| work::report::weekly(tx, &place, week, now))?;
        if let Some(address) = &args.send_test {
            send(context, &loaded, &wired, (&weekly, &place, address))?;
            continue;
        }
        printed += &match args.format() {
            Format::Text => report::render_text(&weekly),
            Format::Html => report::render_html(&weekly),
            Format::Json => serde_json::to_string_pretty(&report::to_json(&weekly))?,
            Format::Csv => report::to_csv(&weekly),
        };
        printed.push('\n');
    }
    match &args.output {
        Some(file) => fs::write(file, printed).with_context(|| format!("cannot write {}", file.display()))?,
        None => print!("{printed}"),
    }
    Ok(Exit::Fine)
}

fn history(weeks: &[WeekCounts], title: &str, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => report::history_text(title, weeks) + "\n",
        Format::Csv => report::history_csv(title, weeks),
        Format::Json => serde_json::to_string_pretty(&report::history_json(title, weeks))? + "\n",
        Format::Html => bail!("the history is text, CSV or JSON; there is no page of it"),
    })
}

fn places(wired: &Wired, name: Option<&str>) -> anyhow::Result<Vec<Arc<Place>>> {
    let chosen: Vec<Arc<Place>> =
        wired.house.places.values().filter(|place| name.is_none_or(|name| place.name == name)).cloned().collect();
    if chosen.is_empty() {
        let known: Vec<&str> = wired.house.places.keys().map(String::as_str).collect();
        bail!("there is no location {}; the locations are: {}", name.unwrap_or("at all"), known.join(", "));
    }
    Ok(chosen)
}

fn week(text: Option<&str>, place: &Place, now: jiff::Timestamp) -> anyhow::Result<IsoWeek> {
    let last = IsoWeek::last_over(now, &place.zone);
    let Some(text) = text else { return Ok(last) };
    if let Ok(number) = text.parse::<i8>() {
        return IsoWeek::new(last.year(), number).with_context(|| format!("{} has no week {number}", last.year()));
    }
    text.parse().map_err(|_| anyhow::anyhow!("`{text}` is not an ISO week such as 47 or 2026-W47"))
}

fn send(context: &Context, loaded: &Loaded, wired: &Wired, what: (&Weekly, &Place, &str)) -> anyhow::Result<()> {
    let (weekly, place, address) = what;
    let Some((name, channel)) = wired.channels.iter().find(|(_, channel)| channel.needs_address()) else {
        bail!("there is no [[channel]] of kind \"email\" to send it by");
    };
    let outside = context.outside(loaded)?;
    let now = outside.clock.now();
    let alert = compose::weekly(
        &place.name,
        &format!("test:{}", now.as_millisecond()),
        (report::subject(weekly), report::body(weekly)),
        now,
    );
    let envelope = Envelope {
        delivery_id: crate::id::stable("msg", &["report test", &alert.key]),
        address: Some(address.to_owned()),
        person: None,
        link: None,
    };
    super::channel::send_now(&runtime()?, &outside, wired, (name, channel), &alert, &envelope)
}
