//! Hashed words, pairs of words and runs of letters, and the weights that a language's training gave them.
//!
//! The same hashing serves the judge and `training/`. Linear in the text; sums are whole numbers, so every machine agrees.

use std::ops::Range;

use super::unit::{Kind, Unit, Units};

/// Which kind of gram it is; each kind is normalised by its own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Words and pairs of neighbouring words.
    Words,
    /// Runs of 3 to 5 letters of a word, or of 1 to 4 glyphs.
    Letters,
}

/// What a text's grams sum up to: for "negative" and for "positive".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    words: [i32; 2],
    letters: [i32; 2],
    words_count: u32,
    letters_count: u32,
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Sums) {
        for class in 0..2 {
            self.words[class] += other.words[class];
            self.letters[class] += other.letters[class];
        }
        self.words_count += other.words_count;
        self.letters_count += other.letters_count;
    }
}

/// The weights of one language: two signed bytes a bucket, and how to read them.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The number of buckets is two to the power of this.
    pub bits: u32,
    /// `[negative, positive]` for each bucket.
    pub weights: Vec<i8>,
    /// What one step of a weight is worth.
    pub step: f32,
    /// What is added.
    pub bias: [f32; 2],
}

impl Table {
    /// Sums the weights of the grams of some units.
    #[must_use]
    pub fn sum(&self, units: &Units, range: Range<usize>) -> Sums {
        let mut sums = Sums::default();
        each(units, range, |block, hash| {
            let at = bucket(hash, self.bits) * 2;
            let (into, count) = match block {
                Block::Words => (&mut sums.words, &mut sums.words_count),
                Block::Letters => (&mut sums.letters, &mut sums.letters_count),
            };
            into[0] += i32::from(self.weights[at]);
            into[1] += i32::from(self.weights[at + 1]);
            *count += 1;
        });
        sums
    }

    /// The log odds of "negative" and of "positive".
    #[must_use]
    pub fn log_odds(&self, sums: Sums) -> [f32; 2] {
        let root = |count: u32| (count.max(1) as f32).sqrt();
        let (words, letters) = (root(sums.words_count), root(sums.letters_count));
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
pub fn each(units: &Units, range: Range<usize>, mut gram: impl FnMut(Block, u64)) {
    let mut before: Option<u64> = None;
    let mut glyphs = [0_u64; 3];
    let mut letters: Vec<u64> = Vec::with_capacity(16);
    for unit in &units.list[range] {
        match unit.kind {
            Kind::Pause | Kind::End => before = None,
            Kind::Number => {
                gram(Block::Words, mix(1, 0));
                before = Some(1);
            }
            Kind::Handle => before = Some(2),
            Kind::Word | Kind::Emoji | Kind::Shout | Kind::Ask => {
                gram(Block::Words, mix(3, unit.hash));
                if let Some(before) = before {
                    gram(Block::Words, mix(before, unit.hash));
                }
                before = Some(unit.hash);
                if unit.kind == Kind::Word {
                    runs(units.folded(unit), &mut letters, &mut gram);
                }
            }
            Kind::Glyph => {
                glyph(unit, glyphs, &mut gram);
                before = None;
            }
        }
        glyphs = if unit.kind == Kind::Glyph { [unit.hash, glyphs[0], glyphs[1]] } else { [0; 3] };
    }
}

fn glyph(unit: &Unit, before: [u64; 3], gram: &mut impl FnMut(Block, u64)) {
    let mut hash = mix(7, unit.hash);
    gram(Block::Letters, hash);
    for former in before.into_iter().take_while(|former| *former != 0) {
        hash = mix(hash, former);
        gram(Block::Letters, hash);
    }
}

fn runs(word: &str, letters: &mut Vec<u64>, gram: &mut impl FnMut(Block, u64)) {
    letters.clear();
    letters.push(u64::from('^'));
    letters.extend(word.chars().map(u64::from));
    letters.push(u64::from('$'));
    for begin in 0..letters.len().saturating_sub(2) {
        let mut hash = mix(mix(11, letters[begin]), letters[begin + 1]);
        for letter in letters[begin + 2..].iter().take(3) {
            hash = mix(hash, *letter);
            gram(Block::Letters, hash);
        }
    }
}

/// Joins two hashes into one whose high bits depend on all of them.
fn mix(a: u64, b: u64) -> u64 {
    let x = (a.rotate_left(23) ^ b).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ (x >> 29)
}
