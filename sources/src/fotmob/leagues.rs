//! A league of FotMob with the matches of a season: `GET /api/data/leagues?id=ID`.
//!
//! The matches stand in `fixtures.allMatches`, until 2024 in `matches.allMatches`, and before 2022
//! nowhere. Scores are words there (`2 - 1`). The document is kept whole: of another season than
//! the current one it goes by league and season, so that seasons do not replace each other.

use std::collections::HashSet;

use common::item::Item;
use common::tables::{Document, Match, Rows};
use serde::Deserialize;

use super::documents::{Details, missing};
use super::result::Status;
use super::text::{integer, text};
use super::{LEAGUE, NAME, SEASON};
use crate::ask::{Ask, Next, ParseError};
use crate::instant;
use crate::json::{self, Maybe, Word};
use crate::source::Reply;

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(default, borrow)]
    details: Maybe<Details<'a>>,
    #[serde(default, borrow)]
    fixtures: Maybe<Fixtures<'a>>,
    #[serde(default, borrow)]
    matches: Maybe<Fixtures<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fixtures<'a> {
    #[serde(default, borrow)]
    all_matches: Maybe<Vec<Listed<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(default, borrow)]
    round: Option<Word<'a>>,
    #[serde(borrow)]
    home: Side<'a>,
    #[serde(borrow)]
    away: Side<'a>,
    #[serde(default, borrow)]
    status: Status<'a>,
}

#[derive(Debug, Deserialize)]
struct Side<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
}

/// The same request for the season that the item wants.
pub(super) fn of_season(mut ask: Ask, item: &Item) -> Ask {
    let season = item.param(SEASON);
    if !season.is_empty() {
        ask.query.push((SEASON, season.to_owned()));
    }
    ask
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let document = json::text(reply.body)?;
    let body: Body<'_> = json::read(reply.body)?;
    let details = body.details.as_ref();
    let details = details.ok_or_else(|| missing("details", "what the page is about"))?;
    let league_id = details.id(reply.id)?;
    check_season(details, reply.item)?;
    let (fixtures, place) = match (&body.fixtures.0, &body.matches.0) {
        (Some(fixtures), _) => (fixtures.all_matches.all(), "fixtures"),
        (None, Some(matches)) => (matches.all_matches.all(), "matches"),
        (None, None) => (&[][..], ""),
    };
    let mut seen = HashSet::new();
    let mut found = Vec::with_capacity(fixtures.len());
    for (row, listed) in fixtures.iter().enumerate() {
        let at = || format!("{place}.allMatches[{row}].status.utcTime");
        let kick_off = text(&listed.status.utc_time);
        let kick_off = kick_off.map(|text| instant::rfc3339(text, at));
        if seen.insert(listed.id.as_str()) {
            found.push((listed, kick_off.transpose()?));
        }
    }
    for (listed, kick_off) in found {
        listed.push(league_id, details, kick_off, rows);
    }
    rows.push(&Document {
        source: NAME,
        dataset: LEAGUE,
        id: &format!("{league_id}{}", suffix(reply.item.param(SEASON))),
        body: document,
    });
    Ok(Next::End)
}

/// What stands behind the league in the id of its document: the season, unless it is the current
/// one.
pub(super) fn suffix(season: &str) -> String {
    if season.is_empty() {
        String::new()
    } else {
        format!("@{season}")
    }
}

/// A reply for another season than the one asked for would pass for that one.
fn check_season(details: &Details<'_>, item: &Item) -> Result<(), ParseError> {
    let asked = item.param(SEASON);
    match text(&details.selected_season) {
        Some(given) if !asked.is_empty() && given != asked => Err(ParseError {
            at: "details.selectedSeason".to_owned(),
            what: format!("{given:?}, expected the season asked for, {asked:?}"),
        }),
        _ => Ok(()),
    }
}

impl Listed<'_> {
    fn push(
        &self,
        league_id: &str,
        league: &Details<'_>,
        utc_kickoff: Option<i64>,
        rows: &mut Rows,
    ) {
        let (home, away) = (&self.home, &self.away);
        let shown = self.status.score_in_words().unzip();
        let outcome = self
            .status
            .outcome(shown, (text(&home.name), text(&away.name)));
        let matchday = integer(&self.round);
        let (home_score, away_score) = outcome.score.unzip();
        let (home_score_90, away_score_90) = outcome.regular.unzip();
        let (home_score_penalties, away_score_penalties) = outcome.penalties.unzip();
        rows.push(&Match {
            source: NAME,
            match_id: self.id.as_str(),
            competition: text(&league.name),
            competition_id: Some(league_id),
            season: text(&league.selected_season),
            stage: text(&self.round).filter(|_| matchday.is_none()),
            matchday,
            utc_kickoff,
            status: self.status.word(),
            home_team_id: text(&home.id),
            home_team: text(&home.name),
            away_team_id: text(&away.id),
            away_team: text(&away.name),
            home_score,
            away_score,
            home_score_90,
            away_score_90,
            home_score_extra: None,
            away_score_extra: None,
            home_score_penalties,
            away_score_penalties,
            home_score_half: None,
            away_score_half: None,
            winner: outcome.winner,
            venue: None,
        });
    }
}
