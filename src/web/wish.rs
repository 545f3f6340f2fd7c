//! What a person wants, from the fields of a form; and what is refused before the case is even asked. Pure.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    case::{Step, ties_gift_to_review},
    clock,
    id::ReviewId,
    text,
};

/// The longest note, in grapheme clusters.
pub const NOTE_GRAPHEMES_MAX: usize = 4000;
/// The longest time for which a case can be put off from the page.
const LATER_MAX: Duration = Duration::from_secs(48 * 3600);

/// The fields of every form on the case's page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posted {
    /// The token of the link.
    pub t: String,
    /// What to do: `take`, `later`, `contact`, `advice`, `fix`, `tell`, `ask`, `note` or `part`.
    pub step: String,
    /// The person's words.
    #[serde(default)]
    pub note: String,
    /// Until when to put it off, in seconds since 1970.
    #[serde(default)]
    pub until: Option<i64>,
    /// Which review is of another guest.
    #[serde(default)]
    pub review: Option<i64>,
}

/// What a person wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// To take the case, if nobody has it.
    Take,
    /// To put it off.
    Later(Timestamp),
    /// To set apart a review that is of another guest.
    Part(ReviewId),
    /// To record what was done.
    Record(Step),
}

/// Why a form is refused; the text is shown to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Not one of our forms.
    #[error("this form is not known here; open the link again")]
    UnknownStep,
    /// A note without words.
    #[error("write a few words first")]
    NoWords,
    /// Too many words.
    #[error("this is longer than 4,000 characters; please shorten it")]
    TooLong,
    /// A gift for a review.
    #[error(
        "this joins a gift or a refund with a changed review, which no platform allows and which guests rightly resent: give \
         without a condition, and ask, if at all, without a gift"
    )]
    GiftForReview,
    /// Put off until a time that is past or far away.
    #[error("that time is over; please choose again")]
    NotLater,
}

/// Understands a form.
///
/// # Errors
/// Why it cannot be done as it stands.
pub fn understand(posted: &Posted, now: Timestamp) -> Result<Wish, Unclear> {
    let words = text::clean(&posted.note).trim().to_owned();
    if words.graphemes(true).count() > NOTE_GRAPHEMES_MAX {
        return Err(Unclear::TooLong);
    }
    let note = (!words.is_empty()).then_some(words);
    let step = match posted.step.as_str() {
        "take" => return Ok(Wish::Take),
        "later" => return later(posted.until, now),
        "part" => return posted.review.map(|review| Wish::Part(ReviewId(review))).ok_or(Unclear::UnknownStep),
        "contact" => Step::Contact { note },
        "advice" => Step::AskAdvice { note },
        "fix" => Step::Fix { note },
        "tell" => Step::Tell { note: without_bargain(note)? },
        "ask" => Step::AskReconsider { note: without_bargain(note)? },
        "note" => Step::Note { note: note.ok_or(Unclear::NoWords)? },
        _ => return Err(Unclear::UnknownStep),
    };
    Ok(Wish::Record(step))
}

fn without_bargain(note: Option<String>) -> Result<Option<String>, Unclear> {
    if note.as_deref().is_some_and(ties_gift_to_review) { Err(Unclear::GiftForReview) } else { Ok(note) }
}

fn later(until: Option<i64>, now: Timestamp) -> Result<Wish, Unclear> {
    let until = until.and_then(|second| Timestamp::from_second(second).ok()).ok_or(Unclear::NotLater)?;
    if until > now && until <= clock::after(now, LATER_MAX) { Ok(Wish::Later(until)) } else { Err(Unclear::NotLater) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(step: &str, note: &str, expected: Result<Wish, Unclear>) {
        let posted = Posted { step: step.into(), note: note.into(), ..Posted::default() };
        assert_eq!(understand(&posted, Timestamp::UNIX_EPOCH), expected);
    }

    #[test]
    fn every_form_becomes_its_step() {
        let words = || Some("Called her".to_owned());
        check("take", "", Ok(Wish::Take));
        check("contact", " Called her\r\n", Ok(Wish::Record(Step::Contact { note: words() })));
        check("contact", " ", Ok(Wish::Record(Step::Contact { note: None })));
        check("advice", "", Ok(Wish::Record(Step::AskAdvice { note: None })));
        check("fix", "Called her", Ok(Wish::Record(Step::Fix { note: words() })));
        check("tell", "Called her", Ok(Wish::Record(Step::Tell { note: words() })));
        check("ask", "Called her", Ok(Wish::Record(Step::AskReconsider { note: words() })));
        check("note", "a\u{202E}\r\nb\u{0}", Ok(Wish::Record(Step::Note { note: "a\nb".into() })));
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_its_reason() {
        check("note", " \n", Err(Unclear::NoWords));
        check("close", "", Err(Unclear::UnknownStep));
        check("part", "", Err(Unclear::UnknownStep));
        check("", "", Err(Unclear::UnknownStep));
        check("later", "", Err(Unclear::NotLater));
        check("fix", &"é".repeat(4001), Err(Unclear::TooLong));
    }

    #[test]
    fn a_gift_for_a_review_is_refused_where_the_guest_is_spoken_to() {
        let words = "We refund the night if you change your review";
        check("tell", words, Err(Unclear::GiftForReview));
        check("ask", words, Err(Unclear::GiftForReview));
        // A guest who proposes it may be written down.
        check("note", words, Ok(Wish::Record(Step::Note { note: words.into() })));
    }

    #[test]
    fn a_case_is_put_off_for_two_days_at_most_and_never_into_the_past() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let until = |until| understand(&Posted { step: "later".into(), until, ..Posted::default() }, now);
        assert_eq!(until(Some(1_003_600)), Ok(Wish::Later(Timestamp::from_second(1_003_600).unwrap())));
        for wrong in [None, Some(1_000_000), Some(0), Some(1_000_000 + 48 * 3600 + 1), Some(i64::MAX), Some(i64::MIN)] {
            assert_eq!(until(wrong), Err(Unclear::NotLater), "{wrong:?}");
        }
    }
}
