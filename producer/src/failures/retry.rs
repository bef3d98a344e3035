//! `retry`: what was refused goes back to the queue, and nothing else is touched.
//!
//! The dead letter knows the item whole. It is enqueued again under its own name, so a job never has
//! more items than it was enqueued with, and its letter is taken away after that: an item is at any
//! moment dead or left, never neither. Ids of it that are not tried now travel with it, so that the
//! letter the worker may write then names them again.
//!
//! The letter of a record batch holds only the beginning of it: the item it came from is tried again
//! as the ledger knows it, which writes no row twice.

use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;

use anyhow::Context;
use async_nats::HeaderMap;
use common::failpoint;
use common::item::{Item, Retry, Token, Work};
use common::letter::Letter;
use common::nats::{BATCH_LIMIT, Nats, Outgoing, PublishError};
use common::settings::Settings;
use common::streams;
use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::letters::{self, Of};
use super::lines;
use crate::cli::RetryArgs;
use crate::enqueue::ids;
use crate::failure::usage;
use crate::output::{self, Output, number};
use crate::status::{self, Queues};

/// Letters taken away at once.
const AT_ONCE: usize = 64;

/// What to try once more.
#[derive(Debug, Default)]
struct Choice {
    step: Option<String>,
    /// In small letters.
    reason: Option<String>,
    ids: Option<HashSet<String>>,
}

impl Choice {
    fn takes(&self, id: Option<&str>, step: &str, reason: &str) -> bool {
        self.step.as_ref().is_none_or(|wanted| wanted == step)
            && self
                .reason
                .as_ref()
                .is_none_or(|wanted| reason.to_lowercase().contains(wanted))
            && self
                .ids
                .as_ref()
                .is_none_or(|wanted| id.is_some_and(|id| wanted.contains(id)))
    }

    /// The item of a letter as it is tried once more with at most `most` ids, and how many of its
    /// ids are; a window counts as one. `None` where nothing of it is to be tried.
    fn of(&self, letter: &Letter, most: u64) -> Option<(Item, u64)> {
        let mut item = letter.item.clone().filter(|_| most > 0)?;
        let run = item.retry.run + 1;
        if let Work::Range { .. } = item.work {
            let taken = self.takes(None, &letter.step, &letter.reason);
            let kept = Vec::new();
            item.retry = Retry { run, kept };
            return taken.then_some((item, 1));
        }
        let mut left = most;
        let (tried, kept): (Vec<_>, Vec<_>) = letter.refused_ids().into_iter().partition(|id| {
            let takes = left > 0 && self.takes(Some(&id.id), &id.step, &id.reason);
            left -= u64::from(takes);
            takes
        });
        item.work = Work::Ids(tried.into_iter().map(|id| id.id).collect());
        item.retry = Retry { run, kept };
        (left < most).then_some((item, most - left))
    }
}

/// The answer of `retry`.
#[derive(Debug, Default, Serialize)]
struct Retried {
    job: String,
    /// Items that are in the queue again.
    items: u64,
    /// Ids of them that are tried; a window counts as one.
    tried: u64,
    /// Items that a worker still holds: their turn is over in a moment.
    held: u64,
    /// Letters of which nothing was wanted.
    untouched: u64,
    /// Letters of messages that were no items: there is nothing to try.
    unreadable: u64,
}

/// Puts what was refused back into the queue.
pub(crate) async fn run(
    args: &RetryArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let choice = Choice {
        step: args.step.clone(),
        reason: args.reason.as_ref().map(|reason| reason.to_lowercase()),
        ids: args
            .ids
            .as_ref()
            .map(|file| ids::listed(file, &args.column))
            .transpose()?,
    };
    let nats = crate::run::connect(settings).await?;
    let queues = super::open(&args.job, &nats).await?;
    if status::is_cancelled(&queues, &args.job).await? {
        return Err(usage(format!(
            "job {} was cancelled; enqueue what is wanted under another name",
            args.job
        )));
    }
    let mut again = Again {
        nats: &nats,
        queues: &queues,
        job: &args.job,
        batch: Vec::new(),
        answer: Retried {
            job: args.job.to_string(),
            ..Retried::default()
        },
    };
    let mut left = args.limit.unwrap_or(u64::MAX);
    let mut batches: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    letters::each(&queues.dead, &args.job, async |dead| {
        match dead.of {
            Of::Item(letter) => match choice.of(&letter, left) {
                Some((item, tried)) => {
                    left -= tried;
                    again.put(vec![dead.sequence], item, tried).await?;
                }
                None if letter.item.is_none() => again.answer.unreadable += 1,
                None => again.answer.untouched += 1,
            },
            Of::Batch(batch) if choice.takes(None, &batch.step, &batch.reason) => {
                let item = batch.item().to_owned();
                batches.entry(item).or_default().push(dead.sequence);
            }
            Of::Batch(_) => again.answer.untouched += 1,
        }
        Ok(())
    })
    .await?;
    again.flush().await?;
    again.batches(batches, left, settings).await?;
    output.print(&again.answer, human)?;
    Ok(ExitCode::SUCCESS)
}

/// On its way back to the queue.
struct Again<'a> {
    nats: &'a Nats,
    queues: &'a Queues,
    job: &'a Token,
    batch: Vec<Entry>,
    answer: Retried,
}

/// An item, what is tried of it, and the letters that it makes good.
struct Entry {
    letters: Vec<u64>,
    item: Item,
    tried: u64,
}

impl Again<'_> {
    /// Items of which record batches were refused.
    async fn batches(
        &mut self,
        mut letters: BTreeMap<String, Vec<u64>>,
        most: u64,
        settings: &Settings,
    ) -> anyhow::Result<()> {
        if letters.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = letters.keys().cloned().collect();
        let mut left = most;
        for item in lines::again(self.job, &names, settings).await? {
            let tried = match &item.work {
                Work::Ids(ids) => ids.len() as u64,
                Work::Range { .. } => 1,
            };
            if tried <= left
                && let Some(letters) = letters.remove(item.id.as_str())
            {
                left -= tried;
                self.put(letters, item, tried).await?;
            }
        }
        self.answer.untouched += letters
            .values()
            .map(|letters| letters.len() as u64)
            .sum::<u64>();
        self.flush().await
    }

    async fn put(&mut self, letters: Vec<u64>, item: Item, tried: u64) -> anyhow::Result<()> {
        self.batch.push(Entry {
            letters,
            item,
            tried,
        });
        if self.batch.len() == BATCH_LIMIT {
            self.flush().await?;
        }
        Ok(())
    }

    /// Enqueues what was collected, then takes the letters away.
    async fn flush(&mut self) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let messages = batch
            .iter()
            .map(|entry| self.message(&entry.item))
            .collect::<Result<Vec<_>, _>>()?;
        let mut enqueued = Vec::new();
        match self.nats.publish_all(messages.clone()).await {
            Ok(()) => enqueued = batch,
            Err(PublishError::AlreadyThere(_)) => {
                for (message, entry) in messages.into_iter().zip(batch) {
                    if self.is_enqueued(message, &entry.item).await? {
                        enqueued.push(entry);
                    } else {
                        self.answer.held += 1;
                    }
                }
            }
            Err(error) => return Err(error).context("cannot enqueue again"),
        }
        failpoint::reached("producer.retried").await;
        let made_good = enqueued.iter().flat_map(|entry| &entry.letters);
        let mut removals = stream::iter(made_good)
            .map(async |sequence| self.queues.dead.delete_message(*sequence).await)
            .buffer_unordered(AT_ONCE);
        while let Some(removed) = removals.next().await {
            // One that was replaced meanwhile is not there any more: the newer one stays.
            if let Err(error) = removed {
                tracing::debug!(%error, "a dead letter was gone already");
            }
        }
        self.answer.items += enqueued.len() as u64;
        self.answer.tried += enqueued.iter().map(|entry| entry.tried).sum::<u64>();
        Ok(())
    }

    fn message(&self, item: &Item) -> anyhow::Result<Outgoing> {
        Ok(Outgoing {
            subject: streams::work(self.job, &item.id),
            headers: HeaderMap::new(),
            payload: serde_json::to_vec(item)?.into(),
        })
    }

    /// Enqueues one item where something stands in its place: an item that was enqueued again by a
    /// command that did not come to its end is ours, one that a worker still holds is not.
    async fn is_enqueued(&self, message: Outgoing, item: &Item) -> anyhow::Result<bool> {
        let subject = message.subject.clone();
        match self.nats.publish_all(vec![message]).await {
            Ok(()) => return Ok(true),
            Err(PublishError::AlreadyThere(_)) => {}
            Err(error) => return Err(error).context("cannot enqueue again"),
        }
        let there = self
            .queues
            .work
            .get_last_raw_message_by_subject(&subject)
            .await;
        let there = there
            .ok()
            .and_then(|there| serde_json::from_slice::<Item>(&there.payload).ok());
        Ok(there.is_some_and(|there| there.retry.run == item.retry.run))
    }
}

fn human(answer: &Retried) -> String {
    let mut lines = vec![
        ("job", answer.job.clone()),
        ("items", format!("{} enqueued again", number(answer.items))),
        ("tried", format!("{} ids or windows", number(answer.tried))),
    ];
    let others = [
        ("held", answer.held, "are being settled: run it again"),
        ("untouched", answer.untouched, "dead letters"),
        (
            "unreadable",
            answer.unreadable,
            "letters of what was no item",
        ),
    ];
    let others = others.into_iter().filter(|(_, count, _)| *count > 0);
    lines.extend(others.map(|(name, count, what)| (name, format!("{} {what}", number(count)))));
    output::pairs(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn letter(ids: &[(&str, &str, &str)]) -> Letter {
        let ids: Vec<_> = ids
            .iter()
            .map(|(id, step, reason)| json!({"id": id, "step": step, "reason": reason}))
            .collect();
        serde_json::from_value(json!({
            "item": {"job": "j", "id": "ids-1", "source": "s", "dataset": "d", "work": {"ids": ["1", "2", "3"]}},
            "step": "fetch", "reason": "x", "ids": ids, "attempts": 1, "worker": "w",
            "at": "2024-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    fn tried(choice: &Choice, letter: &Letter, most: u64) -> Option<(Vec<String>, Vec<String>)> {
        let (item, count) = choice.of(letter, most)?;
        let Work::Ids(ids) = item.work else { panic!() };
        assert_eq!((item.retry.run, count), (1, ids.len() as u64));
        let kept = item.retry.kept.into_iter().map(|id| id.id).collect();
        Some((ids, kept))
    }

    #[test]
    fn what_is_not_chosen_travels_along() {
        let letter = letter(&[("2", "fetch", "Not found"), ("3", "parse", "no JSON")]);
        let all = Choice::default();
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let expect = |tried: &[&str], kept: &[&str]| Some((owned(tried), owned(kept)));
        assert_eq!(tried(&all, &letter, 9), expect(&["2", "3"], &[]));
        assert_eq!(tried(&all, &letter, 1), expect(&["2"], &["3"]));
        assert_eq!(tried(&all, &letter, 0), None);
        let parse = Choice {
            step: Some("parse".into()),
            ..Choice::default()
        };
        assert_eq!(tried(&parse, &letter, 9), expect(&["3"], &["2"]));
        let words = Choice {
            reason: Some("not found".into()),
            ..Choice::default()
        };
        assert_eq!(tried(&words, &letter, 9), expect(&["2"], &["3"]));
        let other = Choice {
            ids: Some(["7".to_owned()].into()),
            ..Choice::default()
        };
        assert_eq!(tried(&other, &letter, 9), None);
    }

    #[test]
    fn an_item_that_was_refused_whole_is_tried_whole() {
        let all = tried(&Choice::default(), &letter(&[]), 9).unwrap();
        assert_eq!(all.0, ["1", "2", "3"]);
        assert!(all.1.is_empty());
    }
}
