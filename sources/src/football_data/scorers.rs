//! Scorers of a season: `GET /v4/competitions/PL/scorers`.
//!
//! The vendor gives the best so many (`limit`), no pages. Assists and penalties are null where it
//! does not count them.

use common::tables::{Rows, Scorer};
use serde::Deserialize;

use super::NAME;
use super::words::{Filters, Named, Of, Season, required, text};
use crate::ask::{Next, ParseError};
use crate::json::{self, Word};
use crate::source::Reply;

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(default, borrow)]
    filters: Option<Filters<'a>>,
    #[serde(borrow)]
    competition: Named<'a>,
    #[serde(default, borrow)]
    season: Option<Season<'a>>,
    #[serde(borrow)]
    scorers: Vec<Listed<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(borrow)]
    player: Player<'a>,
    #[serde(borrow)]
    team: Named<'a>,
    #[serde(default)]
    played_matches: Option<i64>,
    #[serde(default)]
    goals: Option<i64>,
    #[serde(default)]
    assists: Option<i64>,
    #[serde(default)]
    penalties: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Player<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    nationality: Option<Word<'a>>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let body: Body<'_> = json::read(reply.body)?;
    let of = Of::frame(&body.filters, &body.competition, &body.season, reply.item)?;
    let mut found = Vec::with_capacity(body.scorers.len());
    for (row, listed) in body.scorers.iter().enumerate() {
        let player_id = required(&listed.player.id, || format!("scorers[{row}].player.id"))?;
        let team_id = required(&listed.team.id, || format!("scorers[{row}].team.id"))?;
        found.push((listed, player_id, team_id));
    }
    for (listed, player_id, team_id) in found {
        rows.push(&Scorer {
            source: NAME,
            competition_id: of.competition_id,
            competition: of.competition,
            season: of.season,
            player_id,
            player: text(&listed.player.name),
            team_id,
            team: text(&listed.team.name),
            played: listed.played_matches,
            goals: listed.goals,
            assists: listed.assists,
            penalties: listed.penalties,
            nationality: text(&listed.player.nationality),
        });
    }
    Ok(Next::End)
}
