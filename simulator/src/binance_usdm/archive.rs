//! The archive's files of what futures have alone: fundings by the month, metrics by the day.

use std::fmt::Write;

use crate::binance::archive::{self, Name};
use crate::binance::{Eight, Market};
use crate::calendar::{HOUR, MINUTE, utc};

use super::model::{fundings, open_interest, ratio};

const STEP: i64 = 5 * MINUTE;
/// Numbers of the ratios in the model, in the order of the columns; the last is of taker volume.
pub(crate) const COLUMNS: [(u64, &str); 4] = [
    (1, "top_accounts"),
    (0, "top_positions"),
    (2, "accounts"),
    (3, "taker_volume"),
];

/// What lies in a file.
pub(super) fn content(market: &Market, name: &Name<'_>, now: i64) -> Option<String> {
    match name.kind {
        "fundingRate" => Some(funding(market, name)),
        "metrics" => Some(metrics(market, name)),
        _ => archive::content(market, name, now),
    }
}

fn funding(market: &Market, name: &Name<'_>) -> String {
    let mut out = String::new();
    if name.has_header() {
        out.push_str("calc_time,funding_interval_hours,last_funding_rate\n");
    }
    let (from, to) = name.span;
    // None is later than its hour by an hour.
    for row in fundings(market, from, to - HOUR).filter(|row| !row.special) {
        let hours = row.hours.unwrap_or(8);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{},{hours},{}", row.time, Eight(row.rate));
    }
    out
}

fn metrics(market: &Market, name: &Name<'_>) -> String {
    let mut out = String::from(
        "create_time,symbol,sum_open_interest,sum_open_interest_value,\
         count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,\
         sum_taker_long_short_vol_ratio\n",
    );
    let (from, to) = name.span;
    let mut at = from + STEP;
    while at <= to {
        let (amount, value) = open_interest(market, at);
        let time = utc(at).format("%Y-%m-%d %H:%M:%S");
        let symbol = market.listing.symbol;
        let _ = write!(out, "{time},{symbol},{},{}", Eight(amount), Eight(value));
        for (kind, _) in COLUMNS {
            let _ = write!(out, ",{}", Eight(ratio(market, kind, at).ratio));
        }
        out.push('\n');
        at += STEP;
    }
    out
}
