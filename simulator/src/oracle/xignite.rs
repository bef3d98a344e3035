//! Rows of Xignite: days at midnight UTC, five minutes at their instant; shares that were not
//! traded have none.

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::{Batch, Kline};

use super::{Oracle, batches};
use crate::calendar::{DAY, MINUTE, day_of, nanos};
use crate::xignite::Xignite;

impl Oracle {
    /// Bars of a share or an index that open in a range; `interval` is `1d` or `5m`.
    pub fn xignite_klines(
        &self,
        symbol: &str,
        interval: &'static str,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> impl Iterator<Item = Batch> {
        let (from, last) = (from.timestamp_millis(), to.timestamp_millis() - 1);
        let opens: Vec<i64> = match interval {
            "1d" => Xignite::days(day_of(from), day_of(last), i64::MAX - DAY)
                .map(|day| day * DAY)
                .filter(|open| (from..=last).contains(open))
                .collect(),
            _ => Xignite::fives(from, last, i64::MAX).collect(),
        };
        let bars: Vec<_> = opens
            .into_iter()
            .map(|open| (open, self.world.xignite.bar(symbol, open)))
            .filter(|(_, bar)| Xignite::is_index(symbol) || bar.volume > 0)
            .collect();
        let symbol = symbol.to_owned();
        batches(bars.into_iter(), move |rows, (open, bar)| {
            let close_time = (interval == "5m").then(|| nanos(open + 5 * MINUTE));
            rows.push(&Kline {
                source: "xignite",
                symbol: &symbol,
                venue_symbol: &symbol,
                interval,
                open_time: nanos(open),
                adjusted: "all",
                open: tenths(bar.open),
                high: tenths(bar.high),
                low: tenths(bar.low),
                close: tenths(bar.close),
                volume: Decimal::from_integer(bar.volume),
                quote_volume: None,
                trade_count: None,
                taker_buy_volume: None,
                taker_buy_quote_volume: None,
                vwap: None,
                close_time,
            });
        })
    }
}

fn tenths(units: i64) -> Decimal {
    Decimal::from_unscaled(i128::from(units) * 10i128.pow(17))
        .expect("prices of the model are small")
}
