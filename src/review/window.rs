//! What absence means: which stored reviews a look should have shown and did not, and when that is odd rather than telling.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::id::ReviewId;

/// Fewer than this many going missing at once is never odd.
const MASS_MIN: usize = 5;
/// A larger share than this going missing at once is odd.
const MASS_SHARE: f64 = 0.3;

/// How much of all reviews a look saw; it decides what absence means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// The same as last time; nothing was parsed.
    Unchanged,
    /// Every review that the platform has: one not seen is missing.
    Complete,
    /// The newest ones, without gaps: one not seen is missing only while an older one is still shown.
    Newest,
    /// Some of them: absence proves nothing.
    #[default]
    Some,
}

/// A stored review that is on the site, as far as we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its row.
    pub id: ReviewId,
    /// When it was posted, if known.
    pub posted_at: Option<Timestamp>,
    /// In how many complete looks in a row it was not found.
    pub missing_count: u32,
}

/// What a look says about the reviews that it did not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// These should have been there and were not; one look proves nothing yet.
    Missing(Vec<ReviewId>),
    /// So many at once that the source is in doubt, not the reviews.
    Mass {
        /// How many went missing in this look.
        missing: usize,
        /// Of how many that should have been there.
        of: usize,
    },
}

/// Compares what was shown before with what is seen now.
#[must_use]
pub fn absence(shown: &[Shown], seen: &HashSet<ReviewId>, coverage: Coverage) -> Absence {
    let oldest_seen = shown.iter().filter(|known| seen.contains(&known.id)).filter_map(|known| known.posted_at).min();
    let expected: Vec<&Shown> = shown
        .iter()
        .filter(|known| match coverage {
            Coverage::Unchanged | Coverage::Some => false,
            Coverage::Complete => true,
            Coverage::Newest => oldest_seen.is_some_and(|oldest| known.posted_at.is_some_and(|posted| posted > oldest)),
        })
        .collect();
    let missing: Vec<&&Shown> = expected.iter().filter(|known| !seen.contains(&known.id)).collect();
    let fresh = missing.iter().filter(|known| known.missing_count == 0).count();
    if fresh >= MASS_MIN && fresh as f64 > expected.len() as f64 * MASS_SHARE {
        return Absence::Mass { missing: fresh, of: expected.len() };
    }
    Absence::Missing(missing.into_iter().map(|known| known.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty reviews, one a day, the first being the newest.
    fn twenty() -> Vec<Shown> {
        (1..=20)
            .map(|n| Shown { id: ReviewId(n), posted_at: Timestamp::from_second(100_000 - n).ok(), missing_count: 0 })
            .collect()
    }

    fn seen(ids: impl IntoIterator<Item = i64>) -> HashSet<ReviewId> {
        ids.into_iter().map(ReviewId).collect()
    }

    #[test]
    fn one_that_a_complete_look_does_not_show_is_missing() {
        assert_eq!(
            absence(&twenty(), &seen((1..=20).filter(|n| *n != 7)), Coverage::Complete),
            Absence::Missing(vec![ReviewId(7)])
        );
    }

    #[test]
    fn what_scrolled_out_of_the_newest_is_not_missing() {
        assert_eq!(absence(&twenty(), &seen(1..=10), Coverage::Newest), Absence::Missing(vec![]));
        let gap = seen((1..=10).filter(|n| *n != 4));
        assert_eq!(absence(&twenty(), &gap, Coverage::Newest), Absence::Missing(vec![ReviewId(4)]));
    }

    #[test]
    fn absence_from_a_sample_proves_nothing() {
        assert_eq!(absence(&twenty(), &seen([3]), Coverage::Some), Absence::Missing(vec![]));
    }

    #[test]
    fn a_mass_disappearance_puts_the_source_in_doubt() {
        assert_eq!(absence(&twenty(), &seen(1..=8), Coverage::Complete), Absence::Mass { missing: 12, of: 20 });
        assert_eq!(absence(&twenty(), &seen([]), Coverage::Complete), Absence::Mass { missing: 20, of: 20 });
    }
}
