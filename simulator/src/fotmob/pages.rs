//! Pages of leagues and teams, and the list of leagues.
//!
//! A league shows the matches of one season, with scores in words and ids as texts.

use chrono::{Datelike, NaiveDate};

use crate::calendar::{DAY, day_number, utc};
use crate::json::{Raw, member, object};
use crate::reply::{Asked, Reply};

use super::by_date::status;
use super::game::{self, Game};
use super::leagues::{LEAGUES, League};
use super::{FotMob, JSON, not_found};

/// Days of a year before a season begins.
const BEFORE: i64 = 181;

impl FotMob {
    /// The matches of a league (by its competition's id) in the season that starts in a year.
    pub(crate) fn league(&self, id: u64, year: i32) -> Option<(&'static League, Vec<Game>)> {
        let place = LEAGUES.iter().position(|league| league.primary_id == id)?;
        let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1).map_or(0, day_number);
        let days = new_year(year) + BEFORE..new_year(year + 1) + BEFORE;
        let games = game::of_league(self.key, place as u64, days, self.missing);
        Some((&LEAGUES[place], games))
    }

    /// The page of a league, of the season in the vendor's words or the current one.
    pub(crate) fn league_page(&self, id: u64, season: Option<&str>, now: i64) -> Option<Raw> {
        let year = match season {
            Some(season) => season.split('/').next()?.parse().ok()?,
            None => utc(now - BEFORE * DAY).year(),
        };
        let (league, games) = self.league(id, year)?;
        let selected = format!("{year}/{}", year + 1);
        let matches: Vec<Raw> = games.iter().map(|game| listed(game, now)).collect();
        Some(object! {
            "tabs": ["overview", "table", "fixtures"],
            "allAvailableSeasons": [selected.as_str()],
            "details": object! {
                "id": league.primary_id,
                "type": "league",
                "name": league.competition(),
                "selectedSeason": selected,
                "country": league.ccode,
            },
            "fixtures": object! { "firstUnplayedMatch": (), "allMatches": matches, "hasOngoingMatch": false },
        })
    }

    /// The page of a team.
    pub(crate) fn team_page(&self, id: u64) -> Option<Raw> {
        let league = LEAGUES
            .iter()
            .find(|league| league.primary_id == id / 100)?;
        let team = league.team(id % 100);
        let squad: Vec<Raw> = (1..=18)
            .map(|number| {
                let player = team.player(number);
                object! { "id": player.id, "name": player.name() }
            })
            .collect();
        (team.id == id).then(|| {
            object! {
                "tabs": ["overview", "squad"],
                "details": object! { "id": team.id, "type": "team", "name": team.name, "country": league.ccode },
                "squad": squad,
            }
        })
    }

    /// The list of leagues.
    pub(crate) fn all_leagues(&self) -> Raw {
        let of_country = |league: &League| {
            let listed = object! { "id": league.primary_id, "name": league.competition() };
            object! { "ccode": league.ccode, "name": league.ccode, "leagues": [listed] }
        };
        let countries: Vec<Raw> = LEAGUES.iter().map(of_country).collect();
        object! { "favourite": (), "popular": Vec::<Raw>::new(), "countries": countries }
    }

    pub(super) fn answer_league(&self, asked: &Asked) -> Reply {
        let season = asked.query.get("season");
        by_number(asked, |id| self.league_page(id, season, asked.now))
    }

    pub(super) fn answer_team(&self, asked: &Asked) -> Reply {
        by_number(asked, |id| self.team_page(id))
    }
}

fn by_number(asked: &Asked, page: impl Fn(u64) -> Option<Raw>) -> Reply {
    let id = asked.query.get("id").and_then(|id| id.parse().ok());
    id.and_then(page)
        .map_or_else(not_found, |page| Reply::json(200, JSON, page))
}

fn listed(game: &Game, now: i64) -> Raw {
    let side = |home| {
        let team = game.team(home);
        object! { "name": team.name, "shortName": team.name, "id": team.id.to_string() }
    };
    let mut out = String::from("{");
    member(&mut out, "round", &game.round);
    member(&mut out, "roundName", &game.round);
    member(&mut out, "pageUrl", &format!("/matches/x#{}", game.id));
    member(&mut out, "id", &game.id.to_string());
    member(&mut out, "home", &side(true));
    member(&mut out, "away", &side(false));
    member(&mut out, "status", &status(game, &game.standing(now)));
    out.push('}');
    Raw(out)
}

#[cfg(test)]
mod tests {
    use super::super::details::season;
    use super::*;
    use crate::calendar::day_of;
    use crate::options::Options;

    #[test]
    fn a_league_shows_the_matches_of_its_season_alone() {
        let vendor = FotMob::new(&Options::default());
        let (league, games) = vendor.league(42, 2015).unwrap();
        assert!(games.len() > 3_000);
        for game in &games {
            assert_eq!((game.league, season(game).as_str()), (league, "2015/2016"));
        }
        let first = day_of(games[0].kickoff);
        let listed: Vec<u64> = vendor
            .games(first..first + 30)
            .filter(|game| game.league == league)
            .map(|game| game.id)
            .collect();
        let found: Vec<u64> = games[..listed.len()].iter().map(|game| game.id).collect();
        assert_eq!(found, listed);
    }
}
