//! Trades, bars, quotes and order books, and what is traded.
//!
//! The SQL of these tables stands in `config/schema/`, in the files named `market`.

use super::columns::*;
use super::definitions::row_types;

row_types! {
    /// A trade, or an aggregate of trades where the vendor aggregates.
    Trade {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// The vendor's id, unique within its `exchange`.
        trade_id: Text,
        /// When it happened.
        ts: Time,
        /// In the quote currency.
        price: Dec,
        /// As the venue counts it.
        amount: Dec,
        /// The taker's: `buy`, `sell` or `unknown`.
        side: Text,
        /// In the base currency, where it can be known.
        base_amount: OptDec,
        /// In the quote currency, where it can be known exactly.
        quote_amount: OptDec,
        /// Whatever else the vendor says of it, comma separated.
        flags: Text,
        /// Where it was made, as the vendor writes it, with `:` and the reporting facility where
        /// there is one; empty where the vendor has one venue.
        exchange: Text,
    }
    /// A closed bar.
    Kline {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// `1m`, `1h`, `1d`, ...
        interval: Text,
        /// The first instant of the bar.
        open_time: Time,
        /// Which adjustment for splits and dividends was asked for; `raw` where there is none.
        adjusted: Text,
        /// First price.
        open: Dec,
        /// Highest price.
        high: Dec,
        /// Lowest price.
        low: Dec,
        /// Last price.
        close: Dec,
        /// In base units; Deribit's rounded to the 18th digit.
        volume: Dec,
        /// In quote units; Deribit's rounded to the 18th digit.
        quote_volume: OptDec,
        /// Number of trades.
        trade_count: OptInt,
        /// Base volume in which the taker bought.
        taker_buy_volume: OptDec,
        /// Quote volume in which the taker bought.
        taker_buy_quote_volume: OptDec,
        /// Volume weighted average price.
        vwap: OptDec,
        /// The last instant of the bar, as the vendor gives it.
        close_time: OptTime,
    }
    /// The best bid and ask at an instant.
    Quote {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// When it held.
        ts: Time,
        /// The vendor's number of it; 0 where there is none.
        sequence: Int,
        /// Best price bid.
        bid_price: OptDec,
        /// Amount bid at it.
        bid_amount: OptDec,
        /// Best price asked.
        ask_price: OptDec,
        /// Amount asked at it.
        ask_amount: OptDec,
        /// Where the bid stands, as the vendor writes it.
        bid_exchange: OptText,
        /// Where the ask stands, as the vendor writes it.
        ask_exchange: OptText,
        /// What the amounts count: `base`, `contracts`, `shares` or `lots`.
        amount_unit: Text,
        /// The tape that carried it.
        tape: OptText,
        /// The vendor's condition codes, comma separated.
        conditions: OptText,
    }
    /// The levels of an order book at an instant.
    BookSnapshot {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// When it held.
        ts: Time,
        /// The vendor's number of it; 0 where there is none.
        sequence: Int,
        /// Price and amount of each level bid, as the vendor orders them.
        bids: Levels,
        /// Price and amount of each level asked, as the vendor orders them.
        asks: Levels,
    }
    /// A change of one level of an order book.
    BookDelta {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// When it happened.
        ts: Time,
        /// The vendor's number of the update it belongs to; 0 where there is none.
        sequence: Int,
        /// `bid` or `ask`.
        side: Text,
        /// The level.
        price: Dec,
        /// What stands there from now on; 0 deletes the level.
        amount: Dec,
        /// The number of the update before, where the vendor links them.
        previous_sequence: OptInt,
        /// Whatever else the vendor says of it, comma separated.
        flags: Text,
    }
    /// A summary of a market at an instant.
    Ticker {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// When it held.
        ts: Time,
        /// Last price.
        last: OptDec,
        /// First price of the window.
        open: OptDec,
        /// Highest price of the window.
        high: OptDec,
        /// Lowest price of the window.
        low: OptDec,
        /// Best price bid.
        bid_price: OptDec,
        /// Amount bid at it.
        bid_amount: OptDec,
        /// Best price asked.
        ask_price: OptDec,
        /// Amount asked at it.
        ask_amount: OptDec,
        /// Of the window, as the venue counts it; Deribit's rounded to the 18th digit.
        volume: OptDec,
        /// Of the window, in quote units; Deribit's rounded to the 18th digit.
        quote_volume: OptDec,
        /// Price that positions are valued at.
        mark_price: OptDec,
        /// Price of the underlying.
        index_price: OptDec,
        /// Open positions, as the venue counts them.
        open_interest: OptDec,
        /// Rate of the current or the next funding; Deribit's rounded to the 18th digit.
        funding_rate: OptDec,
    }
    /// What can be traded, from an instant on.
    Instrument {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// Since when this row holds.
        valid_from: Time,
        /// `spot`, `perpetual`, `future`, `option`, `index` or `equity`.
        kind: Text,
        /// Base currency.
        base: OptText,
        /// Quote currency.
        quote: OptText,
        /// Currency of the settlement.
        settle: OptText,
        /// What amounts count: `base`, `contracts`, `quote` or `shares`.
        amount_unit: Text,
        /// Base or quote units in one contract.
        multiplier: OptDec,
        /// Whether a contract is worth a fixed amount of the quote currency.
        inverse: OptFlag,
        /// Smallest step of the price.
        tick_size: OptDec,
        /// When trading began.
        listed_at: OptTime,
        /// When it expires.
        expires_at: OptTime,
        /// The vendor's words.
        status: OptText,
    }
    /// A split of a share.
    Split {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// Midnight UTC of the date.
        execution_date: Time,
        /// Shares before.
        split_from: Dec,
        /// Shares after.
        split_to: Dec,
        /// The vendor's id.
        split_id: Text,
    }
}
