//! Matches of FotMob by date: `GET /api/data/matches?date=YYYYMMDD`.
//!
//! A day of the vendor is not a UTC day but the requester's. So an item asks for the days of its
//! slice and for one more on either side, and keeps the matches whose kick-off lies within the
//! slice. Wall times (`time`) are Oslo's and are not read. Competitions go by `primaryId`; `id`
//! is that of a stage or season.

use std::collections::HashSet;

use chrono::NaiveDate;
use common::Work;
use common::tables::{Match, Rows};
use serde::Deserialize;

use super::result::Status;
use super::text::{integer, text};
use super::{NAME, get};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::instant;
use crate::json::{self, Maybe, Word};
use crate::plan::{Plan, Slice};
use crate::source::Reply;
use crate::window::{Window, days_after};

/// The day before the slice and the day after it.
const NEIGHBOURS: u64 = 2;

/// The days an item asks for: page 0 is the day before its slice.
struct Days {
    first: NaiveDate,
    count: u64,
}

impl Days {
    fn of(window: Window) -> Self {
        let within = (window.last_day() - window.first_day())
            .num_days()
            .unsigned_abs()
            + 1;
        Self {
            first: window.first_day().pred_opt().unwrap_or(NaiveDate::MIN),
            count: within + NEIGHBOURS,
        }
    }

    fn day(&self, page: u64) -> String {
        days_after(self.first, page).format("%Y%m%d").to_string()
    }
}

/// Requests of a plan: one a day of each item, neighbours included.
pub(super) fn requests(plan: &Plan) -> u64 {
    let of_item = |number| match plan.item(number) {
        Some(Slice {
            work: Work::Range { from, to, .. },
            ..
        }) => Days::of(Window::between(from, to)).count,
        _ => 0,
    };
    (0..plan.items()).map(of_item).sum()
}

pub(super) fn ask(window: Window, cursor: &Cursor) -> Result<Ask, Refusal> {
    let days = Days::of(window);
    match cursor {
        Cursor::Start => Ok(get("/api/data/matches", ("date", days.day(0)))),
        Cursor::Page(page) if *page < days.count => {
            Ok(get("/api/data/matches", ("date", days.day(*page))))
        }
        other => Err(Refusal(format!(
            "matches of {NAME} cannot start at {other:?}"
        ))),
    }
}

#[derive(Debug, Deserialize)]
struct Day<'a> {
    #[serde(default, borrow)]
    date: Option<Word<'a>>,
    #[serde(borrow)]
    leagues: Vec<League<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct League<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    primary_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    parent_league_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    parent_league_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    group_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    matches: Maybe<Vec<Listed<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(default, rename = "timeTS")]
    time_ts: Option<i64>,
    #[serde(borrow)]
    home: Side<'a>,
    #[serde(borrow)]
    away: Side<'a>,
    #[serde(default, borrow)]
    tournament_stage: Option<Word<'a>>,
    #[serde(default, borrow)]
    status: Status<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Side<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    long_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    score: Option<Word<'a>>,
}

impl Side<'_> {
    fn name(&self) -> Option<&str> {
        text(&self.name).or(text(&self.long_name))
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let day: Day<'_> = json::read(reply.body)?;
    let window = Window::of(reply.item);
    check_day(&day, window, reply)?;
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (at, league) in day.leagues.iter().enumerate() {
        for (row, listed) in league.matches.all().iter().enumerate() {
            let kick_off = listed.kick_off(|| format!("leagues[{at}].matches[{row}]"))?;
            if window.contains(kick_off) && seen.insert(listed.id.as_str()) {
                found.push((league, listed, kick_off));
            }
        }
    }
    for (league, listed, kick_off) in found {
        push(league, listed, kick_off, rows);
    }
    Ok(next(window, reply))
}

fn page(reply: &Reply<'_>) -> u64 {
    match reply.cursor {
        Cursor::Page(page) => *page,
        _ => 0,
    }
}

fn has_slice(reply: &Reply<'_>) -> bool {
    matches!(reply.item.work, Work::Range { .. })
}

fn next(window: Window, reply: &Reply<'_>) -> Next {
    let page = page(reply);
    if has_slice(reply) && page + 1 < Days::of(window).count {
        Next::More(Cursor::Page(page + 1))
    } else {
        Next::End
    }
}

/// A reply for another day than the one asked for would pass for a day without matches.
fn check_day(day: &Day<'_>, window: Window, reply: &Reply<'_>) -> Result<(), ParseError> {
    let Some(given) = text(&day.date).filter(|_| has_slice(reply)) else {
        return Ok(());
    };
    let asked = Days::of(window).day(page(reply));
    if given == asked {
        return Ok(());
    }
    Err(ParseError {
        at: "date".to_owned(),
        what: format!("{given:?}, expected the day asked for, {asked:?}"),
    })
}

impl Listed<'_> {
    fn kick_off(&self, at: impl Fn() -> String) -> Result<i64, ParseError> {
        if let Some(ns) = self.time_ts.and_then(instant::ms_or_us) {
            return Ok(ns);
        }
        match text(&self.status.utc_time) {
            Some(text) => instant::rfc3339(text, || format!("{}.status.utcTime", at())),
            None => Err(ParseError {
                at: at(),
                what: "no time, expected timeTS or status.utcTime".to_owned(),
            }),
        }
    }
}

fn push(league: &League<'_>, listed: &Listed<'_>, utc_kickoff: i64, rows: &mut Rows) {
    let (home, away) = (&listed.home, &listed.away);
    let outcome = listed.status.outcome(
        (integer(&home.score), integer(&away.score)),
        (home.name(), away.name()),
    );
    // The stage is a round in a league and a word, such as `final`, in a cup.
    let matchday = integer(&listed.tournament_stage);
    let stage = text(&listed.tournament_stage).filter(|_| matchday.is_none());
    rows.push(&Match {
        source: NAME,
        match_id: listed.id.as_str(),
        competition: text(&league.parent_league_name).or(text(&league.name)),
        competition_id: text(&league.primary_id)
            .or(text(&league.parent_league_id))
            .or(text(&league.id)),
        season: None,
        stage: stage.or(text(&league.group_name)),
        matchday,
        utc_kickoff: Some(utc_kickoff),
        status: listed.status.word(),
        home_team_id: text(&home.id),
        home_team: home.name(),
        away_team_id: text(&away.id),
        away_team: away.name(),
        home_score: outcome.score.map(|goals| goals.0),
        away_score: outcome.score.map(|goals| goals.1),
        home_score_90: outcome.regular.map(|goals| goals.0),
        away_score_90: outcome.regular.map(|goals| goals.1),
        home_score_extra: None,
        away_score_extra: None,
        home_score_penalties: outcome.penalties.map(|goals| goals.0),
        away_score_penalties: outcome.penalties.map(|goals| goals.1),
        home_score_half: None,
        away_score_half: None,
        winner: outcome.winner,
        venue: None,
    });
}
