//! What Deribit lists: `public/get_instruments`, and one of them, `public/get_instrument`.
//!
//! Normalised names and units follow the vendor's names ([`super::name`]); where the list says
//! whether a contract is inverse, the list is believed. Sizes of contracts, which the vendor
//! changes now and then, play no part: amounts never count contracts.

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::Rows;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::name::{self, Form, Name};
use super::reply::{self, Held, Many};
use super::{LISTS, NAME, number};
use crate::ask::{Ask, At, Cost, Next, ParseError, Refusal};
use crate::instrument::{self, Instrument, Instruments, Kind, Unit};
use crate::json::Raw;
use crate::json::scan::plain_object;
use crate::source::Reply;

pub(super) fn ask(currency: &str) -> Ask {
    let cost = Cost {
        budget: LISTS,
        units: 1,
    };
    let query = vec![
        ("currency", currency.to_owned()),
        ("expired", "false".to_owned()),
    ];
    Ask::get("/api/v2/public/get_instruments", cost).with_query(query)
}

/// In which currency's list an instrument stands; a currency itself, and `any` for all.
pub(super) fn currency(written: &str) -> String {
    let name = Name::of(written);
    match name.form {
        Form::Currency if name.venue == "ANY" || name.venue == "ALL" => "any".to_owned(),
        Form::Currency => name.venue,
        _ => name.settle().to_owned(),
    }
}

/// The vendor's name of what a person wrote. A dated contract that is not listed any more is
/// believed.
pub(super) fn venue(at: &At<'_>, written: &str) -> Result<String, Refusal> {
    let list = at.instruments;
    if let Some(known) = list.find(written) {
        return Ok(known.now().venue_symbol.clone());
    }
    let name = Name::of(written);
    if list.find(&name.venue).is_none() {
        list.check(NAME, written.trim(), listed_until(list))?;
    }
    Ok(name.venue)
}

/// An instant by which the list was surely made: nothing in it had expired then. Options expire
/// every day, so it lies a day after it at most.
fn listed_until(list: &Instruments) -> DateTime<Utc> {
    list.all()
        .iter()
        .filter(|entry| !["inactive", "closed", "settled"].contains(&entry.status.as_str()))
        .filter_map(|entry| entry.expires_at)
        .min()
        .map_or(DateTime::<Utc>::MAX_UTC, DateTime::from_timestamp_nanos)
}

#[derive(Debug, Deserialize)]
struct Listed<'a> {
    instrument_name: &'a str,
    kind: &'a str,
    #[serde(default)]
    settlement_period: Option<&'a str>,
    #[serde(default)]
    base_currency: Option<&'a str>,
    #[serde(default)]
    quote_currency: Option<&'a str>,
    #[serde(default)]
    settlement_currency: Option<&'a str>,
    /// `reversed` or `linear`; formerly of futures only, under the other name.
    #[serde(default)]
    instrument_type: Option<&'a str>,
    #[serde(default)]
    future_type: Option<&'a str>,
    #[serde(default, borrow)]
    tick_size: Option<Raw<'a>>,
    #[serde(default)]
    creation_timestamp: Option<i64>,
    #[serde(default)]
    expiration_timestamp: Option<i64>,
    #[serde(default)]
    state: Option<&'a str>,
    #[serde(default)]
    is_active: Option<bool>,
}

plain_object!(Listed {
    "instrument_name" => instrument_name,
    "kind" => kind,
    or_default {
        "settlement_period" => settlement_period,
        "base_currency" => base_currency,
        "quote_currency" => quote_currency,
        "settlement_currency" => settlement_currency,
        "instrument_type" => instrument_type,
        "future_type" => future_type,
        "tick_size" => tick_size,
        "creation_timestamp" => creation_timestamp,
        "expiration_timestamp" => expiration_timestamp,
        "state" => state,
        "is_active" => is_active,
    }
});

/// Reads a list, or a single instrument.
pub(super) fn read(body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
    let mut all = Vec::new();
    for envelope in reply::read::<Many<Listed<'_>>, IgnoredAny>(body)? {
        let Held::Answer(Many(listed)) = envelope.held()? else {
            return Err(ParseError {
                at: "params".to_owned(),
                what: "a notification, expected a list of instruments".to_owned(),
            });
        };
        for (row, listed) in listed.iter().enumerate() {
            all.push(instrument(listed, |field| {
                format!("result[{row}].{field}")
            })?);
        }
    }
    Ok(all)
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let list = read(reply.body)?;
    let now = reply.fetched_at_ms.saturating_mul(1_000_000);
    instrument::push(NAME, &list, now, rows);
    Ok(Next::End)
}

fn instrument(listed: &Listed<'_>, at: impl Fn(&str) -> String) -> Result<Instrument, ParseError> {
    let name = Name::of(listed.instrument_name);
    let perpetual = listed.settlement_period == Some("perpetual");
    let kind = match listed.kind {
        "spot" => Kind::Spot,
        "future" if perpetual => Kind::Perpetual,
        "future" | "future_combo" => Kind::Future,
        "option" | "option_combo" => Kind::Option,
        other => {
            return Err(ParseError {
                at: at("kind"),
                what: format!(
                    "{other:?}, expected spot, future, option, future_combo or option_combo"
                ),
            });
        }
    };
    let status = match (listed.state, listed.is_active) {
        (Some(state), _) => state,
        (None, Some(true)) => "active",
        (None, Some(false)) => "inactive",
        (None, None) => "",
    };
    let text = |listed: Option<&str>, by_name: &str| listed.unwrap_or(by_name).to_owned();
    Ok(Instrument {
        venue_symbol: listed.instrument_name.to_owned(),
        kind,
        base: text(listed.base_currency, &name.base),
        quote: text(listed.quote_currency, name.quote()),
        settle: text(listed.settlement_currency, name.settle()),
        unit: unit(listed, &name),
        tick_size: tick_size(listed, &at)?,
        listed_at: listed.creation_timestamp.and_then(nanoseconds),
        expires_at: listed
            .expiration_timestamp
            .filter(|_| !perpetual && kind != Kind::Spot)
            .and_then(nanoseconds),
        status: status.to_owned(),
        valid_from: i64::MIN,
        symbol: name.symbol,
    })
}

fn tick_size(
    listed: &Listed<'_>,
    at: impl Fn(&str) -> String,
) -> Result<Option<Decimal>, ParseError> {
    number::exact_or_none(listed.tick_size, || at("tick_size"))
}

fn unit(listed: &Listed<'_>, name: &Name) -> Unit {
    match (listed.kind, listed.instrument_type.or(listed.future_type)) {
        ("future", Some("reversed")) => Unit::Quote,
        ("future", Some("linear")) => Unit::Base,
        ("future_combo", _) => Unit::Unknown,
        ("spot" | "option" | "option_combo", _) => Unit::Base,
        _ => name.unit(),
    }
}

/// Nothing of the year 3000, by which the vendor says never.
fn nanoseconds(ms: i64) -> Option<i64> {
    ms.checked_mul(1_000_000)
}

/// Whether a text can be the name of an instrument or a currency.
pub(super) fn is_possible(written: &str) -> bool {
    name::is_possible(written)
}
