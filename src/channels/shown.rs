//! What every channel shows of an alert: cleaned of what hides or breaks lines, cut to a sane size, ready to be escaped.
//!
//! It deliberately knows no service's markup and no service's limits; those live in each channel's file.

use jiff::{Timestamp, tz::TimeZone};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use crate::{
    alert::{Alert, Reason, ReviewCard},
    judge::Severity,
    text,
};

/// The most bytes of one line of ours: a headline, a reason, a next step.
const LINE_BYTES_MAX: usize = 400;
/// The most lines of ours below the headline.
const LINES_MAX: usize = 12;
/// The most bytes of a guest's name.
const AUTHOR_BYTES_MAX: usize = 160;
/// The most bytes of a guest's headline.
const TITLE_BYTES_MAX: usize = 400;
/// The most bytes of a location's or source's name.
const NAME_BYTES_MAX: usize = 120;
/// The most bytes of a link; longer ones are left out, never cut.
const URL_BYTES_MAX: usize = 1500;

/// An alert, cleaned and cut.
pub(super) struct Shown {
    /// One line in our words.
    pub headline: String,
    /// Further lines in our words.
    pub lines: Vec<String>,
    /// The location's name.
    pub location: Option<String>,
    /// The source's name.
    pub source: Option<String>,
    /// "case 12".
    pub case: Option<String>,
    /// The guest's review.
    pub guest: Option<Guest>,
}

/// A guest's review, cleaned; every field but the words is one line.
pub(super) struct Guest {
    /// "★★☆☆☆".
    pub stars: Option<String>,
    /// "2 of 5", or "2 of 5 (was 4 of 5)".
    pub rating: Option<String>,
    /// The displayed name.
    pub author: Option<String>,
    /// "20 November 2026".
    pub posted: Option<String>,
    /// The headline.
    pub title: Option<String>,
    /// The words, whole: each channel cuts them to its own limit.
    pub words: Option<String>,
    /// A BCP 47 tag of letters, digits and hyphens.
    pub language: Option<String>,
    /// Where to read it.
    pub page: Option<Page>,
}

/// A web page that may be linked: http or https only.
pub(super) struct Page {
    /// The address.
    pub url: String,
    /// Its host, to be shown beside the link.
    pub host: String,
}

impl Shown {
    /// Cleans and cuts an alert.
    pub fn of(alert: &Alert) -> Self {
        Shown {
            headline: line(&alert.headline, LINE_BYTES_MAX),
            lines: alert.lines.iter().filter_map(|text| some_line(text, LINE_BYTES_MAX)).take(LINES_MAX).collect(),
            location: alert.location.as_deref().and_then(|name| some_line(name, NAME_BYTES_MAX)),
            source: alert.source.as_deref().and_then(|name| some_line(name, NAME_BYTES_MAX)),
            case: alert.case.map(|case| format!("case {case}")),
            guest: alert.review.as_ref().map(Guest::of),
        }
    }

    /// Where and which case: "Hotel Alpenblick · google · case 12".
    pub fn place(&self) -> Option<String> {
        joined(&[&self.location, &self.source, &self.case], " · ")
    }
}

impl Guest {
    fn of(card: &ReviewCard) -> Self {
        let line_of = |text: &Option<String>, max| text.as_deref().and_then(|text| some_line(text, max));
        let before = line_of(&card.rating_before, NAME_BYTES_MAX).map(|before| format!(" (was {before})"));
        Guest {
            stars: card.stars.map(stars),
            rating: line_of(&card.rating, NAME_BYTES_MAX).map(|rating| rating + &before.unwrap_or_default()),
            author: line_of(&card.author, AUTHOR_BYTES_MAX),
            posted: card.posted_at.map(day),
            title: line_of(&card.title, TITLE_BYTES_MAX),
            words: card.text.as_deref().map(|words| text::clean(words).trim().to_owned()).filter(|w| !w.is_empty()),
            language: card.language.clone().filter(|tag| is_language_tag(tag)),
            page: card.url.as_deref().and_then(Page::of),
        }
    }

    /// The stars and the rating: "★★☆☆☆ 2 of 5".
    pub fn rated(&self) -> Option<String> {
        joined(&[&self.stars, &self.rating], " ")
    }

    /// Who wrote it and when: "Anna K., 20 November 2026".
    pub fn signed(&self) -> Option<String> {
        joined(&[&self.author, &self.posted], ", ")
    }
}

impl Page {
    /// The page at `address`, if it is a web page and not absurdly long.
    pub fn of(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let host = url.host_str()?.to_owned();
        let bare = url.username().is_empty() && url.password().is_none();
        (bare && url.as_str().len() <= URL_BYTES_MAX).then(|| Page { url: url.into(), host })
    }
}

/// What the button to the case says. It opens a page; only a button there acts.
pub(super) fn button(reason: Reason) -> &'static str {
    match reason {
        Reason::NewNegative
        | Reason::BecameNegative
        | Reason::Relapsed
        | Reason::Escalated
        | Reason::Unrated
        | Reason::Test => "Open the case and take it",
        Reason::TurnedAround
        | Reason::Improved
        | Reason::Vanished
        | Reason::Returned
        | Reason::Due
        | Reason::Woke
        | Reason::GuestSaid
        | Reason::Baseline
        | Reason::SourceTrouble
        | Reason::SourceHealed
        | Reason::SourceAnomaly
        | Reason::ChannelBroken
        | Reason::WeeklyReport => "Open the case",
    }
}

/// The severity as a word.
pub(super) fn urgency(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Normal => "normal",
        Severity::High => "high",
        Severity::Urgent => "urgent",
    }
}

/// Cleans `text`, folds it into one line and cuts it to `bytes_max`.
pub(super) fn line(text: &str, bytes_max: usize) -> String {
    text::truncate_bytes(&text::fold_whitespace(&text::clean(text)), bytes_max)
}

/// Cuts `text` on a grapheme boundary so that `measure` of the whole is at most `max`, ending in `…` when something was cut.
pub(super) fn cut(text: &str, max: usize, measure: fn(&str) -> usize) -> String {
    if measure(text) <= max {
        return text.to_owned();
    }
    let mut room = max.saturating_sub(measure("…"));
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let Some(left) = room.checked_sub(measure(grapheme)) else { break };
        room = left;
        end = at + grapheme.len();
    }
    format!("{}…", text[..end].trim_end())
}

/// Renders with one cap after the other, largest first, until the result fits; the last one is taken as it is.
pub(super) fn largest_that_fits(caps: &[usize], size_max: usize, render: impl Fn(usize) -> String) -> String {
    let (last, larger) = caps.split_last().expect("every channel has a smallest cap");
    larger.iter().map(|cap| render(*cap)).find(|body| body.len() <= size_max).unwrap_or_else(|| render(*last))
}

/// Joins the parts that are there.
fn joined(parts: &[&Option<String>], with: &str) -> Option<String> {
    let there: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
    (!there.is_empty()).then(|| there.join(with))
}

fn some_line(text: &str, bytes_max: usize) -> Option<String> {
    Some(line(text, bytes_max)).filter(|line| !line.is_empty())
}

fn stars(count: usize) -> String {
    let full = count.min(5);
    "★".repeat(full) + &"☆".repeat(5 - full)
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string()
}

fn is_language_tag(tag: &str) -> bool {
    (1..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_holds_its_limit_in_any_measure_and_never_splits_a_grapheme() {
        let family = "👩‍👩‍👧‍👦";
        assert_eq!(cut("short", 5, str::len), "short");
        assert_eq!(cut("too long", 5, |text| text.chars().count()), "too…");
        assert_eq!(cut(&family.repeat(3), 12, |text| text.encode_utf16().count()), format!("{family}…"));
        assert_eq!(cut("e\u{301}", 0, str::len), "…");
    }

    #[test]
    fn only_plain_web_pages_are_linked() {
        for address in ["javascript:alert(1)", "data:text/html,x", "https://user:pw@site.example/", "not a link", ""] {
            assert!(Page::of(address).is_none(), "{address}");
        }
        assert!(Page::of(&format!("https://site.example/{}", "x".repeat(2000))).is_none());
        assert_eq!(Page::of("https://www.reviews.example/r/1").unwrap().host, "www.reviews.example");
        assert_eq!(Page::of("https://bücher.example/r").unwrap().host, "xn--bcher-kva.example");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("a\r\nBcc: x@y\u{202E}\u{1b}[31m", 100), "a Bcc: x@y[31m");
    }
}
