//! What a key wants and what it got, in the owner's words instead of serde's; and the formats of text, read by their own parsers.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value as Json;

use super::{
    shape::alternatives,
    tree::{Node, Value},
};
use crate::{
    calendar::{Holiday, Hours},
    schedule::{CalendarRule, Span, Zone},
};

/// What a key wants: "a whole number from 1 to 5", "text in quotes", "a span of time such as \"10m\"".
pub(super) fn wanted(schema: &Json) -> String {
    let each = alternatives(schema);
    if let Some(choices) = choices(&each) {
        return format!(
            "one of {}",
            choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(", ")
        );
    }
    let mut each: Vec<String> = each.into_iter().map(wanted_by_one).collect();
    each.dedup();
    each.join(" or ")
}

fn wanted_by_one(schema: &Json) -> String {
    match kind_of(schema) {
        "string" => wanted_text(schema["format"].as_str().unwrap_or_default()).to_owned(),
        "integer" => format!("a whole number{}", range(schema)),
        "number" => format!("a number{}", range(schema)),
        "boolean" => "true or false".to_owned(),
        "array" => match kind_of(&schema["items"]) {
            "object" => "a list of sections".to_owned(),
            "string" => "a list of texts, such as [\"a\", \"b\"]".to_owned(),
            _ => "a list in square brackets".to_owned(),
        },
        "object" => "a section with keys of its own".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn wanted_text(format: &str) -> &'static str {
    match format {
        "span" => "a span of time such as \"10m\"",
        "time-zone" => "a time zone such as \"Europe/Vienna\"",
        "calendar-rule" => "a calendar time such as \"Mon 08:00\"",
        "hours" => "hours such as \"Mon-Fri 08:00-18:00\"",
        "holiday" => "a day such as \"2026-12-25\" or \"12-25\"",
        "network" => "a network such as \"192.168.1.20/32\"",
        "listen" => "an address and port such as \"127.0.0.1:26363\"",
        "email" => "a mail address such as \"maria@example.org\"",
        "mailbox" => "a sender such as \"Hotel <alerts@example.org>\"",
        "uri" | "url" => "a web address such as \"https://example.org\"",
        _ => "text in quotes",
    }
}

/// " from 1 to 5", " of at least 1", or nothing.
fn range(schema: &Json) -> String {
    match (bound(schema, "minimum"), bound(schema, "maximum").or(format_maximum(schema))) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        (Some(min), None) => format!(" of at least {min}"),
        (None, Some(max)) => format!(" of at most {max}"),
        (None, None) => String::new(),
    }
}

/// What was found: "a number", "text", never the value itself.
pub(super) fn found(node: &Node) -> &'static str {
    match &node.value {
        Value::Text(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a point",
        Value::Bool(_) => "true or false",
        Value::Date(_) => "a date without quotes",
        Value::List(_) => "a list",
        Value::Table(_) => "a section",
    }
}

/// The type a schema names, "null" aside; empty if it takes anything.
pub(super) fn kind_of(schema: &Json) -> &str {
    match &schema["type"] {
        Json::String(kind) => kind,
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).find(|kind| *kind != "null").unwrap_or_default(),
        _ if schema["const"].is_string() || schema["enum"].is_array() => "string",
        _ if schema["properties"].is_object() => "object",
        _ => "",
    }
}

/// The texts that the alternatives of a schema allow, if all of them list some.
pub(super) fn choices<'a>(alternatives: &[&'a Json]) -> Option<Vec<&'a str>> {
    let of = |one: &'_ Json| one["const"].is_string() || one["enum"].is_array();
    if alternatives.is_empty() || !alternatives.iter().all(|one| of(one)) {
        return None;
    }
    let listed = alternatives.iter().flat_map(|one| match &one["enum"] {
        Json::Array(list) => list.iter().filter_map(Json::as_str).collect(),
        _ => one["const"].as_str().into_iter().collect::<Vec<_>>(),
    });
    Some(listed.collect())
}

/// Why a number is out of range, if it is.
pub(super) fn out_of_range(schema: &Json, number: f64) -> bool {
    let max = bound(schema, "maximum").or(format_maximum(schema));
    bound(schema, "minimum").is_some_and(|min| number < min)
        || bound(schema, "exclusiveMinimum").is_some_and(|min| number <= min)
        || max.is_some_and(|max| number > max)
        || bound(schema, "exclusiveMaximum").is_some_and(|max| number >= max)
        || number.is_nan()
}

fn bound(schema: &Json, key: &str) -> Option<f64> {
    schema[key].as_f64()
}

/// The highest number that Rust's type can hold, which schemas leave out for the wide types.
fn format_maximum(schema: &Json) -> Option<f64> {
    match schema["format"].as_str()? {
        "uint8" => Some(f64::from(u8::MAX)),
        "int8" => Some(f64::from(i8::MAX)),
        "uint16" => Some(f64::from(u16::MAX)),
        "int16" => Some(f64::from(i16::MAX)),
        "uint32" => Some(f64::from(u32::MAX)),
        "int32" => Some(f64::from(i32::MAX)),
        _ => None,
    }
}

/// Why a text is not of its format, if it is not.
pub(super) fn misread(format: &str, text: &str) -> Option<String> {
    let error = |wanted: &str| format!("`{}` is not {wanted}", short(text));
    match format {
        "span" => text.parse::<Span>().err(),
        "time-zone" => text.parse::<Zone>().err(),
        "hours" => text.parse::<Hours>().err(),
        "holiday" => text.parse::<Holiday>().err(),
        "calendar-rule" => match text.parse::<CalendarRule>() {
            Err(error) => Some(error),
            Ok(rule) if rule.next(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_none() => {
                Some(format!("`{text}` never runs: no year has such a day"))
            }
            Ok(_) => None,
        },
        "network" => text.parse::<ipnet::IpNet>().err().map(|_| error(wanted_text(format))),
        "listen" => text.parse::<std::net::SocketAddr>().err().map(|_| error(wanted_text(format))),
        "email" => (!is_address(text)).then(|| error(wanted_text(format))),
        "mailbox" => {
            let address =
                text.trim().strip_suffix('>').and_then(|text| text.split_once('<')).map_or(text, |(_, inner)| inner);
            (!is_address(address)).then(|| error(wanted_text(format)))
        }
        "uri" | "url" => text.parse::<url::Url>().err().map(|_| error(wanted_text(format))),
        _ => None,
    }
}

/// Whether it looks like a mail address; the mail server knows better.
fn is_address(text: &str) -> bool {
    let parts = text.trim().rsplit_once('@');
    parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        && !text.trim().contains([' ', ',', '<', '>'])
}

/// Why a bare number is no text of that format: "15 what?".
pub(super) fn misread_number(format: &str, number: i64) -> Option<String> {
    if format == "span" { number.to_string().parse::<Span>().err() } else { None }
}

/// The beginning of a text, for a message.
pub(super) fn short(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(60).chain(['…']).collect() }
}
