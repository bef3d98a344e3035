//! A match in the vendor's layout.

use crate::calendar::{HOUR, central_european, date, utc};
use crate::json::{Json, Raw, member, object};

use super::competitions::{Competition, Team};
use super::fixture::{Fixture, Goals, Standing};

/// The match as it stands at `now`.
pub(super) fn print(fixture: &Fixture, now: i64) -> Raw {
    let mut out = String::from("{");
    for (key, value) in members(fixture, now) {
        member(&mut out, key, &value);
    }
    out.push('}');
    Raw(out)
}

/// Its members, in the vendor's order.
pub(super) fn members(fixture: &Fixture, now: i64) -> Vec<(&'static str, Raw)> {
    let text = |value: &dyn Json| {
        let mut out = String::new();
        value.write(&mut out);
        Raw(out)
    };
    let utc_date = utc(fixture.kickoff)
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let odds = object! { "msg": "Activate Odds-Package in User-Panel to retrieve odds." };
    vec![
        ("area", area(fixture.competition)),
        ("competition", competition(fixture.competition)),
        ("season", season(fixture)),
        ("id", text(&fixture.id)),
        ("utcDate", text(&utc_date)),
        ("status", text(&fixture.standing(now).status)),
        ("matchday", text(&fixture.matchday)),
        ("stage", text(&fixture.stage)),
        ("group", text(&fixture.group())),
        ("lastUpdated", text(&last_updated(fixture, now))),
        ("homeTeam", team(&fixture.home)),
        ("awayTeam", team(&fixture.away)),
        ("score", score(fixture, &fixture.standing(now))),
        ("odds", odds),
        ("referees", text(&referees(fixture))),
    ]
}

/// The competition as it stands in a match and in the envelope of a season.
pub(super) fn competition(competition: &Competition) -> Raw {
    object! {
        "id": competition.id,
        "name": competition.name,
        "code": competition.code,
        "type": if competition.cup { "CUP" } else { "LEAGUE" },
        "emblem": format!("https://crests.football-data.org/{}.png", competition.code),
    }
}

pub(super) fn area(competition: &Competition) -> Raw {
    let (id, name, code) = competition.area;
    let flag = (code != "INT").then(|| format!("https://crests.football-data.org/{code}.svg"));
    object! { "id": id, "name": name, "code": code, "flag": flag }
}

fn season(fixture: &Fixture) -> Raw {
    let year = fixture.competition.season(fixture.day);
    let (first, last) = fixture.competition.season_days(year);
    object! {
        "id": fixture.competition.id * 100 + (year % 100) as u64,
        "startDate": date(first + 14).to_string(),
        "endDate": date(last - 14).to_string(),
        "currentMatchday": fixture.matchday.unwrap_or(7),
        "winner": (),
    }
}

/// Central European wall time that is labelled UTC, as the vendor's is.
fn last_updated(fixture: &Fixture, now: i64) -> String {
    let at = if now < fixture.kickoff {
        fixture.kickoff - 24 * HOUR
    } else {
        fixture.kickoff + 6 * HOUR
    };
    central_european(at)
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

pub(super) fn team(team: &Team) -> Raw {
    object! {
        "id": team.id,
        "name": team.name,
        "shortName": team.short_name,
        "tla": team.tla,
        "crest": format!("https://crests.football-data.org/{}.png", team.id),
    }
}

fn goals(goals: Option<Goals>) -> Raw {
    object! { "home": goals.map(|goals| goals.0), "away": goals.map(|goals| goals.1) }
}

fn score(fixture: &Fixture, standing: &Standing) -> Raw {
    let duration = match standing {
        Standing {
            penalties: Some(_), ..
        } => "PENALTY_SHOOTOUT",
        Standing { extra: Some(_), .. } => "EXTRA_TIME",
        _ => "REGULAR",
    };
    let mut score = object! {
        "winner": standing.winner,
        "duration": duration,
        "fullTime": goals(standing.full),
        "halfTime": goals(standing.half),
    };
    let mut more = |key, value: Raw| {
        score.0.pop();
        member(&mut score.0, key, &value);
        score.0.push('}');
    };
    if standing.extra.is_some() {
        // Replies of 2022 left this empty, later ones fill it.
        let filled = fixture.key.at(8).chance(500);
        more("regularTime", goals(standing.ninety.filter(|_| filled)));
        more("extraTime", goals(standing.extra));
    }
    if standing.penalties.is_some() {
        more("penalties", goals(standing.penalties));
    }
    score
}

fn referees(fixture: &Fixture) -> Vec<Raw> {
    let referee = |id| object! { "id": id, "name": format!("Referee {id}"), "type": "REFEREE", "nationality": fixture.competition.area.1 };
    fixture.referee().map(referee).into_iter().collect()
}
