//! A web of a few pages for the tests of sources: what is asked for is noted, what is not there is a 404.

use std::{collections::HashMap, sync::Mutex};

use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::{Memory, PollError, Seen, Source, Visit};
use crate::http::{Http, HttpError, Purpose, Request, Response};

#[derive(Default)]
pub(super) struct FakeWeb {
    pages: HashMap<String, (u16, HeaderMap, String)>,
    asked: Mutex<Vec<Request>>,
}

impl FakeWeb {
    pub(super) fn page(mut self, url: &str, body: impl Into<String>) -> Self {
        self.pages.insert(url.to_owned(), (200, HeaderMap::new(), body.into()));
        self
    }

    pub(super) fn status(mut self, url: &str, status: u16) -> Self {
        self.pages.insert(url.to_owned(), (status, HeaderMap::new(), String::new()));
        self
    }

    pub(super) fn header(mut self, url: &str, name: &'static str, value: &str) -> Self {
        self.pages.get_mut(url).unwrap().1.insert(name, value.parse().unwrap());
        self
    }

    /// The addresses asked for so far, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|request| request.url.to_string()).collect()
    }

    /// A header of the first request.
    pub(super) fn sent(&self, name: &str) -> Option<String> {
        Some(self.asked.lock().unwrap().first()?.headers.get(name)?.to_str().unwrap().to_owned())
    }

    /// Polls once with what the last poll learnt, and gives what this one learnt.
    pub(super) fn poll(&self, source: &dyn Source, memory: Memory) -> (Result<Seen, PollError>, Memory) {
        self.asked.lock().unwrap().clear();
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let mut visit = Visit::new(self, Purpose::Fetch, memory, now);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let seen = runtime.block_on(source.poll(&mut visit));
        (seen, visit.after)
    }
}

impl Http for FakeWeb {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let url = request.url.clone();
        self.asked.lock().unwrap().push(request);
        let found = self.pages.get(url.as_str()).cloned();
        let (status, headers, body) = found.unwrap_or((404, HeaderMap::new(), String::new()));
        let status = StatusCode::from_u16(status).unwrap();
        Box::pin(async move {
            Ok(Response { status, headers, wire: body.into(), url, place: None, room: crate::http::Room::default() })
        })
    }
}
