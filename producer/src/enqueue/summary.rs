//! What `enqueue` says at its end.

use common::jobs::State;
use serde::Serialize;

use super::Prepared;
use super::estimate::Estimate;
use super::parts::Stored;
use crate::failure;
use crate::output::{self, Output, known, number};

/// The answer of `enqueue`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(super) job: String,
    pub(super) source: String,
    pub(super) dataset: String,
    pub(super) state: State,
    /// Items of the job.
    pub(super) items: u64,
    /// Those that are stored at the end.
    pub(super) stored: u64,
    /// Those that this run stored.
    pub(super) new: u64,
    /// All had been enqueued before: nothing was done.
    pub(super) already_enqueued: bool,
    requests: u64,
    rows: Option<u64>,
    time_at_limit_s: Option<u64>,
    ids: Option<u64>,
    duplicates: Option<u64>,
    skipped: Option<u64>,
    pub(super) seconds: f64,
    notes: Vec<String>,
}

impl Summary {
    /// Of a request of which nothing is stored yet.
    pub(super) fn of(prepared: &Prepared) -> Self {
        let Estimate {
            requests,
            rows,
            time_at_limit,
            ..
        } = prepared.estimate;
        let tally = prepared.tally.as_ref();
        Self {
            job: prepared.job.to_string(),
            source: prepared.request.source.clone(),
            dataset: prepared.request.dataset.clone(),
            state: State::Enqueueing,
            items: prepared.items.count(),
            stored: 0,
            new: 0,
            already_enqueued: false,
            requests,
            rows,
            time_at_limit_s: time_at_limit.map(|time| time.as_secs()),
            ids: tally.map(|tally| tally.ids),
            duplicates: tally.map(|tally| tally.duplicates),
            skipped: tally.map(|tally| tally.skipped),
            seconds: 0.0,
            notes: prepared.notes.clone(),
        }
    }

    /// All of it was enqueued before.
    pub(super) fn was_done(&mut self, items: u64) {
        self.state = State::Enqueued;
        self.already_enqueued = true;
        (self.items, self.stored) = (items, items);
    }

    /// What this run found and stored.
    pub(super) fn stored(&mut self, stored: Stored) {
        self.stored = stored.now + stored.before;
        self.new = stored.now;
    }

    /// Whether all items are enqueued.
    ///
    /// # Errors
    /// When it was stopped before.
    pub(crate) fn is_whole(&self) -> anyhow::Result<()> {
        if self.state == State::Enqueued {
            return Ok(());
        }
        Err(failure::interrupted(format!(
            "stopped after {} of {} items; run the same command again to go on",
            self.stored, self.items
        )))
    }

    pub(super) fn print(&self, output: Output) -> anyhow::Result<()> {
        output.print(self, Self::human)
    }

    fn human(&self) -> String {
        let items = match (self.already_enqueued, self.stored - self.new) {
            (true, _) => format!("{}, all enqueued before: nothing to do", number(self.items)),
            (_, 0) => format!("{} of {}", number(self.stored), number(self.items)),
            (_, before) => format!(
                "{} of {}, {} of them enqueued before",
                number(self.stored),
                number(self.items),
                number(before)
            ),
        };
        let rows = known(self.rows);
        output::pairs(&[
            ("job", self.job.clone()),
            ("items", items),
            (
                "requests",
                format!("{} expected, {rows} rows", number(self.requests)),
            ),
            ("watch", format!("producer status --wait {}", self.job)),
        ])
    }
}
