//! The first dead letters of a job, read.

use async_nats::jetstream::stream::Stream;
use common::item::Token;
use common::streams;
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::Value;

/// Enough to see what goes wrong.
const SHOWN: usize = 5;

/// The first letters of each kind, in the order of their subjects.
#[derive(Debug, Default, Serialize)]
pub(super) struct Letters {
    pub(super) items: Vec<Letter>,
    pub(super) batches: Vec<Letter>,
}

/// A dead letter.
#[derive(Debug, Serialize)]
pub(super) struct Letter {
    /// The item, and the batch of it where one was refused.
    pub(super) of: String,
    /// What the worker or writer wrote; `null` if that is not JSON.
    pub(super) letter: Value,
}

impl Letters {
    /// Reads them; one that goes away meanwhile (it was retried) is left out.
    pub(super) async fn first(dead: &Stream, job: &Token) -> anyhow::Result<Self> {
        let filter = streams::dead_of(job);
        let mut subjects = dead.info_with_subjects(&filter).await?;
        let (mut items, mut batches) = (Vec::new(), Vec::new());
        while let Some((subject, _)) = subjects.try_next().await? {
            match streams::Letter::of(&subject) {
                streams::Letter::Item => keep_first(&mut items, subject),
                streams::Letter::Batch => keep_first(&mut batches, subject),
                streams::Letter::Stopped(_) => {}
            }
        }
        Ok(Self {
            items: read(dead, items).await,
            batches: read(dead, batches).await,
        })
    }
}

/// Keeps the smallest few, sorted.
fn keep_first(kept: &mut Vec<String>, subject: String) {
    let place = kept.partition_point(|other| *other < subject);
    if place < SHOWN {
        kept.insert(place, subject);
        kept.truncate(SHOWN);
    }
}

async fn read(dead: &Stream, subjects: Vec<String>) -> Vec<Letter> {
    let mut letters = Vec::new();
    for subject in subjects {
        if let Ok(message) = dead.get_last_raw_message_by_subject(&subject).await {
            letters.push(Letter {
                of: subject.splitn(3, '.').nth(2).unwrap_or_default().to_owned(),
                letter: serde_json::from_slice(&message.payload).unwrap_or_default(),
            });
        }
    }
    letters
}

impl Letter {
    /// One line for people.
    pub(super) fn line(&self) -> String {
        let text = |name| self.letter[name].as_str().unwrap_or("unknown");
        let status = match self.letter["status"].as_u64() {
            Some(status) => format!(" (HTTP {status})"),
            None => String::new(),
        };
        format!(
            "  {}  {}: {}{status}\n",
            self.of,
            text("step"),
            text("reason")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_few_are_kept_in_order() {
        let mut kept = Vec::new();
        (0..20)
            .rev()
            .for_each(|n| keep_first(&mut kept, format!("{n:02}")));
        assert_eq!(kept, ["00", "01", "02", "03", "04"]);
    }

    #[test]
    fn a_letter_is_one_line() {
        let letter = Letter {
            of: "ids-1".into(),
            letter: json!({"step": "fetch", "reason": "not found", "status": 404}),
        };
        assert_eq!(letter.line(), "  ids-1  fetch: not found (HTTP 404)\n");
        let letter = Letter {
            of: "ids-1.batch-3".into(),
            letter: Value::Null,
        };
        assert_eq!(letter.line(), "  ids-1.batch-3  unknown: unknown\n");
    }
}
