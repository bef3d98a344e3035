//! Events of a match: `content.matchFacts.events`.
//!
//! `newScore` of a goal is the score after it; `homeScore` and `awayScore` of any event are those
//! before it. Kicks of a shoot-out are listed as goals too: they become `PenaltyShootout` events
//! without a score. Of a substitution, the first player comes on, the second goes off.

use std::borrow::Cow;
use std::collections::HashMap;

use common::tables::{MatchEvent, Rows};
use serde::Deserialize;

use super::NAME;
use super::details::{Context, side_name};
use super::result::Goals;
use super::text::{Label, id_in_link, integer, text};
use crate::json::{Maybe, Word};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Events<'a> {
    #[serde(default, borrow)]
    events: Maybe<Vec<Event<'a>>>,
    #[serde(default, borrow)]
    penalty_shootout_events: Maybe<Vec<Event<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(default, borrow)]
    event_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    react_key: Option<Word<'a>>,
    #[serde(rename = "type", borrow)]
    kind: Word<'a>,
    #[serde(default, borrow)]
    time: Option<Word<'a>>,
    #[serde(default, borrow)]
    overload_time: Option<Word<'a>>,
    #[serde(default)]
    is_home: Option<bool>,
    #[serde(default, borrow)]
    player: Maybe<Person<'a>>,
    #[serde(default, borrow)]
    player_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name_str: Option<Word<'a>>,
    #[serde(default, borrow)]
    profile_url: Option<Word<'a>>,
    #[serde(default, borrow)]
    swap: Maybe<Vec<Person<'a>>>,
    #[serde(default)]
    new_score: Maybe<Vec<Option<i64>>>,
    #[serde(default)]
    home_score: Option<i64>,
    #[serde(default)]
    away_score: Option<i64>,
    #[serde(default)]
    own_goal: Option<bool>,
    #[serde(default, borrow)]
    goal_description_key: Option<Word<'a>>,
    #[serde(default, borrow)]
    goal_description: Option<Word<'a>>,
    #[serde(default)]
    is_penalty_shootout_event: Option<bool>,
    #[serde(default, borrow)]
    assist_player_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    assist_input: Option<Word<'a>>,
    #[serde(default, borrow)]
    assist_str: Option<Word<'a>>,
    #[serde(default, borrow)]
    assist_profile_url: Option<Word<'a>>,
    #[serde(default, borrow)]
    card: Option<Word<'a>>,
    #[serde(default, borrow)]
    minutes_added_str: Option<Word<'a>>,
    #[serde(default, borrow)]
    half_str_short: Option<Word<'a>>,
    #[serde(default)]
    injured_player_out: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default, borrow)]
    name: Label<'a>,
    #[serde(default, borrow)]
    profile_url: Option<Word<'a>>,
}

/// The id and the name of somebody.
type Who<'a> = (Option<&'a str>, Option<&'a str>);

impl Person<'_> {
    fn who(&self) -> Who<'_> {
        (
            text(&self.id).or(text(&self.profile_url).and_then(id_in_link)),
            self.name.as_str(),
        )
    }
}

impl Event<'_> {
    fn is_goal(&self) -> bool {
        self.kind.as_str() == "Goal"
    }

    /// 2020 has no names but this one, with what kind of goal it was: `Kevin Doe, Penalty`.
    fn named(&self) -> (Option<&str>, Option<&str>) {
        match text(&self.name_str).map(|text| text.split_once(", ").ok_or(text)) {
            Some(Ok((name, kind))) => (Some(name), Some(kind)),
            Some(Err(name)) => (Some(name), None),
            None => (None, None),
        }
    }

    fn player(&self) -> Who<'_> {
        if let Some(comes_on) = self.swap.all().first() {
            return comes_on.who();
        }
        let (id, name) = self.player.as_ref().map_or((None, None), Person::who);
        let linked = || text(&self.profile_url).and_then(id_in_link);
        (
            id.or(text(&self.player_id)).or_else(linked),
            name.or(self.named().0),
        )
    }

    fn other_player(&self) -> Who<'_> {
        if let Some(goes_off) = self.swap.all().get(1) {
            return goes_off.who();
        }
        let in_words = || {
            text(&self.assist_str).map(|words| words.strip_prefix("assist by ").unwrap_or(words))
        };
        let linked = || text(&self.assist_profile_url).and_then(id_in_link);
        (
            text(&self.assist_player_id).or_else(linked),
            text(&self.assist_input).or_else(in_words),
        )
    }

    fn score_after(&self) -> Option<Goals> {
        let after = match self.new_score.all() {
            [Some(home), Some(away)] => Some((*home, *away)),
            _ => None,
        };
        let unchanged = || {
            self.home_score
                .zip(self.away_score)
                .filter(|_| !self.is_goal())
        };
        after.or_else(unchanged)
    }

    fn detail(&self) -> Option<&str> {
        let own_goal = || (self.own_goal == Some(true)).then_some("own_goal");
        let injury = || (self.injured_player_out == Some(true)).then_some("injury");
        text(&self.card)
            .or_else(own_goal)
            .or(text(&self.goal_description_key))
            .or(text(&self.goal_description))
            .or(text(&self.minutes_added_str))
            .or(text(&self.half_str_short))
            .or_else(injury)
            .or_else(|| self.named().1.filter(|_| self.is_goal()))
    }

    /// The vendor's id, else its key in the page, which does not move when earlier events are
    /// added later, else the place in the list.
    fn id(&self, place: usize) -> Cow<'_, str> {
        text(&self.event_id)
            .or(text(&self.react_key))
            .map_or_else(|| Cow::Owned(place.to_string()), Cow::Borrowed)
    }
}

/// The events in the vendor's order, the shoot-out last.
#[derive(Debug)]
pub(super) struct Timeline<'e, 'a> {
    known: bool,
    /// Each with whether it belongs to a shoot-out.
    events: Vec<(&'e Event<'a>, bool)>,
}

impl<'e, 'a> Timeline<'e, 'a> {
    pub(super) fn of(events: Option<&'e Events<'a>>) -> Self {
        let Some(events) = events else {
            return Self {
                known: false,
                events: Vec::new(),
            };
        };
        let played = events
            .events
            .all()
            .iter()
            .map(|event| (event, event.is_penalty_shootout_event == Some(true)));
        let shot_out = events
            .penalty_shootout_events
            .all()
            .iter()
            .map(|event| (event, true));
        Self {
            known: true,
            events: played.chain(shot_out).collect(),
        }
    }

    /// The score after a minute of play, of a match that ended with `total`; nothing when the
    /// goals listed do not lead to that total.
    pub(super) fn score_at(&self, minute: i64, total: Goals) -> Option<Goals> {
        let goals: Vec<_> = self
            .events
            .iter()
            .filter(|(event, shot_out)| event.is_goal() && !shot_out)
            .collect();
        let last = goals
            .last()
            .map_or(Some((0, 0)), |(event, _)| event.score_after())?;
        if !self.known || last != total {
            return None;
        }
        let until = goals
            .iter()
            .rev()
            .find(|(event, _)| integer(&event.time).is_some_and(|time| time <= minute));
        until.map_or(Some((0, 0)), |(event, _)| event.score_after())
    }

    pub(super) fn push(&self, context: Context<'_>, rows: &mut Rows) {
        let mut times_seen: HashMap<Cow<'_, str>, usize> = HashMap::new();
        for (place, (event, shot_out)) in self.events.iter().enumerate() {
            let id = event.id(place);
            let seen = times_seen.entry(id.clone()).or_default();
            *seen += 1;
            // A kick of a shoot-out may stand in both lists under one id.
            if *seen > 1 && event.event_id.is_some() {
                continue;
            }
            let id = if *seen > 1 {
                Cow::Owned(format!("{id}#{seen}"))
            } else {
                id
            };
            push(context, event, *shot_out, &id, rows);
        }
    }
}

fn push(context: Context<'_>, event: &Event<'_>, shot_out: bool, event_id: &str, rows: &mut Rows) {
    let (player_id, player) = event.player();
    let (other_player_id, other_player) = event.other_player();
    let score = event.score_after().filter(|_| !shot_out);
    rows.push(&MatchEvent {
        source: NAME,
        match_id: context.match_id,
        event_id,
        event_type: if shot_out {
            "PenaltyShootout"
        } else {
            event.kind.as_str()
        },
        minute: integer(&event.time),
        added: integer(&event.overload_time),
        side: event.is_home.map(side_name),
        team_id: event.is_home.and_then(|is_home| context.team_id(is_home)),
        player_id,
        player,
        other_player_id,
        other_player,
        home_score: score.map(|goals| goals.0),
        away_score: score.map(|goals| goals.1),
        detail: if shot_out {
            Some(event.kind.as_str())
        } else {
            event.detail()
        },
    });
}
