//! From a vendor's text to the value of a column, exactly.

use std::borrow::Cow;

use common::Decimal;
use common::tables::{Cell, CellKind};
use serde_json::value::RawValue;

use super::model::{Column, Type};
use super::select::{Tree, scalar};
use crate::json::head;

/// A value that lives as long as its row is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Decimal(Decimal),
    Time(i64),
    Int(i64),
    Float(f64),
    Flag(bool),
    Levels(Vec<(Decimal, Decimal)>),
}

impl Value<'_> {
    /// The same as a cell.
    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Decimal(value) => Cell::Decimal(*value),
            Self::Time(value) => Cell::Time(*value),
            Self::Int(value) => Cell::Int(*value),
            Self::Float(value) => Cell::Float(*value),
            Self::Flag(value) => Cell::Flag(*value),
            Self::Levels(levels) => Cell::Levels(levels),
        }
    }
}

impl Type {
    /// The kind of cell it gives.
    pub(super) fn gives(&self) -> CellKind {
        match self {
            Self::Text | Self::Json => CellKind::Text,
            Self::Decimal => CellKind::Decimal,
            Self::Time(_) => CellKind::Time,
            Self::Int => CellKind::Int,
            Self::Float => CellKind::Float,
            Self::Flag => CellKind::Flag,
            Self::Levels(_) => CellKind::Levels,
        }
    }
}

impl Column {
    /// The value of a piece of JSON; `None` for `null`.
    ///
    /// # Errors
    /// With what was found and what was expected.
    pub(super) fn of_json<'a>(&'a self, raw: &'a RawValue) -> Result<Option<Value<'a>>, String> {
        let text = raw.get();
        match &self.kind {
            _ if text == "null" => Ok(None),
            Type::Json => Ok(Some(Value::Text(Cow::Borrowed(text)))),
            Type::Levels(sides) => levels(raw, sides).map(|levels| Some(Value::Levels(levels))),
            _ => match scalar(raw) {
                Some(text) => self.of_text(text),
                None => Err(format!("{}, expected one value", head(text))),
            },
        }
    }

    /// The value of a text; `None` for an empty one where something else than text is wanted.
    pub(super) fn of_text<'a>(&'a self, text: Cow<'a, str>) -> Result<Option<Value<'a>>, String> {
        let text = self.mapped(text)?;
        if matches!(self.kind, Type::Text | Type::Json) {
            return Ok(Some(Value::Text(text)));
        }
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let expected = |what: &str| format!("{text:?}, expected {what}");
        let value = match &self.kind {
            Type::Decimal => Value::Decimal(
                text.parse()
                    .map_err(|error: common::decimal::DecimalError| error.to_string())?,
            ),
            Type::Time(stamp) => Value::Time(stamp.read(text)?),
            Type::Int => Value::Int(text.parse().map_err(|_| expected("a whole number"))?),
            Type::Float => Value::Float(text.parse().map_err(|_| expected("a number"))?),
            Type::Flag => Value::Flag(text.parse().map_err(|_| expected("true or false"))?),
            Type::Text | Type::Json | Type::Levels(_) => return Err(expected("levels")),
        };
        Ok(Some(value))
    }

    fn mapped<'a>(&'a self, text: Cow<'a, str>) -> Result<Cow<'a, str>, String> {
        if self.map.is_empty() {
            return Ok(text);
        }
        match self.map.get(text.as_ref()).or_else(|| self.map.get("*")) {
            Some(mapped) => Ok(Cow::Borrowed(mapped)),
            None => {
                let known: Vec<_> = self.map.keys().map(String::as_str).collect();
                Err(format!("{text:?}, expected one of {}", known.join(", ")))
            }
        }
    }
}

/// The price and the amount of each element.
fn levels(raw: &RawValue, sides: &Tree) -> Result<Vec<(Decimal, Decimal)>, String> {
    let wrong = |_| format!("{}, expected a list of levels", head(raw.get()));
    let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(wrong)?;
    let mut found = Vec::new();
    let mut all = Vec::with_capacity(elements.len());
    for element in elements {
        sides.pick(element.get(), &mut found).map_err(wrong)?;
        let side = |place: usize| -> Result<Decimal, String> {
            let text = found.get(place).copied().flatten().and_then(scalar);
            let text = text.ok_or_else(|| {
                let level = head(element.get());
                format!("the level {level}, expected a price and an amount")
            })?;
            text.parse()
                .map_err(|error: common::decimal::DecimalError| error.to_string())
        };
        all.push((side(0)?, side(1)?));
    }
    Ok(all)
}
