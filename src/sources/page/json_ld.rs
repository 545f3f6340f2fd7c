//! JSON-LD as pages really write it: strict JSON first, and a repaired reading of what is not.
//!
//! It gives up on one script only, never on the page, and deliberately resolves no `@context`: names are schema.org's.

use std::{iter::Peekable, str::CharIndices};

use serde_json::{Deserializer, Value};

use super::dom;

/// The values of one script: one, or several where values stand one after another; none if it cannot be read.
pub(super) fn read(script: &str) -> Vec<Value> {
    let script = script.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if script.is_empty() {
        return Vec::new();
    }
    if let Ok(value) = serde_json::from_str(script) {
        return vec![value];
    }
    let values = complete_values(&repair(script));
    if values.is_empty() && script.contains("&quot;") {
        return complete_values(&repair(&dom::plain(script)));
    }
    values
}

fn complete_values(text: &str) -> Vec<Value> {
    Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok).collect()
}

/// Rewrites almost-JSON as JSON.
///
/// Outside strings: comments, CDATA and comment wrappers, trailing commas and everything outside the outermost brackets go;
/// `NaN`, `Infinity` and `undefined` become null. Inside strings: raw control characters are escaped, bad escapes are taken
/// literally, lone surrogates become U+FFFD.
fn repair(script: &str) -> String {
    let mut writer = Writer { out: String::with_capacity(script.len() + 16), depth: 0, comma: false };
    let mut chars = script.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let rest = &script[at..];
        match c {
            '/' | '<' | ']' | '-' if skip_wrapper(rest, &mut chars) => {}
            '{' | '[' => writer.open(c),
            '}' | ']' => writer.close(c),
            _ if writer.depth == 0 => {}
            '"' => {
                writer.flush_comma();
                copy_string(script, &mut chars, &mut writer.out);
            }
            ',' => writer.comma = true,
            c if c.is_whitespace() || c.is_control() || c == '\u{FEFF}' => writer.out.push(' '),
            c if c.is_ascii_alphabetic() => writer.word(&word(rest, &mut chars)),
            c => {
                writer.flush_comma();
                writer.out.push(c);
            }
        }
    }
    writer.out
}

/// What has been rewritten so far.
struct Writer {
    out: String,
    depth: usize,
    /// A comma was read and not yet written: it may turn out to trail.
    comma: bool,
}

impl Writer {
    fn flush_comma(&mut self) {
        if std::mem::take(&mut self.comma) && !self.out.trim_end().ends_with(['[', '{', ',']) {
            self.out.push(',');
        }
    }

    fn open(&mut self, bracket: char) {
        self.flush_comma();
        self.depth += 1;
        self.out.push(bracket);
    }

    fn close(&mut self, bracket: char) {
        self.comma = false;
        if self.depth > 0 {
            self.depth -= 1;
            self.out.push(bracket);
            self.out.push(' ');
        }
    }

    fn word(&mut self, word: &str) {
        self.flush_comma();
        match word {
            "NaN" | "Infinity" | "undefined" => {
                if self.out.ends_with('-') {
                    self.out.pop();
                }
                self.out.push_str("null");
            }
            other => self.out.push_str(other),
        }
    }
}

/// Skips a comment or a wrapper that begins at `rest`; the first character is already taken.
fn skip_wrapper(rest: &str, chars: &mut Peekable<CharIndices<'_>>) -> bool {
    const WRAPPERS: [&str; 6] = ["//<![CDATA[", "//]]>", "<![CDATA[", "]]>", "<!--", "-->"];
    let bytes =
        WRAPPERS.iter().find(|wrapper| rest.starts_with(**wrapper)).map(|wrapper| wrapper.len()).or_else(|| {
            if rest.starts_with("//") {
                Some(rest.find('\n').unwrap_or(rest.len()))
            } else if rest.starts_with("/*") {
                Some(rest.find("*/").map_or(rest.len(), |end| end + 2))
            } else {
                None
            }
        });
    let Some(bytes) = bytes else { return false };
    let skipped = rest[..bytes].chars().count().saturating_sub(1);
    for _ in 0..skipped {
        chars.next();
    }
    true
}

fn word(rest: &str, chars: &mut Peekable<CharIndices<'_>>) -> String {
    let word: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    for _ in 1..word.len() {
        chars.next();
    }
    word
}

/// Copies a string whose opening quote is already taken, up to and with its closing quote.
fn copy_string(script: &str, chars: &mut Peekable<CharIndices<'_>>, out: &mut String) {
    out.push('"');
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                out.push('"');
                return;
            }
            '\\' => copy_escape(&script[at..], chars, out),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => out.push(' '),
            c => out.push(c),
        }
    }
}

/// Copies the escape at the start of `rest`, whose backslash is already taken.
fn copy_escape(rest: &str, chars: &mut Peekable<CharIndices<'_>>, out: &mut String) {
    let Some((_, c)) = chars.next() else { return };
    match c {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => out.extend(['\\', c]),
        '\'' => out.push('\''),
        '\n' | '\r' => out.push(' '),
        'u' => {
            let (escape, length) = match (unit(rest), unit(rest.get(6..).unwrap_or_default())) {
                (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (&rest[..12], 12),
                (Some(0xD800..=0xDFFF), _) => ("\\ufffd", 6),
                (Some(_), _) => (&rest[..6], 6),
                (None, _) => ("\\\\u", 2),
            };
            out.push_str(escape);
            for _ in 2..length {
                chars.next();
            }
        }
        c => {
            out.push_str("\\\\");
            out.push(c);
        }
    }
}

/// The UTF-16 unit of a `\uXXXX` at the start of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(script: &str, expected: &[Value]) {
        assert_eq!(read(script), expected, "{script}");
    }

    #[test]
    fn strict_json_is_read_as_it_is() {
        check(r#" {"a": [1, 2.5, "x\u00e9", null]} "#, &[json!({"a": [1, 2.5, "xé", null]})]);
        check("", &[]);
        check("\u{FEFF} \n", &[]);
    }

    #[test]
    fn wrappers_and_comments_are_taken_off() {
        for script in [
            "<!-- {\"a\":1} -->",
            "<!--\n{\"a\":1}\n//-->",
            "//<![CDATA[\n{\"a\":1}\n//]]>",
            "/*<![CDATA[*/ {\"a\":1} /*]]>*/",
            "<![CDATA[{\"a\":1}]]>",
            "//<![CDATA[ {\"a\":1} //]]>",
            "// a comment with { and \"\n{\"a\": /* the { one */ 1}",
            "var data = {\"a\":1};",
            "\u{FEFF}{\"a\":1};",
            "{\"a\":1}\u{0}",
        ] {
            check(script, &[json!({"a": 1})]);
        }
    }

    #[test]
    fn commas_too_many_are_dropped() {
        check(r#"{"a":[1,2,],"b":{"c":1,},}"#, &[json!({"a": [1, 2], "b": {"c": 1}})]);
        check(r#"[1,,2 , ]"#, &[json!([1, 2])]);
        check(r#"{"a":",]",}"#, &[json!({"a": ",]"})]);
    }

    #[test]
    fn raw_control_characters_and_bad_escapes_are_kept_as_words() {
        check("{\"a\":\"two\nlines\tand\u{1}more\"}", &[json!({"a": "two\nlines\tand more"})]);
        check(r#"{"a":"it\'s 5\° and C:\hotel"}"#, &[json!({"a": "it's 5\\° and C:\\hotel"})]);
        check(r#"{"a":"\ud83d!","b":"\ud83d\ude00\q"}"#, &[json!({"a": "\u{FFFD}!", "b": "😀\\q"})]);
        check(r#"{"a":"\u12"}"#, &[json!({"a": "\\u12"})]);
    }

    #[test]
    fn several_values_are_all_read_and_a_broken_tail_costs_only_itself() {
        check(r#"{"a":1}{"b":2}"#, &[json!({"a": 1}), json!({"b": 2})]);
        check("{\"a\":1},\n{\"b\":2};", &[json!({"a": 1}), json!({"b": 2})]);
        check(r#"{"a":1}{"b":"#, &[json!({"a": 1})]);
        check(r#"{"a":1}}"#, &[json!({"a": 1})]);
    }

    #[test]
    fn numbers_that_json_does_not_know_are_null() {
        check(
            r#"{"a":NaN,"b":-Infinity,"c":undefined,"d":true}"#,
            &[json!({"a": null, "b": null, "c": null, "d": true})],
        );
    }

    #[test]
    fn a_script_escaped_as_html_is_read_at_last() {
        check("{&quot;a&quot;:&quot;b &amp;amp; c&quot;}", &[json!({"a": "b & c"})]);
    }

    #[test]
    fn rubbish_gives_nothing_and_no_panic() {
        for script in [
            "{",
            "\"",
            "{\"a\":\"",
            "{\"a\":\"\\",
            "{\"a\":\"\\u",
            "null null",
            "<p>",
            "\\",
            "{\"a\" \"b\"}",
            "{'a':1}",
        ] {
            let _ = read(script);
        }
        check(&"[".repeat(100_000), &[]);
        check(&format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)), &[]);
    }
}
