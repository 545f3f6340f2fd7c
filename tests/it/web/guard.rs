//! What every answer carries and every request must have: headers, methods, host, origin, size.

use amends::web::ROUTES;

use super::*;

const EVERYWHERE: [(&str, &str); 3] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

#[track_caller]
fn check_headers(answer: &Answer, what: &str) {
    for (name, value) in EVERYWHERE {
        assert_eq!(answer.header(name), value, "{name} of {what} ({})", answer.status);
    }
    let keeps = if what.contains("style.css") && answer.status == 200 { "max-age=3600" } else { "no-store" };
    assert_eq!(answer.header("cache-control"), keeps, "{what} ({})", answer.status);
    assert_eq!(answer.header("set-cookie"), "", "{what}");
    assert_eq!(answer.header("server"), "", "{what}");
}

#[tokio::test]
async fn every_route_with_every_method_carries_the_headers() {
    let hotel = Hotel::new();
    let token = hotel.token("Maria");
    let paths = ROUTES.iter().map(|path| (*path).to_owned());
    let more = ["/nowhere", "/..%2f..%2fetc/passwd", "/case/", "//"].map(str::to_owned);
    for path in paths.chain(more).chain([format!("/case?t={token}")]) {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
            let request = Request::builder().method(method).uri(&path).header("host", "localhost");
            let answer = hotel.ask(request.body(Body::empty()).unwrap()).await;
            check_headers(&answer, &format!("{method} {path}"));
            let reads = matches!(method, "GET" | "HEAD");
            assert!(reads || !answer.status.is_success(), "{method} {path}: {}", answer.status);
        }
    }
    assert_eq!(hotel.events().len(), 1);
}

#[tokio::test]
async fn without_a_link_nothing_of_a_case_is_readable() {
    let hotel = Hotel::new();
    for path in ROUTES {
        let answer = hotel.get(path).await;
        for secret in ["Jonas", "Alpenblick", "Pretendvisor", "lift", "0.1.0"] {
            assert!(!answer.body.contains(secret), "{secret} is on {path}");
        }
    }
}

#[tokio::test]
async fn no_get_changes_a_byte_of_the_database() {
    let hotel = Hotel::new();
    let files =
        || ["amends.db", "amends.db-wal"].map(|name| std::fs::read(hotel.dir.path().join(name)).unwrap_or_default());
    let (before, token) = (files(), hotel.token("Maria"));
    for _ in 0..50 {
        hotel.get(&format!("/case?t={token}")).await;
        hotel.get(&format!("/case?t={token}&step=take&note=x")).await;
    }
    for path in ROUTES {
        hotel.get(path).await;
    }
    assert!(files() == before, "a GET wrote to the database");
    assert_eq!(hotel.events().len(), 1);
}

#[tokio::test]
async fn another_name_is_not_answered() {
    let hotel = Hotel::new();
    let case = format!("/case?t={}", hotel.token("Maria"));
    for host in ["evil.example", "evil.example:26363", "192.168.1.9", "", "localhost.evil.example", "a@localhost"] {
        for path in ["/", "/healthz", "/metrics", case.as_str()] {
            let answer = hotel.ask(Request::get(path).header("host", host).body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host} {path}");
            check_headers(&answer, path);
        }
    }
    let twice = Request::get("/").header("host", "localhost").header("host", "evil.example");
    assert_eq!(hotel.ask(twice.body(Body::empty()).unwrap()).await.status, StatusCode::MISDIRECTED_REQUEST);
    let none = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(hotel.ask(none).await.status, StatusCode::MISDIRECTED_REQUEST);
    let absolute = Request::get("http://evil.example/").header("host", "localhost").body(Body::empty()).unwrap();
    assert_eq!(hotel.ask(absolute).await.status, StatusCode::MISDIRECTED_REQUEST);
    for host in ["localhost", "127.0.0.1:26363", "[::1]:26363", "amends.hotel.example"] {
        let answer = hotel.ask(Request::get("/").header("host", host).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_even_with_the_token() {
    let hotel = Hotel::new();
    let token = hotel.token("Maria");
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "rubbish", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "http://localhost:9999", 403),
        ("origin", "https://amends.hotel.example.evil.example", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("sec-fetch-site", "none", 303),
        ("origin", "http://localhost:26363", 303),
        ("origin", "https://amends.hotel.example", 303),
        // What browsers send from our own pages, because of `no-referrer`.
        ("origin", "null", 303),
    ] {
        let request = posted(&token, &[]).header(name, value).body(Body::from(filled(&token, &[("step", "take")])));
        assert_eq!(hotel.ask(request.unwrap()).await.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_big_or_of_another_kind_is_refused() {
    let hotel = Hotel::new();
    let token = hotel.token("Maria");
    let long = hotel.post(&token, &[("step", "note"), ("note", &"x".repeat(70_000))]).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    check_headers(&long, "too big");
    let wordy = hotel.post(&token, &[("step", "note"), ("note", &"x".repeat(4001))]).await;
    assert_eq!(wordy.status, StatusCode::UNPROCESSABLE_ENTITY);
    wordy.says("This is longer than 4,000 characters; please shorten it.");
    for (kind, body) in [
        ("application/json", format!(r#"{{"t":"{token}","step":"take"}}"#)),
        ("text/plain", filled(&token, &[("step", "take")])),
        (FORM, filled(&token, &[("step", "take"), ("stage", "told")])),
        (FORM, filled(&token, &[("step", "take"), ("step", "take")])),
        (FORM, filled(&token, &[("step", "later"), ("until", "soon")])),
        (FORM, "%ff%fe=&&&==".to_owned()),
        (FORM, String::new()),
    ] {
        let request = Request::post("/case").header("host", "localhost").header("content-type", kind);
        let answer = hotel.ask(request.body(Body::from(body.clone())).unwrap()).await;
        assert!(answer.status.is_client_error(), "{kind} {body}: {}", answer.status);
        check_headers(&answer, kind);
    }
    assert_eq!(hotel.events().len(), 1);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_cut_off_too() {
    let hotel = Hotel::new();
    let chunks = (0..1000).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b'x'; 8192])));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    assert_eq!(hotel.ask(posted("", &[]).body(body).unwrap()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let mut hotel = Hotel::new();
    hotel.face.limits.request = std::time::Duration::from_millis(50);
    let body = Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    let answer = hotel.ask(posted("", &[]).body(body).unwrap()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.says("This took too long");
    check_headers(&answer, "slow body");
}
