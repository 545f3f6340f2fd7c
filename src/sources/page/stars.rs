//! Ratings as pages write them: kept as sent where that can be understood, dug out of words and class names where not.
//!
//! It does not know scales; that is `review::Rating`.

use serde_json::Value;

use crate::review::{Rating, RawRating};

/// A rating as sent; `None` for what can be none.
pub(super) fn raw(value: &Value) -> Option<RawRating> {
    match value {
        Value::Number(_) | Value::Bool(_) => Some(RawRating::new(value.clone())),
        Value::String(words) if words.trim().is_empty() => None,
        Value::String(words) => Some(RawRating::new(readable(words.trim()))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The words, or if they cannot be understood the rating in them: "Rated 4 out of 5" is `4/5`, "width: 80%" is `80%`,
/// "stars stars-4" is `4`.
pub(super) fn readable(words: &str) -> String {
    if Rating::understand(&RawRating::new(words)).is_ok() {
        return words.to_owned();
    }
    let Some((value, rest)) = first_number(words) else { return words.to_owned() };
    if rest.trim_start().starts_with('%') {
        return format!("{value}%");
    }
    let best = ["/", "out of ", "of ", "von ", "sur ", "de ", "su "].iter().find_map(|mark| {
        let after = rest.trim_start().strip_prefix(mark)?;
        let (best, _) = first_number(after)?;
        after.trim_start().starts_with(best).then_some(best)
    });
    best.map_or_else(|| value.to_owned(), |best| format!("{value}/{best}"))
}

/// The first number in a text and what follows it.
fn first_number(words: &str) -> Option<(&str, &str)> {
    let begins = words.find(|c: char| c.is_ascii_digit())?;
    let length =
        words[begins..].find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(words.len() - begins);
    let number = words[begins..begins + length].trim_end_matches(['.', ',']);
    Some((number, &words[begins + number.len()..]))
}

/// An end of a scale, leniently.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(words) => {
            let number: f64 = words.trim().replacen(',', ".", 1).parse().ok()?;
            number.is_finite().then_some(number)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(words: &str, expected: &str) {
        assert_eq!(readable(words), expected, "{words}");
    }

    #[test]
    fn what_can_be_understood_stays_as_sent() {
        for words in ["5", "4,5", "4.0", "80%", "4/5", "4 out of 5", "★★★☆☆", "yes", ""] {
            check(words, words);
        }
    }

    #[test]
    fn a_rating_is_dug_out_of_words_and_class_names() {
        check("Rated 4 out of 5", "4/5");
        check("Rated 3.5 out of 5 stars by guests", "3.5/5");
        check("Bewertung: 2 von 5", "2/5");
        check("width: 80%", "80%");
        check("stars stars-4", "4");
        check("ui_bubble_rating bubble_40", "40");
        check("4 *", "4");
        check("splendid", "splendid");
    }

    #[test]
    fn only_plain_values_are_ratings() {
        assert_eq!(raw(&json!(null)), None);
        assert_eq!(raw(&json!([5])), None);
        assert_eq!(raw(&json!(" ")), None);
        assert_eq!(raw(&json!("4.5")), Some(RawRating::new("4.5")));
        assert_eq!(number(&json!("4,5")), Some(4.5));
        assert_eq!(number(&json!("NaN")), None);
    }
}
