//! Gets a reply out of a vendor: asks when its pace allows, judges, waits and asks again.

use std::time::{Duration, Instant};

use chrono::Utc;
use common::backoff::Backoff;
use common::failpoint;
use common::item::Item;
use common::settings;
use sources::{Ask, Verdict};

use super::Task;
use crate::cache::Mode;
use crate::fetch::{Answer, FetchError};
use crate::outcome::Refused;

/// How much of a refused reply is kept.
const HEAD_BYTES: usize = 2_000;

/// A vendor that asks us to wait "0 seconds" is not asked in a tight loop.
const SHORTEST_BLOCK: Duration = Duration::from_secs(1);

/// What a vendor gave in the end.
pub(super) enum Got {
    /// A reply to be read.
    Reply(Answer),
    /// The word that it has no such thing.
    Absent(Refused),
}

/// The tries of one request: those that failed, and how long to wait before the next.
pub(super) struct Tries {
    failed: u32,
    most: u32,
    backoff: Backoff,
}

impl Tries {
    pub(super) fn new(worker: &settings::Worker) -> Self {
        Self {
            failed: 0,
            most: worker.attempts,
            backoff: Backoff {
                first: Duration::from_millis(worker.backoff_ms),
                cap: Duration::from_millis(worker.backoff_cap_ms),
            },
        }
    }

    /// Counts a failure and waits; gives how long.
    ///
    /// # Errors
    /// With the failure, when it was the last one allowed.
    pub(super) async fn failed(
        &mut self,
        item: &Item,
        failure: Refused,
    ) -> Result<Duration, Refused> {
        self.failed += 1;
        if self.failed >= self.most {
            let reason = format!("{} (tried {} times)", failure.reason, self.failed);
            return Err(Refused { reason, ..failure });
        }
        let wait = self.backoff.wait(self.failed - 1, rand::random());
        tracing::debug!(
            item.id = %item.id, attempt = self.failed, reason = failure.reason,
            wait_ms = wait.as_millis() as u64, "trying again"
        );
        tokio::time::sleep(wait).await;
        Ok(wait)
    }
}

/// What a reply leads to.
enum Judged {
    Read,
    Again,
    Absent(Refused),
    Later(Refused),
    Never(Refused),
}

impl Task<'_> {
    /// Asks until there is a reply to be read.
    pub(super) async fn reply(&mut self, ask: &Ask, tries: &mut Tries) -> Result<Got, Refused> {
        if let Some(answer) = self.kept(ask).await {
            match self.judge(&answer) {
                Judged::Read => return Ok(Got::Reply(answer)),
                Judged::Absent(refused) => return Ok(Got::Absent(refused)),
                // Only the two above are kept; of another version, maybe.
                _ => {}
            }
        }
        loop {
            let failure = match self.request(ask).await {
                Ok(answer) => match self.judge(&answer) {
                    Judged::Read => {
                        self.keep(ask, &answer).await;
                        return Ok(Got::Reply(answer));
                    }
                    Judged::Absent(refused) => {
                        self.keep(ask, &answer).await;
                        return Ok(Got::Absent(refused));
                    }
                    Judged::Again => continue,
                    Judged::Later(refused) => refused,
                    Judged::Never(refused) => return Err(refused),
                },
                Err(FetchError::Refused(reason)) => return Err(Refused::new("fetch", reason)),
                Err(error) => Refused::new("fetch", error.to_string()),
            };
            self.spent.wait += tries.failed(self.item, failure).await?;
        }
    }

    /// The reply as it was kept, where the item wants it so.
    async fn kept(&mut self, ask: &Ask) -> Option<Answer> {
        let cache = self.engine.cache.as_ref()?;
        if self.mode != Mode::Read {
            return None;
        }
        let source = self.vendor.source.name();
        let now = Utc::now().timestamp_nanos_opt().unwrap_or_default();
        let kept = cache.get(source, ask, now).await;
        let hit = if kept.is_some() { "hit" } else { "miss" };
        let labels = [source, hit];
        self.engine.metrics.cache.with_label_values(&labels).inc();
        let kept = kept?;
        self.fetched_at = kept.fetched_at;
        self.spent.bytes += kept.answer.len();
        Some(kept.answer)
    }

    async fn keep(&self, ask: &Ask, answer: &Answer) {
        if let Some(cache) = &self.engine.cache
            && self.mode != Mode::Off
        {
            let source = self.vendor.source.name();
            cache.put(source, ask, answer, self.fetched_at).await;
        }
    }

    /// Sends one request when the vendor's pace allows it.
    async fn request(&mut self, ask: &Ask) -> Result<Answer, FetchError> {
        let source = self.vendor.source.name();
        let metrics = &self.engine.metrics;
        let asked = Instant::now();
        self.vendor.pace.turn().await;
        let waited = asked.elapsed();
        self.spent.wait += waited;
        metrics
            .wait_seconds
            .with_label_values(&[source])
            .observe(waited.as_secs_f64());
        self.spent.requests += 1;
        self.fetched_at = Utc::now().timestamp_nanos_opt().unwrap_or_default();
        let sent = Instant::now();
        let result = self.vendor.client.fetch(ask).await;
        self.spent.api += sent.elapsed();
        metrics
            .request_seconds
            .with_label_values(&[source])
            .observe(sent.elapsed().as_secs_f64());
        let status = match &result {
            Ok(answer) => answer.head.status.to_string(),
            Err(FetchError::Broken { kind, .. }) => (*kind).to_owned(),
            Err(FetchError::Refused(_)) => "refused".to_owned(),
        };
        metrics.requests.with_label_values(&[source, &status]).inc();
        if let Ok(answer) = &result {
            self.spent.bytes += answer.len();
            metrics
                .reply_bytes
                .with_label_values(&[source])
                .inc_by(answer.len());
        }
        failpoint::reached("worker.fetched").await;
        result
    }

    fn judge(&self, answer: &Answer) -> Judged {
        if answer.is_on_disk() {
            // Only what the vendor calls a success goes to disk.
            return Judged::Read;
        }
        let refused = |reason: String| self.refused("fetch", &reason, answer);
        match self.vendor.source.judge(&answer.head, answer.bytes()) {
            Verdict::Ok => Judged::Read,
            Verdict::Blocked { wait, reason } => {
                let wait = wait.max(SHORTEST_BLOCK);
                tracing::warn!(
                    source = self.vendor.source.name(),
                    reason,
                    wait_ms = wait.as_millis() as u64,
                    "the vendor asks us to wait"
                );
                self.vendor.pace.block(wait);
                Judged::Again
            }
            Verdict::Retry { reason } => Judged::Later(refused(reason)),
            Verdict::Absent { reason } => Judged::Absent(refused(reason)),
            Verdict::Reject { reason } => Judged::Never(refused(reason)),
        }
    }

    /// A refusal with the beginning of the reply, our token hidden in both.
    pub(super) fn refused(&self, step: &'static str, reason: &str, answer: &Answer) -> Refused {
        let body = answer.bytes();
        let head = &body[..body.len().min(HEAD_BYTES)];
        Refused {
            step: step.into(),
            reason: self.vendor.client.redact(reason),
            status: Some(answer.head.status),
            head: self.vendor.client.redact(&String::from_utf8_lossy(head)),
        }
    }
}
