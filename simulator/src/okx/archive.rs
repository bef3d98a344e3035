//! The archive: the list of files of `market-data-history`, and the files.
//!
//! A file is a day of UTC+8, ready two days later, and none is older than the first day of
//! October 2021. Tables of trades have no header before 2022, one in GBK before 2025, and the names
//! of instruments since; those of futures hold the whole family.

use std::fmt::Write as _;

use crate::calendar::{DAY, HOUR, MINUTE, SECOND, date};
use crate::json::{Raw, object};
use crate::reply::{Asked, Reply};
use crate::zip::{Packing, zip};

use super::market::{is_elp, side};
use super::model::{Instrument, interval};
use super::print::{Eight, missing, number, objects, scaled, wrong};

/// 2021-10-01.
const FIRST_DAY: i64 = 18_901;
/// 2022-01-01 and 2025-01-01.
const FIRST_HEADER: i64 = 18_993;
const FIRST_NAMES: i64 = 20_089;
const READY_AFTER: i64 = 2;
const MOST_DAYS: i64 = 20;
const OFFSET: i64 = 8 * HOUR;
/// The names of columns, which say the same in Chinese after the slash.
const GBK_HEADER: &[u8] = b"trade_id/\xb3\xc9\xbd\xbbid,side/\xb7\xbd\xcf\xf2,size/\xca\xfd\xc1\xbf,price/\xbc\xdb\xb8\xf1,created_time/\xca\xb1\xbc\xe4\n";

/// Kinds of files, by module: folder and word in the name.
const MODULES: &[(&str, &str)] = &[
    ("1", "trades"),
    ("2", "candlesticks"),
    ("3", "fundingrates"),
];

fn day(ms: i64) -> i64 {
    (ms + OFFSET).div_euclid(DAY)
}

/// `market-data-history`.
pub(super) fn listing(all: &[&Instrument], asked: &Asked) -> Result<Reply, Reply> {
    let query = &asked.query;
    let module = query.get("module").ok_or_else(|| missing("module"))?;
    let (_, word) = MODULES
        .iter()
        .find(|(number, _)| *number == module)
        .ok_or_else(|| wrong("module"))?;
    let kind = query.get("instType").ok_or_else(|| missing("instType"))?;
    let of = if kind == "SPOT" {
        "instIdList"
    } else {
        "instFamilyList"
    };
    let wanted = query.get(of).ok_or_else(|| missing(of))?;
    if query.get("dateAggrType") != Some("daily") {
        return Err(wrong("dateAggrType"));
    }
    let (Some(begin), Some(end)) = (number(query, "begin")?, number(query, "end")?) else {
        return Err(missing("begin"));
    };
    let days = day(begin).max(FIRST_DAY)..=day(end).min(day(asked.now) - READY_AFTER);
    if day(end) - day(begin) >= MOST_DAYS {
        return Err(wrong("end"));
    }
    let fits = |of: &&&Instrument| {
        let contract = of.contract;
        contract.kind == kind && (contract.name() == wanted || contract.family == wanted)
    };
    let Some(first) = all.iter().find(fits) else {
        return Ok(objects([group(asked, Vec::new())]));
    };
    let listed = first.contract.listing.listed;
    let host = asked.header("host").unwrap_or("localhost");
    let stem = match kind {
        "FUTURES" | "OPTION" => format!("{wanted}-{kind}"),
        _ => first.contract.name().to_owned(),
    };
    let files = days.filter(|day| *day > listed).rev().map(|day| {
        let name = format!("{stem}-{word}-{}.zip", date(day));
        let folder = date(day).format("%Y%m%d");
        object! {
            "dateTs": (day * DAY - OFFSET).to_string(),
            "filename": name.clone(),
            "sizeMB": "1.5",
            "url": format!("http://{host}/okx/@archive/cdn/okex/traderecords/{word}/daily/{folder}/{name}"),
        }
    });
    let files: Vec<Raw> = files.collect();
    let details = if files.is_empty() {
        Vec::new()
    } else {
        vec![object! {
            "groupDetails": files,
            "groupSizeMB": "3",
            "instFamily": if kind == "SPOT" { "" } else { wanted },
            "instId": if kind == "SPOT" { wanted } else { "" },
            "instType": kind,
        }]
    };
    Ok(objects([group(asked, details)]))
}

fn group(asked: &Asked, details: Vec<Raw>) -> Raw {
    object! {
        "dateAggrType": "daily",
        "details": details,
        "totalSizeMB": "3",
        "ts": asked.now.to_string(),
    }
}

/// A file below `/@archive`.
pub(super) fn file(all: &[&Instrument], path: &str) -> Reply {
    let found = path.rsplit('/').next().and_then(|name| {
        let stem = name.strip_suffix(".zip")?;
        let (rest, at) = stem.split_at_checked(stem.len().checked_sub(10)?)?;
        let day = at
            .parse::<chrono::NaiveDate>()
            .ok()
            .map(crate::calendar::day_number)?;
        let (of, word) = rest.strip_suffix('-')?.rsplit_once('-')?;
        let of: Vec<&Instrument> = match of.strip_suffix("-FUTURES").or(of.strip_suffix("-OPTION"))
        {
            Some(family) => all
                .iter()
                .filter(|one| one.contract.family == family && of.ends_with(one.contract.kind))
                .copied()
                .collect(),
            None => all
                .iter()
                .filter(|one| one.contract.name() == of)
                .copied()
                .collect(),
        };
        let table = table(&of, word, day)?;
        let packing = match word {
            "trades" => Packing::Described,
            "candlesticks" => Packing::Deflated,
            _ => Packing::Stored,
        };
        Some(zip(&format!("{stem}.csv"), &table, packing))
    });
    match found {
        Some(zip) => Reply::file("application/zip", zip),
        None => Reply::json(
            404,
            "application/xml",
            "<Error><Code>NoSuchKey</Code></Error>",
        ),
    }
}

fn table(all: &[&Instrument], word: &str, day: i64) -> Option<Vec<u8>> {
    let ms = day * DAY - OFFSET..(day + 1) * DAY - OFFSET;
    if all.is_empty() {
        return None;
    }
    match word {
        "trades" => Some(trades(all, day, ms)),
        "candlesticks" => Some(bars(all, ms)),
        "fundingrates" => Some(fundings(all, ms)),
        _ => None,
    }
}

fn trades(all: &[&Instrument], day: i64, ms: std::ops::Range<i64>) -> Vec<u8> {
    let names = day >= FIRST_NAMES;
    let mut out = match (names, day >= FIRST_HEADER) {
        (true, _) => b"instrument_name,trade_id,side,price,size,created_time,source\n".to_vec(),
        (false, true) => GBK_HEADER.to_vec(),
        (false, false) => Vec::new(),
    };
    let mut text = String::new();
    for of in all {
        for trade in of
            .market
            .trades(of.market.first_at(ms.start)..of.market.first_at(ms.end))
        {
            let (price, size) = (Eight(trade.price), Eight(trade.quantity));
            let (side, id, ms) = (side(&trade), trade.id, trade.ms);
            let elp = u8::from(is_elp(&trade));
            // Writing to a string cannot fail.
            let _ = match names {
                true => writeln!(
                    text,
                    "{},{id},{side},{price},{size},{ms},{elp}",
                    of.contract.name()
                ),
                false => writeln!(text, "{id},{side},{size},{price},{ms}"),
            };
        }
    }
    out.extend(text.as_bytes());
    out
}

fn bars(all: &[&Instrument], ms: std::ops::Range<i64>) -> Vec<u8> {
    let header = "instrument_name,open,high,low,close,vol,vol_ccy,vol_quote,open_time,confirm\n";
    let mut text = header.to_owned();
    let minute = interval("1m").unwrap_or(crate::binance::Interval::Fixed(MINUTE, 0));
    for of in all {
        for bar in of
            .market
            .bars(minute, ms.start, ms.end - 1, i64::MAX - SECOND)
        {
            let (volume, base, quote) = of.volumes(&bar);
            let second = if of.contract.kind == "SPOT" {
                quote
            } else {
                base
            };
            let figures = [
                bar.open, bar.high, bar.low, bar.close, volume, second, quote,
            ];
            let figures = figures.map(|value| Eight(value).to_string()).join(",");
            let _ = writeln!(text, "{},{figures},{},1", of.contract.name(), bar.open_time);
        }
    }
    text.into_bytes()
}

fn fundings(all: &[&Instrument], ms: std::ops::Range<i64>) -> Vec<u8> {
    let mut text = "instrument_name,funding_rate,funding_time\n".to_owned();
    for of in all {
        for funding in of.fundings(ms.clone()) {
            let rate = scaled(funding.settled, 16);
            let _ = writeln!(text, "{},{rate},{}", of.contract.name(), funding.ms);
        }
    }
    text.into_bytes()
}
