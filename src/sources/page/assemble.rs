//! From the page's values, whatever syntax they came from, to sightings.
//!
//! It walks everything and resolves `@id` within the page. Which copies are one review is `merge`'s to say, and which ids can be
//! trusted is `identity`'s.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use url::Url;

use super::{dom::plain, microdata::local, stars};
use crate::{
    review::{PostedAt, RawRating, Reply, Sighting},
    text,
};

/// Things that hold reviews without being what was reviewed.
const CONTAINERS: [&str; 10] = [
    "WebPage",
    "ItemPage",
    "CollectionPage",
    "ProfilePage",
    "QAPage",
    "FAQPage",
    "WebSite",
    "ItemList",
    "ListItem",
    "BreadcrumbList",
];

/// What the page is, as far as its reviews need it.
pub(super) struct Page<'a> {
    /// Its address, if known.
    pub url: Option<&'a Url>,
    /// Its language, if stated.
    pub language: Option<String>,
}

/// A review as one piece of the page's data showed it.
pub(super) struct Found {
    /// The piece it came from: a script, the microdata, the RDFa.
    pub group: usize,
    /// What it says.
    pub sighting: Sighting,
}

/// How many reviews the page says a thing has.
#[derive(Debug, PartialEq)]
pub(super) struct Stated {
    /// The thing's name, if it has one.
    pub item: Option<String>,
    /// Its `reviewCount`.
    pub count: u64,
}

/// What all the page's data says.
pub(super) struct Assembled {
    /// The reviews in the page's order, copies included.
    pub found: Vec<Found>,
    /// The counts it states.
    pub stated: Vec<Stated>,
}

/// Finds the reviews in groups of values.
pub(super) fn assemble(groups: &[Vec<Value>], page: &Page<'_>) -> Assembled {
    let mut graph = Graph { by_id: HashMap::new(), owners: HashMap::new() };
    groups.iter().flatten().for_each(|value| graph.index(value));
    let mut walk = Walk { graph: &graph, page, group: 0, met: HashSet::new(), found: Vec::new(), stated: Vec::new() };
    for (group, values) in groups.iter().enumerate() {
        walk.group = group;
        values.iter().for_each(|value| walk.visit(value, None, ""));
    }
    Assembled { found: walk.found, stated: walk.stated }
}

/// The page's nodes by their `@id`.
struct Graph<'a> {
    by_id: HashMap<&'a str, &'a Map<String, Value>>,
    /// Which node says of this `@id` that it is a review of it.
    owners: HashMap<&'a str, &'a Map<String, Value>>,
}

impl<'a> Graph<'a> {
    fn index(&mut self, value: &'a Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.index(value)),
            Value::Object(map) => {
                if let Some(id) = map.get("@id").and_then(Value::as_str) {
                    let known = self.by_id.entry(id).or_insert(map);
                    if known.len() < map.len() {
                        *known = map;
                    }
                }
                for key in ["review", "reviews"] {
                    for review in map.get(key).into_iter().flat_map(each) {
                        if let Some(id) = review.get("@id").and_then(Value::as_str) {
                            self.owners.entry(id).or_insert(map);
                        }
                    }
                }
                map.values().for_each(|value| self.index(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The node that a value is or refers to; `None` if it is no node.
    fn node(&self, value: &'a Value) -> Option<&'a Map<String, Value>> {
        let map = value.as_object()?;
        if !is_reference(map) {
            return Some(map);
        }
        let meant = map.get("@id").and_then(Value::as_str).and_then(|id| self.by_id.get(id)).copied();
        Some(meant.unwrap_or(map))
    }
}

/// Whether a node only points at another.
fn is_reference(map: &Map<String, Value>) -> bool {
    map.contains_key("@id") && map.keys().all(|key| matches!(key.as_str(), "@id" | "@type" | "@words"))
}

/// A list's values, however nested; or the one value.
fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().flat_map(each).collect(),
        other => vec![other],
    }
}

fn types(map: &Map<String, Value>) -> impl Iterator<Item = &str> {
    map.get("@type").or_else(|| map.get("type")).into_iter().flat_map(each).filter_map(Value::as_str).map(local)
}

struct Walk<'a, 'g> {
    graph: &'g Graph<'a>,
    page: &'g Page<'g>,
    group: usize,
    met: HashSet<usize>,
    found: Vec<Found>,
    stated: Vec<Stated>,
}

impl<'a> Walk<'a, '_> {
    /// Visits a value that stands under `key` of a node within `holder`.
    fn visit(&mut self, value: &'a Value, holder: Option<&'a Map<String, Value>>, key: &str) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.visit(value, holder, key)),
            Value::Object(map) => {
                let review = is_review(map, key);
                if review && self.met.insert(std::ptr::from_ref(map) as usize) {
                    self.meet(map, holder);
                }
                self.count(map);
                let container = types(map).any(|name| CONTAINERS.contains(&name));
                let names_a_thing = !review && !container && map.contains_key("name");
                let inner = if names_a_thing { Some(map) } else { holder };
                map.iter().for_each(|(key, value)| self.visit(value, inner, key));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn meet(&mut self, map: &'a Map<String, Value>, holder: Option<&'a Map<String, Value>>) {
        let owner = map.get("@id").and_then(Value::as_str).and_then(|id| self.graph.owners.get(id)).copied();
        let reader = Reader { graph: self.graph, page: self.page };
        let sighting = reader.sighting(map, holder.or(owner));
        if says_something(&sighting) {
            self.found.push(Found { group: self.group, sighting });
        }
    }

    fn count(&mut self, map: &'a Map<String, Value>) {
        let reader = Reader { graph: self.graph, page: self.page };
        for aggregate in map.get("aggregateRating").into_iter().flat_map(each) {
            let count = self.graph.node(aggregate).and_then(|node| reader.words(node, &["reviewCount"]));
            if let Some(count) = count.and_then(|count| whole(&count)) {
                self.stated.push(Stated { item: reader.words(map, &["name"]), count });
            }
        }
    }
}

/// A count as sent: `311`, `"311.0"`, `"1,234"`.
fn whole(words: &str) -> Option<u64> {
    let words = words.trim();
    let in_thousands =
        words.len() > 4 && words.split([',', '.', ' ', '\u{A0}', '\'']).skip(1).all(|part| part.len() == 3);
    if in_thousands {
        return words.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok();
    }
    let number = words.parse::<f64>().ok().filter(|n| n.fract() == 0.0 && (0.0..1e15).contains(n))?;
    Some(number as u64)
}

/// Any type that ends in "Review" (schema.org has a dozen), and what stands untyped as a review.
fn is_review(map: &Map<String, Value>, key: &str) -> bool {
    let mut named = types(map).peekable();
    if named.peek().is_some() {
        return !is_reference(map) && named.any(|name| name.ends_with("Review"));
    }
    let said = ["reviewBody", "reviewRating", "description", "ratingValue"].iter().any(|key| map.contains_key(*key));
    said && matches!(local(key), "review" | "reviews")
}

fn says_something(sighting: &Sighting) -> bool {
    sighting.rating.is_some() || sighting.text.is_some() || sighting.title.is_some() || sighting.author.is_some()
}

/// Reads one review's fields.
struct Reader<'a, 'g> {
    graph: &'g Graph<'a>,
    page: &'g Page<'g>,
}

impl<'a> Reader<'a, '_> {
    fn sighting(&self, map: &'a Map<String, Value>, holder: Option<&'a Map<String, Value>>) -> Sighting {
        let date = |keys: &[&str]| self.words(map, keys).and_then(|date| PostedAt::parse(&date));
        let (author, author_id) = self.author(map);
        Sighting {
            id: self.own_id(map),
            item: self.item(map, holder),
            author,
            author_id,
            rating: self.rating(map),
            title: self.words(map, &["headline", "name", "summary"]),
            text: self.paragraphs(map, &["reviewBody", "description", "text"]),
            language: self.language(map),
            posted_at: date(&["datePublished", "dateCreated", "dtreviewed"]),
            edited_at: date(&["dateModified"]).map(|edited| edited.at),
            url: self.address(map, "url").or_else(|| self.page.url.map(|url| url.as_str().to_owned())),
            reply: self.reply(map),
            private: false,
            withdrawn: false,
        }
    }

    /// The first of these keys that says anything.
    fn words(&self, map: &'a Map<String, Value>, keys: &[&str]) -> Option<String> {
        keys.iter().filter_map(|key| map.get(*key)).flat_map(each).find_map(|value| self.said(value))
    }

    /// The first of these keys that says anything, with all its parts.
    fn paragraphs(&self, map: &'a Map<String, Value>, keys: &[&str]) -> Option<String> {
        keys.iter().filter_map(|key| map.get(*key)).find_map(|value| {
            let mut parts: Vec<String> = each(value).into_iter().filter_map(|part| self.said(part)).collect();
            parts.dedup();
            (!parts.is_empty()).then(|| parts.join("\n"))
        })
    }

    fn said(&self, value: &'a Value) -> Option<String> {
        let words = match value {
            Value::String(words) => plain(words),
            Value::Number(number) => number.to_string(),
            Value::Object(_) => {
                let node = self.graph.node(value)?;
                let inner = ["@value", "@words", "name", "text", "value"].iter().filter_map(|key| node.get(*key));
                return inner.flat_map(each).find_map(|inner| match inner {
                    Value::String(words) => Some(plain(words)).filter(|words| !words.is_empty()),
                    Value::Number(number) => Some(number.to_string()),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
                });
            }
            Value::Null | Value::Bool(_) | Value::Array(_) => return None,
        };
        Some(text::clean(&words).into_owned()).filter(|words| !words.trim().is_empty())
    }

    fn item(&self, map: &'a Map<String, Value>, holder: Option<&'a Map<String, Value>>) -> Option<String> {
        let reviewed = map.get("itemReviewed").into_iter().flat_map(each).find_map(|item| self.said(item));
        reviewed.or_else(|| self.words(holder?, &["name"])).map(|name| text::fold_whitespace(&name).into_owned())
    }

    /// The author's name, and what the site knows the author by.
    fn author(&self, map: &'a Map<String, Value>) -> (Option<String>, Option<String>) {
        let value = ["author", "creator", "reviewer"].iter().filter_map(|key| map.get(*key)).flat_map(each);
        let mut known_by = None;
        for author in value {
            let (name, id) = match self.graph.node(author) {
                Some(node) => (self.name_of(node), self.id_of_author(node)),
                None => match self.said(author) {
                    Some(address) if is_web_address(&address) => (None, Some(address)),
                    name => (name, None),
                },
            };
            known_by = known_by.or(id);
            if name.is_some() {
                return (name.map(|name| text::fold_whitespace(&name).into_owned()), known_by);
            }
        }
        (None, known_by)
    }

    fn name_of(&self, node: &'a Map<String, Value>) -> Option<String> {
        let parts = || {
            let part = |key| self.words(node, &[key]);
            let parts: Vec<String> = [part("givenName"), part("familyName")].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        self.words(node, &["name", "@words", "@value", "alternateName"]).or_else(parts)
    }

    fn id_of_author(&self, node: &'a Map<String, Value>) -> Option<String> {
        let own = |key: &str| self.words(node, &[key]).filter(|id| is_web_address(id));
        self.words(node, &["identifier"]).or_else(|| own("@id")).or_else(|| own("url")).or_else(|| own("sameAs"))
    }

    fn rating(&self, map: &'a Map<String, Value>) -> Option<RawRating> {
        let direct = ["reviewRating", "rating"].iter().filter_map(|key| map.get(*key)).flat_map(each);
        direct.filter_map(|value| self.rating_of(value)).next().or_else(|| self.rating_in(map))
    }

    fn rating_of(&self, value: &'a Value) -> Option<RawRating> {
        match self.graph.node(value) {
            Some(node) => self.rating_in(node),
            None => stars::raw(value),
        }
    }

    fn rating_in(&self, node: &'a Map<String, Value>) -> Option<RawRating> {
        let scalar = |key: &str| {
            node.get(key).into_iter().flat_map(each).find_map(|value| match self.graph.node(value) {
                Some(inner) => stars::raw(inner.get("@value").or_else(|| inner.get("value"))?),
                None => stars::raw(value),
            })
        };
        let end = |key: &str| scalar(key).and_then(|end| stars::number(&end.stars));
        let rating = scalar("ratingValue").or_else(|| scalar("@value")).or_else(|| scalar("value"))?;
        Some(RawRating { worst: end("worstRating"), best: end("bestRating"), ..rating })
    }

    fn language(&self, map: &'a Map<String, Value>) -> Option<String> {
        let stated = map.get("inLanguage").into_iter().flat_map(each).find_map(|value| match self.graph.node(value) {
            Some(node) => self.words(node, &["alternateName", "@value", "name"]),
            None => self.said(value),
        });
        stated.as_deref().and_then(language_tag).or_else(|| self.page.language.clone())
    }

    fn reply(&self, map: &'a Map<String, Value>) -> Option<Reply> {
        let comments = ["comment", "reply"].iter().filter_map(|key| map.get(*key)).flat_map(each);
        comments.filter_map(|comment| self.reply_of(comment)).next()
    }

    fn reply_of(&self, comment: &'a Value) -> Option<Reply> {
        let Some(node) = self.graph.node(comment) else {
            return Some(Reply { text: self.said(comment)?, at: None });
        };
        let words = self.paragraphs(node, &["text", "description", "commentText", "@value"])?;
        let at = self.words(node, &["datePublished", "dateCreated"]).and_then(|date| PostedAt::parse(&date));
        Some(Reply { text: words, at: at.map(|at| at.at) })
    }

    fn address(&self, map: &'a Map<String, Value>, key: &str) -> Option<String> {
        let value = map.get(key).into_iter().flat_map(each).find_map(|value| match value {
            Value::String(address) => Some(address.trim()),
            other => other.get("@id").and_then(Value::as_str),
        })?;
        let address = match self.page.url {
            Some(page) => page.join(value).ok()?.into(),
            None => value.to_owned(),
        };
        is_web_address(&address).then_some(address)
    }

    /// The first thing that names this review and nothing else; `identity` drops what is shared or looks like a position.
    fn own_id(&self, map: &'a Map<String, Value>) -> Option<String> {
        let identifier = self.words(map, &["identifier", "reviewId"]).filter(|id| super::identity::is_lasting_name(id));
        let address = |key: &str| {
            let own = match map.get(key)? {
                Value::String(own) => Some(own.as_str()),
                other => each(other).into_iter().find_map(|v| v.as_str().or_else(|| v.get("@id")?.as_str())),
            };
            super::identity::lasting_address(own?, self.page.url)
        };
        identifier.or_else(|| address("@id")).or_else(|| address("url"))
    }
}

fn is_web_address(words: &str) -> bool {
    words.starts_with("https://") || words.starts_with("http://")
}

/// A BCP 47 tag, if it can be one.
pub(super) fn language_tag(words: &str) -> Option<String> {
    let tag = words.trim().replace('_', "-");
    let fits = (2..=35).contains(&tag.len())
        && tag.split('-').all(|part| part.len() <= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    let primary = tag
        .split('-')
        .next()
        .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    (fits && primary).then_some(tag)
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
