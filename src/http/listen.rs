//! Answers that do not end: event streams and WebSockets, behind the same address guard as everything that leaves.
//!
//! A connection of its own, without the time-out for whole answers; one on which nothing comes for a while is taken for dead.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use http::{HeaderValue, StatusCode, header};
use sha1::{Digest, Sha1};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::protocol::{Message, Role, WebSocketConfig},
};

use super::{Client, HttpError, Request, client::outgoing};

/// What comes, piece by piece; it ends with an error when the connection does.
pub type Listening = BoxStream<'static, Result<Bytes, HttpError>>;

/// The longest silence: servers send a sign of life every fifteen to thirty seconds.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// The longest that one connection is kept.
const KEPT_MAX: Duration = Duration::from_secs(24 * 3600);
/// What a server appends to the key that it was sent.
const ACCEPT_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The longest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

impl Request {
    /// The same, to be answered by a WebSocket (RFC 6455) instead of an event stream.
    #[must_use]
    pub fn as_socket(mut self) -> Self {
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        let key = HeaderValue::from_str(&STANDARD.encode(nonce)).expect("base64 is ASCII");
        self.headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        self.headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        self.headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        self.headers.insert(header::SEC_WEBSOCKET_KEY, key);
        self
    }
}

impl Client {
    pub(super) fn open(&self, request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        Box::pin(async move {
            self.policy().check(&request.url)?;
            let (url, key) = (request.url.clone(), request.headers.get(header::SEC_WEBSOCKET_KEY).cloned());
            let mut asked = outgoing(request);
            *asked.timeout_mut() = Some(KEPT_MAX);
            let answer = self.endless()?.execute(asked).await.map_err(|error| self.no_answer(&error, &url))?;
            match key {
                None => events(answer),
                Some(key) => socket(answer, &key).await,
            }
        })
    }
}

fn events(answer: reqwest::Response) -> Result<Listening, HttpError> {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if answer.status() != StatusCode::OK || !kind.starts_with("text/event-stream") {
        return Err(HttpError::Refused(format!("it answers {} instead of a stream", answer.status().as_u16())));
    }
    let pieces = futures_util::stream::try_unfold(answer, |mut answer| async move {
        let piece = within(answer.chunk()).await?.map_err(|_| broke_off())?;
        Ok(Some((piece.ok_or_else(broke_off)?, answer)))
    });
    Ok(pieces.boxed())
}

async fn socket(answer: reqwest::Response, key: &HeaderValue) -> Result<Listening, HttpError> {
    // RFC 6455 §4.2.2: who does not know the protocol cannot answer this.
    let expected = STANDARD.encode(Sha1::digest([key.as_bytes(), ACCEPT_SUFFIX].concat()));
    let accepted = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT).is_some_and(|sent| sent == expected.as_str());
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS || !accepted {
        return Err(HttpError::Refused(format!("it answers {} instead of a WebSocket", answer.status().as_u16())));
    }
    let wire = answer.upgrade().await.map_err(|_| broke_off())?;
    let limits =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_BYTES_MAX)).max_frame_size(Some(MESSAGE_BYTES_MAX));
    let socket = WebSocketStream::from_raw_socket(wire, Role::Client, Some(limits)).await;
    let messages = futures_util::stream::try_unfold(socket, |mut socket| async move {
        loop {
            match within(socket.next()).await?.ok_or_else(broke_off)?.map_err(|_| broke_off())? {
                Message::Text(text) => return Ok(Some((Bytes::from(text), socket))),
                Message::Binary(bytes) => return Ok(Some((bytes, socket))),
                Message::Close(_) => return Err(broke_off()),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    });
    Ok(messages.boxed())
}

async fn within<T>(comes: impl Future<Output = T>) -> Result<T, HttpError> {
    tokio::time::timeout(SILENCE_MAX, comes).await.map_err(|_| HttpError::TimedOut(SILENCE_MAX))
}

fn broke_off() -> HttpError {
    HttpError::Damaged("the stream broke off".to_owned())
}
