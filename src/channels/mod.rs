//! Where alerts go: the [`Channel`] trait, the registry [`ALL`], and the default reading of HTTP statuses.
//!
//! A channel is one file and pure: it renders an alert for its service within that service's limits, and reads the service's answer.
//! Sending, retrying and recording are `work/deliver`. Channels know neither the store nor the clock nor each other.

mod console;
mod email;
mod letter;
mod ntfy;
mod shown;
mod slack;
mod webhook;

#[cfg(test)]
mod samples;

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use schemars::Schema;
use serde::de::DeserializeOwned;
use url::Url;

use crate::{
    alert::Alert,
    http::{Request, Response},
    mail::{Letter, MailAnswer},
};

/// Every kind of channel, in the order in which users see them.
pub const ALL: &[Kind] = &[email::KIND, ntfy::KIND, slack::KIND, webhook::KIND, console::KIND];

/// What the registry knows of one kind of channel.
pub struct Kind {
    /// The name in `kind = "…"`, kebab-case.
    pub name: &'static str,
    /// One line for `amends channels`.
    pub about: &'static str,
    /// A commented example `[[channel]]` section, as it stands in the example configuration.
    pub example: &'static str,
    /// The JSON Schema of its settings: the keys beside `name` and `kind`.
    pub schema: fn() -> Schema,
    /// Builds a channel from its settings.
    pub build: fn(toml::Table) -> Result<Box<dyn Channel>, SettingsError>,
}

pub use crate::config::SettingsError;

/// One place where alerts go.
pub trait Channel: Send + Sync {
    /// Renders an alert. `envelope.addressee` is the person it is for, where the channel reaches single people.
    fn render(&self, alert: &Alert, envelope: &Envelope, now: Timestamp) -> Outgoing;

    /// Reads the service's answer; the default is [`by_status`].
    fn outcome(&self, response: &Response, now: Timestamp) -> Outcome {
        by_status(response, now)
    }

    /// Whether each delivery needs a person's own address (mail does; a shared room does not).
    fn needs_address(&self) -> bool {
        false
    }
}

/// What a delivery adds to its alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The delivery's id: the same on every attempt.
    pub delivery_id: String,
    /// The person's address on this channel, if the channel needs one.
    pub address: Option<String>,
    /// The person's name, if the delivery is for one person.
    pub person: Option<String>,
    /// The signed link to the page with "I take it", if a public address is configured and there is a case.
    pub link: Option<String>,
}

/// What a channel wants sent.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// An HTTP request; its answer goes to [`Channel::outcome`].
    Http(Request),
    /// A letter.
    Mail(Letter),
    /// Lines for standard output.
    Print(String),
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The service has it.
    Delivered,
    /// Try again: after this long if the service says so, else by the schedule.
    Retry {
        /// How long the service asked us to wait.
        after: Option<Duration>,
        /// Why, for the log and the owner.
        why: String,
    },
    /// This delivery will never succeed, but the channel may be well.
    GiveUp {
        /// Why.
        why: String,
    },
    /// The channel itself is dead (gone, revoked): switch it off and tell the owner by another.
    Broken {
        /// Why.
        why: String,
    },
}

/// The default reading of an HTTP status, one table for all services:
/// 2xx delivered; 408, 425, 429, 5xx retry (`Retry-After` wins); 401, 403, 404, 410 broken; the rest, redirects among them, given up.
#[must_use]
pub fn by_status(response: &Response, now: Timestamp) -> Outcome {
    let status = response.status;
    let why = || format!("it answered {}", status.as_u16());
    match status {
        s if s.is_success() => Outcome::Delivered,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Outcome::Retry { after: response.retry_after(now), why: why() }
        }
        s if s.is_server_error() => Outcome::Retry { after: response.retry_after(now), why: why() },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
            Outcome::Broken { why: why() }
        }
        _ => Outcome::GiveUp { why: why() },
    }
}

/// The reading of a mail server's answer.
#[must_use]
pub fn by_mail(answer: MailAnswer) -> Outcome {
    match answer {
        MailAnswer::Accepted => Outcome::Delivered,
        MailAnswer::Later(why) => Outcome::Retry { after: None, why },
        MailAnswer::Refused(why) => Outcome::GiveUp { why },
        MailAnswer::Unusable(why) => Outcome::Broken { why },
    }
}

/// The kind of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.name == name)
}

/// Reads a channel's settings; the error names the key, never its value.
fn read<T: DeserializeOwned>(settings: toml::Table) -> Result<T, SettingsError> {
    settings.try_into().map_err(|error: toml::de::Error| {
        let message = match error.message().split_once(", expected ") {
            Some((unexpected, expected)) if unexpected.starts_with("invalid") => format!("expected {expected}"),
            _ => error.message().to_owned(),
        };
        let key = message.split('`').nth(1).map(str::to_owned);
        SettingsError { key, message }
    })
}

/// Reads the address of a service; whether it may be reached is the address guard's business.
fn service_url(key: &str, address: &str) -> Result<Url, SettingsError> {
    Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()).ok_or_else(
        || SettingsError::key(key, "this must be a whole web address, such as https://service.example/path"),
    )
}
