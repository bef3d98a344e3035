//! The line-ups, in each layout. Before kick-off they are guesses, or missing.

use crate::json::{Raw, member, object};

use super::super::game::Game;
use super::super::leagues::Player;
use super::super::squads::{
    Member, Role, formation, members, position, position_id, short_position,
};
use super::Era;

/// `content.lineup`.
pub(super) fn print(game: &Game, era: Era, now: i64) -> Option<Raw> {
    let started = game.standing(now).started;
    match era {
        Era::Y2024 => Some(object! {
            "matchId": game.id,
            "lineupType": if started { "standard" } else { "predicted" },
            "source": "enetpulse",
            "homeTeam": team_2024(game, true),
            "awayTeam": team_2024(game, false),
        }),
        _ => started.then(|| object! { "lineup": [team(game, era, true), team(game, era, false)] }),
    }
}

/// A rating as text: with one digit, or none when it is whole, as JSON numbers are.
pub(crate) fn rating(tenths: i64, era: Era) -> String {
    if era == Era::Y2024 {
        (tenths as f64 / 10.0).to_string()
    } else {
        format!("{:.1}", tenths as f64 / 10.0)
    }
}

/// The formation as text.
pub(crate) fn formation_text(game: &Game, home: bool, era: Era) -> String {
    let rows: Vec<String> = formation(game, home).iter().map(u64::to_string).collect();
    rows.join(if era == Era::Y2024 { "-" } else { " - " })
}

fn of_role(game: &Game, home: bool, role: Role) -> Vec<Member> {
    members(game, home)
        .into_iter()
        .filter(|member| member.role == role)
        .collect()
}

fn team_2024(game: &Game, home: bool) -> Raw {
    let team = game.team(home);
    let list = |role| -> Vec<Raw> {
        of_role(game, home, role)
            .iter()
            .map(|member| player_2024(&team.player(member.number), member))
            .collect()
    };
    object! {
        "id": team.id,
        "name": team.name,
        "rating": 6.9,
        "formation": formation_text(game, home, Era::Y2024),
        "starters": list(Role::Starter),
        "coach": list(Role::Coach).pop(),
        "subs": list(Role::Bench),
        "unavailable": list(Role::Unavailable),
    }
}

fn player_2024(player: &Player, of: &Member) -> Raw {
    let mut out = String::from("{");
    member(&mut out, "id", &player.id);
    member(&mut out, "name", &player.name());
    if of.role == Role::Starter {
        member(&mut out, "positionId", &position_id(of));
    }
    if matches!(of.role, Role::Starter | Role::Bench) {
        member(&mut out, "shirtNumber", &of.shirt.to_string());
        let rated = of
            .rating
            .map(|tenths| object! { "rating": tenths as f64 / 10.0 });
        member(&mut out, "performance", &rated.unwrap_or(object! {}));
    }
    member(&mut out, "firstName", &player.first);
    member(&mut out, "lastName", &player.last);
    out.push('}');
    Raw(out)
}

fn team(game: &Game, era: Era, home: bool) -> Raw {
    let team = game.team(home);
    let list = |home: bool, role| -> Vec<Raw> {
        let team = game.team(home);
        of_role(game, home, role)
            .iter()
            .map(|member| older_player(&team.player(member.number), member, era))
            .collect()
    };
    let mut starters = list(home, Role::Starter).into_iter();
    let rows = [1].iter().chain(formation(game, home));
    let rows: Vec<Vec<Raw>> = rows
        .map(|count| starters.by_ref().take(*count as usize).collect())
        .collect();
    let mut out = object! {
        "teamId": team.id,
        "teamName": team.name,
        "bench": list(home, Role::Bench),
        "coach": list(home, Role::Coach),
        "players": rows,
        "lineup": formation_text(game, home, era),
    };
    if era == Era::Y2023 {
        out.0.pop();
        // Both teams' stand in either team.
        let missing = [
            list(true, Role::Unavailable),
            list(false, Role::Unavailable),
        ];
        member(&mut out.0, "nonAvailablePlayers", &missing);
        out.0.push('}');
    }
    out
}

fn older_player(player: &Player, of: &Member, era: Era) -> Raw {
    let mut out = String::from("{");
    if of.role == Role::Unavailable {
        member(&mut out, "id", &player.id);
    } else {
        member(&mut out, "id", &player.id.to_string());
    }
    if era == Era::Y2023 && of.role == Role::Starter {
        member(&mut out, "positionId", &position_id(of));
        member(&mut out, "positionStringShort", &short_position(of));
    }
    if era == Era::Y2020 {
        member(&mut out, "name", &player.name());
    } else {
        let name = object! { "firstName": player.first, "lastName": player.last, "fullName": player.name() };
        member(&mut out, "name", &name);
    }
    member(&mut out, "pageUrl", &player.page());
    if matches!(of.role, Role::Starter | Role::Bench) {
        member(&mut out, "shirt", &of.shirt);
    }
    if of.role != Role::Unavailable {
        member(&mut out, "role", &position(of));
    }
    if era == Era::Y2023 {
        // Wrong for coaches, as the vendor's is.
        member(
            &mut out,
            "isHomeTeam",
            &(of.role != Role::Coach && of.role != Role::Unavailable),
        );
    }
    if matches!(of.role, Role::Starter | Role::Bench) {
        member(
            &mut out,
            "rating",
            &object! { "num": of.rating.map(|tenths| rating(tenths, era)), "bgcolor": "#989898" },
        );
    }
    out.push('}');
    Raw(out)
}
