//! Health and figures, as a monitor reads them.

use super::*;

#[tokio::test]
async fn alive_is_not_yet_ready() {
    let hotel = Hotel::new();
    hotel.ready.send(false).unwrap();
    let alive = hotel.get("/healthz").await;
    assert_eq!((alive.status, alive.body.as_str()), (StatusCode::OK, "ok\n"));
    let waiting = hotel.get("/readyz").await;
    assert_eq!(waiting.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(waiting.body, "not ready: the sources are not started yet\n");
    hotel.ready.send(true).unwrap();
    assert_eq!(hotel.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_not_ready() {
    let hotel = Hotel::new();
    std::fs::remove_file(hotel.face.store.path()).unwrap();
    let answer = hotel.get("/readyz").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database cannot be read\n")
    );
    assert_eq!(hotel.get("/metrics").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let page = hotel.page("Maria").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn the_figures_are_open_metrics() {
    let hotel = Hotel::new();
    hotel.face.metrics.note_poll("Pretendvisor", 3, at(NOW));
    hotel.face.metrics.note_delivery("desk", "delivered", Some(std::time::Duration::from_secs(2)));
    let answer = hotel.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(answer.body.ends_with("# EOF\n"));
    for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("amends_"), "{line}");
        value.parse::<f64>().unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    for line in [
        "amends_reviews_seen_total{source=\"Pretendvisor\"} 3",
        "amends_outbox_depth 0",
        "amends_outbox_age_seconds 0.0",
    ] {
        assert!(answer.body.lines().any(|found| found == line), "{line} is not in:\n{}", answer.body);
    }
}

#[tokio::test]
async fn the_figures_are_not_for_who_comes_through_the_proxy() {
    let hotel = Hotel::new();
    let ask = |name: &'static str, value: &'static str| {
        let request = Request::get("/metrics").header("host", "localhost");
        hotel.ask(request.header(name, value).body(Body::empty()).unwrap())
    };
    for (name, value) in [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9"), ("via", "1.1 proxy")] {
        assert_eq!(ask(name, value).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    let outside = Request::get("/metrics").header("host", "amends.hotel.example").body(Body::empty()).unwrap();
    assert_eq!(hotel.ask(outside).await.status, StatusCode::NOT_FOUND);
}
