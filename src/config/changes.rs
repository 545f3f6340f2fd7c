//! What a reload changed, in words: "+1 source `x`", "report Mon 08:00 → Mon 07:30", and what needs a restart.
//!
//! Secrets are compared but never said.

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
};

use super::{
    mark,
    model::{Config, HttpSettings, Negative},
};

/// A configuration as the next one is compared with it. Of each source only a hash is kept: there may be ten thousand of them.
pub struct Former {
    /// Name and hash, in the order of the file.
    sources: Vec<(Box<str>, u64)>,
    /// All the rest.
    config: Config,
}

impl Former {
    /// Keeps of a configuration what is needed to say later what changed.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let sources = config.sources.iter().map(|entry| (entry.name.as_str().into(), mark::of_entry(entry))).collect();
        Former { sources, config: Config { sources: Vec::new(), ..config } }
    }
}

/// The changes from one configuration to the next, one line each, in the order of the file; none if they are the same.
#[must_use]
pub fn changes(former: &Former, new: &Config) -> Vec<String> {
    let (old, mut lines) = (&former.config, Vec::new());
    named("location", (&old.locations, &new.locations), |entry| &entry.name, &mut lines);
    let sources = former.sources.iter().map(|(name, mark)| (&**name, *mark)).collect();
    let now = new.sources.iter().map(|entry| (entry.name.as_str(), mark::of_entry(entry))).collect();
    entries("source", sources, now, &mut lines);
    named("person", (&old.people, &new.people), |entry| &entry.name, &mut lines);
    named("channel", (&old.channels, &new.channels), |entry| &entry.name, &mut lines);
    if old.routes != new.routes {
        lines.push(format!("routes changed: {} → {}", old.routes.len(), new.routes.len()));
    }
    calendars(old, new, &mut lines);
    negative(&old.negative, &new.negative, &mut lines);
    if old.topics != new.topics {
        lines.push("[topics] changed".to_owned());
    }
    value("report", &old.report.weekly, &new.report.weekly, &mut lines);
    if old.report.to != new.report.to {
        lines.push(format!("report to {} → {}", list(&old.report.to), list(&new.report.to)));
    }
    http(&old.http, &new.http, &mut lines);
    if old.smtp != new.smtp {
        lines.push("mail server changed".to_owned());
    }
    value("base_url", &optional(&old.web.base_url), &optional(&new.web.base_url), &mut lines);
    value("keep", &optional(&old.store.keep), &optional(&new.store.keep), &mut lines);
    restarts(old, new, &mut lines);
    lines
}

/// What only counts after a restart.
fn restarts(old: &Config, new: &Config, lines: &mut Vec<String>) {
    if old.web.listen != new.web.listen {
        lines.push(format!("listen {} → {} needs a restart", old.web.listen, new.web.listen));
    }
    if old.store.dir != new.store.dir {
        let shown = |config: &Config| optional(&config.store.dir.as_ref().map(|dir| dir.display()));
        lines.push(format!("data folder {} → {} needs a restart", shown(old), shown(new)));
    }
}

/// Which entries of a section came, went or changed.
fn named<T: PartialEq>(what: &str, (old, new): (&[T], &[T]), name: impl Fn(&T) -> &str, lines: &mut Vec<String>) {
    let pair = |entry| (name(entry), entry);
    entries(what, old.iter().map(pair).collect(), new.iter().map(pair).collect(), lines);
}

/// Which of these names came, went or stand for something else now.
fn entries<T: PartialEq>(what: &str, old: Vec<(&str, T)>, new: Vec<(&str, T)>, lines: &mut Vec<String>) {
    let before: HashMap<&str, &T> = old.iter().map(|(name, value)| (*name, value)).collect();
    let names: HashSet<&str> = new.iter().map(|(name, _)| *name).collect();
    let came = new.iter().filter(|(name, _)| !before.contains_key(name)).map(|(name, _)| *name);
    let gone = old.iter().filter(|(name, _)| !names.contains(name)).map(|(name, _)| *name);
    let other = new.iter().filter(|(name, value)| before.get(name).is_some_and(|old| *old != value));
    let signs = [("+", came.collect()), ("−", gone.collect()), ("~", other.map(|(name, _)| *name).collect::<Vec<_>>())];
    for (sign, names) in signs.into_iter().filter(|(_, names)| !names.is_empty()) {
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        lines.push(format!("{sign}{} {} {}", names.len(), plural(what, names.len()), quoted.join(", ")));
    }
}

fn plural(what: &str, count: usize) -> String {
    match (what, count) {
        (_, 1) => what.to_owned(),
        ("person", _) => "people".to_owned(),
        _ => format!("{what}s"),
    }
}

fn calendars(old: &Config, new: &Config, lines: &mut Vec<String>) {
    let changed = new.calendars.iter().filter(|(name, entry)| old.calendars.get(*name) != Some(*entry));
    let gone = old.calendars.keys().filter(|name| !new.calendars.contains_key(*name));
    lines.extend(changed.map(|(name, entry)| format!("calendar `{name}` is now {}", entry.hours)));
    lines.extend(gone.map(|name| format!("−1 calendar `{name}`")));
}

fn negative(old: &Negative, new: &Negative, lines: &mut Vec<String>) {
    value("rating_max", &old.rating_max, &new.rating_max, lines);
    value("turned_min", &old.turned_min, &new.turned_min, lines);
    if (&old.words, &old.words_not, old.unrated) != (&new.words, &new.words_not, new.unrated) {
        lines.push("words that alert changed".to_owned());
    }
}

fn http(old: &HttpSettings, new: &HttpSettings, lines: &mut Vec<String>) {
    if old != new {
        lines.push("[http] changed".to_owned());
    }
}

fn value<T: Display + PartialEq>(what: &str, old: &T, new: &T, lines: &mut Vec<String>) {
    if old != new {
        lines.push(format!("{what} {old} → {new}"));
    }
}

fn optional<T: Display>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "none".to_owned(), T::to_string)
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "everybody".to_owned() } else { names.join(", ") }
}
