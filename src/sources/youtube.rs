//! Comments below the videos of a channel at YouTube, the newest first.
//!
//! Answers come along as far as YouTube shows them with their thread.

use std::time::Duration;

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, PollError, Robots, Source,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, with_query},
    mention::Mentions,
    part, settings,
};
use crate::{
    config::SettingsError,
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Data of the interface has to be refreshed or deleted within thirty days.
pub const TERMS: Terms = Terms {
    retention: Retention::For(Duration::from_secs(30 * 86_400)),
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "developers.google.com/youtube/v3/docs/commentThreads; YouTube's terms for developers (second-hand)",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "youtube",
    about: "comments below the videos of a channel at YouTube",
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
name = "youtube"
kind = "youtube"
channel = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
api_key_file = "/etc/amends/youtube-key"
# Which comments count; without words all do.
# words = ["Hotel Alba"]
# not_words = ["Jessica Alba"]
"#;

const ACCESS: &str = "\
1. In the Google Cloud console create a project, switch on \"YouTube Data API v3\" and make an API key for it alone.
2. Put the key into the file of `api_key_file`.
3. `channel` is the id of a channel, yours or that of somebody who films at your place: it begins with UC and stands under \"Share channel,
   Copy channel ID\" on the channel's page.

A look costs 1 of the 10,000 units that Google gives a project each day.";

/// What a payload has to be.
const EXPECTED: &str = "comments of YouTube's interface";
/// The most pages of one walk: 300 threads.
const PAGES_MAX: usize = 3;

/// The settings of a channel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The channel's id.
    channel: String,
    /// The key.
    api_key: Secret,
    /// Names and spellings of the business: a comment counts if it has one of them. Without any, every comment counts.
    #[serde(default)]
    words: Vec<String>,
    /// Words that mean somebody else: a comment that has one of them does not count.
    #[serde(default)]
    not_words: Vec<String>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let channel = settings.channel.trim();
    if !channel.starts_with("UC") || !channel.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Err(SettingsError::key("channel", "`channel` is an id that begins with UC; see `amends help youtube`"));
    }
    let first: Url = "https://www.googleapis.com/youtube/v3/commentThreads?part=id,snippet,replies&maxResults=100&order=time&textFormat=plainText"
        .parse()
        .expect("an address");
    let first = with_query(&first, &[("allThreadsRelatedToChannelId", channel)]);
    let access = Access::fixed(access::secret_header("x-goog-api-key", "api_key", &settings.api_key)?);
    // A comment that stands on no page any more may only have slipped down: threads move up when they are answered.
    let api = Api { access, order: Order::Sample, pages_max: PAGES_MAX, explain };
    let read = Mentions::new(&settings.words, &settings.not_words)?.only(read);
    Ok(Box::new(Walked { api, firsts: vec![first], read }))
}

/// A used-up quota is said with status 403.
fn explain(error: &PollError) -> Option<PollError> {
    match error {
        PollError::Status { status: 403, retry_after, said: Some(said) }
            if said.words.as_deref().is_some_and(|words| words.to_lowercase().contains("quota")) =>
        {
            Some(PollError::OverQuota { retry_after: *retry_after })
        }
        _ => None,
    }
}

fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let items = part::wanted(&answer, &["/items"], (EXPECTED, "comments"))?;
    let next = part::text(&answer, "/nextPageToken").map(|token| with_query(url, &[("pageToken", &token)]));
    let stated = items.is_empty().then_some(0);
    Ok(Leaf { sightings: items.iter().flat_map(of_thread).collect(), next, stated })
}

/// A thread's first comment and the answers that came with it, or a comment alone.
fn of_thread(item: &Value) -> Vec<Sighting> {
    let Some(first) = item.pointer("/snippet/topLevelComment") else {
        return sighting(item, None).into_iter().collect();
    };
    let video = part::text(item, "/snippet/videoId");
    let answers = part::list(item, &["/replies/comments"]).unwrap_or_default();
    std::iter::once(first).chain(answers).filter_map(|comment| sighting(comment, video.as_deref())).collect()
}

fn sighting(comment: &Value, video: Option<&str>) -> Option<Sighting> {
    let id = part::text(comment, "/id")?;
    let video = part::text(comment, "/snippet/videoId").or_else(|| video.map(str::to_owned));
    let (posted, edited) =
        (part::posted(comment, "/snippet/publishedAt"), part::instant(comment, "/snippet/updatedAt"));
    Some(Sighting {
        author: part::text(comment, "/snippet/authorDisplayName"),
        author_id: part::text(comment, "/snippet/authorChannelId/value"),
        text: part::text(comment, "/snippet/textOriginal").or_else(|| part::from_html(comment, "/snippet/textDisplay")),
        edited_at: edited.filter(|edited| posted.is_some_and(|posted| posted.at < *edited)),
        posted_at: posted,
        url: video.map(|video| format!("https://www.youtube.com/watch?v={video}&lc={id}")),
        id: Some(id),
        ..Sighting::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Said;

    #[test]
    fn threads_come_with_their_answers() {
        let url: Url = "https://www.googleapis.com/youtube/v3/commentThreads".parse().unwrap();
        let leaf = read(include_bytes!("../../tests/fixtures/youtube/page.json"), &url).unwrap();
        let ids: Vec<_> = leaf.sightings.iter().filter_map(|one| one.id.as_deref()).collect();
        assert_eq!(ids, ["Ugx1", "Ugx1.9a"]);
        assert_eq!(leaf.sightings[1].url.as_deref(), Some("https://www.youtube.com/watch?v=v1&lc=Ugx1.9a"));
        assert_eq!(leaf.next.unwrap().query(), Some("pageToken=Q1"));
        assert_eq!(read(br#"{"items":[]}"#, &url).unwrap().stated, Some(0));
        assert!(read(br#"{"error":{"code":403}}"#, &url).is_err());
    }

    #[test]
    fn a_used_up_quota_is_no_refusal() {
        let said = Said { code: Some("403".to_owned()), words: Some("you have exceeded your quota.".to_owned()) };
        let error = |said| PollError::Status { status: 403, retry_after: None, said };
        assert_eq!(explain(&error(Some(said))), Some(PollError::OverQuota { retry_after: None }));
        assert_eq!(explain(&error(None)), None);
    }
}
