//! The frequencies that tell languages of one script apart: naive Bayes over the features of `judge::language`.

use amends::judge::{
    grams, language,
    lexicon::{self, Section},
    unit::{Kind, Units},
};

use crate::School;

/// The number of buckets is two to the power of this.
const BITS: u32 = 15;
/// One step, in nats.
const STEP: f32 = 0.05;
/// How many features as all languages together have them are added to those of each, so that one with few texts is not flattened.
const SMOOTHING: f32 = 5000.0;
/// The least share of a feature in all languages together.
const SHARE_MIN: f32 = 1e-6;
/// How often a function word counts.
const FUNCTION_TIMES: f32 = 4.0;
/// How often a text counts as somebody would type it who leaves the accents out.
const PLAIN_TIMES: f32 = 0.3;
/// No single feature says more than this, in nats.
const NATS_MAX: f32 = 4.0;

/// What [`frequencies`] gives: the bits, the step, the codes, and the weights.
type Frequencies = (u32, f32, Vec<String>, Vec<i8>);

/// Counts the features of each language and gives their log-likelihoods against the mean of all.
pub fn frequencies(schools: &[School]) -> Frequencies {
    let counted: Vec<&School> =
        schools.iter().filter(|school| school.language.is_counted() && !school.texts.is_empty()).collect();
    let n = counted.len();
    let mut counts = vec![vec![0.0_f32; 1 << BITS]; n];
    for (school, counts) in counted.iter().zip(&mut counts) {
        let clean = school.texts.iter().filter(|text| !(school.is_shared_alike() && text.set < crate::SETS.len()));
        for text in clean {
            count(&text.text, 1.0, counts);
        }
        for (_, word) in
            lexicon::sections(&school.language.lexicon()).filter(|(section, _)| *section == Section::Function)
        {
            count(word, FUNCTION_TIMES, counts);
        }
    }
    let totals: Vec<f32> = counts.iter().map(|counts| counts.iter().sum::<f32>()).collect();
    let mut weights = vec![0_i8; n << BITS];
    for bucket in 0..1 << BITS {
        let share = (0..n).map(|at| counts[at][bucket] / totals[at].max(1.0)).sum::<f32>() / n as f32;
        let added = SMOOTHING * share.max(SHARE_MIN);
        let logs: Vec<f32> =
            (0..n).map(|at| libm::logf((counts[at][bucket] + added) / (totals[at] + SMOOTHING))).collect();
        let mean = logs.iter().sum::<f32>() / n as f32;
        for (at, log) in logs.iter().enumerate() {
            let nats = (log - mean).clamp(-NATS_MAX, NATS_MAX);
            weights[bucket * n + at] = (nats / STEP).round() as i8;
        }
    }
    let codes = counted.iter().map(|school| school.language.code().to_owned()).collect();
    (BITS, STEP, codes, weights)
}

fn count(text: &str, times: f32, counts: &mut [f32]) {
    let units = Units::of(text);
    let words: Vec<&str> =
        units.list.iter().filter(|unit| unit.kind == Kind::Word).map(|unit| units.folded(unit)).collect();
    let plain = words.join(" ");
    for (text, units, times) in [(text, &units, times), (plain.as_str(), &Units::of(&plain), times * PLAIN_TIMES)] {
        for unit in &units.list {
            language::features(text, unit, |hash| counts[grams::bucket(hash, BITS)] += times);
        }
    }
}
