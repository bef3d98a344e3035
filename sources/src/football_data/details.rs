//! One match of football-data.org: `GET /v4/matches/ID`.
//!
//! Plans without the detail leave it out: then the match is all there is. Nothing that happens has
//! an id, so each list counts its own (`goal-1`). The vendor lists a penalty twice that was taken
//! once: of the same player, team and end one is kept (who scored two of them has two goals).

use std::collections::HashSet;

use common::tables::{MatchEvent, Rows};
use serde::Deserialize;

use super::NAME;
use super::lineups::Team;
use super::matches::Recorded;
use super::score;
use super::words::{Named, integer, text};
use crate::ask::{Next, ParseError};
use crate::json::{self, Maybe, Word};
use crate::source::Reply;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Goal<'a> {
    #[serde(default, borrow)]
    minute: Option<Word<'a>>,
    #[serde(default, borrow)]
    injury_time: Option<Word<'a>>,
    #[serde(default, rename = "type", borrow)]
    kind: Option<Word<'a>>,
    #[serde(default, borrow)]
    team: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    scorer: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    assist: Maybe<Named<'a>>,
    #[serde(default)]
    score: Option<score::Goals>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Booking<'a> {
    #[serde(default, borrow)]
    minute: Option<Word<'a>>,
    #[serde(default, borrow)]
    injury_time: Option<Word<'a>>,
    #[serde(default, borrow)]
    team: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    player: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    card: Option<Word<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Substitution<'a> {
    #[serde(default, borrow)]
    minute: Option<Word<'a>>,
    #[serde(default, borrow)]
    injury_time: Option<Word<'a>>,
    #[serde(default, borrow)]
    team: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    player_out: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    player_in: Maybe<Named<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Penalty<'a> {
    #[serde(default, borrow)]
    player: Maybe<Named<'a>>,
    #[serde(default, borrow)]
    team: Maybe<Named<'a>>,
    #[serde(default)]
    scored: Option<bool>,
}

/// The id and the name of somebody.
type Who<'a> = (Option<&'a str>, Option<&'a str>);

/// An event as it will stand in its row.
#[derive(Debug, Default)]
struct Event<'e> {
    kind: &'static str,
    /// Its place in its list, from 1.
    number: usize,
    minute: Option<i64>,
    added: Option<i64>,
    team_id: Option<&'e str>,
    player: Who<'e>,
    other: Who<'e>,
    score: Option<score::Goals>,
    detail: Option<&'e str>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let recorded: Recorded<'_> = json::read(reply.body)?;
    let match_id = recorded.id.as_str();
    if let Some(asked) = reply.id.filter(|asked| *asked != match_id) {
        return Err(ParseError {
            at: "id".to_owned(),
            what: format!("{match_id:?}, expected the id asked for, {asked:?}"),
        });
    }
    let kick_off = recorded.kick_off(|| "utcDate".to_owned())?;
    let events = recorded.events()?;
    recorded.push(kick_off, rows);
    for event in &events {
        recorded.push_event(event, rows);
    }
    recorded.home_team.push(match_id, "home", rows);
    recorded.away_team.push(match_id, "away", rows);
    Ok(Next::End)
}

impl Recorded<'_> {
    fn events(&self) -> Result<Vec<Event<'_>>, ParseError> {
        let mut events = Vec::new();
        for (place, goal) in self.goals.all().iter().enumerate() {
            events.push(goal.event(place)?);
        }
        for (place, booking) in self.bookings.all().iter().enumerate() {
            events.push(booking.event(place)?);
        }
        for (place, substitution) in self.substitutions.all().iter().enumerate() {
            events.push(substitution.event(place)?);
        }
        let mut seen = HashSet::new();
        let penalties = self.penalties.all().iter().map(Penalty::event);
        let once = penalties
            .filter(|penalty| seen.insert((penalty.player, penalty.team_id, penalty.detail)));
        let numbered = once
            .zip(1..)
            .map(|(event, number)| Event { number, ..event });
        events.extend(numbered);
        Ok(events)
    }

    /// The side of a team by its id.
    fn side(&self, team_id: Option<&str>) -> Option<&'static str> {
        let team_id = team_id?;
        let is = |team: &Team<'_>| text(&team.id) == Some(team_id);
        match () {
            () if is(&self.home_team) => Some("home"),
            () if is(&self.away_team) => Some("away"),
            () => None,
        }
    }

    fn push_event(&self, event: &Event<'_>, rows: &mut Rows) {
        let score = event.score.unwrap_or_default();
        rows.push(&MatchEvent {
            source: NAME,
            match_id: self.id.as_str(),
            event_id: &format!("{}-{}", event.kind.to_ascii_lowercase(), event.number),
            event_type: event.kind,
            minute: event.minute,
            added: event.added,
            side: self.side(event.team_id),
            team_id: event.team_id,
            player_id: event.player.0,
            player: event.player.1,
            other_player_id: event.other.0,
            other_player: event.other.1,
            home_score: score.home,
            away_score: score.away,
            detail: event.detail,
        });
    }
}

fn who<'a>(person: &'a Maybe<Named<'_>>) -> Who<'a> {
    person.as_ref().map_or((None, None), |person| {
        (text(&person.id), text(&person.name))
    })
}

impl Goal<'_> {
    fn event(&self, place: usize) -> Result<Event<'_>, ParseError> {
        Ok(Event {
            kind: "Goal",
            number: place + 1,
            minute: integer(&self.minute, || format!("goals[{place}].minute"))?,
            added: integer(&self.injury_time, || format!("goals[{place}].injuryTime"))?,
            team_id: who(&self.team).0,
            player: who(&self.scorer),
            other: who(&self.assist),
            score: self.score,
            detail: text(&self.kind),
        })
    }
}

impl Booking<'_> {
    fn event(&self, place: usize) -> Result<Event<'_>, ParseError> {
        Ok(Event {
            kind: "Card",
            number: place + 1,
            minute: integer(&self.minute, || format!("bookings[{place}].minute"))?,
            added: integer(&self.injury_time, || {
                format!("bookings[{place}].injuryTime")
            })?,
            team_id: who(&self.team).0,
            player: who(&self.player),
            detail: text(&self.card),
            ..Event::default()
        })
    }
}

impl Substitution<'_> {
    fn event(&self, place: usize) -> Result<Event<'_>, ParseError> {
        let at = |field: &str| format!("substitutions[{place}].{field}");
        Ok(Event {
            kind: "Substitution",
            number: place + 1,
            minute: integer(&self.minute, || at("minute"))?,
            added: integer(&self.injury_time, || at("injuryTime"))?,
            team_id: who(&self.team).0,
            player: who(&self.player_in),
            other: who(&self.player_out),
            ..Event::default()
        })
    }
}

impl Penalty<'_> {
    fn event(&self) -> Event<'_> {
        Event {
            kind: "Penalty",
            team_id: who(&self.team).0,
            player: who(&self.player),
            detail: self
                .scored
                .map(|scored| if scored { "scored" } else { "missed" }),
            ..Event::default()
        }
    }
}
