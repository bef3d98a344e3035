//! Bars of one symbol as a pure function of their open time.
//!
//! Bars agree with the price walk at their ends, not with the single trades: what is tested with
//! them is transport and paging. A bar that lies wholly within days without trades does not
//! exist, as after an outage of the real exchange.

use chrono::{Datelike, Months, NaiveDate, NaiveTime};

use crate::calendar::{DAY, HOUR, MINUTE, SECOND, date, day_of};

use super::market::{Market, precise};

/// Length of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    /// A fixed number of milliseconds, on a grid that starts so long after 1970.
    Fixed(i64, i64),
    /// A calendar month.
    Month,
}

/// A bar; prices and volumes in units of 10^-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) open_time: i64,
    pub(crate) close_time: i64,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) close: i64,
    pub(crate) volume: i64,
    pub(crate) quote_volume: i64,
    pub(crate) trades: i64,
    pub(crate) taker_volume: i64,
    pub(crate) taker_quote_volume: i64,
}

impl Bar {
    /// The last instant, in microseconds.
    pub(crate) fn close_micros(&self) -> i64 {
        precise(self.close_time, 999)
    }
}

impl Interval {
    /// Reads the vendor's name of an interval.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (length, offset) = match name {
            "1s" => (SECOND, 0),
            "1m" => (MINUTE, 0),
            "3m" => (3 * MINUTE, 0),
            "5m" => (5 * MINUTE, 0),
            "15m" => (15 * MINUTE, 0),
            "30m" => (30 * MINUTE, 0),
            "1h" => (HOUR, 0),
            "2h" => (2 * HOUR, 0),
            "4h" => (4 * HOUR, 0),
            "6h" => (6 * HOUR, 0),
            "8h" => (8 * HOUR, 0),
            "12h" => (12 * HOUR, 0),
            "1d" => (DAY, 0),
            "3d" => (3 * DAY, 0),
            // Weeks start on Mondays, 1970 on a Thursday.
            "1w" => (7 * DAY, 4 * DAY),
            "1M" => return Some(Self::Month),
            _ => return None,
        };
        Some(Self::Fixed(length, offset))
    }

    /// The open time of the bar that holds an instant.
    pub(crate) fn open_of(self, ms: i64) -> i64 {
        match self {
            Self::Fixed(length, offset) => (ms - offset).div_euclid(length) * length + offset,
            Self::Month => midnight(month_of(ms)),
        }
    }

    /// The open time of the bar after the one that opens then.
    pub(crate) fn after(self, open: i64) -> i64 {
        match self {
            Self::Fixed(length, _) => open + length,
            Self::Month => midnight(month_of(open) + Months::new(1)),
        }
    }

    /// The open time of the bar before the one that opens then.
    pub(crate) fn before(self, open: i64) -> i64 {
        self.open_of(open - 1)
    }
}

fn month_of(ms: i64) -> NaiveDate {
    date(day_of(ms)).with_day(1).unwrap_or_default()
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

impl Market {
    /// The bar that opens then, as far as it has come at `now`; `None` where none exists.
    pub(crate) fn bar(&self, interval: Interval, open_time: i64, now: i64) -> Option<Bar> {
        let close_time = interval.after(open_time) - 1;
        let mut days = day_of(open_time).max(self.listing.listed)..=day_of(close_time);
        if open_time > now || days.all(|day| self.is_empty_day(day)) {
            return None;
        }
        let chance = self.bars_key().at(open_time as u64).at(close_time as u64);
        let until = close_time.min(now);
        let (open, close) = (self.price_at(open_time), self.price_at(until));
        let wick = |n| chance.at(n).within(0, 40) * self.listing.tick;
        let steps = (until - open_time + 1) / 50 + chance.at(2).within(1, 5_000);
        let volume = steps * self.listing.step;
        let taker_volume = (steps * chance.at(3).within(20, 80) / 100) * self.listing.step;
        let quote = |volume: i64| {
            (i128::from(volume) * i128::from((open + close) / 2) / 100_000_000) as i64
        };
        Some(Bar {
            open_time,
            close_time,
            open,
            high: open.max(close) + wick(0),
            low: (open.min(close) - wick(1)).max(self.listing.tick),
            close,
            volume,
            quote_volume: quote(volume),
            trades: 1 + steps / 7,
            taker_volume,
            taker_quote_volume: quote(taker_volume),
        })
    }

    /// Bars that open from `from` to `to`, both included, oldest first.
    pub(crate) fn bars(
        &self,
        interval: Interval,
        from: i64,
        to: i64,
        now: i64,
    ) -> impl Iterator<Item = Bar> + '_ {
        let earliest = interval.open_of(self.listing.listed * DAY);
        let mut open = interval.open_of(from.max(earliest));
        if open < from {
            open = interval.after(open);
        }
        let last = to.min(now);
        std::iter::successors(Some(open), move |open| Some(interval.after(*open)))
            .take_while(move |open| *open <= last)
            .filter_map(move |open| self.bar(interval, open, now))
    }

    /// The open time of the oldest of the newest `count` bars up to `to`.
    pub(crate) fn open_of_newest(&self, interval: Interval, count: u64, to: i64, now: i64) -> i64 {
        let earliest = interval.open_of(self.listing.listed * DAY);
        let mut open = interval.open_of(to.min(now));
        let mut left = count;
        while open > earliest {
            left -= u64::from(self.bar(interval, open, now).is_some());
            if left == 0 {
                break;
            }
            open = interval.before(open);
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use super::super::listings::LISTINGS;
    use super::*;
    use crate::options::Options;

    const NAMES: &str = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M";

    #[test]
    fn bars_are_sane_and_on_their_grid() {
        let market = Market::new(LISTINGS[1], &Options::default());
        let from = 19_000 * DAY + 12_345;
        for name in NAMES.split(' ') {
            let interval = Interval::named(name).unwrap();
            let bars: Vec<_> = market
                .bars(interval, from, i64::MAX, 25_000 * DAY)
                .take(200)
                .collect();
            assert!(bars.len() > 190, "{name}");
            for bar in &bars {
                assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
                assert!(bar.taker_volume <= bar.volume && bar.low > 0 && bar.volume > 0);
                assert_eq!(interval.open_of(bar.open_time), bar.open_time);
                assert_eq!(interval.open_of(bar.close_time), bar.open_time);
                assert_eq!(
                    interval.before(interval.after(bar.open_time)),
                    bar.open_time
                );
            }
            assert!(
                bars.windows(2)
                    .all(|pair| pair[0].close_time < pair[1].open_time)
            );
            let newest = market.open_of_newest(interval, 150, bars[189].open_time, 25_000 * DAY);
            assert_eq!(newest, bars[40].open_time, "{name}");
        }
    }

    #[test]
    fn no_bar_before_the_listing_none_in_an_outage_and_the_last_is_open() {
        let market = Market::new(LISTINGS[1], &Options::default());
        let day = Interval::named("1d").unwrap();
        let now = 20_000 * DAY + HOUR;
        let bars: Vec<_> = market.bars(day, 0, i64::MAX, now).collect();
        assert!(bars[0].open_time >= market.listing.listed * DAY);
        assert_eq!(bars.last().unwrap().open_time, 20_000 * DAY);
        assert!(bars.last().unwrap().close_time > now);
        let outage = (18_000..20_000)
            .find(|day| market.is_empty_day(*day))
            .unwrap();
        assert!(bars.iter().all(|bar| bar.open_time != outage * DAY));
        let week = Interval::named("1w").unwrap();
        assert!(market.bar(week, week.open_of(outage * DAY), now).is_some());
    }
}
