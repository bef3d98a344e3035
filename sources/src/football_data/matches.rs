//! Lists of matches of football-data.org: by date, of a season, of a team, of a person, of two
//! teams against each other. The reply for one match is read too.
//!
//! `utcDate` is true UTC (unlike `lastUpdated`, which is not read). A status and a score belong
//! together: postponed matches keep their old date, abandoned ones their score.

use common::tables::{Match, Rows};
use serde::Deserialize;

use super::NAME;
use super::datasets::{MATCHES, PERSON_MATCHES};
use super::details::{Booking, Goal, Penalty, Substitution};
use super::lineups::Team;
use super::score::Score;
use super::words::{Filters, Named, Season, check_season, text};
use crate::ask::{Cursor, Next, ParseError};
use crate::instant;
use crate::json::{self, Maybe, Word};
use crate::source::Reply;
use crate::window::Window;

#[derive(Debug, Deserialize)]
struct Envelope<'a> {
    #[serde(default, borrow)]
    filters: Option<Filters<'a>>,
    #[serde(default, borrow)]
    matches: Option<Vec<Recorded<'a>>>,
    /// Stands only in the reply for one match.
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
}

/// A match, with the detail that the reply for one match has on some plans.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recorded<'a> {
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    #[serde(default, borrow)]
    utc_date: Option<Word<'a>>,
    #[serde(borrow)]
    status: Word<'a>,
    #[serde(default)]
    matchday: Option<i64>,
    #[serde(default, borrow)]
    stage: Option<Word<'a>>,
    #[serde(default, borrow)]
    venue: Option<Word<'a>>,
    #[serde(default, borrow)]
    competition: Option<Named<'a>>,
    #[serde(default, borrow)]
    season: Option<Season<'a>>,
    #[serde(default, borrow)]
    pub(super) home_team: Team<'a>,
    #[serde(default, borrow)]
    pub(super) away_team: Team<'a>,
    #[serde(default, borrow)]
    score: Option<Score<'a>>,
    #[serde(default, borrow)]
    pub(super) goals: Maybe<Vec<Goal<'a>>>,
    #[serde(default, borrow)]
    pub(super) bookings: Maybe<Vec<Booking<'a>>>,
    #[serde(default, borrow)]
    pub(super) substitutions: Maybe<Vec<Substitution<'a>>>,
    #[serde(default, borrow)]
    pub(super) penalties: Maybe<Vec<Penalty<'a>>>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let (matches, filters) = read(reply.body)?;
    let filters = filters.unwrap_or_default();
    check_season(text(&filters.season), reply.item)?;
    let next = next(reply, &filters, matches.len())?;
    let kick_offs = matches
        .iter()
        .enumerate()
        .map(|(row, recorded)| recorded.kick_off(|| format!("matches[{row}].utcDate")))
        .collect::<Result<Vec<_>, _>>()?;
    // Only a list by date is cut: a season belongs to the year in which it starts as a whole.
    let by_date = reply.item.dataset == MATCHES;
    let window = Window::of(reply.item);
    for (recorded, kick_off) in matches.iter().zip(kick_offs) {
        if !by_date || kick_off.is_none_or(|ns| window.contains(ns)) {
            recorded.push(kick_off, rows);
        }
    }
    Ok(next)
}

fn read(body: &[u8]) -> Result<(Vec<Recorded<'_>>, Option<Filters<'_>>), ParseError> {
    let envelope: Envelope<'_> = json::read(body)?;
    match (envelope.matches, envelope.id) {
        (Some(matches), _) => Ok((matches, envelope.filters)),
        (None, Some(_)) => Ok((vec![json::read(body)?], None)),
        (None, None) => Err(ParseError {
            at: "matches".to_owned(),
            what: "missing, expected a list of matches".to_owned(),
        }),
    }
}

/// Matches of a person come in pages until one is empty; every other list is whole.
fn next(reply: &Reply<'_>, filters: &Filters<'_>, found: usize) -> Result<Next, ParseError> {
    if reply.item.dataset != PERSON_MATCHES {
        return Ok(Next::End);
    }
    let asked = match reply.cursor {
        Cursor::Page(offset) => *offset,
        _ => 0,
    };
    let echoed = text(&filters.offset);
    // The first page again, and for ever, is what a vendor gives that ignores the offset.
    if asked > 0 && echoed.and_then(|offset| offset.parse().ok()) != Some(asked) {
        return Err(ParseError {
            at: "filters.offset".to_owned(),
            what: format!("{echoed:?}, expected the offset asked for, {asked}"),
        });
    }
    Ok(match found {
        0 => Next::End,
        found => Next::More(Cursor::Page(asked + found as u64)),
    })
}

impl Recorded<'_> {
    /// A match without a date belongs to any slice: better kept than lost.
    pub(super) fn kick_off(&self, at: impl FnOnce() -> String) -> Result<Option<i64>, ParseError> {
        let text = self.utc_date.as_ref();
        text.map(|text| instant::rfc3339(text.as_str(), at))
            .transpose()
    }

    pub(super) fn push(&self, utc_kickoff: Option<i64>, rows: &mut Rows) {
        let score = self.score.as_ref();
        let parts = score.map_or_else(|| Score::default().parts(), Score::parts);
        let competition = self.competition.as_ref();
        rows.push(&Match {
            source: NAME,
            match_id: self.id.as_str(),
            competition: competition.and_then(|named| text(&named.name)),
            competition_id: competition.and_then(|named| text(&named.id)),
            season: self.season.as_ref().and_then(Season::year),
            stage: text(&self.stage),
            matchday: self.matchday,
            utc_kickoff,
            status: self.status.as_str(),
            home_team_id: text(&self.home_team.id),
            home_team: text(&self.home_team.name),
            away_team_id: text(&self.away_team.id),
            away_team: text(&self.away_team.name),
            home_score: parts.total.home,
            away_score: parts.total.away,
            home_score_90: parts.regular.home,
            away_score_90: parts.regular.away,
            home_score_extra: parts.extra.home,
            away_score_extra: parts.extra.away,
            home_score_penalties: parts.penalties.home,
            away_score_penalties: parts.penalties.away,
            home_score_half: parts.half.home,
            away_score_half: parts.half.away,
            winner: score.and_then(Score::winner),
            venue: text(&self.venue),
        });
    }
}
