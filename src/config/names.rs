//! What names refer to: each name once, every reference to something that is there, and what must fit together across sections.

use std::collections::BTreeMap;

use super::{
    finding::{Finding, Findings, Spot, did_you_mean},
    tree::{Node, Table, Value},
    words::short,
};

/// The names of a section and where each stands first.
type Names<'a> = BTreeMap<&'a str, Spot>;

/// Checks all names of the file.
pub(super) fn check(root: &Table, findings: &mut Findings) {
    let mut check = Check { findings };
    let locations = check.unique(root, "location");
    let sources = check.unique(root, "source");
    let people = check.unique(root, "person");
    let channels = check.unique(root, "channel");
    check.apart(&people, &channels);
    check.calendars(root);
    check.homes(root, &locations);
    let listeners: Names = people.iter().chain(&channels).map(|(name, spot)| (*name, *spot)).collect();
    check.references(root, ("person", "channels"), &channels, "channel");
    for (key, known, what) in [
        ("locations", &locations, "location"),
        ("sources", &sources, "source"),
        ("to", &listeners, "person or channel"),
        ("then", &listeners, "person or channel"),
    ] {
        check.references(root, ("route", key), known, what);
    }
    check.receivers(root);
    if let Some(Value::Table(report)) = root.get("report").map(|entry| &entry.node.value) {
        check.list(report, ("[report]", "to"), &listeners, "person or channel");
    }
    check.thresholds(root);
}

struct Check<'a> {
    findings: &'a mut Findings,
}

impl Check<'_> {
    /// The names of a section's entries; a name that is there twice is said.
    fn unique<'t>(&mut self, root: &'t Table, section: &str) -> Names<'t> {
        let mut names = Names::new();
        for (name, spot) in root.tables(section).into_iter().filter_map(|(table, _)| table.text("name")) {
            match names.get(name) {
                Some(first) => {
                    let message = format!("two [[{section}]] are called `{}`", short(name));
                    self.findings.push(Finding::error(spot, message, "the second").also(*first, "the first"));
                }
                None => {
                    names.insert(name, spot);
                }
            }
        }
        names
    }

    fn apart(&mut self, people: &Names<'_>, channels: &Names<'_>) {
        for (name, spot) in channels {
            if let Some(person) = people.get(name) {
                let message =
                    format!("a person and a channel are both called `{}`, so a route could mean either", short(name));
                self.findings.push(Finding::error(*spot, message, "the channel").also(*person, "the person"));
            }
        }
    }

    fn calendars(&mut self, root: &Table) {
        let calendars: Names = match root.get("calendar").map(|entry| &entry.node.value) {
            Some(Value::Table(table)) => {
                table.entries.iter().map(|entry| (entry.key.as_str(), entry.key_spot)).collect()
            }
            _ => Names::new(),
        };
        for (table, _) in root.tables("location") {
            if let Some(reference) = table.text("calendar") {
                self.reference(reference, ("[[location]]", "calendar"), &calendars, "calendar");
            }
        }
    }

    /// Each source belongs to a location, by name where there are several.
    fn homes(&mut self, root: &Table, locations: &Names<'_>) {
        for (table, spot) in root.tables("source") {
            match table.text("location") {
                Some(reference) => self.reference(reference, ("[[source]]", "location"), locations, "location"),
                None if locations.len() > 1 && table.get("location").is_none() => {
                    let name = table.text("name").map_or("", |(name, _)| name);
                    let message = format!("`location` is missing in [[source]] `{}`: there are several", short(name));
                    let known: Vec<&str> = locations.keys().copied().collect();
                    let help = format!("write one of {}", known.join(", "));
                    self.findings.push(Finding::error(spot, message, "needs `location`").help(help));
                }
                None => {}
            }
        }
    }

    fn references(&mut self, root: &Table, (section, key): (&str, &str), known: &Names<'_>, what: &str) {
        for (table, _) in root.tables(section) {
            self.list(table, (&format!("[[{section}]]"), key), known, what);
        }
    }

    fn list(&mut self, table: &Table, (section, key): (&str, &str), known: &Names<'_>, what: &str) {
        for reference in table.texts(key) {
            self.reference(reference, (section, key), known, what);
        }
    }

    fn reference(&mut self, (name, spot): (&str, Spot), (section, key): (&str, &str), known: &Names<'_>, what: &str) {
        if !known.contains_key(name) {
            let message = format!("`{key}` in {section} names `{}`, but there is no such {what}", short(name));
            let names: Vec<&str> = known.keys().copied().collect();
            let help = did_you_mean(name, &names, "there are");
            self.findings.push(Finding::error(spot, message, format!("no {what}")).help(help));
        }
    }

    /// A route leads somewhere.
    fn receivers(&mut self, root: &Table) {
        for (table, _) in root.tables("route") {
            let Some(entry) = table.get("to") else { continue };
            if matches!(&entry.node.value, Value::List(nodes) if nodes.is_empty()) {
                let message = "`to` in [[route]] names nobody";
                let help = "write names of people or channels: to = [\"…\"]".to_owned();
                self.findings.push(Finding::error(entry.node.spot, message, "is empty").help(help));
            }
        }
    }

    /// What is negative is not turned as well.
    fn thresholds(&mut self, root: &Table) {
        if let Some(Value::Table(negative)) = root.get("negative").map(|entry| &entry.node.value) {
            self.apart_by(negative, "rating_max", "turned_min");
        }
        for (table, _) in root.tables("location") {
            self.apart_by(table, "negative_rating_max", "turned_rating_min");
        }
    }

    fn apart_by(&mut self, table: &Table, low: &str, high: &str) {
        let (Some(low_entry), Some(high_entry)) = (table.get(low), table.get(high)) else { return };
        if let (Some(highest), Some(lowest)) = (number(&low_entry.node), number(&high_entry.node))
            && lowest <= highest
        {
            let message = format!("`{high}` must be higher than `{low}`, or a bad review would count as turned");
            let finding = Finding::error(high_entry.node.spot, message, "too low");
            self.findings.push(finding.also(low_entry.node.spot, "not below this"));
        }
    }
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Integer(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}
