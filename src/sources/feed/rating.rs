//! Ratings in feeds: elements that say so, and the few ways of writing one in words that cannot mean anything else.
//!
//! What is less certain stays unrated: an unrated review is read by a person, a wrong rating is believed.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::{review::RawRating, sources::xml::Element};

/// Where a rating may stand besides an element of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// At the start of the title: "2/5 Loud", "★★☆☆☆ Loud".
    Title,
    /// As a category: "rating:2".
    Category,
    /// At the start of the text: "Rating: 2/5".
    Text,
}

impl Place {
    /// Every place.
    #[must_use]
    pub fn all() -> Vec<Place> {
        vec![Place::Title, Place::Category, Place::Text]
    }
}

/// What a rating may be recognised in.
pub(super) struct Words<'a> {
    pub title: &'a str,
    pub categories: Vec<&'a str>,
    pub text: &'a str,
}

/// The words that announce a rating in a text.
const ANNOUNCEMENTS: &[&str] =
    &["rating", "bewertung", "valoración", "calificación", "valutazione", "beoordeling", "avaliação", "star rating"];

/// Elements that are called a rating and are none of one review: films' age limits, and averages over all reviews.
const OTHER_PREFIXES: &[&str] = &["media", "itunes", "podcast", "googleplay"];

/// The rating that an element of the entry says: `im:rating`, `review:rating`, `g:rating`, `gd:rating value=…`, `rating`.
pub(super) fn in_elements(entry: &Element) -> Option<RawRating> {
    let element = entry.children().iter().find(|child| {
        let prefix = child.name.split_once(':').map_or("", |(prefix, _)| prefix).to_ascii_lowercase();
        matches!(child.local_name().to_ascii_lowercase().as_str(), "rating" | "ratingvalue" | "reviewrating")
            && !OTHER_PREFIXES.contains(&prefix.as_str())
            && stars_of(child).is_some()
    })?;
    let end = |attributes: [&str; 3], siblings: [&str; 2]| {
        let attribute = attributes.iter().find_map(|name| element.attribute(name));
        let sibling = |name: &&str| entry.children().iter().find(|c| c.local_name().eq_ignore_ascii_case(name));
        let text = attribute.or_else(|| siblings.iter().find_map(sibling).map(|sibling| sibling.text.trim()));
        text.and_then(|text| text.parse::<f64>().ok())
    };
    Some(RawRating {
        stars: Value::String(stars_of(element)?.to_owned()),
        worst: end(["min", "worst", "worstRating"], ["worstRating", "minimumRating"]),
        best: end(["max", "best", "bestRating"], ["bestRating", "maximumRating"]),
    })
}

fn stars_of(element: &Element) -> Option<&str> {
    let inside = element.children().iter().find(|child| child.local_name().eq_ignore_ascii_case("ratingValue"));
    let text = inside.map_or(element.text.trim(), |value| value.text.trim());
    let stars = if text.is_empty() { element.attribute("value")? } else { text };
    (stars.len() <= 40 && stars.chars().any(|c| c.is_ascii_digit() || matches!(c, '★' | '⭐' | '☆'))).then_some(stars)
}

/// The rating that the words say in one of the allowed places.
pub(super) fn in_words(words: &Words<'_>, allowed: &[Place]) -> Option<RawRating> {
    allowed.iter().find_map(|place| match place {
        Place::Title => leading(words.title),
        Place::Category => words.categories.iter().find_map(|category| in_category(category)),
        Place::Text => announced(words.text),
    })
}

/// "2/5 …", "7.5/10 …", "★★☆☆☆ …".
fn leading(text: &str) -> Option<RawRating> {
    let text = text.trim_start();
    stars(text).or_else(|| {
        let (value, rest) = number(text)?;
        let rest = rest.strip_prefix('/')?;
        let (best, rest) = number(rest)?;
        ends(rest).then(|| fraction(value, best))?
    })
}

/// "rating:2", "rating: 7/10".
fn in_category(category: &str) -> Option<RawRating> {
    let (name, value) = category.split_once([':', '='])?;
    if !name.trim().eq_ignore_ascii_case("rating") {
        return None;
    }
    let value = value.trim();
    let (stars, rest) = number(value)?;
    if rest.is_empty() && stars <= 5.0 { Some(RawRating::new(figure(stars))) } else { leading(value) }
}

/// "Rating: 2/5 …", "Bewertung: ★★☆☆☆", "Rating: 2 out of 5".
fn announced(text: &str) -> Option<RawRating> {
    let (name, value) = text.split_once(':')?;
    if name.len() > 20 || !ANNOUNCEMENTS.contains(&name.trim().to_lowercase().as_str()) {
        return None;
    }
    let value = value.trim_start();
    leading(value).or_else(|| {
        let (stars, rest) = number(value)?;
        let rest = ["out of", "of", "von", "de", "su", "van", "/"]
            .iter()
            .find_map(|word| rest.trim_start().strip_prefix(word))?;
        let (best, rest) = number(rest.trim_start())?;
        ends(rest).then(|| fraction(stars, best))?
    })
}

/// A run of exactly five stars, full ones first.
fn stars(text: &str) -> Option<RawRating> {
    let run: Vec<char> =
        text.chars().filter(|c| *c != '\u{FE0F}').take_while(|c| matches!(c, '★' | '⭐' | '☆')).collect();
    let full = run.iter().take_while(|c| **c != '☆').count();
    let ordered = run[full..].iter().all(|c| *c == '☆');
    (run.len() == 5 && ordered).then(|| RawRating::on(figure(full as f64), worst(full as f64), 5.0))
}

fn fraction(value: f64, best: f64) -> Option<RawRating> {
    let known = best == 5.0 || best == 10.0;
    (known && value <= best).then(|| RawRating::on(figure(value), worst(value), best))
}

/// Scales begin at 1, except where somebody gave a nought.
fn worst(value: f64) -> f64 {
    if value < 1.0 { 0.0 } else { 1.0 }
}

/// A number of one or two digits with at most two decimals, and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    if !(1..=2).contains(&whole) {
        return None;
    }
    let decimals = text[whole..].strip_prefix(['.', ',']).map_or(0, digits);
    let end = if (1..=2).contains(&decimals) { whole + 1 + decimals } else { whole };
    Some((text[..end].replace(',', ".").parse().ok()?, &text[end..]))
}

/// Whether a rating may end here: not in the middle of a word, a number or a date.
fn ends(rest: &str) -> bool {
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (None, _) => true,
        (Some('.' | ','), Some(next)) => !next.is_ascii_digit(),
        (Some(next), _) => !next.is_alphanumeric() && !matches!(next, '/' | '%'),
    }
}

fn figure(number: f64) -> Value {
    if number.fract() == 0.0 { Value::from(number as i64) } else { Value::from(number) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(title: &str, category: &str, text: &str, expected: Option<(Value, f64)>) {
        let words = Words { title, categories: vec![category], text };
        let found = in_words(&words, &Place::all()).map(|raw| (raw.stars, raw.best.unwrap_or(5.0)));
        assert_eq!(found, expected, "{title}|{category}|{text}");
    }

    #[test]
    fn unmistakable_ratings_are_recognised() {
        check("2/5 Loud at night", "", "", Some((json!(2), 5.0)));
        check("7,5/10: Breakfast", "", "", Some((json!(7.5), 10.0)));
        check("★★☆☆☆ Loud", "", "", Some((json!(2), 5.0)));
        check("⭐⭐⭐⭐⭐", "", "", Some((json!(5), 5.0)));
        check("☆☆☆☆☆ Never again", "", "", Some((json!(0), 5.0)));
        check("", "rating:1", "", Some((json!(1), 5.0)));
        check("", "Rating: 8/10", "", Some((json!(8), 10.0)));
        check("", "", "Rating: 2/5\nLoud", Some((json!(2), 5.0)));
        check("", "", "Rating: 2 out of 5. Loud", Some((json!(2), 5.0)));
        check("", "", "Bewertung: 1 von 5", Some((json!(1), 5.0)));
        check("", "", "Rating: ★☆☆☆☆", Some((json!(1), 5.0)));
    }

    #[test]
    fn what_may_mean_something_else_stays_unrated() {
        for title in [
            "1/5/2026 concert",
            "3/4 of the rooms",
            "6/5 loud",
            "24/7 desk",
            "★ Special offer ★",
            "☆★★☆☆",
            "12/10x",
            "2/5.5",
        ] {
            check(title, "", "", None);
        }
        check("Room 2/5", "hotel:5", "I give it 2/5", None);
        check("", "rating:90", "Rating: PG-13", None);
        check("", "ratings:5", "They said rating: 5/5", None);
    }

    #[test]
    fn a_place_that_is_not_allowed_is_not_looked_at() {
        let words = Words { title: "1/5", categories: vec![], text: "" };
        assert_eq!(in_words(&words, &[Place::Text]), None);
    }
}
