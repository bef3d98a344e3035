//! FotMob rows of match details: what each of the three layouts lets a reader know.

use common::tables::{Batch, Document, Match, MatchEvent, MatchLineup, MatchShot, MatchStat, Rows};

use crate::calendar::nanos;
use crate::fotmob::event_text::{other_player, player, react_key, shown, visible_id};
use crate::fotmob::lineup_text::{formation_text, rating};
use crate::fotmob::{
    Era, Event, Figure, Game, Goals, Kick, Member, PERIODS, Role, Value, What, era, figures,
    figures_2020, kicks, members, position, position_id, season, short_position, shots, stadium,
};

use super::fotmob::both;
use super::{Oracle, batches};

impl Oracle {
    /// All rows of the details of some ids, over all tables; none of ids that do not exist.
    pub fn match_details<'a>(
        &'a self,
        ids: impl IntoIterator<Item = u64> + 'a,
    ) -> impl Iterator<Item = Batch> + 'a {
        let games = ids.into_iter().filter_map(|id| self.world.fotmob.game(id));
        batches(games, |rows, game| self.push_details(rows, &game))
    }

    /// Whether an id exists.
    #[must_use]
    pub fn match_exists(&self, id: u64) -> bool {
        self.world.fotmob.game(id).is_some()
    }

    fn push_details(&self, rows: &mut Rows, game: &Game) {
        let now = self.world.options.clock.now();
        let match_id = &*game.id.to_string();
        let of = Of {
            match_id,
            game,
            era: era(game),
            now,
        };
        of.push_match(rows);
        of.push_events(rows);
        if of.era > Era::Y2020 {
            of.push_shots(rows);
        }
        of.push_lineups(rows);
        of.push_stats(rows);
        let body = self.world.fotmob.details(game, now).0;
        rows.push(&Document {
            source: "fotmob",
            dataset: "match_details",
            id: match_id,
            body: &body,
        });
    }
}

/// A match in its layout at an instant.
struct Of<'a> {
    match_id: &'a str,
    game: &'a Game,
    era: Era,
    now: i64,
}

fn side_name(home: bool) -> &'static str {
    if home { "home" } else { "away" }
}

impl Of<'_> {
    /// In 2020 team ids stood in line-ups alone.
    fn team_id(&self, home: bool) -> Option<String> {
        let known = self.era > Era::Y2020 || self.game.standing(self.now).started;
        known.then(|| self.game.team(home).id.to_string())
    }

    /// Goals in 90 minutes and after them, of a match that was played to its end.
    fn parts(&self) -> (Option<Goals>, Option<Goals>) {
        let standing = self.game.standing(self.now);
        if !standing.finished || standing.cancelled {
            return (None, None);
        }
        let goals = self.game.goals(self.now);
        let ninety = goals
            .iter()
            .rev()
            .find(|goal| goal.minute <= 90)
            .map_or((0, 0), |goal| goal.score);
        let extra = (standing.score.0 - ninety.0, standing.score.1 - ninety.1);
        (Some(ninety), (standing.word() != "FT").then_some(extra))
    }

    fn push_match(&self, rows: &mut Rows) {
        let Self {
            match_id,
            game,
            era,
            now,
        } = self;
        let standing = game.standing(*now);
        let round = (*era > Era::Y2020).then_some(&*game.round);
        let matchday = round.and_then(|round| round.parse().ok());
        let season = (*era == Era::Y2023).then(|| season(game));
        let (ninety, extra) = self.parts();
        let (home_score, away_score) = both(standing.started.then_some(standing.score));
        let (home_score_90, away_score_90) = both(ninety);
        let (home_score_extra, away_score_extra) = both(extra);
        // 2020 tells who lost the shoot-out, not by how much.
        let (home_score_penalties, away_score_penalties) =
            both(standing.shootout.filter(|_| *era > Era::Y2020));
        let (home_score_half, away_score_half) = both(game.half_time(*now));
        rows.push(&Match {
            source: "fotmob",
            match_id,
            competition: Some(if *era == Era::Y2023 {
                game.league.competition()
            } else {
                game.league.name
            }),
            competition_id: Some(&game.league.primary_id.to_string()),
            season: season.as_deref(),
            stage: round.filter(|_| matchday.is_none()),
            matchday,
            utc_kickoff: (*era > Era::Y2020).then(|| nanos(game.kickoff)),
            status: standing.word(),
            home_team_id: self.team_id(true).as_deref(),
            home_team: Some(game.home.name),
            away_team_id: self.team_id(false).as_deref(),
            away_team: Some(game.away.name),
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
            winner: standing.winner(),
            venue: Some(&stadium(game)),
        });
    }

    fn push_events(&self, rows: &mut Rows) {
        for event in shown(self.game, self.era, self.now) {
            self.push_event(rows, &event);
        }
        if self.era > Era::Y2020 {
            for kick in kicks(self.game, self.now) {
                self.push_kick(rows, &kick);
            }
        }
    }

    fn push_event(&self, rows: &mut Rows, event: &Event) {
        let id = visible_id(event, self.era).map(|id| id.to_string());
        let (player, other) = (player(self.game, event), other_player(self.game, event));
        // Only goals always say the score; 2024 gives that before every event.
        let tells = self.era == Era::Y2024 || matches!(event.what, What::Goal(_));
        let (home_score, away_score) = both(tells.then_some(event.score));
        rows.push(&MatchEvent {
            source: "fotmob",
            match_id: self.match_id,
            event_id: &id.unwrap_or_else(|| react_key(self.game, self.era, event)),
            event_type: event.what.word(),
            minute: Some(event.minute),
            added: event.added,
            side: event.home.map(side_name),
            team_id: event.home.and_then(|home| self.team_id(home)).as_deref(),
            player_id: player
                .as_ref()
                .map(|player| player.id.to_string())
                .as_deref(),
            player: player.as_ref().map(|player| player.name()).as_deref(),
            other_player_id: other
                .as_ref()
                .map(|player| player.id.to_string())
                .as_deref(),
            other_player: other.as_ref().map(|player| player.name()).as_deref(),
            home_score,
            away_score,
            detail: self.detail(event).as_deref(),
        });
    }

    fn detail(&self, event: &Event) -> Option<String> {
        let old = self.era == Era::Y2020;
        Some(match event.what {
            What::Card { colour, .. } => colour.to_owned(),
            What::Goal(goal) if goal.own => "own_goal".to_owned(),
            What::Goal(goal) if goal.penalty => if old { "Penalty" } else { "penalty" }.to_owned(),
            What::AddedTime(minutes) => {
                format!("+{}{minutes} minutes added", if old { "" } else { " " })
            }
            What::Half(short) => short.to_owned(),
            What::Substitution { injured: true, .. } if !old => "injury".to_owned(),
            What::Goal(_) | What::Substitution { .. } => return None,
        })
    }

    fn push_kick(&self, rows: &mut Rows, kick: &Kick) {
        let player = self.game.team(kick.home).player(kick.player);
        rows.push(&MatchEvent {
            source: "fotmob",
            match_id: self.match_id,
            event_id: &kick.id.to_string(),
            event_type: "PenaltyShootout",
            minute: Some(120),
            added: None,
            side: Some(side_name(kick.home)),
            team_id: self.team_id(kick.home).as_deref(),
            player_id: Some(&player.id.to_string()),
            player: Some(&player.name()),
            other_player_id: None,
            other_player: None,
            home_score: None,
            away_score: None,
            detail: Some(if kick.scored { "Goal" } else { "MissedPenalty" }),
        });
    }

    fn push_shots(&self, rows: &mut Rows) {
        for shot in shots(self.game, self.now) {
            let team = self.game.team(shot.home);
            let player = team.player(shot.player);
            rows.push(&MatchShot {
                source: "fotmob",
                match_id: self.match_id,
                shot_id: &shot.id.to_string(),
                outcome: shot.outcome,
                minute: Some(shot.minute),
                added: shot.added,
                period: Some(shot.period),
                team_id: Some(&team.id.to_string()),
                player_id: Some(&player.id.to_string()),
                player: Some(&player.name()),
                x: Some(shot.x),
                y: Some(shot.y),
                xg: Some(shot.xg),
                xgot: shot.xgot,
                on_target: Some(shot.on_target && !shot.blocked),
                blocked: Some(shot.blocked),
                own_goal: Some(shot.own_goal),
                situation: Some(shot.situation),
                body_part: Some(shot.body_part),
            });
        }
    }

    fn push_lineups(&self, rows: &mut Rows) {
        // What is printed before kick-off is a guess.
        if !self.game.standing(self.now).started {
            return;
        }
        for home in [true, false] {
            let listed =
                |member: &Member| self.era > Era::Y2020 || member.role != Role::Unavailable;
            for member in members(self.game, home).into_iter().filter(listed) {
                self.push_member(rows, home, &member);
            }
        }
    }

    fn push_member(&self, rows: &mut Rows, home: bool, member: &Member) {
        let team = self.game.team(home);
        let player = team.player(member.number);
        let plays = matches!(member.role, Role::Starter | Role::Bench);
        rows.push(&MatchLineup {
            source: "fotmob",
            match_id: self.match_id,
            team_id: &team.id.to_string(),
            player_id: &player.id.to_string(),
            player: Some(&player.name()),
            side: Some(side_name(home)),
            role: match member.role {
                Role::Starter => "starter",
                Role::Bench => "bench",
                Role::Coach => "coach",
                Role::Unavailable => "unavailable",
            },
            formation: Some(&formation_text(self.game, home, self.era)),
            shirt_number: plays.then(|| member.shirt.to_string()).as_deref(),
            position: self.position(member).as_deref(),
            rating: member
                .rating
                .map(|tenths| rating(tenths, self.era))
                .as_deref(),
        });
    }

    fn position(&self, member: &Member) -> Option<String> {
        match (self.era, member.role) {
            (_, Role::Unavailable) => None,
            (Era::Y2024, Role::Starter) => Some(position_id(member).to_string()),
            (Era::Y2024, _) => None,
            (Era::Y2023, Role::Starter) => Some(short_position(member).to_owned()),
            _ => Some(position(member).to_owned()),
        }
    }

    fn push_stats(&self, rows: &mut Rows) {
        if self.era == Era::Y2020 {
            for figure in figures_2020(self.game, self.now) {
                self.push_figure(rows, "All", figure.title, &figure);
            }
            return;
        }
        for period in PERIODS {
            for figure in figures(self.game, self.now, period) {
                self.push_figure(rows, period, figure.key, &figure);
            }
        }
    }

    fn push_figure(&self, rows: &mut Rows, period: &str, stat: &str, figure: &Figure) {
        for (home, value) in [true, false].into_iter().zip(&figure.values) {
            let (value, number) = match value {
                Value::Number(number) => (Some(number.to_string()), Some(*number as f64)),
                Value::Text(text, number) => (Some(text.clone()), *number),
                Value::Nothing => (None, None),
            };
            rows.push(&MatchStat {
                source: "fotmob",
                match_id: self.match_id,
                period,
                stat,
                side: side_name(home),
                value: value.as_deref(),
                number,
            });
        }
    }
}
