//! Funding of Deribit's perpetuals: `public/get_funding_rate_history`, one row an hour.
//!
//! `interest_1h` is what was paid for the hour that ends at the row's time; `interest_8h` looks
//! back eight hours. In the vendor's example the hour that ends at `start_timestamp` is left out,
//! so a request begins an hour early, and covers 743 hours more: at most 744 rows come at once.
//!
//! Saved replies of other methods are read too: a ticker (its current rate, kind `current`) and
//! `get_funding_rate_value` (a rate over a period that only the request knew, kind `value`).

use std::rc::Rc;

use common::Decimal;
use common::item::Work;
use common::tables::{FundingRate, Rows};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::reply::{self, Envelope, Held, Many, Owners, Who};
use super::{FUNDING_RATES, call, number, wrong_cursor};
use crate::ask::{Ask, At, Cursor, Next, ParseError, Refusal};
use crate::json::scan::{self, Plain, plain_object};
use crate::json::{self, Raw};
use crate::source::Reply;
use crate::window::Window;

const HOUR_MS: i64 = 3_600_000;
/// Hours that a request moves on by.
pub(super) const STEP_HOURS: i64 = 743;
const STEP_MS: i64 = STEP_HOURS * HOUR_MS;

pub(super) fn ask(at: &At<'_>, window: Window, venue: String) -> Result<Ask, Refusal> {
    let start = match at.cursor {
        Cursor::Start => window.first_ms(),
        Cursor::Time(start) => *start,
        other => return Err(wrong_cursor(FUNDING_RATES, other)),
    };
    let end = start.saturating_add(STEP_MS - 1).min(window.last_ms());
    let query = vec![
        ("instrument_name", venue),
        ("start_timestamp", (start - HOUR_MS).max(0).to_string()),
        ("end_timestamp", end.to_string()),
    ];
    Ok(call("get_funding_rate_history", query))
}

/// An hour of the history, or what a ticker says of the current rate.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(default)]
    timestamp: Option<i64>,
    #[serde(default)]
    instrument_name: Option<&'a str>,
    #[serde(default, borrow)]
    interest_1h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    interest_8h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    current_funding: Option<Raw<'a>>,
    #[serde(default, borrow)]
    funding_8h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    index_price: Option<Raw<'a>>,
    #[serde(default, borrow)]
    mark_price: Option<Raw<'a>>,
}

plain_object!(Recorded {
    or_default {
        "timestamp" => timestamp,
        "instrument_name" => instrument_name,
        "interest_1h" => interest_1h,
        "interest_8h" => interest_8h,
        "current_funding" => current_funding,
        "funding_8h" => funding_8h,
        "index_price" => index_price,
        "mark_price" => mark_price,
    }
});

struct Read<'a> {
    who: Rc<Who<'a>>,
    time: i64,
    rate: Decimal,
    rate_8h: Option<Decimal>,
    index_price: Option<Decimal>,
    mark_price: Option<Decimal>,
    hours: Option<i64>,
    kind: &'static str,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let mut all = read(reply)?;
    let window = Window::of(reply.item);
    let start = match reply.cursor {
        Cursor::Time(start) => start.saturating_mul(1_000_000),
        _ => i64::MIN,
    };
    all.retain(|row| row.time >= start && window.contains(row.time));
    for row in &all {
        push(row, rows);
    }
    Ok(next(reply, window))
}

fn next(reply: &Reply<'_>, window: Window) -> Next {
    let start = match (&reply.item.work, reply.cursor) {
        (Work::Ids(_), _) => return Next::End,
        (Work::Range { .. }, Cursor::Time(start)) => *start,
        (Work::Range { .. }, _) => window.first_ms(),
    };
    let next = start.saturating_add(STEP_MS);
    if next > window.last_ms() || next > reply.fetched_at_ms {
        Next::End
    } else {
        Next::More(Cursor::Time(next))
    }
}

/// A reply as most are: a list of hours.
type Hours<'a> = Envelope<'a, Many<Recorded<'a>>, IgnoredAny>;

fn read<'a>(reply: &Reply<'a>) -> Result<Vec<Read<'a>>, ParseError> {
    let mut all = Vec::new();
    if let Some(answer) = scan::all(reply.body, Hours::scan) {
        let (us_out, held) = (answer.us_out, answer.held()?);
        if let Held::Answer(Many(recorded)) = held {
            hours(reply, &recorded, ("result", us_out), &mut all)?;
        }
        return Ok(all);
    }
    for envelope in reply::read::<Raw<'_>, Raw<'_>>(reply.body)? {
        let us_out = envelope.us_out;
        let (raw, path) = match envelope.held()? {
            Held::Answer(raw) => (raw, "result"),
            Held::Notice(_, raw) => (raw, "params.data"),
        };
        if !raw.get().starts_with(['[', '{']) {
            all.push(value(reply, raw, (path, us_out))?);
            continue;
        }
        let Many(recorded) = json::read(raw.get().as_bytes()).map_err(|error| ParseError {
            at: format!("{path}{}", error.at),
            ..error
        })?;
        hours(reply, &recorded, (path, us_out), &mut all)?;
    }
    Ok(all)
}

fn hours<'a>(
    reply: &Reply<'a>,
    recorded: &[Recorded<'a>],
    (path, us_out): (&str, Option<i64>),
    all: &mut Vec<Read<'a>>,
) -> Result<(), ParseError> {
    let mut owners = Owners::default();
    for (row, recorded) in recorded.iter().enumerate() {
        let at = |name: &str| format!("{path}[{row}].{name}");
        let who = owners.of(reply, recorded.instrument_name);
        all.push(hour(reply, who, recorded, us_out, at)?);
    }
    Ok(())
}

fn hour<'a>(
    reply: &Reply<'a>,
    who: Rc<Who<'a>>,
    recorded: &Recorded<'_>,
    us_out: Option<i64>,
    at: impl Fn(&str) -> String,
) -> Result<Read<'a>, ParseError> {
    let time = match recorded.timestamp {
        Some(ms) => number::ns_of_ms(ms, || at("timestamp"))?,
        None => reply::time_of(reply, us_out)?,
    };
    let computed = |raw, field: &str| number::computed_or_none(raw, field, &at);
    let (rate, rate_8h, hours, kind) = match (
        computed(recorded.interest_1h, "interest_1h")?,
        computed(recorded.current_funding, "current_funding")?,
    ) {
        (Some(rate), _) => {
            let rate_8h = computed(recorded.interest_8h, "interest_8h")?;
            (rate, rate_8h, Some(1), "regular")
        }
        (None, Some(rate)) => {
            let rate_8h = computed(recorded.funding_8h, "funding_8h")?;
            (rate, rate_8h, None, "current")
        }
        (None, None) => {
            return Err(ParseError {
                at: at("interest_1h"),
                what: "nothing, expected a rate (only perpetuals have one)".to_owned(),
            });
        }
    };
    Ok(Read {
        who,
        time,
        rate,
        rate_8h,
        index_price: number::exact_or_none(recorded.index_price, || at("index_price"))?,
        mark_price: number::exact_or_none(recorded.mark_price, || at("mark_price"))?,
        hours,
        kind,
    })
}

/// A rate alone.
fn value<'a>(
    reply: &Reply<'a>,
    raw: Raw<'_>,
    (path, us_out): (&str, Option<i64>),
) -> Result<Read<'a>, ParseError> {
    Ok(Read {
        who: Rc::new(Who::of(reply, None)),
        time: reply::time_of(reply, us_out)?,
        rate: number::computed(raw, "result", |_| path.to_owned())?,
        rate_8h: None,
        index_price: None,
        mark_price: None,
        hours: None,
        kind: "value",
    })
}

fn push(row: &Read<'_>, rows: &mut Rows) {
    rows.push(&FundingRate {
        source: super::NAME,
        symbol: &row.who.symbol,
        venue_symbol: &row.who.venue,
        funding_time: row.time,
        funding_rate: row.rate,
        mark_price: row.mark_price,
        interval_hours: row.hours,
        kind: row.kind,
        index_price: row.index_price,
        rate_8h: row.rate_8h,
    });
}
