//! `slack`: a message in one Slack channel through an incoming webhook, in Block Kit.
//!
//! It cannot change or thread earlier messages: an incoming webhook gives no message id back. A guest's words stand only in `plain_text`
//! objects, where Slack reads no markup. Limits: <https://docs.slack.dev/reference/block-kit/blocks>.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Channel, Envelope, Kind, Outcome, Outgoing, SettingsError, by_status, read, service_url,
    shown::{Guest, Shown, button, cut},
};
use crate::{
    alert::Alert,
    http::{Request, Response},
    secret::Secret,
    text,
};

/// What the registry knows of it.
pub(super) const KIND: Kind = Kind {
    name: "slack",
    about: "a message in a Slack channel (incoming webhook)",
    example: r#"[[channel]]
name = "front-desk"
kind = "slack"
# From your Slack app's page "Incoming Webhooks". Whoever has it can post: better kept in a file, url_file = "/path/to/it"
url = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
"#,
    schema: || schemars::schema_for!(Settings),
    build,
};

/// A header block's text, in UTF-16 units.
const HEADER_MAX: usize = 150;
/// A section's text, in UTF-16 units.
const SECTION_MAX: usize = 3_000;
/// A button's address.
const BUTTON_URL_MAX: usize = 3_000;
/// A button's text, in UTF-16 units.
const BUTTON_TEXT_MAX: usize = 75;
/// The most sections of a report, well under the 50 blocks of a message.
const REPORT_SECTIONS_MAX: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The webhook's address; it works like a password.
    url: Secret,
}

struct Slack {
    url: Url,
}

fn build(settings: toml::Table) -> Result<Box<dyn Channel>, SettingsError> {
    let settings: Settings = read(settings)?;
    Ok(Box::new(Slack { url: service_url("url", settings.url.reveal())? }))
}

impl Channel for Slack {
    fn render(&self, alert: &Alert, envelope: &Envelope, _now: Timestamp) -> Outgoing {
        let shown = Shown::of(alert);
        let message = json!({
            "text": escape(&shown.headline),
            "blocks": blocks(alert, &shown, envelope),
            "unfurl_links": false,
            "unfurl_media": false,
        });
        Outgoing::Http(Request::deliver(self.url.clone(), "application/json; charset=utf-8", message.to_string()))
    }

    /// Success is 200 *and* the body `ok`; errors come as one word in the body.
    fn outcome(&self, response: &Response, now: Timestamp) -> Outcome {
        let body = response.body().unwrap_or_default();
        let word = std::str::from_utf8(&body).unwrap_or_default().trim();
        match (response.status.as_u16(), word) {
            (200, "ok") => Outcome::Delivered,
            (200..300, _) => Outcome::Retry { after: None, why: "it answered 200, but not `ok` as Slack does".into() },
            (400, "invalid_token" | "user_not_found" | "posting_to_general_channel_denied") => {
                Outcome::Broken { why: format!("Slack says `{word}`: make a new incoming webhook") }
            }
            (400..500, word) if is_error_word(word) => named(by_status(response, now), word),
            _ => by_status(response, now),
        }
    }
}

/// Puts Slack's own word for the error into the reason.
fn named(outcome: Outcome, word: &str) -> Outcome {
    let named = |why: String| format!("{why}, Slack says `{word}`");
    match outcome {
        Outcome::Delivered => Outcome::Delivered,
        Outcome::Retry { after, why } => Outcome::Retry { after, why: named(why) },
        Outcome::GiveUp { why } => Outcome::GiveUp { why: named(why) },
        Outcome::Broken { why } => Outcome::Broken { why: named(why) },
    }
}

fn is_error_word(word: &str) -> bool {
    (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

fn blocks(alert: &Alert, shown: &Shown, envelope: &Envelope) -> Vec<Value> {
    let mut blocks = vec![json!({ "type": "header", "text": plain(&shown.headline, HEADER_MAX) })];
    blocks.extend(shown.place().map(|place| context(&place)));
    if let Some(report) = &alert.report {
        blocks.extend(report_sections(&report.text));
    }
    blocks.extend(shown.guest.iter().flat_map(guest_blocks));
    let lines: Vec<String> = shown.lines.iter().map(|line| format!("• {line}")).collect();
    if !lines.is_empty() {
        blocks.push(section(&lines.join("\n")));
    }
    blocks.extend(actions(alert, shown, envelope));
    blocks
}

fn guest_blocks(guest: &Guest) -> Vec<Value> {
    let by = [guest.rated(), guest.signed()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let top = [Some(by).filter(|by| !by.is_empty()), guest.title.clone()];
    let mut blocks = vec![json!({ "type": "divider" })];
    let top = top.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if !top.is_empty() {
        blocks.push(section(&top));
    }
    blocks.extend(guest.words.as_deref().map(section));
    blocks.push(context("The text above was written by a guest."));
    blocks
}

fn report_sections(report: &str) -> Vec<Value> {
    let mut sections = Vec::new();
    let mut page = String::new();
    for line in text::clean(report).lines() {
        if units(&page) + units(line) + 1 > SECTION_MAX && !page.is_empty() {
            sections.push(section(&std::mem::take(&mut page)));
        }
        page.push_str(line);
        page.push('\n');
    }
    if !page.trim().is_empty() {
        sections.push(section(&page));
    }
    sections.truncate(REPORT_SECTIONS_MAX);
    sections
}

/// Buttons that open pages; pressing one changes nothing by itself.
fn actions(alert: &Alert, shown: &Shown, envelope: &Envelope) -> Option<Value> {
    let mut buttons = Vec::new();
    if let Some(link) = envelope.link.as_deref().filter(|link| link.len() <= BUTTON_URL_MAX) {
        let text = plain(button(alert.reason), BUTTON_TEXT_MAX);
        buttons
            .push(json!({ "type": "button", "action_id": "open_case", "style": "primary", "text": text, "url": link }));
    }
    if let Some(page) = shown.guest.as_ref().and_then(|guest| guest.page.as_ref()) {
        let text = plain(&format!("Read it on {}", page.host), BUTTON_TEXT_MAX);
        buttons.push(json!({ "type": "button", "action_id": "open_review", "text": text, "url": page.url }));
    }
    (!buttons.is_empty()).then(|| json!({ "type": "actions", "elements": buttons }))
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": plain(text, SECTION_MAX) })
}

fn context(text: &str) -> Value {
    json!({ "type": "context", "elements": [plain(text, SECTION_MAX)] })
}

/// A text object without any markup, not even `:emoji:`.
fn plain(text: &str, units_max: usize) -> Value {
    json!({ "type": "plain_text", "emoji": false, "text": cut(text, units_max, units) })
}

/// Slack does not say how it counts; UTF-16 units are the most careful of the likely ways.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Escapes the three characters that start markup and mentions in `text`.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
#[path = "slack_tests.rs"]
mod tests;
