//! Polygon's trades and quotes: filters by nanoseconds, newest first unless asked otherwise, and a
//! cursor that holds the filters and how many rows came before.

use crate::reply::{Asked, Reply};
use crate::stocks::{Best, Kind, Print, Stocks, decimal, decode, encode};

use super::MOST;
use super::print::{error, page};

/// What a request limits its rows to.
#[derive(Debug, Clone)]
struct Filter {
    from: i64,
    to: i64,
    ascending: bool,
    limit: u64,
    skip: u64,
}

impl Filter {
    fn of(asked: &Asked) -> Result<Self, Reply> {
        let bad = |what: &str| error(400, &format!("Could not parse the parameter '{what}'."));
        if let Some(cursor) = asked.query.get("cursor") {
            return decode(cursor)
                .and_then(|text| Self::from_cursor(&text))
                .ok_or_else(|| bad("cursor"));
        }
        let number = |name: &str, default: i64| match asked.query.get(name) {
            Some(text) => text.parse().map_err(|_| bad(name)),
            None => Ok(default),
        };
        let now = asked.now.saturating_mul(1_000_000);
        let at = number("timestamp", i64::MIN)?;
        let (from, to) = if at == i64::MIN {
            let to = number("timestamp.lt", now)?;
            (number("timestamp.gte", to - 86_400_000_000_000)?, to)
        } else {
            (at, at + 1)
        };
        let limit = u64::try_from(number("limit", 1_000)?).unwrap_or(0);
        if !(1..=MOST).contains(&limit) {
            return Err(bad("limit"));
        }
        Ok(Self {
            from,
            to: to.min(now),
            ascending: asked.query.get("order") == Some("asc"),
            limit,
            skip: 0,
        })
    }

    fn from_cursor(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        Some(Self {
            from: parts.next()?.parse().ok()?,
            to: parts.next()?.parse().ok()?,
            ascending: parts.next()? == "asc",
            limit: parts.next()?.parse().ok()?,
            skip: parts.next()?.parse().ok()?,
        })
    }

    fn cursor(&self, skip: u64) -> String {
        let order = if self.ascending { "asc" } else { "desc" };
        encode(&format!(
            "{}|{}|{order}|{}|{skip}",
            self.from, self.to, self.limit
        ))
    }
}

pub(super) fn trades(stocks: &Stocks, ticker: &str, asked: &Asked) -> Result<Reply, Reply> {
    let filter = Filter::of(asked)?;
    let all = stocks.prints(ticker, filter.from, filter.to);
    answer(("trades", ticker), all, &filter, asked, trade)
}

pub(super) fn quotes(stocks: &Stocks, ticker: &str, asked: &Asked) -> Result<Reply, Reply> {
    let filter = Filter::of(asked)?;
    let all = stocks.quotes(ticker, filter.from, filter.to);
    answer(("quotes", ticker), all, &filter, asked, quote)
}

fn answer<T>(
    (kind, ticker): (&str, &str),
    mut all: Vec<T>,
    filter: &Filter,
    asked: &Asked,
    print: fn(&T) -> String,
) -> Result<Reply, Reply> {
    if !filter.ascending {
        all.reverse();
    }
    let most = filter.limit.min(asked.twist.at_most.unwrap_or(MOST));
    let rows = all.iter().skip(filter.skip as usize).take(most as usize);
    let rows: Vec<String> = rows.map(print).collect();
    let end = filter.skip + rows.len() as u64;
    let next = (end < all.len() as u64)
        .then(|| format!("v3/{kind}/{ticker}?cursor={}", filter.cursor(end)));
    Ok(page("", &rows, next.as_deref()))
}

/// Exchange and reporting facility.
pub(crate) const VENUES: [(i64, Option<i64>); 3] = [(11, None), (12, None), (4, Some(202))];

/// The codes of a trade.
pub(crate) fn conditions(kind: Kind) -> &'static [i64] {
    match kind {
        Kind::Regular => &[],
        Kind::OddLot => &[14, 37],
        Kind::OutOfSequence => &[33],
        Kind::AveragePrice => &[2, 41],
        Kind::OfficialClose => &[15],
        Kind::Extended => &[12],
        Kind::ExtendedOddLot => &[12, 37],
    }
}

fn trade(print: &Print) -> String {
    let (exchange, facility) = VENUES[print.venue];
    let codes: Vec<String> = conditions(print.kind).iter().map(i64::to_string).collect();
    let codes = match codes.as_slice() {
        [] => String::new(),
        codes => format!(r#""conditions":[{}],"#, codes.join(",")),
    };
    let correction = if print.cancelled {
        r#""correction":1,"#
    } else {
        ""
    };
    let facility = facility.map_or(String::new(), |id| {
        format!(r#","trf_id":{id},"trf_timestamp":{}"#, print.ts)
    });
    format!(
        r#"{{{codes}{correction}"exchange":{exchange},"id":"{}","participant_timestamp":{},"price":{},"sequence_number":{},"sip_timestamp":{},"size":{},"tape":3{facility}}}"#,
        print.id,
        print.ts - 1_000,
        decimal(print.price, 4),
        print.sequence,
        print.ts,
        decimal(print.size, 2)
    )
}

fn quote(best: &Best) -> String {
    let side = |name: &str, side: Option<(i64, i64)>, exchange: i64| {
        let (price, size) = side.unwrap_or_default();
        let exchange = if side.is_some() { exchange } else { 0 };
        format!(
            r#""{name}_exchange":{exchange},"{name}_price":{},"{name}_size":{size},"#,
            decimal(price, 4)
        )
    };
    format!(
        r#"{{{}{}"conditions":[1],"participant_timestamp":{},"sequence_number":{},"sip_timestamp":{},"tape":3}}"#,
        side("ask", best.ask, 12),
        side("bid", best.bid, 19),
        best.ts - 1_000,
        best.sequence,
        best.ts
    )
}
