//! What a platform pushes to us: verified as its vendor says, read, and taken in only when it is on disk.
//!
//! A source that can be pushed to implements [`Source::accept`](super::Source::accept): pure, with time and secrets handed in.

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use sha2::Sha256;
use url::Url;

use super::{Coverage, ParseError, PollError, Seen};
use crate::{review::Sighting, secret::Secret};

/// How far a signed time may be from ours, in either direction (Standard Webhooks: five minutes).
pub(super) const TOLERANCE_SECS: i64 = 5 * 60;

/// One request to a source's own address, raw.
#[derive(Clone, Copy, Debug)]
pub struct Push<'a> {
    /// GET, for a vendor's check of the address, or POST.
    pub method: &'a Method,
    /// The public address as the vendor knows it, with the query: from our configuration, never from `Host`.
    pub url: &'a Url,
    /// The headers as sent.
    pub headers: &'a HeaderMap,
    /// The body as sent.
    pub body: &'a [u8],
    /// When it came.
    pub now: Timestamp,
}

/// What was taken in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// The reviews or posts in it.
    pub sightings: Vec<Sighting>,
    /// The sender's id of this delivery: the same id again changes nothing.
    pub delivery: Option<String>,
    /// Whether the source should be looked at now, because the push only says that there is something.
    pub look: bool,
    /// What the sender wants to read; empty for most.
    pub answer: Answer,
}

/// The body of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its kind; empty for none.
    pub content_type: &'static str,
    /// Its text.
    pub body: String,
}

/// Why a push is refused. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// This kind of source is only polled.
    #[error("this source takes in nothing")]
    NotOffered,
    /// No signature, a wrong one, or one made with another secret.
    #[error("the signature does not hold: {0}")]
    Forged(&'static str),
    /// A signed time too far from ours: replayed, or a clock is wrong.
    #[error("it was signed at another time than now")]
    Late,
    /// Signed well, but not what the sender sends.
    #[error(transparent)]
    Unreadable(#[from] ParseError),
}

impl Push<'_> {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Holds a signed time, in seconds since 1970, against ours.
    ///
    /// # Errors
    /// [`PushError::Late`] if it is further away than the tolerance, [`PushError::Forged`] if it is no time.
    pub(super) fn is_timely(&self, seconds: &str) -> Result<(), PushError> {
        let at = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let at = at.ok_or(PushError::Forged("its time is none"))?;
        let apart = self.now.duration_since(at).abs();
        if apart.as_secs() > TOLERANCE_SECS { Err(PushError::Late) } else { Ok(()) }
    }
}

/// The look of a source that is only pushed to: there is nothing to ask.
pub(super) fn nothing_to_ask<'a>() -> BoxFuture<'a, Result<Seen, PollError>> {
    Box::pin(std::future::ready(Ok(Seen { coverage: Coverage::Unchanged, ..Seen::default() })))
}

/// Whether one of the codes is HMAC-SHA256 of the parts, in constant time; `key` are the bytes themselves.
pub(super) fn is_signed(key: &[u8], parts: &[&[u8]], codes: impl Iterator<Item = Vec<u8>>) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    // Every code is held against it, so that the time tells nothing.
    codes.filter(|code| mac.clone().verify_slice(code).is_ok()).count() > 0
}

/// Whether a secret that was sent is ours, in constant time.
pub(super) fn is_same_secret(ours: &Secret, sent: &str) -> bool {
    let key = b"amends compares secrets";
    let code = |text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        mac
    };
    code(ours.reveal().trim()).verify_slice(&code(sent).finalize().into_bytes()).is_ok()
}

/// Bytes that were written as base64.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim()).ok()
}

/// Bytes that were written as hexadecimal digits.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
