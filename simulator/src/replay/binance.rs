//! Recorded trades and bars, under the exchange's paging rules.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, ensure};
use common::Decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::binance::{
    JSON, Tape, Trade, answer_trades, common_answer, invalid_symbol, kline_limits, symbol,
};
use crate::reply::{Asked, Reply};

use super::Series;
use super::index::File;

/// All that was recorded of the exchange.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    trades: BTreeMap<String, Recorded>,
    /// Bars by symbol and interval, then by open time.
    klines: BTreeMap<(String, String), BTreeMap<i64, Value>>,
    instruments: Option<String>,
}

/// Trades of a symbol, by time. Recordings of different years do not ascend in their ids.
#[derive(Debug, Default)]
struct Recorded(Vec<Trade>);

#[derive(Debug, Deserialize)]
struct Row {
    a: u64,
    p: String,
    q: String,
    f: u64,
    l: u64,
    #[serde(rename = "T")]
    time: i64,
    m: Option<bool>,
    /// What a recorder made of `m` where it matched names without regard to case.
    #[serde(default, rename = "")]
    mangled: Option<bool>,
}

impl Row {
    fn trade(&self) -> anyhow::Result<Trade> {
        Ok(Trade {
            id: self.a,
            ms: self.time,
            price: eight(&self.p)?,
            quantity: eight(&self.q)?,
            first: self.f,
            last: self.l,
            buyer_is_maker: self.m.or(self.mangled).context("a trade without m")?,
        })
    }
}

/// A decimal text in units of 10^-8.
fn eight(text: &str) -> anyhow::Result<i64> {
    let unscaled = text.parse::<Decimal>()?.unscaled();
    ensure!(
        unscaled % 10_000_000_000 == 0,
        "{text} has more than eight digits after the point"
    );
    Ok(i64::try_from(unscaled / 10_000_000_000)?)
}

impl Tape for Recorded {
    fn before(&self, ms: i64) -> u64 {
        self.0.partition_point(|trade| trade.ms < ms) as u64
    }
    fn by_time(&self, places: Range<u64>) -> Vec<Trade> {
        self.0[places.start as usize..places.end as usize].to_vec()
    }
    fn by_id(&self, from: u64, count: u64, now: i64) -> Vec<Trade> {
        let mut found: Vec<Trade> = self
            .0
            .iter()
            .filter(|trade| trade.id >= from && trade.ms <= now)
            .copied()
            .collect();
        found.sort_by_key(|trade| trade.id);
        found.truncate(count as usize);
        found
    }
}

impl Exchange {
    pub(super) fn add(&mut self, file: &File<'_>, text: &str) -> anyhow::Result<()> {
        match (
            file.path(),
            file.parameter("symbol"),
            file.parameter("interval"),
        ) {
            ("/api/v3/aggTrades", Some(symbol), _) => {
                let rows: Vec<Row> = serde_json::from_str(text)?;
                let trades = rows
                    .iter()
                    .map(Row::trade)
                    .collect::<anyhow::Result<Vec<_>>>()?;
                self.trades
                    .entry(symbol.to_owned())
                    .or_default()
                    .0
                    .extend(trades);
            }
            ("/api/v3/klines", Some(symbol), Some(interval)) => {
                let bars: Vec<Value> = serde_json::from_str(text)?;
                let by_time = self
                    .klines
                    .entry((symbol.to_owned(), interval.to_owned()))
                    .or_default();
                for bar in bars {
                    by_time.insert(bar[0].as_i64().context("a bar without open time")?, bar);
                }
            }
            ("/api/v3/exchangeInfo", ..) => self.instruments = Some(text.to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// Puts trades in order and drops those that stand on several pages.
    pub(super) fn sort(&mut self) {
        for Recorded(trades) in self.trades.values_mut() {
            trades.sort_by_key(|trade| (trade.ms, trade.id));
            trades.dedup_by_key(|trade| (trade.ms, trade.id));
        }
    }

    pub(super) fn answer(&self, asked: &Asked) -> Reply {
        self.route(asked).unwrap_or_else(|refusal| refusal)
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        match asked.path.as_str() {
            "/api/v3/aggTrades" => answer_trades(
                self.trades
                    .get(symbol(&asked.query)?)
                    .ok_or_else(invalid_symbol)?,
                // Nobody recorded microseconds: those of the generated trades are made up.
                &Asked {
                    headers: Vec::new(),
                    ..asked.clone()
                },
            ),
            "/api/v3/klines" => self.klines(symbol(&asked.query)?, asked),
            "/api/v3/exchangeInfo" => {
                // Nobody recorded it: an exchange that lists nothing, so names follow the rules.
                let nothing = || r#"{"timezone":"UTC","symbols":[]}"#.to_owned();
                let text = self.instruments.clone().unwrap_or_else(nothing);
                Ok(Reply::json(200, JSON, text))
            }
            path => Err(common_answer(path, asked.now)),
        }
    }

    fn klines(&self, symbol: &str, asked: &Asked) -> Result<Reply, Reply> {
        let limits = kline_limits(asked)?;
        let interval = asked.query.get("interval").unwrap_or_default();
        if !self.klines.keys().any(|(known, _)| known == symbol) {
            return Err(invalid_symbol());
        }
        let none = BTreeMap::new();
        let bars = self
            .klines
            .get(&(symbol.to_owned(), interval.to_owned()))
            .unwrap_or(&none);
        let from = limits.from.unwrap_or(i64::MIN);
        let mut page: Vec<&Value> = bars
            .range(from..=limits.to.max(from))
            .map(|(_, bar)| bar)
            .collect();
        if limits.from.is_none() {
            page.drain(..page.len().saturating_sub(limits.count as usize));
        }
        page.truncate(limits.count as usize);
        Ok(Reply::json(200, JSON, serde_json::json!(page).to_string()))
    }

    pub(super) fn trade_series(&self) -> Vec<Series> {
        let series = |(symbol, Recorded(trades)): (&String, &Recorded)| Series {
            symbol: symbol.clone(),
            interval: None,
            first_ms: trades.first().map_or(0, |trade| trade.ms),
            last_ms: trades.last().map_or(0, |trade| trade.ms),
            rows: trades.len(),
        };
        self.trades.iter().map(series).collect()
    }

    pub(super) fn kline_series(&self) -> Vec<Series> {
        let series =
            |((symbol, interval), bars): (&(String, String), &BTreeMap<i64, Value>)| Series {
                symbol: symbol.clone(),
                interval: Some(interval.clone()),
                first_ms: bars.keys().next().copied().unwrap_or_default(),
                last_ms: bars.keys().next_back().copied().unwrap_or_default(),
                rows: bars.len(),
            };
        self.klines.iter().map(series).collect()
    }
}
