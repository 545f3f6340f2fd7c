//! A page as a tree, bounded while it is built: in depth, in nodes and in bytes.
//!
//! html5ever walks its stack of open elements for most tags, so its work grows with the square of the depth (200 kB of `<div>`
//! took 8 s). The page is therefore fed in small pieces and building stops when the stack grows too deep. Beyond a cap, what
//! was read so far is kept and the tree says that it was cut; it is not an error, but it proves nothing about absence.

use std::cell::Cell;

use html5ever::{
    ParseOpts, parse_document,
    tendril::{StrTendril, TendrilSink},
    tree_builder::{Tracer, TreeBuilderOpts},
};
use scraper::{ElementRef, Html, HtmlTreeSink, Node};

use crate::text;

/// The deepest nesting that is read, as in browsers (plus what one piece of input can add).
pub(super) const DEPTH_MAX: usize = 512;
/// The most nodes of a tree.
pub(super) const NODES_MAX: usize = 300_000;
/// The most bytes of a page that become a tree.
pub(super) const TREE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most bytes of one text, well above what is kept of a review.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// How much is fed between two looks at the depth.
const PIECE_BYTES: usize = 512;

/// Whether an element stands on lines of its own.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "br"
            | "dd"
            | "details"
            | "dialog"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "td"
            | "th"
            | "tr"
            | "ul"
    )
}

/// Whether nobody sees the text of an element.
fn is_unseen(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "noscript" | "head")
}

/// A tree, and whether it holds the whole page.
pub(super) struct Dom {
    /// The tree.
    pub html: Html,
    /// Whether a cap ended it early.
    pub cut: bool,
}

/// Counts the open elements and the open formatting.
struct Count<H>(Cell<usize>, std::marker::PhantomData<H>);

impl<H> Tracer for Count<H> {
    type Handle = H;

    fn trace_handle(&self, _: &H) {
        self.0.set(self.0.get() + 1);
    }
}

/// Builds the tree of a page, up to the caps.
pub(super) fn build(page: &str) -> Dom {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() },
        ..ParseOpts::default()
    };
    let mut parser = parse_document(HtmlTreeSink::new(Html::new_document()), options);
    let mut rest = page;
    let mut cut = false;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(PIECE_BYTES));
        rest = after;
        parser.process(StrTendril::from_slice(piece));
        let open = Count(Cell::new(0), std::marker::PhantomData);
        let builder = &parser.tokenizer.sink;
        builder.trace_handles(&open);
        let nodes = builder.sink.0.borrow().tree.values().len();
        let read = page.len() - rest.len();
        if open.0.get() > DEPTH_MAX || nodes > NODES_MAX || read > TREE_BYTES_MAX {
            cut = !rest.is_empty();
            break;
        }
    }
    Dom { html: parser.finish(), cut }
}

/// The text of an element as a reader sees it: blocks on lines of their own, white space folded, scripts left out.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    push_text(&mut out, element);
    out.lines().map(text::fold_whitespace).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Recursion is bounded by [`DEPTH_MAX`].
fn push_text(out: &mut String, element: ElementRef<'_>) {
    let block = is_block(element.value().name());
    if block {
        out.push('\n');
    }
    for child in element.children() {
        if out.len() > TEXT_BYTES_MAX {
            return;
        }
        match child.value() {
            Node::Text(words) => out.extend(words.chars().map(|c| if c.is_whitespace() { ' ' } else { c })),
            _ => {
                if let Some(child) = ElementRef::wrap(child).filter(|e| !is_unseen(e.value().name())) {
                    push_text(out, child);
                }
            }
        }
    }
    if block {
        out.push('\n');
    }
}

/// Makes plain text of a string that may hold entities or tags; one that was escaped twice is unescaped twice.
pub(super) fn plain(words: &str) -> String {
    let mut words = words.trim().to_owned();
    for _ in 0..2 {
        if !holds_markup(&words) {
            break;
        }
        let escaped = escape_what_is_no_tag(&words).replace("\r\n", "\n").replace('\n', "<br>");
        words = text_of(build(&escaped).html.root_element());
    }
    words
}

fn holds_markup(words: &str) -> bool {
    let after = |mark: char| words.split(mark).skip(1);
    after('&').any(|rest| rest.starts_with(|c: char| c == '#' || c.is_ascii_alphabetic()) && rest.contains(';'))
        || after('<').any(is_known_tag)
}

/// Whether what follows a `<` is a tag that people write in texts.
fn is_known_tag(rest: &str) -> bool {
    const INLINE: [&str; 14] =
        ["a", "b", "i", "u", "em", "strong", "span", "img", "small", "sup", "sub", "font", "body", "html"];
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let name = rest[..name_end].to_ascii_lowercase();
    let ended = rest[name_end..].starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    ended && rest.contains('>') && (is_block(&name) || INLINE.contains(&name.as_str()) || is_unseen(&name))
}

/// Escapes each `<` that begins no known tag, so that "warm <3 and <cosy" keeps its words.
fn escape_what_is_no_tag(words: &str) -> String {
    let mut parts = words.split('<');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        out.push_str(if is_known_tag(rest) { "<" } else { "&lt;" });
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
#[path = "dom_tests.rs"]
mod tests;
