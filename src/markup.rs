//! Plain text out of HTML, and characters out of entities, in one linear pass without a DOM.
//!
//! It makes text readable, not safe: what comes out is still hostile and is escaped where it is shown. It builds no tree, so
//! that no nesting is too deep for it.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

use crate::text;

/// The longest entity name that is looked up (the longest in HTML has 31 letters).
const ENTITY_BYTES_MAX: usize = 32;
/// How much of a tag's name is read (the longest that means something here has 10 letters).
const TAG_BYTES_MAX: usize = 12;

/// The words of an HTML fragment: tags dropped, entities decoded, blocks and `<br>` on lines of their own.
///
/// Text without any tag keeps its line breaks, because many feeds send plain text where HTML is expected.
#[must_use]
pub fn plain_from_html(html: &str) -> String {
    let has = |bytes: [u8; 2]| memchr::memchr2(bytes[0], bytes[1], html.as_bytes()).is_some();
    if !has(*b"<&") && !has(*b"\n\r") {
        return html.trim().to_owned();
    }
    let mut pen = Pen { out: String::with_capacity(html.len()), folding: has_tag(html) };
    let last_end = memchr::memrchr(b'>', html.as_bytes());
    let mut scan = Scan { html, at: 0, last_end, quotes_close: true };
    while scan.at < html.len() {
        let start = scan.at;
        let next = memchr::memchr(b'<', &html.as_bytes()[start..]).map_or(html.len(), |found| start + found);
        pen.text(&html[start..next]);
        scan.at = next;
        if next == html.len() {
            break;
        }
        match scan.tag() {
            Some(tag) => pen.tag(tag),
            None => pen.text("<"),
        }
    }
    tidy(&pen.out)
}

/// Replaces every character reference (`&amp;`, `&nbsp;`, `&#233;`, `&#x1F600;`) by its characters; others stay as they are.
#[must_use]
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let window = &rest.as_bytes()[..rest.len().min(ENTITY_BYTES_MAX + 2)];
        let decoded = memchr::memchr(b';', window).and_then(|end| Some((end + 1, entity(&rest[1..end])?)));
        let used = match decoded {
            Some((used, characters)) => {
                out.push_str(&characters);
                used
            }
            None => {
                out.push('&');
                1
            }
        };
        rest = &rest[used..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The characters of one reference, given without `&` and `;`: `amp`, `nbsp`, `#233`, `#x1F600`.
#[must_use]
pub fn entity(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else { return named(name) };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    Some(character(code.ok()?).to_string())
}

/// The one or two characters of an entity of HTML.
fn named(name: &str) -> Option<String> {
    if name.len() > ENTITY_BYTES_MAX {
        return None;
    }
    // Beginnings of names stand there too, as no character.
    let (first, second) = NAMED_ENTITIES.get(&*format!("{name};")).filter(|(first, _)| *first != 0)?;
    Some([*first, *second].into_iter().filter(|code| *code != 0).filter_map(char::from_u32).collect())
}

/// The character of a numeric reference; 128–159 mean Windows-1252, as browsers read them (HTML §13.2.5.80).
fn character(code: u32) -> char {
    let replaced = code.checked_sub(0x80).and_then(|code| *C1_REPLACEMENTS.get(code as usize)?);
    match code {
        0 => char::REPLACEMENT_CHARACTER,
        _ => replaced.or(char::from_u32(code)).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// What a tag means for the words around it.
enum Tag {
    /// Nothing, or only style.
    Inline,
    /// A line break or the edge of a block.
    Line,
    /// A cell of a table.
    Cell,
}

struct Scan<'a> {
    html: &'a str,
    at: usize,
    /// Where the last `>` stands, so that a search for one never runs to the end in vain.
    last_end: Option<usize>,
    /// Whether quotes in tags have always been closed so far; after the first that is not, quotes are ignored.
    quotes_close: bool,
}

impl Scan<'_> {
    /// Reads the tag, comment or declaration at `at` and steps behind it; `None` for a lone `<`, stepping over that.
    fn tag(&mut self) -> Option<Tag> {
        let rest = &self.html[self.at..];
        let after = rest.as_bytes().get(1).copied().unwrap_or(b' ');
        if rest.starts_with("<!--") {
            self.skip_past("-->");
            return Some(Tag::Inline);
        }
        if rest.starts_with("<![CDATA[") {
            self.at += "<![CDATA[".len();
            return Some(Tag::Inline);
        }
        if !(after.is_ascii_alphabetic() || matches!(after, b'/' | b'!' | b'?')) {
            self.at += 1;
            return None;
        }
        let Some(end) = self.tag_end() else {
            self.at += 1;
            return None;
        };
        let name = rest[1..].trim_start_matches('/');
        let length = name.bytes().take(TAG_BYTES_MAX).take_while(u8::is_ascii_alphanumeric).count();
        let name = name[..length].to_ascii_lowercase();
        self.at = end;
        if after != b'/' && matches!(name.as_str(), "script" | "style" | "template" | "head" | "svg" | "noscript") {
            self.skip_element(&name);
        }
        Some(meaning(&name))
    }

    /// The position behind the `>` that ends the tag at `at`.
    fn tag_end(&mut self) -> Option<usize> {
        self.last_end.filter(|last| *last > self.at)?;
        let bytes = self.html.as_bytes();
        if self.quotes_close {
            let mut quote = None;
            for (offset, byte) in bytes[self.at..].iter().enumerate() {
                match (quote, byte) {
                    (None, b'>') => return Some(self.at + offset + 1),
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (Some(open), byte) if open == *byte => quote = None,
                    _ => {}
                }
            }
            self.quotes_close = false;
        }
        memchr::memchr(b'>', &bytes[self.at..]).map(|offset| self.at + offset + 1)
    }

    fn skip_past(&mut self, mark: &str) {
        self.at = self.html[self.at..].find(mark).map_or(self.html.len(), |found| self.at + found + mark.len());
    }

    /// Steps to the closing tag of an element whose content is not for reading; without one, to the end.
    fn skip_element(&mut self, name: &str) {
        let bytes = self.html.as_bytes();
        for found in memchr::memmem::find_iter(&bytes[self.at..], b"</") {
            let start = self.at + found;
            let tail = &bytes[start + 2..];
            if tail.len() >= name.len() && tail[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
                self.at = start;
                return;
            }
        }
        self.at = self.html.len();
    }
}

fn meaning(name: &str) -> Tag {
    match name {
        "br" | "p" | "div" | "tr" | "table" | "ul" | "ol" | "dl" | "dt" | "dd" | "h1" | "h2" | "h3" | "h4" | "h5"
        | "h6" | "hr" | "blockquote" | "pre" | "section" | "article" | "header" | "footer" | "aside" | "main"
        | "figure" | "figcaption" | "address" | "form" | "title" | "li" => Tag::Line,
        "td" | "th" => Tag::Cell,
        _ => Tag::Inline,
    }
}

/// Writes words, folding white space as a browser does.
struct Pen {
    out: String,
    folding: bool,
}

impl Pen {
    fn text(&mut self, raw: &str) {
        let text = decode_entities(raw);
        if !self.folding {
            self.out.push_str(&text);
            return;
        }
        if text::has_single_spaces_only(&text) {
            let words = text.trim_start_matches(' ');
            if words.len() < text.len() {
                self.space();
            }
            self.out.push_str(words);
            return;
        }
        for c in text.chars() {
            match c {
                ' ' | '\n' | '\r' | '\t' | '\u{A0}' => self.space(),
                c => self.out.push(c),
            }
        }
    }

    fn tag(&mut self, tag: Tag) {
        match tag {
            Tag::Inline => {}
            Tag::Line => self.line(),
            Tag::Cell => self.space(),
        }
    }

    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

fn has_tag(html: &str) -> bool {
    let bytes = html.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .any(|at| bytes.get(at + 1).is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!')))
}

/// Trims every line and allows at most one empty line in a row.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 && !(out.is_empty() && line.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
#[path = "markup_tests.rs"]
mod tests;
