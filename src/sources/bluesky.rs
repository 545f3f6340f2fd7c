//! Posts on Bluesky that a search finds, asked as a member: the public search is refused too often to rely on.
//!
//! A post is one by its address (`at://…`). Jetstream, which carries every post of the network, is not read: a small machine would
//! throw nearly all of it away.

use std::time::Duration;

use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Kind, ParseError, PollError, Robots, Source,
    access::{Access, Grant, Question},
    api::{Api, Leaf, Order, Walked, with_query},
    mention::{Mentions, check_searches},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Posts and accounts that are deleted have to be forgotten; a post can hardly be edited.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: false,
    source: "docs.bsky.app (rate limits, timestamps); Bluesky's developer guidelines",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "bluesky",
    about: "posts on Bluesky that a search finds",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(2 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "bluesky"
kind = "bluesky"
handle = "alba.bsky.social"
app_password_file = "/etc/amends/bluesky-app-password"
searches = ["\"Hotel Alba\""]
# Which posts count: any of these names, and none of those.
words = ["Hotel Alba", "alba.bsky.social"]
# not_words = ["Jessica Alba"]
"#;

const ACCESS: &str = "\
You need an account at Bluesky; any will do, your hotel's is best.

1. Sign in at https://bsky.app, open Settings, Privacy and security, App passwords, and make one called \"amends\". It cannot change your
   account's password or delete the account.
2. Put it into the file of `app_password_file`, and your handle into `handle`.
3. If your account lives on a server of its own, give its address as `server`.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Bluesky's search";
/// The most searches of one source.
const SEARCHES_MAX: usize = 10;

/// The settings of a search on Bluesky.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The account that asks.
    handle: String,
    /// An app password of that account.
    app_password: Secret,
    /// The server of the account.
    #[serde(default = "Settings::default_server")]
    server: String,
    /// What to search for; quotes keep words together.
    searches: Vec<String>,
    /// Names and spellings of the business: a post counts if it has one of them. Without any, every post counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a post that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
}

impl Settings {
    fn default_server() -> String {
        "https://bsky.social".to_owned()
    }
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let server = settings::web_address("server", &settings.server)?;
    let bad_server =
        |_| SettingsError::key("server", "`server` is the address of a server such as https://bsky.social");
    check_searches(&settings.searches, SEARCHES_MAX)?;
    let search = server.join("/xrpc/app.bsky.feed.searchPosts").map_err(bad_server)?;
    let asked = |words: &String| with_query(&search, &[("q", words.trim()), ("sort", "latest"), ("limit", "100")]);
    let firsts = settings.searches.iter().map(asked).collect();
    let session = server.join("/xrpc/com.atproto.server.createSession").map_err(bad_server)?;
    let (handle, password) = (settings.handle.trim().trim_start_matches('@').to_owned(), settings.app_password);
    let question = move |_| {
        let who = json!({ "identifier": handle, "password": password.reveal().trim() });
        Ok(Question::json(session.clone(), HeaderMap::new(), &who))
    };
    let grant = Grant::Asked { question: Box::new(question), at: "/accessJwt" };
    let access = Access::granted(HeaderMap::new(), grant);
    let read = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    Ok(Box::new(Walked { api: Api { access, order: Order::Sample, pages_max: 1, explain }, firsts, read }))
}

/// A token that has run out is said with status 400.
fn explain(error: &PollError) -> Option<PollError> {
    match error {
        PollError::Status { status: 400, retry_after, said: Some(said) }
            if said.is(&["ExpiredToken", "InvalidToken"]) =>
        {
            Some(PollError::Status { status: 401, retry_after: *retry_after, said: Some(said.clone()) })
        }
        _ => None,
    }
}

fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let posts = part::wanted(&answer, &["/posts", "/notifications"], (EXPECTED, "posts"))?;
    let stated = posts.is_empty().then_some(0);
    Ok(Leaf { sightings: posts.iter().filter_map(sighting).collect(), next: None, stated })
}

fn sighting(post: &Value) -> Option<Sighting> {
    let uri = part::text(post, "/uri")?;
    let did = part::text(post, "/author/did");
    let key = uri.rsplit('/').next().map(str::to_owned);
    // The time in a post is what its author's program says; the network's own bounds it.
    let posted = [part::posted(post, "/record/createdAt"), part::posted(post, "/indexedAt")];
    Some(Sighting {
        url: did.as_ref().zip(key).map(|(did, key)| format!("https://bsky.app/profile/{did}/post/{key}")),
        id: Some(uri),
        author: part::text(post, "/author/displayName").or_else(|| part::text(post, "/author/handle")),
        author_id: did,
        text: part::text(post, "/record/text"),
        language: part::text(post, "/record/langs/0"),
        posted_at: posted.into_iter().flatten().min_by_key(|posted| posted.at),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Said;

    #[test]
    fn a_post_is_read_with_its_link_and_the_earlier_time() {
        let url: Url = "https://bsky.social/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/bluesky/page.json"), &url).unwrap();
        let post = &leaf.sightings[0];
        assert_eq!(post.url.as_deref(), Some("https://bsky.app/profile/did:plc:abcd/post/3mpabc"));
        assert_eq!(post.posted_at.map(|posted| posted.at), "2026-07-04T14:38:06.240Z".parse().ok());
        assert_eq!(read(br#"{"posts":[]}"#, &url).unwrap().stated, Some(0));
        assert!(read(br#"{"error":"InvalidRequest"}"#, &url).is_err());
    }

    #[test]
    fn a_token_that_has_run_out_is_renewed() {
        let said = Said { code: Some("ExpiredToken".to_owned()), words: None };
        let error = PollError::Status { status: 400, retry_after: None, said: Some(said) };
        assert!(matches!(explain(&error), Some(PollError::Status { status: 401, .. })));
        assert_eq!(explain(&PollError::Blocked), None);
    }
}
