//! Words that alert whatever the stars: pests, illness, fire, violence, discrimination, crime.
//!
//! They stand in the `[alert …]` sections of the lexicons and are looked for in every language at once, because a guest who is not
//! understood must be heard all the same. A word directly denied ("no bed bugs", "keine Bettwanzen") does not alert. The owner adds
//! and removes words in `[negative]`.

use std::{collections::HashSet, sync::OnceLock};

use super::{
    about,
    language::Language,
    lexicon::{ALERTS, Effect, Lexicon, Section, sections},
    trie::Trie,
    unit::{Kind, Units},
};

/// How many words before an alarming one may deny it.
const DENIAL_REACH: usize = 2;

/// What an alarming word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// Bed bugs, cockroaches, rats.
    Pests,
    /// Food poisoning and what else made guests ill.
    Illness,
    /// Fire, gas, electric shock.
    Fire,
    /// Assault, threats, harassment.
    Violence,
    /// Racism and other discrimination.
    Discrimination,
    /// Theft and fraud.
    Crime,
    /// Words that the owner added.
    Own,
}

impl Danger {
    /// The danger as it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Danger::Pests => "pests",
            Danger::Illness => "illness",
            Danger::Fire => "fire and safety",
            Danger::Violence => "violence and harassment",
            Danger::Discrimination => "discrimination",
            Danger::Crime => "crime",
            Danger::Own => "your own word",
        }
    }

    /// The danger of a lexicon's section.
    #[must_use]
    pub fn parse(section: &str) -> Option<Danger> {
        Some(match section {
            "pests" => Danger::Pests,
            "illness" => Danger::Illness,
            "fire" => Danger::Fire,
            "violence" => Danger::Violence,
            "discrimination" => Danger::Discrimination,
            "crime" => Danger::Crime,
            _ => return None,
        })
    }
}

/// The words that alert at one location.
#[derive(Clone, Debug, Default)]
pub struct MustAlert {
    own: Trie<Danger>,
    removed: HashSet<u32>,
}

/// An alarming word found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The words as the guest wrote them, in lower case.
    pub word: String,
    /// What they are about.
    pub danger: Danger,
}

/// The words of all lexicons.
struct BuiltIn {
    words: Trie<(Danger, u32)>,
    phrases: Vec<&'static str>,
}

impl BuiltIn {
    fn get() -> &'static BuiltIn {
        static READ: OnceLock<BuiltIn> = OnceLock::new();
        READ.get_or_init(|| {
            let mut read = BuiltIn { words: Trie::default(), phrases: Vec::new() };
            for (section, phrase) in sections(ALERTS) {
                let Section::Alert(danger) = section else { continue };
                let number = u32::try_from(read.phrases.len()).expect("the lexicons hold a few thousand phrases");
                read.phrases.push(phrase);
                read.words.add(phrase, (danger, number), |_, _| {});
            }
            read
        })
    }
}

impl MustAlert {
    /// The built-in words, with the owner's `added` and without those `removed`; a trailing `*` matches any ending.
    #[must_use]
    pub fn new(added: &[String], removed: &[String]) -> Self {
        let mut own = Trie::default();
        for word in added {
            own.add(word, Danger::Own, |_, _| {});
        }
        let removed: HashSet<String> = removed.iter().map(|word| word.trim().to_lowercase()).collect();
        let numbers = (0..).zip(&BuiltIn::get().phrases).filter(|(_, phrase)| removed.contains(**phrase));
        MustAlert { own, removed: numbers.map(|(number, _)| number).collect() }
    }

    /// The alarming words of a text in their order, each once; `language` is the one that the text is mostly in.
    #[must_use]
    pub fn find(&self, text: &str, units: &Units, language: Option<Language>) -> Vec<Hit> {
        let built_in = &BuiltIn::get().words;
        let mut hits: Vec<Hit> = Vec::new();
        let mut at = 0;
        while at < units.list.len() {
            let own = self.own.longest(units, at).map(|found| (found.units, *found.value));
            let shipped = || {
                let found = built_in.longest(units, at)?;
                let (danger, number) = *found.value;
                let written = about::quote(text, units, at..at + found.units);
                let meant = !has_accents(&written) || has_accents(BuiltIn::get().phrases[number as usize]);
                (meant && !self.removed.contains(&number)).then_some((found.units, danger))
            };
            let Some((length, danger)) = own.or_else(shipped) else {
                at += 1;
                continue;
            };
            if !denied(units, at, language) {
                let (first, last) = (units.list[at], units.list[at + length - 1]);
                let word = text[first.start as usize..last.end as usize].to_lowercase();
                if !hits.iter().any(|hit| hit.word == word) {
                    hits.push(Hit { word, danger });
                }
            }
            at += length;
        }
        hits
    }
}

/// Guests leave accents out, but do not make them up: Swedish *rätten* is no Dutch rat.
fn has_accents(words: &str) -> bool {
    words.chars().any(|c| matches!(c, '\u{00C0}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}'))
}

/// Whether a negator of the text's language, or of English, stands right before a unit without a mark between.
fn denied(units: &Units, at: usize, language: Option<Language>) -> bool {
    let reach = if units.list[at].kind == Kind::Glyph { 2 * DENIAL_REACH } else { DENIAL_REACH };
    let before = (at.saturating_sub(reach)..at).rev();
    let lexicons = [language, Some(Language::En)].into_iter().flatten().map(Lexicon::of);
    let negates = |at: usize, length: usize| {
        lexicons.clone().any(|lexicon| {
            lexicon
                .phrases
                .longest(units, at)
                .is_some_and(|found| found.units <= length && found.value.effect == Some(Effect::Negate))
        })
    };
    before
        .take_while(|place| matches!(units.list[*place].kind, Kind::Word | Kind::Glyph | Kind::Number | Kind::Emoji))
        .any(|place| negates(place, at - place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(list: &MustAlert, text: &str, language: Language) -> Vec<String> {
        list.find(text, &Units::of(text), Some(language)).into_iter().map(|hit| hit.word).collect()
    }

    fn found(text: &str, language: Language) -> Vec<String> {
        found_in(&MustAlert::default(), text, language)
    }

    #[test]
    fn burning_words_are_found_in_many_languages() {
        for (text, word) in [
            ("We had BED BUGS.", "bed bugs"),
            ("Im Bett waren Bettwanzen!", "bettwanzen"),
            ("Il y avait des punaises de lit", "punaises de lit"),
            ("Había cucarachas en el baño", "cucarachas"),
            ("Una intossicazione alimentare, grazie", "intossicazione alimentare"),
            ("Er lag een kakkerlak", "kakkerlak"),
            ("Personel ırkçıydı", "ırkçıydı"),
            ("In der Küche: Stromschlag", "stromschlag"),
            ("V posteli byly štěnice", "štěnice"),
            ("В номере были тараканы", "тараканы"),
            ("房间里有蟑螂", "蟑螂"),
            ("部屋にゴキブリがいた", "ゴキブリ"),
        ] {
            assert_eq!(found(text, Language::En), [word], "{text}");
        }
    }

    #[test]
    fn a_denied_word_does_not_alert() {
        for (text, language) in [
            ("There were no bed bugs at all", Language::En),
            ("Keine Bettwanzen, alles sauber", Language::De),
            ("Sans punaises de lit", Language::Fr),
            ("sin cucarachas", Language::Es),
            ("没有蟑螂", Language::Zh),
        ] {
            assert_eq!(found(text, language), [] as [&str; 0], "{text}");
        }
        assert_eq!(found("Was it clean? No. Bed bugs!", Language::En), ["bed bugs"]);
    }

    #[test]
    fn a_word_inside_another_does_not_alert() {
        assert_eq!(found("We loved the Socrates room and the pirates", Language::En), [] as [&str; 0]);
    }

    #[test]
    fn words_that_only_look_alike_in_another_language_do_not_alert() {
        for text in [
            "Không gian thoáng mát, đôi khi hơi đông",
            "Hakan Bey çok ilgiliydi, güzel müzik çalındı",
            "Vi hade rätten att få pengarna tillbaka, och därpå kom de",
            "Am fost doi oameni, telefonul furt se blochează",
            "C'est une menace pour les autres restaurants",
            "Senhor Furtado was our guide",
            "The shoes need a few days to break in",
        ] {
            assert_eq!(found(text, Language::En), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn the_owner_adds_and_removes_words() {
        let list = MustAlert::new(&["Sauna kaputt".into(), "schimmel*".into()], &["racist*".into()]);
        let words = found_in(&list, "Sauna kaputt, Schimmelflecken, and a racist joke", Language::De);
        assert_eq!(words, ["sauna kaputt", "schimmelflecken"]);
    }

    #[test]
    fn an_empty_text_has_none() {
        assert_eq!(found("", Language::En), [] as [&str; 0]);
    }
}
