//! Two hundred listings, one key, a year: how long reviews wait under the plan, beside equal spacing and beside a fixed cron line; and
//! a house whose calls are counted.

use std::time::Duration;

use amends::{
    http::fake::answer,
    schedule::budget::{Ledger, Listing, Quota, expected_delay, plan, rate},
};
use jiff::Timestamp;

use crate::world::{World, hours};

const LISTINGS: usize = 200;
const DAYS: usize = 365;
const SEEDS: u64 = 100;
const QUOTA: Quota = Quota { calls: 300, window: Duration::from_secs(86_400) };
/// What both rivals may use as well: the share of the quota that the plan uses.
const LOOKS_A_DAY: f64 = 270.0;

/// SplitMix64: the same year for the same seed.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The wait for the next of events that come `rate` times a day, in days.
    fn wait(&mut self, rate: f64) -> f64 {
        -(1.0 - self.unit()).ln() / rate
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// One year of one chain of houses: how often reviews come at each listing, and when they came, in days.
struct Year {
    rates: Vec<f64>,
    reviews: Vec<Vec<f64>>,
}

impl Year {
    /// Half of the houses hear once in ten days or less often, a few several times a day.
    fn of(seed: u64) -> Year {
        let mut dice = Dice(seed);
        let rates: Vec<f64> = (0..LISTINGS).map(|_| 0.1 * (1.2 * dice.normal()).exp()).collect();
        let reviews = rates.iter().map(|rate| {
            let mut at = 0.0;
            std::iter::from_fn(|| {
                at += dice.wait(*rate);
                (at < DAYS as f64).then_some(at)
            })
            .collect()
        });
        let reviews = reviews.collect();
        Year { rates, reviews }
    }

    fn listings(&self) -> Vec<Listing> {
        self.rates.iter().map(|rate| Listing { rate: *rate, cost: 1.0, shortest: Duration::from_secs(300) }).collect()
    }

    /// How long reviews wait, in hours, if each listing is looked at every so many days, from a phase of its own on.
    fn waits_evenly(&self, every: f64, phase: impl Fn(usize) -> f64) -> f64 {
        let all = self.reviews.iter().enumerate().flat_map(|(at, reviews)| {
            let phase = phase(at);
            reviews.iter().map(move |review| (((review - phase) / every).ceil() * every + phase - review) * 24.0)
        });
        mean(&all.collect::<Vec<f64>>())
    }

    /// How long they wait under the plan, which knows nothing at first and learns from what it has seen; and every look.
    fn waits_planned(&self) -> (f64, Vec<f64>) {
        let (mut next, mut seen): (Vec<f64>, Vec<usize>) =
            ((0..LISTINGS).map(|at| at as f64 / LISTINGS as f64).collect(), vec![0; LISTINGS]);
        let (mut waits, mut looks) = (Vec::new(), Vec::new());
        for day in 0..DAYS {
            let known = |at: usize| rate(seen[at] as u64, Duration::from_secs(day as u64 * 86_400));
            let listings: Vec<Listing> = (0..LISTINGS)
                .map(|at| Listing { rate: known(at), cost: 1.0, shortest: Duration::from_secs(300) })
                .collect();
            let every = plan(&listings, QUOTA);
            for at in 0..LISTINGS {
                while next[at] < (day + 1) as f64 {
                    let now = next[at];
                    looks.push(now);
                    while self.reviews[at].get(seen[at]).is_some_and(|review| *review <= now) {
                        waits.push((now - self.reviews[at][seen[at]]) * 24.0);
                        seen[at] += 1;
                    }
                    next[at] += every[at].as_secs_f64() / 86_400.0;
                }
            }
        }
        (mean(&waits), looks)
    }
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len() as f64
}

/// The mean of paired differences and half the width of its 95 % interval (Student's t with 99 degrees of freedom).
fn interval(differences: &[f64]) -> (f64, f64) {
    let (middle, n) = (mean(differences), differences.len() as f64);
    let variance = differences.iter().map(|one| (one - middle).powi(2)).sum::<f64>() / (n - 1.0);
    (middle, 1.984 * (variance / n).sqrt())
}

#[test]
fn over_a_hundred_years_reviews_wait_less_under_the_plan_than_at_equal_spacing_or_by_cron() {
    let equal = LISTINGS as f64 / LOOKS_A_DAY;
    let (mut to_equal, mut to_cron, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..=SEEDS {
        let year = Year::of(seed);
        let (planned, _) = year.waits_planned();
        // 270 looks a day are one at each of 200 listings, at eight in the morning.
        let rivals =
            (year.waits_evenly(equal, |at| at as f64 / LISTINGS as f64 * equal), year.waits_evenly(1.0, |_| 1.0 / 3.0));
        to_equal.push(planned - rivals.0);
        to_cron.push(planned - rivals.1);
        if planned >= rivals.0 || planned >= rivals.1 {
            lost.push(seed);
        }
        let listings = year.listings();
        let foreseen = expected_delay(&listings, &plan(&listings, QUOTA)).as_secs_f64() / 3_600.0;
        let evenly = expected_delay(&listings, &vec![Duration::from_secs_f64(equal * 86_400.0); LISTINGS]);
        assert!(foreseen < evenly.as_secs_f64() / 3_600.0 && foreseen < 12.0, "seed {seed}: {foreseen}");
        if seed == 1 {
            println!("analytic: {foreseen:.2} h planned, {:.2} h evenly, 12 h by cron", evenly.as_secs_f64() / 3_600.0);
            println!("seed 1: {planned:.2} h planned, {:.2} h evenly, {:.2} h by cron", rivals.0, rivals.1);
        }
    }
    for (rival, differences) in [("equal spacing", &to_equal), ("cron at 08:00", &to_cron)] {
        let (middle, half) = interval(differences);
        println!("against {rival}: {middle:.2} h ± {half:.2} h (95 %, {SEEDS} seeds)");
        assert!(middle + half < 0.0, "{rival}: {middle} ± {half}");
    }
    println!("seeds lost: {lost:?}");
    assert!(lost.len() < 5, "{lost:?}");
}

#[test]
fn the_planned_year_passes_the_meter_almost_untouched() {
    let (_, mut looks) = Year::of(7).waits_planned();
    looks.sort_by(f64::total_cmp);
    let (mut ledger, mut refused) = (Ledger::default(), 0);
    for look in &looks {
        let at = Timestamp::from_millisecond(1_800_000_000_000 + (look * 86_400_000.0) as i64).unwrap();
        refused += usize::from(ledger.take(QUOTA, at).is_err());
    }
    assert!(looks.len() > 90 * DAYS && refused * 100 < looks.len(), "{refused} of {} refused", looks.len());
}

/// Three sources of one kind that may make 60 calls a day together: within any day no more go out, across a restart too.
#[tokio::test(start_paused = true)]
async fn a_house_never_calls_more_often_than_its_quota_allows() {
    let source = |name: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nkind = \"hacker-news\"\nevery = \"5m\"\nquota = \"60/day\"\nsearches = [\"{name}\"]\n\n"
        )
    };
    let config = format!(
        "[[location]]\nname = \"Hotel Alba\"\ntimezone = \"Europe/Rome\"\n\n{}{}{}[[channel]]\nname = \"desk\"\nkind = \"console\"\n",
        source("a"),
        source("b"),
        source("c")
    );
    let mut world = World::built("2026-03-02T08:30:00+01:00", &config);
    let calls = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (noted, clock) = (std::sync::Arc::clone(&calls), world.clock.clone());
    world.web.on("https://hn.algolia.com/", move |request| {
        noted.lock().unwrap().push(clock.now());
        Ok(answer(request, 200, &[("content-type", "application/json")], r#"{"hits":[],"nbHits":0}"#))
    });
    world.start().await;
    world.pass(hours(50)).await;
    world.restart().await;
    world.pass(hours(50)).await;
    let calls = calls.lock().unwrap().clone();
    assert!(calls.len() > 150, "the quota is used: {}", calls.len());
    for (at, call) in calls.iter().enumerate() {
        let within = calls[at..].iter().take_while(|later| later.duration_since(*call).as_hours() < 24).count();
        assert!(within <= 60, "{within} calls in the day from {call} on");
    }
}
