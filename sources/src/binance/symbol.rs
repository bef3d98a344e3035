//! Symbols of Binance spot, which writes base and quote without anything between them.
//!
//! The venue's form is what requests need. The normalised form cuts it at a known quote currency;
//! a symbol written with a dash says itself where.

use std::borrow::Cow;

use super::market::Ending;

/// Quote currencies of the venue, present and past. Of several that fit, the longest is meant:
/// `BTCFDUSD` is quoted in FDUSD, `BTCTUSD` in TUSD.
const QUOTES: &[&str] = &[
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "USDS", "USDE", "USD1", "RLUSD", "BFUSD",
    "XUSD", "AEUR", "EURI", "PAX", "UST", "DAI", "VAI", "BTC", "ETH", "BNB", "SOL", "XRP", "TRX",
    "DOGE", "DOT", "USD", "EUR", "GBP", "AUD", "BRL", "TRY", "RUB", "UAH", "NGN", "ZAR", "IDRT",
    "BIDR", "BKRW", "BVND", "IDR", "PLN", "RON", "ARS", "JPY", "MXN", "CZK", "COP",
];

/// As the venue writes it: `BTC-USDT` and `btcusdt` are `BTCUSDT`.
pub(super) fn venue(symbol: &str) -> String {
    symbol.trim().replace('-', "").to_ascii_uppercase()
}

/// Normalised: `BTCUSDT` and `btc-usdt` are `BTC-USDT`; without a known quote currency the
/// venue's form stays.
pub(crate) fn normalised(symbol: &str) -> String {
    let symbol = capitals(symbol);
    let longest_quote = || {
        (3..=5).rev().find_map(|length| {
            let at = symbol.len().checked_sub(length).filter(|at| *at > 0)?;
            QUOTES.contains(&symbol.get(at..)?).then_some(at)
        })
    };
    match longest_quote() {
        _ if symbol.contains('-') => symbol.into_owned(),
        Some(at) => [&symbol[..at], "-", &symbol[at..]].concat(),
        None => symbol.into_owned(),
    }
}

/// In capitals, as nearly every symbol already is.
pub(crate) fn capitals(symbol: &str) -> Cow<'_, str> {
    let symbol = symbol.trim();
    if symbol.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(symbol.to_ascii_uppercase())
    } else {
        Cow::Borrowed(symbol)
    }
}

/// A pair has no ending.
pub(super) fn ending(_venue_symbol: &str) -> Ending {
    Ending::Pair
}

/// Whether a text can be a symbol at all. The venue lists symbols beyond ASCII.
pub(super) fn is_possible(symbol: &str) -> bool {
    has_parts(symbol, 2)
}

/// Whether a text is made of letters that symbols have, in at most so many parts between dashes.
pub(crate) fn has_parts(symbol: &str, most: usize) -> bool {
    let symbol = symbol.trim();
    let parts_stand = symbol.split('-').all(|part| !part.is_empty());
    symbol.split('-').count() <= most
        && parts_stand
        && symbol
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_in_any_case() {
        for written in ["BTCUSDT", "btcusdt", "BTC-USDT", " btc-usdt "] {
            assert_eq!(
                (venue(written).as_str(), normalised(written).as_str()),
                ("BTCUSDT", "BTC-USDT")
            );
        }
    }

    #[test]
    fn the_longest_quote_that_leaves_a_base_wins() {
        let cases = [
            ("BTCFDUSD", "BTC-FDUSD"),
            ("BTCTUSD", "BTC-TUSD"),
            ("ETHBTC", "ETH-BTC"),
            ("USDTTRY", "USDT-TRY"),
            ("TUSDT", "T-USDT"),
            ("USDT", "USDT"),
            ("123456", "123456"),
            ("币安人生USDT", "币安人生-USDT"),
            // What is written with a dash is believed.
            ("TUSD-T", "TUSD-T"),
        ];
        for (written, expected) in cases {
            assert_eq!(normalised(written), expected);
        }
    }

    #[test]
    fn what_cannot_be_a_symbol() {
        for bad in ["", "-", "BTC-", "BTC USDT", "BTC/USDT", "A-B-C", "a&b"] {
            assert!(!is_possible(bad), "{bad}");
        }
        assert!(is_possible("币安人生USDT"));
    }
}
