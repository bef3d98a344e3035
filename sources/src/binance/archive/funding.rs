//! Funding rates: `calc_time, funding_interval_hours, last_funding_rate`, monthly files alone.
//!
//! They say the hours between two fundings, which REST does not, and no mark price, which REST
//! does: the one row of both that stays is the one that was fetched last.

use common::tables::FundingRate;

use super::rows::{self, Head, Sink};
use crate::ask::ParseError;
use crate::source::Stream;

const COLUMNS: usize = 3;

pub(super) fn read(
    body: &mut dyn Stream,
    head: &Head,
    mut sink: Sink<'_>,
) -> Result<(), ParseError> {
    rows::each(body, |row| {
        row.has(COLUMNS)?;
        let funding = FundingRate {
            source: head.source,
            symbol: &head.symbol,
            venue_symbol: &head.venue_symbol,
            funding_time: row.time(0)?,
            funding_rate: row.decimal(2)?,
            mark_price: None,
            interval_hours: Some(row.count(1)?),
            kind: "regular",
            index_price: None,
            rate_8h: None,
        };
        if head.window.contains(funding.funding_time) {
            sink.push(&funding);
        }
        Ok(())
    })
}
