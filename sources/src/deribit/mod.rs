//! Deribit v2: JSON-RPC over HTTP GET.
//!
//! Facts from the vendor's OpenAPI and articles: times are milliseconds (those of the envelope
//! microseconds); numbers are JSON numbers, exact or refused but for the fields that `number.rs`
//! names, which the vendor computes in floats; amounts are US dollars for inverse perpetuals and
//! futures and base currency for everything else, never contracts. The main host shows the trades
//! of the last 24 hours and answers older windows with nothing; a second host has all of them
//! since the beginning. Books, tickers and open interest exist only now.

mod books;
mod errors;
mod funding;
mod instruments;
mod klines;
mod liquidations;
mod name;
mod number;
mod paging;
mod plan;
mod reply;
mod summary;
mod trades;
mod volatility;

use std::collections::BTreeMap;

use common::item::Item;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cost, Cursor, Next, ParseError, Refusal, Server};
use crate::continuity::{Continuity, Grid};
use crate::extent;
use crate::instrument::Instrument;
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;

const NAME: &str = "deribit";
/// The limit that calls count against.
const CREDITS: &str = "deribit.credits";
const CREDITS_PER_MINUTE: u32 = 600_000;
const CREDITS_OF_CALL: u32 = 500;
/// Lists of instruments have a limit of their own: one a second.
const LISTS: &str = "deribit.lists";
const LISTS_PER_MINUTE: u32 = 60;
/// Where everything since the beginning is.
const HISTORY: &str = "history";

const TRADES: &str = "trades";
const KLINES: &str = "klines";
const LIQUIDATIONS: &str = "liquidations";
const FUNDING_RATES: &str = "funding_rates";
const VOLATILITY_INDEX: &str = "volatility_index";
const BOOK_SNAPSHOTS: &str = "book_snapshots";
const TICKERS: &str = "tickers";
const QUOTES: &str = "quotes";
const OPEN_INTEREST: &str = "open_interest";
const INSTRUMENTS: &str = "instruments";

const LIMITS: &str = "500 credits a call, of which 10,000 come back a second and 50,000 are held; without a key an allowance per address that is not published";
const TRADES_RETENTION: &str = "everything since the start: the last 24 hours from www.deribit.com, older ones from history.deribit.com, which is not in the vendor's documents. A window that the main host answers with nothing while it began more than 24 hours ago is asked of the history host, for there an empty page proves nothing";
const TRADES_PAGING: &str =
    "the first page by time, then start_seq = last trade_seq + 1 with sorting=asc";
const TRADES_DOCUMENT: &str = "https://docs.deribit.com/api-reference/market-data/public-get_last_trades_by_instrument_and_time";
const NOW_ONLY: &str = "the current value only";

const DATASETS: &[Dataset] = &[
    Dataset {
        name: TRADES,
        about: "trades of an instrument. amount counts US dollars for inverse perpetuals and futures, else base currency; prices and quote_amount of options on a bare currency are in that currency; liquidations, block trades and legs of combinations are told in flags",
        selection: Selection::SymbolRange,
        params: &[],
        tables: &[Table::Trade],
        retention: TRADES_RETENTION,
        paging: TRADES_PAGING,
        limits: LIMITS,
        document: TRADES_DOCUMENT,
        continuity: Continuity::Flow,
    },
    Dataset {
        name: LIQUIDATIONS,
        about: "trades by which a position was closed by force, two rows where both sides' were",
        selection: Selection::SymbolRange,
        params: &[],
        tables: &[Table::Liquidation],
        retention: TRADES_RETENTION,
        paging: TRADES_PAGING,
        limits: LIMITS,
        document: TRADES_DOCUMENT,
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: KLINES,
        about: "closed bars; interval is one of 1m 3m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d. volume and quote_volume, which the vendor adds up in floats, are rounded to the 18th digit (half to even)",
        selection: Selection::SymbolRange,
        params: &[("interval", klines::DEFAULT_INTERVAL)],
        tables: &[Table::Kline],
        retention: "the whole history; from when on is not documented",
        paging: "by time, 5,000 bars a request",
        limits: LIMITS,
        document: "https://docs.deribit.com/api-reference/market-data/public-get_tradingview_chart_data",
        continuity: Continuity::Grid(klines::grid),
    },
    Dataset {
        name: FUNDING_RATES,
        about: "funding of perpetuals by the hour (funding_rate = interest_1h, rate_8h = interest_8h of the eight hours before, never to be mistaken for an 8-hour funding). Both, which the vendor computes in floats, are rounded to the 18th digit (half to even)",
        selection: Selection::SymbolRange,
        params: &[],
        tables: &[Table::FundingRate],
        retention: "the whole history; from when on is not documented",
        paging: "by time, 744 hours a request",
        limits: LIMITS,
        document: "https://docs.deribit.com/api-reference/market-data/public-get_funding_rate_history",
        continuity: Continuity::Grid(|_| Some(Grid::every_ms(3_600_000).loose())),
    },
    Dataset {
        name: VOLATILITY_INDEX,
        about: "closed bars of the volatility index of a currency such as BTC; resolution is one of 1s 1m 1h 12h 1d",
        selection: Selection::SymbolRange,
        params: &[("resolution", volatility::DEFAULT_RESOLUTION)],
        tables: &[Table::VolatilityIndex],
        retention: "the whole history; from when on is not documented",
        paging: "newest first, end_timestamp = continuation of the page before",
        limits: LIMITS,
        document: "https://docs.deribit.com/api-reference/market-data/public-get_volatility_index_data",
        continuity: Continuity::Grid(volatility::grid),
    },
    Dataset {
        name: BOOK_SNAPSHOTS,
        about: "the order book as it stands; depth is one of 1 5 10 20 50 100 1000 10000",
        selection: Selection::Snapshot,
        params: &[("depth", books::DEFAULT_DEPTH)],
        tables: &[Table::BookSnapshot, Table::BookDelta],
        retention: NOW_ONLY,
        paging: "one request",
        limits: LIMITS,
        document: "https://docs.deribit.com/api-reference/market-data/public-get_order_book",
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: TICKERS,
        about: "the summary of the last 24 hours, of an instrument or of all of a currency such as BTC. volume, quote_volume and funding_rate, which the vendor computes in floats, are rounded to the 18th digit (half to even)",
        selection: Selection::Snapshot,
        params: &[],
        tables: &[Table::Ticker],
        retention: NOW_ONLY,
        paging: "one request",
        limits: LIMITS,
        document: summary::DOCUMENT,
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: QUOTES,
        about: "the best bid and ask, of an instrument or (without amounts) of all of a currency",
        selection: Selection::Snapshot,
        params: &[],
        tables: &[Table::Quote],
        retention: NOW_ONLY,
        paging: "one request",
        limits: LIMITS,
        document: summary::DOCUMENT,
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: OPEN_INTEREST,
        about: "open positions, of an instrument or of all of a currency",
        selection: Selection::Snapshot,
        params: &[],
        tables: &[Table::OpenInterest],
        retention: NOW_ONLY,
        paging: "one request",
        limits: LIMITS,
        document: summary::DOCUMENT,
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: INSTRUMENTS,
        about: "what is listed in a currency (BTC, ETH, USDC, USDT, EURR, or any)",
        selection: Selection::Snapshot,
        params: &[],
        tables: &[Table::Instrument],
        retention: "what is listed now",
        paging: "one request",
        limits: "one list a second, 50 at once",
        document: "https://docs.deribit.com/api-reference/market-data/public-get_instruments",
        continuity: Continuity::Nothing,
    },
];

/// Deribit v2.
#[derive(Debug)]
pub struct Deribit;

impl Source for Deribit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://www.deribit.com"
    }

    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        &[(HISTORY, "https://history.deribit.com")]
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        plan::plan(self.dataset(&request.dataset)?, request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let (window, symbol) = Window::asked(at.item)?;
        let dataset = at.item.dataset.as_str();
        let written =
            symbol.ok_or_else(|| Refusal(format!("{dataset} of {NAME} needs a symbol")))?;
        match dataset {
            VOLATILITY_INDEX => volatility::ask(at, window, written),
            INSTRUMENTS => Ok(instruments::ask(&instruments::currency(written))),
            TICKERS | QUOTES | OPEN_INTEREST => summary::ask(at, written),
            TRADES | LIQUIDATIONS => paging::ask(at, window, instruments::venue(at, written)?),
            KLINES => klines::ask(at, window, instruments::venue(at, written)?),
            FUNDING_RATES => funding::ask(at, window, instruments::venue(at, written)?),
            BOOK_SNAPSHOTS => books::ask(at.item, instruments::venue(at, written)?),
            other => Err(unknown(other)),
        }
    }

    fn instruments(&self, item: &Item) -> Vec<Ask> {
        match item.dataset.as_str() {
            VOLATILITY_INDEX | INSTRUMENTS => Vec::new(),
            _ => vec![instruments::ask("any")],
        }
    }

    fn read_instruments(&self, body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
        instruments::read(body)
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        match reply.item.dataset.as_str() {
            TRADES => trades::parse(reply, rows),
            LIQUIDATIONS => liquidations::parse(reply, rows),
            KLINES => klines::parse(reply, rows),
            FUNDING_RATES => funding::parse(reply, rows),
            VOLATILITY_INDEX => volatility::parse(reply, rows),
            BOOK_SNAPSHOTS => books::parse(reply, rows),
            TICKERS => summary::parse_tickers(reply, rows),
            QUOTES => summary::parse_quotes(reply, rows),
            OPEN_INTEREST => summary::parse_open_interest(reply, rows),
            INSTRUMENTS => instruments::parse(reply, rows),
            other => Err(ParseError {
                at: "item".to_owned(),
                what: unknown(other).0,
            }),
        }
    }

    fn constants(
        &self,
        _dataset: &str,
        table: Table,
        params: &BTreeMap<String, String>,
    ) -> Vec<(&'static str, String)> {
        let mut constants = extent::alike(table, params);
        for (column, value) in &mut constants {
            let name = match *column {
                "interval" => klines::name(value),
                "resolution" => volatility::name(value),
                _ => continue,
            };
            if let Ok(name) = name {
                name.clone_into(value);
            }
        }
        constants
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        match budget {
            CREDITS => Some(CREDITS_PER_MINUTE),
            LISTS => Some(LISTS_PER_MINUTE),
            _ => None,
        }
    }
}

fn unknown(dataset: &str) -> Refusal {
    let names: Vec<_> = DATASETS.iter().map(|dataset| dataset.name).collect();
    Refusal(format!(
        "{NAME} has no dataset {dataset:?}; it has {}",
        names.join(", ")
    ))
}

/// A call of a public method.
fn call(method: &str, query: Vec<(&'static str, String)>) -> Ask {
    let cost = Cost {
        budget: CREDITS,
        units: CREDITS_OF_CALL,
    };
    Ask::get(format!("/api/v2/public/{method}"), cost).with_query(query)
}

fn of_history(ask: Ask) -> Ask {
    Ask {
        server: Server::Other(HISTORY),
        ..ask
    }
}

fn wrong_cursor(dataset: &str, cursor: &Cursor) -> Refusal {
    Refusal(format!("{dataset} of {NAME} cannot start at {cursor:?}"))
}
