//! Bars built from trades: the pure part that Polygon, Alpaca and IEX share.
//!
//! Trades come in order of time, each with what its vendor's condition rules let it change
//! ([`Counts`]); whoever knows those rules leaves cancelled and corrected trades out before. A bar
//! is complete when a trade of a later one comes. One that is still open at the end of a page can
//! be carried as text ([`Bar::to_text`]), so that pages of any size give the same bars.
//!
//! A bar needs a trade that may set open and close; a window with odd lots alone has none. Where
//! no trade may set high and low, open and close do.

use common::Decimal;
use common::tables::{Kline, Rows};

use crate::new_york;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// What stands in the column `adjusted` of bars that are built here.
pub(crate) const FROM_TRADES: &str = "from_trades";

/// What a trade may change in a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Highest and lowest price.
    pub(crate) high_low: bool,
    /// First and last price.
    pub(crate) open_close: bool,
    /// Volume, average and number of trades.
    pub(crate) volume: bool,
}

impl Counts {
    /// A regular trade.
    pub(crate) const ALL: Self = Self::of(true, true, true);
    /// An odd lot, an average price, a trade for another day.
    pub(crate) const VOLUME: Self = Self::of(false, false, true);
    /// A message that repeats what other trades said.
    pub(crate) const NOTHING: Self = Self::of(false, false, false);

    pub(crate) const fn of(high_low: bool, open_close: bool, volume: bool) -> Self {
        Self {
            high_low,
            open_close,
            volume,
        }
    }

    /// What both allow: a trade changes only what all of its conditions let it change.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self::of(
            self.high_low && other.high_low,
            self.open_close && other.open_close,
            self.volume && other.volume,
        )
    }
}

/// Where bars begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grid {
    /// Every so many nanoseconds, counted from midnight UTC.
    Every(i64),
    /// At midnight in New York.
    NewYorkDays,
}

impl Grid {
    /// The grid of an interval such as `30s`, `1m`, `4h` or `1d`.
    pub(crate) fn named(interval: &str) -> Result<Self, String> {
        if interval == "1d" {
            return Ok(Self::NewYorkDays);
        }
        let length = interval
            .char_indices()
            .last()
            .and_then(|(unit_at, unit)| {
                let count: i64 = interval[..unit_at].parse().ok()?;
                let unit = match unit {
                    's' => SECOND,
                    'm' => 60 * SECOND,
                    'h' => 3_600 * SECOND,
                    _ => return None,
                };
                count.checked_mul(unit)
            })
            .filter(|length| *length > 0 && *length < DAY && DAY % length == 0);
        length.map(Self::Every).ok_or_else(|| {
            format!("{interval:?} is no interval of bars from trades: write 1d, or seconds, minutes or hours that divide a day, such as 30s, 1m, 4h")
        })
    }

    /// When the bar that holds an instant begins.
    pub(crate) fn open_of(self, ns: i64) -> i64 {
        match self {
            Self::Every(length) => ns - ns.rem_euclid(length),
            Self::NewYorkDays => new_york::day_start(ns),
        }
    }

    /// When the bar ends that begins there: the first instant no longer in it.
    pub(crate) fn end_of(self, open: i64) -> i64 {
        match self {
            Self::Every(length) => open.saturating_add(length),
            Self::NewYorkDays => new_york::day_end(open),
        }
    }

    /// The first bar that begins at or after an instant.
    pub(crate) fn first_open(self, ns: i64) -> i64 {
        let open = self.open_of(ns);
        if open == ns { open } else { self.end_of(open) }
    }

    /// The trades that make the bars which begin in `[from, to)`; nothing when none does.
    pub(crate) fn span(self, from: i64, to: i64) -> Option<(i64, i64)> {
        let (first, end) = (self.first_open(from), self.first_open(to));
        (first < end).then_some((first, end))
    }

    /// Whether the bar that holds an instant lies outside the regular session as a whole: there
    /// trades that are marked as outside of it set prices too.
    pub(crate) fn is_extended(self, ns: i64) -> bool {
        match self {
            Self::Every(_) => {
                let open = self.open_of(ns);
                !new_york::in_session(open, self.end_of(open))
            }
            Self::NewYorkDays => false,
        }
    }
}

/// A bar in the making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Where it begins, nanoseconds since 1970.
    pub(crate) open_time: i64,
    open_close: Option<(Decimal, Decimal)>,
    high_low: Option<(Decimal, Decimal)>,
    volume: Decimal,
    /// Price times size of what makes the volume; `None` where it is not exact in 18 digits.
    value: Option<Decimal>,
    trades: i64,
}

/// A trade that fits in no bar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BarError {
    /// It belongs to a bar that is closed already.
    #[error(
        "a trade at {ts} after the bar that opens at {open_time}, expected trades in order of time"
    )]
    Order {
        /// Of the trade.
        ts: i64,
        /// Of the bar.
        open_time: i64,
    },
    /// The volume has too many digits.
    #[error("the volume of the bar does not fit Decimal(38,18)")]
    Volume,
}

impl Bar {
    fn new(open_time: i64) -> Self {
        Self {
            open_time,
            open_close: None,
            high_low: None,
            volume: Decimal::ZERO,
            value: Some(Decimal::ZERO),
            trades: 0,
        }
    }

    fn add(&mut self, price: Decimal, size: Decimal, counts: Counts) -> Result<(), BarError> {
        if counts.high_low {
            let (high, low) = self.high_low.unwrap_or((price, price));
            self.high_low = Some((high.max(price), low.min(price)));
        }
        if counts.open_close {
            let (open, _) = self.open_close.unwrap_or((price, price));
            self.open_close = Some((open, price));
        }
        if counts.volume {
            self.volume = self.volume.checked_add(size).ok_or(BarError::Volume)?;
            let value = price.checked_mul(size);
            self.value = self
                .value
                .zip(value)
                .and_then(|(sum, value)| sum.checked_add(value));
            self.trades += 1;
        }
        Ok(())
    }

    /// Adds the bar as a row, unless nothing set its prices.
    pub(crate) fn push(&self, of: &BarsOf<'_>, rows: &mut Rows) {
        let Some((open, close)) = self.open_close else {
            return;
        };
        let (high, low) = self.high_low.unwrap_or((open, open));
        // Open and close may come from trades that may not set high and low.
        let (high, low) = (high.max(open).max(close), low.min(open).min(close));
        rows.push(&Kline {
            source: of.source,
            symbol: of.symbol,
            venue_symbol: of.venue_symbol,
            interval: of.interval,
            open_time: self.open_time,
            adjusted: FROM_TRADES,
            open,
            high,
            low,
            close,
            volume: self.volume,
            quote_volume: self.value,
            trade_count: Some(self.trades),
            taker_buy_volume: None,
            taker_buy_quote_volume: None,
            vwap: self.value.and_then(|value| value.div_rounded(self.volume)),
            close_time: None,
        });
    }

    /// The bar as a text without line breaks, to be carried to the next page.
    pub(crate) fn to_text(self) -> String {
        let pair = |pair: Option<(Decimal, Decimal)>| match pair {
            Some((a, b)) => format!("{a}|{b}"),
            None => "|".to_owned(),
        };
        let value = self.value.map_or(String::new(), |value| value.to_string());
        format!(
            "{}|{}|{}|{}|{value}|{}",
            self.open_time,
            pair(self.open_close),
            pair(self.high_low),
            self.volume,
            self.trades
        )
    }

    /// What [`Bar::to_text`] wrote; `None` for any other text.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('|').collect();
        let [open_time, open, close, high, low, volume, value, trades] = parts[..] else {
            return None;
        };
        let optional = |text: &str| match text {
            "" => Some(None),
            text => text.parse::<Decimal>().ok().map(Some),
        };
        Some(Self {
            open_time: open_time.parse().ok()?,
            open_close: optional(open)?.zip(optional(close)?),
            high_low: optional(high)?.zip(optional(low)?),
            volume: volume.parse().ok()?,
            value: optional(value)?,
            trades: trades.parse().ok()?,
        })
    }
}

/// What the rows of bars say beside the bars themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BarsOf<'a> {
    pub(crate) source: &'a str,
    pub(crate) symbol: &'a str,
    pub(crate) venue_symbol: &'a str,
    pub(crate) interval: &'a str,
}

/// Makes the bars of one symbol.
#[derive(Debug, Clone)]
pub(crate) struct Builder {
    grid: Grid,
    bar: Option<Bar>,
}

impl Builder {
    /// Begins with nothing, or with a bar that was carried.
    pub(crate) fn new(grid: Grid, carried: Option<Bar>) -> Self {
        Self { grid, bar: carried }
    }

    /// Adds a trade, and gives the bar that it closed.
    pub(crate) fn add(
        &mut self,
        ts: i64,
        (price, size): (Decimal, Decimal),
        counts: Counts,
    ) -> Result<Option<Bar>, BarError> {
        let inside = self
            .bar
            .is_some_and(|bar| bar.open_time <= ts && ts < self.grid.end_of(bar.open_time));
        let closed = if inside {
            None
        } else {
            let open_time = self.grid.open_of(ts);
            let before = self.bar.replace(Bar::new(open_time));
            if let Some(before) = before.filter(|before| before.open_time > ts) {
                let open_time = before.open_time;
                return Err(BarError::Order { ts, open_time });
            }
            before
        };
        if let Some(bar) = &mut self.bar {
            bar.add(price, size, counts)?;
        }
        Ok(closed)
    }

    /// The last bar, which no later trade has closed.
    pub(crate) fn finish(self) -> Option<Bar> {
        self.bar
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::records;

    const MINUTE: i64 = 60 * SECOND;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn build(trades: &[(i64, &str, &str, Counts)], cut: usize) -> Vec<Bar> {
        let grid = Grid::Every(MINUTE);
        let mut builder = Builder::new(grid, None);
        let mut bars = Vec::new();
        for (place, (ts, price, size, counts)) in trades.iter().enumerate() {
            if place == cut {
                let carried = builder.clone().finish().map(Bar::to_text);
                let carried = carried.map(|text| Bar::from_text(&text).unwrap());
                builder = Builder::new(grid, carried);
            }
            let trade = (number(price), number(size));
            bars.extend(builder.add(*ts, trade, *counts).unwrap());
        }
        bars.extend(builder.finish());
        bars
    }

    fn rows(bars: &[Bar]) -> Vec<String> {
        let of = BarsOf {
            source: "s",
            symbol: "A",
            venue_symbol: "A",
            interval: "1m",
        };
        let mut rows = Rows::default();
        for bar in bars {
            bar.push(&of, &mut rows);
        }
        let json = rows
            .take(0)
            .iter()
            .flat_map(|b| records::to_json(&b.columns))
            .collect::<Vec<_>>();
        let text = |row: &serde_json::Map<String, serde_json::Value>| {
            [
                "open",
                "high",
                "low",
                "close",
                "volume",
                "quote_volume",
                "vwap",
                "trade_count",
            ]
            .map(|name| {
                row[name]
                    .as_str()
                    .map_or_else(|| row[name].to_string(), str::to_owned)
            })
            .join(" ")
        };
        json.iter().map(text).collect()
    }

    const TRADES: &[(i64, &str, &str, Counts)] = &[
        (10, "101", "5", Counts::VOLUME),
        (10, "100.5", "1", Counts::ALL),
        (20, "102", "2", Counts::of(true, false, true)),
        (30, "100", "3", Counts::ALL),
        (30, "999", "7", Counts::NOTHING),
        (MINUTE, "55", "1", Counts::VOLUME),
        (3 * MINUTE - 1, "7", "3", Counts::of(false, true, true)),
    ];

    #[test]
    fn trades_change_only_what_their_conditions_let_them() {
        assert_eq!(
            rows(&build(TRADES, usize::MAX)),
            [
                "100.5 102 100 100 11 1109.5 100.863636363636363636 4",
                "7 7 7 7 3 21 7 1",
            ]
        );
    }

    #[test]
    fn pages_of_any_size_give_the_same_bars() {
        let whole = build(TRADES, usize::MAX);
        for cut in 0..TRADES.len() {
            assert_eq!(build(TRADES, cut), whole, "cut before trade {cut}");
        }
        assert_eq!(Bar::from_text("1|2"), None);
    }

    #[test]
    fn trades_out_of_order_are_refused() {
        let mut builder = Builder::new(Grid::Every(MINUTE), None);
        let trade = (number("1"), number("1"));
        builder.add(MINUTE, trade, Counts::ALL).unwrap();
        assert_eq!(
            builder.add(MINUTE - 1, trade, Counts::ALL),
            Err(BarError::Order {
                ts: MINUTE - 1,
                open_time: MINUTE
            })
        );
    }

    #[test]
    fn grids_have_names_and_bars_belong_to_the_slice_that_holds_their_open() {
        assert_eq!(Grid::named("5m"), Ok(Grid::Every(5 * MINUTE)));
        assert_eq!(Grid::named("1d"), Ok(Grid::NewYorkDays));
        for bad in ["7m", "2d", "0m", "-1m", "m", "", "1M", "24h", "1µ"] {
            assert!(
                Grid::named(bad).unwrap_err().contains("such as 30s"),
                "{bad}"
            );
        }
        let grid = Grid::Every(MINUTE);
        assert_eq!(grid.span(1, 2 * MINUTE), Some((MINUTE, 2 * MINUTE)));
        assert_eq!(grid.span(0, MINUTE + 1), Some((0, 2 * MINUTE)));
        assert_eq!(grid.span(1, MINUTE), None);
    }
}
