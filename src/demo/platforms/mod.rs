//! Every platform's interface as a stateful fake in the vendor's true shape: sign-in, paging, edits, refusals.
//!
//! A platform is one file here and renders [`Listing`] as its vendor would. The demo lives among them with `--with`; the tests walk
//! through all of them.

use http::HeaderValue;
use jiff::Timestamp;
use serde_json::Value;
use url::form_urlencoded;

use crate::{http::Request, store::sources::Health};

mod app_store_connect;
mod bluesky;
mod booking;
mod discourse;
mod expedia;
mod facebook;
mod feefo;
mod google_business;
mod google_places;
mod google_play;
mod hacker_news;
mod instagram;
mod judge_me;
mod lemmy;
mod mastodon;
mod reddit;
mod reviews_io;
mod stamped;
mod steam;
mod threads;
mod tripadvisor;
mod trustpilot;
mod vendors;
mod x;
mod yelp;
mod yotpo;
mod youtube;

/// The fakes, by the kind that each serves.
pub const ALL: &[&dyn Platform] = &[
    &google_business::GoogleBusiness,
    &mastodon::Mastodon,
    &discourse::Discourse,
    &trustpilot::Trustpilot,
    &yelp::Yelp,
    &google_places::GooglePlaces,
    &tripadvisor::Tripadvisor,
    &booking::Booking,
    &steam::Steam,
    &app_store_connect::AppStoreConnect,
    &facebook::Facebook,
    &bluesky::Bluesky,
    &google_play::GooglePlay,
    &judge_me::JudgeMe,
    &yotpo::Yotpo,
    &reviews_io::ReviewsIo,
    &feefo::Feefo,
    &stamped::Stamped,
    &expedia::Expedia,
    &reddit::Reddit,
    &hacker_news::HackerNews,
    &lemmy::Lemmy,
    &youtube::YouTube,
    &x::X,
    &threads::Threads,
    &instagram::Instagram,
];

/// The fake of a kind, if it has one.
#[must_use]
pub fn find(kind: &str) -> Option<&'static dyn Platform> {
    ALL.iter().copied().find(|platform| platform.kind() == kind)
}

/// One review or post as its platform knows it.
#[derive(Clone, Debug)]
pub struct Review {
    /// From 1 on, never given twice.
    pub number: u64,
    /// The name that everybody sees.
    pub author: String,
    /// From 1 to 5.
    pub stars: u8,
    /// The words.
    pub text: String,
    /// When it was written.
    pub posted: Timestamp,
    /// When it was last changed; at first, when it was written.
    pub changed: Timestamp,
}

/// What a platform shows of one business, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The reviews.
    pub reviews: Vec<Review>,
    /// Counts up whenever the tokens that were granted are withdrawn.
    pub token: u32,
    /// What it answers to everything that is not signing in.
    pub refuses: Option<Reply>,
    /// What it answers to signing in.
    pub grants_nothing: Option<Reply>,
}

/// Status, headers, body.
pub type Reply = (u16, Vec<(&'static str, String)>, String);

/// A stateful fake of one vendor's interface.
pub trait Platform: Sync {
    /// The kind that reads it.
    fn kind(&self) -> &'static str;
    /// Where it answers, as beginnings of addresses.
    fn origins(&self) -> &'static [&'static str];
    /// The keys of its section, `name`, `kind`, `location` and `every` left out.
    fn settings(&self) -> &'static str;
    /// Answers a request for reviews; `None` for an address that the vendor does not have.
    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply>;
    /// Whether a request is for a token; answers it.
    fn grant(&self, _listing: &Listing, _request: &Request) -> Option<Reply> {
        None
    }
    /// The vendor's own refusals and what each is taken for.
    fn refusals(&self) -> Vec<(Reply, Health)>;
    /// Whether guests give stars there; the words decide where they do not.
    fn has_stars(&self) -> bool {
        true
    }
    /// Whether the interface lists everything, so that what is gone is missed there; elsewhere absence proves nothing.
    fn lists_all(&self) -> bool {
        false
    }
    /// Whether a guest can edit there, so that the same review can be seen turned around.
    fn can_edit(&self) -> bool {
        true
    }
}

/// JSON with status 200.
#[must_use]
pub fn json(document: &Value) -> Reply {
    (200, vec![("content-type", "application/json".to_owned())], document.to_string())
}

/// JSON with another status.
#[must_use]
pub fn refusal(status: u16, document: &Value) -> Reply {
    (status, vec![("content-type", "application/json".to_owned())], document.to_string())
}

/// The post whose number ends the address, if it is there.
fn asked_for<'a>(listing: &'a Listing, request: &Request) -> Option<&'a Review> {
    let number = request.url.path_segments()?.next_back()?.parse().ok();
    listing.reviews.iter().find(|review| Some(review.number) == number)
}

/// A parameter of the query.
#[must_use]
pub fn query(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// A field of a form that was sent.
fn form(request: &Request, name: &str) -> Option<String> {
    form_urlencoded::parse(&request.body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// Whether a request carries this header with this value.
fn has_header(request: &Request, name: &str, value: &str) -> bool {
    request.headers.get(name).map(HeaderValue::as_bytes) == Some(value.as_bytes())
}

/// The reviews of one page, and whether more follow.
fn page_of(reviews: &[Review], from: usize, size: usize) -> (&[Review], bool) {
    let end = from.saturating_add(size).min(reviews.len());
    (&reviews[from.min(end)..end], end < reviews.len())
}

/// Goes on only if the query has these parameters with these values.
fn asks(request: &Request, expected: &[(&str, &str)]) -> Option<()> {
    expected.iter().all(|(name, value)| query(request, name).as_deref() == Some(value)).then_some(())
}

/// Where a page begins that is asked for by a cursor: without one at the first review.
fn start_of(cursor: Option<String>) -> Option<usize> {
    cursor.map_or(Some(0), |cursor| cursor.parse().ok())
}
