//! Line-ups of a match: `content.lineup`.
//!
//! Until 2024 a list of two teams with rows of players, since then one object per team. The side
//! is that of the team: `isHomeTeam` of a player is wrong for coaches and absentees. A predicted
//! line-up is a guess and is left out.

use std::collections::HashSet;
use std::fmt;

use common::tables::{MatchLineup, Rows};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::NAME;
use super::details::{Context, side_name};
use super::text::{Label, text};
use crate::json::{Maybe, Word};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lineup<'a> {
    #[serde(default, borrow)]
    lineup_type: Option<Word<'a>>,
    /// Both teams, home first, in the older layouts.
    #[serde(default, borrow)]
    lineup: Maybe<Vec<Listed<'a>>>,
    #[serde(default, borrow)]
    home_team: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    away_team: Maybe<Named<'a>>,
}

/// A team of the older layouts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(default, borrow)]
    team_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    team_name: Option<Word<'a>>,
    #[serde(default, borrow)]
    lineup: Option<Word<'a>>,
    #[serde(default, borrow)]
    players: Players<'a>,
    #[serde(default, borrow)]
    bench: Players<'a>,
    #[serde(default, borrow)]
    coach: Players<'a>,
    /// Those of both teams, a list each, in either team.
    #[serde(default, borrow)]
    non_available_players: Maybe<Vec<Players<'a>>>,
}

/// A team since 2024.
#[derive(Debug, Deserialize)]
struct Named<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Option<Word<'a>>,
    #[serde(default, borrow)]
    formation: Option<Word<'a>>,
    #[serde(default, borrow)]
    starters: Players<'a>,
    #[serde(default, borrow)]
    subs: Players<'a>,
    #[serde(default, borrow)]
    coach: Players<'a>,
    #[serde(default, borrow)]
    unavailable: Players<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Player<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Label<'a>,
    #[serde(default, borrow)]
    shirt: Option<Word<'a>>,
    #[serde(default, borrow)]
    shirt_number: Option<Word<'a>>,
    #[serde(default, borrow)]
    position_string_short: Option<Word<'a>>,
    #[serde(default, borrow)]
    role: Option<Word<'a>>,
    #[serde(default, borrow)]
    position_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    rating: Maybe<Rating<'a>>,
    #[serde(default, borrow)]
    performance: Maybe<Performance<'a>>,
}

#[derive(Debug, Deserialize)]
struct Rating<'a> {
    #[serde(default, borrow)]
    num: Option<Word<'a>>,
}

#[derive(Debug, Deserialize)]
struct Performance<'a> {
    #[serde(default, borrow)]
    rating: Option<Word<'a>>,
}

impl Player<'_> {
    fn rating(&self) -> Option<&str> {
        let older = self.rating.as_ref().and_then(|rating| text(&rating.num));
        older.or_else(|| text(&self.performance.as_ref()?.rating))
    }
}

/// Players, one alone or in lists of any depth.
#[derive(Debug, Default)]
struct Players<'a>(Vec<Player<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Players<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlayersVisitor)
    }
}

struct PlayersVisitor;

impl<'de> Visitor<'de> for PlayersVisitor {
    type Value = Players<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("players")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Players::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Player::deserialize(MapAccessDeserializer::new(map)).map(|player| Players(vec![player]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Players(some)) = seq.next_element()? {
            all.extend(some);
        }
        Ok(Players(all))
    }
}

/// A team in either layout.
struct Team<'l, 'a> {
    id: Option<&'l str>,
    name: Option<&'l str>,
    formation: Option<&'l str>,
    roles: [(&'static str, &'l [Player<'a>]); 4],
}

impl<'a> Lineup<'a> {
    fn team(&self, is_home: bool) -> Option<Team<'_, 'a>> {
        let place = usize::from(!is_home);
        let named = if is_home {
            self.home_team.as_ref()
        } else {
            self.away_team.as_ref()
        };
        named
            .map(Named::team)
            .or_else(|| self.lineup.all().get(place).map(|team| team.team(place)))
    }

    /// The id of the team in that place, where its name is the one given.
    pub(super) fn team_id(&self, is_home: bool, name: Option<&str>) -> Option<&str> {
        self.team(is_home).filter(|team| team.name == name)?.id
    }

    pub(super) fn push(&self, context: Context<'_>, rows: &mut Rows) {
        if text(&self.lineup_type) == Some("predicted") {
            return;
        }
        for is_home in [true, false] {
            if let Some(team) = self.team(is_home) {
                team.push(context, is_home, rows);
            }
        }
    }
}

impl<'a> Listed<'a> {
    fn team(&self, place: usize) -> Team<'_, 'a> {
        let unavailable = self.non_available_players.all();
        let own = if unavailable.len() == 2 {
            unavailable.get(place)
        } else {
            unavailable.first()
        };
        Team {
            id: text(&self.team_id),
            name: text(&self.team_name),
            formation: text(&self.lineup),
            roles: [
                ("starter", &self.players.0),
                ("bench", &self.bench.0),
                ("coach", &self.coach.0),
                ("unavailable", own.map_or(&[], |players| &players.0)),
            ],
        }
    }
}

impl<'a> Named<'a> {
    fn team(&self) -> Team<'_, 'a> {
        Team {
            id: text(&self.id),
            name: text(&self.name),
            formation: text(&self.formation),
            roles: [
                ("starter", &self.starters.0),
                ("bench", &self.subs.0),
                ("coach", &self.coach.0),
                ("unavailable", &self.unavailable.0),
            ],
        }
    }
}

impl Team<'_, '_> {
    fn push(&self, context: Context<'_>, is_home: bool, rows: &mut Rows) {
        let team_id = self
            .id
            .or(context.team_id(is_home))
            .or(self.name)
            .unwrap_or(side_name(is_home));
        let mut seen = HashSet::new();
        for (role, players) in self.roles {
            for player in players {
                let Some(player_id) = text(&player.id).or(player.name.as_str()) else {
                    continue;
                };
                if !seen.insert(player_id) {
                    continue;
                }
                rows.push(&MatchLineup {
                    source: NAME,
                    match_id: context.match_id,
                    team_id,
                    player_id,
                    player: player.name.as_str(),
                    side: Some(side_name(is_home)),
                    role,
                    formation: self.formation,
                    shirt_number: text(&player.shirt_number).or(text(&player.shirt)),
                    position: text(&player.position_string_short)
                        .or(text(&player.role))
                        .or(text(&player.position_id)),
                    rating: player.rating(),
                });
            }
        }
    }
}
