//! How the exchange prints: its envelope, its errors, and its floats, which are JSON numbers with
//! an exponent when they are small.

use std::fmt;

use crate::json::{Json, Raw, object};
use crate::reply::{Query, Reply};

const JSON: &str = "application/json";

/// A float: `units` of 10^-`scale`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Float {
    pub(crate) units: i64,
    pub(crate) scale: usize,
}

/// A price or an amount, in units of 10^-8.
pub(crate) fn eight(units: i64) -> Float {
    Float { units, scale: 8 }
}

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.units.unsigned_abs().to_string();
        let places = digits.len() as i64 - 1 - self.scale as i64;
        if self.units != 0 && places < -3 {
            let (first, rest) = digits.split_at(1);
            let rest = rest.trim_end_matches('0');
            let rest = if rest.is_empty() { "0" } else { rest };
            return write!(f, "{sign}{first}.{rest}e{places}");
        }
        let digits = format!("{digits:0>width$}", width = self.scale + 1);
        let (whole, rest) = digits.split_at(digits.len() - self.scale);
        let rest = rest.trim_end_matches('0');
        let rest = if rest.is_empty() { "0" } else { rest };
        write!(f, "{sign}{whole}.{rest}")
    }
}

impl Json for Float {
    fn write(&self, out: &mut String) {
        use fmt::Write;
        // Writing to a string cannot fail.
        let _ = write!(out, "{self}");
    }
}

/// An answer.
pub(crate) fn answer(result: &Raw, now: i64) -> Reply {
    let body = object! {
        "jsonrpc": "2.0", "result": *result, "usIn": now * 1_000, "usOut": now * 1_000 + 345, "usDiff": 345,
        "testnet": false,
    };
    Reply::json(200, JSON, body)
}

/// An error.
pub(crate) fn error(status: u16, code: i64, message: &str) -> Reply {
    let body = object! {
        "jsonrpc": "2.0", "error": object! { "message": message, "code": code }, "testnet": false,
    };
    Reply::json(status, JSON, body)
}

pub(crate) fn invalid(param: &str, reason: &str) -> Reply {
    let body = object! {
        "jsonrpc": "2.0",
        "error": object! {
            "message": "Invalid params", "data": object! { "reason": reason, "param": param }, "code": -32_602,
        },
        "testnet": false,
    };
    Reply::json(400, JSON, body)
}

/// An optional whole number.
pub(crate) fn number(query: &Query, name: &str) -> Result<Option<i64>, Reply> {
    query
        .get(name)
        .map(|text| text.parse().map_err(|_| invalid(name, "wrong format")))
        .transpose()
}

/// A whole number that must be there.
pub(crate) fn needed(query: &Query, name: &str) -> Result<i64, Reply> {
    number(query, name)?.ok_or_else(|| invalid(name, "field required"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_have_an_exponent() {
        for (units, scale, text) in [
            (5_000_000_000, 8, "50.0"),
            (0, 8, "0.0"),
            (100_000, 8, "0.001"),
            (50_000, 8, "5.0e-4"),
            (-1_296, 10, "-1.296e-7"),
            (4_739_622_041_017_375, 22, "4.739622041017375e-7"),
        ] {
            assert_eq!(Float { units, scale }.to_string(), text);
        }
    }
}
