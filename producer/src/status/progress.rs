//! From counts to what a person wants to know. Pure.

use common::jobs::State;
use serde::Serialize;

use super::counts::Counts;

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Progress {
    pub(super) state: Phase,
    /// Items enqueued.
    pub(super) items: u64,
    /// Items whose rows were handed on.
    pub(super) done: u64,
    /// Items refused for good.
    pub(super) dead: u64,
    /// Items neither done nor dead.
    pub(super) left: u64,
    /// Of those, the ones that nobody holds.
    pub(super) waiting: u64,
    /// Of those, the ones that workers hold.
    pub(super) in_work: u64,
    /// Record batches not yet in ClickHouse.
    pub(super) records_waiting: u64,
    /// Record batches that ClickHouse refused.
    pub(super) dead_batches: u64,
    /// Items that were taken away when the job was cancelled.
    pub(super) cancelled: u64,
}

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    /// Items are still being written.
    Enqueueing,
    /// All items are written, not all of their rows.
    Running,
    /// Nothing is given out; what was in work is finished.
    Paused,
    /// Its items are being taken away.
    Cancelling,
    /// It was cancelled, and nothing of it is left anywhere.
    Cancelled,
    /// Nothing of it is left anywhere.
    Finished,
}

impl Phase {
    /// Whether nothing of the job will change any more.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled)
    }
}

impl Progress {
    /// Judges what was counted; never says done or finished too early.
    pub(super) fn of(counts: &Counts) -> Self {
        let left = counts.waiting + counts.in_work;
        // An item may be dead and still unsettled for a moment, or be given out again after that.
        let was_cancelled = counts.job.cancelled.is_some();
        let cancelled = counts.job.cancelled.as_ref();
        let cancelled = cancelled.map_or(0, |job| job.items) + counts.stopped;
        let done = counts.items.saturating_sub(counts.dead + left + cancelled);
        let all_settled =
            left == 0 && counts.records == 0 && done + counts.dead + cancelled == counts.items;
        let state = match counts.job.state {
            _ if was_cancelled && all_settled => Phase::Cancelled,
            _ if was_cancelled => Phase::Cancelling,
            State::Enqueueing => Phase::Enqueueing,
            State::Enqueued if all_settled => Phase::Finished,
            State::Enqueued if counts.queue.paused => Phase::Paused,
            State::Enqueued => Phase::Running,
        };
        Self {
            state,
            items: counts.items,
            done,
            dead: counts.dead,
            left,
            waiting: counts.waiting,
            in_work: counts.in_work,
            records_waiting: counts.records,
            dead_batches: counts.dead_batches,
            cancelled,
        }
    }

    /// Dead letters of both kinds.
    pub(super) fn dead_letters(&self) -> u64 {
        self.dead + self.dead_batches
    }

    /// The state in words.
    pub(super) fn words(&self) -> String {
        match (self.state, self.dead_letters()) {
            (Phase::Enqueueing, _) => "enqueueing".to_owned(),
            (Phase::Running, _) => "running".to_owned(),
            (Phase::Paused, _) => "paused".to_owned(),
            (Phase::Cancelling, _) => "being cancelled".to_owned(),
            (Phase::Cancelled, _) => "cancelled".to_owned(),
            (Phase::Finished, 0) => "finished".to_owned(),
            (Phase::Finished, 1) => "finished with 1 dead letter".to_owned(),
            (Phase::Finished, dead) => format!("finished with {dead} dead letters"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::counts::tests::counts;
    use chrono::DateTime;

    #[test]
    fn finished_means_that_nothing_is_left_anywhere() {
        let finished = counts(State::Enqueued, 10, 0, 0, 2);
        let progress = Progress::of(&finished);
        assert_eq!((progress.state, progress.done), (Phase::Finished, 8));
        assert_eq!(progress.words(), "finished with 2 dead letters");
        let states = [
            counts(State::Enqueued, 10, 1, 0, 0),
            counts(State::Enqueued, 10, 0, 1, 0),
            Counts {
                records: 1,
                ..finished.clone()
            },
        ]
        .map(|counts| Progress::of(&counts).state);
        assert_eq!(states, [Phase::Running; 3]);
        let begun = counts(State::Enqueueing, 10, 0, 0, 0);
        assert_eq!(Progress::of(&begun).state, Phase::Enqueueing);
    }

    #[test]
    fn a_cancelled_job_is_not_finished() {
        let mut cancelled = counts(State::Enqueued, 10, 2, 1, 1);
        let job = &mut cancelled.job;
        job.cancelled = Some(common::jobs::Cancelled {
            at: DateTime::UNIX_EPOCH,
            items: 0,
        });
        assert_eq!(Progress::of(&cancelled).state, Phase::Cancelling);
        (cancelled.waiting, cancelled.in_work) = (0, 0);
        cancelled.job.cancelled.as_mut().unwrap().items = 2;
        cancelled.stopped = 1;
        let progress = Progress::of(&cancelled);
        assert_eq!((progress.state, progress.done), (Phase::Cancelled, 6));
        assert!(progress.state.is_over());
    }

    #[test]
    fn a_pause_shows_while_something_is_left() {
        let mut paused = counts(State::Enqueued, 2, 1, 0, 0);
        paused.queue.paused = true;
        assert_eq!(Progress::of(&paused).state, Phase::Paused);
        paused.waiting = 0;
        assert_eq!(Progress::of(&paused).state, Phase::Finished);
    }

    #[test]
    fn an_item_counted_twice_is_not_done() {
        let progress = Progress::of(&counts(State::Enqueued, 10, 9, 1, 1));
        assert_eq!((progress.done, progress.left), (0, 10));
        let progress = Progress::of(&counts(State::Enqueued, 1, 0, 1, 1));
        assert_eq!((progress.done, progress.state), (0, Phase::Running));
        let progress = Progress::of(&counts(State::Enqueued, 1, 0, 0, 2));
        assert_eq!((progress.done, progress.state), (0, Phase::Running));
    }
}
