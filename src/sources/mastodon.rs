//! Posts on Mastodon and servers with its interface: by tag, by search, and mentions of the business's own account.
//!
//! A post is one by its `uri`, on whatever server it is seen. Tags can be read without a token on most servers; searching words
//! and reading mentions needs one. With a token, tags and mentions are also heard as they are written, by the server's streams.

use std::{sync::Arc, time::Duration};

use futures_util::{future::BoxFuture, stream::BoxStream};
use http::HeaderMap;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, PollError, Robots, Seen, Source, Visit,
    access::{self, Access},
    api::{Api, Leaf, Order, as_the_status_says, merged, with_query},
    heard,
    mention::Mentions,
    part, payload, settings,
};
use crate::{
    config::SettingsError,
    http::{Http, Purpose, Request},
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// What a payload has to be.
const EXPECTED: &str = "an answer of Mastodon's interface";
/// The most tags and searches of one source.
const ASKED_MAX: usize = 10;

/// Each server has its own rules; a post is public and can be edited, and its deletion has to be honoured.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "the rules of each server; docs.joinmastodon.org/api (rate limits, guidelines)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "mastodon",
    about: "posts on Mastodon by tag or search, and mentions of your account",
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
name = "mastodon"
kind = "mastodon"
server = "https://mastodon.social"
tags = ["hotelalba"]
# With a token of your own account: tags are heard at once; also words that are searched for, and posts that mention you.
# searches = ["Hotel Alba"]
# mentions = true
# token_file = "/etc/amends/mastodon-token"
# Which posts count: any of these names, and none of those.
words = ["Hotel Alba", "hotelalba"]
# not_words = ["Jessica Alba"]
"#;

const ACCESS: &str = "\
For tags you need nothing but the address of a server; a large one sees most of the network.

For searches and mentions, and to hear of posts within seconds, you need an account on that server:
1. Sign in there and open Preferences, Development, New application.
2. Leave only read:search, read:statuses and read:notifications switched on, and submit.
3. Open the application and put \"Your access token\" into the file of `token_file`.

Searching words finds something only where the server's owner has set up full-text search, and only posts of people who allow it.";

/// The settings of a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The server's address.
    server: String,
    /// Tags to read, without the #.
    #[serde(default)]
    tags: Vec<String>,
    /// Words to search for; needs `token`.
    #[serde(default)]
    searches: Vec<String>,
    /// Whether to read posts that mention your account; needs `token`.
    #[serde(default)]
    mentions: bool,
    /// A token of your account; with it, new posts are heard at once.
    #[serde(default)]
    token: Option<Secret>,
    /// Where the server streams, if that is another address.
    #[serde(default)]
    streaming: Option<String>,
    /// Names and spellings of the business: a post counts if it has one of them. Without any, every post counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a post that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
}

struct Mastodon {
    api: Api,
    asked: Vec<Url>,
    /// Streams, with the token that they need.
    heard: Vec<Request>,
    mentions: Arc<Mentions>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let server = settings::web_address("server", &settings.server)?;
    let needs_token = !settings.searches.is_empty() || settings.mentions;
    if needs_token && settings.token.is_none() {
        return Err(SettingsError::key(
            "token",
            "`searches` and `mentions` need a `token`; see `amends help mastodon`",
        ));
    }
    let asked = asked(&server, &settings)?;
    if asked.is_empty() || asked.len() > ASKED_MAX {
        return Err(SettingsError::key("tags", "name one to ten `tags` or `searches`, or set `mentions = true`"));
    }
    let headers = settings.token.as_ref().map(|token| access::bearer("token", token)).transpose()?;
    let heard = headers.as_ref().map(|headers| streams(&server, &settings, headers)).transpose()?.unwrap_or_default();
    let access = Access::fixed(headers.unwrap_or_else(HeaderMap::new));
    let api = Api { access, order: Order::Sample, pages_max: 1, explain: as_the_status_says };
    let mentions = Arc::new(Mentions::new(&settings.words, &settings.not_words)?);
    Ok(Box::new(Mastodon { api, asked, heard, mentions }))
}

fn asked(server: &Url, settings: &Settings) -> Result<Vec<Url>, SettingsError> {
    let join = |path: &str| server.join(path).map_err(|_| SettingsError::key("server", "`server` takes no paths"));
    let mut asked = Vec::new();
    for tag in &settings.tags {
        let tag = tag.trim().trim_start_matches('#');
        if tag.is_empty() || !tag.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(SettingsError::key("tags", "a tag is one word of letters and digits, such as \"hotelalba\""));
        }
        asked.push(join(&format!("/api/v1/timelines/tag/{tag}?limit=40"))?);
    }
    for words in &settings.searches {
        let search = join("/api/v2/search?type=statuses&limit=40")?;
        asked.push(with_query(&search, &[("q", words.trim())]));
    }
    if settings.mentions {
        asked.push(join("/api/v1/notifications?types[]=mention&limit=40")?);
    }
    Ok(asked)
}

/// The streams of what is asked for, as far as there are any: none of a search.
fn streams(server: &Url, settings: &Settings, headers: &HeaderMap) -> Result<Vec<Request>, SettingsError> {
    let base = settings.streaming.as_deref().map(|address| settings::web_address("streaming", address)).transpose()?;
    let base = base.as_ref().unwrap_or(server);
    let at = |path: &str| base.join(path).map_err(|_| SettingsError::key("streaming", "`streaming` takes no paths"));
    let mut urls = Vec::new();
    for tag in &settings.tags {
        urls.push(with_query(&at("/api/v1/streaming/hashtag")?, &[("tag", tag.trim().trim_start_matches('#'))]));
    }
    if settings.mentions {
        urls.push(at("/api/v1/streaming/user/notification")?);
    }
    let asked = urls.into_iter().map(|url| Request { headers: headers.clone(), ..Request::get(url, Purpose::Fetch) });
    Ok(asked.collect())
}

impl Mastodon {
    /// One event of a stream. What was deleted is found missing by the next looks.
    fn event(&self, name: &str, data: &[u8]) -> Vec<Sighting> {
        if !matches!(name, "update" | "status.update" | "notification") {
            return Vec::new();
        }
        let Ok(event) = payload::json(data, EXPECTED) else { return Vec::new() };
        let to_us = part::text(&event, "/type").is_some_and(|kind| kind == "mention");
        let post = sighting(event.get("status").unwrap_or(&event));
        post.into_iter().filter(|post| to_us || (name != "notification" && self.mentions.are_in(post))).collect()
    }

    async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let mut walks = Vec::with_capacity(self.asked.len());
        for url in &self.asked {
            let mentions = Arc::clone(&self.mentions);
            // Whoever mentions the account speaks of the business, whatever the words.
            let to_us = url.path().ends_with("/notifications");
            let read =
                move |bytes: &[u8], _: &Url| read(bytes).map(|leaf| if to_us { leaf } else { mentions.keep(leaf) });
            walks.push(self.api.walk(visit, url.clone(), Arc::new(read)).await?);
        }
        Ok(merged(walks))
    }
}

impl Source for Mastodon {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(read(payload)?.sightings)
    }

    fn hears<'a>(&'a self, http: &'a dyn Http) -> Option<BoxStream<'a, Vec<Sighting>>> {
        Some(heard::hear(http, self.heard.clone(), |name, data| self.event(name, data)))
    }

    fn again(&self, page: &Url) -> Option<Url> {
        let (author, number) = page.path().trim_start_matches('/').split_once('/')?;
        let is_post = author.starts_with('@') && number.bytes().all(|byte| byte.is_ascii_digit());
        is_post.then(|| page.join(&format!("/api/v1/statuses/{number}")).ok())?
    }

    fn addresses(&self) -> Vec<Url> {
        self.asked.iter().map(settings::without_secrets).collect()
    }
}

/// Reads a timeline, a search, notifications, or one post. Nothing found is an answer here: a tag may rest for weeks.
fn read(bytes: &[u8]) -> Result<Leaf, ParseError> {
    let answer = payload::json(bytes, EXPECTED)?;
    let one = std::slice::from_ref(&answer);
    let posts = match &answer {
        Value::Array(posts) => posts.as_slice(),
        Value::Object(object) if object.contains_key("statuses") => {
            part::wanted(&answer, &["/statuses"], (EXPECTED, "posts"))?
        }
        Value::Object(object) if object.contains_key("uri") && object.contains_key("content") => one,
        _ => return Err(part::unlike(EXPECTED, "it is JSON without posts in it")),
    };
    let sightings: Vec<Sighting> =
        posts.iter().filter_map(|post| sighting(post.get("status").unwrap_or(post))).collect();
    if sightings.is_empty()
        && posts.iter().any(|post| post.get("reblog").is_none_or(Value::is_null) && post.get("type").is_none())
    {
        return Err(part::unlike(EXPECTED, "it is a list, but not of posts"));
    }
    let stated = posts.is_empty().then_some(0);
    Ok(Leaf { sightings, next: None, stated })
}

/// One post; a repost is none, its inner post counts where it stands itself.
fn sighting(post: &Value) -> Option<Sighting> {
    if post.get("reblog").is_some_and(|inner| !inner.is_null()) {
        return None;
    }
    let warning = part::text(post, "/spoiler_text");
    Some(Sighting {
        id: Some(part::text(post, "/uri")?),
        author: part::text(post, "/account/display_name").or_else(|| part::text(post, "/account/acct")),
        author_id: part::text(post, "/account/url").or_else(|| part::text(post, "/account/acct")),
        title: warning,
        text: part::from_html(post, "/content"),
        language: part::text(post, "/language"),
        posted_at: part::posted(post, "/created_at"),
        edited_at: part::instant(post, "/edited_at"),
        url: part::text(post, "/url").or_else(|| part::text(post, "/uri")),
        private: matches!(part::text(post, "/visibility").as_deref(), Some("private" | "direct")),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &[u8] = include_bytes!("../../tests/fixtures/mastodon/page.json");

    #[test]
    fn a_post_is_read_without_its_markup_and_by_its_uri() {
        let leaf = read(PAGE).unwrap();
        let [soup, _] = &leaf.sightings[..] else { panic!("{leaf:?}") };
        assert_eq!(soup.id.as_deref(), Some("https://ex.example/users/ann/statuses/117020593741189701"));
        assert_eq!(soup.text.as_deref(), Some("Two hours for a cold soup at #HotelAlba"));
        assert_eq!((soup.language.as_deref(), soup.private), (Some("en"), false));
    }

    #[test]
    fn a_post_of_this_server_is_read_again_by_its_number() {
        let source = build(toml::toml! {
            server = "https://a.example"
            tags = ["alba"]
            words = ["Alba"]
        })
        .unwrap();
        let again = |page: &str| source.again(&page.parse().unwrap()).map(String::from);
        assert_eq!(again("https://a.example/@ann/117").as_deref(), Some("https://a.example/api/v1/statuses/117"));
        assert_eq!(again("https://a.example/@ann"), None);
        assert_eq!(again("https://a.example/about/117"), None);
    }

    #[test]
    fn a_notification_is_its_post_and_what_is_direct_is_private() {
        let direct = br#"[{"id":"1","type":"mention","status":{"uri":"https://a.example/1","content":"<p>Cold</p>","visibility":"direct","account":{"acct":"ann"}}}]"#;
        let leaf = read(direct).unwrap();
        assert!(leaf.sightings[0].private);
    }

    #[test]
    fn an_event_is_a_post_that_speaks_of_us() {
        let settings = r#"server = "https://a.example"
            tags = ["alba"]
            token = "t"
            words = ["Hotel Alba"]"#;
        let settings: Settings = toml::from_str(settings).unwrap();
        let headers = access::bearer("token", settings.token.as_ref().unwrap()).unwrap();
        let server: Url = "https://a.example".parse().unwrap();
        let heard = streams(&server, &settings, &headers).unwrap();
        let urls: Vec<&str> = heard.iter().map(|request| request.url.as_str()).collect();
        assert_eq!(urls, ["https://a.example/api/v1/streaming/hashtag?tag=alba"]);
        let mentions = Arc::new(Mentions::new(&settings.words, &[]).unwrap());
        let api =
            Api { access: Access::fixed(headers), order: Order::Sample, pages_max: 1, explain: as_the_status_says };
        let mastodon = Mastodon { api, asked: Vec::new(), heard, mentions };
        let post =
            r#"{"uri":"https://a.example/1","content":"<p>Cold soup at Hotel Alba</p>","account":{"acct":"ann"}}"#;
        assert_eq!(mastodon.event("update", post.as_bytes()).len(), 1);
        assert_eq!(mastodon.event("update", post.replace("Hotel Alba", "Jessica").as_bytes()), []);
        let mention = format!(r#"{{"id":"1","type":"mention","status":{}}}"#, post.replace("Hotel Alba", "your house"));
        assert_eq!(mastodon.event("notification", mention.as_bytes()).len(), 1);
        let liked = mention.replace("mention", "favourite");
        assert_eq!(mastodon.event("notification", liked.as_bytes()), []);
        for (name, data) in
            [("delete", "117"), ("update", ""), ("update", "{"), ("filters_changed", "null"), ("", post)]
        {
            assert_eq!(mastodon.event(name, data.as_bytes()), [], "{name} {data}");
        }
    }

    #[test]
    fn a_repost_counts_where_it_stands_itself() {
        let boosted = br#"[{"uri":"https://a.example/2","content":"","reblog":{"uri":"https://a.example/1","content":"<p>Cold</p>"}}]"#;
        assert_eq!(read(boosted).unwrap().sightings, []);
    }

    #[test]
    fn nothing_found_is_an_answer_and_another_list_is_none() {
        assert_eq!(read(br#"{"accounts":[],"statuses":[],"hashtags":[]}"#).unwrap().stated, Some(0));
        assert_eq!(read(b"[]").unwrap().stated, Some(0));
        assert!(read(br#"[{"a":1}]"#).is_err());
        assert!(read(br#"{"error":"The access token is invalid"}"#).is_err());
    }
}
