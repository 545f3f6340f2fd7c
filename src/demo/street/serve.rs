//! The doors of the make-believe sites: one address for programs, one page for each review, and an honest robots.txt.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

use super::{Books, PostId, Site, lock, render};
use crate::id;

#[derive(Clone)]
struct Shop {
    site: Site,
    door: SocketAddr,
    books: Arc<Mutex<Books>>,
}

/// Answers until the street closes.
pub(super) async fn keep(listener: TcpListener, site: Site, door: SocketAddr, books: Arc<Mutex<Books>>) {
    let router = Router::new()
        .route("/", get(list))
        .route(site.path(), get(list))
        .route("/review/{id}", get(single))
        .route("/robots.txt", get(|| async { "User-agent: *\nAllow: /\n" }))
        .with_state(Shop { site, door, books });
    // Loopback only, and every caller is ourselves or the person at the machine.
    let _ = axum::serve(listener, router).await;
}

async fn list(State(shop): State<Shop>, asked: HeaderMap) -> Response {
    let (posts, count) = lock(&shop.books).shown(shop.site);
    let (kind, body) = match shop.site {
        Site::Pretendvisor => ("text/html; charset=utf-8", render::json_ld_page((&posts, count), shop.door)),
        Site::Makebook => ("application/json", render::json((&posts, count), shop.door)),
        Site::Gaggle => ("text/html; charset=utf-8", render::microdata_page((&posts, count), shop.door)),
    };
    let etag = format!("\"{}\"", id::stable("e", &[&body]));
    if asked.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, etag)]).into_response();
    }
    ([(CONTENT_TYPE, kind.to_owned()), (ETAG, etag)], body).into_response()
}

async fn single(State(shop): State<Shop>, Path(id): Path<u64>) -> Response {
    let post = lock(&shop.books).find(PostId(id)).cloned();
    match post.filter(|post| post.site == shop.site) {
        Some(post) => {
            let posts = [post];
            let page = match shop.site {
                Site::Pretendvisor | Site::Makebook => render::json_ld_page((&posts, 1), shop.door),
                Site::Gaggle => render::microdata_page((&posts, 1), shop.door),
            };
            ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
        }
        None => (StatusCode::NOT_FOUND, "no such review on this make-believe site\n").into_response(),
    }
}
