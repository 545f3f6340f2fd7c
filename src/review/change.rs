//! What changed between the stored version of a review and what was seen now: evidence, from the site alone.

use serde::{Deserialize, Serialize};

use super::{Content, Rating};
use crate::text;

/// Ratings closer than this are the same rating.
const RATING_EPSILON: f64 = 1e-4;

/// Something that the daemon itself saw on the site. It never carries a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "kebab-case")]
pub enum Observation {
    /// The rating went up.
    Raised {
        /// Normalised, 0–1; none if it had been unrated.
        from: Option<f64>,
        /// Normalised, 0–1.
        to: f64,
    },
    /// The rating went down.
    Lowered {
        /// Normalised, 0–1.
        from: f64,
        /// Normalised, 0–1; none if the rating was taken away.
        to: Option<f64>,
    },
    /// The words changed.
    Edited,
    /// The business's public answer appeared or changed.
    Answered,
    /// The business's public answer was taken away.
    AnswerRemoved,
    /// It was not found in several complete looks, one after another.
    Vanished,
    /// It is there again.
    Returned,
    /// The same author posted another review of the same place.
    Reposted {
        /// Normalised, 0–1; none if unrated.
        rating: Option<f64>,
    },
}

/// Compares two versions; an empty list means that they say the same.
#[must_use]
pub fn compare(stored: &Content, seen: &Content) -> Vec<Observation> {
    let mut observations = Vec::new();
    let value = |rating: &Option<Rating>| rating.as_ref().map(|rating| rating.value);
    match (value(&stored.rating), value(&seen.rating)) {
        (Some(from), Some(to)) if to > from + RATING_EPSILON => {
            observations.push(Observation::Raised { from: Some(from), to })
        }
        (Some(from), Some(to)) if to < from - RATING_EPSILON => {
            observations.push(Observation::Lowered { from, to: Some(to) })
        }
        (None, Some(to)) => observations.push(Observation::Raised { from: None, to }),
        (Some(from), None) => observations.push(Observation::Lowered { from, to: None }),
        (Some(_), Some(_)) | (None, None) => {}
    }
    if text::fold_whitespace(&stored.words()) != text::fold_whitespace(&seen.words()) {
        observations.push(Observation::Edited);
    }
    let [before, now] = [stored, seen].map(|content| content.reply.as_ref().map(|r| text::fold_whitespace(&r.text)));
    match (before, now) {
        (before, Some(now)) if before.as_ref() != Some(&now) => observations.push(Observation::Answered),
        (Some(_), None) => observations.push(Observation::AnswerRemoved),
        _ => {}
    }
    observations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{RawRating, Reply};

    fn content(stars: Option<i64>, text: &str) -> Content {
        let rating = stars.and_then(|stars| Rating::understand(&RawRating::new(stars)).unwrap());
        Content { rating, text: Some(text.into()), ..Content::default() }
    }

    #[test]
    fn one_to_five_to_one_to_five_is_three_changes() {
        let (bad, good) = (content(Some(1), "x"), content(Some(5), "x"));
        assert_eq!(compare(&bad, &good), [Observation::Raised { from: Some(0.0), to: 1.0 }]);
        assert_eq!(compare(&good, &bad), [Observation::Lowered { from: 1.0, to: Some(0.0) }]);
        assert_eq!(compare(&bad, &good), [Observation::Raised { from: Some(0.0), to: 1.0 }]);
    }

    #[test]
    fn white_space_alone_is_no_change() {
        assert_eq!(compare(&content(Some(1), "Cold  shower"), &content(Some(1), "Cold\nshower ")), []);
    }

    #[test]
    fn an_answer_is_seen_and_so_is_its_removal() {
        let plain = content(Some(1), "x");
        let answered = Content { reply: Some(Reply { text: "We are sorry".into(), at: None }), ..plain.clone() };
        assert_eq!(compare(&plain, &answered), [Observation::Answered]);
        assert_eq!(compare(&answered, &plain), [Observation::AnswerRemoved]);
    }

    #[test]
    fn a_rating_taken_away_is_lowered() {
        assert_eq!(
            compare(&content(Some(5), "x"), &content(None, "x")),
            [Observation::Lowered { from: 1.0, to: None }]
        );
    }
}
