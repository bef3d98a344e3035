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

const SAMPLE: Sample = Sample {
    source: "",
    dataset: "",
    symbols: &[],
    from: "2024-03-04",
    to: "2024-03-05",
    params: &[],
    ids: &[],
};

/// Every dataset of every vendor.
pub const SAMPLES: &[Sample] = &[
    Sample {
        source: "binance",
        dataset: "trades",
        symbols: &["BTC-USDT"],
        params: &[("via", "rest")],
        ..SAMPLE
    },
    Sample {
        source: "binance",
        dataset: "klines",
        symbols: &["BTC-USDT"],
        params: &[("via", "rest")],
        ..SAMPLE
    },
    Sample {
        source: "binance",
        dataset: "book_snapshots",
        symbols: &["BTC-USDT"],
        params: &[("depth", "1000")],
        ..SAMPLE
    },
    Sample {
        source: "binance",
        dataset: "tickers",
        symbols: &["all"],
        ..SAMPLE
    },
    Sample {
        source: "binance",
        dataset: "quotes",
        symbols: &["all"],
        ..SAMPLE
    },
    Sample {
        source: "binance",
        dataset: "instruments",
        symbols: &["all"],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "trades",
        symbols: &["BTC-USDT"],
        from: "2024-03-19T20:00:00Z",
        to: "2024-03-19T22:00:00Z",
        params: &[("via", "rest")],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "klines",
        symbols: &["BTC-USDT"],
        params: &[("via", "rest")],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "book_snapshots",
        symbols: &["BTC-USDT"],
        params: &[("depth", "1000")],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "tickers",
        symbols: &["all"],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "quotes",
        symbols: &["all"],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "instruments",
        symbols: &["all"],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "funding_rates",
        symbols: &["BTC-USDT"],
        from: "2022-01-01",
        to: "2024-03-01",
        params: &[("via", "rest")],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "funding_rates_now",
        symbols: &["all"],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "open_interest",
        symbols: &["BTC-USDT"],
        from: "2024-03-10",
        to: "2024-03-19",
        params: &[("via", "rest")],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "open_interest_now",
        symbols: &["BTC-USDT"],
        ..SAMPLE
    },
    Sample {
        source: "binance-usdm",
        dataset: "long_short_ratios",
        symbols: &["BTC-USDT"],
        from: "2024-03-10",
        to: "2024-03-19",
        params: &[("via", "rest")],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "trades",
        symbols: &["BTC-USDT-PERP"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "klines",
        symbols: &["BTC-USDT-PERP"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "book_snapshots",
        symbols: &["BTC-USDT"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "tickers",
        symbols: &["SWAP"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "quotes",
        symbols: &["SWAP"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "funding_rates",
        symbols: &["BTC-USDT-PERP"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "funding_rates_now",
        symbols: &["BTC-USDT-PERP"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "open_interest",
        symbols: &["BTC-USDT-PERP"],
        from: "2024-03-19",
        to: "2024-03-20",
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "open_interest_now",
        symbols: &["SWAP"],
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "long_short_ratios",
        symbols: &["BTC-USDT-PERP"],
        from: "2024-03-19",
        to: "2024-03-20",
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "liquidations",
        symbols: &["BTC-USDT-PERP"],
        from: "2024-03-19T01:00:00Z",
        to: "2024-03-20",
        ..SAMPLE
    },
    Sample {
        source: "okx",
        dataset: "instruments",
        symbols: &["SWAP"],
        ..SAMPLE
    },
    iex("trades"),
    iex("quotes"),
    iex("book_deltas"),
    iex("klines"),
    iex("instruments"),
];

const fn iex(dataset: &'static str) -> Sample {
    Sample {
        source: "iex",
        dataset,
        ..SAMPLE
    }
}
