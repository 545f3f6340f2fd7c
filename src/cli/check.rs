//! `amends check`: looks whether all is well, line by line, each trouble with its next step.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::{
    Exit,
    context::{Context, Format, print_json, runtime},
    listing,
};
use crate::{
    app::{self, Wired},
    clock::{self, Clock},
    config::Loaded,
    http::Http,
    review::normalise,
    schedule::Span,
    sources::{Memory, Visit},
    store, text,
    work::{poll::Watched, receive},
};

/// How many sources are tried at once; each host has its manners all the same.
const LOOKS_AT_ONCE: usize = 16;
/// The mark of each level.
const LEVELS: [&str; 3] = ["✓", "!", "✗"];

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Look at the configuration and the database only; ask no site
    #[arg(long)]
    offline: bool,
    /// Let warnings fail the check
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    format: Format,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Ok,
    Warning,
    Problem,
}

/// One line of the check.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    area: &'static str,
    what: String,
    said: String,
    next: Option<String>,
}

impl Finding {
    fn new(level: Level, area: &'static str, what: impl Into<String>, said: impl Into<String>) -> Self {
        Finding { level, area, what: what.into(), said: said.into(), next: None }
    }

    fn next(self, next: impl Into<String>) -> Self {
        Finding { next: Some(next.into()), ..self }
    }
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let (loaded, wired) = context.wire()?;
    let mut findings = configuration(context, &loaded);
    findings.extend(plan(&wired));
    findings.extend(data(context, &loaded));
    findings.extend(reach(&loaded, &wired));
    findings.extend(inlets(context, &loaded, &wired));
    if !args.offline {
        findings.extend(runtime()?.block_on(look_at_sources(&loaded, &wired))?);
    }
    let (problems, warnings) = (count(&findings, Level::Problem), count(&findings, Level::Warning));
    if args.format.json {
        print_json(&findings)?;
    } else {
        print(&findings);
        println!(
            "\n{}, {}.",
            text::count(problems, "problem", "problems"),
            text::count(warnings, "warning", "warnings")
        );
    }
    Ok(if problems > 0 || (args.strict && warnings > 0) { Exit::Problem } else { Exit::Fine })
}

fn count(findings: &[Finding], level: Level) -> usize {
    findings.iter().filter(|finding| finding.level == level).count()
}

fn print(findings: &[Finding]) {
    let width = findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0).min(40);
    let mut area = "";
    for finding in findings {
        let head = if finding.area == area { "" } else { finding.area };
        area = finding.area;
        println!("{head:<9}{:<width$}  {} {}", finding.what, LEVELS[finding.level as usize], finding.said);
        if let Some(next) = &finding.next {
            println!("{:<9}{:<width$}    → {next}", "", "");
        }
    }
}

fn configuration(context: &Context, loaded: &Loaded) -> Vec<Finding> {
    let config = &loaded.config;
    let said = format!(
        "{}, {}, {}",
        text::count(config.sources.len(), "source", "sources"),
        text::count(config.channels.len(), "channel", "channels"),
        text::count(config.people.len(), "person", "people")
    );
    let mut findings = vec![Finding::new(Level::Ok, "config", context.paths.main.display().to_string(), said)];
    findings
        .extend(loaded.warnings.iter().map(|warning| Finding::new(Level::Warning, "config", "", warning.to_string())));
    findings
}

fn plan(wired: &Wired) -> Vec<Finding> {
    let mut findings: Vec<Finding> = wired
        .watched
        .iter()
        .map(|watched| {
            let pace = match watched.source.is_polled() {
                true => match &watched.budget {
                    Some(budget) => format!("every {} or longer, {} in all", Span(watched.every), budget.quota()),
                    None => format!("every {}", Span(watched.every)),
                },
                false => "whenever something comes".to_owned(),
            };
            let said = format!("{} at {}, {pace}", watched.kind, watched.location);
            Finding::new(Level::Ok, "plan", watched.name.clone(), said)
        })
        .collect();
    let now = Clock::system().now();
    let zone = wired.house.report_zone.clone();
    if let Some(zone) = zone {
        findings.push(match wired.weekly.next(now, &zone) {
            Some(next) => {
                let after =
                    wired.weekly.next(next, &zone).map(|after| format!(", then {}", listing::local(after, &zone)));
                let said = format!(
                    "{}; next {}{}",
                    wired.weekly.in_words(),
                    listing::local(next, &zone),
                    after.unwrap_or_default()
                );
                Finding::new(Level::Ok, "plan", "weekly report", said)
            }
            None => Finding::new(Level::Problem, "plan", "weekly report", "never runs")
                .next("choose another [report] weekly"),
        });
    }
    findings
}

fn data(context: &Context, loaded: &Loaded) -> Vec<Finding> {
    let dir = app::data_dir(loaded, &context.paths);
    let file = dir.join(store::FILE_NAME);
    if !file.exists() {
        return vec![Finding::new(
            Level::Ok,
            "data",
            dir.display().to_string(),
            "no database yet; it is made at the first start",
        )];
    }
    let size_mb = std::fs::metadata(&file).map_or(0, |meta| meta.len() / 1_000_000);
    let what = file.display().to_string();
    match store::verify(&file) {
        Ok(holds) => {
            let said = format!(
                "{size_mb} MB, {} reviews, {} cases, schema {}, sound",
                holds.reviews, holds.cases, holds.schema
            );
            vec![Finding::new(Level::Ok, "data", what, said)]
        }
        Err(error) => vec![Finding::new(Level::Problem, "data", what, error.to_string())],
    }
}

/// Whether somebody can be told.
fn reach(loaded: &Loaded, wired: &Wired) -> Vec<Finding> {
    let config = &loaded.config;
    let mut findings = Vec::new();
    if wired.channels.is_empty() {
        let said = "nobody can be told: there is no [[channel]]";
        findings.push(Finding::new(Level::Problem, "alert", "channels", said).next("amends channels lists the kinds"));
    }
    for channel in &wired.channels {
        findings.push(
            Finding::new(Level::Ok, "alert", channel.0.clone(), "configured")
                .next(format!("amends channel test {}", channel.0)),
        );
    }
    if !config.routes.is_empty() && !config.routes.iter().any(|route| route.admin) {
        let said = "no route has admin = true: trouble of the program goes to the first person";
        findings.push(Finding::new(Level::Warning, "alert", "admin", said));
    }
    if config.web.base_url.is_none() && !wired.channels.is_empty() {
        let said = "alerts carry no link, because [web] base_url is not set";
        findings.push(
            Finding::new(Level::Warning, "alert", "links", said)
                .next("base_url is the address at which your people reach this machine"),
        );
    }
    for person in config.people.iter().filter(|person| {
        !wired.house.book.people[&person.name]
            .channels
            .iter()
            .any(|channel| wired.house.book.channels.contains_key(channel))
    }) {
        findings.push(Finding::new(Level::Warning, "alert", person.name.clone(), "no channel reaches this person"));
    }
    findings
}

/// Where others push to, and where guests find forms.
fn inlets(context: &Context, loaded: &Loaded, wired: &Wired) -> Vec<Finding> {
    let heard: Vec<_> = wired.watched.iter().filter(|watched| receive::is_pushed_to(&*watched.source)).collect();
    let Some(base) = &loaded.config.web.base_url else {
        let deaf = heard.iter().filter(|watched| !watched.source.is_polled());
        return deaf
            .map(|watched| {
                let said = "nothing can reach it, because [web] base_url is not set";
                Finding::new(Level::Problem, "address", watched.name.clone(), said)
                    .next(format!("amends help {} says what it takes", watched.kind))
            })
            .collect();
    };
    let store = context.existing_store(loaded).ok();
    let key = store.and_then(|store| store.read_now(store::meta::known_signing_key).ok().flatten());
    let address = |watched: &Watched| match (watched.source.form(), &key) {
        (Some(_), _) => receive::form_address(base, &watched.location),
        (None, Some(key)) => receive::address(base, &watched.name, key),
        (None, None) => None,
    };
    let found = |watched: &&std::sync::Arc<Watched>| match address(watched) {
        Some(address) => Finding::new(Level::Ok, "address", watched.name.clone(), address.to_string()),
        None => Finding::new(Level::Ok, "address", watched.name.clone(), "is shown here after the first start"),
    };
    heard.iter().map(found).collect()
}

async fn look_at_sources(loaded: &Loaded, wired: &Wired) -> anyhow::Result<Vec<Finding>> {
    let clock = Clock::system();
    let http = app::open_http(&loaded.config, &clock)?;
    let looks = wired
        .watched
        .iter()
        .filter(|watched| watched.source.is_polled())
        .map(|watched| look_at(watched, &*http, &clock));
    Ok(stream::iter(looks).buffered(LOOKS_AT_ONCE).collect().await)
}

async fn look_at(watched: &Watched, http: &dyn Http, clock: &Clock) -> Finding {
    let began = clock.now();
    let mut visit = Visit::new(http, watched.purpose, Memory::default(), began);
    let seen = watched.source.poll(&mut visit).await;
    let took = clock::since(clock.now(), began);
    match seen {
        Ok(seen) => found(watched, normalise(seen.sightings, clock.now()).0.len(), took),
        Err(error) => Finding::new(Level::Problem, "source", watched.name.clone(), error.to_string())
            .next(format!("amends poll \"{}\" --explain", watched.name)),
    }
}

fn found(watched: &Watched, reviews: usize, took: Duration) -> Finding {
    let said = format!("{} in {} ms", text::count(reviews, "review", "reviews"), took.as_millis());
    let level = if reviews == 0 { Level::Warning } else { Level::Ok };
    let finding = Finding::new(level, "source", watched.name.clone(), said);
    if reviews == 0 {
        finding.next("is it the page with the reviews on it? if it has none yet, all is well")
    } else {
        finding
    }
}
