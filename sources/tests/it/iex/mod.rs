//! IEX HIST: captures written here in every form, catalogues, and damage of all kinds.

mod bars;
mod captures;
mod catalogue;
mod damage;
mod recorded;
pub(crate) mod wire;

use common::item::Item;
use common::records;
use common::tables::Rows;
use serde_json::{Map, Value};
use sources::iex::Iex;
use sources::{Cursor, Instruments, Next, Reply, Source};

use crate::bench;

type Row = Map<String, Value>;

/// 2024-03-04, 14:30 UTC: the beginning of the regular session.
pub(crate) const OPEN: i64 = 1_709_562_600_000_000_000;
pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// What came out of a capture.
pub(crate) struct Read {
    pub(crate) rows: Vec<Row>,
    pub(crate) end: Result<Next, String>,
    /// Rows taken out at once, at most.
    pub(crate) most: usize,
}

impl Read {
    /// The rows of a capture that is whole.
    pub(crate) fn whole(self) -> Vec<Row> {
        assert_eq!(self.end, Ok(Next::End));
        self.rows
    }

    /// A column.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        column(&self.rows, name)
    }
}

/// A column as texts.
pub(crate) fn column(rows: &[Row], name: &str) -> Vec<String> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    rows.iter().map(|row| text(&row[name])).collect()
}

/// An item as `worker parse` makes it.
pub(crate) fn item(dataset: &str, params: &[(&str, &str)]) -> Item {
    let mut item = bench::by_ids("iex", dataset, &[]);
    item.params = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    item
}

pub(crate) fn read(item: &Item, capture: &[u8]) -> Read {
    let reply = Reply {
        item,
        id: None,
        cursor: &Cursor::Start,
        instruments: &Instruments::default(),
        body: &[],
        fetched_at_ms: i64::MAX,
    };
    let mut rows = Rows::default();
    let (mut read, mut most) = (Vec::new(), 0);
    let mut take = |rows: &mut Rows| {
        most = most.max(rows.len());
        let batches = rows.take(0);
        read.extend(
            batches
                .iter()
                .flat_map(|batch| records::to_json(&batch.columns)),
        );
    };
    let mut body = std::io::Cursor::new(capture);
    let end = Iex.parse_stream(&reply, &mut body, &mut rows, &mut take);
    take(&mut rows);
    Read {
        rows: read,
        end: end.map_err(|error| error.to_string()),
        most,
    }
}

/// A plain pcap with one segment after the other, numbered.
pub(crate) fn capture(protocol: u16, segments: &[Vec<Vec<u8>>]) -> Vec<u8> {
    wire::pcap(wire::Order::Little, false, &frames(protocol, segments))
}

pub(crate) fn frames(protocol: u16, segments: &[Vec<Vec<u8>>]) -> Vec<Vec<u8>> {
    let mut next = 1;
    segments
        .iter()
        .enumerate()
        .map(|(number, messages)| {
            let sent = OPEN + number as i64 * SECOND;
            let segment = wire::segment(protocol, next, sent, messages);
            next += messages.len() as i64;
            wire::frame(&segment, wire::Wrap::default())
        })
        .collect()
}
