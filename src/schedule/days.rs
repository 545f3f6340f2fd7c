//! Days of the week and times of day as the owner writes them: "Mon-Fri", "Sat,Sun", "daily"; "07:30".
//!
//! It knows no dates and no zones.

/// The days' names in English, Monday first.
const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A set of days of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Days([bool; 7]);

impl Days {
    /// Reads "Mon", "Mon-Fri", "Sat,Sun", "Fri-Mon" or "daily", in any case, short or long names.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("daily") {
            return Ok(Days([true; 7]));
        }
        let mut days = Days::default();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (parse_day(first)?, parse_day(last)?);
            for step in 0..=(last + 7 - first) % 7 {
                days.0[(first + step) % 7] = true;
            }
        }
        Ok(days)
    }

    /// The set of these days, each counted from Monday as 0.
    pub(crate) fn of(indexes: impl IntoIterator<Item = usize>) -> Self {
        let mut days = Days::default();
        for index in indexes {
            days.0[index % 7] = true;
        }
        days
    }

    /// The days of either set.
    pub(crate) fn and(self, other: Self) -> Self {
        Days::of(self.indexes().chain(other.indexes()))
    }

    /// Its days, each counted from Monday as 0, in order.
    pub(crate) fn indexes(self) -> impl Iterator<Item = usize> {
        (0..7).filter(move |&index| self.0[index])
    }

    /// In words: "every day", "every Monday", "Monday to Friday", "every Monday and Thursday".
    pub(crate) fn in_words(self) -> String {
        let days: Vec<usize> = self.indexes().collect();
        match days.as_slice() {
            [0, 1, 2, 3, 4, 5, 6] => "every day".to_owned(),
            [first, .., last] if days.len() > 2 && last - first + 1 == days.len() => {
                format!("{} to {}", NAMES[*first], NAMES[*last])
            }
            [rest @ .., last] if !rest.is_empty() => {
                let rest: Vec<&str> = rest.iter().map(|&day| NAMES[day]).collect();
                format!("every {} and {}", rest.join(", "), NAMES[*last])
            }
            days => format!("every {}", days.iter().map(|&day| NAMES[day]).collect::<String>()),
        }
    }
}

/// A day's index from Monday as 0, by its English name or that name's first letters.
pub(crate) fn parse_day(text: &str) -> Result<usize, String> {
    let lower = text.trim().to_ascii_lowercase();
    let known = NAMES.iter().position(|name| lower.len() >= 3 && name.to_ascii_lowercase().starts_with(&lower));
    known.ok_or_else(|| format!("`{}` is not a day; write Mon, Tue, Wed, Thu, Fri, Sat or Sun", text.trim()))
}

/// Minutes since midnight, from "07:30"; "24:00" is the end of the day.
pub(crate) fn parse_time(text: &str) -> Result<i16, String> {
    let two_digits = |part: &str| match part.len() {
        1 | 2 if part.bytes().all(|b| b.is_ascii_digit()) => part.parse::<i16>().ok(),
        _ => None,
    };
    let (hours, minutes) = text.split_once(':').unwrap_or((text, ""));
    match (two_digits(hours), two_digits(minutes).filter(|_| minutes.len() == 2)) {
        (Some(hours @ 0..24), Some(minutes @ 0..60)) => Ok(hours * 60 + minutes),
        (Some(24), Some(0)) => Ok(24 * 60),
        _ => Err(format!("`{text}` is not a time of day; write one such as 07:30")),
    }
}
