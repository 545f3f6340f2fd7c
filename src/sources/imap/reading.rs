//! What one mail is: a guest's words, a platform's notice, somebody who unsubscribes, or nobody at all.
//!
//! RFC 5322 (messages), RFC 3834 (automatic answers), RFC 3464 (bounces), RFC 5965 (complaints of spam), RFC 2369 (lists).

use jiff::Timestamp;
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders, PartType};

use super::{notice, quoted::own_words};
use crate::{
    id, markup,
    review::{PostedAt, Sighting},
    sources::{ParseError, challenge, part},
    text,
};

/// What a payload has to be.
const EXPECTED: &str = "an e-mail";
/// The most words of one mail that are kept.
const WORDS_BYTES_MAX: usize = 20_000;
/// The most words of a platform's notice that are kept.
const NOTICE_BYTES_MAX: usize = 2_000;
/// Subjects of automatic answers that carry no header to know them by.
const AWAY: &[&str] = &[
    "automatic reply",
    "auto reply",
    "autoreply",
    "out of office",
    "abwesenheit",
    "automatische antwort",
    "réponse automatique",
    "risposta automatica",
    "respuesta automática",
    "automatisch antwoord",
    "resposta automática",
    "autosvar",
    "odpowiedź automatyczna",
];
/// Subjects of those who want no more mail.
const UNSUBSCRIBE: &[&str] = &[
    "unsubscribe",
    "abmelden",
    "abbestellen",
    "désabonnement",
    "désinscription",
    "cancellami",
    "darse de baja",
    "afmelden",
];

/// What one mail is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reading {
    /// Words of a guest, or of a platform about one.
    Voice(Box<Sighting>),
    /// Nobody wrote it: an automatic answer, a bounce, a list, or the owner.
    Nobody,
}

/// Reads one mail; `received` is when the server took it in, `own` are the owner's addresses, in small letters.
///
/// # Errors
/// If it is no mail.
pub(super) fn read(bytes: &[u8], received: Option<Timestamp>, own: &[String]) -> Result<Reading, ParseError> {
    let message = MessageParser::default().parse(bytes).ok_or_else(|| part::unlike(EXPECTED, "it is empty"))?;
    let from = message.from().and_then(|from| from.first());
    let Some(address) = from.and_then(|from| from.address()).map(str::to_lowercase) else {
        let is_page = challenge::is_challenge(bytes);
        return Err(if is_page { ParseError::Blocked } else { part::unlike(EXPECTED, "it says not from whom it is") });
    };
    if own.contains(&address) || fails_its_own_check(&message) {
        return Ok(Reading::Nobody);
    }
    let clean = |words| text::clean(words).into_owned();
    let subject = message.subject().map(clean).filter(|subject| !subject.is_empty());
    let heading = subject.clone().unwrap_or_default().to_lowercase();
    let written =
        message.date().map(mail_parser::DateTime::to_timestamp).and_then(|at| Timestamp::from_second(at).ok());
    // A sender's clock may be wrong; the server's bounds it.
    let at = [written, received].into_iter().flatten().min();
    let voice = Sighting {
        id: Some(identity(&message, &address)),
        author: from.and_then(|from| from.name()).map(clean).filter(|name| !name.is_empty()),
        author_id: Some(address.clone()),
        title: subject,
        posted_at: at.map(PostedAt::exact),
        edited_at: at,
        private: true,
        ..Sighting::default()
    };
    if is_report(&message, "feedback-report") || UNSUBSCRIBE.iter().any(|word| heading.trim() == *word) {
        // Somebody leaves without a word: a quiet voice, kept without a verdict.
        return Ok(Reading::Voice(Box::new(Sighting { title: Some("Unsubscribed".to_owned()), ..voice })));
    }
    let words = own_words(&body(&message));
    if notice::platform(&address).is_some() {
        return Ok(if notice::tells_of_a_review(&heading) {
            notice_of(voice, &words, &address)
        } else {
            Reading::Nobody
        });
    }
    if is_automatic(&message, &heading) || is_bulk(&message) {
        return Ok(Reading::Nobody);
    }
    let words = text::truncate_bytes(&words, WORDS_BYTES_MAX);
    Ok(Reading::Voice(Box::new(Sighting { text: (!words.is_empty()).then_some(words), ..voice })))
}

/// A platform's notice speaks of a public review: it is no letter to the house.
fn notice_of(voice: Sighting, words: &str, address: &str) -> Reading {
    let subject = voice.title.as_deref().unwrap_or_default();
    Reading::Voice(Box::new(Sighting {
        rating: notice::stars(subject, words),
        url: notice::link(words, address),
        text: Some(text::truncate_bytes(words, NOTICE_BYTES_MAX)).filter(|words| !words.is_empty()),
        author: None,
        author_id: None,
        private: false,
        ..voice
    }))
}

/// A thread with one guest is one voice: its later mails are what that guest says now.
fn identity(message: &Message<'_>, address: &str) -> String {
    let first = |value: &HeaderValue<'_>| {
        let list = value.as_text_list().and_then(|list| list.first().map(|id| id.trim().to_owned()));
        list.or_else(|| value.as_text().map(|id| id.trim().to_owned())).filter(|id| !id.is_empty())
    };
    let root = first(message.references()).or_else(|| first(message.in_reply_to()));
    let root = root.or_else(|| message.message_id().map(str::to_owned)).unwrap_or_else(|| {
        let date = message.date().map(mail_parser::DateTime::to_rfc3339).unwrap_or_default();
        format!("{date} {}", message.subject().unwrap_or_default())
    });
    id::stable("mail", &[&root, address])
}

fn body(message: &Message<'_>) -> String {
    match message.text_part(0).map(|part| &part.body) {
        Some(PartType::Text(text)) => text.clone().into_owned(),
        Some(PartType::Html(html)) => markup::plain_from_html(html),
        _ => String::new(),
    }
}

/// A header's value as sent, in small letters.
fn header(message: &Message<'_>, name: &str) -> Option<String> {
    let mut all = message.headers_raw();
    all.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then(|| value.trim().to_lowercase()))
}

fn is_report(message: &Message<'_>, kind: &str) -> bool {
    message.content_type().is_some_and(|it| {
        it.ctype() == "multipart"
            && it.subtype() == Some("report")
            && it.attribute("report-type").is_some_and(|it| it.eq_ignore_ascii_case(kind))
    })
}

/// Automatic answers and bounces.
fn is_automatic(message: &Message<'_>, heading: &str) -> bool {
    let says = |name| header(message, name);
    let returned = says("Return-Path").is_some_and(|path| path == "<>");
    let suppresses = says("X-Auto-Response-Suppress").is_some();
    says("Auto-Submitted").is_some_and(|value| !value.starts_with("no"))
        || ["X-MS-Exchange-Inbox-Rules-Loop", "X-Autoreply", "X-Autorespond"]
            .into_iter()
            .any(|name| says(name).is_some())
        || says("X-Apple-Action").is_some_and(|value| value == "vacation")
        || says("Precedence").is_some_and(|value| value == "auto_reply")
        || returned
        || suppresses
        || is_report(message, "delivery-status")
        || AWAY.iter().any(|words| heading.starts_with(words))
}

/// Lists and mass mail.
fn is_bulk(message: &Message<'_>) -> bool {
    ["List-Id", "List-Unsubscribe", "List-Post"].into_iter().any(|name| header(message, name).is_some())
        || header(message, "Precedence").is_some_and(|value| matches!(&*value, "bulk" | "list" | "junk"))
}

/// The owner's server found the sender to be forged.
fn fails_its_own_check(message: &Message<'_>) -> bool {
    header(message, "Authentication-Results").is_some_and(|value| value.contains("dmarc=fail"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(head: &str, body: &str) -> Reading {
        read(format!("{head}\r\n\r\n{body}").as_bytes(), None, &["desk@alba.example".to_owned()]).unwrap()
    }

    fn voice(head: &str, body: &str) -> Sighting {
        match reading(head, body) {
            Reading::Voice(voice) => *voice,
            Reading::Nobody => panic!("{head}"),
        }
    }

    const FROM: &str = "From: Mira Keller <mira@guest.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@guest.example>";

    #[test]
    fn a_guests_mail_is_private_and_its_thread_is_one_voice() {
        let first = voice(&format!("{FROM}\r\nSubject: =?utf-8?q?K=C3=A4lte?="), "Es war kalt.\r\n> Wie war es?");
        assert_eq!((first.title.as_deref(), first.text.as_deref()), (Some("Kälte"), Some("Es war kalt.")));
        assert_eq!((first.author.as_deref(), first.private), (Some("Mira Keller"), true));
        let later = "From: mira@guest.example\r\nMessage-ID: <3@guest.example>\r\nReferences: <1@guest.example> <2@alba.example>";
        assert_eq!(voice(later, "Danke, jetzt ist es warm.").id, first.id);
        let other = later.replace("mira", "ben");
        assert_ne!(voice(&other, "Too cold").id, first.id, "an answer of another guest to the same mail");
    }

    #[test]
    fn charsets_and_markup_are_read() {
        let latin =
            [b"From: a@b.example\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nK\xe4lte".as_slice()].concat();
        let Reading::Voice(latin) = read(&latin, None, &[]).unwrap() else { panic!() };
        assert_eq!(latin.text.as_deref(), Some("Kälte"));
        let html =
            voice("From: a@b.example\r\nContent-Type: text/html", "<p>Cold &amp; <b>wet</b></p><script>x()</script>");
        assert_eq!(html.text.as_deref(), Some("Cold & wet"));
    }

    #[test]
    fn what_nobody_wrote_is_no_voice() {
        for more in [
            "Auto-Submitted: auto-replied",
            "X-Apple-Action: VACATION",
            "Return-Path: <>",
            "Precedence: bulk",
            "List-Id: <news.example>",
            "List-Unsubscribe: <mailto:u@x.example>",
            "Subject: Out of office: back on Monday",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
            "Authentication-Results: mx.example; dmarc=fail header.from=guest.example",
        ] {
            assert_eq!(reading(&format!("{FROM}\r\n{more}"), "I am away"), Reading::Nobody, "{more}");
        }
        assert_eq!(reading("From: Desk <Desk@Alba.example>", "note to self"), Reading::Nobody);
        assert!(matches!(reading(&format!("{FROM}\r\nAuto-Submitted: no"), "Cold"), Reading::Voice(_)));
    }

    #[test]
    fn a_platforms_notice_opens_what_it_can() {
        let head = "From: Tripadvisor <noreply@e.tripadvisor.com>\r\nSubject: You have a new 1-star review\r\nMessage-ID: <9@t>\r\nList-Unsubscribe: <x>";
        let notice = voice(head, "Mira wrote: cold.\r\nhttps://www.tripadvisor.com/r9");
        assert_eq!(notice.url.as_deref(), Some("https://www.tripadvisor.com/r9"));
        assert!(notice.rating.is_some() && !notice.private && notice.author.is_none());
        assert_eq!(reading("From: noreply@e.tripadvisor.com\r\nSubject: 5 tips for summer", "x"), Reading::Nobody);
    }

    #[test]
    fn who_unsubscribes_leaves_without_a_verdict() {
        let leaving = voice(&format!("{FROM}\r\nSubject: Unsubscribe"), "");
        assert_eq!((leaving.title.as_deref(), leaving.text), (Some("Unsubscribed"), None));
        let complaint = voice(
            &format!("{FROM}\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=x"),
            "--x--",
        );
        assert_eq!(complaint.title.as_deref(), Some("Unsubscribed"));
    }

    #[test]
    fn what_is_no_mail_is_refused_and_hostile_mails_are_bounded() {
        for bytes in [&b""[..], b"{\"a\":1}", b"<html></html>", b"\xff\xfe\x00", b"Subject: x\r\n\r\nno sender"] {
            assert!(read(bytes, None, &[]).is_err(), "{bytes:?}");
        }
        let deep = format!(
            "{FROM}\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n{}",
            "--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n".repeat(5_000)
        );
        assert!(read(deep.as_bytes(), None, &[]).is_ok());
        let long = voice(FROM, &"cold ".repeat(200_000));
        assert!(long.text.unwrap().len() <= WORDS_BYTES_MAX);
    }
}
