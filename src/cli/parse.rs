//! `amends parse`: reads one payload as a kind of source would, and prints one JSON object a line for each review.

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
};

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::Exit;
use crate::{
    clock::Clock,
    config::SettingsError,
    review::{self, Normal, Reply},
    secret::{SCHEMA_FORMAT, STAND_IN},
    sources::{self, Kind, ParseError, Source},
};

/// The largest payload that is read.
const PAYLOAD_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The kind of source; see `amends sources`
    #[arg(long)]
    kind: String,
    /// Where the payload came from
    #[arg(long)]
    url: Option<Url>,
    /// A key of the kind's section, such as selectors or a mapping
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// The payload, or - for standard input
    file: PathBuf,
}

/// One review as it is printed; absent is null.
#[derive(Serialize)]
struct Line {
    id: Option<String>,
    author: Option<String>,
    author_id: Option<String>,
    rating: Option<f64>,
    scale: Option<[Value; 2]>,
    stars: Option<Value>,
    title: Option<String>,
    text: Option<String>,
    language: Option<String>,
    posted_at: Option<Timestamp>,
    edited_at: Option<Timestamp>,
    url: Option<String>,
    reply: Option<Reply>,
}

impl From<Normal> for Line {
    fn from(normal: Normal) -> Self {
        let content = normal.content;
        Line {
            id: normal.external_id,
            author: normal.author,
            author_id: normal.author_id,
            rating: content.rating.as_ref().map(|rating| rating.value),
            scale: content.rating.as_ref().map(|rating| [whole(rating.scale.worst), whole(rating.scale.best)]),
            stars: content.rating.map(|rating| rating.stars),
            title: content.title,
            text: content.text,
            language: content.language,
            posted_at: normal.posted_at.map(|posted| posted.at),
            edited_at: content.edited_at,
            url: normal.url,
            reply: content.reply,
        }
    }
}

/// 5.0 as 5: scales are whole numbers almost everywhere.
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e9 { Value::from(number as i64) } else { Value::from(number) }
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(kind) = sources::find(&args.kind) else {
        let known: Vec<&str> = sources::ALL.iter().map(|kind| kind.name).collect();
        eprintln!("amends: there is no kind `{}`; the kinds are: {}", args.kind, known.join(", "));
        return Ok(Exit::Usage);
    };
    let settings = match settings(kind, args) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("amends: {error:#}");
            return Ok(Exit::Usage);
        }
    };
    let source = match built(kind, settings) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("amends: {}{error}", error.key.as_ref().map(|key| format!("`{key}`: ")).unwrap_or_default());
            return Ok(Exit::Usage);
        }
    };
    let payload = read(&args.file)?;
    match source.parse(&payload, args.url.as_ref()) {
        Ok(sightings) => print(sightings),
        Err(error @ (ParseError::NotThisKind { .. } | ParseError::Blocked | ParseError::TooMuch(_))) => {
            eprintln!("amends: {error}");
            Ok(Exit::NotThisKind)
        }
    }
}

/// Builds the source; a key that it cannot do without, though a payload can, is taken from the kind's example.
fn built(kind: &Kind, mut settings: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    loop {
        let Err(error) = (kind.build)(settings.clone()) else { return (kind.build)(settings) };
        let missing = error.key.as_ref().filter(|key| !settings.contains_key(*key));
        let Some((key, value)) = missing.and_then(|key| Some((key.clone(), example(kind).get(key)?.clone()))) else {
            return Err(error);
        };
        settings.insert(key, value);
    }
}

/// The section in a kind's example.
fn example(kind: &Kind) -> toml::Table {
    let example: toml::Table = kind.example.parse().unwrap_or_default();
    example.get("source").and_then(|list| list.get(0)?.as_table().cloned()).unwrap_or_default()
}

fn print(sightings: Vec<review::Sighting>) -> anyhow::Result<Exit> {
    let (normals, rejected) = review::normalise(sightings, Clock::system().now());
    let (found, refused) = (normals.len(), rejected.len());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for normal in normals {
        serde_json::to_writer(&mut out, &Line::from(normal))?;
        writeln!(out)?;
    }
    out.flush()?;
    for rejected in &rejected {
        eprintln!("rejected: {}", rejected.reason);
    }
    eprintln!("{found} reviews, {refused} rejected");
    Ok(if found == 0 && refused > 0 { Exit::NotThisKind } else { Exit::Fine })
}

fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let mut payload = Vec::new();
    let reader: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?)
    };
    reader
        .take(PAYLOAD_BYTES_MAX)
        .read_to_end(&mut payload)
        .with_context(|| format!("cannot read {}", file.display()))?;
    Ok(payload)
}

/// The section that `--set` describes; required keys that a payload does not need are taken from the kind's example, and nothing
/// is sent, so that secrets need no value.
fn settings(kind: &Kind, args: &Args) -> anyhow::Result<toml::Table> {
    let schema = serde_json::to_value((kind.schema)())?;
    let mut table = toml::Table::new();
    for setting in &args.settings {
        let (key, value) = setting.split_once('=').ok_or_else(|| anyhow!("`--set {setting}` is not KEY=VALUE"))?;
        put(&mut table, &schema, key.trim(), value)?;
    }
    if let Some(url) = &args.url {
        table.entry("url").or_insert_with(|| toml::Value::String(url.to_string()));
    }
    let example = example(kind);
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for key in required {
        if let Some(value) = example.get(key).filter(|_| !table.contains_key(key)) {
            table.insert(key.to_owned(), value.clone());
        }
        let is_secret = property(&schema, key).and_then(|own| own.get("format")).is_some_and(|it| it == SCHEMA_FORMAT);
        if is_secret && !table.contains_key(key) {
            table.insert(key.to_owned(), toml::Value::String(STAND_IN.to_owned()));
        }
    }
    table.retain(|key, _| key != "url" || property(&schema, "url").is_some());
    Ok(table)
}

/// Puts `a.b=value`, as the type that the schema asks for.
fn put(table: &mut toml::Table, schema: &Value, key: &str, value: &str) -> anyhow::Result<()> {
    let Some((head, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), typed(property(schema, key), key, value)?);
        return Ok(());
    };
    let inner = table.entry(head).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    let inner = inner.as_table_mut().ok_or_else(|| anyhow!("`{head}` is not a table"))?;
    put(inner, property(schema, head).unwrap_or(&Value::Null), rest, value)
}

fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let own = schema.get("properties").and_then(|properties| properties.get(key))?;
    let reference = own.get("$ref").or_else(|| own.pointer("/anyOf/0/$ref")).or_else(|| own.pointer("/allOf/0/$ref"));
    match reference.and_then(Value::as_str) {
        Some(path) => schema.pointer(path.trim_start_matches('#')).or(Some(own)),
        None => Some(own),
    }
}

fn typed(schema: Option<&Value>, key: &str, value: &str) -> anyhow::Result<toml::Value> {
    let is = |name: &str| {
        schema.and_then(|schema| schema.get("type")).is_some_and(|kind| {
            kind.as_str() == Some(name)
                || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind.as_str() == Some(name)))
        })
    };
    let wrong = |wanted: &str| anyhow!("`{key}` takes {wanted}, not `{value}`");
    Ok(match () {
        () if is("integer") => toml::Value::Integer(value.parse().map_err(|_| wanted_number(key, value))?),
        () if is("number") => toml::Value::Float(value.parse().map_err(|_| wanted_number(key, value))?),
        () if is("boolean") => toml::Value::Boolean(value.parse().map_err(|_| wrong("true or false"))?),
        () if is("array") => {
            toml::Value::Array(value.split(',').map(|one| toml::Value::String(one.trim().to_owned())).collect())
        }
        () => toml::Value::String(value.to_owned()),
    })
}

fn wanted_number(key: &str, value: &str) -> anyhow::Error {
    anyhow!("`{key}` takes a number, not `{value}`")
}
