//! Tests of the tree's caps and of text.

use super::*;

#[track_caller]
fn depth(dom: &Dom) -> usize {
    let mut deepest = 0;
    let mut stack = vec![(dom.html.root_element(), 1)];
    while let Some((element, at)) = stack.pop() {
        deepest = deepest.max(at);
        stack.extend(element.children().filter_map(ElementRef::wrap).map(|child| (child, at + 1)));
    }
    deepest
}

#[track_caller]
fn check_cut(page: &str, nodes_max: usize) {
    let dom = build(page);
    assert!(dom.cut);
    assert!(depth(&dom) < 3 * DEPTH_MAX, "{} deep", depth(&dom));
    let nodes = dom.html.tree.values().len();
    assert!(nodes <= nodes_max, "{nodes} nodes");
    let _ = text_of(dom.html.root_element());
    if nodes > 20_000 {
        return;
    }
    // What walks the tree recurses: it must fit the stack of a thread of the blocking pool, which is that of a test's thread.
    let _ = super::super::microdata::items(&dom.html, None);
    let _ = super::super::rdfa::items(&dom.html, None);
}

#[test]
fn nesting_without_end_is_cut_while_parsing() {
    check_cut(&"<div>".repeat(40_000), 1_000);
    check_cut(&"<b>".repeat(70_000), 1_500);
    check_cut(&"<svg>".repeat(40_000), 1_000);
    check_cut(&"<table><tr><td>".repeat(14_000), 2_000);
    check_cut(&"<template>".repeat(20_000), 3_000);
    check_cut(&"<svg><g><title><p>".repeat(12_000), 2_000);
    check_cut(&"<a></x><div>".repeat(20_000), 3_000);
}

#[test]
fn formatting_that_is_opened_again_and_again_is_cut() {
    let mut page = String::from("<div>");
    (0..250).for_each(|n| page.push_str(&format!("<b id={n} itemscope typeof=x>")));
    page.push_str("</div>");
    check_cut(&format!("{page}{}", "<div>x".repeat(50_000)), 10_000);
    check_cut(&format!("{page}{}", "<div>x</div>".repeat(50_000)), NODES_MAX + 100_000);
}

#[test]
fn a_page_of_a_depth_that_people_make_is_whole() {
    let page = format!("{}hello{}", "<div>".repeat(400), "</div>".repeat(400));
    let dom = build(&page);
    assert!(!dom.cut);
    assert_eq!((depth(&dom), text_of(dom.html.root_element()).as_str()), (402, "hello"));
}

#[test]
fn a_wide_page_is_whole() {
    let dom = build(&"<p>word</p>".repeat(20_000));
    assert!(!dom.cut);
    assert_eq!(dom.html.tree.values().len(), 40_004);
}

#[test]
fn too_many_bytes_are_cut() {
    let page = format!("<p>first</p>{}", " ".repeat(TREE_BYTES_MAX + PIECE_BYTES));
    let dom = build(&format!("{page}<p>last</p>"));
    assert!(dom.cut);
    assert_eq!(text_of(dom.html.root_element()), "first");
}

fn check_text(html: &str, expected: &str) {
    assert_eq!(text_of(build(html).html.root_element()), expected, "{html}");
}

#[test]
fn text_is_what_a_reader_sees() {
    check_text("<p>One\n  two</p><p>three<br>four</p>", "One two\nthree\nfour");
    check_text("a<script>b</script><style>c</style><noscript>d</noscript> e", "a e");
    check_text("<ul><li>x<li>y</ul>&nbsp;z &amp; &lt;q&gt;", "x\ny\nz & <q>");
    check_text("in<b>li</b>ne", "inline");
    check_text("", "");
}

fn check_plain(words: &str, expected: &str) {
    assert_eq!(plain(words), expected, "{words}");
}

#[test]
fn plain_text_has_no_entities_and_no_tags_left() {
    check_plain("plain < 5 & more", "plain < 5 & more");
    check_plain("line one\nline two", "line one\nline two");
    check_plain("it&#39;s &quot;good&quot; &eacute;", "it's \"good\" é");
    check_plain("<p>One</p><p>two<br/>three</p>", "One\ntwo\nthree");
    check_plain("&lt;p&gt;twice&lt;/p&gt; &amp;amp; more", "twice\n& more");
    check_plain("I <3 it & <em>so</em> warm <cosy", "I <3 it & so warm <cosy");
    check_plain("AT&T; R&D", "AT&T; R&D");
    check_plain("first &amp;\nsecond", "first &\nsecond");
    check_plain("<script>alert(1)</script>ok", "ok");
    check_plain("  ", "");
}
