//! The roster with make-believe sources, under paused time, against a real database.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{
    future::BoxFuture,
    stream::{self, BoxStream},
};
use http::HeaderMap;
use url::Url;

use super::*;
use crate::{
    clock::Clock,
    http::{FakeWeb, Http, Policy, Polite, PoliteSettings, Purpose, fake::answer},
    review::Sighting,
    sources::{ParseError, PollError, Seen, Source, Visit},
    store::Store,
    work::{house::House, ingest::Choices, metrics::Metrics},
};

const IN_FLIGHT_MAX: usize = 4;

/// A page that is asked for, and fails, in whichever way its address says.
struct Sign {
    url: Url,
    begun: Arc<AtomicUsize>,
    is_heard: bool,
}

impl Source for Sign {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        assert!(self.url.path() != "/panics", "as it was asked to");
        Box::pin(async { visit.get(self.url.clone(), HeaderMap::new()).await.map(|_| Seen::default()) })
    }

    fn parse(&self, _payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        Ok(Vec::new())
    }

    fn hears<'a>(&'a self, _http: &'a dyn Http) -> Option<BoxStream<'a, Vec<Sighting>>> {
        // Once, a minute into each rest.
        let heard = async { tokio::time::sleep(Duration::from_secs(60)).await };
        self.is_heard.then(|| stream::once(heard).map(|()| Vec::new()).boxed())
    }

    fn addresses(&self) -> Vec<Url> {
        vec![self.url.clone()]
    }
}

/// Sources of one house, and how often each was looked at.
struct Street {
    _dir: tempfile::TempDir,
    web: FakeWeb,
    bell: Arc<Bell>,
    looks: Vec<Arc<AtomicUsize>>,
    _roster: AbortOnDropHandle<Result<(), StoreError>>,
}

impl Street {
    fn open(urls: &[String], is_heard: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::simulated("2026-11-16T08:00:00Z".parse().unwrap(), 1.0);
        let (web, bell) = (FakeWeb::new(), Arc::<Bell>::default());
        web.on("http", |request| Ok(answer(request, 200, &[], "")));
        let settings = PoliteSettings {
            in_flight_max: IN_FLIGHT_MAX,
            in_flight_per_host_max: 2,
            host_gap: Duration::ZERO,
            policy: Policy::new(Vec::new()),
        };
        let ground = Arc::new(Ground {
            store: Store::open(dir.path()).unwrap(),
            http: Arc::new(Polite::new(web.clone(), settings, clock.clone())),
            clock,
            house: Arc::new(House::default()),
            metrics: Arc::new(Metrics::default()),
        });
        let looks: Vec<Arc<AtomicUsize>> = urls.iter().map(|_| Arc::default()).collect();
        let watched = urls.iter().zip(&looks).map(|(url, begun)| {
            Arc::new(Watched {
                name: url.clone(),
                kind: "page",
                location: String::new(),
                source: Arc::new(Sign { url: url.parse().unwrap(), begun: Arc::clone(begun), is_heard }),
                every: Duration::from_secs(600),
                revisit_every: Duration::from_secs(86_400),
                purpose: Purpose::Fetch,
                choices: Choices { surge_max: 20, open_recent: None },
                budget: None,
                bell: Arc::clone(&bell),
            })
        });
        let roster = tokio::spawn(keep(ground, watched.collect(), Arc::clone(&bell)));
        Street { _dir: dir, web, bell, looks, _roster: AbortOnDropHandle::new(roster) }
    }

    /// Lives on for a span.
    async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    fn looks(&self) -> Vec<usize> {
        self.looks.iter().map(|looks| looks.load(Ordering::SeqCst)).collect()
    }
}

fn shops(count: usize) -> Vec<String> {
    (0..count).map(|shop| format!("http://shop{shop}.example/")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_look_is_begun_when_it_is_its_turn_to_ask() {
    let street = Street::open(&shops(30), false);
    street.web.set_delay(Duration::from_secs(3600));
    street.pass(10).await;
    assert_eq!(street.looks().iter().sum::<usize>(), IN_FLIGHT_MAX, "the others wait for a place");
}

#[tokio::test(start_paused = true)]
async fn one_source_that_panics_stops_no_other_and_is_tried_again() {
    let urls = ["http://a.example/panics".to_owned(), "http://b.example/".to_owned()];
    let street = Street::open(&urls, false);
    street.pass(10).await;
    assert_eq!(street.looks(), [1, 1]);
    street.pass(400).await;
    assert_eq!(street.looks()[0], 2, "after five minutes");
    street.pass(400).await;
    assert!(street.looks()[1] >= 2, "at its pace");
}

#[tokio::test(start_paused = true)]
async fn the_bell_asks_for_a_look_at_once_also_during_a_look() {
    let street = Street::open(&shops(2), false);
    street.pass(10).await;
    assert_eq!(street.looks(), [1, 1]);
    street.web.set_delay(Duration::from_secs(20));
    street.bell.ring("http://shop1.example/");
    street.pass(10).await;
    assert_eq!(street.looks(), [1, 2]);
    street.bell.ring("http://shop1.example/");
    street.bell.ring("nobody");
    street.pass(15).await;
    assert_eq!(street.looks(), [1, 3], "as soon as the one under way is over");
    street.pass(60).await;
    assert_eq!(street.looks(), [1, 3], "and once");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_failed_is_left_alone_until_its_time() {
    let street = Street::open(&shops(1), false);
    street.web.on("http", |request| Ok(answer(request, 500, &[], "")));
    street.pass(10).await;
    street.bell.ring("http://shop0.example/");
    street.pass(10).await;
    assert_eq!(street.looks(), [1]);
    street.web.on("http", |request| Ok(answer(request, 200, &[], "")));
    street.pass(700).await;
    assert_eq!(street.looks(), [2], "at its time, which answers the bell too");
}

#[tokio::test(start_paused = true)]
async fn what_is_heard_in_a_rest_asks_for_a_look() {
    let street = Street::open(&shops(1), true);
    street.pass(10).await;
    assert_eq!(street.looks(), [1]);
    street.pass(70).await;
    assert_eq!(street.looks(), [2], "a minute into its rest");
}

#[tokio::test(start_paused = true)]
async fn all_sources_of_one_host_have_their_turn_and_one_that_is_called_in_line_is_looked_at_once() {
    let pages: Vec<String> = (0..30).map(|page| format!("http://shop.example/{page}")).collect();
    let street = Street::open(&pages, false);
    street.web.set_delay(Duration::from_secs(1));
    street.pass(5).await;
    street.bell.ring("http://shop.example/29");
    street.pass(2).await;
    let looks = street.looks();
    assert!((2..30).contains(&looks.iter().sum::<usize>()), "two at a time: {looks:?}");
    assert!(looks.is_sorted_by(|a, b| a >= b), "the first come are served first: {looks:?}");
    street.pass(60).await;
    assert_eq!(street.looks(), [1; 30]);
}
