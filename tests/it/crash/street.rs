//! The loopback side: review sites that grow when told to, and a receiver that checks signatures and fails now and then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::{net::TcpListener, sync::watch};

/// Signs the alerts.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// How many sites there are; the first review of each is known before.
pub const SITES: usize = 40;
/// Every so many messages one is refused.
const REFUSED: u64 = 17;
/// Every so many messages one is kept and said to have failed.
const KEPT_AND_FAILED: u64 = 23;

/// How long the receiver thinks before it writes a message down: a sender that dies meanwhile has not delivered it.
const THINKING: Duration = Duration::from_millis(15);

/// What the receiver wrote down.
#[derive(Default)]
pub struct Book {
    /// How often each message came, by its id.
    pub by_id: HashMap<String, u64>,
    /// The ids under which each review was told.
    pub by_review: HashMap<usize, Vec<String>>,
    pub bad_signatures: u64,
    pub refused: u64,
}

#[derive(Clone)]
struct Shared {
    book: Arc<Mutex<Book>>,
    shown: Arc<Mutex<usize>>,
    pages: Arc<watch::Sender<u64>>,
    alerts: Arc<watch::Sender<u64>>,
}

/// All sites and the receiver on one port.
pub struct Street {
    pub base: String,
    pub reviews: usize,
    shared: Shared,
}

/// Whether a review is a bad one, and is told: two of five are, the known ones apart.
pub fn is_told(number: usize) -> bool {
    stars(number) <= 3 && number >= SITES
}

fn stars(number: usize) -> usize {
    [1, 3, 4, 5, 5][number / SITES % 5]
}

impl Street {
    pub async fn open(reviews: usize) -> Street {
        let shared = Shared {
            book: Arc::default(),
            shown: Arc::new(Mutex::new(SITES)),
            pages: Arc::new(watch::Sender::new(0)),
            alerts: Arc::new(watch::Sender::new(0)),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let routes =
            Router::new().route("/site/{site}", get(page)).route("/alerts", post(receive)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Street { base, reviews, shared }
    }

    /// The sites show the first so many reviews from now on.
    pub fn release(&self, count: usize) {
        let mut shown = self.shared.shown.lock().unwrap();
        *shown = count.max(*shown);
    }

    /// How many pages were asked for, and how many messages came.
    pub fn counts(&self) -> (u64, u64) {
        (*self.shared.pages.borrow(), *self.shared.alerts.borrow())
    }

    pub async fn until_pages(&self, count: u64) {
        self.shared.pages.subscribe().wait_for(|pages| *pages >= count).await.unwrap();
    }

    pub async fn until_alerts(&self, count: u64) {
        self.shared.alerts.subscribe().wait_for(|alerts| *alerts >= count).await.unwrap();
    }

    /// Waits until every site was asked thrice and no message came for four seconds.
    pub async fn until_quiet(&self) {
        let (pages, _) = self.counts();
        self.until_pages(pages + 3 * SITES as u64).await;
        let mut alerts = self.shared.alerts.subscribe();
        loop {
            alerts.mark_unchanged();
            if tokio::time::timeout(Duration::from_secs(4), alerts.changed()).await.is_err() {
                return;
            }
        }
    }

    pub fn with_book<T>(&self, read: impl FnOnce(&Book) -> T) -> T {
        read(&self.shared.book.lock().unwrap())
    }
}

async fn page(State(shared): State<Shared>, Path(site): Path<usize>) -> Response {
    shared.pages.send_modify(|pages| *pages += 1);
    let shown = *shared.shown.lock().unwrap();
    let reviews: Vec<Value> = (site..shown).step_by(SITES).rev().map(review).collect();
    ([("content-type", "application/json")], json!({ "reviews": reviews }).to_string()).into_response()
}

fn review(number: usize) -> Value {
    json!({
        "id": format!("r{number}"), "author": format!("Guest {number}"), "stars": stars(number),
        "text": format!("#{number} was an invented stay with a loud lift"), "day": "2026-11-01",
    })
}

async fn receive(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let count = *shared.alerts.borrow() + 1;
    shared.alerts.send_replace(count);
    tokio::time::sleep(THINKING).await;
    let soon = [("retry-after", "1")];
    let mut book = shared.book.lock().unwrap();
    if Webhook::new(SECRET).unwrap().verify(&body, &headers).is_err() {
        book.bad_signatures += 1;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if count % REFUSED == 0 {
        book.refused += 1;
        return (StatusCode::SERVICE_UNAVAILABLE, soon).into_response();
    }
    book.write(headers["webhook-id"].to_str().unwrap(), &serde_json::from_slice(&body).unwrap());
    if count % KEPT_AND_FAILED == 0 {
        return (StatusCode::INTERNAL_SERVER_ERROR, soon).into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}

impl Book {
    fn write(&mut self, id: &str, message: &Value) {
        *self.by_id.entry(id.to_owned()).or_default() += 1;
        if message["type"] != "review.negative.created" {
            return;
        }
        let text = message["data"]["review"]["text"].as_str().unwrap();
        let number = text.trim_start_matches('#').split(' ').next().unwrap().parse().unwrap();
        let ids = self.by_review.entry(number).or_default();
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
}
