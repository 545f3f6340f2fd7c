//! One number of the report with its words, so that every rendering says it alike.

use std::time::Duration;

use serde::Serialize;

use crate::figures::{Quantile, Share, words};

/// Of fewer cases than this the cases are said, not the percentage.
const PERCENT_MIN: usize = 10;

/// A number and how it is said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// As people read it; "–" for unknown.
    pub words: String,
    /// As programs read it.
    #[serde(flatten)]
    pub amount: Amount,
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Amount {
    /// There is nothing to count, or nothing was watched.
    Unknown,
    /// A count, or a mean of counts.
    Count {
        /// The number.
        count: f64,
    },
    /// A time that was reached.
    Time {
        /// Whole seconds.
        seconds: u64,
    },
    /// A time that is not reached yet: it takes longer than this.
    Over {
        /// Whole seconds.
        over_seconds: u64,
    },
    /// A part of a whole.
    Share {
        /// How many.
        part: usize,
        /// Of how many.
        whole: usize,
    },
    /// Money in one currency, named by the row.
    Money {
        /// Hundredths of the currency.
        cents: i64,
    },
}

impl Cell {
    /// Nothing to say.
    #[must_use]
    pub fn unknown() -> Self {
        Cell { words: "–".to_owned(), amount: Amount::Unknown }
    }

    /// A whole count.
    #[must_use]
    pub fn count(n: usize) -> Self {
        Cell { words: n.to_string(), amount: Amount::Count { count: n as f64 } }
    }

    /// A count with at most one decimal.
    #[must_use]
    pub fn tenths(number: f64) -> Self {
        let count = (number * 10.0).round() / 10.0;
        Cell { words: format!("{count}"), amount: Amount::Count { count } }
    }

    /// A length of time.
    #[must_use]
    pub fn span(length: Duration) -> Self {
        Cell { words: words::span(length), amount: Amount::Time { seconds: length.as_secs() } }
    }

    /// A typical time; `say` chooses the words for one that was reached.
    #[must_use]
    pub fn typical(quantile: Quantile, say: fn(Duration) -> String) -> Self {
        match quantile {
            Quantile::NoCases => Cell::unknown(),
            Quantile::At(length) => Cell { words: say(length), amount: Amount::Time { seconds: length.as_secs() } },
            Quantile::Beyond(length) => Cell {
                words: format!("over {}", words::whole_short(length)),
                amount: Amount::Over { over_seconds: length.as_secs() },
            },
        }
    }

    /// A share: the cases when there are few, else the percentage.
    #[must_use]
    pub fn share(share: Share) -> Self {
        let Share { part, whole } = share;
        let words = match whole {
            0 => return Cell::unknown(),
            whole if whole < PERCENT_MIN => format!("{part} of {whole}"),
            whole => format!("{:.0} %", part as f64 * 100.0 / whole as f64),
        };
        Cell { words, amount: Amount::Share { part, whole } }
    }

    /// An amount of money.
    #[must_use]
    pub fn money(cents: i64) -> Self {
        let (sign, abs) = (if cents < 0 { "−" } else { "" }, cents.unsigned_abs());
        Cell { words: format!("{sign}{}.{:02}", abs / 100, abs % 100), amount: Amount::Money { cents } }
    }

    /// Whether there is nothing worth a line.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self.amount {
            Amount::Unknown => true,
            Amount::Count { count } => count == 0.0,
            Amount::Money { cents } => cents == 0,
            Amount::Time { .. } | Amount::Over { .. } | Amount::Share { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &Cell, expected: &str) {
        assert_eq!(cell.words, expected);
    }

    #[test]
    fn few_cases_are_said_as_cases_and_many_as_percent() {
        check(&Cell::share(Share { part: 0, whole: 0 }), "–");
        check(&Cell::share(Share { part: 2, whole: 3 }), "2 of 3");
        check(&Cell::share(Share { part: 5, whole: 7 }), "5 of 7");
        check(&Cell::share(Share { part: 71, whole: 100 }), "71 %");
    }

    #[test]
    fn a_time_that_is_not_reached_is_never_given_as_one() {
        check(&Cell::typical(Quantile::Beyond(Duration::from_secs(40 * 86_400 + 7)), words::days), "over 40 d");
        check(&Cell::typical(Quantile::At(Duration::from_secs(527_040)), words::days), "6.1 days");
        check(&Cell::typical(Quantile::NoCases, words::days), "–");
    }

    #[test]
    fn counts_and_money_are_said_plainly() {
        check(&Cell::tenths(1.64), "1.6");
        check(&Cell::tenths(31.0), "31");
        check(&Cell::money(10_805), "108.05");
        check(&Cell::money(-5), "−0.05");
    }
}
