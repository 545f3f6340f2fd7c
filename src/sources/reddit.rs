//! Posts and comments on Reddit: a search for posts, and the newest comments of chosen communities, asked as a registered program.
//!
//! Comments cannot be searched for; they are heard in the communities that the owner names. Without an approved program use the
//! kind `feed` with an address such as `https://www.reddit.com/r/innsbruck/new/.rss`.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::{self, Access, Grant},
    api::{Api, Leaf, Order, Walked, as_the_status_says, with_query},
    mention::Mentions,
    part, settings,
};
use crate::{
    config::SettingsError,
    review::{PostedAt, Sighting},
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// What its author deletes has to be forgotten, and old posts are not asked for again: so words are kept two days.
pub const TERMS: Terms = Terms {
    retention: Retention::For(Duration::from_secs(48 * 3600)),
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "support.reddithelp.com (Responsible Builder Policy); Reddit's Data API terms (second-hand)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "reddit",
    about: "posts and comments on Reddit that speak of you",
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
name = "reddit"
kind = "reddit"
client_id = "AbCdEf123"
client_secret_file = "/etc/amends/reddit-secret"
user = "hotel_alba"
searches = ["\"Hotel Alba\""]
subreddits = ["innsbruck"]
# Which posts count: any of these names, and none of those.
words = ["Hotel Alba"]
# not_words = ["Jessica Alba"]
"#;

const ACCESS: &str = "\
Since November 2025 Reddit gives new keys only to programs that it has approved; commercial use needs a contract.

1. Ask for access at https://support.reddithelp.com (form for developers); older keys go on working.
2. At https://www.reddit.com/prefs/apps make an app of the type \"script\". The id below its name goes to `client_id`, its secret into the
   file of `client_secret_file`, and the name of the account into `user`: Reddit wants to know who asks.

Without a key use the kind `feed` with url = \"https://www.reddit.com/r/NAME/new/.rss\"; Reddit allows few such requests.";

/// What a payload has to be.
const EXPECTED: &str = "a listing of Reddit";
/// The most searches and communities of one source.
const PLACES_MAX: usize = 20;
const TOKENS: &str = "https://www.reddit.com/api/v1/access_token";

/// The settings of a look at Reddit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The program's id.
    client_id: String,
    /// The program's secret.
    client_secret: Secret,
    /// The account that answers for the program.
    user: String,
    /// What to search for among posts; quotes keep words together.
    #[serde(default)]
    searches: Vec<String>,
    /// Communities whose newest posts and comments are read.
    #[serde(default)]
    subreddits: Vec<String>,
    /// Names and spellings of the business: a post counts if it has one of them. Without any, every post counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a post that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let user = settings.user.trim().trim_start_matches("/u/").trim_start_matches("u/");
    if !is_name(user) {
        return Err(SettingsError::key("user", "`user` is the name of an account, such as \"hotel_alba\""));
    }
    let subreddits: Vec<&str> = settings.subreddits.iter().map(|name| name.trim().trim_start_matches("r/")).collect();
    if subreddits.iter().any(|name| !is_name(name)) {
        return Err(SettingsError::key("subreddits", "`subreddits` are names such as [\"innsbruck\"]"));
    }
    let places = settings.searches.len() + subreddits.len();
    if places == 0 || places > PLACES_MAX {
        return Err(SettingsError::key("searches", "name some `searches` or `subreddits`, at most twenty in all"));
    }
    let base: Url = "https://oauth.reddit.com/".parse().expect("an address");
    let newest = |path: &str| with_query(&base.join(path).expect("a path"), &[("limit", "100"), ("raw_json", "1")]);
    let mut firsts: Vec<Url> = Vec::new();
    for words in &settings.searches {
        let search = [("q", words.trim()), ("sort", "new"), ("t", "month"), ("type", "link")];
        firsts.push(with_query(&newest("/r/all/search"), &search));
    }
    for name in subreddits {
        firsts.extend([newest(&format!("/r/{name}/new")), newest(&format!("/r/{name}/comments"))]);
    }
    let agent = format!("server:amends:{} (by /u/{user})", env!("CARGO_PKG_VERSION"));
    let agent =
        HeaderValue::from_str(&agent).map_err(|_| SettingsError::key("user", "`user` cannot be sent in a header"))?;
    let agent = HeaderMap::from_iter([(header::USER_AGENT, agent)]);
    let mut asks = access::basic("client_secret", settings.client_id.trim(), &settings.client_secret)?;
    asks.extend(agent.clone());
    let access = Access::granted(agent, Grant::of_client(TOKENS, asks));
    let api = Api { access, order: Order::Sample, pages_max: 1, explain: as_the_status_says };
    let read = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    Ok(Box::new(Walked { api, firsts, read }))
}

fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let posts = part::wanted(&answer, &["/data/children"], (EXPECTED, "posts"))?;
    let stated = posts.is_empty().then_some(0);
    Ok(Leaf { sightings: posts.iter().filter_map(|post| sighting(post.get("data")?)).collect(), next: None, stated })
}

fn sighting(post: &Value) -> Option<Sighting> {
    let id = part::text(post, "/name")?;
    let words = part::text(post, "/body").or_else(|| part::text(post, "/selftext"));
    let gone = |word: &str| words.as_deref() == Some(word);
    if gone("[removed]") || post.get("crosspost_parent_list").is_some() {
        // Taken out by a moderator, or the same post once more.
        return None;
    }
    let author = part::text(post, "/author").filter(|name| name != "[deleted]");
    Some(Sighting {
        withdrawn: gone("[deleted]"),
        author_id: part::text(post, "/author_fullname").or_else(|| author.clone()),
        author,
        title: part::text(post, "/title"),
        posted_at: epoch(post, "/created_utc").map(PostedAt::exact),
        edited_at: epoch(post, "/edited"),
        url: address(post),
        text: words.filter(|words| words != "[deleted]"),
        // A private message is said to the business alone; posts and comments are for all.
        private: id.starts_with("t4_"),
        id: Some(id),
        ..Sighting::default()
    })
}

fn address(post: &Value) -> Option<String> {
    let path = part::text(post, "/permalink").or_else(|| part::text(post, "/context"));
    match path {
        Some(path) => Some(format!("https://www.reddit.com{path}")),
        None => {
            let link = part::text(post, "/link_id")?;
            Some(format!(
                "https://www.reddit.com/comments/{}/_/{}/",
                link.strip_prefix("t3_")?,
                part::text(post, "/id")?
            ))
        }
    }
}

/// Seconds since 1970, with a fraction; `false` for never.
fn epoch(post: &Value, path: &str) -> Option<Timestamp> {
    Timestamp::from_second(post.pointer(path)?.as_f64()? as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_comments_and_what_was_deleted_are_told_apart() {
        let url: Url = "https://oauth.reddit.com/".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/reddit/page.json"), &url).unwrap();
        let [post, comment] = &leaf.sightings[..] else { panic!("{leaf:?}") };
        assert_eq!(post.url.as_deref(), Some("https://www.reddit.com/r/innsbruck/comments/abc1/cold/"));
        assert_eq!(comment.url.as_deref(), Some("https://www.reddit.com/comments/abc1/_/def2/"));
        assert_eq!(comment.edited_at.map(Timestamp::as_second), Some(1_790_000_900));
        let one = |body: &str| {
            let listing =
                format!(r#"{{"data":{{"children":[{{"kind":"t1","data":{{"name":"t1_a","body":"{body}"}}}}]}}}}"#);
            read(listing.as_bytes(), &url).unwrap().sightings
        };
        assert!(one("[deleted]")[0].withdrawn);
        assert_eq!(one("[removed]"), []);
        assert_eq!(read(br#"{"data":{"children":[]}}"#, &url).unwrap().stated, Some(0));
        assert!(read(br#"{"message":"Forbidden","error":403}"#, &url).is_err());
    }
}
