//! How often reviews come, and when their absence is unusual. Silence is never success: it is looked at.

use std::time::Duration;

use jiff::Timestamp;

use crate::clock;

/// How often reviews come at a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// How many there are.
    pub count: u64,
    /// When the first was posted.
    pub first: Timestamp,
    /// When the last was posted, or first seen.
    pub last: Timestamp,
}

/// A rhythm is known from so many reviews on.
const RHYTHM_COUNT_MIN: u64 = 12;
/// Silence is unusual from so many times the mean distance between reviews on: where reviews come independently of each other, it is
/// that long once in e⁸ ≈ 3,000 times.
const SILENCE_TIMES: f64 = 8.0;
/// A shorter silence is never unusual: every house has its closed weeks.
const SILENCE_MIN: Duration = Duration::from_secs(21 * 24 * 3600);

impl Rhythm {
    /// Says how long nothing has come, if that is unusual here; what was before `watched` says nothing of how well we see.
    #[must_use]
    pub fn unusual_silence(&self, watched: Timestamp, now: Timestamp) -> Option<String> {
        let days = |span: Duration| span.as_secs_f64() / 86_400.0;
        let mean = days(clock::since(self.last, self.first)) / (self.count.saturating_sub(1).max(1)) as f64;
        let silence = days(clock::since(now, self.last.max(watched)));
        let unusual = self.count >= RHYTHM_COUNT_MIN && silence > (mean * SILENCE_TIMES).max(days(SILENCE_MIN));
        unusual.then(|| {
            let usual = if mean < 1.5 { "every day".to_owned() } else { format!("every {mean:.0} days") };
            format!("no new review for {silence:.0} days, where one used to come {usual}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: u64, days: i64, silent: i64, expected: Option<&str>) {
        let first = Timestamp::from_second(1_700_000_000).unwrap();
        let day = |day: i64| first + jiff::SignedDuration::from_hours(24 * day);
        let rhythm = Rhythm { count, first, last: day(days) };
        assert_eq!(
            rhythm.unusual_silence(first, day(days + silent)).as_deref(),
            expected,
            "{count} in {days}, silent {silent}"
        );
    }

    #[test]
    fn silence_is_unusual_by_the_rhythm_of_the_place() {
        check(101, 300, 20, None);
        check(101, 300, 30, Some("no new review for 30 days, where one used to come every 3 days"));
        check(13, 360, 200, None);
        check(13, 360, 241, Some("no new review for 241 days, where one used to come every 30 days"));
        check(500, 400, 21, None);
        check(500, 400, 22, Some("no new review for 22 days, where one used to come every day"));
    }

    #[test]
    fn a_place_that_was_silent_before_we_came_is_given_its_time() {
        let day = |day: i64| Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap();
        let rhythm = Rhythm { count: 100, first: day(0), last: day(100) };
        assert_eq!(rhythm.unusual_silence(day(400), day(421)), None);
        assert!(rhythm.unusual_silence(day(400), day(422)).is_some());
    }

    #[test]
    fn a_rhythm_of_few_reviews_is_none() {
        check(11, 110, 2_000, None);
        check(1, 0, 2_000, None);
    }
}
