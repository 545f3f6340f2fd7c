//! The owner's file as a tree in which every key and value knows where it stands.
//!
//! It knows TOML but none of our keys.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::finding::{Finding, Spot};

/// A table, its entries in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_spot: Spot,
    pub(super) node: Node,
}

/// A value and where it stands; a table stands at its header.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) spot: Spot,
    pub(super) value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    /// A date or time of TOML's own, as it was written.
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

impl Table {
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    /// The text at that key, with where it stands.
    pub(super) fn text(&self, key: &str) -> Option<(&str, Spot)> {
        let node = &self.get(key)?.node;
        match &node.value {
            Value::Text(text) => Some((text, node.spot)),
            _ => None,
        }
    }

    /// The tables in the list at that key, with where they stand.
    pub(super) fn tables(&self, key: &str) -> Vec<(&Table, Spot)> {
        let nodes = match self.get(key).map(|entry| &entry.node.value) {
            Some(Value::List(nodes)) => nodes.as_slice(),
            _ => &[],
        };
        nodes.iter().filter_map(|node| node.as_table().map(|table| (table, node.spot))).collect()
    }

    /// The texts in the list at that key, with where they stand.
    pub(super) fn texts(&self, key: &str) -> Vec<(&str, Spot)> {
        let nodes = match self.get(key).map(|entry| &entry.node.value) {
            Some(Value::List(nodes)) => nodes.as_slice(),
            _ => &[],
        };
        nodes.iter().filter_map(|node| node.as_text().map(|text| (text, node.spot))).collect()
    }

    /// Where what a path names stands: the key of "web.listen", the section of "source.0". A key may hold dots itself.
    pub(super) fn spot(&self, path: &str) -> Option<Spot> {
        self.entries.iter().find_map(|entry| match path.strip_prefix(entry.key.as_str())? {
            "" => Some(entry.key_spot),
            rest => entry.node.spot_within(rest.strip_prefix('.')?),
        })
    }

    /// The same as plain TOML; dates become text, which is how all our keys take them.
    pub(super) fn to_toml(&self) -> toml::Table {
        self.entries.iter().map(|entry| (entry.key.clone(), entry.node.to_toml())).collect()
    }
}

impl Node {
    pub(super) fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn spot_within(&self, path: &str) -> Option<Spot> {
        match &self.value {
            Value::Table(table) => table.spot(path),
            Value::List(nodes) => {
                let (index, rest) = path.split_once('.').map_or((path, None), |(index, rest)| (index, Some(rest)));
                let node = nodes.get(index.parse::<usize>().ok()?)?;
                rest.map_or(Some(node.spot), |rest| node.spot_within(rest))
            }
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_) => None,
        }
    }

    fn to_toml(&self) -> toml::Value {
        match &self.value {
            Value::Text(text) | Value::Date(text) => toml::Value::String(text.clone()),
            Value::Integer(number) => toml::Value::Integer(*number),
            Value::Float(number) => toml::Value::Float(*number),
            Value::Bool(yes) => toml::Value::Boolean(*yes),
            Value::List(nodes) => toml::Value::Array(nodes.iter().map(Node::to_toml).collect()),
            Value::Table(table) => toml::Value::Table(table.to_toml()),
        }
    }
}

/// Reads one file's text. Nesting is limited to 80 by the parser.
pub(super) fn parse(text: &str, file: usize) -> Result<Table, Box<Finding>> {
    let document = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let spot = Spot { file, start: span.start.min(text.len()), end: span.end.min(text.len()) };
        let message = format!("this is not TOML: {}", plain(error.message()));
        Box::new(Finding::error(spot, message, "here").help(way_out(text, spot, error.message())))
    })?;
    table(document.into_inner(), file)
}

/// The parser's message on one line.
fn plain(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is usually meant where the parser stumbles.
fn way_out(text: &str, spot: Spot, message: &str) -> Option<String> {
    if message.contains("duplicate") {
        return Some("a key may stand only once in a section".to_owned());
    }
    if text.get(spot.start..)?.chars().next().is_some_and(|c| c.is_control() && !c.is_whitespace()) {
        return Some("an invisible control character stands here; remove it".to_owned());
    }
    let line_start = text.get(..spot.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..)?.lines().next()?;
    let (_, value) = line.split_once('=')?;
    let first = value.trim_start().chars().next()?;
    match first {
        '“' | '”' | '„' | '‘' | '’' => Some("use straight quotes: \"…\"".to_owned()),
        c if c.is_alphabetic() || c == '/' => Some("text must stand in quotes: \"…\"".to_owned()),
        c if c.is_ascii_digit() => Some("times, spans and addresses must stand in quotes: \"…\"".to_owned()),
        _ => None,
    }
}

fn table(from: DeTable<'_>, file: usize) -> Result<Table, Box<Finding>> {
    // Thousands of sections are held at once: none takes more room than it needs.
    let mut entries = Vec::with_capacity(from.len());
    for (key, inner) in from {
        let key_spot = spot(key.span(), file);
        entries.push(Entry { key: key.into_inner().into_owned(), key_spot, node: node(inner, file)? });
    }
    Ok(Table { entries })
}

fn node(from: Spanned<DeValue<'_>>, file: usize) -> Result<Node, Box<Finding>> {
    let spot = spot(from.span(), file);
    let too_large = || Box::new(Finding::error(spot, "this number is too large", "here"));
    let value = match from.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| too_large())?)
        }
        DeValue::Float(number) => {
            let float = number
                .as_str()
                .parse()
                .ok()
                .filter(|float: &f64| !float.is_infinite() || number.as_str().contains("inf"));
            Value::Float(float.ok_or_else(too_large)?)
        }
        DeValue::Boolean(yes) => Value::Bool(yes),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(values) => {
            Value::List(values.into_iter().map(|inner| node(inner, file)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(inner) => Value::Table(table(inner, file)?),
    };
    Ok(Node { spot, value })
}

fn spot(span: Range<usize>, file: usize) -> Spot {
    Spot { file, start: span.start, end: span.end }
}
