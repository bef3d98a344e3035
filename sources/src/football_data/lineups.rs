//! Teams of a match of football-data.org, with their line-ups and figures.
//!
//! Both stand within `homeTeam` and `awayTeam`, on plans that have them. While a tie is undrawn a
//! team is null, or its id and name are.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use common::tables::{MatchLineup, MatchStat, Rows};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::NAME;
use super::words::text;
use crate::json::{self, Maybe, Word};

/// The vendor has figures of the whole match only.
const WHOLE_MATCH: &str = "All";

#[derive(Debug, Default)]
pub(super) struct Team<'a> {
    pub(super) id: Option<Word<'a>>,
    pub(super) name: Option<Word<'a>>,
    formation: Option<Word<'a>>,
    coach: Maybe<Player<'a>>,
    lineup: Maybe<Vec<Player<'a>>>,
    bench: Maybe<Vec<Player<'a>>>,
    statistics: Maybe<BTreeMap<Cow<'a, str>, &'a RawValue>>,
}

/// As it stands in a reply, where it may also be null.
#[derive(Debug, Deserialize)]
struct Given<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    formation: Option<Word<'a>>,
    #[serde(default, borrow)]
    coach: Maybe<Player<'a>>,
    #[serde(default, borrow)]
    lineup: Maybe<Vec<Player<'a>>>,
    #[serde(default, borrow)]
    bench: Maybe<Vec<Player<'a>>>,
    #[serde(default, borrow)]
    statistics: Maybe<BTreeMap<Cow<'a, str>, &'a RawValue>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Player<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    position: Option<Word<'a>>,
    #[serde(default, borrow)]
    shirt_number: Option<Word<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Team<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Option::<Given<'a>>::deserialize(deserializer)?;
        Ok(given.map_or_else(Self::default, |given| Self {
            id: given.id,
            name: given.name,
            formation: given.formation,
            coach: given.coach,
            lineup: given.lineup,
            bench: given.bench,
            statistics: given.statistics,
        }))
    }
}

impl Team<'_> {
    pub(super) fn push(&self, match_id: &str, side: &'static str, rows: &mut Rows) {
        self.push_players(match_id, side, rows);
        for (stat, value) in self.statistics.as_ref().into_iter().flatten() {
            // Without the figures there is a message in their place.
            let value = json::digits(value);
            if let Some(number) = value.parse::<f64>().ok().filter(|_| value != "null") {
                rows.push(&MatchStat {
                    source: NAME,
                    match_id,
                    period: WHOLE_MATCH,
                    stat,
                    side,
                    value: Some(value),
                    number: Some(number),
                });
            }
        }
    }

    fn push_players(&self, match_id: &str, side: &'static str, rows: &mut Rows) {
        let coach = self.coach.as_ref().into_iter();
        let roles = [("starter", &self.lineup), ("bench", &self.bench)];
        let players = roles
            .into_iter()
            .flat_map(|(role, players)| players.all().iter().map(move |player| (role, player)))
            .chain(coach.map(|coach| ("coach", coach)));
        let mut seen = HashSet::new();
        for (role, player) in players {
            // Some plans show a coach without anything in it.
            let Some(player_id) = text(&player.id).or(text(&player.name)) else {
                continue;
            };
            if !seen.insert(player_id) {
                continue;
            }
            rows.push(&MatchLineup {
                source: NAME,
                match_id,
                team_id: text(&self.id).unwrap_or(side),
                player_id,
                player: text(&player.name),
                side: Some(side),
                role,
                formation: text(&self.formation),
                shirt_number: text(&player.shirt_number),
                position: text(&player.position),
                rating: None,
            });
        }
    }
}
