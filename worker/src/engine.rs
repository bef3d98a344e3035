//! Works on one item: ask → fetch → judge → parse → publish, page after page.
//!
//! [`reply`] gets a reply out of a vendor, [`read`] turns it into rows, [`lists`] fetches the
//! instruments that both need.
//!
//! The engine owns time, retries and limits; what to ask and how to read it is the source's. It
//! always ends by publishing the outcome to the ledger together with the last rows, so that an
//! item that is settled has left its rows, its ledger line and, when refused, its dead letter.

mod lists;
mod read;
mod reply;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use common::delivery::Delivery;
use common::failpoint;
use common::item::{Item, Work};
use common::nats::Outgoing;
use common::settings::Settings;
use common::tables::{Rows, WorkLog};
use sources::{Ask, At, Cursor, Instruments, Next};
use xxhash_rust::xxh3::Xxh3Default;

pub(crate) use self::lists::Lists;
use self::reply::{Got, Tries};
use crate::cache::{Cache, Mode};
use crate::dead;
use crate::metrics::Metrics;
use crate::outcome::{Refused, RefusedId, Spent};
use crate::publish::{Origin, Publisher};
use crate::stop::Stop;
use crate::vendor::Vendor;

/// The word in the ledger for an item that was stopped.
const CANCELLED: &str = "cancelled";

/// What all items share.
pub(crate) struct Engine {
    pub(crate) publisher: Publisher,
    /// Where replies are kept, where that is configured.
    pub(crate) cache: Option<Cache>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) worker: String,
    pub(crate) metrics: Arc<Metrics>,
}

/// One item in work.
struct Task<'a> {
    engine: &'a Engine,
    item: &'a Item,
    vendor: &'a Vendor,
    rows: Rows,
    spent: Spent,
    content: Xxh3Default,
    unflushed: usize,
    flushes: u64,
    fetched_at: i64,
    /// Whether replies are kept and taken from where they are kept.
    mode: Mode,
    /// What the vendor lists, for the names and multipliers of the item's symbols.
    instruments: Arc<Instruments>,
    /// Why a file ended early, when rows of it were kept.
    cut_off: Option<Refused>,
    /// Rows that the broker cannot take.
    too_large: Vec<String>,
    /// Whether the job was cancelled.
    stop: Stop,
}

impl Engine {
    /// Works on an item until its outcome is published; the caller then settles the delivery.
    pub(crate) async fn work(&self, item: &Item, delivery: &Delivery, vendor: &Vendor, stop: Stop) {
        let mut task = Task {
            engine: self,
            item,
            vendor,
            rows: Rows::default(),
            spent: Spent::default(),
            content: Xxh3Default::new(),
            unflushed: 0,
            flushes: 0,
            fetched_at: 0,
            mode: Mode::of(item),
            instruments: Arc::default(),
            cut_off: None,
            too_large: Vec::new(),
            stop,
        };
        let most = self.settings.streams.max_deliveries;
        let result = if delivery.attempt() > most {
            Err(Refused::new(
                "deliver",
                format!("its holder died {most} times; see the logs of the workers"),
            ))
        } else {
            task.all().await
        };
        task.finish(result, delivery.attempt()).await;
    }
}

impl Task<'_> {
    /// All requests of the item; gives the ids that were refused.
    async fn all(&mut self) -> Result<Vec<RefusedId>, Refused> {
        if self.mode != Mode::Off && self.engine.cache.is_none() {
            let reason = "the job wants its replies kept, but neither cache.dir nor cache.redis_url is configured";
            return Err(Refused::new("ask", reason));
        }
        self.instruments = self.listed().await?;
        let Work::Ids(ids) = &self.item.work else {
            return self.pages(None).await.map(|()| Vec::new());
        };
        let mut refused_ids = Vec::new();
        for id in ids {
            if let Err(refused) = self.pages(Some(id)).await {
                if refused.is_cancelled() {
                    return Err(refused);
                }
                refused_ids.push(RefusedId {
                    id: id.clone(),
                    refused,
                });
            }
        }
        Ok(refused_ids)
    }

    /// All pages of the item, or of one id of it.
    async fn pages(&mut self, id: Option<&str>) -> Result<(), Refused> {
        let mut cursor = Cursor::Start;
        for _ in 0..self.engine.settings.worker.max_pages {
            let instruments = self.instruments.clone();
            let at = At {
                item: self.item,
                id,
                cursor: &cursor,
                instruments: &instruments,
            };
            let asked = self.vendor.source.ask(&at);
            let ask = asked.map_err(|refusal| Refused::new("ask", refusal.0))?;
            let next = self.page(&ask, &at).await?;
            if self.unflushed >= self.engine.settings.worker.flush_bytes {
                self.flush().await;
            }
            match next {
                Next::More(at) => cursor = at,
                Next::End => return Ok(()),
            }
        }
        let most = self.engine.settings.worker.max_pages;
        Err(Refused::new(
            "fetch",
            format!("more than worker.max_pages ({most}) pages: the vendor repeats itself"),
        ))
    }

    /// One page, tried until it is read, refused, or tried often enough.
    async fn page(&mut self, ask: &Ask, at: &At<'_>) -> Result<Next, Refused> {
        let mut tries = Tries::new(&self.engine.settings.worker);
        loop {
            // While we wait for the vendor nothing is half done.
            let stop = self.stop.clone();
            let got = tokio::select! {
                biased;
                () = stop.wanted() => return Err(Refused::cancelled()),
                got = self.reply(ask, &mut tries) => got?,
            };
            let answer = match got {
                Got::Reply(answer) => answer,
                Got::Absent(refused) => {
                    let next = self.vendor.source.absent(at, &refused.reason);
                    return next.map_err(|refusal| Refused {
                        reason: refusal.0,
                        ..refused
                    });
                }
            };
            match self.read(answer, at).await {
                Ok(next) => return Ok(next),
                Err(refused) => self.spent.wait += tries.failed(self.item, refused).await?,
            }
        }
    }

    /// Publishes the rows so far.
    async fn flush(&mut self) {
        failpoint::reached("worker.parsed").await;
        let messages = self.encode(self.fetched_at);
        self.publish(messages).await;
    }

    /// Takes the rows out as messages; `version` is what decides between copies of a row.
    fn encode(&mut self, version: i64) -> Vec<Outgoing> {
        let batches = self.rows.take(u64::try_from(version).unwrap_or_default());
        let origin = Origin {
            job: &self.item.job,
            item: self.item.id.as_str(),
            run: self.item.retry.run,
            content: self.content.digest(),
            flush: self.flushes,
        };
        let encoded = self.engine.publisher.encode(&batches, &origin);
        self.spent.rows -= encoded.too_large.len() as u64;
        self.too_large.extend(encoded.too_large);
        self.unflushed = 0;
        self.flushes += 1;
        encoded.messages
    }

    async fn publish(&mut self, messages: Vec<Outgoing>) {
        let started = Instant::now();
        self.engine.publisher.publish(messages).await;
        self.spent.write += started.elapsed();
        failpoint::reached("worker.published").await;
    }

    /// Publishes what became of the item: its dead letter first, if any, then the ledger line
    /// together with the last rows.
    async fn finish(mut self, result: Result<Vec<RefusedId>, Refused>, attempt: u64) {
        failpoint::reached("worker.parsed").await;
        // Encoded before the outcome is known, as a row may turn out to fit nowhere.
        let mut messages = self.encode(self.fetched_at);
        // Then its letter need not name each of its ids.
        let is_whole = result.is_err() && self.item.retry.kept.is_empty();
        let (outcome, refused, ids) = self.outcome(result);
        if outcome == CANCELLED {
            dead::stopped(self.engine, self.item).await;
        } else if let Some(refused) = &refused {
            let named = if is_whole { &[] } else { &ids[..] };
            dead::letter(self.engine, self.item, attempt, &self.spent, refused, named).await;
        } else if attempt > 1 || !self.item.retry.is_first() {
            dead::take_back(self.engine, self.item).await;
        }
        let at = Utc::now().timestamp_nanos_opt().unwrap_or_default();
        self.log(outcome, refused.as_ref(), &ids, attempt, at);
        messages.extend(self.encode(at));
        self.publish(messages).await;
        let labels = [
            self.item.source.as_str(),
            self.item.dataset.as_str(),
            outcome,
        ];
        self.engine.metrics.items.with_label_values(&labels).inc();
    }

    /// The word for the ledger, what was refused, and which ids.
    fn outcome(
        &self,
        result: Result<Vec<RefusedId>, Refused>,
    ) -> (&'static str, Option<Refused>, Vec<RefusedId>) {
        let asked = match &self.item.work {
            Work::Ids(ids) => &ids[..],
            Work::Range { .. } => &[],
        };
        let kept = &self.item.retry.kept;
        let kept = kept.iter().cloned().map(RefusedId::from);
        let mut ids = match result {
            Ok(ids) => ids,
            Err(refused) if refused.is_cancelled() => {
                return (CANCELLED, Some(refused), Vec::new());
            }
            Err(refused) => {
                let each = asked.iter().map(|id| RefusedId {
                    id: id.clone(),
                    refused: refused.clone(),
                });
                return ("dead", Some(refused.clone()), each.chain(kept).collect());
            }
        };
        let all = !asked.is_empty() && ids.len() == asked.len();
        ids.extend(kept);
        let left_out = || self.cut_off.clone().or_else(|| too_large(&self.too_large));
        match summary(&ids).or_else(left_out) {
            None => ("done", None, ids),
            Some(refused) if all => ("dead", Some(refused), ids),
            Some(refused) => ("partial", Some(refused), ids),
        }
    }

    fn log(
        &mut self,
        outcome: &str,
        refused: Option<&Refused>,
        refused_ids: &[RefusedId],
        attempt: u64,
        at: i64,
    ) {
        let spent = self.spent;
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let (ids, symbol, window) = match &self.item.work {
            Work::Ids(ids) => (&ids[..], "", [0, 0]),
            Work::Range { symbol, from, to } => {
                let ns = |at: &DateTime<Utc>| at.timestamp_nanos_opt().unwrap_or_default();
                (&[][..], symbol.as_deref().unwrap_or(""), [ns(from), ns(to)])
            }
        };
        let [window_from, window_to] = window;
        let told = |what: fn(&RefusedId) -> &str| refused_ids.iter().map(what).collect::<Vec<_>>();
        let bad = told(|refused| &refused.id);
        let known: HashSet<_> = bad.iter().copied().collect();
        let stored = ids.iter().map(String::as_str);
        let stored: Vec<_> = match outcome {
            CANCELLED => Vec::new(),
            _ => stored.filter(|id| !known.contains(id)).collect(),
        };
        let params = serde_json::to_string(&self.item.params).expect("parameters are texts");
        self.rows.push(&WorkLog {
            job: self.item.job.as_str(),
            item: self.item.id.as_str(),
            source: &self.item.source,
            dataset: &self.item.dataset,
            outcome,
            step: refused.map_or("", |refused| &refused.step),
            reason: refused.map_or("", |refused| &refused.reason),
            attempts: attempt,
            requests: spent.requests,
            rows: spent.rows,
            bytes: spent.bytes,
            api_ms: ms(spent.api),
            wait_ms: ms(spent.wait),
            write_ms: ms(spent.write),
            worker: &self.engine.worker,
            at,
            run: self.item.retry.run,
            symbol,
            window_from,
            window_to,
            params: &params,
            ids: &stored,
            refused_ids: &bad,
            refused_steps: &told(|refused| &refused.refused.step),
            refused_reasons: &told(|refused| &refused.refused.reason),
        });
    }
}

/// One reason for an item of which some ids were refused.
fn summary(ids: &[RefusedId]) -> Option<Refused> {
    let first = ids.first()?;
    let reason = format!(
        "{} of its ids refused, the first being {}: {}",
        ids.len(),
        first.id,
        first.refused.reason
    );
    Some(Refused {
        reason,
        ..first.refused.clone()
    })
}

/// One reason for rows that fit in no message.
fn too_large(rows: &[String]) -> Option<Refused> {
    let first = rows.first()?;
    Some(Refused::new(
        "publish",
        format!("{} rows are too large, the first: {first}", rows.len()),
    ))
}
