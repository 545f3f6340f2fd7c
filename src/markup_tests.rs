//! Tests of the markup reader, with what people and hostile pages write; not of how pages are understood.

use std::time::{Duration, Instant};

use super::*;

#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(plain_from_html(html), expected, "{html:.80}");
}

#[test]
fn tags_are_dropped_and_blocks_stand_on_lines_of_their_own() {
    check("<p>Cold <b>shower</b></p><p>Loud&nbsp;lift</p>", "Cold shower\nLoud lift");
    check("Cold<br>Loud<br/>Rude", "Cold\nLoud\nRude");
    check("<ul><li>Cold</li><li>Loud</li></ul>", "Cold\nLoud");
    check("<table><tr><td>Room</td><td>12</td></tr></table>", "Room 12");
    check("  <div>\n  two\n  words </div>  ", "two words");
}

#[test]
fn entities_become_their_characters() {
    check("Caf&eacute; &amp; bar &#8212; &#x1F600; &hellip;", "Café & bar — 😀 …");
    check("&#150; &#0; &#xD800; &#99999999;", "– \u{FFFD} \u{FFFD} \u{FFFD}");
    check("R&D, fish&chips; &unknown;", "R&D, fish&chips; &unknown;");
    check("&lt;b&gt;", "<b>");
    check("&CounterClockwiseContourIntegral; &NotEqualTilde; &fjlig; &Auml;&auml;", "∳ ≂̸ fj Ää");
    check("&scaron;&ccaron; &gbreve;&imath; &oelig; &lstrok; &alpha; &zhcy;", "šč ğı œ ł α ж");
    check(
        "&am; &NotEqualTild; &; &#150;&#129;&#0; &#xD800; &#99999999999;",
        "&am; &NotEqualTild; &; –\u{81}\u{FFFD} \u{FFFD} &#99999999999;",
    );
}

#[test]
fn every_entity_is_read_as_a_parser_of_html_reads_it() {
    let names = || NAMED_ENTITIES.keys().filter(|name| name.ends_with(';'));
    let html: String = names().map(|name| format!("<i>&{name}</i>")).collect();
    let parsed = scraper::Html::parse_fragment(&html);
    let italics = scraper::Selector::parse("i").unwrap();
    let read: Vec<String> = parsed.select(&italics).map(|element| element.text().collect()).collect();
    let decoded: Vec<String> = names().map(|name| decode_entities(&format!("&{name}")).into_owned()).collect();
    assert!(
        decoded.len() > 2_000 && decoded.iter().all(|characters| !characters.starts_with('&') || characters == "&")
    );
    assert_eq!(decoded, read);
}

#[test]
fn plain_text_keeps_its_line_breaks() {
    check("Cold shower.\n\nLoud lift.", "Cold shower.\n\nLoud lift.");
    check("I <3 this, 1 < 2 & 3 > 2", "I <3 this, 1 < 2 & 3 > 2");
}

#[test]
fn what_is_not_for_reading_is_left_out() {
    check("a<script>if (1 < 2) alert('</b>')</script>b<style>p{}</style>c<!-- <b>no</b> -->d", "abcd");
    check("a<SCRIPT>never closed", "a");
    check("a<!-- never closed", "a");
}

#[test]
fn quotes_hide_the_end_of_a_tag_and_unclosed_ones_do_not() {
    check(r#"<a title="1 > 0">link</a>"#, "link");
    check(r#"<a title="1>link</a> and words"#, "link and words");
    check("rooms <b and halls", "rooms <b and halls");
    check("<![CDATA[Cold <b>shower</b>]]>", "Cold shower]]>");
}

#[test]
fn hostile_markup_takes_linear_time() {
    let start = Instant::now();
    for piece in ["<div>", "<a \">\" ", "<a", "<", "&", "&#", "<!--", "</", "<script>", "<a '\">", "&amp;"] {
        let _ = plain_from_html(&piece.repeat(400_000 / piece.len()));
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

proptest::proptest! {
    /// Words are written in one piece where nothing is to be folded: letter by letter they come out the same.
    #[test]
    fn words_in_one_piece_come_out_as_letter_by_letter(text in "[a-c \\n\\t\u{A0}é日]{0,12}") {
        let letters: String = text.chars().map(|c| format!("<i>{c}")).collect();
        proptest::prop_assert_eq!(plain_from_html(&format!("<i>{text}")), plain_from_html(&format!("<i>{letters}")));
    }

    /// A line without marks is handed on at once.
    #[test]
    fn a_plain_line_comes_out_as_by_the_long_way(text in "[a-c \\t\u{A0}\u{85}é日>;]{0,12}") {
        proptest::prop_assert_eq!(plain_from_html(&text), tidy(&text));
    }
}
