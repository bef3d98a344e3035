//! Binance USD-M futures over REST.
//!
//! Trades, klines, books, tickers and the list of instruments come in the layouts of spot and are
//! read by its modules; funding, open interest, ratios and forced orders are read here. Facts from
//! the vendor's documents of 2026: amounts are in base currency everywhere; trades reach back 48
//! hours, and a query of them by time covers less than an hour; open interest and ratios reach back
//! a month; forced orders are not served any more. Weight counts per address and minute, funding
//! and statistics count requests in limits of their own.

mod funding;
mod history;
mod liquidations;
mod open_interest;
mod plan;
mod ratios;
mod symbol;

use std::collections::BTreeMap;

use common::item::Item;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Next, ParseError, Refusal};
use crate::binance::archive::{self, Archive};
use crate::binance::market::Market;
use crate::binance::{
    self, BOOK_SNAPSHOTS, INSTRUMENTS, INTERVALS, KLINES, ONE_PAGE, ONLY_NOW, QUOTES, TICKERS,
    TRADES, books, errors, instruments, klines, tickers,
};
use crate::continuity::Continuity;
use crate::extent;
use crate::instrument::Instrument;
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Selection, Source, Stream};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;

const NAME: &str = "binance-usdm";

const FUNDING_RATES: &str = "funding_rates";
const FUNDING_RATES_NOW: &str = "funding_rates_now";
const OPEN_INTEREST: &str = "open_interest";
const OPEN_INTEREST_NOW: &str = "open_interest_now";
const LONG_SHORT_RATIOS: &str = "long_short_ratios";
const METRICS: &str = "metrics";
const LIQUIDATIONS: &str = "liquidations";

/// Requests of funding: 500 in five minutes.
const FUNDING: &str = "binance-usdm.funding";
const FUNDING_PER_MINUTE: u32 = 100;
/// Requests of statistics: 1,000 in five minutes.
const DATA: &str = "binance-usdm.data";
const DATA_PER_MINUTE: u32 = 200;

const TRADES_REACH_HOURS: i64 = 48;
const HOUR_MS: i64 = 3_600_000;

pub(crate) static MARKET: Market = Market {
    name: NAME,
    root: "/fapi/v1",
    budget: "binance-usdm.weight",
    per_minute: 2_400,
    trades_weight: 20,
    trades_span: Some(HOUR_MS),
    trades_reach: Some(TRADES_REACH_HOURS * HOUR_MS),
    klines_weight,
    klines_exact: true,
    // Seconds are only to be had of spot.
    intervals: INTERVALS.split_at(1).1,
    depth_weight,
    tickers_weight: [1, 40],
    prices_weight: [1, 2],
    quotes_weight: [2, 5],
    instruments_weight: 1,
    has_mini: false,
    venue: symbol::venue,
    normalised: symbol::normalised,
    is_possible: symbol::is_possible,
    ending: symbol::ending,
};

fn klines_weight(bars: u64) -> u32 {
    match bars {
        ..100 => 1,
        100..500 => 2,
        500..=1_000 => 5,
        _ => 10,
    }
}

fn depth_weight(levels: u32) -> Result<u32, &'static str> {
    match levels {
        5 | 10 | 20 | 50 => Ok(2),
        100 => Ok(5),
        500 => Ok(10),
        1_000 => Ok(20),
        _ => Err("5, 10, 20, 50, 100, 500, 1000"),
    }
}

const BASE: Dataset = Dataset {
    name: "",
    about: "",
    selection: Selection::Snapshot,
    params: &[],
    tables: &[],
    retention: ONLY_NOW,
    paging: ONE_PAGE,
    limits: "2,400 units of weight a minute and address",
    document: "https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api",
    continuity: Continuity::Nothing,
};

/// What is kept for a month.
const MONTH: Dataset = Dataset {
    selection: Selection::SymbolRange,
    retention: "the latest 30 days",
    paging: "by time, in windows of at most a page of 500",
    limits: "1,000 requests in five minutes and address",
    ..BASE
};

const DATASETS: &[Dataset] = &[
    Dataset {
        name: TRADES,
        about: "trades, aggregated by price, time and taker order; without those of the insurance fund; \
                single ones with raw=true, from the archive alone",
        selection: Selection::SymbolRange,
        params: archive::TRADES_PARAMS,
        tables: &[Table::Trade],
        retention: "the past 48 hours; closed days and months in the archive",
        paging: "the first page by time (less than an hour), then by id (inclusive); closed days and \
                 months as files of the archive. via=rest takes no files, via=archive nothing else",
        continuity: Continuity::Ids,
        ..BASE
    },
    Dataset {
        name: KLINES,
        about: "closed bars; interval is one of 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M",
        selection: Selection::SymbolRange,
        params: &[("interval", klines::DEFAULT_INTERVAL), archive::VIA_PARAM],
        tables: &[Table::Kline],
        retention: "the whole history",
        paging: "by open time; closed months (up to 15m) as files of the archive where that takes fewer \
                 requests. via=rest takes no files, via=archive nothing else",
        continuity: Continuity::Grid(|params| klines::grid(&MARKET, params)),
        ..BASE
    },
    Dataset {
        name: BOOK_SNAPSHOTS,
        about: "order books; depth is 5, 10, 20, 50, 100, 500 or 1000 levels a side",
        params: &[("depth", books::DEFAULT_DEPTH)],
        tables: &[Table::BookSnapshot],
        ..BASE
    },
    Dataset {
        name: TICKERS,
        about: "24 hours in one row, of the symbols or of `all`; type is full or price",
        params: &[("type", tickers::DEFAULT_TYPE)],
        tables: &[Table::Ticker],
        ..BASE
    },
    Dataset {
        name: QUOTES,
        about: "best bids and asks, of the symbols or of `all`",
        tables: &[Table::Quote],
        ..BASE
    },
    Dataset {
        name: FUNDING_RATES,
        about: "fundings that were paid; with the hours between them, but no mark prices, via=archive",
        selection: Selection::SymbolRange,
        params: &[archive::VIA_PARAM],
        tables: &[Table::FundingRate],
        retention: "the whole history",
        paging: "by time (inclusive)",
        limits: "500 requests in five minutes and address",
        ..BASE
    },
    Dataset {
        name: FUNDING_RATES_NOW,
        about: "the running funding with mark and index price, of the symbols or of `all`",
        tables: &[Table::FundingRate],
        ..BASE
    },
    Dataset {
        name: OPEN_INTEREST,
        about: "open interest at the ends of periods: 5m 15m 30m 1h 2h 4h 6h 12h 1d",
        params: &[("period", history::DEFAULT_PERIOD), archive::VIA_PARAM],
        tables: &[Table::OpenInterest],
        retention: "the latest 30 days; every 5 minutes of closed days in the archive",
        continuity: Continuity::Grid(history::grid),
        ..MONTH
    },
    Dataset {
        name: OPEN_INTEREST_NOW,
        about: "open interest as it is now",
        tables: &[Table::OpenInterest],
        ..BASE
    },
    Dataset {
        name: LONG_SHORT_RATIOS,
        about: "longs for a short; kind is top_positions, top_accounts or accounts, period as of open interest",
        params: &[
            ("kind", ratios::DEFAULT_KIND),
            ("period", history::DEFAULT_PERIOD),
            archive::VIA_PARAM,
        ],
        tables: &[Table::LongShortRatio],
        retention: "the latest 30 days; every 5 minutes of closed days, without shares, in the archive",
        continuity: Continuity::Grid(history::grid),
        ..MONTH
    },
    Dataset {
        name: METRICS,
        about: "open interest and all ratios (that of taker volume too) every 5 minutes, from one file a day",
        selection: Selection::SymbolRange,
        tables: &[Table::OpenInterest, Table::LongShortRatio],
        retention: "closed days, in the archive",
        paging: "a file a day",
        limits: "none documented",
        document: "https://github.com/binance/binance-public-data",
        ..BASE
    },
    Dataset {
        name: LIQUIDATIONS,
        about: "forced orders, from saved replies and frames only: nothing is served any more",
        selection: Selection::SymbolRange,
        tables: &[Table::Liquidation],
        retention: "nothing",
        ..BASE
    },
    Dataset {
        name: INSTRUMENTS,
        about: "the list of contracts; symbols are `all`",
        tables: &[Table::Instrument],
        ..BASE
    },
];

/// Binance USD-M futures.
#[derive(Debug)]
pub struct BinanceUsdm;

impl Source for BinanceUsdm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://fapi.binance.com"
    }

    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        &[("archive", "https://data.binance.vision")]
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        ARCHIVE.plan(request, plan::plan)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        ARCHIVE.ask(at)
    }

    fn instruments(&self, item: &Item) -> Vec<Ask> {
        binance::lists(&MARKET, item)
    }

    fn read_instruments(&self, body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
        instruments::read(&MARKET, body)
    }

    fn listed_name(&self, written: &str) -> String {
        if written.contains('-') {
            symbol::normalised(written)
        } else {
            written.to_owned()
        }
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        archive::judge(head, body).unwrap_or_else(|| errors::judge(head, body))
    }

    fn constants(
        &self,
        dataset: &str,
        table: Table,
        params: &BTreeMap<String, String>,
    ) -> Vec<(&'static str, String)> {
        let mut constants = extent::alike(table, params);
        if dataset == METRICS && table == Table::LongShortRatio {
            constants.push(("period", "5m".to_owned()));
        }
        constants
    }

    fn keeps_end(&self, dataset: &str) -> bool {
        matches!(dataset, METRICS | OPEN_INTEREST | LONG_SHORT_RATIOS)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        ARCHIVE.parse(reply, rows)
    }

    fn parse_stream(
        &self,
        reply: &Reply<'_>,
        body: &mut dyn Stream,
        rows: &mut Rows,
        flush: &mut dyn FnMut(&mut Rows),
    ) -> Result<Next, ParseError> {
        ARCHIVE.parse_stream(reply, body, rows, flush)
    }

    fn absent(&self, at: &At<'_>, reason: &str) -> Result<Next, Refusal> {
        ARCHIVE.absent(at, reason)
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        match budget {
            FUNDING => Some(FUNDING_PER_MINUTE),
            DATA => Some(DATA_PER_MINUTE),
            _ if archive::units_per_minute(budget).is_some() => archive::units_per_minute(budget),
            _ => (budget == MARKET.budget).then_some(MARKET.per_minute),
        }
    }
}

const ARCHIVE: Archive = Archive {
    market: archive::Market::Usdm,
    ask: |at| {
        let unknown = || Err(Refusal(binance::unknown(&BinanceUsdm, at.item)));
        binance::ask(&MARKET, at).unwrap_or_else(|| ask(at).unwrap_or_else(unknown))
    },
    parse,
};

/// Reads a reply of REST.
fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    if let Some(parsed) = binance::parse(&MARKET, reply, rows) {
        return parsed;
    }
    match reply.item.dataset.as_str() {
        FUNDING_RATES | FUNDING_RATES_NOW => funding::parse(reply, rows),
        OPEN_INTEREST | OPEN_INTEREST_NOW => open_interest::parse(reply, rows),
        LONG_SHORT_RATIOS => ratios::parse(reply, rows),
        LIQUIDATIONS => liquidations::parse(reply, rows),
        _ => Err(ParseError {
            at: "item".to_owned(),
            what: binance::unknown(&BinanceUsdm, reply.item),
        }),
    }
}

/// What to ask for a dataset of futures alone; `None` for an unknown one.
fn ask(at: &At<'_>) -> Option<Result<Ask, Refusal>> {
    let At {
        item,
        cursor,
        instruments,
        ..
    } = *at;
    let (window, written) = match Window::asked(item) {
        Ok(asked) => asked,
        Err(refusal) => return Some(Err(refusal)),
    };
    let any = || {
        written
            .map(|written| MARKET.symbol_to_ask(written, instruments))
            .transpose()
    };
    let one = || any()?.ok_or_else(|| binance::needs_symbol(&MARKET, item));
    Some(match item.dataset.as_str() {
        FUNDING_RATES => one().and_then(|symbol| funding::ask(item, window, symbol, cursor)),
        FUNDING_RATES_NOW => any().map(funding::ask_now),
        OPEN_INTEREST => {
            one().and_then(|symbol| history::ask(open_interest::PATH, item, window, symbol, cursor))
        }
        OPEN_INTEREST_NOW => one().map(open_interest::ask_now),
        LONG_SHORT_RATIOS => one().and_then(|symbol| {
            let (_, path) = ratios::kind(item).map_err(Refusal)?;
            history::ask(path, item, window, symbol, cursor)
        }),
        LIQUIDATIONS => Err(Refusal(liquidations::GONE.to_owned())),
        _ => return None,
    })
}
