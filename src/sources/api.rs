//! The walk through an interface's pages: sign in, ask, read, go on, and say how much of the whole was seen.
//!
//! A platform gives the first address and how one answer is read; what all of them need stands here: a token is renewed once
//! when it is refused, a next page is only followed to the same place, and no walk is endless.

use std::{collections::HashSet, sync::Arc};

use futures_util::future::BoxFuture;
use http::header;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{
    Coverage, Fetched, ParseError, PollError, Push, PushError, Seen, Source, Taken, Visit, access::Access, off_runtime,
    settings,
};
use crate::review::Sighting;

/// An overlap for interfaces that tell changes by the day.
pub(super) const TWO_DAYS: SignedDuration = SignedDuration::from_hours(48);

/// What one answer holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Leaf {
    /// The reviews, in the interface's order.
    pub sightings: Vec<Sighting>,
    /// The next page's address.
    pub next: Option<Url>,
    /// How many reviews there are in all, if the interface says so.
    pub stated: Option<u64>,
}

/// How an interface orders its reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The newest first: the pages seen have no gap.
    Newest,
    /// The last changed first: a walk ends at what the walk before has seen.
    Changed,
    /// By its own choice, or in part: absence proves nothing.
    Sample,
    /// What was written or changed within so long, and nothing older.
    Lately(SignedDuration),
}

/// How one answer is read; `url` is where it came from.
pub(super) type Read = Arc<dyn Fn(&[u8], &Url) -> Result<Leaf, ParseError> + Send + Sync>;

/// One interface.
pub(super) struct Api {
    /// Who asks.
    pub access: Access,
    /// How reviews are ordered.
    pub order: Order,
    /// The most pages of one walk.
    pub pages_max: usize,
    /// What the interface's own errors mean, where that is not what their status says.
    pub explain: fn(&PollError) -> Option<PollError>,
}

/// An interface whose errors mean what their status says.
pub(super) fn as_the_status_says(_: &PollError) -> Option<PollError> {
    None
}

impl Api {
    /// Walks through the pages from `first` on.
    ///
    /// # Errors
    /// If the first or any further page cannot be read: half a walk would look like reviews that are gone.
    pub(super) async fn walk(&self, visit: &mut Visit<'_>, first: Url, read: Read) -> Result<Seen, PollError> {
        let (mut seen, mut visited) = (Seen::default(), HashSet::new());
        let known = visit.mark(&first);
        let (mut next, mut met_known) = (Some(first.clone()), false);
        while let Some(url) = next.take() {
            if visited.len() >= self.pages_max || !visited.insert(url.clone()) {
                break;
            }
            let Fetched::Page(page) = self.get(visit, &url).await? else {
                seen.coverage = Coverage::Unchanged;
                visit.keep_mark(&first);
                return Ok(seen);
            };
            let reader = Arc::clone(&read);
            let leaf = off_runtime(move || reader(&page.body, &page.url)).await;
            let is_enough = |leaf: &Leaf| leaf.next.is_none() || self.order == Order::Changed;
            if visited.len() > 1 || !leaf.as_ref().is_ok_and(is_enough) {
                // What changed on a later page need not show on the first: read them afresh next time.
                visit.forget(&url);
            }
            let leaf = leaf?;
            seen.count_stated = seen.count_stated.or(leaf.stated);
            met_known = self.order == Order::Changed
                && known.is_some_and(|known| leaf.sightings.iter().filter_map(changed_at).any(|at| at < known));
            seen.sightings.extend(leaf.sightings);
            next = leaf.next.filter(|next| !met_known && settings::is_same_place(&first, next));
            seen.coverage = if next.is_none() && !met_known { Coverage::Complete } else { Coverage::Some };
        }
        if !seen.sightings.is_empty() {
            // A page of others' posts says 0; the walk as a whole does not.
            seen.count_stated = seen.count_stated.filter(|stated| *stated > 0);
        }
        if let Order::Lately(window) = self.order {
            seen.reach = visit.now().checked_sub(window).ok();
        }
        if let Some(newest) = seen.sightings.iter().filter_map(changed_at).max() {
            visit.set_mark(&first, newest);
        }
        seen.coverage = match (self.order, seen.coverage) {
            (Order::Sample | Order::Lately(_), _) => Coverage::Some,
            (Order::Newest, Coverage::Some) if !met_known => Coverage::Newest,
            (_, coverage) => coverage,
        };
        Ok(seen)
    }

    /// Walks through what has changed since the walk before; the first walk takes all there is.
    ///
    /// `all` is where the whole stands, with how far a later walk goes back behind the newest that was seen, since clocks differ;
    /// `narrowed` is the address of what has changed since a time.
    ///
    /// # Errors
    /// As [`Api::walk`].
    async fn walk_since(
        &self,
        visit: &mut Visit<'_>,
        (all, overlap): (&Url, SignedDuration),
        narrowed: impl Fn(&Url, Timestamp) -> Url,
        read: Read,
    ) -> Result<Seen, PollError> {
        let known: Option<Timestamp> = visit.place().and_then(|place| place.parse().ok());
        let since = known.map(|known| known.saturating_sub(overlap).unwrap_or(known));
        let first = since.map_or_else(|| all.clone(), |since| narrowed(all, since));
        let mut seen = self.walk(visit, first, read).await?;
        if let Some(newest) = seen.sightings.iter().filter_map(changed_at).chain(known).max() {
            visit.set_place(newest.to_string());
        }
        if known.is_some() && seen.coverage != Coverage::Unchanged {
            seen.coverage = Coverage::Some;
            // Nothing new is an answer.
            seen.count_stated = seen.sightings.is_empty().then_some(0);
        }
        Ok(seen)
    }

    /// Asks for one address; a token that is refused is renewed once.
    ///
    /// # Errors
    /// As [`Visit::get`], in the interface's own terms.
    pub(super) async fn get(&self, visit: &mut Visit<'_>, url: &Url) -> Result<Fetched, PollError> {
        let first = self.try_get(visit, url).await;
        let result = match first {
            Err(PollError::Status { status: 401, .. }) if self.access.renew() => self.try_get(visit, url).await,
            other => other,
        };
        match result {
            Err(PollError::Status { status: 401, said, .. }) => Err(PollError::Reconnect(
                said.map_or_else(|| "the key is not accepted".to_owned(), |said| said.to_string()),
            )),
            other => other,
        }
    }

    async fn try_get(&self, visit: &mut Visit<'_>, url: &Url) -> Result<Fetched, PollError> {
        let mut credentials = self.access.credentials(visit).await?;
        let json = http::HeaderValue::from_static("application/json");
        credentials.headers.entry(header::ACCEPT).or_insert(json);
        let result = visit.get_as(url.clone(), credentials).await;
        result.map_err(|error| (self.explain)(&error).unwrap_or(error))
    }
}

fn changed_at(sighting: &Sighting) -> Option<Timestamp> {
    sighting.edited_at.or(sighting.posted_at.map(|posted| posted.at))
}

/// An address with further or replaced query parameters.
pub(super) fn with_query(url: &Url, pairs: &[(&str, &str)]) -> Url {
    let mut out = url.clone();
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| pairs.iter().all(|(new, _)| name != new))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    out.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(pairs);
    out
}

/// The next of counted pages: the address with its `parameter` one higher, if this page was `full`.
pub(super) fn counted(url: &Url, parameter: &str, first: u64, full: bool) -> Option<Url> {
    let page = url.query_pairs().find(|(name, _)| name == parameter).and_then(|(_, value)| value.parse().ok());
    full.then(|| with_query(url, &[(parameter, &(page.unwrap_or(first) + 1).to_string())]))
}

/// Several walks as one look: unchanged only if all of them are, complete only if all of them are.
pub(super) fn merged(walks: Vec<Seen>) -> Seen {
    let is = |coverage: Coverage| walks.iter().all(|seen| seen.coverage == coverage);
    let coverage = match walks.len() {
        1 => walks[0].coverage,
        _ if is(Coverage::Unchanged) => Coverage::Unchanged,
        _ if is(Coverage::Complete) => Coverage::Complete,
        _ => Coverage::Some,
    };
    let mut known = HashSet::new();
    let reach = walks.iter().filter_map(|seen| seen.reach).max();
    let count_stated = walks.iter().map(|seen| seen.count_stated).reduce(|a, b| Some(a? + b?)).flatten();
    let all = walks.into_iter().flat_map(|seen| seen.sightings);
    // One post under two tags is one post.
    let sightings = all.filter(|one| one.id.as_ref().is_none_or(|id| known.insert(id.clone()))).collect();
    Seen { sightings, coverage, count_stated, reach }
}

/// A source that is a walk through an interface and nothing else.
pub(super) struct Walked {
    /// The interface.
    pub api: Api,
    /// Where each walk begins.
    pub firsts: Vec<Url>,
    /// How an answer is read.
    pub read: Read,
}

impl Walked {
    /// Looks from every first address.
    ///
    /// # Errors
    /// As [`Api::walk`].
    pub(super) async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let mut walks = Vec::with_capacity(self.firsts.len());
        for first in &self.firsts {
            walks.push(self.api.walk(visit, first.clone(), Arc::clone(&self.read)).await?);
        }
        Ok(merged(walks))
    }
}

/// Takes in what is pushed to a source.
type Accept = Box<dyn Fn(&Push<'_>) -> Result<Taken, PushError> + Send + Sync>;
/// The address of what has changed: from that of the whole, since when, and now.
type Narrow = fn(&Url, Timestamp, Timestamp) -> Url;

impl Walked {
    /// The same, and pushed to as well.
    pub(super) fn pushed(
        self,
        accept: impl Fn(&Push<'_>) -> Result<Taken, PushError> + Send + Sync + 'static,
    ) -> Pushed {
        Pushed { walked: self, accept: Box::new(accept) }
    }

    /// The same, but only what has changed is asked for after the first look; see [`Api::walk_since`].
    pub(super) fn narrowed(self, overlap: SignedDuration, narrow: Narrow) -> Narrowed {
        Narrowed { walked: self, overlap, narrow }
    }
}

/// A walk, and what is pushed to the same source.
pub(super) struct Pushed {
    walked: Walked,
    accept: Accept,
}

/// A walk through what has changed since the walk before.
pub(super) struct Narrowed {
    walked: Walked,
    overlap: SignedDuration,
    narrow: Narrow,
}

impl Source for Pushed {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        self.walked.poll(visit)
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        self.walked.parse(payload, url)
    }

    fn accept(&self, push: &Push<'_>) -> Result<Taken, PushError> {
        (self.accept)(push)
    }

    fn again(&self, page: &Url) -> Option<Url> {
        self.walked.again(page)
    }

    fn addresses(&self) -> Vec<Url> {
        self.walked.addresses()
    }
}

impl Source for Narrowed {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        let (walked, now) = (&self.walked, visit.now());
        let since = move |all: &Url, at: Timestamp| (self.narrow)(all, at, now);
        Box::pin(walked.api.walk_since(visit, (&walked.firsts[0], self.overlap), since, Arc::clone(&walked.read)))
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        self.walked.parse(payload, url)
    }

    fn again(&self, page: &Url) -> Option<Url> {
        self.walked.again(page)
    }

    fn addresses(&self) -> Vec<Url> {
        self.walked.addresses()
    }
}

impl Source for Walked {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok((self.read)(payload, url.unwrap_or(&self.firsts[0]))?.sightings)
    }

    /// The pages of its reviews are for people; the interface only has lists.
    fn again(&self, _page: &Url) -> Option<Url> {
        None
    }

    fn addresses(&self) -> Vec<Url> {
        self.firsts.iter().map(settings::without_secrets).collect()
    }
}
