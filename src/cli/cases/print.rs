//! How a case is printed: its review, what else the guest said, and what happened, claims and evidence told apart.

use jiff::tz::TimeZone;

use super::super::listing;
use crate::{
    case::{Event, Observation, Step},
    store::{cases::CaseFile, reviews, voices::Voice},
    text,
};

/// The review of a case with all its versions.
pub fn review(file: &CaseFile, versions: &[reviews::VersionRow], zone: &TimeZone) {
    let review = &file.review;
    println!(
        "case {}   {}   {}   {}",
        file.row.id,
        review.source,
        file.row.location,
        listing::stars(review.content.rating.as_ref())
    );
    let posted = review.posted_at.map_or("unknown".to_owned(), |at| listing::local(at, zone));
    println!(
        "guest   {}   posted {posted}   seen {}",
        listing::one_line(review.author.as_deref(), 60),
        listing::local(review.first_seen_at, zone)
    );
    if let Some(url) = &review.url {
        println!("read    {url}");
    }
    if review.identity == "weak" {
        println!("note    anonymous: known again by likeness of its words only");
    }
    for version in versions {
        let stars = listing::stars(version.content.rating.as_ref());
        println!(
            "\n  {stars}  {}",
            if versions.len() > 1 {
                format!("version {}, seen {}", version.number, listing::local(version.seen_at, zone))
            } else {
                String::new()
            }
        );
        for line in text::clean(&version.content.words()).lines() {
            println!("  │ {line}");
        }
        for because in &version.verdict.because {
            println!("  because {because}");
        }
    }
}

/// What else the guest said, and by what the guest is known.
pub fn voice(voice: &Voice, zone: &TimeZone) {
    let Voice { kin, joined_at, review } = voice;
    println!(
        "\nalso    {}   review {}   {}   {}, seen {}",
        review.source,
        review.id,
        listing::stars(review.content.rating.as_ref()),
        kin.in_words(),
        listing::local(*joined_at, zone)
    );
    if let Some(url) = &review.url {
        println!("read    {url}");
    }
    for line in text::clean(&review.content.words()).lines() {
        println!("  │ {line}");
    }
}

/// An event as a person reads it: who claims what, or what was seen.
pub fn in_words(event: &Event) -> String {
    let with = |said: &str, note: &Option<String>| {
        note.as_ref().map_or_else(|| said.to_owned(), |note| format!("{said}: {note}"))
    };
    match event {
        Event::Opened { .. } => "opened".to_owned(),
        Event::Reminded { promise } => format!("reminded: {}", promise.in_words()),
        Event::Escalated => "escalated: the next people were told".to_owned(),
        Event::GuestSaid { put_right, note } => with(&format!("the guest says: {}", put_right.in_words()), note),
        Event::Joined { review, source, kin } => {
            format!("the same guest wrote on {source} (review {review}): {}", kin.in_words())
        }
        Event::Observed { voice: None, observation, .. } => format!("SEEN on the site: {}", seen_in_words(observation)),
        Event::Observed { voice: Some(review), observation, .. } => {
            format!("SEEN of review {review}: {}", seen_in_words(observation))
        }
        Event::Step { by, step } => {
            let said = match step {
                Step::Take => "took it".to_owned(),
                Step::Contact { note } => with("contacted the guest", note),
                Step::AskAdvice { note } => with("asked for advice", note),
                Step::Fix { note } => with("fixed", note),
                Step::Tell { note } => with("told the guest what changed", note),
                Step::AskReconsider { note } => with("asked to reconsider", note),
                Step::Note { note } => format!("noted: {note}"),
                Step::Gesture(gesture) => {
                    let cost =
                        format!("{}.{:02} {}", gesture.cost_cents / 100, gesture.cost_cents % 100, gesture.currency);
                    with(
                        &format!("gave a {} ({cost}, approved by {})", gesture.kind, gesture.approved_by),
                        &gesture.note,
                    )
                }
                Step::Snooze { until } => format!("put it off until {until}"),
                Step::Correct { from, to } => format!("corrected the verdict from {} to {}", from.name(), to.name()),
                Step::Join { review } => format!("said that review {review} is of the same guest"),
                Step::Part { review } => format!("said that review {review} is of another guest"),
                Step::Close { outcome, note } => with(&format!("closed as {outcome:?}").to_lowercase(), note),
            };
            format!("{by} {said}")
        }
    }
}

fn seen_in_words(observation: &Observation) -> String {
    let percent = |value: &f64| format!("{:.0} %", value * 100.0);
    let or_unrated = |value: &Option<f64>| value.as_ref().map_or("unrated".to_owned(), percent);
    match observation {
        Observation::Raised { from, to } => format!("raised {} → {}", or_unrated(from), percent(to)),
        Observation::Lowered { from, to } => format!("lowered {} → {}", percent(from), or_unrated(to)),
        Observation::Edited => "other words".to_owned(),
        Observation::Answered => "your public answer".to_owned(),
        Observation::AnswerRemoved => "your public answer is gone".to_owned(),
        Observation::Vanished => "the review is gone".to_owned(),
        Observation::Returned => "the review is back".to_owned(),
        Observation::Reposted { rating } => format!("the same guest wrote again ({})", or_unrated(rating)),
    }
}
