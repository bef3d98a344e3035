//! Binance spot: trades (aggregated by the vendor) and klines over REST.
//!
//! Facts from the vendor's `rest-api.md`: rows come oldest first; times are milliseconds and both
//! ends of a time query are included; `fromId` is included too; limits count weight per address
//! and minute. The whole history of a symbol can be had.

mod errors;
mod klines;
mod plan;
mod symbol;
mod trades;

use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cost, Cursor, Next, ParseError, Refusal};
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;

pub use klines::INTERVALS;

const NAME: &str = "binance";
/// The limit that every request counts against.
const WEIGHT: &str = "binance.weight";
const WEIGHT_PER_MINUTE: u32 = 6_000;
/// Rows in a full page: the most that the vendor gives.
const PAGE: usize = 1_000;

const TRADES: &str = "trades";
const KLINES: &str = "klines";

const LIMITS: &str = "6,000 units of weight a minute and address";
const DOCUMENT: &str = "https://developers.binance.com/docs/binance-spot-api-docs/rest-api";

const DATASETS: &[Dataset] = &[
    Dataset {
        name: TRADES,
        about: "trades, aggregated by price, time and taker order",
        selection: Selection::SymbolRange,
        params: &[],
        tables: &[Table::Trade],
        retention: "the whole history",
        paging: "the first page by time, then by id (inclusive)",
        limits: LIMITS,
        document: DOCUMENT,
    },
    Dataset {
        name: KLINES,
        about: "closed bars; interval is one of 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M",
        selection: Selection::SymbolRange,
        params: &[("interval", klines::DEFAULT_INTERVAL)],
        tables: &[Table::Kline],
        retention: "the whole history",
        paging: "by open time",
        limits: LIMITS,
        document: DOCUMENT,
    },
];

/// Binance spot.
#[derive(Debug)]
pub struct Binance;

impl Source for Binance {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://api.binance.com"
    }

    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        &[("archive", "https://data.binance.vision")]
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        plan::plan(request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let At { item, cursor, .. } = *at;
        let (window, symbol) = Window::asked(item)?;
        let symbol =
            symbol.ok_or_else(|| Refusal(format!("{} of {NAME} needs a symbol", item.dataset)))?;
        let venue_symbol = symbol::venue(symbol);
        match item.dataset.as_str() {
            TRADES => trades::ask(window, venue_symbol, cursor),
            KLINES => klines::ask(item, window, venue_symbol, cursor),
            other => Err(unknown(other)),
        }
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        match reply.item.dataset.as_str() {
            TRADES => trades::parse(reply, rows),
            KLINES => klines::parse(reply, rows),
            other => Err(ParseError {
                at: "item".to_owned(),
                what: unknown(other).0,
            }),
        }
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == WEIGHT).then_some(WEIGHT_PER_MINUTE)
    }
}

fn unknown(dataset: &str) -> Refusal {
    Refusal(format!(
        "{NAME} has no dataset {dataset:?}; it has {TRADES}, {KLINES}"
    ))
}

fn get(path: &str, query: Vec<(&'static str, String)>, units: u32) -> Ask {
    let cost = Cost {
        budget: WEIGHT,
        units,
    };
    Ask::get(path, cost).with_query(query)
}

fn wrong_cursor(dataset: &str, cursor: &Cursor) -> Refusal {
    Refusal(format!("{dataset} of {NAME} cannot start at {cursor:?}"))
}

fn no_progress(asked: impl std::fmt::Display) -> ParseError {
    ParseError {
        at: ".".to_owned(),
        what: format!("every row lies before {asked}, where the page was asked to start"),
    }
}

/// A decimal that the vendor writes as a text or as a number.
fn decimal(
    raw: &serde_json::value::RawValue,
    at: impl FnOnce() -> String,
) -> Result<common::Decimal, ParseError> {
    crate::json::digits(raw)
        .parse()
        .map_err(|error: common::decimal::DecimalError| ParseError {
            at: at(),
            what: error.to_string(),
        })
}
