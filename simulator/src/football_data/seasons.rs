//! What belongs to a season of a competition: its matches, tables, scorers and teams.
//!
//! Competitions and seasons that the plan lacks are 403, whatever is asked of them.

use crate::calendar::{date, day_of};
use crate::json::{Raw, member, object};
use crate::reply::{Asked, Reply};

use super::competitions::{Competition, FIRST_SEASON, RESTRICTED, TEAMS, Team};
use super::fixture::Fixture;
use super::tables::{Place, Table, scorers, tables};
use super::{FootballData, JSON, close, not_there, print, restricted, result_set};

/// Scorers of a reply unless `limit` says otherwise.
const SCORERS: usize = 10;

impl FootballData {
    /// The matches of the season that starts in a year, by kick-off.
    pub(crate) fn season(&self, competition: &'static Competition, year: i32) -> Vec<Fixture> {
        let (first, last) = competition.season_days(year);
        let of_competition = |fixture: &Fixture| fixture.competition == competition;
        self.fixtures(first..last + 1)
            .filter(of_competition)
            .collect()
    }

    /// Answers what is asked of a season.
    pub(super) fn of_season(&self, name: &str, what: &str, asked: &Asked) -> Result<Reply, Reply> {
        let competition = permitted(name)?;
        let year = year(competition, asked)?;
        let fixtures = self.season(competition, year);
        let mut filters = object! { "season": year.to_string() };
        let body = match what {
            "matches" => matches(competition, filters, &fixtures, asked.now),
            "standings" => {
                let tables = tables(competition, &fixtures, asked.now);
                let tables: Vec<Raw> = tables.iter().map(table).collect();
                let mut out = object! { "filters": filters, "area": print::area(competition) };
                frame(&mut out, competition, year, "standings", &tables)
            }
            "scorers" => {
                let limit = limit(asked, SCORERS)?;
                let best = scorers(&fixtures, limit, asked.now);
                filters.0.pop();
                member(&mut filters.0, "limit", &limit);
                filters.0.push('}');
                let list: Vec<Raw> = best.iter().map(|best| scorer(best, competition)).collect();
                let mut out = object! { "count": list.len(), "filters": filters };
                frame(&mut out, competition, year, "scorers", &list)
            }
            "teams" => {
                let list: Vec<Raw> = (0..TEAMS)
                    .map(|number| team(&competition.team(number), competition))
                    .collect();
                let mut out = object! { "count": list.len(), "filters": filters };
                frame(&mut out, competition, year, "teams", &list)
            }
            _ => return Err(not_there()),
        };
        Ok(Reply::json(200, JSON, body))
    }
}

/// The competition of that name, if the plan has it.
pub(super) fn permitted(name: &str) -> Result<&'static Competition, Reply> {
    let lacks = |(id, code): &(u64, &str)| *code == name || id.to_string() == name;
    if RESTRICTED.iter().any(lacks) {
        return Err(restricted());
    }
    Competition::named(name)
        .map(|(_, competition)| competition)
        .ok_or_else(not_there)
}

/// The season asked for, or the current one.
pub(super) fn year(competition: &Competition, asked: &Asked) -> Result<i32, Reply> {
    let year = match asked.query.get("season") {
        Some(year) => year.parse().map_err(|_| not_there())?,
        None => competition.season(day_of(asked.now)),
    };
    if year < FIRST_SEASON {
        return Err(restricted());
    }
    Ok(year)
}

/// The number asked for as `limit`.
pub(super) fn limit(asked: &Asked, default: usize) -> Result<usize, Reply> {
    asked.query.get("limit").map_or(Ok(default), |limit| {
        limit.parse().map_err(|_| super::bad_argument("limit"))
    })
}

fn matches(competition: &Competition, filters: Raw, fixtures: &[Fixture], now: i64) -> Raw {
    let listed: Vec<_> = fixtures
        .iter()
        .map(|fixture| super::listed(fixture, now))
        .collect();
    let mut body = object! {
        "filters": filters,
        "resultSet": result_set(&listed, false),
        "competition": print::competition(competition),
    };
    close(&mut body, listed);
    body
}

/// Adds the competition, the season and a list to an envelope, and closes it.
fn frame(out: &mut Raw, competition: &Competition, year: i32, key: &str, list: &[Raw]) -> Raw {
    out.0.pop();
    member(&mut out.0, "competition", &print::competition(competition));
    member(&mut out.0, "season", &season(competition, year));
    member(&mut out.0, key, &list.to_vec());
    out.0.push('}');
    out.clone()
}

fn season(competition: &Competition, year: i32) -> Raw {
    let (first, last) = competition.season_days(year);
    object! {
        "id": competition.id * 100 + (year % 100) as u64,
        "startDate": date(first + 14).to_string(),
        "endDate": date(last - 14).to_string(),
        "currentMatchday": 7,
        "winner": (),
    }
}

fn table(table: &Table) -> Raw {
    let places: Vec<Raw> = table
        .places
        .iter()
        .enumerate()
        .map(|(above, of)| place(above, of))
        .collect();
    object! { "stage": table.stage, "type": table.kind, "group": table.group, "table": places }
}

fn place(above: usize, place: &Place) -> Raw {
    object! {
        "position": above + 1,
        "team": print::team(&place.team),
        "playedGames": place.played(),
        "form": place.form,
        "won": place.won,
        "draw": place.draw,
        "lost": place.lost,
        "points": place.points(),
        "goalsFor": place.goals.0,
        "goalsAgainst": place.goals.1,
        "goalDifference": place.difference(),
    }
}

fn scorer(scorer: &super::tables::Scorer, competition: &Competition) -> Raw {
    let player = object! {
        "id": scorer.player.id,
        "name": scorer.player.name,
        "firstName": (),
        "lastName": (),
        "dateOfBirth": "1999-01-01",
        "nationality": competition.area.1,
        "position": "Offence",
        "shirtNumber": (),
    };
    object! {
        "player": player,
        "team": print::team(&scorer.team),
        "goals": scorer.goals,
        "assists": scorer.assists,
        "penalties": scorer.penalties,
    }
}

/// A team with all that is known of it.
pub(super) fn team(team: &Team, competition: &Competition) -> Raw {
    let squad: Vec<Raw> = (1..=18)
        .map(|number| {
            let person = team.person(number);
            object! { "id": person.id, "name": person.name, "position": (), "nationality": competition.area.1 }
        })
        .collect();
    object! {
        "area": print::area(competition),
        "id": team.id,
        "name": team.name,
        "shortName": team.short_name,
        "tla": team.tla,
        "crest": format!("https://crests.football-data.org/{}.png", team.id),
        "address": team.address(),
        "website": team.website(),
        "founded": team.founded(),
        "clubColors": "Red / White",
        "venue": team.venue(),
        "runningCompetitions": [print::competition(competition)],
        "squad": squad,
        "staff": Vec::<Raw>::new(),
    }
}
