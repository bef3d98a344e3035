//! The methods that give series: bars in columns, funding by the hour, the volatility index.

use crate::calendar::{DAY, MINUTE, SECOND};
use crate::json::{Json, Raw, object};
use crate::reply::{Asked, Reply};

use super::contracts::Sort;
use super::market::{Candle, Traded, volatility};
use super::print::{Float, eight, invalid, needed};

/// Bars and fundings of one answer.
const BARS: usize = 5_000;
const FUNDINGS: usize = 744;
const VOLATILITIES: i64 = 1_000;

pub(crate) fn chart(traded: &Traded, asked: &Asked) -> Result<Raw, Reply> {
    let query = &asked.query;
    let resolution = query.get("resolution").unwrap_or_default();
    let length = match resolution {
        "1D" => DAY,
        "1" | "3" | "5" | "10" | "15" | "30" | "60" | "120" | "180" | "360" | "720" => {
            resolution.parse::<i64>().unwrap_or(1) * MINUTE
        }
        _ => return Err(invalid("resolution", "unsupported resolution")),
    };
    let range = (
        needed(query, "start_timestamp")?,
        needed(query, "end_timestamp")?,
    );
    let bars: Vec<_> = traded.candles(length, range, asked.now).collect();
    // Too many asked for: the newest are given.
    let bars = &bars[bars.len().saturating_sub(BARS)..];
    fn column<T: Json>(bars: &[Candle], value: impl Fn(&Candle) -> T) -> Vec<T> {
        bars.iter().map(value).collect()
    }
    Ok(object! {
        "volume": column(bars, |bar| Float { units: bar.volume, scale: 12 }),
        "ticks": column(bars, |bar| bar.tick),
        "status": if bars.is_empty() { "no_data" } else { "ok" },
        "open": column(bars, |bar| eight(bar.prices[0])),
        "low": column(bars, |bar| eight(bar.prices[2])),
        "high": column(bars, |bar| eight(bar.prices[1])),
        "cost": column(bars, |bar| eight(bar.cost)),
        "close": column(bars, |bar| eight(bar.prices[3])),
    })
}

/// The hour that ends at the first instant is not in it, the one that ends at the last is.
pub(crate) fn fundings(traded: &Traded, asked: &Asked) -> Result<Raw, Reply> {
    if traded.contract.sort != Sort::Perpetual {
        return Err(invalid("instrument_name", "must be a perpetual"));
    }
    let from = needed(&asked.query, "start_timestamp")?;
    let to = needed(&asked.query, "end_timestamp")?.min(asked.now);
    let hours: Vec<Raw> = traded
        .fundings(from, to)
        .take(FUNDINGS)
        .map(|hour| {
            object! {
                "timestamp": hour.ms,
                "prev_index_price": eight(hour.index + traded.contract.listing.tick),
                "index_price": eight(hour.index),
                "interest_8h": Float { units: hour.rate_8h, scale: 20 },
                "interest_1h": Float { units: hour.rate, scale: 22 },
            }
        })
        .collect();
    let mut out = String::new();
    hours.write(&mut out);
    Ok(Raw(out))
}

/// The newest of the range; `continuation` is the oldest of them, which comes again.
pub(crate) fn volatilities(seed: u64, asked: &Asked) -> Result<Raw, Reply> {
    let query = &asked.query;
    let currency = query.get("currency").unwrap_or_default();
    if !["BTC", "ETH"].contains(&currency) {
        return Err(invalid("currency", "invalid currency"));
    }
    let length = match query.get("resolution").unwrap_or_default() {
        "1" => SECOND,
        "60" => MINUTE,
        "3600" => 60 * MINUTE,
        "43200" => 720 * MINUTE,
        "1D" => DAY,
        _ => return Err(invalid("resolution", "unsupported resolution")),
    };
    let from = needed(query, "start_timestamp")?;
    let to = needed(query, "end_timestamp")?.min(asked.now);
    let first = (from + length - 1).div_euclid(length);
    let last = to.div_euclid(length);
    let start = first.max(last - VOLATILITIES + 1);
    let bars: Vec<Raw> = (start..=last)
        .map(|place| {
            let open = place * length;
            let values = volatility(seed, currency, length, open);
            let [o, h, l, c] = values.map(|units| Float { units, scale: 2 });
            Raw(format!("[{open},{o},{h},{l},{c}]"))
        })
        .collect();
    let continuation = (start > first).then_some(start * length);
    Ok(object! { "data": bars, "continuation": continuation })
}
