//! Pages that show reviews as schema.org data (JSON-LD, microdata, RDFa), or by an owner's CSS selectors.
//!
//! Meant for an owner's own pages. It logs in nowhere and gets past no wall: a page against robots is [`ParseError::Blocked`].
//! JSON-LD is read without building a tree; a tree is built only where the page's attributes speak of reviews or selectors ask
//! for it, and it is bounded (see `dom`): beyond a cap what was read is kept, and the page counts as seen in part.

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::{Coverage, Fetched, Kind, ParseError, PollError, Robots, Seen, Source, Visit, challenge, off_runtime};
use crate::{
    config::SettingsError,
    http::BODY_BYTES_MAX,
    review::Sighting,
    terms::{AskRule, Retention, Terms},
    text,
};

mod assemble;
mod charset;
mod dom;
mod identity;
mod json_ld;
mod merge;
mod microdata;
mod rdfa;
mod scan;
mod selectors;
mod stars;

use assemble::{Page, Stated, assemble, language_tag};
use selectors::{Field, Selectors};

/// The terms of an owner's own pages.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "the owner's own page: its terms are the owner's to know",
};

/// What the registry knows of pages.
pub const KIND: Kind = Kind {
    name: "page",
    about: "a web page of yours that shows reviews (schema.org data, or CSS selectors that you give)",
    example: EXAMPLE,
    access: "",
    terms: TERMS,
    interval_min: Duration::from_secs(15 * 60),
    quota: None,
    robots: Robots::Asked,
    schema: || schemars::schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"# A page of your own that shows reviews: your shop, your hotel's site.
# Most such pages carry their reviews as schema.org data for search engines; then the address is all it needs.
[[source]]
name = "our-page"
kind = "page"
location = "harbour"
url = "https://hotel.example/reviews"
# Only the reviews of this one thing, if the page shows several:
# item = "Hotel Harbour"
# How much of all reviews the page shows: "all", "newest" or "some". Left out, it is worked out from the page.
# shows = "newest"
# Has the page no schema.org data? Then say where things stand, as CSS selectors; `@name` at the end takes an attribute.
# review = ".review"
# author = ".review-author"
# rating = ".stars@data-score"
# rating_best = 5
# title = "h3"
# text = ".review-text"
# date = "time@datetime"
# id = "@data-review-id"
# reply = ".owner-answer"
"#;

/// The most reviews read of one page; more would be no page for people.
const REVIEWS_MAX: usize = 10_000;
/// This many dated reviews in falling order show that a page begins with its newest.
const ORDERED_MIN: usize = 3;

/// The settings of one page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The page's address.
    #[schemars(with = "String")]
    url: Url,
    /// Only the reviews of this reviewed thing, by its name on the page.
    #[serde(default)]
    item: Option<String>,
    /// How much of all reviews the page shows; left out, it is worked out from the page.
    #[serde(default)]
    shows: Option<Shows>,
    /// CSS selector of one review; only for pages without schema.org data.
    #[serde(default)]
    review: Option<String>,
    /// Within a review: the guest's name.
    #[serde(default)]
    author: Option<String>,
    /// Within a review: the rating.
    #[serde(default)]
    rating: Option<String>,
    /// Within a review: the headline.
    #[serde(default)]
    title: Option<String>,
    /// Within a review: the words.
    #[serde(default)]
    text: Option<String>,
    /// Within a review: the day or time of posting.
    #[serde(default)]
    date: Option<String>,
    /// Within a review: the site's own lasting id; never its place in the list.
    #[serde(default)]
    id: Option<String>,
    /// Within a review: your answer.
    #[serde(default)]
    reply: Option<String>,
    /// The best rating that can be given there, if the page does not say.
    #[serde(default)]
    rating_best: Option<f64>,
}

/// How much of all reviews a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Shows {
    /// Every review there is.
    All,
    /// The newest ones, without gaps.
    Newest,
    /// Some of them, in any choice.
    Some,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let example = "give the page's address, like \"https://hotel.example/reviews\"";
    match table.get("url").map(|url| url.as_str().and_then(|url| Url::parse(url).ok())) {
        None => return Err(SettingsError::key("url", format!("`url` is missing: {example}"))),
        Some(None) => return Err(SettingsError::key("url", format!("`url` is not an address: {example}"))),
        Some(Some(_)) => {}
    }
    let settings: Settings = table
        .try_into()
        .map_err(|error: toml::de::Error| SettingsError { key: None, message: error.message().to_owned() })?;
    Ok(Box::new(PageSource::new(settings)?))
}

/// One page to look at.
struct PageSource {
    url: Url,
    reader: std::sync::Arc<PageReader>,
}

/// What is needed to read the page, apart from the way there.
struct PageReader {
    item: Option<String>,
    shows: Option<Shows>,
    selectors: Option<Selectors>,
}

/// What one reading of a page gave.
#[derive(Debug, Default, PartialEq)]
struct Reading {
    sightings: Vec<Sighting>,
    count_stated: Option<u64>,
    /// Whether a cap of ours ended the reading early.
    cut: bool,
}

impl PageSource {
    fn new(settings: Settings) -> Result<Self, SettingsError> {
        let url = settings.url.clone();
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SettingsError::key("url", "`url` must begin with https:// or http://"));
        }
        Ok(PageSource { url, reader: PageReader::new(settings)?.into() })
    }
}

impl Source for PageSource {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(async move {
            let accept = HeaderValue::from_static("text/html,application/xhtml+xml;q=0.9,*/*;q=0.1");
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept)]);
            let page = match visit.get(self.url.clone(), headers).await? {
                Fetched::Unchanged => {
                    return Ok(Seen { coverage: Coverage::Unchanged, ..Seen::default() });
                }
                Fetched::Page(page) => page,
            };
            let reader = self.reader.clone();
            let read = move || {
                let reading = reader.read(&page.body, page.content_type.as_deref(), Some(&page.url))?;
                Ok(Seen {
                    coverage: reader.coverage(&reading),
                    count_stated: reading.count_stated,
                    sightings: reading.sightings,
                    reach: None,
                })
            };
            off_runtime(read).await.map_err(|error| {
                visit.forget(&self.url);
                match error {
                    ParseError::Blocked => PollError::Blocked,
                    error @ (ParseError::NotThisKind { .. } | ParseError::TooMuch(_)) => PollError::Parse(error),
                }
            })
        })
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        self.reader.read(payload, None, url).map(|reading| reading.sightings)
    }

    fn addresses(&self) -> Vec<Url> {
        vec![self.url.clone()]
    }
}

impl PageReader {
    fn new(settings: Settings) -> Result<Self, SettingsError> {
        let fields = [
            (Field::Author, settings.author.as_deref()),
            (Field::Rating, settings.rating.as_deref()),
            (Field::Title, settings.title.as_deref()),
            (Field::Text, settings.text.as_deref()),
            (Field::Date, settings.date.as_deref()),
            (Field::Id, settings.id.as_deref()),
            (Field::Reply, settings.reply.as_deref()),
        ];
        let best = settings.rating_best;
        if best.is_some_and(|best| !best.is_finite() || best <= 0.0) {
            return Err(SettingsError::key("rating_best", "`rating_best` must be a number above 0, like 5 or 10"));
        }
        let selectors = match &settings.review {
            Some(review) => Some(Selectors::compile(review, &fields, best)?),
            None => {
                if let Some((field, _)) = fields.iter().find(|(_, selector)| selector.is_some()) {
                    let key = field.key();
                    let message = format!("`{key}` needs `review` beside it: the CSS selector of one review");
                    return Err(SettingsError::key(key, message));
                }
                None
            }
        };
        Ok(PageReader { item: settings.item, shows: settings.shows, selectors })
    }

    fn read(&self, payload: &[u8], content_type: Option<&str>, url: Option<&Url>) -> Result<Reading, ParseError> {
        if payload.len() > BODY_BYTES_MAX {
            return Err(ParseError::TooMuch(format!("the page is larger than {BODY_BYTES_MAX} bytes")));
        }
        let html = charset::decode(payload, content_type);
        let scan = scan::scan(&html);
        refuse_other_kinds(&html, &scan)?;
        let page = Page { url, language: scan.language.and_then(language_tag) };
        let mut reading = match &self.selectors {
            Some(selectors) => by_selectors(selectors, &html, &page),
            None => self.by_markup(&html, &scan, &page),
        };
        if reading.sightings.is_empty() && scan.scripts.is_empty() && challenge::is_challenge(html.as_bytes()) {
            return Err(ParseError::Blocked);
        }
        if reading.sightings.len() > REVIEWS_MAX {
            reading.sightings.truncate(REVIEWS_MAX);
            reading.cut = true;
        }
        identity::drop_shared(&mut reading.sightings, url);
        Ok(reading)
    }

    fn by_markup(&self, html: &str, scan: &scan::Scan<'_>, page: &Page<'_>) -> Reading {
        let mut groups: Vec<_> = scan.scripts.iter().map(|script| json_ld::read(script)).collect();
        let mut cut = false;
        if scan.microdata || scan.rdfa {
            let dom = dom::build(&html[..scan.hostile_from.unwrap_or(html.len())]);
            cut = dom.cut || scan.hostile_from.is_some();
            if scan.microdata {
                groups.push(microdata::items(&dom.html, page.url));
            }
            if scan.rdfa {
                groups.push(rdfa::items(&dom.html, page.url));
            }
        }
        let mut assembled = assemble(&groups, page);
        cut |= assembled.found.len() > REVIEWS_MAX;
        assembled.found.truncate(REVIEWS_MAX);
        let mut sightings = merge::merge(assembled.found);
        sightings.retain(|sighting| self.is_wanted(sighting.item.as_deref()));
        Reading { sightings, count_stated: self.count_stated(&assembled.stated), cut }
    }

    /// Whether a reviewed thing is the one asked for; a review that names none may be.
    fn is_wanted(&self, item: Option<&str>) -> bool {
        match (&self.item, item) {
            (Some(wanted), Some(item)) => folded(wanted) == folded(item),
            (None, _) | (_, None) => true,
        }
    }

    /// The one count that the page states of what is wanted; several different ones prove nothing.
    fn count_stated(&self, stated: &[Stated]) -> Option<u64> {
        let mut counts: Vec<u64> =
            stated.iter().filter(|one| self.is_wanted(one.item.as_deref())).map(|one| one.count).collect();
        counts.sort_unstable();
        counts.dedup();
        if counts.len() == 1 { counts.pop() } else { None }
    }

    /// How much of the whole a reading shows: what the owner says, or what the page proves.
    fn coverage(&self, reading: &Reading) -> Coverage {
        let found = reading.sightings.len() as u64;
        if reading.cut {
            return Coverage::Some;
        }
        if found == 0 && reading.count_stated != Some(0) {
            // Nothing, and the page does not say that there is nothing: whoever knows of reviews there must hear of it.
            return Coverage::Newest;
        }
        match self.shows {
            Some(Shows::All) => Coverage::Complete,
            Some(Shows::Newest) => Coverage::Newest,
            Some(Shows::Some) => Coverage::Some,
            None if reading.count_stated == Some(found) => Coverage::Complete,
            None if begins_with_newest(&reading.sightings) => Coverage::Newest,
            None => Coverage::Some,
        }
    }
}

fn by_selectors(selectors: &Selectors, html: &str, page: &Page<'_>) -> Reading {
    let dom = dom::build(html);
    Reading { sightings: selectors.read(&dom, page), count_stated: None, cut: dom.cut }
}

fn folded(name: &str) -> String {
    text::fold_whitespace(name).to_lowercase()
}

/// Whether every review is dated and they stand in falling order, on more than one day.
fn begins_with_newest(sightings: &[Sighting]) -> bool {
    let days: Vec<_> = sightings.iter().filter_map(|sighting| sighting.posted_at).map(|posted| posted.at).collect();
    days.len() >= ORDERED_MIN
        && days.len() == sightings.len()
        && days.is_sorted_by(|a, b| a >= b)
        && days.first() > days.last()
}

/// Refuses what is no HTML page, with the way out where there is one.
fn refuse_other_kinds(html: &str, scan: &scan::Scan<'_>) -> Result<(), ParseError> {
    let not_this = |why: &str| Err(ParseError::NotThisKind { expected: "an HTML page", why: why.to_owned() });
    let begins = html.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if begins.is_empty() {
        return not_this("it is empty");
    }
    if begins.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(begins).is_ok() {
        return not_this("it is JSON");
    }
    if scan.is_feed {
        return not_this("it is a feed or a site map; for feeds there is kind = \"feed\"");
    }
    if !scan.is_html {
        return not_this("it holds no HTML tags");
    }
    Ok(())
}

#[cfg(test)]
#[path = "page/page_tests.rs"]
mod tests;
