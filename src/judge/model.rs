//! The learned part of the judge, as `training/` wrote it into `model/`: gram weights, blends, and what tells languages apart.
//!
//! `parameters.json` is read at the first use; the weights of a language are unpacked when a text in it comes. Nothing is learned here.

use std::{collections::BTreeMap, io::Read, sync::OnceLock};

use serde::{Deserialize, Serialize};

use super::{
    grams::Table,
    language::{self, Language},
    memo::Memo,
    sentiment::FEATURES,
};

const PARAMETERS: &[u8] = include_bytes!("model/parameters.json");
const WEIGHTS: &[u8] = include_bytes!("model/weights.bin");
/// Learned from sets under CC BY-SA 4.0, so under that licence itself: `model/NOTICE.md`.
const WEIGHTS_SA: &[u8] = include_bytes!("model/weights-sa.bin");

/// `parameters.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// What tells languages apart.
    pub languages: LanguagesAt,
    /// The gram weights by language code.
    pub tables: BTreeMap<String, TableAt>,
    /// The blends by name.
    pub blends: BTreeMap<String, Blend>,
}

/// A deflated piece of one of the weight files.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Which file.
    pub file: File,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// How long it is there, in bytes.
    pub bytes: usize,
}

/// A file of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum File {
    /// `weights.bin`.
    Weights,
    /// `weights-sa.bin`.
    WeightsSa,
}

/// Where a language's gram weights are, and how to read them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableAt {
    /// The bytes.
    pub piece: Piece,
    /// See [`Table`].
    pub bits: u32,
    /// See [`Table`].
    pub step: f32,
    /// See [`Table`].
    pub bias: [f32; 2],
    /// The name of the blend that goes with it.
    pub blend: String,
}

/// Where the frequencies that tell languages apart are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguagesAt {
    /// The bytes: for each bucket one signed byte for each language.
    pub piece: Piece,
    /// The number of buckets is two to the power of this.
    pub bits: u32,
    /// What one step is worth, in nats.
    pub step: f32,
    /// The codes of the languages in the order of the bytes.
    pub codes: Vec<String>,
}

/// How the findings on a text are weighed into two probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blend {
    /// The weights for "negative", in the order of [`super::sentiment::features`].
    pub negative: Vec<f32>,
    /// The weights for "positive".
    pub positive: Vec<f32>,
    /// The least probability of "negative" that is a complaint in a review.
    pub negative_min: f32,
    /// The same for posts.
    pub negative_min_post: f32,
}

/// What tells languages of one script apart.
#[derive(Debug)]
pub struct Languages {
    /// In the order of the weights.
    pub languages: Vec<Language>,
    /// See [`LanguagesAt`].
    pub bits: u32,
    /// See [`LanguagesAt`].
    pub step: f32,
    /// See [`LanguagesAt`].
    pub weights: Vec<i8>,
    /// What words weigh, in the order of `languages`.
    pub memo: Memo<{ language::ROW }>,
}

/// The model in use.
#[derive(Debug)]
pub struct Model {
    /// What tells languages apart.
    pub languages: Languages,
    parameters: Parameters,
    tables: [OnceLock<Option<Table>>; Language::ALL.len()],
}

impl Model {
    /// The model that is part of the program.
    ///
    /// # Panics
    /// If the files in `model/` are damaged, which a test excludes.
    #[must_use]
    pub fn shipped() -> &'static Model {
        static MODEL: OnceLock<Model> = OnceLock::new();
        MODEL.get_or_init(|| {
            let parameters: Parameters =
                serde_json::from_slice(PARAMETERS).expect("the shipped parameters are read by a test");
            let at = &parameters.languages;
            let languages: Vec<Language> = at.codes.iter().filter_map(|code| Language::of_tag(code)).collect();
            let languages = Languages {
                languages,
                bits: at.bits,
                step: at.step,
                weights: unpack(&at.piece),
                memo: Memo::default(),
            };
            Model { languages, parameters, tables: [const { OnceLock::new() }; Language::ALL.len()] }
        })
    }

    /// The gram weights of a language.
    #[must_use]
    pub fn table(&self, language: Language) -> Option<&Table> {
        let unpacked = self.tables[language as usize].get_or_init(|| {
            let at = self.parameters.tables.get(language.code())?;
            Some(Table::new(at.bits, unpack(&at.piece), at.step, at.bias))
        });
        unpacked.as_ref()
    }

    /// The blend of a language.
    #[must_use]
    pub fn blend(&self, language: Language) -> Option<&Blend> {
        self.parameters.blends.get(&self.parameters.tables.get(language.code())?.blend)
    }
}

impl Blend {
    /// The probabilities of "negative" and "positive", which sum up to at most one.
    #[must_use]
    pub fn probabilities(&self, features: &[f32; FEATURES]) -> [f32; 2] {
        let odds =
            |weights: &[f32]| -> f32 { weights.iter().zip(features).map(|(weight, value)| weight * value).sum() };
        let one = [odds(&self.negative), odds(&self.positive)].map(|odds| 1.0 / (1.0 + libm::expf(-odds)));
        let over = (one[0] + one[1]).max(1.0);
        one.map(|probability| probability / over)
    }
}

fn unpack(piece: &Piece) -> Vec<i8> {
    let file = match piece.file {
        File::Weights => WEIGHTS,
        File::WeightsSa => WEIGHTS_SA,
    };
    let packed = &file[piece.offset..piece.offset + piece.bytes];
    inflate(packed).into_iter().map(u8::cast_signed).collect()
}

/// What was deflated when the program was built; nothing of nothing.
pub(super) fn inflate(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !packed.is_empty() {
        flate2::read::DeflateDecoder::new(packed).read_to_end(&mut bytes).expect("what is shipped is read by a test");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{super::lexicon::ALERTS, *};

    #[test]
    fn every_language_has_its_weights_and_its_blend_in_full() {
        let model = Model::shipped();
        for language in Language::ALL {
            let table = model.table(language).unwrap_or_else(|| panic!("{}", language.code()));
            assert_eq!(table.weights.len(), 2 << table.bits, "{}", language.code());
            let blend = model.blend(language).unwrap_or_else(|| panic!("{}", language.code()));
            assert_eq!((blend.negative.len(), blend.positive.len()), (FEATURES, FEATURES));
        }
        let languages = &model.languages;
        assert_eq!(languages.weights.len(), languages.languages.len() << languages.bits);
        assert!(languages.languages.len() <= language::ROW);
    }

    #[test]
    fn all_languages_together_take_less_than_eight_megabytes() {
        let lexicons: usize = Language::ALL.iter().map(|language| language.lexicon_bytes()).sum();
        let all = PARAMETERS.len() + WEIGHTS.len() + WEIGHTS_SA.len() + ALERTS.len() + lexicons;
        assert!(all <= 8 * 1024 * 1024, "{all}");
    }
}
