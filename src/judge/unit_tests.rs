//! How texts are cut, and that the short way and the long way cut alike.

use super::*;

fn cut(text: &str) -> Vec<String> {
    let units = Units::of(text);
    units.list.iter().map(|unit| format!("{:?}:{}", unit.kind, units.folded(unit))).collect()
}

#[test]
fn words_are_folded_and_marks_are_told_apart() {
    assert_eq!(
        cut("Žádné TEPLÁ voda!! It's 7.30, ok?"),
        [
            "Word:zadne",
            "Word:tepla",
            "Word:voda",
            "Shout:",
            "Shout:",
            "Word:it's",
            "Number:7",
            "Pause:",
            "Number:30",
            "Pause:",
            "Word:ok",
            "Ask:"
        ]
    );
}

#[test]
fn scripts_without_spaces_are_cut_into_glyphs() {
    assert_eq!(cut("很脏。 wifi慢"), ["Glyph:很", "Glyph:脏", "End:", "Word:wifi", "Glyph:慢"]);
}

#[test]
fn long_repetitions_are_shortened_and_capitals_noted() {
    let units = Units::of("SOOOO bad");
    assert_eq!(units.folded(&units.list[0]), "soo");
    assert!(units.list[0].capitals && !units.list[1].capitals);
}

#[test]
fn vietnamese_tones_and_arabic_letters_keep_what_tells_words_apart() {
    assert_eq!(cut("rất tệ"), ["Word:rất", "Word:tệ"]);
    assert_eq!(cut("الغُرفة"), ["Word:الغرفه"]);
}

#[test]
fn handles_and_addresses_are_no_words() {
    assert_eq!(cut("@hotel see https://a.example/x.html now"), ["Handle:", "Word:see", "Handle:", "Word:now"]);
}

#[test]
fn sentences_end_at_marks_and_keep_what_belongs_to_them() {
    let units = Units::of("Cold room!! 😡 Never again. ok");
    let lengths: Vec<usize> = units.sentences().iter().map(ExactSizeIterator::len).collect();
    assert_eq!(lengths, [5, 3, 1]);
}

/// Every unit by the long way.
fn cut_slowly(text: &str) -> Units {
    let mut cutter = Cutter::new(text);
    let mut at = 0;
    while at < text.len() {
        at = cutter.any(at);
    }
    cutter.units
}

proptest::proptest! {
    #[test]
    fn plain_words_are_read_as_by_the_long_way(text in "([a-cA-C0-1whtps:/.,'`@# \\n!éß\u{301}的]{0,12}|https?://|WWW\\.|[a-z]{44,52}|\\PC{0,8}){0,20}") {
        proptest::prop_assert_eq!(Units::of(&text), cut_slowly(&text));
    }
}

#[test]
fn any_text_is_cut_in_bounded_units() {
    for text in ["", "\u{0301}", "a\u{0301}\u{0301}", "\u{FFFD}\u{FFFD}", "👩‍👩‍👧‍👦", "'''", "İ"] {
        assert!(Units::of(text).list.len() <= text.chars().count(), "{text:?}");
    }
    assert_eq!(Units::of(&"\u{0301}".repeat(10_000)).list.len(), 0);
    assert!(Units::of(&"x".repeat(1_000_000)).list.len() < 2_000);
}
