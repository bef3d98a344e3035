//! Splits of Polygon: `GET /v3/reference/splits`.
//!
//! With them prices that are stored as they were traded can be adjusted at any time: prices that
//! the vendor adjusted are restated at every split.

use std::borrow::Cow;

use common::tables::{Rows, Split};
use common::{Decimal, Item};
use serde::Deserialize;

use super::next::Page;
use super::{NAME, REFERENCE_PAGE, get};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::instant;
use crate::json::scan::plain_object;
use crate::json::{self, Raw};
use crate::source::Reply;
use crate::window::Window;

pub(super) fn ask(item: &Item) -> Result<Ask, Refusal> {
    let (window, _) = Window::asked(item)?;
    let mut query = vec![
        ("execution_date.gte", window.first_day().to_string()),
        ("execution_date.lte", window.last_day().to_string()),
        ("order", "asc".to_owned()),
        ("sort", "execution_date".to_owned()),
        ("limit", REFERENCE_PAGE.to_owned()),
    ];
    if !item.param("ticker").is_empty() {
        query.push(("ticker", item.param("ticker").to_owned()));
    }
    Ok(get("/v3/reference/splits".to_owned(), query))
}

#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(borrow)]
    ticker: Cow<'a, str>,
    #[serde(borrow)]
    execution_date: Cow<'a, str>,
    #[serde(borrow)]
    split_from: Raw<'a>,
    #[serde(borrow)]
    split_to: Raw<'a>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

plain_object!(Recorded {
    "ticker" => ticker,
    "execution_date" => execution_date,
    "split_from" => split_from,
    "split_to" => split_to,
    or_default { "id" => id, }
});

struct Read<'a> {
    recorded: &'a Recorded<'a>,
    date: i64,
    from: Decimal,
    to: Decimal,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = Page::<Recorded<'_>>::read(reply.body)?;
    let mut splits = Vec::with_capacity(page.rows().len());
    for (row, recorded) in page.rows().iter().enumerate() {
        splits.push(Read {
            recorded,
            date: midnight_utc(&recorded.execution_date, || {
                format!("results[{row}].execution_date")
            })?,
            from: json::decimal(recorded.split_from, || format!("results[{row}].split_from"))?,
            to: json::decimal(recorded.split_to, || format!("results[{row}].split_to"))?,
        });
    }
    let next = page.next(reply.cursor, None)?;
    let window = Window::of(reply.item);
    for split in splits.iter().filter(|split| window.contains(split.date)) {
        rows.push(&Split {
            source: NAME,
            symbol: &split.recorded.ticker,
            venue_symbol: &split.recorded.ticker,
            execution_date: split.date,
            split_from: split.from,
            split_to: split.to,
            split_id: split.recorded.id.as_deref().unwrap_or_default(),
        });
    }
    Ok(next)
}

/// Midnight UTC of a date in a reply.
pub(super) fn midnight_utc(text: &str, at: impl FnOnce() -> String) -> Result<i64, ParseError> {
    instant::midnight(text.as_bytes(), b'-').ok_or_else(|| ParseError {
        at: at(),
        what: format!("{text:?}, expected a date such as 2024-06-10"),
    })
}
