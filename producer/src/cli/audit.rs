//! What can be written after `producer audit`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use common::item::Token;

use super::param;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all is stored or proven empty, 3 something is not. What counts as a proof: \
docs/decisions/0014-what-audit-believes.md.

Examples:
  producer audit binance-trades-0123abcd
  producer audit binance-trades-0123abcd --repair
  producer audit --source binance --dataset klines --symbols BTC-USDT --interval 1m \\
      --from 2024-01-01 --to 2024-02-01 --output json"
)]
pub(crate) struct AuditArgs {
    /// The job; without it a range, as for `enqueue range`
    #[arg(conflicts_with_all = ["source", "dataset", "symbols", "from", "to", "interval", "params"])]
    pub(crate) job: Option<Token>,
    /// The vendor, as `producer sources` lists it
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// The dataset, as `producer sources` lists it
    #[arg(long)]
    pub(crate) dataset: Option<String>,
    /// Symbols, separated by commas, for datasets that have symbols
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub(crate) symbols: Vec<String>,
    /// First instant: YYYY-MM-DD or RFC 3339, UTC
    #[arg(long, value_name = "DATE", value_parser = sources::dates::parse)]
    pub(crate) from: Option<DateTime<Utc>>,
    /// First instant no longer in the range (exclusive): YYYY-MM-DD or RFC 3339, UTC
    #[arg(long, value_name = "DATE", value_parser = sources::dates::parse)]
    pub(crate) to: Option<DateTime<Utc>>,
    /// The same as --param interval=…
    #[arg(long, value_name = "INTERVAL")]
    pub(crate) interval: Option<String>,
    /// A parameter of the dataset, such as interval=1m; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    pub(crate) params: Vec<(String, String)>,
    /// Enqueue what is missing, failed or stale once more, and nothing else, as a job of its own
    #[arg(long)]
    pub(crate) repair: bool,
    /// Say what --repair would enqueue; nothing is written
    #[arg(long, requires = "repair")]
    pub(crate) dry_run: bool,
    /// Ask the vendor again for samples of what is stored, and compare every value: so many samples,
    /// or a share such as 5%; what differs is stale
    #[arg(long, value_name = "SAMPLES", num_args = 0..=1, require_equals = true, default_missing_value = "10", value_parser = sample)]
    pub(crate) verify: Option<Sample>,
    /// Compare prices of samples with those of another vendor
    #[arg(long, value_name = "SOURCE")]
    pub(crate) against: Option<String>,
    /// How far prices of two vendors may be apart, such as 0.1%
    #[arg(long, value_name = "SHARE", default_value = "0.1%", requires = "against", value_parser = share)]
    pub(crate) tolerance: f64,
    /// The configuration file, for the program worker
    #[arg(skip)]
    pub(crate) config: Option<PathBuf>,
}

/// How much of what is stored is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sample {
    Windows(u32),
    Share(f64),
}

impl Default for Sample {
    fn default() -> Self {
        Self::Windows(10)
    }
}

fn sample(text: &str) -> Result<Sample, String> {
    let wrong = || "write a number of samples from 1 on, or a share such as 5%".to_owned();
    if text.ends_with('%') {
        return share(text).map(Sample::Share).map_err(|_| wrong());
    }
    let count = text.parse().ok().filter(|count| *count > 0);
    count.map(Sample::Windows).ok_or_else(wrong)
}

fn share(text: &str) -> Result<f64, String> {
    let number = text
        .strip_suffix('%')
        .and_then(|number| number.parse::<f64>().ok());
    let percent = number.filter(|percent| (0.0..=100.0).contains(percent));
    percent
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "write a share from 0% to 100%, such as 0.1%".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_numbers_or_shares() {
        assert_eq!(sample("20"), Ok(Sample::Windows(20)));
        assert_eq!(sample("50%"), Ok(Sample::Share(0.5)));
        for bad in ["0", "-1", "x", "101%", ""] {
            assert!(sample(bad).is_err(), "{bad}");
        }
    }
}
