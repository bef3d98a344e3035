//! Polygon's reference data: splits and dividends by day, and what is listed of a market or of an
//! asset class: tickers, their types, exchanges, conditions.
//!
//! Days come newest first unless asked otherwise. A cursor is the query of the first page with a
//! page marker, as the vendor's own.

use chrono::NaiveDate;

use crate::calendar::{date, day_number};
use crate::reply::{Asked, Query, Reply};
use crate::stocks::{SHARES, decode, encode};

use super::Polygon;
use super::print::{error, page};

/// Rows of a page.
const MOST: u64 = 1_000;
/// Dataset, market or asset class, what names it in its list, and how the vendor writes it, in the
/// vendor's order. Reporting facilities share a number, conditions of trades and of quotes too.
const LISTS: &str = include_str!("lists.tsv");
/// What the vendor documents as markets and asset classes.
const CLASSES: [&str; 6] = ["stocks", "options", "otc", "crypto", "fx", "indices"];

/// A dividend of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dividend {
    pub(crate) ex_date: NaiveDate,
    pub(crate) symbol: &'static str,
    /// `CD` comes every quarter, `SC` beside the first one of a year.
    pub(crate) kind: &'static str,
}

impl Dividend {
    /// The vendor's id.
    pub(crate) fn id(&self) -> String {
        format!("E{}{}{}", self.kind, self.symbol, self.ex_date)
    }

    /// As the vendor writes it.
    pub(crate) fn text(&self) -> String {
        let Self {
            ex_date,
            symbol,
            kind,
        } = self;
        let (cash, frequency) = if *kind == "CD" {
            ("0.59375", 4)
        } else {
            ("1.10", 0)
        };
        let day = |after: i64| date(day_number(*ex_date) + after);
        format!(
            r#"{{"cash_amount":{cash},"currency":"USD","declaration_date":"{}","dividend_type":"{kind}","ex_dividend_date":"{ex_date}","frequency":{frequency},"id":"{}","pay_date":"{}","record_date":"{}","ticker":"{symbol}"}}"#,
            day(-20),
            self.id(),
            day(14),
            day(1)
        )
    }
}

impl Polygon {
    /// The days on which a share is split two for one, both days included.
    pub(crate) fn splits(from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, &'static str)> {
        let days = day_number(from)..=day_number(to);
        let split = |day: i64| {
            let place = usize::try_from(day.rem_euclid(45)).unwrap_or(usize::MAX);
            SHARES.get(place).map(|(symbol, _)| (date(day), *symbol))
        };
        days.filter_map(split).collect()
    }

    /// Dividends by ex-dividend date, both days included; two shares have the same days.
    pub(crate) fn dividends(from: NaiveDate, to: NaiveDate) -> Vec<Dividend> {
        let mut all = Vec::new();
        for day in day_number(from)..=day_number(to) {
            let shares = SHARES.iter().enumerate();
            for (place, (symbol, _)) in shares {
                let kinds: &[&'static str] = match (day + 5 * (place as i64 / 2)).rem_euclid(364) {
                    0 => &["CD", "SC"],
                    91 | 182 | 273 => &["CD"],
                    _ => &[],
                };
                all.extend(kinds.iter().map(|kind| Dividend {
                    ex_date: date(day),
                    symbol,
                    kind,
                }));
            }
        }
        all
    }

    /// What a list has of a market or an asset class, or of all of them: names and texts.
    pub(crate) fn listed(
        list: &str,
        class: Option<&str>,
    ) -> impl Iterator<Item = (&'static str, &'static str)> {
        let rows = LISTS.lines().filter_map(|line| {
            let mut cells = line.splitn(4, '\t');
            Some((cells.next()?, cells.next()?, cells.next()?, cells.next()?))
        });
        rows.filter(move |(of, of_class, ..)| {
            *of == list && class.is_none_or(|class| class == *of_class)
        })
        .map(|(_, _, name, text)| (name, text))
    }
}

/// `GET /v3/reference/...`, by the dataset's name.
pub(super) fn answer(list: &str, asked: &Asked) -> Result<Reply, Reply> {
    let query = first_query(asked)?;
    let rows = match list {
        "splits" => by_day(&query, "execution_date", |from, to| {
            let splits = Polygon::splits(from, to).into_iter();
            splits
                .map(|(day, symbol)| (symbol, split(day, symbol)))
                .collect()
        })?,
        "dividends" => by_day(&query, "ex_dividend_date", |from, to| {
            let dividends = Polygon::dividends(from, to).into_iter();
            dividends
                .map(|dividend| (dividend.symbol, dividend.text()))
                .collect()
        })?,
        _ => of_class(list, &query)?,
    };
    match list {
        // These come whole.
        "ticker_types" | "exchanges" => Ok(counted(&rows, None)),
        _ => part(list, &rows, &query, asked),
    }
}

fn split(day: NaiveDate, symbol: &str) -> String {
    format!(
        r#"{{"execution_date":"{day}","id":"E{symbol}{day}","split_from":1,"split_to":2,"ticker":"{symbol}"}}"#
    )
}

fn of_class(list: &str, query: &Query) -> Result<Vec<String>, Reply> {
    let by = if list == "tickers" {
        "market"
    } else {
        "asset_class"
    };
    let class = query.get(by);
    if class.is_some_and(|class| !CLASSES.contains(&class)) {
        return Err(bad(by));
    }
    Ok(Polygon::listed(list, class)
        .map(|(_, text)| text.to_owned())
        .collect())
}

fn bad(what: &str) -> Reply {
    error(400, &format!("Could not parse the parameter '{what}'."))
}

/// The query of the first page, with the marker of this one.
fn first_query(asked: &Asked) -> Result<Query, Reply> {
    let Some(cursor) = asked.query.get("cursor") else {
        return Ok(asked.query.clone());
    };
    let text = decode(cursor).ok_or_else(|| bad("cursor"))?;
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    Ok(Query(pairs.into_owned().collect()))
}

/// The rows of a range of days and, where it is given, of a ticker; newest first unless asked
/// otherwise.
fn by_day(
    query: &Query,
    field: &str,
    rows: impl Fn(NaiveDate, NaiveDate) -> Vec<(&'static str, String)>,
) -> Result<Vec<String>, Reply> {
    let day = |end: &str| {
        let name = format!("{field}.{end}");
        let text = query.get(&name).unwrap_or_default();
        text.parse::<NaiveDate>().map_err(|_| bad(&name))
    };
    let mut all = rows(day("gte")?, day("lte")?);
    let ticker = query.get("ticker");
    all.retain(|(symbol, _)| ticker.is_none_or(|ticker| ticker == *symbol));
    if query.get("order") != Some("asc") {
        all.reverse();
    }
    Ok(all.into_iter().map(|(_, row)| row).collect())
}

/// The page of a list that a query asks for.
fn part(list: &str, rows: &[String], query: &Query, asked: &Asked) -> Result<Reply, Reply> {
    let number = |name: &str, usual: u64| match query.get(name) {
        Some(text) => text.parse().map_err(|_| bad(name)),
        None => Ok(usual),
    };
    let limit = number("limit", if list == "tickers" { 100 } else { 10 })?;
    if !(1..=MOST).contains(&limit) {
        return Err(bad("limit"));
    }
    let most = limit.min(asked.twist.at_most.unwrap_or(MOST)) as usize;
    let begin = (number("page_marker", 0)? as usize).min(rows.len());
    let end = (begin + most).min(rows.len());
    let next = (end < rows.len()).then(|| {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        let kept = query.0.iter().filter(|(name, _)| name != "page_marker");
        next.extend_pairs(kept)
            .append_pair("page_marker", &end.to_string());
        format!("v3/reference/{list}?cursor={}", encode(&next.finish()))
    });
    Ok(counted(&rows[begin..end], next.as_deref()))
}

fn counted(rows: &[String], next: Option<&str>) -> Reply {
    page(&format!(r#""count":{},"#, rows.len()), rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn asked(query: &str) -> Asked {
        Asked {
            path: String::new(),
            query: Query(
                url::form_urlencoded::parse(query.as_bytes())
                    .into_owned()
                    .collect(),
            ),
            token: None,
            headers: Vec::new(),
            form: Query::default(),
            now: 0,
            twist: Default::default(),
        }
    }

    /// The values of a field, and the query of the next page.
    fn read(list: &str, query: &str, field: &str) -> (Vec<String>, Option<String>) {
        let reply = answer(list, &asked(query)).unwrap();
        let reply: Value = serde_json::from_slice(&reply.body).unwrap();
        let rows = reply["results"].as_array().unwrap();
        assert_eq!(reply["count"], rows.len());
        let next = reply["next_url"].as_str();
        let next = next.and_then(|url| url.split_once('?'));
        (
            rows.iter().map(|row| row[field].to_string()).collect(),
            next.map(|(_, query)| query.to_owned()),
        )
    }

    #[test]
    fn a_cursor_keeps_filters_order_and_limit() {
        let year = "ex_dividend_date.gte=2023-01-01&ex_dividend_date.lte=2023-12-31&ticker=IBM";
        let (usual, _) = read("dividends", year, "ex_dividend_date");
        assert!(usual.is_sorted_by(|a, b| a >= b), "{usual:?}");
        let (mut days, mut query) = (Vec::new(), Some(format!("{year}&order=asc&limit=2")));
        while let Some(page) = query {
            let (found, next) = read("dividends", &page, "ex_dividend_date");
            assert!(found.len() == 2 || next.is_none());
            days.extend(found);
            query = next;
        }
        days.reverse();
        assert_eq!(days, usual);
        assert!(days.len() >= 4, "{days:?}");
    }

    #[test]
    fn limits_and_classes_are_the_vendors() {
        assert_eq!(read("conditions", "", "id").0.len(), 5);
        assert_eq!(read("tickers", "market=crypto", "market").0, ["\"crypto\""]);
        for (list, query) in [
            ("tickers", "limit=1001"),
            ("tickers", "market=nowhere"),
            ("exchanges", "asset_class=nowhere"),
            ("conditions", "cursor=%25"),
            ("splits", "execution_date.gte=2024"),
        ] {
            assert_eq!(
                answer(list, &asked(query)).unwrap_err().status,
                400,
                "{query}"
            );
        }
    }
}
