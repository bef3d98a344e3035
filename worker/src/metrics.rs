//! What the worker counts.

use prometheus::{HistogramVec, IntCounterVec, IntGauge, Registry, histogram_opts, opts};

/// The worker's metrics.
pub(crate) struct Metrics {
    pub(crate) items: IntCounterVec,
    pub(crate) rows: IntCounterVec,
    pub(crate) requests: IntCounterVec,
    pub(crate) reply_bytes: IntCounterVec,
    pub(crate) cache: IntCounterVec,
    pub(crate) request_seconds: HistogramVec,
    pub(crate) wait_seconds: HistogramVec,
    pub(crate) publish_seconds: HistogramVec,
    pub(crate) in_work: IntGauge,
}

impl Metrics {
    pub(crate) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(opts!(name, help), labels)?;
            registry
                .register(Box::new(counter.clone()))
                .map(|()| counter)
        };
        let histogram = |name: &str, help: &str, labels: &[&str]| {
            let buckets = prometheus::exponential_buckets(0.001, 2.5, 14)?;
            let histogram = HistogramVec::new(histogram_opts!(name, help, buckets), labels)?;
            registry
                .register(Box::new(histogram.clone()))
                .map(|()| histogram)
        };
        let in_work = IntGauge::new("backfleet_worker_items_in_work", "Items in work now")?;
        registry.register(Box::new(in_work.clone()))?;
        Ok(Self {
            items: counter(
                "backfleet_worker_items_total",
                "Items finished, by outcome",
                &["source", "dataset", "outcome"],
            )?,
            rows: counter("backfleet_worker_rows_total", "Rows published", &["table"])?,
            requests: counter(
                "backfleet_worker_requests_total",
                "Requests, by status or kind of failure",
                &["source", "status"],
            )?,
            reply_bytes: counter(
                "backfleet_worker_reply_bytes_total",
                "Bytes of replies, decompressed",
                &["source"],
            )?,
            cache: counter(
                "backfleet_worker_cache_total",
                "Replies looked for in the cache, by hit or miss",
                &["source", "result"],
            )?,
            request_seconds: histogram(
                "backfleet_worker_request_seconds",
                "Time from request to the end of the reply",
                &["source"],
            )?,
            wait_seconds: histogram(
                "backfleet_worker_wait_seconds",
                "Time a request waited for the vendor's limits",
                &["source"],
            )?,
            publish_seconds: histogram(
                "backfleet_worker_publish_seconds",
                "Time until the broker confirmed a record batch",
                &[],
            )?,
            in_work,
        })
    }
}
