//! `amends schema`, `amends sources`, `amends channels`: what the registries declare.

use serde_json::json;

use super::{
    Exit,
    context::{Format, print_json},
    table,
};
use crate::{app, channels, config, schedule::Span, sources, terms::Retention};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show the example section of this kind
    kind: Option<String>,
    #[command(flatten)]
    format: Format,
}

pub fn schema() -> anyhow::Result<Exit> {
    print_json(&config::schema(&app::shapes()))?;
    Ok(Exit::Fine)
}

pub fn sources(args: &Args) -> anyhow::Result<Exit> {
    if let Some(name) = &args.kind {
        return example(sources::find(name).map(|kind| kind.example), name, sources::ALL.iter().map(|kind| kind.name));
    }
    if args.format.json {
        let kinds: Vec<_> = sources::ALL
            .iter()
            .map(|kind| {
                let terms = kind.terms;
                json!({ "kind": kind.name, "about": kind.about, "interval_min_secs": kind.interval_min.as_secs(), "retention": terms.retention,
                    "ask": terms.ask, "guest_can_edit": terms.guest_can_edit, "terms_source": terms.source })
            })
            .collect();
        print_json(&kinds)?;
        return Ok(Exit::Fine);
    }
    let rows = sources::ALL.iter().map(|kind| {
        let keep = match kind.terms.retention {
            Retention::Own => "as long as you like".to_owned(),
            Retention::For(span) => Span(span).to_string(),
            Retention::IdOnly => "never".to_owned(),
        };
        vec![
            kind.name.to_owned(),
            kind.about.to_owned(),
            Span(kind.interval_min).to_string(),
            keep,
            kind.terms.ask.in_words().to_owned(),
        ]
    });
    table::print(&["kind", "what", "at most every", "words kept", "asking"], rows.collect(), "no kinds")?;
    println!("\nan example section: amends sources KIND");
    Ok(Exit::Fine)
}

pub fn channels(args: &Args) -> anyhow::Result<Exit> {
    if let Some(name) = &args.kind {
        return example(
            channels::find(name).map(|kind| kind.example),
            name,
            channels::ALL.iter().map(|kind| kind.name),
        );
    }
    if args.format.json {
        print_json(
            &channels::ALL.iter().map(|kind| json!({ "kind": kind.name, "about": kind.about })).collect::<Vec<_>>(),
        )?;
        return Ok(Exit::Fine);
    }
    let rows = channels::ALL.iter().map(|kind| vec![kind.name.to_owned(), kind.about.to_owned()]);
    table::print(&["kind", "what"], rows.collect(), "no kinds")?;
    println!("\nan example section: amends channels KIND");
    Ok(Exit::Fine)
}

fn example(example: Option<&str>, name: &str, known: impl Iterator<Item = &'static str>) -> anyhow::Result<Exit> {
    match example {
        Some(example) => {
            println!("{}", example.trim());
            Ok(Exit::Fine)
        }
        None => {
            eprintln!("amends: there is no kind `{name}`; the kinds are: {}", known.collect::<Vec<_>>().join(", "));
            Ok(Exit::Usage)
        }
    }
}
