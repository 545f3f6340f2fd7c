//! Ratings on their own scales, made into one normalised figure from 0 (worst) to 1 (best).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A rating as a platform sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct RawRating {
    /// The number, string or boolean as sent.
    pub stars: Value,
    /// The scale's worst end as sent.
    pub worst: Option<f64>,
    /// The scale's best end as sent.
    pub best: Option<f64>,
}

/// The two ends of a scale: `worst` below `best`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The worst rating that can be given.
    pub worst: f64,
    /// The best rating that can be given.
    pub best: f64,
}

/// A rating that is understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Normalised: 0 is the worst and 1 the best of its scale.
    pub value: f64,
    /// The number, string or boolean as sent.
    pub stars: Value,
    /// The scale used.
    pub scale: Scale,
    /// Whether the scale had to be inferred because the platform's did not fit the number.
    pub inferred: bool,
}

/// Why a rating could not be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RatingError {
    /// Neither number, numeric string, yes/no nor boolean.
    #[error("the rating `{0}` is not a number")]
    NotANumber(String),
    /// Outside every scale we know.
    #[error("the rating {0} fits no scale")]
    OutOfScale(f64),
}

impl RawRating {
    /// A rating without a stated scale.
    #[must_use]
    pub fn new(stars: impl Into<Value>) -> Self {
        RawRating { stars: stars.into(), worst: None, best: None }
    }

    /// A rating on a stated scale.
    #[must_use]
    pub fn on(stars: impl Into<Value>, worst: f64, best: f64) -> Self {
        RawRating { stars: stars.into(), worst: Some(worst), best: Some(best) }
    }
}

impl Rating {
    /// Understands a raw rating; `Ok(None)` means "not rated" (null, an empty string, or 0 on a scale that starts above 0).
    ///
    /// The scale defaults to 1–5. A number above its scale's best makes us distrust the scale: 1–10 is inferred up to 10, 0–100
    /// up to 100, and the rating says so. A percent sign means 0–100; `true`/`false` and yes/no mean 0–1.
    ///
    /// # Errors
    /// If `stars` is no number, or fits no scale.
    pub fn understand(raw: &RawRating) -> Result<Option<Self>, RatingError> {
        let (number, own_scale) = match &raw.stars {
            Value::Null => return Ok(None),
            Value::Bool(yes) => (f64::from(u8::from(*yes)), Some(Scale { worst: 0.0, best: 1.0 })),
            Value::Number(number) => {
                (number.as_f64().ok_or_else(|| RatingError::NotANumber(number.to_string()))?, None)
            }
            Value::String(text) => match read(text)? {
                Some(read) => read,
                None => return Ok(None),
            },
            other => return Err(RatingError::NotANumber(other.to_string())),
        };
        if !number.is_finite() {
            return Err(RatingError::NotANumber(number.to_string()));
        }
        let stated = stated(raw);
        let scale = own_scale.or(stated).unwrap_or(Scale { worst: 1.0, best: 5.0 });
        if number == 0.0 && scale.worst > 0.0 {
            return Ok(None);
        }
        let (scale, inferred) = fitting(number, scale)?;
        let value = ((number - scale.worst) / (scale.best - scale.worst)).clamp(0.0, 1.0);
        Ok(Some(Rating { value, stars: raw.stars.clone(), scale, inferred }))
    }

    /// The rating as an owner reads it: "2 of 5", "45 of 100", "not recommended".
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.stars {
            Value::Bool(true) => "recommended".to_owned(),
            Value::Bool(false) => "not recommended".to_owned(),
            Value::String(text) => format!("{} of {}", text.trim(), self.scale.best),
            stars => format!("{stars} of {}", self.scale.best),
        }
    }

    /// The rating as one to five whole stars, for a glance.
    #[must_use]
    pub fn as_stars(&self) -> usize {
        (self.value * 4.0).round() as usize + 1
    }
}

/// The scale as stated, unless its ends are missing, infinite or the wrong way round.
fn stated(raw: &RawRating) -> Option<Scale> {
    let best = raw.best.filter(|best| best.is_finite());
    let worst = raw.worst.filter(|worst| worst.is_finite());
    match (worst, best) {
        (None, None) => None,
        (Some(worst), None) => (worst < 5.0).then_some(Scale { worst, best: 5.0 }),
        (worst, Some(best)) => {
            let floor = if best <= 1.0 || best > 10.0 { 0.0 } else { 1.0 };
            let worst = worst.filter(|worst| *worst < best).unwrap_or(floor);
            (worst < best).then_some(Scale { worst, best })
        }
    }
}

fn fitting(number: f64, scale: Scale) -> Result<(Scale, bool), RatingError> {
    if number < 0.0 && scale.worst >= 0.0 {
        return Err(RatingError::OutOfScale(number));
    }
    if number <= scale.best {
        return Ok((scale, false));
    }
    match number {
        n if n <= 10.0 => Ok((Scale { worst: 1.0, best: 10.0 }, true)),
        n if n <= 100.0 => Ok((Scale { worst: 0.0, best: 100.0 }, true)),
        n => Err(RatingError::OutOfScale(n)),
    }
}

/// Reads `"4"`, `"4,5"`, `"80%"`, `"4/5"`, `"4 out of 5"`, `"★★☆☆☆"`, `"yes"`; `None` for an empty string.
fn read(text: &str) -> Result<Option<(f64, Option<Scale>)>, RatingError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let error = || RatingError::NotANumber(crate::text::truncate(text, 40));
    let zero_one = Some(Scale { worst: 0.0, best: 1.0 });
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "positive" => return Ok(Some((1.0, zero_one))),
        "no" | "false" | "negative" => return Ok(Some((0.0, zero_one))),
        _ => {}
    }
    if text.chars().all(|c| matches!(c, '★' | '☆' | '⭐')) {
        let full = text.chars().filter(|c| *c != '☆').count() as f64;
        return Ok(Some((full, None)));
    }
    if let Some(percent) = text.strip_suffix('%') {
        return Ok(Some((number(percent).ok_or_else(error)?, Some(Scale { worst: 0.0, best: 100.0 }))));
    }
    let (value, best) =
        match text.split_once('/').or_else(|| text.split_once(" out of ")).or_else(|| text.split_once(" of ")) {
            Some((value, best)) => (value, Some(number(best).ok_or_else(error)?)),
            None => (text, None),
        };
    let value = number(value).ok_or_else(error)?;
    Ok(Some((value, best.and_then(|best| stated(&RawRating { stars: Value::Null, worst: None, best: Some(best) })))))
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let text = text.strip_suffix("stars").or_else(|| text.strip_suffix("star")).unwrap_or(text).trim();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'+'));
    (plain && !text.is_empty()).then(|| text.replacen(',', ".", 1).parse().ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(stars: Value, worst: Option<f64>, best: Option<f64>, value: f64, scale: (f64, f64)) {
        let rating = Rating::understand(&RawRating { stars, worst, best }).unwrap().unwrap();
        assert!((rating.value - value).abs() < 1e-9, "{} is not {value}", rating.value);
        assert_eq!((rating.scale.worst, rating.scale.best), scale);
    }

    #[test]
    fn every_scale_becomes_one_figure() {
        check(json!(1), None, None, 0.0, (1.0, 5.0));
        check(json!(3), None, None, 0.5, (1.0, 5.0));
        check(json!("5.0"), None, None, 1.0, (1.0, 5.0));
        check(json!("4,5"), None, None, 0.875, (1.0, 5.0));
        check(json!(5.5), Some(1.0), Some(10.0), 0.5, (1.0, 10.0));
        check(json!("80%"), None, None, 0.8, (0.0, 100.0));
        check(json!(40), Some(0.0), Some(100.0), 0.4, (0.0, 100.0));
        check(json!(true), None, None, 1.0, (0.0, 1.0));
        check(json!("no"), None, None, 0.0, (0.0, 1.0));
        check(json!("★★☆☆☆"), None, None, 0.25, (1.0, 5.0));
        check(json!("2/5"), None, None, 0.25, (1.0, 5.0));
        check(json!("4 out of 5 stars"), None, None, 0.75, (1.0, 5.0));
    }

    #[test]
    fn a_scale_that_cannot_be_true_is_replaced() {
        check(json!(4), Some(5.0), Some(5.0), 0.75, (1.0, 5.0));
        check(json!(5), Some(5.0), None, 1.0, (1.0, 5.0));
        check(json!(10), None, None, 1.0, (1.0, 10.0));
        check(json!(7), None, Some(5.0), 6.0 / 9.0, (1.0, 10.0));
        check(json!(85), None, None, 0.85, (0.0, 100.0));
        let inferred = Rating::understand(&RawRating::new(85)).unwrap().unwrap();
        assert!(inferred.inferred);
    }

    #[test]
    fn zero_and_empty_mean_not_rated() {
        for stars in [json!(0), json!("0"), json!(""), json!(null)] {
            assert_eq!(Rating::understand(&RawRating::new(stars)), Ok(None));
        }
        check(json!(0), Some(0.0), Some(5.0), 0.0, (0.0, 5.0));
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        for stars in [json!("great"), json!([5]), json!("NaN"), json!("1e400"), json!(-1), json!(101), json!("inf")] {
            assert!(Rating::understand(&RawRating::new(stars.clone())).is_err(), "{stars}");
        }
    }
}
