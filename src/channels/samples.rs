//! Sample alerts and small ways to render them, for the tests of the channels; not part of the program.

use crate::{
    alert::Alert,
    channels::{Channel, Envelope, Outgoing, find},
    http::{Request, Response},
};

/// The present in these tests.
pub(super) const NOW: &str = "2026-11-20T20:05:00Z";

/// The sample alert of that name, from `tests/fixtures/alerts`.
pub(super) fn alert(name: &str) -> Alert {
    let path = format!("{}/tests/fixtures/alerts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A delivery to Maria, with a link.
pub(super) fn envelope() -> Envelope {
    Envelope {
        delivery_id: "msg_0a1b2c".into(),
        address: Some("maria@alpenblick.example".into()),
        person: Some("Maria".into()),
        link: Some("https://amends.alpenblick.example/c/12?t=sampletoken".into()),
    }
}

/// Builds a channel from settings in TOML.
pub(super) fn channel(kind: &str, settings: &str) -> Box<dyn Channel> {
    (find(kind).unwrap().build)(settings.parse().unwrap()).unwrap()
}

/// Renders an alert on a freshly built channel.
pub(super) fn outgoing(kind: &str, settings: &str, alert: &Alert) -> Outgoing {
    channel(kind, settings).render(alert, &envelope(), NOW.parse().unwrap())
}

/// What a printing channel prints.
pub(super) fn printed(kind: &str, settings: &str, name: &str) -> String {
    match outgoing(kind, settings, &alert(name)) {
        Outgoing::Print(lines) => lines,
        other => panic!("{other:?}"),
    }
}

/// The request of an HTTP channel.
pub(super) fn request(kind: &str, settings: &str, alert: &Alert) -> Request {
    match outgoing(kind, settings, alert) {
        Outgoing::Http(request) => request,
        other => panic!("{other:?}"),
    }
}

/// The JSON body of a request.
pub(super) fn json(request: &Request) -> serde_json::Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// An answer with a status and a body.
pub(super) fn answer(status: u16, body: &'static str) -> Response {
    Response {
        status: http::StatusCode::from_u16(status).unwrap(),
        headers: http::HeaderMap::new(),
        wire: bytes::Bytes::from_static(body.as_bytes()),
        url: url::Url::parse("https://service.example/").unwrap(),
        place: None,
        room: crate::http::Room::default(),
    }
}
