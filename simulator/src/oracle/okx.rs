//! OKX rows: amounts of derivatives are contracts, volumes base currency, no open bar is ever
//! stored.

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::{
    Batch, BookSnapshot, FundingRate, Kline, Liquidation, LongShortRatio, OpenInterest, Quote,
    Rows, Ticker, Trade,
};

use crate::calendar::nanos;
use crate::okx::{Instrument, Worth, interval, is_elp, sequence, side};

use super::{Oracle, batches};

const SOURCE: &str = "okx";
/// Vendor numbers have eight digits after the point, ours eighteen.
const TEN_DIGITS: i128 = 10_000_000_000;

/// What an instrument's rows are to be made of.
type Span = (DateTime<Utc>, DateTime<Utc>);

impl Oracle {
    fn okx(&self, name: &str) -> &Instrument {
        self.world
            .okx
            .find(name)
            .expect("a test asks for what is listed")
    }

    fn okx_now(&self) -> i64 {
        self.world.options.clock.now()
    }

    /// Trades of an instrument, by the vendor's name; `flagged` as REST and newer files tell them.
    pub fn okx_trades(
        &self,
        name: &str,
        (from, to): Span,
        flagged: bool,
    ) -> impl Iterator<Item = Batch> + '_ {
        let of = self.okx(name);
        let end = to.timestamp_millis().min(self.okx_now() + 1);
        let ids = of.market.first_at(from.timestamp_millis())..of.market.first_at(end);
        batches(of.market.trades(ids), move |rows, trade| {
            let (base_amount, quote_amount) = worth(of, trade.price, trade.quantity);
            rows.push(&Trade {
                source: SOURCE,
                symbol: of.contract.symbol,
                venue_symbol: of.contract.name(),
                trade_id: &trade.id.to_string(),
                ts: nanos(trade.ms),
                price: eight(trade.price),
                amount: eight(trade.quantity),
                side: side(&trade),
                base_amount,
                quote_amount,
                flags: if flagged && is_elp(&trade) { "elp" } else { "" },
                exchange: "",
            });
        })
    }

    /// Closed bars; `bar` is the vendor's name of what rows call `interval`.
    pub fn okx_klines<'a>(
        &'a self,
        name: &str,
        (bar, row_interval): (&str, &'a str),
        (from, to): Span,
    ) -> impl Iterator<Item = Batch> + 'a {
        let (of, now) = (self.okx(name), self.okx_now());
        let interval = interval(bar).expect("a test asks for a bar there is");
        let (from, last) = (from.timestamp_millis(), to.timestamp_millis() - 1);
        let bars = of.market.bars(interval, from, last, now);
        batches(
            bars.filter(move |bar| bar.close_time < now),
            move |rows, bar| {
                let (_, base, quote) = of.volumes(&bar);
                rows.push(&Kline {
                    source: SOURCE,
                    symbol: of.contract.symbol,
                    venue_symbol: of.contract.name(),
                    interval: row_interval,
                    open_time: nanos(bar.open_time),
                    adjusted: "raw",
                    open: eight(bar.open),
                    high: eight(bar.high),
                    low: eight(bar.low),
                    close: eight(bar.close),
                    volume: eight(base),
                    quote_volume: Some(eight(quote)),
                    trade_count: None,
                    taker_buy_volume: None,
                    taker_buy_quote_volume: None,
                    vwap: None,
                    close_time: None,
                });
            },
        )
    }

    /// Settled fundings.
    pub fn okx_fundings(&self, name: &str, (from, to): Span) -> impl Iterator<Item = Batch> + '_ {
        let of = self.okx(name);
        let end = to.timestamp_millis().min(self.okx_now() + 1);
        let all = of.fundings(from.timestamp_millis()..end);
        batches(all, move |rows, funding| {
            let told = (funding.settled, Some(funding.hours), "regular");
            push_funding(rows, of, funding.ms, told);
        })
    }

    /// The coming funding.
    pub fn okx_funding_now(&self, name: &str) -> impl Iterator<Item = Batch> + '_ {
        const TWO_DAYS: i64 = 2 * crate::calendar::DAY;
        let (of, now) = (self.okx(name), self.okx_now());
        let coming: Vec<_> = of.fundings(now + 1..now + TWO_DAYS).take(2).collect();
        let hours = (coming[1].ms - coming[0].ms) / crate::calendar::HOUR;
        batches(coming.into_iter().take(1), move |rows, funding| {
            push_funding(
                rows,
                of,
                funding.ms,
                (funding.predicted, Some(hours), "predicted"),
            );
        })
    }

    /// Open interest at each instant of a period's grid.
    pub fn okx_open_interest(
        &self,
        name: &str,
        bar: &str,
        span: Span,
    ) -> impl Iterator<Item = Batch> + '_ {
        let of = self.okx(name);
        batches(self.okx_grid(bar, span).into_iter(), move |rows, ms| {
            push_open(rows, of, ms);
        })
    }

    /// Open interest as it is now.
    pub fn okx_open_interest_now(&self, name: &str) -> impl Iterator<Item = Batch> + '_ {
        let of = self.okx(name);
        batches([self.okx_now()].into_iter(), move |rows, ms| {
            push_open(rows, of, ms)
        })
    }

    /// Ratios; `kind` as in rows, `path` as the end of the vendor's path says it.
    pub fn okx_ratios<'a>(
        &'a self,
        name: &str,
        (kind, path): (&'a str, &'a str),
        (bar, period): (&str, &'a str),
        span: Span,
    ) -> impl Iterator<Item = Batch> + 'a {
        let of = self.okx(name);
        batches(self.okx_grid(bar, span).into_iter(), move |rows, ms| {
            rows.push(&LongShortRatio {
                source: SOURCE,
                symbol: of.contract.symbol,
                venue_symbol: of.contract.name(),
                kind,
                period,
                ts: nanos(ms),
                long: None,
                short: None,
                ratio: Decimal::from_unscaled(i128::from(of.ratio(path, ms)) * 10i128.pow(14)),
            });
        })
    }

    /// Forced orders.
    pub fn okx_liquidations(
        &self,
        name: &str,
        (from, to): Span,
    ) -> impl Iterator<Item = Batch> + '_ {
        let of = self.okx(name);
        let all = of.liquidations(from.timestamp_millis()..to.timestamp_millis());
        batches(all.into_iter(), move |rows, order| {
            let (base_amount, quote_amount) = worth(of, order.price, order.contracts);
            let (side, position) = if order.buys {
                ("buy", "short")
            } else {
                ("sell", "long")
            };
            let (price, amount) = (eight(order.price), eight(order.contracts));
            rows.push(&Liquidation {
                source: SOURCE,
                symbol: of.contract.symbol,
                venue_symbol: of.contract.name(),
                ts: nanos(order.ms),
                liquidation_id: &format!("{}-{side}-{position}-{price}-{amount}", order.ms),
                side,
                price,
                amount,
                base_amount,
                quote_amount,
                flags: position,
            });
        })
    }

    /// The ticker, the best quote and the book, as they are now.
    pub fn okx_snapshots(&self, name: &str, depth: usize) -> impl Iterator<Item = Batch> + '_ {
        let (of, now) = (self.okx(name), self.okx_now());
        batches([now].into_iter(), move |rows, now| {
            push_ticker(rows, of, now);
            let (bids, asks) = of.book(now, depth);
            let levels = |of: Vec<(i64, i64)>| -> Vec<_> {
                of.into_iter()
                    .map(|(price, amount)| (eight(price), eight(amount)))
                    .collect()
            };
            rows.push(&BookSnapshot {
                source: SOURCE,
                symbol: of.contract.symbol,
                venue_symbol: of.contract.name(),
                ts: nanos(now),
                sequence: sequence(now),
                bids: &levels(bids),
                asks: &levels(asks),
            });
        })
    }

    /// The vendor's names of all instruments of a type.
    #[must_use]
    pub fn okx_names(&self, kind: &str) -> Vec<&'static str> {
        let all = self.world.okx.all().iter().map(|of| of.contract);
        all.filter(|contract| contract.kind == kind)
            .map(|contract| contract.name())
            .collect()
    }

    fn okx_grid(&self, bar: &str, (from, to): Span) -> Vec<i64> {
        let interval = interval(bar).expect("a test asks for a period there is");
        let (from, end) = (
            from.timestamp_millis(),
            to.timestamp_millis().min(self.okx_now() + 1),
        );
        let mut at = interval.open_of(from);
        if at < from {
            at = interval.after(at);
        }
        std::iter::successors(Some(at), |at| Some(interval.after(*at)))
            .take_while(|at| *at < end)
            .collect()
    }
}

fn push_funding(rows: &mut Rows, of: &Instrument, ms: i64, told: (i64, Option<i64>, &str)) {
    let (rate, interval_hours, kind) = told;
    rows.push(&FundingRate {
        source: SOURCE,
        symbol: of.contract.symbol,
        venue_symbol: of.contract.name(),
        funding_time: nanos(ms),
        funding_rate: Decimal::from_unscaled(i128::from(rate) * 100).expect("18 digits fit"),
        mark_price: None,
        interval_hours,
        kind,
        index_price: None,
        rate_8h: None,
    });
}

fn push_open(rows: &mut Rows, of: &Instrument, ms: i64) {
    let open = of.open(ms);
    rows.push(&OpenInterest {
        source: SOURCE,
        symbol: of.contract.symbol,
        venue_symbol: of.contract.name(),
        ts: nanos(ms),
        open_interest: Some(eight(open.contracts)),
        open_interest_base: Some(eight(open.base)),
        open_interest_value: Some(eight(open.usd)),
    });
}

fn push_ticker(rows: &mut Rows, of: &Instrument, now: i64) {
    let ticker = of.ticker(now);
    let spot = of.contract.worth == Worth::Nothing;
    let some = |value: i64| Some(eight(value));
    rows.push(&Ticker {
        source: SOURCE,
        symbol: of.contract.symbol,
        venue_symbol: of.contract.name(),
        ts: nanos(now),
        last: some(ticker.last),
        open: some(ticker.open),
        high: some(ticker.high),
        low: some(ticker.low),
        bid_price: some(ticker.bid.0),
        bid_amount: some(ticker.bid.1),
        ask_price: some(ticker.ask.0),
        ask_amount: some(ticker.ask.1),
        volume: some(ticker.volume),
        quote_volume: some(ticker.second_volume).filter(|_| spot),
        mark_price: None,
        index_price: None,
        open_interest: None,
        funding_rate: None,
    });
    rows.push(&Quote {
        source: SOURCE,
        symbol: of.contract.symbol,
        venue_symbol: of.contract.name(),
        ts: nanos(now),
        sequence: 0,
        bid_price: some(ticker.bid.0),
        bid_amount: some(ticker.bid.1),
        ask_price: some(ticker.ask.0),
        ask_amount: some(ticker.ask.1),
        bid_exchange: None,
        ask_exchange: None,
        amount_unit: if spot { "base" } else { "contracts" },
        tape: None,
        conditions: None,
    });
}

/// An amount in base and in quote currency.
fn worth(of: &Instrument, price: i64, amount: i64) -> (Option<Decimal>, Option<Decimal>) {
    let (price, amount) = (eight(price), eight(amount));
    match of.contract.worth {
        Worth::Nothing => (Some(amount), price.checked_mul(amount)),
        Worth::Base(one) => {
            let base = amount.checked_mul(eight(one));
            (base, base.and_then(|base| base.checked_mul(price)))
        }
        Worth::Quote(one) => {
            let quote = amount.checked_mul(eight(one));
            (quote.and_then(|quote| quote.div_rounded(price)), quote)
        }
    }
}

fn eight(units: i64) -> Decimal {
    Decimal::from_unscaled(i128::from(units) * TEN_DIGITS)
        .expect("an i64 has at most 19 digits, 29 with ten more")
}
