//! Lists of matches by team, by person, and of two teams against each other; and what the vendor
//! says of areas, competitions, teams and persons.

use crate::calendar::day_of;
use crate::json::{Raw, member, object};
use crate::reply::{Asked, Reply};

use super::competitions::{COMPETITIONS, Competition, Person, TEAMS, Team};
use super::events::{FIRST_REFEREE, REFEREES};
use super::fixture::{self, Fixture};
use super::seasons::{limit, permitted, team, year};
use super::{FootballData, JSON, bad_argument, close, listed, not_there, print, result_set};

/// Years that meetings of two teams go back.
const MEETINGS: i64 = 3 * 365;
/// What the vendor gives unless `limit` says otherwise.
const OF_TEAM: usize = 100;
const OF_PERSON: usize = 15;
const OF_TWO: usize = 10;

impl FootballData {
    /// The team of that id, and its competition.
    pub(crate) fn team(&self, id: u64) -> Option<(Team, &'static Competition)> {
        let (_, competition) = Competition::named(&(id / 100).to_string())?;
        (id % 100 < TEAMS).then(|| (competition.team(id % 100), competition))
    }

    /// The match of that id.
    pub(crate) fn fixture(&self, id: u64) -> Option<Fixture> {
        fixture::of_id(self.key, id)
    }

    /// The matches of a team in a season.
    pub(crate) fn of_team(&self, id: u64, season: i32) -> Vec<Fixture> {
        let Some((_, competition)) = self.team(id) else {
            return Vec::new();
        };
        let mut fixtures = self.season(competition, season);
        fixtures.retain(|fixture| fixture.home.id == id || fixture.away.id == id);
        fixtures
    }

    /// The matches of a referee in the European season of an instant.
    pub(crate) fn of_referee(&self, id: u64, now: i64) -> Vec<Fixture> {
        let european = &COMPETITIONS[0];
        let (first, last) = european.season_days(european.season(day_of(now)));
        self.fixtures(first..last + 1)
            .filter(|fixture| fixture.referee() == Some(id))
            .collect()
    }

    /// The meetings of the teams of a match up to that match, the latest first.
    pub(crate) fn meetings(&self, of: &Fixture) -> Vec<Fixture> {
        let teams = |fixture: &Fixture| {
            let (home, away) = (fixture.home.id, fixture.away.id);
            (home.min(away), home.max(away))
        };
        let mut fixtures: Vec<_> = self
            .fixtures(of.day - MEETINGS..of.day + 1)
            .filter(|fixture| teams(fixture) == teams(of))
            .collect();
        fixtures.reverse();
        fixtures
    }

    pub(super) fn head2head(&self, id: &str, asked: &Asked) -> Result<Reply, Reply> {
        let fixture = self.fixture(number(id)?).ok_or_else(not_there)?;
        let limit = limit(asked, OF_TWO)?;
        let mut meetings = self.meetings(&fixture);
        meetings.truncate(limit);
        let filters = object! { "limit": limit, "permission": "TIER_ONE" };
        let aggregates = object! { "numberOfMatches": meetings.len() };
        Ok(list(
            filters,
            "aggregates",
            aggregates,
            &meetings,
            asked.now,
        ))
    }

    pub(super) fn matches_of_team(&self, id: &str, asked: &Asked) -> Result<Reply, Reply> {
        let id = number(id)?;
        let (_, competition) = self.team(id).ok_or_else(not_there)?;
        let limit = limit(asked, OF_TEAM)?;
        let season = year(competition, asked)?;
        let mut fixtures = self.of_team(id, season);
        fixtures.truncate(limit);
        let filters =
            object! { "season": season.to_string(), "permission": "TIER_ONE", "limit": limit };
        let competitions = Raw(format!("\"{}\"", competition.code));
        Ok(list(
            filters,
            "competitions",
            competitions,
            &fixtures,
            asked.now,
        ))
    }

    pub(super) fn matches_of_person(&self, id: &str, asked: &Asked) -> Result<Reply, Reply> {
        let id = number(id)?;
        let person = self.person_of(id).ok_or_else(not_there)?;
        let limit = limit(asked, OF_PERSON)?;
        let offset = asked.query.get("offset").unwrap_or("0");
        let offset: usize = offset.parse().map_err(|_| bad_argument("offset"))?;
        let fixtures = self.of_referee(id, asked.now).into_iter();
        let page: Vec<_> = fixtures.skip(offset).take(limit).collect();
        let filters = object! { "limit": limit, "offset": offset, "permission": "TIER_ONE" };
        Ok(list(filters, "person", person, &page, asked.now))
    }

    /// What the vendor says of a thing: its path below `/v4`.
    pub(crate) fn document(&self, kind: &str, id: Option<&str>) -> Option<Raw> {
        match (kind, id) {
            ("areas", None) => {
                let areas = areas();
                Some(object! { "count": areas.len(), "filters": object! {}, "areas": areas })
            }
            ("areas", Some(id)) => {
                let place = COMPETITIONS.iter().find(|of| of.area.0.to_string() == id)?;
                Some(area(place))
            }
            ("competitions", None) => {
                let all: Vec<Raw> = COMPETITIONS.iter().map(competition).collect();
                Some(object! { "count": all.len(), "filters": object! {}, "competitions": all })
            }
            ("competitions", Some(name)) => {
                Competition::named(name).map(|(_, found)| competition(found))
            }
            ("teams", Some(id)) => {
                let (found, competition) = self.team(id.parse().ok()?)?;
                Some(team(&found, competition))
            }
            ("persons", Some(id)) => self.person_of(id.parse().ok()?),
            _ => None,
        }
    }

    pub(super) fn one_of(&self, kind: &str, id: Option<&str>) -> Result<Reply, Reply> {
        match (kind, id) {
            ("competitions", Some(name)) => drop(permitted(name)?),
            (_, Some(id)) => drop(number(id)?),
            (_, None) => {}
        }
        let body = self.document(kind, id).ok_or_else(not_there)?;
        Ok(Reply::json(200, JSON, body))
    }

    /// A referee; players and coaches have no page here.
    fn person_of(&self, id: u64) -> Option<Raw> {
        let is_referee = (FIRST_REFEREE..FIRST_REFEREE + REFEREES).contains(&id);
        let person = is_referee.then(|| Person::of(id))?;
        Some(
            object! { "id": person.id, "name": person.name, "nationality": "Norway", "position": () },
        )
    }
}

fn number(id: &str) -> Result<u64, Reply> {
    id.parse().map_err(|_| bad_argument("id"))
}

/// A list of matches with one more member in its envelope.
fn list(filters: Raw, key: &str, more: Raw, fixtures: &[Fixture], now: i64) -> Reply {
    let listed: Vec<_> = fixtures
        .iter()
        .map(|fixture| listed(fixture, now))
        .collect();
    let mut body = object! { "filters": filters, "resultSet": result_set(&listed, true) };
    body.0.pop();
    member(&mut body.0, key, &more);
    body.0.push('}');
    close(&mut body, listed);
    Reply::json(200, JSON, body)
}

fn areas() -> Vec<Raw> {
    let mut seen = Vec::new();
    let first = |of: &&Competition| {
        let is_new = !seen.contains(&of.area.0);
        seen.push(of.area.0);
        is_new
    };
    COMPETITIONS.iter().filter(first).map(area).collect()
}

fn area(of: &Competition) -> Raw {
    let (id, name, code) = of.area;
    object! { "id": id, "name": name, "countryCode": code, "flag": (), "parentAreaId": (), "parentArea": () }
}

fn competition(of: &Competition) -> Raw {
    let mut out = print::competition(of);
    out.0.pop();
    member(&mut out.0, "area", &print::area(of));
    member(&mut out.0, "plan", &"TIER_ONE");
    out.0.push('}');
    out
}
