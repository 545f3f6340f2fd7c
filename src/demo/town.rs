//! The town around the street: platforms behind their real addresses, answered inside the process, so that nothing leaves the machine.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use url::{Host, Url};

use super::platforms::{Listing, Platform, Review};
use crate::http::{Http, HttpError, Listening, Request, Response, fake};

/// One business on one platform.
pub struct Stall {
    platform: &'static dyn Platform,
    listing: Mutex<Listing>,
}

impl Stall {
    /// A business that nobody has reviewed yet.
    #[must_use]
    pub fn new(platform: &'static dyn Platform) -> Self {
        Stall { platform, listing: Mutex::default() }
    }

    /// The platform that it is on.
    #[must_use]
    pub fn platform(&self) -> &'static dyn Platform {
        self.platform
    }

    /// Changes what the platform shows, or how it answers.
    pub fn with<T>(&self, change: impl FnOnce(&mut Listing) -> T) -> T {
        change(&mut self.listing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A guest posts; gives the number of the review there.
    pub fn guest_posts(&self, author: &str, stars: u8, text: &str, at: Timestamp) -> u64 {
        self.with(|listing| {
            let number = listing.reviews.iter().map(|review| review.number).max().unwrap_or_default() + 1;
            let (author, text) = (author.to_owned(), text.to_owned());
            listing.reviews.insert(0, Review { number, author, stars, text, posted: at, changed: at });
            number
        })
    }

    /// A guest changes a review; nothing happens if it is not there.
    pub fn guest_edits(&self, number: u64, stars: u8, text: &str, at: Timestamp) {
        self.with(|listing| {
            if let Some(review) = listing.reviews.iter_mut().find(|review| review.number == number) {
                (review.stars, review.text, review.changed) = (stars, text.to_owned(), at);
            }
        });
    }

    /// A guest takes a review down.
    pub fn guest_deletes(&self, number: u64) {
        self.with(|listing| listing.reviews.retain(|review| review.number != number));
    }

    /// What the platform answers; `None` if it has no such address.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let (status, headers, body) = self.with(|listing| {
            let granted = self.platform.grant(listing, request);
            match (granted, &listing.grants_nothing, &listing.refuses) {
                (Some(_), Some(nothing), _) => Some(nothing.clone()),
                (Some(granted), None, _) => Some(granted),
                (None, _, Some(refuses)) => Some(refuses.clone()),
                (None, _, None) => self.platform.answer(listing, request),
            }
        })?;
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Some(fake::answer(request, status, &headers, body))
    }

    fn is_at(&self, url: &Url) -> bool {
        self.platform.origins().iter().any(|origin| url.as_str().starts_with(origin))
    }
}

/// The only way out that a demo has: to the stalls, and to this machine.
pub(super) struct Town<H> {
    /// The platforms that the demo lives among.
    pub stalls: Vec<Arc<Stall>>,
    /// The way to the street and the telephones on loopback.
    pub loopback: H,
}

impl<H: Http> Http for Town<H> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        if is_loopback(&request.url) {
            return self.loopback.send(request);
        }
        // Some vendors offer several interfaces at one address; the one that knows the caller answers.
        let stalls = self.stalls.iter().filter(|stall| stall.is_at(&request.url));
        let mut answers: Vec<Response> = stalls.filter_map(|stall| stall.answer(&request)).collect();
        answers.sort_by_key(|answer| !answer.status.is_success());
        let answer = answers.into_iter().next().unwrap_or_else(|| fake::answer(&request, 404, &[], ""));
        Box::pin(std::future::ready(Ok(answer)))
    }

    fn listen(&self, _request: Request) -> BoxFuture<'_, Result<Listening, HttpError>> {
        Box::pin(std::future::ready(Err(HttpError::Refused("the make-believe platforms hold no streams".to_owned()))))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}
