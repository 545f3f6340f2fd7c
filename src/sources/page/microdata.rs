//! Microdata as values in the shape of JSON-LD.
//!
//! Follows the HTML standard's algorithm, with what schema.org's own examples add: a `content` attribute on any element. It
//! deliberately keeps items nested without `itemprop` under [`WITHIN`], so that a review knows the thing it stands in.

use std::collections::{HashMap, HashSet};

use scraper::{ElementRef, Html};
use serde_json::{Map, Value, json};
use url::Url;

use super::dom::text_of;

/// The key under which items stand that are inside another without being its property.
const WITHIN: &str = "@within";
/// Items nested deeper than this, by tree or by `itemref`, are left out.
const NESTING_MAX: usize = 24;
/// The most items, properties and pieces of text made of one page; nesting and `itemref` can multiply them.
const VALUES_MAX: usize = 50_000;
/// How much text counts as one more value.
const TEXT_PIECE_BYTES: usize = 256;

/// The items of a page that are not within another.
pub(super) fn items(html: &Html, base: Option<&Url>) -> Vec<Value> {
    let mut reader = Reader { base, by_id: HashMap::new(), seen: HashSet::new(), open: Vec::new(), left: VALUES_MAX };
    let elements = || html.tree.nodes().filter_map(ElementRef::wrap);
    if elements().any(|e| e.attr("itemref").is_some()) {
        for element in elements() {
            if let Some(id) = element.attr("id") {
                reader.by_id.entry(id).or_insert(element);
            }
        }
    }
    let mut items = Vec::new();
    for element in html.root_element().descendent_elements() {
        if element.attr("itemscope").is_some() && !reader.seen.contains(&place(element)) {
            items.extend(reader.item(element));
        }
    }
    items
}

/// An element's place in the tree's own order of making.
fn place(element: ElementRef<'_>) -> usize {
    std::ptr::from_ref(element.value()) as usize
}

struct Reader<'a> {
    base: Option<&'a Url>,
    by_id: HashMap<&'a str, ElementRef<'a>>,
    seen: HashSet<usize>,
    open: Vec<usize>,
    left: usize,
}

impl<'a> Reader<'a> {
    fn item(&mut self, element: ElementRef<'a>) -> Option<Value> {
        let here = place(element);
        if self.open.len() >= NESTING_MAX || self.open.contains(&here) {
            return None;
        }
        self.seen.insert(here);
        self.open.push(here);
        let mut item = Map::new();
        let types: Vec<&str> = element.attr("itemtype").unwrap_or_default().split_whitespace().collect();
        if !types.is_empty() {
            item.insert("@type".into(), json!(types));
        }
        if let Some(id) = element.attr("itemid").map(str::trim).filter(|id| !id.is_empty()) {
            item.insert("@id".into(), json!(id));
        }
        self.children(element, &mut item);
        for id in element.attr("itemref").unwrap_or_default().split_whitespace() {
            if let Some(referred) = self.by_id.get(id).copied() {
                self.element(referred, &mut item);
            }
        }
        self.open.pop();
        Some(Value::Object(item))
    }

    fn children(&mut self, element: ElementRef<'a>, item: &mut Map<String, Value>) {
        for child in element.children() {
            match ElementRef::wrap(child) {
                Some(child) => self.element(child, item),
                None if child.value().is_fragment() => {
                    for inner in child.children().filter_map(ElementRef::wrap) {
                        self.element(inner, item);
                    }
                }
                None => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef<'a>, item: &mut Map<String, Value>) {
        let scope = element.attr("itemscope").is_some();
        let names: Vec<&str> = element.attr("itemprop").unwrap_or_default().split_whitespace().collect();
        if scope || !names.is_empty() {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
        }
        match (scope, names.is_empty()) {
            (true, nameless) => {
                let Some(value) = self.item(element) else { return };
                let names = if nameless { vec![WITHIN] } else { names };
                let (last, others) = names.split_last().expect("a property has at least one name");
                others.iter().for_each(|name| add(item, name, value.clone()));
                add(item, last, value);
            }
            (false, false) => {
                for name in names {
                    let value = self.value(element, name);
                    self.left = self.left.saturating_sub(value.as_str().map_or(0, str::len) / TEXT_PIECE_BYTES);
                    add(item, name, value);
                }
                self.children(element, item);
            }
            (false, true) => self.children(element, item),
        }
    }

    /// A property's value (HTML standard, "values": by element; then `content`; then text).
    fn value(&self, element: ElementRef<'a>, name: &str) -> Value {
        let address = |attribute: &str| element.attr(attribute).map(|address| absolute(address, self.base));
        let text = || text_of(element);
        match element.value().name() {
            "meta" => json!(element.attr("content").unwrap_or_default()),
            "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => {
                json!(element.attr("content").map(str::to_owned).or_else(|| address("src")).unwrap_or_default())
            }
            "a" | "area" | "link" => link(name, address("href"), text()),
            "object" => json!(address("data").unwrap_or_default()),
            "data" | "meter" => json!(element.attr("value").map_or_else(text, str::to_owned)),
            "time" => json!(element.attr("datetime").or(element.attr("content")).map_or_else(text, str::to_owned)),
            _ => json!(element.attr("content").filter(|c| !c.is_empty()).map_or_else(text, str::to_owned)),
        }
    }
}

/// A link's value is its address, but a link that is a name or a text says it in words, and a linked author is both.
fn link(name: &str, address: Option<String>, words: String) -> Value {
    let address = address.unwrap_or_default();
    match local(name) {
        _ if words.is_empty() => json!(address),
        "author" | "creator" | "reviewer" | "itemReviewed" => json!({"name": words, "url": address}),
        "name" | "headline" | "reviewBody" | "description" | "text" | "datePublished" | "ratingValue" => json!(words),
        _ => json!(address),
    }
}

/// An address made absolute where the page's own is known.
pub(super) fn absolute(address: &str, base: Option<&Url>) -> String {
    let address = address.trim();
    base.and_then(|base| base.join(address).ok()).map_or_else(|| address.to_owned(), String::from)
}

/// The last part of a name: `author` of `author`, `schema:author` and `https://schema.org/author`.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(['/', '#', ':']).find(|part| !part.is_empty()).unwrap_or(name)
}

/// Adds a value to a property, making a list of several.
pub(super) fn add(item: &mut Map<String, Value>, name: &str, value: Value) {
    match item.entry(local(name)) {
        serde_json::map::Entry::Vacant(entry) => {
            entry.insert(value);
        }
        serde_json::map::Entry::Occupied(mut entry) => match entry.get_mut() {
            Value::Array(values) => values.push(value),
            first => *first = Value::Array(vec![first.take(), value]),
        },
    }
}

#[cfg(test)]
#[path = "microdata_tests.rs"]
mod tests;
