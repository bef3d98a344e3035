//! What OKX has, and what it allows.

use common::tables::Table;

use super::interval::Interval;
use super::{archive, books, funding, instruments, klines, liquidations, rubik, tickers, trades};
use crate::continuity::Continuity;
use crate::source::{Dataset, Selection};

pub(super) const TRADES: &str = "trades";
pub(super) const KLINES: &str = "klines";
pub(super) const BOOK_SNAPSHOTS: &str = "book_snapshots";
pub(super) const TICKERS: &str = "tickers";
pub(super) const QUOTES: &str = "quotes";
pub(super) const FUNDING_RATES: &str = "funding_rates";
pub(super) const FUNDING_RATES_NOW: &str = "funding_rates_now";
pub(super) const OPEN_INTEREST: &str = "open_interest";
pub(super) const OPEN_INTEREST_NOW: &str = "open_interest_now";
pub(super) const LONG_SHORT_RATIOS: &str = "long_short_ratios";
pub(super) const LIQUIDATIONS: &str = "liquidations";
pub(super) const INSTRUMENTS: &str = "instruments";

/// Requests in two seconds, by budget.
pub(super) const BUDGETS: &[(&str, u32)] = &[
    (trades::BUDGET, 20),
    (klines::HISTORY_BUDGET, 20),
    (klines::NEWEST_BUDGET, 40),
    (books::BUDGET, 40),
    (books::FULL_BUDGET, 10),
    (tickers::BUDGET, 20),
    (funding::BUDGET, 10),
    (funding::NOW_BUDGET, 10),
    (rubik::HISTORY_BUDGET, 10),
    (rubik::NOW_BUDGET, 20),
    (rubik::RATIO_BUDGET, 5),
    (liquidations::BUDGET, 20),
    (instruments::BUDGET, 20),
    (archive::LIST_BUDGET, 5),
    // Files have no documented limit: as few as is polite.
    (archive::FILE_BUDGET, 4),
];

/// From where rows come: of what REST no longer serves, the archive (`auto`), or one of the two.
const VIA: (&str, &str) = ("via", "auto");
const NOW_ONLY: &str = "none: only what holds now";
const ONE_PAGE: &str = "one page";

const BASE: Dataset = Dataset {
    name: "",
    about: "",
    selection: Selection::SymbolRange,
    params: &[],
    tables: &[],
    retention: NOW_ONLY,
    paging: ONE_PAGE,
    limits: "",
    document: "https://www.okx.com/docs-v5/en/",
    continuity: Continuity::Nothing,
};

pub(super) const DATASETS: &[Dataset] = &[
    Dataset {
        name: TRADES,
        about: "trades; amounts of derivatives are contracts; via is auto, archive or rest",
        params: &[VIA],
        tables: &[Table::Trade],
        retention: "3 months over REST, older days in archive files",
        paging: "newest first; the first page by time, then by id (exclusive)",
        limits: "20 requests in 2 seconds of 100 trades each",
        document: "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-trades-history",
        continuity: Continuity::Flow,
        ..BASE
    },
    Dataset {
        name: KLINES,
        about: "closed bars; interval is one of 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 2d 3d 1w 1M 3M, \
                cut in UTC; 6H 12H 1D 2D 3D 1W are cut in UTC+8; via is auto, archive (1m) or rest",
        params: &[("interval", klines::DEFAULT_INTERVAL), VIA],
        tables: &[Table::Kline],
        retention: "the whole history; 3 months of 1s",
        paging: "newest first, by open time (exclusive)",
        limits: "20 requests in 2 seconds of at most 300 bars",
        document: "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks-history",
        continuity: Continuity::Grid(|params| {
            Interval::grid(params, "interval", klines::DEFAULT_INTERVAL)
        }),
        ..BASE
    },
    Dataset {
        name: BOOK_SNAPSHOTS,
        about: "the order book as it is now; depth is 1 to 5000 levels a side",
        selection: Selection::Snapshot,
        params: &[("depth", books::DEFAULT_DEPTH)],
        tables: &[Table::BookSnapshot, Table::BookDelta],
        limits: "40 requests in 2 seconds up to 400 levels, 10 above",
        document: "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-order-book",
        ..BASE
    },
    Dataset {
        name: TICKERS,
        about: "24 hours in figures; the symbols SPOT, SWAP, FUTURES and OPTION are all of a type",
        selection: Selection::Snapshot,
        tables: &[Table::Ticker],
        limits: "20 requests in 2 seconds",
        document: "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-ticker",
        ..BASE
    },
    Dataset {
        name: QUOTES,
        about: "the best bid and ask as they are now; symbols as for tickers",
        selection: Selection::Snapshot,
        tables: &[Table::Quote],
        limits: "20 requests in 2 seconds",
        document: "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-ticker",
        ..BASE
    },
    Dataset {
        name: FUNDING_RATES,
        about: "settled fundings of perpetual contracts; via is auto, archive or rest",
        params: &[VIA],
        tables: &[Table::FundingRate],
        retention: "3 months over REST, older days in archive files",
        paging: "newest first, by time of funding (exclusive)",
        limits: "10 requests in 2 seconds and instrument",
        document: "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-funding-rate-history",
        ..BASE
    },
    Dataset {
        name: FUNDING_RATES_NOW,
        about: "the next funding as it is predicted now",
        selection: Selection::Snapshot,
        tables: &[Table::FundingRate],
        limits: "10 requests in 2 seconds and instrument",
        document: "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-funding-rate",
        ..BASE
    },
    Dataset {
        name: OPEN_INTEREST,
        about: "open interest of a contract over time; period is one of the intervals from 5m on",
        params: &[("period", rubik::DEFAULT_PERIOD)],
        tables: &[Table::OpenInterest],
        retention: "the latest 1,440 points of a period; by day since 2024",
        paging: "newest first, by time (exclusive)",
        limits: "10 requests in 2 seconds and instrument",
        document: "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-contract-open-interest-history",
        continuity: Continuity::Grid(|params| {
            Some(Interval::grid(params, "period", rubik::DEFAULT_PERIOD)?.loose())
        }),
        ..BASE
    },
    Dataset {
        name: OPEN_INTEREST_NOW,
        about: "open interest as it is now; the symbols SWAP, FUTURES and OPTION are all of a type",
        selection: Selection::Snapshot,
        tables: &[Table::OpenInterest],
        limits: "20 requests in 2 seconds and instrument",
        document: "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-open-interest",
        ..BASE
    },
    Dataset {
        name: LONG_SHORT_RATIOS,
        about: "longs for one short; kind is accounts, top_accounts or top_positions; a symbol such as \
                BTC is all contracts of a currency",
        params: &[
            ("kind", rubik::DEFAULT_KIND),
            ("period", rubik::DEFAULT_PERIOD),
        ],
        tables: &[Table::LongShortRatio],
        retention: "the latest 1,440 points of a period",
        paging: "newest first, by time (exclusive)",
        limits: "5 requests in 2 seconds",
        document: "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-contract-long-short-ratio",
        continuity: Continuity::Grid(|params| {
            Some(Interval::grid(params, "period", rubik::DEFAULT_PERIOD)?.loose())
        }),
        ..BASE
    },
    Dataset {
        name: LIQUIDATIONS,
        about: "forced orders; the vendor no longer documents them and may stop serving them",
        tables: &[Table::Liquidation],
        retention: "about a day",
        paging: "newest first, by time",
        limits: "20 requests in 2 seconds",
        document: "https://www.okx.com/docs-v5/en/#public-data-websocket-liquidation-orders-channel",
        ..BASE
    },
    Dataset {
        name: INSTRUMENTS,
        about: "what is listed now; symbols are SPOT, SWAP, FUTURES and, for options, OPTION-BTC-USD",
        selection: Selection::Snapshot,
        tables: &[Table::Instrument],
        limits: "20 requests in 2 seconds and type",
        document: "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments",
        ..BASE
    },
];
