//! Open interest and ratios, every five minutes of a day: `create_time, symbol,
//! sum_open_interest, sum_open_interest_value` and four ratios.
//!
//! One file feeds three datasets: `open_interest` and `long_short_ratios` take their own rows of
//! it, `metrics` takes both. The shares of longs and shorts, which REST has, are not in it.
//!
//! Some figures are missing in some rows, and some days have fewer rows than 288; that is how the
//! vendor published them.

use common::Decimal;
use common::item::Work;
use common::tables::{LongShortRatio, OpenInterest};

use super::Market;
use super::rows::{self, Head, Sink};
use crate::ask::ParseError;
use crate::csv::Line;
use crate::instant;
use crate::plan::PlanError;
use crate::source::{Reply, Stream};

const COLUMNS: usize = 8;
/// The ratios of the last four columns: accounts and positions of the top traders, all accounts,
/// and volume bought to volume sold by takers.
const RATIOS: [(usize, &str); 4] = [
    (4, "top_accounts"),
    (5, "top_positions"),
    (6, "accounts"),
    (7, "taker_volume"),
];

pub(super) fn read(
    body: &mut dyn Stream,
    head: &Head,
    reply: &Reply<'_>,
    mut sink: Sink<'_>,
) -> Result<(), ParseError> {
    let item = reply.item;
    let has_interest = item.dataset != "long_short_ratios";
    let has_ratios = item.dataset != "open_interest";
    // Of a saved file every row comes out.
    let wanted = match item.work {
        Work::Range { .. } => item.param("kind"),
        Work::Ids(_) => "",
    };
    // The line names its symbol itself, for who has not asked for one.
    let named = |symbol: &str| Market::Usdm.rest().names(symbol, reply.instruments).symbol;
    rows::each(body, |row| {
        row.has(COLUMNS)?;
        let line = Minutes::of(row, head, named)?;
        // A line stands at the end of its five minutes, the last one of a day at midnight.
        if !head.window.contains(line.ts) && !head.window.contains(line.ts - 1) {
            return Ok(());
        }
        if has_interest {
            sink.push(&line.interest(row)?);
        }
        for (column, kind) in RATIOS.iter().filter(|_| has_ratios) {
            let ratio = row.optional(*column)?;
            if ratio.is_some() && (wanted.is_empty() || wanted == *kind) {
                sink.push(&line.ratio(kind, ratio));
            }
        }
        Ok(())
    })
}

/// Checks the kind of ratio that a person wrote.
pub(super) fn check_kind(kind: &str) -> Result<(), PlanError> {
    if kind.is_empty() || RATIOS.iter().any(|(_, known)| *known == kind) {
        return Ok(());
    }
    let kinds: Vec<_> = RATIOS.iter().map(|(_, kind)| *kind).collect();
    Err(PlanError(format!(
        "there are no ratios of kind {kind:?}; there are {}",
        kinds.join(", ")
    )))
}

/// What the rows of one line share.
struct Minutes<'a> {
    source: &'static str,
    symbol: std::borrow::Cow<'a, str>,
    venue_symbol: &'a str,
    ts: i64,
}

impl<'a> Minutes<'a> {
    fn of(
        row: &Line<'a>,
        head: &'a Head,
        named: impl Fn(&str) -> String,
    ) -> Result<Self, ParseError> {
        let ts = instant::clock(row.text(0)?.as_bytes(), b'-', b' ')
            .ok_or_else(|| row.error(0, "a time such as 2024-01-05 00:05:00"))?;
        let (symbol, venue_symbol) = if head.venue_symbol.is_empty() {
            (named(row.text(1)?).into(), row.text(1)?)
        } else {
            (head.symbol.as_str().into(), head.venue_symbol.as_str())
        };
        Ok(Self {
            source: head.source,
            symbol,
            venue_symbol,
            ts,
        })
    }

    fn interest(&self, row: &Line<'_>) -> Result<OpenInterest<'_>, ParseError> {
        let amount = row.optional(2)?;
        Ok(OpenInterest {
            source: self.source,
            symbol: &self.symbol,
            venue_symbol: self.venue_symbol,
            ts: self.ts,
            open_interest: amount,
            open_interest_base: amount,
            open_interest_value: row.optional(3)?,
        })
    }

    fn ratio(&self, kind: &'static str, ratio: Option<Decimal>) -> LongShortRatio<'_> {
        LongShortRatio {
            source: self.source,
            symbol: &self.symbol,
            venue_symbol: self.venue_symbol,
            kind,
            period: "5m",
            ts: self.ts,
            long: None,
            short: None,
            ratio,
        }
    }
}
