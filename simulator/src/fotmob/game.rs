//! One match as a pure function of its id: when, who, what becomes of it, and who scored.
//!
//! A hundred ids a day from 2010 on, ten a league. On a few days nothing is played: their
//! matches move to the day after, so that lists by date can be empty and every id still exists.

use std::ops::Range;

use crate::calendar::{DAY, HOUR, MINUTE};
use crate::hash::Key;

use super::leagues::{LEAGUES, League, STARTERS, Team};

/// The first id, its day (2010-01-01), and the first id that can never exist.
pub(crate) const FIRST_ID: u64 = 3_000_000;
const FIRST_DAY: i64 = 14_610;
const END: u64 = 4_000_000;
const IDS_A_DAY: u64 = 100;

/// Goals of home and away.
pub(crate) type Goals = (i64, i64);

/// A match.
#[derive(Debug, Clone)]
pub(crate) struct Game {
    pub(crate) id: u64,
    pub(crate) key: Key,
    pub(crate) league: &'static League,
    pub(crate) kickoff: i64,
    pub(crate) home: Team,
    pub(crate) away: Team,
    /// A round by number, or a word of a cup.
    pub(crate) round: String,
    fate: Fate,
    goals: Vec<Goal>,
    /// Goals of the shoot-out.
    shootout: Option<Goals>,
}

/// What becomes of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Played,
    ExtraTime,
    Postponed,
    Cancelled,
    Abandoned,
}

/// A goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Goal {
    pub(crate) minute: i64,
    pub(crate) added: Option<i64>,
    /// For whom it counts.
    pub(crate) home: bool,
    /// Number of the scorer, of the other team for an own goal.
    pub(crate) scorer: u64,
    pub(crate) assist: Option<u64>,
    pub(crate) own: bool,
    pub(crate) penalty: bool,
    /// The score after it.
    pub(crate) score: Goals,
}

/// How a match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) started: bool,
    pub(crate) finished: bool,
    pub(crate) cancelled: bool,
    /// `FT`, `AET`, `Pen`, `PP`, `Can`, `Ab`.
    pub(crate) reason: Option<Reason>,
    /// Goals so far, 0 before kick-off.
    pub(crate) score: Goals,
    pub(crate) shootout: Option<Goals>,
}

/// The vendor's words for an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) short: &'static str,
    pub(crate) short_key: &'static str,
    pub(crate) long: &'static str,
    pub(crate) long_key: &'static str,
}

const FT: Reason = reason("FT", "fulltime_short", "Full-Time", "finished");
const AET: Reason = reason(
    "AET",
    "afterextratime_short",
    "After extra time",
    "afterextratime",
);
const PEN: Reason = reason(
    "Pen",
    "penalties_short",
    "After penalties",
    "afterpenalties",
);
const PP: Reason = reason("PP", "postponed_short", "Postponed", "postponed");
const CAN: Reason = reason("Can", "cancelled_short", "Cancelled", "cancelled");
const AB: Reason = reason("Ab", "aborted_short", "Abandoned", "aborted");

const fn reason(
    short: &'static str,
    short_key: &'static str,
    long: &'static str,
    long_key: &'static str,
) -> Reason {
    Reason {
        short,
        short_key,
        long,
        long_key,
    }
}

/// Whether nothing is played on a day. Never two days in a row.
fn is_idle(root: Key, day: i64) -> bool {
    let drawn = |day: i64| root.at(day as u64).at(999).chance(25);
    drawn(day) && !drawn(day - 1)
}

/// The match of that id, if it exists.
pub(crate) fn of_id(root: Key, id: u64, missing: u64) -> Option<Game> {
    let key = root.at(id);
    if !(FIRST_ID..END).contains(&id) || key.at(998).chance(missing) {
        return None;
    }
    let (nominal, slot) = (
        FIRST_DAY + ((id - FIRST_ID) / IDS_A_DAY) as i64,
        (id - FIRST_ID) % IDS_A_DAY,
    );
    let day = if is_idle(root, nominal) {
        nominal + 1
    } else {
        nominal
    };
    Some(Game::new(id, key, day, slot))
}

/// The matches that kick off on a UTC day.
pub(crate) fn on_day(root: Key, day: i64, missing: u64) -> Vec<Game> {
    let nominal = if is_idle(root, day) {
        Vec::new()
    } else if is_idle(root, day - 1) {
        vec![day - 1, day]
    } else {
        vec![day]
    };
    let first = |day: i64| FIRST_ID + (day - FIRST_DAY).max(0) as u64 * IDS_A_DAY;
    nominal
        .into_iter()
        .filter(|day| *day >= FIRST_DAY)
        .flat_map(|day| first(day)..first(day) + IDS_A_DAY)
        .filter_map(|id| of_id(root, id, missing))
        .collect()
}

/// The matches of a league, by its place, that kick off on some UTC days.
pub(crate) fn of_league(root: Key, place: u64, days: Range<i64>, missing: u64) -> Vec<Game> {
    const OF_LEAGUE: u64 = IDS_A_DAY / LEAGUES.len() as u64;
    // The day before may have been idle.
    let ids = (days.start.max(FIRST_DAY + 1) - 1..days.end).flat_map(|day| {
        let first = FIRST_ID + (day - FIRST_DAY) as u64 * IDS_A_DAY + place * OF_LEAGUE;
        first..first + OF_LEAGUE
    });
    ids.filter_map(|id| of_id(root, id, missing))
        .filter(|game| days.contains(&game.kickoff.div_euclid(DAY)))
        .collect()
}

impl Game {
    fn new(id: u64, key: Key, day: i64, slot: u64) -> Self {
        let league = &LEAGUES[(slot / 10) as usize];
        let (home, away) = (
            league.team(2 * (slot % 10)),
            league.team(2 * (slot % 10) + 1),
        );
        // From 00:30 to 23:45: some days in Oslo are others in UTC.
        let kickoff = day * DAY + key.at(0).within(2, 95) * 15 * MINUTE;
        let cup = league.id != league.primary_id;
        let word = cup && key.at(1).chance(300);
        let round = if word {
            key.at(2).pick(&["1/4", "1/2", "final"]).to_owned()
        } else {
            key.at(2).within(1, 38).to_string()
        };
        let fate = match key.at(3).below(1_000) {
            0..15 => Fate::Postponed,
            15..25 => Fate::Cancelled,
            25..32 => Fate::Abandoned,
            32..150 if cup => Fate::ExtraTime,
            _ => Fate::Played,
        };
        let mut game = Self {
            id,
            key,
            league,
            kickoff,
            home,
            away,
            round,
            fate,
            goals: Vec::new(),
            shootout: None,
        };
        game.score_goals();
        game
    }

    fn score_goals(&mut self) {
        let extra_time = self.fate == Fate::ExtraTime;
        let count = self.key.at(4).below(7);
        let mut goals: Vec<Goal> = (0..count)
            .map(|n| self.goal(self.key.at(5).at(n)))
            .collect();
        goals.sort_by_key(|goal| (goal.minute, goal.added));
        // Nobody scores twice in a minute: some layouts tell goals apart by minute and scorer.
        goals.dedup_by_key(|goal| goal.minute);
        if extra_time {
            // Level: as many for the one as for the other.
            goals.truncate(goals.len() / 2 * 2);
            goals
                .iter_mut()
                .enumerate()
                .for_each(|(n, goal)| goal.home = n % 2 == 0);
            if self.key.at(6).chance(500) {
                self.shootout = Some(self.key.at(7).pick(&[(3, 4), (5, 4), (4, 2), (1, 3)]));
            } else {
                goals.push(Goal {
                    minute: self.key.at(8).within(91, 119),
                    added: None,
                    ..self.goal(self.key.at(9))
                });
            }
        }
        let mut score = (0, 0);
        for goal in &mut goals {
            if goal.home {
                score.0 += 1
            } else {
                score.1 += 1
            }
            goal.score = score;
        }
        self.goals = goals;
    }

    fn goal(&self, key: Key) -> Goal {
        let minute = key.at(0).within(1, 90);
        let added = (minute == 90 || minute == 45).then(|| key.at(1).within(1, 5));
        let own = key.at(2).chance(50);
        let penalty = !own && key.at(3).chance(120);
        let scorer = key.at(4).within(2, STARTERS as i64) as u64;
        let assist = (!own && !penalty && key.at(5).chance(700)).then(|| scorer % STARTERS + 1);
        Goal {
            minute,
            added,
            home: key.at(6).chance(550),
            scorer,
            assist,
            own,
            penalty,
            score: (0, 0),
        }
    }

    /// The goals that have fallen at an instant; minutes of play are taken as minutes of time
    /// only to the half.
    pub(crate) fn goals(&self, now: i64) -> &[Goal] {
        let standing = self.standing(now);
        let all = standing.finished && !standing.cancelled;
        let count = match standing.started {
            false => 0,
            true if all => self.goals.len(),
            true => self.goals.partition_point(|goal| goal.minute <= 45),
        };
        &self.goals[..count]
    }

    /// The score at half time, once it was reached.
    pub(crate) fn half_time(&self, now: i64) -> Option<Goals> {
        let goals = self.goals(now);
        let first = &goals[..goals.partition_point(|goal| goal.minute <= 45)];
        self.standing(now)
            .finished
            .then(|| first.last().map_or((0, 0), |goal| goal.score))
    }

    /// How it stands at an instant.
    pub(crate) fn standing(&self, now: i64) -> Standing {
        let since = now - self.kickoff;
        let last = |goals: &[Goal]| goals.last().map_or((0, 0), |goal| goal.score);
        let first_half = last(&self.goals[..self.goals.partition_point(|goal| goal.minute <= 45)]);
        let none = Standing {
            started: false,
            finished: false,
            cancelled: false,
            reason: None,
            score: (0, 0),
            shootout: None,
        };
        match self.fate {
            Fate::Postponed => Standing {
                cancelled: true,
                reason: Some(PP),
                ..none
            },
            Fate::Cancelled => Standing {
                cancelled: true,
                reason: Some(CAN),
                ..none
            },
            _ if since < 0 => none,
            _ if since < 4 * HOUR => Standing {
                started: true,
                score: first_half,
                ..none
            },
            Fate::Abandoned => Standing {
                started: true,
                finished: true,
                cancelled: true,
                reason: Some(AB),
                score: first_half,
                ..none
            },
            fate => {
                let reason = if self.shootout.is_some() {
                    PEN
                } else if fate == Fate::ExtraTime {
                    AET
                } else {
                    FT
                };
                let score = last(&self.goals);
                Standing {
                    started: true,
                    finished: true,
                    reason: Some(reason),
                    score,
                    shootout: self.shootout,
                    ..none
                }
            }
        }
    }

    /// A side's team.
    pub(crate) fn team(&self, home: bool) -> Team {
        if home { self.home } else { self.away }
    }
}

impl Standing {
    /// `home`, `away` or `draw`, once a match was played to its end.
    pub(crate) fn winner(&self) -> Option<&'static str> {
        let (home, away) = self.shootout.unwrap_or(self.score);
        let winner = match home.cmp(&away) {
            std::cmp::Ordering::Greater => "home",
            std::cmp::Ordering::Less => "away",
            std::cmp::Ordering::Equal => "draw",
        };
        (self.finished && !self.cancelled).then_some(winner)
    }

    /// `2 - 1`, once it has started.
    pub(crate) fn score_text(&self) -> Option<String> {
        self.started
            .then(|| format!("{} - {}", self.score.0, self.score.1))
    }

    /// The vendor's short word, or ours where it has none.
    pub(crate) fn word(&self) -> &'static str {
        match self.reason {
            Some(reason) => reason.short,
            None if self.started => "Live",
            None => "NS",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const LATER: i64 = 40_000 * DAY;

    #[test]
    fn ids_exist_but_for_two_in_a_hundred_and_lists_hold_them_once() {
        let root = Key::new(1, "fotmob");
        let there = (FIRST_ID..FIRST_ID + 10_000)
            .filter(|id| of_id(root, *id, 20).is_some())
            .count();
        assert!((9_700..9_900).contains(&there), "{there}");
        assert!(of_id(root, FIRST_ID - 1, 0).is_none() && of_id(root, END, 0).is_none());
        let mut seen = BTreeMap::<u64, i64>::new();
        let mut idle = 0;
        for day in FIRST_DAY..FIRST_DAY + 101 {
            let games = on_day(root, day, 20);
            idle += usize::from(games.is_empty());
            for game in games {
                assert_eq!(game.kickoff.div_euclid(DAY), day);
                assert_eq!(seen.insert(game.id, day), None);
            }
        }
        let expected: Vec<u64> = (FIRST_ID..FIRST_ID + 10_000)
            .filter(|id| of_id(root, *id, 20).is_some())
            .collect();
        assert!(expected.iter().all(|id| seen.contains_key(id)));
        assert!((1..8).contains(&idle), "{idle}");
    }

    #[test]
    fn every_end_occurs_and_scores_follow_from_goals() {
        let root = Key::new(1, "fotmob");
        let mut words = BTreeMap::<_, u32>::new();
        for game in (FIRST_ID..FIRST_ID + 5_000).filter_map(|id| of_id(root, id, 20)) {
            let standing = game.standing(LATER);
            *words.entry(standing.word()).or_default() += 1;
            assert_eq!(
                game.goals(LATER).last().map_or((0, 0), |goal| goal.score),
                standing.score
            );
            assert_ne!(game.home.id, game.away.id);
            match standing.word() {
                "Pen" => assert!(
                    standing.score.0 == standing.score.1 && standing.winner() != Some("draw")
                ),
                "AET" => assert!(standing.score.0 != standing.score.1),
                _ => {}
            }
        }
        assert!(
            ["FT", "AET", "Pen", "PP", "Can", "Ab"]
                .iter()
                .all(|word| words[word] > 5),
            "{words:?}"
        );
    }
}
