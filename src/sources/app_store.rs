//! Reviews of an app in Apple's App Store, by the public customer-review feed of each country's store.
//!
//! The feed needs no key and shows at most the 500 newest of a country. It carries no answers of the developer; those are given,
//! and seen, in App Store Connect.

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Coverage, Fetched, Kind, ParseError, PollError, Robots, Seen, Source, Visit, off_runtime, payload, settings, xml,
};
use crate::{
    config::SettingsError,
    http::HttpError,
    review::{PostedAt, RawRating, Sighting},
    terms::{AskRule, Retention, Terms},
};

/// What a payload has to be.
const EXPECTED: &str = "an App Store review feed";
/// Apple answers with an error beyond this page.
const PAGES_MAX: u32 = 10;
/// There are 175 stores.
const COUNTRIES_MAX: usize = 175;

/// The owner's own reviews; no terms for this feed were found. Apple forbids manipulated reviews (App Review Guidelines §5.6.3),
/// and lets a guest change a review at any time.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "no terms of Apple for this feed are known; App Review Guidelines 5.6.3 forbid manipulated reviews",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "app-store",
    about: "reviews of an app in Apple's App Store, by country, without a key",
    example: EXAMPLE,
    access: "",
    terms: TERMS,
    interval_min: Duration::from_secs(60 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "app-store"
kind = "app-store"
app = "https://apps.apple.com/at/app/example/id1234567890"
countries = ["at", "de", "ch"]
# How many pages of 50 reviews to read in each country, at most 10.
# pages_max = 10
"#;

/// The settings of an App Store source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The app's number, or its address in the store.
    app: String,
    /// The stores to read, as two-letter country codes; each has its own reviews.
    countries: Vec<String>,
    /// How many pages of 50 reviews to read in each country.
    #[serde(default = "Settings::default_pages_max")]
    #[schemars(range(min = 1, max = 10))]
    pages_max: u32,
}

impl Settings {
    fn default_pages_max() -> u32 {
        PAGES_MAX
    }
}

struct AppStore {
    app: String,
    countries: Vec<String>,
    pages_max: u32,
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Xml,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let app = app_number(&settings.app).ok_or_else(|| {
        SettingsError::key("app", "`app` is neither an app's number nor its address, such as https://apps.apple.com/at/app/example/id1234567890")
    })?;
    let countries: Vec<String> = settings.countries.iter().map(|code| code.trim().to_ascii_lowercase()).collect();
    if countries.is_empty() || countries.len() > COUNTRIES_MAX {
        return Err(SettingsError::key(
            "countries",
            "`countries` needs at least one country code, such as [\"at\", \"de\"]",
        ));
    }
    if let Some(wrong) = countries.iter().find(|code| code.len() != 2 || !code.bytes().all(|b| b.is_ascii_lowercase()))
    {
        return Err(SettingsError::key(
            "countries",
            format!("`{wrong}` is no two-letter country code, such as \"at\""),
        ));
    }
    if !(1..=PAGES_MAX).contains(&settings.pages_max) {
        return Err(SettingsError::key("pages_max", "`pages_max` goes from 1 to 10; Apple shows no more"));
    }
    Ok(Box::new(AppStore { app: app.to_owned(), countries, pages_max: settings.pages_max }))
}

/// The digits of `1234567890` or `…/id1234567890?…`.
fn app_number(app: &str) -> Option<&str> {
    let app = app.trim();
    let digits = match app.rfind("/id") {
        Some(at) => app[at + 3..].split(['?', '/', '#']).next()?,
        None => app,
    };
    ((3..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

impl Source for AppStore {
    /// An empty first page comes back as no sightings with [`Coverage::Newest`]: where there were reviews before, the driver
    /// takes that for a failed poll, because Apple's feed is known to come back empty for a while.
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        parse(payload)
    }

    fn addresses(&self) -> Vec<Url> {
        self.countries.iter().map(|country| self.page(country, 1, Format::Json)).collect()
    }
}

/// What the walk through one country saw.
#[derive(Default)]
struct Walk {
    sightings: Vec<Sighting>,
    changed: bool,
    unchanged: bool,
    /// Whether the last review of the country was reached.
    ended: bool,
}

enum Look {
    Unchanged,
    Reviews(Vec<Sighting>),
}

impl AppStore {
    async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let mut walks = Vec::with_capacity(self.countries.len());
        for country in &self.countries {
            walks.push(self.walk(visit, country).await?);
        }
        let coverage = coverage(&walks);
        Ok(Seen {
            sightings: walks.into_iter().flat_map(|walk| walk.sightings).collect(),
            coverage,
            count_stated: None,
            reach: None,
        })
    }

    /// Reads a country's pages until an empty one. A page beyond the first that fails ends the walk: what was read stays true.
    async fn walk(&self, visit: &mut Visit<'_>, country: &str) -> Result<Walk, PollError> {
        let mut walk = Walk::default();
        for number in 1..=self.pages_max {
            match self.look_at(visit, country, number).await {
                Ok(Look::Unchanged) => {
                    walk.unchanged = true;
                    let next = |format| self.page(country, number + 1, format);
                    if !visit.remembers(&next(Format::Json)) && !visit.remembers(&next(Format::Xml)) {
                        break;
                    }
                }
                Ok(Look::Reviews(reviews)) => {
                    walk.changed = true;
                    walk.ended = reviews.is_empty();
                    walk.sightings.extend(reviews);
                }
                Err(error) if number == 1 => return Err(error),
                Err(_) => break,
            }
            if walk.ended {
                break;
            }
        }
        Ok(walk)
    }

    /// Looks at one page as JSON, and as XML when that fails or comes back empty, as each is known to do now and then.
    async fn look_at(&self, visit: &mut Visit<'_>, country: &str, number: u32) -> Result<Look, PollError> {
        let first = self.fetch(visit, self.page(country, number, Format::Json)).await;
        match &first {
            Ok(Look::Unchanged) => return first,
            Ok(Look::Reviews(reviews)) if !reviews.is_empty() => return first,
            Ok(Look::Reviews(_)) => {}
            Err(error) if is_final(error) => return first,
            Err(_) => {}
        }
        match (first, self.fetch(visit, self.page(country, number, Format::Xml)).await) {
            (Err(first), Err(_)) => Err(first),
            (Ok(_) | Err(_), second) => second,
        }
    }

    async fn fetch(&self, visit: &mut Visit<'_>, url: Url) -> Result<Look, PollError> {
        match visit.get(url.clone(), HeaderMap::new()).await? {
            Fetched::Unchanged => Ok(Look::Unchanged),
            Fetched::Page(page) => match off_runtime(move || parse(&page.body)).await {
                Ok(reviews) => {
                    if reviews.is_empty() {
                        visit.forget(&url);
                    }
                    Ok(Look::Reviews(reviews))
                }
                Err(error) => {
                    visit.forget(&url);
                    Err(error.into())
                }
            },
        }
    }

    fn page(&self, country: &str, number: u32, format: Format) -> Url {
        let format = match format {
            Format::Json => "json",
            Format::Xml => "xml",
        };
        let app = &self.app;
        format!(
            "https://itunes.apple.com/{country}/rss/customerreviews/page={number}/id={app}/sortby=mostrecent/{format}"
        )
        .parse()
        .expect("a country code, two numbers and a word make an address")
    }
}

/// Whether asking again in the other format would be impolite or in vain.
fn is_final(error: &PollError) -> bool {
    match error {
        PollError::Status { status, .. } => *status == 429,
        PollError::Http(error) => match error {
            HttpError::Refused(_) | HttpError::Robots { .. } | HttpError::Waiting { .. } | HttpError::Spent { .. } => {
                true
            }
            HttpError::Unreachable(_)
            | HttpError::TimedOut(_)
            | HttpError::TooLarge(_)
            | HttpError::Redirected
            | HttpError::Damaged(_) => false,
        },
        PollError::Reconnect(_) | PollError::OverQuota { .. } => true,
        PollError::Blocked | PollError::Parse(_) => false,
    }
}

/// One country's pages are its newest reviews without gaps. Several windows of different length have no common "newest",
/// unless every one of them reached the end.
fn coverage(walks: &[Walk]) -> Coverage {
    if walks.iter().all(|walk| !walk.changed) {
        Coverage::Unchanged
    } else if walks.iter().any(|walk| walk.unchanged) || (walks.len() > 1 && !walks.iter().all(|walk| walk.ended)) {
        Coverage::Some
    } else {
        Coverage::Newest
    }
}

/// Reads one page of the feed, as JSON or as XML; no review is an empty list.
fn parse(bytes: &[u8]) -> Result<Vec<Sighting>, ParseError> {
    let text = payload::decode(bytes);
    if text.trim_start_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']).starts_with('{') {
        return parse_json(bytes);
    }
    let document = xml::read(&text).map_err(|error| match (payload::instead(bytes), error) {
        (payload::Instead::Unknown, xml::XmlError::Broken) => {
            payload::Instead::Known("it breaks off in the middle").into_error(EXPECTED)
        }
        (known, _) => known.into_error(EXPECTED),
    })?;
    Ok(document.entries.iter().filter_map(from_xml).collect())
}

fn parse_json(bytes: &[u8]) -> Result<Vec<Sighting>, ParseError> {
    let document = payload::json(bytes, EXPECTED)?;
    let Some(feed) = document.get("feed").filter(|feed| feed.is_object()) else {
        let why = "it is JSON without a feed in it".to_owned();
        return Err(ParseError::NotThisKind { expected: EXPECTED, why });
    };
    Ok(match feed.get("entry") {
        Some(Value::Array(entries)) => entries.iter().filter_map(from_json).collect(),
        Some(entry) => from_json(entry).into_iter().collect(),
        None => Vec::new(),
    })
}

/// An entry without a rating is the app itself, which older feeds show first.
fn from_json(entry: &Value) -> Option<Sighting> {
    let label = |path: &str| {
        let label = entry.get(path).or_else(|| entry.pointer(path))?.get("label")?;
        let text = label.as_str().map(str::to_owned).or_else(|| label.as_i64().map(|number| number.to_string()));
        text.filter(|text| !text.trim().is_empty())
    };
    let links = entry.get("link");
    let link = links.and_then(|link| link.pointer("/attributes/href").or_else(|| link.pointer("/0/attributes/href")));
    Some(Sighting {
        id: label("id"),
        author: label("/author/name"),
        author_id: label("/author/uri").and_then(|uri| author_number(&uri)),
        rating: Some(RawRating::on(label("im:rating")?, 1.0, 5.0)),
        title: label("title"),
        text: label("content"),
        posted_at: label("updated").and_then(|date| PostedAt::parse(&date)),
        url: link.and_then(Value::as_str).map(str::to_owned),
        ..Sighting::default()
    })
}

fn from_xml(entry: &xml::Element) -> Option<Sighting> {
    let text = |name| entry.text_of(name).map(str::to_owned);
    let plain = entry.children().iter().find(|c| c.name == "content" && c.attribute("type") == Some("text"));
    Some(Sighting {
        id: text("id"),
        author: entry.child("author").and_then(|author| author.text_of("name")).map(str::to_owned),
        author_id: entry.child("author").and_then(|author| author.text_of("uri")).and_then(author_number),
        rating: Some(RawRating::on(text("im:rating")?, 1.0, 5.0)),
        title: text("title"),
        text: plain.map(|content| content.text.trim().to_owned()).filter(|text| !text.is_empty()),
        posted_at: entry.text_of("updated").and_then(PostedAt::parse),
        url: entry.child("link").and_then(|link| link.attribute("href")).map(str::to_owned),
        ..Sighting::default()
    })
}

/// The digits of `https://itunes.apple.com/gb/reviews/id100200300`.
fn author_number(uri: &str) -> Option<String> {
    let digits: String = uri[uri.rfind("/id")? + 3..].chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
#[path = "app_store_tests.rs"]
mod tests;
