//! Dates of feeds, which are meant to be RFC 2822 or RFC 3339 and often are not quite.
//!
//! What stays unclear is no date; the time of first sight then counts.

use crate::review::PostedAt;

/// Zone names that feeds use although RFC 2822 does not know them, with their offsets.
const ZONES: &[(&str, &str)] = &[
    ("UTC", "+0000"),
    ("GMT", "+0000"),
    ("UT", "+0000"),
    ("Z", "+0000"),
    ("WET", "+0000"),
    ("BST", "+0100"),
    ("WEST", "+0100"),
    ("CET", "+0100"),
    ("MEZ", "+0100"),
    ("CEST", "+0200"),
    ("MESZ", "+0200"),
    ("EET", "+0200"),
    ("EEST", "+0300"),
    ("MSK", "+0300"),
    ("JST", "+0900"),
    ("KST", "+0900"),
    ("AEST", "+1000"),
    ("AEDT", "+1100"),
    ("EST", "-0500"),
    ("EDT", "-0400"),
    ("CST", "-0600"),
    ("CDT", "-0500"),
    ("MST", "-0700"),
    ("MDT", "-0600"),
    ("PST", "-0800"),
    ("PDT", "-0700"),
];

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads a date of a feed: what [`PostedAt::parse`] reads, and RFC 2822 with foreign zones, long names or missing parts.
pub(super) fn read(text: &str) -> Option<PostedAt> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    // RFC 2822 takes every zone name it does not know for UTC; ours are known.
    let named = text.rsplit(' ').next().is_some_and(|zone| ZONES.iter().any(|(name, _)| *name == zone));
    let as_mended = || PostedAt::parse(&mended(text)?);
    let posted = if named { as_mended() } else { None }.or_else(|| PostedAt::parse(text)).or_else(as_mended);
    posted.filter(|posted| {
        // Feeds are younger than the web; year 1 or 1970 stands for "unknown", and year 9999 for a mistake.
        (631_152_000..=4_102_444_800).contains(&posted.at.as_second())
    })
}

/// `[weekday,] day month year [time [zone]]` written as RFC 2822 has it.
fn mended(text: &str) -> Option<String> {
    let text =
        text.split_once(',').filter(|(day, _)| day.chars().all(char::is_alphabetic)).map_or(text, |(_, rest)| rest);
    let mut words: Vec<&str> = text.split([' ', '-', '\t']).filter(|word| !word.is_empty()).collect();
    let is_word = |at: usize| words.get(at).is_some_and(|word: &&str| word.chars().all(char::is_alphabetic));
    if is_word(0) && (is_word(1) || is_word(2)) {
        words.remove(0);
    }
    if words.first().is_some_and(|word| word.chars().all(char::is_alphabetic)) && words.len() >= 3 {
        words.swap(0, 1);
    }
    let [day, month, year, rest @ ..] = words.as_slice() else { return None };
    let day: u8 = day.parse().ok()?;
    let month = MONTHS.iter().find(|name| month.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name)))?;
    let year: i16 = match year.parse().ok()? {
        short @ 0..=69 => 2000 + short,
        short @ 70..=99 => 1900 + short,
        year => year,
    };
    let time = match rest.first().map_or("12:00:00", |time| time) {
        short if short.matches(':').count() == 1 => format!("{short}:00"),
        time => time.to_owned(),
    };
    Some(format!("{day} {month} {year} {time} {}", offset(text, rest.get(1).copied())))
}

fn offset(text: &str, zone: Option<&str>) -> String {
    let Some(zone) = zone else { return "+0000".to_owned() };
    if let Some((_, known)) = ZONES.iter().find(|(name, _)| zone.eq_ignore_ascii_case(name)) {
        return (*known).to_owned();
    }
    // The sign was lost where the words were split at `-`.
    let sign = if text.contains(&format!("-{zone}")) { "-" } else { "" };
    format!("{sign}{}", zone.replace(':', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(read(text).map(|posted| posted.at.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_that_are_nearly_right_are_read() {
        check("Fri, 02 Oct 2026 08:15:30 +0200", Some("2026-10-02T06:15:30Z"));
        check("Fri, 02 Oct 2026 08:15:30 CEST", Some("2026-10-02T06:15:30Z"));
        check("Friday, 2 October 2026 08:15:30 EST", Some("2026-10-02T13:15:30Z"));
        check("Fri, 02 Oct 26 08:15 GMT", Some("2026-10-02T08:15:00Z"));
        check("Fri, Oct 2 2026 08:15:30 -0400", Some("2026-10-02T12:15:30Z"));
        check("Fri 2 Oct 2026 08:15:30 GMT", Some("2026-10-02T08:15:30Z"));
        check("02-Oct-2026 08:15:30 -0500", Some("2026-10-02T13:15:30Z"));
        check("Fri, 2 Oct 2026 08:15:30 +02:00", Some("2026-10-02T06:15:30Z"));
        check("Mon, 02 Oct 2026 08:15:30", Some("2026-10-02T08:15:30Z"));
        check("2026-10-02T08:15:30.5Z", Some("2026-10-02T08:15:30.5Z"));
        check("2026-10-02", Some("2026-10-02T12:00:00Z"));
    }

    #[test]
    fn what_is_no_date_or_cannot_be_true_is_none() {
        for text in ["", "yesterday", "31 Feb 2026 08:00:00 GMT", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "-1"]
        {
            check(text, None);
        }
        check("Thu, 01 Jan 1970 00:00:00 GMT", None);
    }
}
