//! Binance spot, and what it shares with the vendor's futures: trades (aggregated by the vendor),
//! klines, books, tickers, best bids and asks, and the list of instruments over REST.
//!
//! Facts from the vendor's `rest-api.md`: rows come oldest first; times are milliseconds and both
//! ends of a time query are included; `fromId` is included too; limits count weight per address
//! and minute. The whole history of a symbol can be had; books and tickers exist only now.

pub(crate) mod archive;
pub(crate) mod books;
pub(crate) mod errors;
pub(crate) mod instruments;
pub(crate) mod klines;
pub(crate) mod live;
pub(crate) mod market;
pub(crate) mod page;
pub(crate) mod plan;
pub(crate) mod symbol;
pub(crate) mod tickers;
pub(crate) mod trades;

use common::item::Item;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Next, ParseError, Refusal};
use crate::continuity::Continuity;
use crate::instrument::Instrument;
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Selection, Source, Stream};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;
use archive::Archive;
use market::Market;

pub use klines::INTERVALS;

const NAME: &str = "binance";
/// Rows in a full page: the most that spot gives, and what costs futures least.
pub(crate) const PAGE: usize = 1_000;

pub(crate) const TRADES: &str = "trades";
pub(crate) const KLINES: &str = "klines";
pub(crate) const BOOK_SNAPSHOTS: &str = "book_snapshots";
pub(crate) const TICKERS: &str = "tickers";
pub(crate) const QUOTES: &str = "quotes";
pub(crate) const INSTRUMENTS: &str = "instruments";

const LIMITS: &str = "6,000 units of weight a minute and address";
const DOCUMENT: &str = "https://developers.binance.com/docs/binance-spot-api-docs/rest-api";
/// What a dataset of which only the present exists says of its past.
pub(crate) const ONLY_NOW: &str = "only as it is now";
pub(crate) const ONE_PAGE: &str = "one reply";

pub(crate) static SPOT: Market = Market {
    name: NAME,
    root: "/api/v3",
    budget: "binance.weight",
    per_minute: 6_000,
    trades_weight: 4,
    trades_span: None,
    trades_reach: None,
    klines_weight: |_| 2,
    klines_exact: false,
    intervals: INTERVALS,
    depth_weight,
    tickers_weight: [2, 80],
    prices_weight: [2, 4],
    quotes_weight: [2, 4],
    instruments_weight: 20,
    has_mini: true,
    venue: symbol::venue,
    normalised: symbol::normalised,
    is_possible: symbol::is_possible,
    ending: symbol::ending,
};

fn depth_weight(levels: u32) -> Result<u32, &'static str> {
    match levels {
        1..=100 => Ok(5),
        101..=500 => Ok(25),
        501..=1_000 => Ok(50),
        1_001..=5_000 => Ok(250),
        _ => Err("1 to 5000"),
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
    limits: LIMITS,
    document: DOCUMENT,
    continuity: Continuity::Nothing,
};

const DATASETS: &[Dataset] = &[
    Dataset {
        name: TRADES,
        about: "trades, aggregated by price, time and taker order; single ones with raw=true, from the archive alone",
        selection: Selection::SymbolRange,
        params: archive::TRADES_PARAMS,
        tables: &[Table::Trade],
        retention: "the whole history",
        paging: "the first page by time, then by id (inclusive); whole closed days and months as files of \
                 the archive. via=rest takes no files, via=archive nothing else",
        continuity: Continuity::Ids,
        ..BASE
    },
    Dataset {
        name: KLINES,
        about: "closed bars; interval is one of 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M",
        selection: Selection::SymbolRange,
        params: &[("interval", klines::DEFAULT_INTERVAL), archive::VIA_PARAM],
        tables: &[Table::Kline],
        retention: "the whole history",
        paging: "by open time; closed days (of 1s) and months (up to 15m) as files of the archive where \
                 that takes fewer requests. via=rest takes no files, via=archive nothing else",
        continuity: Continuity::Grid(|params| klines::grid(&SPOT, params)),
        ..BASE
    },
    Dataset {
        name: BOOK_SNAPSHOTS,
        about: "order books; depth is the number of levels a side, 1 to 5000",
        params: &[("depth", books::DEFAULT_DEPTH)],
        tables: &[Table::BookSnapshot],
        ..BASE
    },
    Dataset {
        name: TICKERS,
        about: "24 hours in one row, of the symbols or of `all`; type is full, mini (no bid and ask) or price",
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
        name: INSTRUMENTS,
        about: "the list of pairs; symbols are `all`",
        tables: &[Table::Instrument],
        ..BASE
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
        ARCHIVE.plan(request, plan::plan)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        ARCHIVE.ask(at)
    }

    fn instruments(&self, item: &Item) -> Vec<Ask> {
        lists(&SPOT, item)
    }

    fn read_instruments(&self, body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
        instruments::read(&SPOT, body)
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        archive::judge(head, body).unwrap_or_else(|| errors::judge(head, body))
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
        archive::units_per_minute(budget)
            .or_else(|| (budget == SPOT.budget).then_some(SPOT.per_minute))
    }
}

const ARCHIVE: Archive = Archive {
    market: archive::Market::Spot,
    ask: |at| ask(&SPOT, at).unwrap_or_else(|| Err(Refusal(unknown(&Binance, at.item)))),
    parse: |reply, rows| {
        parse(&SPOT, reply, rows).unwrap_or_else(|| {
            Err(ParseError {
                at: "item".to_owned(),
                what: unknown(&Binance, reply.item),
            })
        })
    },
};

/// What to ask for a dataset that both markets have; `None` for another one.
pub(crate) fn ask(market: &Market, at: &At<'_>) -> Option<Result<Ask, Refusal>> {
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
            .map(|written| market.symbol_to_ask(written, instruments))
            .transpose()
    };
    let one = || any()?.ok_or_else(|| needs_symbol(market, item));
    Some(match item.dataset.as_str() {
        TRADES => one().and_then(|symbol| trades::ask(market, window, symbol, cursor)),
        KLINES => one().and_then(|symbol| klines::ask(market, item, window, symbol, cursor)),
        BOOK_SNAPSHOTS => one().and_then(|symbol| books::ask(market, item, symbol)),
        TICKERS => any().and_then(|symbol| tickers::ask(market, item, symbol)),
        QUOTES => any().map(|symbol| tickers::ask_quotes(market, symbol)),
        INSTRUMENTS => Ok(market.list()),
        _ => return None,
    })
}

pub(crate) fn needs_symbol(market: &Market, item: &Item) -> Refusal {
    Refusal(format!(
        "{} of {} needs a symbol",
        item.dataset, market.name
    ))
}

/// Rows of a dataset that both markets have; `None` for another one. Messages that a dataset of
/// either kind does not read are refused.
pub(crate) fn parse(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Option<Result<Next, ParseError>> {
    let dataset = reply.item.dataset.as_str();
    let is_live = live::is_one(reply.body);
    if is_live && let Err(error) = live::check(dataset, reply.body) {
        return Some(Err(error));
    }
    Some(match dataset {
        TRADES if is_live => live::trades(market, reply, rows),
        KLINES if is_live => live::klines(market, reply, rows),
        TRADES => trades::parse(market, reply, rows),
        KLINES => klines::parse(market, reply, rows),
        BOOK_SNAPSHOTS => books::parse(market, reply, rows),
        TICKERS => tickers::parse(market, reply, rows),
        QUOTES => tickers::parse_quotes(market, reply, rows),
        INSTRUMENTS => instruments::parse(market, reply, rows),
        _ => return None,
    })
}

/// The lists that an item over REST needs.
pub(crate) fn lists(market: &Market, item: &Item) -> Vec<Ask> {
    if item.dataset == INSTRUMENTS || item.param("via") == "archive" {
        return Vec::new();
    }
    vec![market.list()]
}

pub(crate) fn unknown(source: &dyn Source, item: &Item) -> String {
    let names: Vec<_> = source
        .datasets()
        .iter()
        .map(|dataset| dataset.name)
        .collect();
    format!(
        "{} has no dataset {:?}; it has {}",
        source.name(),
        item.dataset,
        names.join(", ")
    )
}
