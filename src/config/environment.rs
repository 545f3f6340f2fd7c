//! The environment: `AMENDS_SECTION__KEY` overrides keys of plain sections, and `${AMENDS_NAME}` stands for a variable inside a text.
//!
//! Texts are looked at only after parsing, so that no variable can change what the file says elsewhere.

use serde_json::Value as Json;

use super::{
    finding::{Finding, Findings, Spot},
    shape::{alternatives, is_secret, properties},
    tree::{Entry, Node, Table, Value},
    words::kind_of,
};

/// Looks up a variable.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Puts overrides into the tree; gives the text that stands for the environment in messages.
pub(super) fn override_keys(root: &mut Table, schema: &Json, file: usize, env: Env<'_>) -> String {
    let mut lines = Lines { file, text: String::new() };
    for (section, schema) in properties(schema) {
        for schema in alternatives(schema).into_iter().filter(|schema| schema["properties"].is_object()) {
            for (key, schema) in properties(schema) {
                override_key(root, (section, key), schema, &mut lines, env);
            }
        }
    }
    lines.text
}

/// The overrides as a file of lines, so that messages can point at them.
struct Lines {
    file: usize,
    text: String,
}

impl Lines {
    /// Writes one down; gives where its name and its value stand.
    fn add(&mut self, name: &str, value: &str) -> (Spot, Spot) {
        let spot = |start: usize, end: usize| Spot { file: self.file, start, end };
        let start = self.text.len();
        let written = value.replace(['\n', '\r'], " ");
        let value_start = start + name.len() + 1;
        let spots = (spot(start, start + name.len()), spot(value_start, value_start + written.len()));
        self.text += &format!("{name}={written}\n");
        spots
    }
}

fn override_key(root: &mut Table, (section, key): (&str, &str), schema: &Json, lines: &mut Lines, env: Env<'_>) {
    let forms = if is_secret(schema) {
        vec![key.to_owned(), format!("{key}_file"), format!("{key}_env")]
    } else {
        vec![key.to_owned()]
    };
    let given: Vec<(String, String)> = forms
        .iter()
        .filter_map(|form| env(&format!("AMENDS_{section}__{form}").to_uppercase()).map(|value| (form.clone(), value)))
        .collect();
    if given.is_empty() {
        return;
    }
    let entries: Vec<Entry> = given
        .into_iter()
        .map(|(form, value)| {
            let (key_spot, spot) = lines.add(&format!("AMENDS_{section}__{form}").to_uppercase(), &value);
            let value = if form == key { typed(&value, schema) } else { Value::Text(value) };
            Entry { key: form, key_spot, node: retype(Node { spot, value }) }
        })
        .collect();
    let spot = entries[0].key_spot;
    if root.get(section).is_none() {
        let node = Node { spot, value: Value::Table(Table::default()) };
        root.entries.push(Entry { key: section.to_owned(), key_spot: spot, node });
    }
    if let Some(Value::Table(table)) = root.get_mut(section).map(|entry| &mut entry.node.value) {
        table.entries.retain(|entry| !forms.contains(&entry.key));
        table.entries.extend(entries);
    }
}

/// The parts of a list stand where the whole of it does.
fn retype(node: Node) -> Node {
    let spot = node.spot;
    match node.value {
        Value::List(nodes) => {
            Node { spot, value: Value::List(nodes.into_iter().map(|inner| Node { spot, ..inner }).collect()) }
        }
        value => Node { spot, value },
    }
}

/// A variable's text as the type that its key wants; if it cannot be one, it stays text and the check says so.
fn typed(text: &str, schema: &Json) -> Value {
    let text = text.trim();
    let here = Spot { file: 0, start: 0, end: 0 };
    let as_text = || Value::Text(text.to_owned());
    match alternatives(schema).first().map_or("", |schema| kind_of(schema)) {
        "integer" => text.parse().map_or_else(|_| as_text(), Value::Integer),
        "number" => text.parse().map_or_else(|_| as_text(), Value::Float),
        "boolean" => text.parse().map_or_else(|_| as_text(), Value::Bool),
        "array" => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::List(parts.map(|part| Node { spot: here, value: Value::Text(part.to_owned()) }).collect())
        }
        _ => as_text(),
    }
}

/// Replaces `${AMENDS_NAME}`, `${AMENDS_NAME:-default}` and `$$` in every text; what the environment itself gave stays as it is.
pub(super) fn interpolate(table: &mut Table, environment: usize, env: Env<'_>, findings: &mut Findings) {
    for entry in &mut table.entries {
        interpolate_node(&mut entry.node, environment, env, findings);
    }
}

fn interpolate_node(node: &mut Node, environment: usize, env: Env<'_>, findings: &mut Findings) {
    match &mut node.value {
        Value::Text(text) if text.contains('$') && node.spot.file != environment => match expand(text, env) {
            Ok(expanded) => *text = expanded,
            Err((message, help)) => findings.push(Finding::error(node.spot, message, "in this text").help(help)),
        },
        Value::List(nodes) => nodes.iter_mut().for_each(|inner| interpolate_node(inner, environment, env, findings)),
        Value::Table(table) => interpolate(table, environment, env, findings),
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_) => {}
    }
}

/// One text with its variables put in; else what is wrong and the way out.
fn expand(text: &str, env: Env<'_>) -> Result<String, (String, String)> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out += &rest[..at];
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('{') {
            let (inside, behind) = behind
                .split_once('}')
                .ok_or_else(|| ("`${` has no `}`".to_owned(), "write $$ for a dollar sign itself".to_owned()))?;
            out += &variable(inside, env)?;
            rest = behind;
        } else {
            out.push('$');
        }
    }
    Ok(out + rest)
}

fn variable(inside: &str, env: Env<'_>) -> Result<String, (String, String)> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !plain || !name.starts_with("AMENDS_") {
        let help =
            "only variables whose names begin with AMENDS_ are put in; write $$ for a dollar sign itself".to_owned();
        return Err(("this variable is not put in".to_owned(), help));
    }
    let value = env(name).filter(|value| !value.is_empty() || default.is_none());
    let value = value.or_else(|| default.map(str::to_owned));
    value.ok_or_else(|| (format!("the variable `{name}` is not set"), format!("set it, or write ${{{name}:-default}}")))
}
