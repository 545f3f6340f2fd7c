//! What the words of a text say: complaint, neither, praise, with the probability and the words that decided.
//!
//! A text is read sentence by sentence, each in its own language; rules and learned weights are blended for the whole.

use std::ops::Range;

use super::{
    grams::{Sums, Table},
    language::{Hints, Language, Tongues, detect},
    lexicon::Lexicon,
    model::Model,
    opinion::{self, Findings},
    unit::{Kind, Units},
};

/// How many figures the blend weighs: each once for every text, and once more for posts.
pub const FEATURES: usize = 2 * PLAIN;
const PLAIN: usize = 28;
/// What is left of either probability where a text only asks, or says next to nothing: "Is there parking?", "Unsubscribed"
const LITTLE: f32 = 0.3;

/// One sentence as it was read.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Its units.
    pub units: Range<usize>,
    /// The language it was judged in.
    pub language: Option<Language>,
    /// What its words say.
    pub findings: Findings,
    /// The log odds of "negative" and "positive" by its grams.
    pub log_odds: [f32; 2],
}

/// A text as it was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The text's units.
    pub units: Units,
    /// Its sentences.
    pub sentences: Vec<Sentence>,
    /// The language of the whole, if sure.
    pub language: Option<Language>,
    /// The log odds of the whole.
    pub log_odds: [f32; 2],
    /// Whether it is a post with handles, tags or links.
    pub is_post: bool,
}

impl Reading {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str, hints: Hints<'_>, model: &Model) -> Self {
        let units = Units::of(text);
        let sentences = units.sentences();
        let tongues = detect(text, &units, &sentences, hints, model);
        Reading::in_tongues(units, sentences, tongues, |language| model.table(language))
    }

    /// Reads a text whose languages are known, with weights that are handed in.
    #[must_use]
    pub fn in_tongues<'a>(
        units: Units,
        sentences: Vec<Range<usize>>,
        tongues: Tongues,
        table: impl Fn(Language) -> Option<&'a Table>,
    ) -> Self {
        let is_post = units.count(Kind::Handle) > 0;
        let mut wholes: Vec<(Language, Sums, usize)> = Vec::new();
        let read = sentences.into_iter().zip(tongues.sentences).map(|(range, language)| {
            let Some(language) = language else {
                let findings = Findings::default();
                return Sentence { units: range, language: None, findings, log_odds: [0.0; 2] };
            };
            let findings = opinion::read(&units, range.clone(), Lexicon::of(language), language);
            let own = table(language);
            let sums = own.map_or_else(Sums::default, |table| table.sum(&units, range.clone()));
            let log_odds = own.map_or([0.0; 2], |table| table.log_odds(sums));
            match wholes.iter_mut().find(|(of, ..)| *of == language) {
                Some((_, sum, length)) => {
                    *sum += sums;
                    *length += range.len();
                }
                None => wholes.push((language, sums, range.len())),
            }
            Sentence { units: range, language: Some(language), findings, log_odds }
        });
        let sentences: Vec<Sentence> = read.collect();
        let length: usize = wholes.iter().map(|(.., length)| length).sum();
        let mut log_odds = [0.0; 2];
        for (language, sums, own) in wholes {
            if let Some(table) = table(language) {
                let share = own as f32 / length as f32;
                let part = table.log_odds(sums);
                log_odds.iter_mut().zip(part).for_each(|(sum, part)| *sum += share * part);
            }
        }
        Reading { units, sentences, language: tongues.named, log_odds, is_post }
    }

    /// Whether it holds nothing but questions in which no word judges or denies.
    fn only_asks(&self) -> bool {
        let asks =
            |sentence: &Sentence| self.units.list[sentence.units.clone()].iter().any(|unit| unit.kind == Kind::Ask);
        let plain = |findings: &Findings| findings.opinions.is_empty() && findings.denials == 0;
        self.sentences.iter().all(|sentence| asks(sentence) && plain(&sentence.findings))
    }

    /// Whether it is a word or two, of which none judges, denies or wishes, and which nobody shouts; where words are written without
    /// spaces, a few signs can say much.
    fn says_next_to_nothing(&self) -> bool {
        let is_plain = |findings: &Findings| findings.opinions.is_empty() && findings.denials + findings.wishes == 0;
        let count = |kind| self.units.count(kind);
        count(Kind::Glyph) + count(Kind::Shout) == 0
            && count(Kind::Word) <= 2
            && self.sentences.iter().all(|sentence| is_plain(&sentence.findings))
    }

    /// Whether words praise in it and none complains, denies or wishes.
    fn only_praises(&self) -> bool {
        let findings = || self.sentences.iter().map(|sentence| &sentence.findings);
        findings().any(|findings| !findings.opinions.is_empty())
            && findings().all(|findings| findings.complaint() == 0.0 && findings.denials + findings.wishes == 0)
    }

    /// Whether words complain in it and none praises.
    #[must_use]
    pub fn only_complains(&self) -> bool {
        let findings = || self.sentences.iter().map(|sentence| &sentence.findings);
        findings().any(|findings| findings.complaint() > 0.0) && findings().all(|findings| findings.praise() == 0.0)
    }

    /// The language that most of the text is judged in.
    #[must_use]
    pub fn main_language(&self) -> Option<Language> {
        let mut lengths = [0; Language::ALL.len()];
        for sentence in &self.sentences {
            if let Some(language) = sentence.language {
                lengths[language as usize] += sentence.units.len();
            }
        }
        Language::ALL
            .into_iter()
            .max_by_key(|language| lengths[*language as usize])
            .filter(|best| lengths[*best as usize] > 0)
    }
}

/// The figures that the blend weighs.
#[must_use]
pub fn features(reading: &Reading) -> [f32; FEATURES] {
    let sentences = &reading.sentences;
    let all = || sentences.iter().flat_map(|sentence| &sentence.findings.opinions);
    let count = |n: usize, most: usize| n.min(most) as f32;
    let sum = |of: fn(&Findings) -> u32| sentences.iter().map(|sentence| of(&sentence.findings)).sum::<u32>() as usize;
    let kinds = |kind: Kind| reading.units.count(kind);
    let complaint: f32 = sentences.iter().map(|sentence| sentence.findings.complaint()).sum();
    let praise: f32 = sentences.iter().map(|sentence| sentence.findings.praise()).sum();
    let both = complaint + praise + 1.0;
    let length = (kinds(Kind::Word) + kinds(Kind::Glyph)) as u32;
    let capitals = reading.units.list.iter().filter(|unit| unit.capitals).count();
    let net = |sentence: Option<&Sentence>| {
        sentence.map_or(0.0, |s| ((s.findings.praise() - s.findings.complaint()) / 2.0).clamp(-1.5, 1.5))
    };
    let most = |class: usize| {
        let best = sentences.iter().map(|sentence| sentence.log_odds[class]).fold(f32::MIN, f32::max);
        clip(best.max(-9.0))
    };
    let complaining = sentences.iter().filter(|s| s.findings.complaint() > s.findings.praise()).count();
    let contrasts = sum(|findings| findings.contrasts);
    let plain: [f32; PLAIN] = [
        1.0,
        clip(reading.log_odds[0]),
        clip(reading.log_odds[1]),
        most(0),
        most(1),
        clip(sentences.last().map_or(0.0, |sentence| sentence.log_odds[0])),
        libm::log1pf(complaint),
        libm::log1pf(praise),
        complaint / both,
        praise / both,
        all().map(|opinion| -opinion.weight).fold(0.0, f32::max) / 3.0,
        all().map(|opinion| opinion.weight).fold(0.0, f32::max) / 3.0,
        count(all().filter(|opinion| opinion.turned && opinion.weight < 0.0).count(), 3),
        count(all().filter(|opinion| opinion.turned && opinion.weight > 0.0).count(), 3),
        count(sum(|findings| findings.denials), 3),
        sum(|findings| findings.denials) as f32 / sentences.len().max(1) as f32,
        count(sum(|findings| findings.wishes), 3),
        count(contrasts, 1),
        f32::from(u8::from(contrasts > 0 && complaint > 0.0 && praise > 0.0)),
        count(kinds(Kind::Shout), 3),
        count(kinds(Kind::Ask), 2),
        capitals as f32 / length.max(1) as f32,
        libm::log1pf(length as f32),
        f32::from(u8::from(all().next().is_none())),
        net(sentences.last()),
        net(sentences.first()),
        complaining as f32 / sentences.len().max(1) as f32,
        count(kinds(Kind::Number), 2),
    ];
    let post = f32::from(u8::from(reading.is_post));
    std::array::from_fn(|at| if at < PLAIN { plain[at] } else { plain[at - PLAIN] * post })
}

fn clip(log_odds: f32) -> f32 {
    log_odds.clamp(-6.0, 6.0)
}

/// Which way a text leans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    /// A complaint.
    Negative,
    /// Neither.
    Neutral,
    /// Praise.
    Positive,
}

/// What the words of a text say.
#[derive(Clone, Debug)]
pub struct Sentiment {
    /// Which way they lean; none if there are no words, or none in a script that the judge reads.
    pub lean: Option<Lean>,
    /// The probability of a complaint.
    pub negative: f32,
    /// The probability of praise.
    pub positive: f32,
    /// The text as it was read.
    pub reading: Reading,
}

impl Sentiment {
    /// Judges a text; a complaint is what is one with at least `negative_min`, or with the model's own limit.
    #[must_use]
    pub fn of(text: &str, hints: Hints<'_>, negative_min: Option<f32>, model: &Model) -> Self {
        let reading = Reading::of(text, hints, model);
        let Some(blend) = reading.main_language().and_then(|language| model.blend(language)) else {
            return Sentiment { lean: None, negative: 0.0, positive: 0.0, reading };
        };
        let [mut negative, mut positive] = blend.probabilities(&features(&reading));
        if reading.only_asks() || reading.says_next_to_nothing() {
            (negative, positive) = (negative * LITTLE, positive * LITTLE);
        }
        let neutral = (1.0 - negative - positive).max(0.0);
        let own = if reading.is_post { blend.negative_min_post } else { blend.negative_min };
        let outweighed = reading.only_praises() && positive > negative;
        let lean = if negative >= negative_min.unwrap_or(own) && !outweighed {
            Lean::Negative
        } else if positive >= neutral {
            Lean::Positive
        } else {
            Lean::Neutral
        };
        Sentiment { lean: Some(lean), negative, positive, reading }
    }
}
