//! A page's bytes as text: byte order mark, then `Content-Type`, then `<meta>`, then UTF-8, then windows-1252.
//!
//! It never fails: what no encoding can read becomes U+FFFD.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far into a page its `<meta charset>` is looked for (browsers look at 1,024 bytes; many pages put it later).
const META_BYTES_MAX: usize = 4_096;

/// With more sound non-ASCII characters than this for each damaged one, a page is UTF-8 with a fault.
const SOUND_PER_DAMAGED: usize = 4;

/// Decodes a page.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    let stated = content_type.and_then(labelled).or_else(|| stated_inside(bytes));
    match stated {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
        None => unstated(bytes),
    }
}

/// UTF-8, even with a few bytes damaged (one bad byte must not garble a whole page), or else windows-1252.
fn unstated(bytes: &[u8]) -> Cow<'_, str> {
    let (words, damaged) = UTF_8.decode_without_bom_handling(bytes);
    if damaged {
        let lost = words.matches('\u{FFFD}').count();
        let kept = words.chars().filter(|c| !c.is_ascii()).count() - lost;
        if kept <= lost * SOUND_PER_DAMAGED {
            return WINDOWS_1252.decode_without_bom_handling(bytes).0;
        }
    }
    words
}

/// The encoding that the page states of itself; UTF-16 cannot be true there, as the statement was read as ASCII.
fn stated_inside(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(META_BYTES_MAX)]).to_ascii_lowercase();
    let meta =
        head.split("<meta").skip(1).find(|meta| meta.split('>').next().is_some_and(|m| m.contains("charset")))?;
    let encoding = labelled(meta.split('>').next()?)?;
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// The encoding named after `charset=`.
fn labelled(text: &str) -> Option<&'static Encoding> {
    let at = text.to_ascii_lowercase().find("charset")?;
    let label = text[at + "charset".len()..].trim_start().strip_prefix('=')?.trim_start();
    let label = label.trim_start_matches(['"', '\'']);
    let end =
        label.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/' | '>')).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert_eq!(decode(bytes, content_type), expected);
    }

    #[test]
    fn the_mark_wins_over_the_header_and_the_header_over_the_page() {
        check(b"\xEF\xBB\xBFcaf\xC3\xA9", Some("text/html; charset=iso-8859-1"), "caf\u{e9}");
        check(
            b"<meta charset=utf-8>caf\xE9",
            Some("text/html; charset=\"ISO-8859-1\""),
            "<meta charset=utf-8>caf\u{e9}",
        );
        check(b"<meta charset='windows-1250'>\xE8", None, "<meta charset='windows-1250'>\u{10d}");
        check(
            b"<META http-equiv=Content-Type content=\"text/html; charset=shift_jis\">\x82\xA0",
            None,
            "<META http-equiv=Content-Type content=\"text/html; charset=shift_jis\">\u{3042}",
        );
    }

    #[test]
    fn without_a_statement_it_is_utf_8_or_else_windows_1252() {
        check(b"caf\xC3\xA9", None, "caf\u{e9}");
        check(b"caf\xE9 \x93quoted\x94", None, "caf\u{e9} \u{201c}quoted\u{201d}");
        check(b"caf\xE9", Some("text/html"), "caf\u{e9}");
        check(b"caf\xE9", Some("text/html; charset=no-such-thing"), "caf\u{e9}");
        check(b"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 \xFF", None, "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9} \u{fffd}");
    }

    #[test]
    fn utf_16_is_read_by_its_mark_and_not_believed_in_a_meta() {
        check(b"\xFF\xFEh\0i\0", None, "hi");
        check(b"<meta charset=utf-16>hi", None, "<meta charset=utf-16>hi");
        check(b"", None, "");
    }
}
