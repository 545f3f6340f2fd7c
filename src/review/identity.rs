//! Which stored review a sighting is: by the platform's own id, or by author, day and item, and among equals by likeness.
//!
//! Rating and text are never part of the key: an edited review is an edit, never a new review.

use serde::{Deserialize, Serialize};

use super::{Content, Normal, Sighting};
use crate::{id, id::ReviewId, text};

/// Two anonymous reviews less alike than this are taken for different ones.
const LIKENESS_MIN: f64 = 0.3;

/// What identifies a review within its source; several reviews may share it (namesakes on one day).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    base: String,
    identity: Identity,
}

/// How sure the identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// By the platform's own id.
    Own,
    /// By author, day of posting and item reviewed.
    Derived,
    /// Anonymous: by likeness of text alone, and shown as such.
    Weak,
}

/// A stored review that a sighting may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its row.
    pub id: ReviewId,
    /// Its key's base.
    pub base: String,
    /// The [`Content::hash`] of its latest version; empty if its words were erased.
    pub hash: String,
    /// Its latest version; none where it is the only one with its key and a sighting has its hash, so that nobody needs to compare.
    pub content: Option<Content>,
}

/// A sighting with the stored review that it is, if any.
#[derive(Clone, Debug, PartialEq)]
pub struct Matched {
    /// The sighting in the common form.
    pub normal: Normal,
    /// The stored review, or `None` for a new one.
    pub known: Option<ReviewId>,
    /// Whether the stored review says the same.
    pub is_same: bool,
}

impl Key {
    /// The key of a sighting.
    #[must_use]
    pub fn of(sighting: &Sighting) -> Self {
        let fold = |part: &Option<String>| {
            part.as_deref().map(|part| text::fold_whitespace(&text::clean(part)).to_lowercase()).unwrap_or_default()
        };
        if let Some(own) = sighting.id.as_deref().map(str::trim).filter(|own| !own.is_empty()) {
            return Key { base: id::stable("id", &[own]), identity: Identity::Own };
        }
        let author = match fold(&sighting.author_id) {
            own if own.is_empty() => fold(&sighting.author),
            own => own,
        };
        let day = sighting.posted_at.map(|posted| posted.at.to_string()[..10].to_owned()).unwrap_or_default();
        let identity = if author.is_empty() { Identity::Weak } else { Identity::Derived };
        Key { base: id::stable("by", &[&fold(&sighting.item), &author, &day]), identity }
    }

    /// The part that the store indexes.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// How sure the identity is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether the platform gave the id.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.identity == Identity::Own
    }
}

/// Pairs each sighting with the stored review that it is.
///
/// Among several with one key the same words are paired first, then the most alike, then (for named authors) what is left in
/// order: so reordered pages and two namesakes on one day do not look like edits. Anonymous ones pair only when alike.
#[must_use]
pub fn match_known(normals: Vec<Normal>, known: &[Known]) -> Vec<Matched> {
    let mut by_base: std::collections::HashMap<&str, Vec<&Known>> = std::collections::HashMap::new();
    for candidate in known {
        by_base.entry(&candidate.base).or_default().push(candidate);
    }
    let mut matched: Vec<Matched> =
        normals.into_iter().map(|normal| Matched { normal, known: None, is_same: false }).collect();
    for rank in [Rank::SameWords, Rank::Alike, Rank::InOrder] {
        for one in &mut matched {
            if one.known.is_some() {
                continue;
            }
            let Some(candidates) = by_base.get_mut(one.normal.key.base()) else { continue };
            if let Some(at) = best(rank, &one.normal, candidates) {
                let known = candidates.remove(at);
                (one.known, one.is_same) = (Some(known.id), known.hash == one.normal.hash);
            }
        }
    }
    matched
}

#[derive(Clone, Copy)]
enum Rank {
    SameWords,
    Alike,
    InOrder,
}

fn best(rank: Rank, normal: &Normal, candidates: &[&Known]) -> Option<usize> {
    match rank {
        Rank::SameWords => candidates.iter().position(|known| known.hash == normal.hash),
        Rank::Alike => {
            let words = normal.content.words();
            let likeness =
                |known: &Known| known.content.as_ref().map_or(0.0, |known| text::likeness(&words, &known.words()));
            let alike = candidates.iter().enumerate().map(|(at, known)| (likeness(known), at));
            let best = alike.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
            (best.0 >= LIKENESS_MIN).then_some(best.1)
        }
        Rank::InOrder => (normal.key.identity() != Identity::Weak && !candidates.is_empty()).then_some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{PostedAt, RawRating, normalise};

    fn said(author: Option<&str>, stars: i64, text: &str) -> Sighting {
        Sighting {
            author: author.map(Into::into),
            rating: Some(RawRating::new(stars)),
            text: Some(text.into()),
            posted_at: PostedAt::parse("2026-11-20"),
            ..Sighting::default()
        }
    }

    /// Stores `before` under 1, 2, …, shows `after`, and lists which stored one each of `after` is taken for (0: new).
    fn taken_for(before: Vec<Sighting>, after: Vec<Sighting>) -> Vec<i64> {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let known: Vec<Known> = normalise(before, now)
            .0
            .into_iter()
            .zip(1..)
            .map(|(normal, row)| Known {
                id: ReviewId(row),
                base: normal.key.base().to_owned(),
                hash: normal.hash.clone(),
                content: Some(normal.content),
            })
            .collect();
        let matched = match_known(normalise(after, now).0, &known);
        for one in &matched {
            let stored = known.iter().find(|stored| Some(stored.id) == one.known);
            assert_eq!(one.is_same, stored.is_some_and(|stored| stored.hash == one.normal.hash));
        }
        matched.iter().map(|one| one.known.map_or(0, |id| id.0)).collect()
    }

    #[test]
    fn an_edited_text_is_the_same_review() {
        assert_eq!(
            taken_for(vec![said(Some("Ana"), 1, "Cold shower")], vec![said(Some("Ana"), 1, "They made it all good")]),
            [1]
        );
    }

    #[test]
    fn raised_stars_are_the_same_review() {
        assert_eq!(
            taken_for(vec![said(Some("Ana"), 1, "Cold shower")], vec![said(Some("Ana"), 5, "Cold shower")]),
            [1]
        );
    }

    #[test]
    fn stars_and_text_changed_together_are_the_same_review() {
        assert_eq!(
            taken_for(vec![said(Some("Ana"), 1, "Cold shower")], vec![said(Some("ana "), 5, "Wonderful people")]),
            [1]
        );
    }

    #[test]
    fn two_namesakes_on_one_day_stay_two_when_the_page_is_reordered() {
        let (a, b) = (said(Some("Ana"), 1, "Cold shower at six"), said(Some("Ana"), 5, "Lovely breakfast room"));
        assert_eq!(taken_for(vec![a.clone(), b.clone()], vec![b, a]), [2, 1]);
    }

    #[test]
    fn one_of_two_namesakes_edits_while_the_page_is_reordered() {
        let before = vec![said(Some("Ana"), 1, "Cold shower at six"), said(Some("Ana"), 5, "Lovely breakfast room")];
        let after =
            vec![said(Some("Ana"), 5, "Lovely breakfast room"), said(Some("Ana"), 5, "They called and all is well")];
        assert_eq!(taken_for(before, after), [2, 1]);
    }

    #[test]
    fn a_reordered_page_holds_nothing_new() {
        let page = ["Ana", "Ben", "Cem", "Dora"].map(|name| said(Some(name), 2, "Loud lift"));
        let mut turned = page.clone();
        turned.reverse();
        assert_eq!(taken_for(page.to_vec(), turned.to_vec()), [4, 3, 2, 1]);
    }

    #[test]
    fn an_anonymous_review_is_known_by_likeness_only() {
        let before = vec![said(None, 1, "The lift was loud all night")];
        assert_eq!(
            taken_for(before.clone(), vec![said(None, 5, "The lift was loud all night, now it is repaired")]),
            [1]
        );
        assert_eq!(taken_for(before, vec![said(None, 1, "Breakfast cold, eggs like rubber")]), [0]);
    }

    #[test]
    fn one_id_is_one_review_whatever_else_changed() {
        let own =
            |stars, author: &str| Sighting { id: Some("9007199254740993".into()), ..said(Some(author), stars, "x") };
        assert_eq!(taken_for(vec![own(1, "Ana")], vec![own(5, "Ana K.")]), [1]);
    }
}
