//! Tests of `email`: subject, plain text, HTML, a stranger's markup, the limits.

use scraper::{Html, Selector};

use super::super::samples;
use super::*;

fn letter(alert: &Alert) -> Letter {
    match samples::outgoing("email", "", alert) {
        Outgoing::Mail(letter) => letter,
        other => panic!("{other:?}"),
    }
}

/// The values of `attribute` on every element that `selector` finds.
fn values(html: &str, selector: &str, attribute: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).filter_map(|found| found.attr(attribute).map(str::to_owned)).collect()
}

fn number_of(html: &str, selector: &str) -> usize {
    Html::parse_document(html).select(&Selector::parse(selector).unwrap()).count()
}

fn visible(html: &str) -> String {
    let document = Html::parse_document(html);
    let body = document.select(&Selector::parse("body").unwrap()).next().unwrap().text().collect::<String>();
    text::fold_whitespace(&body).into_owned()
}

#[test]
fn the_subject_says_stars_place_news_and_case() {
    let check = |name: &str, expected: &str| assert_eq!(letter(&samples::alert(name)).subject, expected);
    check("new_negative", "[2★] Hotel Alpenblick: new bad review, case 12");
    check("urgent", "[1★ urgent] Hotel Alpenblick: new bad review, case 12");
    check("turned_around", "[5★] Hotel Alpenblick: a review turned around, case 12");
    check("due", "[2★] Hotel Alpenblick: a step is due, case 12");
    check("source_trouble", "google has not been readable for 3 hours");
    check("weekly_report", "Week 47: 3 turned, 1 waiting 9 days");
    check("hostile", "[1★] Hotel Alpenblick: new bad review, case 12");
}

#[test]
fn a_prefix_goes_before_every_subject() {
    let alert = samples::alert("new_negative");
    let Outgoing::Mail(letter) = samples::outgoing("email", "subject_prefix = \"Reviews:\\n\"", &alert) else {
        panic!("a letter");
    };
    assert_eq!(letter.subject, "Reviews: [2★] Hotel Alpenblick: new bad review, case 12");
}

#[test]
fn a_letter_names_its_person_its_delivery_and_its_case() {
    let new = letter(&samples::alert("new_negative"));
    assert_eq!(new.to, "maria@alpenblick.example");
    assert_eq!(new.message_id, "msg_0a1b2c");
    assert_eq!(new.thread.as_deref(), Some("case.12"));
    assert_eq!(new.list, None);
    let report = letter(&samples::alert("weekly_report"));
    assert_eq!((report.thread, report.list.as_deref()), (None, Some("reports")));
}

#[test]
fn the_plain_text_reads_without_the_html() {
    assert_eq!(
        letter(&samples::alert("new_negative")).text,
        "New 2-star review at Hotel Alpenblick
Hotel Alpenblick · google · case 12

★★☆☆☆ 2 of 5
Anna K., 20 November 2026

Text below was written by a guest:
> Cold room, cold eggs
>\x20
> The heating in room 12 did not work for two nights, and nobody came although we asked three times. Breakfast was friendly but the eggs were cold.

- it has 2 of 5 stars
- somebody should take it by 21:04
- next: take the case, then call the guest

Open the case and take it:
https://amends.alpenblick.example/c/12?t=sampletoken

Read the review on www.reviews.example:
https://www.reviews.example/hotel-alpenblick/r/77

--\x20
Sent by amends, your own review watch. Opening a link changes nothing by itself."
    );
}

#[test]
fn the_html_shows_the_review_and_links_only_the_case_and_the_review() {
    let html = letter(&samples::alert("turned_around")).html;
    assert_eq!(
        values(&html, "a", "href"),
        ["https://www.reviews.example/hotel-alpenblick/r/77", "https://amends.alpenblick.example/c/12?t=sampletoken"]
    );
    assert_eq!(
        visible(&html),
        "Turned around A review turned around: 2 of 5 became 5 of 5 Hotel Alpenblick · google · case 12 \
         ★★★★★ 5 of 5 (was 2 of 5) Anna K., 20 November 2026 They made it right \
         First stay was cold, we wrote about it, and the manager called us the same evening. \
         The radiator is new now and they invited us to see it. Honest people. We will come back in spring. \
         Text in this box was written by a guest.Read it on www.reviews.example \
         •it took 9 days from the review to the turnaround \
         •what helped: a call on the same day, the radiator replaced \
         Open the case For Maria. Sent by amends, your own review watch. Opening the link changes nothing by itself."
    );
    assert_eq!(values(&html, "div[lang]", "lang"), ["en", "en"]);
}

#[test]
fn the_html_needs_nothing_from_elsewhere() {
    for name in ["new_negative", "urgent", "due", "source_trouble", "hostile"] {
        let html = letter(&samples::alert(name)).html;
        assert_eq!(number_of(&html, "img, script, link, iframe, form, object, svg, base"), 0, "{name}");
        assert!(!html.contains("url("), "{name}");
    }
}

#[test]
fn a_strangers_markup_is_shown_as_text_and_links_nothing() {
    let html = letter(&samples::alert("hostile")).html;
    assert_eq!(values(&html, "a", "href"), ["https://amends.alpenblick.example/c/12?t=sampletoken"]);
    assert_eq!(number_of(&html, "[onload], [onerror], b"), 0);
    assert_eq!(number_of(&html, "div[lang]"), 0, "a language that is none is left out");
    let visible = visible(&html);
    assert!(visible.contains("</b><script> *x* _y_ [a](javascript:alert(1)) Bcc: x@y abc[31m"), "{visible}");
    assert!(visible.contains("https://evil.example/refund www.evil.example {{7*7}}"), "the words stay readable");
    let words = html.split_once("class=\"quote").unwrap().1;
    assert!(!words.contains("evil.example") && !words.contains("https://evil"), "but are broken up for link finders");
    assert!(html.len() <= 80_000, "{}", html.len());
}

#[test]
fn words_that_swell_when_escaped_are_cut_until_the_letter_fits() {
    let mut alert = samples::alert("new_negative");
    for swelling in ["\"", "&", "a.b", "'\n", "@.:"] {
        alert.review.as_mut().unwrap().text = Some(swelling.repeat(10_000));
        let letter = letter(&alert);
        assert!(letter.html.len() <= 80_000, "{swelling:?}: {}", letter.html.len());
        assert!(letter.text.len() <= 40_000, "{swelling:?}: {}", letter.text.len());
        assert!(visible(&letter.html).contains("Open the case and take it"), "{swelling:?}");
    }
}

#[test]
fn a_report_is_sent_as_it_was_rendered() {
    let letter = letter(&samples::alert("weekly_report"));
    assert!(letter.html.contains("<h1>Week 47</h1>"));
    assert!(letter.text.starts_with("Week 47\n"));
}
