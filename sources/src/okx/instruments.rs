//! What OKX lists: `GET /api/v5/public/instruments`, a list a type; options a list a family.
//!
//! Spot amounts are base currency. Derivatives count contracts of `ctVal * ctMult` each, in base
//! currency of linear contracts and options, in quote currency of inverse contracts. Prices of
//! options on a coin are in that coin.

use common::Decimal;
use common::item::Item;
use common::tables::Rows;
use serde::Deserialize;

use super::envelope::{self, Messages, Place};
use super::fields::{optional, optional_time};
use super::{INSTRUMENTS, LONG_SHORT_RATIOS, get, rubik, symbol};
use crate::ask::{Ask, Next, ParseError};
use crate::instrument::{self, Instrument, Kind, Unit};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;

pub(super) const BUDGET: &str = "okx.instruments";
const NS_PER_MS: i64 = 1_000_000;

/// The list that holds a symbol; of a type or, for options, `OPTION-BTC-USD`, itself.
pub(super) fn list(venue: &str) -> Ask {
    let mut query = Vec::new();
    if symbol::TYPES.contains(&venue) {
        query.push(("instType", venue.to_owned()));
    } else if let Some(family) = venue.strip_prefix("OPTION-") {
        query.push(("instType", "OPTION".to_owned()));
        query.push(("instFamily", family.to_owned()));
    } else {
        let kind = symbol::kind(venue).unwrap_or(Kind::Spot);
        query.push(("instType", symbol::instrument_type(kind).to_owned()));
        if kind == Kind::Option {
            query.push(("instFamily", symbol::family(venue).to_owned()));
        }
    }
    get("/api/v5/public/instruments", BUDGET, query)
}

/// The lists that an item needs: that of its symbol, where it has one.
pub(super) fn lists(item: &Item) -> Vec<Ask> {
    let venue = symbol::venue(symbol::written(item));
    let of_currency = item.dataset == LONG_SHORT_RATIOS && rubik::is_currency(&venue);
    if item.dataset == INSTRUMENTS || of_currency || symbol::kind(&venue).is_none() {
        return Vec::new();
    }
    vec![list(&venue)]
}

/// An instrument as it stands in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(borrow)]
    inst_id: Word<'a>,
    #[serde(borrow)]
    inst_type: Word<'a>,
    #[serde(default, borrow)]
    base_ccy: Option<Word<'a>>,
    #[serde(default, borrow)]
    quote_ccy: Option<Word<'a>>,
    #[serde(default, borrow)]
    settle_ccy: Option<Word<'a>>,
    #[serde(default, borrow)]
    uly: Option<Word<'a>>,
    #[serde(default, borrow)]
    inst_family: Option<Word<'a>>,
    #[serde(default, borrow)]
    ct_val: Option<Raw<'a>>,
    #[serde(default, borrow)]
    ct_mult: Option<Raw<'a>>,
    #[serde(default, borrow)]
    ct_val_ccy: Option<Word<'a>>,
    #[serde(default, borrow)]
    ct_type: Option<Word<'a>>,
    #[serde(default, borrow)]
    tick_sz: Option<Raw<'a>>,
    #[serde(default, borrow)]
    list_time: Option<Raw<'a>>,
    #[serde(default, borrow)]
    exp_time: Option<Raw<'a>>,
    #[serde(default, borrow)]
    state: Option<Word<'a>>,
}

plain_object!(Recorded {
    "instId" => inst_id,
    "instType" => inst_type,
    or_default {
        "baseCcy" => base_ccy,
        "quoteCcy" => quote_ccy,
        "settleCcy" => settle_ccy,
        "uly" => uly,
        "instFamily" => inst_family,
        "ctVal" => ct_val,
        "ctMult" => ct_mult,
        "ctValCcy" => ct_val_ccy,
        "ctType" => ct_type,
        "tickSz" => tick_sz,
        "listTime" => list_time,
        "expTime" => exp_time,
        "state" => state,
    }
});

fn text<'a>(word: &'a Option<Word<'_>>) -> &'a str {
    word.as_ref().map_or("", Word::as_str)
}

impl Recorded<'_> {
    fn read(&self, place: Place) -> Result<Instrument, ParseError> {
        let venue = self.inst_id.as_str();
        let kind = match self.inst_type.as_str() {
            "SPOT" | "MARGIN" => Kind::Spot,
            "SWAP" => Kind::Perpetual,
            "FUTURES" => Kind::Future,
            "OPTION" => Kind::Option,
            other => {
                let what = format!("{other:?}, expected SPOT, MARGIN, SWAP, FUTURES or OPTION");
                return Err(place.error(".instType", what));
            }
        };
        let (base, quote) = self.currencies(kind);
        let time = |raw, field| optional_time(raw, place, field);
        Ok(Instrument {
            symbol: symbol::normalised(venue),
            venue_symbol: venue.to_owned(),
            kind,
            unit: self.unit(kind, &quote, place)?,
            settle: match text(&self.settle_ccy) {
                "" => quote.clone(),
                settle => settle.to_owned(),
            },
            base,
            quote,
            tick_size: optional(self.tick_sz, place, ".tickSz")?,
            listed_at: time(self.list_time, ".listTime")?,
            expires_at: time(self.exp_time, ".expTime")?,
            status: text(&self.state).to_owned(),
            valid_from: i64::MIN,
        })
    }

    /// Lists name the currencies of spot pairs; those of derivatives follow from the underlying.
    fn currencies(&self, kind: Kind) -> (String, String) {
        let (base, quote) = (text(&self.base_ccy), text(&self.quote_ccy));
        if !base.is_empty() && !quote.is_empty() {
            return (base.to_owned(), quote.to_owned());
        }
        let of = [&self.uly, &self.inst_family].map(text);
        let pair = of.into_iter().find(|pair| pair.contains('-'));
        let pair = pair.unwrap_or_else(|| symbol::family(self.inst_id.as_str()));
        let (base, quote) = pair.split_once('-').unwrap_or((pair, ""));
        let quote = match text(&self.settle_ccy) {
            settle if kind == Kind::Option && settle == base => settle,
            _ => quote,
        };
        (base.to_owned(), quote.to_owned())
    }

    fn unit(&self, kind: Kind, quote: &str, place: Place) -> Result<Unit, ParseError> {
        if kind == Kind::Spot {
            return Ok(Unit::Base);
        }
        let value = optional(self.ct_val, place, ".ctVal")?;
        let multiplier = optional(self.ct_mult, place, ".ctMult")?;
        let one = Decimal::from_integer(1);
        let Some(of) = value.and_then(|value| value.checked_mul(multiplier.unwrap_or(one))) else {
            return Ok(Unit::Unknown);
        };
        let in_quote = text(&self.ct_val_ccy) == quote && kind != Kind::Option;
        Ok(match text(&self.ct_type) == "inverse" || in_quote {
            true => Unit::ContractsOfQuote(of),
            false => Unit::ContractsOfBase(of),
        })
    }
}

pub(super) fn read(body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
    let messages: Messages<'_, Recorded<'_>> = envelope::read(body)?;
    messages
        .rows()
        .map(|(_, place, recorded)| recorded.read(place))
        .collect()
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let list = read(reply.body)?;
    let now_ns = reply.fetched_at_ms.saturating_mul(NS_PER_MS);
    instrument::push(super::NAME, &list, now_ns, rows);
    Ok(Next::End)
}
