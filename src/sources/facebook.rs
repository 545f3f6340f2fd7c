//! Recommendations of one's own Page at Facebook: asked for while Facebook still answers, and pushed by its webhook.
//!
//! Facebook's documents call the reading deprecated since version 22 (error 12) and show it in later ones; the webhook's fields are
//! from notes on its reference. Both are read as far as they come.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Kind, ParseError, Robots, Source, Taken,
    access::{self, Access},
    api::{Api, Leaf, Order, Walked, with_query},
    meta, part, settings,
};
use crate::{
    config::SettingsError,
    review::{PostedAt, RawRating, Sighting},
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// Platform terms: deletions have to be honoured; reviews must not be paid for.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::PlainAskAllowed,
    guest_can_edit: true,
    source: "developers.facebook.com/docs/graph-api/reference/page/ratings; Meta Platform Terms",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "facebook",
    about: "recommendations of your own Page at Facebook",
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
name = "facebook"
kind = "facebook"
page = "1234567890"
page_token_file = "/etc/amends/facebook-page-token"
# To hear of recommendations at once, by webhook:
# app_secret_file = "/etc/amends/facebook-app-secret"
# verify_token_file = "/etc/amends/facebook-verify-token"
"#;

const ACCESS: &str = "\
1. At https://developers.facebook.com make an app of the type \"Business\" and add your Page to it.
2. Ask for the permissions pages_read_engagement, pages_read_user_content and pages_manage_metadata. For a Page of your own as the app's
   administrator no review by Facebook is needed; for others Facebook wants your business verified.
3. Make a long-lived Page token and put it into the file of `page_token_file`. The Page's number is its `page`.
4. For the webhook: in the app's settings add the product Webhooks, object Page, field ratings; give it the address that `amends check`
   shows for this source and a verify token of your own choice, which also goes into the file of `verify_token_file`; the app's secret
   goes into the file of `app_secret_file`.

If Facebook says that it does not offer this any more, the webhook alone goes on.";

/// What a payload has to be.
const EXPECTED: &str = "an answer of Facebook's Graph interface";
/// The most pages of one walk: 1,000 recommendations.
const PAGES_MAX: usize = 20;
const FIELDS: &str =
    "created_time,has_rating,has_review,rating,recommendation_type,review_text,reviewer{id,name},open_graph_story{id}";

/// The settings of a Page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The Page's number.
    page: String,
    /// The Page's token.
    page_token: Secret,
    /// The version of Facebook's interface.
    #[serde(default = "meta::default_version")]
    version: String,
    /// The app's secret, by which webhooks are signed.
    #[serde(default)]
    app_secret: Option<Secret>,
    /// The verify token given to Facebook for the webhook.
    #[serde(default)]
    verify_token: Option<Secret>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let page = settings.page.trim();
    if page.is_empty() || page.len() > 30 || !page.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SettingsError::key("page", "`page` is the number of your Page; see `amends help facebook`"));
    }
    let version = meta::version(&settings.version)?;
    let hook = meta::Hook::of(settings.app_secret, settings.verify_token)?;
    let first: Url = format!("https://graph.facebook.com/{version}/{page}/ratings").parse().expect("digits");
    let first = with_query(&first, &[("fields", FIELDS), ("limit", "50")]);
    let access = Access::fixed(access::bearer("page_token", &settings.page_token)?);
    let api = Api { access, order: Order::Newest, pages_max: PAGES_MAX, explain: meta::explain };
    let walked = Walked { api, firsts: vec![first], read: Arc::new(read) };
    Ok(Box::new(walked.pushed(move |push| {
        meta::taken(hook.as_ref(), push, |body| {
            let sightings = read(body, push.url)?.sightings;
            Ok(Taken { sightings, ..Taken::default() })
        })
    })))
}

/// Reads a page of recommendations, or a webhook's call.
fn read(bytes: &[u8], _: &Url) -> Result<Leaf, ParseError> {
    let answer = part::object(bytes, EXPECTED)?;
    if let Some(entries) = part::list(&answer, &["/entry"]) {
        let changes = entries.iter().flat_map(|entry| part::list(entry, &["/changes"]).unwrap_or_default());
        let sightings = changes.filter_map(|change| pushed(change.get("value")?)).collect();
        return Ok(Leaf { sightings, ..Leaf::default() });
    }
    let reviews = part::wanted(&answer, &["/data"], (EXPECTED, "recommendations"))?;
    // The next address repeats the token; without it the header speaks.
    let next = part::text(&answer, "/paging/next").and_then(|next| next.parse::<Url>().ok());
    let next = next.map(|next| without_token(&next));
    Ok(Leaf { sightings: reviews.iter().filter_map(sighting).collect(), next, stated: None })
}

fn without_token(url: &Url) -> Url {
    let mut out = url.clone();
    let kept = url.query_pairs().filter(|(name, _)| name != "access_token");
    let kept: Vec<(String, String)> = kept.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    out.query_pairs_mut().clear().extend_pairs(kept);
    out
}

fn sighting(review: &Value) -> Option<Sighting> {
    let (reviewer, created) = (part::text(review, "/reviewer/id"), part::text(review, "/created_time"));
    let id =
        part::text(review, "/open_graph_story/id").or_else(|| of_guest(reviewer.as_deref()?, created.as_deref()?))?;
    Some(Sighting {
        url: Some(format!("https://www.facebook.com/{id}")),
        id: Some(id),
        author: part::text(review, "/reviewer/name"),
        author_id: reviewer,
        rating: rating(review),
        text: part::text(review, "/review_text"),
        posted_at: part::posted(review, "/created_time"),
        ..Sighting::default()
    })
}

/// One change of the field `ratings`; comments and reactions share the field and are none.
fn pushed(value: &Value) -> Option<Sighting> {
    if part::text(value, "/item").as_deref() != Some("rating") {
        return None;
    }
    let (reviewer, created) = (part::text(value, "/reviewer_id"), part::text(value, "/created_time"));
    let id =
        part::text(value, "/open_graph_story_id").or_else(|| of_guest(reviewer.as_deref()?, created.as_deref()?))?;
    let withdrawn = matches!(part::text(value, "/verb").as_deref(), Some("remove" | "delete"));
    Some(Sighting {
        url: Some(format!("https://www.facebook.com/{id}")),
        id: Some(id),
        author: part::text(value, "/reviewer_name"),
        author_id: reviewer,
        rating: rating(value),
        text: part::text(value, "/review_text"),
        posted_at: part::posted(value, "/created_time"),
        withdrawn,
        ..Sighting::default()
    })
}

/// An id of those that have none: the guest and the time at which it was posted.
fn of_guest(reviewer: &str, created: &str) -> Option<String> {
    let at = PostedAt::parse(created)?.at.as_second();
    Some(format!("{reviewer}-{at}"))
}

/// Stars until August 2018, yes or no since.
fn rating(review: &Value) -> Option<RawRating> {
    match part::text(review, "/recommendation_type").as_deref() {
        Some("positive") => Some(RawRating::new(true)),
        Some("negative") => Some(RawRating::new(false)),
        _ => part::rating(review, "/rating", 1.0, 5.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        "https://graph.facebook.com/".parse().unwrap()
    }

    #[test]
    fn recommendations_of_both_times_are_read_and_the_token_stays_out_of_addresses() {
        let leaf = read(include_bytes!("../../tests/fixtures/facebook/page.json"), &url()).unwrap();
        assert_eq!(leaf.sightings[0].rating, Some(RawRating::new(false)));
        assert_eq!(leaf.sightings[1].rating, Some(RawRating::on(5, 1.0, 5.0)));
        assert_eq!(leaf.sightings[1].id.as_deref(), Some("10160-1514768400"));
        let next = leaf.next.unwrap();
        assert!(next.as_str().contains("after=b") && !next.as_str().contains("SECRET"), "{next}");
        assert!(read(br#"{"error":{"code":190}}"#, &url()).is_err());
    }

    #[test]
    fn a_call_tells_of_new_changed_and_removed_recommendations_only() {
        let call = br#"{"object":"page","entry":[{"id":"P","time":1790000000,"changes":[
            {"field":"ratings","value":{"item":"rating","verb":"add","recommendation_type":"negative","review_text":"Cold","reviewer_id":"7","open_graph_story_id":"777","created_time":1790000000}},
            {"field":"ratings","value":{"item":"rating","verb":"remove","open_graph_story_id":"778"}},
            {"field":"ratings","value":{"item":"comment","verb":"add","comment_id":"9","message":"x"}}]}]}"#;
        let read = read(call, &url()).unwrap().sightings;
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].id.as_deref(), read[0].withdrawn), (Some("777"), false));
        assert_eq!((read[1].id.as_deref(), read[1].withdrawn), (Some("778"), true));
    }
}
