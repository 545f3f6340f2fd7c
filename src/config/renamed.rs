//! Keys that have a new name or are gone: they only warn, so that no upgrade keeps the program from starting.

use super::{
    finding::{Finding, Findings},
    tree::{Entry, Table, Value},
};

/// A key of former times.
struct Renamed {
    /// Its section; empty for the top of the file.
    section: &'static str,
    /// Its former name.
    old: &'static str,
    /// Its name today; none if it is gone.
    new: Option<&'static str>,
    /// What the owner should do.
    help: &'static str,
}

const RENAMED: &[Renamed] = &[
    Renamed { section: "report", old: "cron", new: Some("weekly"), help: "crontabs are written there too" },
    Renamed { section: "web", old: "base-url", new: Some("base_url"), help: "keys are written with low lines" },
    Renamed { section: "", old: "language", new: None, help: "remove it; guests' words are shown as they are" },
];

/// Moves the values of renamed keys to their new names, and drops those that are gone.
pub(super) fn apply(root: &mut Table, findings: &mut Findings) {
    for renamed in RENAMED {
        if renamed.section.is_empty() {
            rename(root, renamed, findings);
            continue;
        }
        match root.get_mut(renamed.section).map(|entry| &mut entry.node.value) {
            Some(Value::Table(table)) => rename(table, renamed, findings),
            Some(Value::List(nodes)) => {
                for node in nodes {
                    if let Value::Table(table) = &mut node.value {
                        rename(table, renamed, findings);
                    }
                }
            }
            Some(Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_)) | None => {}
        }
    }
}

fn rename(table: &mut Table, renamed: &Renamed, findings: &mut Findings) {
    let Some(at) = table.entries.iter().position(|entry| entry.key == renamed.old) else { return };
    let entry = table.entries.remove(at);
    let place = if renamed.section.is_empty() { String::new() } else { format!(" in [{}]", renamed.section) };
    let old = renamed.old;
    let (message, label) = match renamed.new {
        Some(new) if table.get(new).is_some() => (
            format!("`{old}`{place} is the former name of `{new}`, which is there too; `{new}` counts"),
            "not used".to_owned(),
        ),
        Some(new) => (format!("`{old}`{place} is now called `{new}`"), format!("write `{new}`")),
        None => (format!("`{old}`{place} is no longer used"), "not used".to_owned()),
    };
    findings.push(Finding::warning(entry.key_spot, message, label).help(renamed.help.to_owned()));
    if let Some(new) = renamed.new.filter(|new| table.get(new).is_none()) {
        table.entries.insert(at, Entry { key: new.to_owned(), ..entry });
    }
}
