//! Reads the items of an XML feed as small trees, in one pass and leniently: stray `&` and `<`, HTML entities, wrong nesting.
//!
//! It knows no vocabulary and resolves no namespaces (prefixes are matched as written), expands no entity that a document
//! declares, and fetches nothing.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::markup;

/// Entries beyond this are not read.
const ENTRIES_MAX: usize = 5_000;
/// Elements nested deeper than this inside an entry give only their text.
const DEPTH_MAX: usize = 12;
/// Elements of one parent beyond this are not kept.
const CHILDREN_MAX: usize = 500;
/// Attributes of one element beyond this are not read.
const ATTRIBUTES_MAX: usize = 24;

/// One element with what it holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Element {
    /// The name as written, without the prefix that the root element has.
    pub name: String,
    attributes: Vec<(String, String)>,
    /// Its own characters, references resolved; without those of elements inside it.
    pub text: String,
    children: Vec<Element>,
    /// What stands between its tags, as written; only for a part of an entry in which elements stand.
    pub inner: String,
}

/// A feed document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    /// The root element's name, without prefix.
    pub root: String,
    /// The root element's `xml:base`.
    pub base: Option<String>,
    /// Every `item` and `entry`, in the order of the document.
    pub entries: Vec<Element>,
}

/// Why a document could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum XmlError {
    /// It has no root element of a feed.
    NoFeed,
    /// It ends before its root element does, or cannot be mended.
    Broken,
}

impl Element {
    /// The first element of that name inside it.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    }

    /// Every element inside it, in order.
    pub(super) fn children(&self) -> &[Element] {
        &self.children
    }

    /// The trimmed text of the first element of that name, if it is not empty.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.children
            .iter()
            .filter(|child| child.name.eq_ignore_ascii_case(name))
            .map(|child| child.text.trim())
            .find(|text| !text.is_empty())
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The name without its prefix.
    pub(super) fn local_name(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or_default()
    }
}

/// Reads a feed's entries.
///
/// # Errors
/// If it is no feed, or breaks off.
pub(super) fn read(text: &str) -> Result<Document, XmlError> {
    let text = escape_stray(text);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut tree = Tree { text: &text, ..Tree::default() };
    while !tree.complete {
        let start = reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|_| XmlError::Broken)?;
        let span = start..reader.buffer_position() as usize;
        match event {
            Event::Start(tag) => tree.open(&tag, span.end)?,
            Event::Empty(tag) => {
                tree.open(&tag, span.end)?;
                tree.close(tag.name().0, span.end);
            }
            Event::End(tag) => tree.close(tag.name().0, span.start),
            Event::Text(text) => tree.characters(&text),
            Event::CData(text) => tree.characters(&text),
            Event::GeneralRef(name) => tree.reference(&name),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    tree.finish()
}

/// The tree while it grows.
#[derive(Default)]
struct Tree<'a> {
    text: &'a str,
    document: Document,
    /// The root's prefix with its colon, or nothing.
    prefix: String,
    /// The entry being read and the open elements in it, each with where its content starts.
    open: Vec<(Element, usize)>,
    /// How many elements are open below `DEPTH_MAX`.
    below: usize,
    complete: bool,
}

impl Tree<'_> {
    fn open(&mut self, tag: &BytesStart<'_>, content: usize) -> Result<(), XmlError> {
        let qualified = tag.name();
        if self.document.root.is_empty() {
            return self.open_root(tag, content);
        }
        let name = self.own(qualified.0);
        if self.open.is_empty() && !matches!(name, "item" | "entry") {
            return Ok(());
        }
        if self.open.len() >= DEPTH_MAX {
            self.below += 1;
            return Ok(());
        }
        let element = Element { name: name.to_owned(), attributes: attributes(tag), ..Element::default() };
        self.open.push((element, content));
        Ok(())
    }

    fn open_root(&mut self, tag: &BytesStart<'_>, content: usize) -> Result<(), XmlError> {
        let written = tag.name().0;
        let local = written.rsplit(':').next().unwrap_or_default();
        if !matches!(local.to_ascii_lowercase().as_str(), "rss" | "feed" | "rdf" | "entry" | "channel") {
            return Err(XmlError::NoFeed);
        }
        let attributes = attributes(tag);
        self.prefix = written[..written.len() - local.len()].to_owned();
        self.document.root = local.to_owned();
        let base = attributes.iter().find(|(name, _)| name == "xml:base");
        self.document.base = base.map(|(_, value)| value.trim().to_owned());
        if local == "entry" {
            self.open.push((Element { name: local.to_owned(), attributes, ..Element::default() }, content));
        }
        Ok(())
    }

    fn close(&mut self, written: &str, content_end: usize) {
        if self.open.is_empty() {
            self.complete |= self.own(written) == self.document.root && !self.document.root.is_empty();
            return;
        }
        if self.below > 0 {
            self.below -= 1;
            return;
        }
        let name = self.own(written);
        let Some(at) = self.open.iter().rposition(|(element, _)| element.name == name) else { return };
        while self.open.len() > at {
            self.close_one(content_end);
        }
        self.complete |= self.document.root == "entry" && self.open.is_empty();
    }

    fn close_one(&mut self, content_end: usize) {
        let Some((mut element, content)) = self.open.pop() else { return };
        let is_part = self.open.len() == 1;
        match self.open.last_mut() {
            Some((parent, _)) => {
                if is_part && !element.children.is_empty() {
                    element.inner = self.text.get(content..content_end).unwrap_or_default().to_owned();
                }
                if parent.children.len() < CHILDREN_MAX {
                    parent.children.push(element);
                }
            }
            None => {
                self.document.entries.push(element);
                self.complete |= self.document.entries.len() >= ENTRIES_MAX;
            }
        }
    }

    fn characters(&mut self, text: &str) {
        if let Some((element, _)) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    fn reference(&mut self, name: &str) {
        match markup::entity(name) {
            Some(characters) => self.characters(&characters),
            None => {
                self.characters("&");
                self.characters(name);
                self.characters(";");
            }
        }
    }

    fn own<'n>(&self, written: &'n str) -> &'n str {
        // Most feeds have none; and to compare with what is empty costs some processors as much as reading a hundred letters.
        let own = if self.prefix.is_empty() { None } else { written.strip_prefix(&self.prefix) };
        own.unwrap_or(written)
    }

    fn finish(self) -> Result<Document, XmlError> {
        match (self.complete, self.document.root.is_empty()) {
            (true, _) => Ok(self.document),
            (false, true) => Err(XmlError::NoFeed),
            (false, false) => Err(XmlError::Broken),
        }
    }
}

fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = tag.html_attributes();
    attributes
        .with_checks(false)
        .take(ATTRIBUTES_MAX)
        .flatten()
        .map(|attribute| (attribute.key.0.to_owned(), markup::decode_entities(&attribute.value).into_owned()))
        .collect()
}

/// Escapes every `<` that begins no markup, as in "I <3 this".
fn escape_stray(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
        let start = at + found;
        let tail = &text[start..];
        let closing = if tail.starts_with("<![CDATA[") {
            Some(b"]]>")
        } else if tail.starts_with("<!--") {
            Some(b"-->")
        } else {
            None
        };
        at = match closing {
            Some(mark) => {
                memchr::memmem::find(tail.as_bytes(), mark).map_or(text.len(), |end| start + end + mark.len())
            }
            None => start + 1,
        };
        let next = bytes.get(start + 1).copied().unwrap_or(b' ');
        let is_markup = next.is_ascii_alphabetic() || next >= 0x80 || matches!(next, b'/' | b'!' | b'?' | b'_' | b':');
        if !is_markup {
            out.push_str(&text[copied..start]);
            out.push_str("&lt;");
            copied = start + 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
