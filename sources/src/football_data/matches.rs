//! Matches of football-data.org, from a list or from the reply for one match.
//!
//! `utcDate` is true UTC (unlike `lastUpdated`, which is not read). A status and a score belong
//! together: postponed matches keep their old date, abandoned ones their score.

use common::tables::{Match, Rows};
use serde::Deserialize;

use super::NAME;
use super::score::Score;
use crate::ask::{Next, ParseError};
use crate::json::{self, Word};
use crate::source::Reply;
use crate::window::{self, Window};

#[derive(Debug, Deserialize)]
struct Envelope<'a> {
    #[serde(default, borrow)]
    matches: Option<Vec<Recorded<'a>>>,
    /// Stands only in the reply for one match.
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(borrow)]
    id: Word<'a>,
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
    home_team: Option<Named<'a>>,
    #[serde(default, borrow)]
    away_team: Option<Named<'a>>,
    #[serde(default, borrow)]
    score: Option<Score<'a>>,
}

/// A team or a competition; both are null while a tie is undrawn.
#[derive(Debug, Deserialize)]
struct Named<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Season<'a> {
    #[serde(default, borrow)]
    start_date: Option<Word<'a>>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let matches = read(reply.body)?;
    let kick_offs = matches
        .iter()
        .enumerate()
        .map(|(row, recorded)| kick_off(recorded, row))
        .collect::<Result<Vec<_>, _>>()?;
    let window = Window::of(reply.item);
    for (recorded, kick_off) in matches.iter().zip(kick_offs) {
        if kick_off.is_none_or(|ns| window.contains(ns)) {
            push(recorded, kick_off, rows);
        }
    }
    Ok(Next::End)
}

fn read(body: &[u8]) -> Result<Vec<Recorded<'_>>, ParseError> {
    let envelope: Envelope<'_> = json::read(body)?;
    match (envelope.matches, envelope.id) {
        (Some(matches), _) => Ok(matches),
        (None, Some(_)) => Ok(vec![json::read(body)?]),
        (None, None) => Err(ParseError {
            at: "matches".to_owned(),
            what: "missing, expected a list of matches".to_owned(),
        }),
    }
}

/// A match without a date belongs to any slice: better kept than lost.
fn kick_off(recorded: &Recorded<'_>, row: usize) -> Result<Option<i64>, ParseError> {
    let text = recorded.utc_date.as_ref();
    text.map(|text| window::from_rfc3339(text.as_str(), &format!("matches[{row}].utcDate")))
        .transpose()
}

fn push(recorded: &Recorded<'_>, utc_kickoff: Option<i64>, rows: &mut Rows) {
    let score = recorded.score.as_ref();
    let parts = score
        .map(Score::parts)
        .unwrap_or_else(|| Score::default().parts());
    rows.push(&Match {
        source: NAME,
        match_id: recorded.id.as_str(),
        competition: name(recorded.competition.as_ref()),
        competition_id: id(recorded.competition.as_ref()),
        season: recorded.season.as_ref().and_then(start_year),
        stage: text(recorded.stage.as_ref()),
        matchday: recorded.matchday,
        utc_kickoff,
        status: recorded.status.as_str(),
        home_team_id: id(recorded.home_team.as_ref()),
        home_team: name(recorded.home_team.as_ref()),
        away_team_id: id(recorded.away_team.as_ref()),
        away_team: name(recorded.away_team.as_ref()),
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
        venue: text(recorded.venue.as_ref()),
    });
}

fn text<'a>(word: Option<&'a Word<'_>>) -> Option<&'a str> {
    word.map(Word::as_str)
}

fn name<'a>(named: Option<&'a Named<'_>>) -> Option<&'a str> {
    text(named?.name.as_ref())
}

fn id<'a>(named: Option<&'a Named<'_>>) -> Option<&'a str> {
    text(named?.id.as_ref())
}

/// The year in which the season starts, by which the vendor calls it.
fn start_year<'a>(season: &'a Season<'_>) -> Option<&'a str> {
    season.start_date.as_ref()?.as_str().get(..4)
}
