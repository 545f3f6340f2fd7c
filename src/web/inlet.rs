//! Where platforms, forms and programs of the owner's push to: `/in/<token>`. It answers 200 only when everything is on disk.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::{Face, pages};
use crate::work::receive::{self, Ground, Pushed, Receipt, ReceiveError};

/// Takes in one push.
pub async fn take_in(
    State(face): State<Arc<Face>>,
    Path(token): Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let Some(watched) = face.inlets.borrow().find(&token) else { return pages::not_found().await };
    let house = Arc::clone(&face.house.borrow());
    let base = house.base_url.clone().or_else(|| "http://localhost/".parse().ok());
    let Some(mut url) = base.and_then(|base| receive::address(&base, &watched.name, &face.key)) else {
        return pages::not_found().await;
    };
    url.set_query(uri.query());
    let ground = Ground { store: &face.store, clock: &face.clock, house, metrics: &face.metrics };
    match receive::receive(&ground, &watched, Pushed { method, url, headers, body }).await {
        Ok(receipt) => answered(receipt),
        Err(error) => refused(&watched.name, &error),
    }
}

fn answered(receipt: Receipt) -> Response {
    let mut response = receipt.body.into_response();
    if receipt.content_type.is_empty() {
        response.headers_mut().remove(CONTENT_TYPE);
    } else {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(receipt.content_type));
    }
    response
}

fn refused(source: &str, error: &ReceiveError) -> Response {
    tracing::warn!(source.id = %source, %error, "Refused what was pushed to {source}");
    match error {
        ReceiveError::NotOffered => plain(StatusCode::NOT_FOUND, "nothing is taken in here\n"),
        ReceiveError::Unsigned(_) => plain(StatusCode::UNAUTHORIZED, "the signature does not hold\n"),
        ReceiveError::Unreadable(_) => plain(StatusCode::BAD_REQUEST, "this cannot be read\n"),
        ReceiveError::Store(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "not saved, try again\n"),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
