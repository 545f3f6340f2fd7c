//! The accept loop on loopback: deadlines, limits, and stopping.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use amends::web::serve;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::*;

const LONG: Duration = Duration::from_secs(10);

struct Served {
    _hotel: Hotel,
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

async fn served(limits: Limits) -> Served {
    let mut hotel = Hotel::new();
    hotel.face.limits = limits;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let task = tokio::spawn(serve(listener, hotel.face.clone(), stop.clone()));
    Served { _hotel: hotel, address, stop, task }
}

impl Served {
    async fn dial(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes and reads until the other side closes.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut socket = self.dial().await;
        socket.write_all(bytes).await.unwrap();
        read_all(&mut socket).await
    }

    async fn stop(self) {
        self.stop.cancel();
        timeout(LONG, self.task).await.expect("stops in time").unwrap();
    }
}

async fn read_all(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset counts as closed.
    let _ = timeout(LONG, socket.read_to_end(&mut bytes)).await.expect("is closed in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_whole_request_is_answered() {
    let served = served(Limits::default()).await;
    let answer = served.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn callers_that_never_finish_their_header_are_dropped_and_others_are_served() {
    let limits = Limits { header: Duration::from_millis(300), ..Limits::default() };
    let served = served(limits).await;
    let began = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut socket = served.dial().await;
        socket.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ").await.unwrap();
        slow.push(socket);
    }
    let answer = served.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for socket in &mut slow {
        read_all(socket).await;
    }
    assert!(began.elapsed() < LONG);
    served.stop().await;
}

#[tokio::test]
async fn silent_and_idle_connections_are_dropped_too() {
    let served = served(Limits { header: Duration::from_millis(300), ..Limits::default() }).await;
    let (mut silent, mut idle) = (served.dial().await, served.dial().await);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(read_all(&mut idle).await.contains("200 OK"));
    assert_eq!(read_all(&mut silent).await, "");
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let served = served(Limits { request: Duration::from_millis(300), ..Limits::default() }).await;
    let answer = served
        .send(b"POST /case HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\nConnection: close\r\n\r\nt=")
        .await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn more_callers_than_there_are_places_are_turned_away() {
    let served = served(Limits { connections_max: 4, ..Limits::default() }).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut socket = served.dial().await;
        socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut first = [0_u8; 15];
        timeout(LONG, socket.read_exact(&mut first)).await.unwrap().unwrap();
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        held.push(socket);
    }
    assert_eq!(read_all(&mut served.dial().await).await, "");
    served.stop().await;
}

#[tokio::test]
async fn endless_and_old_headers_are_refused() {
    let served = served(Limits::default()).await;
    let many = "X-A: b\r\n".repeat(70);
    let long = "x".repeat(40_000);
    for (request, status) in [
        (format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: {long}\r\n\r\n"), "431"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), "4"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = served.send(request.as_bytes()).await;
        let refused = answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status}"));
        assert!(refused, "{}: {answer}", &request[..20]);
    }
    served.stop().await;
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_is_not_held_up_by_who_is_slow() {
    let served = served(Limits { drain: Duration::from_millis(500), ..Limits::default() }).await;
    let mut slow = served.dial().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHost: local").await.unwrap();
    let mut half = served.dial().await;
    half.write_all(b"POST /case HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\nt=").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    served.stop.cancel();
    half.write_all(b"x").await.unwrap();
    assert!(read_all(&mut half).await.starts_with("HTTP/1.1 4"));
    let (address, began) = (served.address, Instant::now());
    served.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(address).await.is_err());
}
