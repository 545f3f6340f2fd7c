//! Anything that can send a web request, such as a till, a booking system or an automation: reviews pushed as JSON.
//!
//! Signed by Standard Webhooks 1.0 (<https://github.com/standard-webhooks/standard-webhooks>) or carried under a bearer token.
//! Small jq programs say where the reviews and their parts stand.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use url::Url;

use super::{
    Kind, ParseError, PollError, Push, PushError, Robots, Seen, Source, Taken, Visit,
    mapping::{Fields, Mapping},
    push::{from_base64, is_same_secret, is_signed, nothing_to_ask},
    settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// The key sizes of the specification.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What the owner's own programs send: its rules are the owner's to know.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "the owner's own programs and contracts",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "inbound",
    about: "reviews that your own programs push as JSON (Standard Webhooks, or a bearer token)",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "till"
kind = "inbound"
# Either signs every message (Standard Webhooks) …
secret_file = "/etc/amends/till-secret"
# … or comes with each as `Authorization: Bearer …`:
# token_file = "/etc/amends/till-token"
# Where the list of reviews stands, and where in each review its parts stand: jq programs.
items = ".reviews[]"
fields = { id = ".id", author = ".name", rating = ".stars", text = ".comment", posted_at = ".at" }
"#;

const ACCESS: &str = "\
1. Make a secret and put it into the file of `secret_file`:
   echo \"whsec_$(openssl rand -base64 32)\" > /etc/amends/till-secret
2. Set `base_url` in the section [web] to the address under which this amends can be reached from outside, through a proxy with TLS.
3. Run `amends check`: it shows the address of this source. Nobody can guess it; give it to your program alone.
4. Let your program send its reviews there by POST as JSON, signed by a Standard Webhooks library with the same secret.

A program that cannot sign sends `Authorization: Bearer TOKEN` instead; then set `token_file`. The answer is 200 only when every
review is on disk; anything else means: send it again, with the same `webhook-id`.";

/// The settings of an inlet.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The signing key: "whsec_" and 24 to 64 bytes in base64.
    #[serde(default)]
    secret: Option<Secret>,
    /// A token that comes with every message, for programs that cannot sign.
    #[serde(default)]
    token: Option<Secret>,
    /// A jq program that gives the reviews one by one; a list is taken apart.
    #[serde(default = "Settings::default_items")]
    items: String,
    /// jq programs that give the parts of one review.
    #[serde(default)]
    fields: Fields,
}

impl Settings {
    fn default_items() -> String {
        "if type == \"array\" then . elif type == \"object\" then .reviews // [.] else error end".to_owned()
    }
}

enum Proof {
    Signed(Vec<u8>),
    Bearer(Secret),
}

struct Inbound {
    proof: Proof,
    mapping: Arc<Mapping>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let proof = match (&settings.secret, settings.token) {
        (Some(secret), None) => Proof::Signed(key(secret)?),
        (None, Some(token)) if token.reveal().trim().len() >= 16 => Proof::Bearer(token),
        (None, Some(_)) => return Err(SettingsError::key("token", "`token` needs at least 16 characters")),
        _ => return Err(SettingsError::key("secret", "give either `secret` or `token`; see `amends help inbound`")),
    };
    let mapping = Arc::new(Mapping::compile(&settings.items, None, &settings.fields)?);
    Ok(Box::new(Inbound { proof, mapping }))
}

fn key(secret: &Secret) -> Result<Vec<u8>, SettingsError> {
    let text = secret.reveal().trim();
    let key = from_base64(text.strip_prefix("whsec_").unwrap_or(text));
    key.filter(|key| KEY_BYTES.contains(&key.len())).ok_or_else(|| {
        SettingsError::key(
            "secret",
            "`secret` must be \"whsec_\" and 24 to 64 bytes in base64: echo \"whsec_$(openssl rand -base64 32)\"",
        )
    })
}

impl Source for Inbound {
    fn poll<'a>(&'a self, _visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        nothing_to_ask()
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(self.mapping.read(payload)?.sightings)
    }

    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        let delivery = match &self.proof {
            Proof::Signed(key) => Some(verify(key, push)?),
            Proof::Bearer(token) => {
                let sent = push.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
                if !sent.is_some_and(|sent| is_same_secret(token, sent.trim())) {
                    return Err(PushError::Forged("the token is missing or wrong"));
                }
                push.header("idempotency-key").map(str::to_owned)
            }
        };
        Ok(Taken { sightings: self.parse(push.body, None)?, delivery, ..Taken::default() })
    }

    fn is_polled(&self) -> bool {
        false
    }

    fn addresses(&self) -> Vec<Url> {
        Vec::new()
    }
}

/// Verifies a message by the specification; its id. The headers of Svix, from which it came, are known too.
fn verify(key: &[u8], push: &Push<'_>) -> Result<String, PushError> {
    let header = |name: &str| push.header(&format!("webhook-{name}")).or_else(|| push.header(&format!("svix-{name}")));
    let (Some(id), Some(at), Some(signatures)) = (header("id"), header("timestamp"), header("signature")) else {
        return Err(PushError::Forged("its headers are missing"));
    };
    let codes = signatures.split(' ').filter_map(|one| from_base64(one.strip_prefix("v1,")?));
    if !is_signed(key, &[id.as_bytes(), b".", at.as_bytes(), b".", push.body], codes) {
        return Err(PushError::Forged("no signature is ours"));
    }
    push.is_timely(at)?;
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;

    /// The vector of the specification.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const AT: &str = "1649367553";
    const GOOD: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    fn verified(signature: &'static str, seconds_later: i64, body: &[u8]) -> Result<String, PushError> {
        let url = "https://amends.example/in/x".parse().unwrap();
        let headers = HeaderMap::from_iter(
            [
                ("webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"),
                ("webhook-timestamp", AT),
                ("webhook-signature", signature),
            ]
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))),
        );
        let now = jiff::Timestamp::from_second(AT.parse::<i64>().unwrap() + seconds_later).unwrap();
        verify(
            &key(&Secret::new(SECRET)).unwrap(),
            &Push { method: &Method::POST, url: &url, headers: &headers, body, now },
        )
    }

    #[test]
    fn the_vector_of_the_specification_holds_and_nothing_else() {
        assert_eq!(verified(GOOD, 0, BODY).as_deref(), Ok("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"));
        assert!(verified("v1,AAAA v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw= v1a,zzz", 300, BODY).is_ok());
        assert_eq!(verified(GOOD, 301, BODY), Err(PushError::Late));
        assert_eq!(verified(GOOD, -301, BODY), Err(PushError::Late));
        assert_eq!(verified(GOOD, 0, b"{}"), Err(PushError::Forged("no signature is ours")));
        assert_eq!(verified("v1,", 0, BODY), Err(PushError::Forged("no signature is ours")));
        assert_eq!(
            verified("tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=", 0, BODY),
            Err(PushError::Forged("no signature is ours"))
        );
    }

    #[test]
    fn a_key_that_is_too_short_or_both_proofs_are_refused() {
        let refused = |toml: &str| build(toml.parse().unwrap()).err().map(|error| error.key.unwrap_or_default());
        assert_eq!(refused("secret = \"whsec_AAAA\"").as_deref(), Some("secret"));
        assert_eq!(refused("token = \"short\"").as_deref(), Some("token"));
        assert_eq!(refused("").as_deref(), Some("secret"));
        assert_eq!(
            refused(&format!("secret = \"{SECRET}\"\ntoken = \"aaaaaaaaaaaaaaaaaaaa\"")).as_deref(),
            Some("secret")
        );
    }
}
