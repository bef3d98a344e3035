//! Bars of Xignite: `GetQuotesRange` by day, `GetBars` in five minutes.
//!
//! Days are trading days in Tokyo and become midnight UTC of their date. Rows with an empty date
//! fill the list up and are skipped, and so are days of a share without volume, whose prices are 0;
//! an index never has volume. The replies tell themselves apart by the name of their list.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, TimeDelta};
use common::tables::{Kline, Rows};
use common::{Decimal, Item, Work};
use serde::Deserialize;

use super::errors::SUCCESS;
use super::{DAY, FIVE_MINUTES, KLINES, Kind, NAME, REQUESTS, plan};
use crate::ask::{Ask, Cost, Next, ParseError, Refusal, TokenIn};
use crate::instant;
use crate::json::scan::plain_object;
use crate::json::{self, Raw};
use crate::source::Reply;
use crate::window::Window;

const NS_PER_MS: i64 = 1_000_000;
const NS_PER_HOUR: i64 = 3_600_000 * NS_PER_MS;
/// Tokyo is ahead of UTC all the year.
const TOKYO_HOURS: i64 = 9;
const ADJUSTED: &str = "all";

pub(super) fn ask(item: &Item) -> Result<Ask, Refusal> {
    if item.dataset != KLINES {
        return Err(Refusal(format!("{NAME} has no dataset {:?}", item.dataset)));
    }
    let (window, symbol) = Window::asked(item)?;
    let symbol = symbol.ok_or_else(|| Refusal(format!("{KLINES} of {NAME} needs a symbol")))?;
    plan::check_symbol(symbol).map_err(Refusal)?;
    let kind = Kind::of(item.param("kind"), symbol).map_err(Refusal)?;
    let interval = match item.param("interval") {
        "" => DAY,
        given => given,
    };
    Kind::check_interval(interval).map_err(Refusal)?;
    let service = match (kind, interval == DAY) {
        (Kind::Share, true) => "QUICKEquityHistorical.json/GetQuotesRange",
        (Kind::Index, true) => "QUICKIndexHistorical.json/GetQuotesRange",
        (Kind::Share, false) => "QUICKEquityRealTime.json/GetBars",
        (Kind::Index, false) => "QUICKIndexRealTime.json/GetBars",
    };
    let mut form = vec![
        ("IdentifierType", "Symbol".to_owned()),
        ("Identifier", symbol.to_owned()),
        ("AdjustmentMethod", "All".to_owned()),
    ];
    if interval == DAY {
        let date = |day: NaiveDate| day.format("%Y/%m/%d").to_string();
        form.push(("StartOfDate", date(window.first_day())));
        form.push(("EndOfDate", date(window.last_day())));
    } else {
        let (from, to) = window.bounds_ns();
        form.push(("StartDateTime", tokyo(from)));
        form.push(("EndDateTime", tokyo(to)));
        form.push(("Precision", "FiveMinutes".to_owned()));
        form.push(("Language", "Japanese".to_owned()));
    }
    let cost = Cost {
        budget: REQUESTS,
        units: 1,
    };
    let mut ask = Ask::get(format!("/{service}"), cost).with_token(TokenIn::Form("_token"));
    ask.form = Some(form);
    Ok(ask)
}

/// An instant on Tokyo's clock, as the vendor writes it.
fn tokyo(ns: i64) -> String {
    let wall = DateTime::from_timestamp_nanos(ns) + TimeDelta::hours(TOKYO_HOURS);
    wall.format("%Y/%m/%d %H:%M:%S").to_string()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recorded<'a> {
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    security: Option<Named<'a>>,
    #[serde(borrow, default)]
    index_and_group: Option<Named<'a>>,
    #[serde(borrow, default)]
    array_of_end_of_day_quote: Option<Vec<Day<'a>>>,
    #[serde(borrow, default)]
    array_of_bar: Option<Vec<Minutes<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'a> {
    #[serde(borrow, default)]
    symbol: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Day<'a> {
    #[serde(borrow)]
    date: Cow<'a, str>,
    #[serde(borrow)]
    open: Raw<'a>,
    #[serde(borrow)]
    high: Raw<'a>,
    #[serde(borrow)]
    low: Raw<'a>,
    #[serde(borrow)]
    close: Raw<'a>,
    #[serde(borrow)]
    volume: Raw<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Minutes<'a> {
    #[serde(borrow)]
    start_date_time: Cow<'a, str>,
    #[serde(borrow)]
    end_date_time: Cow<'a, str>,
    #[serde(rename = "UTCOffSet", alias = "UTCOffset")]
    utc_offset: i64,
    #[serde(borrow)]
    open: Raw<'a>,
    #[serde(borrow)]
    high: Raw<'a>,
    #[serde(borrow)]
    low: Raw<'a>,
    #[serde(borrow)]
    close: Raw<'a>,
    #[serde(borrow)]
    volume: Raw<'a>,
}

plain_object!(Recorded {
    "Outcome" => outcome,
    or_default {
        "Message" => message,
        "Security" => security,
        "IndexAndGroup" => index_and_group,
        "ArrayOfEndOfDayQuote" => array_of_end_of_day_quote,
        "ArrayOfBar" => array_of_bar,
    }
});

plain_object!(Named {
    or_default { "Symbol" => symbol, }
});

plain_object!(Day {
    "Date" => date,
    "Open" => open,
    "High" => high,
    "Low" => low,
    "Close" => close,
    "Volume" => volume,
    or_default {}
});

plain_object!(Minutes {
    "StartDateTime" => start_date_time,
    "EndDateTime" => end_date_time,
    "UTCOffSet" | "UTCOffset" => utc_offset,
    "Open" => open,
    "High" => high,
    "Low" => low,
    "Close" => close,
    "Volume" => volume,
    or_default {}
});

struct Bar {
    open_time: i64,
    close_time: Option<i64>,
    /// The first instant after it.
    end: i64,
    /// Open, high, low, close, volume.
    figures: [Decimal; 5],
}

/// Open, high, low, close and volume.
fn figures(raw: [Raw<'_>; 5], at: impl Fn(&str) -> String) -> Result<[Decimal; 5], ParseError> {
    let mut figures = [Decimal::ZERO; 5];
    let names = ["Open", "High", "Low", "Close", "Volume"];
    for ((figure, raw), name) in figures.iter_mut().zip(raw).zip(names) {
        *figure = json::decimal(raw, || at(name))?;
    }
    Ok(figures)
}

impl Day<'_> {
    fn bar(&self, row: usize) -> Result<Bar, ParseError> {
        let at = |name: &str| format!("ArrayOfEndOfDayQuote[{row}].{name}");
        let date = instant::midnight(self.date.as_bytes(), b'/').ok_or_else(|| ParseError {
            at: at("Date"),
            what: format!("{:?}, expected a date such as 2024/01/05", self.date),
        })?;
        Ok(Bar {
            open_time: date,
            close_time: None,
            // Midnight in Tokyo.
            end: date + (24 - TOKYO_HOURS) * NS_PER_HOUR,
            figures: figures(
                [self.open, self.high, self.low, self.close, self.volume],
                at,
            )?,
        })
    }
}

impl Minutes<'_> {
    fn bar(&self, row: usize) -> Result<Bar, ParseError> {
        let at = |name: &str| format!("ArrayOfBar[{row}].{name}");
        let time = |text: &str, name: &str| {
            instant::clock(text.as_bytes(), b'/', b' ')
                .and_then(|wall| wall.checked_sub(self.utc_offset.checked_mul(NS_PER_HOUR)?))
                .ok_or_else(|| ParseError {
                    at: at(name),
                    what: format!("{text:?}, expected a time such as 2024/01/05 09:00:00"),
                })
        };
        let end = time(&self.end_date_time, "EndDateTime")?;
        Ok(Bar {
            open_time: time(&self.start_date_time, "StartDateTime")?,
            close_time: Some(end),
            end,
            figures: figures(
                [self.open, self.high, self.low, self.close, self.volume],
                at,
            )?,
        })
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let recorded: Recorded<'_> = json::read_plain(reply.body)?;
    if recorded.outcome != SUCCESS {
        return Err(ParseError {
            at: "Outcome".to_owned(),
            what: format!(
                "{:?} ({}), expected {SUCCESS:?}",
                recorded.outcome,
                recorded.message.as_deref().unwrap_or_default()
            ),
        });
    }
    let symbol = symbol(reply.item, &recorded);
    let kind = Kind::of(reply.item.param("kind"), symbol).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    let is_index = kind == Kind::Index || recorded.index_and_group.is_some();
    let (interval, mut bars) = bars(&recorded)?;
    bars.retain(|bar| {
        let [.., volume] = bar.figures;
        is_index || volume != Decimal::ZERO
    });
    let window = Window::of(reply.item);
    let is_closed = |bar: &&Bar| bar.end.div_euclid(NS_PER_MS) <= reply.fetched_at_ms;
    let inside = bars.iter().filter(|bar| window.contains(bar.open_time));
    for bar in inside.filter(is_closed) {
        push(bar, symbol, interval, rows);
    }
    Ok(Next::End)
}

/// The symbol of the item, else what the reply says.
fn symbol<'r>(item: &'r Item, recorded: &'r Recorded<'_>) -> &'r str {
    let told = match &item.work {
        Work::Range { symbol, .. } => symbol.as_deref(),
        Work::Ids(_) => item.params.get("symbol").map(String::as_str),
    };
    let named = recorded
        .security
        .as_ref()
        .or(recorded.index_and_group.as_ref());
    told.or_else(|| named?.symbol.as_deref())
        .unwrap_or_default()
}

fn bars(recorded: &Recorded<'_>) -> Result<(&'static str, Vec<Bar>), ParseError> {
    match (&recorded.array_of_end_of_day_quote, &recorded.array_of_bar) {
        (Some(days), _) => {
            let days = days.iter().enumerate();
            let days = days.filter(|(_, day)| !day.date.is_empty());
            let bars = days
                .map(|(row, day)| day.bar(row))
                .collect::<Result<_, _>>()?;
            Ok((DAY, bars))
        }
        (None, Some(bars)) => {
            let bars = bars.iter().enumerate();
            let bars = bars.filter(|(_, bar)| !bar.start_date_time.is_empty());
            let bars = bars
                .map(|(row, bar)| bar.bar(row))
                .collect::<Result<_, _>>()?;
            Ok((FIVE_MINUTES, bars))
        }
        (None, None) => Err(ParseError {
            at: ".".to_owned(),
            what: "no list, expected ArrayOfEndOfDayQuote or ArrayOfBar".to_owned(),
        }),
    }
}

fn push(bar: &Bar, symbol: &str, interval: &str, rows: &mut Rows) {
    let [open, high, low, close, volume] = bar.figures;
    rows.push(&Kline {
        source: NAME,
        symbol,
        venue_symbol: symbol,
        interval,
        open_time: bar.open_time,
        adjusted: ADJUSTED,
        open,
        high,
        low,
        close,
        volume,
        quote_volume: None,
        trade_count: None,
        taker_buy_volume: None,
        taker_buy_quote_volume: None,
        vwap: None,
        close_time: bar.close_time,
    });
}
