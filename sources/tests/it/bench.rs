//! A worker in miniature for the tests of sources: it asks a pure vendor, reads, and goes on until
//! the end, without HTTP, time or retries.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::item::{Item, Token, Work};
use common::records;
use common::tables::Rows;
use serde_json::{Map, Value};
use sources::{Ask, At, Cursor, Instruments, Next, PlanRequest, Refusal, Reply, Source, dates};

/// Rows as JSON, by the name of their table.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tables(pub(crate) BTreeMap<&'static str, Vec<Map<String, Value>>>);

impl Tables {
    pub(crate) fn remove(mut self, table: &str) -> Vec<Map<String, Value>> {
        self.0.remove(table).unwrap_or_default()
    }

    pub(crate) fn of(&self, table: &str) -> &[Map<String, Value>] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }
}

pub(crate) trait Vendor {
    fn answer(&self, query: &[(&'static str, String)]) -> String;
}

pub(crate) fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap()
}

pub(crate) fn item(
    source: &str,
    dataset: &str,
    symbol: Option<&str>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    params: &[(&str, &str)],
) -> Item {
    let work = Work::Range {
        symbol: symbol.map(str::to_owned),
        from,
        to,
    };
    Item {
        work,
        params: owned(params),
        ..by_ids(source, dataset, &[])
    }
}

pub(crate) fn by_ids(source: &str, dataset: &str, ids: &[&str]) -> Item {
    Item {
        job: Token::new("job").unwrap(),
        id: Token::new("item").unwrap(),
        source: source.to_owned(),
        dataset: dataset.to_owned(),
        work: Work::Ids(ids.iter().map(|id| (*id).to_owned()).collect()),
        params: BTreeMap::new(),
        retry: common::Retry::default(),
    }
}

fn owned(params: &[(&str, &str)]) -> BTreeMap<String, String> {
    params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub(crate) fn request(
    dataset: &str,
    symbols: &[&str],
    from: &str,
    to: &str,
    now: &str,
    params: &[(&str, &str)],
) -> PlanRequest {
    PlanRequest {
        dataset: dataset.to_owned(),
        symbols: symbols.iter().map(|symbol| (*symbol).to_owned()).collect(),
        from: dates::parse(from).unwrap(),
        to: dates::parse(to).unwrap(),
        slice: None,
        params: owned(params),
        now: dates::parse(now).unwrap(),
    }
}

pub(crate) fn ask(source: &dyn Source, item: &Item, id: Option<&str>, cursor: &Cursor) -> Ask {
    try_ask(source, item, id, cursor).unwrap()
}

/// Asks without knowing any instrument.
pub(crate) fn try_ask(
    source: &dyn Source,
    item: &Item,
    id: Option<&str>,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    source.ask(&At {
        item,
        id,
        cursor,
        instruments: &Instruments::default(),
    })
}

/// Reads a body long after everything in it was over.
pub(crate) fn outcome(
    source: &dyn Source,
    item: &Item,
    id: Option<&str>,
    cursor: &Cursor,
    body: &str,
) -> Result<(Tables, Next), String> {
    parse(
        source,
        &Reply {
            item,
            id,
            cursor,
            instruments: &Instruments::default(),
            body: body.as_bytes(),
            fetched_at_ms: i64::MAX,
        },
    )
}

pub(crate) fn parse(source: &dyn Source, reply: &Reply<'_>) -> Result<(Tables, Next), String> {
    let mut rows = Rows::default();
    match source.parse(reply, &mut rows) {
        Ok(next) => {
            let tables = rows
                .take(1)
                .iter()
                .map(|batch| (batch.table.name(), records::to_json(&batch.columns)))
                .collect();
            Ok((Tables(tables), next))
        }
        Err(error) => {
            assert!(
                rows.is_empty(),
                "rows were pushed before the refusal: {error}"
            );
            Err(error.to_string())
        }
    }
}

pub(crate) fn read(
    source: &dyn Source,
    item: &Item,
    cursor: &Cursor,
    body: &str,
) -> (Tables, Next) {
    outcome(source, item, None, cursor, body).unwrap()
}

pub(crate) fn read_at(
    source: &dyn Source,
    item: &Item,
    cursor: &Cursor,
    body: &str,
    fetched_at_ms: i64,
) -> (Tables, Next) {
    parse(
        source,
        &Reply {
            item,
            id: None,
            cursor,
            instruments: &Instruments::default(),
            body: body.as_bytes(),
            fetched_at_ms,
        },
    )
    .unwrap()
}

/// Works an item off; `most` is the number of requests after which it counts as endless.
pub(crate) fn run(
    source: &dyn Source,
    item: &Item,
    vendor: &dyn Vendor,
    most: usize,
) -> (Vec<Map<String, Value>>, usize) {
    let mut cursor = Cursor::Start;
    let mut rows = Vec::new();
    for requests in 1..=most {
        let body = vendor.answer(&ask(source, item, None, &cursor).query);
        let (tables, next) = read(source, item, &cursor, &body);
        rows.extend(tables.0.into_values().flatten());
        match next {
            Next::More(next) => cursor = next,
            Next::End => return (rows, requests),
        }
    }
    panic!("no end after {most} requests");
}
