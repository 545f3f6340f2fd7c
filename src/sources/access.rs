//! How an interface knows who asks: a key in a header, or a token that is granted for a while and renewed by itself.
//!
//! Tokens live in memory. What they are made from (a refresh token, a client's secret, a signing key) stays in the owner's configuration
//! or in the files that it names, so a restart simply asks for a fresh token. Only one that was exchanged for the owner's is remembered,
//! encrypted with that one.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{PollError, Visit, part, payload, visit::Sealed};
use crate::{config::SettingsError, secret::Secret};

/// A token that says nothing of its life is used this long.
const LIFE_DEFAULT: Duration = Duration::from_secs(50 * 60);
/// A token is renewed this long before it runs out.
const MARGIN: Duration = Duration::from_secs(60);
/// A token of long life (sixty days at Meta) is exchanged this often, …
const EXCHANGE_EVERY: Duration = Duration::from_secs(7 * 24 * 3600);
/// … and tried again after this long if it could not be: one must be a day old first.
const EXCHANGE_AGAIN: Duration = Duration::from_secs(24 * 3600);
/// What an answer of a token endpoint has to be.
const EXPECTED: &str = "an answer with a token";

/// Who asks.
pub(super) struct Access {
    fixed: HeaderMap,
    grant: Option<Grant>,
    /// The parameter of the query that carries the token, where no header does.
    parameter: Option<&'static str>,
    held: Mutex<Option<Held>>,
}

/// What one request carries to say who asks.
#[derive(Default)]
pub(super) struct Credentials {
    /// Headers with it.
    pub headers: HeaderMap,
    /// A parameter of the query, put into the address only as it is sent.
    pub parameter: Option<(&'static str, Secret)>,
}

/// Where tokens come from.
pub(super) enum Grant {
    /// One that stays the same.
    Kept(Secret),
    /// Asked for at a token endpoint.
    Asked {
        /// The request, made for the time at which it is sent.
        question: Box<dyn Fn(Timestamp) -> Result<Question, String> + Send + Sync>,
        /// The pointer to the token in the answer; `/access_token` by OAuth 2 (RFC 6749 §5.1).
        at: &'static str,
    },
    /// One of long life that its owner made, exchanged for a fresh one now and then (Meta's `…_refresh_token`). What it was exchanged
    /// for is remembered encrypted with the owner's, so that only who has that can read it.
    Exchanged {
        /// The owner's.
        first: Secret,
        /// Where it is exchanged, with everything but the token in the query.
        at: Url,
    },
    /// Signed here, each for this long.
    Signed {
        /// Makes the token.
        sign: Box<dyn Fn(Timestamp) -> Result<String, String> + Send + Sync>,
        /// How long one is good.
        life: Duration,
    },
}

/// A question that is asked by POST, or by GET if it has no body.
pub(super) struct Question {
    /// Where to.
    pub url: Url,
    /// Headers with it.
    pub headers: HeaderMap,
    /// The kind of its body.
    pub content_type: &'static str,
    /// Its body.
    pub body: Bytes,
}

struct Held {
    token: Secret,
    until: Timestamp,
}

impl Question {
    /// A form, as token endpoints of OAuth 2 want it.
    pub(super) fn form(url: Url, headers: HeaderMap, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Question { url, headers, content_type: "application/x-www-form-urlencoded", body: body.into() }
    }

    /// Everything in the address.
    pub(super) fn get(url: Url) -> Self {
        Question { url, headers: HeaderMap::new(), content_type: "", body: Bytes::new() }
    }

    /// A JSON document.
    pub(super) fn json(url: Url, headers: HeaderMap, document: &Value) -> Self {
        Question { url, headers, content_type: "application/json", body: document.to_string().into() }
    }
}

impl Grant {
    /// By a client's own credentials (RFC 6749 §4.4), which `headers` carry, at the token endpoint `tokens`.
    pub(super) fn of_client(tokens: &'static str, headers: HeaderMap) -> Self {
        let question = move |_| {
            let url = tokens.parse().map_err(|error| format!("{error}"))?;
            Ok(Question::form(url, headers.clone(), &[("grant_type", "client_credentials")]))
        };
        Grant::Asked { question: Box::new(question), at: "/access_token" }
    }
}

impl Access {
    /// Nobody has to say who asks.
    pub(super) fn open() -> Self {
        Access::fixed(HeaderMap::new())
    }

    /// By headers that stay the same.
    pub(super) fn fixed(fixed: HeaderMap) -> Self {
        Access { fixed, grant: None, parameter: None, held: Mutex::new(None) }
    }

    /// By a token in a parameter of the query, for interfaces that read no header.
    pub(super) fn in_query(parameter: &'static str, grant: Grant) -> Self {
        Access { parameter: Some(parameter), ..Access::granted(HeaderMap::new(), grant) }
    }

    /// By a token that is granted for a while, beside headers that stay the same.
    pub(super) fn granted(fixed: HeaderMap, grant: Grant) -> Self {
        Access { grant: Some(grant), ..Access::fixed(fixed) }
    }

    /// What the next request carries; asks for a token if none is held.
    ///
    /// # Errors
    /// [`PollError::Reconnect`] if the other side grants no token any more.
    pub(super) async fn credentials(&self, visit: &mut Visit<'_>) -> Result<Credentials, PollError> {
        let mut headers = self.fixed.clone();
        let parameter = match (self.token(visit).await?, self.parameter) {
            (None, _) => None,
            (Some(token), Some(parameter)) => Some((parameter, token)),
            (Some(token), None) => {
                let value =
                    secret_value("token", "Bearer ", &token).map_err(|error| PollError::Reconnect(error.message))?;
                headers.insert(header::AUTHORIZATION, value);
                None
            }
        };
        Ok(Credentials { headers, parameter })
    }

    /// The token itself, for interfaces that want it elsewhere than in a header.
    ///
    /// # Errors
    /// As [`Access::credentials`].
    pub(super) async fn token(&self, visit: &mut Visit<'_>) -> Result<Option<Secret>, PollError> {
        let Some(grant) = &self.grant else { return Ok(None) };
        let now = visit.now();
        if let Some(held) = self.held().as_ref().filter(|held| held.until > now) {
            return Ok(Some(held.token.clone()));
        }
        let (token, life) = match grant {
            Grant::Kept(token) => return Ok(Some(token.clone())),
            Grant::Exchanged { first, at } => exchanged(visit, first, at).await?,
            Grant::Signed { sign, life } => (sign(now).map_err(PollError::Reconnect)?, *life),
            Grant::Asked { question, at } => ask(visit, question(now).map_err(PollError::Reconnect)?, at).await?,
        };
        let token = Secret::new(token);
        *self.held() =
            Some(Held { token: token.clone(), until: now.saturating_add(life.saturating_sub(MARGIN)).unwrap_or(now) });
        Ok(Some(token))
    }

    /// Forgets the token that is held; whether another one can be had.
    pub(super) fn renew(&self) -> bool {
        *self.held() = None;
        self.grant.as_ref().is_some_and(|grant| !matches!(grant, Grant::Kept(_) | Grant::Exchanged { .. }))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a token of long life was exchanged for; exchanges it again when that is long ago. One that cannot be exchanged is used as it is:
/// when it is dead, its platform says so.
async fn exchanged(visit: &mut Visit<'_>, first: &Secret, at: &Url) -> Result<(String, Duration), PollError> {
    let now = visit.now();
    let known = visit.sealed().and_then(|sealed| Some((first.unseal(&sealed.token)?, sealed.at)));
    let age = known.as_ref().map(|(_, made_at)| now.duration_since(*made_at).unsigned_abs());
    if let (Some((token, _)), Some(age)) = (&known, age.filter(|age| *age < EXCHANGE_EVERY)) {
        return Ok((token.reveal().to_owned(), MARGIN + EXCHANGE_EVERY.saturating_sub(age)));
    }
    let token = known.map_or_else(|| first.clone(), |(token, _)| token);
    let mut url = at.clone();
    url.query_pairs_mut().append_pair("access_token", token.reveal().trim());
    match ask(visit, Question::get(url), "/access_token").await {
        Ok((fresh, _)) => {
            visit.set_sealed(Sealed { token: Secret::new(fresh.clone()).sealed_with(first), at: now });
            Ok((fresh, MARGIN + EXCHANGE_EVERY))
        }
        Err(PollError::Reconnect(_) | PollError::Status { .. } | PollError::Parse(_)) => {
            Ok((token.reveal().to_owned(), EXCHANGE_AGAIN))
        }
        Err(error) => Err(error),
    }
}

/// Asks for a token; a refusal means that a person has to connect anew.
async fn ask(visit: &mut Visit<'_>, question: Question, at: &str) -> Result<(String, Duration), PollError> {
    let page = visit.ask(question).await.map_err(|error| match error {
        PollError::Status { status: 400 | 401 | 403, said, .. } => PollError::Reconnect(
            said.map_or_else(|| "no token is granted any more".to_owned(), |said| said.to_string()),
        ),
        other => other,
    })?;
    let answer = payload::json(&page.body, EXPECTED)?;
    let token = part::text(&answer, at).ok_or_else(|| part::unlike(EXPECTED, "it is JSON without a token in it"))?;
    // Seconds, as a number or, from some, as a text.
    let life = part::count(&answer, "/expires_in").map_or(LIFE_DEFAULT, Duration::from_secs);
    Ok((token, life))
}

/// A secret as the value of a header; the value is marked so that no log shows it.
///
/// # Errors
/// If it holds what no header can carry.
pub(super) fn secret_value(key: &str, prefix: &str, secret: &Secret) -> Result<HeaderValue, SettingsError> {
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", secret.reveal().trim()))
        .map_err(|_| SettingsError::key(key, format!("`{key}` holds characters that cannot be sent in a header")))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A header that carries a secret.
///
/// # Errors
/// As [`secret_value`].
pub(super) fn secret_header(name: &'static str, key: &str, secret: &Secret) -> Result<HeaderMap, SettingsError> {
    Ok(HeaderMap::from_iter([(HeaderName::from_static(name), secret_value(key, "", secret)?)]))
}

/// `Authorization: Bearer …` from a secret that stays the same.
///
/// # Errors
/// As [`secret_value`].
pub(super) fn bearer(key: &str, secret: &Secret) -> Result<HeaderMap, SettingsError> {
    Ok(HeaderMap::from_iter([(header::AUTHORIZATION, secret_value(key, "Bearer ", secret)?)]))
}

/// `Authorization: Basic …` (RFC 7617).
///
/// # Errors
/// As [`secret_value`].
pub(super) fn basic(key: &str, name: &str, password: &Secret) -> Result<HeaderMap, SettingsError> {
    use base64::Engine;
    let pair = format!("{name}:{}", password.reveal().trim());
    let coded = Secret::new(base64::engine::general_purpose::STANDARD.encode(pair));
    Ok(HeaderMap::from_iter([(header::AUTHORIZATION, secret_value(key, "Basic ", &coded)?)]))
}
