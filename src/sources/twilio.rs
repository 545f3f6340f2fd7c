//! Text messages and WhatsApp messages to the owner's number at Twilio, pushed as they come.
//!
//! A message is to the business alone, so its alerts do not quote it. Nothing is ever sent back: the answer is an empty document.

use std::time::Duration;

use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use sha1::Sha1;
use url::Url;

use super::{
    Answer, Kind, ParseError, PollError, Push, PushError, Robots, Seen, Source, Taken, Visit, payload,
    push::{from_base64, nothing_to_ask},
    settings,
};
use crate::{
    config::SettingsError,
    review::{PostedAt, Sighting},
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// What a payload has to be.
const EXPECTED: &str = "a message from Twilio";
/// The most fields of a form that are read.
const FIELDS_MAX: usize = 200;
/// What carriers take for "no more messages"; noted as what it is, not as words about the stay.
const STOP_WORDS: &[&str] = &["stop", "stopall", "unsubscribe", "cancel", "end", "quit"];

/// Messages that guests sent to the owner.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "messages to the owner; Twilio's messaging policy (consent, STOP)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "twilio",
    about: "text and WhatsApp messages to your number at Twilio, pushed as they come",
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
name = "text messages"
kind = "twilio"
auth_token_file = "/etc/amends/twilio-auth-token"
"#;

const ACCESS: &str = "\
1. Set `base_url` in the section [web] to the address under which this amends can be reached from outside, through a proxy with TLS.
   It must be exactly the address that Twilio will call, for Twilio signs the address too.
2. Run `amends check`: it shows the address of this source.
3. In Twilio's console open Phone Numbers, your number, Messaging, \"A message comes in\": Webhook, that address, HTTP POST.
4. Put the account's Auth Token into the file of `auth_token_file`.
5. Send a message to the number: `amends reviews` shows it.";

/// The settings of a number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The auth token of the account.
    auth_token: Secret,
}

struct Twilio(Secret);

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    if settings.auth_token.reveal().trim().is_empty() {
        return Err(SettingsError::key("auth_token", "`auth_token` is empty; see `amends help twilio`"));
    }
    Ok(Box::new(Twilio(settings.auth_token)))
}

impl Source for Twilio {
    fn poll<'a>(&'a self, _visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        nothing_to_ask()
    }

    fn parse(&self, bytes: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        read(&fields(bytes)).map_err(|_| payload::instead(bytes).into_error(EXPECTED))
    }

    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        let fields = fields(push.body);
        let sent = push.header("x-twilio-signature").and_then(from_base64).unwrap_or_default();
        if !spellings(push.url).iter().any(|url| code(&self.0, url, &fields).verify_slice(&sent).is_ok()) {
            return Err(PushError::Forged(
                "the signature is missing or wrong; is `base_url` the address that Twilio calls?",
            ));
        }
        let mut sightings = read(&fields)?;
        for sighting in &mut sightings {
            sighting.posted_at = Some(PostedAt::exact(push.now));
        }
        let delivery =
            sightings.first().and_then(|sighting| sighting.id.clone()).or_else(|| field(&fields, "MessageSid"));
        let answer = Answer { content_type: "text/xml", body: "<Response/>".to_owned() };
        Ok(Taken { sightings, delivery, look: false, answer })
    }

    fn is_polled(&self) -> bool {
        false
    }

    fn addresses(&self) -> Vec<Url> {
        Vec::new()
    }
}

/// The fields of a form, in the order of their names, copies left out, as Twilio signs them.
fn fields(body: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().take(FIELDS_MAX).collect();
    fields.sort();
    fields.dedup();
    fields
}

fn field(fields: &[(String, String)], name: &str) -> Option<String> {
    let (_, value) = fields.iter().find(|(known, _)| known == name)?;
    (!value.trim().is_empty()).then(|| value.trim().to_owned())
}

/// HMAC-SHA1 over the address and all fields (twilio.com/docs/usage/security).
fn code(token: &Secret, url: &str, fields: &[(String, String)]) -> Hmac<Sha1> {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(token.reveal().trim().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac
}

/// The address without its port and with the usual one: senders differ.
fn spellings(url: &Url) -> Vec<String> {
    let plain = url.to_string();
    let Some(host) = url.host_str().filter(|_| url.port().is_none()) else { return vec![plain] };
    let port = if url.scheme() == "https" { 443 } else { 80 };
    let with_port = plain.replacen(host, &format!("{host}:{port}"), 1);
    vec![plain, with_port]
}

/// One message; a message that only says "stop" is none about the stay.
fn read(fields: &[(String, String)]) -> Result<Vec<Sighting>, ParseError> {
    let not_ours = |why: &str| ParseError::NotThisKind { expected: EXPECTED, why: why.to_owned() };
    let id = ["MessageSid", "SmsMessageSid", "SmsSid"].iter().find_map(|name| field(fields, name));
    let id = id.ok_or_else(|| not_ours("it has no MessageSid"))?;
    let Some(text) = field(fields, "Body") else { return Ok(Vec::new()) };
    if STOP_WORDS.contains(&text.to_lowercase().as_str()) {
        return Ok(Vec::new());
    }
    Ok(vec![Sighting {
        id: Some(id),
        author: field(fields, "ProfileName").or_else(|| field(fields, "From")),
        author_id: field(fields, "From"),
        text: Some(text),
        private: true,
        ..Sighting::default()
    }])
}

/// The signature that Twilio would send; for tests.
#[cfg(test)]
fn signature(token: &str, url: &str, body: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(code(&Secret::new(token), url, &fields(body)).finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    #[test]
    fn the_vendors_vector_holds() {
        let body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(signature("12345", url, body), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    #[test]
    fn a_message_is_taken_in_and_a_forged_one_is_not() {
        let source = build("auth_token = \"12345\"".parse().unwrap()).unwrap();
        let url: Url = "https://amends.example/in/x".parse().unwrap();
        let body = b"MessageSid=SM1&From=%2B4366012345&Body=The+shower+stayed+cold&NumMedia=0";
        let accept = |signature: &str, body: &[u8]| {
            let headers = HeaderMap::from_iter([("x-twilio-signature".parse().unwrap(), signature.parse().unwrap())]);
            source.accept(&Push {
                method: &Method::POST,
                url: &url,
                headers: &headers,
                body,
                now: "2026-11-21T10:00:00Z".parse().unwrap(),
            })
        };
        let good = signature("12345", "https://amends.example:443/in/x", body);
        let taken = accept(&good, body).unwrap();
        assert_eq!((taken.delivery.as_deref(), taken.answer.body.as_str()), (Some("SM1"), "<Response/>"));
        assert_eq!(taken.sightings[0].text.as_deref(), Some("The shower stayed cold"));
        assert!(taken.sightings[0].private);
        assert!(matches!(accept(&good, b"MessageSid=SM1&Body=changed"), Err(PushError::Forged(_))));
        assert!(matches!(accept("", body), Err(PushError::Forged(_))));
    }

    #[test]
    fn a_stop_is_no_word_about_the_stay_and_rubbish_is_an_error() {
        let read = |body: &[u8]| read(&fields(body));
        assert_eq!(read(b"MessageSid=SM1&Body=STOP"), Ok(vec![]));
        assert!(read(b"").is_err());
        assert!(read(&[0xFF; 1000]).is_err());
    }
}
