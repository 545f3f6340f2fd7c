//! The IMAP client: reads what has come into a folder and hears when something comes. It changes nothing there, not even "seen".
//!
//! RFC 9051 and RFC 3501 (IMAP), RFC 2177 (IDLE). Messages are known by UID under one UIDVALIDITY; when that changes, the folder is
//! read anew from a day on, and who reads has to know messages by their own ids.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use async_imap::{
    Client, Session,
    error::Error,
    extensions::idle::IdleResponse,
    imap_proto::{MailboxDatum, Response},
};
use futures_util::TryStreamExt;
use jiff::{Timestamp, civil::Date};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::{
    config::{MailTls, SettingsError},
    secret::Secret,
};

/// The longest wait for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// IDLE is begun anew this often: routers forget quiet connections, servers log out after 30 minutes.
const IDLE_SPAN: Duration = Duration::from_secs(9 * 60);
/// The most bytes that are read of one message.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// How many messages are asked for at once.
const AT_ONCE: usize = 20;
/// The most messages of one walk: the newest.
const MESSAGES_MAX: usize = 1_000;

/// One folder on one server.
pub struct Mailbox {
    host: String,
    port: u16,
    protection: MailTls,
    user: String,
    password: Secret,
    folder: String,
}

/// How far a folder was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Under which UIDVALIDITY.
    pub validity: u32,
    /// The last UID that was read.
    pub last: u32,
}

/// One message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMail {
    /// When the server took it in.
    pub at: Option<Timestamp>,
    /// Its first 256 KiB.
    pub bytes: Vec<u8>,
}

/// Why a folder could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    /// The way there failed.
    #[error("cannot reach the mail server: {0}")]
    Unreachable(String),
    /// The login or the folder is not accepted; only a person can mend that.
    #[error("{0}")]
    Refused(String),
    /// It answered what no mail server should.
    #[error("the mail server's answer makes no sense: {0}")]
    Damaged(String),
    /// It cannot tell when something comes.
    #[error("the mail server has no IDLE")]
    NoIdle,
}

/// A connection, protected or not.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Wire for T {}

type Open = Session<Box<dyn Wire>>;

impl Mailbox {
    /// Checks the settings; it does not connect yet.
    ///
    /// # Errors
    /// If the login would cross an open network in clear text, or the server's name is none.
    pub fn new(
        (host, port): (&str, Option<u16>),
        protection: MailTls,
        (user, password): (&str, Secret),
        folder: &str,
    ) -> Result<Self, SettingsError> {
        let host = host.trim().to_owned();
        if ServerName::try_from(host.clone()).is_err() {
            return Err(SettingsError::key("host", "`host` is the name of a mail server, such as imap.example.org"));
        }
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if protection == MailTls::None && !is_here {
            return Err(SettingsError::key(
                "tls",
                "without TLS the password could be read on the way; use \"implicit\"",
            ));
        }
        let port = port.unwrap_or(if protection == MailTls::Implicit { 993 } else { 143 });
        Ok(Mailbox { host, port, protection, user: user.to_owned(), password, folder: folder.to_owned() })
    }

    /// The server's name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Hands every message that has come since `since` to `each`, in the order in which they came; without a place, or when the
    /// server counts anew, those since the day `oldest`. Returns how far the folder is read now.
    ///
    /// # Errors
    /// If the folder cannot be read to its end; then the same messages come again next time.
    pub async fn read(
        &self,
        since: Option<Place>,
        oldest: Date,
        each: &mut (dyn FnMut(RawMail) + Send),
    ) -> Result<Place, MailboxError> {
        let mut session = self.open().await?;
        let (validity, _) = self.examine(&mut session).await?;
        let since = since.filter(|place| place.validity == validity);
        let query = match since {
            Some(place) => format!("UID {}:*", u64::from(place.last) + 1),
            None => format!("SINCE {}", oldest.strftime("%-d-%b-%Y")),
        };
        let last = since.map_or(0, |place| place.last);
        let found = within(session.uid_search(query)).await?;
        // `n:*` always finds the last message, even one before n.
        let mut found: Vec<u32> = found.into_iter().filter(|uid| *uid > last).collect();
        found.sort_unstable();
        let newest = &found[found.len().saturating_sub(MESSAGES_MAX)..];
        for chunk in newest.chunks(AT_ONCE) {
            let set = chunk.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            within(fetch(&mut session, &set, each)).await?;
        }
        // Whether it says good-bye does not matter.
        let _ = within(session.logout()).await;
        Ok(Place { validity, last: found.last().copied().unwrap_or(last) })
    }

    /// Ends when something has come after `known`.
    ///
    /// # Errors
    /// If the server has no IDLE or the connection is lost; polling goes on all the same.
    pub async fn hears(&self, known: Option<Place>) -> Result<(), MailboxError> {
        let mut session = self.open().await?;
        if !within(session.capabilities()).await?.has_str("IDLE") {
            return Err(MailboxError::NoIdle);
        }
        let (validity, next) = self.examine(&mut session).await?;
        let is_read = |place: Place| place.validity == validity && next.is_none_or(|next| next <= place.last + 1);
        if known.is_some_and(|place| !is_read(place)) {
            return Ok(());
        }
        loop {
            let mut idle = session.idle();
            within(idle.init()).await?;
            loop {
                let (wait, _stop) = idle.wait_with_timeout(IDLE_SPAN);
                match wait.await.map_err(|error| reading(&error))? {
                    IdleResponse::NewData(data) => {
                        if matches!(data.parsed(), Response::MailboxData(MailboxDatum::Exists(_))) {
                            let _ = within(idle.done()).await;
                            return Ok(());
                        }
                    }
                    IdleResponse::Timeout | IdleResponse::ManualInterrupt => break,
                }
            }
            session = within(idle.done()).await?;
        }
    }

    async fn open(&self) -> Result<Open, MailboxError> {
        let connect = tokio::time::timeout(ANSWER_TIMEOUT, TcpStream::connect((self.host.as_str(), self.port)));
        let stream = match connect.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(MailboxError::Unreachable(error.kind().to_string())),
            Err(_) => return Err(late()),
        };
        let wire: Box<dyn Wire> = match self.protection {
            MailTls::None => Box::new(stream),
            MailTls::Implicit => Box::new(self.protect(stream).await?),
            MailTls::Starttls => {
                let mut client = greeted(stream).await?;
                within(client.run_command_and_check_ok("STARTTLS", None)).await?;
                Box::new(self.protect(client.into_inner()).await?)
            }
        };
        let client = if self.protection == MailTls::Starttls { Client::new(wire) } else { greeted(wire).await? };
        let login = tokio::time::timeout(ANSWER_TIMEOUT, client.login(&self.user, self.password.reveal().trim()));
        match login.await {
            Ok(Ok(session)) => Ok(session),
            Ok(Err((Error::No(_) | Error::Bad(_), _))) => {
                Err(MailboxError::Refused(format!("{} does not accept the name and password", self.host)))
            }
            Ok(Err((error, _))) => Err(reading(&error)),
            Err(_) => Err(late()),
        }
    }

    async fn protect(&self, stream: TcpStream) -> Result<tokio_rustls::client::TlsStream<TcpStream>, MailboxError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| MailboxError::Unreachable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(|error| MailboxError::Refused(error.to_string()))?;
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        match tokio::time::timeout(ANSWER_TIMEOUT, handshake).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(MailboxError::Unreachable(format!("no protected connection: {error}"))),
            Err(_) => Err(late()),
        }
    }

    /// Opens the folder for reading alone; its UIDVALIDITY and the UID that the next message will have.
    async fn examine(&self, session: &mut Open) -> Result<(u32, Option<u32>), MailboxError> {
        match within(session.examine(&self.folder)).await {
            Ok(folder) => match folder.uid_validity {
                Some(validity) => Ok((validity, folder.uid_next)),
                None => Err(MailboxError::Damaged("the folder has no UIDVALIDITY".to_owned())),
            },
            Err(MailboxError::Damaged(_)) => {
                Err(MailboxError::Refused(format!("{} shows no folder \"{}\"", self.host, self.folder)))
            }
            Err(error) => Err(error),
        }
    }
}

async fn greeted<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug>(stream: T) -> Result<Client<T>, MailboxError> {
    let mut client = Client::new(stream);
    let greeting = tokio::time::timeout(ANSWER_TIMEOUT, client.read_response()).await.map_err(|_| late())?;
    match greeting {
        Ok(Some(_)) => Ok(client),
        Ok(None) => Err(MailboxError::Unreachable("it hung up".to_owned())),
        Err(error) => Err(MailboxError::Unreachable(error.kind().to_string())),
    }
}

async fn fetch(session: &mut Open, set: &str, each: &mut (dyn FnMut(RawMail) + Send)) -> Result<(), Error> {
    let parts = format!("(UID INTERNALDATE BODY.PEEK[]<0.{MESSAGE_BYTES_MAX}>)");
    let mut messages = session.uid_fetch(set, parts).await?;
    while let Some(message) = messages.try_next().await? {
        let at = message.internal_date().and_then(|at| Timestamp::from_second(at.timestamp()).ok());
        // One that was deleted meanwhile has no body.
        if let Some(body) = message.body() {
            each(RawMail { at, bytes: body.to_vec() });
        }
    }
    Ok(())
}

async fn within<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, MailboxError> {
    match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(reading(&error)),
        Err(_) => Err(late()),
    }
}

fn late() -> MailboxError {
    MailboxError::Unreachable(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()))
}

/// What an error means; a server's own words are not repeated, they may hold links.
fn reading(error: &Error) -> MailboxError {
    match error {
        Error::Io(error) => MailboxError::Unreachable(error.kind().to_string()),
        Error::ConnectionLost => MailboxError::Unreachable("it hung up".to_owned()),
        Error::No(_) => MailboxError::Damaged("it refuses what it should offer".to_owned()),
        Error::Bad(_) => MailboxError::Damaged("it does not understand a plain request".to_owned()),
        _ => MailboxError::Damaged("it breaks the rules of IMAP".to_owned()),
    }
}
