//! A location's whole history week by week: whether it is getting better.

use std::collections::BTreeMap;

use super::{DayCounts, IsoWeek};

/// What was first seen in one week, over all sources.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekCounts {
    /// The week.
    pub week: IsoWeek,
    /// All reviews.
    pub seen: usize,
    /// Judged negative when first seen.
    pub negative: usize,
    /// Judged positive when first seen.
    pub positive: usize,
    /// Without a rating when first seen.
    pub unrated: usize,
    /// The mean of the normalised ratings (0–1); none if none had one.
    pub mean: Option<f64>,
}

/// Every week from the first with a review to the last, those without any too.
#[must_use]
pub fn by_week(days: &[DayCounts]) -> Vec<WeekCounts> {
    let mut weeks: BTreeMap<IsoWeek, Vec<&DayCounts>> = BTreeMap::new();
    for day in days {
        weeks.entry(IsoWeek::of_day(day.day)).or_default().push(day);
    }
    let (Some(first), Some(last)) = (weeks.keys().next().copied(), weeks.keys().next_back().copied()) else {
        return Vec::new();
    };
    let all =
        std::iter::successors(Some(first), |week| Some(week.back(-1)).filter(|next| *next <= last && next > week));
    all.map(|week| {
        let days = weeks.get(&week).map_or(&[][..], Vec::as_slice);
        let sum = |of: fn(&DayCounts) -> usize| days.iter().map(|day| of(day)).sum::<usize>();
        let rated = sum(|day| day.rated);
        WeekCounts {
            week,
            seen: sum(|day| day.seen),
            negative: sum(|day| day.negative),
            positive: sum(|day| day.positive),
            unrated: sum(|day| day.unrated),
            mean: (rated > 0).then(|| days.iter().map(|day| day.rating_sum).sum::<f64>() / rated as f64),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::sample::day, *};

    #[test]
    fn weeks_follow_one_another_over_the_years_end_and_quiet_ones_are_kept() {
        let rated = |day: DayCounts, rating_sum| DayCounts { rated: day.seen, rating_sum, ..day };
        let days = [
            rated(day("2026-12-22", "a", [2, 1, 1, 0]), 1.0),
            rated(day("2026-12-24", "b", [1, 1, 0, 0]), 0.25),
            DayCounts { rated: 0, rating_sum: 0.0, ..day("2027-01-04", "a", [1, 0, 0, 1]) },
        ];
        let weeks = by_week(&days);
        let named: Vec<(String, usize, usize)> =
            weeks.iter().map(|week| (week.week.to_string(), week.seen, week.negative)).collect();
        let expected = [("2026-W52", 3, 2), ("2026-W53", 0, 0), ("2027-W01", 1, 0)];
        assert_eq!(named, expected.map(|(name, seen, bad)| (name.to_owned(), seen, bad)));
        assert_eq!(weeks.iter().map(|week| week.mean).collect::<Vec<_>>(), [Some(1.25 / 3.0), None, None]);
        assert_eq!(by_week(&[]), []);
    }
}
