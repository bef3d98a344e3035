//! The same trades by page number, offset, token, link, time (either way) and id.
//!
//! All take `symbol`, `from` (included), `to` (not included) and `limit`, times in milliseconds.
//! Rows come oldest first, but `newest` gives them newest first up to `until` (included).

use std::ops::Range;

use crate::json::{Raw, object};
use crate::reply::{Asked, Reply};

use super::{JSON, Market, error};

const USUAL: u64 = 50;
const MOST: u64 = 200;

pub(super) fn answer(market: &Market, symbol: &str, style: &str, asked: &Asked) -> Reply {
    let page = Page::of(asked);
    let body = match style {
        "page" => page.by_number(market),
        "offset" => page.by_offset(market),
        "token" => page.by_token(market),
        "link" => page.by_link(market, symbol, asked),
        "time" => page.of_ids(market, page.all.start..page.all.end, None),
        "newest" => page.newest(market),
        "from_id" => page.by_id(market, 0),
        "after_id" => page.by_id(market, 1),
        _ => return error(404, "no such path"),
    };
    Reply::json(200, JSON, body)
}

/// What was asked for.
struct Page<'a> {
    asked: &'a Asked,
    limit: u64,
    /// All trades of the range.
    all: Range<u64>,
}

impl<'a> Page<'a> {
    fn of(asked: &'a Asked) -> Self {
        let time = |name| number(asked, name).and_then(|ms| i64::try_from(ms).ok());
        let now = Market::first_at(asked.now.saturating_add(1));
        let end = time("to").map_or(now, Market::first_at).min(now);
        let start = time("from").map_or(0, Market::first_at).min(end);
        Self {
            asked,
            limit: number(asked, "limit").unwrap_or(USUAL).clamp(1, MOST),
            all: start..end,
        }
    }

    fn number(&self, name: &str) -> Option<u64> {
        number(self.asked, name)
    }

    /// The first rows of some, and what else the vendor says.
    fn of_ids(&self, market: &Market, ids: Range<u64>, more: Option<(&str, Raw)>) -> Raw {
        let rows: Vec<Raw> = ids
            .take(usize::try_from(self.limit).unwrap_or(usize::MAX))
            .map(|id| market.trade(id).json())
            .collect();
        body(rows, more)
    }

    fn past(&self, skipped: u64) -> Range<u64> {
        let start = self.all.start.saturating_add(skipped).min(self.all.end);
        start..self.all.end
    }

    fn by_number(&self, market: &Market) -> Raw {
        let page = self.number("page").unwrap_or(1).max(1);
        let pages = (self.all.end - self.all.start).div_ceil(self.limit);
        let skipped = (page - 1).saturating_mul(self.limit);
        self.of_ids(
            market,
            self.past(skipped),
            Some(("pages", Raw(pages.to_string()))),
        )
    }

    fn by_offset(&self, market: &Market) -> Raw {
        self.of_ids(market, self.past(self.number("offset").unwrap_or(0)), None)
    }

    /// Where the page begins, and where the next one does.
    fn after(&self, start: Option<u64>) -> (Range<u64>, Option<u64>) {
        let start = start
            .unwrap_or(self.all.start)
            .clamp(self.all.start, self.all.end);
        let next = start.saturating_add(self.limit);
        (start..self.all.end, (next < self.all.end).then_some(next))
    }

    fn by_token(&self, market: &Market) -> Raw {
        let token = self
            .asked
            .query
            .get("token")
            .and_then(|token| token.strip_prefix("after|"));
        let (ids, next) = self.after(token.and_then(|token| token.parse().ok()));
        let next = next.map(|next| format!("after|{next}"));
        self.of_ids(market, ids, Some(("next", object! { "token": next })))
    }

    /// The link is a whole one or a path, in turns.
    fn by_link(&self, market: &Market, symbol: &str, asked: &Asked) -> Raw {
        let (ids, next) = self.after(self.number("start"));
        let host = asked.header("host").unwrap_or("localhost");
        let next = next.map(|next| {
            let origin = match next / self.limit % 2 {
                0 => format!("http://{host}"),
                _ => String::new(),
            };
            let ends: String = ["from", "to"]
                .iter()
                .filter_map(|name| Some(format!("&{name}={}", asked.query.get(name)?)))
                .collect();
            let limit = self.limit;
            format!(
                "{origin}/json-api/v1/link/trades?symbol={symbol}&start={next}&limit={limit}{ends}"
            )
        });
        self.of_ids(market, ids, Some(("links", object! { "next": next })))
    }

    fn newest(&self, market: &Market) -> Raw {
        let until = self.number("until").and_then(|ms| i64::try_from(ms).ok());
        let end = until.map_or(self.all.end, |ms| Market::first_at(ms.saturating_add(1)));
        let end = end.min(self.all.end);
        let start = end.saturating_sub(self.limit).max(self.all.start.min(end));
        let rows: Vec<Raw> = (start..end)
            .rev()
            .map(|id| market.trade(id).json())
            .collect();
        body(rows, None)
    }

    fn by_id(&self, market: &Market, after: u64) -> Raw {
        let (ids, _) = self.after(self.number("id").map(|id| id.saturating_add(after)));
        self.of_ids(market, ids, None)
    }
}

fn number(asked: &Asked, name: &str) -> Option<u64> {
    asked.query.get(name)?.parse().ok()
}

fn body(rows: Vec<Raw>, more: Option<(&str, Raw)>) -> Raw {
    let data = ("data".to_owned(), object! { "rows": rows });
    let status = ("status".to_owned(), Raw("\"ok\"".to_owned()));
    let more = more.map(|(name, value)| (name.to_owned(), value));
    crate::json::object_of([status, data].into_iter().chain(more))
}
