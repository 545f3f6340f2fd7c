//! How often to look at each of several listings that share one quota of calls, and never to exceed it.
//!
//! # Why looks are spread by the square root
//!
//! Reviews of listing *i* come independently of each other, λᵢ a day. It is looked at rᵢ times a day, evenly, and a look costs cᵢ calls. A
//! review then waits half an interval on average, 1/(2rᵢ), so all waiting together is D = Σ λᵢ/(2rᵢ) a day, and the calls are Σ cᵢrᵢ = B.
//! At the least D under that constraint the derivative of D + μΣcᵢrᵢ by each rᵢ is nought (Lagrange), so λᵢ/(2rᵢ²) = μcᵢ, hence
//!
//! rᵢ ∝ √(λᵢ/cᵢ), and D = (Σ√(λᵢcᵢ))²/(2B),
//!
//! which by the inequality of Cauchy and Schwarz is never more than nΣλᵢcᵢ/(2B), that of equal spacing, and is equal only where all λᵢcᵢ
//! are. Where that is more often than a listing may be looked at, it is looked at as often as it may, and the others share the rest.
//! The rule is known from crawlers: E. G. Coffman, Z. Liu, R. R. Weber, "Optimal robot scheduling for web search engines", Journal of
//! Scheduling 1 (1998), and from stock-keeping before, as the square root rule of economic order quantities.

use std::{collections::VecDeque, fmt, str::FromStr, time::Duration};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// The share of a quota that is planned for; the rest is for further pages, for visits to open cases, and for chance.
const PLANNED: f64 = 0.9;
/// What is believed of a listing before anything is known: one review in so many days.
const PRIOR_DAYS: f64 = 30.0;
/// Into how many parts a window is divided for counting.
const PARTS: u32 = 96;
const DAY: f64 = 86_400.0;

/// So many calls in any span of that length: "300/day".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    /// At most so many.
    pub calls: u32,
    /// In any span that is so long.
    pub window: Duration,
}

/// One listing, as far as planning goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listing {
    /// Reviews a day.
    pub rate: f64,
    /// Calls for one look.
    pub cost: f64,
    /// The shortest interval between two looks.
    pub shortest: Duration,
}

/// Reviews a day, from so many in so long a time: the mean of a gamma distribution, which begins at one in thirty days and is soon
/// outweighed by what was seen.
#[must_use]
pub fn rate(count: u64, span: Duration) -> f64 {
    (count as f64 + 1.0) / (span.as_secs_f64() / DAY + PRIOR_DAYS)
}

/// The interval of each listing that makes reviews wait least, within the quota.
#[must_use]
pub fn plan(listings: &[Listing], quota: Quota) -> Vec<Duration> {
    let weight = |one: &Listing| (one.rate.max(1e-9) / one.cost.max(1.0)).sqrt();
    let most = |one: &Listing| 1.0 / one.shortest.as_secs_f64().max(1.0);
    let cost = |one: &Listing| one.cost.max(1.0);
    let mut left = PLANNED * f64::from(quota.calls) / quota.window.as_secs_f64();
    let mut rates: Vec<Option<f64>> = vec![None; listings.len()];
    loop {
        let open = || listings.iter().zip(&rates).filter(|(_, rate)| rate.is_none()).map(|(one, _)| one);
        let share = left.max(0.0) / open().map(|one| cost(one) * weight(one)).sum::<f64>();
        let at_most: Vec<usize> = (0..listings.len())
            .filter(|at| rates[*at].is_none() && share * weight(&listings[*at]) >= most(&listings[*at]))
            .collect();
        if at_most.is_empty() {
            let of = |(one, rate): (&Listing, &Option<f64>)| rate.unwrap_or(share * weight(one));
            let interval = |rate: f64| Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX);
            return listings.iter().zip(&rates).map(of).map(interval).collect();
        }
        for at in at_most {
            rates[at] = Some(most(&listings[at]));
            left -= most(&listings[at]) * cost(&listings[at]);
        }
    }
}

/// How long a review waits to be seen, on average over all reviews.
#[must_use]
pub fn expected_delay(listings: &[Listing], intervals: &[Duration]) -> Duration {
    let waiting: f64 = listings.iter().zip(intervals).map(|(one, every)| one.rate * every.as_secs_f64() / 2.0).sum();
    let reviews: f64 = listings.iter().map(|one| one.rate).sum();
    Duration::try_from_secs_f64(waiting / reviews).unwrap_or_default()
}

/// Counts calls, so that a quota holds in every span of its window, however it is laid.
///
/// Calls are counted in parts of the window, and a part counts until its last call can be no younger than the window: so at most a
/// hundredth of the quota lies idle, and little is to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// When each part began, in milliseconds since 1970, and its calls.
    parts: VecDeque<(i64, u32)>,
}

impl Ledger {
    /// Counts one call, if the quota allows it now.
    ///
    /// # Errors
    /// When it allows the next one.
    pub fn take(&mut self, quota: Quota, now: Timestamp) -> Result<(), Timestamp> {
        let (window, part) = widths(quota);
        let now_ms = now.as_millisecond();
        while self.parts.front().is_some_and(|(began, _)| began + part + window <= now_ms) {
            self.parts.pop_front();
        }
        if self.used() >= quota.calls {
            let free = self.parts.front().map_or(now_ms + window, |(began, _)| began + part + window);
            return Err(Timestamp::from_millisecond(free).unwrap_or(Timestamp::MAX));
        }
        match self.parts.back_mut() {
            // A clock that goes back counts where it was.
            Some((began, calls)) if now_ms < *began + part => *calls += 1,
            _ => self.parts.push_back((now_ms, 1)),
        }
        Ok(())
    }

    /// The calls that count.
    #[must_use]
    pub fn used(&self) -> u32 {
        self.parts.iter().map(|(_, calls)| calls).sum()
    }
}

fn widths(quota: Quota) -> (i64, i64) {
    let window = i64::try_from(quota.window.as_millis()).unwrap_or(i64::MAX / 4).max(1);
    (window, (window / i64::from(PARTS)).max(1))
}

impl FromStr for Quota {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let unlike = || format!("`{text}` is not a quota such as \"300/day\", \"5000/hour\" or \"100/15m\"");
        let (calls, window) = text.split_once('/').ok_or_else(unlike)?;
        let calls: u32 = calls.trim().replace('_', "").parse().map_err(|_| unlike())?;
        let window = match window.trim() {
            "s" | "second" => Duration::from_secs(1),
            "min" | "minute" => Duration::from_secs(60),
            "h" | "hour" => Duration::from_secs(3_600),
            "d" | "day" => Duration::from_secs(86_400),
            "week" => Duration::from_secs(7 * 86_400),
            "month" => Duration::from_secs(30 * 86_400),
            other => other.parse::<super::Span>().map_err(|_| unlike())?.0,
        };
        if calls == 0 || window.is_zero() {
            return Err(unlike());
        }
        Ok(Quota { calls, window })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.window.as_secs() {
            3_600 => write!(f, "{}/hour", self.calls),
            86_400 => write!(f, "{}/day", self.calls),
            _ => write!(f, "{}/{}", self.calls, super::Span(self.window)),
        }
    }
}

super::from_text!(Quota, "quota");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const YELP: Quota = Quota { calls: 300, window: Duration::from_secs(86_400) };

    fn listing(rate: f64) -> Listing {
        Listing { rate, cost: 1.0, shortest: Duration::from_secs(300) }
    }

    #[test]
    fn four_times_the_reviews_are_twice_the_looks() {
        let every = plan(&[listing(0.4), listing(0.1)], Quota { calls: 100, ..YELP });
        assert!((every[1].as_secs_f64() / every[0].as_secs_f64() - 2.0).abs() < 1e-6, "{every:?}");
        let looks: f64 = every.iter().map(|every| 86_400.0 / every.as_secs_f64()).sum();
        assert!((looks - 90.0).abs() < 1e-6, "{looks}");
    }

    #[test]
    fn nothing_is_looked_at_more_often_than_it_may_and_the_others_get_the_rest() {
        let rare = Listing { shortest: Duration::from_secs(86_400), ..listing(50.0) };
        let every = plan(&[rare, listing(0.1)], Quota { calls: 20, ..YELP });
        assert_eq!(every[0], Duration::from_secs(86_400));
        assert!((86_400.0 / every[1].as_secs_f64() - 17.0).abs() < 1e-6, "{every:?}");
        assert_eq!(plan(&[listing(0.1)], Quota { calls: 1_000_000, ..YELP }), [Duration::from_secs(300)]);
        assert!(plan(&[], YELP).is_empty());
    }

    proptest! {
        #[test]
        fn no_plan_waits_longer_than_equal_spacing_or_costs_more(
            made in prop::collection::vec((0.001_f64..20.0, 1.0_f64..5.0), 1..40), calls in 10_u32..5_000
        ) {
            let quota = Quota { calls, ..YELP };
            let listings: Vec<Listing> =
                made.iter().map(|(rate, cost)| Listing { rate: *rate, cost: *cost, shortest: Duration::from_secs(1) }).collect();
            let every = plan(&listings, quota);
            let cost: f64 = listings.iter().zip(&every).map(|(one, every)| one.cost * 86_400.0 / every.as_secs_f64()).sum();
            prop_assert!(cost <= f64::from(calls), "{cost}");
            let all: f64 = listings.iter().map(|one| one.cost).sum();
            let equal = Duration::from_secs_f64(86_400.0 * all / (PLANNED * f64::from(calls)));
            let equal = expected_delay(&listings, &vec![equal; listings.len()]);
            prop_assert!(expected_delay(&listings, &every) <= equal + Duration::from_millis(1));
        }

        #[test]
        fn no_span_of_the_window_ever_holds_more_calls_than_the_quota(
            gaps in prop::collection::vec(0_i64..200_000, 1..600), calls in 1_u32..40
        ) {
            let quota = Quota { calls, window: Duration::from_secs(3_600) };
            let (mut ledger, mut now, mut made) = (Ledger::default(), 1_800_000_000_000_i64, Vec::new());
            for gap in gaps {
                now += gap;
                match ledger.take(quota, Timestamp::from_millisecond(now).unwrap()) {
                    Ok(()) => made.push(now),
                    Err(until) => {
                        prop_assert!(until.as_millisecond() > now);
                        prop_assert!(ledger.clone().take(quota, until).is_ok(), "it may go on when it said so");
                    }
                }
            }
            for (at, call) in made.iter().enumerate() {
                let within = made[at..].iter().take_while(|later| **later < call + 3_600_000).count();
                prop_assert!(within <= calls as usize, "{within}");
            }
        }
    }

    #[test]
    fn quotas_are_read_as_people_write_them() {
        for (text, shown) in
            [("300/day", "300/day"), ("5_000/hour", "5000/hour"), ("100/15m", "100/15m"), ("10/s", "10/1s")]
        {
            assert_eq!(text.parse::<Quota>().unwrap().to_string(), shown);
        }
        for bad in ["300", "/day", "0/day", "x/day", "300/", "300/fortnight", ""] {
            assert!(bad.parse::<Quota>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rate_begins_with_a_belief_and_ends_with_what_was_seen() {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        assert!((rate(0, days(0)) - 1.0 / 30.0).abs() < 1e-9);
        assert!((rate(3_650, days(3_650)) - 1.0).abs() < 0.01);
    }
}
