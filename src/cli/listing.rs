//! How cases, reviews and times are said on a terminal. What strangers wrote is cleaned before it is printed.

use jiff::{Timestamp, tz::TimeZone};

use crate::{clock, figures::words, review::Rating, text};

/// "★★☆☆☆", or a dash for words without a rating.
#[must_use]
pub fn stars(rating: Option<&Rating>) -> String {
    rating.map_or_else(
        || "—".to_owned(),
        |rating| {
            let full = rating.as_stars();
            "★".repeat(full) + &"☆".repeat(5 - full.min(5))
        },
    )
}

/// A stranger's words on one line, at most `graphemes` long.
#[must_use]
pub fn one_line(words: Option<&str>, graphemes: usize) -> String {
    words.map_or_else(|| "—".to_owned(), |words| text::truncate(&text::fold_whitespace(&text::clean(words)), graphemes))
}

/// How long ago, in words.
#[must_use]
pub fn ago(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", words::span(clock::since(now, at))))
}

/// A time as people at the location read it.
#[must_use]
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M").to_string()
}
