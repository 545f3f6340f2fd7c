//! The Kaplan–Meier estimator: how long something typically takes when for some cases it has not happened yet.
//!
//! E. L. Kaplan, P. Meier, "Nonparametric Estimation from Incomplete Observations", Journal of the American Statistical
//! Association 53 (1958), 457–481. A mean or median of the finished cases alone would look better the more guests are left waiting;
//! here an unfinished case counts with its age so far. It deliberately offers no mean.

use std::time::Duration;

/// Shares closer than this are the same share.
const SHARE_EPSILON: f64 = 1e-9;

/// One case under observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lasted {
    /// From the start of the clock to its end, or to the last look.
    pub length: Duration,
    /// Whether it happened by then.
    pub end: End,
}

/// How the observation of a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What we wait for happened at that age.
    Happened,
    /// It had not happened at that age (a "censored" case): still open, or no longer to be seen.
    NotYet,
}

/// The share of cases for which it has not happened yet, falling with age.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    drops: Vec<Fall>,
    longest: Duration,
    cases: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Fall {
    age: Duration,
    left: f64,
}

/// By which age it has happened for a given share of the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantile {
    /// There is not one case.
    NoCases,
    /// By this age.
    At(Duration),
    /// Not reached yet: it takes longer than this, the longest age seen.
    Beyond(Duration),
}

impl Curve {
    /// Estimates the curve; when a case ends just as another one is last seen, the ending comes first, as in the paper.
    #[must_use]
    pub fn estimate(cases: &[Lasted]) -> Self {
        let mut sorted: Vec<Lasted> = cases.to_vec();
        sorted.sort_by_key(|case| case.length);
        let (mut drops, mut left) = (Vec::new(), 1.0);
        let mut at_risk = sorted.len();
        for same_age in sorted.chunk_by(|a, b| a.length == b.length) {
            let happened = same_age.iter().filter(|case| case.end == End::Happened).count();
            if happened > 0 {
                left *= 1.0 - happened as f64 / at_risk as f64;
                drops.push(Fall { age: same_age[0].length, left });
            }
            at_risk -= same_age.len();
        }
        let longest = sorted.last().map_or(Duration::ZERO, |case| case.length);
        Curve { drops, longest, cases: sorted.len() }
    }

    /// The share for which it had not happened at `age`, from 1 down to 0.
    #[must_use]
    pub fn left_at(&self, age: Duration) -> f64 {
        self.drops.iter().take_while(|drop| drop.age <= age).last().map_or(1.0, |drop| drop.left)
    }

    /// The age by which it has happened for `share` (0–1) of the cases.
    ///
    /// Where the curve runs level exactly at that share, the middle of the level is taken, so that without open cases this is
    /// the ordinary median (the convention of R's `survival::quantile.survfit`).
    #[must_use]
    pub fn quantile(&self, share: f64) -> Quantile {
        if self.cases == 0 {
            return Quantile::NoCases;
        }
        let wanted = 1.0 - share;
        let Some(first) = self.drops.iter().position(|drop| drop.left <= wanted + SHARE_EPSILON) else {
            return Quantile::Beyond(self.longest);
        };
        let drop = self.drops[first];
        let level = (drop.left - wanted).abs() <= SHARE_EPSILON;
        match self.drops.get(first + 1).filter(|_| level) {
            Some(next) => Quantile::At((drop.age + next.age) / 2),
            None => Quantile::At(drop.age),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * 86_400)
    }

    /// "3" happened after three days, "3+" had not happened after three days.
    fn curve(cases: &str) -> Curve {
        let read = |case: &str| match case.strip_suffix('+') {
            Some(age) => Lasted { length: days(age.parse().unwrap()), end: End::NotYet },
            None => Lasted { length: days(case.parse().unwrap()), end: End::Happened },
        };
        Curve::estimate(&cases.split_whitespace().map(read).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(cases: &str, median: Quantile, ninetieth: Quantile) {
        assert_eq!((curve(cases).quantile(0.5), curve(cases).quantile(0.9)), (median, ninetieth), "{cases}");
    }

    #[test]
    fn without_open_cases_it_is_the_ordinary_median() {
        check("1 2 3", Quantile::At(days(2)), Quantile::At(days(3)));
        check("1 3", Quantile::At(days(2)), Quantile::At(days(3)));
        check("5", Quantile::At(days(5)), Quantile::At(days(5)));
    }

    #[test]
    fn open_cases_push_the_median_out_or_beyond_reach() {
        check("1 2 3 9+ 9+", Quantile::At(days(3)), Quantile::Beyond(days(9)));
        check("1 2 9+ 9+ 9+", Quantile::Beyond(days(9)), Quantile::Beyond(days(9)));
        check("4+ 6+", Quantile::Beyond(days(6)), Quantile::Beyond(days(6)));
    }

    #[test]
    fn no_case_has_no_answer() {
        check("", Quantile::NoCases, Quantile::NoCases);
    }

    #[test]
    fn an_open_case_older_than_everything_keeps_the_long_end_unknown() {
        check("2 3 4 5 400+", Quantile::At(days(4)), Quantile::Beyond(days(400)));
    }

    #[test]
    fn an_ending_comes_before_a_last_look_at_the_same_age() {
        assert!((curve("2 2+ 2+ 5").left_at(days(2)) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn the_naive_mean_of_closed_cases_is_visibly_wrong() {
        // Three quick wins and seven guests who have waited for weeks: the mean of the closed ones says two days.
        let cases = "1 2 3 20+ 21+ 22+ 24+ 26+ 28+ 30+";
        let closed = [1, 2, 3];
        assert_eq!(days(closed.iter().sum::<u64>() / 3), days(2));
        check(cases, Quantile::Beyond(days(30)), Quantile::Beyond(days(30)));
        assert!((curve(cases).left_at(days(19)) - 0.7).abs() < 1e-9);
    }

    /// The remission times of the 6-MP arm in Freireich et al., Blood 21 (1963), 699–716, the textbook example:
    /// S(6) = 0.857, S(10) = 0.753, S(23) = 0.448, median 23.
    #[test]
    fn it_agrees_with_the_textbook() {
        let curve = curve("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+");
        for (age, left) in
            [(5, 1.0), (6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)]
        {
            assert!((curve.left_at(days(age)) - left).abs() < 0.0006, "{age}");
        }
        assert_eq!(curve.quantile(0.5), Quantile::At(days(23)));
    }
}
