//! RDFa as values in the shape of JSON-LD: one per subject, joined by `@id`.
//!
//! Follows RDFa Core 1.1 §7.5 with HTML+RDFa 1.1 (so RDFa Lite is included), without lists, datatypes and vocabulary expansion.
//! It is more forgiving in one thing: a bare name counts without a `vocab`, as nothing else could be meant by it.

use std::{collections::HashMap, rc::Rc};

use scraper::{ElementRef, Html};
use serde_json::{Map, Value, json};
use url::Url;

use super::{dom::text_of, microdata::absolute, microdata::add};

/// The most statements made of one page.
const STATEMENTS_MAX: usize = 50_000;
/// How much text counts as one more statement.
const TEXT_PIECE_BYTES: usize = 256;

/// The subjects of a page, in the order in which they are first spoken of.
pub(super) fn items(html: &Html, base: Option<&Url>) -> Vec<Value> {
    let mut reader = Reader { base, order: Vec::new(), subjects: HashMap::new(), anonymous: 0, left: STATEMENTS_MAX };
    let page = base.map(|base| base.as_str().to_owned()).unwrap_or_default();
    let context = Context {
        subject: page.clone(),
        object: page,
        incomplete: Rc::new(Vec::new()),
        prefixes: Rc::new(HashMap::new()),
        in_vocabulary: false,
    };
    reader.element(html.root_element(), &context);
    let Reader { order, mut subjects, .. } = reader;
    order.iter().filter_map(|id| subjects.remove(id)).map(Value::Object).collect()
}

/// What an element inherits (RDFa Core §7.2).
#[derive(Clone)]
struct Context {
    subject: String,
    object: String,
    incomplete: Rc<Vec<Link>>,
    prefixes: Rc<HashMap<String, String>>,
    in_vocabulary: bool,
}

/// A property that waits for its other end.
#[derive(Clone)]
enum Link {
    Forward(String),
    Backward(String),
}

/// What one element says of subjects and objects.
#[derive(Default)]
struct Roles {
    subject: Option<String>,
    object: Option<String>,
    typed: Option<String>,
    skip: bool,
}

struct Reader<'a> {
    base: Option<&'a Url>,
    order: Vec<String>,
    subjects: HashMap<String, Map<String, Value>>,
    anonymous: usize,
    left: usize,
}

impl<'a> Reader<'a> {
    fn element(&mut self, element: ElementRef<'a>, outer: &Context) {
        let mut context = outer.clone();
        read_prefixes(element, &mut context);
        let links = links_of(element, &context);
        let mut roles = if has_relation(element) {
            self.roles_of_a_relation(element, &context)
        } else if element.attr("property").is_some()
            && element.attr("content").is_none()
            && element.attr("datatype").is_none()
        {
            self.roles_of_a_property(element, &context)
        } else {
            self.roles_of_a_subject(element, &context)
        };
        self.state_types(element, &roles, &context);
        let incomplete = self.state_links(links, &mut roles, &context);
        self.state_property(element, &roles, &context);
        if !roles.skip
            && let Some(subject) = &roles.subject
        {
            for link in context.incomplete.iter() {
                self.link(&context.subject, link, subject);
            }
        }
        if !roles.skip {
            let subject = roles.subject.clone().unwrap_or_else(|| context.subject.clone());
            context.object = roles.object.or(roles.subject).unwrap_or_else(|| context.subject.clone());
            context.subject = subject;
            context.incomplete = Rc::new(incomplete);
        }
        self.children(element, &context);
    }

    fn children(&mut self, element: ElementRef<'a>, context: &Context) {
        for child in element.children() {
            match ElementRef::wrap(child) {
                Some(child) => self.element(child, context),
                None if child.value().is_fragment() => {
                    child.children().filter_map(ElementRef::wrap).for_each(|inner| self.element(inner, context));
                }
                None => {}
            }
        }
    }

    /// §7.5 step 5.1: `property` without `content`.
    fn roles_of_a_property(&mut self, element: ElementRef<'a>, context: &Context) -> Roles {
        let about = self.address(element, &["about"], context);
        let subject = about.clone().unwrap_or_else(|| context.object.clone());
        let typed = element.attr("typeof").map(|_| {
            about
                .or_else(|| self.address(element, &["resource", "href", "src"], context))
                .unwrap_or_else(|| self.new_anonymous())
        });
        Roles { subject: Some(subject), object: typed.clone(), typed, skip: false }
    }

    /// §7.5 step 5.2: neither `rel` nor a plain `property`.
    fn roles_of_a_subject(&mut self, element: ElementRef<'a>, context: &Context) -> Roles {
        let typed_here = element.attr("typeof").is_some();
        let named = self.address(element, &["about", "resource", "href", "src"], context);
        let root = matches!(element.value().name(), "html" | "head" | "body");
        let subject = match named {
            Some(named) => Some(named),
            None if root => Some(context.object.clone()),
            None if typed_here => Some(self.new_anonymous()),
            None => None,
        };
        let skip = subject.is_none() && element.attr("property").is_none();
        let subject = subject.or_else(|| Some(context.object.clone()));
        let typed = subject.clone().filter(|_| typed_here);
        Roles { subject, object: None, typed, skip }
    }

    /// §7.5 step 6: `rel` or `rev`.
    fn roles_of_a_relation(&mut self, element: ElementRef<'a>, context: &Context) -> Roles {
        let about = self.address(element, &["about"], context);
        let typed_here = element.attr("typeof").is_some();
        let mut object = self.address(element, &["resource", "href", "src"], context);
        if object.is_none() && typed_here && about.is_none() {
            object = Some(self.new_anonymous());
        }
        let typed = if typed_here { about.clone().or_else(|| object.clone()) } else { None };
        Roles { subject: Some(about.unwrap_or_else(|| context.object.clone())), object, typed, skip: false }
    }

    fn state_types(&mut self, element: ElementRef<'a>, roles: &Roles, context: &Context) {
        let (Some(typed), Some(types)) = (&roles.typed, element.attr("typeof")) else { return };
        for name in types.split_whitespace() {
            self.state(typed, "@type", json!(expand(name, context)));
        }
    }

    /// States the links to the element's own object, or returns them as waiting for one.
    fn state_links(&mut self, links: Vec<Link>, roles: &mut Roles, context: &Context) -> Vec<Link> {
        if links.is_empty() {
            return Vec::new();
        }
        let subject = roles.subject.clone().unwrap_or_else(|| context.subject.clone());
        if let Some(object) = &roles.object {
            for link in &links {
                self.link(&subject, link, object);
            }
            return Vec::new();
        }
        roles.object = Some(self.new_anonymous());
        links
    }

    fn link(&mut self, subject: &str, link: &Link, object: &str) {
        match link {
            Link::Forward(name) => self.state(subject, name, json!({"@id": object})),
            Link::Backward(name) => self.state(object, name, json!({"@id": subject})),
        }
    }

    /// §7.5 step 11: the value of `property`.
    fn state_property(&mut self, element: ElementRef<'a>, roles: &Roles, context: &Context) {
        let Some(names) = element.attr("property").filter(|names| !names.trim().is_empty()) else { return };
        let subject = roles.subject.clone().unwrap_or_else(|| context.subject.clone());
        let plain = element.attr("datatype").is_none() && !has_relation(element);
        let literal = element
            .attr("content")
            .or_else(|| element.attr("datetime"))
            .or_else(|| matches!(element.value().name(), "data" | "meter").then(|| element.attr("value")).flatten());
        let value = if let Some(literal) = literal {
            json!(literal)
        } else if let Some(address) = self.address(element, &["resource", "href", "src"], context).filter(|_| plain) {
            let words = text_of(element);
            if words.is_empty() { json!({"@id": address}) } else { json!({"@id": address, "@words": words}) }
        } else if let Some(typed) = roles.typed.as_ref().filter(|_| plain && element.attr("about").is_none()) {
            json!({"@id": typed})
        } else {
            json!(text_of(element))
        };
        self.left = self.left.saturating_sub(value.as_str().map_or(0, str::len) / TEXT_PIECE_BYTES);
        for name in names.split_whitespace() {
            self.state(&subject, &expand(name, context), value.clone());
        }
    }

    fn state(&mut self, subject: &str, name: &str, value: Value) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        if !self.subjects.contains_key(subject) {
            self.order.push(subject.to_owned());
            self.subjects.insert(subject.to_owned(), Map::from_iter([("@id".to_owned(), json!(subject))]));
        }
        if let Some(map) = self.subjects.get_mut(subject) {
            add(map, name, value);
        }
    }

    fn new_anonymous(&mut self) -> String {
        self.anonymous += 1;
        format!("_:rdfa-{}", self.anonymous)
    }

    /// The first of these attributes as an address; `[_:x]` and `[prefix:x]` are safe CURIEs.
    fn address(&self, element: ElementRef<'a>, names: &[&str], context: &Context) -> Option<String> {
        let (name, value) = names.iter().find_map(|name| Some((*name, element.attr(name)?.trim())))?;
        let safe = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
        if let Some(value) = safe.or_else(|| value.starts_with("_:").then_some(value)) {
            return Some(expand(value, context));
        }
        let curie = matches!(name, "about" | "resource").then(|| curie(value, context)).flatten();
        Some(curie.unwrap_or_else(|| absolute(value, self.base)))
    }
}

fn has_relation(element: ElementRef<'_>) -> bool {
    ["rel", "rev"]
        .iter()
        .any(|name| element.attr(name).is_some_and(|value| element.attr("property").is_none() || value.contains(':')))
}

/// The properties of `rel` and `rev`: beside a `property` bare words are HTML's own and do not count.
fn links_of(element: ElementRef<'_>, context: &Context) -> Vec<Link> {
    let beside_property = element.attr("property").is_some();
    let words = |name: &str| {
        let value = element.attr(name).unwrap_or_default();
        let counts = move |word: &&str| word.contains(':') || (!beside_property && context.in_vocabulary);
        value.split_whitespace().filter(counts).map(|word| expand(word, context)).collect::<Vec<_>>()
    };
    words("rel").into_iter().map(Link::Forward).chain(words("rev").into_iter().map(Link::Backward)).collect()
}

fn read_prefixes(element: ElementRef<'_>, context: &mut Context) {
    if let Some(vocabulary) = element.attr("vocab") {
        context.in_vocabulary = !vocabulary.trim().is_empty();
    }
    let mut stated: Vec<(String, String)> = element
        .value()
        .attrs()
        .filter_map(|(name, iri)| Some((name.strip_prefix("xmlns:")?.to_lowercase(), iri.to_owned())))
        .collect();
    let words: Vec<&str> = element.attr("prefix").unwrap_or_default().split_whitespace().collect();
    for pair in words.chunks_exact(2) {
        if let Some(prefix) = pair[0].strip_suffix(':') {
            stated.push((prefix.to_lowercase(), pair[1].to_owned()));
        }
    }
    if !stated.is_empty() {
        Rc::make_mut(&mut context.prefixes).extend(stated);
    }
}

/// A CURIE in full, if its prefix is known.
fn curie(value: &str, context: &Context) -> Option<String> {
    let (prefix, rest) = value.split_once(':')?;
    if rest.starts_with("//") {
        return None;
    }
    context.prefixes.get(&prefix.to_lowercase()).map(|iri| format!("{iri}{rest}"))
}

fn expand(name: &str, context: &Context) -> String {
    curie(name, context).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
#[path = "rdfa_tests.rs"]
mod tests;
