//! Walks the tree against the schema: unknown and missing keys, types, ranges, choices and formats, all in one pass.
//!
//! What names refer to is checked by `names`; secrets are put in by `secrets` before.

use serde_json::Value as Json;

use super::{
    finding::{Finding, Findings, Spot, did_you_mean, nearest},
    shape::{Whole, alternatives, is_secret, properties, required},
    tree::{Entry, Node, Table, Value},
    words::{choices, found, kind_of, misread, misread_number, out_of_range, short, wanted},
};

/// The sections whose keys depend on their kind.
pub(super) const KINDED: [&str; 2] = ["source", "channel"];

/// Checks the whole file.
pub(super) fn check(root: &Table, whole: &Whole, findings: &mut Findings) {
    let mut walk = Walk { findings, section: "the file".to_owned() };
    walk.keys(root, &whole.root, None);
    for entry in &root.entries {
        let Some(schema) = whole.root["properties"].get(&entry.key) else { continue };
        match KINDED.iter().find(|section| **section == entry.key) {
            Some(section) => walk.kinded(section, &entry.node, whole),
            None => walk.section(entry, schema),
        }
    }
}

/// Where the walk is, and what it has found.
struct Walk<'a> {
    findings: &'a mut Findings,
    /// For messages: "[[source]] `harbour`", "[smtp]".
    section: String,
}

impl Walk<'_> {
    /// One section at the top of the file.
    fn section(&mut self, entry: &Entry, schema: &Json) {
        self.section = match kind_of(schema) {
            "array" => format!("[[{}]]", entry.key),
            _ => format!("[{}]", entry.key),
        };
        match &entry.node.value {
            Value::List(nodes) if kind_of(&schema["items"]) == "object" => {
                for node in nodes {
                    self.section = named(&entry.key, node);
                    self.node(node, &schema["items"], &entry.key);
                }
            }
            _ => self.node(&entry.node, schema, &entry.key),
        }
    }

    /// The list of sources or of channels, each against the schema of its kind.
    fn kinded(&mut self, section: &'static str, list: &Node, whole: &Whole) {
        self.section = format!("[[{section}]]");
        let Value::List(nodes) = &list.value else {
            let help = format!("write [[{section}]] with two brackets; there may be several");
            return self.findings.push(
                Finding::error(list.spot, format!("`{section}` must be a list of sections"), found(list)).help(help),
            );
        };
        for node in nodes {
            self.section = named(section, node);
            match node.as_table() {
                Some(table) => self.of_kind(section, (table, node.spot), whole),
                None => self.mistyped(node, &whole.root["properties"][section]["items"], section),
            }
        }
    }

    fn of_kind(&mut self, section: &'static str, (table, spot): (&Table, Spot), whole: &Whole) {
        let kind = table.text("kind").map(|(kind, _)| kind);
        if let Some(schema) = kind.and_then(|kind| whole.kind(section, kind)) {
            return self.table(table, spot, schema);
        }
        if let Some((kind, spot)) = table.text("kind") {
            let known = whole.kinds_of(section);
            let message = format!("unknown kind `{}` in {}", short(kind), self.section);
            let help = did_you_mean(kind, &known, "the kinds are");
            self.findings.push(Finding::error(spot, message, format!("not a kind of {section}")).help(help));
        }
        // Without its kind, only the keys that all have can be checked; what else stands there may be secret.
        let schema = super::shape::item(&whole.root, section);
        let common = whole.common(section);
        self.missing((table, spot), schema, &[]);
        for entry in &table.entries {
            match schema["properties"].get(&entry.key).filter(|_| common.contains(&entry.key.as_str())) {
                Some(schema) => self.node(&entry.node, schema, &entry.key),
                None => mask_within(&entry.node, self.findings),
            }
        }
    }

    fn table(&mut self, table: &Table, spot: Spot, schema: &Json) {
        self.keys(table, schema, Some(spot));
        for entry in &table.entries {
            if let Some(schema) = schema["properties"].get(&entry.key) {
                self.node(&entry.node, schema, &entry.key);
            } else if schema["additionalProperties"].is_object() {
                self.node(&entry.node, &schema["additionalProperties"], &entry.key);
            }
        }
    }

    /// Unknown keys and missing ones; the file itself misses none.
    fn keys(&mut self, table: &Table, schema: &Json, spot: Option<Spot>) {
        let open = schema["additionalProperties"].is_object() || schema["additionalProperties"] == true;
        let mut meant = Vec::new();
        let keys = schema["properties"].as_object().filter(|_| !open);
        // The list of all known keys is for the few files that have an unknown one.
        if keys.is_some_and(|keys| table.entries.iter().any(|entry| !keys.contains_key(&entry.key))) {
            let known = known_keys(schema);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            for entry in table.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
                self.unknown(entry, &known);
                meant.extend(nearest(&entry.key, known.iter().copied()).map(str::to_owned));
            }
        }
        if let Some(spot) = spot {
            self.missing((table, spot), schema, &meant);
        }
    }

    fn unknown(&mut self, entry: &Entry, known: &[&str]) {
        let key = short(&entry.key);
        mask_within(&entry.node, self.findings);
        let (what, choose) = match self.section.as_str() {
            "the file" => (format!("unknown section or key `{key}`"), "the sections are"),
            section => (format!("unknown key `{key}` in {section}"), "its keys are"),
        };
        let help = did_you_mean(&entry.key, known, choose);
        self.findings.push(Finding::error(entry.key_spot, what, "not known here").help(help));
    }

    /// Required keys that are not there, but for those that an unknown key was `meant` to be.
    fn missing(&mut self, (table, spot): (&Table, Spot), schema: &Json, meant: &[String]) {
        let absent = |key: &str| table.get(key).is_none() && !meant.iter().any(|meant| is_form_of(meant, key));
        for (key, schema) in required(schema).filter(|(key, _)| absent(key)) {
            let message = format!("`{key}` is missing in {}", self.section);
            let about = schema["description"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
            let help = match (is_secret(schema), about) {
                (true, _) => format!("write {key}_file = \"/path/to/a/file\", or {key}_env = \"A_VARIABLE\""),
                (false, "") => format!("it is {}", wanted(schema)),
                (false, about) => uncapitalised(about.trim_end_matches('.')),
            };
            self.findings.push(Finding::error(spot, message, format!("needs `{key}`")).help(help));
        }
    }

    fn node(&mut self, node: &Node, schema: &Json, key: &str) {
        let each = alternatives(schema);
        match (each.as_slice(), node.as_text(), choices(&each)) {
            (_, Some(text), Some(choices)) => self.choice(node, text, &choices, key),
            ([one], ..) => self.single(node, one, key),
            (many, ..) => self.any_of(node, many, schema, key),
        }
    }

    fn choice(&mut self, node: &Node, text: &str, choices: &[&str], key: &str) {
        if !choices.contains(&text) {
            let message = format!("`{}` is not a value of `{key}` in {}", short(text), self.section);
            let help = did_you_mean(text, choices, "write one of");
            self.findings.push(Finding::error(node.spot, message, "not one of its values").help(help));
        }
    }

    /// One of several forms: good if one of them fits, else the complaint of the one of the same type, else all that are wanted.
    fn any_of(&mut self, node: &Node, forms: &[&Json], schema: &Json, key: &str) {
        let mut complaints = Vec::new();
        for form in forms {
            let mut findings = Findings::default();
            Walk { findings: &mut findings, section: self.section.clone() }.single(node, form, key);
            if !findings.has_errors() {
                return;
            }
            complaints.push((type_fits(node, form), findings));
        }
        let mut of_type = complaints.into_iter().filter(|(fits, _)| *fits);
        match (of_type.next(), of_type.next()) {
            (Some((_, findings)), None) => self.findings.append(findings),
            _ => self.mistyped(node, schema, key),
        }
    }

    fn single(&mut self, node: &Node, schema: &Json, key: &str) {
        if !type_fits(node, schema) {
            return self.mistyped(node, schema, key);
        }
        match &node.value {
            Value::Text(text) | Value::Date(text) => self.text(node, text, schema, key),
            Value::Integer(number) => self.number(node, *number as f64, schema, key),
            Value::Float(number) => self.number(node, *number, schema, key),
            Value::Bool(_) => {}
            Value::List(nodes) => {
                self.length(node, nodes.len(), schema, key);
                nodes.iter().for_each(|inner| self.node(inner, &schema["items"], key));
            }
            Value::Table(table) => {
                let outer = self.section.clone();
                if key != outer.trim_matches(['[', ']']) && !outer.starts_with(&format!("[[{key}]]")) {
                    self.section = inner_section(&outer, key);
                }
                self.table(table, node.spot, schema);
                self.section = outer;
            }
        }
    }

    fn text(&mut self, node: &Node, text: &str, schema: &Json, key: &str) {
        let format = schema["format"].as_str().unwrap_or_default();
        let least = schema["minLength"].as_u64().unwrap_or(0);
        let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        let length = text.trim().chars().count() as u64;
        if let Some(why) = misread(format, text) {
            let message = format!("`{key}` in {} cannot be used: {why}", self.section);
            self.findings.push(Finding::error(node.spot, message, format!("wants {}", wanted(schema))));
        } else if length < least && !is_secret(schema) {
            let message = format!("`{key}` in {} must not be empty", self.section);
            self.findings.push(Finding::error(node.spot, message, "is empty"));
        } else if length > most {
            let message = format!("`{key}` in {} is longer than {most} characters", self.section);
            self.findings.push(Finding::error(node.spot, message, "too long"));
        }
    }

    fn number(&mut self, node: &Node, number: f64, schema: &Json, key: &str) {
        if out_of_range(schema, number) {
            let message = format!("`{key}` in {} must be {}", self.section, wanted(schema));
            self.findings.push(Finding::error(node.spot, message, "out of range"));
        }
    }

    fn length(&mut self, node: &Node, length: usize, schema: &Json, key: &str) {
        if schema["minItems"].as_u64().is_some_and(|least| (length as u64) < least) {
            let message = format!("`{key}` in {} must not be empty", self.section);
            self.findings.push(Finding::error(node.spot, message, "is empty"));
        }
    }

    fn mistyped(&mut self, node: &Node, schema: &Json, key: &str) {
        if is_secret(schema) {
            self.findings.mask(node.spot);
        }
        let wanted = wanted(schema);
        let format = alternatives(schema).iter().find_map(|one| one["format"].as_str()).unwrap_or_default();
        let help = match &node.value {
            Value::Integer(number) => misread_number(format, *number),
            Value::Text(text) if !is_secret(schema) && text.parse::<f64>().is_ok() => {
                Some("write it without quotes".to_owned())
            }
            Value::Text(text) if matches!(text.as_str(), "true" | "false") => {
                Some("write it without quotes".to_owned())
            }
            Value::Table(_) if kind_of(schema) == "array" => Some(format!("write [[{key}]] with two brackets")),
            Value::List(_) if kind_of(schema) == "object" => Some(format!("write [{key}] with single brackets")),
            Value::Text(_) if kind_of(schema) == "array" => Some("put it into square brackets: [\"…\"]".to_owned()),
            _ => None,
        };
        let message = match self.section.trim_matches(['[', ']']) == key {
            true => format!("`{key}` must be {wanted}"),
            false => format!("`{key}` in {} must be {wanted}", self.section),
        };
        self.findings.push(Finding::error(node.spot, message, format!("this is {}", found(node))).help(help));
    }
}

fn type_fits(node: &Node, schema: &Json) -> bool {
    match (kind_of(schema), &node.value) {
        ("", _) | ("string", Value::Text(_)) | ("boolean", Value::Bool(_)) => true,
        ("integer" | "number", Value::Integer(_)) | ("number", Value::Float(_)) => true,
        ("array", Value::List(_)) | ("object", Value::Table(_)) => true,
        ("string", Value::Date(_)) => schema["format"] == "holiday",
        _ => false,
    }
}

/// "[[source]] `harbour`", or "[[source]]" if it has no name.
fn named(section: &str, node: &Node) -> String {
    match node.as_table().and_then(|table| table.text("name")) {
        Some((name, _)) if !name.trim().is_empty() => format!("[[{section}]] `{}`", short(name)),
        Some(_) | None => format!("[[{section}]]"),
    }
}

fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// "[calendar.desk]" within "[calendar]"; "`login` of [[source]] `x`" within a list's entry.
fn inner_section(outer: &str, key: &str) -> String {
    match outer.strip_suffix(']').filter(|_| !outer.starts_with("[[")) {
        Some(open) => format!("{open}.{}]", short(key)),
        None => format!("`{}` of {outer}", short(key)),
    }
}

/// The keys of an object, the other forms of its secrets among them.
fn known_keys(schema: &Json) -> Vec<String> {
    let forms = properties(schema).flat_map(|(key, schema)| match is_secret(schema) {
        true => vec![key.clone(), format!("{key}_file"), format!("{key}_env")],
        false => vec![key.clone()],
    });
    forms.collect()
}

/// Whether a key is that one or, if it is a secret, another form of it.
fn is_form_of(written: &str, key: &str) -> bool {
    written.strip_prefix(key).is_some_and(|rest| ["", "_file", "_env"].contains(&rest))
}

/// Masks every value inside, whatever it is.
fn mask_within(node: &Node, findings: &mut Findings) {
    match &node.value {
        Value::List(nodes) if nodes.iter().all(|node| node.as_table().is_some()) => {
            nodes.iter().for_each(|inner| mask_within(inner, findings));
        }
        Value::Table(table) => table.entries.iter().for_each(|entry| mask_within(&entry.node, findings)),
        Value::List(_) | Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_) => {
            findings.mask(node.spot);
        }
    }
}
