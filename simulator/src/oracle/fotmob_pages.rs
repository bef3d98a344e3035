//! FotMob rows of pages: the matches of a league, and documents.

use common::tables::{Batch, Document, Match, Rows};

use crate::calendar::nanos;
use crate::fotmob::{Game, League};

use super::fotmob::both;
use super::{Oracle, batches};

impl Oracle {
    /// All rows of a league in the season that starts in `year`, asked for as `2023/2024`: its
    /// matches and the document.
    pub fn fotmob_league(&self, id: u64, year: i32) -> impl Iterator<Item = Batch> + '_ {
        let now = self.world.options.clock.now();
        let season = format!("{year}/{}", year + 1);
        let league = self.world.fotmob.league(id, year);
        let games = league
            .into_iter()
            .flat_map(|(league, games)| games.into_iter().map(move |game| (league, game)));
        let matches = batches(games, {
            let season = season.clone();
            move |rows, (league, game)| push(rows, league, &game, &season, now)
        });
        let page = self.world.fotmob.league_page(id, Some(&season), now);
        let document = batches(page.into_iter(), move |rows, page| {
            rows.push(&Document {
                source: "fotmob",
                dataset: "league",
                id: &format!("{id}@{season}"),
                body: &page.0,
            });
        });
        matches.chain(document)
    }

    /// The document of a team.
    pub fn fotmob_team(&self, id: u64) -> impl Iterator<Item = Batch> + '_ {
        let page = self.world.fotmob.team_page(id);
        batches(page.into_iter(), move |rows, page| {
            rows.push(&Document {
                source: "fotmob",
                dataset: "team",
                id: &id.to_string(),
                body: &page.0,
            });
        })
    }

    /// The document of all leagues.
    pub fn fotmob_all_leagues(&self) -> impl Iterator<Item = Batch> + '_ {
        let page = self.world.fotmob.all_leagues();
        batches(std::iter::once(page), |rows, page| {
            rows.push(&Document {
                source: "fotmob",
                dataset: "all_leagues",
                id: "all",
                body: &page.0,
            });
        })
    }
}

fn push(rows: &mut Rows, league: &League, game: &Game, season: &str, now: i64) {
    let standing = game.standing(now);
    let score = standing.started.then_some(standing.score);
    let matchday = game.round.parse().ok();
    let (home_score, away_score) = both(score);
    let (home_score_90, away_score_90) = both(score.filter(|_| standing.word() == "FT"));
    let (home_score_penalties, away_score_penalties) = both(standing.shootout);
    rows.push(&Match {
        source: "fotmob",
        match_id: &game.id.to_string(),
        competition: Some(league.competition()),
        competition_id: Some(&league.primary_id.to_string()),
        season: Some(season),
        stage: matchday.is_none().then_some(&*game.round),
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
}
