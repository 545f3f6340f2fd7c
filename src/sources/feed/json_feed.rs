//! JSON Feed 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).
//!
//! Its extensions (keys that begin with `_`) are read for nothing but a rating.

use serde_json::Value;
use url::Url;

use super::{EXPECTED, Read, dates, rating};
use crate::{
    markup,
    review::{RawRating, Sighting},
    sources::{ParseError, payload, settings},
};

/// Items beyond this are not read.
const ITEMS_MAX: usize = 5_000;

pub(super) fn read(bytes: &[u8], url: Option<&Url>, rating_in: &[rating::Place]) -> Result<Read, ParseError> {
    let feed = payload::json(bytes, EXPECTED)?;
    let version = text(&feed, "version").unwrap_or_default();
    let items = feed.get("items").and_then(Value::as_array);
    let Some(items) = items.filter(|_| version.contains("jsonfeed.org")) else {
        let why = "it is JSON, but no JSON Feed; use a source of kind \"json\" for it".to_owned();
        return Err(ParseError::NotThisKind { expected: EXPECTED, why });
    };
    let sightings = items.iter().take(ITEMS_MAX).map(|item| sighting(item, url, rating_in)).collect();
    Ok(Read { sightings, next: text(&feed, "next_url").and_then(|next| settings::join(url, &next)) })
}

fn sighting(item: &Value, base: Option<&Url>, rating_in: &[rating::Place]) -> Sighting {
    let title = text(item, "title").map(|title| markup::plain_from_html(&title)).filter(|title| !title.is_empty());
    let words = text(item, "content_text")
        .or_else(|| text(item, "content_html").map(|html| markup::plain_from_html(&html)))
        .or_else(|| text(item, "summary"));
    let recognised = rating::Words {
        title: title.as_deref().unwrap_or_default(),
        categories: item
            .get("tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect(),
        text: words.as_deref().unwrap_or_default(),
    };
    let author = item.pointer("/authors/0").or_else(|| item.get("author"));
    let link = text(item, "url").or_else(|| text(item, "external_url")).and_then(|link| settings::join(base, &link));
    let posted_at = text(item, "date_published").and_then(|date| dates::read(&date));
    let edited_at = text(item, "date_modified").and_then(|date| dates::read(&date));
    Sighting {
        id: text(item, "id").or_else(|| link.as_ref().map(Url::to_string)),
        author: author.and_then(|author| text(author, "name")),
        author_id: author.and_then(|author| text(author, "url")),
        rating: own_rating(item).or_else(|| rating::in_words(&recognised, rating_in)),
        title: title.filter(|title| words.as_ref() != Some(title)),
        text: words,
        language: text(item, "language"),
        posted_at: posted_at.or(edited_at),
        edited_at: edited_at.filter(|at| posted_at.is_some_and(|posted| at.at > posted.at)).map(|at| at.at),
        url: link.map(String::from),
        ..Sighting::default()
    }
}

/// `rating`, or `_anything.rating`, which is where extensions live.
fn own_rating(item: &Value) -> Option<RawRating> {
    let scalar = |value: &&Value| value.is_number() || value.is_string();
    let direct = item.get("rating").or_else(|| item.get("_rating")).filter(scalar);
    let extended = || {
        let extensions = item.as_object()?.iter().filter(|(name, _)| name.starts_with('_'));
        extensions.filter_map(|(_, extension)| extension.get("rating")).find(scalar)
    };
    direct.or_else(extended).cloned().map(RawRating::new)
}

/// A trimmed string that is not empty; numbers count as strings, since ids are often sent as such.
fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
