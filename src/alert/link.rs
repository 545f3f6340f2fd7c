//! Signed links: "this person may look at this case, and take it, until then". Pure: the key and the time are handed in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::{
    id::{self, CaseId},
    secret::Secret,
};

/// How long a link works after its alert arose.
pub const LINK_HOURS: u64 = 72;

/// What a signed link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The case that it opens.
    pub case: CaseId,
    /// The person it was made for, or the name of the shared channel.
    pub person: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Why a link is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    /// Changed, cut off, or made with another key.
    #[error("this link is not complete or was not made by this amends")]
    Forged,
    /// Too old.
    #[error("this link is older than three days; open the case with `amends cases` or from a newer message")]
    Expired,
}

/// Makes the token of a link.
#[must_use]
pub fn seal(pass: &Pass, key: &Secret) -> String {
    let text = format!("{}.{}.{}", pass.case, pass.expires_at.as_second(), pass.person);
    let token = [&mac(&text, key).finalize().into_bytes()[..16], text.as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(token)
}

/// Opens the token of a link.
///
/// # Errors
/// If it was not made with this key, or is too old.
pub fn open(token: &str, key: &Secret, now: Timestamp) -> Result<Pass, PassError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| PassError::Forged)?;
    let (tag, text) = bytes.split_at_checked(16).ok_or(PassError::Forged)?;
    let text = std::str::from_utf8(text).map_err(|_| PassError::Forged)?;
    mac(text, key).verify_truncated_left(tag).map_err(|_| PassError::Forged)?;
    let mut parts = text.splitn(3, '.');
    let (Some(case), Some(expires), Some(person)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(PassError::Forged);
    };
    let case = case.parse().map(CaseId).map_err(|_| PassError::Forged)?;
    let expires_at =
        expires.parse().ok().and_then(|second| Timestamp::from_second(second).ok()).ok_or(PassError::Forged)?;
    if now > expires_at {
        return Err(PassError::Expired);
    }
    Ok(Pass { case, person: person.to_owned(), expires_at })
}

/// Makes the id of a feedback form that is shown now: of its own, and good for that form alone.
#[must_use]
pub fn open_form(form: &str, key: &Secret, now: Timestamp) -> String {
    let text = format!("{}.{}", now.as_millisecond(), id::token());
    let tag = labelled(FORM, &format!("{text}.{form}"), key).finalize().into_bytes();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(&tag[..16]))
}

/// When the form with that id was shown; `None` if its id was not made here for that form.
#[must_use]
pub fn opened(id: &str, form: &str, key: &Secret) -> Option<Timestamp> {
    let (text, tag) = id.rsplit_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok().filter(|tag| tag.len() == 16)?;
    labelled(FORM, &format!("{text}.{form}"), key).verify_truncated_left(&tag).ok()?;
    Timestamp::from_millisecond(text.split('.').next()?.parse().ok()?).ok()
}

/// How long a guest can say whether it is put right.
const GUEST_DAYS: i64 = 60;

/// Makes the token by which the guest of a case, and nobody's colleague, says whether it is put right.
#[must_use]
pub fn ask_guest(case: CaseId, key: &Secret, now: Timestamp) -> String {
    let until = now.as_second() + GUEST_DAYS * 24 * 3600;
    let text = format!("{case}.{until}");
    let tag = labelled(GUEST, &text, key).finalize().into_bytes();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(&tag[..16]))
}

/// The case whose guest a token asks; `None` if it was not made here, or is too old.
#[must_use]
pub fn asked_guest(token: &str, key: &Secret, now: Timestamp) -> Option<CaseId> {
    let (text, tag) = token.rsplit_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok().filter(|tag| tag.len() == 16)?;
    labelled(GUEST, text, key).verify_truncated_left(&tag).ok()?;
    let (case, until) = text.split_once('.')?;
    (now.as_second() <= until.parse().ok()?).then_some(CaseId(case.parse().ok()?))
}

/// What each kind of code is made for; one is never taken for another.
const CASE: &[u8] = b"amends case link\0";
const FORM: &[u8] = b"amends form\0";
const GUEST: &[u8] = b"amends guest\0";

fn mac(text: &str, key: &Secret) -> Hmac<Sha256> {
    labelled(CASE, text, key)
}

fn labelled(label: &[u8], text: &str, key: &Secret) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(label);
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass() -> Pass {
        Pass { case: CaseId(1043), person: "Maria d. Ü.".into(), expires_at: "2026-11-24T08:00:00Z".parse().unwrap() }
    }

    fn key() -> Secret {
        Secret::new("a key")
    }

    #[test]
    fn a_forms_id_says_when_it_was_shown_and_holds_for_that_form_alone() {
        let now = "2026-11-24T08:00:00Z".parse().unwrap();
        let id = open_form("hotel-alba", &key(), now);
        assert_eq!(opened(&id, "hotel-alba", &key()), Some(now));
        assert_eq!(opened(&id, "cafe-linde", &key()), None);
        assert_eq!(opened(&id.replacen('1', "2", 1), "hotel-alba", &key()), None);
        assert!(["", ".", "1.a.", "x.y.z"].iter().all(|bad| opened(bad, "hotel-alba", &key()).is_none()));
        assert_ne!(open_form("hotel-alba", &key(), now), id, "each is its own");
    }

    #[test]
    fn a_guest_is_asked_about_one_case_for_sixty_days_and_opens_no_case() {
        let now: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let token = ask_guest(CaseId(1043), &key(), now);
        assert_eq!(asked_guest(&token, &key(), now), Some(CaseId(1043)));
        assert_eq!(asked_guest(&token.replacen("1043", "1044", 1), &key(), now), None);
        assert_eq!(asked_guest(&token, &key(), "2027-01-24T08:00:00Z".parse().unwrap()), None);
        assert_eq!(open(&token, &key(), now), Err(PassError::Forged));
        assert!(["", ".", "1.2.", "a.b.c"].iter().all(|bad| asked_guest(bad, &key(), now).is_none()));
    }

    #[test]
    fn a_sealed_link_opens_until_it_expires() {
        let token = seal(&pass(), &key());
        assert_eq!(open(&token, &key(), "2026-11-24T08:00:00Z".parse().unwrap()), Ok(pass()));
        assert_eq!(open(&token, &key(), "2026-11-24T08:00:01Z".parse().unwrap()), Err(PassError::Expired));
    }

    #[test]
    fn a_link_changed_anywhere_is_refused() {
        let token = seal(&pass(), &key());
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                open(std::str::from_utf8(&forged).unwrap(), &key(), Timestamp::MIN),
                Err(PassError::Forged),
                "at {at}"
            );
        }
        for cut in ["", "A", &token[..20], "äöü", "%%%"] {
            assert_eq!(open(cut, &key(), Timestamp::MIN), Err(PassError::Forged));
        }
        assert_eq!(open(&token, &Secret::new("another"), Timestamp::MIN), Err(PassError::Forged));
    }
}
