//! Symbols of USD-M futures: `BTCUSDT` never expires, `BTCUSDT_240628` does.
//!
//! Whoever writes a pair alone means the perpetual contract: this market has no spot.

use crate::binance::market::Ending;
use crate::binance::symbol as spot;

/// As the vendor writes it: `BTC-USDT`, `BTC-USDT-PERP` and `btcusdt` are `BTCUSDT`,
/// `BTC-USDT-20240628` is `BTCUSDT_240628`.
pub(super) fn venue(symbol: &str) -> String {
    let symbol = spot::capitals(symbol);
    match cut(&symbol) {
        (pair, Ending::Dated(date)) => format!("{}_{}", pair.replace('-', ""), &date[2..]),
        (pair, _) => pair.replace('-', ""),
    }
}

/// Normalised: `BTC-USDT-PERP`, `BTC-USDT-20240628`, and options of the vendor, which stand in
/// some of its replies, as `BTC-USDT-20240628-60000-C`.
pub(super) fn normalised(symbol: &str) -> String {
    let symbol = spot::capitals(symbol);
    if let Some(option) = option(&symbol) {
        return option;
    }
    match cut(&symbol) {
        (pair, Ending::Dated(date)) => format!("{}-{date}", spot::normalised(pair)),
        (pair, _) => spot::normalised(pair) + "-PERP",
    }
}

/// What the vendor's form ends in.
pub(super) fn ending(venue_symbol: &str) -> Ending {
    cut(venue_symbol).1
}

/// The pair, and how it ends.
fn cut(symbol: &str) -> (&str, Ending) {
    for perpetual in ["-PERP", "_PERP"] {
        if let Some(pair) = symbol.strip_suffix(perpetual) {
            return (pair, Ending::Perpetual);
        }
    }
    let digits = |tail: &str| tail.bytes().all(|byte| byte.is_ascii_digit());
    match symbol.rsplit_once(['-', '_']) {
        Some((pair, tail)) if tail.len() == 6 && digits(tail) => {
            (pair, Ending::Dated(format!("20{tail}")))
        }
        Some((pair, tail)) if tail.len() == 8 && digits(tail) => {
            (pair, Ending::Dated(tail.to_owned()))
        }
        _ => (symbol, Ending::Perpetual),
    }
}

/// `ETH-240628-3000-C` is settled in USDT.
fn option(symbol: &str) -> Option<String> {
    let mut parts = symbol.split('-');
    let (base, date, strike, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_date = date.len() == 6 && date.bytes().all(|byte| byte.is_ascii_digit());
    (parts.next().is_none() && is_date && matches!(kind, "C" | "P"))
        .then(|| format!("{base}-USDT-20{date}-{strike}-{kind}"))
}

pub(super) fn is_possible(symbol: &str) -> bool {
    spot::has_parts(symbol, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_the_perpetual_contract() {
        for written in [
            "BTCUSDT",
            "btc-usdt",
            " BTC-USDT-PERP ",
            "BTC-USDT",
            "BTCUSDT-PERP",
        ] {
            assert_eq!(
                (venue(written).as_str(), normalised(written).as_str()),
                ("BTCUSDT", "BTC-USDT-PERP"),
                "{written}"
            );
        }
    }

    #[test]
    fn a_date_is_part_of_the_name() {
        for written in [
            "BTCUSDT_240628",
            "BTC-USDT-20240628",
            "btc-usdt-240628",
            "BTC-USDT_240628",
        ] {
            assert_eq!(
                (venue(written).as_str(), normalised(written).as_str()),
                ("BTCUSDT_240628", "BTC-USDT-20240628"),
                "{written}"
            );
            assert_eq!(
                ending(&venue(written)),
                Ending::Dated("20240628".to_owned())
            );
        }
    }

    #[test]
    fn what_other_markets_of_the_vendor_are_called() {
        assert_eq!(normalised("ETHUSD_PERP"), "ETH-USD-PERP");
        assert_eq!(normalised("ETH-230225-1625-C"), "ETH-USDT-20230225-1625-C");
        assert_eq!(normalised("1000SHIBUSDT"), "1000SHIB-USDT-PERP");
        assert_eq!(normalised("币安人生USDT"), "币安人生-USDT-PERP");
        assert!(is_possible("BTC-USDT-PERP") && !is_possible("BTC-USDT-PERP-X"));
        assert!(!is_possible("BTC--PERP") && !is_possible("BTC/USDT"));
    }
}
