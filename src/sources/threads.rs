//! Posts on Threads that a search finds, and answers and mentions by its webhook.
//!
//! Before Meta's approval the search finds only one's own posts. The shape of the webhook is from Meta's own page.

use std::time::Duration;

use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source, Taken,
    access::{self, Access, Grant},
    api::{Api, Leaf, Order, Walked, with_query},
    mention::{Mentions, check_searches},
    meta, part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Meta's terms: deletions have to be honoured.
pub const TERMS: Terms = Terms {
    retention: Retention::For(Duration::from_secs(30 * 86_400)),
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "developers.facebook.com/documentation/threads (keyword search, webhooks); Meta Platform Terms",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "threads",
    about: "posts on Threads that speak of you",
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
name = "threads"
kind = "threads"
searches = ["Hotel Alba"]
token_file = "/etc/amends/threads-token"
# Which posts count: any of these names, and none of those.
words = ["Hotel Alba"]
# not_words = ["Jessica Alba"]
# To hear of answers and mentions at once, by webhook:
# app_secret_file = "/etc/amends/threads-app-secret"
# verify_token_file = "/etc/amends/threads-verify-token"
"#;

const ACCESS: &str = "\
1. At https://developers.facebook.com make an app with the use case \"Access the Threads API\", and ask for the permissions threads_basic,
   threads_keyword_search and threads_manage_mentions. Until Meta has approved them, the search finds only your own posts.
2. Make a long-lived token and put it into the file of `token_file`. It is good for 60 days, and amends
   exchanges it for a fresh one every week; the new one is kept encrypted with yours. When it says \"reconnect\", make another.
3. For the webhook give the app the address that `amends check` shows for this source (it needs `base_url` in [web]) and a verify token of
   your own choice, which also goes into the file of `verify_token_file`; the app's secret goes into the file of `app_secret_file`.

2,200 searches that find something are allowed in 24 hours.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Threads";
/// The most searches of one source.
const SEARCHES_MAX: usize = 5;
const FIELDS: &str = "id,text,media_type,permalink,timestamp,username,is_quote_post,is_reply";

/// The settings of a search.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What to search for.
    searches: Vec<String>,
    /// The long-lived token.
    token: Secret,
    /// Names and spellings of the business: a post counts if it has one of them. Without any, every post counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a post that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
    /// The app's secret, by which webhooks are signed.
    #[serde(default)]
    app_secret: Option<Secret>,
    /// The verify token given to Meta for the webhook.
    #[serde(default)]
    verify_token: Option<Secret>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    check_searches(&settings.searches, SEARCHES_MAX)?;
    let hook = meta::Hook::of(settings.app_secret, settings.verify_token)?;
    let search: Url =
        "https://graph.threads.net/v1.0/keyword_search?search_type=RECENT&limit=100".parse().expect("an address");
    let search = with_query(&search, &[("fields", FIELDS)]);
    let firsts = settings.searches.iter().map(|words| with_query(&search, &[("q", words.trim())])).collect();
    access::bearer("token", &settings.token)?;
    let at = "https://graph.threads.net/refresh_access_token?grant_type=th_refresh_token".parse().expect("an address");
    let access = Access::granted(HeaderMap::new(), Grant::Exchanged { first: settings.token, at });
    let api = Api { access, order: Order::Sample, pages_max: 1, explain: meta::explain };
    let found = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    let walked = Walked { api, firsts, read: found };
    // Who answers or mentions speaks to the business, whatever words stand in it.
    Ok(Box::new(walked.pushed(move |push| {
        meta::taken(hook.as_ref(), push, |body| {
            Ok(Taken { sightings: read(body, push.url)?.sightings, ..Taken::default() })
        })
    })))
}

/// Reads posts that a search found, or a webhook's call, which has an envelope of its own.
fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if let Some(values) = answer.get("values") {
        let heard = matches!(part::text(values, "/field").as_deref(), Some("replies" | "mentions"));
        let post = values.get("value").filter(|_| heard).and_then(sighting);
        return Ok(Leaf { sightings: post.into_iter().collect(), ..Leaf::default() });
    }
    let posts = part::wanted(&answer, &["/data"], (EXPECTED, "posts"))?;
    let stated = posts.is_empty().then_some(0);
    Ok(Leaf { sightings: posts.iter().filter_map(sighting).collect(), next: None, stated })
}

fn sighting(post: &Value) -> Option<Sighting> {
    let author = part::text(post, "/username");
    Some(Sighting {
        id: Some(part::text(post, "/id")?),
        author_id: author.clone(),
        author,
        text: part::text(post, "/text"),
        posted_at: part::posted(post, "/timestamp"),
        url: part::text(post, "/permalink"),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_and_calls_are_read() {
        let url: Url = "https://graph.threads.net/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/threads/page.json"), &url).unwrap();
        assert_eq!(leaf.sightings[0].author.as_deref(), Some("mira.k"));
        let call = |field: &str| {
            let call = format!(
                r#"{{"app_id":"1","topic":"moderate","values":{{"value":{{"id":"7","username":"ann","text":"Cold","timestamp":"2024-08-07T10:33:16+0000"}},"field":"{field}"}}}}"#
            );
            read(call.as_bytes(), &url).unwrap().sightings.len()
        };
        assert_eq!((call("replies"), call("mentions"), call("publish")), (1, 1, 0));
        assert_eq!(read(br#"{"data":[]}"#, &url).unwrap().stated, Some(0));
        assert!(read(br#"{"error":{"code":190}}"#, &url).is_err());
    }
}
