//! football-data rows of seasons: matches, tables, scorers and teams; and documents.

use chrono::Datelike;
use common::tables::{Batch, Document, Rows, Scorer, Standing, Team};

use crate::calendar::date;
use crate::football_data::{Competition, Place, TEAMS, Table, scorers, tables};

use super::{Oracle, batches};

/// A season of a competition, as rows name it.
struct Season {
    competition: &'static Competition,
    id: String,
    year: String,
}

impl Season {
    fn of(name: &str, year: i32) -> Option<Self> {
        let (_, competition) = Competition::named(name)?;
        // The year of the start date, which no generated season moves over new year.
        let first = date(competition.season_days(year).0 + 14);
        Some(Self {
            competition,
            id: competition.id.to_string(),
            year: first.year().to_string(),
        })
    }
}

impl Oracle {
    /// All matches of a season of a competition (an id or a code).
    pub fn football_season(&self, name: &str, year: i32) -> impl Iterator<Item = Batch> + '_ {
        let found = Competition::named(name);
        let season = found.map(|(_, of)| self.world.football_data.season(of, year));
        self.football_listed(season.unwrap_or_default())
    }

    /// The tables of a season, as they stand now.
    pub fn football_standings(&self, name: &str, year: i32) -> impl Iterator<Item = Batch> + '_ {
        let now = self.world.options.clock.now();
        batches(Season::of(name, year).into_iter(), move |rows, season| {
            let fixtures = self.world.football_data.season(season.competition, year);
            for table in tables(season.competition, &fixtures, now) {
                for (above, place) in table.places.iter().enumerate() {
                    push_place(rows, &season, &table, above, place);
                }
            }
        })
    }

    /// The best scorers of a season.
    pub fn football_scorers(
        &self,
        name: &str,
        year: i32,
        limit: usize,
    ) -> impl Iterator<Item = Batch> + '_ {
        let now = self.world.options.clock.now();
        batches(Season::of(name, year).into_iter(), move |rows, season| {
            let fixtures = self.world.football_data.season(season.competition, year);
            for scorer in scorers(&fixtures, limit, now) {
                rows.push(&Scorer {
                    source: "football-data",
                    competition_id: &season.id,
                    competition: Some(season.competition.name),
                    season: &season.year,
                    player_id: &scorer.player.id.to_string(),
                    player: Some(&scorer.player.name),
                    team_id: &scorer.team.id.to_string(),
                    team: Some(&scorer.team.name),
                    played: None,
                    goals: Some(scorer.goals),
                    assists: scorer.assists,
                    penalties: scorer.penalties,
                    nationality: Some(season.competition.area.1),
                });
            }
        })
    }

    /// The teams of a season.
    pub fn football_teams(&self, name: &str, year: i32) -> impl Iterator<Item = Batch> + '_ {
        batches(Season::of(name, year).into_iter(), move |rows, season| {
            for team in (0..TEAMS).map(|number| season.competition.team(number)) {
                rows.push(&Team {
                    source: "football-data",
                    competition_id: &season.id,
                    season: &season.year,
                    team_id: &team.id.to_string(),
                    name: Some(&team.name),
                    short_name: Some(team.short_name),
                    tla: team.tla.as_deref(),
                    venue: team.venue().as_deref(),
                    address: Some(&team.address()),
                    website: team.website().as_deref(),
                    founded: team.founded(),
                    country: Some(season.competition.area.1),
                });
            }
        })
    }

    /// A document of `dataset` under `id`: what is served below `/v4/<kind>`, of that name, or the
    /// list without one.
    pub fn football_document(
        &self,
        dataset: &'static str,
        id: &str,
        kind: &str,
        name: Option<&str>,
    ) -> impl Iterator<Item = Batch> + '_ {
        let body = self.world.football_data.document(kind, name);
        let id = id.to_owned();
        batches(body.into_iter(), move |rows, body| {
            rows.push(&Document {
                source: "football-data",
                dataset,
                id: &id,
                body: &body.0,
            });
        })
    }
}

fn push_place(rows: &mut Rows, season: &Season, table: &Table, above: usize, place: &Place) {
    rows.push(&Standing {
        source: "football-data",
        competition_id: &season.id,
        competition: Some(season.competition.name),
        season: &season.year,
        stage: table.stage,
        kind: table.kind,
        group: table.group.as_deref().unwrap_or_default(),
        team_id: &place.team.id.to_string(),
        team: Some(&place.team.name),
        position: Some(above as i64 + 1),
        played: Some(place.played()),
        won: Some(place.won),
        draw: Some(place.draw),
        lost: Some(place.lost),
        goals_for: Some(place.goals.0),
        goals_against: Some(place.goals.1),
        goal_difference: Some(place.difference()),
        points: Some(place.points()),
        form: place.form.as_deref(),
    });
}
