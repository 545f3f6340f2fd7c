//! Comments below one's own posts on Instagram, posts in which one is tagged, and comments as the webhook tells them.
//!
//! A mention in somebody else's comment comes by webhook as a bare id, which only makes us look: it is seen if the post tags the account.

use std::time::Duration;

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source, Taken,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, with_query},
    mention::Mentions,
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
    source: "developers.facebook.com/docs/instagram-platform (comments, webhooks); Meta Platform Terms",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "instagram",
    about: "comments below your posts on Instagram, and posts that tag you",
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
name = "instagram"
kind = "instagram"
account = "17841400000000000"
token_file = "/etc/amends/instagram-token"
# Which comments count; without words all do.
# words = ["Hotel Alba"]
# To hear of comments at once, by webhook:
# app_secret_file = "/etc/amends/instagram-app-secret"
# verify_token_file = "/etc/amends/instagram-verify-token"
"#;

const ACCESS: &str = "\
Your account at Instagram must be a professional one, connected with a Page at Facebook.

1. At https://developers.facebook.com make an app of the type \"Business\" with the permissions instagram_basic, instagram_manage_comments
   and pages_read_engagement. For your own account as the app's administrator no review is needed for reading; for webhooks of comments
   Meta wants its \"Advanced Access\".
2. Make the Page's token from a long-lived one of yours: such a token does not run out. It goes into the file of `token_file`; the
   account's number goes to `account`.
3. For the webhook choose the object Instagram, fields comments and mentions, give it the address that `amends check` shows for this
   source (it needs `base_url` in [web]) and a verify token of your own choice, which also goes into the file of `verify_token_file`; the
   app's secret goes into the file of `app_secret_file`.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Instagram";
/// Comments below the newest posts, and what they are.
const OWN: &str = "id,permalink,comments.limit(50){id,text,timestamp,username,from,hidden,parent_id}";
/// Posts of others that tag the account.
const TAGS: &str = "id,caption,permalink,timestamp,username";

/// The settings of an account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The account's number.
    account: String,
    /// The long-lived token.
    token: Secret,
    /// The version of Meta's interface.
    #[serde(default = "meta::default_version")]
    version: String,
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
    let account = settings.account.trim();
    if account.is_empty() || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SettingsError::key(
            "account",
            "`account` is the number of your account; see `amends help instagram`",
        ));
    }
    let version = meta::version(&settings.version)?;
    let hook = meta::Hook::of(settings.app_secret, settings.verify_token)?;
    let base = format!("https://graph.facebook.com/{version}/{account}/");
    let first = |edge: &str, fields: &str| {
        let edge: Url = format!("{base}{edge}").parse().expect("digits make an address");
        with_query(&edge, &[("fields", fields), ("limit", "25")])
    };
    let firsts = vec![first("media", OWN), first("tags", TAGS)];
    let access = Access::fixed(access::bearer("token", &settings.token)?);
    let api = Api { access, order: Order::Sample, pages_max: 1, explain: meta::explain };
    let read = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    Ok(Box::new(Walked { api, firsts, read }.pushed(move |push| meta::taken(hook.as_ref(), push, called))))
}

/// What a call tells: comments with their words, mentions by a bare id.
fn called(body: &[u8]) -> Result<Taken, ParseError> {
    let call = part::object(body, EXPECTED)?;
    let changes = changes(&call);
    let of = |field: &'static str| changes.iter().filter(move |one| one.0.as_deref() == Some(field));
    let sightings = of("comments").filter_map(|one| sighting(one.1, None)).collect();
    Ok(Taken { sightings, look: of("mentions").next().is_some(), ..Taken::default() })
}

/// A field and its value.
type Change<'a> = (Option<String>, &'a Value);

/// The changes of a call: in a list, or alone in their entry; both occur.
fn changes(call: &Value) -> Vec<Change<'_>> {
    let entries = part::list(call, &["/entry"]).unwrap_or_default();
    let of_entry = |entry| part::list(entry, &["/changes"]).unwrap_or(std::slice::from_ref(entry));
    let all = entries.iter().flat_map(of_entry);
    all.filter_map(|change| Some((part::text(change, "/field"), change.get("value")?))).collect()
}

/// Reads posts with their comments, posts that tag, comments, or one mention.
fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if let Some(one) = answer.get("mentioned_comment").or_else(|| answer.get("mentioned_media")) {
        return Ok(Leaf { sightings: sighting(one, None).into_iter().collect(), ..Leaf::default() });
    }
    if answer.get("entry").is_some() {
        let sightings = changes(&answer).iter().filter_map(|(_, value)| sighting(value, None)).collect();
        return Ok(Leaf { sightings, ..Leaf::default() });
    }
    let items = part::wanted(&answer, &["/data"], (EXPECTED, "posts"))?;
    let sightings: Vec<Sighting> = items.iter().flat_map(of_item).collect();
    let stated = sightings.is_empty().then_some(0);
    Ok(Leaf { sightings, next: None, stated })
}

/// The comments below a post of one's own; a post of another, or a comment, is itself one.
fn of_item(item: &Value) -> Vec<Sighting> {
    let own = item.get("text").is_none() && item.get("username").is_none();
    let comments = part::list(item, &["/comments/data"]);
    if comments.is_none() && !own {
        return sighting(item, None).into_iter().collect();
    }
    let link = part::text(item, "/permalink");
    comments.unwrap_or_default().iter().filter_map(|comment| sighting(comment, link.as_deref())).collect()
}

fn sighting(one: &Value, link: Option<&str>) -> Option<Sighting> {
    let words = part::text(one, "/text").or_else(|| part::text(one, "/caption"))?;
    Some(Sighting {
        id: Some(part::text(one, "/id").or_else(|| part::text(one, "/comment_id"))?),
        author: part::text(one, "/username").or_else(|| part::text(one, "/from/username")),
        author_id: part::text(one, "/from/id"),
        text: Some(words),
        posted_at: part::posted(one, "/timestamp"),
        url: part::text(one, "/permalink").or_else(|| link.map(str::to_owned)),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        "https://graph.facebook.com/".parse().unwrap()
    }

    #[test]
    fn comments_below_own_posts_and_posts_that_tag_are_read() {
        let leaf = read(include_bytes!("../../tests/fixtures/instagram/page.json"), &url()).unwrap();
        let found: Vec<_> = leaf.sightings.iter().map(|one| (one.id.as_deref().unwrap(), one.url.as_deref())).collect();
        assert_eq!(
            found,
            [("1785", Some("https://www.instagram.com/p/A/")), ("1790", Some("https://www.instagram.com/p/B/"))]
        );
        assert_eq!(read(br#"{"data":[]}"#, &url()).unwrap().stated, Some(0));
        assert!(read(br#"{"error":{"code":190}}"#, &url()).is_err());
    }

    #[test]
    fn both_envelopes_of_a_call_are_read() {
        for call in [
            r#"{"object":"instagram","entry":[{"id":"1","time":1,"changes":[{"field":"comments","value":{"id":"9","text":"Cold","from":{"id":"2","username":"ann"}}}]}]}"#,
            r#"{"object":"instagram","entry":[{"id":"1","time":1,"field":"comments","value":{"comment_id":"9","text":"Cold"}}]}"#,
        ] {
            assert_eq!(read(call.as_bytes(), &url()).unwrap().sightings[0].id.as_deref(), Some("9"), "{call}");
        }
    }
}
