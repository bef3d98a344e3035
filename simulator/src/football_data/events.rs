//! What happens in a match, who plays, and the figures: what some plans have of a match.
//!
//! Goals follow from the score. Whether the detail is shown is chance, as plans and competitions
//! differ; scorers of a season are counted from all goals, shown or not.

use crate::hash::Key;

use super::competitions::{Person, Team};
use super::fixture::{Fixture, Goals};

/// Starters are people 1 to 11 of a team, its bench 12 to 18.
pub(crate) const STARTERS: u64 = 11;
const SQUAD: u64 = 18;
const COACH: u64 = 90;

/// A goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Goal {
    pub(crate) minute: i64,
    pub(crate) injury_time: Option<i64>,
    /// `REGULAR`, `PENALTY` or `OWN`.
    pub(crate) kind: &'static str,
    /// For whom it counts.
    pub(crate) home: bool,
    /// Of the other team for an own goal.
    pub(crate) scorer: Person,
    pub(crate) assist: Option<Person>,
    /// The score after it.
    pub(crate) score: Goals,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) minute: i64,
    pub(crate) home: bool,
    pub(crate) player: Person,
    pub(crate) card: &'static str,
}

/// A substitution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Substitution {
    pub(crate) minute: i64,
    pub(crate) home: bool,
    pub(crate) comes: Person,
    pub(crate) goes: Person,
}

/// A penalty in play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Penalty {
    pub(crate) home: bool,
    pub(crate) player: Person,
    pub(crate) scored: bool,
    /// Whether the vendor lists it twice.
    pub(crate) twice: bool,
}

/// A player of a line-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) player: Person,
    pub(crate) position: Option<&'static str>,
    pub(crate) shirt: u64,
    pub(crate) starts: bool,
}

impl Fixture {
    /// A side's team.
    pub(crate) fn team(&self, home: bool) -> &Team {
        if home { &self.home } else { &self.away }
    }

    /// Whether the plan has the detail of a match that is over.
    pub(crate) fn has_detail(&self, now: i64) -> bool {
        self.standing(now).status == "FINISHED" && self.key.at(10).chance(700)
    }

    /// Whether the plan has its figures too.
    pub(crate) fn has_figures(&self) -> bool {
        self.key.at(11).chance(600)
    }

    /// The goals of a match that is over, in order; none of any other.
    pub(crate) fn goals(&self, now: i64) -> Vec<Goal> {
        let standing = self.standing(now);
        let (Some(half), Some(ninety), "FINISHED") =
            (standing.half, standing.ninety, standing.status)
        else {
            return Vec::new();
        };
        let extra = standing.extra.unwrap_or_default();
        let second = (ninety.0 - half.0, ninety.1 - half.1);
        let parts = [(half, 1, 45), (second, 46, 90), (extra, 91, 120)];
        let mut found = Vec::new();
        for (part, (goals, first, last)) in parts.into_iter().enumerate() {
            let key = self.key.at(12).at(part as u64);
            let sides = (0..goals.0)
                .map(|_| true)
                .chain((0..goals.1).map(|_| false));
            let minutes = sides.enumerate().map(|(n, home)| {
                let key = key.at(n as u64);
                (key.at(0).within(first, last), home, key)
            });
            found.extend(minutes);
        }
        found.sort_by_key(|(minute, home, key)| (*minute, *home, key.number()));
        let mut score = (0, 0);
        let goals = found
            .into_iter()
            .enumerate()
            .map(|(n, (minute, home, key))| {
                if home {
                    score.0 += 1;
                } else {
                    score.1 += 1;
                }
                self.goal(key, minute, home, n == 0, score)
            });
        goals.collect()
    }

    fn goal(&self, key: Key, minute: i64, home: bool, first: bool, score: Goals) -> Goal {
        // At most one goal of a match is a penalty: two of one player are told apart by nothing.
        let kind = match key.at(1).below(100) {
            0..5 => "OWN",
            5..35 if first => "PENALTY",
            _ => "REGULAR",
        };
        let number = key.at(2).within(2, STARTERS as i64) as u64;
        let assisted = kind == "REGULAR" && key.at(3).chance(700);
        Goal {
            minute,
            injury_time: (minute == 45 || minute == 90).then(|| key.at(4).within(1, 6)),
            kind,
            home,
            scorer: self.team(home != (kind == "OWN")).person(number),
            assist: assisted.then(|| self.team(home).person(number % STARTERS + 1)),
            score,
        }
    }

    pub(crate) fn bookings(&self) -> Vec<Booking> {
        let key = self.key.at(13);
        let booking = |n| {
            let key = key.at(1 + n);
            let home = key.at(0).chance(500);
            let number = key.at(1).within(1, STARTERS as i64) as u64;
            Booking {
                minute: key.at(2).within(2, 90),
                home,
                player: self.team(home).person(number),
                card: key
                    .at(3)
                    .pick(&["YELLOW", "YELLOW", "YELLOW", "YELLOW_RED", "RED"]),
            }
        };
        (0..key.at(0).below(6)).map(booking).collect()
    }

    pub(crate) fn substitutions(&self) -> Vec<Substitution> {
        let of_side = |home: bool| {
            let key = self.key.at(14).at(u64::from(home));
            let team = self.team(home);
            (0..key.at(0).below(6)).map(move |n| Substitution {
                minute: key.at(1 + n).within(46, 90),
                home,
                comes: team.person(STARTERS + 1 + n),
                goes: team.person(STARTERS - n),
            })
        };
        of_side(true).chain(of_side(false)).collect()
    }

    /// Those that were goals, and now and then one that was not.
    pub(crate) fn penalties(&self, now: i64) -> Vec<Penalty> {
        let key = self.key.at(15);
        let goals = self.goals(now).into_iter();
        let scored = goals
            .filter(|goal| goal.kind == "PENALTY")
            .map(|goal| Penalty {
                home: goal.home,
                player: goal.scorer,
                scored: true,
                twice: key.at(0).chance(500),
            });
        let missed = key.at(1).chance(100).then(|| Penalty {
            home: key.at(2).chance(500),
            player: self.team(key.at(2).chance(500)).person(9),
            scored: false,
            twice: key.at(3).chance(500),
        });
        scored.chain(missed).collect()
    }

    pub(crate) fn line_up(&self, home: bool) -> Vec<Listed> {
        let team = self.team(home);
        let position = |number| match number {
            1 | 12 => Some("Goalkeeper"),
            2..=5 => Some("Centre-Back"),
            6..=8 => Some("Central Midfield"),
            9..=11 => Some("Centre-Forward"),
            _ => None,
        };
        (1..=SQUAD)
            .map(|number| Listed {
                player: team.person(number),
                position: position(number),
                shirt: number,
                starts: number <= STARTERS,
            })
            .collect()
    }

    pub(crate) fn coach(&self, home: bool) -> Person {
        self.team(home).person(COACH)
    }

    pub(crate) fn formation(&self, home: bool) -> Option<&'static str> {
        self.key.at(16).at(u64::from(home)).pick(&[
            Some("4-3-3"),
            Some("3-5-2"),
            Some("4-4-2"),
            None,
        ])
    }

    /// By the vendor's names.
    pub(crate) fn figures(&self, home: bool) -> Vec<(&'static str, Option<i64>)> {
        let key = self.key.at(17);
        let possession = key.at(0).within(28, 72);
        let own = key.at(1 + u64::from(home));
        let shots = own.at(1).within(3, 25);
        vec![
            ("corner_kicks", Some(own.at(0).within(0, 14))),
            (
                "ball_possession",
                Some(if home { possession } else { 100 - possession }),
            ),
            ("shots", Some(shots)),
            ("shots_on_goal", Some(own.at(2).within(0, shots))),
            (
                "fouls",
                own.at(3).chance(900).then(|| own.at(4).within(4, 22)),
            ),
        ]
    }

    /// The id of its referee, where one is named.
    pub(crate) fn referee(&self) -> Option<u64> {
        self.key
            .at(6)
            .chance(600)
            .then(|| FIRST_REFEREE + self.key.at(7).below(REFEREES))
    }
}

/// Referees are persons too; there are so many of them.
pub(crate) const FIRST_REFEREE: u64 = 43_000;
pub(crate) const REFEREES: u64 = 500;
