//! The only place that asks what time it is.
//!
//! A [`Clock`] is handed to whoever needs the time; the domain is handed a plain [`Timestamp`] instead.
//! It deliberately knows nothing of calendars and zones: those live in `calendar` and `schedule`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The longest single sleep, so that a machine that was suspended, or whose clock was set, notices within five minutes.
const SLEEP_MAX: Duration = Duration::from_secs(300);

/// A small cloneable source of the present: the machine's, or a simulated one.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Simulated { start: Timestamp, origin: Instant, speed: f64 },
}

impl Clock {
    /// Follows the machine's wall clock.
    #[must_use]
    pub fn system() -> Self {
        Clock(Kind::System)
    }

    /// Starts at `start` and advances `speed` seconds for each second of tokio's time.
    ///
    /// With paused tokio time and a speed of 1 a simulated month runs in seconds; `amends demo` uses a higher speed on real time.
    #[must_use]
    pub fn simulated(start: Timestamp, speed: f64) -> Self {
        Clock(Kind::Simulated { start, origin: Instant::now(), speed })
    }

    /// The present, in whole milliseconds, as it will be stored.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let exact = match &self.0 {
            Kind::System => Timestamp::now(),
            Kind::Simulated { start, origin, speed } => {
                *start + SignedDuration::from_millis((origin.elapsed().as_secs_f64() * speed * 1000.0).round() as i64)
            }
        };
        Timestamp::from_millisecond(exact.as_millisecond()).expect("a present time in milliseconds is in range")
    }

    /// Waits until the clock shows `due`; returns at once if it is past.
    pub async fn sleep_until(&self, due: Timestamp) {
        loop {
            let left = since(due, self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(self.real(left).min(SLEEP_MAX)).await;
        }
    }

    /// Waits for a span of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        tokio::time::sleep(self.real(span)).await;
    }

    /// How long this clock's `span` lasts on the machine.
    fn real(&self, span: Duration) -> Duration {
        match &self.0 {
            Kind::System => span,
            Kind::Simulated { speed, .. } => {
                Duration::from_secs_f64(span.as_secs_f64() / speed).max(Duration::from_millis(1))
            }
        }
    }
}

/// The span from `earlier` to `later`; zero if they are the wrong way round.
#[must_use]
pub fn since(later: Timestamp, earlier: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

/// `at` moved later by `span`; the end of time if that is out of range.
#[must_use]
pub fn after(at: Timestamp, span: Duration) -> Timestamp {
    SignedDuration::try_from(span).ok().and_then(|span| at.checked_add(span).ok()).unwrap_or(Timestamp::MAX)
}

/// `at` moved earlier by `span`; the beginning of time if that is out of range.
#[must_use]
pub fn before(at: Timestamp, span: Duration) -> Timestamp {
    SignedDuration::try_from(span).ok().and_then(|span| at.checked_sub(span).ok()).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_simulated_clock_moves_with_paused_time() {
        let clock = Clock::simulated("2026-11-16T08:00:00Z".parse().unwrap(), 1.0);
        clock.sleep_until("2026-11-23T08:00:00Z".parse().unwrap()).await;
        assert_eq!(clock.now().to_string(), "2026-11-23T08:00:00Z");
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_lives_a_minute_in_a_second() {
        let clock = Clock::simulated("2026-11-16T08:00:00Z".parse().unwrap(), 60.0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(clock.now().to_string(), "2026-11-16T08:01:00Z");
    }

    #[test]
    fn a_span_is_never_negative() {
        let (early, late) = ("2026-11-16T08:00:00Z".parse().unwrap(), "2026-11-16T08:00:05Z".parse().unwrap());
        assert_eq!(since(late, early), Duration::from_secs(5));
        assert_eq!(since(early, late), Duration::ZERO);
    }
}
