//! Texts with holes: `{symbol}`, `{from:date}`, `{param.interval}`.

use std::borrow::Cow;

use super::section::nearest;
use super::stamp::Stamp;

/// What stands in a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hole {
    /// The symbol as the person wrote it, or its name in `[symbols]`.
    Symbol,
    /// The vendor's name of it.
    VenueSymbol,
    /// The first instant of the slice.
    From(Option<Stamp>),
    /// The instant at which the slice ends.
    To(Option<Stamp>),
    /// The id at work.
    Id,
    /// Where the page starts.
    Cursor,
    /// The page size.
    Size,
    /// A parameter.
    Param(String),
    /// The name of the source.
    Source,
    /// The name of the dataset.
    Dataset,
    /// What the n-th star of the rows' path stands for, from 1.
    Key(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(Hole),
}

/// A text with holes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// With the hole that nothing is known of, and the nearest that there is.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            pieces.push(Piece::Text(rest[..open].to_owned()));
            let inside = &rest[open + 1..];
            let close = inside
                .find('}')
                .ok_or_else(|| format!("{text:?} has a {{ without its }}"))?;
            pieces.push(Piece::Hole(hole(&inside[..close])?));
            rest = &inside[close + 1..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Ok(Self(pieces))
    }

    /// Nothing but a hole.
    pub(super) fn hole(hole: Hole) -> Self {
        Self(vec![Piece::Hole(hole)])
    }

    /// The holes in it.
    pub(super) fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole),
            Piece::Text(_) => None,
        })
    }

    /// The text, or the first hole for which there is nothing.
    pub(super) fn fill<'v>(
        &self,
        value: &dyn Fn(&Hole) -> Option<Cow<'v, str>>,
    ) -> Result<String, &Hole> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Hole(hole) => text.push_str(&value(hole).ok_or(hole)?),
            }
        }
        Ok(text)
    }
}

impl Hole {
    /// What a person can do when there is nothing for it.
    pub(super) fn missing(&self) -> String {
        match self {
            Self::Symbol | Self::VenueSymbol => "a symbol is needed (--symbol)".to_owned(),
            Self::Param(name) => format!("the parameter {name} is needed (--param {name}=...)"),
            Self::Id => "an id is needed".to_owned(),
            Self::From(_) | Self::To(_) => "a range of time is needed".to_owned(),
            other => format!("there is nothing for {other:?} here"),
        }
    }
}

fn hole(inside: &str) -> Result<Hole, String> {
    const NAMES: [&str; 11] = [
        "symbol",
        "venue_symbol",
        "from",
        "to",
        "id",
        "cursor",
        "size",
        "source",
        "dataset",
        "param.NAME",
        "key.1",
    ];
    let (name, format) = match inside.split_once(':') {
        Some((name, format)) => (name, Some(format)),
        None => (inside, None),
    };
    let stamp = format.map(|format| {
        Stamp::named(format).ok_or_else(|| {
            let names: Vec<_> = Stamp::NAMES.iter().map(|(name, _)| *name).collect();
            format!(
                "{{{inside}}}: no form of time {format:?}; there are {}",
                names.join(", ")
            )
        })
    });
    let stamp = stamp.transpose()?;
    if stamp.is_some() && !["from", "to"].contains(&name) {
        return Err(format!(
            "{{{inside}}}: only from and to have a form; write {{{name}}}"
        ));
    }
    let hole = match name {
        "symbol" => Hole::Symbol,
        "venue_symbol" => Hole::VenueSymbol,
        "from" => Hole::From(stamp),
        "to" => Hole::To(stamp),
        "id" => Hole::Id,
        "cursor" => Hole::Cursor,
        "size" => Hole::Size,
        "source" => Hole::Source,
        "dataset" => Hole::Dataset,
        other => {
            let param = other.strip_prefix("param.").filter(|name| !name.is_empty());
            let key = other
                .strip_prefix("key.")
                .and_then(|place| place.parse().ok());
            match (param, key) {
                (Some(name), _) => Hole::Param(name.to_owned()),
                (_, Some(place)) => Hole::Key(place),
                _ => {
                    return Err(format!(
                        "unknown placeholder {{{other}}}; write {{{}}}",
                        nearest(other, NAMES)
                    ));
                }
            }
        }
    };
    Ok(hole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_or_named() {
        let template = Template::parse("/v1/{symbol}/x?d={from:date}{param.a}").unwrap();
        let value = |hole: &Hole| match hole {
            Hole::Symbol => Some(Cow::Borrowed("S")),
            Hole::From(Some(Stamp::Date)) => Some(Cow::Borrowed("D")),
            _ => None,
        };
        assert_eq!(template.fill(&value), Err(&Hole::Param("a".into())));
        let template = Template::parse("/v1/{symbol}/x?d={from:date}").unwrap();
        assert_eq!(template.fill(&value).unwrap(), "/v1/S/x?d=D");
        assert_eq!(Template::parse("").unwrap().fill(&value).unwrap(), "");
    }

    #[test]
    fn unknown_holes_are_named_with_the_nearest() {
        let error = |text: &str| Template::parse(text).unwrap_err();
        assert_eq!(
            error("{symbl}"),
            "unknown placeholder {symbl}; write {symbol}"
        );
        assert!(error("{from:day}").contains("there are s, ms"));
        assert!(error("{id:ms}").contains("write {id}"));
        assert!(error("a{b").contains("without its }"));
    }
}
