//! What happens in a match beside its goals, in the vendor's order.

use std::collections::BTreeSet;

use super::game::{Game, Goal, Goals};
use super::leagues::{COACH, STARTERS};

/// An event of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// Unique within the match; not every layout and kind shows it.
    pub(crate) id: u64,
    pub(crate) minute: i64,
    pub(crate) added: Option<i64>,
    pub(crate) home: Option<bool>,
    pub(crate) what: What,
    /// The score after it.
    pub(crate) score: Goals,
}

/// The kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Goal(Goal),
    Card { player: u64, colour: &'static str },
    Substitution { on: u64, off: u64, injured: bool },
    AddedTime(i64),
    Half(&'static str),
}

/// A kick of a shoot-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kick {
    pub(crate) id: u64,
    pub(crate) home: bool,
    pub(crate) player: u64,
    pub(crate) scored: bool,
    /// The score of the shoot-out after it.
    pub(crate) score: Goals,
}

impl What {
    /// The vendor's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Goal(_) => "Goal",
            Self::Card { .. } => "Card",
            Self::Substitution { .. } => "Substitution",
            Self::AddedTime(_) => "AddedTime",
            Self::Half(_) => "Half",
        }
    }
}

/// The events of a match so far.
pub(crate) fn events(game: &Game, now: i64) -> Vec<Event> {
    let standing = game.standing(now);
    if !standing.started {
        return Vec::new();
    }
    let goals = game
        .goals(now)
        .iter()
        .map(|goal| (goal.minute, goal.added, Some(goal.home), What::Goal(*goal)));
    let mut found: Vec<_> = goals
        .chain(cards(game))
        .chain(substitutions(game))
        .chain(marks(game))
        .collect();
    if !standing.finished || standing.cancelled {
        found.retain(|(minute, _, _, what)| *minute <= 45 && !matches!(what, What::Half(_)));
    }
    found.sort_by_key(|(minute, added, _, what)| (*minute, place(*added, what)));
    let mut score = (0, 0);
    let mut list = Vec::with_capacity(found.len());
    for (n, (minute, added, home, what)) in found.into_iter().enumerate() {
        if let What::Goal(goal) = what {
            score = goal.score;
        }
        list.push(Event {
            id: game.id * 100 + n as u64,
            minute,
            added,
            home,
            what,
            score,
        });
    }
    list
}

/// Within a minute: what is not in added time, the sign with its length, the rest, the whistle.
fn place(added: Option<i64>, what: &What) -> i64 {
    match (what, added) {
        (What::AddedTime(_), _) => 1,
        (What::Half(_), _) => 99,
        (_, Some(added)) if added > 0 => 1 + added,
        _ => 0,
    }
}

type Found = (i64, Option<i64>, Option<bool>, What);

fn cards(game: &Game) -> Vec<Found> {
    let key = game.key.at(20);
    let mut seen = BTreeSet::new();
    (0..key.below(7))
        .filter_map(|n| {
            let key = key.at(n);
            let minute = key.at(0).within(3, 90);
            let added = (minute == 45 || minute == 90).then(|| key.at(1).within(1, 5));
            let home = key.at(2).chance(500);
            let player = if key.at(3).chance(60) {
                COACH
            } else {
                key.at(4).within(2, STARTERS as i64) as u64
            };
            let colour =
                key.at(5)
                    .pick(&["Yellow", "Yellow", "Yellow", "Yellow", "Red", "YellowRed"]);
            let first = seen.insert((minute, home, player));
            first.then_some((minute, added, Some(home), What::Card { player, colour }))
        })
        .collect()
}

fn substitutions(game: &Game) -> Vec<Found> {
    let of_side = |home: bool| {
        let key = game.key.at(21 + u64::from(home));
        (0..key.below(6)).map(move |n| {
            let minute = key.at(n).within(if n == 0 { 20 } else { 46 }, 90);
            // The vendor gives 0 here where other events have null.
            let added = Some(if minute == 90 {
                key.at(n).at(1).within(1, 4)
            } else {
                0
            });
            let what = What::Substitution {
                on: STARTERS + 1 + n,
                off: STARTERS - n,
                injured: key.at(n).at(2).chance(80),
            };
            (minute, added, Some(home), what)
        })
    };
    of_side(true).chain(of_side(false)).collect()
}

fn marks(game: &Game) -> Vec<Found> {
    let minutes = |n| game.key.at(23).at(n).within(1, 7);
    vec![
        (45, None, None, What::AddedTime(minutes(0))),
        (45, None, None, What::Half("HT")),
        (90, None, None, What::AddedTime(minutes(1))),
        (90, None, None, What::Half("FT")),
    ]
}

/// The kicks of the shoot-out: each side scores its goals, then misses once.
pub(crate) fn kicks(game: &Game, now: i64) -> Vec<Kick> {
    let Some((home_goals, away_goals)) = game.standing(now).shootout else {
        return Vec::new();
    };
    let mut score = (0, 0);
    let mut list = Vec::new();
    for round in 0..=home_goals.max(away_goals) {
        for (home, goals) in [(true, home_goals), (false, away_goals)] {
            if round > goals {
                continue;
            }
            let scored = round < goals;
            if home {
                score.0 += i64::from(scored)
            } else {
                score.1 += i64::from(scored)
            }
            let id = game.id * 100 + 60 + list.len() as u64;
            list.push(Kick {
                id,
                home,
                player: STARTERS - round as u64,
                scored,
                score,
            });
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::super::game::{FIRST_ID, of_id};
    use super::*;
    use crate::calendar::DAY;
    use crate::hash::Key;

    #[test]
    fn events_are_in_order_and_agree_with_the_score() {
        let root = Key::new(1, "fotmob");
        let later = 40_000 * DAY;
        for game in (FIRST_ID..FIRST_ID + 2_000).filter_map(|id| of_id(root, id, 20)) {
            let list = events(&game, later);
            let standing = game.standing(later);
            assert_eq!(
                list.last().map_or((0, 0), |event| event.score),
                standing.score
            );
            assert!(
                list.windows(2)
                    .all(|pair| pair[0].minute <= pair[1].minute && pair[0].id < pair[1].id)
            );
            assert!(list.len() < 60);
            let kicks = kicks(&game, later);
            assert_eq!(kicks.last().map(|kick| kick.score), standing.shootout);
        }
    }
}
