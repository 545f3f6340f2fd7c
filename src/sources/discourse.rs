//! Posts in a forum that runs Discourse: what its search finds, the newest first.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, PollError, Robots, Seen, Source, Visit,
    access::{self, Access},
    api::{Api, Leaf, Order, as_the_status_says, merged, with_query},
    mention::Mentions,
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// What a payload has to be.
const EXPECTED: &str = "an answer of a Discourse forum";
/// The most searches of one source.
const SEARCHES_MAX: usize = 10;

/// Each forum has its own rules; its posts can be edited.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "the rules of each forum; docs.discourse.org (search, posts)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "discourse",
    about: "posts in a forum that runs Discourse, by search",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(10 * 60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "forum"
kind = "discourse"
server = "https://forum.example.com"
searches = ["Hotel Alba"]
words = ["Hotel Alba"]
# For a forum that only members can read:
# api_username = "system"
# api_key_file = "/etc/amends/discourse-key"
"#;

const ACCESS: &str = "\
A public forum needs nothing but its address and the words to search for; ask its owner whether a program may search there.

For a forum that only members can read, its administrator makes a key:
1. Admin, Advanced, API keys, New API key.
2. Description \"amends\", user level \"Single user\" (the user through whose eyes amends reads), scope \"Granular\": search: show.
3. Put the key into the file of `api_key_file` and the user's name into `api_username`.";

/// The settings of a forum.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The forum's address.
    server: String,
    /// What to search for.
    searches: Vec<String>,
    /// A key of the forum, if only members can read it.
    #[serde(default)]
    api_key: Option<Secret>,
    /// The user of that key.
    #[serde(default)]
    api_username: Option<String>,
    /// Names and spellings of the business: a post counts if it has one of them. Without any, every post counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a post that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
}

struct Discourse {
    api: Api,
    server: Url,
    asked: Vec<Url>,
    mentions: Arc<Mentions>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let server = settings::web_address("server", &settings.server)?;
    if settings.searches.is_empty() || settings.searches.len() > SEARCHES_MAX {
        return Err(SettingsError::key("searches", "name one to ten `searches`, such as [\"Hotel Alba\"]"));
    }
    let search = server
        .join("/search.json")
        .map_err(|_| SettingsError::key("server", "`server` must be the address of the forum's front page"))?;
    let asked = settings.searches.iter();
    let asked = asked.map(|words| with_query(&search, &[("q", &format!("{} order:latest", words.trim()))])).collect();
    let access = Access::fixed(headers(&settings)?);
    let api = Api { access, order: Order::Sample, pages_max: 1, explain: as_the_status_says };
    let mentions = Arc::new(Mentions::new(&settings.words, &settings.not_words)?);
    Ok(Box::new(Discourse { api, server, asked, mentions }))
}

fn headers(settings: &Settings) -> Result<HeaderMap, SettingsError> {
    let Some(key) = &settings.api_key else { return Ok(HeaderMap::new()) };
    let mut headers = access::secret_header("api-key", "api_key", key)?;
    let name = settings.api_username.as_deref().unwrap_or("system");
    let name = HeaderValue::from_str(name)
        .map_err(|_| SettingsError::key("api_username", "`api_username` cannot be sent in a header"))?;
    headers.insert(HeaderName::from_static("api-username"), name);
    Ok(headers)
}

impl Discourse {
    async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let mut walks = Vec::with_capacity(self.asked.len());
        for url in &self.asked {
            let (server, mentions) = (self.server.clone(), Arc::clone(&self.mentions));
            let read = move |bytes: &[u8], _: &Url| Ok(mentions.keep(read(bytes, &server)?));
            walks.push(self.api.walk(visit, url.clone(), Arc::new(read)).await?);
        }
        Ok(merged(walks))
    }
}

impl Source for Discourse {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(read(payload, &self.server)?.sightings)
    }

    /// A search shows an excerpt, a post's own document all of it: between them nothing can be compared.
    fn again(&self, _page: &Url) -> Option<Url> {
        None
    }

    fn addresses(&self) -> Vec<Url> {
        self.asked.iter().map(settings::without_secrets).collect()
    }
}

/// Reads a search or one post. A search that finds nothing sends its sections without `posts` in them, or with an empty list.
fn read(bytes: &[u8], server: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if answer.get("cooked").is_some() && answer.get("topic_id").is_some() {
        return Ok(Leaf { sightings: sighting(&answer, None, server).into_iter().collect(), ..Leaf::default() });
    }
    let posts = part::list(&answer, &["/posts", "/post_stream/posts", "/latest_posts"]);
    let Some(posts) = posts.or_else(|| answer.get("grouped_search_result").map(|_| &[] as &[Value])) else {
        return Err(part::unlike(EXPECTED, "it is JSON without posts in it"));
    };
    let topics: HashMap<String, &Value> = part::list(&answer, &["/topics"])
        .unwrap_or_default()
        .iter()
        .filter_map(|topic| Some((part::text(topic, "/id")?, topic)))
        .collect();
    let sightings: Vec<Sighting> = posts
        .iter()
        .filter_map(|post| {
            let topic = part::text(post, "/topic_id").and_then(|id| topics.get(&id).copied());
            sighting(post, topic, server)
        })
        .collect();
    let stated = posts.is_empty().then_some(0);
    Ok(Leaf { sightings, next: None, stated })
}

fn sighting(post: &Value, topic: Option<&Value>, server: &Url) -> Option<Sighting> {
    let id = part::text(post, "/id")?;
    let title = topic.and_then(|topic| part::text(topic, "/title")).or_else(|| part::text(post, "/topic_title"));
    let is_first = part::count(post, "/post_number") == Some(1);
    let path = part::text(post, "/topic_id")
        .map(|topic| format!("/t/{topic}/{}", part::text(post, "/post_number").unwrap_or_else(|| "1".to_owned())));
    Some(Sighting {
        id: Some(id),
        author: part::text(post, "/name").or_else(|| part::text(post, "/username")),
        author_id: part::text(post, "/username"),
        title: title.filter(|_| is_first),
        text: part::text(post, "/raw")
            .or_else(|| part::from_html(post, "/cooked"))
            .or_else(|| part::from_html(post, "/blurb")),
        posted_at: part::posted(post, "/created_at"),
        edited_at: part::instant(post, "/updated_at"),
        url: path.and_then(|path| server.join(&path).ok()).map(String::from),
        withdrawn: part::is_true(post, "/user_deleted") || part::text(post, "/deleted_at").is_some(),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Url {
        "https://forum.example/".parse().unwrap()
    }

    #[test]
    fn a_search_is_read_with_titles_and_links() {
        let leaf = read(include_bytes!("../../tests/fixtures/discourse/page.json"), &server()).unwrap();
        let [first, second] = &leaf.sightings[..] else { panic!("{leaf:?}") };
        assert_eq!((first.id.as_deref(), first.title.as_deref()), (Some("501"), Some("Hotel Alpenblick, anyone?")));
        assert_eq!(first.url.as_deref(), Some("https://forum.example/t/77/1"));
        assert_eq!((second.title.as_deref(), second.url.as_deref()), (None, Some("https://forum.example/t/77/4")));
    }

    #[test]
    fn nothing_found_is_an_answer_and_an_error_is_none() {
        let nothing = br#"{"posts":[],"topics":[],"grouped_search_result":{"term":"x"}}"#;
        assert_eq!(read(nothing, &server()).unwrap().stated, Some(0));
        assert!(read(br#"{"errors":["You are not permitted"],"error_type":"invalid_access"}"#, &server()).is_err());
    }

    #[test]
    fn a_deleted_post_is_withdrawn() {
        let post = br#"{"id":9,"topic_id":7,"post_number":2,"cooked":"<p>(post deleted by author)</p>","username":"ann","user_deleted":true}"#;
        assert!(read(post, &server()).unwrap().sightings[0].withdrawn);
    }
}
