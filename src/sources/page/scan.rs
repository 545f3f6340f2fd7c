//! One linear pass over a page's tags without building a tree: its JSON-LD scripts, its language, and whether a tree is needed at all.
//!
//! It follows the HTML tokenizer for comments, quotes and raw text, and deliberately knows nothing of nesting.

use memchr::{memchr, memchr2, memmem};

use super::dom;

/// A tag with more attributes than this is no honest page; the tree builder compares each with all others.
pub(super) const ATTRIBUTES_MAX: usize = 1_000;

/// Elements whose content is text to the tokenizer, whatever stands in it.
const RAW_TEXT: [&str; 8] = ["style", "xmp", "iframe", "noembed", "noframes", "title", "textarea", "plaintext"];

/// Elements by which HTML is told from other markup.
const HTML_TAGS: [&str; 34] = [
    "html",
    "head",
    "body",
    "div",
    "span",
    "p",
    "a",
    "script",
    "meta",
    "table",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "section",
    "article",
    "main",
    "img",
    "br",
    "form",
    "header",
    "footer",
    "nav",
    "dl",
    "td",
    "tr",
    "b",
    "em",
    "strong",
    "blockquote",
    "iframe",
];

/// Elements that begin a feed or a site map.
const FEED_TAGS: [&str; 5] = ["rss", "feed", "rdf:rdf", "urlset", "sitemapindex"];

/// What one pass over a page found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scan<'a> {
    /// The bodies of the JSON-LD scripts, in their order.
    pub scripts: Vec<&'a str>,
    /// `<html lang>`.
    pub language: Option<&'a str>,
    /// The page's title, not decoded.
    pub title: &'a str,
    /// Whether a microdata attribute speaks of reviews.
    pub microdata: bool,
    /// Whether an RDFa attribute speaks of reviews.
    pub rdfa: bool,
    /// Whether any tag is one of HTML's.
    pub is_html: bool,
    /// Whether the outermost tag is that of a feed or a site map.
    pub is_feed: bool,
    /// Where a tag with too many attributes begins.
    pub hostile_from: Option<usize>,
}

/// One start tag.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    /// The text up to the end tag, for raw-text elements.
    body: &'a str,
    begins: usize,
}

/// Reads a page's tags once.
pub(super) fn scan(html: &str) -> Scan<'_> {
    let mut found = Scan::default();
    let mut first = true;
    for tag in (Tags { html, at: 0 }) {
        found.is_feed |= first && FEED_TAGS.iter().any(|name| tag.name.eq_ignore_ascii_case(name));
        first = false;
        found.is_html |= HTML_TAGS.iter().any(|name| tag.name.eq_ignore_ascii_case(name));
        if tag.attributes.len() > ATTRIBUTES_MAX {
            found.hostile_from.get_or_insert(tag.begins);
        }
        note(&mut found, &tag);
    }
    found
}

fn note<'a>(found: &mut Scan<'a>, tag: &Tag<'a>) {
    let is = |name: &str| tag.name.eq_ignore_ascii_case(name);
    if is("script") && tag.attribute("type").is_some_and(is_json_ld) {
        found.scripts.push(tag.body);
    } else if is("html") && found.language.is_none() {
        found.language = tag.attribute("lang").or_else(|| tag.attribute("xml:lang"));
    } else if is("title") && found.title.is_empty() {
        found.title = tag.body;
    }
    for (name, value) in &tag.attributes {
        if !speaks_of_reviews(value) {
            continue;
        }
        let any = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        found.microdata |= any(&["itemtype", "itemprop"]);
        found.rdfa |= any(&["typeof", "property", "rel", "rev"]);
    }
}

impl<'a> Tag<'a> {
    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

/// Whether a script's `type` is JSON-LD, with parameters or without, in any case, even with an escaped plus.
pub(super) fn is_json_ld(value: &str) -> bool {
    let decoded = if value.contains('&') { dom::plain(value) } else { value.to_owned() };
    let essence = decoded.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/ld+json")
}

fn speaks_of_reviews(value: &str) -> bool {
    const WORD: &[u8] = b"review";
    value.len() >= WORD.len() && value.as_bytes().windows(WORD.len()).any(|part| part.eq_ignore_ascii_case(WORD))
}

/// The start tags of a page, in their order.
struct Tags<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        let bytes = self.html.as_bytes();
        loop {
            let open = self.at + memchr(b'<', bytes.get(self.at..)?)?;
            match bytes.get(open + 1)? {
                b'!' if bytes[open..].starts_with(b"<!--") => self.at = comment_end(bytes, open)?,
                b'!' | b'?' => self.at = past(bytes, open, b'>')?,
                b'/' => match bytes.get(open + 2)? {
                    c if c.is_ascii_alphabetic() => self.at = tag_end(self.html, open + 2, &mut Vec::new())?,
                    _ => self.at = past(bytes, open, b'>')?,
                },
                c if c.is_ascii_alphabetic() => return self.start_tag(open),
                _ => self.at = open + 1,
            }
        }
    }
}

impl<'a> Tags<'a> {
    fn start_tag(&mut self, open: usize) -> Option<Tag<'a>> {
        let mut attributes = Vec::new();
        let name_end = open + 1 + name_length(&self.html.as_bytes()[open + 1..]);
        let name = &self.html[open + 1..name_end];
        let end = tag_end(self.html, open + 1, &mut attributes)?;
        let rest = &self.html[end..];
        let body_length = if name.eq_ignore_ascii_case("script") {
            script_length(rest.as_bytes())
        } else if name.eq_ignore_ascii_case("plaintext") {
            rest.len()
        } else if RAW_TEXT.iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
            raw_length(rest.as_bytes(), name)
        } else {
            0
        };
        self.at = end + body_length;
        Some(Tag { name, attributes, body: &rest[..body_length], begins: open })
    }
}

fn past(bytes: &[u8], from: usize, what: u8) -> Option<usize> {
    memchr(what, &bytes[from..]).map(|at| from + at + 1)
}

fn comment_end(bytes: &[u8], open: usize) -> Option<usize> {
    let inside = open + 4;
    for short in [&b">"[..], b"->"] {
        if bytes[inside..].starts_with(short) {
            return Some(inside + short.len());
        }
    }
    let mut at = inside;
    loop {
        at += memmem::find(&bytes[at..], b"--")?;
        match &bytes[at + 2..] {
            [b'>', ..] => return Some(at + 3),
            [b'!', b'>', ..] => return Some(at + 4),
            [] => return None,
            _ => at += 1,
        }
    }
}

fn name_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|b| is_space(*b) || matches!(b, b'/' | b'>')).unwrap_or(bytes.len())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C)
}

/// The place after a tag's `>`, and its attributes; `None` if the page ends within the tag.
fn tag_end<'a>(html: &'a str, name: usize, attributes: &mut Vec<(&'a str, &'a str)>) -> Option<usize> {
    let bytes = html.as_bytes();
    let mut at = name + name_length(&bytes[name..]);
    loop {
        at += bytes[at..].iter().position(|b| !is_space(*b) && *b != b'/')?;
        if bytes[at] == b'>' {
            return Some(at + 1);
        }
        let begins = at;
        at += 1;
        at += bytes[at..].iter().position(|b| is_space(*b) || matches!(b, b'/' | b'>' | b'='))?;
        let name = &html[begins..at];
        let next = at + bytes[at..].iter().position(|b| !is_space(*b))?;
        let mut value = "";
        if bytes[next] == b'=' {
            (value, at) = attribute_value(html, next + 1)?;
        }
        if attributes.len() <= ATTRIBUTES_MAX {
            attributes.push((name, value));
        }
    }
}

fn attribute_value(html: &str, from: usize) -> Option<(&str, usize)> {
    let bytes = html.as_bytes();
    let begins = from + bytes[from..].iter().position(|b| !is_space(*b))?;
    match bytes[begins] {
        quote @ (b'"' | b'\'') => {
            let end = begins + 1 + memchr(quote, &bytes[begins + 1..])?;
            Some((&html[begins + 1..end], end + 1))
        }
        _ => {
            let end = begins + bytes[begins..].iter().position(|b| is_space(*b) || *b == b'>')?;
            Some((&html[begins..end], end))
        }
    }
}

/// Whether `bytes` begin with this tag name, ended as a tag name ends.
fn names(bytes: &[u8], name: &[u8]) -> bool {
    bytes.len() > name.len()
        && bytes[..name.len()].eq_ignore_ascii_case(name)
        && (is_space(bytes[name.len()]) || matches!(bytes[name.len()], b'/' | b'>'))
}

fn raw_length(bytes: &[u8], name: &str) -> usize {
    memmem::find_iter(bytes, b"</").find(|at| names(&bytes[at + 2..], name.as_bytes())).unwrap_or(bytes.len())
}

/// The length of a script's text: `</script>` does not end it between `<!-- <script` and `-->` (the "double escaped" state).
fn script_length(bytes: &[u8]) -> usize {
    #[derive(PartialEq)]
    enum State {
        Plain,
        Escaped,
        Double,
    }
    let (mut state, mut at) = (State::Plain, 0);
    while let Some(found) = memchr2(b'<', b'-', &bytes[at..]) {
        at += found;
        let rest = &bytes[at..];
        if rest.starts_with(b"<!--") && state == State::Plain {
            state = State::Escaped;
            at += 1;
        } else if rest.starts_with(b"-->") {
            state = State::Plain;
        } else if state == State::Escaped && rest.starts_with(b"<") && names(&rest[1..], b"script") {
            state = State::Double;
        } else if rest.starts_with(b"</") && names(&rest[2..], b"script") {
            if state != State::Double {
                return at;
            }
            state = State::Escaped;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
