//! `email`: one letter per person, as plain text and as HTML without scripts or remote pictures.
//!
//! Nothing in a letter acts by being opened or fetched: mail scanners follow every link. A guest's words stand in the body only, never in a
//! header. The HTML is in `letter`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Channel, Envelope, Kind, Outgoing, SettingsError, letter, read,
    shown::{Guest, Shown, button, largest_that_fits, line},
};
use crate::{
    alert::{Alert, Reason},
    judge::Severity,
    mail::Letter,
    text,
};

/// What the registry knows of it.
pub(super) const KIND: Kind = Kind {
    name: "email",
    about: "a letter to each person, through the mail server in [smtp]",
    example: r#"[[channel]]
name = "email"
kind = "email"
# Each person's address stands in [[person]]; the mail server in [smtp].
# subject_prefix = "Reviews:"
"#,
    schema: || schemars::schema_for!(Settings),
    build,
};

/// Gmail cuts letters near 102 kB.
const HTML_BYTES_MAX: usize = 80_000;
/// The plain text has the same words without the markup.
const TEXT_BYTES_MAX: usize = 40_000;
/// Caps on the guest's words, in bytes before they are escaped, tried in turn.
const WORDS_BYTES_CAPS: &[usize] = &[30_000, 15_000, 6_000, 2_000];
/// Longer subjects are cut by most mail programs anyway.
const SUBJECT_BYTES_MAX: usize = 160;
const PREFIX_BYTES_MAX: usize = 60;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Put before every subject, for mail filters.
    #[serde(default)]
    subject_prefix: Option<String>,
}

struct Email {
    prefix: Option<String>,
}

fn build(settings: toml::Table) -> Result<Box<dyn Channel>, SettingsError> {
    let settings: Settings = read(settings)?;
    let prefix = settings.subject_prefix.map(|prefix| line(&prefix, PREFIX_BYTES_MAX));
    Ok(Box::new(Email { prefix: prefix.filter(|prefix| !prefix.is_empty()) }))
}

impl Channel for Email {
    fn render(&self, alert: &Alert, envelope: &Envelope, _now: Timestamp) -> Outgoing {
        let shown = Shown::of(alert);
        let (text, html) = match &alert.report {
            Some(report) => (report.text.clone(), report.html.clone()),
            None => (
                largest_that_fits(WORDS_BYTES_CAPS, TEXT_BYTES_MAX, |cap| plain(alert, &shown, envelope, cap)),
                largest_that_fits(WORDS_BYTES_CAPS, HTML_BYTES_MAX, |cap| letter::html(alert, &shown, envelope, cap)),
            ),
        };
        Outgoing::Mail(Letter {
            to: envelope.address.clone().unwrap_or_default(),
            subject: self.subject(alert, &shown),
            text,
            html,
            message_id: envelope.delivery_id.clone(),
            thread: alert.case.map(|case| format!("case.{case}")),
            list: (alert.reason == Reason::WeeklyReport).then(|| "reports".to_owned()),
        })
    }

    fn needs_address(&self) -> bool {
        true
    }
}

impl Email {
    /// "[2★] Hotel Alpenblick: new bad review, case 12": stars, location and case, nothing a guest wrote.
    fn subject(&self, alert: &Alert, shown: &Shown) -> String {
        let mark = mark(alert).map(|mark| format!("[{mark}] ")).unwrap_or_default();
        let news = match (news(alert.reason), &shown.location) {
            (Some(news), Some(location)) => format!("{location}: {news}"),
            (Some(_) | None, _) => shown.headline.clone(),
        };
        let case = shown.case.as_ref().map(|case| format!(", {case}")).unwrap_or_default();
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix} ")).unwrap_or_default();
        line(&format!("{prefix}{mark}{news}{case}"), SUBJECT_BYTES_MAX)
    }
}

/// "2★", "1★ urgent", "urgent".
fn mark(alert: &Alert) -> Option<String> {
    let stars = alert.review.as_ref().and_then(|review| review.stars).map(|stars| format!("{}★", stars.min(5)));
    let urgent = (alert.severity == Severity::Urgent).then(|| "urgent".to_owned());
    let marks: Vec<String> = stars.into_iter().chain(urgent).collect();
    (!marks.is_empty()).then(|| marks.join(" "))
}

/// What happened, in few words; none where the headline says it best.
fn news(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::NewNegative => Some("new bad review"),
        Reason::BecameNegative => Some("a review turned bad"),
        Reason::Relapsed => Some("the guest lowered the review again"),
        Reason::TurnedAround => Some("a review turned around"),
        Reason::Improved => Some("a review was raised"),
        Reason::Vanished => Some("a review is no longer shown"),
        Reason::Returned => Some("a review is shown again"),
        Reason::Due => Some("a step is due"),
        Reason::Escalated => Some("nobody has taken this yet"),
        Reason::Woke => Some("back on your list"),
        Reason::GuestSaid => Some("the guest answered"),
        Reason::Unrated => Some("new words without stars"),
        Reason::Baseline
        | Reason::SourceTrouble
        | Reason::SourceHealed
        | Reason::SourceAnomaly
        | Reason::ChannelBroken
        | Reason::WeeklyReport
        | Reason::Test => None,
    }
}

/// The letter as plain text, by its own plan.
fn plain(alert: &Alert, shown: &Shown, envelope: &Envelope, words_bytes_max: usize) -> String {
    let mut parts = vec![shown.headline.clone()];
    parts.extend(shown.place());
    if let Some(guest) = &shown.guest {
        parts.push(String::new());
        parts.extend(guest.rated());
        parts.extend(guest.signed());
        parts.extend(quote(guest, words_bytes_max));
    }
    if !shown.lines.is_empty() {
        parts.push(String::new());
        parts.extend(shown.lines.iter().map(|line| format!("- {line}")));
    }
    if let Some(link) = &envelope.link {
        parts.push(format!("\n{}:\n{link}", button(alert.reason)));
    }
    if let Some(page) = shown.guest.as_ref().and_then(|guest| guest.page.as_ref()) {
        parts.push(format!("\nRead the review on {}:\n{}", page.host, page.url));
    }
    parts.push(format!("\n-- \n{FOOTER}"));
    parts.join("\n")
}

const FOOTER: &str = "Sent by amends, your own review watch. Opening a link changes nothing by itself.";

fn quote(guest: &Guest, words_bytes_max: usize) -> Vec<String> {
    let words = guest.words.as_deref().map(|words| text::truncate_bytes(words, words_bytes_max));
    let spoken: Vec<String> = guest.title.clone().into_iter().chain(words).collect();
    if spoken.is_empty() {
        return Vec::new();
    }
    let quoted = spoken.join("\n\n").replace("://", ": //");
    let lines = quoted.lines().map(|line| format!("> {line}"));
    std::iter::once("\nText below was written by a guest:".to_owned()).chain(lines).collect()
}

#[cfg(test)]
#[path = "email_tests.rs"]
mod tests;
