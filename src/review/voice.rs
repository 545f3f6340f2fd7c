//! One guest, many voices: what a review leaves by which the same guest is known again elsewhere, and when two reviews are copies.
//!
//! Only equals are compared, within one location: words, an account, an address, a full name. Nothing is guessed from style.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::{Content, Normal};
use crate::id;

/// How many letters and digits of its beginning, or of its end, make words worth comparing.
const PIECE_CHARS: usize = 40;

/// How many lower bits of a mark are the hash.
const HASH_BITS: u32 = 52;

/// Why two reviews are taken for one guest's, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kin {
    /// The same words on another site: one review, shown twice.
    SameWords,
    /// The same account on the same kind of site.
    SameAccount,
    /// The same e-mail address or telephone number.
    SameAddress,
    /// The same full name, elsewhere, within a short time.
    SameName,
    /// A person said so.
    Told,
}

/// Something by which the guest of a review may be known again: a hash, never the thing itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What it would show.
    pub kin: Kin,
    /// The location in the upper bits, so that what belongs together lies together, and below them a hash, of the location too.
    pub mark: i64,
}

impl Kin {
    /// The evidence as a person reads it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Kin::SameWords => "the same words",
            Kin::SameAccount => "the same account",
            Kin::SameAddress => "the same address",
            Kin::SameName => "the same full name within 30 days",
            Kin::Told => "a person said so",
        }
    }
}

/// The traces of a review at a location, on a kind of site; the surest first.
#[must_use]
pub fn traces(normal: &Normal, location: &str, kind: &str) -> Vec<Trace> {
    let place = place_bits(location) << HASH_BITS;
    let mark = |kin, what: &str, value: &str| {
        let hash = id::mark(&[what, location, value]);
        Trace { kin, mark: place | (hash & ((1 << HASH_BITS) - 1)) }
    };
    let mut found = Vec::new();
    if let Some((head, tail)) = normal.content.text.as_deref().and_then(pieces) {
        found.push(mark(Kin::SameWords, "head", &head));
        found.push(mark(Kin::SameWords, "tail", &tail));
    }
    if let Some(account) = &normal.author_id {
        found.push(mark(Kin::SameAccount, kind, account));
        found.extend(address(account).map(|address| mark(Kin::SameAddress, "address", &address)));
    }
    found.extend(normal.author.as_deref().and_then(full_name).map(|name| mark(Kin::SameName, "name", &name)));
    found
}

/// The twelve bits of a location; schema 10 counts them alike.
fn place_bits(location: &str) -> i64 {
    location.chars().fold(0, |bits, c| (bits * 31 + i64::from(u32::from(c))) % 4096)
}

/// Whether two displayed names may be one guest's: the same first word, or a name is missing. What one site shows as "Ana", another shows
/// as "Ana K., family".
#[must_use]
pub fn may_be_one(one: Option<&str>, other: Option<&str>) -> bool {
    let first = |name: Option<&str>| name.and_then(|name| name.unicode_words().next().map(str::to_lowercase));
    let (one, other) = (first(one), first(other));
    one.is_none() || other.is_none() || one == other
}

/// Whether one is a copy of the other: the same letters, or the longer holds the shorter whole, as where a site cuts the end off or puts a
/// line before it. Words that differ in one name or number are another review: what is taken for a copy is not told.
#[must_use]
pub fn is_copy(one: &Content, other: &Content) -> bool {
    let (Some(one), Some(other)) = (&one.text, &other.text) else { return false };
    let (folded, other_folded) = (letters(one), letters(other));
    let (short, long) =
        if folded.len() <= other_folded.len() { (&folded, &other_folded) } else { (&other_folded, &folded) };
    short.chars().count() >= PIECE_CHARS && long.contains(short.as_str())
}

/// Letters and digits alone, in lower case: how a site breaks lines or writes quotation marks is no matter.
fn letters(words: &str) -> String {
    let mut letters = String::with_capacity(words.len());
    words.chars().for_each(|c| fold(c, |c| letters.push(c)));
    letters
}

/// Hands on what a character is among [`letters`]; mostly one of ASCII, which takes no tables.
fn fold(c: char, mut take: impl FnMut(char)) {
    match c {
        'a'..='z' | '0'..='9' => take(c),
        'A'..='Z' => take(c.to_ascii_lowercase()),
        c if !c.is_ascii() && c.is_alphanumeric() => c.to_lowercase().for_each(take),
        _ => {}
    }
}

/// The beginning and the end of words that are long enough to be nobody else's.
fn pieces(words: &str) -> Option<(String, String)> {
    let mut head = Vec::with_capacity(PIECE_CHARS + 2);
    for c in words.chars() {
        fold(c, |c| head.push(c));
        if head.len() >= PIECE_CHARS {
            break;
        }
    }
    if head.len() < PIECE_CHARS {
        return None;
    }
    let mut tail = Vec::with_capacity(PIECE_CHARS + 2);
    for c in words.chars().rev() {
        let begin = tail.len();
        fold(c, |c| tail.push(c));
        tail[begin..].reverse();
        if tail.len() >= PIECE_CHARS {
            break;
        }
    }
    Some((head[..PIECE_CHARS].iter().collect(), tail[..PIECE_CHARS].iter().rev().collect()))
}

/// An e-mail address or a telephone number, if it is one.
fn address(account: &str) -> Option<String> {
    let account = account.trim();
    let mail = account.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.contains('@') && !account.contains(['/', ' '])
    });
    if mail {
        return Some(account.to_lowercase());
    }
    let digits: String = account.chars().filter(char::is_ascii_digit).collect();
    let phone = account.starts_with('+') && account.chars().skip(1).all(|c| c.is_ascii_digit() || " -()".contains(c));
    (phone && digits.len() >= 8).then_some(digits)
}

/// A name of at least two whole words, in any order; "Anna K." may be anybody.
fn full_name(name: &str) -> Option<String> {
    let folded = name.to_lowercase();
    let mut words: Vec<&str> = folded.unicode_words().collect();
    words.sort_unstable();
    let whole = |word: &&str| word.chars().count() >= 2 && word.chars().all(char::is_alphabetic);
    (words.len() >= 2 && words.len() <= 5 && words.iter().all(whole)).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{Sighting, normalise};

    const WORDS: &str = "The shower stayed cold for all three mornings and nobody at the desk cared.";

    fn normal(author: &str, author_id: Option<&str>, words: &str) -> Normal {
        let sighting = Sighting {
            author: Some(author.into()),
            author_id: author_id.map(Into::into),
            text: Some(words.into()),
            ..Sighting::default()
        };
        normalise(vec![sighting], "2026-11-20T10:00:00Z".parse().unwrap()).0.remove(0)
    }

    /// By what `b` on another kind of site is known as the guest of `a`, the surest first.
    fn shared(a: &Normal, b: &Normal) -> Option<Kin> {
        let left = traces(a, "Alpenblick", "page");
        let of_b = traces(b, "Alpenblick", "feed");
        of_b.into_iter().find(|trace| left.contains(trace)).map(|trace| trace.kin)
    }

    /// Traces are stored: what is found by a short way must be what reading all of the words found.
    #[test]
    fn the_pieces_are_the_ends_of_all_letters() {
        let words = "Straße İstanbul, 3 nights — ΑΣ! The lift; the LIFT, the lift... Ωραία, 駅前, and again: cold.";
        for end in (0..=words.len()).filter(|end| words.is_char_boundary(*end)) {
            let all: Vec<char> = letters(&words[..end]).chars().collect();
            let expected = (all.len() >= PIECE_CHARS).then(|| {
                let piece = |part: &[char]| part.iter().collect::<String>();
                (piece(&all[..PIECE_CHARS]), piece(&all[all.len() - PIECE_CHARS..]))
            });
            assert_eq!(pieces(&words[..end]), expected, "{}", &words[..end]);
        }
    }

    #[test]
    fn the_same_words_are_known_however_a_site_prints_them() {
        let a = normal("Ana", None, WORDS);
        for printed in [
            "“The shower stayed cold, for all three mornings; and nobody at the desk cared!”",
            "THE SHOWER stayed cold for all three mornings and nobody at the desk cared. (Translated)",
            "Never again: The shower stayed cold for all three mornings and nobody at the desk cared.",
        ] {
            let b = normal("A verified guest", None, printed);
            assert_eq!(shared(&a, &b), Some(Kin::SameWords), "{printed}");
            assert!(is_copy(&a.content, &b.content), "{printed}");
        }
        let cut = normal("A guest", None, "The shower stayed cold for all three mornings and nob…");
        assert_eq!(shared(&a, &cut), Some(Kin::SameWords));
        assert!(is_copy(&a.content, &cut.content));
    }

    #[test]
    fn a_shared_beginning_alone_is_no_copy_and_short_words_are_anybodys() {
        let a = normal("Ana", None, WORDS);
        let b = normal(
            "Ben",
            None,
            "The shower stayed cold for all three mornings, but they moved us to a suite at once, brought wine, and we loved it",
        );
        assert!(!is_copy(&a.content, &b.content));
        let other_room = normal("Ana", None, &WORDS.replace("three", "four"));
        assert!(!is_copy(&a.content, &other_room.content), "one word makes it another review");
        let (short, same) =
            (normal("Ana", None, "Great hotel, cold shower"), normal("B", None, "Great hotel, cold shower"));
        assert_eq!(shared(&short, &same), None);
        assert!(!is_copy(&short.content, &same.content));
    }

    #[test]
    fn addresses_are_known_across_kinds_and_accounts_within_one() {
        let by = |id| normal("G", Some(id), "x");
        assert_eq!(shared(&by("Ana@Guest.example"), &by("ana@guest.example")), Some(Kin::SameAddress));
        assert_eq!(shared(&by("+43 660 1234567"), &by("+436601234567")), Some(Kin::SameAddress));
        assert_eq!(shared(&by("100234"), &by("100234")), None, "a number of one site is nobody on another");
        let at = |kind| traces(&by("100234"), "Alpenblick", kind)[0];
        assert_eq!(at("yelp"), at("yelp"));
        for (odd, what) in
            [("@", "a sign"), ("a@b", "no host"), ("https://x.example/@ana", "a link"), ("+123", "too short")]
        {
            assert_eq!(address(odd), None, "{what}");
        }
    }

    #[test]
    fn only_a_full_name_is_a_name() {
        let named = |name| normal(name, None, "x");
        assert_eq!(shared(&named("Anna Kern"), &named("KERN, Anna")), Some(Kin::SameName));
        assert_eq!(shared(&named("Анна Керн"), &named("анна керн")), Some(Kin::SameName));
        for anybody in ["Anna", "Anna K.", "A Google user 7", "", "a b c d e f g"] {
            assert_eq!(full_name(anybody), None, "{anybody}");
        }
    }

    #[test]
    fn names_of_one_guest_begin_alike() {
        for (one, other, may) in [
            (Some("Ana"), Some("ANA K., family"), true),
            (Some("Ana"), None, true),
            (Some("★"), Some("Ben"), true),
            (Some("Ana"), Some("Anna"), false),
            (Some("Guest 7 of 9"), Some("Ben"), false),
        ] {
            assert_eq!((may_be_one(one, other), may_be_one(other, one)), (may, may), "{one:?} {other:?}");
        }
    }

    #[test]
    fn another_location_is_another_guest() {
        let guest = normal("Anna Kern", Some("ana@guest.example"), WORDS);
        let (here, there) = (traces(&guest, "Alpenblick", "page"), traces(&guest, "Seehof", "page"));
        assert!(here.len() == 5 && here.iter().all(|trace| !there.contains(trace)));
    }
}
