//! What only derivatives have: funding, open positions, ratios, volatility and liquidations.
//!
//! The SQL of these tables stands in `config/schema/`, in the files named `market`.

use super::columns::*;
use super::definitions::row_types;

row_types! {
    /// A funding of a perpetual contract.
    FundingRate {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// As the vendor gives it, its milliseconds of jitter included.
        funding_time: Time,
        /// Share of the position's value that is paid; Deribit's rounded to the 18th digit.
        funding_rate: Dec,
        /// Price that positions were valued at.
        mark_price: OptDec,
        /// Hours since the funding before.
        interval_hours: OptInt,
        /// `regular`, `special` or the vendor's word.
        kind: Text,
        /// Price of the underlying.
        index_price: OptDec,
        /// The rate for eight hours, where the vendor gives it; Deribit's rounded to the 18th digit.
        rate_8h: OptDec,
    }
    /// Open positions at an instant.
    OpenInterest {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// When it held.
        ts: Time,
        /// As the venue counts it.
        open_interest: OptDec,
        /// In the base currency.
        open_interest_base: OptDec,
        /// In the quote currency.
        open_interest_value: OptDec,
    }
    /// How longs compare to shorts over a period.
    LongShortRatio {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// What is compared: `top_positions`, `top_accounts` or `accounts`.
        kind: Text,
        /// `5m`, `1h`, `1d`, ...
        period: Text,
        /// The instant the vendor gives the period.
        ts: Time,
        /// Share of the longs.
        long: OptDec,
        /// Share of the shorts.
        short: OptDec,
        /// Longs for one short.
        ratio: OptDec,
    }
    /// A bar of an index of implied volatility.
    VolatilityIndex {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// `1m`, `1h`, `1d`, ...
        resolution: Text,
        /// The first instant of the bar.
        open_time: Time,
        /// First value.
        open: Dec,
        /// Highest value.
        high: Dec,
        /// Lowest value.
        low: Dec,
        /// Last value.
        close: Dec,
    }
    /// A position closed by force.
    Liquidation {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// When it happened.
        ts: Time,
        /// The vendor's id, or what tells it apart where there is none.
        liquidation_id: Text,
        /// Of the forced order: `buy` or `sell`.
        side: Text,
        /// In the quote currency.
        price: Dec,
        /// As the venue counts it.
        amount: Dec,
        /// In the base currency, where it can be known.
        base_amount: OptDec,
        /// In the quote currency, where it can be known exactly.
        quote_amount: OptDec,
        /// Whatever else the vendor says of it, comma separated.
        flags: Text,
    }
}
