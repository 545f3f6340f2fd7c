//! What an observation of one review means for a case whose guest speaks in several places. Pure.

use super::Gist;
use crate::judge::Sense;

/// Weighs what was seen of one review with how the guest's other public complaints stand now.
///
/// A complaint that still stands somewhere is still read there, so the case is turned around by the last one, not by the first.
#[must_use]
pub fn weigh(gist: Gist, others: &[Sense]) -> Gist {
    let middling = others.iter().any(|sense| matches!(sense, Sense::Neutral | Sense::Unrated));
    match gist {
        Gist::Negative | Gist::Neutral => gist,
        Gist::Positive | Gist::Better | Gist::Gone if others.contains(&Sense::Negative) => Gist::Neutral,
        Gist::Positive | Gist::Gone if middling => Gist::Better,
        Gist::Gone if !others.is_empty() => Gist::Positive,
        Gist::Positive | Gist::Better | Gist::Gone => gist,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_complaint_that_stands_decides() {
        use Gist::{Better, Gone, Neutral, Positive};
        use Sense::{Negative, Positive as Good, Unrated};
        let table: &[(Gist, &[Sense], Gist)] = &[
            (Positive, &[], Positive),
            (Positive, &[Good], Positive),
            (Positive, &[Sense::Neutral], Better),
            (Positive, &[Unrated], Better),
            (Positive, &[Good, Negative], Neutral),
            (Better, &[], Better),
            (Better, &[Good], Better),
            (Better, &[Negative], Neutral),
            (Gone, &[], Gone),
            (Gone, &[Good], Positive),
            (Gone, &[Good, Sense::Neutral], Better),
            (Gone, &[Negative, Good], Neutral),
            (Neutral, &[Good], Neutral),
        ];
        for (gist, others, expected) in table {
            assert_eq!(weigh(*gist, others), *expected, "{gist:?} beside {others:?}");
        }
    }

    #[test]
    fn what_gets_worse_is_worse_whatever_stands_elsewhere() {
        for other in [Sense::Negative, Sense::Neutral, Sense::Positive, Sense::Unrated] {
            assert_eq!(weigh(Gist::Negative, &[other]), Gist::Negative);
        }
    }
}
