//! What Polygon tells beside market data, kept as it came: dividends, tickers, exchanges,
//! conditions, and the open and close of a day.
//!
//! Lists become a document an element, named by what makes the element unique.

use common::Item;
use common::tables::{Document, Rows};
use serde::Deserialize;

use super::next::Page;
use super::splits::midnight_utc;
use super::{
    CONDITIONS, DIVIDENDS, EXCHANGES, NAME, OPEN_CLOSE, REFERENCE_PAGE, TICKER_TYPES, TICKERS,
    adjusted, asked, get, unknown,
};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{self, Raw, Word};
use crate::source::Reply;
use crate::window::Window;

pub(super) fn ask(item: &Item) -> Result<Ask, Refusal> {
    if item.dataset == OPEN_CLOSE {
        let (window, ticker) = asked(item)?;
        let adjusted = adjusted(item).map_err(Refusal)?.to_string();
        let path = format!("/v1/open-close/{ticker}/{}", window.first_day());
        return Ok(get(path, vec![("adjusted", adjusted)]));
    }
    let (window, _) = Window::asked(item)?;
    let mut query = vec![
        ("ex_dividend_date.gte", window.first_day().to_string()),
        ("ex_dividend_date.lte", window.last_day().to_string()),
        ("order", "asc".to_owned()),
        ("sort", "ex_dividend_date".to_owned()),
        ("limit", REFERENCE_PAGE.to_owned()),
    ];
    if !item.param("ticker").is_empty() {
        query.push(("ticker", item.param("ticker").to_owned()));
    }
    Ok(get("/v3/reference/dividends".to_owned(), query))
}

/// Asks for the list of a market or an asset class.
pub(super) fn ask_class(item: &Item) -> Result<Ask, Refusal> {
    let of_class = |path: &str| {
        let class = item.param("asset_class").to_owned();
        get(path.to_owned(), vec![("asset_class", class)])
    };
    Ok(match item.dataset.as_str() {
        TICKERS => get(
            "/v3/reference/tickers".to_owned(),
            vec![
                ("market", item.param("market").to_owned()),
                ("order", "asc".to_owned()),
                ("sort", "ticker".to_owned()),
                ("limit", REFERENCE_PAGE.to_owned()),
            ],
        ),
        TICKER_TYPES => of_class("/v3/reference/tickers/types"),
        EXCHANGES => of_class("/v3/reference/exchanges"),
        CONDITIONS => {
            let mut ask = of_class("/v3/reference/conditions");
            ask.query.push(("limit", REFERENCE_PAGE.to_owned()));
            ask
        }
        other => return Err(unknown(other)),
    })
}

/// What names an element of a list.
#[derive(Debug, Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<Word<'a>>,
    #[serde(borrow, default)]
    ticker: Option<Word<'a>>,
    #[serde(borrow, default)]
    code: Option<Word<'a>>,
    #[serde(borrow, default)]
    name: Option<Word<'a>>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<Word<'a>>,
    #[serde(borrow, default)]
    asset_class: Option<Word<'a>>,
    #[serde(borrow, default)]
    ex_dividend_date: Option<Word<'a>>,
    #[serde(borrow, default)]
    dividend_type: Option<Word<'a>>,
    #[serde(borrow, default)]
    cash_amount: Option<Word<'a>>,
}

plain_object!(Named {
    or_default {
        "id" => id,
        "ticker" => ticker,
        "code" => code,
        "name" => name,
        "type" => kind,
        "asset_class" => asset_class,
        "ex_dividend_date" => ex_dividend_date,
        "dividend_type" => dividend_type,
        "cash_amount" => cash_amount,
    }
});

impl Named<'_> {
    /// The id of the document; `None` where a part of it is missing.
    fn id(&self, dataset: &str) -> Option<String> {
        let parts: &[&Option<Word<'_>>] = match dataset {
            TICKERS => &[&self.ticker],
            TICKER_TYPES => &[&self.asset_class, &self.code],
            DIVIDENDS if self.id.is_some() => &[&self.id],
            DIVIDENDS => &[
                &self.ticker,
                &self.ex_dividend_date,
                &self.dividend_type,
                &self.cash_amount,
            ],
            // Reporting facilities share a number.
            EXCHANGES => &[&self.asset_class, &self.id, &self.name],
            // Conditions of trades and of quotes are numbered apart.
            _ => &[&self.asset_class, &self.kind, &self.id],
        };
        let mut id = String::new();
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                id.push(':');
            }
            id.push_str(part.as_ref()?.as_str());
        }
        Some(id)
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    if reply.item.dataset == OPEN_CLOSE {
        return parse_day(reply, rows);
    }
    let dataset = reply.item.dataset.as_str();
    let page = Page::<Raw<'_>>::read(reply.body)?;
    let window = Window::of(reply.item);
    let mut documents = Vec::with_capacity(page.rows().len());
    for (row, element) in page.rows().iter().enumerate() {
        let named: Named<'_> =
            json::read_plain(element.get().as_bytes()).map_err(|error| ParseError {
                at: format!("results[{row}].{}", error.at),
                what: error.what,
            })?;
        let id = named.id(dataset).ok_or_else(|| ParseError {
            at: format!("results[{row}]"),
            what: format!("an element without its name, expected one of {dataset}"),
        })?;
        let is_inside = match &named.ex_dividend_date {
            Some(date) if dataset == DIVIDENDS => window
                .contains(midnight_utc(date.as_str(), || {
                    format!("results[{row}].ex_dividend_date")
                })?),
            _ => true,
        };
        if is_inside {
            documents.push((id, element.get()));
        }
    }
    let next = page.next(reply.cursor, None)?;
    for (id, body) in &documents {
        push(dataset, id, body, rows);
    }
    Ok(next)
}

#[derive(Debug, Deserialize)]
struct Day<'a> {
    #[serde(borrow)]
    symbol: Word<'a>,
    #[serde(borrow)]
    from: Word<'a>,
}

plain_object!(Day {
    "symbol" => symbol,
    "from" => from,
    or_default {}
});

fn parse_day(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let body: Raw<'_> = json::read_plain(reply.body)?;
    let day: Day<'_> = json::read_plain(reply.body)?;
    let adjusted = adjusted(reply.item).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    let adjusted = if adjusted { "split" } else { "raw" };
    let id = format!("{}:{}:{adjusted}", day.symbol.as_str(), day.from.as_str());
    push(OPEN_CLOSE, &id, body.get(), rows);
    Ok(Next::End)
}

fn push(dataset: &str, id: &str, body: &str, rows: &mut Rows) {
    rows.push(&Document {
        source: NAME,
        dataset,
        id,
        body,
    });
}
