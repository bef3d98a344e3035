//! The archive `data.binance.vision`, below `/@archive`: files of days and months, each with a
//! checksum, published as late as the real ones.
//!
//! A day's file comes eight hours after its end, a month's on the first Monday of the next. A day
//! without a trade has no file. How a file is packed, and how its booleans are written, depends on
//! its name, so that a reader meets every form.

use std::fmt::Write;

use chrono::{Months, NaiveDate};
use sha2::{Digest, Sha256};

use crate::calendar::{DAY, HOUR, day_number, weekday};
use crate::hash::Key;
use crate::reply::{Asked, Reply};
use crate::zip::{Packing, zip};

use super::Interval;
use super::market::Market;

mod tables;

/// Where it stands below the vendor's prefix.
pub(crate) const SERVER: &str = "/@archive/";

const DAY_PUBLISHED_AFTER: i64 = 8 * HOUR;

/// What the path of a file says.
#[derive(Debug)]
pub(crate) struct Name<'a> {
    /// `spot` or `futures/um`.
    pub(crate) market: &'a str,
    /// `aggTrades`, `klines`, ...
    pub(crate) kind: &'a str,
    pub(crate) symbol: &'a str,
    /// Of bars; else empty.
    pub(crate) interval: &'a str,
    /// First millisecond, and the first no longer in it.
    pub(crate) span: (i64, i64),
    /// Without `.zip`.
    stem: &'a str,
    published: i64,
}

impl<'a> Name<'a> {
    /// Reads a path that follows the vendor's layout to the letter.
    fn read(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix(SERVER)?.strip_prefix("data/")?;
        let (folder, file) = path.rsplit_once('/')?;
        let stem = file.strip_suffix(".zip")?;
        let (market, folder) = match folder.strip_prefix("futures/um/") {
            Some(folder) => ("futures/um", folder),
            None => ("spot", folder.strip_prefix("spot/")?),
        };
        let parts: Vec<_> = folder.split('/').collect();
        let (period, kind, symbol, interval) = match parts[..] {
            [period, kind, symbol] if kind != "klines" => (period, kind, symbol, ""),
            [period, "klines", symbol, interval] => (period, "klines", symbol, interval),
            _ => return None,
        };
        let middle = if interval.is_empty() { kind } else { interval };
        let stamp = stem.strip_prefix(symbol)?.strip_prefix('-')?;
        let stamp = stamp.strip_prefix(middle)?.strip_prefix('-')?;
        let (span, published) = match period {
            "daily" => day(stamp)?,
            "monthly" => month(stamp)?,
            _ => return None,
        };
        Some(Self {
            market,
            kind,
            symbol,
            interval,
            span,
            stem,
            published,
        })
    }

    /// Whether the file has a line of names: some of futures do.
    pub(crate) fn has_header(&self) -> bool {
        self.market != "spot" && Key::new(1, self.stem).chance(700)
    }

    fn packing(&self) -> Packing {
        let packings = [Packing::Deflated, Packing::Described, Packing::Stored];
        Key::new(0, self.stem).pick(&packings)
    }
}

fn day(stamp: &str) -> Option<((i64, i64), i64)> {
    let day = day_number(stamp.parse().ok()?);
    let end = (day + 1) * DAY;
    Some(((day * DAY, end), end + DAY_PUBLISHED_AFTER))
}

fn month(stamp: &str) -> Option<((i64, i64), i64)> {
    let first: NaiveDate = format!("{stamp}-01").parse().ok()?;
    let next = day_number(first.checked_add_months(Months::new(1))?);
    let monday = (next..).find(|day| weekday(*day) == 0)?;
    Some((
        (day_number(first) * DAY, next * DAY),
        monday * DAY + 12 * HOUR,
    ))
}

/// The interval of that name in a path.
fn interval(name: &str) -> Option<Interval> {
    match name {
        "1mo" => Interval::named("1M"),
        "1M" => None,
        name => Interval::named(name),
    }
}

/// What lies in a file of trades or bars.
pub(crate) fn content(market: &Market, name: &Name<'_>, now: i64) -> Option<String> {
    let (from, to) = name.span;
    let style = tables::Style::of(name);
    Some(match name.kind {
        "aggTrades" => tables::aggregated(market, (from, to), style),
        "trades" => tables::single(market, (from, to), style),
        "klines" => tables::bars(market, interval(name.interval)?, (from, to - 1, now), style),
        _ => return None,
    })
}

/// Answers with a file or its checksum; `content` gives what lies in it.
pub(crate) fn answer(
    asked: &Asked,
    missing: &[String],
    content: impl Fn(&Name<'_>) -> Option<String>,
) -> Result<Reply, Reply> {
    let (path, wants_sum) = match asked.path.strip_suffix(".CHECKSUM") {
        Some(path) => (path, true),
        None => (asked.path.as_str(), false),
    };
    let name = Name::read(path).filter(|name| name.published <= asked.now);
    let name = name.filter(|_| !missing.iter().any(|part| path.contains(part.as_str())));
    let found = name.and_then(|name| {
        let content = content(&name).filter(|content| !content.is_empty())?;
        let file = zip(
            &format!("{}.csv", name.stem),
            content.as_bytes(),
            name.packing(),
        );
        Some((name.stem, file))
    });
    let Some((stem, file)) = found else {
        return Err(no_such_key(path));
    };
    if !wants_sum {
        return Ok(Reply::file("application/zip", file));
    }
    let sum = Sha256::digest(&file);
    let mut text = sum.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let _ = writeln!(text, "  {stem}.zip");
    Ok(Reply::file("binary/octet-stream", text))
}

fn no_such_key(path: &str) -> Reply {
    let key = path.trim_start_matches(SERVER);
    Reply::json(
        404,
        "application/xml",
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
             <Message>The specified key does not exist.</Message><Key>{key}</Key></Error>"
        ),
    )
}
