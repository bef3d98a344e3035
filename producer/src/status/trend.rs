//! How fast a job goes by what was seen of it lately. Pure: the caller has the clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::progress::Progress;

/// How long something counts as lately.
const LATELY: Duration = Duration::from_secs(60);

/// What was seen of a job.
#[derive(Debug, Default)]
pub(super) struct Trend {
    /// When, and how many items were settled then.
    seen: VecDeque<(Instant, u64)>,
}

/// Its rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Going {
    pub(super) items_per_minute: f64,
    /// `null` while nothing moves.
    pub(super) time_left_s: Option<u64>,
}

impl Trend {
    /// Sees a job at an instant.
    pub(super) fn saw(&mut self, at: Instant, progress: &Progress) -> Going {
        let settled = progress.done + progress.dead;
        self.seen.push_back((at, settled));
        let is_old = |(then, _): &(Instant, u64)| at.duration_since(*then) > LATELY;
        while self.seen.front().is_some_and(is_old) {
            self.seen.pop_front();
        }
        let (since, before) = self.seen.front().copied().unwrap_or((at, settled));
        let minutes = at.duration_since(since).as_secs_f64() / 60.0;
        let items = settled.saturating_sub(before) as f64;
        let items_per_minute = if minutes > 0.0 { items / minutes } else { 0.0 };
        let time_left_s = (items_per_minute > 0.0)
            .then(|| (progress.left as f64 * 60.0 / items_per_minute).ceil() as u64);
        Going {
            items_per_minute,
            time_left_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::counts::tests::counts;
    use common::jobs::State;

    #[test]
    fn the_last_minute_counts() {
        let start = Instant::now();
        let mut trend = Trend::default();
        let mut saw = |second: u64, left: u64| {
            let counts = counts(State::Enqueued, 1_000, left, 0, 0);
            trend.saw(start + Duration::from_secs(second), &Progress::of(&counts))
        };
        assert_eq!(saw(0, 1_000).time_left_s, None);
        let going = saw(30, 900);
        assert_eq!(
            (going.items_per_minute, going.time_left_s),
            (200.0, Some(270))
        );
        // The first look is forgotten.
        let going = saw(80, 800);
        assert_eq!(
            (going.items_per_minute, going.time_left_s),
            (120.0, Some(400))
        );
        assert_eq!(saw(200, 800).time_left_s, None);
    }
}
