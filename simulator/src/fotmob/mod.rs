//! FotMob: matches by day, match details by id in the layouts they had over the years, leagues and
//! teams.
//!
//! Nothing of it is documented; what is served here is what recorded replies show. The paths of
//! earlier years are answered too.

mod by_date;
mod details;
mod events;
mod figures;
mod game;
mod leagues;
mod pages;
mod shots;
mod squads;

use std::ops::Range;

use chrono::NaiveDate;

use crate::calendar::day_number;
use crate::hash::Key;
use crate::json::Raw;
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use details::{Era, era, season, stadium};
pub(crate) use details::{events as event_text, lineups as lineup_text};
pub(crate) use events::{Event, Kick, What, kicks};
pub(crate) use figures::{Figure, PERIODS, Value, figures, figures_2020};
pub(crate) use game::{Game, Goals};
pub(crate) use leagues::League;
pub(crate) use shots::shots;
pub(crate) use squads::{Member, Role, members, position, position_id, short_position};

const JSON: &str = "application/json; charset=utf-8";

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct FotMob {
    key: Key,
    missing: u64,
}

impl FotMob {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            key: Key::new(options.seed, "fotmob"),
            missing: options.missing_matches,
        }
    }

    /// The match of that id.
    pub(crate) fn game(&self, id: u64) -> Option<Game> {
        game::of_id(self.key, id, self.missing)
    }

    /// The matches of some UTC days.
    pub(crate) fn games(&self, days: Range<i64>) -> impl Iterator<Item = Game> + '_ {
        days.flat_map(|day| game::on_day(self.key, day, self.missing))
    }

    /// The details of a match as they are served.
    pub(crate) fn details(&self, game: &Game, now: i64) -> Raw {
        details::print(game, now)
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        match endpoint(&asked.path) {
            Some(Endpoint::Matches) => by_day(asked, |date, day| {
                // An Oslo day has parts of two UTC days.
                let games: Vec<Game> = self
                    .games(day - 1..day + 1)
                    .filter(|game| by_date::is_on(game, day))
                    .collect();
                by_date::print(&games, date, asked.now, asked.twist)
            }),
            Some(Endpoint::Details) => by_id(asked, |id| {
                let game = self.game(id.parse().ok()?)?;
                Some(self.details(&game, asked.now))
            }),
            Some(Endpoint::League) => self.answer_league(asked),
            Some(Endpoint::Team) => self.answer_team(asked),
            Some(Endpoint::AllLeagues) => Reply::json(200, JSON, self.all_leagues()),
            None => not_found(),
        }
    }
}

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Matches,
    Details,
    League,
    Team,
    AllLeagues,
}

/// The endpoint of a path of any year.
pub(crate) fn endpoint(path: &str) -> Option<Endpoint> {
    let name = ["/api/data/", "/api/", "/"]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))?;
    match name {
        "matches" => Some(Endpoint::Matches),
        "matchDetails" => Some(Endpoint::Details),
        "leagues" => Some(Endpoint::League),
        "teams" => Some(Endpoint::Team),
        "allLeagues" => Some(Endpoint::AllLeagues),
        _ => None,
    }
}

/// Answers a list by day; `list` gets the date as it was asked for and its day.
pub(crate) fn by_day(asked: &Asked, list: impl Fn(&str, i64) -> Raw) -> Reply {
    let date = asked.query.get("date").unwrap_or_default();
    match NaiveDate::parse_from_str(date, "%Y%m%d") {
        Ok(day) => Reply::json(200, JSON, list(date, day_number(day))),
        Err(_) => Reply::json(400, JSON, r#"{"error":true,"message":"invalid date"}"#),
    }
}

/// Answers details; `find` gets the id as it was asked for.
pub(crate) fn by_id(asked: &Asked, find: impl Fn(&str) -> Option<Raw>) -> Reply {
    match asked.query.get("matchId").and_then(find) {
        Some(body) => Reply::json(200, JSON, body),
        None => not_found(),
    }
}

/// What an unknown path or id is answered with.
pub(crate) fn not_found() -> Reply {
    Reply::json(404, JSON, r#"{"error":true,"message":"Not found"}"#)
}
