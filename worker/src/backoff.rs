//! How long to wait before trying again: exponential with full jitter, pure.
//!
//! Full jitter (a uniform draw between nothing and the ceiling) keeps a fleet that failed
//! together from coming back together.

use std::time::Duration;

/// The wait before try `attempt + 1`, for a `draw` between 0 and 1.
pub(crate) fn full_jitter(base: Duration, cap: Duration, attempt: u32, draw: f64) -> Duration {
    let doubled = base.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
    doubled.min(cap).mul_f64(draw.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let wait = |attempt| {
            full_jitter(
                Duration::from_millis(500),
                Duration::from_secs(30),
                attempt,
                1.0,
            )
        };
        assert_eq!(wait(1), Duration::from_millis(500));
        assert_eq!(wait(3), Duration::from_secs(2));
        assert_eq!(wait(60), Duration::from_secs(30));
        assert_eq!(
            full_jitter(Duration::from_secs(1), Duration::from_secs(9), 2, 0.25),
            Duration::from_millis(500)
        );
    }
}
