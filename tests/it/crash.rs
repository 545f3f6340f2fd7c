//! kill -9 at random moments while reviews are ingested and alerted, against a receiver that fails now and then.
//!
//! Afterwards a judge outside the daemon reads the export and the receiver's book: no review lost or doubled, every alert delivered,
//! repeats only under the same id. The control arm marks an alert as told before it sends, and must lose some: a test that cannot
//! fail proves nothing. `AMENDS_CRASH_KILLS=200` makes the full run over 10,000 reviews; without it a short one runs.

mod daemon;
mod judge;
mod street;

use std::time::Duration;

use daemon::{Arm, Daemon};
use judge::Verdict;
use street::Street;

/// How much is done.
struct Scale {
    kills: usize,
    reviews: usize,
}

impl Scale {
    fn asked_for() -> Scale {
        match std::env::var("AMENDS_CRASH_KILLS").ok().and_then(|kills| kills.parse().ok()) {
            Some(kills) => Scale { kills, reviews: 50 * kills },
            None => Scale { kills: 12, reviews: 1200 },
        }
    }

    fn is_full(&self) -> bool {
        self.kills >= 100
    }
}

/// How long a start may take on a busy machine.
const START_MAX: Duration = Duration::from_secs(20);

/// Random numbers that are the same in each run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// When a life of the daemon ends: at a random moment after it has begun to ask, however slowly it started.
async fn until_death(dice: &mut Dice, street: &Street) {
    let jitter = Duration::from_micros(dice.below(4_000));
    let (pages, alerts) = street.counts();
    let _ = tokio::time::timeout(START_MAX, street.until_pages(pages + 1)).await;
    let moment = async {
        match dice.below(3) {
            0 => tokio::time::sleep(Duration::from_millis(dice.below(400))).await,
            1 => street.until_pages(pages + 1 + dice.below(60)).await,
            _ => street.until_alerts(alerts + 1 + dice.below(15)).await,
        }
    };
    // A moment that does not come is none to wait for.
    let _ = tokio::time::timeout(Duration::from_secs(2), moment).await;
    tokio::time::sleep(jitter).await;
}

async fn run(arm: Arm, scale: &Scale) -> Verdict {
    let began = std::time::Instant::now();
    let street = Street::open(scale.reviews).await;
    let daemon = Daemon::new(arm, &street);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut inside, mut integrity) = (0, (0, 0));
    // The silent baseline: every source shows its one known review.
    daemon.live_until(street.until_quiet()).await;
    for kill in 1..=scale.kills {
        street.release(scale.reviews * kill / scale.kills);
        daemon.live_until(until_death(&mut dice, &street)).await;
        inside += usize::from(daemon.died_inside_a_transaction());
        if kill % 10 == 0 {
            integrity = (integrity.0 + usize::from(daemon.is_sound().await), integrity.1 + 1);
        }
    }
    daemon.live_until(street.until_quiet()).await;
    integrity = (integrity.0 + usize::from(daemon.is_sound().await), integrity.1 + 1);
    let export = daemon.export().await;
    let verdict = judge::judge(&export, &street, (inside, integrity));
    println!("{}", verdict.line(arm, scale.kills, began.elapsed()));
    verdict
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_nothing_is_lost_and_nothing_stored_twice() {
    let scale = Scale::asked_for();
    let verdict = run(Arm::Ours, &scale).await;
    assert_eq!(verdict.lost_and_doubled(), (0, 0, 0, 0), "{verdict:?}");
    assert_eq!(verdict.integrity_ok, verdict.integrity_checked);
    assert_eq!((verdict.pending, verdict.bad_signatures, verdict.repeats_under_another_id), (0, 0, 0));
    assert!(verdict.repeats > 0, "a receiver that keeps and then fails must get repeats");
    assert!(!scale.is_full() || verdict.kills_inside_a_transaction > 0, "no kill fell inside a transaction");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_control_arm_that_marks_first_loses_alerts() {
    let verdict = run(Arm::MarkFirst, &Scale::asked_for()).await;
    assert!(verdict.alerts_lost > 0, "the test cannot see a loss: {verdict:?}");
    assert_eq!((verdict.reviews_lost, verdict.reviews_doubled), (0, 0));
}
