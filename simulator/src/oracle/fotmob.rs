//! FotMob rows of lists by date: no score before kick-off, kicks of a shoot-out apart.

use chrono::{DateTime, Utc};
use common::tables::{Batch, Match};

use crate::calendar::{DAY, nanos};
use crate::fotmob::Goals;

use super::{Oracle, batches};

impl Oracle {
    /// Matches that kick off from `from` up to, not including, `to`, as lists by date have them.
    pub fn fotmob_matches(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + '_ {
        let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
        let now = self.world.options.clock.now();
        let days = from.div_euclid(DAY)..(to + DAY - 1).div_euclid(DAY);
        let games = self
            .world
            .fotmob
            .games(days)
            .filter(move |game| (from..to).contains(&game.kickoff));
        batches(games, move |rows, game| {
            let standing = game.standing(now);
            let score = standing.started.then_some(standing.score);
            let matchday = game.round.parse().ok();
            let group = game.league.group.map(|(_, letter)| letter);
            let (home_score, away_score) = both(score);
            let (home_score_90, away_score_90) = both(score.filter(|_| standing.word() == "FT"));
            let (home_score_penalties, away_score_penalties) = both(standing.shootout);
            rows.push(&Match {
                source: "fotmob",
                match_id: &game.id.to_string(),
                competition: Some(game.league.competition()),
                competition_id: Some(&game.league.primary_id.to_string()),
                season: None,
                stage: if matchday.is_none() {
                    Some(&game.round)
                } else {
                    group
                },
                matchday,
                utc_kickoff: Some(nanos(game.kickoff)),
                status: standing.word(),
                home_team_id: Some(&game.home.id.to_string()),
                home_team: Some(game.home.name),
                away_team_id: Some(&game.away.id.to_string()),
                away_team: Some(game.away.name),
                home_score,
                away_score,
                home_score_90,
                away_score_90,
                home_score_extra: None,
                away_score_extra: None,
                home_score_penalties,
                away_score_penalties,
                home_score_half: None,
                away_score_half: None,
                winner: standing.winner(),
                venue: None,
            });
        })
    }
}

pub(super) fn both(goals: Option<Goals>) -> (Option<i64>, Option<i64>) {
    goals.unzip()
}
