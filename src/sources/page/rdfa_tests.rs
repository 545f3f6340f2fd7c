//! Tests of the RDFa reader.

use super::{super::dom::build, *};

#[track_caller]
fn check(html: &str, expected: Value) {
    assert_eq!(Value::Array(items(&build(html).html, None)), expected, "{html}");
}

#[test]
fn a_nested_subject_is_joined_by_its_id() {
    check(
        "<div vocab=https://schema.org/ typeof=Review><p property=reviewBody>Cold</p>\
         <p property=reviewRating typeof=Rating><i property=ratingValue>1</i></p></div>",
        json!([
            {"@id": "_:rdfa-1", "@type": "Review", "reviewBody": "Cold", "reviewRating": {"@id": "_:rdfa-2"}},
            {"@id": "_:rdfa-2", "@type": "Rating", "ratingValue": "1"},
        ]),
    );
}

#[test]
fn prefixes_are_expanded_and_content_and_times_win_over_text() {
    check(
        "<div prefix='s: https://schema.org/ x: y' typeof=s:Review about=#r><p property=s:name content=A>B</p>\
         <time property=s:datePublished datetime=2026-01-02>2 Jan</time></div>",
        json!([{"@id": "#r", "@type": "https://schema.org/Review", "name": "A", "datePublished": "2026-01-02"}]),
    );
}

#[test]
fn resources_join_what_stands_apart() {
    check(
        "<body vocab=https://schema.org/><div resource=#h typeof=Hotel><p property=name>Alba</p><link property=review href=#r></div>\
         <div resource=#r typeof=Review><p property=reviewBody>Cold</p></div>",
        json!([
            {"@id": "#h", "@type": "Hotel", "name": "Alba", "review": {"@id": "#r"}},
            {"@id": "#r", "@type": "Review", "reviewBody": "Cold"},
        ]),
    );
}

#[test]
fn relations_go_forward_and_backward() {
    check(
        "<div vocab=https://schema.org/ about=#h><div rel=review><div typeof=Review about=#r><p property=name>A</p></div></div></div>",
        json!([{"@id": "#r", "@type": "Review", "name": "A"}, {"@id": "#h", "review": {"@id": "#r"}}]),
    );
    check(
        "<div prefix='s: https://schema.org/' about=#r><a rev=s:review href=#h>h</a></div>",
        json!([{"@id": "#h", "review": {"@id": "#r"}}]),
    );
}

#[test]
fn a_link_as_a_value_keeps_its_words() {
    check(
        "<div vocab=https://schema.org/ typeof=Review><a property=author href=/u/ana>Ana</a></div>",
        json!([{"@id": "_:rdfa-1", "@type": "Review", "author": {"@id": "/u/ana", "@words": "Ana"}}]),
    );
}

#[test]
fn hostile_nesting_and_repetition_are_bounded() {
    let deep = "<div vocab=x typeof=Review property=review>".repeat(2_000);
    assert!(items(&build(&deep).html, None).len() < 1_200);
    let names = "a ".repeat(300_000);
    let many = format!("<div typeof=Review><p property='{names}'>x</p></div>");
    assert!(serde_json::to_vec(&items(&build(&many).html, None)).unwrap().len() < 10_000_000);
}
