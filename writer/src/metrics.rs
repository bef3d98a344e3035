//! The figures of `/metrics`: what went through, what it took, and how long was waited for whom.

use prometheus::{
    CounterVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry,
    exponential_buckets,
};

/// All figures, each by table.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    /// Messages taken from `RECORDS`.
    pub(crate) pulled: IntCounterVec,
    /// Messages pulled and not yet settled.
    pub(crate) in_hand: IntGaugeVec,
    /// Rows stored.
    pub(crate) rows: IntCounterVec,
    /// Bytes of stored messages.
    pub(crate) bytes: IntCounterVec,
    /// Attempts to insert, by outcome: stored, retry, held, too_many_parts, refused.
    pub(crate) inserts: IntCounterVec,
    /// Seconds of an attempt.
    pub(crate) insert_seconds: HistogramVec,
    /// Rows of a batch.
    pub(crate) batch_rows: HistogramVec,
    /// Bytes of a batch.
    pub(crate) batch_bytes: HistogramVec,
    /// Seconds between two attempts.
    pub(crate) held_seconds: CounterVec,
    /// Seconds in which pulling waited for memory, that is for ClickHouse.
    pub(crate) full_seconds: CounterVec,
    /// Messages that became dead letters, by step.
    pub(crate) dead: IntCounterVec,
    /// Messages whose acknowledgement was not confirmed: they come again.
    pub(crate) unconfirmed: IntCounterVec,
}

impl Metrics {
    /// Registers all figures.
    pub(crate) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            register(registry, IntCounterVec::new(opts(name, help), labels)?)
        };
        let seconds = |name: &str, help: &str| {
            register(registry, CounterVec::new(opts(name, help), &["table"])?)
        };
        let histogram = |name: &str, help: &str, buckets: Vec<f64>| {
            let opts = HistogramOpts::from(opts(name, help)).buckets(buckets);
            register(registry, HistogramVec::new(opts, &["table"])?)
        };
        Ok(Self {
            pulled: counter("messages_total", "messages taken from RECORDS", &["table"])?,
            in_hand: register(
                registry,
                IntGaugeVec::new(
                    opts("messages_in_hand", "messages pulled and not yet settled"),
                    &["table"],
                )?,
            )?,
            rows: counter("rows_total", "rows stored", &["table"])?,
            bytes: counter("bytes_total", "bytes of stored messages", &["table"])?,
            inserts: counter("inserts_total", "attempts to insert", &["table", "outcome"])?,
            insert_seconds: histogram(
                "insert_seconds",
                "seconds of an attempt to insert",
                exponential_buckets(0.005, 2.0, 16)?,
            )?,
            batch_rows: histogram(
                "batch_rows",
                "rows of a batch",
                exponential_buckets(1.0, 4.0, 11)?,
            )?,
            batch_bytes: histogram(
                "batch_bytes",
                "bytes of a batch",
                exponential_buckets(1024.0, 4.0, 9)?,
            )?,
            held_seconds: seconds("held_seconds_total", "seconds between two attempts")?,
            full_seconds: seconds(
                "full_seconds_total",
                "seconds in which pulling waited for ClickHouse",
            )?,
            dead: counter("dead_letters_total", "messages refused", &["table", "step"])?,
            unconfirmed: counter(
                "unconfirmed_acks_total",
                "acknowledgements without an answer",
                &["table"],
            )?,
        })
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(format!("backfleet_writer_{name}"), help)
}

fn register<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_its_own_name() {
        Metrics::new(&Registry::new()).unwrap();
    }
}
