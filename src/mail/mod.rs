//! Mail going out, the [`Mailer`] trait and the [`Letter`] that passes through it, and mail coming in, a [`Mailbox`].
//!
//! Letters go to the owner's people only. The program has no code path that writes to a guest.

mod fake;
mod imap;
mod smtp;

use futures_util::future::BoxFuture;

pub use fake::FakeMailer;
pub use imap::{Mailbox, MailboxError, Place, RawMail};
pub use smtp::SmtpMailer;

/// Sends letters. The SMTP client, and an in-process fake in tests, implement it.
pub trait Mailer: Send + Sync {
    /// Sends one letter and says how the server answered.
    fn send(&self, letter: Letter) -> BoxFuture<'_, MailAnswer>;
}

/// One letter to one of the owner's people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The recipient's address.
    pub to: String,
    /// The subject; encoded by the mailer.
    pub subject: String,
    /// The plain text, written by its own template.
    pub text: String,
    /// The HTML; no remote pictures, no scripts.
    pub html: String,
    /// The part of the Message-ID before `@`: the delivery's id, so that a repeat is recognisable.
    pub message_id: String,
    /// The part of the thread's root Message-ID before `@`, so that all letters of a case form one thread.
    pub thread: Option<String>,
    /// The part of the List-Id before the domain, for what comes regularly: "reports".
    pub list: Option<String>,
}

/// How the mail server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailAnswer {
    /// 2xx after DATA.
    Accepted,
    /// 4yz, or no connection: try again.
    Later(String),
    /// 5yz for this recipient or message.
    Refused(String),
    /// There is no `[smtp]` section, or its login is refused.
    Unusable(String),
}
