//! `console`: short lines on standard output, for trying things out and for a service's journal.
//!
//! It reaches nobody by itself, and it prints no control characters: a guest's words cannot colour or clear a terminal.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Channel, Envelope, Kind, Outgoing, SettingsError, read,
    shown::{Guest, Shown, line, urgency},
};
use crate::{alert::Alert, text};

/// What the registry knows of it.
pub(super) const KIND: Kind = Kind {
    name: "console",
    about: "lines on standard output, for trying things out",
    example: r#"[[channel]]
name = "screen"
kind = "console"
"#,
    schema: || schemars::schema_for!(Settings),
    build,
};

/// The most characters of the guest's words.
const WORDS_GRAPHEMES_MAX: usize = 400;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {}

struct Console;

fn build(settings: toml::Table) -> Result<Box<dyn Channel>, SettingsError> {
    let Settings {} = read(settings)?;
    Ok(Box::new(Console))
}

impl Channel for Console {
    fn render(&self, alert: &Alert, envelope: &Envelope, _now: Timestamp) -> Outgoing {
        let shown = Shown::of(alert);
        let mut lines = vec![head(alert, &shown)];
        match (&alert.report, &shown.guest) {
            (Some(report), _) => lines.extend(text::clean(&report.text).lines().map(|line| format!("    {line}"))),
            (None, Some(guest)) => lines.extend(quote(guest)),
            (None, None) => {}
        }
        if alert.report.is_none() {
            lines.extend(shown.lines.iter().map(|line| format!("    - {line}")));
        }
        lines.extend(envelope.link.iter().map(|link| format!("    case: {link}")));
        let page = shown.guest.and_then(|guest| guest.page);
        lines.extend(page.map(|page| format!("    review: {}", page.url)));
        Outgoing::Print(lines.join("\n"))
    }
}

/// "2026-11-21T20:04:00Z  high  New 2-star review at Hotel Alpenblick (case 12)".
fn head(alert: &Alert, shown: &Shown) -> String {
    let case = shown.case.as_ref().map(|case| format!(" ({case})")).unwrap_or_default();
    format!("{}  {}  {}{case}", alert.at, urgency(alert.severity), shown.headline)
}

fn quote(guest: &Guest) -> Vec<String> {
    let mut lines: Vec<String> = guest.rated().into_iter().chain(guest.signed()).collect();
    if lines.len() == 2 {
        lines = vec![lines.join(", ")];
    }
    lines.extend(guest.title.clone());
    lines.extend(guest.words.as_deref().map(|words| text::truncate(&line(words, 4_000), WORDS_GRAPHEMES_MAX)));
    lines.into_iter().map(|line| format!("    | {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples;

    #[test]
    fn a_new_review_is_a_few_plain_lines() {
        assert_eq!(
            samples::printed("console", "", "new_negative"),
            "2026-11-20T20:04:00Z  high  New 2-star review at Hotel Alpenblick (case 12)
    | ★★☆☆☆ 2 of 5, Anna K., 20 November 2026
    | Cold room, cold eggs
    | The heating in room 12 did not work for two nights, and nobody came although we asked three times. Breakfast was friendly but the eggs were cold.
    - it has 2 of 5 stars
    - somebody should take it by 21:04
    - next: take the case, then call the guest
    case: https://amends.alpenblick.example/c/12?t=sampletoken
    review: https://www.reviews.example/hotel-alpenblick/r/77"
        );
    }

    #[test]
    fn a_strangers_escape_sequences_do_not_reach_the_terminal() {
        let printed = samples::printed("console", "", "hostile");
        assert!(printed.chars().all(|c| c == '\n' || !c.is_control()), "{printed:?}");
        assert_eq!(printed.lines().count(), 6, "{printed}");
    }
}
