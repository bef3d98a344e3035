//! Deribit rows: amounts as they are, sides the taker's (or the forced order's), rates to the 18th
//! digit.

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::{
    Batch, BookSnapshot, FundingRate, Kline, Liquidation, OpenInterest, Quote, Rows, Ticker, Trade,
    VolatilityIndex,
};

use crate::calendar::nanos;
use crate::deribit::{COMBO, Deal, Now, Sort, Traded, volatility};

use super::{Oracle, batches};

/// A range of time, the end exclusive.
type Range = (DateTime<Utc>, DateTime<Utc>);

impl Oracle {
    /// Trades of a contract by the vendor's name; none of an unknown one.
    pub fn deribit_trades<'a>(
        &'a self,
        name: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> + use<'a> {
        batches(self.deals(name, range), |rows, (traded, deal)| {
            let (base_amount, quote_amount) = amounts(traded, &deal);
            rows.push(&Trade {
                source: "deribit",
                symbol: traded.contract.symbol,
                venue_symbol: traded.contract.name(),
                trade_id: &deal.id,
                ts: nanos(deal.ms),
                price: eight(deal.price),
                amount: eight(deal.amount),
                side: side(deal.taker_buys),
                base_amount,
                quote_amount,
                flags: &flags(&deal),
                exchange: "",
            });
        })
    }

    /// Forced orders of a contract.
    pub fn deribit_liquidations<'a>(
        &'a self,
        name: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> + use<'a> {
        batches(self.deals(name, range), |rows, (traded, deal)| {
            let forced = match deal.liquidation {
                Some("T") => vec![("", deal.taker_buys)],
                Some("M") => vec![("", !deal.taker_buys)],
                Some(_) => vec![("-M", !deal.taker_buys), ("-T", deal.taker_buys)],
                None => Vec::new(),
            };
            let (base_amount, quote_amount) = amounts(traded, &deal);
            for (mark, buys) in forced {
                rows.push(&Liquidation {
                    source: "deribit",
                    symbol: traded.contract.symbol,
                    venue_symbol: traded.contract.name(),
                    ts: nanos(deal.ms),
                    liquidation_id: &format!("{}{mark}", deal.id),
                    side: side(buys),
                    price: eight(deal.price),
                    amount: eight(deal.amount),
                    base_amount,
                    quote_amount,
                    flags: &flags(&deal),
                });
            }
        })
    }

    fn deals<'a>(
        &'a self,
        name: &str,
        range: Range,
    ) -> impl Iterator<Item = (&'a Traded, Deal)> + use<'a> {
        let (from, to) = (range.0.timestamp_millis(), range.1.timestamp_millis());
        let to = to.min(self.world.options.clock.now() + 1);
        let traded = self.world.deribit.contract(name).into_iter();
        traded.flat_map(move |traded| {
            let deals = traded.deals(traded.between(from, to));
            deals.map(move |deal| (traded, deal))
        })
    }

    /// Bars of `minutes` that are closed at `now`.
    pub fn deribit_klines<'a>(
        &'a self,
        name: &str,
        (interval, minutes): (&'a str, i64),
        range: Range,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let (length, now) = (minutes * 60_000, now.timestamp_millis());
        let range = (range.0.timestamp_millis(), range.1.timestamp_millis() - 1);
        let traded = self.world.deribit.contract(name).into_iter();
        let bars = traded.flat_map(move |traded| {
            let bars = traded.candles(length, range, now);
            let closed = bars.filter(move |bar| bar.tick + length <= now);
            closed.map(move |bar| (traded, bar))
        });
        batches(bars, move |rows, (traded, bar)| {
            let [open, high, low, close] = bar.prices.map(eight);
            rows.push(&Kline {
                source: "deribit",
                symbol: traded.contract.symbol,
                venue_symbol: traded.contract.name(),
                interval,
                open_time: nanos(bar.tick),
                adjusted: "raw",
                open,
                high,
                low,
                close,
                volume: scaled(bar.volume, 12),
                quote_volume: Some(eight(bar.cost)),
                trade_count: None,
                taker_buy_volume: None,
                taker_buy_quote_volume: None,
                vwap: None,
                close_time: None,
            });
        })
    }

    /// Funding by the hour.
    pub fn deribit_funding<'a>(
        &'a self,
        name: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> + use<'a> {
        let (from, to) = (range.0.timestamp_millis(), range.1.timestamp_millis());
        let traded = self.world.deribit.contract(name).into_iter();
        let hours = traded.flat_map(move |traded| {
            let hours = traded.fundings(from - 1, to - 1);
            hours.map(move |hour| (traded, hour))
        });
        batches(hours, |rows, (traded, hour)| {
            rows.push(&FundingRate {
                source: "deribit",
                symbol: traded.contract.symbol,
                venue_symbol: traded.contract.name(),
                funding_time: nanos(hour.ms),
                funding_rate: scaled(hour.rate, 22),
                mark_price: None,
                interval_hours: Some(1),
                kind: "regular",
                index_price: Some(eight(hour.index)),
                rate_8h: Some(scaled(hour.rate_8h, 20)),
            });
        })
    }

    /// Bars of the volatility index that are closed at `now`.
    pub fn deribit_volatility<'a>(
        &'a self,
        currency: &'a str,
        (resolution, seconds): (&'a str, i64),
        range: Range,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let (length, now) = (seconds * 1_000, now.timestamp_millis());
        let place = |at: DateTime<Utc>| (at.timestamp_millis() + length - 1).div_euclid(length);
        let places = place(range.0)..place(range.1);
        let closed = places.filter(move |place| (place + 1) * length <= now);
        let symbol = format!("{currency}-DVOL");
        let seed = self.world.options.seed;
        batches(closed, move |rows, place| {
            let values = volatility(seed, currency, length, place * length);
            let [open, high, low, close] = values.map(|units| scaled(units, 2));
            rows.push(&VolatilityIndex {
                source: "deribit",
                symbol: &symbol,
                venue_symbol: currency,
                resolution,
                open_time: nanos(place * length),
                open,
                high,
                low,
                close,
            });
        })
    }

    /// What one says of a contract at the simulated time: the book to a depth, its best, the ticker
    /// and the open interest. To be used with a clock that stands.
    #[must_use]
    pub fn deribit_now(&self, name: &str, depth: usize) -> Vec<Batch> {
        let mut rows = Rows::default();
        if let Some(traded) = self.world.deribit.contract(name) {
            let now = traded.now(self.world.options.clock.now());
            push_book(traded, &now, depth, &mut rows);
            push_ticker(traded, &now, &mut rows);
        }
        rows.take(0)
    }
}

fn push_book(traded: &Traded, now: &Now, depth: usize, rows: &mut Rows) {
    let (symbol, venue_symbol, ts) = (
        traded.contract.symbol,
        traded.contract.name(),
        nanos(now.ms),
    );
    let levels = |levels: &[(i64, i64)]| -> Vec<_> {
        let levels = levels.iter().take(depth);
        levels
            .map(|(price, amount)| (eight(*price), eight(*amount)))
            .collect()
    };
    rows.push(&BookSnapshot {
        source: "deribit",
        symbol,
        venue_symbol,
        ts,
        sequence: now.change_id,
        bids: &levels(&now.bids),
        asks: &levels(&now.asks),
    });
    let (bid, ask) = best(now);
    rows.push(&Quote {
        source: "deribit",
        symbol,
        venue_symbol,
        ts,
        sequence: 0,
        bid_price: bid.map(|(price, _)| price),
        bid_amount: bid.map(|(_, amount)| amount),
        ask_price: ask.map(|(price, _)| price),
        ask_amount: ask.map(|(_, amount)| amount),
        bid_exchange: None,
        ask_exchange: None,
        amount_unit: match traded.contract {
            contract if contract.sort == Sort::FutureCombo => "unknown",
            contract if contract.inverse => "quote",
            _ => "base",
        },
        tape: None,
        conditions: None,
    });
}

fn push_ticker(traded: &Traded, now: &Now, rows: &mut Rows) {
    let contract = &traded.contract;
    let (symbol, venue_symbol, ts) = (contract.symbol, contract.name(), nanos(now.ms));
    let (bid, ask) = best(now);
    let dollars = contract.inverse && contract.sort != Sort::FutureCombo;
    let open_interest = (contract.sort != Sort::Spot).then(|| eight(now.open_interest));
    rows.push(&Ticker {
        source: "deribit",
        symbol,
        venue_symbol,
        ts,
        last: Some(eight(now.last)),
        open: None,
        high: Some(eight(now.high)),
        low: Some(eight(now.low)),
        bid_price: bid.map(|(price, _)| price),
        bid_amount: bid.map(|(_, amount)| amount),
        ask_price: ask.map(|(price, _)| price),
        ask_amount: ask.map(|(_, amount)| amount),
        volume: Some(eight(now.volume)),
        quote_volume: dollars.then(|| Decimal::from_integer(now.volume_usd)),
        mark_price: Some(eight(now.mark)),
        index_price: Some(eight(now.index)),
        open_interest,
        funding_rate: (contract.sort == Sort::Perpetual).then(|| scaled(now.funding, 10)),
    });
    if contract.sort == Sort::Spot {
        return;
    }
    rows.push(&OpenInterest {
        source: "deribit",
        symbol,
        venue_symbol,
        ts,
        open_interest,
        open_interest_base: open_interest.filter(|_| !contract.inverse),
        open_interest_value: open_interest.filter(|_| dollars),
    });
}

/// A price and the amount at it.
type Level = Option<(Decimal, Decimal)>;

fn best(now: &Now) -> (Level, Level) {
    let first = |levels: &[(i64, i64)]| {
        let (price, amount) = levels.first()?;
        Some((eight(*price), eight(*amount)))
    };
    (first(&now.bids), first(&now.asks))
}

fn side(buys: bool) -> &'static str {
    if buys { "buy" } else { "sell" }
}

fn flags(deal: &Deal) -> String {
    let mut flags = Vec::new();
    flags.extend(deal.liquidation.map(|whose| format!("liquidation={whose}")));
    flags.extend(
        deal.block
            .as_ref()
            .map(|block| format!("block_trade={block}")),
    );
    if let Some(combo) = deal.combo {
        flags.push(format!("combo={COMBO},combo_trade={combo}"));
    }
    flags.push(format!("tick={}", deal.tick));
    flags.join(",")
}

/// In base and in quote currency.
fn amounts(traded: &Traded, deal: &Deal) -> (Option<Decimal>, Option<Decimal>) {
    let (price, amount) = (eight(deal.price), eight(deal.amount));
    match traded.contract.sort {
        // Its price is a difference.
        Sort::FutureCombo => (None, None),
        _ if traded.contract.inverse => (amount.div_rounded(price), Some(amount)),
        _ => (Some(amount), price.checked_mul(amount)),
    }
}

fn eight(units: i64) -> Decimal {
    scaled(units, 8)
}

/// `units` of 10^-`scale`, half to even where that is finer than 18 digits.
fn scaled(units: i64, scale: u32) -> Decimal {
    let units = i128::from(units);
    let unscaled = match 18u32.checked_sub(scale) {
        Some(zeros) => units * 10i128.pow(zeros),
        None => {
            let power = 10i128.pow(scale - 18);
            let (down, rest) = (units.div_euclid(power), units.rem_euclid(power));
            let up = 2 * rest > power || (2 * rest == power && down % 2 != 0);
            down + i128::from(up)
        }
    };
    Decimal::from_unscaled(unscaled).expect("an i64 has at most 19 digits, 35 with sixteen more")
}
