//! Invented facts for tests: a small builder that speaks the domain. It is compiled for tests only.

use std::time::Duration;

use jiff::{Timestamp, civil, tz::TimeZone};

use super::{CaseFacts, DayCounts, Facts, House, SourceFacts, Standing};
use crate::{
    case::{CloseAs, Event, Gesture, Gist, Recorded, Step},
    id::CaseId,
    review::{Observation, PostedAt, Rating, RawRating, Scale},
};

/// An instant by the clock of Vienna: "2026-11-16 09:00".
#[track_caller]
pub fn at(text: &str) -> Timestamp {
    let civil: civil::DateTime = text.replace(' ', "T").parse().unwrap();
    civil.to_zoned(TimeZone::get("Europe/Vienna").unwrap()).unwrap().timestamp()
}

/// A house in Vienna with one source, watched since 1 June 2026.
pub fn facts() -> Facts {
    Facts {
        title: "Hotel Alpenblick".into(),
        zone: TimeZone::get("Europe/Vienna").unwrap(),
        houses: vec![House {
            name: "Hotel Alpenblick".into(),
            contact_within: Duration::from_secs(3600),
            calendar: None,
            views_per_day: None,
        }],
        cases: Vec::new(),
        days: Vec::new(),
        sources: vec![source("Trustpilot")],
        unrated: Vec::new(),
        praise: None,
    }
}

/// A well source on a scale of one to five.
pub fn source(name: &str) -> SourceFacts {
    SourceFacts {
        name: name.into(),
        trouble: None,
        watched_since: Some(at("2026-06-01 00:00")),
        last_success_at: Some(at("2026-11-22 23:55")),
        blind: Vec::new(),
        scale: Scale { worst: 1.0, best: 5.0 },
        standing: Some(Standing { mean: 0.8, reviews: 410 }),
        standing_before: Some(Standing { mean: 0.8, reviews: 400 }),
    }
}

/// A case of a one-star review posted at that time, seen and alerted three minutes later.
pub fn case(id: i64, posted: &str) -> CaseFacts {
    let seen = at(posted) + Duration::from_secs(180);
    CaseFacts {
        id: CaseId(id),
        location: "Hotel Alpenblick".into(),
        source: "Trustpilot".into(),
        watched_since: at("2026-06-01 00:00"),
        published: Some(PostedAt::exact(at(posted))),
        first_seen_at: seen,
        alerted_at: Some(seen + Duration::from_secs(5)),
        author: Some(format!("Guest {id}")),
        excerpt: Some("Cold shower, nobody called back".into()),
        rating: Rating::understand(&RawRating::new(1)).unwrap(),
        url: Some(format!("https://reviews.example/r/{id}")),
        events: vec![Recorded { at: seen, event: Event::Opened { because: vec![] } }],
    }
}

/// Reviews of one day.
pub fn day(day: &str, source: &str, [seen, negative, positive, unrated]: [usize; 4]) -> DayCounts {
    DayCounts {
        day: day.parse().unwrap(),
        source: source.into(),
        seen,
        negative,
        positive,
        unrated,
        rated: seen - unrated,
        rating_sum: positive as f64,
    }
}

impl CaseFacts {
    fn with(mut self, when: &str, event: Event) -> Self {
        self.events.push(Recorded { at: at(when), event });
        self
    }

    /// A person does something.
    pub fn step(self, when: &str, by: &str, step: Step) -> Self {
        self.with(when, Event::Step { by: by.into(), step })
    }

    /// Maria calls the guest.
    pub fn contacted(self, when: &str) -> Self {
        self.step(when, "Maria", Step::Contact { note: None })
    }

    /// A person closes it.
    pub fn closed(self, when: &str, outcome: CloseAs) -> Self {
        self.step(when, "Maria", Step::Close { outcome, note: None })
    }

    /// A person gives something.
    pub fn gift(self, when: &str, kind: &str, cost_cents: i64, currency: &str) -> Self {
        let gesture = Gesture {
            kind: kind.into(),
            cost_cents,
            currency: currency.into(),
            approved_by: "Maria".into(),
            note: None,
        };
        self.step(when, "Maria", Step::Gesture(gesture))
    }

    /// Seen at so many stars of five.
    pub fn seen(self, when: &str, stars: f64) -> Self {
        let to = (stars - 1.0) / 4.0;
        let last = self.events.iter().rev().find_map(|recorded| match &recorded.event {
            Event::Observed { observation: Observation::Raised { to, .. }, .. } => Some(*to),
            Event::Observed { observation: Observation::Lowered { to, .. }, .. } => *to,
            _ => None,
        });
        let from = last.or(self.rating.as_ref().map(|rating| rating.value)).unwrap_or(0.0);
        let gist = match to {
            to if to >= 0.75 => Gist::Positive,
            to if to > from => Gist::Better,
            _ => Gist::Negative,
        };
        let observation = match to >= from {
            true => Observation::Raised { from: Some(from), to },
            false => Observation::Lowered { from, to: Some(to) },
        };
        self.with(when, Event::Observed { voice: None, observation, gist })
    }

    /// Seen gone.
    pub fn gone(self, when: &str) -> Self {
        self.with(when, Event::Observed { voice: None, observation: Observation::Vanished, gist: Gist::Gone })
    }

    /// Seen again after it was gone.
    pub fn back(self, when: &str, gist: Gist) -> Self {
        self.with(when, Event::Observed { voice: None, observation: Observation::Returned, gist })
    }

    /// Its words were changed, no more.
    pub fn edited(self, when: &str) -> Self {
        self.with(when, Event::Observed { voice: None, observation: Observation::Edited, gist: Gist::Neutral })
    }

    /// The house's public answer was seen.
    pub fn answered(self, when: &str) -> Self {
        self.with(when, Event::Observed { voice: None, observation: Observation::Answered, gist: Gist::Neutral })
    }
}
