//! Lenient reading of the parts of one JSON object: platforms send the same thing as text, number or nothing.
//!
//! Every `path` is a JSON Pointer (RFC 6901). What is absent, null, empty or of another type is `None`, never an error: one odd
//! part loses no review.

use jiff::Timestamp;
use serde_json::Value;

use super::{ParseError, payload};
use crate::{
    markup,
    review::{PostedAt, RawRating, Reply},
};

/// A text, or a number as text; ids above 2⁵³ stay what they are.
pub(super) fn text(value: &Value, path: &str) -> Option<String> {
    let text = match value.pointer(path)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A text that holds markup, as plain text.
pub(super) fn from_html(value: &Value, path: &str) -> Option<String> {
    let plain = markup::plain_from_html(&text(value, path)?);
    (!plain.trim().is_empty()).then_some(plain)
}

/// Whether something is said to be so: `true`, 1, or "true".
pub(super) fn is_true(value: &Value, path: &str) -> bool {
    match value.pointer(path) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

/// A count.
pub(super) fn count(value: &Value, path: &str) -> Option<u64> {
    text(value, path)?.parse().ok()
}

/// When it was posted, in any form that [`PostedAt::parse`] knows.
pub(super) fn posted(value: &Value, path: &str) -> Option<PostedAt> {
    PostedAt::parse(&text(value, path)?)
}

/// An instant; a mere day is its noon.
pub(super) fn instant(value: &Value, path: &str) -> Option<Timestamp> {
    posted(value, path).map(|posted| posted.at)
}

/// A rating from `worst` to `best`.
pub(super) fn rating(value: &Value, path: &str, worst: f64, best: f64) -> Option<RawRating> {
    let stars = value.pointer(path).filter(|stars| !stars.is_null())?;
    Some(RawRating::on(stars.clone(), worst, best))
}

/// A business's answer: its words at `words` below `value`, and when at `at`.
pub(super) fn reply(value: &Value, words: &str, at: &str) -> Option<Reply> {
    Some(Reply { text: text(value, words)?, at: instant(value, at) })
}

/// The first list among some places.
pub(super) fn list<'a>(value: &'a Value, paths: &[&str]) -> Option<&'a [Value]> {
    paths.iter().find_map(|path| value.pointer(path)?.as_array()).map(Vec::as_slice)
}

/// The list of a platform's answer; without it this is another answer.
///
/// # Errors
/// If none of the places holds a list; `what` should have been in it: "reviews".
pub(super) fn wanted<'a>(
    value: &'a Value,
    paths: &[&str],
    (expected, what): (&'static str, &str),
) -> Result<&'a [Value], ParseError> {
    list(value, paths).ok_or_else(|| unlike(expected, &format!("it is JSON without {what} in it")))
}

/// A document that must be a JSON object.
///
/// # Errors
/// If it is something else, which is named.
pub(super) fn object(bytes: &[u8], expected: &'static str) -> Result<Value, ParseError> {
    match payload::json(bytes, expected)? {
        object @ Value::Object(_) => Ok(object),
        other => Err(unlike(expected, &format!("it is JSON, but {}", kind(&other)))),
    }
}

/// The error of a document that is JSON, but not the platform's.
pub(super) fn unlike(expected: &'static str, why: &str) -> ParseError {
    ParseError::NotThisKind { expected, why: why.to_owned() }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a yes or no",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_are_read_whatever_type_they_have() {
        let value = json!({"id": 9_007_199_254_740_993_u64, "name": " Ada ", "none": null, "empty": " ", "yes": "true", "n": 1,
            "html": "<p>Cold&nbsp;<b>room</b></p>", "at": "2026-10-02T08:11:04Z", "s": {"seconds": "1790000000"}});
        assert_eq!(text(&value, "/id").as_deref(), Some("9007199254740993"));
        assert_eq!(text(&value, "/name").as_deref(), Some("Ada"));
        assert_eq!((text(&value, "/none"), text(&value, "/empty"), text(&value, "/absent/deep")), (None, None, None));
        assert!(is_true(&value, "/yes") && is_true(&value, "/n") && !is_true(&value, "/none"));
        assert_eq!(from_html(&value, "/html").as_deref(), Some("Cold room"));
        assert_eq!(instant(&value, "/at"), "2026-10-02T08:11:04Z".parse().ok());
        assert_eq!(instant(&value, "/s/seconds"), Timestamp::from_second(1_790_000_000).ok());
        assert_eq!(rating(&value, "/none", 1.0, 5.0), None);
        assert_eq!(list(&json!({"a": {"b": [1]}}), &["/x", "/a/b"]), Some(&[json!(1)][..]));
    }

    #[test]
    fn what_is_no_object_is_named() {
        let why = |bytes: &[u8]| object(bytes, "an answer").unwrap_err().to_string();
        assert_eq!(why(b"[]"), "this is not an answer: it is JSON, but a list");
        assert_eq!(why(b""), "this is not an answer: it is empty");
    }
}
