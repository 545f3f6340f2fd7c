//! Which posts speak of the business: the owner's names and spellings for it, and the words that mean somebody else.

use std::sync::Arc;

use url::Url;

use super::{
    ParseError,
    api::{Leaf, Read},
};
use crate::{
    config::SettingsError,
    judge::{trie::Trie, unit::Units},
    review::Sighting,
};

/// The longest list of words.
const WORDS_MAX: usize = 100;

/// The owner's words for the business.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    names: Trie<()>,
    others: Trie<()>,
    any: bool,
}

impl Mentions {
    /// From the keys `words` and `not_words`; without `words` every post counts.
    ///
    /// # Errors
    /// If a word is empty or there are too many.
    pub(super) fn new(words: &[String], not_words: &[String]) -> Result<Self, SettingsError> {
        Ok(Mentions { names: trie("words", words)?, others: trie("not_words", not_words)?, any: words.is_empty() })
    }

    /// Whether a post speaks of the business, as whole words, whatever their case and accents.
    pub(super) fn are_in(&self, post: &Sighting) -> bool {
        let text = [post.title.as_deref(), post.text.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n");
        // A handle or tag that is the name is the name.
        let units = Units::of(&text.replace(['@', '#', '_'], " "));
        let found = |words: &Trie<()>| (0..units.list.len()).any(|at| words.longest(&units, at).is_some());
        (self.any || found(&self.names)) && !found(&self.others)
    }

    /// The same reading of an answer, without the posts that speak of something else.
    pub(super) fn only(self, read: fn(&[u8], &Url) -> Result<Leaf, ParseError>) -> Read {
        Arc::new(move |bytes, url| Ok(self.keep(read(bytes, url)?)))
    }

    /// Keeps the posts that speak of the business. Where others were found and none of these, that is an answer, not silence.
    pub(super) fn keep(&self, leaf: Leaf) -> Leaf {
        let found_any = !leaf.sightings.is_empty();
        let sightings: Vec<Sighting> = leaf.sightings.into_iter().filter(|post| self.are_in(post)).collect();
        let stated = if found_any && sightings.is_empty() { Some(0) } else { None };
        Leaf { sightings, stated, ..leaf }
    }
}

/// Refuses a list of searches that is empty or too long to be polite.
///
/// # Errors
/// If it is.
pub(super) fn check_searches(searches: &[String], most: usize) -> Result<(), SettingsError> {
    if searches.is_empty() || searches.len() > most {
        let said = format!("name one to {most} `searches`, such as [\"Hotel Alba\"]");
        return Err(SettingsError::key("searches", said));
    }
    Ok(())
}

fn trie(key: &str, words: &[String]) -> Result<Trie<()>, SettingsError> {
    if words.len() > WORDS_MAX {
        return Err(SettingsError::key(key, format!("`{key}` has more than {WORDS_MAX} words")));
    }
    let mut trie = Trie::default();
    for word in words {
        if word.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
            return Err(SettingsError::key(key, format!("every word in `{key}` needs at least two letters")));
        }
        trie.add(word, (), |(), ()| {});
    }
    Ok(trie)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Sighting {
        Sighting { text: Some(text.to_owned()), ..Sighting::default() }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_post_counts_by_whole_words_whatever_their_case_and_accents() {
        let mentions = Mentions::new(&words(&["Hôtel Alba", "albahotel"]), &words(&["Jessica Alba"])).unwrap();
        for (text, expected) in [
            ("Two nights at hotel ALBA, never again", true),
            ("#AlbaHotel was fine", true),
            ("@albahotel hello", true),
            ("Hotel Albatross", false),
            ("Jessica Alba at the Hotel Alba", false),
            ("nothing", false),
        ] {
            assert_eq!(mentions.are_in(&of(text)), expected, "{text}");
        }
    }

    #[test]
    fn posts_of_others_are_an_answer_and_nothing_at_all_is_silence() {
        let mentions = Mentions::new(&words(&["Alba"]), &[]).unwrap();
        let kept = |texts: &[&str]| {
            mentions.keep(Leaf { sightings: texts.iter().map(|text| of(text)).collect(), ..Leaf::default() })
        };
        assert_eq!((kept(&["other"]).sightings.len(), kept(&["other"]).stated), (0, Some(0)));
        assert_eq!((kept(&[]).stated, kept(&["Alba", "other"]).sightings.len()), (None, 1));
    }

    #[test]
    fn a_word_without_letters_is_refused() {
        assert!(Mentions::new(&words(&["!"]), &[]).is_err());
        assert!(Mentions::new(&[], &[]).unwrap().are_in(&of("anything")));
    }
}
