//! Counters and clocks of the daemon, as OpenMetrics text. Names carry no guest, no address and no secret.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Upper bounds of the dwell time histogram: from 10 ms to a day.
const DWELL_SECONDS: [f64; 12] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BySource {
    source: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    source: String,
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Sent {
    channel: String,
    outcome: &'static str,
}

/// The daemon's metrics.
pub struct Metrics {
    registry: Registry,
    polls: Family<BySource, Counter>,
    failures: Family<Failure, Counter>,
    reviews: Family<BySource, Counter>,
    last_success: Family<BySource, Gauge>,
    deliveries: Family<Sent, Counter>,
    dwell: Histogram,
    outbox_depth: Gauge,
    outbox_age: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("amends");
        let metrics = Metrics {
            polls: Family::default(),
            failures: Family::default(),
            reviews: Family::default(),
            last_success: Family::default(),
            deliveries: Family::default(),
            dwell: Histogram::new(DWELL_SECONDS),
            outbox_depth: Gauge::default(),
            outbox_age: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("polls", "Looks at a source", metrics.polls.clone());
        registry.register("poll_failures", "Looks that saw nothing, by reason", metrics.failures.clone());
        registry.register("reviews_seen", "Reviews stored for the first time", metrics.reviews.clone());
        registry.register_with_unit(
            "source_last_success_timestamp",
            "The last good look",
            Unit::Seconds,
            metrics.last_success.clone(),
        );
        registry.register("deliveries", "Attempts to deliver an alert, by outcome", metrics.deliveries.clone());
        registry.register_with_unit("alert_dwell", "From queued to delivered", Unit::Seconds, metrics.dwell.clone());
        registry.register("outbox_depth", "Deliveries that wait", metrics.outbox_depth.clone());
        registry.register_with_unit(
            "outbox_age",
            "Age of the oldest delivery that waits",
            Unit::Seconds,
            metrics.outbox_age.clone(),
        );
        Metrics { registry, ..metrics }
    }
}

impl Metrics {
    /// Notes a look that saw something.
    pub fn note_poll(&self, source: &str, new_reviews: u64, at: jiff::Timestamp) {
        let label = BySource { source: source.to_owned() };
        self.polls.get_or_create(&label).inc();
        if new_reviews > 0 {
            self.reviews.get_or_create(&label).inc_by(new_reviews);
        }
        self.last_success.get_or_create(&label).set(at.as_second());
    }

    /// Notes a look that saw nothing.
    pub fn note_failure(&self, source: &str, reason: &'static str) {
        let source = source.to_owned();
        self.polls.get_or_create(&BySource { source: source.clone() }).inc();
        self.failures.get_or_create(&Failure { source, reason }).inc();
    }

    /// Notes an attempt to deliver; `dwell` is the time since the alert was queued, for one that arrived.
    pub fn note_delivery(&self, channel: &str, outcome: &'static str, dwell: Option<Duration>) {
        self.deliveries.get_or_create(&Sent { channel: channel.to_owned(), outcome }).inc();
        if let Some(dwell) = dwell {
            self.dwell.observe(dwell.as_secs_f64());
        }
    }

    /// Everything as OpenMetrics text, with the outbox as it is now.
    #[must_use]
    pub fn render(&self, outbox_depth: i64, outbox_age: Duration) -> String {
        self.outbox_depth.set(outbox_depth);
        self.outbox_age.set(outbox_age.as_secs_f64());
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing into a string does not fail");
        text
    }
}
