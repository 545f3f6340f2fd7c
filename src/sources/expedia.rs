//! Reviews of one's own property on Expedia, Hotels.com, Vrbo and their siblings, by Expedia Group's interface for lodging partners.
//!
//! One review shown by several of the group's sites has one id and is one review. The scale of the stars is not documented: 1 to 5 in
//! the payloads seen.

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{
    Coverage, Kind, ParseError, PollError, Robots, Seen, Source, Visit,
    access::{self, Access, Grant, Question},
    off_runtime, part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// One's own property, under the connectivity agreement.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "developers.expediagroup.com/supply/lodging (reviews); Expedia Group's agreement with connectivity partners",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "expedia",
    about: "reviews of your property on Expedia, Hotels.com and Vrbo",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(15 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "expedia"
kind = "expedia"
property = "12345678"
key = "client-key"
secret_file = "/etc/amends/expedia-secret"
# What the number is: EXPEDIA, VRBO or SUPPLIER (Vrbo's triple).
# id_source = "EXPEDIA"
# best = 5
"#;

const ACCESS: &str = "\
Expedia Group opens this interface to lodging partners with a connectivity agreement; a property without one reads its reviews in
Partner Central, which mails them too.

1. At https://developers.expediagroup.com sign in as a partner, make a client for the lodging GraphQL interface, and ask for the
   capability \"reviews\".
2. Put the client's key into `key` and its secret into the file of `secret_file`.
3. `property` is the number of your property in Partner Central; for Vrbo set `id_source` too.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Expedia Group's interface";
/// The most pages of one walk: 2,000 reviews.
const PAGES_MAX: usize = 20;
const TOKENS: &str = "https://api.expediagroup.com/identity/oauth2/v3/token";
const QUESTIONS: &str = "https://api.expediagroup.com/supply/lodging/graphql";
const QUERY: &str = "query Reviews($id: String!, $idSource: IdSource, $after: String) { property(id: $id, idSource: $idSource) { \
    reviews(pageSize: 100, after: $after, orderBy: { lastUpdatedDateTime: DESC }) { cursor totalCount reviews { \
    id brandNameV2 title { locale value } body { locale value } createdDateTime lastUpdatedDateTime starRatings { category value } \
    reservation { primaryGuest { firstName lastName } } response { body { value } createdDateTime } } } } }";

/// The settings of a property.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The property's number.
    property: String,
    /// What that number is.
    #[serde(default)]
    id_source: IdSource,
    /// The client's key.
    key: String,
    /// The client's secret.
    secret: Secret,
    /// The best stars.
    #[serde(default = "Settings::default_best")]
    best: u32,
}

/// Whose number a property's is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum IdSource {
    /// Expedia's own.
    #[default]
    Expedia,
    /// Vrbo's.
    Vrbo,
    /// Vrbo's triple of system, advertiser and listing.
    Supplier,
}

impl Settings {
    fn default_best() -> u32 {
        5
    }
}

struct Expedia {
    access: Access,
    property: String,
    id_source: IdSource,
    best: f64,
    endpoint: Url,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let property = settings.property.trim().to_owned();
    if property.is_empty() {
        return Err(SettingsError::key("property", "`property` is the number of your property in Partner Central"));
    }
    if !(2..=100).contains(&settings.best) {
        return Err(SettingsError::key("best", "`best` is the best rating that can be given, from 2 to 100"));
    }
    let headers = access::basic("secret", settings.key.trim(), &settings.secret)?;
    let access = Access::granted(HeaderMap::new(), Grant::of_client(TOKENS, headers));
    let endpoint = QUESTIONS.parse().expect("an address");
    Ok(Box::new(Expedia { access, property, id_source: settings.id_source, best: f64::from(settings.best), endpoint }))
}

impl Source for Expedia {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        match read(payload, self.best)? {
            Answer::Page { sightings, .. } => Ok(sightings),
            Answer::Refused { code, .. } => Err(part::unlike(EXPECTED, &format!("it is the error {code}"))),
        }
    }

    fn addresses(&self) -> Vec<Url> {
        vec![self.endpoint.clone()]
    }
}

impl Expedia {
    /// Walks by the last change, as far as the walk before had come.
    async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let mut seen = Seen { coverage: Coverage::Some, ..Seen::default() };
        let known = visit.mark(&self.endpoint);
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let (sightings, cursor, total) = self.page(visit, after.as_deref()).await?;
            let met_known =
                known.is_some_and(|known| sightings.iter().filter_map(|one| one.edited_at).any(|at| at < known));
            seen.count_stated = seen.count_stated.or(total);
            seen.sightings.extend(sightings);
            if cursor.is_none() {
                seen.coverage = Coverage::Complete;
            }
            if cursor.is_none() || met_known || cursor == after {
                break;
            }
            after = cursor;
        }
        match seen.sightings.iter().filter_map(|one| one.edited_at).max() {
            Some(newest) => visit.set_mark(&self.endpoint, newest),
            None => visit.keep_mark(&self.endpoint),
        }
        Ok(seen)
    }

    /// One page, with a token that is renewed once when it is refused.
    async fn page(&self, visit: &mut Visit<'_>, after: Option<&str>) -> Result<Page, PollError> {
        let variables = json!({ "id": self.property, "idSource": self.id_source, "after": after });
        let document = json!({ "query": QUERY, "variables": variables });
        let mut may_renew = true;
        loop {
            let credentials = self.access.credentials(visit).await?;
            let answer = visit.ask(Question::json(self.endpoint.clone(), credentials.headers, &document)).await;
            let refused = match answer {
                Ok(page) => {
                    let best = self.best;
                    match off_runtime(move || read(&page.body, best)).await? {
                        Answer::Page { sightings, cursor, total } => return Ok((sightings, cursor, total)),
                        Answer::Refused { code, words } => of_code(&code, words)?,
                    }
                }
                Err(PollError::Status { status: 401, said, .. }) => {
                    said.map_or_else(String::new, |said| said.to_string())
                }
                Err(other) => return Err(other),
            };
            if !may_renew || !self.access.renew() {
                return Err(PollError::Reconnect(refused));
            }
            may_renew = false;
        }
    }
}

/// The reviews, the cursor of the next page, and how many there are in all.
type Page = (Vec<Sighting>, Option<String>, Option<u64>);

/// An answer of a GraphQL interface, which says its errors with status 200.
#[derive(Debug, PartialEq)]
enum Answer {
    Page { sightings: Vec<Sighting>, cursor: Option<String>, total: Option<u64> },
    Refused { code: String, words: String },
}

/// What an error's code means; one that a fresh token may mend comes back as its words.
fn of_code(code: &str, words: String) -> Result<String, PollError> {
    match code {
        "UNAUTHENTICATED" | "UNAUTHORIZED" => Ok(words),
        "FORBIDDEN" | "ACCESS_DENIED" => Err(PollError::Reconnect(words)),
        "TOO_MANY_REQUESTS" | "RATE_LIMITED" | "THROTTLED" => Err(PollError::OverQuota { retry_after: None }),
        code => Err(part::unlike(EXPECTED, &format!("it is the error {code}")).into()),
    }
}

fn read(bytes: &[u8], best: f64) -> Result<Answer, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if let Some(reviews) = answer.pointer("/data/property/reviews").filter(|reviews| reviews.is_object()) {
        let list = part::list(reviews, &["/reviews"]).unwrap_or_default();
        return Ok(Answer::Page {
            sightings: list.iter().filter_map(|review| sighting(review, best)).collect(),
            cursor: part::text(reviews, "/cursor"),
            total: part::count(reviews, "/totalCount"),
        });
    }
    let first = part::list(&answer, &["/errors"]).and_then(|errors| errors.first());
    let first = first.ok_or_else(|| part::unlike(EXPECTED, "it is JSON without reviews in it"))?;
    let code = part::text(first, "/extensions/code").unwrap_or_else(|| "without a code".to_owned());
    let words = part::text(first, "/message").unwrap_or_else(|| code.clone());
    Ok(Answer::Refused { code, words })
}

fn sighting(review: &Value, best: f64) -> Option<Sighting> {
    let stars = part::list(review, &["/starRatings"]).unwrap_or_default();
    let overall =
        stars.iter().find(|one| part::text(one, "/category").is_some_and(|name| name.eq_ignore_ascii_case("overall")));
    let guest = ["firstName", "lastName"].map(|name| part::text(review, &format!("/reservation/primaryGuest/{name}")));
    let guest = guest.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let locale = part::text(review, "/body/locale").map(|locale| locale.replace('_', "-"));
    Some(Sighting {
        id: Some(part::text(review, "/id")?),
        author: (!guest.is_empty()).then_some(guest),
        rating: overall.and_then(|overall| part::rating(overall, "/value", 1.0, best)),
        title: part::text(review, "/title/value"),
        text: part::text(review, "/body/value"),
        language: locale,
        posted_at: part::posted(review, "/createdDateTime"),
        edited_at: part::instant(review, "/lastUpdatedDateTime"),
        reply: part::reply(review, "/response/body/value", "/response/createdDateTime"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::RawRating;

    #[test]
    fn stars_are_texts_and_the_answer_is_the_hosts() {
        let Answer::Page { sightings, cursor, total } =
            read(include_bytes!("../../tests/fixtures/expedia/page.json"), 5.0).unwrap()
        else {
            panic!()
        };
        assert_eq!((cursor, total), (None, Some(2)));
        assert_eq!(sightings[0].rating, Some(RawRating::on("2", 1.0, 5.0)));
        assert_eq!(sightings[0].reply.as_ref().map(|reply| reply.text.as_str()), Some("Sorry"));
        assert_eq!(sightings[0].language.as_deref(), Some("en-US"));
    }

    #[test]
    fn errors_with_status_200_are_told_apart() {
        let code = |code: &str| {
            let body = format!(r#"{{"data":null,"errors":[{{"message":"no","extensions":{{"code":"{code}"}}}}]}}"#);
            let Answer::Refused { code, words } = read(body.as_bytes(), 5.0).unwrap() else { panic!() };
            of_code(&code, words)
        };
        assert_eq!(code("UNAUTHENTICATED"), Ok("no".to_owned()));
        assert_eq!(code("FORBIDDEN"), Err(PollError::Reconnect("no".to_owned())));
        assert!(matches!(code("TOO_MANY_REQUESTS"), Err(PollError::OverQuota { .. })));
        assert!(matches!(code("BAD_USER_INPUT"), Err(PollError::Parse(_))));
        assert!(read(br#"{"data":{}}"#, 5.0).is_err());
    }
}
