//! Health and figures for monitoring: plain lines without a guest, a person or a secret.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::{Face, guard, pages};
use crate::{clock, store::health};

/// How long the database may take to answer a read.
const READ_WITHIN: Duration = Duration::from_secs(2);
/// The type of the text that `Metrics::render` writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Says that the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// Says whether the sources were started and the database answers.
pub async fn ready(State(face): State<Arc<Face>>) -> (StatusCode, &'static str) {
    if !*face.ready.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "not ready: the sources are not started yet\n");
    }
    match tokio::time::timeout(READ_WITHIN, face.store.read(health::answers)).await {
        Ok(Ok(_)) => (StatusCode::OK, "ok\n"),
        Ok(Err(_)) => (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database cannot be read\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database does not answer within 2 seconds\n"),
    }
}

/// The daemon's figures as OpenMetrics, for who asks directly; what a proxy lets through from outside finds nothing here.
pub async fn metrics(State(face): State<Arc<Face>>, headers: HeaderMap) -> Response {
    if guard::came_by_proxy(&face, &headers) {
        return pages::not_found().await;
    }
    match tokio::time::timeout(READ_WITHIN, face.store.read(health::outbox)).await {
        Ok(Ok((waiting, oldest_at))) => {
            let now = face.clock.now();
            let age = oldest_at.map_or(Duration::ZERO, |oldest| clock::since(now, oldest));
            ([(CONTENT_TYPE, OPEN_METRICS)], face.metrics.render(waiting, age)).into_response()
        }
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be read\n").into_response(),
    }
}
