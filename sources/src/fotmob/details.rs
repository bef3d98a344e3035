//! Match details of FotMob: `GET /api/data/matchDetails?matchId=ID`.
//!
//! One reply becomes one match, its events, shots, line-ups and figures, and the whole document.
//! Three layouts are read by one set of optional fields: 2020 has no `general` and no team ids
//! outside the line-up, and gives its kick-off only in local words, which are not read; since the
//! end of 2023 `general` says most; since mid 2024 line-ups look different.

use common::tables::{Document, Match, Rows};
use serde::Deserialize;

use super::events::{Events, Timeline};
use super::lineups::Lineup;
use super::result::{Goals, Outcome, Status};
use super::shots::Shotmap;
use super::stats::Stats;
use super::text::{Label, integer, text};
use super::{MATCH_DETAILS, NAME};
use crate::ask::{Next, ParseError};
use crate::instant;
use crate::json::{self, Maybe, Word};
use crate::source::Reply;

#[derive(Debug, Deserialize)]
struct Details<'a> {
    #[serde(default, borrow)]
    general: Maybe<General<'a>>,
    #[serde(borrow)]
    header: Header<'a>,
    #[serde(default, borrow)]
    content: Maybe<Content<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct General<'a> {
    #[serde(default, borrow)]
    match_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    match_round: Option<Word<'a>>,
    #[serde(default, borrow)]
    league_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    league_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    parent_league_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    parent_league_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    parent_league_season: Option<Word<'a>>,
    #[serde(default, borrow)]
    home_team: Maybe<Team<'a>>,
    #[serde(default, borrow)]
    away_team: Maybe<Team<'a>>,
    #[serde(default, rename = "matchTimeUTCDate", borrow)]
    match_time_utc_date: Option<Word<'a>>,
}

#[derive(Debug, Deserialize)]
struct Header<'a> {
    #[serde(default, borrow)]
    teams: Maybe<Vec<Team<'a>>>,
    #[serde(default, borrow)]
    status: Status<'a>,
}

#[derive(Debug, Deserialize)]
struct Team<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    score: Option<Word<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    #[serde(default, borrow)]
    match_facts: Maybe<MatchFacts<'a>>,
    #[serde(default, borrow)]
    shotmap: Maybe<Shotmap<'a>>,
    #[serde(default, borrow)]
    lineup: Maybe<Lineup<'a>>,
    #[serde(default, borrow)]
    stats: Maybe<Stats<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MatchFacts<'a> {
    #[serde(default, borrow)]
    match_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    events: Maybe<Events<'a>>,
    #[serde(default, borrow)]
    info_box: Maybe<InfoBox<'a>>,
}

#[derive(Debug, Deserialize)]
struct InfoBox<'a> {
    /// An object with the time in UTC, or local words without a zone.
    #[serde(default, rename = "Match Date", borrow)]
    match_date: Maybe<MatchDate<'a>>,
    #[serde(default, rename = "Tournament", borrow)]
    tournament: Maybe<Tournament<'a>>,
    #[serde(default, rename = "Stadium", borrow)]
    stadium: Label<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MatchDate<'a> {
    #[serde(default, borrow)]
    utc_time: Option<Word<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tournament<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    text: Option<Word<'a>>,
    #[serde(default, borrow)]
    league_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    round: Option<Word<'a>>,
    #[serde(default, borrow)]
    selected_season: Option<Word<'a>>,
}

/// One of the two teams, by its id and name as far as they are known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Side<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) name: Option<&'a str>,
}

/// What every row of a match needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) match_id: &'a str,
    pub(super) home: Side<'a>,
    pub(super) away: Side<'a>,
}

impl<'a> Context<'a> {
    /// The id of the home team, or of the other.
    pub(super) fn team_id(self, is_home: bool) -> Option<&'a str> {
        if is_home { self.home.id } else { self.away.id }
    }
}

pub(super) fn side_name(is_home: bool) -> &'static str {
    if is_home { "home" } else { "away" }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let document = json::text(reply.body)?;
    let details: Details<'_> = json::read(reply.body)?;
    let match_id = details.match_id(reply.id)?;
    let utc_kickoff = details.kick_off()?;
    let context = Context {
        match_id,
        home: details.side(true),
        away: details.side(false),
    };
    let nothing = Content::default();
    let content = details.content.as_ref().unwrap_or(&nothing);
    let timeline = Timeline::of(
        content
            .match_facts
            .as_ref()
            .and_then(|facts| facts.events.as_ref()),
    );

    details.push_match(context, utc_kickoff, &timeline, rows);
    timeline.push(context, rows);
    content
        .shotmap
        .as_ref()
        .inspect(|shotmap| shotmap.push(context, rows));
    content
        .lineup
        .as_ref()
        .inspect(|lineup| lineup.push(context, rows));
    content
        .stats
        .as_ref()
        .inspect(|stats| stats.push(context, rows));
    rows.push(&Document {
        source: NAME,
        dataset: MATCH_DETAILS,
        id: match_id,
        body: document,
    });
    Ok(Next::End)
}

impl<'a> Details<'a> {
    fn facts(&self) -> Option<&MatchFacts<'a>> {
        self.content.as_ref()?.match_facts.as_ref()
    }

    fn info_box(&self) -> Option<&InfoBox<'a>> {
        self.facts()?.info_box.as_ref()
    }

    /// The id the reply names; it must be the one asked for.
    fn match_id<'b>(&'b self, asked: Option<&'b str>) -> Result<&'b str, ParseError> {
        let general = self
            .general
            .as_ref()
            .and_then(|general| text(&general.match_id));
        let facts = self.facts().and_then(|facts| text(&facts.match_id));
        let at = if general.is_some() {
            "general.matchId"
        } else {
            "content.matchFacts.matchId"
        };
        let error = |what| {
            Err(ParseError {
                at: at.to_owned(),
                what,
            })
        };
        match (general.or(facts), asked) {
            (Some(found), Some(asked)) if found != asked => {
                error(format!("{found:?}, expected the id asked for, {asked:?}"))
            }
            (Some(found), _) => Ok(found),
            (None, _) => error("missing, expected the id of the match".to_owned()),
        }
    }

    fn kick_off(&self) -> Result<Option<i64>, ParseError> {
        let general = self
            .general
            .as_ref()
            .and_then(|general| text(&general.match_time_utc_date));
        let header = text(&self.header.status.utc_time);
        let info_box = self
            .info_box()
            .and_then(|info| text(&info.match_date.as_ref()?.utc_time));
        let places = [
            (general, "general.matchTimeUTCDate"),
            (header, "header.status.utcTime"),
            (info_box, "content.matchFacts.infoBox.Match Date.utcTime"),
        ];
        let given = places.into_iter().find_map(|(text, at)| Some((text?, at)));
        given
            .map(|(text, at)| instant::rfc3339(text, || at.to_owned()))
            .transpose()
    }

    fn side(&self, is_home: bool) -> Side<'_> {
        let general = self.general.as_ref().and_then(|general| {
            if is_home {
                general.home_team.as_ref()
            } else {
                general.away_team.as_ref()
            }
        });
        let header = self.shown(is_home);
        let name = general
            .and_then(|team| text(&team.name))
            .or(header.and_then(|team| text(&team.name)));
        let in_lineup = || {
            self.content
                .as_ref()?
                .lineup
                .as_ref()?
                .team_id(is_home, name)
        };
        let id = general
            .and_then(|team| text(&team.id))
            .or(header.and_then(|team| text(&team.id)))
            .or_else(in_lineup);
        Side { id, name }
    }

    fn shown(&self, is_home: bool) -> Option<&Team<'a>> {
        self.header.teams.all().get(usize::from(!is_home))
    }

    fn outcome(&self, context: Context<'_>) -> Outcome {
        let score = |is_home| self.shown(is_home).and_then(|team| integer(&team.score));
        self.header.status.outcome(
            (score(true), score(false)),
            (context.home.name, context.away.name),
        )
    }

    fn push_match(
        &self,
        context: Context<'_>,
        utc_kickoff: Option<i64>,
        timeline: &Timeline<'_, '_>,
        rows: &mut Rows,
    ) {
        let outcome = self.outcome(context);
        let reached = |minute| {
            outcome
                .score
                .filter(|_| outcome.finished)
                .and_then(|score| timeline.score_at(minute, score))
        };
        let regular = outcome
            .regular
            .or_else(|| reached(90).filter(|_| !outcome.given_up));
        let extra = match (outcome.regular, regular, outcome.score) {
            (None, Some(regular), Some(score)) => Some((score.0 - regular.0, score.1 - regular.1)),
            _ => None,
        };
        let half = reached(45);
        let (no_general, no_tournament) = (General::default(), Tournament::default());
        let general = self.general.as_ref().unwrap_or(&no_general);
        let tournament = self
            .info_box()
            .and_then(|info| info.tournament.as_ref())
            .unwrap_or(&no_tournament);
        let round = general.match_round.as_ref().or(tournament.round.as_ref());
        let matchday = round.and_then(Word::integer);
        let (home, away) = (
            |goals: Option<Goals>| goals.map(|g| g.0),
            |goals: Option<Goals>| goals.map(|g| g.1),
        );
        rows.push(&Match {
            source: NAME,
            match_id: context.match_id,
            competition: text(&general.parent_league_name)
                .or(text(&general.league_name))
                .or(text(&tournament.league_name))
                .or(text(&tournament.text)),
            competition_id: text(&general.parent_league_id)
                .or(text(&general.league_id))
                .or(text(&tournament.id)),
            season: text(&general.parent_league_season).or(text(&tournament.selected_season)),
            stage: round.map(Word::as_str).filter(|_| matchday.is_none()),
            matchday,
            utc_kickoff,
            status: self.header.status.word(),
            home_team_id: context.home.id,
            home_team: context.home.name,
            away_team_id: context.away.id,
            away_team: context.away.name,
            home_score: home(outcome.score),
            away_score: away(outcome.score),
            home_score_90: home(regular),
            away_score_90: away(regular),
            home_score_extra: home(extra),
            away_score_extra: away(extra),
            home_score_penalties: home(outcome.penalties),
            away_score_penalties: away(outcome.penalties),
            home_score_half: home(half),
            away_score_half: away(half),
            winner: outcome.winner,
            venue: self.info_box().and_then(|info| info.stadium.as_str()),
        });
    }
}
