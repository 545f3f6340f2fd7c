//! A web without sockets, for tests and the simulated world: it answers from handlers and remembers what was asked.
//!
//! It runs inside the process, so that paused time works. It is no client: it checks no address and follows no redirect.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream};
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Http, HttpError, Listening, Request, Response, Room};

type Handler = Arc<dyn Fn(&Request) -> Result<Response, HttpError> + Send + Sync>;

/// A make-believe web. Clones share one state.
#[derive(Clone, Default)]
pub struct FakeWeb(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    exact: BTreeMap<String, Handler>,
    prefixes: BTreeMap<String, Handler>,
    delay: Duration,
    requests: Vec<Request>,
    unexpected: Vec<Request>,
}

impl FakeWeb {
    /// A web on which nothing is.
    #[must_use]
    pub fn new() -> Self {
        FakeWeb::default()
    }

    /// Answers every address that begins with `prefix` by `handler`; the longest prefix wins, a later handler replaces an earlier.
    pub fn on(&self, prefix: &str, handler: impl Fn(&Request) -> Result<Response, HttpError> + Send + Sync + 'static) {
        self.with(|state| state.prefixes.insert(prefix.to_owned(), Arc::new(handler)));
    }

    /// Answers exactly `url` always alike, until it is served otherwise.
    pub fn serve(&self, url: &str, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) {
        let (body, headers) = (body.into(), owned(headers));
        let handler = move |request: &Request| {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            Ok(answer(request, status, &headers, body.clone()))
        };
        self.with(|state| state.exact.insert(url.to_owned(), Arc::new(handler)));
    }

    /// Lets every answer take this long from now on.
    pub fn set_delay(&self, delay: Duration) {
        self.with(|state| state.delay = delay);
    }

    /// Everything that was asked, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.with(|state| state.requests.clone())
    }

    /// The requests that nobody expected; they were answered 404. A robots.txt is never unexpected.
    #[must_use]
    pub fn unexpected(&self) -> Vec<Request> {
        self.with(|state| state.unexpected.clone())
    }

    /// Forgets what was asked so far.
    pub fn forget(&self) {
        self.with(|state| {
            state.requests.clear();
            state.unexpected.clear();
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn arrive(&self, request: &Request) -> (Option<Handler>, Duration) {
        let url = request.url.as_str();
        self.with(|state| {
            // Who remembers a request has no part in its place.
            let remembered = Request { place: None, ..request.clone() };
            state.requests.push(remembered.clone());
            let by_prefix = || state.prefixes.iter().rev().find(|(prefix, _)| url.starts_with(prefix.as_str()));
            let found = state.exact.get(url).or_else(|| by_prefix().map(|(_, handler)| handler)).cloned();
            if found.is_none() && request.url.path() != "/robots.txt" {
                state.unexpected.push(remembered);
            }
            (found, state.delay)
        })
    }
}

impl Http for FakeWeb {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async move {
            let (handler, delay) = self.arrive(&request);
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            handler.map_or_else(|| Ok(answer(&request, 404, &[], "")), |handler| handler(&request))
        })
    }

    /// An event stream says at once what its handler answers, and then nothing more.
    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        Box::pin(async move {
            let answer = self.send(request).await?;
            if answer.header("content-type") != Some("text/event-stream") {
                return Err(HttpError::Refused("it is no stream".to_owned()));
            }
            Ok(stream::once(std::future::ready(Ok(answer.wire))).chain(stream::pending()).boxed())
        })
    }
}

/// An answer to `request`. A status or header that HTTP does not know is a mistake in the test, and becomes a 500 or is left out.
#[must_use]
pub fn answer(request: &Request, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((HeaderName::try_from(*name).ok()?, HeaderValue::try_from(*value).ok()?)))
        .collect();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Response { status, headers, wire: body.into(), url: request.url.clone(), place: None, room: Room::default() }
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Purpose;

    async fn ask(web: &FakeWeb, url: &str) -> u16 {
        web.send(Request::get(url.parse().unwrap(), Purpose::Fetch)).await.unwrap().status.as_u16()
    }

    #[tokio::test]
    async fn the_exact_address_wins_then_the_longest_prefix() {
        let web = FakeWeb::new();
        web.on("http://a.example/", |request| Ok(answer(request, 201, &[], "")));
        web.on("http://a.example/deep", |request| Ok(answer(request, 202, &[], "")));
        web.serve("http://a.example/deep/page", 203, &[], "");
        assert_eq!(ask(&web, "http://a.example/x").await, 201);
        assert_eq!(ask(&web, "http://a.example/deep/x").await, 202);
        assert_eq!(ask(&web, "http://a.example/deep/page").await, 203);
        assert!(web.unexpected().is_empty());
    }

    #[tokio::test]
    async fn what_nobody_expected_is_remembered() {
        let web = FakeWeb::new();
        assert_eq!(ask(&web, "http://a.example/x").await, 404);
        assert_eq!(ask(&web, "http://a.example/robots.txt").await, 404);
        assert_eq!((web.requests().len(), web.unexpected().len()), (2, 1));
    }
}
