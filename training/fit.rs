//! Logistic regression, over hashed grams and over the few figures of a blend. Every step in a fixed order, so that each run ends
//! with the same bits.

use amends::judge::{
    grams::{self, Block, Table},
    sentiment::FEATURES,
};

use crate::data::Text;

/// How often all texts are gone through.
const ROUNDS: usize = 6;
/// The first step.
const RATE: f32 = 0.4;
/// How strongly weights are drawn to zero, by the number of texts.
const DECAY: f32 = 0.15;

/// A small generator of numbers that look random, always the same ones: SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// The grams of a text: buckets with their values.
pub fn gram_features(text: &Text, bits: u32) -> Vec<(u32, f32)> {
    let units = &text.reading.units;
    let mut found: [Vec<u32>; 2] = Default::default();
    grams::each(units, 0..units.list.len(), |block, hash| {
        found[usize::from(block == Block::Letters)].push(grams::bucket(hash, bits) as u32);
    });
    let mut features = Vec::new();
    for buckets in found {
        let value = 1.0 / (buckets.len().max(1) as f32).sqrt();
        features.extend(buckets.into_iter().map(|bucket| (bucket, value)));
    }
    features
}

/// Learns a language's gram weights by AdaGrad, and rounds them to bytes.
pub fn fit_grams(texts: &[(&Text, f32)], bits: u32, seed: u64) -> Table {
    let rows: Vec<Vec<(u32, f32)>> = texts.iter().map(|(text, _)| gram_features(text, bits)).collect();
    let mut weights = vec![0.0_f32; 2 << bits];
    let mut slopes = vec![1e-3_f32; 2 << bits];
    let (mut bias, mut bias_slopes) = ([-1.0_f32; 2], [1.0_f32; 2]);
    let decay = DECAY / texts.len() as f32;
    let mut order: Vec<usize> = (0..texts.len()).collect();
    let mut dice = Dice(seed);
    for _ in 0..ROUNDS {
        dice.shuffle(&mut order);
        for &at in &order {
            let (text, share) = texts[at];
            for class in 0..2 {
                let odds: f32 = rows[at].iter().map(|(b, value)| weights[*b as usize * 2 + class] * value).sum();
                let error = sigmoid(odds + bias[class]) - f32::from(u8::from(text.label[class]));
                let error = error * text.weight * share;
                for (b, value) in &rows[at] {
                    let w = *b as usize * 2 + class;
                    let slope = error * value + decay * weights[w];
                    slopes[w] += slope * slope;
                    weights[w] -= RATE * slope / slopes[w].sqrt();
                }
                bias_slopes[class] += error * error;
                bias[class] -= RATE * 0.2 * error / bias_slopes[class].sqrt();
            }
        }
    }
    quantise(bits, &weights, bias)
}

fn quantise(bits: u32, weights: &[f32], bias: [f32; 2]) -> Table {
    // A few large weights would make all others coarse: what is beyond the 99.95 % of weights is cut.
    let mut sizes: Vec<f32> = weights.iter().map(|weight| weight.abs()).filter(|size| *size > 1e-4).collect();
    sizes.sort_by(f32::total_cmp);
    let most = sizes.get(sizes.len() * 9995 / 10_000).copied().unwrap_or(1.0);
    let step = most / 127.0;
    let bytes = weights.iter().map(|weight| (weight / step).round().clamp(-127.0, 127.0) as i8).collect();
    Table::new(bits, bytes, step, bias)
}

/// One example for a blend.
pub struct Example {
    /// The figures.
    pub features: [f32; FEATURES],
    /// Negative, positive.
    pub label: [bool; 2],
    /// How much it counts.
    pub weight: f32,
}

/// Learns the weights of a blend for one class: 0 for negative, 1 for positive. Newton's method with a small ridge.
pub fn fit_blend(examples: &[Example], class: usize, ridge: f64) -> Vec<f32> {
    let mut weights = vec![0.0_f64; FEATURES];
    for _ in 0..12 {
        let mut slope = vec![0.0_f64; FEATURES];
        let mut curve = vec![vec![0.0_f64; FEATURES]; FEATURES];
        for example in examples {
            let x = example.features.map(f64::from);
            let odds: f64 = weights.iter().zip(x).map(|(weight, value)| weight * value).sum();
            let p = 1.0 / (1.0 + libm::exp(-odds));
            let error = (p - f64::from(u8::from(example.label[class]))) * f64::from(example.weight);
            let bend = (p * (1.0 - p)).max(1e-6) * f64::from(example.weight);
            for i in 0..FEATURES {
                slope[i] += error * x[i];
                if x[i] != 0.0 {
                    for j in 0..=i {
                        curve[i][j] += bend * x[i] * x[j];
                    }
                }
            }
        }
        for i in 0..FEATURES {
            let own = if i == 0 { 1e-3 } else { ridge };
            slope[i] += own * weights[i];
            curve[i][i] += own;
        }
        let step = solve(curve, slope);
        weights.iter_mut().zip(step).for_each(|(weight, step)| *weight -= step);
    }
    weights.into_iter().map(|weight| weight as f32).collect()
}

/// Solves `matrix × x = right` for a symmetric positive matrix given by its lower half: Cholesky.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] - inner;
            matrix[i][j] = if i == j { rest.max(1e-12).sqrt() } else { rest / matrix[j][j] };
        }
    }
    for i in 0..n {
        let inner: f64 = (0..i).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - inner) / matrix[i][i];
    }
    for i in (0..n).rev() {
        let inner: f64 = (i + 1..n).map(|k| matrix[k][i] * right[k]).sum();
        right[i] = (right[i] - inner) / matrix[i][i];
    }
    right
}

fn sigmoid(odds: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-odds))
}
