//! A tree of phrases over the units of a text; the longest one that begins at a unit is found in one walk.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

use super::unit::{self, Kind, Units};

/// The least letters of a stem, so that `a*` cannot match everything.
const STEM_CHARS_MIN: usize = unit::HEAD_CHARS;

/// In how many bits it is noted how phrases begin: enough that few of some thousand share one.
const BEGINNINGS: usize = 1 << 15;

/// Phrases with what they mean.
#[derive(Clone, Debug)]
pub struct Trie<V> {
    /// With which words phrases begin; most words of a text begin none, and are done with here.
    first_words: Beginnings,
    /// With which heads those phrases begin that are a stem alone.
    first_heads: Beginnings,
    nodes: Vec<Node<V>>,
    next: HashMap<u64, u32, Hashed>,
    stems: HashMap<u64, V, Hashed>,
    /// How stems begin, so that most words are done with after three letters.
    heads: HashSet<u64, Hashed>,
}

/// The units of a phrase up to one of them.
#[derive(Clone, Debug)]
struct Node<V> {
    /// What a phrase means that ends here.
    value: Option<V>,
    /// Whether phrases go on from here.
    goes_on: bool,
    /// Whether one of these ends in a stem next.
    has_stems: bool,
}

/// Hashes as bits: one that is not among them was not noted.
#[derive(Clone, Debug, Default)]
struct Beginnings(Vec<u64>);

impl Beginnings {
    fn note(&mut self, hash: u64) {
        self.0.resize(BEGINNINGS / 64, 0);
        let (word, bit) = place(hash);
        self.0[word] |= bit;
    }

    fn may_hold(&self, hash: u64) -> bool {
        let (word, bit) = place(hash);
        self.0.get(word).is_some_and(|noted| noted & bit != 0)
    }
}

/// A phrase found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a, V> {
    /// How many units it covers.
    pub units: usize,
    /// What it means.
    pub value: &'a V,
}

impl<V> Default for Node<V> {
    fn default() -> Self {
        Node { value: None, goes_on: false, has_stems: false }
    }
}

impl<V> Default for Trie<V> {
    fn default() -> Self {
        Trie {
            first_words: Beginnings::default(),
            first_heads: Beginnings::default(),
            nodes: vec![Node::default()],
            next: HashMap::default(),
            stems: HashMap::default(),
            heads: HashSet::default(),
        }
    }
}

impl<V: Copy> Trie<V> {
    /// Adds a phrase, in which a trailing `*` stands for any ending of its last word; `merge` joins it with one that is there.
    pub fn add(&mut self, phrase: &str, value: V, merge: impl Fn(&mut V, V)) {
        let phrase = phrase.trim();
        let (body, open) = phrase.strip_suffix('*').map_or((phrase, false), |body| (body, true));
        let units = Units::of(body);
        let words: Vec<&unit::Unit> = units.list.iter().filter(|unit| is_word(unit.kind)).collect();
        let Some((last, before)) = words.split_last() else { return };
        let node = before.iter().fold(0, |node, word| self.child(node, word.hash));
        let head = last.head.filter(|_| open && last.kind == Kind::Word);
        match (before.first(), head) {
            (None, Some(head)) => self.first_heads.note(head),
            (Some(first), _) => self.first_words.note(first.hash),
            (None, None) => self.first_words.note(last.hash),
        }
        if let Some(head) = head {
            let from = &mut self.nodes[node as usize];
            (from.goes_on, from.has_stems) = (true, true);
            self.heads.insert(key(node, head));
            self.stems.entry(key(node, last.hash)).and_modify(|there| merge(there, value)).or_insert(value);
        } else {
            let end = self.child(node, last.hash);
            match &mut self.nodes[end as usize].value {
                Some(there) => merge(there, value),
                empty => *empty = Some(value),
            }
        }
    }

    fn child(&mut self, node: u32, hash: u64) -> u32 {
        let nodes = &mut self.nodes;
        *self.next.entry(key(node, hash)).or_insert_with(|| {
            nodes[node as usize].goes_on = true;
            nodes.push(Node::default());
            u32::try_from(nodes.len() - 1).expect("a lexicon has some thousand words")
        })
    }

    /// The longest phrase that begins at a unit.
    #[must_use]
    pub fn longest(&self, units: &Units, at: usize) -> Option<Found<'_, V>> {
        let first = units.list.get(at)?;
        // What is written before a word in Arabic and Hebrew is no part of its beginning.
        let may_hide = !first.is_plain;
        let may_be_stem = may_hide || first.head.is_some_and(|head| self.first_heads.may_hold(head));
        if !may_be_stem && !self.first_words.may_hold(first.hash) {
            return None;
        }
        let (mut node, mut from, mut best) = (0, &self.nodes[0], None);
        for (length, unit) in (1..).zip(&units.list[at..]) {
            if !is_word(unit.kind) {
                break;
            }
            let bare = if unit.is_plain { None } else { without_clitics(units.folded(unit)) };
            if from.has_stems && unit.kind == Kind::Word && (length > 1 || may_be_stem) {
                let stem = self.stem(node, || units.folded(unit), unit.head);
                let stem = stem.or_else(|| bare.and_then(|bare| self.stem(node, || bare, unit::head(bare))));
                best = stem.map(|value| Found { units: length, value }).or(best);
            }
            let child = self.next.get(&key(node, unit.hash));
            let child = child.or_else(|| self.next.get(&key(node, unit::hash(bare?))));
            let Some(child) = child else { break };
            (node, from) = (*child, &self.nodes[*child as usize]);
            best = from.value.as_ref().map(|value| Found { units: length, value }).or(best);
            if !from.goes_on {
                break;
            }
        }
        best
    }

    /// The value of the longest stem that a word begins with.
    fn stem<'a>(&self, node: u32, word: impl FnOnce() -> &'a str, head: Option<u64>) -> Option<&V> {
        if !self.heads.contains(&key(node, head?)) {
            return None;
        }
        let word = word();
        let (mut hash, mut best) = (unit::HASH_SEED, None);
        for (nth, (at, c)) in word.char_indices().enumerate() {
            hash = word.as_bytes()[at..at + c.len_utf8()].iter().fold(hash, |hash, byte| unit::hash_byte(hash, *byte));
            if nth + 1 >= STEM_CHARS_MIN {
                best = self.stems.get(&key(node, hash)).or(best);
            }
        }
        best
    }
}

fn is_word(kind: Kind) -> bool {
    matches!(kind, Kind::Word | Kind::Glyph | Kind::Emoji | Kind::Number)
}

/// Where the bit of a hash stands.
fn place(hash: u64) -> (usize, u64) {
    let bit = hash as usize % BEGINNINGS;
    (bit / 64, 1 << (bit % 64))
}

fn key(node: u32, hash: u64) -> u64 {
    hash ^ u64::from(node).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// An Arabic or Hebrew word without "and", "the", "in" and the like, which are written as its first letters.
fn without_clitics(word: &str) -> Option<&str> {
    let first = word.chars().next()?;
    let bare = match first {
        '\u{0600}'..='\u{06FF}' => {
            let word = word.strip_prefix(['و', 'ف']).unwrap_or(word);
            let word = word.strip_prefix("لل").or_else(|| word.strip_prefix(['ب', 'ك'])).unwrap_or(word);
            word.strip_prefix("ال").unwrap_or(word)
        }
        '\u{0590}'..='\u{05FF}' => {
            let word = word.strip_prefix('ו').unwrap_or(word);
            word.strip_prefix(['ה', 'ב', 'ל', 'מ', 'ש', 'כ']).unwrap_or(word)
        }
        _ => return None,
    };
    (bare.len() < word.len() && bare.chars().count() >= STEM_CHARS_MIN).then_some(bare)
}

type Hashed = BuildHasherDefault<Taken>;

/// Keys that are hashes already are taken as they are.
#[derive(Clone, Debug, Default)]
pub struct Taken(u64);

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| unit::hash_byte(hash, *byte));
    }

    fn write_u64(&mut self, key: u64) {
        // The table takes its place from the low bits and its tag from the high ones; FNV mixes the high bits least.
        self.0 = key ^ key.rotate_left(32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(phrases: &[&str], text: &str) -> Vec<(usize, usize)> {
        let mut trie = Trie::default();
        for (n, phrase) in phrases.iter().enumerate() {
            trie.add(phrase, n, |there, new| *there = new);
        }
        let units = Units::of(text);
        (0..units.list.len())
            .filter_map(|at| trie.longest(&units, at))
            .map(|found| (found.units, *found.value))
            .collect()
    }

    #[test]
    fn the_longest_phrase_wins() {
        assert_eq!(longest(&["never", "never again"], "Never again, never"), [(2, 1), (1, 0)]);
        assert_eq!(longest(&["schmutz*", "schmutzfrei*"], "schmutziges schmutzfreies"), [(1, 0), (1, 1)]);
    }

    #[test]
    fn a_phrase_does_not_cross_a_mark() {
        assert_eq!(longest(&["no problem"], "no, problem"), []);
    }

    #[test]
    fn the_last_word_of_a_phrase_may_be_a_stem_and_a_short_star_is_none() {
        assert_eq!(longest(&["waste of mon*", "a*"], "a waste of money, all"), [(1, 1), (3, 0)]);
    }

    #[test]
    fn glyphs_are_found_anywhere_and_clitics_are_looked_through() {
        assert_eq!(longest(&["很脏"], "房间很脏了"), [(2, 0)]);
        assert_eq!(longest(&["غرفة", "وسخ*"], "والغرفة وسخة"), [(1, 0), (1, 1)]);
    }
}
