//! What a word weighs, remembered: few words make up most of what people write, and looking one up costs less than reading its letters.
//!
//! A remembered row is what was computed before; nothing is judged otherwise for it.

use std::sync::{Mutex, TryLockError};

/// How many words are remembered; a newer one takes the place of an older.
const SLOTS: usize = 4_096;

/// The longest word that is remembered, in bytes: what weighs in it is too little to leave the 16 bits of a row.
const WORD_BYTES_MAX: usize = 64;

/// Rows of `N` whole numbers by the hash of a word. Nothing is allotted before the first one.
#[derive(Debug, Default)]
pub struct Memo<const N: usize>(Mutex<Vec<Slot<N>>>);

#[derive(Clone, Debug)]
struct Slot<const N: usize> {
    /// Zero as long as it is empty.
    key: u64,
    row: [i16; N],
}

impl<const N: usize> Memo<N> {
    /// Hands out what is remembered for as long as `work` takes; whoever comes meanwhile does without.
    pub fn recall<R>(&self, work: impl FnOnce(&mut Recall<'_, N>) -> R) -> R {
        let mut slots = match self.0.try_lock() {
            Ok(slots) => Some(slots),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(slots) = slots.as_deref_mut().filter(|slots| slots.is_empty()) {
            *slots = vec![Slot { key: 0, row: [0; N] }; SLOTS];
        }
        work(&mut Recall(slots.as_deref_mut().map(Vec::as_mut_slice)))
    }
}

/// What is remembered.
pub struct Recall<'a, const N: usize>(Option<&'a mut [Slot<N>]>);

impl<const N: usize> Recall<'_, N> {
    /// Adds to `sums` what the word of that key and of so many bytes weighs; `weigh` adds it up if it is not remembered. Equal keys must
    /// weigh alike.
    pub fn add(&mut self, (key, bytes): (u64, usize), sums: &mut [i32; N], weigh: impl FnOnce(&mut [i32; N])) {
        let is_short = key != 0 && bytes <= WORD_BYTES_MAX;
        let Some(slots) = self.0.as_deref_mut().filter(|_| is_short) else { return weigh(sums) };
        let slot = &mut slots[place(key)];
        if slot.key != key {
            let mut fresh = [0; N];
            weigh(&mut fresh);
            *slot = Slot { key, row: fresh.map(narrow) };
        }
        for (sum, kept) in sums.iter_mut().zip(&slot.row) {
            *sum += i32::from(*kept);
        }
    }
}

fn place(key: u64) -> usize {
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
        let memo = Memo::<2>::default();
        let two_in_one_slot: Vec<u64> = (1..).filter(|key| place(*key) == place(1)).take(2).collect();
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
        let memo = Memo::<1>::default();
        let mut sums = [0];
        memo.recall(|_| memo.recall(|recall| recall.add((7, 3), &mut sums, |row| row[0] += 5)));
        assert_eq!(sums, [5]);
    }
}
