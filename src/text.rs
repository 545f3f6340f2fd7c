//! Pure work on text: cleaning what strangers wrote, cutting it to length, escaping it, comparing it.
//!
//! Escaping for one service's own markup lives in that channel's file; here is only what several rooms share.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use memchr::memmem::Finder;
use unicode_segmentation::UnicodeSegmentation;

/// Removes control characters (but keeps line breaks), bidirectional overrides and zero-width characters, and unifies line ends.
///
/// The zero-width joiner stays: emoji and several scripts need it.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if lines(text).all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\t' => out.push(' '),
            '\n' => out.push('\n'),
            '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2060}'
            | '\u{FEFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// What stands between line feeds, as `split` would give it; they are searched many bytes at a time.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    ends.scan(0, |begin, end| Some(&text[std::mem::replace(begin, end + 1)..end]))
}

/// Whether a line is made of printable ASCII alone; eight bytes at a time.
fn is_plain(line: &str) -> bool {
    let each = |byte: u8| u64::from_ne_bytes([byte; 8]);
    let (eights, rest) = line.as_bytes().as_chunks();
    // What is taken from a byte that is too small, or from DEL, sets the bit that only bytes beyond ASCII have.
    let are_plain = |eight: &[u8; 8]| {
        let bytes = u64::from_ne_bytes(*eight);
        let (above, below) = (bytes.wrapping_sub(each(b' ')), (bytes ^ each(0x7F)).wrapping_sub(each(1)));
        (bytes | above | below) & each(0x80) == 0
    };
    eights.iter().all(are_plain) && rest.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Folds every run of white space into one space and trims the ends.
#[must_use]
pub fn fold_whitespace(text: &str) -> Cow<'_, str> {
    if is_folded(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut push = |words: &str| {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(words);
    };
    for line in lines(text).filter(|line| !line.is_empty()) {
        if is_folded(line) { push(line) } else { line.split_whitespace().for_each(&mut push) }
    }
    Cow::Owned(out)
}

/// Whether a line surely has nothing to fold.
fn is_folded(line: &str) -> bool {
    has_single_spaces_only(line) && !line.starts_with(' ') && !line.ends_with(' ')
}

/// Whether a text surely has no white space but single spaces.
#[must_use]
pub fn has_single_spaces_only(text: &str) -> bool {
    static TWO_SPACES: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("  "));
    let bytes = text.as_bytes();
    // White space beyond ASCII begins with one of four bytes.
    let other = [[b'\t', b'\n', b'\r'], [b'\x0B', b'\x0C', 0xC2], [0xE1, 0xE2, 0xE3]];
    !other.iter().any(|[a, b, c]| memchr::memchr3(*a, *b, *c, bytes).is_some()) && TWO_SPACES.find(bytes).is_none()
}

/// Cuts `text` to at most `graphemes_max` grapheme clusters, the last being `…` when something was cut.
#[must_use]
pub fn truncate(text: &str, graphemes_max: usize) -> String {
    if text.len() <= graphemes_max || text.graphemes(true).nth(graphemes_max).is_none() {
        return text.to_owned();
    }
    let mut cut: String = text.graphemes(true).take(graphemes_max.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Cuts `text` to at most `bytes_max` bytes on a grapheme boundary, ending in `…` when something was cut.
#[must_use]
pub fn truncate_bytes(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let room = bytes_max.saturating_sub('…'.len_utf8());
    let end =
        text.grapheme_indices(true).map(|(at, g)| at + g.len()).take_while(|end| *end <= room).last().unwrap_or(0);
    format!("{}…", &text[..end])
}

/// Escapes text for HTML elements and quoted attributes.
#[must_use]
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// How alike two texts are by their words, from 0 (nothing shared) to 1 (the same words): the Jaccard index.
#[must_use]
pub fn likeness(a: &str, b: &str) -> f64 {
    let words = |text: &str| text.unicode_words().map(str::to_lowercase).collect::<HashSet<_>>();
    let (a, b) = (words(a), words(b));
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let shared = a.intersection(&b).count();
    shared as f64 / (a.len() + b.len() - shared) as f64
}

/// "1 review", "2 reviews": a count with its noun.
#[must_use]
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_keeps_lines_and_drops_what_hides() {
        assert_eq!(clean("a\r\nb\rc\u{202E}d\u{0}e\u{200B}f"), "a\nb\ncdef");
    }

    proptest::proptest! {
        /// Text that needs nothing is handed on at once: it must be text that needs nothing.
        #[test]
        fn the_short_ways_change_nothing(text in "[a-c \\t\\r\\n\u{0B}\u{1C}\u{7F}\u{85}\u{A0}\u{1680}\u{2003}\u{3000}é’日~!]{0,12}") {
            let words: Vec<&str> = text.split_whitespace().collect();
            proptest::prop_assert_eq!(fold_whitespace(&text), words.join(" "));
            // A mark that stays keeps it from the short way.
            let long = format!("é{text}");
            let long_way = clean(&long);
            proptest::prop_assert_eq!(format!("é{}", clean(&text)), long_way);
        }
    }

    #[test]
    fn truncation_never_cuts_a_grapheme() {
        assert_eq!(truncate("héllo wörld", 20), "héllo wörld");
        assert_eq!(truncate("héllo wörld", 6), "héllo…");
        assert_eq!(truncate("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦…");
        assert_eq!(truncate("", 0), "");
    }

    #[test]
    fn a_byte_limit_holds_in_every_script() {
        for text in ["plain text that is long", "длинный текст по-русски", "とても長いテキストです", "😀😀😀😀😀😀😀😀"]
        {
            for max in 3..20 {
                assert!(truncate_bytes(text, max).len() <= max, "{text} at {max}");
            }
        }
    }

    #[test]
    fn html_is_escaped_in_text_and_attributes() {
        assert_eq!(escape_html(r#"<b a="x" b='y'>&"#), "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    }

    #[test]
    fn likeness_is_one_for_the_same_words_and_zero_for_none_shared() {
        assert!((likeness("The lift was loud", "the LIFT was, loud!") - 1.0).abs() < 1e-9);
        assert!(likeness("cold shower", "great breakfast") < 1e-9);
        assert!(likeness("The lift was loud at night", "The lift was loud at night. Now it is fixed") > 0.5);
    }
}
