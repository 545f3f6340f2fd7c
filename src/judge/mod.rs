//! The verdict on one version of a review, with the stars, words and rules that decided it.
//!
//! Pure: no I/O, no clock, no network. Stars decide where there are stars; words decide where there are none, or where the stars say
//! neither and the words surely do nothing but complain; words that alert ([`must_alert`]) overrule both. How words are read:
//! [`mod@unit`] cuts the text, [`language`] finds its languages, [`opinion`] and [`grams`] read each sentence, [`sentiment`] blends
//! that into probabilities, [`about`] tells the topics. `training/` makes [`model`] from what it may learn from.
//!
//! # Severity
//!
//! | severity | when |
//! |---|---|
//! | urgent | a word that alerts: health, safety, crime, discrimination, or one of the owner's |
//! | high | negative, and: the worst rating; or at least four complaints; or words that complain sharply (an outrageous word, or 94 % sure and three complaints); or the guest was badly treated after complaining |
//! | normal | negative otherwise |
//! | low | neither negative nor alarming |

pub mod about;
pub mod grams;
pub mod language;
pub mod lexicon;
pub mod memo;
pub mod model;
pub mod must_alert;
pub mod opinion;
pub mod quality;
pub mod sentiment;
pub mod topic;
pub mod trie;
pub mod unit;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use about::OwnTopics;
pub use language::Language;
pub use must_alert::MustAlert;

use crate::{review::Content, text};
use about::{Subject, subjects};
use language::Hints;
use model::Model;
use must_alert::Hit;
use sentiment::{Lean, Sentiment};
use topic::Topic;

/// The default highest normalised rating that is negative: 3 of 5, 5.5 of 10.
pub const NEGATIVE_MAX: f64 = 0.5;
/// The default lowest normalised rating that counts as turned: 4 of 5.
pub const TURNED_MIN: f64 = 0.75;
/// How sure words must be of a complaint to weigh more than stars that say neither, or to be held against good ones.
const SURE: f32 = 0.94;
/// More certain than this nobody is of words.
const CERTAIN: f32 = 0.99;
/// How many complaints make a negative review an urgent matter of the day.
const COMPLAINTS_HIGH: usize = 4;
/// The weight from which a complaint is outrageous.
const OUTRAGEOUS: f32 = -3.0;
/// The longest quotation in a reason.
const QUOTE_BYTES: usize = 240;
/// How many subjects are named in a reason.
const NAMED_MAX: usize = 4;

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
    /// No rating, and no words that can be judged.
    Unrated,
}

impl Sense {
    /// The sense as it is shown and stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Sense::Negative => "negative",
            Sense::Neutral => "neutral",
            Sense::Positive => "positive",
            Sense::Unrated => "unrated",
        }
    }
}

/// How urgent it is, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Needs a hand.
    Normal,
    /// The worst rating, or a sharp complaint.
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
    /// From −1 (worst) to 1 (best), of the rating if there is one, else of the words; none if unrated.
    pub score: Option<f64>,
    /// How urgent.
    pub severity: Severity,
    /// The ISO 639-1 code of the language of the words, if known.
    pub language: Option<String>,
    /// What it is about and how that was: "room:neg", "staff:pos".
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
    /// The least probability of a complaint that makes words negative; the model's own if none.
    pub words_negative_min: Option<f32>,
    /// The languages that guests use to write here.
    pub languages: Vec<Language>,
    /// Words that alert whatever the stars.
    pub must_alert: Arc<MustAlert>,
    /// The owner's own topics.
    pub topics: Arc<OwnTopics>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            negative_max: NEGATIVE_MAX,
            turned_min: TURNED_MIN,
            words_negative_min: None,
            languages: Vec::new(),
            must_alert: Arc::default(),
            topics: Arc::default(),
        }
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
    let words = content.words();
    let platform = content.language.as_deref().and_then(Language::of_tag);
    let hints = Hints { platform, location: &rules.languages };
    let sentiment = Sentiment::of(&words, hints, rules.words_negative_min, Model::shipped());
    let language = sentiment.reading.main_language();
    let alarming = rules.must_alert.find(&words, &sentiment.reading.units, language);
    let subjects = subjects(&words, &sentiment.reading, &rules.topics);
    let by_words = sentiment.lean.map_or(Sense::Unrated, sense_of);
    let by_stars = content.rating.as_ref().map(|rating| match rating.value {
        value if value <= rules.negative_max => Sense::Negative,
        value if value < rules.turned_min => Sense::Neutral,
        _ => Sense::Positive,
    });
    let sense = match (alarming.is_empty(), by_stars, by_words) {
        (false, ..) => Sense::Negative,
        (true, Some(Sense::Neutral), _) if sentiment.negative >= SURE && sentiment.reading.only_complains() => {
            Sense::Negative
        }
        (true, Some(by_stars), _) => by_stars,
        (true, None, by_words) => by_words,
    };
    let evidence = Evidence { content, rules, sentiment: &sentiment, alarming: &alarming, subjects: &subjects };
    let mut topics: Vec<String> = subjects.iter().map(Subject::tag).collect();
    topics.dedup();
    Verdict {
        sense,
        score: match (&content.rating, sentiment.lean) {
            (Some(rating), _) => Some(rating.value * 2.0 - 1.0),
            (None, Some(_)) => {
                let score = f64::from(sentiment.positive) - f64::from(sentiment.negative);
                Some((score * 1000.0).round() / 1000.0)
            }
            (None, None) if alarming.is_empty() => None,
            (None, None) => Some(-1.0),
        },
        severity: evidence.severity(sense),
        language: sentiment
            .reading
            .language
            .or(platform)
            .map(|language| language.code().to_owned())
            .or_else(|| content.language.clone()),
        topics,
        because: evidence.reasons(by_stars, sense),
    }
}

/// The probability that the words of a review complain, whatever its stars; none if there are none that can be judged.
#[must_use]
pub fn complaint_in_words(content: &Content, rules: &Rules) -> Option<f32> {
    let platform = content.language.as_deref().and_then(Language::of_tag);
    let hints = Hints { platform, location: &rules.languages };
    let sentiment = Sentiment::of(&content.words(), hints, None, Model::shipped());
    sentiment.lean.map(|_| sentiment.negative)
}

fn sense_of(lean: Lean) -> Sense {
    match lean {
        Lean::Negative => Sense::Negative,
        Lean::Neutral => Sense::Neutral,
        Lean::Positive => Sense::Positive,
    }
}

/// Everything that a verdict rests on.
struct Evidence<'a> {
    content: &'a Content,
    rules: &'a Rules,
    sentiment: &'a Sentiment,
    alarming: &'a [Hit],
    subjects: &'a [Subject],
}

impl Evidence<'_> {
    /// The table in the head of this file.
    fn severity(&self, sense: Sense) -> Severity {
        if !self.alarming.is_empty() {
            return Severity::Urgent;
        }
        if sense != Sense::Negative {
            return Severity::Low;
        }
        let opinions = || self.sentiment.reading.sentences.iter().flat_map(|sentence| &sentence.findings.opinions);
        let complaints = opinions().filter(|opinion| opinion.weight < 0.0).count();
        let outrageous = opinions().any(|opinion| opinion.weight <= OUTRAGEOUS);
        let by_words = self.sentiment.lean == Some(Lean::Negative);
        let worst = self.content.rating.as_ref().is_some_and(|rating| rating.value <= self.rules.negative_max / 4.0);
        let badly_treated = opinions().any(|one| one.weight < 0.0 && one.topic == Some(Topic::Treatment));
        let sharp = outrageous || (self.sentiment.negative >= 0.95 && complaints >= 3);
        if worst || (by_words && (complaints >= COMPLAINTS_HIGH || sharp || badly_treated)) {
            Severity::High
        } else {
            Severity::Normal
        }
    }

    /// What decided, each a short sentence: stars, words, what alerts, what it is about, what is asked for.
    fn reasons(&self, by_stars: Option<Sense>, sense: Sense) -> Vec<String> {
        let mut because = Vec::new();
        because.extend(by_stars.and_then(|by_stars| self.of_the_stars(by_stars)));
        because.extend(self.of_the_words(by_stars, sense));
        because.extend(
            self.alarming.iter().map(|hit| format!("must-alert word {} ({})", quoted(&hit.word), hit.danger.name())),
        );
        because.extend(self.of_subjects("what went wrong", |subject| subject.complaint && !subject.is_treatment()));
        because.extend(
            self.of_subjects("how the guest was treated", |subject| subject.complaint && subject.is_treatment()),
        );
        because.extend(self.of_the_wish());
        because
    }

    fn of_the_stars(&self, by_stars: Sense) -> Option<String> {
        let rating = self.content.rating.as_ref()?;
        let (low, high) = (|| percent(self.rules.negative_max), || percent(self.rules.turned_min));
        let against = match by_stars {
            Sense::Negative => format!("at or below the limit of {}", low()),
            Sense::Neutral => format!("between {} and {}", low(), high()),
            Sense::Positive | Sense::Unrated => format!("at or above {}", high()),
        };
        Some(format!("the rating is {} ({}), {against}", rating.in_words(), percent(rating.value)))
    }

    /// What the words say, where they decided or where they contradict the stars.
    fn of_the_words(&self, by_stars: Option<Sense>, sense: Sense) -> Option<String> {
        let lean = match (self.sentiment.lean, by_stars) {
            (None, None) => {
                return Some("no rating and no words that can be judged, so a person has to read it".to_owned());
            }
            (None, Some(_)) => return None,
            (Some(Lean::Negative), Some(Sense::Positive)) if self.sentiment.negative >= SURE => {
                return Some(format!("but the words read as a complaint ({})", self.certainty(Lean::Negative)));
            }
            (Some(Lean::Negative), Some(Sense::Neutral)) if sense == Sense::Negative => Lean::Negative,
            (Some(_), Some(_)) => return None,
            (Some(lean), None) => lean,
        };
        let words = self.deciding(lean);
        let said = match lean {
            Lean::Negative => "the words read as a complaint",
            Lean::Neutral => "the words neither praise nor complain",
            Lean::Positive => "the words read as praise",
        };
        let quoted = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
        Some(format!("{said} ({}{}){quoted}", self.certainty(lean), self.shifted()))
    }

    fn certainty(&self, lean: Lean) -> String {
        let probability = match lean {
            Lean::Negative => self.sentiment.negative,
            Lean::Neutral => 1.0 - self.sentiment.negative - self.sentiment.positive,
            Lean::Positive => self.sentiment.positive,
        };
        let doubt = if probability < 0.6 { "unsure, " } else { "" };
        format!("{doubt}{}", percent(f64::from(probability.clamp(0.0, CERTAIN))))
    }

    fn shifted(&self) -> String {
        let own = self.rules.words_negative_min;
        own.map_or(String::new(), |least| format!(", the limit here is {}", percent(f64::from(least))))
    }

    /// The weightiest words for a lean.
    fn deciding(&self, lean: Lean) -> Vec<String> {
        let which = self.subjects.iter().filter(|subject| match lean {
            Lean::Negative => subject.complaint,
            Lean::Positive => !subject.complaint,
            Lean::Neutral => false,
        });
        let mut named: Vec<String> = Vec::new();
        for word in which.flat_map(|subject| &subject.words).map(|word| quoted(word)) {
            if named.len() < NAMED_MAX && !named.contains(&word) {
                named.push(word);
            }
        }
        named
    }

    fn of_subjects(&self, head: &str, which: impl Fn(&Subject) -> bool) -> Option<String> {
        let named =
            self.subjects.iter().filter(|subject| which(subject) && subject.about.name() != Topic::General.name());
        let named: Vec<String> = named
            .take(NAMED_MAX)
            .map(|subject| {
                let words: Vec<String> = subject.words.iter().map(|word| quoted(word)).collect();
                format!("{} ({})", subject.about.name(), words.join(", "))
            })
            .collect();
        (!named.is_empty()).then(|| format!("{head}: {}", named.join("; ")))
    }

    /// The first sentence in which the guest says what should be different.
    fn of_the_wish(&self) -> Option<String> {
        let reading = &self.sentiment.reading;
        let wish = reading.sentences.iter().find(|sentence| sentence.findings.wishes > 0)?;
        let words = about::quote(&self.content.words(), &reading.units, wish.units.clone());
        Some(format!("the guest would have it otherwise: {}", quoted(&words)))
    }
}

/// A guest's words between quotation marks: cleaned of what hides, on one line, cut to a sane size.
fn quoted(words: &str) -> String {
    format!("“{}”", text::truncate_bytes(&text::fold_whitespace(&text::clean(words)), QUOTE_BYTES))
}

fn percent(value: f64) -> String {
    format!("{} %", (value * 100.0).round_ties_even() as i64)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
