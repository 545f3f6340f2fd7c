//! What goes into a commit and what comes out of it. It decides nothing.

use std::time::Duration;

use jiff::Timestamp;

use super::super::house::Place;
use crate::{
    review::{Coverage, Normal, Rejected, Sighting, normalise},
    store::sources::Success,
};

/// What the owner decided about one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// More new reviews than this at once, and more than half of all known, is an anomaly.
    pub surge_max: u64,
    /// At first contact, bad reviews younger than this open cases.
    pub open_recent: Option<Duration>,
}

/// What one look at a source brought, ready to be committed.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The source's name.
    pub source: String,
    /// Reviews in the common form.
    pub normals: Vec<Normal>,
    /// What could not be used.
    pub rejected: Vec<Rejected>,
    /// How much of the whole was seen.
    pub coverage: Coverage,
    /// What the owner decided about the source.
    pub choices: Choices,
    /// Since when everything would have been shown, where a platform looks back only so far.
    pub reach: Option<Timestamp>,
    /// What to note about the source.
    pub success: Success,
    pub(super) origin: Origin,
}

/// Where a batch comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A look at the source.
    Look,
    /// A look at the own pages of reviews in open cases: it is about those alone.
    Revisit,
    /// A push: it is about what it names alone, and says nothing about the rest.
    Push,
    /// A file: it never alerts, changes nothing that is known, and says nothing about the source.
    Import,
}

impl Batch {
    /// Makes a batch of what a poll saw; bare days are placed in the location's zone.
    #[must_use]
    pub fn new(
        source: &str,
        seen: (Vec<Sighting>, Coverage),
        place: &Place,
        choices: Choices,
        success: Success,
    ) -> Self {
        let (mut sightings, coverage) = seen;
        for sighting in &mut sightings {
            sighting.posted_at = sighting.posted_at.map(|posted| posted.in_zone(&place.zone));
        }
        let (normals, rejected) = normalise(sightings, success.at);
        Batch {
            source: source.to_owned(),
            normals,
            rejected,
            coverage,
            choices,
            reach: None,
            success,
            origin: Origin::Look,
        }
    }

    /// Says how far back the platform looks.
    #[must_use]
    pub fn reaching(self, reach: Option<Timestamp>) -> Self {
        Batch { reach, ..self }
    }

    /// Makes it a revisit: reviews that are not stored yet are left out, and the source's state stays as it is.
    #[must_use]
    pub fn revisited(self) -> Self {
        Batch { origin: Origin::Revisit, rejected: Vec::new(), ..self }
    }

    /// Makes it a push: what is new in it was said just now, and what is not in it is not missing.
    #[must_use]
    pub fn pushed(self) -> Self {
        Batch { origin: Origin::Push, coverage: Coverage::Some, ..self }
    }

    /// Makes it an import: nothing in it alerts or opens a case, and the source's state stays as it is.
    #[must_use]
    pub fn imported(self) -> Self {
        Batch { origin: Origin::Import, ..self }
    }
}

/// What a commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Ingested {
    /// Reviews in the batch.
    pub seen: usize,
    /// Those stored for the first time.
    pub new: usize,
    /// New negative ones that opened a case.
    pub negative: usize,
    /// Those with a further version.
    pub changed: usize,
    /// Cases seen to turn around.
    pub turned: usize,
    /// Those confirmed gone.
    pub gone: usize,
    /// Those that could not be used.
    pub rejected: usize,
    /// Whether this was the first contact.
    pub baseline: bool,
    /// What is odd about the source, if something is.
    pub odd: Option<String>,
}
