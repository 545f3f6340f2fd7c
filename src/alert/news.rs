//! What there is to say of sources themselves, and the one alert that tells what is alike: a site that is down has seldom one source only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Alert, Reason};
use crate::{judge::Severity, text};

/// How many sources one alert names.
const NAMED_MAX: usize = 8;

/// What happened to a source, until it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// The location's name.
    pub location: String,
    /// The source's name.
    pub source: String,
    /// When it was noticed.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
}

/// What happens to sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It was looked at for the first time.
    FirstLook(Found),
    /// Trouble that lasts, an anomaly, or that it is over.
    State {
        /// How it is now.
        state: State,
        /// What was seen, in words.
        evidence: String,
        /// What to do about it; may be empty.
        next_step: String,
    },
}

/// What a first contact with a source found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Reviews in all.
    pub reviews: usize,
    /// Negative ones.
    pub negative: usize,
    /// Without a rating.
    pub unrated: usize,
    /// Cases opened for recent ones, as the owner chose.
    pub opened: usize,
}

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing is seen of it.
    Blind,
    /// Many reviews came or went at once.
    Odd,
    /// Reviews may have come and gone unseen.
    Missed,
    /// No review came for unusually long.
    Silent,
    /// It was one of these, and is no more.
    Healed,
}

impl State {
    fn reason(self) -> Reason {
        match self {
            State::Blind => Reason::SourceTrouble,
            State::Odd | State::Missed | State::Silent => Reason::SourceAnomaly,
            State::Healed => Reason::SourceHealed,
        }
    }

    /// What is said of one source and of several, after their name or number.
    fn in_words(self) -> [&'static str; 2] {
        match self {
            State::Blind => ["needs a look: amends is blind there", "need a look: amends is blind there"],
            State::Odd => ["looks odd: no case was touched", "look odd: no case was touched"],
            State::Missed => ["may have shown reviews that amends missed"; 2],
            State::Silent => ["has been silent for unusually long", "have been silent for unusually long"],
            State::Healed => ["is well again", "are well again"],
        }
    }
}

impl News {
    /// Why it is told.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match &self.what {
            What::FirstLook(_) => Reason::Baseline,
            What::State { state, .. } => state.reason(),
        }
    }

    /// Whether one alert can tell both.
    #[must_use]
    pub fn is_like(&self, other: &News) -> bool {
        match (&self.what, &other.what) {
            (What::FirstLook(_), What::FirstLook(_)) => true,
            (What::State { state: one, .. }, What::State { state: another, .. }) => one == another,
            _ => false,
        }
    }

    /// The alert that tells this alone.
    #[must_use]
    pub fn alert(&self, now: Timestamp) -> Alert {
        let source = &self.source;
        let (headline, lines) = match &self.what {
            What::FirstLook(found) => (
                format!("First look at {source}: {}", text::count(found.reviews, "review", "reviews")),
                vec![format!("{}. From now on every new one counts.", found.in_words()), found.cases()],
            ),
            What::State { state, evidence, next_step } => {
                let lines = [evidence, next_step].into_iter().filter(|line| !line.is_empty()).cloned().collect();
                (format!("{source} {}", state.in_words()[0]), lines)
            }
        };
        Alert {
            key: format!("source:{source}:{}:{}", self.reason().event_type(), self.at.as_millisecond()),
            reason: self.reason(),
            severity: self.severity(),
            at: now,
            location: Some(self.location.clone()),
            source: Some(source.clone()),
            case: None,
            headline,
            lines,
            review: None,
            report: None,
        }
    }

    /// The one alert that tells what is alike; none of nothing.
    #[must_use]
    pub fn alert_of_all(news: &[News], now: Timestamp) -> Option<Alert> {
        let (first, others) = news.split_first()?;
        let alone = first.alert(now);
        if others.is_empty() {
            return Some(alone);
        }
        let sources = text::count(news.len(), "source", "sources");
        let mut lines: Vec<String> = news.iter().take(NAMED_MAX).map(News::in_a_line).collect();
        if news.len() > NAMED_MAX {
            lines.push(format!("And {} more; `amends status` lists all.", news.len() - NAMED_MAX));
        }
        let headline = match &first.what {
            What::FirstLook(_) => {
                let all = news.iter().fold(Found::default(), Found::and);
                lines.push(format!("In all {}. From now on every new one counts.", all.in_words()));
                lines.push(all.cases());
                format!("First look at {sources}: {}", text::count(all.reviews, "review", "reviews"))
            }
            What::State { state, next_step, .. } => {
                if !next_step.is_empty() {
                    lines.push("What to do about each: `amends status`".to_owned());
                }
                format!("{sources} {}", state.in_words()[1])
            }
        };
        let at_one_place = others.iter().all(|other| other.location == first.location);
        Some(Alert {
            key: format!("{}:and:{}", alone.key, others.len()),
            location: alone.location.filter(|_| at_one_place),
            source: None,
            headline,
            lines,
            ..alone
        })
    }

    fn severity(&self) -> Severity {
        match &self.what {
            What::FirstLook(_) | What::State { state: State::Healed, .. } => Severity::Low,
            What::State { .. } => Severity::Normal,
        }
    }

    fn in_a_line(&self) -> String {
        let said = match &self.what {
            What::FirstLook(found) => found.in_words(),
            What::State { evidence, .. } => evidence.clone(),
        };
        format!("{}, {}: {said}", self.source, self.location)
    }
}

impl Found {
    fn in_words(&self) -> String {
        let reviews = text::count(self.reviews, "review", "reviews");
        format!("{reviews}, {} of them bad, {} without a rating", self.negative, self.unrated)
    }

    fn cases(&self) -> String {
        match self.opened {
            0 => "No case was opened for old reviews. Open one with `amends cases open REVIEW`, or set `open_recent`."
                .to_owned(),
            n => format!("{} opened for recent bad reviews, as configured.", text::count(n, "case was", "cases were")),
        }
    }

    fn and(self, news: &News) -> Found {
        let What::FirstLook(other) = &news.what else { return self };
        Found {
            reviews: self.reviews + other.reviews,
            negative: self.negative + other.negative,
            unrated: self.unrated + other.unrated,
            opened: self.opened + other.opened,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(source: &str, location: &str, what: What) -> News {
        News { location: location.to_owned(), source: source.to_owned(), at: Timestamp::UNIX_EPOCH, what }
    }

    fn blind(source: &str, location: &str) -> News {
        let (evidence, next_step) = ("cannot be reached: timed out".to_owned(), "look at it".to_owned());
        news(source, location, What::State { state: State::Blind, evidence, next_step })
    }

    fn told(news: &[News]) -> Alert {
        News::alert_of_all(news, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn one_is_told_as_it_is_and_nothing_is_no_alert() {
        let one = blind("Pretendvisor", "Hotel Alba");
        let alert = told(std::slice::from_ref(&one));
        assert_eq!(alert, one.alert(Timestamp::UNIX_EPOCH));
        assert_eq!(alert.headline, "Pretendvisor needs a look: amends is blind there");
        assert_eq!(alert.lines, ["cannot be reached: timed out", "look at it"]);
        assert_eq!(News::alert_of_all(&[], Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn several_are_told_in_one_alert_that_names_the_first_of_them() {
        let alert = told(&[blind("Pretendvisor", "Hotel Alba"), blind("Shop", "Hotel Alba")]);
        assert_eq!(alert.headline, "2 sources need a look: amends is blind there");
        assert_eq!(
            (alert.location.as_deref(), alert.source, alert.severity),
            (Some("Hotel Alba"), None, Severity::Normal)
        );
        let many: Vec<News> = (0..2_000).map(|n| blind(&format!("s{n}"), &format!("Hotel {n}"))).collect();
        let alert = told(&many);
        assert_eq!((alert.location, alert.lines.len()), (None, NAMED_MAX + 2));
        assert_eq!(alert.lines[0], "s0, Hotel 0: cannot be reached: timed out");
        assert_eq!(alert.lines[NAMED_MAX], "And 1992 more; `amends status` lists all.");
        assert_eq!(alert.lines[NAMED_MAX + 1], "What to do about each: `amends status`");
    }

    #[test]
    fn first_looks_are_summed_up() {
        let found = |reviews, opened| What::FirstLook(Found { reviews, negative: 2, unrated: 1, opened });
        let alert = told(&[news("a", "A", found(60, 0)), news("b", "B", found(1, 3))]);
        assert_eq!((alert.headline.as_str(), alert.severity), ("First look at 2 sources: 61 reviews", Severity::Low));
        assert_eq!(
            alert.lines,
            [
                "a, A: 60 reviews, 2 of them bad, 1 without a rating",
                "b, B: 1 review, 2 of them bad, 1 without a rating",
                "In all 61 reviews, 4 of them bad, 2 without a rating. From now on every new one counts.",
                "3 cases were opened for recent bad reviews, as configured.",
            ]
        );
    }

    #[test]
    fn only_what_is_alike_is_told_together_and_no_two_alerts_have_one_key() {
        let healed = What::State { state: State::Healed, evidence: String::new(), next_step: String::new() };
        let (one, other) = (blind("a", "A"), news("a", "A", healed));
        assert!(one.is_like(&blind("b", "B")) && !one.is_like(&other));
        let together = told(&[one.clone(), blind("b", "B")]);
        let keys = [told(std::slice::from_ref(&one)).key, told(&[other]).key, together.key];
        assert!(keys[0] != keys[1] && keys[0] != keys[2], "{keys:?}");
    }
}
