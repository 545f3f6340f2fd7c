//! The webhook at its receiver: a real loopback server that checks signatures with the reference library.

use std::sync::{Arc, Mutex};

use amends::{
    channels::{Outgoing, find},
    clock::Clock,
};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use standardwebhooks::Webhook;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{alert, envelope};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const SECRET_OLD: &str = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

#[derive(Clone)]
struct Receiver {
    key: &'static str,
    events: Arc<Mutex<Vec<serde_json::Value>>>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match Webhook::new(receiver.key).unwrap().verify(&body, &headers) {
        Ok(()) => {
            receiver.events.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

/// Delivers a new review with both secrets to a receiver that knows `key`; gives the status line and what was received.
async fn deliver(key: &'static str) -> (String, Vec<serde_json::Value>) {
    let events = Arc::default();
    let receiver = Receiver { key, events: Arc::clone(&events) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/in", post(receive)).with_state(receiver)).await.unwrap();
    });
    let settings = format!("url = \"http://{address}/in\"\nsecret = \"{SECRET}\"\nsecret_old = \"{SECRET_OLD}\"");
    let webhook = (find("webhook").unwrap().build)(settings.parse().unwrap()).unwrap();
    // The receiver compares with the real time.
    let Outgoing::Http(request) = webhook.render(&alert("hostile"), &envelope(), Clock::system().now()) else {
        panic!("a request");
    };
    let mut head = format!(
        "POST /in HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n",
        request.body.len()
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    stream.write_all(&request.body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    server.abort();
    let received = events.lock().unwrap().clone();
    (answer.lines().next().unwrap_or_default().to_owned(), received)
}

#[tokio::test]
async fn a_receiver_with_the_new_or_the_old_secret_accepts_the_signature() {
    for key in [SECRET, SECRET_OLD] {
        let (status, events) = deliver(key).await;
        assert_eq!(status, "HTTP/1.1 204 No Content");
        assert_eq!(events[0]["type"], "review.negative.created");
        assert_eq!(events[0]["data"]["case"], 12);
    }
}

#[tokio::test]
async fn a_receiver_with_another_secret_refuses_it() {
    let (status, events) = deliver("whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").await;
    assert_eq!(status, "HTTP/1.1 401 Unauthorized");
    assert!(events.is_empty());
}
