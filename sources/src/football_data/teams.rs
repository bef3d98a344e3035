//! Teams of a season: `GET /v4/competitions/PL/teams`.
//!
//! Squads and staff are as of now, whatever season is asked for, and are not read.

use common::tables::{Rows, Team};
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
    teams: Vec<Listed<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(default, borrow)]
    area: Option<Named<'a>>,
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    short_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    tla: Option<Word<'a>>,
    #[serde(default, borrow)]
    address: Option<Word<'a>>,
    #[serde(default, borrow)]
    website: Option<Word<'a>>,
    #[serde(default)]
    founded: Option<i64>,
    #[serde(default, borrow)]
    venue: Option<Word<'a>>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let body: Body<'_> = json::read(reply.body)?;
    let of = Of::frame(&body.filters, &body.competition, &body.season, reply.item)?;
    let mut found = Vec::with_capacity(body.teams.len());
    for (row, listed) in body.teams.iter().enumerate() {
        found.push((listed, required(&listed.id, || format!("teams[{row}].id"))?));
    }
    for (listed, team_id) in found {
        rows.push(&Team {
            source: NAME,
            competition_id: of.competition_id,
            season: of.season,
            team_id,
            name: text(&listed.name),
            short_name: text(&listed.short_name),
            tla: text(&listed.tla),
            venue: text(&listed.venue),
            address: text(&listed.address),
            website: text(&listed.website),
            founded: listed.founded,
            country: listed.area.as_ref().and_then(|area| text(&area.name)),
        });
    }
    Ok(Next::End)
}
