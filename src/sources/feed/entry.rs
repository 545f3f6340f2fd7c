//! One item or entry of an XML feed, whatever its dialect, as a sighting.
//!
//! Names are matched with the prefixes that all feeds use (`dc`, `content`, `media`); no namespace is resolved.

use url::Url;

use super::{dates, rating};
use crate::{
    markup,
    review::Sighting,
    sources::{settings, xml::Element},
};

/// Where the time of posting stands, the surest first.
const POSTED: &[&str] =
    &["published", "atom:published", "pubDate", "issued", "dc:date", "dcterms:created", "created", "date"];

/// Makes a sighting of an entry; `base` is what its links are relative to.
pub(super) fn sighting(entry: &Element, base: Option<&Url>, rating_in: &[rating::Place]) -> Sighting {
    let own_base = entry.attribute("xml:base").and_then(|own| settings::join(base, own));
    let link = link(entry, own_base.as_ref().or(base));
    let title = entry.child("title").map(words).filter(|title| !title.is_empty());
    let text = body(entry);
    let recognised = rating::Words {
        title: title.as_deref().unwrap_or_default(),
        categories: categories(entry),
        text: text.as_deref().unwrap_or_default(),
    };
    let rating = rating::in_elements(entry).or_else(|| rating::in_words(&recognised, rating_in));
    let updated = first_date(entry, &["updated", "atom:updated", "dcterms:modified", "modified"]);
    let posted_at = first_date(entry, POSTED);
    Sighting {
        id: id(entry).map(str::to_owned).or_else(|| link.as_ref().map(Url::to_string)),
        author: author(entry),
        author_id: entry.child("author").and_then(|author| author.text_of("uri")).map(str::to_owned),
        rating,
        title: title.filter(|title| text.as_ref() != Some(title)),
        text,
        language: entry.attribute("xml:lang").or_else(|| entry.text_of("dc:language")).map(str::to_owned),
        posted_at: posted_at.or(updated),
        edited_at: updated.filter(|at| posted_at.is_some_and(|posted| at.at > posted.at)).map(|at| at.at),
        url: link.map(String::from),
        ..Sighting::default()
    }
}

fn id(entry: &Element) -> Option<&str> {
    entry.text_of("guid").or_else(|| entry.text_of("id")).or_else(|| entry.attribute("rdf:about"))
}

/// The page of the entry: Atom's alternate link, RSS's link, or a guid that is a permanent link.
fn link(entry: &Element, base: Option<&Url>) -> Option<Url> {
    let links = || entry.children().iter().filter(|child| matches!(child.name.as_str(), "link" | "atom:link"));
    let alternate = links()
        .find(|link| link.attribute("href").is_some() && matches!(link.attribute("rel"), None | Some("alternate")))
        .and_then(|link| link.attribute("href"));
    let guid = entry.child("guid").filter(|guid| guid.attribute("isPermaLink") != Some("false"));
    let permanent = guid.map(|guid| guid.text.trim()).filter(|guid| guid.starts_with("http"));
    let any = || links().find_map(|link| link.attribute("href"));
    let found = entry.text_of("feedburner:origLink").or(alternate).or_else(|| entry.text_of("link")).or(permanent);
    let url = settings::join(base, found.or_else(any)?)?;
    Some(unwrapped(&url).unwrap_or(url))
}

/// The address inside a link of Google Alerts (`https://www.google.com/url?…&url=…`).
fn unwrapped(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let is_wrapper = (host.starts_with("www.google.") || host.starts_with("google.")) && url.path() == "/url";
    let inside = url.query_pairs().find(|(name, _)| is_wrapper && matches!(name.as_ref(), "url" | "q"))?;
    settings::join(None, &inside.1)
}

/// The fullest words: the content, else the description or summary, else what a media feed says.
fn body(entry: &Element) -> Option<String> {
    let media = || entry.child("media:group").unwrap_or(entry).child("media:description");
    let plain = entry.children().iter().find(|c| c.name == "content" && c.attribute("type") == Some("text"));
    [
        plain,
        entry.child("content:encoded"),
        entry.child("content"),
        entry.child("description"),
        entry.child("summary"),
        entry.child("dc:description"),
    ]
    .into_iter()
    .flatten()
    .chain(media())
    .map(words)
    .find(|words| !words.is_empty())
}

/// An element's text without markup. RSS does not say whether it is HTML, so it is read as such; Atom says so.
fn words(element: &Element) -> String {
    if !element.children().is_empty() {
        return markup::plain_from_html(&element.inner);
    }
    match element.attribute("type") {
        Some("text" | "text/plain" | "plain") => element.text.trim().to_owned(),
        _ => markup::plain_from_html(&element.text),
    }
}

fn categories(entry: &Element) -> Vec<&str> {
    let of = |category: &'_ Element| category.name.eq_ignore_ascii_case("category");
    let categories = entry.children().iter().filter(|child| of(child));
    categories.map(|category| category.attribute("term").unwrap_or_else(|| category.text.trim())).collect()
}

/// `author/name`, `dc:creator`, or RSS's `mail@example.com (Name)` without the mail address.
fn author(entry: &Element) -> Option<String> {
    let element = entry.child("author");
    let plain = || element.map(|author| author.text.trim()).filter(|text| !text.is_empty());
    let name = element
        .and_then(|author| author.text_of("name"))
        .or_else(|| entry.text_of("dc:creator"))
        .or_else(plain)
        .or_else(|| entry.text_of("itunes:author"))
        .or_else(|| entry.text_of("media:credit"))?;
    let name = match name.split_once('(') {
        Some((mail, name)) if mail.contains('@') => name.trim_end_matches(')'),
        Some((name, mail)) if mail.contains('@') => name,
        _ => name,
    };
    let name = markup::plain_from_html(name);
    (!name.is_empty()).then_some(name)
}

fn first_date(entry: &Element, names: &[&str]) -> Option<crate::review::PostedAt> {
    names.iter().filter_map(|name| entry.text_of(name)).find_map(dates::read)
}
