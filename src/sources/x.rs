//! Posts on X of the last seven days that a search finds.
//!
//! Every post that is read costs money, so only what is new is asked for, and authors' names are not: they would cost twice as much
//! as the posts. Both spellings of X's fields are read; questions use the one of its guides.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, as_the_status_says, with_query},
    mention::Mentions,
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// What changes or is deleted on X has to follow here within 24 hours; looking again costs, so words are kept a day.
pub const TERMS: Terms = Terms {
    retention: Retention::For(Duration::from_secs(24 * 3600)),
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "docs.x.com (search, pricing, post cap); X's developer policy",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "x",
    about: "posts on X that speak of you; each post read costs",
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
name = "x"
kind = "x"
query = "(\"Hotel Alba\" OR @hotelalba) -from:hotelalba"
bearer_token_file = "/etc/amends/x-token"
# Which posts count; without words all do that the query finds.
# words = ["Hotel Alba"]
# not_words = ["Jessica Alba"]
"#;

const ACCESS: &str = "\
1. At https://console.x.com make an app and buy credits. In August 2026 a post that is read cost 0.005 USD; set a limit of spending there.
2. Put the app's Bearer token into the file of `bearer_token_file`.
3. `query` says what to search for, up to 512 characters: words, \"words together\", @name, -from:you, lang:de, OR.

amends asks every quarter of an hour at most, for what is new alone, and the first time for ten posts. Your name there is best left out
of the query by -from:, or you pay for your own posts.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of X's search";
/// The most pages of one walk: 200 posts, a dollar.
const PAGES_MAX: usize = 2;
/// How far a search goes back behind the newest post that was seen.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// A search reaches back seven days; a little less is asked for.
const REACH: SignedDuration = SignedDuration::from_hours(7 * 24 - 1);
const FIELDS: &str = "created_at,author_id,lang,referenced_tweets,edit_history_tweet_ids";

/// The settings of a search.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What to search for, in X's own language of queries.
    query: String,
    /// The app's token.
    bearer_token: Secret,
    /// Names and spellings of the business: a post counts if it has one of them. Without any, every post counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a post that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let query = settings.query.trim();
    if query.is_empty() || query.chars().count() > 512 {
        return Err(SettingsError::key("query", "`query` says what to search for, in at most 512 characters"));
    }
    let first: Url = "https://api.x.com/2/tweets/search/recent?max_results=10".parse().expect("an address");
    let first = with_query(&first, &[("query", query), ("tweet.fields", FIELDS)]);
    let access = Access::fixed(access::bearer("bearer_token", &settings.bearer_token)?);
    let api = Api { access, order: Order::Lately(REACH), pages_max: PAGES_MAX, explain: as_the_status_says };
    let read = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    Ok(Box::new(Walked { api, firsts: vec![first], read }.narrowed(OVERLAP, since)))
}

/// The address of the posts since a time, as far back as X looks.
fn since(first: &Url, at: Timestamp, now: Timestamp) -> Url {
    let oldest = now.saturating_sub(REACH).unwrap_or(Timestamp::MIN);
    let start = at.max(oldest).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    with_query(first, &[("start_time", &start), ("max_results", "100")])
}

/// Reads a page; without posts it has only its `meta`.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let posts = match part::list(&answer, &["/data"]) {
        Some(posts) => posts,
        None if part::count(&answer, "/meta/result_count") == Some(0) => &[],
        None => return Err(part::unlike(EXPECTED, "it is JSON without posts in it")),
    };
    // The first walk takes ten posts, whatever there is.
    let narrowed = url.query_pairs().any(|(name, _)| name == "start_time");
    let next = part::text(&answer, "/meta/next_token").filter(|_| narrowed);
    let next = next.map(|token| with_query(url, &[("next_token", &token)]));
    let users = part::list(&answer, &["/includes/users"]).unwrap_or_default();
    let stated = posts.is_empty().then_some(0);
    Ok(Leaf { sightings: posts.iter().filter_map(|post| sighting(post, users)).collect(), next, stated })
}

fn sighting(post: &Value, users: &[Value]) -> Option<Sighting> {
    let related = part::list(post, &["/referenced_tweets", "/referenced_posts"]).unwrap_or_default();
    if related.iter().any(|one| part::text(one, "/type").is_some_and(|kind| kind == "retweeted" || kind == "reposted"))
    {
        return None;
    }
    let id = part::text(post, "/id")?;
    // An edit is a new post; the oldest of them is the one that was written.
    let first = part::text(post, "/edit_history_tweet_ids/0").or_else(|| part::text(post, "/edit_history_post_ids/0"));
    let author = part::text(post, "/author_id");
    let user = users.iter().find(|user| author.is_some() && part::text(user, "/id") == author);
    Some(Sighting {
        url: Some(format!("https://x.com/i/status/{id}")),
        id: Some(first.unwrap_or(id)),
        author: user.and_then(|user| part::text(user, "/name").or_else(|| part::text(user, "/username"))),
        author_id: author,
        text: part::text(post, "/text"),
        language: part::text(post, "/lang").filter(|lang| lang != "und"),
        posted_at: part::posted(post, "/created_at"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reposts_are_left_out_and_an_edit_is_the_post_it_was() {
        let url: Url = "https://api.x.com/2/tweets/search/recent?start_time=x".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/x/page.json"), &url).unwrap();
        let ids: Vec<_> = leaf.sightings.iter().filter_map(|one| one.id.as_deref()).collect();
        assert_eq!(ids, ["2051234567890123456", "2051234567890123400"]);
        assert!(leaf.next.unwrap().as_str().contains("next_token=b26v"));
        assert_eq!(read(br#"{"meta":{"result_count":0}}"#, &url).unwrap().stated, Some(0));
        assert!(read(br#"{"errors":[{"title":"Invalid Request"}]}"#, &url).is_err());
    }
}
