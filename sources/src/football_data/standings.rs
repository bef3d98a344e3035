//! Tables of a season: `GET /v4/competitions/PL/standings`.
//!
//! A league has three tables (all matches, at home, away), a cup one a group. The vendor computes
//! them as of now: a later reply replaces the rows.

use common::tables::{Rows, Standing};
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
    standings: Vec<Table<'a>>,
}

#[derive(Debug, Deserialize)]
struct Table<'a> {
    #[serde(default, borrow)]
    stage: Option<Word<'a>>,
    #[serde(rename = "type", borrow)]
    kind: Word<'a>,
    #[serde(default, borrow)]
    group: Option<Word<'a>>,
    #[serde(borrow)]
    table: Vec<Place<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    position: Option<i64>,
    #[serde(borrow)]
    team: Named<'a>,
    played_games: Option<i64>,
    #[serde(default, borrow)]
    form: Option<Word<'a>>,
    won: Option<i64>,
    draw: Option<i64>,
    lost: Option<i64>,
    points: Option<i64>,
    goals_for: Option<i64>,
    goals_against: Option<i64>,
    goal_difference: Option<i64>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let body: Body<'_> = json::read(reply.body)?;
    let of = Of::frame(&body.filters, &body.competition, &body.season, reply.item)?;
    let mut found = Vec::new();
    for (at, table) in body.standings.iter().enumerate() {
        for (row, place) in table.table.iter().enumerate() {
            let team_id = required(&place.team.id, || {
                format!("standings[{at}].table[{row}].team.id")
            })?;
            found.push((table, place, team_id));
        }
    }
    for (table, place, team_id) in found {
        push(of, table, place, team_id, rows);
    }
    Ok(Next::End)
}

fn push(of: Of<'_>, table: &Table<'_>, place: &Place<'_>, team_id: &str, rows: &mut Rows) {
    rows.push(&Standing {
        source: NAME,
        competition_id: of.competition_id,
        competition: of.competition,
        season: of.season,
        stage: text(&table.stage).unwrap_or_default(),
        kind: table.kind.as_str(),
        group: text(&table.group).unwrap_or_default(),
        team_id,
        team: text(&place.team.name),
        position: place.position,
        played: place.played_games,
        won: place.won,
        draw: place.draw,
        lost: place.lost,
        goals_for: place.goals_for,
        goals_against: place.goals_against,
        goal_difference: place.goal_difference,
        points: place.points,
        form: text(&place.form),
    });
}
