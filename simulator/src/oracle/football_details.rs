//! football-data rows of single matches, and of matches by team, person and meeting.

use common::tables::{Batch, MatchEvent, MatchLineup, MatchStat, Rows};

use crate::football_data::{Fixture, Goals, Person};

use super::football_data::push;
use super::{Oracle, batches};

impl Oracle {
    /// All rows of the details of some ids, over all tables; none of ids that do not exist.
    pub fn football_details<'a>(
        &'a self,
        ids: impl IntoIterator<Item = u64> + 'a,
    ) -> impl Iterator<Item = Batch> + 'a {
        let now = self.world.options.clock.now();
        let vendor = &self.world.football_data;
        let fixtures = ids.into_iter().filter_map(|id| vendor.fixture(id));
        batches(fixtures, move |rows, fixture| details(rows, &fixture, now))
    }

    /// The matches of `head2head` of a match.
    pub fn football_meetings(&self, id: u64) -> impl Iterator<Item = Batch> + '_ {
        let vendor = &self.world.football_data;
        let fixture = vendor.fixture(id);
        self.football_listed(fixture.map_or_else(Vec::new, |of| vendor.meetings(&of)))
    }

    /// The matches of a team in a season.
    pub fn football_of_team(&self, id: u64, season: i32) -> impl Iterator<Item = Batch> + '_ {
        self.football_listed(self.world.football_data.of_team(id, season))
    }

    /// The matches of a referee in the current season.
    pub fn football_of_referee(&self, id: u64) -> impl Iterator<Item = Batch> + '_ {
        let now = self.world.options.clock.now();
        self.football_listed(self.world.football_data.of_referee(id, now))
    }

    pub(super) fn football_listed(
        &self,
        fixtures: Vec<Fixture>,
    ) -> impl Iterator<Item = Batch> + '_ {
        let now = self.world.options.clock.now();
        batches(fixtures.into_iter(), move |rows, fixture| {
            push(rows, &fixture, None, now);
        })
    }
}

fn details(rows: &mut Rows, fixture: &Fixture, now: i64) {
    if !fixture.has_detail(now) {
        return push(rows, fixture, None, now);
    }
    push(rows, fixture, fixture.home.venue().as_deref(), now);
    Of {
        match_id: &fixture.id.to_string(),
        fixture,
        now,
    }
    .push(rows);
}

/// A match with its detail.
struct Of<'a> {
    match_id: &'a str,
    fixture: &'a Fixture,
    now: i64,
}

/// What an event says beside its kind and number.
#[derive(Default)]
struct Said<'a> {
    minute: Option<i64>,
    added: Option<i64>,
    home: bool,
    player: Option<&'a Person>,
    other: Option<&'a Person>,
    score: Option<Goals>,
    detail: Option<&'a str>,
}

fn side(home: bool) -> &'static str {
    if home { "home" } else { "away" }
}

impl Of<'_> {
    fn push(&self, rows: &mut Rows) {
        for (n, goal) in self.fixture.goals(self.now).iter().enumerate() {
            let said = Said {
                minute: Some(goal.minute),
                added: goal.injury_time,
                home: goal.home,
                player: Some(&goal.scorer),
                other: goal.assist.as_ref(),
                score: Some(goal.score),
                detail: Some(goal.kind),
            };
            self.push_event(rows, "Goal", n, &said);
        }
        for (n, booking) in self.fixture.bookings().iter().enumerate() {
            let said = Said {
                minute: Some(booking.minute),
                home: booking.home,
                player: Some(&booking.player),
                detail: Some(booking.card),
                ..Said::default()
            };
            self.push_event(rows, "Card", n, &said);
        }
        for (n, substitution) in self.fixture.substitutions().iter().enumerate() {
            let said = Said {
                minute: Some(substitution.minute),
                home: substitution.home,
                player: Some(&substitution.comes),
                other: Some(&substitution.goes),
                ..Said::default()
            };
            self.push_event(rows, "Substitution", n, &said);
        }
        for (n, penalty) in self.fixture.penalties(self.now).iter().enumerate() {
            let said = Said {
                home: penalty.home,
                player: Some(&penalty.player),
                detail: Some(if penalty.scored { "scored" } else { "missed" }),
                ..Said::default()
            };
            self.push_event(rows, "Penalty", n, &said);
        }
        for home in [true, false] {
            self.push_team(rows, home);
        }
    }

    fn push_event(&self, rows: &mut Rows, kind: &str, n: usize, said: &Said<'_>) {
        let id = |person: Option<&Person>| person.map(|person| person.id.to_string());
        let (home_score, away_score) = said.score.unzip();
        rows.push(&MatchEvent {
            source: "football-data",
            match_id: self.match_id,
            event_id: &format!("{}-{}", kind.to_lowercase(), n + 1),
            event_type: kind,
            minute: said.minute,
            added: said.added,
            side: Some(side(said.home)),
            team_id: Some(&self.fixture.team(said.home).id.to_string()),
            player_id: id(said.player).as_deref(),
            player: said.player.map(|player| player.name.as_str()),
            other_player_id: id(said.other).as_deref(),
            other_player: said.other.map(|other| other.name.as_str()),
            home_score,
            away_score,
            detail: said.detail,
        });
    }

    fn push_team(&self, rows: &mut Rows, home: bool) {
        for listed in self.fixture.line_up(home) {
            let role = if listed.starts { "starter" } else { "bench" };
            let shirt = listed.shirt.to_string();
            self.push_member(
                rows,
                home,
                role,
                &listed.player,
                Some(&shirt),
                listed.position,
            );
        }
        let coach = self.fixture.coach(home);
        self.push_member(rows, home, "coach", &coach, None, None);
        if !self.fixture.has_figures() {
            return;
        }
        for (stat, value) in self.fixture.figures(home) {
            let Some(value) = value else { continue };
            rows.push(&MatchStat {
                source: "football-data",
                match_id: self.match_id,
                period: "All",
                stat,
                side: side(home),
                value: Some(&value.to_string()),
                number: Some(value as f64),
            });
        }
    }

    fn push_member(
        &self,
        rows: &mut Rows,
        home: bool,
        role: &str,
        player: &Person,
        shirt_number: Option<&str>,
        position: Option<&str>,
    ) {
        rows.push(&MatchLineup {
            source: "football-data",
            match_id: self.match_id,
            team_id: &self.fixture.team(home).id.to_string(),
            player_id: &player.id.to_string(),
            player: Some(&player.name),
            side: Some(side(home)),
            role,
            formation: self.fixture.formation(home),
            shirt_number,
            position,
            rating: None,
        });
    }
}
