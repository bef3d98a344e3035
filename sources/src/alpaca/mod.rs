//! Alpaca market data v2: American shares, many symbols a request.
//!
//! Facts from the vendor's documents: both ends of a range are included; a page holds at most
//! 10,000 rows over all symbols, sorted by symbol, then time; `next_page_token` is a position, so
//! rows of one instant are not lost between pages; a symbol that is missing has no data. What the
//! answer depends on (feed, adjustment, mapping of renamed symbols) is always sent, because the
//! vendor's defaults depend on the account and the day.

mod auctions;
mod bars;
mod conditions;
mod errors;
mod klines;
mod page;
mod plan;
mod quotes;
mod trades;

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use common::Item;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cost, Cursor, Next, ParseError, Refusal, TokenIn};
use crate::bars::FROM_TRADES;
use crate::continuity::Continuity;
use crate::extent;
use crate::iex::calendar;
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;

const NAME: &str = "alpaca";
/// The limit that every request counts against.
const REQUESTS: &str = "alpaca.requests";
/// Of the basic plan.
const REQUESTS_PER_MINUTE: u32 = 200;
/// Rows of a page over all symbols: the most that the vendor gives.
const PAGE: &str = "10000";

const KLINES: &str = "klines";
const TRADES: &str = "trades";
const QUOTES: &str = "quotes";
const AUCTIONS: &str = "auctions";
const BARS_FROM_TRADES: &str = "bars_from_trades";

/// The feed of all exchanges.
const SIP: &str = "sip";

const LIMITS: &str = "200 requests a minute on the basic plan, 10,000 on Algo Trader Plus";
const PAGING: &str = "next_page_token until it is null";
const RETENTION: &str = "since 2016; the last 15 minutes of sip need a subscription";

/// Parameters that all datasets take.
const FEED: (&str, &str) = ("feed", SIP);
const ASOF: (&str, &str) = ("asof", "-");
const SYMBOLS_PER_ITEM: (&str, &str) = ("symbols_per_item", "50");
const SUBSCRIPTION: (&str, &str) = ("subscription", "basic");

const DATASETS: &[Dataset] = &[
    Dataset {
        name: KLINES,
        about: "bars; interval is 1m to 59m, 1h to 23h, 1d, 1w, or 1, 2, 3, 4, 6, 12 and M; adjustment is raw, split, dividend, spin-off, all or several with commas",
        selection: Selection::SymbolRange,
        params: &[
            ("interval", "1m"),
            ("adjustment", "raw"),
            FEED,
            ASOF,
            SYMBOLS_PER_ITEM,
            SUBSCRIPTION,
        ],
        tables: &[Table::Kline],
        retention: RETENTION,
        paging: PAGING,
        limits: LIMITS,
        document: "https://docs.alpaca.markets/reference/stockbars",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: TRADES,
        about: "trades as reported, cancelled ones included (flags: u says so)",
        selection: Selection::SymbolRange,
        params: &[FEED, ASOF, SYMBOLS_PER_ITEM, SUBSCRIPTION],
        tables: &[Table::Trade],
        retention: RETENTION,
        paging: PAGING,
        limits: LIMITS,
        document: "https://docs.alpaca.markets/reference/stocktrades",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: QUOTES,
        about: "best bid and ask; amounts are round lots of the share",
        selection: Selection::SymbolRange,
        params: &[FEED, ASOF, SYMBOLS_PER_ITEM, SUBSCRIPTION],
        tables: &[Table::Quote],
        retention: RETENTION,
        paging: "next_page_token until it is null; quotes of one instant are numbered over pages",
        limits: LIMITS,
        document: "https://docs.alpaca.markets/reference/stockquotes",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: AUCTIONS,
        about: "opening and closing auctions, as documents",
        selection: Selection::SymbolRange,
        params: &[FEED, ASOF, SYMBOLS_PER_ITEM, SUBSCRIPTION],
        tables: &[Table::Document],
        retention: RETENTION,
        paging: PAGING,
        limits: LIMITS,
        document: "https://docs.alpaca.markets/reference/stockauctions",
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: BARS_FROM_TRADES,
        about: "bars built here from trades by the rules of the tapes for conditions; interval is 1d or divides a day",
        selection: Selection::SymbolRange,
        params: &[
            ("interval", "1m"),
            FEED,
            ASOF,
            SYMBOLS_PER_ITEM,
            SUBSCRIPTION,
        ],
        tables: &[Table::Kline],
        retention: RETENTION,
        paging: "next_page_token until it is null; the open bar is carried from page to page",
        limits: LIMITS,
        document: "https://docs.alpaca.markets/reference/stocktrades",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
];

/// Alpaca market data v2.
#[derive(Debug)]
pub struct Alpaca;

impl Source for Alpaca {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://data.alpaca.markets"
    }

    fn key(&self) -> Option<&'static str> {
        Some("key id and secret of alpaca.markets, as <id>:<secret>")
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        plan::plan(request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let item = at.item;
        match item.dataset.as_str() {
            KLINES => klines::ask(item, at.cursor),
            TRADES => ticks(item, at.cursor, "/v2/stocks/trades"),
            QUOTES => ticks(item, at.cursor, "/v2/stocks/quotes"),
            AUCTIONS => ticks(item, at.cursor, "/v2/stocks/auctions"),
            BARS_FROM_TRADES => bars::ask(item, at.cursor),
            other => Err(unknown(other)),
        }
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn constants(
        &self,
        dataset: &str,
        table: Table,
        params: &BTreeMap<String, String>,
    ) -> Vec<(&'static str, String)> {
        let mut constants = extent::alike(table, params);
        match dataset {
            KLINES => constants.push(("adjusted", klines::adjusted(params))),
            BARS_FROM_TRADES => constants.push(("adjusted", FROM_TRADES.to_owned())),
            _ => {}
        }
        constants
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        match reply.item.dataset.as_str() {
            KLINES => klines::parse(reply, rows),
            TRADES => trades::parse(reply, rows),
            QUOTES => quotes::parse(reply, rows),
            AUCTIONS => auctions::parse(reply, rows),
            BARS_FROM_TRADES => bars::parse(reply, rows),
            other => Err(ParseError {
                at: "item".to_owned(),
                what: unknown(other).0,
            }),
        }
    }

    fn mixed(&self, dataset: &str, params: &BTreeMap<String, String>) -> Option<String> {
        let feed = other_feed(params).filter(|_| dataset != KLINES)?;
        Some(format!(
            "{dataset} of the feed {feed} cannot be told from those of other feeds in the store"
        ))
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == REQUESTS).then_some(REQUESTS_PER_MINUTE)
    }
}

fn unknown(dataset: &str) -> Refusal {
    Refusal(format!("{NAME} has no dataset {dataset:?}"))
}

/// Asks for what happened in the slice of an item.
fn ticks(item: &Item, cursor: &Cursor, path: &str) -> Result<Ask, Refusal> {
    let (window, _) = Window::asked(item)?;
    get(item, cursor, path, window.bounds_ns(), Vec::new())
}

/// Asks for a page of a slice of nanoseconds, the end of which the vendor takes as included.
fn get(
    item: &Item,
    cursor: &Cursor,
    path: &str,
    (from, to): (i64, i64),
    more: Vec<(&'static str, String)>,
) -> Result<Ask, Refusal> {
    let (_, symbols) = Window::asked(item)?;
    let symbols =
        symbols.ok_or_else(|| Refusal(format!("{} of {NAME} needs a symbol", item.dataset)))?;
    for symbol in symbols.split(',') {
        plan::check_symbol(symbol).map_err(Refusal)?;
    }
    let given = |(name, default): (&'static str, &str)| {
        let value = item.param(name);
        (
            name,
            if value.is_empty() { default } else { value }.to_owned(),
        )
    };
    let mut query = vec![
        ("symbols", symbols.to_owned()),
        ("start", rfc3339(from)),
        ("end", rfc3339(to - 1)),
        ("limit", PAGE.to_owned()),
        ("sort", "asc".to_owned()),
        given(FEED),
        given(ASOF),
    ];
    query.extend(more);
    match cursor {
        Cursor::Start => {}
        Cursor::Token(token) => query.push(("page_token", page::split(token).1.to_owned())),
        other => {
            return Err(Refusal(format!(
                "{} of {NAME} cannot start at {other:?}",
                item.dataset
            )));
        }
    }
    let cost = Cost {
        budget: REQUESTS,
        units: 1,
    };
    Ok(Ask::get(path, cost)
        .with_query(query)
        .with_token(TokenIn::HeaderPair(
            "APCA-API-KEY-ID",
            "APCA-API-SECRET-KEY",
        )))
}

fn rfc3339(ns: i64) -> String {
    DateTime::from_timestamp_nanos(ns).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The feed, unless it is that of all exchanges.
fn other_feed(params: &BTreeMap<String, String>) -> Option<&str> {
    let feed = params.get("feed")?.as_str();
    Some(feed).filter(|feed| !feed.is_empty() && *feed != SIP)
}
