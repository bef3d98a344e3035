//! The list of one day in the vendor's layout: a day of Oslo's wall clock.

use crate::calendar::{DAY, central_european, central_european_offset, utc};
use crate::json::{Raw, member, object};
use crate::reply::Twist;

use super::game::{Game, Standing};
use super::leagues::{LEAGUES, League, Team};

/// Whether a match kicks off on a day, by Oslo's clock.
pub(super) fn is_on(game: &Game, day: i64) -> bool {
    (game.kickoff + central_european_offset(game.kickoff)).div_euclid(DAY) == day
}

/// The reply for a day, `date` as it was asked for.
pub(super) fn print(games: &[Game], date: &str, now: i64, twist: Twist) -> Raw {
    let leagues: Vec<Raw> = LEAGUES
        .iter()
        .filter_map(|league| {
            let mut matches: Vec<Raw> = games
                .iter()
                .filter(|game| game.league == league)
                .map(|game| listed(game, now))
                .collect();
            let again = matches.len().min(twist.repeat as usize);
            matches.extend_from_within(..again);
            matches.truncate(twist.at_most.map_or(usize::MAX, |most| most as usize));
            (!matches.is_empty()).then(|| grouped(league, matches))
        })
        .collect();
    object! { "leagues": leagues, "date": date }
}

fn grouped(league: &League, matches: Vec<Raw>) -> Raw {
    let mut out = String::from("{");
    if let Some((_, letter)) = league.group {
        member(&mut out, "isGroup", &true);
        member(&mut out, "groupName", &letter);
    }
    member(&mut out, "ccode", &league.ccode);
    member(&mut out, "id", &league.id);
    member(&mut out, "primaryId", &league.primary_id);
    member(&mut out, "name", &league.name);
    member(&mut out, "matches", &matches);
    if league.id != league.primary_id {
        member(&mut out, "parentLeagueId", &league.primary_id);
    }
    if let Some((parent, _)) = league.group {
        member(&mut out, "parentLeagueName", &parent);
    }
    member(&mut out, "internalRank", &30);
    member(&mut out, "liveRank", &100);
    member(&mut out, "simpleLeague", &false);
    out.push('}');
    Raw(out)
}

fn listed(game: &Game, now: i64) -> Raw {
    let standing = game.standing(now);
    object! {
        "id": game.id,
        "leagueId": game.league.id,
        "time": central_european(game.kickoff).format("%d.%m.%Y %H:%M").to_string(),
        "home": side(game.home, standing.score.0),
        "away": side(game.away, standing.score.1),
        "eliminatedTeamId": (),
        "statusId": status_id(&standing),
        "tournamentStage": game.round,
        "status": status(game, &standing),
        "timeTS": game.kickoff,
    }
}

fn side(team: Team, score: i64) -> Raw {
    object! { "id": team.id, "score": score, "name": team.name, "longName": team.name }
}

fn status_id(standing: &Standing) -> i64 {
    match standing {
        Standing {
            cancelled: true, ..
        } => 106,
        Standing { finished: true, .. } => 6,
        Standing { started: true, .. } => 2,
        _ => 1,
    }
}

/// How a match stands, as lists have it.
pub(super) fn status(game: &Game, standing: &Standing) -> Raw {
    let mut out = String::from("{");
    member(&mut out, "utcTime", &utc_time(game.kickoff));
    member(&mut out, "halfs", &object! {});
    member(&mut out, "periodLength", &45);
    member(&mut out, "started", &standing.started);
    member(&mut out, "cancelled", &standing.cancelled);
    member(&mut out, "finished", &standing.finished);
    if let Some(score) = standing.score_text() {
        member(&mut out, "scoreStr", &score);
    }
    if standing.reason.is_some() {
        member(&mut out, "reason", &reason(standing, true));
    }
    out.push('}');
    Raw(out)
}

/// `2024-08-18T19:30:00.000Z`.
pub(super) fn utc_time(ms: i64) -> String {
    utc(ms).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Why a match is over, with the keys that later layouts have.
pub(super) fn reason(standing: &Standing, keys: bool) -> Option<Raw> {
    let reason = standing.reason?;
    let long = match standing.shootout {
        Some((home, away)) => format!("Pen {home} - {away}"),
        None => reason.long.to_owned(),
    };
    let mut out = String::from("{");
    member(&mut out, "short", &reason.short);
    if keys {
        member(&mut out, "shortKey", &reason.short_key);
    }
    member(&mut out, "long", &long);
    if keys {
        member(&mut out, "longKey", &reason.long_key);
    }
    if let Some((home, away)) = standing.shootout {
        member(&mut out, "penalties", &[home, away]);
    }
    out.push('}');
    Some(Raw(out))
}
