//! Any JSON interface as a source: an address, and small jq programs that say where the reviews and their parts stand.
//!
//! It only reads (GET). The programs run apart from the rest with a deadline, and cannot loop, read the environment or call out.

use std::{collections::BTreeMap, collections::HashSet, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use url::Url;

use super::{
    Coverage, Fetched, Kind, Page, ParseError, PollError, Robots, Seen, Source, Visit,
    mapping::{Fields, Mapping},
    off_runtime, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// The most pages that one poll may read.
const PAGES_CAP: u32 = 100;

/// An interface that the owner was given access to: its rules are the owner's to know.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "the owner's contract with whoever runs the interface",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "json",
    about: "any JSON interface, with jq programs that say where the reviews stand",
    example: EXAMPLE,
    access: "",
    terms: TERMS,
    interval_min: Duration::from_secs(5 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "own-shop"
kind = "json"
url = "https://shop.example.com/api/reviews"
token_file = "/etc/amends/shop-token"
# Where the list of reviews stands, and where in each review its parts stand: jq programs.
items = ".reviews[]"
fields = { id = ".id", author = ".customer.name", rating = ".stars", text = ".comment", posted_at = ".created_at" }
# How to reach the next page: a jq program that gives its address, or a page number in the address.
# next = ".links.next"
# page_parameter = "page"
# pages_max = 10
"#;

/// The settings of a JSON interface.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The address of the first page.
    url: String,
    /// More headers to send, such as { "X-Shop" = "12" }; a secret belongs into `token`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The key or token; sent as `Authorization: Bearer …` unless `token_header` says otherwise.
    #[serde(default)]
    token: Option<Secret>,
    /// The header in which the bare token is sent.
    #[serde(default)]
    token_header: Option<String>,
    /// A jq program that gives the reviews one by one; a list is taken apart.
    #[serde(default = "Settings::default_items")]
    items: String,
    /// jq programs that give the parts of one review.
    #[serde(default)]
    fields: Fields,
    /// A jq program that gives the next page's address, or null.
    #[serde(default)]
    next: Option<String>,
    /// The query parameter that counts pages.
    #[serde(default)]
    page_parameter: Option<String>,
    /// The number of the first page.
    #[serde(default = "Settings::default_page_first")]
    page_first: u32,
    /// How many pages one poll reads at most.
    #[serde(default = "Settings::default_pages_max")]
    #[schemars(range(min = 1, max = 100))]
    pages_max: u32,
    /// What the pages show together: "all" reviews, the "newest" ones without gaps, or "some". Default: all, where pages are
    /// numbered or named and the last one was reached; otherwise some.
    #[serde(default)]
    covers: Option<Covers>,
}

/// What a JSON interface shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Covers {
    /// Every review, if the last page was reached.
    All,
    /// The newest ones without gaps.
    Newest,
    /// Some of them; absence proves nothing.
    Some,
}

impl Settings {
    fn default_items() -> String {
        "if type == \"array\" then . else .reviews // .items // .data // .results end".to_owned()
    }
    fn default_page_first() -> u32 {
        1
    }
    fn default_pages_max() -> u32 {
        10
    }
}

struct Json {
    url: Url,
    headers: HeaderMap,
    mapping: Arc<Mapping>,
    paging: Paging,
    pages_max: usize,
    covers: Option<Covers>,
    /// Whether the owner said how to reach further pages.
    is_paged: bool,
}

/// How the next page is found.
enum Paging {
    /// By a program, or else by the `Link` header.
    Named,
    /// By counting up this query parameter.
    Counted { parameter: String, first: u32 },
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    if !(1..=PAGES_CAP).contains(&settings.pages_max) {
        return Err(SettingsError::key("pages_max", "`pages_max` goes from 1 to 100"));
    }
    let paging = match (&settings.page_parameter, &settings.next) {
        (Some(_), Some(_)) => {
            return Err(SettingsError::key(
                "next",
                "`next` and `page_parameter` are two ways to the next page; keep one",
            ));
        }
        (Some(parameter), None) => Paging::Counted { parameter: parameter.clone(), first: settings.page_first },
        (None, _) => Paging::Named,
    };
    Ok(Box::new(Json {
        url: settings::web_address("url", &settings.url)?,
        headers: headers(&settings)?,
        mapping: Arc::new(Mapping::compile(&settings.items, settings.next.as_deref(), &settings.fields)?),
        paging,
        pages_max: settings.pages_max as usize,
        covers: settings.covers,
        is_paged: settings.next.is_some() || settings.page_parameter.is_some(),
    }))
}

fn headers(settings: &Settings) -> Result<HeaderMap, SettingsError> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &settings.headers {
        let key = format!("headers.{name}");
        let value = value
            .parse()
            .map_err(|_| SettingsError::key(&key, format!("the value of `{key}` cannot be sent in a header")))?;
        headers.insert(header_name(&key, name)?, value);
    }
    let Some(token) = &settings.token else { return Ok(headers) };
    let (name, text) = match &settings.token_header {
        Some(name) => (header_name("token_header", name)?, token.reveal().trim().to_owned()),
        None => (http::header::AUTHORIZATION, format!("Bearer {}", token.reveal().trim())),
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| SettingsError::key("token", "`token` holds characters that cannot be sent in a header"))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(headers)
}

fn header_name(key: &str, name: &str) -> Result<HeaderName, SettingsError> {
    name.parse()
        .map_err(|_| SettingsError::key(key, format!("`{}` is no name of a header", crate::text::truncate(name, 60))))
}

impl Source for Json {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(self.mapping.read(payload)?.sightings)
    }

    fn addresses(&self) -> Vec<Url> {
        vec![settings::without_secrets(&self.url)]
    }
}

/// What a walk through the pages saw.
#[derive(Default)]
struct Walk {
    sightings: Vec<Sighting>,
    changed: bool,
    unchanged: bool,
    /// Whether the last page was reached.
    ended: bool,
    /// Whether a page named another one in its `Link` header.
    was_linked: bool,
    /// How many sightings the page before held.
    held: usize,
}

impl Json {
    /// Walks through the pages. Where a page names its successor, it is not remembered: if it stayed the same next time,
    /// nobody would know where to go on.
    async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let (mut walk, mut visited) = (Walk::default(), HashSet::new());
        let mut next = Some(self.numbered(0));
        while let Some(url) = next.take() {
            if !visited.insert(url.clone()) || visited.len() > self.pages_max {
                break;
            }
            next = match visit.get(url.clone(), self.headers.clone()).await {
                Ok(Fetched::Unchanged) => {
                    walk.unchanged = true;
                    self.after_unchanged(visit, visited.len(), &mut walk)
                }
                Ok(Fetched::Page(page)) => {
                    let next = self.after_page(*page, visited.len(), &mut walk).await;
                    if next.is_err() || (matches!(next, Ok(Some(_))) && matches!(self.paging, Paging::Named)) {
                        visit.forget(&url);
                    }
                    next?
                }
                // Counting up, some interfaces answer behind the last page that there is none.
                Err(PollError::Status { status: 404, .. }) if visited.len() > 1 && self.is_counted() => {
                    walk.ended = true;
                    None
                }
                Err(error) => return Err(error),
            };
        }
        Ok(Seen { coverage: self.coverage(&walk), sightings: walk.sightings, count_stated: None, reach: None })
    }

    fn after_unchanged(&self, visit: &Visit<'_>, seen: usize, walk: &mut Walk) -> Option<Url> {
        let next = match &self.paging {
            Paging::Counted { .. } => Some(self.numbered(seen)).filter(|next| visit.remembers(next)),
            Paging::Named => None,
        };
        walk.ended = next.is_none();
        next
    }

    async fn after_page(&self, page: Page, seen: usize, walk: &mut Walk) -> Result<Option<Url>, PollError> {
        let mapping = Arc::clone(&self.mapping);
        let (url, headers, body) = (page.url, page.headers, page.body);
        let mut read = off_runtime(move || mapping.read(&body)).await?;
        walk.changed = true;
        let before = &walk.sightings[walk.sightings.len() - walk.held..];
        if self.is_counted() && !before.is_empty() && before == read.sightings {
            // The other side does not count: it sends one page again and again.
            return Ok(None);
        }
        walk.held = read.sightings.len();
        walk.sightings.append(&mut read.sightings);
        let linked = link_next(&headers);
        walk.was_linked |= linked.is_some();
        let next = match &self.paging {
            Paging::Counted { .. } => (walk.held > 0).then(|| self.numbered(seen)),
            Paging::Named => read.next.or(linked).and_then(|next| settings::join(Some(&url), &next)),
        };
        walk.ended = next.is_none();
        // A page elsewhere is not ours to ask with the owner's token; the walk stops short and says so by its coverage.
        Ok(next.filter(|next| settings::is_same_place(&self.url, next)))
    }

    fn is_counted(&self) -> bool {
        matches!(self.paging, Paging::Counted { .. })
    }

    /// The address of the page after `seen` pages.
    fn numbered(&self, seen: usize) -> Url {
        let mut url = self.url.clone();
        if let Paging::Counted { parameter, first } = &self.paging {
            let kept: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(name, _)| name != parameter)
                .map(|(n, v)| (n.into_owned(), v.into_owned()))
                .collect();
            let number = (u64::from(*first) + seen as u64).to_string();
            url.query_pairs_mut().clear().extend_pairs(kept).append_pair(parameter, &number);
        }
        url
    }

    fn coverage(&self, walk: &Walk) -> Coverage {
        // A list that nobody pages through may well be cut short by the other side.
        let covers = self.covers.unwrap_or(if self.is_paged || walk.was_linked { Covers::All } else { Covers::Some });
        match (walk.changed, walk.unchanged, covers) {
            (false, _, _) => Coverage::Unchanged,
            (true, true, _) | (true, false, Covers::Some) => Coverage::Some,
            (true, false, Covers::Newest) => Coverage::Newest,
            (true, false, Covers::All) if walk.ended => Coverage::Complete,
            (true, false, Covers::All) => Coverage::Some,
        }
    }
}

/// The address in `Link: <…>; rel="next"` (RFC 8288).
fn link_next(headers: &HeaderMap) -> Option<String> {
    let links = headers.get_all(http::header::LINK).iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|value| value.split(',')).find_map(|link| {
        let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let rel = parameter.trim().strip_prefix("rel=").map(|rel| rel.trim_matches('"'));
            rel.is_some_and(|rel| rel.split(' ').any(|rel| rel.eq_ignore_ascii_case("next")))
        });
        is_next.then(|| address.to_owned())
    })
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
