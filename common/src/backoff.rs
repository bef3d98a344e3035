//! How long to wait before the next attempt: doubling, capped, with full jitter.
//!
//! Pure: the random number is passed in. Full jitter spreads programs that failed at the
//! same moment over the whole wait.

use std::time::Duration;

/// The waits of one kind of failure.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The most the first wait can be.
    pub first: Duration,
    /// The most any wait can be.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after the `attempt`-th failure (from 0); `random` is in `0.0..1.0`.
    #[must_use]
    pub fn wait(self, attempt: u32, random: f64) -> Duration {
        let most = self
            .first
            .saturating_mul(1 << attempt.min(20))
            .min(self.cap);
        // A tenth at least: a wait of nothing would ask a struggling server again at once.
        most.mul_f64(0.1 + 0.9 * random)
    }

    /// The same with a longer first wait, for a server that asks to be spared.
    #[must_use]
    pub fn slower(self, times: u32) -> Self {
        let first = self.first.saturating_mul(times);
        Self {
            first,
            cap: self.cap.max(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn it_doubles_up_to_the_cap() {
        let backoff = Backoff {
            first: MS(200),
            cap: MS(10_000),
        };
        let most: Vec<_> = (0..8).map(|n| backoff.wait(n, 1.0).as_millis()).collect();
        assert_eq!(most, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(backoff.wait(0, 0.0), MS(20));
        assert_eq!(backoff.wait(u32::MAX, 1.0), MS(10_000));
        assert_eq!(backoff.slower(100).wait(0, 1.0), MS(20_000));
    }
}
