//! Reviews of one's own app at Google Play, by its interface for publishers, with answers.
//!
//! Only reviews with words that were created or changed within the last week are listed: after a longer outage some are missed.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{Access, Grant, Question},
    api::{Api, Leaf, Order, Walked, as_the_status_says, with_query},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// One's own app; Google forbids to pay for reviews.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "developers.google.com/android-publisher/reply-to-reviews; Google Play's policy on ratings and reviews",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "google-play",
    about: "reviews of your app at Google Play",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(10 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "google play"
kind = "google-play"
package = "com.example.alba"
account_file = "/etc/amends/google-play.json"
"#;

const ACCESS: &str = "\
1. In the Google Cloud console make a project, switch on \"Google Play Android Developer API\", make a service account, and for it a key of
   the kind JSON. Give that file as `account_file`.
2. In the Play Console open Users and permissions, invite the service account's e-mail address, and allow it to \"Reply to reviews\" for
   your app. It can take a day until Google lets it in.
3. `package` is the app's name in its address: https://play.google.com/store/apps/details?id=PACKAGE .

Google lists only reviews with words of the last week; keep this machine on.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Google Play's interface for publishers";
/// The most pages of one walk: 2,000 reviews of a week.
const PAGES_MAX: usize = 20;
/// How far back Google lists reviews.
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Where tokens are granted; what the account's file says of it is not followed.
const TOKENS: &str = "https://oauth2.googleapis.com/token";
const SCOPE: &str = "https://www.googleapis.com/auth/androidpublisher";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long a signed question for a token is good; Google allows an hour.
const LIFE_SECS: i64 = 30 * 60;

/// The settings of an app.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The app's package name.
    package: String,
    /// The service account's key, the whole JSON file.
    account: Secret,
}

/// What is used of a service account's file.
#[derive(Deserialize)]
struct Account {
    client_email: String,
    private_key: String,
}

/// What a question for a token claims (RFC 7523).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'static str,
    aud: &'static str,
    iat: i64,
    exp: i64,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let package = settings.package.trim().to_owned();
    if !package.contains('.') || !package.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')) {
        return Err(SettingsError::key("package", "`package` looks like \"com.example.alba\""));
    }
    let unlike =
        || SettingsError::key("account", "`account` is the JSON file of a service account's key, as downloaded");
    let account = match settings.account {
        secret if secret.is_stand_in() => None,
        secret => {
            let account: Account = serde_json::from_str(secret.reveal()).map_err(|_| unlike())?;
            let key = EncodingKey::from_rsa_pem(account.private_key.as_bytes()).map_err(|_| unlike())?;
            Some((account.client_email, key))
        }
    };
    let question = move |now: Timestamp| {
        let (email, key) = account.as_ref().ok_or("there is no key")?;
        let iat = now.as_second();
        let claims = Claims { iss: email, scope: SCOPE, aud: TOKENS, iat, exp: iat + LIFE_SECS };
        let signed = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, key);
        let signed = signed.map_err(|error| error.to_string())?;
        let url = TOKENS.parse().map_err(|error| format!("{error}"))?;
        Ok(Question::form(url, HeaderMap::new(), &[("grant_type", GRANT_TYPE), ("assertion", &signed)]))
    };
    let access = Access::granted(HeaderMap::new(), Grant::Asked { question: Box::new(question), at: "/access_token" });
    let first = format!(
        "https://androidpublisher.googleapis.com/androidpublisher/v3/applications/{package}/reviews?maxResults=100"
    );
    let api = Api { access, order: Order::Lately(WINDOW), pages_max: PAGES_MAX, explain: as_the_status_says };
    let firsts = vec![first.parse().expect("a package's name is a segment")];
    Ok(Box::new(Walked { api, firsts, read: Arc::new(read) }))
}

/// Reads a page. A week without reviews is an object without a list.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if answer.get("error").is_some() {
        return Err(part::unlike(EXPECTED, "it is an error"));
    }
    let reviews = part::list(&answer, &["/reviews"]).unwrap_or_default();
    if reviews.is_empty() && answer.as_object().is_some_and(|parts| !parts.keys().all(|key| PARTS.contains(&&**key))) {
        return Err(part::unlike(EXPECTED, "it is JSON without reviews in it"));
    }
    let next = part::text(&answer, "/tokenPagination/nextPageToken").map(|token| with_query(url, &[("token", &token)]));
    let stated = reviews.is_empty().then_some(0);
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated })
}

/// What an answer without reviews may hold.
const PARTS: &[&str] = &["reviews", "pageInfo", "tokenPagination"];

fn sighting(review: &Value) -> Option<Sighting> {
    let comments = part::list(review, &["/comments"]).unwrap_or_default();
    let of = |who: &str| comments.iter().find_map(|comment| comment.get(who));
    let guest = of("userComment")?;
    let words = if guest.get("originalText").is_some() { "/originalText" } else { "/text" };
    // Headline and words are joined by a tab; a text without a headline may begin with one. Trimmed, neither is left.
    let written = part::text(guest, words);
    let (title, text) = match written.as_deref().and_then(|written| written.split_once('\t')) {
        Some((title, text)) => (Some(title.trim().to_owned()), Some(text.trim().to_owned())),
        None => (None, written),
    };
    let answer = of("developerComment");
    Some(Sighting {
        id: Some(part::text(review, "/reviewId")?),
        author: part::text(review, "/authorName"),
        rating: part::rating(guest, "/starRating", 1.0, 5.0),
        title,
        text,
        language: part::text(guest, "/reviewerLanguage"),
        posted_at: part::posted(guest, "/lastModified/seconds"),
        edited_at: part::instant(guest, "/lastModified/seconds"),
        reply: answer.and_then(|answer| part::reply(answer, "/text", "/lastModified/seconds")),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headline_words_and_answer_are_told_apart() {
        let url: Url = "https://androidpublisher.googleapis.com/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/google-play/page.json"), &url).unwrap();
        let [first, second] = &leaf.sightings[..] else { panic!() };
        assert_eq!((first.title.as_deref(), first.text.as_deref()), (Some("Crashes"), Some("Since 3.5 it closes.")));
        assert_eq!(first.reply.as_ref().map(|reply| reply.text.as_str()), Some("Mended in 3.6"));
        assert_eq!((second.title.as_deref(), second.text.as_deref()), (None, Some("It simply works.")));
        assert_eq!(leaf.next.unwrap().query(), Some("token=CAE"));
        assert_eq!(read(b"{}", &url).unwrap().stated, Some(0));
        assert!(read(br#"{"error":{"code":403}}"#, &url).is_err());
        assert!(read(br#"{"kind":"something else"}"#, &url).is_err());
    }

    #[test]
    fn an_account_that_is_none_is_refused_by_its_name() {
        let table = "package = \"com.example.alba\"\naccount = \"{}\"".parse().unwrap();
        assert_eq!(build(table).err().and_then(|error| error.key).as_deref(), Some("account"));
    }
}
