//! The texts that are learned from: the labelled sets of the data folder, and the sentences and lexicons of this repository.

use std::{error::Error, fs, io::Read, path::Path};

use amends::judge::{
    language::{Language, Tongues},
    lexicon::{self, Section},
    sentiment::Reading,
    unit::Units,
};
use serde::Deserialize;

/// A set counts like this many texts at most.
const SET_WEIGHT: f32 = 2500.0;

/// What its licence lets a set do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Licence {
    /// Permissive, or posts under the terms of the network: a model with attribution.
    Attribution,
    /// Share-alike: a model in a file of its own.
    ShareAlike,
}

/// The sets that are learned from, with their language, kind and licence; no other set is ever opened.
pub const SETS: &[(&str, Language, Kind, Licence)] = &[
    ("mams_en", Language::En, Kind::Reviews, Licence::Attribution),
    ("opener_en_hotels", Language::En, Kind::Reviews, Licence::Attribution),
    ("sentihood_en", Language::En, Kind::Reviews, Licence::Attribution),
    ("uci_amazon_en", Language::En, Kind::Reviews, Licence::Attribution),
    ("uci_imdb_en", Language::En, Kind::Reviews, Licence::Attribution),
    ("uci_yelp_en", Language::En, Kind::Reviews, Licence::Attribution),
    ("opener_es_hotels", Language::Es, Kind::Reviews, Licence::Attribution),
    ("multibooked_ca_hotels", Language::Ca, Kind::Reviews, Licence::Attribution),
    ("multibooked_eu_hotels", Language::Eu, Kind::Reviews, Licence::Attribution),
    ("nsmc_ko", Language::Ko, Kind::Reviews, Licence::Attribution),
    ("wisesight_th", Language::Th, Kind::Posts, Licence::Attribution),
    ("tweeteval_en", Language::En, Kind::Posts, Licence::Attribution),
    ("umsab_ar", Language::Ar, Kind::Posts, Licence::Attribution),
    ("umsab_de", Language::De, Kind::Posts, Licence::Attribution),
    ("umsab_en", Language::En, Kind::Posts, Licence::Attribution),
    ("umsab_es", Language::Es, Kind::Posts, Licence::Attribution),
    ("umsab_fr", Language::Fr, Kind::Posts, Licence::Attribution),
    ("umsab_hi", Language::Hi, Kind::Posts, Licence::Attribution),
    ("umsab_it", Language::It, Kind::Posts, Licence::Attribution),
    ("umsab_pt", Language::Pt, Kind::Posts, Licence::Attribution),
    ("hoasa_id", Language::Id, Kind::Reviews, Licence::ShareAlike),
    ("smsa_id", Language::Id, Kind::Reviews, Licence::ShareAlike),
];

/// What kind of texts a set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reviews, or sentences of them.
    Reviews,
    /// Posts of a social network.
    Posts,
    /// Written for this project: sentences.
    Written,
    /// Written for this project: single words.
    Words,
}

/// A labelled text.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its words.
    pub text: String,
    /// Cut into units and sentences.
    pub reading: Reading,
    /// Its language.
    pub language: Language,
    /// The number of its set.
    pub set: usize,
    /// What kind of set that is.
    pub kind: Kind,
    /// Whether it is negative, and whether it is positive.
    pub label: [bool; 2],
    /// How much it counts.
    pub weight: f32,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    label: String,
    #[serde(default)]
    mixed: bool,
}

/// Reads one set of the data folder.
///
/// # Errors
/// If it is not there or not what it should be.
pub fn read_set(dir: &Path, number: usize) -> Result<Vec<Text>, Box<dyn Error>> {
    let (name, language, kind, _) = SETS[number];
    let packed = fs::read(dir.join(format!("train/{name}.jsonl.gz")))?;
    let mut lines = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut lines)?;
    let rows: Vec<Row> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let rows: Vec<Row> = rows.into_iter().filter(|row| !row.mixed).collect();
    let weight = (SET_WEIGHT / rows.len() as f32).min(1.0);
    Ok(rows.into_iter().map(|row| text(row.text, language, (number, kind), label(&row.label), weight)).collect())
}

/// Reads the sentences of a language, none if there are none.
///
/// # Errors
/// If a line is not label, topics and text.
pub fn read_sentences(root: &Path, language: Language) -> Result<Vec<Text>, Box<dyn Error>> {
    let path = root.join(format!("training/sentences/{}.tsv", language.code()));
    let Ok(file) = fs::read_to_string(&path) else { return Ok(Vec::new()) };
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [named, _, words] = fields[..] else { return Err(format!("{}: {line}", path.display()).into()) };
            Ok(text(words.to_owned(), language, (SETS.len(), Kind::Written), label(named), 1.0))
        })
        .collect()
}

/// The entries of a lexicon that judge, each as a tiny text.
pub fn words(language: Language) -> Vec<Text> {
    let lexicon = language.lexicon();
    let judging = lexicon::sections(&lexicon).filter_map(|(section, entry)| match section {
        Section::Opinion(polarity, _) => Some((polarity, entry)),
        Section::Alert(_) => Some((-3, entry)),
        Section::About(_) | Section::Effect(_) | Section::Function => None,
    });
    judging
        .map(|(polarity, entry)| {
            let weight = f32::from(polarity.abs()) / 3.0;
            let label = [polarity < 0, polarity > 0];
            text(entry.trim_end_matches('*').to_owned(), language, (SETS.len(), Kind::Words), label, weight)
        })
        .collect()
}

fn label(name: &str) -> [bool; 2] {
    [name == "neg", name == "pos"]
}

fn text(text: String, language: Language, (set, kind): (usize, Kind), label: [bool; 2], weight: f32) -> Text {
    let units = Units::of(&text);
    let sentences = units.sentences();
    let tongues = Tongues { named: Some(language), sentences: vec![Some(language); sentences.len()] };
    let reading = Reading::in_tongues(units, sentences, tongues, |_| None);
    Text { text, reading, language, set, kind, label, weight }
}
