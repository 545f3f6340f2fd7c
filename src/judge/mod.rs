//! The verdict on one version of a review, with the stars, words and rules that decided it.
//!
//! Pure. A language model of sentiment will join here as one more voice; today rating and must-alert words decide, and words
//! without a rating stay *unrated* for a person to read.

mod words;

use serde::{Deserialize, Serialize};

pub use words::{MustAlert, Topic, WordList};

use crate::review::Content;

/// The default highest normalised rating that is negative: 3 of 5, 5.5 of 10.
pub const NEGATIVE_MAX: f64 = 0.5;
/// The default lowest normalised rating that counts as turned: 4 of 5.
pub const TURNED_MIN: f64 = 0.75;

/// How a review is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// A complaint.
    Negative,
    /// Neither.
    Neutral,
    /// Praise.
    Positive,
    /// No rating, and no judgement of the words yet.
    Unrated,
}

/// How urgent it is, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Needs a hand.
    Normal,
    /// The worst rating.
    High,
    /// Health, safety, crime: at once, at any hour.
    Urgent,
}

/// The judgement of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// How it is meant.
    #[serde(rename = "verdict")]
    pub sense: Sense,
    /// From −1 (worst) to 1 (best); none if unrated.
    pub score: Option<f64>,
    /// How urgent.
    pub severity: Severity,
    /// The language of the words, if known.
    pub language: Option<String>,
    /// What it is about.
    pub topics: Vec<String>,
    /// What decided, each a short sentence.
    pub because: Vec<String>,
}

/// The rules of one location.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Highest normalised rating that is negative.
    pub negative_max: f64,
    /// Lowest normalised rating that counts as turned.
    pub turned_min: f64,
    /// Words that alert whatever the stars.
    pub must_alert: MustAlert,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { negative_max: NEGATIVE_MAX, turned_min: TURNED_MIN, must_alert: MustAlert::default() }
    }
}

impl Verdict {
    /// Whether it opens a case.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.sense == Sense::Negative
    }
}

/// Judges one version of a review.
#[must_use]
pub fn judge(content: &Content, rules: &Rules) -> Verdict {
    let mut because = Vec::new();
    let rating = content.rating.as_ref();
    let by_rating = match rating {
        None => Sense::Unrated,
        Some(rating) if rating.value <= rules.negative_max => Sense::Negative,
        Some(rating) if rating.value < rules.turned_min => Sense::Neutral,
        Some(_) => Sense::Positive,
    };
    match rating {
        None => because.push("no rating, so a person has to read it".to_owned()),
        Some(rating) => {
            let against = match by_rating {
                Sense::Negative => format!("at or below the limit of {}", percent(rules.negative_max)),
                Sense::Neutral => format!("between {} and {}", percent(rules.negative_max), percent(rules.turned_min)),
                Sense::Positive | Sense::Unrated => format!("at or above {}", percent(rules.turned_min)),
            };
            because.push(format!("the rating is {} ({}), {against}", rating.in_words(), percent(rating.value)));
        }
    }
    let words = content.words();
    let found = rules.must_alert.find(&words);
    because.extend(found.iter().map(|hit| format!("must-alert word “{}” ({})", hit.word, hit.topic.name())));
    let mut topics: Vec<String> = Vec::new();
    for hit in &found {
        let topic = hit.topic.name().to_owned();
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    let sense = if found.is_empty() { by_rating } else { Sense::Negative };
    let severity = match (found.is_empty(), rating) {
        (false, _) => Severity::Urgent,
        (true, Some(rating)) if sense == Sense::Negative && rating.value <= rules.negative_max / 4.0 => Severity::High,
        (true, Some(_)) if sense == Sense::Negative => Severity::Normal,
        (true, _) => Severity::Low,
    };
    Verdict {
        sense,
        score: rating.map(|rating| rating.value * 2.0 - 1.0),
        severity,
        language: content.language.clone(),
        topics,
        because,
    }
}

fn percent(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{Rating, RawRating};

    fn verdict(stars: Option<f64>, text: &str) -> Verdict {
        let rating = stars.map(|stars| Rating::understand(&RawRating::new(stars)).unwrap().unwrap());
        judge(&Content { rating, text: Some(text.into()), ..Content::default() }, &Rules::default())
    }

    #[test]
    fn three_of_five_is_negative_and_four_is_positive() {
        assert_eq!(verdict(Some(3.0), "fine").sense, Sense::Negative);
        assert_eq!(verdict(Some(3.5), "fine").sense, Sense::Neutral);
        assert_eq!(verdict(Some(4.0), "fine").sense, Sense::Positive);
    }

    #[test]
    fn one_star_is_high_and_two_stars_are_normal() {
        assert_eq!(verdict(Some(1.0), "cold").severity, Severity::High);
        assert_eq!(verdict(Some(2.0), "cold").severity, Severity::Normal);
        assert_eq!(verdict(Some(5.0), "lovely").severity, Severity::Low);
    }

    #[test]
    fn four_stars_with_bed_bugs_is_urgent_and_says_why() {
        let verdict = verdict(Some(4.0), "Lovely view, but we found bed bugs in the mattress.");
        assert_eq!((verdict.sense, verdict.severity), (Sense::Negative, Severity::Urgent));
        assert_eq!(
            verdict.because,
            ["the rating is 4.0 of 5 (75 %), at or above 75 %", "must-alert word “bed bugs” (pests)"]
        );
    }

    #[test]
    fn words_without_a_rating_are_unrated_and_have_no_score() {
        let verdict = verdict(None, "It was a stay");
        assert_eq!((verdict.sense, verdict.score), (Sense::Unrated, None));
    }

    #[test]
    fn the_score_runs_from_minus_one_to_one() {
        assert_eq!(verdict(Some(1.0), "").score, Some(-1.0));
        assert_eq!(verdict(Some(5.0), "").score, Some(1.0));
    }
}
