//! The languages that the judge reads, and which of them a text is in.
//!
//! Scripts decide what they can decide alone; between languages of one script the frequencies of words and of three letters do,
//! learned by `training/`. Unsure stays unsure: the best guess is used for judging, but not named.

use std::{ops::Range, sync::LazyLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    grams,
    memo::Recall,
    model::{Languages, Model, inflate},
    unit::{Kind, Unit, Units},
};

/// How much the platform's own word for the language counts, in nats.
const PLATFORM_NATS: f32 = 6.0;
/// How much it counts that the location's guests use to write in a language.
const LOCATION_NATS: f32 = 1.5;
/// By how many nats the best guess must lead to be named.
const NAMED_NATS: f32 = 2.0;
/// By how many nats a sentence must differ from the whole text to be taken for another language.
const OTHER_NATS: f32 = 6.0;

/// The length of a row: what a word weighs for each of the languages that are counted, and zeros up to whole registers.
pub const ROW: usize = 24;

/// Where negation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negation {
    /// Before what it turns: "not good".
    BeforeIt,
    /// Before or behind it: "gefällt mir nicht", "iyi değil".
    AroundIt,
}

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Devanagari,
    Thai,
    Kana,
    Han,
    Hangul,
    Other,
}

macro_rules! packed {
    ($code:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $code, ".deflate"))
    };
}

macro_rules! languages {
    ($($name:ident $code:literal $script:ident $negation:ident $file:expr;)*) => {
        /// A language that the judge knows words of, by its ISO 639-1 code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        #[allow(missing_docs, reason = "the codes are the standard's")]
        pub enum Language { $($name,)* }

        impl Language {
            /// All of them.
            pub const ALL: [Language; [$($code,)*].len()] = [$(Language::$name,)*];

            /// The ISO 639-1 code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Language::$name => $code,)* }
            }

            fn script(self) -> Script {
                match self { $(Language::$name => Script::$script,)* }
            }

            /// Where negation stands.
            #[must_use]
            pub fn negation(self) -> Negation {
                match self { $(Language::$name => Negation::$negation,)* }
            }

            /// The lexicon's file as `build.rs` has packed it.
            fn packed(self) -> &'static [u8] {
                match self { $(Language::$name => $file,)* }
            }
        }
    };
}

languages! {
    Ar "ar" Arabic BeforeIt packed!("ar");
    Ca "ca" Latin BeforeIt &[];
    Cs "cs" Latin BeforeIt packed!("cs");
    Da "da" Latin AroundIt packed!("da");
    De "de" Latin AroundIt packed!("de");
    El "el" Greek BeforeIt packed!("el");
    En "en" Latin BeforeIt packed!("en");
    Es "es" Latin BeforeIt packed!("es");
    Eu "eu" Latin AroundIt &[];
    Fi "fi" Latin BeforeIt packed!("fi");
    Fr "fr" Latin BeforeIt packed!("fr");
    He "he" Hebrew BeforeIt packed!("he");
    Hi "hi" Devanagari AroundIt packed!("hi");
    Hu "hu" Latin BeforeIt packed!("hu");
    Id "id" Latin BeforeIt packed!("id");
    It "it" Latin BeforeIt packed!("it");
    Ja "ja" Kana AroundIt packed!("ja");
    Ko "ko" Hangul AroundIt packed!("ko");
    Nl "nl" Latin AroundIt packed!("nl");
    No "no" Latin AroundIt packed!("no");
    Pl "pl" Latin BeforeIt packed!("pl");
    Pt "pt" Latin BeforeIt packed!("pt");
    Ro "ro" Latin BeforeIt packed!("ro");
    Ru "ru" Cyrillic BeforeIt packed!("ru");
    Sv "sv" Latin AroundIt packed!("sv");
    Th "th" Thai BeforeIt packed!("th");
    Tr "tr" Latin AroundIt packed!("tr");
    Uk "uk" Cyrillic BeforeIt packed!("uk");
    Vi "vi" Latin BeforeIt packed!("vi");
    Zh "zh" Han BeforeIt packed!("zh");
}

impl Language {
    /// The language of a BCP 47 tag, whatever its region and script; none if the judge does not know it.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Language> {
        let code = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let code = if matches!(code.as_str(), "nb" | "nn") { "no" } else { code.as_str() };
        Language::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The lexicon's file; empty for a language that has none yet.
    ///
    /// # Panics
    /// If it was not packed whole, which a test excludes.
    #[must_use]
    pub fn lexicon(self) -> String {
        String::from_utf8(inflate(self.packed())).expect("the lexicons are read by a test")
    }

    /// How much of the program its lexicon takes, in bytes.
    #[must_use]
    pub fn lexicon_bytes(self) -> usize {
        self.packed().len()
    }

    /// Whether frequencies tell it from others of its script.
    #[must_use]
    pub fn is_counted(self) -> bool {
        matches!(self.script(), Script::Latin | Script::Cyrillic) || self == Language::Hi
    }
}

/// What is known of the language before the text is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// What the platform says.
    pub platform: Option<Language>,
    /// What the location's guests use to write.
    pub location: &'a [Language],
}

impl Hints<'_> {
    /// Adds what is known to the scores of a text.
    fn weigh(&self, scores: &mut Scores) {
        for language in Language::ALL.into_iter().filter(|language| self.location.contains(language)) {
            scores[language as usize] += LOCATION_NATS;
        }
        if let Some(language) = self.platform {
            scores[language as usize] += PLATFORM_NATS;
        }
    }
}

/// The languages of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tongues {
    /// The language of the whole, if sure.
    pub named: Option<Language>,
    /// The language that each sentence is judged in; none if its script is unknown.
    pub sentences: Vec<Option<Language>>,
}

/// The log-likelihood of each language of [`Language::ALL`], up to a constant, in nats.
type Scores = [f32; Language::ALL.len()];

/// Finds the language of a text and of its sentences.
#[must_use]
pub fn detect(text: &str, units: &Units, sentences: &[Range<usize>], hints: Hints<'_>, model: &Model) -> Tongues {
    let each: Vec<(Letters, Scores)> = model.languages.memo.recall(|recall| {
        let read = |sentence: &Range<usize>| {
            let units = &units.list[sentence.clone()];
            (Letters::of(text, units), score(text, units, &model.languages, recall))
        };
        sentences.iter().map(read).collect()
    });
    let (mut letters, mut whole) = (Letters::default(), [0.0; Language::ALL.len()]);
    for (own_letters, own) in &each {
        letters.add(own_letters);
        whole.iter_mut().zip(own).for_each(|(sum, one)| *sum += one);
    }
    hints.weigh(&mut whole);
    let (best, lead) = choose(&letters, &whole, hints.platform);
    // Emoji speak every language.
    let emoji = || units.list.iter().any(|unit| unit.kind == Kind::Emoji);
    let guess = || hints.platform.or(hints.location.first().copied()).or(Some(Language::En));
    let best = if letters.all() == 0 && emoji() { guess() } else { best };
    let sentences = each.iter().map(|(own_letters, own)| {
        if own_letters.all() == 0 {
            return best;
        }
        let (own_best, own_lead) = choose(own_letters, own, None);
        let same_script = best.map(Language::script) == own_best.map(Language::script);
        if same_script && own_lead < OTHER_NATS { best } else { own_best }
    });
    Tongues { named: best.filter(|_| lead >= NAMED_NATS), sentences: sentences.collect() }
}

/// The features that tell languages of one script apart: whole words with their accents, letters beyond ASCII, runs of three.
pub fn features(text: &str, unit: &Unit, mut feature: impl FnMut(u64)) {
    if unit.kind != Kind::Word {
        return;
    }
    feature(unit.lower ^ 0x5bd1);
    let word = &text[unit.start as usize..unit.end as usize];
    let (mut a, mut b) = (' ', ' ');
    for c in word.chars().flat_map(char::to_lowercase).chain([' ']) {
        if !c.is_ascii() {
            feature(spread(u64::from(c) | 1 << 40));
        }
        if b != ' ' || a != ' ' || c != ' ' {
            feature(spread(u64::from(a) << 42 ^ u64::from(b) << 21 ^ u64::from(c)));
        }
        (a, b) = (b, c);
    }
}

fn spread(x: u64) -> u64 {
    let x = (x ^ x >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (x ^ x >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

fn score(text: &str, units: &[Unit], table: &Languages, recall: &mut Recall<'_, ROW>) -> Scores {
    let mut sums = [0; ROW];
    for unit in units.iter().filter(|unit| unit.kind == Kind::Word) {
        // Two words with one hash of their lower-case form have the same features.
        let word = (unit.lower, (unit.end - unit.start) as usize);
        recall.add(word, &mut sums, |sums| weigh(text, unit, table, sums));
    }
    let mut scores = [0.0; Language::ALL.len()];
    for (language, sum) in table.languages.iter().zip(sums) {
        scores[*language as usize] = sum as f32 * table.step;
    }
    scores
}

fn weigh(text: &str, unit: &Unit, table: &Languages, sums: &mut [i32; ROW]) {
    let width = table.languages.len();
    features(text, unit, |hash| {
        let row = grams::bucket(hash, table.bits) * width;
        let weights = &table.weights[row..row + width];
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i32::from(*weight));
    });
}

/// The best language and by how many nats it leads the next one.
fn choose(letters: &Letters, scores: &Scores, platform: Option<Language>) -> (Option<Language>, f32) {
    let script = letters.most();
    let known = match script {
        Some(Script::Latin | Script::Cyrillic) => None,
        Some(Script::Greek) => Some(Language::El),
        Some(Script::Arabic) => Some(Language::Ar),
        Some(Script::Hebrew) => Some(Language::He),
        Some(Script::Devanagari) => Some(Language::Hi),
        Some(Script::Thai) => Some(Language::Th),
        Some(Script::Kana) => Some(Language::Ja),
        Some(Script::Hangul) => Some(Language::Ko),
        Some(Script::Han) => Some(if platform == Some(Language::Ja) { Language::Ja } else { Language::Zh }),
        Some(Script::Other) | None => return (None, 0.0),
    };
    if let Some(known) = known {
        return (Some(known), f32::INFINITY);
    }
    let (mut best, mut first, mut second) = (None, f32::NEG_INFINITY, f32::NEG_INFINITY);
    for language in contenders(script == Some(Script::Cyrillic)) {
        let score = scores[*language as usize];
        if score > first {
            (best, first, second) = (Some(*language), score, first);
        } else {
            second = second.max(score);
        }
    }
    (best, first - second)
}

/// The languages that frequencies tell apart in a text of Latin or of Cyrillic letters. Hindi is written in Latin ones too.
fn contenders(is_cyrillic: bool) -> &'static [Language] {
    static OF_BOTH: LazyLock<[Vec<Language>; 2]> = LazyLock::new(|| {
        [Script::Latin, Script::Cyrillic].map(|script| {
            let is_written =
                |one: &Language| one.script() == script || (*one == Language::Hi && script == Script::Latin);
            Language::ALL.into_iter().filter(|one| one.is_counted() && is_written(one)).collect()
        })
    });
    &OF_BOTH[usize::from(is_cyrillic)]
}

/// How many letters of each script there are.
#[derive(Clone, Debug, Default)]
struct Letters([u32; 11]);

impl Letters {
    fn of(text: &str, units: &[Unit]) -> Self {
        let mut letters = Letters::default();
        for unit in units.iter().filter(|unit| matches!(unit.kind, Kind::Word | Kind::Glyph)) {
            let word = &text[unit.start as usize..unit.end as usize];
            if let Some(c) = word.chars().find(|c| c.is_alphabetic()) {
                let weight = if unit.kind == Kind::Glyph { 2 } else { unit.end - unit.start };
                letters.0[script_of(c) as usize] += weight;
            }
        }
        letters
    }

    fn add(&mut self, other: &Letters) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, one)| *sum += one);
    }

    fn all(&self) -> u32 {
        self.0.iter().sum()
    }

    fn most(&self) -> Option<Script> {
        const SCRIPTS: [Script; 11] = [
            Script::Latin,
            Script::Cyrillic,
            Script::Greek,
            Script::Arabic,
            Script::Hebrew,
            Script::Devanagari,
            Script::Thai,
            Script::Kana,
            Script::Han,
            Script::Hangul,
            Script::Other,
        ];
        let count = |script: Script| self.0[script as usize];
        let most = SCRIPTS.into_iter().max_by_key(|script| count(*script)).filter(|script| count(*script) > 0)?;
        // Japanese is written with Chinese characters too; the other way round does not happen.
        let japanese = matches!(most, Script::Han | Script::Kana) && count(Script::Kana) * 8 > count(Script::Han);
        Some(if japanese { Script::Kana } else { most })
    }
}

fn script_of(c: char) -> Script {
    match c {
        '\u{0041}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' | '\u{FF21}'..='\u{FF5A}' => Script::Latin,
        '\u{0400}'..='\u{052F}' => Script::Cyrillic,
        '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{FB50}'..='\u{FEFF}' => Script::Arabic,
        '\u{0590}'..='\u{05FF}' => Script::Hebrew,
        '\u{0900}'..='\u{097F}' => Script::Devanagari,
        '\u{0E00}'..='\u{0E7F}' => Script::Thai,
        '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}' => Script::Kana,
        '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '々' => Script::Han,
        '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7AF}' => Script::Hangul,
        _ => Script::Other,
    }
}
