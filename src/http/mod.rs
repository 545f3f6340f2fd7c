//! The one gate for everything that leaves over HTTP: the [`Http`] trait, and the requests and answers that pass through it.
//!
//! Adapters build requests and read answers; they never see the client. It deliberately offers no way to read a body without a cap.

use std::{borrow::Cow, io::Read, time::Duration};

use bytes::Bytes;
use futures_util::future::{self, BoxFuture};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{self, AsHeaderName},
};
use jiff::Timestamp;
use url::Url;

mod client;
pub mod fake;
mod guard;
mod host;
mod listen;
mod polite;
mod redact;
mod redirect;
pub mod robots;
mod robots_cache;
mod room;
mod site;
mod turn;

pub use client::{Client, ClientError, ClientSettings};
pub use fake::FakeWeb;
pub use guard::{Names, Policy, SystemNames, parse_address};
pub use listen::Listening;
pub use polite::{Polite, PoliteSettings};
pub use redact::{host_key, redact, redact_secret};
pub use room::{LARGE_BYTES, Place, Room, Rooms};
pub use turn::Turn;

/// The most bytes of a body as they come over the wire.
pub const WIRE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The most bytes of a body after decompression.
pub const BODY_BYTES_MAX: usize = 20 * 1024 * 1024;

/// Sends requests. The real [`Client`] and, in tests, [`FakeWeb`] implement it for one hop; [`Polite`] goes round either and adds
/// manners and redirects. The program uses `Polite<Client>`, tests of whole days `Polite<FakeWeb>`.
pub trait Http: Send + Sync {
    /// Sends one request and collects its whole answer, within the caps and the total time-out.
    ///
    /// # Errors
    /// If the address is refused, the other side cannot be reached or is too slow, or the answer is damaged or too large. An error
    /// status is an answer, not an error.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>>;

    /// Waits until `url` may be asked for at once, so that whoever wants to need hold nothing meanwhile. None where there is nothing to
    /// wait for, and where the request itself will say why it cannot be sent.
    fn turn(&self, _url: Url, _purpose: Purpose) -> BoxFuture<'_, Option<Turn>> {
        Box::pin(future::ready(None))
    }

    /// How many requests to the host of an address may be under way at once.
    fn at_once(&self, _url: &Url) -> usize {
        usize::MAX
    }

    /// As [`Http::send`], in a turn that was waited for; one that does not fit the request is given back.
    ///
    /// # Errors
    /// As [`Http::send`].
    fn send_in(&self, request: Request, turn: Option<Turn>) -> BoxFuture<'_, Result<Response, HttpError>> {
        drop(turn);
        self.send(request)
    }

    /// Opens an answer that does not end: an event stream in pieces, or, if the request asks for one, a WebSocket's messages.
    ///
    /// # Errors
    /// As [`Http::send`]; an answer that is no stream is one too.
    fn listen(&self, _request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        Box::pin(async { Err(HttpError::Refused("nothing can be heard on this way out".to_owned())) })
    }
}

impl<H: Http + ?Sized> Http for std::sync::Arc<H> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        (**self).send(request)
    }

    fn turn(&self, url: Url, purpose: Purpose) -> BoxFuture<'_, Option<Turn>> {
        (**self).turn(url, purpose)
    }

    fn at_once(&self, url: &Url) -> usize {
        (**self).at_once(url)
    }

    fn send_in(&self, request: Request, turn: Option<Turn>) -> BoxFuture<'_, Result<Response, HttpError>> {
        (**self).send_in(request, turn)
    }

    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        (**self).listen(request)
    }
}

/// Why a request is sent; it decides redirects and politeness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Reading a public page: robots.txt, per-host spacing, redirects followed.
    Crawl,
    /// Reading something the owner has a right to (an own page, an API by contract, a feed subscribed to): no robots.txt.
    Fetch,
    /// Delivering an alert: never redirected, not spaced.
    Deliver,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// Where to; http or https.
    pub url: Url,
    /// Headers beyond those the client sets (User-Agent, Accept-Encoding).
    pub headers: HeaderMap,
    /// The body; empty for a GET.
    pub body: Bytes,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The place among the requests under way, if it has one.
    pub place: Option<Place>,
}

impl Request {
    /// A GET for a source.
    #[must_use]
    pub fn get(url: Url, purpose: Purpose) -> Self {
        Request { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new(), purpose, place: None }
    }

    /// A POST that only asks, of an interface by contract: for a token, or by a query too long for an address.
    #[must_use]
    pub fn ask(url: Url, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Request { purpose: Purpose::Fetch, ..Request::deliver(url, content_type, body) }
    }

    /// A POST that delivers an alert.
    #[must_use]
    pub fn deliver(url: Url, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let (method, body) = (Method::POST, body.into());
        Request { method, url, headers, body, purpose: Purpose::Deliver, place: None }
    }

    /// Adds a header whose value we made ourselves; a value that HTTP cannot carry is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

/// One answer, whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status of the last answer, after redirects.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// The body as it came over the wire, still compressed if the other side compressed it.
    pub wire: Bytes,
    /// The address after redirects.
    pub url: Url,
    /// The place among the requests under way, for as long as the answer is worked on; a large one gives it back for its room.
    pub place: Option<Place>,
    /// The room that it takes if it is large, for as long as it is worked on.
    pub room: Room,
}

impl Response {
    /// The decompressed body, at most [`BODY_BYTES_MAX`].
    ///
    /// # Errors
    /// If the encoding is not one we asked for, is damaged, or unpacks to too much.
    pub fn body(&self) -> Result<Cow<'_, [u8]>, HttpError> {
        self.body_within(BODY_BYTES_MAX)
    }

    /// The decompressed body, at most that many bytes.
    ///
    /// # Errors
    /// As [`Response::body`].
    pub fn body_within(&self, bytes_max: usize) -> Result<Cow<'_, [u8]>, HttpError> {
        match self.encoding().as_str() {
            "" | "identity" if self.wire.len() > bytes_max => Err(HttpError::TooLarge(bytes_max)),
            "" | "identity" => Ok(Cow::Borrowed(&self.wire)),
            "gzip" | "x-gzip" => unpack(flate2::read::MultiGzDecoder::new(&self.wire[..]), bytes_max).map(Cow::Owned),
            other => Err(HttpError::Damaged(format!(
                "it is encoded as `{}`, which was not asked for",
                crate::text::truncate(other, 40)
            ))),
        }
    }

    /// The decompressed body, at most [`BODY_BYTES_MAX`]; one that turns out to be large waits for a room and is unpacked off the
    /// async runtime.
    ///
    /// # Errors
    /// As [`Response::body`].
    pub async fn unpacked(&mut self) -> Result<Bytes, HttpError> {
        if matches!(self.encoding().as_str(), "" | "identity") {
            return Ok(self.wire.clone());
        }
        match self.body_within(LARGE_BYTES) {
            Err(HttpError::TooLarge(_)) => self.room.take().await,
            small => return Ok(small?.into_owned().into()),
        }
        let large = self.clone();
        tokio::task::spawn_blocking(move || large.body().map(|body| Bytes::from(body.into_owned())))
            .await
            .unwrap_or_else(|_| Err(HttpError::Damaged("it cannot be unpacked".to_owned())))
    }

    fn encoding(&self) -> String {
        self.header(header::CONTENT_ENCODING).unwrap_or("identity").trim().to_ascii_lowercase()
    }

    /// A header's value, if it is readable text.
    #[must_use]
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the other side asks us to wait, at most a day: `Retry-After` in seconds or as an HTTP date (RFC 9110 §10.2.3).
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        retry_after(self.header(header::RETRY_AFTER)?, now)
    }

    /// How long until more may be asked, at most a day, if the answer says that nothing is left of a platform's quota.
    ///
    /// `RateLimit-Remaining` and `-Reset` with their older prefixes; the reset is in seconds, seconds since 1970, or RFC 3339.
    #[must_use]
    pub fn spent_for(&self, now: Timestamp) -> Option<Duration> {
        QUOTA_HEADERS.iter().find_map(|(remaining, reset)| {
            let remaining: f64 = self.header(remaining)?.trim().parse().ok()?;
            if remaining >= 1.0 {
                return None;
            }
            let reset = self.header(reset)?.trim();
            let wait = match reset.parse::<f64>() {
                Ok(at) if at >= EPOCH_SECS_MIN => {
                    crate::clock::since(Timestamp::from_second(at.min(EPOCH_SECS_MAX) as i64).ok()?, now)
                }
                Ok(seconds) if seconds > 0.0 => Duration::from_secs_f64(seconds),
                Ok(_) => return None,
                Err(_) => crate::clock::since(reset.parse().ok()?, now),
            };
            (!wait.is_zero()).then(|| wait.min(WAIT_MAX))
        })
    }
}

/// Headers that say how many calls are left, and when there are more.
static QUOTA_HEADERS: [(HeaderName, HeaderName); 3] = [
    (HeaderName::from_static("ratelimit-remaining"), HeaderName::from_static("ratelimit-reset")),
    (HeaderName::from_static("x-ratelimit-remaining"), HeaderName::from_static("x-ratelimit-reset")),
    (HeaderName::from_static("x-rate-limit-remaining"), HeaderName::from_static("x-rate-limit-reset")),
];
/// No wait that another side asks for is longer.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);
/// A larger number of seconds is a time, not a span.
const EPOCH_SECS_MIN: f64 = 1e9;
/// The last second of the year 9999, about.
const EPOCH_SECS_MAX: f64 = 2.5e11;

/// Reads a `Retry-After` value; nonsense and dates gone by are `None`, and nothing is longer than a day.
#[must_use]
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds > 0.0 => {
            Duration::from_secs_f64(seconds.min(WAIT_MAX.as_secs_f64()))
        }
        Ok(_) => return None,
        Err(_) => {
            let date = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(value).ok()?;
            crate::clock::since(date, now)
        }
    };
    (!wait.is_zero()).then(|| wait.min(WAIT_MAX))
}

fn unpack(packed: impl Read, bytes_max: usize) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    let read = packed.take(bytes_max as u64 + 1).read_to_end(&mut body);
    match read {
        Err(error) => Err(HttpError::Damaged(error.to_string())),
        Ok(_) if body.len() > bytes_max => Err(HttpError::TooLarge(bytes_max)),
        Ok(_) => Ok(body),
    }
}

/// Why a request got no usable answer. No variant carries a query string, a secret or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address guard refused it.
    #[error("the address is not allowed: {0}")]
    Refused(String),
    /// robots.txt of the site asks us to stay out.
    #[error("robots.txt of {host} does not allow {path}")]
    Robots {
        /// The site.
        host: String,
        /// The path asked for.
        path: String,
    },
    /// The host asked us to wait, by an earlier `Retry-After`.
    #[error("{host} asked us to wait")]
    Waiting {
        /// The site.
        host: String,
        /// Until then.
        until: Timestamp,
    },
    /// The calls that a quota of the owner or the platform allows are used up.
    #[error("the calls that its quota allows are used up for now")]
    Spent {
        /// Until then.
        until: Timestamp,
    },
    /// No connection, or it broke.
    #[error("cannot reach {0}")]
    Unreachable(String),
    /// The total time-out passed; each hop of a redirect has its own.
    #[error("no complete answer within {0:?}")]
    TimedOut(Duration),
    /// More bytes than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// More redirects than allowed, or one to a refused place.
    #[error("redirected too often or to a place that is not allowed")]
    Redirected,
    /// The body broke off or cannot be unpacked.
    #[error("the answer is damaged: {0}")]
    Damaged(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(encoding: &str, wire: &[u8], expected: Result<&[u8], &str>) {
        let request = Request::get(Url::parse("https://shop.example/").unwrap(), Purpose::Fetch);
        let response = fake::answer(&request, 200, &[("content-encoding", encoding)], wire.to_vec());
        let body = response.body().map_err(|error| error.to_string());
        assert_eq!(body.as_deref(), expected.map_err(str::to_owned).as_ref().copied(), "{encoding}");
    }

    #[test]
    fn a_body_is_unpacked_or_an_error() {
        // `printf 'a<b' | gzip -n`
        let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\xb4\x49\x02\0\x8e\x01\x1b\x66\x03\0\0\0";
        check("", b"a<b", Ok(b"a<b"));
        check("identity", b"", Ok(b""));
        check("gzip", packed, Ok(b"a<b"));
        check(" X-GZIP ", packed, Ok(b"a<b"));
        check("br", b"x", Err("the answer is damaged: it is encoded as `br`, which was not asked for"));
    }

    #[test]
    fn a_damaged_packing_is_never_an_empty_success() {
        let request = Request::get(Url::parse("https://shop.example/").unwrap(), Purpose::Fetch);
        for wire in [b"".as_slice(), b"\x1f\x8b", b"<html>", &[0; 1000]] {
            let response = fake::answer(&request, 200, &[("content-encoding", "gzip")], wire.to_vec());
            assert!(matches!(response.body(), Err(HttpError::Damaged(_))), "{wire:?}");
        }
    }

    #[test]
    fn a_quota_that_is_used_up_says_until_when() {
        let now = "2026-11-16T08:00:00Z".parse().unwrap();
        let request = Request::get(Url::parse("https://api.example/").unwrap(), Purpose::Fetch);
        for (prefix, remaining, reset, seconds) in [
            ("ratelimit", "0", "90", Some(90)),
            ("x-ratelimit", "0.0", "90.5", Some(90)),
            ("x-rate-limit", "0", "1794816090", Some(90)),
            ("x-ratelimit", "0", "2026-11-16T08:01:30.000Z", Some(90)),
            ("x-ratelimit", "1", "90", None),
            ("x-ratelimit", "0", "1794815999", None),
            ("x-ratelimit", "0", "1e300", Some(86_400)),
            ("x-ratelimit", "0", "soon", None),
            ("x-ratelimit", "NaN", "-1", None),
            ("x-ratelimit", "none", "90", None),
        ] {
            let (left, at) = (format!("{prefix}-remaining"), format!("{prefix}-reset"));
            let response = fake::answer(&request, 200, &[(&left, remaining), (&at, reset)], "");
            assert_eq!(response.spent_for(now).map(|wait| wait.as_secs()), seconds, "{prefix} {remaining} {reset}");
        }
        assert_eq!(fake::answer(&request, 200, &[("x-ratelimit-remaining", "0")], "").spent_for(now), None);
    }

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date_and_is_at_most_a_day() {
        let now = "2026-11-16T08:00:00Z".parse().unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 1.0 ", Some(1)),
            ("99999999999999999999", Some(86_400)),
            ("Mon, 16 Nov 2026 08:00:30 GMT", Some(30)),
            ("Sat, 16 Nov 2036 08:00:30 GMT", Some(86_400)),
            ("Mon, 16 Nov 2026 07:59:59 GMT", None),
            ("0", None),
            ("-5", None),
            ("inf", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
