//! Polygon.io, called Massive since October 2025: American shares over REST.
//!
//! Facts from the vendor's documents and its `OpenAPI` text: pages are followed by `next_url` alone,
//! never by counting rows; trades and quotes come newest first and 1,000 at a time unless asked
//! otherwise; the limit of bars counts the minutes or days they are made of; prices are adjusted
//! for splits unless told otherwise, so `adjusted` is always sent. The key goes into a header,
//! never into a URL. Tickers are case-sensitive.

mod bars;
mod conditions;
mod documents;
mod errors;
mod klines;
mod next;
mod plan;
mod quotes;
mod splits;
mod trades;

use std::collections::BTreeMap;

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

const NAME: &str = "polygon";
/// The limit that every request counts against.
const REQUESTS: &str = "polygon.requests";
/// Of the free plan.
const REQUESTS_PER_MINUTE: u32 = 5;
/// The most that the vendor gives in a page of bars, trades or quotes.
const PAGE: &str = "50000";
/// The most that the vendor gives in a page of reference data.
const REFERENCE_PAGE: &str = "1000";

const KLINES: &str = "klines";
const GROUPED_DAILY: &str = "grouped_daily";
const TRADES: &str = "trades";
const QUOTES: &str = "quotes";
const BARS_FROM_TRADES: &str = "bars_from_trades";
/// The parameter, and the column that tells bars of other adjustments apart.
const ADJUSTED: &str = "adjusted";
const SPLITS: &str = "splits";
const DIVIDENDS: &str = "dividends";
const OPEN_CLOSE: &str = "open_close";
const TICKERS: &str = "tickers";
const TICKER_TYPES: &str = "ticker_types";
const EXCHANGES: &str = "exchanges";
const CONDITIONS: &str = "conditions";

const LIMITS: &str = "5 requests a minute on the free plan, none on paid ones";
const PAGING: &str = "next_url until there is none";
const BY_PLAN: &str = "2 to 20 years and more, by plan";

const DATASETS: &[Dataset] = &[
    Dataset {
        name: KLINES,
        about: "bars; interval is a number and s, m, h, d, w, M, q or y; adjusted (for splits) is true or false",
        selection: Selection::SymbolRange,
        params: &[("interval", "1m"), ("adjusted", "false")],
        tables: &[Table::Kline],
        retention: BY_PLAN,
        paging: PAGING,
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/aggregates/custom-bars",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: GROUPED_DAILY,
        about: "daily bars of all tickers, a day a request",
        selection: Selection::Range,
        params: &[("adjusted", "false")],
        tables: &[Table::Kline],
        retention: BY_PLAN,
        paging: "one page a day",
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/aggregates/daily-market-summary",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: TRADES,
        about: "trades as reported, cancelled ones included (flags: e is the correction)",
        selection: Selection::SymbolRange,
        params: &[],
        tables: &[Table::Trade],
        retention: "since 2003, by plan (Developer or above)",
        paging: PAGING,
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/trades-quotes/trades",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: QUOTES,
        about: "best bid and ask; amounts are lots before 2025-11-03, shares from then on",
        selection: Selection::SymbolRange,
        params: &[],
        tables: &[Table::Quote],
        retention: "since 2003, by plan (Advanced or above)",
        paging: PAGING,
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/trades-quotes/quotes",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: BARS_FROM_TRADES,
        about: "bars built here from trades by the vendor's rules for conditions; interval is 1d or divides a day",
        selection: Selection::SymbolRange,
        params: &[("interval", "1m")],
        tables: &[Table::Kline],
        retention: "that of trades",
        paging: "next_url until there is none; the open bar is carried from page to page",
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/market-operations/condition-codes",
        continuity: Continuity::Sessions(calendar::is_quiet),
    },
    Dataset {
        name: SPLITS,
        about: "splits by execution date, of all tickers or of one (ticker)",
        selection: Selection::Range,
        params: &[("ticker", "")],
        tables: &[Table::Split],
        retention: "the whole history",
        paging: PAGING,
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/corporate-actions/splits",
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: DIVIDENDS,
        about: "dividends by ex-dividend date, of all tickers or of one (ticker), as documents",
        selection: Selection::Range,
        params: &[("ticker", "")],
        tables: &[Table::Document],
        retention: "the whole history",
        paging: PAGING,
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/corporate-actions/dividends",
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: OPEN_CLOSE,
        about: "open, close, pre-market and after-hours price of a day, as documents",
        selection: Selection::SymbolRange,
        params: &[("adjusted", "false")],
        tables: &[Table::Document],
        retention: BY_PLAN,
        paging: "one page a day",
        limits: LIMITS,
        document: "https://massive.com/docs/rest/stocks/aggregates/daily-ticker-summary",
        continuity: Continuity::Nothing,
    },
    reference(
        TICKERS,
        "tickers of a market (market: stocks, otc, crypto, fx or indices), as documents",
        MARKET,
        "https://massive.com/docs/rest/stocks/tickers/all-tickers",
    ),
    reference(
        TICKER_TYPES,
        "types of tickers of an asset class (stocks, options, crypto or fx), as documents",
        ASSET_CLASS,
        "https://massive.com/docs/rest/stocks/tickers/ticker-types",
    ),
    reference(
        EXCHANGES,
        "exchanges of an asset class (stocks, options, crypto or fx), as documents",
        ASSET_CLASS,
        "https://massive.com/docs/rest/stocks/market-operations/exchanges",
    ),
    reference(
        CONDITIONS,
        "condition codes of an asset class (stocks, options, crypto or fx), as documents",
        ASSET_CLASS,
        "https://massive.com/docs/rest/stocks/market-operations/condition-codes",
    ),
];

/// The parameters of reference data: what it is of.
const MARKET: Params = &[("market", "stocks")];
const ASSET_CLASS: Params = &[("asset_class", "stocks")];

const fn reference(
    name: &'static str,
    about: &'static str,
    params: Params,
    document: &'static str,
) -> Dataset {
    Dataset {
        name,
        about,
        selection: Selection::Now,
        params,
        tables: &[Table::Document],
        retention: "as it is now",
        paging: PAGING,
        limits: LIMITS,
        document,
        continuity: Continuity::Nothing,
    }
}

type Params = &'static [(&'static str, &'static str)];

/// Polygon.io (Massive).
#[derive(Debug)]
pub struct Polygon;

impl Source for Polygon {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://api.massive.com"
    }

    fn key(&self) -> Option<&'static str> {
        Some("an API key of massive.com; trades need the Developer plan, quotes the Advanced one")
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        plan::plan(request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        if let Cursor::Token(token) = at.cursor {
            return next::ask(at.item, token);
        }
        if *at.cursor != Cursor::Start {
            return Err(Refusal(format!(
                "{} of {NAME} cannot start at {:?}",
                at.item.dataset, at.cursor
            )));
        }
        match at.item.dataset.as_str() {
            KLINES => klines::ask(at.item),
            GROUPED_DAILY => klines::ask_grouped(at.item),
            TRADES => trades::ask(at.item),
            QUOTES => quotes::ask(at.item),
            BARS_FROM_TRADES => bars::ask(at.item),
            SPLITS => splits::ask(at.item),
            DIVIDENDS | OPEN_CLOSE => documents::ask(at.item),
            TICKERS | TICKER_TYPES | EXCHANGES | CONDITIONS => documents::ask_class(at.item),
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
        constants.retain(|(column, _)| *column != ADJUSTED);
        let is = |name: &str| params.get(ADJUSTED).is_some_and(|given| given == name);
        match dataset {
            BARS_FROM_TRADES => constants.push((ADJUSTED, FROM_TRADES.to_owned())),
            KLINES | GROUPED_DAILY if is("true") => constants.push((ADJUSTED, "split".to_owned())),
            KLINES | GROUPED_DAILY => constants.push((ADJUSTED, "raw".to_owned())),
            _ => {}
        }
        if dataset == GROUPED_DAILY {
            constants.push(("interval", "1d".to_owned()));
        }
        constants
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        match reply.item.dataset.as_str() {
            KLINES | GROUPED_DAILY => klines::parse(reply, rows),
            TRADES => trades::parse(reply, rows),
            QUOTES => quotes::parse(reply, rows),
            BARS_FROM_TRADES => bars::parse(reply, rows),
            SPLITS => splits::parse(reply, rows),
            DIVIDENDS | OPEN_CLOSE | TICKERS | TICKER_TYPES | EXCHANGES | CONDITIONS => {
                documents::parse(reply, rows)
            }
            other => Err(ParseError {
                at: "item".to_owned(),
                what: unknown(other).0,
            }),
        }
    }

    /// A day without trading has no open and close.
    fn absent(&self, at: &At<'_>, reason: &str) -> Result<Next, Refusal> {
        match at.item.dataset.as_str() {
            OPEN_CLOSE | GROUPED_DAILY => Ok(Next::End),
            _ => Err(Refusal(format!("not available from this vendor: {reason}"))),
        }
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == REQUESTS).then_some(REQUESTS_PER_MINUTE)
    }
}

fn unknown(dataset: &str) -> Refusal {
    Refusal(format!("{NAME} has no dataset {dataset:?}"))
}

fn get(path: String, query: Vec<(&'static str, String)>) -> Ask {
    let cost = Cost {
        budget: REQUESTS,
        units: 1,
    };
    Ask::get(path, cost)
        .with_query(query)
        .with_token(TokenIn::Bearer)
}

/// The slice and the ticker of an item.
fn asked(item: &common::Item) -> Result<(Window, &str), Refusal> {
    let (window, symbol) = Window::asked(item)?;
    let symbol =
        symbol.ok_or_else(|| Refusal(format!("{} of {NAME} needs a symbol", item.dataset)))?;
    plan::check_symbol(symbol).map_err(Refusal)?;
    Ok((window, symbol))
}

/// The ticker that an item was told, where it was.
fn ticker_of(item: &common::Item) -> Option<&str> {
    match &item.work {
        common::Work::Range { symbol, .. } => symbol.as_deref(),
        common::Work::Ids(_) => item.params.get("symbol").map(String::as_str),
    }
}

/// Whether prices adjusted for splits are wanted: the vendor's own default is never relied upon.
fn adjusted(item: &common::Item) -> Result<bool, String> {
    match item.param("adjusted") {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        other => Err(format!("adjusted is {other:?}: write true or false")),
    }
}
