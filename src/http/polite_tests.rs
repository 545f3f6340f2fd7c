//! Manners under paused time: who is asked when, how often, and when not at all. The other side is the in-process fake.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use jiff::Timestamp;

use super::{super::host::HOSTS_KEPT, *};
use crate::http::{FakeWeb, Room, Rooms, fake::answer};

/// A polite client on a fake web, with a record of when each address was asked, in seconds since the start.
struct Street {
    web: FakeWeb,
    polite: Arc<Polite<Timed>>,
    log: Arc<Mutex<Vec<(f64, String)>>>,
    most_at_once: Arc<AtomicUsize>,
}

struct Timed {
    web: FakeWeb,
    clock: Clock,
    log: Arc<Mutex<Vec<(f64, String)>>>,
    at_once: AtomicUsize,
    most_at_once: Arc<AtomicUsize>,
}

const START: &str = "2026-11-16T08:00:00Z";

impl Http for Timed {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let seconds = clock::since(self.clock.now(), START.parse().unwrap()).as_secs_f64();
        self.log.lock().unwrap().push((seconds, request.url.path().to_owned()));
        Box::pin(async move {
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            let answer = self.web.send(request).await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}

fn settings() -> PoliteSettings {
    PoliteSettings {
        in_flight_max: 8,
        in_flight_per_host_max: 2,
        host_gap: Duration::from_secs(1),
        policy: Policy::new(vec!["127.0.0.0/8".parse().unwrap()]),
    }
}

impl Street {
    fn new() -> Self {
        Street::with(settings())
    }

    fn with(settings: PoliteSettings) -> Self {
        let (web, log, most_at_once) = (FakeWeb::new(), Arc::default(), Arc::<AtomicUsize>::default());
        web.on("http", |request| match request.url.path() {
            "/robots.txt" => Ok(answer(request, 404, &[], "")),
            _ => Ok(answer(request, 200, &[], "ok")),
        });
        let clock = Clock::simulated(START.parse().unwrap(), 1.0);
        let timed = Timed {
            web: web.clone(),
            clock: clock.clone(),
            log: Arc::clone(&log),
            at_once: AtomicUsize::new(0),
            most_at_once: most_at_once.clone(),
        };
        Street { web, polite: Arc::new(Polite::new(timed, settings, clock)), log, most_at_once }
    }

    async fn send(&self, url: &str, purpose: Purpose) -> Result<u16, HttpError> {
        self.polite.send(Request::get(url.parse().unwrap(), purpose)).await.map(|response| response.status.as_u16())
    }

    async fn crawl(&self, url: &str) -> Result<u16, HttpError> {
        self.send(url, Purpose::Crawl).await
    }

    async fn fetch(&self, url: &str) -> Result<u16, HttpError> {
        self.send(url, Purpose::Fetch).await
    }

    /// Sends all of them at the same moment.
    async fn all(&self, urls: &[String], purpose: Purpose) -> Vec<Result<u16, HttpError>> {
        futures_util::future::join_all(urls.iter().map(|url| self.send(url, purpose))).await
    }

    fn asked(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().map(|(_, path)| path.clone()).collect()
    }

    fn times(&self) -> Vec<f64> {
        self.log.lock().unwrap().iter().map(|(seconds, _)| *seconds).collect()
    }
}

fn pages(host: &str, count: usize) -> Vec<String> {
    (0..count).map(|page| format!("http://{host}/{page}")).collect()
}

fn is_robots(error: &HttpError) -> bool {
    matches!(error, HttpError::Robots { .. })
}

#[tokio::test(start_paused = true)]
async fn requests_to_one_host_are_a_second_apart() {
    let street = Street::new();
    street.all(&pages("shop.example", 4), Purpose::Fetch).await;
    assert_eq!(street.times(), [0.0, 1.0, 2.0, 3.0]);
}

#[tokio::test(start_paused = true)]
async fn hosts_do_not_wait_for_each_other() {
    let street = Street::new();
    let urls: Vec<_> = (0..5).map(|host| format!("http://shop{host}.example/")).collect();
    street.all(&urls, Purpose::Fetch).await;
    assert_eq!(street.times(), [0.0; 5]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_host_has_two_requests_at_once_and_not_more() {
    let street = Street::new();
    street.web.set_delay(Duration::from_secs(10));
    street.all(&pages("shop.example", 6), Purpose::Fetch).await;
    assert_eq!(street.most_at_once.load(Ordering::SeqCst), 2);
    assert_eq!(street.times(), [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_global_limit_are_under_way() {
    let street = Street::new();
    street.web.set_delay(Duration::from_secs(10));
    let urls: Vec<_> = (0..30).map(|host| format!("http://shop{host}.example/")).collect();
    street.all(&urls, Purpose::Fetch).await;
    assert_eq!(street.most_at_once.load(Ordering::SeqCst), 8);
}

#[tokio::test(start_paused = true)]
async fn hosts_that_were_slow_share_a_quarter_of_all_requests_for_ten_minutes() {
    let street = Street::new();
    let slow: Vec<_> = (0..6).map(|host| format!("http://slow{host}.example/")).collect();
    let and_another = [slow.as_slice(), &["http://shop.example/".to_owned()]].concat();
    street.web.set_delay(Duration::from_secs(10));
    street.all(&slow, Purpose::Fetch).await;
    assert_eq!(street.times(), [0.0; 6], "nobody knows that they are slow");
    street.all(&and_another, Purpose::Fetch).await;
    assert_eq!(
        street.times()[6..],
        [10.0, 10.0, 10.0, 20.0, 20.0, 30.0, 30.0],
        "two of them at once, and the other shop"
    );
    tokio::time::sleep(Duration::from_secs(600)).await;
    street.all(&slow, Purpose::Fetch).await;
    let last = street.times().split_off(13);
    assert!(last.iter().all(|at| *at == last[0]), "all at once again: {last:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_still_worked_on_counts_as_under_way() {
    let street = Street::with(PoliteSettings { in_flight_max: 1, ..settings() });
    street.web.on("http://", |request| Ok(answer(request, 200, &[], "")));
    let ask = |host: &str| street.polite.send(Request::get(format!("http://{host}/").parse().unwrap(), Purpose::Fetch));
    let first = ask("a.example").await.unwrap();
    let waits = tokio::time::timeout(Duration::from_secs(60), ask("b.example")).await;
    assert!(waits.is_err(), "the only place is taken");
    let second = first.clone();
    drop(first);
    assert!(tokio::time::timeout(Duration::from_secs(60), ask("b.example")).await.is_err(), "and still by a copy");
    drop(second);
    assert_eq!(ask("b.example").await.unwrap().status, 200);
}

/// On `large*.example` everything is large.
fn street_with_large_answers(in_flight_max: usize) -> Street {
    let street = Street::with(PoliteSettings { in_flight_max, ..settings() });
    let rooms = Rooms::default();
    street.web.on("http://large", move |request| {
        Ok(Response { room: Room::among(&rooms, request.place.clone()), ..answer(request, 200, &[], "") })
    });
    street
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_leaves_its_place_to_others_and_its_host_is_asked_as_slow_ones_are() {
    let street = street_with_large_answers(1);
    let ask = |url: &str| street.polite.send(Request::get(url.parse().unwrap(), Purpose::Fetch));
    let in_vain = |url: &str| tokio::time::timeout(Duration::from_secs(60), ask(url));
    let mut large = ask("http://large.example/").await.unwrap();
    assert!(in_vain("http://shop.example/").await.is_err(), "the only place is taken");
    large.room.take().await;
    assert_eq!(street.fetch("http://shop.example/").await, Ok(200));
    assert!(in_vain("http://large.example/").await.is_err(), "it is the only one among slow ones");
    drop(large);
    assert_eq!(street.fetch("http://large.example/").await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_place_when_its_host_becomes_slow_waits_among_the_slow() {
    let street = street_with_large_answers(2);
    let ask = |url: &str| street.polite.send(Request::get(url.parse().unwrap(), Purpose::Fetch));
    let mut large = ask("http://large.example/1").await.unwrap();
    let other = ask("http://shop.example/").await.unwrap();
    let mut waits = std::pin::pin!(ask("http://large.example/2"));
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut waits).await.is_err(), "both places are taken");
    large.room.take().await;
    drop(other);
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut waits).await.is_err(), "and one among the slow");
    assert_eq!(street.fetch("http://shop.example/").await, Ok(200), "who waits there holds up no other");
    drop(large);
    assert_eq!(waits.await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn so_many_and_no_more_wait_for_a_room_without_a_place() {
    let street = street_with_large_answers(25);
    let hosts =
        |kind: &str, count: usize| (0..count).map(|nth| format!("http://{kind}{nth}.example/")).collect::<Vec<_>>();
    let held = |urls: Vec<String>| {
        let sent = urls.into_iter().map(|url| street.polite.send(Request::get(url.parse().unwrap(), Purpose::Fetch)));
        futures_util::future::join_all(sent)
    };
    let mut large: Vec<Response> = held(hosts("large", 25)).await.into_iter().map(Result::unwrap).collect();
    let mut rooms = futures_util::future::join_all(large.iter_mut().map(|response| response.room.take()));
    assert!((&mut rooms).now_or_never().is_none(), "there are fewer rooms");
    let small = held(hosts("shop", 20)).await;
    assert!(small.iter().all(Result::is_ok), "four are in a room, sixteen wait outside");
    let one_more = street.polite.send(Request::get("http://late.example/".parse().unwrap(), Purpose::Fetch));
    assert!(tokio::time::timeout(Duration::from_secs(60), one_more).await.is_err(), "the other five keep their places");
}

#[tokio::test(start_paused = true)]
async fn the_gap_holds_also_after_waiting_for_a_global_slot() {
    let street = Street::with(PoliteSettings { in_flight_max: 1, ..settings() });
    street.web.on("http://slow.example/", |request| Ok(answer(request, 200, &[], "")));
    street.web.set_delay(Duration::from_millis(5_500));
    let mut urls = pages("slow.example", 1);
    urls.extend(pages("shop.example", 2));
    street.all(&urls, Purpose::Fetch).await;
    assert_eq!(street.times(), [0.0, 5.5, 11.0]);
}

#[tokio::test(start_paused = true)]
async fn a_private_host_is_neither_spaced_nor_capped() {
    let street = Street::new();
    street.web.set_delay(Duration::from_secs(10));
    street.all(&pages("127.0.0.1:8080", 8), Purpose::Fetch).await;
    assert_eq!(street.times(), [0.0; 8]);
}

#[tokio::test(start_paused = true)]
async fn alerts_pass_while_sources_fill_every_slot() {
    let street = Street::new();
    street.web.set_delay(Duration::from_secs(10));
    let mut urls: Vec<_> = (0..8).map(|host| format!("http://slow{host}.example/")).collect();
    urls.extend(pages("slow0.example", 20));
    let alerts = pages("slow0.example", 20);
    futures_util::join!(street.all(&urls, Purpose::Fetch), street.all(&alerts, Purpose::Deliver));
    assert_eq!(street.times().iter().filter(|seconds| **seconds == 0.0).count(), 28);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_while_a_host_asked_us_to_wait() {
    for (status, value, seconds) in
        [(429, "120", 120), (503, "Mon, 16 Nov 2026 08:10:00 GMT", 600), (429, "315360000", 86_400)]
    {
        let street = Street::new();
        street.web.serve("http://shop.example/busy", status, &[("retry-after", value)], "");
        assert_eq!(street.fetch("http://shop.example/busy").await, Ok(status));
        let until = START.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds);
        let waiting = HttpError::Waiting { host: "shop.example".to_owned(), until };
        for path in ["busy", "other"] {
            assert_eq!(street.fetch(&format!("http://shop.example/{path}")).await, Err(waiting.clone()));
            assert!(street.crawl(&format!("http://shop.example/{path}")).await.is_err());
        }
        tokio::time::sleep(Duration::from_secs(seconds as u64 - 1)).await;
        assert!(street.fetch("http://shop.example/other").await.is_err());
        assert_eq!(street.asked(), ["/busy"], "during the wait of {value}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(street.fetch("http://shop.example/other").await, Ok(200));
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_queue_when_the_wait_begins_are_not_sent() {
    let street = Street::new();
    street.web.on("http://shop.example/", |request| Ok(answer(request, 429, &[("retry-after", "60")], "")));
    let outcomes = street.all(&pages("shop.example", 5), Purpose::Fetch).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(street.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nonsense_for_a_wait_closes_nothing() {
    for value in ["-5", "0", "soon", "", "Mon, 16 Nov 2020 08:10:00 GMT"] {
        let street = Street::new();
        street.web.serve("http://shop.example/busy", 429, &[("retry-after", value)], "");
        street.fetch("http://shop.example/busy").await.unwrap();
        assert_eq!(street.fetch("http://shop.example/other").await, Ok(200), "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_sent_though_the_host_asked_sources_to_wait() {
    let street = Street::new();
    street.web.serve("http://chat.example/feed", 429, &[("retry-after", "60")], "");
    street.fetch("http://chat.example/feed").await.unwrap();
    assert_eq!(street.send("http://chat.example/hook", Purpose::Deliver).await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn robots_txt_is_asked_once_a_day_and_obeyed() {
    let street = Street::new();
    street.web.serve("http://shop.example/robots.txt", 200, &[], "User-agent: *\nDisallow: /private");
    assert_eq!(street.crawl("http://shop.example/reviews").await, Ok(200));
    let refused = street.crawl("http://shop.example/private/1?key=s3cret").await.unwrap_err();
    assert_eq!(refused.to_string(), "robots.txt of shop.example does not allow /private/1");
    assert_eq!(street.fetch("http://shop.example/private/1").await, Ok(200));
    assert_eq!(street.asked(), ["/robots.txt", "/reviews", "/private/1"]);
    street.web.serve("http://shop.example/robots.txt", 200, &[], "");
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(street.crawl("http://shop.example/private/1").await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn sources_that_start_together_ask_for_robots_txt_once() {
    let street = Street::new();
    street.all(&pages("shop.example", 3), Purpose::Crawl).await;
    assert_eq!(street.asked(), ["/robots.txt", "/0", "/1", "/2"]);
    assert_eq!(street.times(), [0.0, 1.0, 2.0, 3.0]);
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_spaces_further_up_to_five_minutes() {
    for (delay, expected) in [("10", 10.0), ("90000", 300.0), ("0.1", 1.0)] {
        let street = Street::new();
        let robots = format!("User-agent: *\nCrawl-delay: {delay}");
        street.web.serve("http://shop.example/robots.txt", 200, &[], robots);
        street.all(&pages("shop.example", 2), Purpose::Crawl).await;
        assert_eq!(street.times(), [0.0, expected, 2.0 * expected], "{delay}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_cannot_say_is_left_alone_and_asked_again_in_a_minute() {
    let street = Street::new();
    street.web.serve("http://shop.example/robots.txt", 503, &[], "");
    let error = street.crawl("http://shop.example/reviews").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot reach robots.txt of shop.example (it answered 503), so nothing there is read yet"
    );
    street.crawl("http://shop.example/reviews").await.unwrap_err();
    assert_eq!(street.asked(), ["/robots.txt"]);
    street.web.serve("http://shop.example/robots.txt", 410, &[], "");
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(street.crawl("http://shop.example/reviews").await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn known_rules_outlive_an_outage_of_robots_txt() {
    let street = Street::new();
    street.web.serve("http://shop.example/robots.txt", 200, &[], "User-agent: *\nDisallow: /private");
    street.crawl("http://shop.example/reviews").await.unwrap();
    street.web.serve("http://shop.example/robots.txt", 500, &[], "");
    tokio::time::sleep(Duration::from_secs(25 * 3600)).await;
    assert_eq!(street.crawl("http://shop.example/reviews").await, Ok(200));
    assert!(is_robots(&street.crawl("http://shop.example/private").await.unwrap_err()));
}

#[tokio::test(start_paused = true)]
async fn after_thirty_days_without_robots_txt_there_is_none() {
    let street = Street::new();
    street.web.on("http://shop.example/robots.txt", |_| Err(HttpError::Unreachable("shop.example".to_owned())));
    for _ in 0..29 {
        assert!(street.crawl("http://shop.example/reviews").await.is_err());
        tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    }
    assert!(street.crawl("http://shop.example/reviews").await.is_err());
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(street.crawl("http://shop.example/reviews").await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn a_robots_txt_that_asks_us_to_wait_is_heard() {
    let street = Street::new();
    street.web.serve("http://shop.example/robots.txt", 429, &[("retry-after", "600")], "");
    street.crawl("http://shop.example/reviews").await.unwrap_err();
    let error = street.crawl("http://shop.example/reviews").await.unwrap_err();
    assert_eq!(street.asked(), ["/robots.txt"], "{error}");
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(matches!(street.crawl("http://shop.example/reviews").await, Err(HttpError::Waiting { .. })));
    assert_eq!(street.asked(), ["/robots.txt"]);
}

#[tokio::test(start_paused = true)]
async fn every_hop_of_a_redirect_has_manners() {
    let street = Street::new();
    street.web.serve("http://old.example/", 301, &[("location", "http://new.example/reviews")], "");
    street.web.serve("http://new.example/robots.txt", 200, &[], "User-agent: amends\nDisallow: /");
    assert!(is_robots(&street.crawl("http://old.example/").await.unwrap_err()));
    assert_eq!(street.fetch("http://old.example/").await, Ok(200));
    assert_eq!(street.asked(), ["/robots.txt", "/", "/robots.txt", "/", "/reviews"]);
}

#[tokio::test(start_paused = true)]
async fn five_redirects_are_followed_and_six_are_not() {
    let street = Street::new();
    street.web.on("http://shop.example/", |request| {
        let left: u32 = request.url.path()[1..].parse().unwrap_or(0);
        let next = format!("/{}", left.saturating_sub(1));
        let location = [("location", next.as_str())];
        Ok(if left == 0 { answer(request, 200, &[], "") } else { answer(request, 302, &location, "") })
    });
    assert_eq!(street.fetch("http://shop.example/5").await, Ok(200));
    assert_eq!(street.fetch("http://shop.example/6").await, Err(HttpError::Redirected));
    assert_eq!(street.send("http://shop.example/5", Purpose::Deliver).await, Ok(302));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_leaves_nothing_locked() {
    let street = Street::new();
    street.web.set_delay(Duration::from_secs(3600));
    let urls = pages("shop.example", 4);
    let given_up = street.all(&urls, Purpose::Crawl);
    assert!(tokio::time::timeout(Duration::from_secs(10), given_up).await.is_err());
    street.web.set_delay(Duration::ZERO);
    assert_eq!(street.crawl("http://shop.example/reviews").await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn idle_hosts_are_forgotten_and_waiting_ones_are_not() {
    let street = Street::new();
    street.web.serve("http://busy.example/", 503, &[("retry-after", "86400")], "");
    street.fetch("http://busy.example/").await.unwrap();
    for host in 0..2 * HOSTS_KEPT {
        if host % 1_000 == 0 {
            tokio::time::sleep(Duration::from_secs(301)).await;
        }
        street.fetch(&format!("http://shop{host}.example/")).await.unwrap();
    }
    assert!(street.polite.hosts.lock().unwrap().by_key.len() <= HOSTS_KEPT);
    assert!(matches!(street.fetch("http://busy.example/").await, Err(HttpError::Waiting { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_turn_can_be_waited_for_before_the_request_is_made() {
    let street = Street::new();
    let ask = |path: &str, purpose| Request::get(format!("http://shop.example/{path}").parse().unwrap(), purpose);
    let turn = |host: &str| street.polite.turn(format!("http://{host}/1").parse().unwrap(), Purpose::Crawl);
    let first = turn("shop.example").await;
    assert!(first.is_some());
    assert_eq!(street.asked(), ["/robots.txt"]);
    street.polite.send_in(ask("1", Purpose::Crawl), first).await.unwrap();
    let second = turn("shop.example").await;
    street.polite.send_in(ask("2", Purpose::Fetch), second).await.unwrap();
    let elsewhere = turn("other.example").await;
    street.polite.send_in(ask("3", Purpose::Crawl), elsewhere).await.unwrap();
    assert_eq!(street.asked(), ["/robots.txt", "/1", "/2", "/robots.txt", "/3"]);
    assert_eq!(street.times()[..3], [0.0, 1.0, 2.0], "as far apart as ever");
}

#[tokio::test(start_paused = true)]
async fn a_turn_opens_nothing_that_robots_txt_closes() {
    let street = Street::new();
    street.web.serve("http://shop.example/robots.txt", 200, &[], "User-agent: *\nDisallow: /private");
    let url = |path: &str| -> Url { format!("http://shop.example{path}").parse().unwrap() };
    assert!(street.polite.turn(url("/private/1"), Purpose::Crawl).await.is_none());
    assert!(street.polite.turn("imap://mail.example/".parse().unwrap(), Purpose::Fetch).await.is_none());
    for purpose in [Purpose::Crawl, Purpose::Fetch] {
        let turn = street.polite.turn(url("/reviews"), purpose).await;
        let refused = street.polite.send_in(Request::get(url("/private/1"), Purpose::Crawl), turn).await;
        assert!(is_robots(&refused.unwrap_err()));
    }
    assert_eq!(street.asked(), ["/robots.txt"]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_worth_nothing_once_the_host_asks_us_to_wait() {
    let street = Street::new();
    street.web.serve("http://shop.example/busy", 429, &[("retry-after", "60")], "");
    let turn = street.polite.turn("http://shop.example/".parse().unwrap(), Purpose::Fetch).await;
    street.fetch("http://shop.example/busy").await.unwrap();
    let request = Request::get("http://shop.example/".parse().unwrap(), Purpose::Fetch);
    assert!(matches!(street.polite.send_in(request, turn).await, Err(HttpError::Waiting { .. })));
    assert_eq!(street.asked(), ["/busy"]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_fit_leaves_its_place_to_the_next() {
    let street = Street::with(PoliteSettings { in_flight_max: 1, ..settings() });
    let turn = street.polite.turn("http://a.example/".parse().unwrap(), Purpose::Fetch).await;
    let request = Request::get("http://b.example/".parse().unwrap(), Purpose::Fetch);
    assert_eq!(street.polite.send_in(request, turn).await.unwrap().status, 200);
    assert_eq!(street.fetch("http://a.example/").await, Ok(200));
}
