//! What the figures are computed from: plain facts of one location, or of all of them, which the store fills in.
//!
//! It holds no counters of outcomes: whatever a case came to is read from its events.

use std::time::Duration;

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::{
    calendar::Calendar,
    case::Recorded,
    id::CaseId,
    review::{PostedAt, Rating, Scale},
};

/// Everything a weekly report needs: 13 weeks of day counts, and the cases of 25 weeks with every case still open.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The name at the head of the report: the location's, or "all locations".
    pub title: String,
    /// The zone in which weeks begin and times are shown: the location's, or the first location's.
    pub zone: TimeZone,
    /// The locations that are meant, by name.
    pub houses: Vec<House>,
    /// The cases first seen within 25 weeks before the end of the week, and older ones that are still open or settled by word only.
    pub cases: Vec<CaseFacts>,
    /// Reviews a day and source; a roll-up may put a whole ISO week under any one of its days.
    pub days: Vec<DayCounts>,
    /// The sources that are meant.
    pub sources: Vec<SourceFacts>,
    /// Words without a rating that no person has judged yet, oldest first.
    pub unrated: Vec<UnratedFacts>,
}

/// One location, as far as figures need it.
#[derive(Clone, Debug, PartialEq)]
pub struct House {
    /// Its name.
    pub name: String,
    /// How soon a guest must be contacted.
    pub contact_within: Duration,
    /// The working hours in which that promise counts; none means day and night.
    pub calendar: Option<Calendar>,
    /// How often its listings are looked at in a day, if the owner said.
    pub views_per_day: Option<u32>,
}

/// One case with its whole history.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseFacts {
    /// Its number.
    pub id: CaseId,
    /// The location's name.
    pub location: String,
    /// The source's name.
    pub source: String,
    /// When the source was first looked at: what was posted before is followed, but not timed.
    pub watched_since: Timestamp,
    /// When the guest posted it; `None` if unknown, or if a review that was good at first became negative later.
    pub published: Option<PostedAt>,
    /// When we first saw it negative.
    pub first_seen_at: Timestamp,
    /// When the first alert about it was delivered, if one was.
    pub alerted_at: Option<Timestamp>,
    /// The guest's displayed name. Hostile until rendered.
    pub author: Option<String>,
    /// The headline or the first words. Hostile until rendered.
    pub excerpt: Option<String>,
    /// The rating with which the case was opened; later ones are read from the events.
    pub rating: Option<Rating>,
    /// Where to read it. Hostile until rendered.
    pub url: Option<String>,
    /// Everything that happened, oldest first.
    pub events: Vec<Recorded>,
}

/// How many reviews of one source were first seen on one day, after its baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct DayCounts {
    /// The day in the zone of the facts.
    pub day: civil::Date,
    /// The source's name.
    pub source: String,
    /// All of them.
    pub seen: usize,
    /// Judged negative when first seen.
    pub negative: usize,
    /// Judged positive when first seen.
    pub positive: usize,
    /// Without a rating when first seen.
    pub unrated: usize,
    /// How many had a rating.
    pub rated: usize,
    /// The sum of their normalised ratings (0–1 each).
    pub rating_sum: f64,
}

/// One source's health and standing.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFacts {
    /// Its name.
    pub name: String,
    /// What is wrong with it now, in words; `None` if it is well.
    pub trouble: Option<String>,
    /// When it was first looked at with success; `None` if never.
    pub watched_since: Option<Timestamp>,
    /// When it was last looked at with success.
    pub last_success_at: Option<Timestamp>,
    /// When it could not be read, oldest first.
    pub blind: Vec<Blind>,
    /// The scale in which its ratings are said.
    pub scale: Scale,
    /// The mean of all reviews visible there at the end of the week.
    pub standing: Option<Standing>,
    /// The same a week before.
    pub standing_before: Option<Standing>,
}

/// A span in which a source could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blind {
    /// From the first failed look.
    pub from: Timestamp,
    /// To the next good one; `None` if it is still blind.
    pub until: Option<Timestamp>,
}

/// A mean with the number behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Normalised, 0–1.
    pub mean: f64,
    /// How many rated reviews it is the mean of.
    pub reviews: usize,
}

/// Words without a rating that wait to be read by a person.
#[derive(Clone, Debug, PartialEq)]
pub struct UnratedFacts {
    /// The source's name.
    pub source: String,
    /// When they were first seen.
    pub first_seen_at: Timestamp,
    /// The guest's displayed name. Hostile until rendered.
    pub author: Option<String>,
    /// The headline or the first words. Hostile until rendered.
    pub excerpt: Option<String>,
    /// Where to read them. Hostile until rendered.
    pub url: Option<String>,
}

impl Facts {
    /// When the first source was first looked at; `None` if none ever was.
    #[must_use]
    pub fn watched_since(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|source| source.watched_since).min()
    }

    /// The location of a case, if it is among the houses.
    #[must_use]
    pub fn house(&self, name: &str) -> Option<&House> {
        self.houses.iter().find(|house| house.name == name)
    }
}
