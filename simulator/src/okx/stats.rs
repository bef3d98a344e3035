//! Fundings, statistics, forced orders, and what holds now.

use crate::calendar::{DAY, HOUR};
use crate::json::{Raw, object};
use crate::reply::{Asked, Reply};

use super::listings::{CONTRACTS, Contract, Worth};
use super::market::KEPT;
use super::model::{Instrument, interval};
use super::print::{Eight, data, limit, missing, newest_first, number, objects, scaled, wrong};

/// Points of statistics that are kept.
const POINTS: i64 = 1_440;
/// Forced orders are kept a little longer than a day.
const LIQUIDATIONS_KEPT: i64 = DAY + 2 * HOUR;

fn eight(value: i64) -> String {
    Eight(value).to_string()
}

/// `funding-rate-history`.
pub(super) fn fundings(of: &Instrument, asked: &Asked) -> Result<Reply, Reply> {
    let count = limit(&asked.query, 400, asked.twist.at_most)?;
    let after = number(&asked.query, "after")?
        .unwrap_or(i64::MAX)
        .min(asked.now + 1);
    let before = number(&asked.query, "before")?.unwrap_or(0);
    let there = (before + 1).max(asked.now - KEPT)..after;
    let rows: Vec<_> = of.fundings(there).collect();
    Ok(objects(newest_first(rows, count).map(|funding| {
        object! {
            "formulaType": "withRate",
            "fundingRate": scaled(funding.predicted, 16),
            "fundingTime": funding.ms.to_string(),
            "instId": of.contract.name(),
            "instType": "SWAP",
            "method": "current_period",
            "realizedRate": scaled(funding.settled, 16),
        }
    })))
}

/// `funding-rate`.
pub(super) fn funding_now(of: &Instrument, asked: &Asked) -> Reply {
    let coming: Vec<_> = of
        .fundings(asked.now + 1..asked.now + 2 * DAY)
        .take(2)
        .collect();
    let [funding, next] = coming.as_slice() else {
        return data([]);
    };
    objects([object! {
        "formulaType": "withRate",
        "fundingRate": scaled(funding.predicted, 16),
        "fundingTime": funding.ms.to_string(),
        "instId": of.contract.name(),
        "instType": "SWAP",
        "method": "current_period",
        "nextFundingRate": "",
        "nextFundingTime": next.ms.to_string(),
        "settState": "processing",
        "ts": asked.now.to_string(),
    }])
}

/// Instants of a statistic that lie between the cursors, the newest first.
fn points(asked: &Asked) -> Result<Vec<i64>, Reply> {
    let period = asked.query.get("period").unwrap_or("5m");
    let interval = interval(period)
        .filter(|_| !matches!(period, "1s" | "1m" | "3m"))
        .ok_or_else(|| wrong("period"))?;
    let count = limit(&asked.query, 100, asked.twist.at_most)?;
    let (begin, end) = (number(&asked.query, "begin")?, number(&asked.query, "end")?);
    let newest = interval.open_of(asked.now);
    let kept = (0..POINTS).try_fold((newest, Vec::new()), |(at, mut all), _| {
        all.push(at);
        Some((interval.before(at), all))
    });
    let kept = kept.map(|(_, all)| all).unwrap_or_default();
    let inside =
        |at: &i64| begin.is_none_or(|begin| *at > begin) && end.is_none_or(|end| *at < end);
    Ok(kept.into_iter().filter(inside).take(count).collect())
}

/// `open-interest-history`.
pub(super) fn open_interest(of: &Instrument, asked: &Asked) -> Result<Reply, Reply> {
    let rows = points(asked)?.into_iter().map(|ms| {
        let open = of.open(ms);
        let [contracts, base, usd] = [open.contracts, open.base, open.usd].map(eight);
        format!(r#"["{ms}","{contracts}","{base}","{usd}"]"#)
    });
    Ok(data(rows))
}

/// The long/short ratios, by the last part of their path.
pub(super) fn ratios(of: &Instrument, kind: &str, asked: &Asked) -> Result<Reply, Reply> {
    let rows = points(asked)?.into_iter();
    Ok(data(rows.map(|ms| {
        format!(r#"["{ms}","{}"]"#, scaled(of.ratio(kind, ms), 4))
    })))
}

/// `liquidation-orders` of a family.
pub(super) fn liquidations(all: &[&Instrument], asked: &Asked) -> Result<Reply, Reply> {
    let count = limit(&asked.query, 100, asked.twist.at_most)?;
    let after = number(&asked.query, "after")?
        .unwrap_or(i64::MAX)
        .min(asked.now + 1);
    let before = number(&asked.query, "before")?.unwrap_or(0);
    let there = (before + 1).max(asked.now - LIQUIDATIONS_KEPT)..after;
    Ok(objects(all.iter().map(|of| {
        let details = newest_first(of.liquidations(there.clone()), count).map(|order| {
            object! {
                "bkLoss": "0",
                "bkPx": eight(order.price),
                "ccy": "",
                "posSide": if order.buys { "short" } else { "long" },
                "side": if order.buys { "buy" } else { "sell" },
                "sz": eight(order.contracts),
                "ts": order.ms.to_string(),
            }
        });
        object! {
            "details": details.collect::<Vec<Raw>>(),
            "instFamily": of.contract.family,
            "instId": of.contract.name(),
            "instType": of.contract.kind,
            "totalLoss": "0",
            "uly": of.contract.family,
        }
    })))
}

/// `open-interest`.
pub(super) fn open_interest_now(all: &[&Instrument], now: i64) -> Reply {
    objects(all.iter().map(|of| {
        let open = of.open(now);
        object! {
            "instId": of.contract.name(),
            "instType": of.contract.kind,
            "oi": eight(open.contracts),
            "oiCcy": eight(open.base),
            "oiUsd": eight(open.usd),
            "ts": now.to_string(),
        }
    }))
}

/// `ticker` and `tickers`.
pub(super) fn tickers(all: &[&Instrument], now: i64) -> Reply {
    objects(all.iter().map(|of| {
        let ticker = of.ticker(now);
        object! {
            "instType": of.contract.kind,
            "instId": of.contract.name(),
            "last": eight(ticker.last),
            "lastSz": eight(of.contract.listing.step),
            "askPx": eight(ticker.ask.0),
            "askSz": eight(ticker.ask.1),
            "bidPx": eight(ticker.bid.0),
            "bidSz": eight(ticker.bid.1),
            "open24h": eight(ticker.open),
            "high24h": eight(ticker.high),
            "low24h": eight(ticker.low),
            "volCcy24h": eight(ticker.second_volume),
            "vol24h": eight(ticker.volume),
            "ts": now.to_string(),
            "sodUtc0": eight(ticker.open),
            "sodUtc8": eight(ticker.open),
        }
    }))
}

/// `books` and `books-full`.
pub(super) fn book(of: &Instrument, asked: &Asked, most: i64) -> Result<Reply, Reply> {
    let depth = number(&asked.query, "sz")?.unwrap_or(1).clamp(1, most) as usize;
    let (bids, asks) = of.book(asked.now, depth);
    let deprecated = if most > 400 { "" } else { r#""0","# };
    let level = |(price, amount): &(i64, i64)| {
        format!(
            r#"["{}","{}",{deprecated}"3"]"#,
            Eight(*price),
            Eight(*amount)
        )
    };
    let levels = |of: &[(i64, i64)]| of.iter().map(level).collect::<Vec<_>>().join(",");
    let (asks, bids, now) = (levels(&asks), levels(&bids), asked.now);
    let sequence = sequence(now);
    Ok(data([format!(
        r#"{{"asks":[{asks}],"bids":[{bids}],"ts":"{now}","seqId":{sequence}}}"#
    )]))
}

/// The number of a book.
pub(crate) fn sequence(now: i64) -> i64 {
    now / 10
}

/// `instruments` of a type; options of a family.
pub(super) fn instruments(asked: &Asked) -> Result<Reply, Reply> {
    let kind = asked
        .query
        .get("instType")
        .ok_or_else(|| missing("instType"))?;
    let family = asked.query.get("instFamily").or(asked.query.get("uly"));
    if kind == "OPTION" && family.is_none() {
        return Err(missing("instFamily"));
    }
    if !["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"].contains(&kind) {
        return Err(wrong("instType"));
    }
    let of_kind = |contract: &&Contract| {
        let alive = contract.expires == 0 || contract.expires > asked.now;
        contract.kind == kind
            && alive
            && contract.listing.listed * DAY <= asked.now
            && family.is_none_or(|family| family == contract.family)
    };
    Ok(objects(CONTRACTS.iter().filter(of_kind).map(listed)))
}

fn listed(contract: &Contract) -> Raw {
    let spot = contract.kind == "SPOT";
    let (base, quote) = (contract.listing.base, contract.listing.quote);
    let (kind, currency) = match (contract.kind, contract.worth) {
        ("OPTION", _) => ("", base),
        (_, Worth::Base(_)) => ("linear", base),
        (_, Worth::Quote(_)) => ("inverse", quote),
        (_, Worth::Nothing) => ("", ""),
    };
    let time = |ms: i64| {
        if ms == 0 {
            String::new()
        } else {
            ms.to_string()
        }
    };
    object! {
        "alias": "",
        "baseCcy": if spot { base } else { "" },
        "ctMult": contract.printed.1,
        "ctType": kind,
        "ctVal": contract.printed.0,
        "ctValCcy": currency,
        "expTime": time(contract.expires),
        "instFamily": contract.family,
        "instId": contract.name(),
        "instIdCode": 10_458,
        "instType": contract.kind,
        "listTime": time(contract.listing.listed * DAY),
        "lotSz": eight(contract.listing.step),
        "quoteCcy": if spot { quote } else { "" },
        "settleCcy": contract.settle,
        "state": "live",
        "tickSz": eight(contract.listing.tick),
        "uly": contract.family,
    }
}
