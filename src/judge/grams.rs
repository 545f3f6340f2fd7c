//! Hashed words, pairs of words and runs of letters, and the weights that a language's training gave them.
//!
//! The same hashing serves the judge and `training/`. Linear in the text; sums are whole numbers, so every machine agrees.

use std::ops::Range;

use super::{
    memo::{Memo, Recall},
    unit::{Kind, Unit, Units},
};

/// Which kind of gram it is; each kind is normalised by its own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Words and pairs of neighbouring words.
    Words,
    /// Runs of 3 to 5 letters of a word, or of 1 to 4 glyphs.
    Letters,
}

/// What a text's grams sum up to: for "negative", for "positive", and how many they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    words: [i32; 3],
    letters: [i32; 3],
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Sums) {
        self.words.iter_mut().zip(other.words).for_each(|(sum, one)| *sum += one);
        self.letters.iter_mut().zip(other.letters).for_each(|(sum, one)| *sum += one);
    }
}

/// The weights of one language: two signed bytes a bucket, and how to read them.
#[derive(Debug)]
pub struct Table {
    /// The number of buckets is two to the power of this.
    pub bits: u32,
    /// `[negative, positive]` for each bucket.
    pub weights: Vec<i8>,
    /// What one step of a weight is worth.
    pub step: f32,
    /// What is added.
    pub bias: [f32; 2],
    /// What the runs of letters of a word sum up to, and how many they are.
    memo: Memo<3>,
}

impl Table {
    /// Weights as they were learned.
    #[must_use]
    pub fn new(bits: u32, weights: Vec<i8>, step: f32, bias: [f32; 2]) -> Self {
        Table { bits, weights, step, bias, memo: Memo::default() }
    }

    /// Sums the weights of the grams of some units.
    #[must_use]
    pub fn sum(&self, units: &Units, range: Range<usize>) -> Sums {
        self.memo.recall(|recall| {
            let mut sum = Sum { table: self, recall, sums: Sums::default(), run: Vec::with_capacity(16) };
            walk(units, range, &mut sum);
            sum.sums
        })
    }

    /// Adds the weights of a gram, and that it is one.
    #[inline]
    fn add(&self, hash: u64, sums: &mut [i32]) {
        let at = bucket(hash, self.bits) * 2;
        sums[0] += i32::from(self.weights[at]);
        sums[1] += i32::from(self.weights[at + 1]);
        sums[2] += 1;
    }

    /// The log odds of "negative" and of "positive".
    #[must_use]
    pub fn log_odds(&self, sums: Sums) -> [f32; 2] {
        let root = |[.., count]: [i32; 3]| (count.max(1) as f32).sqrt();
        let (words, letters) = (root(sums.words), root(sums.letters));
        std::array::from_fn(|class| {
            (sums.words[class] as f32 / words + sums.letters[class] as f32 / letters) * self.step + self.bias[class]
        })
    }
}

/// The bucket of a hash.
#[must_use]
pub fn bucket(hash: u64, bits: u32) -> usize {
    (hash >> (64 - bits)) as usize
}

/// Calls `gram` with the hash of each gram of some units.
pub fn each(units: &Units, range: Range<usize>, gram: impl FnMut(Block, u64)) {
    walk(units, range, &mut Each { gram, run: Vec::with_capacity(16) });
}

/// What takes the grams of a text in.
trait Taker {
    /// A gram.
    fn gram(&mut self, block: Block, hash: u64);
    /// All runs of letters of a folded word with that hash.
    fn letters(&mut self, word: &str, hash: u64);
}

struct Each<F> {
    gram: F,
    run: Vec<u64>,
}

impl<F: FnMut(Block, u64)> Taker for Each<F> {
    fn gram(&mut self, block: Block, hash: u64) {
        (self.gram)(block, hash);
    }

    fn letters(&mut self, word: &str, _: u64) {
        runs(word, &mut self.run, |hash| (self.gram)(Block::Letters, hash));
    }
}

struct Sum<'a, 'b> {
    table: &'a Table,
    recall: &'a mut Recall<'b, 3>,
    sums: Sums,
    run: Vec<u64>,
}

impl Taker for Sum<'_, '_> {
    fn gram(&mut self, block: Block, hash: u64) {
        let sums = match block {
            Block::Words => &mut self.sums.words,
            Block::Letters => &mut self.sums.letters,
        };
        self.table.add(hash, sums);
    }

    fn letters(&mut self, word: &str, hash: u64) {
        let Sum { table, recall, sums, run } = self;
        // Two words with one hash have the same letters.
        recall.add((hash, word.len()), &mut sums.letters, |sums| runs(word, run, |hash| table.add(hash, sums)));
    }
}

fn walk(units: &Units, range: Range<usize>, taker: &mut impl Taker) {
    let mut before: Option<u64> = None;
    let mut glyphs = [0_u64; 3];
    for unit in &units.list[range] {
        match unit.kind {
            Kind::Pause | Kind::End => before = None,
            Kind::Number => {
                taker.gram(Block::Words, mix(1, 0));
                before = Some(1);
            }
            Kind::Handle => before = Some(2),
            Kind::Word | Kind::Emoji | Kind::Shout | Kind::Ask => {
                taker.gram(Block::Words, mix(3, unit.hash));
                if let Some(before) = before {
                    taker.gram(Block::Words, mix(before, unit.hash));
                }
                before = Some(unit.hash);
                if unit.kind == Kind::Word {
                    taker.letters(units.folded(unit), unit.hash);
                }
            }
            Kind::Glyph => {
                glyph(unit, glyphs, |hash| taker.gram(Block::Letters, hash));
                before = None;
            }
        }
        glyphs = if unit.kind == Kind::Glyph { [unit.hash, glyphs[0], glyphs[1]] } else { [0; 3] };
    }
}

fn glyph(unit: &Unit, before: [u64; 3], mut gram: impl FnMut(u64)) {
    let mut hash = mix(7, unit.hash);
    gram(hash);
    for former in before.into_iter().take_while(|former| *former != 0) {
        hash = mix(hash, former);
        gram(hash);
    }
}

fn runs(word: &str, letters: &mut Vec<u64>, mut gram: impl FnMut(u64)) {
    letters.clear();
    letters.push(u64::from('^'));
    letters.extend(word.chars().map(u64::from));
    letters.push(u64::from('$'));
    for begin in 0..letters.len().saturating_sub(2) {
        let mut hash = mix(mix(11, letters[begin]), letters[begin + 1]);
        for letter in letters[begin + 2..].iter().take(3) {
            hash = mix(hash, *letter);
            gram(hash);
        }
    }
}

/// Joins two hashes into one whose high bits depend on all of them.
fn mix(a: u64, b: u64) -> u64 {
    let x = (a.rotate_left(23) ^ b).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ (x >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_of_a_word_sums_up_to_what_its_grams_do() {
        let weights = (0..2 << 12).map(|n: i32| (n * 37 % 255 - 127) as i8).collect();
        let table = Table::new(12, weights, 1.0, [0.0; 2]);
        let long = "ab".repeat(24);
        let text = format!("Never again, never! Très sale; 12 很脏了 😡 {long} {long} never again été");
        let units = Units::of(&text);
        let sums = |range: Range<usize>| {
            let (mut words, mut letters) = ([0; 3], [0; 3]);
            each(&units, range, |block, hash| {
                table.add(hash, if block == Block::Words { &mut words } else { &mut letters });
            });
            (words, letters)
        };
        for _ in 0..2 {
            for range in [0..units.list.len(), 3..9, 5..5] {
                let sum = table.sum(&units, range.clone());
                assert_eq!((sum.words, sum.letters), sums(range));
            }
        }
    }
}
