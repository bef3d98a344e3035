//! When the next request to a vendor may go out, for this worker.
//!
//! Three things hold it back: a sliding window of requests, a random delay between two requests,
//! and a block that the vendor asked for (429, 418). The decision is pure ([`State::next`]); one
//! turnstile lets requests through in the order in which they came.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The pace of one vendor.
pub(crate) struct Pace {
    state: Mutex<State>,
    turnstile: tokio::sync::Mutex<()>,
}

struct State {
    most: usize,
    window: Duration,
    delay: RangeInclusive<Duration>,
    sent: VecDeque<Instant>,
    not_before: Option<Instant>,
    blocked_until: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(most: u32, window: Duration, delay: RangeInclusive<Duration>) -> Self {
        let state = State {
            most: most as usize,
            window,
            delay,
            sent: VecDeque::new(),
            not_before: None,
            blocked_until: None,
        };
        Self {
            state: Mutex::new(state),
            turnstile: tokio::sync::Mutex::new(()),
        }
    }

    /// Waits until a request may go out, and counts it.
    pub(crate) async fn turn(&self) {
        let _turn = self.turnstile.lock().await;
        while let Some(until) = self.try_turn() {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Counts a request, or says until when to wait.
    fn try_turn(&self) -> Option<Instant> {
        self.lock().next(Instant::now(), rand::random())
    }

    /// Lets nothing out for so long.
    pub(crate) fn block(&self, wait: Duration) {
        let mut state = self.lock();
        let until = Instant::now() + wait;
        state.blocked_until = Some(state.blocked_until.map_or(until, |old| old.max(until)));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Every change under the lock is a single assignment or push: whole after any panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts a request at `now`, or says until when to wait before asking again.
    fn next(&mut self, now: Instant, draw: f64) -> Option<Instant> {
        while self.sent.front().is_some_and(|&at| at + self.window <= now) {
            self.sent.pop_front();
        }
        let full = self.sent.len() >= self.most;
        let window_opens = self
            .sent
            .front()
            .filter(|_| full)
            .map(|&at| at + self.window);
        let until = [self.blocked_until, self.not_before, window_opens]
            .into_iter()
            .flatten()
            .max();
        if let Some(until) = until.filter(|&until| until > now) {
            return Some(until);
        }
        self.sent.push_back(now);
        let (least, most) = (*self.delay.start(), *self.delay.end());
        self.not_before = Some(now + least + (most - least).mul_f64(draw));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(per_minute: u32, delay: RangeInclusive<Duration>) -> Pace {
        Pace::new(per_minute, Duration::from_secs(60), delay)
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_holds_no_more_than_allowed() {
        let pace = pace(3, Duration::ZERO..=Duration::ZERO);
        let start = Instant::now();
        for _ in 0..3 {
            pace.turn().await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        pace.turn().await;
        assert_eq!(start.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_keep_their_distance() {
        let pace = pace(1000, Duration::from_secs(2)..=Duration::from_secs(3));
        let start = Instant::now();
        for _ in 0..3 {
            pace.turn().await;
        }
        assert!(
            (4..=6).contains(&start.elapsed().as_secs()),
            "{:?}",
            start.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_block_holds_everything_and_is_never_shortened() {
        let pace = pace(1000, Duration::ZERO..=Duration::ZERO);
        let start = Instant::now();
        pace.block(Duration::from_secs(20));
        pace.block(Duration::from_secs(5));
        pace.turn().await;
        assert_eq!(start.elapsed().as_secs(), 20);
    }
}
