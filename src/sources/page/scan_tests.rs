//! Tests of the scan: by hand, and against what the tree builder sees.

use scraper::{Html, Selector};

use super::{super::dom::build, *};

/// What a tree says of a page's JSON-LD scripts.
fn scripts_by_tree(html: &Html) -> Vec<String> {
    let mut found = Vec::new();
    for script in html.select(&Selector::parse("script").unwrap()) {
        if script.attr("type").is_some_and(is_json_ld) {
            found.push(script.text().collect());
        }
    }
    found
}

#[track_caller]
fn check(html: &str, expected: &[&str]) {
    assert_eq!(scan(html).scripts, expected, "{html}");
    assert_eq!(scripts_by_tree(&build(html).html), expected, "by tree: {html}");
}

#[test]
fn scripts_are_found_in_every_spelling() {
    check("<script type='application/ld+json'>{}</script>", &["{}"]);
    check("<SCRIPT id=x TYPE = \"Application/LD+json; charset=utf-8\" >1</Script >", &["1"]);
    check("<script type=application/ld+json>a</script><script type=application/ld+json>b</script\n>", &["a", "b"]);
    check(
        "<script type='application/ld&#x2B;json'>x</script><script type='application/ld&plus;json'>y</script>",
        &["x", "y"],
    );
    check("<script type='text/javascript'>x</script><script>y</script>", &[]);
    check("<body><div><noscript><script type=application/ld+json>n</script></noscript></div>", &["n"]);
    check("<script type=application/ld+json>cut off", &["cut off"]);
    check("<script type=application/ld+json", &[]);
    check("<script data-x='>' type=application/ld+json>a > b</script>", &["a > b"]);
    check("<script type=application/ld+json>\"</scripty>\"</script>", &["\"</scripty>\""]);
}

#[test]
fn what_only_looks_like_a_script_is_passed_over() {
    const SCRIPT: &str = "<script type=application/ld+json>no</script>";
    check(&format!("<!-- {SCRIPT} -->"), &[]);
    check(&format!("<!--> {SCRIPT}"), &["no"]);
    check(&format!("<!---> {SCRIPT}"), &["no"]);
    check(&format!("<!-- --!> {SCRIPT}"), &["no"]);
    check(&format!("<!-- {SCRIPT}"), &[]);
    check(&format!("<div title=\"{SCRIPT}\">"), &[]);
    check(&format!("<div title='{SCRIPT}'>"), &[]);
    check(&format!("<body><textarea>{SCRIPT}</textarea>"), &[]);
    check(&format!("<title>{SCRIPT}</title>"), &[]);
    check(&format!("<style>{SCRIPT}</style>"), &[]);
    check(&format!("<body><xmp>{SCRIPT}</xmp><iframe>{SCRIPT}</iframe>"), &[]);
    check(&format!("<body><plaintext>{SCRIPT}"), &[]);
    check("<script>var s = '<script type=application/ld+json>no<\\/script>';</script>", &[]);
    check(&format!("<script><!-- <script> </script> {SCRIPT} --></script>"), &[]);
    check(&format!("<?php {SCRIPT}"), &[]);
    check(&format!("<!doctype {SCRIPT}"), &[]);
    check("a < b <3 </> </3> <script type=application/ld+json>yes</script>", &["yes"]);
}

#[test]
fn the_scan_agrees_with_the_tree_on_every_mixture_of_odd_pieces() {
    const PIECES: [&str; 24] = [
        "<script type=application/ld+json>",
        "</script>",
        "<!--",
        "-->",
        "--!>",
        "<style>",
        "</style>",
        "<p title='",
        "'>",
        "\"",
        "<div a=\"",
        "\" b>",
        "<script>",
        "<title>",
        "</title>",
        "<",
        ">",
        "</",
        "=",
        "text",
        "<textarea>",
        "</textarea>",
        "/",
        "- ",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..4_000 {
        let mut html = String::from("<body>");
        for _ in 0..(round % 12) + 2 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            html.push_str(PIECES[(state % PIECES.len() as u64) as usize]);
        }
        assert_eq!(scan(&html).scripts, scripts_by_tree(&build(&html).html), "{html}");
    }
}

#[track_caller]
fn check_markup(html: &str, microdata: bool, rdfa: bool) {
    let found = scan(html);
    assert_eq!((found.microdata, found.rdfa), (microdata, rdfa), "{html}");
}

#[test]
fn a_tree_is_wanted_only_where_attributes_speak_of_reviews() {
    check_markup("<div itemscope itemtype='https://schema.org/Review'>", true, false);
    check_markup("<div itemscope itemtype=http://schema.org/UserReview>", true, false);
    check_markup("<p ITEMPROP=\"reviewBody\">", true, false);
    check_markup("<div typeof='schema:Review'>", false, true);
    check_markup("<div property=\"schema:reviewRating\">", false, true);
    check_markup("<div itemscope itemtype='https://schema.org/Product'><p itemprop=name>Review</p>", false, false);
    check_markup("<p class=review id=reviews>itemtype=Review</p><script>'itemprop=review'</script>", false, false);
    check_markup("<!-- <div itemtype='https://schema.org/Review'> -->", false, false);
}

#[test]
fn language_title_and_kind_are_read_on_the_way() {
    let found = scan("<!doctype html><HTML LANG='de-AT'><title>Gäste</title><p>x</p>");
    assert_eq!((found.language, found.title, found.is_html, found.is_feed), (Some("de-AT"), "Gäste", true, false));
    assert!(scan("<?xml version='1.0'?><feed><entry>").is_feed);
    assert_eq!(scan(""), Scan::default());
}
