//! Reviews of an owner's own listing on Google, by the Business Profile interface (reviews v4).
//!
//! Google shows the last changed reviews first, so a poll reads until it meets what it has seen. Signing in is OAuth 2 with a
//! refresh token of the owner's; the interface must have been approved for the owner's Google Cloud project.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, PollError, Push, PushError, Robots, Seen, Source, Taken, Visit,
    access::{Access, Grant, Question},
    api::{Api, Leaf, Order, as_the_status_says, with_query},
    part, push, settings,
};
use crate::{
    config::SettingsError,
    review::{RawRating, Sighting},
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// What a payload has to be.
const EXPECTED: &str = "an answer of Google's Business Profile interface";
/// Where a notice names its listing, or a review of it.
const LISTING_NAMES: &[&str] = &["/location", "/locationName", "/review", "/reviewName"];
/// The most reviews of one page that Google gives.
const PAGE_SIZE: &str = "50";
/// The most pages of one walk: 5,000 reviews.
const PAGES_MAX: usize = 100;

/// Own listings only; no limit of storage for their owner was found. Google's policy forbids paying for reviews and asking for
/// them selectively, not a plain ask.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::PlainAskAllowed,
    guest_can_edit: true,
    source: "developers.google.com/my-business/content/policies; support.google.com/contributionpolicy (no incentives, no selective asking)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "google-business",
    about: "reviews of your own listing on Google, by the Business Profile interface",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(5 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "google"
kind = "google-business"
# Both numbers stand in the answer to `accounts` and `locations`; see `amends help google-business`.
listing = "accounts/1112223334445556667/locations/9998887776665554443"
client_id = "123456-abc.apps.googleusercontent.com"
client_secret_file = "/etc/amends/google-client-secret"
refresh_token_file = "/etc/amends/google-refresh-token"
"#;

const ACCESS: &str = "\
You need: the owner's or a manager's Google account for a verified Business Profile, and a Google Cloud project.

1. In the Google Cloud console create a project and ask for access to the Business Profile interfaces by the form \"basic API
   access\". Until Google approves it, every call is refused with quota 0. Approval can take days.
2. Switch on \"My Business Account Management\", \"My Business Business Information\" and \"Google My Business\".
3. On the consent screen choose \"In production\": while it is \"Testing\", the refresh token dies after seven days.
4. Create an OAuth client of type \"Desktop app\". Its id goes to `client_id`, its secret into the file of `client_secret_file`.
5. Sign in once with the scope https://www.googleapis.com/auth/business.manage (for example in Google's OAuth Playground, with
   your own client) and put the refresh token into the file of `refresh_token_file`.
6. Ask https://mybusinessaccountmanagement.googleapis.com/v1/accounts for your account and
   https://mybusinessbusinessinformation.googleapis.com/v1/accounts/ACCOUNT/locations?readMask=name,title for your locations; join
   both to `listing`.

To hear of a review within seconds, and not only at the next look: make a Pub/Sub topic in the same project, let
mybusiness-api-pubsub@system.gserviceaccount.com publish to it, name it in your account's notification setting for NEW_REVIEW and
UPDATED_REVIEW, and add a push subscription to the address that `amends check` shows for this source.

When amends says \"reconnect\", the refresh token was withdrawn or has died: repeat step 5.";

/// The settings of a listing on Google.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The listing, as accounts/…/locations/….
    listing: String,
    /// The id of the OAuth client.
    client_id: String,
    /// The secret of the OAuth client.
    client_secret: Secret,
    /// The refresh token of the owner's account.
    refresh_token: Secret,
}

struct GoogleBusiness {
    listing: String,
    first: Url,
    api: Api,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let listing = settings.listing.trim().trim_matches('/').to_owned();
    if !is_listing(&listing) {
        return Err(SettingsError::key(
            "listing",
            "`listing` must look like \"accounts/1234/locations/5678\"; see `amends help google-business`",
        ));
    }
    let first = format!(
        "https://mybusiness.googleapis.com/v4/{listing}/reviews?pageSize={PAGE_SIZE}&orderBy=updateTime%20desc"
    );
    let first = first.parse().expect("two numbers make an address");
    let access = Access::granted(HeaderMap::new(), grant(settings));
    let api = Api { access, order: Order::Changed, pages_max: PAGES_MAX, explain: as_the_status_says };
    Ok(Box::new(GoogleBusiness { listing, first, api }))
}

fn is_listing(listing: &str) -> bool {
    let parts: Vec<&str> = listing.split('/').collect();
    let is_number = |text: &str| (1..=30).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts[..], ["accounts", account, "locations", location] if is_number(account) && is_number(location))
}

fn grant(settings: Settings) -> Grant {
    let question = move |_| {
        let url = Url::parse("https://oauth2.googleapis.com/token").map_err(|error| error.to_string())?;
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", settings.client_id.trim()),
            ("client_secret", settings.client_secret.reveal().trim()),
            ("refresh_token", settings.refresh_token.reveal().trim()),
        ];
        Ok(Question::form(url, HeaderMap::new(), &fields))
    };
    Grant::Asked { question: Box::new(question), at: "/access_token" }
}

impl Source for GoogleBusiness {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.api.walk(visit, self.first.clone(), Arc::new(read)))
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(read(payload, url.unwrap_or(&self.first))?.sightings)
    }

    /// What Pub/Sub pushes says only that there is something: it is not believed but looked at, so it needs no signature beyond the
    /// address that nobody can guess.
    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        let (envelope, notice) = notice(push.body)?;
        let about = LISTING_NAMES.iter().find_map(|name| part::text(&notice, name));
        let look = about.is_none_or(|about| names_same_listing(&about, &self.listing));
        Ok(Taken { delivery: part::text(&envelope, "/message/messageId"), look, ..Taken::default() })
    }

    fn addresses(&self) -> Vec<Url> {
        vec![settings::without_secrets(&self.first)]
    }
}

/// Reads what Pub/Sub pushes: its envelope, and the notice in it.
fn notice(body: &[u8]) -> Result<(Value, Value), ParseError> {
    const PUSHED: &str = "a notice of Google's, pushed by Pub/Sub";
    let envelope = part::object(body, PUSHED)?;
    let packed = part::text(&envelope, "/message/data").ok_or_else(|| part::unlike(PUSHED, "it holds no message"))?;
    let bytes = push::from_base64(&packed).ok_or_else(|| part::unlike(PUSHED, "its message is not base64"))?;
    let notice = part::object(&bytes, PUSHED)?;
    Ok((envelope, notice))
}

/// Whether a notice is about this listing; some name the location without its account.
fn names_same_listing(about: &str, listing: &str) -> bool {
    let about = about.split("/reviews/").next().unwrap_or(about);
    about == listing || (about.starts_with("locations/") && listing.ends_with(&format!("/{about}")))
}

/// Reads the reviews of one answer, or of a document in Google's archive of a business, which has the same shape.
///
/// # Errors
/// If it is something else.
pub fn reviews(bytes: &[u8]) -> Result<Vec<Sighting>, ParseError> {
    let nowhere = Url::parse("https://mybusiness.googleapis.com/").expect("an address");
    Ok(read(bytes, &nowhere)?.sightings)
}

/// Reads one page; an empty listing is `{}`.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let reviews = part::list(&answer, &["/reviews"]).unwrap_or_default();
    let stated = part::count(&answer, "/totalReviewCount");
    let is_ours = !reviews.is_empty() || stated.is_some() || answer.as_object().is_some_and(serde_json::Map::is_empty);
    if !is_ours {
        return Err(part::unlike(EXPECTED, "it is JSON without reviews in it"));
    }
    let next = part::text(&answer, "/nextPageToken").map(|token| with_query(url, &[("pageToken", &token)]));
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated })
}

/// One review; `None` for what is none.
fn sighting(review: &Value) -> Option<Sighting> {
    let id = part::text(review, "/reviewId")
        .or_else(|| part::text(review, "/name").and_then(|name| name.rsplit('/').next().map(str::to_owned)))?;
    Some(Sighting {
        id: Some(id),
        author: part::text(review, "/reviewer/displayName"),
        rating: part::text(review, "/starRating").and_then(|stars| stars_of(&stars)),
        text: part::text(review, "/comment").map(|comment| original(&comment).to_owned()),
        posted_at: part::posted(review, "/createTime"),
        edited_at: part::instant(review, "/updateTime"),
        reply: part::reply(review, "/reviewReply/comment", "/reviewReply/updateTime"),
        ..Sighting::default()
    })
}

fn stars_of(word: &str) -> Option<RawRating> {
    let stars = ["ONE", "TWO", "THREE", "FOUR", "FIVE"].iter().position(|known| *known == word)?;
    Some(RawRating::on(stars as u64 + 1, 1.0, 5.0))
}

/// The guest's own words of a comment that Google has translated; both orders are seen.
fn original(comment: &str) -> &str {
    const TRANSLATED: &str = "(Translated by Google)";
    const ORIGINAL: &str = "(Original)";
    let own = match (comment.find(TRANSLATED), comment.find(ORIGINAL)) {
        (Some(translated), Some(original)) if original > translated => &comment[original + ORIGINAL.len()..],
        (Some(translated), Some(original)) => &comment[original + ORIGINAL.len()..translated],
        (Some(translated), None) if translated > 0 => &comment[..translated],
        _ => comment,
    };
    own.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../tests/fixtures/google-business/page.json");

    fn first() -> Url {
        "https://mybusiness.googleapis.com/v4/accounts/1/locations/2/reviews?pageSize=50".parse().unwrap()
    }

    fn pushed(body: &str) -> Result<Taken, PushError> {
        let settings = r#"listing = "accounts/1/locations/2"
            client_id = "c"
            client_secret = "s"
            refresh_token = "r""#;
        let source = build(settings.parse().unwrap()).unwrap();
        let (method, url, headers) =
            (&http::Method::POST, &"https://a.example/in/x".parse().unwrap(), &HeaderMap::new());
        source.accept(&Push { method, url, headers, body: body.as_bytes(), now: jiff::Timestamp::UNIX_EPOCH })
    }

    fn envelope(notice: &str) -> String {
        use base64::Engine;
        let data = base64::engine::general_purpose::STANDARD.encode(notice);
        format!(
            r#"{{"message":{{"data":"{data}","messageId":"m1","publishTime":"2026-11-20T10:00:00Z"}},"subscription":"projects/p/subscriptions/s"}}"#
        )
    }

    #[test]
    fn a_notice_is_a_reason_to_look_if_it_is_about_this_listing() {
        for (notice, look) in [
            (
                r#"{"type":"NEW_REVIEW","review":"accounts/1/locations/2/reviews/x","location":"accounts/1/locations/2"}"#,
                true,
            ),
            (r#"{"notificationType":"UPDATED_REVIEW","reviewName":"accounts/1/locations/2/reviews/x"}"#, true),
            (r#"{"type":"NEW_REVIEW","location":"locations/2"}"#, true),
            (r#"{"type":"NEW_REVIEW"}"#, true),
            (r#"{"type":"NEW_REVIEW","location":"accounts/1/locations/22"}"#, false),
            (r#"{"type":"NEW_REVIEW","location":"locations/1"}"#, false),
        ] {
            let taken = pushed(&envelope(notice)).unwrap();
            assert_eq!(
                (taken.look, taken.delivery.as_deref(), taken.sightings),
                (look, Some("m1"), vec![]),
                "{notice}"
            );
        }
        for bad in ["", "{}", r#"{"message":{"data":"***"}}"#, &envelope("[]"), &envelope("")] {
            assert!(matches!(pushed(bad), Err(PushError::Unreadable(_))), "{bad}");
        }
    }

    #[test]
    fn a_page_is_read_with_stars_answers_and_the_guests_own_words() {
        let leaf = read(PAGE.as_bytes(), &first()).unwrap();
        let [cold, kind] = &leaf.sightings[..] else { panic!("{leaf:?}") };
        assert_eq!(cold.id.as_deref(), Some("AbFvOq1xyz"));
        assert_eq!(cold.rating, Some(RawRating::on(2, 1.0, 5.0)));
        assert_eq!(cold.text.as_deref(), Some("Il bagno era freddo."));
        assert_eq!(cold.edited_at, "2026-10-05T17:40:00Z".parse().ok());
        assert_eq!(cold.reply.as_ref().map(|reply| reply.text.as_str()), Some("We have replaced the radiator."));
        assert_eq!((kind.author.as_deref(), kind.text.as_deref()), (None, None));
        assert_eq!(leaf.stated, Some(128));
        assert!(leaf.next.unwrap().as_str().ends_with("pageSize=50&pageToken=tok"));
    }

    #[test]
    fn a_translated_comment_gives_the_original_in_either_order() {
        for (comment, expected) in [
            ("(Translated by Google) Cold.\n\n(Original)\nKalt.", "Kalt."),
            ("(Original)\nKalt.\n\n(Translated by Google)\nCold.", "Kalt."),
            ("Kalt.\n\n(Translated by Google)\nCold.", "Kalt."),
            ("Cold.", "Cold."),
            ("(Translated by Google)", "(Translated by Google)"),
        ] {
            assert_eq!(original(comment), expected, "{comment}");
        }
    }

    #[test]
    fn an_empty_listing_is_no_error_and_another_answer_is() {
        assert_eq!(read(b"{}", &first()).unwrap(), Leaf::default());
        assert!(matches!(read(br#"{"accounts":[]}"#, &first()), Err(ParseError::NotThisKind { .. })));
        assert!(matches!(read(b"<html>", &first()), Err(ParseError::NotThisKind { .. })));
    }

    #[test]
    fn a_listing_is_two_numbers() {
        for (listing, expected) in [
            ("accounts/1/locations/2", true),
            ("accounts/1/locations/", false),
            ("locations/2", false),
            ("accounts/1/locations/2/reviews", false),
            ("accounts/../locations/2", false),
        ] {
            assert_eq!(is_listing(listing), expected, "{listing}");
        }
    }
}
