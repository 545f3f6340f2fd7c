//! What a text is about, how each of these was, and the words that tell it.
//!
//! Rules over the findings of each sentence; where no word judges, the sentence's own lean does.

use std::collections::BTreeMap;

use super::{
    sentiment::{Reading, Sentence},
    topic::Topic,
    trie::Trie,
    unit::Units,
};

/// How sure a sentence without judging words must lean, in log odds, to speak of its topics.
const LEAN_MIN: f32 = 1.0;
/// How many topics of one review are named.
const SUBJECTS_MAX: usize = 12;
/// How many words for each are kept.
const WORDS_MAX: usize = 3;

/// The owner's own topics: a name and its words each.
#[derive(Clone, Debug, Default)]
pub struct OwnTopics {
    names: Vec<String>,
    words: Trie<usize>,
}

impl OwnTopics {
    /// Topics with their words; a trailing `*` matches any ending.
    pub fn new<'a>(topics: impl Iterator<Item = (&'a str, &'a [String])>) -> Self {
        let mut own = OwnTopics::default();
        for (name, words) in topics {
            for word in words {
                own.words.add(word, own.names.len(), |_, _| {});
            }
            own.names.push(name.to_owned());
        }
        own
    }
}

/// A topic of a text: a known one, or one of the owner's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Known to the judge.
    Known(Topic),
    /// Named by the owner.
    Own(String),
}

impl About {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            About::Known(topic) => topic.name(),
            About::Own(name) => name,
        }
    }
}

/// What a text says about one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The topic.
    pub about: About,
    /// Whether it is a complaint.
    pub complaint: bool,
    /// The words that tell it, as the guest wrote them.
    pub words: Vec<String>,
}

impl Subject {
    /// "room:neg", as lists of topics are written.
    #[must_use]
    pub fn tag(&self) -> String {
        [self.about.name(), if self.complaint { ":neg" } else { ":pos" }].concat()
    }

    /// Whether it is about how the guest was treated, rather than about what went wrong.
    #[must_use]
    pub fn is_treatment(&self) -> bool {
        matches!(self.about, About::Known(Topic::Treatment | Topic::Staff))
    }
}

/// The subjects of a text, complaints first, the weightiest of each first.
#[must_use]
pub fn subjects(text: &str, reading: &Reading, own: &OwnTopics) -> Vec<Subject> {
    let mut found: BTreeMap<(bool, About), (f32, Vec<String>)> = BTreeMap::new();
    for sentence in &reading.sentences {
        let mut note = |about: About, weight: f32, units: std::ops::Range<usize>| {
            let (sum, words) = found.entry((weight > 0.0, about)).or_default();
            *sum += weight.abs();
            let word = quote(text, &reading.units, units);
            if words.len() < WORDS_MAX && !words.contains(&word) {
                words.push(word);
            }
        };
        read(sentence, &mut note);
        for (at, name) in own_mentions(reading, sentence, own) {
            if let Some(weight) = around(sentence, at) {
                note(About::Own(name.to_owned()), weight, at..at + 1);
            }
        }
    }
    let mut list: Vec<(f32, Subject)> = found
        .into_iter()
        .map(|((praise, about), (weight, words))| (weight, Subject { about, complaint: !praise, words }))
        .collect();
    list.sort_by(|a, b| (b.1.complaint, b.0).partial_cmp(&(a.1.complaint, a.0)).unwrap_or(std::cmp::Ordering::Equal));
    list.truncate(SUBJECTS_MAX);
    list.into_iter().map(|(_, subject)| subject).collect()
}

fn read(sentence: &Sentence, note: &mut impl FnMut(About, f32, std::ops::Range<usize>)) {
    let findings = &sentence.findings;
    for opinion in &findings.opinions {
        let topic = opinion.topic.unwrap_or(Topic::General);
        // Said of nothing in particular: it belongs to the whole only if nothing is named anywhere near.
        if topic == Topic::General && !findings.topics.is_empty() {
            continue;
        }
        note(About::Known(topic), opinion.weight, opinion.units.clone());
    }
    let mut judged = [false; Topic::ALL.len()];
    for topic in findings.opinions.iter().filter_map(|opinion| opinion.topic) {
        judged[topic as usize] = true;
    }
    // Where no word judges a topic, the sentence is about who acts in it: "the waiter took our plates away"; else about all it names.
    let Some(weight) = lean(sentence) else { return };
    let named = || findings.topics.iter().map(|(_, topic)| *topic);
    let acts = Topic::ALL.into_iter().any(|topic| judged[topic as usize] && topic.acts()) || named().any(Topic::acts);
    let is_meant = |topic: Topic| !judged[topic as usize] && (!acts || topic.acts());
    for (at, topic) in findings.topics.iter().filter(|(_, topic)| is_meant(*topic)) {
        note(About::Known(*topic), weight, *at..at + 1);
    }
}

/// Which way a sentence leans by itself, if it is sure enough.
fn lean(sentence: &Sentence) -> Option<f32> {
    let by_words = sentence.findings.praise() - sentence.findings.complaint();
    let [negative, positive] = sentence.log_odds;
    if by_words != 0.0 {
        Some(by_words.signum() * 0.5)
    } else if negative > LEAN_MIN && negative > positive {
        Some(-0.5)
    } else if positive > LEAN_MIN {
        Some(0.5)
    } else {
        None
    }
}

/// How the words nearest to a unit judge, else how the sentence leans.
fn around(sentence: &Sentence, at: usize) -> Option<f32> {
    let nearest = sentence.findings.opinions.iter().min_by_key(|opinion| opinion.units.start.abs_diff(at));
    nearest.map(|opinion| opinion.weight).or_else(|| lean(sentence))
}

fn own_mentions<'a>(reading: &'a Reading, sentence: &Sentence, own: &'a OwnTopics) -> Vec<(usize, &'a str)> {
    if own.names.is_empty() {
        return Vec::new();
    }
    let places = sentence.units.clone();
    places
        .filter_map(|at| own.words.longest(&reading.units, at).map(|found| (at, own.names[*found.value].as_str())))
        .collect()
}

/// The words of some units as the guest wrote them.
#[must_use]
pub fn quote(text: &str, units: &Units, range: std::ops::Range<usize>) -> String {
    let (first, last) = (&units.list[range.start], &units.list[range.end - 1]);
    text[first.start as usize..last.end as usize].to_owned()
}
