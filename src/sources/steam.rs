//! Reviews of an app at Steam, by the keyless interface that took the old page's place in October 2026.
//!
//! What `filter` 0 and 2 mean is unverified, so the newest are asked for; an old answer (`success`, reviews on top) is read too.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Kind, ParseError, Robots, Source,
    access::Access,
    api::{Api, Leaf, Order, Walked, as_the_status_says, with_query},
    part, settings,
};
use crate::{
    config::SettingsError,
    review::{RawRating, Sighting},
    terms::{AskRule, Retention, Terms},
};

/// Public reviews of one's own app; Steam forbids paying for reviews.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "Steam Web API terms of use (unread); partner.steamgames.com/doc/store/getreviews",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "steam",
    about: "reviews of your app at Steam",
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
name = "steam"
kind = "steam"
app = "1234560"
"#;

const ACCESS: &str = "\
You need nothing but the number of your app: it stands in the address of its page, https://store.steampowered.com/app/1234560/ .

Steam's reviews say yes or no instead of stars, and a guest can change one at any time. An answer to a review is written on Steam by
somebody with rights to the app; amends shows that it is there.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Steam's review interface";
/// The most pages of one walk: 1,000 reviews. They stand by their creation, so older edits are seen as far as this reaches.
const PAGES_MAX: usize = 10;
const INTERFACE: &str = "https://api.steampowered.com/IUserReviewsService/GetAppReviews/v1/";

/// The settings of an app at Steam.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The app's number.
    app: String,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let app: u64 = settings.app.trim().parse().map_err(|_| {
        SettingsError::key("app", "`app` is the number in your page's address: https://store.steampowered.com/app/…")
    })?;
    let firsts = vec![asked(&json!({
        "appid": app, "filter": 1, "languages": ["all"], "review_type": 0, "purchase_type": 1, "num_per_page": 100,
        "filter_offtopic_activity": false,
    }))];
    let api = Api { access: Access::open(), order: Order::Newest, pages_max: PAGES_MAX, explain: as_the_status_says };
    Ok(Box::new(Walked { api, firsts, read: Arc::new(read) }))
}

fn asked(input: &Value) -> Url {
    with_query(&INTERFACE.parse().expect("a fixed address"), &[("input_json", &input.to_string())])
}

/// Reads one page. An unknown app gives an empty answer, an app without reviews a summary without a list.
fn read(bytes: &[u8], url: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    let inner = answer.get("response").unwrap_or(&answer);
    if inner.get("query_summary").is_none() && inner.get("reviews").is_none() {
        return Err(part::unlike(EXPECTED, "it has no reviews and no summary; is `app` right?"));
    }
    let reviews = part::list(inner, &["/reviews"]).unwrap_or_default();
    let stated = part::count(inner, "/query_summary/total_reviews").or_else(|| part::count(inner, "/total_matching"));
    let next = part::text(inner, "/cursor").filter(|_| !reviews.is_empty()).and_then(|cursor| after(url, &cursor));
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated })
}

/// The same question with another cursor.
fn after(url: &Url, cursor: &str) -> Option<Url> {
    let (_, input) = url.query_pairs().find(|(name, _)| name == "input_json")?;
    let mut input: Value = serde_json::from_str(&input).ok()?;
    input.as_object_mut()?.insert("cursor".to_owned(), cursor.into());
    Some(asked(&input))
}

fn sighting(review: &Value) -> Option<Sighting> {
    let steam_id = part::text(review, "/author/steamid");
    Some(Sighting {
        id: Some(part::text(review, "/recommendationid")?),
        rating: review.get("voted_up").and_then(Value::as_bool).map(RawRating::new),
        text: part::text(review, "/review").map(|text| without_bbcode(&text)),
        language: part::text(review, "/language").and_then(|name| tag(&name)),
        posted_at: part::posted(review, "/timestamp_created"),
        edited_at: part::instant(review, "/timestamp_updated"),
        url: steam_id.as_ref().map(|id| format!("https://steamcommunity.com/profiles/{id}/recommended/")),
        author_id: steam_id,
        reply: part::reply(review, "/developer_response", "/timestamp_dev_responded"),
        ..Sighting::default()
    })
}

/// Steam's English name of a language as a tag.
fn tag(name: &str) -> Option<String> {
    const TAGS: &[(&str, &str)] = &[
        ("english", "en"),
        ("german", "de"),
        ("french", "fr"),
        ("italian", "it"),
        ("spanish", "es"),
        ("latam", "es-419"),
        ("portuguese", "pt"),
        ("brazilian", "pt-BR"),
        ("russian", "ru"),
        ("polish", "pl"),
        ("turkish", "tr"),
        ("schinese", "zh-Hans"),
        ("tchinese", "zh-Hant"),
        ("japanese", "ja"),
        ("koreana", "ko"),
        ("czech", "cs"),
        ("danish", "da"),
        ("dutch", "nl"),
        ("finnish", "fi"),
        ("hungarian", "hu"),
        ("norwegian", "no"),
        ("romanian", "ro"),
        ("swedish", "sv"),
        ("thai", "th"),
        ("ukrainian", "uk"),
        ("vietnamese", "vi"),
        ("greek", "el"),
        ("bulgarian", "bg"),
        ("indonesian", "id"),
        ("arabic", "ar"),
    ];
    TAGS.iter().find(|(known, _)| *known == name).map(|(_, tag)| (*tag).to_owned())
}

/// Takes out Steam's marks such as `[b]` and `[/url]`; what only looks like one stays.
fn without_bbcode(text: &str) -> String {
    const MARKS: &[&str] = &[
        "b", "i", "u", "h1", "h2", "h3", "url", "list", "olist", "*", "quote", "code", "spoiler", "strike", "table",
        "tr", "td", "th", "hr", "noparse",
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inside = from[1..].split_once(']').map(|(inside, _)| inside);
        let name = inside.and_then(|inside| inside.trim_start_matches('/').split(['=', ' ']).next());
        match (inside, name) {
            (Some(inside), Some(name)) if MARKS.contains(&name) => rest = &from[inside.len() + 2..],
            _ => {
                out.push('[');
                rest = &from[1..];
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_out_and_brackets_stay() {
        assert_eq!(
            without_bbcode("[b]Crashes[/b] [url=https://x.example]here[/url] [sic] [1] ["),
            "Crashes here [sic] [1] ["
        );
    }

    #[test]
    fn an_unknown_app_and_an_app_without_reviews_are_told_apart() {
        let url = asked(&json!({ "appid": 1 }));
        assert!(read(br#"{"response":{}}"#, &url).is_err());
        let none = br#"{"response":{"query_summary":{"num_reviews":0,"total_reviews":0},"cursor":"*"}}"#;
        assert_eq!(read(none, &url).unwrap(), Leaf { stated: Some(0), ..Leaf::default() });
    }

    #[test]
    fn the_next_page_is_the_same_question_with_the_cursor() {
        let url = asked(&json!({ "appid": 1, "filter": 1 }));
        let next = after(&url, "AoJ4+/=").unwrap();
        let (_, input) = next.query_pairs().next().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&input).unwrap(),
            json!({ "appid": 1, "filter": 1, "cursor": "AoJ4+/=" })
        );
    }
}
