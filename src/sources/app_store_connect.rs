//! All reviews of one's own app in Apple's store, by App Store Connect, with answers.
//!
//! An edited review seems to come again with new words under the same id; that, and that only reviews with words are listed, is
//! unverified. The ids are not those of the public feed: use one of the two kinds for an app.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{Access, Grant},
    api::{Api, Leaf, Order, Walked, as_the_status_says},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// One's own data.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "Apple's OpenAPI document of App Store Connect 4.4; Apple Developer Program License Agreement",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "app-store-connect",
    about: "all reviews of your app in Apple's store, by App Store Connect",
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
name = "app store connect"
kind = "app-store-connect"
app = "1234567890"
issuer_id = "57246542-96fe-1a63-e053-0824d011072a"
key_id = "2X9R4HXF34"
private_key_file = "/etc/amends/AuthKey.p8"
"#;

const ACCESS: &str = "\
1. In App Store Connect open Users and Access, Integrations, App Store Connect API, Team Keys, and make a key with the role
   \"Customer Support\".
2. Download the key (once only) and give its file as `private_key_file`; its id goes to `key_id`, the issuer id above the list to
   `issuer_id`.
3. `app` is the number in your app's address: https://apps.apple.com/app/id1234567890 .

The key stays on this machine: amends signs a token with it that is good for a quarter of an hour.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of App Store Connect";
/// The most pages of one walk: 4,000 reviews.
const PAGES_MAX: usize = 20;
/// How long a token is good; Apple allows twenty minutes.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// The settings of an app.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The app's number.
    app: String,
    /// The issuer of the key.
    issuer_id: String,
    /// The key's id.
    key_id: String,
    /// The key itself, as downloaded (.p8).
    private_key: Secret,
}

/// What a token claims (developer.apple.com, "Generating Tokens for API Requests").
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'static str,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let app = settings.app.trim().trim_start_matches("id").to_owned();
    if app.is_empty() || app.len() > 20 || !app.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SettingsError::key("app", "`app` is the number in your app's address: …/app/id1234567890"));
    }
    let key = match settings.private_key {
        secret if secret.is_stand_in() => None,
        secret => Some(EncodingKey::from_ec_pem(secret.reveal().as_bytes()).map_err(|_| {
            SettingsError::key(
                "private_key",
                "`private_key` is no key of App Store Connect; it begins with -----BEGIN PRIVATE KEY-----",
            )
        })?),
    };
    let header = Header { kid: Some(settings.key_id.trim().to_owned()), ..Header::new(Algorithm::ES256) };
    let issuer = settings.issuer_id.trim().to_owned();
    let sign = move |now: Timestamp| {
        let (iat, life) = (now.as_second(), LIFE.as_secs().cast_signed());
        let claims = Claims { iss: &issuer, iat, exp: iat + life, aud: "appstoreconnect-v1" };
        let key = key.as_ref().ok_or("there is no key")?;
        jsonwebtoken::encode(&header, &claims, key).map_err(|error| error.to_string())
    };
    let access = Access::granted(HeaderMap::new(), Grant::Signed { sign: Box::new(sign), life: LIFE });
    let first = format!(
        "https://api.appstoreconnect.apple.com/v1/apps/{app}/customerReviews?sort=-createdDate&limit=200&include=response"
    );
    let api = Api { access, order: Order::Newest, pages_max: PAGES_MAX, explain: as_the_status_says };
    Ok(Box::new(Walked { api, firsts: vec![first.parse().expect("digits make an address")], read: Arc::new(read) }))
}

fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let reviews = part::wanted(&answer, &["/data"], (EXPECTED, "reviews"))?;
    let answers = part::list(&answer, &["/included"]).unwrap_or_default();
    let next = part::text(&answer, "/links/next").and_then(|next| next.parse().ok());
    let stated = part::count(&answer, "/meta/paging/total");
    Ok(Leaf { sightings: reviews.iter().filter_map(|review| sighting(review, answers)).collect(), next, stated })
}

fn sighting(review: &Value, answers: &[Value]) -> Option<Sighting> {
    if part::text(review, "/type").is_some_and(|kind| kind != "customerReviews") {
        return None;
    }
    let answer = part::text(review, "/relationships/response/data/id");
    let answer = answer.and_then(|id| answers.iter().find(|one| part::text(one, "/id").as_ref() == Some(&id)));
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        author: part::text(review, "/attributes/reviewerNickname"),
        rating: part::rating(review, "/attributes/rating", 1.0, 5.0),
        title: part::text(review, "/attributes/title"),
        text: part::text(review, "/attributes/body"),
        posted_at: part::posted(review, "/attributes/createdDate"),
        reply: answer
            .and_then(|answer| part::reply(answer, "/attributes/responseBody", "/attributes/lastModifiedDate")),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_stand_beside_their_reviews() {
        let url: Url = "https://api.appstoreconnect.apple.com/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/app-store-connect/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings[0].reply.as_ref().map(|reply| reply.text.as_str()), Some("Mended in 3.6"));
        assert_eq!((leaf.sightings[1].reply.as_ref(), leaf.stated), (None, Some(77)));
        assert!(read(br#"{"errors":[{"status":"403","code":"FORBIDDEN_ERROR"}]}"#, &url).is_err());
    }

    #[test]
    fn a_key_that_is_none_is_refused_by_its_name() {
        let table = "app = \"1\"\nissuer_id = \"i\"\nkey_id = \"k\"\nprivate_key = \"nonsense\"".parse().unwrap();
        assert_eq!(build(table).err().and_then(|error| error.key).as_deref(), Some("private_key"));
    }
}
