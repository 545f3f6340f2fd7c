//! Posts and comments that a search on a Lemmy server finds.
//!
//! Servers of version 0.19 and of version 1 name things differently; answers of both are read, questions are put as version 0.19 does
//! (its exact shape is unverified). A post is one by its address in the federation.

use std::time::Duration;

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, PollError, Robots, Source,
    access::Access,
    api::{Api, Leaf, Order, Walked, with_query},
    mention::{Mentions, check_searches},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    terms::{AskRule, Retention, Terms},
};

/// What its author deletes has to be forgotten.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "join-lemmy.org/docs (interface); the rules of each server bind too",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "lemmy",
    about: "posts and comments on Lemmy that a search finds",
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
name = "lemmy"
kind = "lemmy"
server = "https://lemmy.world"
searches = ["Hotel Alba"]
# Which posts count: any of these names, and none of those.
words = ["Hotel Alba"]
# not_words = ["Jessica Alba"]
"#;

const ACCESS: &str = "\
No account is needed on most servers.

1. Choose a server that knows many communities, such as https://lemmy.world, or that of your own town, and give it as `server`.
2. Give as `searches` what people call you, as `words` the spellings that must stand in a post, and as `not_words` those that mean
   somebody else.

A server searches what it knows: a second source with another server hears more; the same post counts once in each.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Lemmy's search";
/// The most searches of one source.
const SEARCHES_MAX: usize = 10;

/// The settings of a search.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The server's address.
    server: String,
    /// What to search for.
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
    let server = settings::web_address("server", &settings.server)?;
    check_searches(&settings.searches, SEARCHES_MAX)?;
    let search = server.join("/api/v3/search?type_=All&sort=New&listing_type=All&limit=50");
    let search =
        search.map_err(|_| SettingsError::key("server", "`server` is an address such as https://lemmy.world"))?;
    let firsts = settings.searches.iter().map(|words| with_query(&search, &[("q", words.trim())])).collect();
    let api = Api { access: Access::open(), order: Order::Sample, pages_max: 1, explain };
    let read = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    Ok(Box::new(Walked { api, firsts, read }))
}

/// The limit of requests is said by a code, with status 400 or 429.
fn explain(error: &PollError) -> Option<PollError> {
    match error {
        PollError::Status { retry_after, said: Some(said), .. } if said.is(&["rate_limit_error", "rate_limit"]) => {
            Some(PollError::OverQuota { retry_after: *retry_after })
        }
        _ => None,
    }
}

fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let (posts, comments) = (part::list(&answer, &["/posts"]), part::list(&answer, &["/comments"]));
    if posts.is_none() && comments.is_none() {
        return Err(part::unlike(EXPECTED, "it is JSON without posts in it"));
    }
    let of = |views: Option<&[Value]>, what: &str| -> Vec<Sighting> {
        views.unwrap_or_default().iter().filter_map(|view| sighting(view, what)).collect()
    };
    let sightings = [of(posts, "post"), of(comments, "comment")].concat();
    let stated = sightings.is_empty().then_some(0);
    Ok(Leaf { sightings, next: None, stated })
}

fn sighting(view: &Value, what: &str) -> Option<Sighting> {
    let one = view.get(what)?;
    if part::is_true(one, "/removed") {
        return None;
    }
    let address = part::text(one, "/ap_id")?;
    Some(Sighting {
        url: Some(address.clone()),
        id: Some(address),
        author: part::text(view, "/creator/display_name").or_else(|| part::text(view, "/creator/name")),
        author_id: part::text(view, "/creator/actor_id").or_else(|| part::text(view, "/creator/ap_id")),
        title: part::text(one, "/name"),
        text: part::text(one, "/body").or_else(|| part::text(one, "/content")),
        posted_at: part::posted(one, "/published").or_else(|| part::posted(one, "/published_at")),
        edited_at: part::instant(one, "/updated").or_else(|| part::instant(one, "/updated_at")),
        withdrawn: part::is_true(one, "/deleted"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Said;

    #[test]
    fn both_versions_names_are_read() {
        let url: Url = "https://lemmy.world/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/lemmy/page.json"), &url).unwrap();
        let [post, comment] = &leaf.sightings[..] else { panic!("{leaf:?}") };
        assert_eq!((post.title.as_deref(), post.withdrawn), (Some("Cold shower"), false));
        assert_eq!(comment.edited_at, "2026-07-02T11:00:00Z".parse().ok());
        assert_eq!(read(br#"{"posts":[],"comments":[]}"#, &url).unwrap().stated, Some(0));
        assert!(read(br#"{"error":"unknown"}"#, &url).is_err());
    }

    #[test]
    fn the_limit_is_known_by_its_code() {
        let said = Said { code: Some("rate_limit_error".to_owned()), words: None };
        let error = PollError::Status { status: 400, retry_after: None, said: Some(said) };
        assert_eq!(explain(&error), Some(PollError::OverQuota { retry_after: None }));
        assert_eq!(explain(&PollError::Blocked), None);
    }
}
