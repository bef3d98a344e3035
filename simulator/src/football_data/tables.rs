//! Tables and scorers of a season, counted from its matches as they stand.

use std::collections::BTreeMap;

use super::competitions::{Competition, Person, TEAMS, Team};
use super::fixture::{Fixture, Goals};

/// A table: all matches, or those of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) stage: &'static str,
    /// `TOTAL`, `HOME` or `AWAY`.
    pub(crate) kind: &'static str,
    pub(crate) group: Option<String>,
    pub(crate) places: Vec<Place>,
}

/// A team's place, the first being the best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) team: Team,
    pub(crate) won: i64,
    pub(crate) draw: i64,
    pub(crate) lost: i64,
    pub(crate) goals: Goals,
    /// The last five results, the latest first; none in tables of one side.
    pub(crate) form: Option<String>,
}

impl Place {
    pub(crate) fn played(&self) -> i64 {
        self.won + self.draw + self.lost
    }

    pub(crate) fn points(&self) -> i64 {
        3 * self.won + self.draw
    }

    pub(crate) fn difference(&self) -> i64 {
        self.goals.0 - self.goals.1
    }
}

/// A scorer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scorer {
    pub(crate) player: Person,
    pub(crate) team: Team,
    pub(crate) goals: i64,
    /// Not counted where nobody assisted.
    pub(crate) assists: Option<i64>,
    pub(crate) penalties: Option<i64>,
}

/// The tables of a season from its matches, which must be in order of time.
pub(crate) fn tables(competition: &Competition, fixtures: &[Fixture], now: i64) -> Vec<Table> {
    if !competition.cup {
        let teams: Vec<Team> = (0..TEAMS).map(|number| competition.team(number)).collect();
        let of = |kind| Table {
            stage: "REGULAR_SEASON",
            kind,
            group: None,
            places: places(&teams, fixtures.iter(), kind, now),
        };
        return ["TOTAL", "HOME", "AWAY"].map(of).to_vec();
    }
    let mut groups = BTreeMap::<String, Vec<&Fixture>>::new();
    for fixture in fixtures {
        if let Some(group) = fixture.group() {
            groups.entry(group).or_default().push(fixture);
        }
    }
    let of_group = |(group, fixtures): (String, Vec<&Fixture>)| {
        let both = |fixture: &&Fixture| [fixture.home.clone(), fixture.away.clone()];
        let mut teams: Vec<Team> = fixtures.iter().flat_map(both).collect();
        teams.sort_by_key(|team| team.id);
        teams.dedup();
        Table {
            stage: "GROUP_STAGE",
            kind: "TOTAL",
            group: Some(group),
            places: places(&teams, fixtures.into_iter(), "TOTAL", now),
        }
    };
    groups.into_iter().map(of_group).collect()
}

fn places<'a>(
    teams: &[Team],
    fixtures: impl Iterator<Item = &'a Fixture>,
    kind: &str,
    now: i64,
) -> Vec<Place> {
    let mut results = BTreeMap::<u64, Vec<Goals>>::new();
    for fixture in fixtures {
        let standing = fixture.standing(now);
        let counts = ["FINISHED", "AWARDED"].contains(&standing.status);
        let Some((home, away)) = standing.full.filter(|_| counts) else {
            continue;
        };
        if kind != "AWAY" {
            results
                .entry(fixture.home.id)
                .or_default()
                .push((home, away));
        }
        if kind != "HOME" {
            results
                .entry(fixture.away.id)
                .or_default()
                .push((away, home));
        }
    }
    let place = |team: &Team| {
        let results = results.get(&team.id).map_or(&[][..], Vec::as_slice);
        place(team, results, kind == "TOTAL")
    };
    let mut places: Vec<Place> = teams.iter().map(place).collect();
    places.sort_by_key(|place| {
        let best = (place.points(), place.difference(), place.goals.0);
        (std::cmp::Reverse(best), place.team.id)
    });
    places
}

/// From the goals for and against of its matches.
fn place(team: &Team, results: &[Goals], with_form: bool) -> Place {
    let letter = |(own, other): &Goals| match own.cmp(other) {
        std::cmp::Ordering::Greater => "W",
        std::cmp::Ordering::Equal => "D",
        std::cmp::Ordering::Less => "L",
    };
    let count = |of: &str| results.iter().filter(|goals| letter(goals) == of).count() as i64;
    let last: Vec<&str> = results.iter().rev().take(5).map(letter).collect();
    Place {
        team: team.clone(),
        won: count("W"),
        draw: count("D"),
        lost: count("L"),
        goals: results
            .iter()
            .fold((0, 0), |sum, goals| (sum.0 + goals.0, sum.1 + goals.1)),
        form: (with_form && !last.is_empty()).then(|| last.join(",")),
    }
}

/// The best scorers of a season.
pub(crate) fn scorers(fixtures: &[Fixture], limit: usize, now: i64) -> Vec<Scorer> {
    let mut all = BTreeMap::<u64, Scorer>::new();
    let mut assists = BTreeMap::<u64, i64>::new();
    for (fixture, goal) in fixtures.iter().flat_map(|fixture| {
        fixture
            .goals(now)
            .into_iter()
            .map(move |goal| (fixture, goal))
    }) {
        if let Some(assist) = &goal.assist {
            *assists.entry(assist.id).or_default() += 1;
        }
        if goal.kind == "OWN" {
            continue;
        }
        let scorer = all.entry(goal.scorer.id).or_insert_with(|| Scorer {
            player: goal.scorer.clone(),
            team: fixture.team(goal.home).clone(),
            goals: 0,
            assists: None,
            penalties: None,
        });
        scorer.goals += 1;
        if goal.kind == "PENALTY" {
            scorer.penalties = Some(scorer.penalties.unwrap_or(0) + 1);
        }
    }
    let mut best: Vec<Scorer> = all.into_values().collect();
    for scorer in &mut best {
        scorer.assists = assists.get(&scorer.player.id).copied();
    }
    best.sort_by_key(|scorer| {
        (
            std::cmp::Reverse((scorer.goals, scorer.assists)),
            scorer.player.id,
        )
    });
    best.truncate(limit);
    best
}
