//! What a report counts, kept with the reviews: what new ones bring is written here, every later change of them by triggers.

use jiff::Timestamp;
use rusqlite::params;

use super::{StoreError, Tx, reviews::Found, tx::ms};
use crate::{id::SourceId, judge::Sense};

/// What is written to the view is added to the tallies.
const ADD: &str = "INSERT INTO tallied VALUES (?1, ?2 / 900000, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// The new reviews of one look, counted so that their tallies are one write.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// Where they came.
    pub source: SourceId,
    /// When they were first seen.
    pub now: Timestamp,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Of those that appeared while we were watching.
    seen: i64,
    negative: i64,
    positive: i64,
    unrated: i64,
    rated: i64,
    /// In millionths, which add up exactly.
    rating_sum: i64,
    /// Of all.
    all: i64,
    standing: i64,
    standing_sum: i64,
}

impl Arrivals {
    /// None yet.
    #[must_use]
    pub fn at(source: SourceId, now: Timestamp) -> Self {
        Arrivals { source, now, counts: Counts::default() }
    }

    /// Counts one by its first version; `rating` is normalised.
    pub(super) fn note(&mut self, found: Found, sense: Sense, rating: Option<f64>) {
        let counts = &mut self.counts;
        let (rated, millionths) = (i64::from(rating.is_some()), (rating.unwrap_or(0.0) * 1e6).round() as i64);
        counts.all += 1;
        counts.standing += rated;
        counts.standing_sum += millionths;
        if found == Found::Baseline {
            return;
        }
        counts.seen += 1;
        counts.rated += rated;
        counts.rating_sum += millionths;
        match sense {
            Sense::Negative => counts.negative += 1,
            Sense::Positive => counts.positive += 1,
            Sense::Unrated => counts.unrated += 1,
            Sense::Neutral => {}
        }
    }

    /// Adds what was counted to the tallies of the source.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn write(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let Counts { seen, negative, positive, unrated, rated, rating_sum, all, standing, standing_sum } =
            std::mem::take(&mut self.counts);
        if all == 0 {
            return Ok(());
        }
        let (source, now) = (self.source.0, ms(self.now));
        let row = params![source, now, seen, negative, positive, unrated, rated, rating_sum, standing, standing_sum];
        tx.execute(ADD, row).map(|_| ())
    }
}
