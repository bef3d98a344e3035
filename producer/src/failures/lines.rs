//! Items as the ledger knows them: enough to enqueue one again of which a record batch was refused,
//! long after its message is gone.

use std::collections::BTreeMap;

use chrono::DateTime;
use clickhouse::Row;
use common::item::{Item, Retry, Token, Work};
use common::letter::RefusedId;
use common::settings::Settings;
use serde::Deserialize;

use crate::status::ledger;

/// Items asked for at once.
const AT_ONCE: usize = 1_000;

/// The last line of an item.
#[derive(Debug, Deserialize, Row)]
struct Line {
    item: String,
    source: String,
    dataset: String,
    run: u64,
    symbol: String,
    from_ns: i64,
    to_ns: i64,
    params: String,
    ids: Vec<String>,
    refused: Vec<(String, String, String)>,
}

/// Those of the items that the ledger knows, as they are tried once more: what was refused of them
/// before is not.
pub(super) async fn again(
    job: &Token,
    items: &[String],
    settings: &Settings,
) -> anyhow::Result<Vec<Item>> {
    let query = format!(
        "SELECT item, source, dataset, run, symbol, toUnixTimestamp64Nano(window_from) AS from_ns, \
         toUnixTimestamp64Nano(window_to) AS to_ns, params, ids, \
         arrayZip(refused_ids, refused_steps, refused_reasons) AS refused \
         FROM {} FINAL WHERE job = ? AND item IN ? ORDER BY item, run DESC LIMIT 1 BY item",
        ledger::table(&settings.clickhouse),
    );
    let client = ledger::client(&settings.clickhouse);
    let mut again = Vec::new();
    for items in items.chunks(AT_ONCE) {
        let lines = client.query(&query).bind(job.as_str()).bind(items);
        let lines: Vec<Line> = ledger::patiently(lines.fetch_all()).await?;
        again.extend(lines.into_iter().filter_map(|line| line.item(job)));
    }
    Ok(again)
}

impl Line {
    /// `None` for a line of an older version, which knows neither window nor ids.
    fn item(self, job: &Token) -> Option<Item> {
        let work = match (self.to_ns, self.ids.is_empty()) {
            (0, true) => return None,
            (0, false) => Work::Ids(self.ids),
            (to, _) => Work::Range {
                symbol: Some(self.symbol).filter(|symbol| !symbol.is_empty()),
                from: DateTime::from_timestamp_nanos(self.from_ns),
                to: DateTime::from_timestamp_nanos(to),
            },
        };
        let kept = self
            .refused
            .into_iter()
            .map(|(id, step, reason)| RefusedId {
                id,
                step,
                reason,
                status: None,
                head: String::new(),
            });
        let params: BTreeMap<String, String> = serde_json::from_str(&self.params).ok()?;
        Some(Item {
            job: job.clone(),
            id: Token::new(self.item).ok()?,
            source: self.source,
            dataset: self.dataset,
            work,
            params,
            retry: Retry {
                run: self.run + 1,
                kept: kept.collect(),
            },
        })
    }
}
