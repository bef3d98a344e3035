//! Who plays, sits on the bench, coaches and is missing.

use super::game::Game;
use super::leagues::{COACH, INJURED, SQUAD, STARTERS};

/// A person of a line-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) number: u64,
    pub(crate) role: Role,
    pub(crate) shirt: i64,
    /// Tenths.
    pub(crate) rating: Option<i64>,
}

/// What a person is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Starter,
    Bench,
    Coach,
    Unavailable,
}

/// Rows of a formation without the keeper.
pub(crate) fn formation(game: &Game, home: bool) -> &'static [u64] {
    const FORMATIONS: [&[u64]; 4] = [&[4, 3, 3], &[4, 2, 3, 1], &[3, 4, 3], &[5, 3, 2]];
    game.key.at(40).at(u64::from(home)).pick(&FORMATIONS)
}

/// All members of a side, starters first.
pub(crate) fn members(game: &Game, home: bool) -> Vec<Member> {
    let key = game.key.at(41).at(u64::from(home));
    let rated = |number: u64| Some(key.at(number).within(48, 95));
    let member = |number, role| Member {
        number,
        role,
        shirt: number as i64 + 3 * key.at(100).within(0, 2),
        rating: match role {
            Role::Starter => rated(number),
            Role::Bench if key.at(number).at(1).chance(500) => rated(number),
            _ => None,
        },
    };
    let mut all: Vec<Member> = (1..=STARTERS)
        .map(|number| member(number, Role::Starter))
        .collect();
    all.extend((STARTERS + 1..=SQUAD).map(|number| member(number, Role::Bench)));
    all.push(member(COACH, Role::Coach));
    if key.at(200).chance(700) {
        all.push(member(INJURED, Role::Unavailable));
    }
    all
}

/// The word of 2020 and 2023 for where a member plays.
pub(crate) fn position(member: &Member) -> &'static str {
    match (member.role, member.number) {
        (Role::Coach, _) => "Coach",
        (_, 1 | 12) => "Keeper",
        (_, 2..=5 | 13 | 14) => "Defender",
        (_, 6..=8 | 15 | 16) => "Midfielder",
        _ => "Attacker",
    }
}

/// The short word of 2023, which starters alone have.
pub(crate) fn short_position(member: &Member) -> &'static str {
    match member.number {
        1 => "GK",
        2..=5 => "CB",
        6..=8 => "CM",
        _ => "ST",
    }
}

/// The number of 2024, which starters alone have.
pub(crate) fn position_id(member: &Member) -> u64 {
    if member.number == 1 {
        11
    } else {
        30 + member.number
    }
}
