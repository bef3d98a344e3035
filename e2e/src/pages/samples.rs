//! What to ask the simulated vendors for, one sample a dataset.

/// One request, as a person would make it.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The vendor.
    pub source: &'static str,
    /// The dataset.
    pub dataset: &'static str,
    /// Symbols, where the dataset has them.
    pub symbols: &'static [&'static str],
    /// First instant.
    pub from: &'static str,
    /// First instant no longer wanted.
    pub to: &'static str,
    /// Parameters beside the defaults.
    pub params: &'static [(&'static str, &'static str)],
    /// Ids, where it is asked by id.
    pub ids: &'static [&'static str],
}

/// Datasets without a sample: nobody can ask for them any more, only saved replies are read.
pub const WITHOUT: &[(&str, &str)] = &[("binance-usdm", "liquidations")];

/// Every other dataset of every vendor.
pub const SAMPLES: &[Sample] = &[
    of("binance", "trades", &["BTC-USDT"]).with(&[("via", "rest")]),
    of("binance", "klines", &["BTC-USDT"]).with(&[("via", "rest")]),
    of("binance", "book_snapshots", &["BTC-USDT"]).with(&[("depth", "1000")]),
    of("binance", "tickers", &["all"]),
    of("binance", "quotes", &["all"]),
    of("binance", "instruments", &["all"]),
    of("binance-usdm", "trades", &["BTC-USDT"])
        .from("2024-03-19T20:00:00Z")
        .to("2024-03-19T22:00:00Z")
        .with(&[("via", "rest")]),
    of("binance-usdm", "klines", &["BTC-USDT"]).with(&[("via", "rest")]),
    of("binance-usdm", "book_snapshots", &["BTC-USDT"]).with(&[("depth", "1000")]),
    of("binance-usdm", "tickers", &["all"]),
    of("binance-usdm", "quotes", &["all"]),
    of("binance-usdm", "instruments", &["all"]),
    of("binance-usdm", "funding_rates", &["BTC-USDT"])
        .from("2022-01-01")
        .to("2024-03-01")
        .with(&[("via", "rest")]),
    of("binance-usdm", "funding_rates_now", &["all"]),
    of("binance-usdm", "open_interest", &["BTC-USDT"])
        .from("2024-03-10")
        .to("2024-03-19")
        .with(&[("via", "rest")]),
    of("binance-usdm", "open_interest_now", &["BTC-USDT"]),
    of("binance-usdm", "long_short_ratios", &["BTC-USDT"])
        .from("2024-03-10")
        .to("2024-03-19")
        .with(&[("via", "rest")]),
    of("okx", "trades", &["BTC-USDT-PERP"]),
    of("okx", "klines", &["BTC-USDT-PERP"]),
    of("okx", "book_snapshots", &["BTC-USDT"]),
    of("okx", "tickers", &["SWAP"]),
    of("okx", "quotes", &["SWAP"]),
    of("okx", "funding_rates", &["BTC-USDT-PERP"]),
    of("okx", "funding_rates_now", &["BTC-USDT-PERP"]),
    of("okx", "open_interest", &["BTC-USDT-PERP"])
        .from("2024-03-19")
        .to("2024-03-20"),
    of("okx", "open_interest_now", &["SWAP"]),
    of("okx", "long_short_ratios", &["BTC-USDT-PERP"])
        .from("2024-03-19")
        .to("2024-03-20"),
    of("okx", "liquidations", &["BTC-USDT-PERP"])
        .from("2024-03-19T01:00:00Z")
        .to("2024-03-20"),
    of("okx", "instruments", &["SWAP"]),
    of("binance-usdm", "metrics", &["BTC-USDT"]),
    of("deribit", "trades", &["BTC-PERPETUAL"]),
    of("deribit", "liquidations", &["BTC-PERPETUAL"]),
    of("deribit", "klines", &["BTC-PERPETUAL"]),
    of("deribit", "book_snapshots", &["BTC-PERPETUAL"]),
    of("deribit", "tickers", &["BTC-PERPETUAL"]),
    of("deribit", "quotes", &["BTC-PERPETUAL"]),
    of("deribit", "open_interest", &["BTC-PERPETUAL"]),
    of("deribit", "instruments", &["any"]),
    of("deribit", "funding_rates", &["BTC-PERPETUAL"])
        .from("2024-01-01")
        .to("2024-03-01"),
    of("deribit", "volatility_index", &["BTC"]),
    of("football-data", "matches", &[])
        .from("2024-03-01")
        .to("2024-03-08"),
    of("football-data", "competition_matches", &["PL"])
        .from("2023-01-01")
        .to("2024-01-01"),
    of("football-data", "standings", &["PL"])
        .from("2023-01-01")
        .to("2024-01-01"),
    of("football-data", "scorers", &["PL"])
        .from("2023-01-01")
        .to("2024-01-01"),
    of("football-data", "teams", &["PL"])
        .from("2023-01-01")
        .to("2024-01-01"),
    of("football-data", "areas", &["all"]),
    of("football-data", "competitions", &["all"]),
    of("football-data", "match_details", &[]).by(&["2260640", "2260512"]),
    of("football-data", "head2head", &[]).by(&["2260640", "2260512"]),
    of("football-data", "team_matches", &[])
        .with(&[("season", "2019")])
        .by(&["201905"]),
    of("football-data", "person_matches", &[]).by(&["43001", "43002", "43003"]),
    of("football-data", "team", &[]).by(&["201905"]),
    of("football-data", "person", &[]).by(&["43001"]),
    of("fotmob", "matches", &[])
        .from("2024-03-04")
        .to("2024-03-06"),
    of("fotmob", "match_details", &[]).by(&["3517600", "3517601", "3517602"]),
    of("fotmob", "league", &[])
        .with(&[("season", "2015/2016")])
        .by(&["42"]),
    of("fotmob", "team", &[]).by(&["4203"]),
    of("fotmob", "all_leagues", &["all"]),
    of("polygon", "trades", &["AAPL"])
        .from("2024-03-04T13:30:00Z")
        .to("2024-03-04T15:30:00Z"),
    of("polygon", "quotes", &["AAPL"])
        .from("2024-03-04T13:30:00Z")
        .to("2024-03-04T15:30:00Z"),
    of("polygon", "bars_from_trades", &["AAPL"])
        .from("2024-03-04T13:30:00Z")
        .to("2024-03-04T15:30:00Z"),
    of("polygon", "klines", &["AAPL"])
        .from("2024-03-01")
        .to("2024-03-15"),
    of("alpaca", "trades", &["AAPL"])
        .from("2024-03-04T13:30:00Z")
        .to("2024-03-04T15:30:00Z"),
    of("alpaca", "quotes", &["AAPL"])
        .from("2024-03-04T13:30:00Z")
        .to("2024-03-04T15:30:00Z"),
    of("alpaca", "auctions", &["AAPL", "IBM"])
        .from("2024-03-01")
        .to("2024-03-15"),
    of("alpaca", "bars_from_trades", &["AAPL"])
        .from("2024-03-04T13:30:00Z")
        .to("2024-03-04T15:30:00Z"),
    of("alpaca", "klines", &["AAPL"])
        .from("2024-03-01")
        .to("2024-03-15"),
    of("polygon", "open_close", &["AAPL"])
        .from("2024-03-01")
        .to("2024-03-15"),
    of("polygon", "grouped_daily", &[])
        .from("2024-03-01")
        .to("2024-03-15"),
    of("polygon", "splits", &[])
        .from("2021-01-01")
        .to("2024-03-01"),
    of("polygon", "dividends", &[])
        .from("2023-01-01")
        .to("2024-03-01"),
    of("polygon", "tickers", &[]),
    of("polygon", "ticker_types", &[]),
    of("polygon", "exchanges", &[]),
    of("polygon", "conditions", &[]),
    of("xignite", "klines", &["7203.XTKS"])
        .from("2024-03-01")
        .to("2024-03-15"),
    of("iex", "trades", &[]),
    of("iex", "quotes", &[]),
    of("iex", "book_deltas", &[]),
    of("iex", "klines", &[]),
    of("iex", "instruments", &[]),
];

/// A day in March 2024.
const fn of(
    source: &'static str,
    dataset: &'static str,
    symbols: &'static [&'static str],
) -> Sample {
    Sample {
        source,
        dataset,
        symbols,
        from: "2024-03-04",
        to: "2024-03-05",
        params: &[],
        ids: &[],
    }
}

impl Sample {
    const fn from(self, from: &'static str) -> Self {
        Self { from, ..self }
    }

    const fn to(self, to: &'static str) -> Self {
        Self { to, ..self }
    }

    const fn with(self, params: &'static [(&'static str, &'static str)]) -> Self {
        Self { params, ..self }
    }

    const fn by(self, ids: &'static [&'static str]) -> Self {
        Self { ids, ..self }
    }
}
