//! What every text payload needs before it is read: its characters, JSON within limits, and a name for what came instead.
//!
//! It mends only what leaves no doubt (a wrong charset, a lone surrogate, a raw control character) and never quotes a payload.

use std::borrow::Cow;

use encoding_rs::Encoding;
use serde_json::Value;

use super::{ParseError, challenge};

/// How many bytes at the start are searched for a declaration of the charset.
const DECLARATION_BYTES_MAX: usize = 200;

/// The characters of a payload: by byte order mark, else UTF-8 where it is valid, else as the XML declaration says, else what
/// fits better of UTF-8 with damage and Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match bytes {
        [b'<' | b'{' | b'[', 0, ..] => return encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0,
        [0, b'<' | b'{' | b'[', ..] => return encoding_rs::UTF_16BE.decode_without_bom_handling(bytes).0,
        _ => {}
    }
    let declared = declared(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if declared != Some(encoding_rs::ISO_2022_JP) => Cow::Borrowed(text),
        _ => match declared.filter(|encoding| *encoding != encoding_rs::UTF_8) {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
            None => damaged(bytes),
        },
    }
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(DECLARATION_BYTES_MAX)];
    let at = memchr::memmem::find(head, b"encoding=")? + "encoding=".len();
    let quote = *head.get(at).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let label = &head[at + 1..];
    Encoding::for_label(&label[..memchr::memchr(quote, label)?])
}

/// Bytes that are not UTF-8 and say nothing else: damaged UTF-8 if most of it is sound, else Windows-1252.
fn damaged(bytes: &[u8]) -> Cow<'_, str> {
    let (mut sound, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    if sound >= broken {
        String::from_utf8_lossy(bytes)
    } else {
        encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0
    }
}

/// Reads JSON, mending lone surrogates and raw control characters if that is all that is wrong; 128 levels deep at most.
///
/// # Errors
/// If it is something else, which is named as far as it is known.
pub(super) fn json(bytes: &[u8], expected: &'static str) -> Result<Value, ParseError> {
    let text = decode(bytes);
    serde_json::from_str(&text).or_else(|error| {
        serde_json::from_str(&mend_json(&text)).map_err(|_| match instead(bytes) {
            Instead::Unknown => ParseError::NotThisKind { expected, why: error.to_string() },
            known => known.into_error(expected),
        })
    })
}

/// Replaces lone surrogates by U+FFFD and raw control characters in strings by spaces.
pub(super) fn mend_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut rest) = (false, text);
    while let Some(c) = rest.chars().next() {
        let mut used = c.len_utf8();
        match c {
            '"' => {
                in_string = !in_string;
                out.push(c);
            }
            '\\' if in_string => {
                used = escape_len(rest);
                out.push_str(if is_lone_surrogate(rest) { "\\ufffd" } else { &rest[..used] });
            }
            c if in_string && c < ' ' => out.push(' '),
            c => out.push(c),
        }
        rest = &rest[used..];
    }
    out
}

/// The length of the escape at the start: `\n`, `\u00e9`, or a whole pair of surrogates.
fn escape_len(rest: &str) -> usize {
    match unit(rest) {
        Some(0xD800..=0xDBFF) if !is_lone_surrogate(rest) => 12,
        Some(_) => 6,
        None => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
    }
}

fn is_lone_surrogate(rest: &str) -> bool {
    match unit(rest) {
        Some(0xD800..=0xDBFF) => !matches!(rest.get(6..).and_then(unit), Some(0xDC00..=0xDFFF)),
        Some(0xDC00..=0xDFFF) => true,
        _ => false,
    }
}

fn unit(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// What came instead of the payload that was expected.
pub(super) enum Instead {
    /// A page against robots.
    Challenge,
    /// Some other known thing.
    Known(&'static str),
    /// Nothing that we know.
    Unknown,
}

impl Instead {
    /// The error that says so.
    pub(super) fn into_error(self, expected: &'static str) -> ParseError {
        match self {
            Instead::Challenge => ParseError::Blocked,
            Instead::Known(what) => ParseError::NotThisKind { expected, why: what.to_owned() },
            Instead::Unknown => ParseError::NotThisKind {
                expected,
                why: "it cannot be read; look at the address in a browser".to_owned(),
            },
        }
    }
}

/// Names what a payload is that could not be read.
pub(super) fn instead(bytes: &[u8]) -> Instead {
    if challenge::is_challenge(bytes) {
        return Instead::Challenge;
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2_000)]).to_ascii_lowercase();
    if head.trim_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']).is_empty() {
        Instead::Known("it is empty")
    } else if challenge::is_html(&head) {
        Instead::Known("it is a web page; its feed or interface has another address")
    } else {
        Instead::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(decode(bytes), expected);
    }

    #[test]
    fn characters_are_read_whatever_the_declaration_says() {
        check("<a>é</a>".as_bytes(), "<a>é</a>");
        check(b"\xEF\xBB\xBF{}", "{}");
        check(b"\xFF\xFE<\0a\0>\0", "<a>");
        check(b"\0<\0a\0>", "<a>");
        check(b"<?xml version='1.0' encoding='ISO-8859-1'?>caf\xE9", "<?xml version='1.0' encoding='ISO-8859-1'?>café");
        check("<?xml encoding=\"ISO-8859-1\"?>café".as_bytes(), "<?xml encoding=\"ISO-8859-1\"?>café");
        check(b"<?xml encoding=\"utf-8\"?>caf\xE9 cr\xE8me", "<?xml encoding=\"utf-8\"?>café crème");
        check("café crème \u{e9}X".replace('X', "").as_bytes(), "café crème é");
        check(b"caf\xC3\xA9 cr\xC3\xA8me \xE2\x82", "café crème \u{FFFD}");
    }

    #[test]
    fn broken_json_is_mended_where_it_leaves_no_doubt() {
        let mended = json(b"{\"a\":\"x\\ud83dy\\ude00z\\ud83d\\ude00\",\"b\":\"1\n2\"}", "JSON").unwrap();
        assert_eq!(mended, serde_json::json!({"a": "x\u{FFFD}y\u{FFFD}z😀", "b": "1 2"}));
    }

    #[test]
    fn what_came_instead_of_json_is_named() {
        let why = |bytes: &[u8]| json(bytes, "JSON").unwrap_err().to_string();
        assert_eq!(why(b" "), "this is not JSON: it is empty");
        assert_eq!(
            why(b"<!doctype html><html><body>Welcome</body></html>"),
            "this is not JSON: it is a web page; its feed or interface has another address"
        );
        assert_eq!(json(b"<html><title>Just a moment...</title></html>", "JSON"), Err(ParseError::Blocked));
        assert_eq!(why(b"{\"a\":"), "this is not JSON: EOF while parsing a value at line 1 column 5");
        assert!(why("[".repeat(100_000).as_bytes()).contains("recursion limit"));
    }
}
