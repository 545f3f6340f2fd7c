//! The words of each language: praise, complaint, negation, topics. Written for this project; `training/README.md` says how.
//!
//! A language's list is read at its first use. Judging is not done here.

use std::sync::OnceLock;

use super::{language::Language, must_alert::Danger, topic::Topic, trie::Trie};

/// What an entry means; one entry may mean several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// From −3 (outrageous) to 3 (superb); 0 if it does not judge.
    pub polarity: i8,
    /// What it is about.
    pub topic: Option<Topic>,
    /// What it does to the words around it.
    pub effect: Option<Effect>,
}

/// What a word does to those around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// "not", "never", "without".
    Negate,
    /// "very".
    Intensify,
    /// "slightly".
    Diminish,
    /// "but": what follows weighs more.
    Contrast,
    /// "should have": something is missing.
    Wish,
}

/// A language's words.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// The phrases.
    pub phrases: Trie<Entry>,
    /// How many there are.
    pub len: usize,
}

impl Lexicon {
    /// The words of a language, with the emoji that all share.
    #[must_use]
    pub fn of(language: Language) -> &'static Lexicon {
        static READ: [OnceLock<Lexicon>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
        READ[language as usize].get_or_init(|| Lexicon::read(&[EMOJI, &language.lexicon()]))
    }

    fn read(files: &[&str]) -> Lexicon {
        let mut lexicon = Lexicon::default();
        let all = files.iter().flat_map(|file| sections(file));
        for (section, phrase) in all {
            let Some(entry) = section.entry() else { continue };
            lexicon.len += 1;
            lexicon.phrases.add(phrase, entry, |there, new| {
                there.polarity = if there.polarity == 0 { new.polarity } else { there.polarity };
                there.topic = there.topic.or(new.topic);
                there.effect = there.effect.or(new.effect);
            });
        }
        lexicon
    }
}

const EMOJI: &str = include_str!("lexicons/emoji.txt");
/// The sections that alert, of all lexicons, as `build.rs` has put them together.
pub const ALERTS: &str = include_str!(concat!(env!("OUT_DIR"), "/alerts.txt"));

/// A section of a lexicon file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Praise or complaint, from −3 to 3, with its topic if the words tell it.
    Opinion(i8, Option<Topic>),
    /// Words that name a topic.
    About(Topic),
    /// Words that do something to others.
    Effect(Effect),
    /// Words that alert whatever the stars.
    Alert(Danger),
    /// Words that tell the language.
    Function,
}

impl Section {
    /// Reads the words between the brackets: `negative 2 cleanliness`.
    #[must_use]
    pub fn parse(head: &str) -> Option<Section> {
        let mut words = head.split_whitespace();
        let (first, second, third) = (words.next()?, words.next(), words.next());
        let strength = || second.and_then(|digit| digit.parse::<i8>().ok()).filter(|n| (1..=3).contains(n));
        let topic = match third {
            None => None,
            Some(name) => Some(Topic::parse(name)?),
        };
        Some(match (first, second) {
            ("positive", _) => Section::Opinion(strength()?, topic),
            ("negative", _) => Section::Opinion(-strength()?, topic),
            ("topic", Some(name)) => Section::About(Topic::parse(name)?),
            ("alert", Some(name)) => Section::Alert(Danger::parse(name)?),
            ("negator", None) => Section::Effect(Effect::Negate),
            ("intensifier", None) => Section::Effect(Effect::Intensify),
            ("diminisher", None) => Section::Effect(Effect::Diminish),
            ("contrast", None) => Section::Effect(Effect::Contrast),
            ("wish", None) => Section::Effect(Effect::Wish),
            ("function", None) => Section::Function,
            _ => return None,
        })
    }

    fn entry(self) -> Option<Entry> {
        Some(match self {
            Section::Opinion(polarity, topic) => Entry { polarity, topic, effect: None },
            Section::About(topic) => Entry { topic: Some(topic), ..Entry::default() },
            Section::Effect(effect) => Entry { effect: Some(effect), ..Entry::default() },
            // Found in every language at once, by `must_alert`; here they are complaints like others.
            Section::Alert(_) => Entry { polarity: -3, topic: Some(Topic::Safety), effect: None },
            Section::Function => return None,
        })
    }
}

/// The entries of a lexicon file in order, each with its section; what stands under an unknown heading is left out.
pub fn sections(file: &str) -> impl Iterator<Item = (Section, &str)> {
    let mut section = None;
    file.lines().map(str::trim).filter(|line| !line.starts_with('#')).flat_map(move |line| {
        let head = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        if let Some(head) = head {
            section = Section::parse(head);
        }
        let current = section.filter(|_| head.is_none());
        line.split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .filter_map(move |entry| Some((current?, entry)))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{super::unit::Units, *};

    #[test]
    fn every_heading_of_every_lexicon_is_known_and_every_entry_has_letters() {
        for language in Language::ALL {
            for (nth, line) in (1..).zip(language.lexicon().lines().map(str::trim)) {
                let place = format!("{}.txt:{nth}: {line}", language.code());
                if let Some(head) = line.strip_prefix('[') {
                    let head = head.strip_suffix(']').unwrap_or_else(|| panic!("{place}"));
                    assert!(Section::parse(head).is_some(), "{place}");
                } else if !line.starts_with('#') {
                    let entries = line.split(',').map(str::trim).filter(|entry| !entry.is_empty());
                    for entry in entries {
                        assert!(!entry.trim_end_matches('*').contains('*'), "{place}: {entry}");
                        assert!(entry.chars().any(char::is_alphanumeric), "{place}: {entry}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_packed_is_what_was_written_and_all_that_alerts_is_together() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/judge/lexicons");
        let mut alerts: Vec<(Section, String)> = Vec::new();
        for language in Language::ALL.into_iter().filter(|language| language.lexicon_bytes() > 0) {
            let written = std::fs::read_to_string(folder.join(language.code()).with_extension("txt")).unwrap();
            assert!(language.lexicon() == written, "{}", language.code());
            let alerting = sections(&written).filter(|(section, _)| matches!(section, Section::Alert(_)));
            alerts.extend(alerting.map(|(section, phrase)| (section, phrase.to_owned())));
        }
        let together: Vec<(Section, String)> = sections(ALERTS).map(|(section, it)| (section, it.to_owned())).collect();
        assert!(together.len() > 1_000);
        assert_eq!(together, alerts);
    }

    #[test]
    fn every_entry_is_found_in_itself() {
        for language in Language::ALL {
            let means = |(section, entry)| Section::entry(section).map(|_| entry);
            for entry in sections(&language.lexicon()).filter_map(means) {
                // No phrase crosses a mark: "w-lan" is found where somebody writes "w lan".
                let units = Units::of(&entry.trim_end_matches('*').replace(['-', '/', '.'], " "));
                let found = (0..units.list.len()).any(|at| Lexicon::of(language).phrases.longest(&units, at).is_some());
                assert!(found, "{}: {entry}", language.code());
            }
        }
    }

    #[test]
    fn no_entry_is_praise_and_complaint_at_once() {
        for language in Language::ALL {
            let text = language.lexicon();
            let of = |sign: i8| -> HashSet<&str> {
                sections(&text)
                    .filter_map(|(section, entry)| match section {
                        Section::Opinion(polarity, _) => (polarity.signum() == sign).then_some(entry),
                        _ => None,
                    })
                    .collect()
            };
            let both: Vec<&str> = of(1).intersection(&of(-1)).copied().collect();
            assert!(both.is_empty(), "{}: {both:?}", language.code());
        }
    }

    #[test]
    fn every_lexicon_has_words_for_everything() {
        for language in Language::ALL.iter().filter(|language| language.lexicon_bytes() > 0) {
            let count = |wanted: fn(Section) -> bool| {
                sections(&language.lexicon()).filter(|(section, _)| wanted(*section)).count()
            };
            let code = language.code();
            assert!(count(|s| matches!(s, Section::Opinion(..=-1, _))) >= 200, "{code}");
            assert!(count(|s| matches!(s, Section::Opinion(1.., _))) >= 100, "{code}");
            assert!(count(|s| matches!(s, Section::About(_))) >= 60, "{code}");
            assert!(count(|s| matches!(s, Section::Alert(_))) >= 20, "{code}");
            assert!(count(|s| s == Section::Effect(Effect::Negate)) >= 5, "{code}");
        }
    }
}
