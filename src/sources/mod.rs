//! Where guests speak: the [`Source`] trait, the registry [`ALL`], and the rules that an author of a source keeps.
//!
//! A source is one file: its settings (`deny_unknown_fields`), its `TERMS`, a thin async `poll` round a pure `parse`.
//! It knows neither the store nor the clock nor another source. Adding one takes its file, its `mod` line and its line in [`ALL`].

use std::time::Duration;

use futures_util::{future::BoxFuture, stream::BoxStream};
use schemars::Schema;
use url::Url;

use crate::{
    config::SettingsError,
    http::{Http, HttpError},
    review::Sighting,
    terms::Terms,
};

mod access;
mod api;
mod app_store;
mod app_store_connect;
mod bluesky;
mod booking;
mod challenge;
mod discourse;
mod expedia;
mod facebook;
#[cfg(test)]
mod fake;
mod feed;
mod feefo;
mod form;
mod google_business;
mod google_places;
mod google_play;
mod hacker_news;
mod heard;
mod imap;
mod inbound;
mod instagram;
mod json;
mod judge_me;
mod lemmy;
mod mapping;
mod mastodon;
mod mention;
mod meta;
mod page;
mod part;
mod payload;
mod push;
mod reddit;
mod reviews_io;
mod said;
mod settings;
mod stamped;
mod steam;
mod tally;
mod threads;
mod tripadvisor;
mod trustpilot;
mod twilio;
mod typeform;
mod unsubscribe;
mod visit;
mod x;
mod xml;
mod yelp;
mod yotpo;
mod youtube;

#[doc(no_inline)]
pub use crate::review::Coverage;
pub use form::{Form, Language, WORDS_GRAPHEMES_MAX};
pub use google_business::reviews as google_reviews;
pub use push::{Answer, Push, PushError, Taken};
pub use said::Said;
pub use visit::{Fetched, Memory, Page, Validators, Visit, off_runtime};

/// Every kind of source, in the order in which users see them.
pub const ALL: &[Kind] = &[
    page::KIND,
    feed::KIND,
    json::KIND,
    google_business::KIND,
    google_places::KIND,
    tripadvisor::KIND,
    booking::KIND,
    expedia::KIND,
    yelp::KIND,
    trustpilot::KIND,
    facebook::KIND,
    app_store::KIND,
    app_store_connect::KIND,
    google_play::KIND,
    steam::KIND,
    judge_me::KIND,
    yotpo::KIND,
    reviews_io::KIND,
    feefo::KIND,
    stamped::KIND,
    mastodon::KIND,
    bluesky::KIND,
    reddit::KIND,
    x::KIND,
    youtube::KIND,
    instagram::KIND,
    threads::KIND,
    hacker_news::KIND,
    lemmy::KIND,
    discourse::KIND,
    imap::KIND,
    form::KIND,
    unsubscribe::KIND,
    inbound::KIND,
    typeform::KIND,
    tally::KIND,
    twilio::KIND,
];

/// What the registry knows of one kind of source.
pub struct Kind {
    /// The name in `kind = "…"`, kebab-case.
    pub name: &'static str,
    /// One line for `amends sources`.
    pub about: &'static str,
    /// A commented example `[[source]]` section, as it stands in the example configuration.
    pub example: &'static str,
    /// How an owner gets access, in plain words, as `amends help <kind>` shows it; empty where an address is all it takes.
    pub access: &'static str,
    /// The platform's terms.
    pub terms: Terms,
    /// The shortest interval that is polite there; lower only on addresses that the owner allows as private.
    pub interval_min: Duration,
    /// The platform's own limit of requests, such as "300/day", if its documents state one that polling can meet.
    pub quota: Option<&'static str>,
    /// Whether its sites' robots.txt is asked.
    pub robots: Robots,
    /// The JSON Schema of its settings: the keys beside `name`, `kind`, `location`, `every` and the like.
    pub schema: fn() -> Schema,
    /// Builds a source from its settings.
    pub build: fn(toml::Table) -> Result<Box<dyn Source>, SettingsError>,
}

/// Whether robots.txt (RFC 9309) is asked before reading; the owner can say of a source "this page is mine".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Robots {
    /// A public page: asked.
    Asked,
    /// An interface offered to programs: not asked.
    ByContract,
}

/// One thing to poll.
pub trait Source: Send + Sync {
    /// Looks once: fetches through `visit`, parses off the runtime, and says what it saw and how much of the whole that is.
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>>;

    /// Reads one payload, as `amends parse` does; `url` is where it came from, if known.
    ///
    /// # Errors
    /// If the payload is not what the platform sends.
    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError>;

    /// Takes in what was pushed to this source's own address: verified, then read. Pure: it stores nothing.
    ///
    /// # Errors
    /// If it is not signed as it must be, comes too late, or is not what the sender sends.
    fn accept(&self, _push: &Push<'_>) -> Result<Taken, PushError> {
        Err(PushError::NotOffered)
    }

    /// Whether there is anything to ask; a source that only listens is not polled.
    fn is_polled(&self) -> bool {
        true
    }

    /// The form that the house shows for this source, if it has one.
    fn form(&self) -> Option<&Form> {
        None
    }

    /// What the other side says by itself between two looks, as soon as it does: posts, or nothing but that there is something for the
    /// next poll to fetch. It ends where nothing more can be heard; it is none where nothing ever can.
    fn hears<'a>(&'a self, _http: &'a dyn Http) -> Option<BoxStream<'a, Vec<Sighting>>> {
        None
    }

    /// Where one review can be read again by itself, given its own page; none if the platform only has lists that a program can read.
    fn again(&self, page: &Url) -> Option<Url> {
        Some(page.clone())
    }

    /// The addresses that will be asked, for the configuration check; without secrets.
    fn addresses(&self) -> Vec<Url>;
}

/// What one poll saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The reviews, in the site's order; empty with [`Coverage::Unchanged`].
    pub sightings: Vec<Sighting>,
    /// How much of the whole was seen.
    pub coverage: Coverage,
    /// How many reviews the site says it has, if it says so.
    pub count_stated: Option<u64>,
    /// Since when everything written or changed would have been shown, where a platform looks back only so far.
    pub reach: Option<jiff::Timestamp>,
}

/// Why a poll saw nothing. Each case is a state of the source, said aloud; none is ever "0 reviews".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// The way there failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The other side answered with an error status.
    #[error("the site answered {status}{}", said.as_ref().map(|said| format!(" ({said})")).unwrap_or_default())]
    Status {
        /// The HTTP status.
        status: u16,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
        /// What it said of it.
        said: Option<Said>,
    },
    /// The access was withdrawn or has run out; only a person can connect anew.
    #[error("the access is not accepted any more: {0}")]
    Reconnect(String),
    /// The platform's own limit of requests is used up.
    #[error("the quota is used up")]
    OverQuota {
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
    },
    /// A captcha, consent or challenge page came instead of the page.
    #[error("the site shows a page against robots instead of its reviews")]
    Blocked,
    /// The payload is not what the platform sends.
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// Why a payload could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not this kind of payload at all.
    #[error("this is not {expected}: {why}")]
    NotThisKind {
        /// "an RSS, Atom or JSON feed", "JSON", …
        expected: &'static str,
        /// What was found instead, without the payload's text.
        why: String,
    },
    /// A challenge page.
    #[error("this is a page against robots, not the page that was asked for")]
    Blocked,
    /// A limit of ours was passed.
    #[error("{0}")]
    TooMuch(String),
}

/// The kind of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.name == name)
}
