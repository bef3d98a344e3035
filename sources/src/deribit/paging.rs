//! The pages of trades: which host is asked from where, and when there are no more.
//!
//! The first page of an item is asked by time, the others by the number of the trade
//! (`trade_seq`), which has no holes, so trades of one millisecond that span two pages do no harm.
//! `last + 1 ms` would lose them.
//!
//! The main host knows the last 24 hours and answers older windows with nothing and without an
//! error. An item that began before that when its first page came is therefore read from the
//! history host, and its end, should the main host still have it, from there again. Planning asks
//! the history host straight away for what is old already (`via=history`).

use common::item::Work;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::reply::{self, Held, Many, Owners, Who};
use super::trades::{Read, Recorded};
use super::{HISTORY, call, of_history, wrong_cursor};
use crate::ask::{Ask, At, Cursor, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::source::Reply;
use crate::window::Window;

/// How long the main host shows trades.
pub(super) const RETENTION_MS: i64 = 86_400_000;
/// The most of one page: of the main host, of the history host.
const PAGE: u32 = 1_000;
const PAGE_OF_HISTORY: u32 = 10_000;

/// Which host is being read, in the order in which an item may go through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Recent,
    History,
    /// The main host again, for what the history host did not have yet.
    Rest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    stage: Stage,
    /// The first trade wanted, by number; by time without.
    from: Option<u64>,
}

impl Place {
    /// Cursors are `history`, `history 17`, `recent 17`, `rest 17`, `rest`.
    fn of(cursor: &Cursor, via: &str) -> Option<Self> {
        let text = match cursor {
            Cursor::Start if via == HISTORY => HISTORY,
            Cursor::Start => "recent",
            Cursor::Token(text) => text,
            _ => return None,
        };
        let (stage, from) = match text.split_once(' ') {
            Some((stage, from)) => (stage, Some(from.parse().ok()?)),
            None => (text, None),
        };
        let stage = match stage {
            "recent" => Stage::Recent,
            HISTORY => Stage::History,
            "rest" => Stage::Rest,
            _ => return None,
        };
        Some(Self { stage, from })
    }

    fn cursor(self) -> Cursor {
        let stage = match self.stage {
            Stage::Recent => "recent",
            Stage::History => HISTORY,
            Stage::Rest => "rest",
        };
        Cursor::Token(match self.from {
            Some(from) => format!("{stage} {from}"),
            None => stage.to_owned(),
        })
    }
}

pub(super) fn ask(at: &At<'_>, window: Window, venue: String) -> Result<Ask, Refusal> {
    let Place { stage, from } = Place::of(at.cursor, at.item.param("via"))
        .ok_or_else(|| wrong_cursor(&at.item.dataset, at.cursor))?;
    let mut query = vec![("instrument_name", venue)];
    let method = match from {
        Some(from) => {
            query.push(("start_seq", from.to_string()));
            "get_last_trades_by_instrument"
        }
        None => {
            query.push(("start_timestamp", window.first_ms().to_string()));
            query.push(("end_timestamp", window.last_ms().to_string()));
            "get_last_trades_by_instrument_and_time"
        }
    };
    let page = if stage == Stage::History {
        PAGE_OF_HISTORY
    } else {
        PAGE
    };
    query.push(("count", page.to_string()));
    query.push(("sorting", "asc".to_owned()));
    if stage != Stage::History {
        return Ok(call(method, query));
    }
    query.push(("include_old", "true".to_owned()));
    Ok(of_history(call(method, query)))
}

#[derive(Debug, Deserialize)]
struct Page<'a> {
    #[serde(default, borrow)]
    trades: Option<Vec<Recorded<'a>>>,
    #[serde(default)]
    has_more: bool,
    /// Of another method: what some take for liquidations.
    #[serde(default)]
    settlements: Option<IgnoredAny>,
}

plain_object!(Page {
    or_default {
        "trades" => trades,
        "has_more" => has_more,
        "settlements" => settlements,
    }
});

/// The trades of a page that the item wants, in order, and how to go on.
pub(super) fn read<'a>(reply: &Reply<'a>) -> Result<(Vec<Read<'a>>, Next), ParseError> {
    let (mut page, has_more) = recorded(reply)?;
    let Work::Range { .. } = reply.item.work else {
        return Ok((page, Next::End));
    };
    let place = place(reply)?;
    in_order_once(&mut page, place, has_more)?;
    let next = next(reply, place, &page, has_more)?;
    if place.stage == Stage::Recent && next == to_history().into() {
        // All of it is read from there.
        page.clear();
    }
    let (window, first) = (Window::of(reply.item), place.from.unwrap_or(0));
    page.retain(|trade| {
        window.contains(trade.ts) && trade.seq.is_none_or(|number| number >= first)
    });
    Ok((page, next))
}

/// Gives each trade with whose it is, and room for its flags.
pub(super) fn each<'a>(
    reply: &Reply<'a>,
    page: &[Read<'a>],
    mut push: impl FnMut(&Who<'_>, &Read<'_>, &mut String),
) {
    let mut flags = String::new();
    let mut owners = Owners::default();
    for trade in page {
        push(&owners.of(reply, trade.instrument), trade, &mut flags);
    }
}

/// The trades of a reply, and whether there are more of what was asked.
fn recorded<'a>(reply: &Reply<'a>) -> Result<(Vec<Read<'a>>, bool), ParseError> {
    let mut all = Vec::new();
    let mut more = false;
    for envelope in reply::read::<Page<'_>, Many<Recorded<'_>>>(reply.body)? {
        let (trades, path) = match envelope.held()? {
            Held::Answer(page) => {
                more |= page.has_more;
                (trades_of(page)?, "result.trades")
            }
            Held::Notice(_, Many(trades)) => (trades, "params.data"),
        };
        all.reserve(trades.len());
        for (row, recorded) in trades.iter().enumerate() {
            all.push(Read::of(recorded, path, row)?);
        }
    }
    Ok((all, more))
}

fn trades_of(page: Page<'_>) -> Result<Vec<Recorded<'_>>, ParseError> {
    page.trades.ok_or_else(|| ParseError {
        at: "result.trades".to_owned(),
        what: match page.settlements {
            Some(_) => "settlements, which name no order and are no liquidations; expected trades",
            None => "nothing, expected trades",
        }
        .to_owned(),
    })
}

fn place(reply: &Reply<'_>) -> Result<Place, ParseError> {
    Place::of(reply.cursor, reply.item.param("via")).ok_or_else(|| ParseError {
        at: "item".to_owned(),
        what: wrong_cursor(&reply.item.dataset, reply.cursor).0,
    })
}

fn to_history() -> Place {
    Place {
        stage: Stage::History,
        from: None,
    }
}

impl From<Place> for Next {
    fn from(place: Place) -> Self {
        Self::More(place.cursor())
    }
}

/// By number, each once. A page that comes newest first although it was asked the other way round
/// would be the end of its window instead of the beginning.
fn in_order_once(page: &mut Vec<Read<'_>>, place: Place, has_more: bool) -> Result<(), ParseError> {
    let wrong = |what: String| ParseError {
        at: "result.trades".to_owned(),
        what,
    };
    if page.iter().any(|trade| trade.seq.is_none()) {
        return Err(wrong(
            "a trade without trade_seq, by which pages follow each other".to_owned(),
        ));
    }
    if page.is_sorted_by(|a, b| a.seq < b.seq) {
        return Ok(());
    }
    let newest_first = page.is_sorted_by(|a, b| a.seq >= b.seq);
    if newest_first && has_more && page.len() > 1 {
        let from = place
            .from
            .map_or_else(|| "a time".to_owned(), |from| format!("{from}"));
        return Err(wrong(format!(
            "the newest come first and there are more, expected the oldest from {from} on (sorting=asc)"
        )));
    }
    page.sort_by_key(|trade| trade.seq);
    page.dedup_by_key(|trade| trade.seq);
    Ok(())
}

fn next(
    reply: &Reply<'_>,
    place: Place,
    page: &[Read<'_>],
    has_more: bool,
) -> Result<Next, ParseError> {
    let window = Window::of(reply.item);
    let last = page.last().and_then(|trade| Some((trade.seq?, trade.ts)));
    if let (Some(from), Some((last, _))) = (place.from, last)
        && last < from
    {
        return Err(ParseError {
            at: "result.trades".to_owned(),
            what: format!("every trade lies before {from}, where the page was asked to start"),
        });
    }
    let shown_from = reply.fetched_at_ms.saturating_sub(RETENTION_MS);
    if place.stage == Stage::Recent && place.from.is_none() && window.first_ms() < shown_from {
        return Ok(to_history().into());
    }
    let from = last.map(|(last, _)| match place.from {
        Some(_) => last.saturating_add(1),
        None => first_missing(page).unwrap_or(last.saturating_add(1)),
    });
    let done = last.is_none_or(|(_, ts)| !has_more || window.ends_before(ts));
    if !done {
        return Ok(Place { from, ..place }.into());
    }
    let rest = Place {
        stage: Stage::Rest,
        from: last.map(|(last, _)| last.saturating_add(1)).or(place.from),
    };
    let past = last.is_some_and(|(_, ts)| window.ends_before(ts));
    let ends_recently = window.last_ms() >= shown_from;
    Ok(if place.stage == Stage::History && ends_recently && !past {
        rest.into()
    } else {
        Next::End
    })
}

/// The first number that is missing between those of a page that was asked by time: were times
/// not quite in the order of numbers, the next page would begin behind it.
fn first_missing(page: &[Read<'_>]) -> Option<u64> {
    page.windows(2).find_map(|pair| {
        let after = pair[0].seq?.saturating_add(1);
        (pair[1].seq? > after).then_some(after)
    })
}
