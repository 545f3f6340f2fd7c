//! Any feed as a source: RSS 0.9x, 1.0 and 2.0, Atom, and JSON Feed, of reviews or of mere mentions.
//!
//! An entry without an unmistakable rating stays unrated. A feed shows what is new, so absence from it proves nothing.

use std::{collections::HashSet, time::Duration};

use futures_util::future::BoxFuture;
use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use url::Url;

use super::{
    Coverage, Fetched, Kind, ParseError, PollError, Robots, Seen, Source, Visit, off_runtime, payload, settings, xml,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    terms::{AskRule, Retention, Terms},
};

mod dates;
mod entry;
mod json_feed;
mod rating;

pub use rating::Place;

/// What a payload has to be.
const EXPECTED: &str = "an RSS, Atom or JSON feed";
/// The most pages that `next_url` of a JSON Feed is followed for.
const PAGES_MAX: usize = 5;

/// Feeds: whoever's they are, the owner chose them and knows their rules; authors can usually edit, and Atom says when.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "the feed's own site; its rules are the owner's to know",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "feed",
    about: "any RSS, Atom or JSON feed: review feeds, Google Alerts, Reddit, YouTube, blogs",
    example: EXAMPLE,
    access: "",
    terms: TERMS,
    interval_min: Duration::from_secs(5 * 60),
    quota: None,
    robots: Robots::Asked,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "mentions"
kind = "feed"
url = "https://www.example.com/reviews.rss"
# Where a rating may stand besides an element of its own; leave out those that your feed uses for something else.
# rating_in = ["title", "category", "text"]
"#;

/// The settings of a feed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The feed's address.
    #[schemars(with = "String")]
    url: String,
    /// Where a rating may stand besides an element of its own: "title" ("2/5 Loud", "★★☆☆☆ Loud"), "category" ("rating:2"), "text" ("Rating: 2/5 …").
    #[serde(default = "Place::all")]
    rating_in: Vec<Place>,
}

struct Feed {
    url: Url,
    rating_in: Vec<Place>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    Ok(Box::new(Feed { url: settings::web_address("url", &settings.url)?, rating_in: settings.rating_in }))
}

impl Source for Feed {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(parse(payload, url, &self.rating_in)?.sightings)
    }

    fn addresses(&self) -> Vec<Url> {
        vec![settings::without_secrets(&self.url)]
    }
}

impl Feed {
    /// Reads the feed, and further pages as long as a JSON Feed names them. A page with a successor is not remembered: if it
    /// stayed the same next time, nobody would know where to go on.
    async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let (mut sightings, mut visited) = (Vec::new(), HashSet::new());
        let mut url = self.url.clone();
        while visited.len() < PAGES_MAX && !visited.contains(&url) {
            let page = match visit.get(url.clone(), HeaderMap::new()).await? {
                Fetched::Unchanged if visited.is_empty() => {
                    return Ok(Seen { coverage: Coverage::Unchanged, ..Seen::default() });
                }
                Fetched::Unchanged => break,
                Fetched::Page(page) => page,
            };
            let rating_in = self.rating_in.clone();
            let read = off_runtime(move || parse(&page.body, Some(&page.url), &rating_in)).await;
            let mut read = read.inspect_err(|_| visit.forget(&url))?;
            sightings.append(&mut read.sightings);
            let Some(next) = read.next.filter(|next| settings::is_same_place(&self.url, next)) else { break };
            visit.forget(&url);
            visited.insert(std::mem::replace(&mut url, next));
        }
        Ok(Seen { sightings, coverage: Coverage::Some, count_stated: None, reach: None })
    }
}

/// What one payload held.
#[derive(Debug, PartialEq)]
struct Read {
    sightings: Vec<Sighting>,
    next: Option<Url>,
}

/// Reads a feed of any kind; `url` is where it came from, for relative links.
fn parse(payload: &[u8], url: Option<&Url>, rating_in: &[Place]) -> Result<Read, ParseError> {
    let text = payload::decode(payload);
    let start = text.trim_start_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']);
    if start.starts_with('{') {
        return json_feed::read(payload, url, rating_in);
    }
    let document = xml::read(&text).map_err(|error| match (payload::instead(payload), error) {
        (payload::Instead::Unknown, xml::XmlError::Broken) => {
            payload::Instead::Known("it breaks off in the middle").into_error(EXPECTED)
        }
        (payload::Instead::Unknown, xml::XmlError::NoFeed) => {
            payload::Instead::Known("it has no feed in it").into_error(EXPECTED)
        }
        (known, _) => known.into_error(EXPECTED),
    })?;
    let base = document.base.as_deref().and_then(|base| settings::join(url, base));
    let base = base.as_ref().or(url);
    let sightings = document.entries.iter().map(|element| entry::sighting(element, base, rating_in)).collect();
    Ok(Read { sightings, next: None })
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
