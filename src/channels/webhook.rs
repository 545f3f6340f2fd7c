//! `webhook`: signed JSON for the owner's own programs, by Standard Webhooks 1.0.
//!
//! It sends one event per delivery and expects nothing but a status back. Spec: <https://github.com/standard-webhooks/standard-webhooks>.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use super::{
    Channel, Envelope, Kind, Outgoing, SettingsError, read, service_url,
    shown::{Shown, largest_that_fits},
};
use crate::{alert::Alert, http::Request, secret::Secret, text};

/// What the registry knows of it.
pub(super) const KIND: Kind = Kind {
    name: "webhook",
    about: "signed JSON to any program of yours (Standard Webhooks)",
    example: r#"[[channel]]
name = "automation"
kind = "webhook"
url = "https://automation.alpenblick.example/hooks/reviews"
# Signs every message. Make one: echo "whsec_$(openssl rand -base64 32)"; better kept in a file: secret_file = "/path/to/it"
secret = "whsec_ZXhhbXBsZSBvbmx5LCBtYWtlIHlvdXIgb3duIGtleQ=="
# While you change the secret, the old one signs as well:
# secret_old = "whsec_..."
"#,
    schema: || schemars::schema_for!(Settings),
    build,
};

/// The spec asks for payloads under 20 kB.
const BODY_BYTES_MAX: usize = 20_000;
/// Caps on the guest's words, in bytes before JSON escapes them, tried in turn.
const WORDS_BYTES_CAPS: &[usize] = &[15_000, 10_000, 5_000, 1_000];
/// The spec's key sizes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Where to post to; the whole address is kept secret.
    url: Secret,
    /// The signing key: "whsec_" and 24 to 64 bytes in base64.
    secret: Secret,
    /// The key before, signing beside the new one while receivers change over.
    #[serde(default)]
    secret_old: Option<Secret>,
}

struct Webhook {
    url: Url,
    keys: Vec<Vec<u8>>,
}

fn build(settings: toml::Table) -> Result<Box<dyn Channel>, SettingsError> {
    let settings: Settings = read(settings)?;
    let mut keys = vec![key("secret", &settings.secret)?];
    if let Some(old) = &settings.secret_old {
        keys.push(key("secret_old", old)?);
    }
    Ok(Box::new(Webhook { url: service_url("url", settings.url.reveal())?, keys }))
}

/// Decodes a `whsec_…` key.
fn key(name: &str, secret: &Secret) -> Result<Vec<u8>, SettingsError> {
    let encoded = secret.reveal().trim();
    STANDARD
        .decode(encoded.strip_prefix("whsec_").unwrap_or(encoded))
        .ok()
        .filter(|key| KEY_BYTES.contains(&key.len()))
        .ok_or_else(|| {
            SettingsError::key(
                name,
                "this must be `whsec_` and 24 to 64 random bytes in base64; make one with: echo \"whsec_$(openssl rand -base64 32)\"",
            )
        })
}

impl Channel for Webhook {
    fn render(&self, alert: &Alert, envelope: &Envelope, now: Timestamp) -> Outgoing {
        let body = body(alert, envelope);
        // A dot would make the signed content ambiguous.
        let id = envelope.delivery_id.replace('.', "_");
        let at = now.as_second();
        let signatures: Vec<String> = self.keys.iter().map(|key| sign(key, &id, at, &body)).collect();
        let request = Request::deliver(self.url.clone(), "application/json", body)
            .header("webhook-id", &id)
            .header("webhook-timestamp", &at.to_string())
            .header("webhook-signature", &signatures.join(" "));
        Outgoing::Http(request)
    }
}

/// One signature: HMAC-SHA256 over `{id}.{timestamp}.{body}`, as `v1,<base64>`.
fn sign(key: &[u8], id: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn body(alert: &Alert, envelope: &Envelope) -> String {
    let whole = render(alert, envelope, Report::Whole, WORDS_BYTES_CAPS[0]);
    if whole.len() <= BODY_BYTES_MAX {
        return whole;
    }
    largest_that_fits(WORDS_BYTES_CAPS, BODY_BYTES_MAX, |cap| render(alert, envelope, Report::LeftOut, cap))
}

/// Whether the weekly report's figures are in the body.
enum Report {
    Whole,
    LeftOut,
}

fn render(alert: &Alert, envelope: &Envelope, report: Report, words_bytes_max: usize) -> String {
    let shown = Shown::of(alert);
    let report = match report {
        Report::Whole => alert.report.as_ref().map_or(Value::Null, |report| report.json.clone()),
        Report::LeftOut => Value::Null,
    };
    json!({
        "type": alert.reason.event_type(),
        "timestamp": alert.at,
        "data": {
            "headline": shown.headline,
            "lines": shown.lines,
            "reason": alert.reason,
            "severity": alert.severity,
            "location": shown.location,
            "source": shown.source,
            "case": alert.case,
            "review": review(alert, &shown, words_bytes_max),
            "link": envelope.link,
            "report": report,
        }
    })
    .to_string()
}

fn review(alert: &Alert, shown: &Shown, words_bytes_max: usize) -> Value {
    let (Some(card), Some(guest)) = (&alert.review, &shown.guest) else { return Value::Null };
    json!({
        "rating": card.rating.as_deref().map(|rating| super::shown::line(rating, 120)),
        "rating_before": card.rating_before.as_deref().map(|rating| super::shown::line(rating, 120)),
        "stars": card.stars,
        "author": guest.author,
        "title": guest.title,
        "text": guest.words.as_deref().map(|words| text::truncate_bytes(words, words_bytes_max)),
        "language": guest.language,
        "url": guest.page.as_ref().map(|page| &page.url),
        "posted_at": card.posted_at,
    })
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
