//! Fundings of perpetual contracts: `GET /api/v5/public/funding-rate-history`, and the current,
//! predicted one (`funding-rate`, live channel).
//!
//! Newest first. The vendor does not say how long a period was, so a row's hours are counted from
//! the row before it; the oldest row of a page is therefore read again as the newest of the next,
//! and a day more than the item is asked for.

use common::Decimal;
use common::tables::{FundingRate, Rows};
use serde::Deserialize;

use super::envelope::{self, Messages, Place};
use super::fields::{milliseconds, optional, optional_time, time};
use super::symbol::Namer;
use super::{FUNDING_RATES, get, wrong_cursor};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

pub(super) const BUDGET: &str = "okx.funding-rate-history";
pub(super) const NOW_BUDGET: &str = "okx.funding-rate";
const PAGE: usize = 400;
/// Longer than any period of funding.
const LOOK_BACK_MS: i64 = 86_400_000;
const HOUR_NS: i64 = 3_600_000_000_000;

pub(super) fn ask(window: Window, venue: String, cursor: &Cursor) -> Result<Ask, Refusal> {
    let after = match cursor {
        Cursor::Start => window.last_ms() + 1,
        Cursor::Time(after) => *after,
        other => return Err(wrong_cursor(FUNDING_RATES, other)),
    };
    let query = vec![
        ("instId", venue),
        ("after", after.to_string()),
        ("before", (window.first_ms() - LOOK_BACK_MS).to_string()),
        ("limit", PAGE.to_string()),
    ];
    Ok(get("/api/v5/public/funding-rate-history", BUDGET, query))
}

pub(super) fn ask_now(venue: String) -> Ask {
    get(
        "/api/v5/public/funding-rate",
        NOW_BUDGET,
        vec![("instId", venue)],
    )
}

/// A funding as it stands in a reply.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(default, borrow)]
    inst_id: Option<Word<'a>>,
    #[serde(borrow)]
    funding_time: Raw<'a>,
    #[serde(default, borrow)]
    funding_rate: Option<Raw<'a>>,
    /// What was settled; only of the past.
    #[serde(default, borrow)]
    realized_rate: Option<Raw<'a>>,
    /// Only of the current one.
    #[serde(default, borrow)]
    next_funding_time: Option<Raw<'a>>,
    /// Only of the current one.
    #[serde(default, borrow)]
    next_funding_rate: Option<Raw<'a>>,
}

plain_object!(Recorded {
    "fundingTime" => funding_time,
    or_default {
        "instId" => inst_id,
        "fundingRate" => funding_rate,
        "realizedRate" => realized_rate,
        "nextFundingTime" => next_funding_time,
        "nextFundingRate" => next_funding_rate,
    }
});

/// A funding of any origin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Funding {
    pub(super) time: i64,
    /// `None` of a contract that had none yet.
    pub(super) rate: Option<Decimal>,
    pub(super) predicted: bool,
    pub(super) hours: Option<i64>,
}

impl Funding {
    fn of(recorded: &Recorded<'_>, place: Place) -> Result<Self, ParseError> {
        let settled = optional(recorded.realized_rate, place, ".realizedRate")?;
        let told = optional(recorded.funding_rate, place, ".fundingRate")?;
        let time = time(recorded.funding_time, place, ".fundingTime")?;
        let next = optional_time(recorded.next_funding_time, place, ".nextFundingTime")?;
        Ok(Self {
            time,
            rate: settled.or(told),
            predicted: recorded.next_funding_time.is_some() || recorded.next_funding_rate.is_some(),
            hours: next.and_then(|next| hours(time, next)),
        })
    }
}

/// Whole hours between two fundings, whose times may be some seconds off.
pub(super) fn hours(from: i64, to: i64) -> Option<i64> {
    let rounded = to
        .checked_sub(from)?
        .checked_add(HOUR_NS / 2)?
        .div_euclid(HOUR_NS);
    (1..=24).contains(&rounded).then_some(rounded)
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let messages: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut page = Vec::with_capacity(messages.len());
    for (message, place, recorded) in messages.rows() {
        let inst_id = recorded.inst_id.as_ref().map(Word::as_str);
        let inst_id = inst_id.or(message.instrument());
        page.push((inst_id, Funding::of(recorded, place)?));
    }
    page.sort_by_key(|(inst_id, funding)| (*inst_id, funding.time));
    for at in 1..page.len() {
        let (before, (inst_id, funding)) = (page[at - 1], page[at]);
        if before.0 == inst_id && !funding.predicted {
            page[at].1.hours = hours(before.1.time, funding.time);
        }
    }
    let next = next(
        reply,
        page.first().map(|(_, funding)| milliseconds(funding.time)),
        page.len(),
    )?;
    // What is read again with the next page is left to it.
    let again = usize::from(matches!(next, Next::More(_)));
    let mut namer = Namer::new(reply.item, reply.instruments);
    for (inst_id, funding) in &page[again..] {
        push(reply, &mut namer, *inst_id, funding, rows);
    }
    Ok(next)
}

fn next(reply: &Reply<'_>, oldest: Option<i64>, rows: usize) -> Result<Next, ParseError> {
    let window = Window::of(reply.item);
    let by_range = reply.item.dataset == FUNDING_RATES
        && matches!(reply.item.work, common::item::Work::Range { .. });
    let Some(oldest) = oldest.filter(|_| by_range) else {
        return Ok(Next::End);
    };
    if oldest < window.first_ms() {
        return Ok(Next::End);
    }
    // The first row of this page was the last of the one before.
    match reply.cursor {
        Cursor::Time(after) if oldest >= *after => Err(super::no_progress(after)),
        Cursor::Time(after) if oldest + 1 == *after && rows == 1 => Ok(Next::End),
        Cursor::Time(after) if oldest + 1 == *after => Err(super::no_progress(after)),
        _ => Ok(Next::More(Cursor::Time(oldest + 1))),
    }
}

pub(super) fn push(
    reply: &Reply<'_>,
    namer: &mut Namer<'_>,
    inst_id: Option<&str>,
    funding: &Funding,
    rows: &mut Rows,
) {
    // The current one lies in the future, whatever the second of asking was.
    let belongs =
        reply.item.dataset != FUNDING_RATES || Window::of(reply.item).contains(funding.time);
    let (true, Some(funding_rate)) = (belongs, funding.rate) else {
        return;
    };
    let named = namer.name(inst_id, None);
    rows.push(&FundingRate {
        source: super::NAME,
        symbol: &named.symbol,
        venue_symbol: &named.venue,
        funding_time: funding.time,
        funding_rate,
        mark_price: None,
        interval_hours: funding.hours,
        kind: if funding.predicted {
            "predicted"
        } else {
            "regular"
        },
        index_price: None,
        rate_8h: None,
    });
}
