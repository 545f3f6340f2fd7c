//! The judge: compares what the sites showed, what the database holds, and what the receiver wrote down.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    daemon::Arm,
    street::{self, Street},
};

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub reviews: usize,
    pub reviews_lost: usize,
    pub reviews_doubled: usize,
    pub alerts: usize,
    pub alerts_lost: usize,
    pub deliveries_lost: usize,
    pub pending: usize,
    pub messages: u64,
    pub refused: u64,
    pub repeats: u64,
    pub repeats_under_another_id: usize,
    pub bad_signatures: u64,
    pub kills_inside_a_transaction: usize,
    pub integrity_ok: usize,
    pub integrity_checked: usize,
}

impl Verdict {
    /// Reviews lost and doubled, alerts lost, deliveries called done that never came.
    pub fn lost_and_doubled(&self) -> (usize, usize, usize, usize) {
        (self.reviews_lost, self.reviews_doubled, self.alerts_lost, self.deliveries_lost)
    }

    /// All figures in one line of JSON.
    pub fn line(&self, arm: Arm, kills: usize, took: Duration) -> Value {
        json!({
            "test": "crash",
            "arm": match arm { Arm::Ours => "send-then-mark", Arm::MarkFirst => "mark-then-send" },
            "kills": kills,
            "kills_inside_a_transaction": self.kills_inside_a_transaction,
            "reviews": self.reviews,
            "reviews_lost": self.reviews_lost,
            "reviews_doubled": self.reviews_doubled,
            "alerts": self.alerts,
            "alerts_lost": self.alerts_lost,
            "deliveries_done_but_never_received": self.deliveries_lost,
            "deliveries_pending": self.pending,
            "messages_received": self.messages,
            "messages_refused": self.refused,
            "repeats_under_the_same_id": self.repeats,
            "repeats_under_another_id": self.repeats_under_another_id,
            "bad_signatures": self.bad_signatures,
            "integrity": format!("{}/{}", self.integrity_ok, self.integrity_checked),
            "seconds": took.as_secs(),
        })
    }
}

pub fn judge(export: &[Value], street: &Street, seen: (usize, (usize, usize))) -> Verdict {
    let (kills_inside_a_transaction, (integrity_ok, integrity_checked)) = seen;
    let rows = |table: &'static str| export.iter().filter(move |row| row["table"] == table);
    let mut stored: HashMap<&str, usize> = HashMap::new();
    for row in rows("reviews") {
        *stored.entry(row["external_id"].as_str().unwrap()).or_default() += 1;
    }
    let expected = (0..street.reviews).filter(|number| !stored.contains_key(format!("r{number}").as_str()));
    let told: Vec<usize> = (0..street.reviews).filter(|number| street::is_told(*number)).collect();
    street.with_book(|book| {
        let received: HashSet<&str> = book.by_id.keys().map(String::as_str).collect();
        let lost_by_the_book = rows("deliveries")
            .filter(|row| row["state"] == "done" && !received.contains(row["id"].as_str().unwrap()))
            .count();
        Verdict {
            reviews: street.reviews,
            reviews_lost: expected.count(),
            reviews_doubled: stored.values().filter(|count| **count > 1).count(),
            alerts: told.len(),
            alerts_lost: told.iter().filter(|number| !book.by_review.contains_key(number)).count(),
            deliveries_lost: lost_by_the_book,
            pending: rows("deliveries").filter(|row| row["state"] != "done").count(),
            messages: book.by_id.values().sum(),
            refused: book.refused,
            repeats: book.by_id.values().map(|count| count - 1).sum(),
            repeats_under_another_id: book.by_review.values().filter(|ids| ids.len() > 1).count(),
            bad_signatures: book.bad_signatures,
            kills_inside_a_transaction,
            integrity_ok,
            integrity_checked,
        }
    })
}
