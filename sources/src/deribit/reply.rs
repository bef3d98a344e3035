//! The envelope of Deribit's replies: JSON-RPC answers, and the notifications of its live channels.
//!
//! An answer holds its rows in `result`, a notification in `params.data`; both are read by every
//! dataset, and a file of many notifications, one a line, too.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use common::item::{Item, Work};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::name::Name;
use super::number;
use crate::ask::ParseError;
use crate::instrument::{Known, Unit};
use crate::json::scan::{self, Plain, Scan, once};
use crate::json::{self, Word};
use crate::ndjson;
use crate::source::Reply;

/// A reply as it stands: `R` in an answer, `D` in a notification.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>, D: Deserialize<'de>"))]
pub(super) struct Envelope<'a, R, D> {
    #[serde(default)]
    pub(super) result: Option<R>,
    #[serde(default, borrow)]
    pub(super) params: Option<Notification<'a, D>>,
    #[serde(default, borrow)]
    error: Option<&'a RawValue>,
    /// When the answer left the vendor, microseconds.
    #[serde(default, rename = "usOut")]
    pub(super) us_out: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
pub(super) struct Notification<'a, D> {
    #[serde(default, borrow)]
    channel: Option<Word<'a>>,
    pub(super) data: D,
}

/// Rows in their place.
#[derive(Debug)]
pub(super) enum Held<'a, R, D> {
    Answer(R),
    Notice(Option<Word<'a>>, D),
}

/// An answer without an error.
impl<'a, R: Plain<'a>, D> Plain<'a> for Envelope<'a, R, D> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let (mut result, mut us_out) = (None, None);
        scan.object(|scan, name| match name {
            "result" => once(&mut result, Option::scan(scan)),
            "usOut" => once(&mut us_out, Option::scan(scan)),
            "params" | "error" => None,
            _ => scan.raw().map(drop),
        })?;
        Some(Self {
            result: Some(result??),
            params: None,
            error: None,
            us_out: us_out.flatten(),
        })
    }
}

impl<'a, R, D> Envelope<'a, R, D> {
    /// What the reply holds.
    pub(super) fn held(self) -> Result<Held<'a, R, D>, ParseError> {
        match (self.result, self.params, self.error) {
            (_, _, Some(error)) => Err(ParseError {
                at: "error".to_owned(),
                what: format!("{}, expected a result", json::head(error.get())),
            }),
            (Some(result), _, None) => Ok(Held::Answer(result)),
            (None, Some(Notification { channel, data }), None) => Ok(Held::Notice(channel, data)),
            (None, None, None) => Err(ParseError {
                at: "result".to_owned(),
                what: "nothing, expected a result or the params of a notification".to_owned(),
            }),
        }
    }
}

/// Reads a reply, or several of them, one a line.
pub(super) fn read<'a, R: Deserialize<'a> + Plain<'a>, D: Deserialize<'a>>(
    body: &'a [u8],
) -> Result<Vec<Envelope<'a, R, D>>, ParseError> {
    if let Some(answer) = scan::all(body, Envelope::scan) {
        return Ok(vec![answer]);
    }
    ndjson::values(body)
        .into_iter()
        .map(|value| json::read(value.text).map_err(|error| value.located(error)))
        .collect()
}

/// One object, or a list of them.
#[derive(Debug)]
pub(super) struct Many<T>(pub(super) Vec<T>);

impl<'a, T: Plain<'a>> Plain<'a> for Many<T> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        if scan.is_at_object() {
            Some(Self(vec![T::scan(scan)?]))
        } else {
            Vec::scan(scan).map(Self)
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

struct ManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Many<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| Many(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Many)
    }
}

/// Whose rows they are.
#[derive(Debug)]
pub(super) struct Who<'a> {
    pub(super) symbol: String,
    pub(super) venue: String,
    pub(super) name: Name,
    known: Option<Known<'a>>,
}

impl<'a> Who<'a> {
    /// By the name in the row, else by the item's symbol.
    pub(super) fn of(reply: &Reply<'a>, own: Option<&str>) -> Self {
        let written = own.unwrap_or_else(|| asked_symbol(reply.item));
        let name = Name::of(written);
        let known = reply.instruments.find(written);
        let (symbol, venue) = match known {
            Some(known) => (known.now().symbol.clone(), known.now().venue_symbol.clone()),
            None => (name.symbol.clone(), name.venue.clone()),
        };
        Self {
            symbol,
            venue,
            name,
            known,
        }
    }

    pub(super) fn unit_at(&self, ns: i64) -> Unit {
        self.known
            .map_or_else(|| self.name.unit(), |known| known.unit_at(ns))
    }
}

/// The symbol of an item, as it was written.
pub(super) fn asked_symbol(item: &Item) -> &str {
    match &item.work {
        Work::Range {
            symbol: Some(symbol),
            ..
        } => symbol,
        _ => item.param("symbol"),
    }
}

/// Whose rows those of a reply are, each name understood once as long as its rows stand together.
#[derive(Debug, Default)]
pub(super) struct Owners<'a> {
    last: Option<(Option<&'a str>, Rc<Who<'a>>)>,
}

impl<'a> Owners<'a> {
    /// By the name in the row, else by the item's symbol.
    pub(super) fn of(&mut self, reply: &Reply<'a>, own: Option<&'a str>) -> Rc<Who<'a>> {
        let known = self.last.take().filter(|(name, _)| *name == own);
        let known = known.unwrap_or_else(|| (own, Rc::new(Who::of(reply, own))));
        Rc::clone(&self.last.insert(known).1)
    }
}

/// When a reply held that says no time of its own: when the vendor sent it, else when it was asked
/// for.
pub(super) fn time_of(reply: &Reply<'_>, us_out: Option<i64>) -> Result<i64, ParseError> {
    match us_out.and_then(|us| us.checked_mul(1_000)) {
        Some(ns) => Ok(ns),
        None => number::ns_of_ms(reply.fetched_at_ms, || "usOut".to_owned()),
    }
}
