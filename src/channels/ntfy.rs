//! `ntfy`: a push message on phones, through ntfy.sh or a server of your own.
//!
//! It publishes JSON to the server's root, never headers, so nothing a guest wrote can become a header; it asks for no Markdown.
//! Vendor page: <https://docs.ntfy.sh/publish/#publish-as-json>.

use std::time::Duration;

use http::{HeaderValue, header::AUTHORIZATION};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Channel, Envelope, Kind, Outcome, Outgoing, SettingsError, by_status, read, service_url,
    shown::{Shown, button, largest_that_fits, line},
};
use crate::{
    alert::{Alert, Reason},
    http::{Request, Response},
    judge::Severity,
    secret::Secret,
    text,
};

/// What the registry knows of it.
pub(super) const KIND: Kind = Kind {
    name: "ntfy",
    about: "a push message on phones (ntfy.sh or your own server)",
    example: r#"[[channel]]
name = "phones"
kind = "ntfy"
# Whoever knows the topic can read along: choose a long random one.
topic = "alpenblick-Xq7mT2vKp9"
# server = "https://ntfy.sh"
# token = "tk_..."        # for a protected topic; better token_file = "/path/to/it"
"#,
    schema: || schemars::schema_for!(Settings),
    build,
};

/// ntfy takes 4096 bytes of message; longer ones become an attachment.
const MESSAGE_BYTES_MAX: usize = 3_800;
/// ntfy reads twice its message size of JSON, escapes included.
const BODY_BYTES_MAX: usize = 8_000;
/// Caps on the message in bytes, before JSON escapes it, tried in turn.
const MESSAGE_BYTES_CAPS: &[usize] = &[MESSAGE_BYTES_MAX, 2_400, 1_200];
/// A title is one line on a phone.
const TITLE_BYTES_MAX: usize = 250;
/// ntfy's code for "no more messages today".
const DAILY_QUOTA: u64 = 42_908;
/// ntfy's code for a topic that cannot be.
const TOPIC_INVALID: u64 = 40_009;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The server; default "https://ntfy.sh".
    #[serde(default = "ntfy_sh")]
    server: String,
    /// The topic; it works like a password.
    topic: Secret,
    /// An access token, for a protected topic.
    #[serde(default)]
    token: Option<Secret>,
}

fn ntfy_sh() -> String {
    "https://ntfy.sh".into()
}

struct Ntfy {
    server: Url,
    topic: Secret,
    authorization: Option<HeaderValue>,
}

fn build(settings: toml::Table) -> Result<Box<dyn Channel>, SettingsError> {
    let settings: Settings = read(settings)?;
    let topic = settings.topic.reveal();
    if topic.len() > 64 || !topic.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(SettingsError::key("topic", "a topic is 1 to 64 letters, digits, hyphens and underscores"));
    }
    Ok(Box::new(Ntfy {
        server: service_url("server", &settings.server)?,
        authorization: settings.token.as_ref().map(bearer).transpose()?,
        topic: settings.topic,
    }))
}

fn bearer(token: &Secret) -> Result<HeaderValue, SettingsError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal().trim()))
        .map_err(|_| SettingsError::key("token", "a token is one word of plain letters, such as tk_..."))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Channel for Ntfy {
    fn render(&self, alert: &Alert, envelope: &Envelope, _now: Timestamp) -> Outgoing {
        let shown = Shown::of(alert);
        let message = message(alert, &shown);
        let body = largest_that_fits(MESSAGE_BYTES_CAPS, BODY_BYTES_MAX, |cap| {
            self.body(alert, &shown, envelope, &text::truncate_bytes(&message, cap))
        });
        let mut request = Request::deliver(self.server.clone(), "application/json", body);
        request.headers.extend(self.authorization.clone().map(|value| (AUTHORIZATION, value)));
        Outgoing::Http(request)
    }

    /// Success is 2xx *and* a message id; errors carry a code of ntfy's own.
    fn outcome(&self, response: &Response, now: Timestamp) -> Outcome {
        let body: Value = serde_json::from_slice(&response.body().unwrap_or_default()).unwrap_or_default();
        match (response.status.is_success(), body["code"].as_u64()) {
            (true, _) if body["id"].is_string() => Outcome::Delivered,
            (true, _) => Outcome::Retry { after: None, why: "it answered, but not as ntfy does".into() },
            (false, Some(DAILY_QUOTA)) => Outcome::Retry {
                after: response.retry_after(now).or_else(|| Some(until_midnight(now))),
                why: "the server's daily number of messages is used up".into(),
            },
            (false, Some(TOPIC_INVALID)) => Outcome::Broken { why: "the server does not allow this topic".into() },
            (false, _) => by_status(response, now),
        }
    }
}

impl Ntfy {
    fn body(&self, alert: &Alert, shown: &Shown, envelope: &Envelope, message: &str) -> String {
        let stars = shown.guest.as_ref().and_then(|guest| guest.stars.as_ref()).map(|stars| format!("{stars} "));
        let title = stars.unwrap_or_default() + &shown.headline;
        let page = shown.guest.as_ref().and_then(|guest| guest.page.as_ref());
        let mut actions = Vec::new();
        if let Some(link) = &envelope.link {
            actions.push(json!({ "action": "view", "label": button(alert.reason), "url": link, "clear": true }));
        }
        if let Some(page) = page {
            let label = format!("Read it on {}", line(&page.host, 40));
            actions.push(json!({ "action": "view", "label": label, "url": page.url }));
        }
        let mut body = json!({
            "topic": self.topic.reveal(),
            "title": line(&title, TITLE_BYTES_MAX),
            "message": message,
            "priority": priority(alert.severity),
            "tags": tags(alert.reason),
            "markdown": false,
            "actions": actions,
        });
        if let Some(click) = envelope.link.as_ref().or(page.map(|page| &page.url)) {
            body["click"] = json!(click);
        }
        body.to_string()
    }
}

/// What the phone shows below the title: the guest first, then our lines.
fn message(alert: &Alert, shown: &Shown) -> String {
    if let Some(report) = &alert.report {
        return text::clean(&report.text).into_owned();
    }
    let below = [shown.lines.join("\n"), shown.place().unwrap_or_default()];
    let room = MESSAGE_BYTES_MAX.saturating_sub(below.iter().map(|part| part.len() + 2).sum());
    let above = shown.guest.as_ref().map(|guest| {
        let parts = [guest.rated(), guest.signed(), guest.title.clone(), guest.words.clone()];
        text::truncate_bytes(&parts.into_iter().flatten().collect::<Vec<_>>().join("\n"), room.max(1_000))
    });
    let parts: Vec<String> = above.into_iter().chain(below).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Urgent => 5,
        Severity::High => 4,
        Severity::Normal => 3,
        Severity::Low => 2,
    }
}

/// The little picture before the title.
fn tags(reason: Reason) -> &'static [&'static str] {
    match reason {
        Reason::NewNegative | Reason::BecameNegative | Reason::Relapsed | Reason::Unrated => &["speech_balloon"],
        Reason::TurnedAround => &["tada"],
        Reason::Improved | Reason::SourceHealed => &["seedling"],
        Reason::Due | Reason::Escalated | Reason::Woke => &["bell"],
        Reason::GuestSaid => &["speech_balloon"],
        Reason::Vanished | Reason::Returned | Reason::Baseline => &["mag"],
        Reason::SourceTrouble | Reason::SourceAnomaly | Reason::ChannelBroken => &["wrench"],
        Reason::WeeklyReport => &["bar_chart"],
        Reason::Test => &["wave"],
    }
}

/// The quota is counted by days of UTC.
fn until_midnight(now: Timestamp) -> Duration {
    let today = now.to_zoned(TimeZone::UTC).date();
    let midnight = today.saturating_add(1.day()).to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let wait = midnight.map(|midnight| midnight.duration_since(now)).ok();
    wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default().max(Duration::from_secs(600))
}

#[cfg(test)]
#[path = "ntfy_tests.rs"]
mod tests;
