//! Tests of the microdata reader.

use super::{super::dom::build, *};

#[track_caller]
fn check(html: &str, expected: Value) {
    assert_eq!(Value::Array(items(&build(html).html, None)), expected, "{html}");
}

#[test]
fn values_come_from_where_each_element_keeps_them() {
    check(
        "<div itemscope><meta itemprop=a content=1><a itemprop=b href=/x>y</a><time itemprop=c datetime=2026-01-01>d</time>\
         <data itemprop=e value=2>z</data><img itemprop=f src=i.png><p itemprop=g> h  i </p><p itemprop=j content=k>l</p>\
         <time itemprop=m>n</time></div>",
        json!([{"a": "1", "b": "/x", "c": "2026-01-01", "e": "2", "f": "i.png", "g": "h i", "j": "k", "m": "n"}]),
    );
}

#[test]
fn items_nest_and_repeat() {
    check(
        "<div itemscope itemtype='https://schema.org/A  https://schema.org/B' itemid=' #x '><p itemprop='n m'>1</p><p itemprop=n>2</p>\
         <div itemprop=r itemscope><i itemprop=https://schema.org/q>3</i></div></div>",
        json!([{"@type": ["https://schema.org/A", "https://schema.org/B"], "@id": "#x", "n": ["1", "2"], "m": "1", "r": {"q": "3"}}]),
    );
}

#[test]
fn an_item_within_another_that_is_no_property_stays_within() {
    check(
        "<div itemscope itemtype=Hotel><p itemprop=name>Alba</p><div itemscope itemtype=Review><p itemprop=text>x</p></div></div>",
        json!([{"@type": ["Hotel"], "name": "Alba", "@within": {"@type": ["Review"], "text": "x"}}]),
    );
}

#[test]
fn itemref_reaches_elsewhere_and_a_circle_ends() {
    check(
        "<div itemscope itemref='p q nowhere'></div><div id=p><i itemprop=a>1</i></div><i id=q itemprop=b>2</i>",
        json!([{"a": "1", "b": "2"}]),
    );
    check(
        "<div itemscope itemref=x><b itemprop=a>1</b></div><div id=x itemprop=again itemscope itemref=x><b itemprop=c>2</b></div>",
        json!([{"a": "1", "again": {"c": "2"}}]),
    );
}

#[test]
fn a_linked_author_is_a_name_and_an_address() {
    let base = Url::parse("https://alba.example/reviews").unwrap();
    let read = items(&build("<div itemscope><a itemprop=author href=/u/ana>Ana</a></div>").html, Some(&base));
    assert_eq!(read, [json!({"author": {"name": "Ana", "url": "https://alba.example/u/ana"}})]);
}

#[test]
fn references_that_multiply_are_bounded() {
    let mut html = String::new();
    for n in 0..60 {
        let next = n + 1;
        html.push_str(&format!(
            "<div id=d{n}><p itemprop=a itemscope itemref='d{next}'></p><p itemprop=b itemscope itemref='d{next}'></p></div>"
        ));
    }
    html.push_str("<div itemscope itemref=d0></div>");
    assert!(serde_json::to_vec(&items(&build(&html).html, None)).unwrap().len() < 20_000_000);
}
