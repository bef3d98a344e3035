//! One dead letter, whole: why, and the head of the vendor's reply.

use common::item::Token;
use common::streams;
use serde_json::Value;

use crate::failure::usage;
use crate::output::{self, Output};
use crate::status::Queues;

/// Prints the letter of an item.
pub(super) async fn print(
    queues: &Queues,
    job: &Token,
    item: &Token,
    output: Output,
) -> anyhow::Result<()> {
    let subject = streams::dead(job, item);
    let Ok(message) = queues.dead.get_last_raw_message_by_subject(&subject).await else {
        return Err(usage(format!(
            "job {job} has no dead letter of item {item}; producer failures {job} names examples"
        )));
    };
    let letter: Value = serde_json::from_slice(&message.payload)?;
    output.print(&letter, human)
}

fn human(letter: &Value) -> String {
    let text = |name: &str| match &letter[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let names = [
        "step", "reason", "status", "attempts", "requests", "worker", "at",
    ];
    let pairs: Vec<_> = names
        .into_iter()
        .map(|name| (name, text(name)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let mut shown = output::pairs(&pairs) + &head(letter);
    for id in letter["ids"].as_array().into_iter().flatten() {
        let words = ["id", "step", "reason"].map(|name| id[name].as_str().unwrap_or_default());
        shown += &format!("\n{}\n{}", words.join("  "), head(id));
    }
    shown
}

/// The beginning of the reply, where there was one.
fn head(of: &Value) -> String {
    match of["head"].as_str() {
        None | Some("") => String::new(),
        Some(head) => format!("the reply began with\n{head}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_that_helps_is_shown() {
        let letter = json!({
            "step": "fetch", "reason": "2 of its ids refused", "status": 404, "attempts": 1,
            "head": "", "ids": [{"id": "8", "step": "fetch", "reason": "gone", "head": "<html>"}],
        });
        assert_eq!(
            human(&letter),
            "step      fetch\nreason    2 of its ids refused\nstatus    404\nattempts  1\n\
             \n8  fetch  gone\nthe reply began with\n<html>\n"
        );
    }
}
