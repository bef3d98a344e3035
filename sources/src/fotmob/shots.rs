//! Shots of a match: `content.shotmap.shots`.
//!
//! The same shots appear in half a dozen other places of a reply; only this list is read. The
//! vendor calls blocked shots "on target" as well, its own figures do not. Kicks of a shoot-out
//! keep their period, `PenaltyShootout`, so that sums can leave them out.

use std::collections::HashSet;

use common::tables::{MatchShot, Rows};
use serde::Deserialize;

use super::NAME;
use super::details::Context;
use super::text::{integer, text};
use crate::json::{Maybe, Word};

#[derive(Debug, Deserialize)]
pub(super) struct Shotmap<'a> {
    #[serde(default, borrow)]
    shots: Maybe<Vec<Shot<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shot<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(borrow)]
    event_type: Word<'a>,
    #[serde(default, borrow)]
    team_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    player_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    player_name: Option<Word<'a>>,
    #[serde(default)]
    x: Option<f64>,
    #[serde(default)]
    y: Option<f64>,
    #[serde(default, borrow)]
    min: Option<Word<'a>>,
    #[serde(default, borrow)]
    min_added: Option<Word<'a>>,
    #[serde(default)]
    is_blocked: Option<bool>,
    #[serde(default)]
    is_on_target: Option<bool>,
    #[serde(default)]
    expected_goals: Option<f64>,
    #[serde(default)]
    expected_goals_on_target: Option<f64>,
    #[serde(default, borrow)]
    shot_type: Option<Word<'a>>,
    #[serde(default, borrow)]
    situation: Option<Word<'a>>,
    #[serde(default, borrow)]
    period: Option<Word<'a>>,
    #[serde(default)]
    is_own_goal: Option<bool>,
}

impl Shotmap<'_> {
    pub(super) fn push(&self, context: Context<'_>, rows: &mut Rows) {
        let mut seen = HashSet::new();
        for shot in self
            .shots
            .all()
            .iter()
            .filter(|shot| seen.insert(shot.id.as_str()))
        {
            rows.push(&MatchShot {
                source: NAME,
                match_id: context.match_id,
                shot_id: shot.id.as_str(),
                outcome: shot.event_type.as_str(),
                minute: integer(&shot.min),
                added: integer(&shot.min_added),
                period: text(&shot.period),
                team_id: text(&shot.team_id),
                player_id: text(&shot.player_id),
                player: text(&shot.player_name),
                x: shot.x,
                y: shot.y,
                xg: shot.expected_goals,
                xgot: shot.expected_goals_on_target,
                on_target: shot
                    .is_on_target
                    .map(|on_target| on_target && shot.is_blocked != Some(true)),
                blocked: shot.is_blocked,
                own_goal: shot.is_own_goal,
                situation: text(&shot.situation),
                body_part: text(&shot.shot_type),
            });
        }
    }
}
