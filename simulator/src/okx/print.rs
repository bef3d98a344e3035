//! Replies as the vendor prints them: everything is a text, errors have codes.

use std::fmt;

use crate::json::Raw;
use crate::reply::{Query, Reply};

const JSON: &str = "application/json";

/// A reply with rows.
pub(super) fn data(rows: impl IntoIterator<Item = String>) -> Reply {
    let rows: Vec<String> = rows.into_iter().collect();
    Reply::json(
        200,
        JSON,
        format!(r#"{{"code":"0","msg":"","data":[{}]}}"#, rows.join(",")),
    )
}

/// A reply with objects.
pub(super) fn objects(rows: impl IntoIterator<Item = Raw>) -> Reply {
    data(rows.into_iter().map(|row| row.0))
}

/// A refusal.
pub(super) fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        JSON,
        format!(r#"{{"code":"{code}","msg":"{message}","data":[]}}"#),
    )
}

pub(super) fn wrong(parameter: &str) -> Reply {
    error(400, "51000", &format!("Parameter {parameter} error"))
}

pub(super) fn missing(parameter: &str) -> Reply {
    error(
        400,
        "50014",
        &format!("Parameter {parameter} can not be empty."),
    )
}

pub(super) fn no_instrument() -> Reply {
    let message = "Instrument ID, Instrument ID code, or Spread ID doesn't exist.";
    error(200, "51001", message)
}

/// A parameter of milliseconds or an id.
pub(super) fn number(query: &Query, name: &str) -> Result<Option<i64>, Reply> {
    let read = |text: &str| text.parse().map_err(|_| wrong(name));
    query.get(name).map(read).transpose()
}

/// The size of a page.
pub(super) fn limit(query: &Query, most: i64, twist: Option<u64>) -> Result<usize, Reply> {
    let asked = number(query, "limit")?.unwrap_or(100);
    if asked < 1 {
        return Err(wrong("limit"));
    }
    let count = asked.min(most) as usize;
    Ok(count.min(twist.map_or(usize::MAX, |most| most as usize)))
}

/// A number in units of 10^-8 without needless zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eight(pub(super) i64);

impl fmt::Display for Eight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", scaled(self.0, 8))
    }
}

/// A number in units of 10^-`digits` without needless zeros.
pub(super) fn scaled(value: i64, digits: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, rest) = text.split_at(text.len() - digits);
    match rest.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest}"),
    }
}

/// The newest `count` of ascending rows, the newest first.
pub(super) fn newest_first<T>(rows: Vec<T>, count: usize) -> impl Iterator<Item = T> {
    rows.into_iter().rev().take(count)
}
