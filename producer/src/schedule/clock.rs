//! The clock that schedules run by: the system's, or one that a test has put to another time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A sleep that is longer does not notice that the system's clock was changed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// A clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    ahead: TimeDelta,
}

impl Clock {
    /// The system's, or one that shows `start` now.
    pub(crate) fn new(start: Option<DateTime<Utc>>) -> Self {
        Self {
            ahead: start.map_or_else(TimeDelta::zero, |start| start - Utc::now()),
        }
    }

    pub(crate) fn now(self) -> DateTime<Utc> {
        Utc::now() + self.ahead
    }

    /// Waits until then, but not for long: whoever waits looks again.
    pub(crate) async fn wait_until(self, then: DateTime<Utc>) {
        let left = (then - self.now()).to_std().unwrap_or_default();
        tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
    }
}
