//! Instruments as lines of JSON: the rows of the table `instruments`, as `worker parse` prints
//! them. With several lines of one name, each with its `valid_from`, multipliers get their dates;
//! times may be written as dates too.

use serde::Deserialize;

use super::{Instrument, Kind, Unit};
use crate::ask::ParseError;
use crate::dates;

#[derive(Debug, Deserialize)]
struct Line {
    symbol: String,
    venue_symbol: String,
    kind: String,
    #[serde(default)]
    valid_from: Option<String>,
    #[serde(default)]
    base: Option<String>,
    #[serde(default)]
    quote: Option<String>,
    #[serde(default)]
    settle: Option<String>,
    amount_unit: String,
    #[serde(default)]
    multiplier: Option<String>,
    #[serde(default)]
    inverse: Option<bool>,
    #[serde(default)]
    tick_size: Option<String>,
    #[serde(default)]
    listed_at: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

/// Whether a text looks like such lines rather than a vendor's list.
#[must_use]
pub fn are_lines(text: &[u8]) -> bool {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<Line>(first).is_ok()
}

/// Reads lines.
///
/// # Errors
/// With the number of the line that is none.
pub fn read(text: &[u8]) -> Result<Vec<Instrument>, ParseError> {
    text.split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(number, line)| {
            let wrong = |what: String| ParseError {
                at: format!("line {}", number + 1),
                what,
            };
            let line: Line = serde_json::from_slice(line).map_err(|error| {
                wrong(format!("{error}, expected a row of the table instruments"))
            })?;
            instrument(line).map_err(wrong)
        })
        .collect()
}

fn instrument(line: Line) -> Result<Instrument, String> {
    let number = |name: &str, text: &Option<String>| {
        let read = |text: &String| text.parse().map_err(|error| format!("{name}: {error}"));
        text.as_ref().map(read).transpose()
    };
    let time = |name: &str, text: &Option<String>| {
        let read = |text: &String| {
            let date = || dates::parse(text).ok()?.timestamp_nanos_opt();
            let nanoseconds = text.parse().ok().or_else(date);
            let wrong = || format!("{name}: {text:?}, expected nanoseconds since 1970 or a date");
            nanoseconds.ok_or_else(wrong)
        };
        text.as_ref().map(read).transpose()
    };
    let multiplier = number("multiplier", &line.multiplier)?;
    let unit = match (line.amount_unit.as_str(), multiplier, line.inverse) {
        ("base" | "shares", _, _) => Unit::Base,
        ("quote", _, _) => Unit::Quote,
        ("contracts", Some(multiplier), Some(true)) => Unit::ContractsOfQuote(multiplier),
        ("contracts", Some(multiplier), _) => Unit::ContractsOfBase(multiplier),
        ("contracts", None, _) => return Err("multiplier: missing, contracts have one".to_owned()),
        _ => Unit::Unknown,
    };
    Ok(Instrument {
        kind: Kind::named(&line.kind)
            .ok_or_else(|| format!("kind: {:?}, expected spot, perpetual, ...", line.kind))?,
        unit,
        tick_size: number("tick_size", &line.tick_size)?,
        listed_at: time("listed_at", &line.listed_at)?,
        expires_at: time("expires_at", &line.expires_at)?,
        valid_from: time("valid_from", &line.valid_from)?.unwrap_or(i64::MIN),
        symbol: line.symbol,
        venue_symbol: line.venue_symbol,
        base: line.base.unwrap_or_default(),
        quote: line.quote.unwrap_or_default(),
        settle: line.settle.unwrap_or_default(),
        status: line.status.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::records;
    use common::tables::Rows;

    #[test]
    fn what_is_printed_is_read_back() {
        let one = Instrument {
            symbol: "BTC-USD-PERP".into(),
            venue_symbol: "BTC-USD-SWAP".into(),
            kind: Kind::Perpetual,
            base: "BTC".into(),
            quote: "USD".into(),
            settle: "BTC".into(),
            unit: Unit::ContractsOfQuote("100".parse().unwrap()),
            tick_size: Some("0.1".parse().unwrap()),
            listed_at: Some(1_700_000_000_000_000_000),
            expires_at: None,
            status: "live".into(),
            valid_from: 1_700_000_000_000_000_000,
        };
        let mut rows = Rows::default();
        super::super::push("okx", std::slice::from_ref(&one), 0, &mut rows);
        let line = serde_json::to_vec(&records::to_json(&rows.take(1)[0].columns)[0]).unwrap();
        assert!(are_lines(&line));
        assert_eq!(read(&line).unwrap(), [one]);
        assert!(!are_lines(b"{\"code\":\"0\",\"data\":[]}"));
        assert_eq!(read(b"\n{}").unwrap_err().at, "line 2");
    }
}
