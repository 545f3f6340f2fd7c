//! Stories and comments on Hacker News that a search finds, by Algolia's index.
//!
//! Neither edits nor deletions are told reliably.

use std::time::Duration;

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::Access,
    api::{Api, Leaf, Order, Walked, as_the_status_says, with_query},
    mention::{Mentions, check_searches},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    terms::{AskRule, Retention, Terms},
};

/// A public index without a key; what is kept follows the owner's own rule.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "hn.algolia.com/api; news.ycombinator.com/newsguidelines.html",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "hacker-news",
    about: "stories and comments on Hacker News that speak of you",
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
name = "hacker news"
kind = "hacker-news"
searches = ["\"Alba App\""]
# Which posts count: any of these names, and none of those.
words = ["Alba App"]
# not_words = ["Jessica Alba"]
"#;

const ACCESS: &str = "\
Nothing is needed: the index is open to all, within 10,000 requests an hour from one address.

1. Give as `searches` what people call you; quotes keep words together.
2. Give as `words` the spellings that must stand in a post, and as `not_words` those that mean somebody else.

Answer there, if at all, as yourself and once: that site does not like promotion.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Hacker News' search";
/// The most searches of one source.
const SEARCHES_MAX: usize = 10;

/// The settings of a search.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What to search for; quotes keep words together.
    searches: Vec<String>,
    /// Names and spellings of the business: a post counts if it has one of them. Without any, every post counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a post that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    check_searches(&settings.searches, SEARCHES_MAX)?;
    let search: Url = "https://hn.algolia.com/api/v1/search_by_date?tags=(story,comment)&hitsPerPage=100"
        .parse()
        .expect("an address");
    let firsts = settings.searches.iter().map(|words| with_query(&search, &[("query", words.trim())])).collect();
    let api = Api { access: Access::open(), order: Order::Sample, pages_max: 1, explain: as_the_status_says };
    let read = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    Ok(Box::new(Walked { api, firsts, read }))
}

fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let hits = part::wanted(&answer, &["/hits"], (EXPECTED, "posts"))?;
    let stated = hits.is_empty().then_some(0);
    Ok(Leaf { sightings: hits.iter().filter_map(sighting).collect(), next: None, stated })
}

fn sighting(hit: &Value) -> Option<Sighting> {
    let id = part::text(hit, "/objectID")?;
    let author = part::text(hit, "/author");
    Some(Sighting {
        author_id: author.clone(),
        author,
        title: part::text(hit, "/title"),
        text: part::from_html(hit, "/comment_text").or_else(|| part::from_html(hit, "/story_text")),
        posted_at: part::posted(hit, "/created_at"),
        url: Some(format!("https://news.ycombinator.com/item?id={id}")),
        id: Some(id),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_stories_are_read_without_their_markup() {
        let url: Url = "https://hn.algolia.com/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/hacker-news/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings[0].text.as_deref(), Some("Hotel Alpenblick lost my notes & nobody answers."));
        assert_eq!(leaf.sightings[1].title.as_deref(), Some("Show HN: Hotel Alpenblick"));
        assert_eq!(read(br#"{"hits":[],"nbHits":0}"#, &url).unwrap().stated, Some(0));
        assert!(read(br#"{"status":400,"message":"no"}"#, &url).is_err());
    }
}
