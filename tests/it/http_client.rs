//! The outbound gate against real servers on loopback: 127.0.0.2 plays the public web, nothing may ever reach 127.0.0.1.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use amends::{
    clock::Clock,
    http::{
        BODY_BYTES_MAX, Client, ClientError, ClientSettings, Http, HttpError, LARGE_BYTES, Names, Policy, Polite,
        PoliteSettings, Purpose, Request, Response, WIRE_BYTES_MAX, parse_address,
    },
};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

use crate::loopback::{Answer, Server, Then, moved, ok};

/// Far more than loopback needs, so that a busy machine fails no test.
const PATIENT: Duration = Duration::from_secs(10);
/// For servers that never finish.
const IMPATIENT: Duration = Duration::from_millis(600);
const PUBLIC: &str = "127.0.0.2";
const FORBIDDEN: &str = "127.0.0.1";

/// The names of this test's world; `rebind.test` leads to the public server once, and to the forbidden one ever after.
#[derive(Default)]
struct World {
    asked: AtomicUsize,
}

impl Names for World {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let known = HashMap::from([
            ("pub.test", vec![PUBLIC]),
            ("internal.test", vec![FORBIDDEN]),
            ("mixed.test", vec![PUBLIC, FORBIDDEN]),
            ("cgnat.test", vec!["100.64.1.1"]),
            ("nat64.test", vec!["64:ff9b::7f00:1"]),
            ("mapped.test", vec!["::ffff:127.0.0.1"]),
            ("rebind.test", vec![if asked == 0 { PUBLIC } else { FORBIDDEN }]),
        ]);
        let found = known.get(name.as_str()).map(|ips| ips.iter().map(|ip| ip.parse().unwrap()).collect());
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such name")) })
    }
}

fn policy() -> Policy {
    Policy::new(vec![format!("{PUBLIC}/32").parse().unwrap()])
}

fn client_settings() -> ClientSettings {
    ClientSettings {
        contact: None,
        policy: policy(),
        timeout: PATIENT,
        in_flight_max: 64,
        names: Arc::new(World::default()),
    }
}

fn client() -> Client {
    Client::new(client_settings()).unwrap()
}

/// The whole gate, as the program uses it.
fn gate() -> Polite<Client> {
    let settings =
        PoliteSettings { in_flight_max: 64, in_flight_per_host_max: 64, host_gap: Duration::ZERO, policy: policy() };
    Polite::new(client(), settings, Clock::system())
}

async fn send(http: &impl Http, url: &str, purpose: Purpose) -> Result<Response, HttpError> {
    http.send(Request::get(parse_address(url)?, purpose)).await
}

async fn fetch(http: &impl Http, url: &str) -> Result<Response, HttpError> {
    send(http, url, Purpose::Fetch).await
}

/// Sends to a server that answers `bytes` and then does `then`.
async fn ask(
    bytes: impl Into<Vec<u8>>,
    then: impl Fn() -> Then + Send + Sync + 'static,
    timeout: Duration,
) -> Result<Response, HttpError> {
    let bytes = bytes.into();
    let server = Server::start(PUBLIC, move |_| (bytes.clone(), then())).await;
    let client = Client::new(ClientSettings { timeout, ..client_settings() }).unwrap();
    let started = Instant::now();
    let outcome = fetch(&client, &server.at("/reviews?key=s3cret")).await;
    assert!(started.elapsed() < PATIENT, "it took {:?}", started.elapsed());
    if let Err(error) = &outcome {
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    outcome
}

#[tokio::test]
async fn no_hostile_address_reaches_the_forbidden_server() {
    let inside = Server::plain(FORBIDDEN).await;
    let port = inside.address.port();
    let public = Server::start(PUBLIC, move |path| match path {
        "/literal" => moved(&format!("http://127.0.0.1:{port}/")),
        "/mapped" => moved(&format!("http://[::ffff:127.0.0.1]:{port}/")),
        "/decimal" => moved(&format!("http://2130706433:{port}/")),
        "/name" => moved(&format!("http://internal.test:{port}/")),
        "/relative" => moved(&format!("//127.0.0.1:{port}/")),
        "/backslash" => moved(&format!("http://127.0.0.1:{port}\\@pub.test/")),
        "/user" => moved(&format!("http://pub.test@127.0.0.1:{port}/")),
        "/metadata" => moved("http://169.254.169.254/latest/"),
        "/file" => moved("file:///etc/passwd"),
        _ => ok("hello"),
    })
    .await;
    let literals = [
        "127.0.0.1",
        "2130706433",
        "0177.1",
        "0x7f000001",
        "0x7f.1",
        "①②⑦.0.0.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "0.0.0.0",
        "[::]",
        "localhost",
        "localhost.",
        "x.localhost",
        "pub.test@127.0.0.1",
        "internal.test",
        "mixed.test",
        "mapped.test",
    ];
    let mut hostile: Vec<String> = literals.iter().map(|host| format!("http://{host}:{port}/")).collect();
    hostile.extend(
        ["literal", "mapped", "decimal", "name", "relative", "backslash", "user", "metadata", "file"]
            .map(|path| format!("http://pub.test:{}/{path}", public.address.port())),
    );
    hostile.push(format!("http://127.0.0.1:{port}\\@pub.test/"));
    hostile.extend(
        [
            "169.254.169.254",
            "100.64.0.1",
            "[fd00::1]",
            "[fe80::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "cgnat.test",
            "nat64.test",
        ]
        .map(|host| format!("http://{host}/")),
    );
    hostile.extend(["file:///etc/passwd".to_owned(), format!("gopher://127.0.0.1:{port}/")]);
    assert_eq!(hostile.len(), 38);
    let gate = gate();
    for url in hostile {
        let error = fetch(&gate, &url).await.expect_err(&url);
        assert!(matches!(error, HttpError::Refused(_) | HttpError::Redirected), "{url}: {error:?}");
    }
    assert_eq!(inside.connections(), 0);
    assert_eq!(fetch(&gate, &public.at("/")).await.unwrap().wire, "hello");
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_refused() {
    let inside = Server::plain(FORBIDDEN).await;
    let public = Server::plain(PUBLIC).await;
    let client = client();
    let first = fetch(&client, &format!("http://rebind.test:{}/", public.address.port())).await.unwrap();
    assert_eq!(first.wire, "hello");
    let second = fetch(&client, &format!("http://rebind.test:{}/", inside.address.port())).await;
    assert!(matches!(second, Err(HttpError::Refused(_))), "{second:?}");
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn redirects_are_followed_for_sources_and_not_for_alerts() {
    let server = Server::start(PUBLIC, |path| match path {
        "/1" => moved("/2"),
        "/2" => moved("/3"),
        "/3" => ok("arrived"),
        "/loop" => moved("/loop"),
        _ => moved("https://pub.test:1/"),
    })
    .await;
    let gate = gate();
    let arrived = fetch(&gate, &server.at("/1")).await.unwrap();
    assert_eq!((arrived.url.as_str(), &arrived.wire[..]), (server.at("/3").as_str(), &b"arrived"[..]));
    assert_eq!(fetch(&gate, &server.at("/loop")).await.unwrap_err(), HttpError::Redirected);
    assert_eq!(server.heads().iter().filter(|head| head.starts_with("GET /loop ")).count(), 6);
    let alert = send(&gate, &server.at("/1"), Purpose::Deliver).await.unwrap();
    assert_eq!((alert.status.as_u16(), alert.header("location")), (307, Some("/2")));
}

#[tokio::test]
async fn silence_and_dripping_end_at_the_time_out() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    let late = Err(HttpError::TimedOut(IMPATIENT));
    let (nothing, half_a_head, half_a_body, slow_head, slow_body) = tokio::join!(
        ask("", || Then::Hang, IMPATIENT),
        ask("HTTP/1.1 200 OK\r\nx-y: ", || Then::Hang, IMPATIENT),
        ask(format!("{head}<rss>"), || Then::Hang, IMPATIENT),
        ask("HTTP/1.1 200 OK\r\n", || Then::Drip(b"x: y\r\n"), IMPATIENT),
        ask(head, || Then::Drip(b"x"), IMPATIENT),
    );
    for outcome in [nothing, half_a_head, half_a_body, slow_head, slow_body] {
        assert_eq!(outcome.map(|response| response.status), late);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_and_never_an_empty_success() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<rss>";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n<rss>\r\n";
    let unlike = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    let nothing = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    for (bytes, then) in [
        (short, (|| Then::Close) as fn() -> Then),
        (short, || Then::Reset),
        (chunked, || Then::Close),
        (chunked, || Then::Reset),
        (unlike, || Then::Close),
        (nothing, || Then::Close),
    ] {
        let error = ask(bytes, then, PATIENT).await.expect_err(bytes);
        assert!(matches!(error, HttpError::Damaged(_)), "{bytes}: {error:?}");
    }
}

#[tokio::test]
async fn a_host_that_does_not_speak_http_is_an_error_with_a_reason() {
    for (bytes, then) in [("", (|| Then::Close) as fn() -> Then), ("", || Then::Reset)] {
        assert!(matches!(ask(bytes, then, PATIENT).await, Err(HttpError::Unreachable(_))));
    }
    for bytes in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/9.9 200\r\n\r\n", "HTTP/1.1 two hundred\r\n\r\n"] {
        assert!(matches!(ask(bytes, || Then::Close, PATIENT).await, Err(HttpError::Damaged(_))), "{bytes}");
    }
    let client = client();
    let closed = TcpListener::bind((PUBLIC, 0)).await.unwrap().local_addr().unwrap();
    let error = fetch(&client, &format!("http://{closed}/hook/s3cret?key=s3cret")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot reach {closed}: connection refused"));
    let error = fetch(&client, "http://nowhere.test/").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot reach nowhere.test: its name cannot be resolved");
}

#[tokio::test]
async fn an_endless_body_stops_at_the_cap() {
    let piece = || {
        let mut piece = b"10000\r\n".to_vec();
        piece.extend(std::iter::repeat_n(b'x', 0x10000));
        piece.extend(b"\r\n");
        Then::Repeat(piece)
    };
    let server = Server::start(PUBLIC, move |path| match path {
        "/chunked" => (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(), piece()),
        "/announced" => (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec(), piece()),
        _ => (b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), piece()),
    })
    .await;
    let client = client();
    for path in ["/chunked", "/announced", "/until-close"] {
        let error = fetch(&client, &server.at(path)).await.unwrap_err();
        assert_eq!(error, HttpError::TooLarge(WIRE_BYTES_MAX), "{path}");
    }
}

#[tokio::test]
async fn a_gzip_bomb_stays_packed_and_stops_at_the_cap() {
    let bomb = packed(&vec![0; 50 << 20]);
    let (once, twice) = (bomb.clone(), packed(&bomb));
    let server = Server::start(PUBLIC, move |path| match path {
        "/once" => encoded("gzip", &once),
        "/twice" => encoded("gzip, gzip", &twice),
        "/cut" => encoded("gzip", &once[..1000]),
        _ => encoded("gzip", &packed(b"<rss/>")),
    })
    .await;
    let client = client();
    let once = fetch(&client, &server.at("/once")).await.unwrap();
    assert!(once.wire.len() < 1_000_000);
    assert_eq!(once.body().unwrap_err(), HttpError::TooLarge(BODY_BYTES_MAX));
    for path in ["/twice", "/cut"] {
        let response = fetch(&client, &server.at(path)).await.unwrap();
        assert!(matches!(response.body(), Err(HttpError::Damaged(_))), "{path}");
    }
    assert_eq!(&*fetch(&client, &server.at("/")).await.unwrap().body().unwrap(), b"<rss/>");
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn encoded(encoding: &str, body: &[u8]) -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {}\r\n\r\n", body.len());
    ([head.as_bytes(), body].concat(), Then::KeepOpen)
}

/// Four at a time, until who works on one lets go of it; small answers wait for nobody.
#[tokio::test]
async fn large_answers_wait_for_a_room_on_the_wire_and_unpacked() {
    let server = Server::start(PUBLIC, |path| match path {
        "/large" => ok(&"x".repeat(LARGE_BYTES + 64 * 1024)),
        "/packed" => encoded("gzip", &packed(&vec![0; LARGE_BYTES + 1])),
        _ => ok("small"),
    })
    .await;
    let client = client();
    let soon = Duration::from_millis(300);
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(fetch(&client, &server.at("/large")).await.unwrap());
    }
    assert!(tokio::time::timeout(soon, fetch(&client, &server.at("/large"))).await.is_err(), "no room is left");
    let mut packed = fetch(&client, &server.at("/packed")).await.unwrap();
    assert!(tokio::time::timeout(soon, packed.unpacked()).await.is_err(), "nor for what turns out to be large");
    let mut small = fetch(&client, &server.at("/")).await.unwrap();
    assert_eq!(small.unpacked().await.unwrap(), "small");
    held.pop();
    assert_eq!(packed.unpacked().await.unwrap().len(), LARGE_BYTES + 1);
    assert!(tokio::time::timeout(soon, fetch(&client, &server.at("/large"))).await.is_err(), "it keeps its room");
    drop(packed);
    assert!(fetch(&client, &server.at("/large")).await.is_ok());
}

#[tokio::test]
async fn a_huge_head_is_refused() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n", "y".repeat(2 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "x: y\r\n".repeat(10_000));
    for bytes in [long, many] {
        let outcome = ask(bytes, || Then::Close, PATIENT).await;
        assert!(matches!(outcome, Err(HttpError::Damaged(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn an_unchanged_page_is_a_304_without_a_body() {
    let server = Server::start(PUBLIC, |_| {
        (b"HTTP/1.1 304 Not Modified\r\netag: W/\"7\"\r\ncontent-length: 500\r\n\r\n".to_vec(), Then::KeepOpen)
    })
    .await;
    let request = Request::get(server.at("/feed").parse().unwrap(), Purpose::Fetch).header("if-none-match", "W/\"7\"");
    let response = client().send(request).await.unwrap();
    assert_eq!((response.status.as_u16(), response.wire.len(), response.header("etag")), (304, 0, Some("W/\"7\"")));
    assert!(server.heads()[0].contains("if-none-match: W/\"7\"\r\n"));
}

#[tokio::test]
async fn a_request_says_who_we_are_and_nothing_else() {
    let server = Server::plain(PUBLIC).await;
    let settings = ClientSettings { contact: Some("owner@shop.example".to_owned()), ..client_settings() };
    fetch(&Client::new(settings).unwrap(), &server.at("/a")).await.unwrap();
    let agent = format!("amends/{} (+owner@shop.example)", env!("CARGO_PKG_VERSION"));
    let mut lines: Vec<String> = server.heads()[0].trim_end().lines().map(str::to_owned).collect();
    lines[1..].sort();
    let expected = [
        "GET /a HTTP/1.1".to_owned(),
        "accept-encoding: gzip".to_owned(),
        "accept: */*".to_owned(),
        format!("host: {}", server.address),
        format!("user-agent: {agent}"),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_contact_that_cannot_stand_in_a_header_is_a_plain_error() {
    for contact in ["Wirtshaus Grüner Baum", "me\r\nX-Evil: 1"] {
        let settings = ClientSettings { contact: Some(contact.to_owned()), ..client_settings() };
        assert!(matches!(Client::new(settings), Err(ClientError::Contact)), "{contact}");
    }
}

#[tokio::test]
async fn connections_are_kept_and_used_again() {
    let server = Server::plain(PUBLIC).await;
    let gate = gate();
    for page in 0..50 {
        fetch(&gate, &server.at(&format!("/{page}"))).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    for _ in 0..4 {
        let together = (0..64).map(|page| server.at(&format!("/{page}")));
        let outcomes = futures_util::future::join_all(together.map(|url| {
            let gate = &gate;
            async move { fetch(gate, &url).await }
        }));
        assert!(outcomes.await.iter().all(Result::is_ok));
    }
    assert!(server.connections() <= 64, "{} connections", server.connections());
}

#[tokio::test]
async fn an_alert_that_fails_is_not_repeated_by_the_client() {
    let server = Server::start(PUBLIC, |_| (Vec::new(), Then::Close)).await;
    let alert = Request::deliver(server.at("/hook").parse().unwrap(), "text/plain", "");
    assert!(matches!(gate().send(alert).await, Err(HttpError::Unreachable(_))));
    assert_eq!(server.heads().len(), 1);
    assert!(server.heads()[0].starts_with("POST /hook HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let listener = std::net::TcpListener::bind((PUBLIC, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let tls = self_signed();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut session = rustls::ServerConnection::new(tls).unwrap();
        io::Read::read(&mut rustls::Stream::new(&mut session, &mut stream), &mut [0; 1])
            .map_err(|error| error.to_string())
    });
    let error = fetch(&client(), &format!("https://pub.test:{port}/?key=s3cret")).await.unwrap_err();
    let HttpError::Unreachable(why) = error else { panic!("{error:?}") };
    assert!(why.starts_with(&format!("pub.test:{port}: invalid peer certificate")), "{why}");
    assert!(server.join().unwrap().is_err(), "a request was sent over an untrusted connection");
}

fn self_signed() -> Arc<rustls::ServerConfig> {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let pem = include_bytes!("../fixtures/http/self_signed.pem");
    let (cert, key) = (CertificateDer::from_pem_slice(pem).unwrap(), PrivateKeyDer::from_pem_slice(pem).unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(versions.with_no_client_auth().with_single_cert(vec![cert], key).unwrap())
}
