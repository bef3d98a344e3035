//! The list of events, in each layout.

use crate::json::{Raw, member, object};

use super::super::events::{Event, Kick, What, events, kicks};
use super::super::game::{Game, Goal};
use super::super::leagues::Player;
use super::Era;

/// `content.matchFacts.events`.
pub(super) fn print(game: &Game, era: Era, now: i64) -> Raw {
    let list: Vec<Raw> = shown(game, era, now)
        .iter()
        .map(|event| one(game, era, event))
        .collect();
    let kicks: Vec<Raw> = kicks(game, now).iter().map(|one| kick(game, one)).collect();
    let kicks = (era > Era::Y2020 && !kicks.is_empty()).then_some(kicks);
    object! { "ongoing": false, "events": list, "penaltyShootoutEvents": kicks }
}

/// The events a layout has: 2020 knew no whistles.
pub(crate) fn shown(game: &Game, era: Era, now: i64) -> Vec<Event> {
    let mut list = events(game, now);
    list.retain(|event| era > Era::Y2020 || !matches!(event.what, What::Half(_)));
    list
}

/// The vendor's id of an event, where it shows one.
pub(crate) fn visible_id(event: &Event, era: Era) -> Option<u64> {
    let has_one = era > Era::Y2020 && matches!(event.what, What::Goal(_) | What::Card { .. });
    has_one.then_some(event.id)
}

/// The player of an event: of the other team for an own goal, who comes on in a substitution.
pub(crate) fn player(game: &Game, event: &Event) -> Option<Player> {
    let home = event.home?;
    match event.what {
        What::Goal(goal) => Some(game.team(home != goal.own).player(goal.scorer)),
        What::Card { player, .. } => Some(game.team(home).player(player)),
        What::Substitution { on, .. } => Some(game.team(home).player(on)),
        What::AddedTime(_) | What::Half(_) => None,
    }
}

/// The second player: who assisted, who went off.
pub(crate) fn other_player(game: &Game, event: &Event) -> Option<Player> {
    let number = match event.what {
        What::Goal(goal) => goal.assist?,
        What::Substitution { off, .. } => off,
        _ => return None,
    };
    Some(game.team(event.home?).player(number))
}

/// The key of an event in the vendor's page.
pub(crate) fn react_key(game: &Game, era: Era, event: &Event) -> String {
    let word = event.what.word();
    let front = match (era, visible_id(event, era)) {
        (Era::Y2024, Some(id)) => format!("{id}{}", event.minute % 10),
        (Era::Y2024, None) => format!("undefined{}", event.minute),
        _ => event.minute.to_string(),
    };
    let side = event
        .home
        .map_or("undefined".to_owned(), |home| home.to_string());
    let player = player(game, event).map_or("undefined".to_owned(), |player| player.id.to_string());
    match event.what {
        What::Substitution { .. } => format!("{front}{word}NaN{player}{side}"),
        What::Goal(_) | What::Card { .. } => format!("{front}{word}{player}undefined{side}"),
        What::AddedTime(_) | What::Half(_) => format!("{front}{word}NaN{player}{side}"),
    }
}

fn one(game: &Game, era: Era, event: &Event) -> Raw {
    let mut out = String::from("{");
    member(&mut out, "reactKey", &react_key(game, era, event));
    time(&mut out, era, event);
    if let Some(id) = visible_id(event, era) {
        member(&mut out, "eventId", &id);
    }
    let player = player(game, event);
    let swap = matches!(event.what, What::Substitution { .. });
    if era > Era::Y2020 {
        member(
            &mut out,
            "player",
            &person(player.as_ref().filter(|_| !swap)),
        );
    }
    if era == Era::Y2024 {
        let before = match event.what {
            What::Goal(goal) => before(&goal),
            _ => event.score,
        };
        member(&mut out, "homeScore", &before.0);
        member(&mut out, "awayScore", &before.1);
    }
    if let (Some(home), Some(player)) = (event.home, &player) {
        member(
            &mut out,
            "profileUrl",
            &if swap {
                "/players/NaN/".to_owned()
            } else {
                player.page()
            },
        );
        let added = event
            .added
            .filter(|added| *added > 0)
            .map(|added| format!("+{added}"));
        match added {
            Some(added) => member(&mut out, "overloadTimeStr", &added),
            None => member(&mut out, "overloadTimeStr", &false),
        }
        member(&mut out, "isHome", &home);
    }
    body(&mut out, game, era, event, player.as_ref());
    out.push('}');
    Raw(out)
}

fn before(goal: &Goal) -> (i64, i64) {
    if goal.home {
        (goal.score.0 - 1, goal.score.1)
    } else {
        (goal.score.0, goal.score.1 - 1)
    }
}

fn time(out: &mut String, era: Era, event: &Event) {
    let added = event.added.filter(|added| *added > 0);
    match (era, added) {
        (Era::Y2020, _) => member(out, "timeStr", &format!("{}’", event.minute)),
        (_, Some(added)) => member(out, "timeStr", &format!("{} + {added}", event.minute)),
        (_, None) => member(out, "timeStr", &event.minute),
    }
    member(out, "type", &event.what.word());
    member(out, "time", &event.minute);
    member(out, "overloadTime", &event.added);
}

fn person(player: Option<&Player>) -> Raw {
    match player {
        Some(player) => {
            object! { "id": player.id, "name": player.name(), "profileUrl": player.page() }
        }
        None => object! { "id": (), "profileUrl": "" },
    }
}

fn body(out: &mut String, game: &Game, era: Era, event: &Event, player: Option<&Player>) {
    let name = player.map(Player::name).unwrap_or_default();
    match event.what {
        What::Goal(goal) => {
            let shown = if goal.penalty && era == Era::Y2020 {
                format!("{name}, Penalty")
            } else {
                name
            };
            member(out, "ownGoal", &goal.own.then_some(true));
            if era > Era::Y2020 {
                member(out, "goalDescription", &goal.penalty.then_some("Penalty"));
                member(
                    out,
                    "goalDescriptionKey",
                    &goal.penalty.then_some("penalty"),
                );
                member(out, "isPenaltyShootoutEvent", &false);
            }
            member(out, "nameStr", &shown);
            member(out, "newScore", &[goal.score.0, goal.score.1]);
            assist(out, era, other_player(game, event).as_ref());
        }
        What::Card { player, colour } => {
            member(out, "nameStr", &name);
            member(out, "card", &colour);
            if era > Era::Y2020 {
                let coach = player == super::super::leagues::COACH;
                member(
                    out,
                    "cardDescription",
                    &coach.then(|| object! { "localizedKey": "coach", "defaultText": "Coach" }),
                );
            }
        }
        What::Substitution { injured, .. } => {
            if era > Era::Y2020 {
                member(out, "injuredPlayerOut", &injured);
            }
            let both = [player.cloned(), other_player(game, event)];
            let swap: Vec<Raw> = both
                .iter()
                .flatten()
                .map(|player| swapped(player, era))
                .collect();
            member(out, "swap", &swap);
        }
        What::AddedTime(minutes) => {
            let blank = if era == Era::Y2020 { "" } else { " " };
            member(
                out,
                "minutesAddedStr",
                &format!("+{blank}{minutes} minutes added"),
            );
            if era > Era::Y2020 {
                member(out, "minutesAddedInput", &minutes);
            }
        }
        What::Half(short) => member(out, "halfStrShort", &short),
    }
}

fn assist(out: &mut String, era: Era, assist: Option<&Player>) {
    member(
        out,
        "assistStr",
        &assist.map(|player| format!("assist by {}", player.name())),
    );
    member(out, "assistProfileUrl", &assist.map(Player::page));
    if era > Era::Y2020 {
        member(out, "assistPlayerId", &assist.map(|player| player.id));
        member(out, "assistInput", &assist.map(Player::name));
    }
}

fn swapped(player: &Player, era: Era) -> Raw {
    if era == Era::Y2020 {
        return object! { "name": player.name(), "profileUrl": player.page() };
    }
    object! { "name": player.name(), "id": player.id.to_string(), "profileUrl": player.page() }
}

fn kick(game: &Game, kick: &Kick) -> Raw {
    let player = game.team(kick.home).player(kick.player);
    let mut out = String::from("{");
    let word = if kick.scored { "Goal" } else { "MissedPenalty" };
    member(&mut out, "reactKey", &format!("{}{word}", kick.id));
    member(&mut out, "timeStr", &120);
    member(&mut out, "type", &word);
    member(&mut out, "time", &120);
    member(&mut out, "overloadTime", &None::<i64>);
    member(&mut out, "eventId", &kick.id);
    member(&mut out, "player", &person(Some(&player)));
    member(&mut out, "isHome", &kick.home);
    member(&mut out, "isPenaltyShootoutEvent", &true);
    member(&mut out, "penShootoutScore", &[kick.score.0, kick.score.1]);
    out.push('}');
    Raw(out)
}
