//! Guests who want no more letters, told by one click (RFC 8058): the quiet way to say that something was wrong.
//!
//! The address stands in the `List-Unsubscribe` header of letters that the owner's own program sends. A GET changes nothing, because
//! mail scanners follow every link; it shows a button. To leave is a voice without words: it is kept, and has no verdict.

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Method;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use url::Url;

use super::{
    Answer, Kind, ParseError, PollError, Push, PushError, Robots, Seen, Source, Taken, Visit, challenge, part,
    push::nothing_to_ask, settings,
};
use crate::{
    config::SettingsError,
    id,
    review::{PostedAt, Sighting},
    terms::{AskRule, Retention, Terms},
    text,
};

/// The owner's own letters.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "the owner's own letters; RFC 8058 (one-click unsubscribe)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "unsubscribe",
    about: "guests who want no more letters, by one click",
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
name = "letters"
kind = "unsubscribe"
"#;

const ACCESS: &str = "\
1. Set `base_url` in the section [web] to the address under which this amends can be reached from outside, through a proxy with TLS.
2. Run `amends check`: it shows the address of this source.
3. In the program that sends your letters, set these headers, with a name for each guest that only you understand:
   List-Unsubscribe: <ADDRESS?guest=NUMBER>
   List-Unsubscribe-Post: List-Unsubscribe=One-Click

amends notes that the guest left; it cannot take the guest off the list of your program. `amends reviews --source letters` shows who did.";

/// The body of a click, by RFC 8058 §3.1.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
/// What a payload has to be.
const EXPECTED: &str = "a click of RFC 8058";
/// The longest name for a guest.
const GUEST_BYTES_MAX: usize = 200;
/// What a person sees who follows the link.
const BUTTON: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
    content=\"width=device-width\"><title>No more letters</title><main><h1>No more letters?</h1><form method=\"post\"><input \
    type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\"><button>Yes, stop them</button></form></main></html>\n";
const DONE: &str = "You get no more letters.\n";

/// It has no settings of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {}

struct Unsubscribe;

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let Settings {} = settings::read(table)?;
    Ok(Box::new(Unsubscribe))
}

impl Source for Unsubscribe {
    fn poll<'a>(&'a self, _visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        nothing_to_ask()
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(vec![read(payload, url)?])
    }

    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        if push.method == Method::GET {
            let answer = Answer { content_type: "text/html; charset=utf-8", body: BUTTON.to_owned() };
            return Ok(Taken { answer, ..Taken::default() });
        }
        let left = Sighting { posted_at: Some(PostedAt::exact(push.now)), ..read(push.body, Some(push.url))? };
        let answer = Answer { content_type: "text/plain; charset=utf-8", body: DONE.to_owned() };
        Ok(Taken { delivery: left.id.clone(), sightings: vec![left], answer, ..Taken::default() })
    }

    fn is_polled(&self) -> bool {
        false
    }

    fn addresses(&self) -> Vec<Url> {
        Vec::new()
    }
}

/// Reads a click; one without a guest is one by nobody in particular.
fn read(body: &[u8], url: Option<&Url>) -> Result<Sighting, ParseError> {
    // Some mail programs send it as a form of several parts.
    let is_click = std::str::from_utf8(body).is_ok_and(|body| {
        body.trim() == ONE_CLICK || (body.contains("name=\"List-Unsubscribe\"") && body.contains("One-Click"))
    });
    if !is_click {
        return Err(if challenge::is_challenge(body) {
            ParseError::Blocked
        } else {
            part::unlike(EXPECTED, "it says something else")
        });
    }
    let asked =
        url.and_then(|url| url.query_pairs().find(|(name, _)| name == "guest").map(|(_, guest)| guest.into_owned()));
    let guest = asked
        .map(|guest| text::truncate_bytes(&text::clean(&guest), GUEST_BYTES_MAX))
        .filter(|guest| !guest.is_empty());
    Ok(Sighting {
        id: Some(id::stable("left", &[guest.as_deref().unwrap_or_default()])),
        author: guest.clone(),
        author_id: guest,
        title: Some("Unsubscribed".to_owned()),
        private: true,
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn accept(method: &Method, url: &str, body: &[u8]) -> Result<Taken, PushError> {
        let (url, now) = (url.parse().unwrap(), "2026-11-21T10:00:00Z".parse().unwrap());
        Unsubscribe.accept(&Push { method, url: &url, headers: &HeaderMap::new(), body, now })
    }

    #[test]
    fn one_click_leaves_and_the_same_again_is_the_same() {
        let url = "https://amends.example/in/x?guest=4711";
        let taken = accept(&Method::POST, url, b"List-Unsubscribe=One-Click").unwrap();
        assert_eq!((taken.sightings[0].author.as_deref(), taken.sightings[0].private), (Some("4711"), true));
        let parts = b"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--";
        assert_eq!(accept(&Method::POST, url, parts).unwrap().delivery, taken.delivery);
        assert_ne!(
            accept(&Method::POST, "https://a.example/?guest=2", b"List-Unsubscribe=One-Click").unwrap().delivery,
            taken.delivery
        );
    }

    #[test]
    fn a_scanner_that_follows_the_link_unsubscribes_nobody() {
        let taken = accept(&Method::GET, "https://amends.example/in/x?guest=4711", b"").unwrap();
        assert!(taken.sightings.is_empty() && taken.answer.body.contains("<button>"));
        assert!(matches!(
            accept(&Method::POST, "https://amends.example/in/x", b"hello"),
            Err(PushError::Unreadable(_))
        ));
    }
}
