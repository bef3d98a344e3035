//! Names of instruments: the vendor's (`BTC-USDT-SWAP`, `BTC-USD-250627-50000-C`) and ours
//! (`BTC-USDT-PERP`, `BTC-USD-20250627-50000-C`).
//!
//! The vendor's names say what they are, so names follow from each other by rule; the lists are
//! needed for multipliers, and to know that an instrument exists.

use chrono::{DateTime, NaiveDate};
use common::item::{Item, Work};

use crate::ask::Refusal;
use crate::instrument::{Instruments, Kind, Known, Unit};

const NS_PER_DAY: i64 = 86_400_000_000_000;

/// The vendor's words for its kinds of instruments.
pub(super) const TYPES: &[&str] = &["SPOT", "SWAP", "FUTURES", "OPTION"];

/// What a name of the vendor says it is.
pub(super) fn kind(venue: &str) -> Option<Kind> {
    let parts: Vec<&str> = venue.split('-').collect();
    match parts.as_slice() {
        [_, _] => Some(Kind::Spot),
        [_, _, "SWAP"] => Some(Kind::Perpetual),
        [_, _, date] if is_date(date) => Some(Kind::Future),
        [_, _, date, _, "C" | "P"] if is_date(date) => Some(Kind::Option),
        _ => None,
    }
}

fn is_date(part: &str) -> bool {
    part.len() == 6 && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// The vendor's word for a kind; margin pairs are spot pairs.
pub(super) fn instrument_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Perpetual => "SWAP",
        Kind::Future => "FUTURES",
        Kind::Option => "OPTION",
        _ => "SPOT",
    }
}

/// The vendor's name of a symbol written in either way and any case.
pub(super) fn venue(written: &str) -> String {
    let written = written.trim().to_ascii_uppercase();
    let mut parts: Vec<String> = written.split('-').map(str::to_owned).collect();
    if let [_, _, third, ..] = parts.as_mut_slice() {
        let full_date = third.len() == 8 && third.bytes().all(|byte| byte.is_ascii_digit());
        if full_date {
            third.drain(..2);
        } else if third == "PERP" {
            "SWAP".clone_into(third);
        }
    }
    parts.join("-")
}

/// Our name of an instrument of the vendor.
pub(super) fn normalised(venue: &str) -> String {
    let mut parts: Vec<&str> = venue.split('-').collect();
    let date;
    match kind(venue) {
        Some(Kind::Perpetual) => parts[2] = "PERP",
        Some(Kind::Future | Kind::Option) => {
            date = format!("20{}", parts[2]);
            parts[2] = &date;
        }
        _ => {}
    }
    parts.join("-")
}

/// Base, quote and whatever else names the family of a derivative: `BTC-USDT`.
pub(super) fn family(venue: &str) -> &str {
    venue
        .match_indices('-')
        .nth(1)
        .map_or(venue, |(at, _)| &venue[..at])
}

/// Whether a text can be a symbol at all.
pub(super) fn is_possible(written: &str) -> bool {
    kind(&venue(written)).is_some()
        && venue(written).split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_.$".contains(c))
        })
}

/// The symbol that an item is about, as it was written.
pub(super) fn written(item: &Item) -> &str {
    match &item.work {
        Work::Range {
            symbol: Some(symbol),
            ..
        } => symbol,
        _ => item.param("symbol"),
    }
}

/// The vendor's name of a symbol that is to be asked for.
///
/// # Errors
/// When there is a list of instruments and the symbol is not in it, unless its name says that it
/// is a contract that expired: those drop out of the lists.
pub(super) fn listed(instruments: &Instruments, written: &str) -> Result<String, Refusal> {
    if let Some(known) = instruments
        .find(written)
        .or_else(|| instruments.find(&venue(written)))
    {
        return Ok(known.now().venue_symbol.clone());
    }
    let venue = venue(written);
    if instruments.is_empty() || has_expired(instruments, &venue) {
        return Ok(venue);
    }
    Err(instruments.unknown(super::NAME, written))
}

/// A contract that expired before all those that are listed.
fn has_expired(instruments: &Instruments, venue: &str) -> bool {
    let day = venue.split('-').nth(2).and_then(expiry);
    let listed = instruments
        .all()
        .iter()
        .filter_map(|entry| entry.expires_at);
    matches!((day, listed.min()), (Some(day), Some(first)) if day < first)
}

/// The end of the day that a contract's name tells, nanoseconds since 1970. No contract outlives
/// its day.
fn expiry(date: &str) -> Option<i64> {
    if !is_date(date) {
        return None;
    }
    let day = NaiveDate::parse_from_str(&format!("20{date}"), "%Y%m%d").ok()?;
    let days = day.signed_duration_since(DateTime::UNIX_EPOCH.date_naive());
    (days.num_days() + 1).checked_mul(NS_PER_DAY)
}

/// An instrument with both names.
#[derive(Debug, Clone)]
pub(super) struct Named<'a> {
    pub(super) symbol: String,
    pub(super) venue: String,
    pub(super) kind: Option<Kind>,
    known: Option<Known<'a>>,
}

impl<'a> Named<'a> {
    fn new(instruments: &'a Instruments, venue: &str) -> Self {
        let known = instruments.find(venue);
        Self {
            symbol: known.map_or_else(|| normalised(venue), |known| known.now().symbol.clone()),
            venue: venue.to_owned(),
            kind: known.map(|known| known.now().kind).or_else(|| kind(venue)),
            known,
        }
    }

    /// What its amounts count at an instant; without a list, only those of spot pairs are known.
    pub(super) fn unit_at(&self, ns: i64) -> Unit {
        match (self.known, self.kind) {
            (Some(known), _) => known.unit_at(ns),
            (None, Some(Kind::Spot)) => Unit::Base,
            (None, _) => Unit::Unknown,
        }
    }

    /// What its amounts count, in the words of tables.
    pub(super) fn amount_unit(&self) -> &'static str {
        match self.kind {
            Some(Kind::Spot) => "base",
            Some(_) => "contracts",
            None => "unknown",
        }
    }
}

/// Names the instruments of a reply, each once as long as rows of one stand together.
#[derive(Debug)]
pub(super) struct Namer<'a> {
    instruments: &'a Instruments,
    last: Named<'a>,
    asked: String,
}

impl<'a> Namer<'a> {
    pub(super) fn new(item: &Item, instruments: &'a Instruments) -> Self {
        let written = written(item);
        let asked = instruments
            .find(written)
            .map_or_else(|| venue(written), |known| known.now().venue_symbol.clone());
        Self {
            instruments,
            last: Named::new(instruments, &asked),
            asked,
        }
    }

    /// The instrument of a row: what the row says, else its channel, else the item.
    pub(super) fn name(&mut self, row: Option<&str>, channel: Option<&str>) -> &Named<'a> {
        let wanted = row.or(channel).unwrap_or(&self.asked);
        if self.last.venue != wanted {
            self.last = Named::new(self.instruments, wanted);
        }
        &self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_each_other() {
        let cases = [
            ("BTC-USDT", "BTC-USDT", Kind::Spot),
            ("BTC-USDT-SWAP", "BTC-USDT-PERP", Kind::Perpetual),
            ("BTC-USD-SWAP", "BTC-USD-PERP", Kind::Perpetual),
            ("BTC-USDT-250627", "BTC-USDT-20250627", Kind::Future),
            (
                "BTC-USD-250627-50000-C",
                "BTC-USD-20250627-50000-C",
                Kind::Option,
            ),
            ("BTC-USD_UM-SWAP", "BTC-USD_UM-PERP", Kind::Perpetual),
        ];
        for (vendors, ours, of) in cases {
            assert_eq!(normalised(vendors), ours);
            assert_eq!(kind(vendors), Some(of));
            for written in [vendors, ours, &ours.to_lowercase()] {
                assert_eq!(venue(written), vendors);
                assert!(is_possible(written));
            }
        }
        assert_eq!(family("BTC-USD-250627-50000-C"), "BTC-USD");
        for bad in [
            "BTCUSDT",
            "",
            "BTC-",
            "BTC-USDT-FOO",
            "BTC/USDT",
            "BTC-USD-250627-50000-X",
        ] {
            assert!(!is_possible(bad), "{bad}");
        }
    }
}
