//! Posts on Bluesky that a search finds, asked as a member: the public search is refused too often to rely on.
//!
//! A post is one by its address (`at://…`). Jetstream, which carries every post of the network, is listened to only if the owner wishes:
//! nearly all of it is thrown away. What was deleted is found missing by the next looks.

use std::time::Duration;

use futures_util::{future::BoxFuture, stream::BoxStream};
use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Kind, ParseError, PollError, Robots, Seen, Source, Visit,
    access::{Access, Grant, Question},
    api::{Api, Leaf, Order, Walked, with_query},
    heard,
    mention::{Mentions, check_searches},
    part, settings,
};
use crate::{
    config::SettingsError,
    http::{Http, Purpose, Request},
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
# Hears of posts within seconds, but takes in every post of the network for it: some gigabytes a day.
# listen = true
"#;

const ACCESS: &str = "\
You need an account at Bluesky; any will do, your hotel's is best.

1. Sign in at https://bsky.app, open Settings, Privacy and security, App passwords, and make one called \"amends\". It cannot change your
   account's password or delete the account.
2. Put it into the file of `app_password_file`, and your handle into `handle`.
3. If your account lives on a server of its own, give its address as `server`.
4. A search finds a post within minutes. To hear of it within seconds, set `listen = true`; it needs no account, but a line that takes in
   every post of the network, some gigabytes a day.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Bluesky's search";
/// The collection of posts.
const POSTS: &str = "app.bsky.feed.post";
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
    /// Whether to listen to all posts of the network as well; needs `words`.
    #[serde(default)]
    listen: bool,
    /// The server that carries them.
    #[serde(default = "Settings::default_jetstream")]
    jetstream: String,
}

impl Settings {
    fn default_server() -> String {
        "https://bsky.social".to_owned()
    }

    fn default_jetstream() -> String {
        "https://jetstream2.us-east.bsky.network".to_owned()
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
    let mentions = || Mentions::new(&settings.words, &settings.not_words);
    let walked = Walked {
        api: Api { access, order: Order::Sample, pages_max: 1, explain },
        firsts,
        read: mentions()?.only(read),
    };
    if !settings.listen {
        return Ok(Box::new(walked));
    }
    if settings.words.is_empty() {
        let said = "`listen` hears everybody, so `words` must say which posts count";
        return Err(SettingsError::key("words", said));
    }
    let stream = settings::web_address("jetstream", &settings.jetstream)?.join("/subscribe").map_err(bad_server)?;
    let stream = with_query(&stream, &[("wantedCollections", POSTS)]);
    Ok(Box::new(Listening { walked, stream, mentions: mentions()? }))
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

/// A search, and every post of the network as it is written.
struct Listening {
    walked: Walked,
    stream: Url,
    mentions: Mentions,
}

impl Source for Listening {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        self.walked.poll(visit)
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        self.walked.parse(payload, url)
    }

    fn hears<'a>(&'a self, http: &'a dyn Http) -> Option<BoxStream<'a, Vec<Sighting>>> {
        let request = Request::get(self.stream.clone(), Purpose::Fetch).as_socket();
        Some(heard::hear(http, vec![request], |_, message| {
            written(message).into_iter().filter(|post| self.mentions.are_in(post)).collect()
        }))
    }

    fn addresses(&self) -> Vec<Url> {
        self.walked.addresses()
    }
}

/// A post that was just written, from a message of Jetstream.
fn written(message: &[u8]) -> Option<Sighting> {
    let message: Value = serde_json::from_slice(message).ok()?;
    let is_post = message.pointer("/commit/collection")?.as_str()? == POSTS;
    let is_there = matches!(message.pointer("/commit/operation")?.as_str()?, "create" | "update");
    if !is_post || !is_there {
        return None;
    }
    let (did, key) = (part::text(&message, "/did")?, part::text(&message, "/commit/rkey")?);
    Some(Sighting {
        id: Some(format!("at://{did}/{POSTS}/{key}")),
        url: Some(format!("https://bsky.app/profile/{did}/post/{key}")),
        author_id: Some(did),
        text: part::text(&message, "/commit/record/text"),
        language: part::text(&message, "/commit/record/langs/0"),
        posted_at: part::posted(&message, "/commit/record/createdAt"),
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
    fn a_post_that_is_heard_is_the_one_that_a_search_finds() {
        let message = r#"{"did":"did:plc:abcd","time_us":1783175888090631,"kind":"commit","commit":{"rev":"3m","operation":"create",
            "collection":"app.bsky.feed.post","rkey":"3mpabc","record":{"$type":"app.bsky.feed.post","text":"Cold soup","langs":["en"],
            "createdAt":"2026-07-04T14:38:06.240Z"},"cid":"bafy"}}"#;
        let heard = written(message.as_bytes()).unwrap();
        let url: Url = "https://bsky.social/".parse().unwrap();
        let found = &read(include_bytes!("../../tests/fixtures/bluesky/page.json"), &url).unwrap().sightings[0];
        assert_eq!((&heard.id, &heard.url, &heard.author_id), (&found.id, &found.url, &found.author_id));
        for other in [
            message.replace("create\"", "delete\""),
            message.replace("feed.post\",\"rkey", "feed.like\",\"rkey"),
            r#"{"did":"did:plc:x","time_us":1,"kind":"account","account":{"did":"did:plc:x","active":false}}"#
                .to_owned(),
            "{".to_owned(),
            String::new(),
        ] {
            assert_eq!(written(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn a_token_that_has_run_out_is_renewed() {
        let said = Said { code: Some("ExpiredToken".to_owned()), words: None };
        let error = PollError::Status { status: 400, retry_after: None, said: Some(said) };
        assert!(matches!(explain(&error), Some(PollError::Status { status: 401, .. })));
        assert_eq!(explain(&PollError::Blocked), None);
    }
}
