//! The job's entry in `JOBS`: made before the first item, completed after the last.

use anyhow::Context;
use chrono::SecondsFormat;
use common::bucket::BucketError;
use common::item::Token;
use common::jobs::{Cancelled, Jobs, Request, State};
use common::nats::Nats;
use common::streams::{self, WORK};
use serde_json::Value;

use super::{Prepared, wanted};
use crate::failure::usage;

/// What was found under the job's name.
#[derive(Debug)]
pub(super) enum Found {
    /// Ours, with all of so many items enqueued.
    Enqueued(u64),
    /// Ours, new or begun.
    Enqueueing,
}

/// Finds the entry or makes it.
///
/// # Errors
/// When the name belongs to another request.
pub(super) async fn claim(jobs: &Jobs, prepared: &mut Prepared) -> anyhow::Result<Found> {
    let new = wanted::job(prepared);
    match jobs.create(&new).await {
        Ok(_) => return Ok(Found::Enqueueing),
        Err(BucketError::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let (job, _) = jobs
        .get(&prepared.job)
        .await?
        .context("the job was removed at this moment; run the command again")?;
    if job.request != prepared.request {
        return Err(usage(format!(
            "job {} is another request: {}; choose another name with --job",
            job.name,
            differences(&job.request, &prepared.request).join(", ")
        )));
    }
    if let Some(cancelled) = &job.cancelled {
        return Err(was_cancelled(&job.name, cancelled));
    }
    prepared.items.cut_as(&job.segments, &job.gaps);
    Ok(match job.state {
        State::Enqueued => Found::Enqueued(job.items),
        State::Enqueueing => Found::Enqueueing,
    })
}

/// Writes that all items are enqueued; another producer may have written so first.
pub(super) async fn complete(jobs: &Jobs, prepared: &Prepared) -> anyhow::Result<()> {
    let count = prepared.items.count();
    let changed = jobs.change(&prepared.job, |job| {
        job.state = State::Enqueued;
        job.items = count;
    });
    changed
        .await?
        .map(drop)
        .context("the job was removed while it was enqueued")
}

/// Takes away what was enqueued of a job that was cancelled meanwhile.
///
/// # Errors
/// When it was cancelled.
pub(super) async fn still_wanted(nats: &Nats, jobs: &Jobs, name: &Token) -> anyhow::Result<()> {
    let job = jobs.get(name).await?;
    let Some(cancelled) = job.and_then(|(job, _)| job.cancelled) else {
        return Ok(());
    };
    let work = nats.jetstream.get_stream(WORK).await?;
    let purged = work.purge().filter(streams::work_of(name)).await?.purged;
    jobs.change(name, |job| {
        if let Some(cancelled) = &mut job.cancelled {
            cancelled.items += purged;
        }
    })
    .await?;
    Err(was_cancelled(name, &cancelled))
}

fn was_cancelled(name: &Token, cancelled: &Cancelled) -> anyhow::Error {
    let at = cancelled.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    usage(format!(
        "job {name} was cancelled at {at}; choose another name with --job"
    ))
}

/// What differs between two requests, as `slice_s is 3600, not 60`.
fn differences(there: &Request, asked: &Request) -> Vec<String> {
    let json = |request| serde_json::to_value(request).unwrap_or_default();
    let mut found = Vec::new();
    compare("", &json(there), &json(asked), &mut found);
    found
}

fn compare(name: &str, there: &Value, asked: &Value, found: &mut Vec<String>) {
    match (there, asked) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let value =
                    |of: &serde_json::Map<String, Value>| of.get(key).cloned().unwrap_or_default();
                compare(key, &value(a), &value(b), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{name} is {a} there, {b} here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::jobs::Part;

    #[test]
    fn differences_are_named() {
        let one = Request {
            source: "binance".into(),
            dataset: "klines".into(),
            params: [("interval".to_owned(), "1m".to_owned())].into(),
            part: Part::Ids {
                fingerprint: "a".into(),
                ids: 1,
                chunk: 100,
            },
        };
        let mut other = one.clone();
        other.params.clear();
        other.part = Part::Ids {
            fingerprint: "a".into(),
            ids: 1,
            chunk: 50,
        };
        assert!(differences(&one, &one).is_empty());
        assert_eq!(
            differences(&one, &other),
            [
                "interval is \"1m\" there, null here",
                "chunk is 100 there, 50 here"
            ]
        );
    }
}
