//! What a word weighs, remembered: few words make up most of what people write, and looking one up costs less than reading its letters.
//!
//! A remembered row is what was computed before; nothing is judged otherwise for it.

use std::sync::{Mutex, TryLockError};

/// How many words are remembered; a newer one takes the place of an older.
const SLOTS: usize = 4_096;

/// The longest word that is remembered, in bytes: what weighs in it is too little to leave the 16 bits of a row.
const WORD_BYTES_MAX: usize = 64;

/// Rows of whole numbers by the hash of a word.
#[derive(Debug)]
pub struct Memo {
    width: usize,
    rows: Mutex<Rows>,
}

/// The key of each slot, and its row; nothing is allotted before the first word.
#[derive(Debug, Default)]
struct Rows {
    keys: Vec<u64>,
    rows: Vec<i16>,
}

impl Memo {
    /// One that remembers rows of `width` numbers.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Memo { width, rows: Mutex::default() }
    }

    /// Hands out what is remembered for as long as `work` takes; whoever comes meanwhile does without.
    pub fn recall<R>(&self, work: impl FnOnce(&mut Recall<'_>) -> R) -> R {
        let mut rows = match self.rows.try_lock() {
            Ok(rows) => Some(rows),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(rows) = rows.as_deref_mut().filter(|rows| rows.keys.is_empty()) {
            *rows = Rows { keys: vec![0; SLOTS], rows: vec![0; SLOTS * self.width] };
        }
        work(&mut Recall { width: self.width, rows: rows.as_deref_mut() })
    }
}

/// What is remembered.
pub struct Recall<'a> {
    width: usize,
    rows: Option<&'a mut Rows>,
}

impl Recall<'_> {
    /// Adds to `sums` what the word of that key and of so many bytes weighs; `weigh` adds it up if it is not remembered. Equal keys must
    /// weigh alike.
    pub fn add(&mut self, (key, bytes): (u64, usize), sums: &mut [i32], weigh: impl FnOnce(&mut [i32])) {
        let is_short = key != 0 && bytes <= WORD_BYTES_MAX;
        let Some(rows) = self.rows.as_deref_mut().filter(|_| is_short) else { return weigh(sums) };
        let slot = slot(key);
        let row = &mut rows.rows[slot * self.width..(slot + 1) * self.width];
        if rows.keys[slot] != key {
            let mut fresh = vec![0; self.width];
            weigh(&mut fresh);
            row.iter_mut().zip(&fresh).for_each(|(kept, sum)| *kept = narrow(*sum));
            rows.keys[slot] = key;
        }
        sums.iter_mut().zip(row).for_each(|(sum, kept)| *sum += i32::from(*kept));
    }
}

fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52) as usize
}

fn narrow(sum: i32) -> i16 {
    i16::try_from(sum).expect("short words alone are remembered")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_weighed_and_words_in_one_slot_do_not_mix() {
        let memo = Memo::new(2);
        let two_in_one_slot: Vec<u64> = (1..).filter(|key| slot(*key) == slot(1)).take(2).collect();
        let mut asked = Vec::new();
        let mut sums = [0; 2];
        for key in [two_in_one_slot[0], two_in_one_slot[0], two_in_one_slot[1], two_in_one_slot[0]] {
            memo.recall(|recall| {
                recall.add((key, 3), &mut sums, |row| {
                    asked.push(key);
                    row[0] += i32::try_from(key).unwrap();
                    row[1] -= 1;
                });
            });
        }
        let [one, other] = two_in_one_slot[..] else { panic!("two") };
        assert_eq!(asked, [one, other, one], "remembered once, then displaced");
        assert_eq!(sums, [i32::try_from(3 * one + other).unwrap(), -4]);
    }

    #[test]
    fn who_comes_meanwhile_does_without() {
        let memo = Memo::new(1);
        let mut sums = [0];
        memo.recall(|_| memo.recall(|recall| recall.add((7, 3), &mut sums, |row| row[0] += 5)));
        assert_eq!(sums, [5]);
    }
}
