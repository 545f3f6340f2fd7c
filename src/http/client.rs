//! The real client: one request, one answer, within time and size.
//!
//! It follows no redirect, asks no robots.txt and spaces nothing: that is [`super::Polite`], which goes round it.

use std::{
    error::Error,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::{
    Http, HttpError, LARGE_BYTES, Listening, Names, Policy, Request, Response, Room, Rooms, SystemNames,
    WIRE_BYTES_MAX,
    guard::{GuardedNames, NameRefused},
    host_key,
};
use crate::{config::HttpSettings, text};

/// The longest that opening a connection may take, name service and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept: long enough for the next page, short enough that ten thousand hosts do not
/// use up the descriptors.
const POOL_IDLE: Duration = Duration::from_secs(30);
/// How much is set aside for a body whose length is only announced, in bytes.
const BODY_BYTES_TRUSTED: usize = 64 * 1024;

/// What the client needs to know.
#[derive(Clone)]
pub struct ClientSettings {
    /// A mail or web address that says who is reading; it goes into the User-Agent.
    pub contact: Option<String>,
    /// Which addresses may be reached.
    pub policy: Policy,
    /// The longest a request and its whole answer may take.
    pub timeout: Duration,
    /// How many connections to one host are worth keeping.
    pub in_flight_max: usize,
    /// Who turns names into addresses.
    pub names: Arc<dyn Names>,
}

impl ClientSettings {
    /// What the owner's `[http]` section says, with the machine's own name service.
    #[must_use]
    pub fn from_config(settings: &HttpSettings) -> Self {
        ClientSettings {
            contact: settings.contact.clone(),
            policy: Policy::new(settings.allow_private.clone()),
            timeout: settings.timeout.0,
            in_flight_max: settings.in_flight_max,
            names: Arc::new(SystemNames),
        }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The contact does not fit into a header.
    #[error(
        "`contact` in [http] goes into a header, so it can have only plain ASCII characters: a mail or web address"
    )]
    Contact,
    /// The TLS library did not start; most often the machine has no certificates of authorities.
    #[error("cannot prepare for https; is the package with the system's CA certificates installed?")]
    Tls(#[source] reqwest::Error),
}

/// Sends over real sockets. One for the whole process: connections are kept and shared.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    /// For answers that do not end: made when the first one is asked for.
    endless: Arc<OnceLock<reqwest::Client>>,
    settings: ClientSettings,
    rooms: Rooms,
}

impl Client {
    /// Makes a client; it opens no connection yet.
    ///
    /// # Errors
    /// If the contact cannot stand in a header or TLS cannot start.
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        // Another part of the process may have chosen a provider before; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let inner = builder(&settings)?.timeout(settings.timeout).build().map_err(ClientError::Tls)?;
        Ok(Client { inner, endless: Arc::default(), settings, rooms: Rooms::default() })
    }

    /// Which addresses may be reached.
    pub(super) fn policy(&self) -> &Policy {
        &self.settings.policy
    }

    /// The client for answers that do not end. A WebSocket takes a connection over, which HTTP/2 does not allow.
    pub(super) fn endless(&self) -> Result<&reqwest::Client, HttpError> {
        if let Some(client) = self.endless.get() {
            return Ok(client);
        }
        let unready = |_| HttpError::Refused("https cannot be used".to_owned());
        let made = builder(&self.settings).and_then(|made| made.http1_only().build().map_err(ClientError::Tls));
        let made = made.map_err(unready)?;
        Ok(self.endless.get_or_init(|| made))
    }

    async fn exchange(&self, request: Request) -> Result<Response, HttpError> {
        self.policy().check(&request.url)?;
        let url = request.url.clone();
        let mut room = Room::among(&self.rooms, request.place.clone());
        let mut answer = self.inner.execute(outgoing(request)).await.map_err(|error| self.no_answer(&error, &url))?;
        let wire = self.collect(&mut answer, &mut room).await?;
        let headers = std::mem::take(answer.headers_mut());
        Ok(Response { status: answer.status(), headers, wire, url, place: None, room })
    }

    /// Reads the body piece by piece, so that neither its announced nor its real size can exhaust the memory. A large one waits for
    /// a room once it has become large: what it announces costs the other side nothing.
    async fn collect(&self, answer: &mut reqwest::Response, room: &mut Room) -> Result<Bytes, HttpError> {
        let announced = usize::try_from(answer.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > WIRE_BYTES_MAX {
            return Err(HttpError::TooLarge(WIRE_BYTES_MAX));
        }
        let Some(first) = self.piece(answer).await? else { return Ok(Bytes::new()) };
        if first.len() > WIRE_BYTES_MAX {
            return Err(HttpError::TooLarge(WIRE_BYTES_MAX));
        }
        let Some(mut piece) = self.piece(answer).await? else { return Ok(first) };
        let mut whole = BytesMut::with_capacity(announced.min(BODY_BYTES_TRUSTED).max(first.len() + piece.len()));
        whole.extend_from_slice(&first);
        loop {
            if whole.len() + piece.len() > WIRE_BYTES_MAX {
                return Err(HttpError::TooLarge(WIRE_BYTES_MAX));
            }
            if whole.len() + piece.len() > LARGE_BYTES {
                room.take().await;
            }
            whole.extend_from_slice(&piece);
            match self.piece(answer).await? {
                Some(next) => piece = next,
                None => return Ok(whole.freeze()),
            }
        }
    }

    async fn piece(&self, answer: &mut reqwest::Response) -> Result<Option<Bytes>, HttpError> {
        answer.chunk().await.map_err(|error| {
            if error.is_timeout() {
                HttpError::TimedOut(self.settings.timeout)
            } else {
                HttpError::Damaged("it broke off before its end".to_owned())
            }
        })
    }

    /// Reads why there was no answer at all. reqwest's own text holds the whole address, so it is never passed on.
    pub(super) fn no_answer(&self, error: &reqwest::Error, url: &Url) -> HttpError {
        if let Some(NameRefused(why)) = causes(error).find_map(|cause| cause.downcast_ref()) {
            return HttpError::Refused(why.clone());
        }
        if error.is_timeout() && !error.is_connect() {
            return HttpError::TimedOut(self.settings.timeout);
        }
        if causes(error).filter_map(|cause| cause.downcast_ref()).any(hyper::Error::is_parse) {
            return HttpError::Damaged("its head is not what HTTP allows, or too long".to_owned());
        }
        if error.is_builder() {
            return HttpError::Refused("it cannot stand in a request".to_owned());
        }
        HttpError::Unreachable(format!("{}: {}", host_key(url), failure(error)))
    }
}

impl Http for Client {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(self.exchange(request))
    }

    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        self.open(request)
    }
}

/// What every connection keeps to; the time for a whole answer is not among it.
fn builder(settings: &ClientSettings) -> Result<reqwest::ClientBuilder, ClientError> {
    let ClientSettings { contact, policy, timeout, in_flight_max, names } = settings;
    Ok(reqwest::Client::builder()
        .default_headers(own_headers(contact.as_deref())?)
        .dns_resolver(GuardedNames { policy: policy.clone(), names: Arc::clone(names) })
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT.min(*timeout))
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(*in_flight_max))
}

fn own_headers(contact: Option<&str>) -> Result<HeaderMap, ClientError> {
    let who = match contact.map(str::trim).filter(|contact| !contact.is_empty()) {
        Some(contact) => format!("+{contact}"),
        None => "self-hosted review monitor".to_owned(),
    };
    let agent = format!("amends/{} ({who})", env!("CARGO_PKG_VERSION"));
    if !agent.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(ClientError::Contact);
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_str(&agent).map_err(|_| ClientError::Contact)?);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    Ok(headers)
}

pub(super) fn outgoing(request: Request) -> reqwest::Request {
    let mut out = reqwest::Request::new(request.method, request.url);
    *out.headers_mut() = request.headers;
    if !request.body.is_empty() {
        *out.body_mut() = Some(request.body.into());
    }
    out
}

/// An error and everything beneath it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // `source` of an I/O error passes over the error that it wraps.
            Some(wrapped) => Some(wrapped),
            None => (*error).source(),
        }
    })
}

/// Why a connection failed, in the owner's words.
fn failure(error: &reqwest::Error) -> String {
    if let Some(error) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return text::truncate(&error.to_string(), 200);
    }
    if error.is_dns() {
        return "its name cannot be resolved".to_owned();
    }
    if error.is_timeout() {
        return format!("no connection within {CONNECT_TIMEOUT:?}");
    }
    let kind = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::Other | io::ErrorKind::UnexpectedEof) | None => "the connection broke".to_owned(),
        Some(kind) => kind.to_string(),
    }
}
