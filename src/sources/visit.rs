//! One poll's way out: conditional requests, the hash of unchanged bodies, and parsing off the async runtime.
//!
//! What it learns (validators, hashes) it gives back as [`Memory`], which is committed together with the reviews it led to.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    ParseError, PollError, Said,
    access::{Credentials, Question},
};
use crate::{
    http::{Http, LARGE_BYTES, Place, Purpose, Request, Response, Room, Turn},
    id,
};

/// The most addresses remembered for one source.
const PAGES_REMEMBERED_MAX: usize = 256;

/// What a source remembers between polls, stored as JSON beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Validators by a hash of the address (an address may carry a key).
    #[serde(default)]
    pub pages: BTreeMap<String, Validators>,
    /// How far a walk through pages that stand by their time of change has come, by a hash of its first address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, Timestamp>,
    /// How far has been read, where only what came since is asked for, in the source's own terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// A token of long life that was exchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
}

/// A token that only who has the owner's can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The token, encrypted.
    pub token: String,
    /// When it was made.
    pub at: Timestamp,
}

/// What lets the next request be cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The entity tag as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The date as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// A hash of the body's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// A page that came.
#[derive(Clone, Debug)]
pub struct Page {
    /// The body, decompressed.
    pub body: Bytes,
    /// The address after redirects.
    pub url: Url,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// All headers, for paging by `Link`.
    pub headers: HeaderMap,
}

/// The outcome of a conditional request.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// 304, or the same bytes as last time.
    Unchanged,
    /// A new body.
    Page(Box<Page>),
}

/// One poll's way out.
pub struct Visit<'a> {
    http: &'a dyn Http,
    purpose: Purpose,
    now: Timestamp,
    before: Memory,
    /// What the next poll should know.
    pub after: Memory,
    rest: Duration,
    /// That of the first request, if it was waited for.
    turn: Option<Turn>,
    /// That of the last answer: as long as the look lasts, it counts as under way.
    place: Option<Place>,
    /// That of the last page, for as long.
    room: Option<Room>,
}

impl<'a> Visit<'a> {
    /// Begins a poll. An empty `memory` makes every request unconditional.
    #[must_use]
    pub fn new(http: &'a dyn Http, purpose: Purpose, memory: Memory, now: Timestamp) -> Self {
        Visit {
            http,
            purpose,
            now,
            after: Memory { sealed: memory.sealed.clone(), ..Memory::default() },
            before: memory,
            rest: Duration::ZERO,
            turn: None,
            place: None,
            room: None,
        }
    }

    /// Sends the first request in this turn.
    #[must_use]
    pub fn in_turn(mut self, turn: Option<Turn>) -> Self {
        self.turn = turn;
        self
    }

    /// When this poll began.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How long the platform has nothing left of its quota for us, by its last answers; zero if it has.
    #[must_use]
    pub fn rest(&self) -> Duration {
        self.rest
    }

    async fn send(&mut self, request: Request) -> Result<Response, PollError> {
        // Two places for one look could leave none for anybody.
        (self.place, self.room) = (None, None);
        let mut response = self.http.send_in(request, self.turn.take()).await?;
        self.place = response.place.take();
        self.rest = self.rest.max(response.spent_for(self.now).unwrap_or_default());
        Ok(response)
    }

    /// Gets an address, conditionally if it is remembered.
    ///
    /// # Errors
    /// If the way failed or the status is an error; a 304 that was not asked for is an error too.
    pub async fn get(&mut self, url: Url, headers: HeaderMap) -> Result<Fetched, PollError> {
        self.get_as(url, Credentials { headers, parameter: None }).await
    }

    /// As [`Visit::get`], with credentials; a token in the query is sent and appears nowhere else.
    ///
    /// # Errors
    /// As [`Visit::get`].
    pub(super) async fn get_as(&mut self, url: Url, credentials: Credentials) -> Result<Fetched, PollError> {
        let key = page_key(&url);
        let known = self.before.pages.get(&key).cloned();
        let mut request = Request::get(url.clone(), self.purpose);
        request.headers = credentials.headers;
        let with_token = credentials.parameter.map(|(name, token)| {
            request.url.query_pairs_mut().append_pair(name, token.reveal().trim());
            request.url.clone()
        });
        for (name, value) in [
            (header::IF_NONE_MATCH, known.as_ref().and_then(|v| v.etag.as_ref())),
            (header::IF_MODIFIED_SINCE, known.as_ref().and_then(|v| v.last_modified.as_ref())),
        ] {
            if let Some(value) = value.and_then(|value| value.parse().ok()) {
                request.headers.insert(name, value);
            }
        }
        let mut response = self.send(request).await?;
        if with_token.is_some_and(|sent| sent == response.url) {
            response.url = url;
        }
        let known = match known {
            Some(known) if response.status == StatusCode::NOT_MODIFIED => {
                self.remember(key, refreshed(known, &response));
                return Ok(Fetched::Unchanged);
            }
            known => known,
        };
        if !response.status.is_success() {
            return Err(self.refusal(&response));
        }
        let hash = id::hex(&Sha256::digest(&response.wire)[..16]);
        let same = known.is_some_and(|known| known.hash.as_deref() == Some(&hash));
        self.remember(key, Validators { hash: Some(hash), ..refreshed(Validators::default(), &response) });
        if same {
            return Ok(Fetched::Unchanged);
        }
        self.page(response).await.map(|page| Fetched::Page(Box::new(page)))
    }

    /// Asks what no memory helps with: for a token, or a query too long for an address.
    ///
    /// # Errors
    /// If the way failed or the status is an error.
    pub(super) async fn ask(&mut self, question: Question) -> Result<Page, PollError> {
        let mut request = if question.body.is_empty() {
            Request::get(question.url, Purpose::Fetch)
        } else {
            Request::ask(question.url, question.content_type, question.body)
        };
        request.headers.extend(question.headers);
        let response = self.send(request).await?;
        if response.status.is_success() { self.page(response).await } else { Err(self.refusal(&response)) }
    }

    fn refusal(&self, response: &Response) -> PollError {
        PollError::Status {
            status: response.status.as_u16(),
            retry_after: response.retry_after(self.now),
            said: response.body_within(LARGE_BYTES).ok().and_then(|body| Said::read(&body)),
        }
    }

    /// How far the last walk from `first` had come.
    #[must_use]
    pub fn mark(&self, first: &Url) -> Option<Timestamp> {
        self.before.marks.get(&page_key(first)).copied()
    }

    /// Notes how far this walk from `first` has come.
    pub fn set_mark(&mut self, first: &Url, at: Timestamp) {
        self.after.marks.insert(page_key(first), at);
    }

    /// Keeps what the last walk from `first` had noted.
    pub fn keep_mark(&mut self, first: &Url) {
        if let Some(mark) = self.mark(first) {
            self.set_mark(first, mark);
        }
    }

    /// How far the last poll has read, in the source's own terms.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.before.place.as_deref()
    }

    /// Notes how far this poll has read.
    pub fn set_place(&mut self, place: String) {
        self.after.place = Some(place);
    }

    /// What a token of long life was exchanged for.
    pub(super) fn sealed(&self) -> Option<Sealed> {
        self.after.sealed.clone()
    }

    pub(super) fn set_sealed(&mut self, sealed: Sealed) {
        self.after.sealed = Some(sealed);
    }

    /// Whether the last poll looked at `url` too, so that an unchanged page before it does not end the walk.
    #[must_use]
    pub fn remembers(&self, url: &Url) -> bool {
        self.before.pages.contains_key(&page_key(url))
    }

    /// Forgets what was learnt in this poll about `url`, so that the next poll reads it afresh.
    pub fn forget(&mut self, url: &Url) {
        self.after.pages.remove(&page_key(url));
    }

    /// Whether this poll leaves anything else to remember than it was given.
    #[must_use]
    pub fn has_learnt(&self) -> bool {
        self.after != self.before
    }

    /// Whether a token was exchanged in this poll: the one before it may be worth nothing any more.
    #[must_use]
    pub fn has_exchanged(&self) -> bool {
        self.after.sealed != self.before.sealed
    }

    async fn page(&mut self, mut response: Response) -> Result<Page, PollError> {
        let body = response.unpacked().await?;
        let content_type = response.header(header::CONTENT_TYPE).map(str::to_owned);
        self.room = Some(response.room);
        Ok(Page { body, url: response.url, content_type, headers: response.headers })
    }

    fn remember(&mut self, key: String, validators: Validators) {
        if self.after.pages.len() < PAGES_REMEMBERED_MAX {
            self.after.pages.insert(key, validators);
        }
    }
}

fn page_key(url: &Url) -> String {
    id::stable("u", &[url.as_str()])
}

/// Runs CPU-bound parsing on the blocking pool, so that a slow page never stalls the runtime.
///
/// # Errors
/// What `parse` returns; a panic inside it becomes [`ParseError::TooMuch`].
pub async fn off_runtime<T: Send + 'static>(
    parse: impl FnOnce() -> Result<T, ParseError> + Send + 'static,
) -> Result<T, ParseError> {
    tokio::task::spawn_blocking(parse)
        .await
        .unwrap_or_else(|_| Err(ParseError::TooMuch("the parser failed on this payload".to_owned())))
}

/// Validators of an answer, falling back on the known ones (a 304 need not repeat them).
fn refreshed(mut known: Validators, response: &Response) -> Validators {
    for (name, known) in [(header::ETAG, &mut known.etag), (header::LAST_MODIFIED, &mut known.last_modified)] {
        if let Some(sent) = response.header(name).filter(|sent| known.as_deref() != Some(sent)) {
            *known = Some(sent.to_owned());
        }
    }
    known
}
