//! What one poll saw of one review, raw, as the platform sent it.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::RawRating;

/// One review as one page, feed or answer showed it. Absent means that the platform did not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sighting {
    /// The platform's own id, always as text.
    pub id: Option<String>,
    /// The name of what was reviewed, where a page shows several things.
    pub item: Option<String>,
    /// The guest's displayed name.
    pub author: Option<String>,
    /// The platform's id or address of the guest.
    pub author_id: Option<String>,
    /// The rating as sent, with its scale as sent.
    pub rating: Option<RawRating>,
    /// The review's headline, plain text.
    pub title: Option<String>,
    /// The review's words, plain text.
    pub text: Option<String>,
    /// A BCP 47 tag, if the platform gives one.
    pub language: Option<String>,
    /// When the guest posted it.
    pub posted_at: Option<PostedAt>,
    /// When the guest last changed it.
    pub edited_at: Option<Timestamp>,
    /// A link to the review or to the page it stands on.
    pub url: Option<String>,
    /// The business's public answer.
    pub reply: Option<Reply>,
    /// Whether it was said to few or to the business alone: no shared channel may quote it.
    pub private: bool,
    /// Whether the platform says that the guest took it back, which is evidence and not absence.
    pub withdrawn: bool,
}

/// A business's public answer to a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer's words, plain text.
    pub text: String,
    /// When it was given, if the platform says.
    pub at: Option<Timestamp>,
}

/// How exactly a time of posting is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// To the second or better.
    Exact,
    /// Only the day: the time stands at noon, ±12 hours.
    Day,
    /// Only the month: the time stands at its fifteenth.
    Month,
}

/// A time of posting with its precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedAt {
    /// The instant; see [`Precision`] for what a bare day becomes.
    pub at: Timestamp,
    /// How exactly it is known.
    pub precision: Precision,
}

impl PostedAt {
    /// An exactly known instant.
    #[must_use]
    pub fn exact(at: Timestamp) -> Self {
        PostedAt { at, precision: Precision::Exact }
    }

    /// Reads the date forms that platforms send; `None` for what is not a date.
    ///
    /// Accepted: RFC 3339 with 0–9 fractional digits, `+0000` offsets, `YYYY-MM-DD HH:MM:SS` with or without `UTC` or an
    /// offset (no zone: UTC), `YYYY-MM-DD`, `YYYY/MM/DD`, `YYYY-MM`, `Month D, YYYY`, `D Month YYYY` (English), RFC 2822, and
    /// seconds or milliseconds since 1970. Day-first numeric dates are ambiguous and refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > 64 {
            return None;
        }
        if text.bytes().all(|b| b.is_ascii_digit()) && text.len() >= 9 {
            return epoch(text.parse().ok()?).map(Self::exact);
        }
        let slashed = text.replace('/', "-");
        instant(text)
            .map(Self::exact)
            .or_else(|| day(&slashed).map(|date| Self::at_noon(date, Precision::Day)))
            .or_else(|| month(&slashed).map(|date| Self::at_noon(date, Precision::Month)))
    }

    fn at_noon(date: civil::Date, precision: Precision) -> Self {
        let noon = date.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("UTC has no gaps");
        PostedAt { at: noon.timestamp(), precision }
    }

    /// The same day's noon in the location's zone, when only the day is known.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> Self {
        match self.precision {
            Precision::Exact => self,
            Precision::Day | Precision::Month => {
                let date = self.at.to_zoned(TimeZone::UTC).date();
                let noon = zone.to_ambiguous_zoned(date.at(12, 0, 0, 0)).compatible();
                PostedAt { at: noon.map_or(self.at, |noon| noon.timestamp()), precision: self.precision }
            }
        }
    }
}

/// Seconds, or milliseconds from 10^11 on, since 1970.
fn epoch(number: i64) -> Option<Timestamp> {
    if number >= 100_000_000_000 {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    let spaced = text.strip_suffix(" UTC").map(|rest| format!("{rest}Z"));
    let text = spaced.as_deref().unwrap_or(text);
    let as_in_mail = || jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok();
    // Each form that a date is not in costs as much as the right one, and feeds write dates as mails do.
    let names_month = text.contains(' ') && text.bytes().any(|byte| byte.is_ascii_lowercase());
    let named = if names_month { as_in_mail() } else { None };
    named.or_else(|| text.parse::<Timestamp>().ok()).or_else(|| with_offset(text)).or_else(as_in_mail).or_else(|| {
        let civil = text.contains([':']).then(|| text.parse::<civil::DateTime>().ok())??;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

fn with_offset(text: &str) -> Option<Timestamp> {
    ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%dT%H:%M%z"]
        .iter()
        .find_map(|format| Timestamp::strptime(format, text).ok())
}

fn day(text: &str) -> Option<civil::Date> {
    ["%Y-%m-%d", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%B %d %Y"]
        .iter()
        .find_map(|format| civil::Date::strptime(format, text).ok())
}

fn month(text: &str) -> Option<civil::Date> {
    let (year, month) = text.split_once('-')?;
    (year.len() == 4).then(|| civil::Date::new(year.parse().ok()?, month.parse().ok()?, 15).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, at: &str, precision: Precision) {
        let expected = PostedAt { at: at.parse().unwrap(), precision };
        assert_eq!(PostedAt::parse(text), Some(expected), "{text}");
    }

    #[test]
    fn dates_are_read_in_the_forms_platforms_send() {
        check("2026-10-02T08:15:30Z", "2026-10-02T08:15:30Z", Precision::Exact);
        check("2026-10-02T08:15:30.123456789Z", "2026-10-02T08:15:30.123456789Z", Precision::Exact);
        check("2026-10-02T08:15:30+02:00", "2026-10-02T06:15:30Z", Precision::Exact);
        check("2026-10-02T08:15:30+0000", "2026-10-02T08:15:30Z", Precision::Exact);
        check("2026-10-02 08:15:30", "2026-10-02T08:15:30Z", Precision::Exact);
        check("2026-10-02T08:15:30", "2026-10-02T08:15:30Z", Precision::Exact);
        check("2026-10-02 08:15:30 UTC", "2026-10-02T08:15:30Z", Precision::Exact);
        check("2026-10-02 08:15:30 +0200", "2026-10-02T06:15:30Z", Precision::Exact);
        check("Fri, 02 Oct 2026 08:15:30 GMT", "2026-10-02T08:15:30Z", Precision::Exact);
        check("1790928930", "2026-10-02T08:15:30Z", Precision::Exact);
        check("1790928930000", "2026-10-02T08:15:30Z", Precision::Exact);
        check("2026-10-02", "2026-10-02T12:00:00Z", Precision::Day);
        check("2026/10/02", "2026-10-02T12:00:00Z", Precision::Day);
        check("October 2, 2026", "2026-10-02T12:00:00Z", Precision::Day);
        check("Oct 2, 2026", "2026-10-02T12:00:00Z", Precision::Day);
        check("2 October 2026", "2026-10-02T12:00:00Z", Precision::Day);
        check("2026-10", "2026-10-15T12:00:00Z", Precision::Month);
    }

    #[test]
    fn what_is_not_a_date_is_none() {
        for text in
            ["", "yesterday", "31.12.2026", "2026-02-31", "2026-13", "99999999999999999999", "12/31/2026", "T", "2026"]
        {
            assert_eq!(PostedAt::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_bare_day_stands_at_noon_of_the_location() {
        let zone = TimeZone::get("Europe/Vienna").unwrap();
        assert_eq!(PostedAt::parse("2026-07-01").unwrap().in_zone(&zone).at.to_string(), "2026-07-01T10:00:00Z");
    }
}
