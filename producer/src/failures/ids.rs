//! Every id that was refused, as CSV: what `enqueue ids` reads.

use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::consumer::pull;
use common::item::{Item, Token, Work};
use common::streams;
use csv::Writer;
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;

use crate::failure::usage;
use crate::output::{Output, to_stdout};
use crate::status::Queues;

/// Between two letters; the server has them all.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is read of a dead letter.
#[derive(Debug, Deserialize)]
struct Letter {
    item: Option<Item>,
    step: String,
    reason: String,
    #[serde(default)]
    ids: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    id: String,
    step: String,
    reason: String,
}

/// An id, the item it is of, and why it was refused.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    id: String,
    item: String,
    step: String,
    reason: String,
}

impl Letter {
    /// The ids of a letter: those that were refused, or all where the whole item was.
    fn lines(self) -> Vec<Line> {
        let Some(item) = self.item else {
            return Vec::new();
        };
        let line = |id, step, reason| Line {
            id,
            item: item.id.to_string(),
            step,
            reason,
        };
        match &item.work {
            Work::Range { .. } => Vec::new(),
            Work::Ids(ids) if self.ids.is_empty() => {
                let whole = |id: &String| line(id.clone(), self.step.clone(), self.reason.clone());
                ids.iter().map(whole).collect()
            }
            Work::Ids(_) => {
                let ids = self.ids.into_iter();
                ids.map(|refused| line(refused.id, refused.step, refused.reason))
                    .collect()
            }
        }
    }
}

/// Prints them in the order in which they were refused.
pub(super) async fn print(queues: &Queues, job: &Token, output: Output) -> anyhow::Result<()> {
    let found = queues.jobs.get(job).await?;
    if found.is_some_and(|(job, _)| {
        matches!(
            job.request.part,
            common::jobs::Part::Range { .. } | common::jobs::Part::Windows { .. }
        )
    }) {
        return Err(usage(format!(
            "job {job} is of a range and has no ids; producer failures {job} lists what failed"
        )));
    }
    let lines = read(queues, job).await?;
    if output == Output::Json {
        let ids: Vec<_> = lines
            .iter()
            .map(|line| {
                json!({"id": line.id, "item": line.item, "step": line.step, "reason": line.reason})
            })
            .collect();
        return output.print(&json!({"job": job, "ids": ids}), |_| String::new());
    }
    to_stdout(&csv(&lines)?)
}

fn csv(lines: &[Line]) -> anyhow::Result<String> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(["id", "item", "step", "reason"])?;
    for line in lines {
        writer.write_record([&line.id, &line.item, &line.step, &line.reason])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

async fn read(queues: &Queues, job: &Token) -> anyhow::Result<Vec<Line>> {
    let config = pull::OrderedConfig {
        filter_subject: streams::dead_of(job),
        ..pull::OrderedConfig::default()
    };
    let consumer = queues.dead.create_consumer(config).await?;
    let mut lines = Vec::new();
    if consumer.cached_info().num_pending == 0 {
        return Ok(lines);
    }
    let mut letters = consumer.messages().await?;
    loop {
        let next = tokio::time::timeout(PATIENCE, letters.next()).await;
        let message = next.context("the server has stopped giving out dead letters")?;
        let Some(message) = message.transpose()? else {
            return Ok(lines);
        };
        // The letter of a record batch is not one of ids.
        if let Ok(letter) = serde_json::from_slice::<Letter>(&message.payload) {
            lines.extend(letter.lines());
        }
        let info = message.info().map_err(anyhow::Error::from_boxed)?;
        if info.pending == 0 {
            return Ok(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(ids: serde_json::Value) -> Vec<String> {
        let item = json!({"job": "j", "id": "ids-1", "source": "s", "dataset": "d", "work": {"ids": ["7", "8"]}});
        let letter = json!({"item": item, "step": "deliver", "reason": "died", "ids": ids});
        let letter: Letter = serde_json::from_value(letter).unwrap();
        let lines = letter.lines();
        let text = csv(&lines).unwrap();
        text.lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn refused_ids_are_told_each_and_a_lost_item_whole() {
        let one = json!([{"id": "8", "step": "fetch", "reason": "not, found", "status": 404, "head": ""}]);
        assert_eq!(lines(one), ["8,ids-1,fetch,\"not, found\""]);
        assert_eq!(
            lines(json!([])),
            ["7,ids-1,deliver,died", "8,ids-1,deliver,died"]
        );
    }
}
