//! One match as a pure function of its day, competition and slot, and how it stands at an instant.

use crate::calendar::{DAY, HOUR, MINUTE, weekday};
use crate::hash::Key;

use super::competitions::{COMPETITIONS, Competition, TEAMS, Team};

/// Match ids count from 2000-01-01, 256 a day, 16 a competition.
const FIRST_DAY: i64 = 10_957;
const SLOTS: u64 = 16;
const IDS_A_DAY: u64 = 256;

/// Goals of both sides.
pub(crate) type Goals = (i64, i64);

/// A match.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) id: u64,
    pub(crate) key: Key,
    pub(crate) day: i64,
    pub(crate) competition: &'static Competition,
    pub(crate) kickoff: i64,
    pub(crate) home: Team,
    pub(crate) away: Team,
    pub(crate) stage: &'static str,
    pub(crate) matchday: Option<i64>,
    fate: Fate,
    played: Played,
}

/// What becomes of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Played,
    Postponed,
    Cancelled,
    /// Given up while it was played: cancelled, with a score.
    Abandoned,
    Awarded,
}

/// The goals of each part.
#[derive(Debug, Clone, Copy)]
struct Played {
    half: Goals,
    ninety: Goals,
    extra: Option<Goals>,
    penalties: Option<Goals>,
}

/// How a match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: &'static str,
    /// All goals, extra time and shoot-out included.
    pub(crate) full: Option<Goals>,
    pub(crate) half: Option<Goals>,
    pub(crate) ninety: Option<Goals>,
    pub(crate) extra: Option<Goals>,
    pub(crate) penalties: Option<Goals>,
    /// `HOME_TEAM`, `AWAY_TEAM` or `DRAW`.
    pub(crate) winner: Option<&'static str>,
}

/// The matches of a day, by kick-off.
pub(crate) fn on_day(root: Key, day: i64) -> Vec<Fixture> {
    let day_key = root.at(day as u64);
    let weekend = weekday(day) >= 5;
    if day < FIRST_DAY || day_key.at(0).chance(if weekend { 30 } else { 200 }) {
        return Vec::new();
    }
    let mut fixtures: Vec<_> = (0..COMPETITIONS.len())
        .flat_map(|place| {
            let key = day_key.at(1 + place as u64);
            let count = match (weekend, COMPETITIONS[place].cup) {
                (true, false) => key.at(0).within(2, 5),
                (true, true) => key.at(0).within(0, 1),
                (false, _) => i64::from(key.at(0).chance(250)),
            };
            (0..count as u64).map(move |slot| Fixture::new(key.at(1 + slot), day, place, slot))
        })
        .collect();
    fixtures.sort_by_key(|fixture| (fixture.kickoff, fixture.id));
    fixtures
}

/// The match of that id.
pub(crate) fn of_id(root: Key, id: u64) -> Option<Fixture> {
    let day = FIRST_DAY + i64::try_from(id / IDS_A_DAY).ok()?;
    on_day(root, day)
        .into_iter()
        .find(|fixture| fixture.id == id)
}

impl Fixture {
    fn new(key: Key, day: i64, place: usize, slot: u64) -> Self {
        let competition = &COMPETITIONS[place];
        // Slots take pairs of teams, so that nobody plays twice a day.
        let first = (key.at(0).below(2) + 2 * slot) % TEAMS;
        let teams = [first, (first + 11) % TEAMS];
        let stage = stage(competition, key.at(1));
        let knockout = competition.cup && stage != "GROUP_STAGE";
        let week = (day - competition.season_days(competition.season(day)).0) / 7;
        Self {
            id: (day - FIRST_DAY) as u64 * IDS_A_DAY + place as u64 * SLOTS + slot,
            key,
            day,
            competition,
            kickoff: day * DAY + kickoff(competition, key.at(2)),
            home: competition.team(teams[0]),
            away: competition.team(teams[1]),
            stage,
            matchday: (!knockout).then_some(if competition.cup {
                1 + week % 6
            } else {
                (1 + week).min(38)
            }),
            fate: fate(key.at(3).below(1_000)),
            played: played(key.at(4), knockout),
        }
    }

    /// The group of a cup.
    pub(crate) fn group(&self) -> Option<String> {
        let letter = || self.key.at(9).pick(&["A", "B", "C", "D"]);
        (self.stage == "GROUP_STAGE").then(|| format!("GROUP_{}", letter()))
    }

    /// How it stands at an instant.
    pub(crate) fn standing(&self, now: i64) -> Standing {
        let since = now - self.kickoff;
        let nothing = |status| Standing {
            status,
            full: None,
            half: None,
            ninety: None,
            extra: None,
            penalties: None,
            winner: None,
        };
        let Played { half, ninety, .. } = self.played;
        let running = |status, half| Standing {
            full: Some(self.played.half),
            half,
            ninety: Some(self.played.half),
            ..nothing(status)
        };
        match self.fate {
            Fate::Postponed => nothing("POSTPONED"),
            Fate::Cancelled => nothing("CANCELLED"),
            _ if since < -3 * DAY => nothing("SCHEDULED"),
            _ if since < 0 => nothing("TIMED"),
            _ if since < 50 * MINUTE => running("IN_PLAY", None),
            _ if since < 65 * MINUTE => running("PAUSED", Some(half)),
            _ if since < 3 * HOUR => running("IN_PLAY", Some(half)),
            Fate::Played => self.over(),
            Fate::Abandoned => decided(Standing {
                full: Some(ninety),
                half: Some(half),
                ninety: Some(ninety),
                ..nothing("CANCELLED")
            }),
            Fate::Awarded => {
                let full = if half.0 >= half.1 { (3, 0) } else { (0, 3) };
                decided(Standing {
                    full: Some(full),
                    ninety: Some(full),
                    ..nothing("AWARDED")
                })
            }
        }
    }

    fn over(&self) -> Standing {
        let Played {
            half,
            ninety,
            extra,
            penalties,
        } = self.played;
        let all = [Some(ninety), extra, penalties].into_iter().flatten();
        let full = all.fold((0, 0), |sum, goals| (sum.0 + goals.0, sum.1 + goals.1));
        let (full, half, ninety) = (Some(full), Some(half), Some(ninety));
        decided(Standing {
            status: "FINISHED",
            full,
            half,
            ninety,
            extra,
            penalties,
            winner: None,
        })
    }
}

fn decided(standing: Standing) -> Standing {
    let winner = standing.full.map(|(home, away)| match home.cmp(&away) {
        std::cmp::Ordering::Greater => "HOME_TEAM",
        std::cmp::Ordering::Less => "AWAY_TEAM",
        std::cmp::Ordering::Equal => "DRAW",
    });
    Standing { winner, ..standing }
}

impl Standing {
    /// Goals without the shoot-out.
    pub(crate) fn goals(&self) -> Option<Goals> {
        let (home, away) = self.full?;
        let shootout = self.penalties.unwrap_or_default();
        Some((home - shootout.0, away - shootout.1))
    }
}

fn stage(competition: &Competition, chance: Key) -> &'static str {
    const STAGES: [&str; 6] = [
        "GROUP_STAGE",
        "PLAYOFF_ROUND",
        "LAST_16",
        "QUARTER_FINALS",
        "SEMI_FINALS",
        "FINAL",
    ];
    if competition.cup {
        chance.pick(&STAGES)
    } else {
        "REGULAR_SEASON"
    }
}

fn kickoff(competition: &Competition, chance: Key) -> i64 {
    const EUROPE: [i64; 9] = [690, 750, 840, 870, 990, 1_050, 1_125, 1_140, 1_200];
    // 00:30 UTC is the evening before where it is played.
    const AMERICA: [i64; 5] = [0, 30, 1_140, 1_290, 1_320];
    MINUTE
        * if competition.american {
            chance.pick(&AMERICA)
        } else {
            chance.pick(&EUROPE)
        }
}

fn fate(of_thousand: u64) -> Fate {
    match of_thousand {
        0..15 => Fate::Postponed,
        15..20 => Fate::Cancelled,
        20..27 => Fate::Abandoned,
        27..32 => Fate::Awarded,
        _ => Fate::Played,
    }
}

fn played(key: Key, knockout: bool) -> Played {
    let goals = |n| (key.at(n).within(0, 2), key.at(n + 1).within(0, 2));
    let (half, second) = (goals(0), goals(2));
    let mut ninety = (half.0 + second.0, half.1 + second.1);
    let mut played = Played {
        half,
        ninety,
        extra: None,
        penalties: None,
    };
    if knockout && key.at(4).chance(400) {
        // Level after 90 minutes; half of these still are after extra time.
        ninety.1 = ninety.0.max(half.1);
        ninety.0 = ninety.1;
        let late = key.at(5).within(0, 1);
        let shootout = key.at(6).chance(500);
        let winner = key.at(7).within(3, 5);
        played.extra = Some(if shootout {
            (late, late)
        } else {
            (late, 1 - late)
        });
        played.penalties = shootout.then_some(if late == 0 {
            (winner, winner - 1)
        } else {
            (winner - 2, winner)
        });
    }
    Played { ninety, ..played }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn years_hold_every_kind_of_match_and_sane_scores() {
        let root = Key::new(1, "football-data");
        let mut statuses = BTreeMap::<_, u32>::new();
        let mut ids = BTreeSet::new();
        for fixture in (19_000..20_000).flat_map(|day| on_day(root, day)) {
            let standing = fixture.standing(i64::MAX / 2);
            *statuses.entry(standing.status).or_default() += 1;
            assert!(ids.insert(fixture.id));
            assert_ne!(fixture.home.id, fixture.away.id);
            let Some((home, away)) = standing.goals() else {
                continue;
            };
            let ninety = standing.ninety.unwrap();
            let extra = standing.extra.unwrap_or_default();
            assert_eq!((home, away), (ninety.0 + extra.0, ninety.1 + extra.1));
            let half = standing.half.unwrap_or_default();
            assert!(half.0 <= ninety.0 && half.1 <= ninety.1);
            assert!(standing.extra.is_none() || ninety.0 == ninety.1);
            assert!(
                standing
                    .penalties
                    .is_none_or(|(h, a)| h != a && home == away)
            );
        }
        assert!(
            ["FINISHED", "POSTPONED", "CANCELLED", "AWARDED"]
                .iter()
                .all(|status| statuses[status] > 3),
            "{statuses:?}"
        );
    }

    #[test]
    fn days_are_as_full_as_they_should_be() {
        let root = Key::new(1, "football-data");
        for day in 19_000..19_400 {
            let count = on_day(root, day).len();
            let most = if weekday(day) >= 5 { 50 } else { 10 };
            assert!(
                count <= most && (count == 0 || count >= if weekday(day) >= 5 { 18 } else { 1 }),
                "{count}"
            );
            for fixture in on_day(root, day) {
                assert_eq!(of_id(root, fixture.id).unwrap().kickoff, fixture.kickoff);
            }
        }
    }

    #[test]
    fn a_match_goes_through_its_statuses() {
        let root = Key::new(1, "football-data");
        let fixture = (19_000..)
            .flat_map(|day| on_day(root, day))
            .find(|f| f.fate == Fate::Played)
            .unwrap();
        let status = |hours| fixture.standing(fixture.kickoff + hours * HOUR).status;
        assert_eq!(
            [
                status(-100),
                status(-1),
                status(0),
                status(1),
                status(2),
                status(4)
            ],
            [
                "SCHEDULED",
                "TIMED",
                "IN_PLAY",
                "PAUSED",
                "IN_PLAY",
                "FINISHED"
            ]
        );
    }
}
