//! What the scheduler counts.

use prometheus::{GaugeVec, IntCounterVec, IntGauge, Registry, opts};

/// The scheduler's metrics.
#[derive(Clone)]
pub(super) struct Metrics {
    pub(super) runs: IntCounterVec,
    pub(super) late_seconds: GaugeVec,
    pub(super) schedules: IntGauge,
}

impl Metrics {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let runs = IntCounterVec::new(
            opts!(
                "backfleet_scheduler_runs_total",
                "Runs begun, by enqueued or refused"
            ),
            &["schedule", "outcome"],
        )?;
        let late_seconds = GaugeVec::new(
            opts!(
                "backfleet_scheduler_late_seconds",
                "How long a due run waits for the run before it"
            ),
            &["schedule"],
        )?;
        let schedules = IntGauge::new("backfleet_scheduler_schedules", "Schedules there are")?;
        registry.register(Box::new(runs.clone()))?;
        registry.register(Box::new(late_seconds.clone()))?;
        registry.register(Box::new(schedules.clone()))?;
        Ok(Self {
            runs,
            late_seconds,
            schedules,
        })
    }
}
