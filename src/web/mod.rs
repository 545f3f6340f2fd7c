//! The face of the house: the page behind the link in an alert, the owner's feedback forms, and health and figures for monitoring.
//!
//! A GET never changes anything, for mail scanners press every link; only a POST with the link's token in its body acts, and it
//! says "saved" only after the write is on disk. It deliberately knows no source (the app hands it the platforms' rules), keeps
//! no sessions, sets no cookies and needs no JavaScript.

mod case;
mod form;
mod guard;
mod health;
mod inlet;
mod pages;
mod serve;
mod view;
mod when;
mod wish;

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use axum::{Extension, Router, extract::DefaultBodyLimit, middleware, routing::get};
use tokio::sync::watch;
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

use crate::{
    clock::Clock,
    secret::Secret,
    store::Store,
    terms::AskRule,
    work::{
        house::House,
        metrics::Metrics,
        receive::{self, Inlets},
    },
};

pub use serve::serve;

/// The most bytes of a request's body: a long note in any script is far below.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Everything that the pages need.
#[derive(Clone)]
pub struct Face {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What the owner has decided, as of the last reload.
    pub house: watch::Receiver<Arc<House>>,
    /// Where sources are pushed to, as of the last reload.
    pub inlets: watch::Receiver<Arc<Inlets>>,
    /// The daemon's figures.
    pub metrics: Arc<Metrics>,
    /// The key that signs links.
    pub key: Secret,
    /// Whether the sources were started.
    pub ready: watch::Receiver<bool>,
    /// May a business ask for a changed review, by kind of source; the owner decides about kinds that are not here.
    pub ask_rules: BTreeMap<String, AskRule>,
    /// The address that is listened on: besides `localhost` and the host of `base_url`, the only one that is answered for.
    pub listen: IpAddr,
    /// How long and how much, at most.
    pub limits: Limits,
}

/// How long a caller may take, and how many callers there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For sending a whole header; also how long a connection may lie idle between two requests.
    pub header: Duration,
    /// For one request, body and answer.
    pub request: Duration,
    /// For one connection, whatever happens on it.
    pub connection: Duration,
    /// For what is under way when the daemon stops.
    pub drain: Duration,
    /// Connections at once.
    pub connections_max: usize,
    /// Connections at once from one address; loopback, where a proxy stands, has no limit of its own.
    pub per_peer_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            header: Duration::from_secs(10),
            request: Duration::from_secs(15),
            connection: Duration::from_secs(300),
            drain: Duration::from_secs(5),
            connections_max: 256,
            per_peer_max: 16,
        }
    }
}

/// Every address that is answered; tests walk it.
pub const ROUTES: &[&str] =
    &["/", "/case", "/style.css", "/healthz", "/readyz", "/metrics", "/in/token", "/f/form", "/f/form/thanks"];

/// The pages, guarded: for [`serve()`], and for tests without sockets.
pub fn router(face: Face) -> Router {
    let face = Arc::new(face);
    let inlets = Router::new()
        .route("/in/{token}", get(inlet::take_in).post(inlet::take_in))
        .layer(RequestBodyLimitLayer::new(receive::BODY_BYTES_MAX));
    Router::new()
        .route("/", get(pages::home))
        .route("/case", get(case::show).post(case::act))
        .route("/f/{slug}", get(form::show).post(form::answer))
        .route("/f/{slug}/thanks", get(form::thanks))
        .layer(Extension(Arc::<form::Gate>::default()))
        .route("/style.css", get(pages::style))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::wrong_method)
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .merge(inlets)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(&face), guard::check_host))
        .layer(middleware::from_fn_with_state(Arc::clone(&face), guard::end_in_time))
        .layer(CatchPanicLayer::custom(pages::panicked))
        .layer(middleware::map_response(guard::add_headers))
        .with_state(face)
}
