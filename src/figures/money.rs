//! Sums of money in whole cents, one a currency. It never converts one currency into another.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::Gesture;

/// An amount in each currency that occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Money {
    cents: BTreeMap<String, i64>,
}

impl Money {
    /// Adds what a gesture cost; sums stop at the largest number instead of wrapping.
    pub fn add(&mut self, gesture: &Gesture) {
        let sum = self.cents.entry(gesture.currency.trim().to_uppercase()).or_default();
        *sum = sum.saturating_add(gesture.cost_cents);
    }

    /// The amount for each of `n`, rounded to whole cents; `None` for none.
    #[must_use]
    pub fn each(&self, n: usize) -> Option<Money> {
        let n = i64::try_from(n).ok().filter(|n| *n > 0)?;
        let rounded = |cents: i64| cents.saturating_add(cents.signum() * (n / 2)) / n;
        Some(Money { cents: self.cents.iter().map(|(currency, cents)| (currency.clone(), rounded(*cents))).collect() })
    }

    /// Whether nothing was spent.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.cents.values().all(|cents| *cents == 0)
    }

    /// Whole cents of one currency.
    #[must_use]
    pub fn cents(&self, currency: &str) -> i64 {
        self.cents.get(currency).copied().unwrap_or(0)
    }

    /// As people read it: "EUR 12.50 + CHF 8.00"; "0" for nothing.
    #[must_use]
    pub fn in_words(&self) -> String {
        let parts: Vec<String> = self
            .cents
            .iter()
            .filter(|(_, cents)| **cents != 0)
            .map(|(currency, cents)| one(currency, *cents))
            .collect();
        if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") }
    }
}

fn one(currency: &str, cents: i64) -> String {
    let (sign, cents) = (if cents < 0 { "−" } else { "" }, cents.unsigned_abs());
    format!("{currency} {sign}{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(parts: &[(&str, i64)]) -> Money {
        let mut money = Money::default();
        for (currency, cents) in parts {
            money.add(&Gesture {
                kind: "gift".into(),
                cost_cents: *cents,
                currency: (*currency).into(),
                approved_by: "Maria".into(),
                note: None,
            });
        }
        money
    }

    #[test]
    fn currencies_stay_apart() {
        let sum = money(&[("EUR", 1250), ("eur ", 50), ("CHF", 800)]);
        assert_eq!((sum.cents("EUR"), sum.cents("CHF"), sum.cents("USD")), (1300, 800, 0));
        assert_eq!(sum.in_words(), "CHF 8.00 + EUR 13.00");
    }

    #[test]
    fn a_share_is_rounded_to_whole_cents() {
        let each = |cents, n| money(&[("EUR", cents)]).each(n).map(|each| each.cents("EUR"));
        assert_eq!(each(1000, 3), Some(333));
        assert_eq!(each(2000, 3), Some(667));
        assert_eq!(each(1000, 0), None);
    }

    #[test]
    fn a_sum_stops_at_the_largest_number() {
        assert_eq!(money(&[("EUR", i64::MAX), ("EUR", 1)]).cents("EUR"), i64::MAX);
        assert_eq!(money(&[]).in_words(), "0");
        assert_eq!(money(&[("EUR", -250)]).in_words(), "EUR −2.50");
    }
}
