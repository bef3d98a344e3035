//! The details of a match, in three layouts: 2020, end of 2023, mid 2024 on.
//!
//! Which layout an id has is chance, so that a few hundred ids meet them all.

pub(crate) mod events;
pub(crate) mod lineups;
mod sections;

use crate::calendar::{HOUR, central_european, utc};
use crate::json::{Raw, member, object};

use super::by_date::{reason, utc_time};
use super::game::Game;
use super::shots::is_covered;

/// A layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Era {
    Y2020,
    Y2023,
    Y2024,
}

/// The layout of a match.
pub(crate) fn era(game: &Game) -> Era {
    game.key
        .at(60)
        .pick(&[Era::Y2020, Era::Y2023, Era::Y2024, Era::Y2024])
}

/// The ground's name.
pub(crate) fn stadium(game: &Game) -> String {
    format!("{} Arena", game.home.name)
}

/// The season in the vendor's words, of the layout that has it.
pub(crate) fn season(game: &Game) -> String {
    let year = utc(game.kickoff - 181 * 24 * HOUR).format("%Y").to_string();
    let next = year
        .parse::<i32>()
        .map_or_else(|_| year.clone(), |year| (year + 1).to_string());
    format!("{year}/{next}")
}

/// The reply.
pub(crate) fn print(game: &Game, now: i64) -> Raw {
    let era = era(game);
    let mut out = String::from("{");
    if era > Era::Y2020 {
        member(&mut out, "general", &general(game, era, now));
    }
    member(&mut out, "header", &header(game, era, now));
    member(
        &mut out,
        "nav",
        &["match facts", "ticker", "lineup", "stats", "table", "h2h"],
    );
    member(
        &mut out,
        "ongoing",
        &(game.standing(now).started && !game.standing(now).finished),
    );
    if era > Era::Y2020 {
        member(&mut out, "hasPendingVAR", &false);
    }
    member(&mut out, "content", &content(game, era, now));
    member(
        &mut out,
        "seo",
        &object! { "path": format!("/match/{}", game.id) },
    );
    out.push('}');
    Raw(out)
}

fn general(game: &Game, era: Era, now: i64) -> Raw {
    let standing = game.standing(now);
    let spoken = utc(game.kickoff)
        .format("%a, %b %-d, %Y, %H:%M UTC")
        .to_string();
    let team = |home| object! { "name": game.team(home).name, "id": game.team(home).id };
    let mut out = String::from("{");
    member(&mut out, "matchId", &game.id.to_string());
    member(
        &mut out,
        "matchName",
        &format!("{}-vs-{}_{spoken}", game.home.name, game.away.name),
    );
    member(&mut out, "matchRound", &game.round);
    member(&mut out, "leagueId", &game.league.id);
    member(&mut out, "leagueName", &game.league.name);
    member(
        &mut out,
        "leagueRoundName",
        &format!("Round {}", game.round),
    );
    member(&mut out, "parentLeagueId", &game.league.primary_id);
    member(&mut out, "countryCode", &game.league.ccode);
    if era == Era::Y2023 {
        member(&mut out, "parentLeagueName", &game.league.competition());
        member(&mut out, "parentLeagueSeason", &season(game));
        member(
            &mut out,
            "parentLeagueTournamentId",
            &(20_000 + game.league.id % 1_000),
        );
    }
    member(&mut out, "homeTeam", &team(true));
    member(&mut out, "awayTeam", &team(false));
    member(
        &mut out,
        "coverageLevel",
        &if is_covered(game) { "xG" } else { "lowerXG" },
    );
    member(&mut out, "matchTimeUTC", &spoken);
    member(&mut out, "matchTimeUTCDate", &utc_time(game.kickoff));
    member(&mut out, "started", &standing.started);
    member(&mut out, "finished", &standing.finished);
    out.push('}');
    Raw(out)
}

fn header(game: &Game, era: Era, now: i64) -> Raw {
    let standing = game.standing(now);
    let team = |home: bool, score: i64| {
        let team = game.team(home);
        let mut out = String::from("{");
        member(&mut out, "name", &team.name);
        if era > Era::Y2020 {
            member(&mut out, "id", &team.id);
        }
        member(&mut out, "score", &score);
        member(
            &mut out,
            "imageUrl",
            &format!(
                "https://images.fotmob.com/image_resources/logo/teamlogo/{}_small.png",
                team.id
            ),
        );
        out.push('}');
        Raw(out)
    };
    let mut out = object! { "teams": [team(true, standing.score.0), team(false, standing.score.1)], "status": status(game, era, now) };
    if era > Era::Y2020 {
        out.0.pop();
        let events = (era == Era::Y2024)
            .then(|| object! { "homeTeamGoals": object! {}, "awayTeamGoals": object! {} });
        member(&mut out.0, "events", &events);
        out.0.push('}');
    }
    out
}

fn status(game: &Game, era: Era, now: i64) -> Raw {
    let standing = game.standing(now);
    let mut out = String::from("{");
    if era > Era::Y2020 {
        member(&mut out, "utcTime", &utc_time(game.kickoff));
    }
    if era == Era::Y2024 {
        let wall = |after: i64| {
            central_european(game.kickoff + after)
                .format("%d.%m.%Y %H:%M:%S")
                .to_string()
        };
        let second = if standing.finished && !standing.cancelled {
            wall(HOUR)
        } else {
            String::new()
        };
        member(
            &mut out,
            "halfs",
            &object! { "firstHalfStarted": wall(0), "secondHalfStarted": second },
        );
    }
    member(&mut out, "finished", &standing.finished);
    member(&mut out, "started", &standing.started);
    member(&mut out, "cancelled", &standing.cancelled);
    if era == Era::Y2024 {
        member(&mut out, "awarded", &false);
    }
    if let Some(score) = standing.score_text() {
        member(&mut out, "scoreStr", &score);
    }
    if era == Era::Y2020 {
        member(
            &mut out,
            "startDateStr",
            &utc(game.kickoff).format("%b %-d, %Y").to_string(),
        );
    }
    if standing.reason.is_some() {
        // In 2020 the kicks of a shoot-out were not told.
        let told = if era == Era::Y2020 {
            super::game::Standing {
                shootout: None,
                ..standing
            }
        } else {
            standing
        };
        member(&mut out, "reason", &reason(&told, era > Era::Y2020));
    }
    let loser = standing
        .shootout
        .map(|(home, away)| game.team(home < away).name);
    member(&mut out, "whoLostOnPenalties", &loser);
    if era > Era::Y2020 {
        member(&mut out, "whoLostOnAggregated", &"");
    }
    out.push('}');
    Raw(out)
}

fn content(game: &Game, era: Era, now: i64) -> Raw {
    let mut out = String::from("{");
    member(&mut out, "matchFacts", &match_facts(game, era, now));
    member(&mut out, "liveticker", &object! { "langs": "" });
    member(&mut out, "stats", &sections::stats(game, era, now));
    if era > Era::Y2020 {
        member(&mut out, "shotmap", &sections::shotmap(game, now));
    }
    member(&mut out, "lineup", &lineups::print(game, era, now));
    member(&mut out, "table", &());
    out.push('}');
    Raw(out)
}

fn match_facts(game: &Game, era: Era, now: i64) -> Raw {
    object! {
        "matchId": game.id,
        "highlights": (),
        "playerOfTheMatch": object! {},
        "events": events::print(game, era, now),
        "infoBox": info_box(game, era),
    }
}

fn info_box(game: &Game, era: Era) -> Raw {
    let league = game.league;
    let link = format!("/leagues/{}/overview", league.primary_id);
    if era == Era::Y2020 {
        // Local words without a zone: nobody can tell the instant from them.
        let spoken = central_european(game.kickoff)
            .format("%A, %B %-d %Y, %-I:%M %P")
            .to_string();
        return object! {
            "Match Date": spoken,
            "Attendance": (),
            "Tournament": object! { "id": league.primary_id, "link": link, "text": league.name },
            "Stadium": stadium(game),
        };
    }
    let mut tournament = object! {
        "id": league.id, "parentLeagueId": league.primary_id, "link": link, "leagueName": league.name,
        "roundName": format!("Round {}", game.round), "round": game.round,
    };
    if era == Era::Y2023 {
        tournament.0.pop();
        member(&mut tournament.0, "selectedSeason", &season(game));
        tournament.0.push('}');
    }
    object! {
        "Match Date": object! { "utcTime": utc_time(game.kickoff), "isDateCorrect": true },
        "Tournament": tournament,
        "Stadium": object! { "name": stadium(game), "city": game.home.name, "country": league.ccode },
        "Attendance": (),
    }
}
