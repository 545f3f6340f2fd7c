//! Tests of the XML reader, with careless and hostile documents; what a feed means is tested beside `feed`.

use std::time::{Duration, Instant};

use super::*;

#[track_caller]
fn check(item: &str, name: &str, expected: &str) {
    let document = read(&format!("<rss><channel><item>{item}</item></channel></rss>")).unwrap();
    assert_eq!(document.entries[0].text_of(name), Some(expected), "{item}");
}

#[test]
fn text_is_read_through_references_and_cdata() {
    check("<a>Fish &amp; <![CDATA[<b>chips</b>]]> caf&#233;</a>", "a", "Fish & <b>chips</b> café");
    check("<a>Caf&nbsp;&eacute;</a>", "a", "Caf\u{a0}é");
    check("<a>Fish & chips, R&D; 1 &lt; 2</a>", "a", "Fish & chips, R&D; 1 < 2");
    check("<a>I <3 this < that</a>", "a", "I <3 this < that");
    check("<a>\u{1}\u{b}control</a>", "a", "\u{1}\u{b}control");
}

#[test]
fn wrong_nesting_closes_what_is_open() {
    check("<a>one<b>two</a><c>three</c>", "c", "three");
    check("</x><a>one</a>", "a", "one");
}

#[test]
fn the_roots_prefix_is_dropped_and_others_stay() {
    let document = read(
        "<a:feed xml:base='https://x.example/'><a:entry><a:id>1</a:id><im:rating>2</im:rating></a:entry></a:feed>",
    );
    let document = document.unwrap();
    assert_eq!(document.base.as_deref(), Some("https://x.example/"));
    assert_eq!(document.entries[0].text_of("id"), Some("1"));
    assert_eq!(document.entries[0].text_of("im:rating"), Some("2"));
}

#[test]
fn elements_inside_keep_their_markup() {
    let document =
        read("<feed><entry><content type='xhtml'><div>a<br/>b &amp; c</div></content></entry></feed>").unwrap();
    assert_eq!(document.entries[0].child("content").unwrap().inner, "<div>a<br/>b &amp; c</div>");
    assert_eq!(document.entries[0].child("content").unwrap().attribute("type"), Some("xhtml"));
}

#[test]
fn what_breaks_off_is_broken_and_what_is_no_feed_is_none() {
    assert_eq!(read("<rss><channel><item><title>a</title></item>"), Err(XmlError::Broken));
    assert_eq!(read("<rss><channel><item><title>a</ti"), Err(XmlError::Broken));
    assert_eq!(read("<rss><![CDATA["), Err(XmlError::Broken));
    assert_eq!(read("<html></html>"), Err(XmlError::NoFeed));
    assert_eq!(read("plain words"), Err(XmlError::NoFeed));
    assert_eq!(read(""), Err(XmlError::NoFeed));
    assert_eq!(read("<entry><id>1</id></entry>").unwrap().entries[0].text_of("id"), Some("1"));
}

#[test]
fn declared_entities_are_never_expanded() {
    let laughs = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>";
    let document = read(&format!("{laughs}<rss><item><title>&b;&x;</title></item></rss>")).unwrap();
    assert_eq!(document.entries[0].text_of("title"), Some("&b;&x;"));
}

#[test]
fn hostile_documents_take_linear_time() {
    let start = Instant::now();
    let wrap = |inner: String| format!("<rss><channel><item>{inner}</item></channel></rss>");
    let attributes: String = (0..80_000).map(|n| format!(" a{n}='1' xmlns:n{n}='u'")).collect();
    for text in [
        wrap("<a>".repeat(60_000)),
        wrap("<a/>".repeat(60_000)),
        wrap("<".repeat(200_000)),
        wrap("&".repeat(200_000)),
        wrap("<![CDATA[".repeat(100_000)),
        wrap("<!--".repeat(200_000)),
        wrap(format!("<a{attributes}/>")),
        wrap("<a x='".repeat(50_000)),
        wrap(format!("<a>{}</a>", "x".repeat(5_000_000))),
        "<item>".repeat(60_000),
    ] {
        let _ = read(&text);
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
