//! Counters and clocks of the daemon, as OpenMetrics text. Names carry no guest, no address and no secret.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text::encode},
    metrics::{
        MetricType,
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};

/// Upper bounds of the dwell time histogram: from 10 ms to a day.
const DWELL_SECONDS: [f64; 12] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0];

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

/// What is counted of each source that was looked at: there may be thousands, so all that is counted of one stands in one place.
#[derive(Debug, Default)]
struct Sources(Mutex<HashMap<Box<str>, Tally>>);

/// What was counted of one source.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    looks: u64,
    reviews: u64,
    /// In seconds since 1970.
    last_success: Option<i64>,
}

impl Sources {
    fn count(&self, source: &str, count: impl FnOnce(&mut Tally)) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tallies.get_mut(source) {
            Some(tally) => count(tally),
            None => count(tallies.entry(source.into()).or_default()),
        }
    }
}

impl Collector for Sources {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tallies: Vec<(&str, &Tally)> = tallies.iter().map(|(source, tally)| (&**source, tally)).collect();
        tallies.sort_unstable_by_key(|(source, _)| *source);
        let mut looks = encoder.encode_descriptor("polls", "Looks at a source", None, MetricType::Counter)?;
        for (source, tally) in &tallies {
            ConstCounter::new(tally.looks).encode(looks.encode_family(&[("source", *source)])?)?;
        }
        let help = "Reviews stored for the first time";
        let mut reviews = encoder.encode_descriptor("reviews_seen", help, None, MetricType::Counter)?;
        for (source, tally) in &tallies {
            ConstCounter::new(tally.reviews).encode(reviews.encode_family(&[("source", *source)])?)?;
        }
        let name = "source_last_success_timestamp";
        let unit = Some(&Unit::Seconds);
        let mut last = encoder.encode_descriptor(name, "The last good look", unit, MetricType::Gauge)?;
        for (source, at) in tallies.iter().filter_map(|(source, tally)| Some((source, tally.last_success?))) {
            ConstGauge::new(at).encode(last.encode_family(&[("source", *source)])?)?;
        }
        Ok(())
    }
}

/// The daemon's metrics.
pub struct Metrics {
    registry: Registry,
    sources: Arc<Sources>,
    failures: Family<Failure, Counter>,
    deliveries: Family<Sent, Counter>,
    dwell: Histogram,
    outbox_depth: Gauge,
    outbox_age: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("amends");
        let metrics = Metrics {
            sources: Arc::default(),
            failures: Family::default(),
            deliveries: Family::default(),
            dwell: Histogram::new(DWELL_SECONDS),
            outbox_depth: Gauge::default(),
            outbox_age: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register_collector(Box::new(Arc::clone(&metrics.sources)));
        registry.register("poll_failures", "Looks that saw nothing, by reason", metrics.failures.clone());
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
        self.sources.count(source, |tally| {
            tally.looks += 1;
            tally.reviews += new_reviews;
            tally.last_success = Some(at.as_second());
        });
    }

    /// Notes a look that saw nothing.
    pub fn note_failure(&self, source: &str, reason: &'static str) {
        self.sources.count(source, |tally| tally.looks += 1);
        self.failures.get_or_create(&Failure { source: source.to_owned(), reason }).inc();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_of_each_source_is_shown_under_its_name() {
        let metrics = Metrics::default();
        let at = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        metrics.note_poll("b", 3, at);
        metrics.note_poll("b", 0, at);
        metrics.note_failure("a \"quoted\"", "blocked");
        let text = metrics.render(0, Duration::ZERO);
        let of_sources: Vec<&str> = text.lines().filter(|line| line.contains("{source=")).collect();
        assert_eq!(
            of_sources,
            [
                "amends_poll_failures_total{source=\"a \\\"quoted\\\"\",reason=\"blocked\"} 1",
                "amends_polls_total{source=\"a \\\"quoted\\\"\"} 1",
                "amends_polls_total{source=\"b\"} 2",
                "amends_reviews_seen_total{source=\"a \\\"quoted\\\"\"} 0",
                "amends_reviews_seen_total{source=\"b\"} 3",
                "amends_source_last_success_timestamp_seconds{source=\"b\"} 1800000000",
            ],
            "{text}"
        );
    }
}
