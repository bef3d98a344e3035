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
pub const SAMPLES: &[Sample] = &[Sample {
    source: "binance",
    dataset: "trades",
    symbols: &["BTC-USDT"],
    // Whole days would come as files.
    params: &[("via", "rest")],
    ..SAMPLE
}];
