//! football-data rows: the score is without the shoot-out, whatever `fullTime` says.

use chrono::{DateTime, Utc};
use common::tables::{Batch, Match, Rows};

use crate::calendar::{DAY, date, nanos};
use crate::football_data::{Fixture, Goals};

use super::{Oracle, batches};

impl Oracle {
    /// Matches that kick off from `from` up to, not including, `to`, as they stand now; of these
    /// competitions (ids or codes), of all when there are none.
    pub fn football_matches<'a>(
        &'a self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        competitions: &'a [&'a str],
    ) -> impl Iterator<Item = Batch> + 'a {
        let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
        let now = self.world.options.clock.now();
        let days = from.div_euclid(DAY)..(to + DAY - 1).div_euclid(DAY);
        let wanted = move |fixture: &Fixture| {
            let named = |one: &&str| {
                *one == fixture.competition.code || *one == fixture.competition.id.to_string()
            };
            (from..to).contains(&fixture.kickoff)
                && (competitions.is_empty() || competitions.iter().any(named))
        };
        let fixtures = self.world.football_data.fixtures(days).filter(wanted);
        batches(fixtures, move |rows, fixture| {
            push(rows, &fixture, None, now)
        })
    }
}

/// Adds a match; the ground is told only with the detail.
pub(super) fn push(rows: &mut Rows, fixture: &Fixture, venue: Option<&str>, now: i64) {
    let standing = fixture.standing(now);
    let (home_score, away_score) = both(standing.goals());
    let (home_score_90, away_score_90) = both(standing.ninety);
    let (home_score_extra, away_score_extra) = both(standing.extra);
    let (home_score_penalties, away_score_penalties) = both(standing.penalties);
    let (home_score_half, away_score_half) = both(standing.half);
    let competition = fixture.competition;
    let year = competition.season(fixture.day);
    // The season's year is that of its start date, which no generated season moves over new year.
    let season = date(competition.season_days(year).0 + 14)
        .format("%Y")
        .to_string();
    rows.push(&Match {
        source: "football-data",
        match_id: &fixture.id.to_string(),
        competition: Some(competition.name),
        competition_id: Some(&competition.id.to_string()),
        season: Some(&season),
        stage: Some(fixture.stage),
        matchday: fixture.matchday,
        utc_kickoff: Some(nanos(fixture.kickoff)),
        status: standing.status,
        home_team_id: Some(&fixture.home.id.to_string()),
        home_team: Some(&fixture.home.name),
        away_team_id: Some(&fixture.away.id.to_string()),
        away_team: Some(&fixture.away.name),
        home_score,
        away_score,
        home_score_90,
        away_score_90,
        home_score_extra,
        away_score_extra,
        home_score_penalties,
        away_score_penalties,
        home_score_half,
        away_score_half,
        winner: standing.winner.map(|winner| match winner {
            "HOME_TEAM" => "home",
            "AWAY_TEAM" => "away",
            _ => "draw",
        }),
        venue,
    });
}

fn both(goals: Option<Goals>) -> (Option<i64>, Option<i64>) {
    goals.unzip()
}
