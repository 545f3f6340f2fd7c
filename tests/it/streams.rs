//! Streams of posts over real sockets: an event stream as Mastodon sends it, a WebSocket as Jetstream sends it, and everything that is
//! no stream. 127.0.0.2 plays the public web.

use std::{sync::Arc, time::Duration};

use amends::{
    http::{Client, ClientSettings, HttpError, Policy, Purpose, Request, SystemNames, fake::answer},
    review::Sighting,
    sources::{self, Source},
    store::sources::Health,
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::tungstenite::Message;

use crate::world::World;

const POST: &str =
    r#"{"uri":"https://m.example/1","content":"<p>Cold soup at Hotel Alba</p>","account":{"acct":"ann"}}"#;

fn client() -> Client {
    let policy = Policy::new(vec!["127.0.0.2/32".parse().unwrap()]);
    let names = Arc::new(SystemNames);
    let timeout = Duration::from_secs(1);
    Client::new(ClientSettings { contact: None, policy, timeout, in_flight_max: 2, names }).unwrap()
}

fn built(kind: &str, settings: &str) -> Box<dyn Source> {
    (sources::find(kind).unwrap().build)(settings.parse().unwrap()).unwrap_or_else(|error| panic!("{kind}: {error}"))
}

fn mastodon(port: u16) -> Box<dyn Source> {
    let settings = format!(
        "server = \"http://127.0.0.2:{port}\"\ntags = [\"alba\"]\ntoken = \"a-token\"\nwords = [\"Hotel Alba\"]"
    );
    built("mastodon", &settings)
}

fn bluesky(port: u16) -> Box<dyn Source> {
    built(
        "bluesky",
        &format!(
            "handle = \"a.example\"\napp_password = \"p\"\nsearches = [\"alba\"]\nwords = [\"Hotel Alba\"]\nlisten = true\njetstream = \"http://127.0.0.2:{port}\""
        ),
    )
}

async fn socket() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Answers one request with these bytes, and keeps the connection; returns what was asked.
async fn say(listener: &TcpListener, pieces: &[&str]) -> (String, TcpStream) {
    let (mut wire, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(wire.read_u8().await.unwrap());
    }
    for piece in pieces {
        wire.write_all(piece.as_bytes()).await.unwrap();
        wire.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (String::from_utf8(head).unwrap(), wire)
}

async fn next(heard: &mut (impl StreamExt<Item = Vec<Sighting>> + Unpin), within: Duration) -> Option<Vec<Sighting>> {
    tokio::time::timeout(within, heard.next()).await.ok().flatten()
}

#[tokio::test]
async fn an_event_stream_is_heard_as_it_comes_and_outlives_the_time_for_an_answer() {
    let (listener, port) = socket().await;
    let (client, source) = (client(), mastodon(port));
    let mut heard = source.hears(&client).unwrap();
    let event = format!("event: update\ndata: {POST}\n\n");
    let (first, later) = event.split_at(40);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:)\n\n";
    let pieces = [head, first, later];
    let ((asked, mut wire), said) = tokio::join!(say(&listener, &pieces), next(&mut heard, Duration::from_secs(10)));
    assert!(asked.starts_with("GET /api/v1/streaming/hashtag?tag=alba HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer a-token\r\n"), "{asked}");
    assert_eq!(said.unwrap()[0].text.as_deref(), Some("Cold soup at Hotel Alba"));

    tokio::time::sleep(Duration::from_millis(1_500)).await;
    wire.write_all(event.replace("Hotel Alba", "another house").as_bytes()).await.unwrap();
    wire.write_all(event.replace("/1", "/2").as_bytes()).await.unwrap();
    let second = next(&mut heard, Duration::from_secs(10)).await.unwrap();
    assert_eq!(second[0].id.as_deref(), Some("https://m.example/2"), "and the other one does not speak of us");

    drop(wire);
    assert_eq!(
        next(&mut heard, Duration::from_millis(300)).await,
        None,
        "one that broke is silent until the next look"
    );
}

#[tokio::test]
async fn a_socket_is_heard_message_by_message() {
    let (listener, port) = socket().await;
    let serving = tokio::spawn(async move {
        let (wire, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(wire).await.unwrap();
        let post = |key: &str, text: &str| {
            Message::text(format!(
                r#"{{"did":"did:plc:a","kind":"commit","commit":{{"operation":"create","collection":"app.bsky.feed.post","rkey":"{key}","record":{{"text":"{text}","createdAt":"2026-11-20T10:00:00Z"}}}}}}"#
            ))
        };
        socket.send(post("1", "Somebody's cat")).await.unwrap();
        socket.send(Message::Ping(bytes::Bytes::from_static(b"x"))).await.unwrap();
        socket.send(post("2", "Cold soup at Hotel Alba")).await.unwrap();
        socket.send(Message::text("{")).await.unwrap();
        socket.send(post("3", "hotel alba, never again")).await.unwrap();
        let pong = socket.next().await;
        assert!(matches!(pong, Some(Ok(Message::Pong(_)))), "{pong:?}");
    });
    let (client, source) = (client(), bluesky(port));
    let mut heard = source.hears(&client).unwrap();
    for key in ["2", "3"] {
        let said = next(&mut heard, Duration::from_secs(10)).await.unwrap();
        assert_eq!(said[0].id, Some(format!("at://did:plc:a/app.bsky.feed.post/{key}")));
    }
    let after = next(&mut heard, Duration::from_millis(500)).await;
    assert_eq!(after, None);
    serving.await.unwrap();
}

#[tokio::test]
async fn what_is_no_stream_is_refused_and_nothing_is_heard_of_it() {
    let not_streams = [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
        "nonsense\r\n\r\n",
    ];
    for answer in not_streams {
        for make in [mastodon, bluesky] {
            let (listener, port) = socket().await;
            let (client, source) = (client(), make(port));
            let mut heard = source.hears(&client).unwrap();
            let pieces = [answer];
            let (_asked, said) = tokio::join!(say(&listener, &pieces), next(&mut heard, Duration::from_millis(400)));
            assert_eq!(said, None, "{answer}");
        }
    }
}

#[tokio::test]
async fn a_stream_passes_the_address_guard_like_everything() {
    use amends::http::Http;
    let url = "http://127.0.0.1:9/api/v1/streaming/user".parse().unwrap();
    let refused = client().listen(Request::get(url, Purpose::Fetch)).await.err();
    assert!(matches!(refused, Some(HttpError::Refused(_))), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_post_that_is_heard_alerts_long_before_the_next_look() {
    let mut world = World::built("2026-11-20T10:00:00+01:00", HOUSE);
    world.web.serve(
        "https://m.example/api/v1/timelines/tag/alba?limit=40",
        200,
        &[("content-type", "application/json")],
        "[]",
    );
    world.web.on("https://m.example/api/v1/streaming/hashtag", |request| {
        let body =
            format!("event: update\ndata: {}\n\n", POST.replace("Cold soup", "Terrible, dirty room and rude staff"));
        Ok(answer(request, 200, &[("content-type", "text/event-stream")], body))
    });
    world.start().await;
    world.pass(Duration::from_secs(60)).await;
    let told: Vec<String> = world.hear_all().into_iter().map(|(_, event, _)| event).collect();
    assert_eq!(told, ["review.negative.created", "source.baseline"], "a summary may wait, a guest may not");
    assert_eq!(world.asked("https://m.example/api/v1/timelines"), 1, "one look was enough");
    world.nobody_hears(Duration::from_secs(20 * 60)).await;
    assert_eq!((world.source("tag").health, world.counts().reviews), (Health::Ok, 1));
}

const HOUSE: &str = r#"
[[location]]
name = "Hotel Alba"
timezone = "Europe/Vienna"

[[source]]
name = "tag"
kind = "mastodon"
location = "Hotel Alba"
server = "https://m.example"
tags = ["alba"]
token = "a-token"
words = ["Hotel Alba"]
every = "1h"

[[channel]]
name = "desk"
kind = "webhook"
url = "https://desk.example/hook"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

[[route]]
to = ["desk"]
"#;
