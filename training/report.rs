//! What was learned from how much, and how well it judges texts that it did not see.

use std::{collections::BTreeMap, fmt::Write};

use amends::judge::model::Blend;

use crate::{
    School, Schooling,
    data::{Kind, SETS},
    fit::Example,
};

/// The figures of one set: texts, negatives, precision, recall, F1.
pub type Figures = Vec<(&'static str, usize, usize, [f32; 3])>;

/// Precision, recall and F1 of "negative" when that is said from a probability on, with the set's own share of negatives or as if it
/// had another.
pub fn measures(set: &[(f32, bool)], least: f32, prevalence: Option<f32>) -> [f32; 3] {
    let negatives = set.iter().filter(|(_, negative)| *negative).count() as f32;
    let others = set.len() as f32 - negatives;
    let weight = prevalence.map_or(1.0, |share| share / (1.0 - share) * others / negatives.max(1.0));
    let hits = weight * set.iter().filter(|(p, negative)| *p >= least && *negative).count() as f32;
    let said = hits + set.iter().filter(|(p, negative)| *p >= least && !*negative).count() as f32;
    let all = weight * negatives;
    [hits / said.max(1e-6), hits / all.max(1e-6), 2.0 * hits / (said + all).max(1e-6)]
}

/// Measures each set.
pub fn figures(examples: &[(usize, Example)], blend: &Blend) -> Figures {
    let mut sets: BTreeMap<usize, Vec<(f32, bool)>> = BTreeMap::new();
    for (set, one) in examples {
        sets.entry(*set).or_default().push((blend.probabilities(&one.features)[0], one.label[0]));
    }
    sets.into_iter()
        .map(|(set, list)| {
            let negative = list.iter().filter(|(_, negative)| *negative).count();
            let least = if SETS[set].2 == Kind::Posts { blend.negative_min_post } else { blend.negative_min };
            (SETS[set].0, list.len(), negative, measures(&list, least, None))
        })
        .collect()
}

/// The report as Markdown.
pub fn page(schools: &[School], figures: &[(Schooling, Figures)]) -> String {
    let mut page = String::from(
        "# What the judge learned, and how well\n\nWritten by the training; see [README](README.md). Each text was judged by \
         weights that had not seen it (five folds).\n\n## Texts learned from\n\n| language | sentences | words | reviews | posts |\n|---|---|---|---|---|\n",
    );
    for school in schools {
        let count = |kind: Kind| school.texts.iter().filter(|text| text.kind == kind).count();
        let (sentences, words) = (count(Kind::Written), count(Kind::Words));
        let (reviews, posts) = (count(Kind::Reviews), count(Kind::Posts));
        let _ = writeln!(page, "| {} | {sentences} | {words} | {reviews} | {posts} |", school.language.code());
    }
    for (schooling, figures) in figures {
        let learned = match schooling {
            Schooling::Written => "sentences and words written for this project alone",
            Schooling::Posts => "those and posts",
            Schooling::Reviews => "those, posts and reviews",
        };
        let _ = write!(
            page,
            "\n## Learned from {learned}\n\n| set | texts | negative | precision | recall | F1 |\n|---|---|---|---|---|---|\n"
        );
        for (set, texts, negative, [precision, recall, f1]) in figures {
            let _ = writeln!(page, "| {set} | {texts} | {negative} | {precision:.3} | {recall:.3} | {f1:.3} |");
        }
    }
    page
}
