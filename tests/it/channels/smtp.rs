//! The SMTP client against a small mail server on loopback that answers as told.

use std::sync::{Arc, Mutex};

use amends::{
    channels::Outgoing,
    clock::Clock,
    config::{MailTls, Smtp},
    mail::{FakeMailer, Letter, MailAnswer, Mailer, SmtpMailer},
    secret::Secret,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What the server answers at each step; everything else goes well.
#[derive(Clone, Copy)]
struct Script {
    greeting: &'static str,
    extensions: &'static str,
    auth: &'static str,
    rcpt: &'static str,
    data: &'static str,
}

const WELL: Script =
    Script { greeting: "220 mail ESMTP", extensions: "8BITMIME", auth: "235 in", rcpt: "250 ok", data: "250 queued" };

/// A server for one connection, and every line that it was sent.
async fn server(script: Script) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&lines);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = converse(stream, script, &heard).await;
    });
    (port, lines)
}

async fn converse(stream: TcpStream, script: Script, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut in_data = false;
    stream.write_all(format!("{}\r\n", script.greeting).as_bytes()).await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let said = std::mem::take(&mut line).trim_end_matches("\r\n").to_owned();
        heard.lock().unwrap().push(said.clone());
        let verb = said.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            _ if in_data && said != "." => continue,
            "." if in_data => script.data,
            "EHLO" => &format!("250-mail\r\n250 {}", script.extensions),
            "AUTH" => script.auth,
            "RCPT" => script.rcpt,
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        in_data = verb == "DATA" && answer.starts_with('3');
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn settings(port: u16) -> Smtp {
    Smtp {
        host: "127.0.0.1".into(),
        port: Some(port),
        tls: MailTls::None,
        user: None,
        password: None,
        from: "Hotel Alpenblick alerts <alerts@alpenblick.example>".into(),
    }
}

fn letter() -> Letter {
    Letter {
        to: "maria@alpenblick.example".into(),
        subject: "[2★] Hotel Alpenblick: new bad review, case 12".into(),
        text: "The guest wrote:\n.\n> kalt, kälter\n".into(),
        html: "<p>kälter</p>".into(),
        message_id: "msg_0a1b2c".into(),
        thread: Some("case.12".into()),
        list: None,
    }
}

async fn send(settings: &Smtp, letter: Letter) -> MailAnswer {
    SmtpMailer::new(settings, Clock::system()).unwrap().send(letter).await
}

async fn answer_to(script: Script) -> MailAnswer {
    let (port, _) = server(script).await;
    send(&settings(port), letter()).await
}

#[tokio::test]
async fn a_letter_arrives_once_whole_and_at_one_person() {
    let (port, lines) = server(WELL).await;
    assert_eq!(send(&settings(port), letter()).await, MailAnswer::Accepted);
    let lines = lines.lock().unwrap().clone();
    assert!(lines.iter().any(|line| line.starts_with("MAIL FROM:<alerts@alpenblick.example>")), "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("RCPT TO:")).count(), 1);
    for expected in [
        "RCPT TO:<maria@alpenblick.example>",
        "Message-ID: <msg_0a1b2c@alpenblick.example>",
        "References: <case.12@alpenblick.example>",
        "Auto-Submitted: auto-generated",
        // The lone dot in the text must not end the letter.
        "..",
        "> kalt, k=C3=A4lter",
        "<p>k=C3=A4lter</p>",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} is missing in {lines:#?}");
    }
    let plain = lines.iter().position(|line| line.starts_with("Content-Type: text/plain")).unwrap();
    let html = lines.iter().position(|line| line.starts_with("Content-Type: text/html")).unwrap();
    assert!(plain < html, "the best form comes last");
    assert!(lines.iter().all(|line| line.is_ascii() && line.len() <= 998));
}

#[tokio::test]
async fn a_hostile_review_adds_no_recipient_and_no_header_on_the_way() {
    let (port, lines) = server(WELL).await;
    let email = super::example(amends::channels::find("email").unwrap());
    let outgoing = email.render(&super::alert("hostile"), &super::envelope(), "2026-11-20T20:05:00Z".parse().unwrap());
    let Outgoing::Mail(letter) = outgoing else { panic!("a letter") };
    assert_eq!(send(&settings(port), letter).await, MailAnswer::Accepted);
    let lines = lines.lock().unwrap().clone();
    let data = lines.iter().position(|line| line == "DATA").unwrap();
    let head: Vec<&str> = lines[data + 1..].iter().map(String::as_str).take_while(|line| !line.is_empty()).collect();
    let names: Vec<&str> =
        head.iter().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(':').next()).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "In-Reply-To",
            "References",
            "MIME-Version",
            "Content-Type"
        ]
    );
    assert!(!head.join("\n").contains("evil"), "{head:?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("RCPT TO:")).count(), 1);
    assert!(lines.iter().all(|line| line.is_ascii() && line.len() <= 998));
}

#[tokio::test]
async fn each_answer_of_the_server_is_read_for_what_it_means() {
    let later = |answer: &MailAnswer| matches!(answer, MailAnswer::Later(_));
    let refused = |answer: &MailAnswer| matches!(answer, MailAnswer::Refused(_));
    let check = |answer: MailAnswer, right: &dyn Fn(&MailAnswer) -> bool| assert!(right(&answer), "{answer:?}");
    check(answer_to(Script { rcpt: "451 4.7.1 greylisted, come back later", ..WELL }).await, &later);
    check(answer_to(Script { rcpt: "550 5.1.1 no such person", ..WELL }).await, &refused);
    check(answer_to(Script { data: "421 4.3.2 closing", ..WELL }).await, &later);
    check(answer_to(Script { data: "554 5.7.1 looks like spam", ..WELL }).await, &refused);
    check(answer_to(Script { data: "552 5.3.4 too big", ..WELL }).await, &refused);
    check(answer_to(Script { greeting: "421 too busy", ..WELL }).await, &later);
    check(answer_to(Script { greeting: "HTTP/1.1 400 Bad Request", ..WELL }).await, &later);
}

#[tokio::test]
async fn the_reason_keeps_the_servers_words_without_addresses_and_links() {
    let data = "550 5.1.1 <maria@alpenblick.example>: unknown here, see https://mail.example/help?id=1";
    let answer = answer_to(Script { data, ..WELL }).await;
    assert_eq!(answer, MailAnswer::Refused("the mail server answered 550: 5.1.1 … unknown here, see …".into()));
}

#[tokio::test]
async fn a_refused_login_makes_the_mail_server_unusable_and_shows_no_password() {
    let login = |port| Smtp { user: Some("alerts".into()), password: Some(Secret::new("hunter2")), ..settings(port) };
    let (port, lines) = server(Script { extensions: "AUTH PLAIN", auth: "535 5.7.8 wrong password", ..WELL }).await;
    let answer = send(&login(port), letter()).await;
    assert_eq!(answer, MailAnswer::Unusable("the mail server refuses our login: 5.7.8 wrong password".into()));
    assert!(!lines.lock().unwrap().iter().any(|line| line.starts_with("MAIL")), "nothing is sent after it");
    let (port, _) = server(Script { extensions: "AUTH PLAIN", auth: "454 4.7.0 try later", ..WELL }).await;
    assert!(matches!(send(&login(port), letter()).await, MailAnswer::Later(_)));
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_login_nor_letter() {
    let (port, lines) = server(WELL).await;
    let starttls = Smtp {
        tls: MailTls::Starttls,
        user: Some("alerts".into()),
        password: Some(Secret::new("hunter2")),
        ..settings(port)
    };
    let answer = send(&starttls, letter()).await;
    assert!(matches!(&answer, MailAnswer::Unusable(why) if why.contains("STARTTLS")), "{answer:?}");
    assert!(lines.lock().unwrap().iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{lines:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_later() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    assert_eq!(
        send(&settings(port), letter()).await,
        MailAnswer::Later("cannot reach the mail server; check `host`, `port` and `tls`".into())
    );
}

#[tokio::test]
async fn a_server_that_hangs_up_is_tried_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { drop(listener.accept().await) });
    assert!(matches!(send(&settings(port), letter()).await, MailAnswer::Later(_)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up_for_now() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let answer = send(&settings(port), letter()).await;
    assert!(matches!(answer, MailAnswer::Later(_)), "{answer:?}");
}

#[tokio::test]
async fn the_fake_mailer_keeps_letters_and_answers_as_told() {
    let fake = FakeMailer::new();
    fake.answer_next(MailAnswer::Later("greylisted".into()));
    assert_eq!(fake.send(letter()).await, MailAnswer::Later("greylisted".into()));
    assert_eq!(fake.clone().send(letter()).await, MailAnswer::Accepted);
    assert_eq!(fake.letters().len(), 2);
    assert_eq!(fake.take_letters(), [letter(), letter()]);
    assert!(fake.letters().is_empty());
}
