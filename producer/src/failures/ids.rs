//! Every id that was refused, as CSV: what `enqueue ids` reads.

use common::item::Token;
use common::letter::{Letter, RefusedId};
use csv::Writer;
use serde_json::json;

use super::letters::{self, Of};
use crate::failure::usage;
use crate::output::{Output, to_stdout};
use crate::status::Queues;

/// An id, the item it is of, and why it was refused.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    id: String,
    item: String,
    step: String,
    reason: String,
}

/// The ids of a letter that were refused.
fn lines(letter: Letter) -> Vec<Line> {
    let Some(item) = &letter.item else {
        return Vec::new();
    };
    let item = item.id.to_string();
    let line = |refused: RefusedId| Line {
        id: refused.id,
        item: item.clone(),
        step: refused.step,
        reason: refused.reason,
    };
    letter.refused_ids().into_iter().map(line).collect()
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
    let mut all = Vec::new();
    letters::each(&queues.dead, job, async |dead| {
        if let Of::Item(letter) = dead.of {
            all.extend(lines(*letter));
        }
        Ok(())
    })
    .await?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ids: serde_json::Value) -> Vec<String> {
        let item = json!({"job": "j", "id": "ids-1", "source": "s", "dataset": "d", "work": {"ids": ["7", "8"]}});
        let letter = json!({
            "item": item, "step": "deliver", "reason": "died", "ids": ids, "attempts": 1,
            "worker": "w", "at": "2024-01-01T00:00:00Z",
        });
        let text = csv(&lines(serde_json::from_value(letter).unwrap())).unwrap();
        text.lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn refused_ids_are_told_each_and_a_lost_item_whole() {
        let one = json!([{"id": "8", "step": "fetch", "reason": "not, found", "status": 404, "head": ""}]);
        assert_eq!(shown(one), ["8,ids-1,fetch,\"not, found\""]);
        assert_eq!(
            shown(json!([])),
            ["7,ids-1,deliver,died", "8,ids-1,deliver,died"]
        );
    }
}
