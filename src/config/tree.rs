//! The owner's file as a tree in which every key and value knows where it stands.
//!
//! It knows TOML but none of our keys.

use toml_edit::{Document, Item, TableLike, Value as TomlValue};

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
pub(super) fn parse(text: &str, file: usize) -> Result<Table, Finding> {
    let document = Document::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let spot = Spot { file, start: span.start.min(text.len()), end: span.end.min(text.len()) };
        Finding::error(spot, "this is not TOML", plain(error.message())).help(way_out(text, spot))
    })?;
    let whole = Spot { file, start: 0, end: 0 };
    Ok(table(document.as_table(), whole))
}

/// The parser's message on one line.
fn plain(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is usually meant where the parser stumbles.
fn way_out(text: &str, spot: Spot) -> Option<String> {
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

fn table(from: &dyn TableLike, fallback: Spot) -> Table {
    let entries = from.iter().map(|(key, item)| {
        let key_spot = spot(from.key(key).and_then(toml_edit::Key::span), fallback);
        Entry { key: key.to_owned(), key_spot, node: node(item, key_spot) }
    });
    Table { entries: entries.collect() }
}

fn node(item: &Item, fallback: Spot) -> Node {
    let spot = spot(item.span(), fallback);
    let value = match item {
        Item::None => Value::Table(Table::default()),
        Item::Value(value) => return self::value(value, fallback),
        Item::Table(inner) => Value::Table(table(inner, spot)),
        Item::ArrayOfTables(tables) => {
            Value::List(tables.iter().map(|inner| of_table(inner, inner.span(), spot)).collect())
        }
    };
    Node { spot, value }
}

fn of_table(inner: &dyn TableLike, span: Option<std::ops::Range<usize>>, fallback: Spot) -> Node {
    let spot = spot(span, fallback);
    Node { spot, value: Value::Table(table(inner, spot)) }
}

fn value(from: &TomlValue, fallback: Spot) -> Node {
    let spot = spot(from.span(), fallback);
    let value = match from {
        TomlValue::String(text) => Value::Text(text.value().clone()),
        TomlValue::Integer(number) => Value::Integer(*number.value()),
        TomlValue::Float(number) => Value::Float(*number.value()),
        TomlValue::Boolean(yes) => Value::Bool(*yes.value()),
        TomlValue::Datetime(date) => Value::Date(date.value().to_string()),
        TomlValue::Array(values) => Value::List(values.iter().map(|inner| self::value(inner, spot)).collect()),
        TomlValue::InlineTable(inner) => Value::Table(table(inner, spot)),
    };
    Node { spot, value }
}

fn spot(span: Option<std::ops::Range<usize>>, fallback: Spot) -> Spot {
    span.map_or(fallback, |span| Spot { start: span.start, end: span.end, ..fallback })
}
