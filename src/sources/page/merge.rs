//! One review told twice on one page, in two scripts or two syntaxes, is one.
//!
//! Within one script or syntax only exact copies of words are merged: two guests may share a name and a rating.

use std::collections::HashMap;

use serde_json::Value;

use super::{assemble::Found, stars};
use crate::{
    review::{RawRating, Sighting},
    text,
};

/// The reviews of a page without copies, in the order in which they first stand there.
///
/// Copies have the same author, rating and words and do not name different items; a copy fills in what the first one lacks.
pub(super) fn merge(found: Vec<Found>) -> Vec<Sighting> {
    let mut kept: Vec<(Sighting, usize)> = Vec::with_capacity(found.len());
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    for Found { group, sighting } in found {
        let places = by_key.entry(key(&sighting)).or_default();
        let twin = places.iter().copied().find(|at| {
            let (first, last_group) = &kept[*at];
            (*last_group < group && same_item(first, &sighting)) || (sighting.text.is_some() && *first == sighting)
        });
        match twin {
            Some(at) => {
                kept[at].1 = group;
                fill(&mut kept[at].0, sighting);
            }
            None => {
                places.push(kept.len());
                kept.push((sighting, group));
            }
        }
    }
    kept.into_iter().map(|(sighting, _)| sighting).collect()
}

fn key(sighting: &Sighting) -> String {
    let author = sighting.author.as_deref().map(text::fold_whitespace).unwrap_or_default().to_lowercase();
    let rating = sighting.rating.as_ref().map(same_rating).unwrap_or_default();
    format!("{author}\n{rating}\n{}", folded(sighting.text.as_deref().unwrap_or_default()))
}

fn same_rating(rating: &RawRating) -> String {
    match (stars::number(&rating.stars), &rating.stars) {
        (Some(number), _) => number.to_string(),
        (None, Value::String(words)) => words.trim().to_owned(),
        (None, other) => other.to_string(),
    }
}

/// Only letters and digits, as punctuation and spaces differ between syntaxes; but a text of emoji stays.
fn folded(words: &str) -> String {
    let mut letters = String::with_capacity(words.len());
    for c in words.chars().filter(|c| c.is_alphanumeric()) {
        // Nothing need be looked up for most.
        if c.is_ascii() { letters.push(c.to_ascii_lowercase()) } else { letters.extend(c.to_lowercase()) }
    }
    if letters.is_empty() { text::fold_whitespace(words).into_owned() } else { letters }
}

fn same_item(a: &Sighting, b: &Sighting) -> bool {
    match (&a.item, &b.item) {
        (Some(a), Some(b)) => folded(a) == folded(b),
        _ => true,
    }
}

fn fill(first: &mut Sighting, copy: Sighting) {
    let Sighting {
        id,
        item,
        author,
        author_id,
        rating,
        title,
        text,
        language,
        posted_at,
        edited_at,
        url,
        reply,
        private,
        withdrawn,
    } = copy;
    first.private |= private;
    first.withdrawn |= withdrawn;
    first.id = first.id.take().or(id);
    first.item = first.item.take().or(item);
    first.author = first.author.take().or(author);
    first.author_id = first.author_id.take().or(author_id);
    first.rating = first.rating.take().or(rating);
    first.title = first.title.take().or(title);
    first.text = first.text.take().or(text);
    first.language = first.language.take().or(language);
    first.posted_at = first.posted_at.or(posted_at);
    first.edited_at = first.edited_at.or(edited_at);
    first.url = first.url.take().or(url);
    first.reply = first.reply.take().or(reply);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(group: usize, author: &str, stars: &str, words: &str) -> Found {
        let sighting = Sighting {
            author: Some(author.into()),
            rating: Some(RawRating::new(stars)),
            text: Some(words.into()),
            ..Sighting::default()
        };
        Found { group, sighting }
    }

    #[test]
    fn copies_in_two_syntaxes_are_one_and_complete_each_other() {
        let mut second = found(1, "ana  k.", "2.0", "Cold - very cold");
        second.sighting.title = Some("Brr".into());
        let merged = merge(vec![found(0, "Ana K.", "2", "Cold \u{2013} very\ncold."), second]);
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].title.as_deref(), merged[0].author.as_deref()), (Some("Brr"), Some("Ana K.")));
    }

    #[test]
    fn namesakes_within_one_syntax_stay_two_even_if_told_twice() {
        let all = [0, 0, 1, 1].map(|group| {
            let mut only_rated = found(group, "Ana", "5", "");
            only_rated.sighting.text = None;
            only_rated
        });
        assert_eq!(merge(all.into()).len(), 2);
    }

    #[test]
    fn the_same_words_twice_in_one_script_are_one() {
        assert_eq!(merge(vec![found(0, "Ana", "5", "Cosy"), found(0, "Ana", "5", "Cosy")]).len(), 1);
    }

    #[test]
    fn another_rating_word_or_item_is_another_review() {
        let mut other = found(2, "Ana", "5", "x");
        other.sighting.item = Some("Bar".into());
        let mut first = found(0, "Ana", "5", "x");
        first.sighting.item = Some("Hotel".into());
        assert_eq!(merge(vec![first, found(1, "Ana", "4", "x"), found(1, "Ana", "5", "y"), other]).len(), 4);
        assert_eq!(merge(vec![found(0, "Ana", "5", "👍"), found(1, "Ana", "5", "👎")]).len(), 2);
    }
}
