//! How well the judge agrees with the people who read after it, and what limit would have agreed better.
//!
//! What nobody corrected counts as right, so a figure is only as good as the reading of the people; how many were read is said.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Sense;

/// From how many corrections of one location on a limit is advised.
const CORRECTIONS_MIN: usize = 10;
/// Limits that are tried: 10 % to 90 %.
const LIMITS: std::ops::RangeInclusive<u8> = 10..=90;

/// One review as it was judged and as a person read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The kind of its source.
    pub kind: String,
    /// Its location.
    pub location: String,
    /// The language that was found.
    pub language: Option<String>,
    /// What the judge said.
    pub judged: Sense,
    /// What a person said, if one did.
    pub meant: Option<Sense>,
}

impl Judged {
    /// How it is meant, as far as anybody knows.
    #[must_use]
    pub fn truth(&self) -> Sense {
        self.meant.unwrap_or(self.judged)
    }
}

/// The agreement on one language of one kind of source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// The kind of source.
    pub kind: String,
    /// The language; "unknown" if it was not found.
    pub language: String,
    /// How many reviews.
    pub reviews: usize,
    /// How many of them a person confirmed or corrected.
    pub read: usize,
    /// How many were corrected.
    pub corrected: usize,
    /// Of those that were called negative, the share that is.
    pub precision: Option<f64>,
    /// Of those that are negative, the share that was called so.
    pub recall: Option<f64>,
}

/// Counts the agreement by source kind and language, in that order.
#[must_use]
pub fn agreement(reviews: &[Judged]) -> Vec<Agreement> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Judged>> = BTreeMap::new();
    for review in reviews {
        let language = review.language.as_deref().unwrap_or("unknown");
        groups.entry((&review.kind, language)).or_default().push(review);
    }
    groups.into_iter().map(|((kind, language), list)| count(kind, language, &list)).collect()
}

fn count(kind: &str, language: &str, list: &[&Judged]) -> Agreement {
    let of = |wanted: &dyn Fn(&Judged) -> bool| list.iter().filter(|one| wanted(one)).count();
    let hits = of(&|one| one.judged == Sense::Negative && one.truth() == Sense::Negative);
    let share = |all: usize| (all > 0).then(|| hits as f64 / all as f64);
    Agreement {
        kind: kind.to_owned(),
        language: language.to_owned(),
        reviews: list.len(),
        read: of(&|one| one.meant.is_some()),
        corrected: of(&|one| one.truth() != one.judged),
        precision: share(of(&|one| one.judged == Sense::Negative)),
        recall: share(of(&|one| one.truth() == Sense::Negative)),
    }
}

/// A limit for words without stars that would have agreed better with the people of a location.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// The location.
    pub location: String,
    /// `words_negative_min` that would have been better.
    pub words_negative_min: f64,
    /// How many verdicts on words were wrong as they were judged.
    pub wrong: usize,
    /// How many would have been wrong with the limit.
    pub wrong_then: usize,
    /// Of how many.
    pub of: usize,
}

/// Looks for a better limit; `words` are the location's reviews that words alone decided, each with the probability of a complaint.
#[must_use]
pub fn advise(location: &str, words: &[(Judged, f32)]) -> Option<Advice> {
    let corrected = words.iter().filter(|(one, _)| one.truth() != one.judged).count();
    if corrected < CORRECTIONS_MIN {
        return None;
    }
    let negative = |one: &Judged| one.truth() == Sense::Negative;
    let wrong = words.iter().filter(|(one, _)| (one.judged == Sense::Negative) != negative(one)).count();
    let wrong_at = |least: f32| words.iter().filter(|(one, p)| (*p >= least) != negative(one)).count();
    let best = LIMITS.map(|percent| f32::from(percent) / 100.0).min_by_key(|least| wrong_at(*least))?;
    let advice = Advice {
        location: location.to_owned(),
        words_negative_min: (f64::from(best) * 100.0).round() / 100.0,
        wrong,
        wrong_then: wrong_at(best),
        of: words.len(),
    };
    (advice.wrong_then < advice.wrong).then_some(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(judged: Sense, meant: Option<Sense>) -> Judged {
        Judged { kind: "feed".into(), location: "Inn".into(), language: Some("de".into()), judged, meant }
    }

    #[test]
    fn precision_and_recall_are_against_what_people_say() {
        use Sense::{Negative, Neutral, Positive};
        let list = [
            judged(Negative, None),
            judged(Negative, Some(Negative)),
            judged(Negative, Some(Positive)),
            judged(Neutral, Some(Negative)),
            judged(Positive, None),
        ];
        let found = agreement(&list);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].reviews, found[0].read, found[0].corrected), (5, 3, 2));
        assert_eq!(found[0].precision, Some(2.0 / 3.0));
        assert_eq!(found[0].recall, Some(2.0 / 3.0));
    }

    #[test]
    fn nothing_negative_has_no_figures() {
        let found = agreement(&[judged(Sense::Positive, None)]);
        assert_eq!((found[0].precision, found[0].recall), (None, None));
    }

    #[test]
    fn a_limit_is_advised_only_from_ten_corrections_on_and_only_if_it_is_better() {
        let missed =
            |n: usize| (0..n).map(|_| (judged(Sense::Neutral, Some(Sense::Negative)), 0.3)).collect::<Vec<_>>();
        assert_eq!(advise("Inn", &missed(9)), None);
        let mut list = missed(10);
        list.push((judged(Sense::Neutral, None), 0.2));
        let advice = advise("Inn", &list).unwrap();
        assert_eq!((advice.words_negative_min, advice.wrong, advice.wrong_then, advice.of), (0.21, 10, 0, 11));
    }
}
