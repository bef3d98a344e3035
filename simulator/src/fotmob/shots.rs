//! The shots of a match. Every goal is one of them, its own goals too.

use super::game::Game;
use super::leagues::STARTERS;

/// A shot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shot {
    pub(crate) id: u64,
    pub(crate) outcome: &'static str,
    pub(crate) home: bool,
    pub(crate) player: u64,
    pub(crate) minute: i64,
    pub(crate) added: Option<i64>,
    pub(crate) period: &'static str,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) xg: f64,
    /// Nothing, 0 or a number: the vendor has all three.
    pub(crate) xgot: Option<f64>,
    /// As the vendor says it: true for blocked shots too.
    pub(crate) on_target: bool,
    pub(crate) blocked: bool,
    pub(crate) own_goal: bool,
    pub(crate) situation: &'static str,
    pub(crate) body_part: &'static str,
}

/// Whether the vendor has shots of this match at all.
pub(crate) fn is_covered(game: &Game) -> bool {
    !game.key.at(30).chance(150)
}

/// The shots so far, in the order of their minutes.
pub(crate) fn shots(game: &Game, now: i64) -> Vec<Shot> {
    let standing = game.standing(now);
    if !standing.started || !is_covered(game) {
        return Vec::new();
    }
    let full = standing.finished && !standing.cancelled;
    let mut shots: Vec<Shot> = game
        .goals(now)
        .iter()
        .enumerate()
        .map(|(n, goal)| {
            let taker = if goal.own { !goal.home } else { goal.home };
            let shot = shot(game, n as u64, taker, goal.minute, goal.added);
            let situation = if goal.penalty {
                "Penalty"
            } else {
                shot.situation
            };
            Shot {
                outcome: "Goal",
                player: goal.scorer,
                on_target: true,
                blocked: false,
                own_goal: goal.own,
                situation,
                ..shot
            }
        })
        .collect();
    let others = 8 + game.key.at(31).below(16);
    shots.extend((0..others).filter_map(|n| {
        let key = game.key.at(32).at(n);
        let minute = key.at(0).within(1, if full { 90 } else { 45 });
        let added = (minute == 45 || minute == 90).then(|| key.at(1).within(0, 4));
        (full || minute <= 45).then(|| shot(game, 50 + n, key.at(2).chance(520), minute, added))
    }));
    shots.sort_by_key(|shot| (shot.minute, shot.added, shot.id));
    shots
}

fn shot(game: &Game, n: u64, home: bool, minute: i64, added: Option<i64>) -> Shot {
    let key = game.key.at(33).at(n);
    let part = |n: u64, low: i64, high: i64| {
        key.at(n).within(low * 1_000_000, high * 1_000_000) as f64 / 1_000_000.0
    };
    let (outcome, on_target, blocked) = key.at(0).pick(&[
        ("AttemptSaved", true, false),
        ("AttemptSaved", true, true),
        ("Miss", false, false),
        ("Miss", false, false),
        ("Post", false, false),
    ]);
    Shot {
        id: 2_000_000_000 + game.id * 100 + n,
        outcome,
        home,
        player: key.at(1).within(2, STARTERS as i64) as u64,
        minute,
        added,
        period: match minute {
            ..=45 => "FirstHalf",
            46..=90 => "SecondHalf",
            91..=105 => "FirstHalfExtra",
            _ => "SecondHalfExtra",
        },
        x: part(2, 70, 104),
        y: part(3, 10, 58),
        xg: key.at(4).within(1, 9_000) as f64 / 10_000.0,
        xgot: match key.at(5).below(3) {
            0 => None,
            1 => Some(0.0),
            _ => Some(key.at(6).within(1, 9_999) as f64 / 10_000.0),
        },
        on_target,
        blocked,
        own_goal: false,
        situation: key
            .at(7)
            .pick(&["RegularPlay", "FromCorner", "FastBreak", "SetPiece"]),
        body_part: key.at(8).pick(&["RightFoot", "LeftFoot", "Header"]),
    }
}
