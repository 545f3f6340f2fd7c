//! The SMTP client: turns a [`Letter`] into a message and hands it to the owner's mail server.
//!
//! It never falls back to an unprotected connection, keeps no connection open, retries nothing (the outbox does), and repeats no
//! address or link of a server's answer. RFC 5321 (SMTP), RFC 3834 (Auto-Submitted), RFC 2919 (List-Id).

use std::{
    error::Error as _,
    io,
    net::IpAddr,
    time::{Duration, SystemTime},
};

use futures_util::{FutureExt, future::BoxFuture};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};

use rustls::CertificateError;

use super::{Letter, MailAnswer, Mailer};
use crate::{
    clock::Clock,
    config::{MailTls, SettingsError, Smtp},
    text,
};

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest a whole letter may take; some servers greet or accept slowly on purpose.
const LETTER_TIMEOUT: Duration = Duration::from_secs(90);
/// The most bytes of a server's words in our reason.
const REASON_BYTES_MAX: usize = 160;
/// A word longer than this in a server's answer may be a link or a token.
const WORD_BYTES_MAX: usize = 40;

/// The most characters of the part of a Message-ID before `@`.
const ID_CHARS_MAX: usize = 100;

/// Sends letters through one mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    clock: Clock,
}

impl SmtpMailer {
    /// Checks the settings; it does not connect yet. `clock` dates the letters.
    ///
    /// # Errors
    /// If the sender is not a mail address, the login is half given, or it would cross an open network in clear text.
    pub fn new(settings: &Smtp, clock: Clock) -> Result<Self, SettingsError> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.trim())
            .port(settings.port.unwrap_or(default_port(settings.tls)))
            .tls(protection(settings)?)
            .timeout(Some(CONNECT_TIMEOUT));
        if let Some(credentials) = credentials(settings)? {
            builder = builder.credentials(credentials);
        }
        Ok(SmtpMailer { transport: builder.build(), from: sender(&settings.from)?, clock })
    }

    async fn deliver(&self, letter: Letter) -> MailAnswer {
        let message = match compose(&letter, &self.from, SystemTime::from(self.clock.now())) {
            Ok(message) => message,
            Err(answer) => return answer,
        };
        match tokio::time::timeout(LETTER_TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => MailAnswer::Accepted,
            Ok(Err(error)) if error.is_client() && !letter.to.is_ascii() => {
                MailAnswer::Refused("the mail server takes no addresses with letters beyond a to z".into())
            }
            Ok(Err(error)) => reading(&error),
            Err(_) => {
                MailAnswer::Later(format!("the mail server did not finish within {} s", LETTER_TIMEOUT.as_secs()))
            }
        }
    }
}

impl Mailer for SmtpMailer {
    fn send(&self, letter: Letter) -> BoxFuture<'_, MailAnswer> {
        self.deliver(letter).boxed()
    }
}

fn default_port(tls: MailTls) -> u16 {
    match tls {
        MailTls::Implicit => 465,
        MailTls::Starttls => 587,
        MailTls::None => 25,
    }
}

fn protection(settings: &Smtp) -> Result<Tls, SettingsError> {
    let parameters = || {
        TlsParameters::new_rustls(settings.host.trim().to_owned())
            .map_err(|_| SettingsError::key("host", "TLS cannot be set up for this server name"))
    };
    Ok(match settings.tls {
        MailTls::Implicit => Tls::Wrapper(parameters()?),
        MailTls::Starttls => Tls::Required(parameters()?),
        MailTls::None => Tls::None,
    })
}

fn credentials(settings: &Smtp) -> Result<Option<Credentials>, SettingsError> {
    match (&settings.user, &settings.password) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(SettingsError::key("password", "there is a `user` but no `password_file`")),
        (None, Some(_)) => Err(SettingsError::key("user", "there is a password but no `user`")),
        (Some(_), Some(_)) if settings.tls == MailTls::None && !is_near(settings.host.trim()) => {
            Err(SettingsError::key(
                "tls",
                "a login must not cross the network in clear text; use tls = \"implicit\" or \"starttls\"",
            ))
        }
        (Some(user), Some(password)) => {
            Ok(Some(Credentials::new(user.clone(), password.reveal().trim_end_matches(['\r', '\n']).to_owned())))
        }
    }
}

/// Whether a server is on this machine or a private network: by address, or by a name without a dot.
fn is_near(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => !host.contains('.'),
    }
}

/// Reads the sender: an address, or a name before an address in angle brackets; the name needs no quotes, whatever stands in it.
///
/// Control characters are refused first: the library panics on a line break in a display name.
fn sender(from: &str) -> Result<Mailbox, SettingsError> {
    let (name, address) = match from.trim().strip_suffix('>').and_then(|from| from.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", from),
    };
    let address = address.trim().parse::<Address>().ok().filter(|_| !from.chars().any(char::is_control));
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    address
        .map(|address| Mailbox::new(name, address))
        .ok_or_else(|| SettingsError::key("from", "this must be like: Hotel Alpenblick <alerts@alpenblick.example>"))
}

/// Puts a letter into the form of a message.
fn compose(letter: &Letter, from: &Mailbox, date: SystemTime) -> Result<Message, MailAnswer> {
    let to: Address =
        letter.to.trim().parse().map_err(|_| {
            MailAnswer::Refused("the person's address in the configuration is not a mail address".into())
        })?;
    let id = |local: &str| format!("<{}@{}>", id_part(local), from.email.domain());
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(text::fold_whitespace(&text::clean(&letter.subject)))
        .date(date)
        .message_id(Some(id(&letter.message_id)))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"));
    if let Some(thread) = &letter.thread {
        builder = builder.in_reply_to(id(thread)).references(id(thread));
    }
    if let Some(list) = &letter.list {
        let list = format!("<{}.{}>", id_part(list), from.email.domain());
        builder = builder.raw_header(header("List-Id", &list));
    }
    builder
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|_| MailAnswer::Refused("the letter cannot be put into the form of a mail".into()))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The part of a Message-ID before `@`: letters, digits, `.`, `-` and `_`.
fn id_part(text: &str) -> String {
    text.chars()
        .take(ID_CHARS_MAX)
        .map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' })
        .collect()
}

/// Reads how the sending failed.
fn reading(error: &Error) -> MailAnswer {
    match error.status().map(u16::from) {
        Some(530 | 534 | 535 | 538) => {
            MailAnswer::Unusable(format!("the mail server refuses our login: {}", words(error)))
        }
        Some(code) if error.is_permanent() => {
            MailAnswer::Refused(format!("the mail server answered {code}: {}", words(error)))
        }
        Some(code) => MailAnswer::Later(format!("the mail server answered {code}: {}", words(error))),
        None => without_status(error),
    }
}

/// Reads a failure that is no answer of the server.
fn without_status(error: &Error) -> MailAnswer {
    if let Some(why) = certificate_error(error) {
        return bad_certificate(why);
    }
    if error.is_client() {
        return MailAnswer::Unusable(format!("the mail server cannot do what we need: {}", words(error)));
    }
    MailAnswer::Later(match (error.is_response(), error.is_timeout()) {
        (true, _) => "the mail server's answer is not SMTP; check `port` and `tls`".into(),
        (false, true) => "the mail server did not answer in time".into(),
        (false, false) => "cannot reach the mail server; check `host`, `port` and `tls`".into(),
    })
}

/// Looks for a certificate that rustls refused, however deep in the chain of causes.
fn certificate_error(error: &Error) -> Option<&CertificateError> {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = error.downcast_ref::<rustls::Error>().or_else(|| inner?.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            return Some(why);
        }
        cause = error.source();
    }
    None
}

/// An expired certificate is soon renewed, and a machine's clock soon set; a wrong name or issuer stays.
fn bad_certificate(why: &CertificateError) -> MailAnswer {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            MailAnswer::Later("the mail server's certificate has expired".into())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            MailAnswer::Later("the mail server's certificate is not valid yet; check this machine's clock".into())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            MailAnswer::Unusable("the mail server's certificate is for another name; check `host`".into())
        }
        CertificateError::UnknownIssuer => {
            MailAnswer::Unusable("the mail server's certificate is signed by nobody whom this machine trusts".into())
        }
        _ => MailAnswer::Unusable("the mail server's certificate is not valid".into()),
    }
}

/// The server's own words, without addresses, links and anything long enough to be a token.
fn words(error: &Error) -> String {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let kept: Vec<&str> = said
        .split_whitespace()
        .map(|word| if word.contains('@') || word.contains("://") || word.len() > WORD_BYTES_MAX { "…" } else { word })
        .collect();
    text::truncate_bytes(&text::clean(&kept.join(" ")), REASON_BYTES_MAX)
}

#[cfg(test)]
#[path = "smtp_tests.rs"]
mod tests;
