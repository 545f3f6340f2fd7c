//! Tests of the SMTP client's pure parts: settings, headers, hostile text. What a server does is tested on loopback in `tests/it`.

use std::time::UNIX_EPOCH;

use super::*;
use crate::secret::Secret;

fn settings() -> Smtp {
    Smtp {
        host: "mail.alpenblick.example".into(),
        port: None,
        tls: MailTls::Starttls,
        user: None,
        password: None,
        from: "Hotel Alpenblick alerts <alerts@alpenblick.example>".into(),
    }
}

fn letter() -> Letter {
    Letter {
        to: "maria@alpenblick.example".into(),
        subject: "[2★] Hotel Alpenblick: new bad review, case 12".into(),
        text: "Hello".into(),
        html: "<p>Hello</p>".into(),
        message_id: "msg_0a1b2c".into(),
        thread: Some("case.12".into()),
        list: None,
    }
}

fn composed(letter: &Letter) -> String {
    let message = compose(letter, &sender(&settings().from).unwrap(), UNIX_EPOCH + Duration::from_secs(1_795_205_100));
    String::from_utf8(message.unwrap().formatted()).unwrap()
}

fn refused_key(settings: &Smtp) -> Option<String> {
    SmtpMailer::new(settings, Clock::system()).err().and_then(|error| error.key)
}

#[test]
fn a_letter_carries_its_thread_and_says_that_a_machine_wrote_it() {
    let message = composed(&letter());
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    for line in [
        "From: \"Hotel Alpenblick alerts\" <alerts@alpenblick.example>",
        "To: maria@alpenblick.example",
        "Date: Fri, 20 Nov 2026 20:05:00 +0000",
        "Message-ID: <msg_0a1b2c@alpenblick.example>",
        "In-Reply-To: <case.12@alpenblick.example>",
        "References: <case.12@alpenblick.example>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "MIME-Version: 1.0",
    ] {
        assert!(head.lines().any(|found| found == line), "{line} is missing in\n{head}");
    }
    assert!(!head.contains("List-Id"));
}

#[test]
fn a_report_names_its_list() {
    let report = Letter { list: Some("reports".into()), thread: None, ..letter() };
    assert!(composed(&report).contains("List-Id: <reports.alpenblick.example>\r\n"));
}

#[test]
fn line_breaks_in_a_subject_or_an_id_add_no_header_and_do_not_panic() {
    let hostile = "x\r\nBcc: thief@evil.example\r\n\r\nbody\0\u{202E}";
    let message = composed(&Letter {
        subject: hostile.into(),
        message_id: hostile.into(),
        thread: Some(hostile.into()),
        list: Some(hostile.into()),
        ..letter()
    });
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{head}");
    assert!(head.lines().all(|line| line.len() < 998));
}

#[test]
fn an_address_that_is_none_is_refused_before_any_connection() {
    for to in ["", "maria", "a@b.example\r\nRCPT TO:<thief@evil.example>", "a@b.example, thief@evil.example"] {
        let from = sender(&settings().from).unwrap();
        let answer = compose(&Letter { to: to.into(), ..letter() }, &from, UNIX_EPOCH).unwrap_err();
        assert!(matches!(answer, MailAnswer::Refused(why) if !why.contains("thief")), "{to}");
    }
}

#[test]
fn a_sender_that_is_none_is_an_error_of_its_key() {
    for from in ["", "Hotel", "Hotel\r\nBcc: x <a@b.example>", "Hotel <a@>"] {
        assert_eq!(refused_key(&Smtp { from: from.into(), ..settings() }).as_deref(), Some("from"), "{from}");
    }
    for (from, header) in [
        ("alerts@alpenblick.example", "alerts@alpenblick.example"),
        ("\"Hotel\" <alerts@alpenblick.example>", "Hotel <alerts@alpenblick.example>"),
        ("Hotel Post, Lech <a@b.example>", "=?utf-8?b?SG90ZWwgUG9zdCwgTGVjaA==?= <a@b.example>"),
        ("Hôtel <a@b.example>", "=?utf-8?b?SMO0dGVs?= <a@b.example>"),
    ] {
        let message = compose(&letter(), &sender(from).unwrap(), UNIX_EPOCH).unwrap();
        let message = String::from_utf8(message.formatted()).unwrap();
        assert!(message.contains(&format!("From: {header}\r\n")), "{from}: {message}");
    }
}

#[test]
fn a_login_crosses_only_a_near_network_in_clear_text() {
    let login = |host: &str, tls| Smtp {
        host: host.into(),
        tls,
        user: Some("alerts".into()),
        password: Some(Secret::new("hunter2")),
        ..settings()
    };
    for host in ["127.0.0.1", "::1", "192.168.1.9", "localhost", "mailpit"] {
        assert_eq!(refused_key(&login(host, MailTls::None)), None, "{host}");
    }
    for host in ["mail.alpenblick.example", "203.0.113.9"] {
        assert_eq!(refused_key(&login(host, MailTls::None)).as_deref(), Some("tls"), "{host}");
        assert_eq!(refused_key(&login(host, MailTls::Starttls)), None, "{host}");
    }
}

#[test]
fn half_a_login_is_an_error_of_the_missing_key() {
    assert_eq!(refused_key(&Smtp { user: Some("alerts".into()), ..settings() }).as_deref(), Some("password"));
    assert_eq!(refused_key(&Smtp { password: Some(Secret::new("hunter2")), ..settings() }).as_deref(), Some("user"));
}
