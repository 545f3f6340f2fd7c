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
