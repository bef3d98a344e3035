//! How Alpaca writes rows.

use chrono::{DateTime, SecondsFormat};

use crate::stocks::{Auctions, Bar, Best, Cross, Kind, Print, decimal};

pub(super) const JSON: &str = "application/json; charset=utf-8";

/// The letters of exchanges.
pub(crate) const VENUES: [&str; 3] = ["P", "Q", "D"];

/// The letters of a trade.
pub(crate) fn conditions(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Regular => &["@"],
        Kind::OddLot => &["@", "F", "I"],
        Kind::OutOfSequence => &["Z"],
        Kind::AveragePrice => &["W"],
        Kind::OfficialClose => &["M"],
        Kind::Extended => &["@", "T"],
        Kind::ExtendedOddLot => &["@", "T", "I"],
    }
}

/// As many digits of the second as are not zero.
pub(crate) fn time(ns: i64) -> String {
    let text = DateTime::from_timestamp_nanos(ns).to_rfc3339_opts(SecondsFormat::Nanos, true);
    let text = text
        .trim_end_matches('Z')
        .trim_end_matches('0')
        .trim_end_matches('.');
    format!("{text}Z")
}

pub(super) fn trade(print: &Print) -> String {
    let letters: Vec<String> = conditions(print.kind)
        .iter()
        .map(|letter| format!("\"{letter}\""))
        .collect();
    let update = if print.cancelled {
        r#","u":"canceled""#
    } else {
        ""
    };
    format!(
        r#"{{"t":"{}","x":"{}","p":{},"s":{},"c":[{}],"i":{},"z":"C"{update}}}"#,
        time(print.ts),
        VENUES[print.venue],
        decimal(print.price, 4),
        decimal(print.size, 2),
        letters.join(","),
        print.id
    )
}

pub(super) fn quote(best: &Best) -> String {
    let (bid, ask) = (best.bid.unwrap_or_default(), best.ask.unwrap_or_default());
    format!(
        r#"{{"t":"{}","ax":"Q","ap":{},"as":{},"bx":"K","bp":{},"bs":{},"c":["R"],"z":"C"}}"#,
        time(best.ts),
        decimal(ask.0, 4),
        ask.1,
        decimal(bid.0, 4),
        bid.1
    )
}

/// The auctions of a day; one without prints is left out.
pub(crate) fn auctions(day: &Auctions) -> String {
    let auction = |name: &str, trade: &str, official: &str, prints: &[Cross]| {
        let print = |print: &Cross| {
            format!(
                r#"{{"t":"{}","x":"{}","p":{},"s":{},"c":"{}"}}"#,
                time(print.ts),
                if print.is_primary { "Q" } else { "P" },
                decimal(print.price, 4),
                print.size,
                if print.is_trade { trade } else { official }
            )
        };
        match prints {
            [] => String::new(),
            prints => {
                let prints: Vec<String> = prints.iter().map(print).collect();
                format!(r#","{name}":[{}]"#, prints.join(","))
            }
        }
    };
    format!(
        r#"{{"d":"{}"{}{}}}"#,
        day.date,
        auction("o", "O", "Q", &day.opening),
        auction("c", "6", "M", &day.closing)
    )
}

pub(super) fn bar(bar: &Bar) -> String {
    let price = |units| decimal(units, 4);
    format!(
        r#"{{"t":"{}","o":{},"h":{},"l":{},"c":{},"v":{},"n":{},"vw":{}}}"#,
        time(bar.open_time * 1_000_000),
        price(bar.open),
        price(bar.high),
        price(bar.low),
        price(bar.close),
        decimal(bar.volume, 1),
        bar.trades,
        decimal(bar.vwap, 6)
    )
}
