//! The layouts of Alpaca's replies, read into one: rows by symbol, and the token of the next page.
//!
//! Rows stand in lists by symbol, in one list beside the `symbol`, or alone (the latest one, by
//! symbol or beside it). A snapshot has a symbol's latest trade, quote and bars in one object.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::ask::{Cursor, Next, ParseError};
use crate::json::scan::{Plain, Scan, once};
use crate::json::{self, Raw};
use crate::source::Reply;

/// The rows of one symbol.
#[derive(Debug)]
pub(super) struct Of<'a, T> {
    /// Empty where the reply does not say it.
    pub(super) symbol: Cow<'a, str>,
    /// What a snapshot calls them.
    pub(super) part: Option<&'static str>,
    pub(super) rows: Vec<T>,
}

/// A page, whatever its layout.
#[derive(Debug)]
pub(super) struct Page<'a, T> {
    pub(super) symbols: Vec<Of<'a, T>>,
    pub(super) currency: Option<Cow<'a, str>>,
    next: Option<String>,
}

/// What all layouts but snapshots have.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Envelope<'a, T> {
    #[serde(
        borrow,
        default,
        alias = "bars",
        alias = "trades",
        alias = "quotes",
        alias = "auctions",
        deserialize_with = "present"
    )]
    rows: Option<BySymbol<'a, T>>,
    #[serde(default, alias = "bar", alias = "trade", alias = "quote")]
    row: Option<T>,
    #[serde(borrow, default)]
    symbol: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    currency: Option<Cow<'a, str>>,
    #[serde(default)]
    next_page_token: Option<String>,
}

impl<'a, T: Plain<'a>> Plain<'a> for Envelope<'a, T> {
    /// Of lists; the latest one alone is not worth it.
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let (mut rows, mut symbol, mut currency, mut token) = (None, None, None, None);
        scan.object(|scan, name| match name {
            "bars" | "trades" | "quotes" | "auctions" => once(&mut rows, BySymbol::scan(scan)),
            "symbol" => once(&mut symbol, Option::scan(scan)),
            "currency" => once(&mut currency, Option::scan(scan)),
            "next_page_token" => once(&mut token, Option::<Cow<'_, str>>::scan(scan)),
            _ => None,
        })?;
        Some(Self {
            rows: Some(rows?),
            row: None,
            symbol: symbol.flatten(),
            currency: currency.flatten(),
            next_page_token: token.flatten().map(Cow::into_owned),
        })
    }
}

/// `null` is an empty list, not a missing one.
fn present<'de: 'a, 'a, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BySymbol<'a, T>>, D::Error> {
    BySymbol::deserialize(deserializer).map(Some)
}

/// Lists or single rows by symbol, or one list.
#[derive(Debug)]
struct BySymbol<'a, T>(Vec<(Cow<'a, str>, Vec<T>)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for BySymbol<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BySymbolVisitor(PhantomData))
    }
}

impl<'a, T: Plain<'a>> Plain<'a> for BySymbol<'a, T> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        if !scan.is_at_object() {
            return Some(Self(vec![(Cow::Borrowed(""), Vec::scan(scan)?)]));
        }
        let mut symbols = Vec::new();
        scan.object(|scan, symbol| {
            symbols.push((Cow::Borrowed(symbol), Vec::scan(scan)?));
            Some(())
        })?;
        Some(Self(symbols))
    }
}

struct BySymbolVisitor<'a, T>(PhantomData<(&'a (), T)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for BySymbolVisitor<'a, T> {
    type Value = BySymbol<'a, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("rows by symbol, a list of rows or null")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut symbols = Vec::new();
        while let Some(symbol) = map.next_key::<Cow<'de, str>>()? {
            symbols.push((symbol, map.next_value::<OneOrMany<T>>()?.0));
        }
        Ok(BySymbol(symbols))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let rows = Vec::<T>::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(BySymbol(vec![(Cow::Borrowed(""), rows)]))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(BySymbol(Vec::new()))
    }
}

struct OneOrMany<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows, one row or null")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|row| OneOrMany(vec![row]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::<T>::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(OneOrMany(Vec::new()))
    }
}

/// The parts of a snapshot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot<'a> {
    #[serde(borrow, default)]
    symbol: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    latest_trade: Option<Raw<'a>>,
    #[serde(borrow, default)]
    latest_quote: Option<Raw<'a>>,
    #[serde(borrow, default)]
    minute_bar: Option<Raw<'a>>,
    #[serde(borrow, default)]
    daily_bar: Option<Raw<'a>>,
    #[serde(borrow, default)]
    prev_daily_bar: Option<Raw<'a>>,
}

impl<'a> Snapshot<'a> {
    fn parts(&self) -> [(&'static str, Option<Raw<'a>>); 5] {
        [
            ("latestTrade", self.latest_trade),
            ("latestQuote", self.latest_quote),
            ("minuteBar", self.minute_bar),
            ("dailyBar", self.daily_bar),
            ("prevDailyBar", self.prev_daily_bar),
        ]
    }

    fn is_one(&self) -> bool {
        self.parts().iter().any(|(_, part)| part.is_some())
    }
}

impl<'a, T: Deserialize<'a> + Plain<'a>> Page<'a, T> {
    /// Reads a reply; of snapshots the parts with these names.
    pub(super) fn read(body: &'a [u8], parts: &[&str]) -> Result<Self, ParseError> {
        // A list would be taken for the fields of an envelope, one after the other.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(missing());
        }
        let envelope: Envelope<'a, T> = json::read_plain(body)?;
        if envelope.rows.is_none() && envelope.row.is_none() {
            return Self::snapshots(body, parts);
        }
        let of = |symbol, rows| Of {
            symbol,
            part: None,
            rows,
        };
        let own = envelope.symbol.unwrap_or_default();
        let listed = envelope.rows.map_or(Vec::new(), |rows| rows.0);
        let mut symbols: Vec<_> = listed
            .into_iter()
            .map(|(symbol, rows)| {
                let symbol = if symbol.is_empty() {
                    own.clone()
                } else {
                    symbol
                };
                of(symbol, rows)
            })
            .collect();
        symbols.extend(envelope.row.map(|row| of(own, vec![row])));
        Ok(Self {
            symbols,
            currency: envelope.currency,
            next: envelope.next_page_token.filter(|token| !token.is_empty()),
        })
    }

    fn snapshots(body: &'a [u8], wanted: &[&str]) -> Result<Self, ParseError> {
        let one: Snapshot<'a> = json::read(body)?;
        let all = if one.is_one() {
            vec![(one.symbol.clone().unwrap_or_default(), one)]
        } else {
            let symbols: BySymbol<'a, Snapshot<'a>> = json::read(body).map_err(|_| missing())?;
            let each = symbols.0.into_iter();
            each.flat_map(|(symbol, all)| all.into_iter().map(move |one| (symbol.clone(), one)))
                .collect()
        };
        // Snapshots of symbols that do not exist are an empty object.
        if !all.is_empty() && !all.iter().any(|(_, one)| one.is_one()) {
            return Err(missing());
        }
        let mut symbols = Vec::new();
        for (symbol, snapshot) in &all {
            for (part, raw) in snapshot.parts() {
                if let Some(raw) = raw.filter(|_| wanted.contains(&part)) {
                    let row = json::read(raw.get().as_bytes()).map_err(|error| ParseError {
                        at: format!("{symbol}.{part}.{}", error.at),
                        what: error.what,
                    })?;
                    symbols.push(Of {
                        symbol: symbol.clone(),
                        part: Some(part),
                        rows: vec![row],
                    });
                }
            }
        }
        Ok(Self {
            symbols,
            currency: None,
            next: None,
        })
    }

    /// How to go on, carrying a text along where there is one.
    pub(super) fn next(&self, at: &Cursor, carried: Option<String>) -> Result<Next, ParseError> {
        let Some(token) = &self.next else {
            return Ok(Next::End);
        };
        if matches!(at, Cursor::Token(before) if split(before).1 == token) {
            return Err(ParseError {
                at: "next_page_token".to_owned(),
                what: "leads to the page it stands on, expected the next one".to_owned(),
            });
        }
        Ok(Next::More(Cursor::Token(match carried {
            Some(carried) => format!("{carried}\n{token}"),
            None => token.clone(),
        })))
    }
}

fn missing() -> ParseError {
    ParseError {
        at: ".".to_owned(),
        what: "no rows by symbol, expected one of bars, trades, quotes, auctions or snapshots"
            .to_owned(),
    }
}

/// What is carried from the page before, and the vendor's token.
pub(super) fn split(token: &str) -> (Option<&str>, &str) {
    match token.split_once('\n') {
        Some((carried, token)) => (Some(carried), token),
        None => (None, token),
    }
}

/// What the page before carried here, if anything.
pub(super) fn carried<'r>(reply: &Reply<'r>) -> Option<&'r str> {
    match reply.cursor {
        Cursor::Token(token) => split(token).0,
        _ => None,
    }
}

/// The symbol of rows: what the reply says, else what the item was told.
pub(super) fn symbol<'s>(of: &'s str, item: &'s common::Item) -> &'s str {
    if !of.is_empty() {
        return of;
    }
    match &item.work {
        common::Work::Range { symbol, .. } => symbol.as_deref().unwrap_or_default(),
        common::Work::Ids(_) => item.param("symbol"),
    }
}
