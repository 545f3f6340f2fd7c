//! The words of alerts, in one place: what happened, why it was judged so, what is due, what the next step is.
//!
//! Guests' words never go into headline or lines; they stay in the card, where every channel treats them as hostile.

use jiff::Timestamp;

use super::{Alert, Reason, ReportBody, ReviewCard};
use crate::{
    case::{Promise, PutRight},
    id::{CaseId, ReviewId},
    judge::{Severity, Verdict},
    review::{Content, Kin},
};

/// What an alert about a review is about.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The location's name.
    pub location: &'a str,
    /// The source's name.
    pub source: &'a str,
    /// The review.
    pub review: ReviewId,
    /// Its latest version's number: a further version is a further thing to tell.
    pub version: i64,
    /// Its case, if it has one.
    pub case: Option<CaseId>,
    /// What the alert shows of it.
    pub card: ReviewCard,
    /// What the guest's other words have to do with it.
    pub also: Option<Also>,
}

/// What a guest said elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Also {
    /// The guest of this case wrote again, by this evidence.
    SameGuest(CaseId, Kin),
    /// A complaint still stands there.
    StillBad(String),
}

/// Makes the card of a review.
///
/// Of what was said in private only the stars are shown: a channel may have many readers. The case shows it to whoever opens it.
#[must_use]
pub fn card(content: &Content, author: Option<&str>, url: Option<&str>, posted_at: Option<Timestamp>) -> ReviewCard {
    let card = ReviewCard {
        private: content.private,
        rating: content.rating.as_ref().map(crate::review::Rating::in_words),
        stars: content.rating.as_ref().map(crate::review::Rating::as_stars),
        language: content.language.clone(),
        posted_at,
        ..ReviewCard::default()
    };
    if content.private {
        return card;
    }
    ReviewCard {
        author: author.map(str::to_owned),
        title: content.title.clone(),
        text: content.text.clone(),
        url: url.map(str::to_owned),
        ..card
    }
}

/// An alert about a review, for the reasons that a changed or new review gives.
#[must_use]
pub fn about_review(reason: Reason, subject: &Subject<'_>, verdict: &Verdict, now: Timestamp) -> Alert {
    let unrated = if subject.card.private { "said in private" } else { "no rating" };
    let rated = subject.card.rating.clone().unwrap_or_else(|| unrated.to_owned());
    let place = subject.location;
    let headline = match reason {
        Reason::NewNegative => format!("New bad review ({rated}) at {place}"),
        Reason::BecameNegative => format!("A review turned bad ({rated}) at {place}"),
        Reason::Relapsed => format!("Bad again ({rated}) at {place}: the case is open once more"),
        Reason::TurnedAround => format!("Turned around: {rated} now, at {place}"),
        Reason::Improved if matches!(subject.also, Some(Also::StillBad(_))) => {
            format!("Better here ({rated}), still bad elsewhere, at {place}")
        }
        Reason::Improved => format!("Improved, not yet good ({rated}), at {place}"),
        Reason::Vanished => format!("A review with an open case is no longer on the site, {place}"),
        Reason::Returned => format!("A review that was gone is back on the site, {place}"),
        Reason::Unrated => format!("Words without a rating at {place}: please read"),
        Reason::Due
        | Reason::Escalated
        | Reason::Woke
        | Reason::GuestSaid
        | Reason::Baseline
        | Reason::SourceTrouble
        | Reason::SourceHealed
        | Reason::SourceAnomaly
        | Reason::ChannelBroken
        | Reason::WeeklyReport
        | Reason::Test => format!("About a review at {place}"),
    };
    let severity = match reason {
        Reason::TurnedAround | Reason::Improved | Reason::Vanished | Reason::Returned | Reason::Unrated => {
            Severity::Low
        }
        _ => verdict.severity,
    };
    Alert {
        key: format!("review:{}:{}:{}", subject.review, subject.version, reason.event_type()),
        lines: also(subject)
            .into_iter()
            .chain(if subject.card.private {
                vec!["It was said in private, so it is not quoted here: open the case to read it".to_owned()]
            } else {
                verdict.because.iter().map(|because| format!("Why: {because}")).collect()
            })
            .collect(),
        review: Some(subject.card.clone()),
        ..about_case(reason, severity, subject, (headline, now))
    }
}

fn also(subject: &Subject<'_>) -> Option<String> {
    match subject.also.as_ref()? {
        Also::SameGuest(case, kin) => Some(format!(
            "By the guest of case {case}, it seems ({}); if not, set it apart on the case's page, or by: amends cases part {}",
            kin.in_words(),
            subject.review
        )),
        Also::StillBad(places) => Some(format!("What the same guest wrote on {places} is still bad")),
    }
}

/// A reminder that a promise to the guest is due.
#[must_use]
pub fn due(promise: Promise, severity: Severity, subject: &Subject<'_>, since: Timestamp, now: Timestamp) -> Alert {
    let case = subject.case.map(|case| case.to_string()).unwrap_or_default();
    let headline = format!("Case {case} at {}: {}", subject.location, promise.in_words());
    Alert {
        key: format!("case:{case}:{}:{}", promise.name(), since.as_millisecond()),
        review: Some(subject.card.clone()),
        ..about_case(Reason::Due, severity, subject, (headline, now))
    }
}

/// Tells the next people that nobody took a case.
#[must_use]
pub fn escalated(severity: Severity, subject: &Subject<'_>, since: Timestamp, now: Timestamp) -> Alert {
    let case = subject.case.map(|case| case.to_string()).unwrap_or_default();
    Alert {
        key: format!("case:{case}:escalated:{}", since.as_millisecond()),
        review: Some(subject.card.clone()),
        lines: vec!["You hear of it because nobody has taken it yet".to_owned()],
        ..about_case(
            Reason::Escalated,
            severity,
            subject,
            (format!("Nobody has taken case {case} at {}", subject.location), now),
        )
    }
}

/// Wakes a case that was put off.
#[must_use]
pub fn woke(severity: Severity, subject: &Subject<'_>, until: Timestamp, now: Timestamp) -> Alert {
    let case = subject.case.map(|case| case.to_string()).unwrap_or_default();
    Alert {
        key: format!("case:{case}:woke:{}", until.as_millisecond()),
        review: Some(subject.card.clone()),
        ..about_case(
            Reason::Woke,
            severity,
            subject,
            (format!("Case {case} at {} was put off until now", subject.location), now),
        )
    }
}

/// The guest said in the owner's form whether it is put right; what was said with it stands in the case.
#[must_use]
pub fn guest_said(
    put_right: PutRight,
    delivery: &str,
    severity: Severity,
    subject: &Subject<'_>,
    now: Timestamp,
) -> Alert {
    let case = subject.case.map(|case| case.to_string()).unwrap_or_default();
    let severity = if put_right == PutRight::Yes { Severity::Low } else { severity };
    let headline = format!("The guest of case {case} at {} says: {}", subject.location, put_right.in_words());
    Alert {
        key: format!("case:{case}:said:{delivery}"),
        lines: vec!["It is what the guest says; turned around is what is seen on the site".to_owned()],
        review: Some(subject.card.clone()),
        ..about_case(Reason::GuestSaid, severity, subject, (headline, now))
    }
}

fn about_case(reason: Reason, severity: Severity, subject: &Subject<'_>, said: (String, Timestamp)) -> Alert {
    Alert {
        key: String::new(),
        reason,
        severity,
        at: said.1,
        location: Some(subject.location.to_owned()),
        source: Some(subject.source.to_owned()),
        case: subject.case,
        headline: said.0,
        lines: Vec::new(),
        review: None,
        report: None,
    }
}

/// Tells that a channel was switched off.
#[must_use]
pub fn channel_broken(channel: &str, why: &str, now: Timestamp) -> Alert {
    Alert {
        key: format!("channel:{channel}:broken:{}", now.as_millisecond()),
        reason: Reason::ChannelBroken,
        severity: Severity::High,
        at: now,
        location: None,
        source: None,
        case: None,
        headline: format!("The channel `{channel}` was switched off"),
        lines: vec![
            format!("It cannot be used any more: {why}"),
            format!("What waited for it goes out by another channel. Repair it, then: amends channel test {channel}"),
        ],
        review: None,
        report: None,
    }
}

/// Carries a weekly report.
#[must_use]
pub fn weekly(location: &str, week: &str, report: (String, ReportBody), now: Timestamp) -> Alert {
    let (headline, body) = report;
    Alert {
        key: format!("report:{location}:{week}"),
        reason: Reason::WeeklyReport,
        severity: Severity::Low,
        at: now,
        location: Some(location.to_owned()),
        source: None,
        case: None,
        headline,
        lines: Vec::new(),
        review: None,
        report: Some(body),
    }
}

/// A test that a person asked for.
#[must_use]
pub fn test(channel: &str, now: Timestamp) -> Alert {
    Alert {
        key: format!("test:{channel}:{}", now.as_millisecond()),
        reason: Reason::Test,
        severity: Severity::Normal,
        at: now,
        location: None,
        source: None,
        case: None,
        headline: format!("Test: this is how amends reaches you by `{channel}`"),
        lines: vec!["Nothing happened. If you can read this, the channel works.".to_owned()],
        review: Some(ReviewCard {
            rating: Some("2 of 5".to_owned()),
            stars: Some(2),
            author: Some("Invented guest".to_owned()),
            title: Some("Loud lift".to_owned()),
            text: Some("This is not a real review. The lift kept us awake two nights.".to_owned()),
            ..ReviewCard::default()
        }),
        report: None,
    }
}
