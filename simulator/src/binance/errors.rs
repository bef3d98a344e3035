//! The error bodies of the exchange: a number that is stable and a message that is not.

use crate::reply::{Query, Reply};

pub(crate) const JSON: &str = "application/json;charset=UTF-8";

pub(crate) fn error(status: u16, code: i32, message: &str) -> Reply {
    Reply::json(
        status,
        JSON,
        format!(r#"{{"code":{code},"msg":"{message}"}}"#),
    )
}

pub(crate) fn missing(parameter: &str) -> Reply {
    let message =
        format!("Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.");
    error(400, -1102, &message)
}

pub(crate) fn illegal(parameter: &str, legal: &str) -> Reply {
    let message =
        format!("Illegal characters found in parameter '{parameter}'; legal range is '{legal}'.");
    error(400, -1100, &message)
}

pub(crate) fn invalid_symbol() -> Reply {
    error(400, -1121, "Invalid symbol.")
}

/// The mandatory symbol, of legal letters.
pub(crate) fn symbol(query: &Query) -> Result<&str, Reply> {
    const LEGAL: &str = "^[A-Z0-9-_.]{1,20}$";
    let symbol = query.get("symbol").ok_or_else(|| missing("symbol"))?;
    let legal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if symbol.len() > 20 || !symbol.bytes().all(legal) {
        return Err(illegal("symbol", LEGAL));
    }
    Ok(symbol)
}

/// An optional whole number.
pub(crate) fn number(query: &Query, name: &str) -> Result<Option<i64>, Reply> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let bad = || illegal(name, "^[0-9]{1,20}$");
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    text.parse().map(Some).map_err(|_| bad())
}

/// The page length: 500 unless asked otherwise, 1,000 at most.
pub(crate) fn limit(query: &Query) -> Result<u64, Reply> {
    match number(query, "limit")? {
        None => Ok(500),
        Some(0) => Err(error(
            400,
            -1130,
            "Data sent for parameter 'limit' is not valid.",
        )),
        Some(limit) => Ok((limit as u64).min(1_000)),
    }
}
