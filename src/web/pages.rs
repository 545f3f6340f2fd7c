//! Pages that say one thing: the front page, the style sheet, and every refusal in plain words.

use std::any::Any;

use askama::Template;
use axum::{
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{Html, IntoResponse, Response},
};

/// The one style sheet.
const STYLE: &str = include_str!("style.css");

#[derive(Template)]
#[template(path = "web/home.html")]
struct Home;

#[derive(Template)]
#[template(path = "web/notice.html")]
struct Notice<'a> {
    title: &'a str,
    text: &'a str,
    typed: Option<&'a str>,
}

/// Says what this is, and nothing of what is in it.
pub async fn home() -> Response {
    page(StatusCode::OK, &Home)
}

/// The style sheet.
pub async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "max-age=3600")], STYLE).into_response()
}

/// There is no such page.
pub async fn not_found() -> Response {
    notice(StatusCode::NOT_FOUND, "There is no such page", "Open the link in your newest message from amends.")
}

/// The page exists, but not for that method.
pub async fn wrong_method() -> Response {
    let text = "This page is opened from the link in a message and changed by its buttons only.";
    notice(StatusCode::METHOD_NOT_ALLOWED, "That does not work here", text)
}

/// Something of ours broke.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("A page failed unexpectedly; please report this");
    notice(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", "Nothing was saved. Please try again.")
}

/// A page with one message.
pub fn notice(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, &Notice { title, text, typed: None })
}

/// A page with one message and what the person had typed, so that nothing is lost.
pub fn notice_with(status: StatusCode, title: &str, text: &str, typed: &str) -> Response {
    page(status, &Notice { title, text, typed: Some(typed).filter(|typed| !typed.is_empty()) })
}

/// A rendered template.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the page could not be rendered\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, routing::get};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_page_that_panics_is_a_plain_page_and_not_a_broken_connection() {
        async fn broken() -> &'static str {
            panic!("a secret of the inside")
        }
        let router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(panicked));
        let response = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("Something went wrong") && !body.contains("secret"), "{body}");
    }
}
