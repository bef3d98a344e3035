//! Statistics and shots, in each layout.

use crate::json::{Json, Raw, object, object_of};

use super::super::figures::{Figure, PERIODS, Value, figures, figures_2020};
use super::super::game::Game;
use super::super::shots::{Shot, shots};
use super::Era;

impl Json for Value {
    fn write(&self, out: &mut String) {
        match self {
            Self::Number(number) => number.write(out),
            Self::Text(text, _) => text.write(out),
            Self::Nothing => ().write(out),
        }
    }
}

/// `content.stats`.
pub(super) fn stats(game: &Game, era: Era, now: i64) -> Option<Raw> {
    if !game.standing(now).started {
        return None;
    }
    if era == Era::Y2020 {
        let stats: Vec<Raw> = figures_2020(game, now)
            .iter()
            .map(|figure| one(figure, era))
            .collect();
        return Some(object! { "stats": [object! { "title": "Top stats", "stats": stats }] });
    }
    let period = |name: &str| {
        let all = figures(game, now, name);
        let top: Vec<Raw> = all.iter().map(|figure| one(figure, era)).collect();
        // Some figures stand in a second section too, under a row that is only its title.
        let again = all
            .iter()
            .filter(|figure| ["expected_goals", "total_shots"].contains(&figure.key));
        let title = object! { "title": "Shots", "key": "shots", "stats": [(), ()], "type": "title", "highlighted": "equal" };
        let shots: Vec<Raw> = std::iter::once(title)
            .chain(again.map(|figure| one(figure, era)))
            .collect();
        let sections = [
            object! { "title": "Top stats", "key": "top_stats", "stats": top },
            object! { "title": "Shots", "key": "shots", "stats": shots },
        ];
        object! { "stats": sections }
    };
    Some(object! { "Periods": object_of(PERIODS.map(|name| (name.to_owned(), period(name)))) })
}

fn one(figure: &Figure, era: Era) -> Raw {
    if era == Era::Y2020 {
        return object! { "title": figure.title, "type": "text", "stats": figure.values, "highlighted": "equal" };
    }
    object! { "title": figure.title, "key": figure.key, "stats": figure.values, "type": "text", "highlighted": "equal" }
}

/// `content.shotmap`: the list, and the same again by period.
pub(super) fn shotmap(game: &Game, now: i64) -> Raw {
    let all = shots(game, now);
    let list = |period: Option<&str>| -> Vec<Raw> {
        all.iter()
            .filter(|shot| period.is_none_or(|period| shot.period == period))
            .map(|one| shot(game, one))
            .collect()
    };
    object! {
        "shots": list(None),
        "Periods": object! { "All": list(None), "FirstHalf": list(Some("FirstHalf")), "SecondHalf": list(Some("SecondHalf")) },
    }
}

fn shot(game: &Game, shot: &Shot) -> Raw {
    let team = game.team(shot.home);
    let player = team.player(shot.player);
    object! {
        "id": shot.id,
        "eventType": shot.outcome,
        "teamId": team.id,
        "playerId": player.id,
        "playerName": player.name(),
        "x": shot.x,
        "y": shot.y,
        "min": shot.minute,
        "minAdded": shot.added,
        "isBlocked": shot.blocked,
        "isOnTarget": shot.on_target,
        "blockedX": (),
        "blockedY": (),
        "expectedGoals": shot.xg,
        "expectedGoalsOnTarget": shot.xgot,
        "shotType": shot.body_part,
        "situation": shot.situation,
        "period": shot.period,
        "isOwnGoal": shot.own_goal,
        "isSavedOffLine": false,
        "firstName": player.first,
        "lastName": player.last,
        "fullName": player.name(),
    }
}
