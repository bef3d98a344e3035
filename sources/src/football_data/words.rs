//! What the replies of football-data.org have in common: things with an id and a name, and
//! seasons.
//!
//! A season goes by the year in which it starts, as the vendor's own `season` filter does.

use chrono::Datelike;
use common::item::{Item, Work};
use serde::Deserialize;

use crate::ask::ParseError;
use crate::json::Word;

/// A team, a competition, a person or an area.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Named<'a> {
    #[serde(default, borrow)]
    pub(super) id: Option<Word<'a>>,
    #[serde(default, borrow)]
    pub(super) name: Option<Word<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Season<'a> {
    #[serde(default, borrow)]
    start_date: Option<Word<'a>>,
}

impl Season<'_> {
    /// The year in which it starts.
    pub(super) fn year(&self) -> Option<&str> {
        self.start_date.as_ref()?.as_str().get(..4)
    }
}

/// What was asked for, as the vendor understood it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filters<'a> {
    #[serde(default, borrow)]
    pub(super) season: Option<Word<'a>>,
    #[serde(default, borrow)]
    pub(super) offset: Option<Word<'a>>,
}

/// The season that an item of a competition asks for; none for an item without a slice of time.
pub(super) fn season_asked(item: &Item) -> Option<i32> {
    match &item.work {
        Work::Range { from, .. } => Some(from.year()),
        Work::Ids(_) => None,
    }
}

/// The competition and the season that rows belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) competition_id: &'a str,
    pub(super) competition: Option<&'a str>,
    pub(super) season: &'a str,
}

impl<'a> Of<'a> {
    /// From the frame of a reply about a season, once it is the season the item asked for.
    pub(super) fn frame(
        filters: &'a Option<Filters<'_>>,
        competition: &'a Named<'_>,
        season: &'a Option<Season<'_>>,
        item: &Item,
    ) -> Result<Self, ParseError> {
        let echoed = filters.as_ref().and_then(|filters| text(&filters.season));
        check_season(echoed, item)?;
        let season = season.as_ref().and_then(Season::year).or(echoed);
        Ok(Self {
            competition_id: required(&competition.id, || "competition.id".to_owned())?,
            competition: text(&competition.name),
            season: season.ok_or_else(|| ParseError {
                at: "season.startDate".to_owned(),
                what: "missing, expected a date such as 2024-08-16".to_owned(),
            })?,
        })
    }
}

/// A reply for another season than the one asked for would pass for that one.
pub(super) fn check_season(echoed: Option<&str>, item: &Item) -> Result<(), ParseError> {
    match (echoed, season_asked(item)) {
        (Some(echoed), Some(asked)) if echoed.parse() != Ok(asked) => Err(ParseError {
            at: "filters.season".to_owned(),
            what: format!("{echoed:?}, expected the season asked for, {asked}"),
        }),
        _ => Ok(()),
    }
}

/// The text of an optional word.
pub(super) fn text<'a>(word: &'a Option<Word<'_>>) -> Option<&'a str> {
    word.as_ref().map(Word::as_str)
}

/// The text of a word that must be there.
pub(super) fn required<'a>(
    word: &'a Option<Word<'_>>,
    at: impl FnOnce() -> String,
) -> Result<&'a str, ParseError> {
    text(word).ok_or_else(|| ParseError {
        at: at(),
        what: "missing, expected an id".to_owned(),
    })
}

/// The whole number of an optional word.
pub(super) fn integer(
    word: &Option<Word<'_>>,
    at: impl FnOnce() -> String,
) -> Result<Option<i64>, ParseError> {
    let Some(word) = word else { return Ok(None) };
    word.integer().map(Some).ok_or_else(|| ParseError {
        at: at(),
        what: format!("{:?}, expected a whole number", word.as_str()),
    })
}
