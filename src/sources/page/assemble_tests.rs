//! Tests of how values become sightings.

use serde_json::json;

use super::*;

fn read(values: Value) -> Vec<Sighting> {
    let page = Page { url: None, language: None };
    assemble(&[vec![values]], &page).found.into_iter().map(|found| found.sighting).collect()
}

#[track_caller]
fn one(review: Value) -> Sighting {
    let mut read = read(review);
    assert_eq!(read.len(), 1);
    read.remove(0)
}

#[track_caller]
fn check_type(kind: Value, expected: usize) {
    assert_eq!(read(json!({"@type": kind, "reviewBody": "x"})).len(), expected, "{kind}");
}

#[test]
fn every_type_that_ends_in_review_counts() {
    for kind in [
        "Review",
        "UserReview",
        "CriticReview",
        "https://schema.org/Review",
        "http://schema.org/EmployerReview",
        "s:Review",
    ] {
        check_type(json!(kind), 1);
    }
    check_type(json!(["Thing", "Review"]), 1);
    for kind in ["AggregateRating", "ReviewAction", "Recipe", "Reviews"] {
        check_type(json!(kind), 0);
    }
}

#[test]
fn an_untyped_review_counts_where_it_stands_as_one() {
    assert_eq!(read(json!({"name": "Alba", "review": [{"reviewBody": "x"}], "reviews": {"reviewRating": 3}})).len(), 2);
    assert_eq!(read(json!({"name": "Alba", "about": {"reviewBody": "x"}})).len(), 0);
    assert_eq!(read(json!({"name": "Alba", "review": {"@type": "AggregateRating", "ratingValue": 4}})).len(), 0);
}

#[track_caller]
fn check_rating(review: Value, stars: Value, worst: Option<f64>, best: Option<f64>) {
    let mut review = review;
    review["@type"] = json!("Review");
    assert_eq!(one(review).rating, Some(RawRating { stars, worst, best }));
}

#[test]
fn ratings_come_in_every_shape() {
    check_rating(
        json!({"reviewRating": {"ratingValue": "4.5", "bestRating": "10", "worstRating": 1}}),
        json!("4.5"),
        Some(1.0),
        Some(10.0),
    );
    check_rating(json!({"reviewRating": [{"name": "x"}, {"ratingValue": 3}]}), json!(3), None, None);
    check_rating(json!({"reviewRating": 2}), json!(2), None, None);
    check_rating(json!({"reviewRating": "2,5"}), json!("2,5"), None, None);
    check_rating(json!({"ratingValue": 5, "bestRating": ""}), json!(5), None, None);
    check_rating(json!({"reviewRating": {"ratingValue": {"@value": "4"}}}), json!("4"), None, None);
    check_rating(json!({"reviewRating": {"ratingValue": ["", "4"]}}), json!("4"), None, None);
    check_rating(json!({"reviewRating": {"ratingValue": 0}}), json!(0), None, None);
    assert_eq!(one(json!({"@type": "Review", "reviewBody": "x", "reviewRating": {"ratingValue": null}})).rating, None);
}

#[track_caller]
fn check_author(author: Value, name: Option<&str>, id: Option<&str>) {
    let read = one(json!({"@type": "Review", "reviewBody": "x", "author": author}));
    assert_eq!((read.author.as_deref(), read.author_id.as_deref()), (name, id), "{author}");
}

#[test]
fn authors_come_in_every_shape() {
    check_author(json!("Ana &amp; Ben"), Some("Ana & Ben"), None);
    check_author(json!({"@type": "Person", "name": "Ana"}), Some("Ana"), None);
    check_author(json!([{"name": ""}, {"@type": "Organization", "name": "Club"}]), Some("Club"), None);
    check_author(json!({"givenName": "Ana", "familyName": "Kos"}), Some("Ana Kos"), None);
    check_author(
        json!({"name": ["Ana", "A."], "url": "https://a.example/u/1"}),
        Some("Ana"),
        Some("https://a.example/u/1"),
    );
    check_author(json!("https://a.example/u/1"), None, Some("https://a.example/u/1"));
    check_author(json!({"name": "Ana", "@id": "_:b0", "url": "/u/1"}), Some("Ana"), None);
    check_author(json!(null), None, None);
    check_author(json!(7), Some("7"), None);
}

#[test]
fn the_item_is_the_thing_reviewed_or_the_nearest_that_holds_the_review() {
    let item = |value: Value| read(value).remove(0).item;
    let review = json!({"@type": "Review", "reviewBody": "x"});
    assert_eq!(item(json!({"@type": "Hotel", "name": "Alba", "review": review})).as_deref(), Some("Alba"));
    assert_eq!(item(json!({"@type": "Review", "reviewBody": "x", "itemReviewed": "Alba"})).as_deref(), Some("Alba"));
    let other = json!({"@type": "Review", "reviewBody": "x", "itemReviewed": {"name": "Bar"}});
    assert_eq!(item(json!({"@type": "Hotel", "name": "Alba", "review": other})).as_deref(), Some("Bar"));
    assert_eq!(item(json!({"@type": "WebPage", "name": "Reviews", "mainEntity": review})), None);
}

#[test]
fn references_that_go_round_in_circles_end() {
    let circle = json!([{"@id": "#a", "@type": "Review", "name": "x", "author": {"@id": "#b"}, "itemReviewed": {"@id": "#a"}},
        {"@id": "#b", "name": {"@id": "#b"}, "url": {"@id": "#a"}}]);
    assert_eq!(read(circle).len(), 1);
    assert_eq!(read(json!({"@type": "Review", "@id": "#nowhere"})), []);
}

#[track_caller]
fn check_count(count: Value, expected: Option<u64>) {
    let value = json!({"name": "A", "aggregateRating": {"reviewCount": count}});
    let stated = assemble(&[vec![value]], &Page { url: None, language: None }).stated;
    assert_eq!(stated.first().map(|one| one.count), expected);
}

#[test]
fn counts_are_read_leniently() {
    check_count(json!(311), Some(311));
    check_count(json!("311"), Some(311));
    check_count(json!("1,234"), Some(1234));
    check_count(json!("1.234.567"), Some(1_234_567));
    check_count(json!(12.0), Some(12));
    check_count(json!("12.5"), None);
    check_count(json!("many"), None);
    check_count(json!(-1), None);
    check_count(json!(null), None);
}

#[test]
fn a_language_must_look_like_one() {
    let tag = |words: &str| language_tag(words);
    assert_eq!(
        (tag("en"), tag("pt_BR"), tag("zh-Hant-TW")),
        (Some("en".into()), Some("pt-BR".into()), Some("zh-Hant-TW".into()))
    );
    assert_eq!((tag("English"), tag(""), tag("e"), tag("{{lang}}")), (None, None, None, None));
}
