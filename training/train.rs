//! Learns the judge's model: `cargo run --release --example train -- --data DIR`.
//!
//! DIR holds `train/SET.jsonl.gz` for the sets of [`data::SETS`], whose licences allow it; every other set is left alone. The same
//! inputs give the same bytes: `training/MANIFEST.tsv` holds their checksums and those of what is written to `src/judge/model/`.

mod data;
mod fit;
mod languages;
mod manifest;
mod report;

use std::{collections::BTreeMap, error::Error, io::Write, path::PathBuf};

use amends::judge::{
    grams::Table,
    language::{Language, Tongues},
    model::{Blend, File, LanguagesAt, Parameters, Piece, TableAt},
    sentiment::{Reading, features},
};
use data::{Kind, Licence, SETS, Text};
use fit::Example;

/// Parts of a language's texts, of which each in turn is judged by what the others taught.
const FOLDS: usize = 5;
/// Where the dice begin.
const SEED: u64 = 20_261_127;
/// The mean share of complaints in reviews that a limit must find on texts that were not seen.
const RECALL_MIN: f32 = 0.8;
/// The share of complaints in reviews and in posts as they come. The sets hold far more, so that their F1 alone would cry wolf.
const PREVALENCE: [f32; 2] = [0.3, 0.2];
/// How much a sentence written for this project counts.
const WRITTEN_SHARE: f32 = 1.0;
/// How much a word of a lexicon counts.
const WORDS_SHARE: f32 = 0.4;
/// As how many words all of a lexicon count at most beside labelled texts, which know better what their words mean.
const WORDS_MAX: f32 = 1000.0;

/// What a language's grams are learned from; a blend belongs to each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schooling {
    /// Only what was written for this project.
    Written,
    /// That, and posts.
    Posts,
    /// That, and reviews.
    Reviews,
}

impl Schooling {
    const ALL: [Schooling; 3] = [Schooling::Written, Schooling::Posts, Schooling::Reviews];

    fn name(self) -> &'static str {
        match self {
            Schooling::Written => "written",
            Schooling::Posts => "posts",
            Schooling::Reviews => "reviews",
        }
    }

    fn of(language: Language) -> Self {
        let has = |kind| SETS.iter().any(|(_, of, set, _)| *of == language && *set == kind);
        match (has(Kind::Reviews) || language == Language::Th, has(Kind::Posts)) {
            (true, _) => Schooling::Reviews,
            (false, true) => Schooling::Posts,
            (false, false) => Schooling::Written,
        }
    }

    fn takes(self, kind: Kind) -> bool {
        match kind {
            Kind::Written | Kind::Words => true,
            Kind::Posts => self != Schooling::Written,
            Kind::Reviews => self == Schooling::Reviews,
        }
    }
}

/// All texts of a language.
pub struct School {
    language: Language,
    texts: Vec<Text>,
}

impl School {
    fn is_shared_alike(&self) -> bool {
        SETS.iter().any(|(_, language, _, licence)| *language == self.language && *licence == Licence::ShareAlike)
    }

    fn has_written(&self) -> bool {
        self.texts.iter().any(|text| matches!(text.kind, Kind::Written | Kind::Words))
    }

    fn bits(&self) -> u32 {
        if self.texts.iter().any(|text| text.set < SETS.len()) { 17 } else { 16 }
    }

    fn teach(&self, of: impl Fn(usize, &Text) -> bool) -> Table {
        let chosen: Vec<&Text> =
            self.texts.iter().enumerate().filter(|(at, text)| of(*at, text)).map(|(_, text)| text).collect();
        let words = chosen.iter().filter(|text| text.kind == Kind::Words).count();
        let are_labelled = chosen.iter().any(|text| text.set < SETS.len());
        let crowding = if are_labelled { (WORDS_MAX / words.max(1) as f32).min(1.0) } else { 1.0 };
        let share = |text: &Text| match text.kind {
            Kind::Written => WRITTEN_SHARE,
            Kind::Words => WORDS_SHARE * crowding,
            Kind::Reviews | Kind::Posts => 1.0,
        };
        let texts: Vec<(&Text, f32)> = chosen.into_iter().map(|text| (text, share(text))).collect();
        fit::fit_grams(&texts, self.bits(), SEED)
    }

    /// Every labelled text that others are judged by, as a table that did not see it reads it.
    fn examples(&self, schooling: Schooling) -> Vec<(usize, Example)> {
        let judged = |at: usize, text: &Text, fold: usize| match text.kind {
            Kind::Written | Kind::Words => false,
            // Texts of a kind that was not learned from are judged by the first table.
            kind if !schooling.takes(kind) => fold == 0,
            Kind::Reviews | Kind::Posts => at % FOLDS == fold,
        };
        let folds = if schooling == Schooling::Written { 1 } else { FOLDS };
        let mut examples = Vec::new();
        for fold in 0..folds {
            let table = self.teach(|at, text| schooling.takes(text.kind) && !judged(at, text, fold));
            let chosen = self.texts.iter().enumerate().filter(|(at, text)| judged(*at, text, fold));
            examples.extend(chosen.map(|(_, text)| (text.set, example(text, &table))));
        }
        examples
    }
}

fn example(text: &Text, table: &Table) -> Example {
    let units = text.reading.units.clone();
    let sentences = units.sentences();
    let tongues = Tongues { named: Some(text.language), sentences: vec![Some(text.language); sentences.len()] };
    let reading = Reading::in_tongues(units, sentences, tongues, |_| Some(table));
    Example { features: features(&reading), label: text.label, weight: text.weight }
}

fn blend(examples: &[(usize, Example)]) -> Blend {
    let list: Vec<Example> = examples
        .iter()
        .map(|(_, one)| Example { features: one.features, label: one.label, weight: one.weight })
        .collect();
    let mut blend = Blend {
        negative: fit::fit_blend(&list, 0, 3.0),
        positive: fit::fit_blend(&list, 1, 3.0),
        negative_min: 0.5,
        negative_min_post: 0.5,
    };
    blend.negative_min = threshold(examples, &blend, Kind::Reviews);
    blend.negative_min_post = threshold(examples, &blend, Kind::Posts);
    blend
}

/// The least probability that gives the best mean F1 over the sets of a kind, as if each held the natural share of complaints. In
/// reviews it must find enough of them besides: one that is missed costs more than one too many.
fn threshold(examples: &[(usize, Example)], blend: &Blend, kind: Kind) -> f32 {
    let mut sets: BTreeMap<usize, Vec<(f32, bool)>> = BTreeMap::new();
    for (set, one) in examples.iter().filter(|(set, _)| SETS[*set].2 == kind) {
        sets.entry(*set).or_default().push((blend.probabilities(&one.features)[0], one.label[0]));
    }
    let mean = |least: f32, of: usize| {
        let prevalence = PREVALENCE[usize::from(kind == Kind::Posts)];
        sets.values().map(|set| report::measures(set, least, Some(prevalence))[of]).sum::<f32>() / sets.len() as f32
    };
    let enough = |least: &f32| kind == Kind::Posts || mean(*least, 1) >= RECALL_MIN;
    let limits = (10..65).map(|n| n as f32 / 100.0).filter(enough);
    limits.max_by(|a, b| mean(*a, 2).total_cmp(&mean(*b, 2))).unwrap_or(0.3)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let data = match &args[..] {
        [_, flag, dir] if flag == "--data" => PathBuf::from(dir),
        _ => return Err("called as: train --data DIR".into()),
    };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let schools = read(&data, &root)?;
    let mut out = Out::default();
    let mut blends = BTreeMap::new();
    let mut figures = Vec::new();
    for schooling in Schooling::ALL {
        let apt = schools.iter().filter(|school| {
            let enough = Schooling::of(school.language) as usize >= schooling as usize;
            enough && !school.is_shared_alike() && (school.has_written() || schooling == Schooling::Reviews)
        });
        let examples: Vec<(usize, Example)> = apt.flat_map(|school| school.examples(schooling)).collect();
        let blend = blend(&examples);
        figures.push((schooling, report::figures(&examples, &blend)));
        eprintln!("{}: from {} on, posts from {} on", schooling.name(), blend.negative_min, blend.negative_min_post);
        blends.insert(schooling.name().to_owned(), blend);
    }
    let mut tables = BTreeMap::new();
    for school in &schools {
        let schooling = Schooling::of(school.language);
        let table = school.teach(|_, _| true);
        let file = if school.is_shared_alike() { File::WeightsSa } else { File::Weights };
        let blend = schooling.name().to_owned();
        let piece = out.add(file, &table.weights)?;
        let at = TableAt { piece, bits: table.bits, step: table.step, bias: table.bias, blend };
        tables.insert(school.language.code().to_owned(), at);
    }
    let (bits, step, codes, weights) = languages::frequencies(&schools);
    let languages = LanguagesAt { piece: out.add(File::Weights, &weights)?, bits, step, codes };
    let parameters = serde_json::to_string_pretty(&Parameters { languages, tables, blends })? + "\n";
    let model = root.join("src/judge/model");
    std::fs::write(model.join("parameters.json"), parameters)?;
    std::fs::write(model.join("weights.bin"), &out.weights)?;
    std::fs::write(model.join("weights-sa.bin"), &out.weights_sa)?;
    std::fs::write(root.join("training/REPORT.md"), report::page(&schools, &figures))?;
    std::fs::write(root.join("training/MANIFEST.tsv"), manifest::list(&root, &data)?)?;
    Ok(())
}

fn read(data: &std::path::Path, root: &std::path::Path) -> Result<Vec<School>, Box<dyn Error>> {
    let mut schools = Vec::new();
    for language in Language::ALL {
        let mut texts = Vec::new();
        for number in (0..SETS.len()).filter(|number| SETS[*number].1 == language) {
            texts.extend(data::read_set(data, number)?);
        }
        texts.extend(data::read_sentences(root, language)?);
        texts.extend(data::words(language));
        schools.push(School { language, texts });
    }
    Ok(schools)
}

#[derive(Default)]
struct Out {
    weights: Vec<u8>,
    weights_sa: Vec<u8>,
}

impl Out {
    fn add(&mut self, file: File, weights: &[i8]) -> Result<Piece, Box<dyn Error>> {
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&weights.iter().map(|weight| weight.cast_unsigned()).collect::<Vec<u8>>())?;
        let packed = packer.finish()?;
        let into = match file {
            File::Weights => &mut self.weights,
            File::WeightsSa => &mut self.weights_sa,
        };
        let piece = Piece { file, offset: into.len(), bytes: packed.len() };
        into.extend(packed);
        Ok(piece)
    }
}
