//! One match with the detail of some plans, in the vendor's layout.

use crate::json::{Raw, member, object, object_of};

use super::competitions::{Person, Team};
use super::events::Listed;
use super::fixture::Fixture;
use super::print;

/// The match by its id, as it stands at `now`.
pub(super) fn print(fixture: &Fixture, now: i64) -> Raw {
    if !fixture.has_detail(now) {
        return print::print(fixture, now);
    }
    let mut out = String::from("{");
    for (key, value) in print::members(fixture, now) {
        match key {
            "homeTeam" => member(&mut out, key, &team(fixture, true)),
            "awayTeam" => member(&mut out, key, &team(fixture, false)),
            _ => member(&mut out, key, &value),
        }
    }
    member(&mut out, "minute", &"90");
    member(&mut out, "injuryTime", &5);
    member(&mut out, "attendance", &());
    member(&mut out, "venue", &fixture.home.venue());
    member(&mut out, "goals", &goals(fixture, now));
    member(&mut out, "penalties", &penalties(fixture, now));
    member(&mut out, "bookings", &bookings(fixture));
    member(&mut out, "substitutions", &substitutions(fixture));
    out.push('}');
    Raw(out)
}

fn person(person: &Person) -> Raw {
    object! { "id": person.id, "name": person.name }
}

fn named(team: &Team) -> Raw {
    object! { "id": team.id, "name": team.name }
}

fn team(fixture: &Fixture, home: bool) -> Raw {
    let mut out = print::team(fixture.team(home));
    out.0.pop();
    let coach = fixture.coach(home);
    let coach =
        object! { "id": coach.id, "name": coach.name, "nationality": fixture.competition.area.1 };
    member(&mut out.0, "coach", &coach);
    member(&mut out.0, "leagueRank", &());
    member(&mut out.0, "formation", &fixture.formation(home));
    let players = |starts| -> Vec<Raw> {
        let listed = fixture.line_up(home).into_iter();
        listed
            .filter(|listed| listed.starts == starts)
            .map(|listed| player(&listed))
            .collect()
    };
    member(&mut out.0, "lineup", &players(true));
    member(&mut out.0, "bench", &players(false));
    if fixture.has_figures() {
        let figures = fixture.figures(home).into_iter();
        let figures = figures.map(|(name, value)| {
            let value = value.map_or("null".to_owned(), |value| value.to_string());
            (name.to_owned(), Raw(value))
        });
        member(&mut out.0, "statistics", &object_of(figures));
    }
    out.0.push('}');
    out
}

fn player(listed: &Listed) -> Raw {
    object! {
        "id": listed.player.id,
        "name": listed.player.name,
        "position": listed.position,
        "shirtNumber": listed.shirt,
    }
}

fn goals(fixture: &Fixture, now: i64) -> Vec<Raw> {
    let goals = fixture.goals(now).into_iter();
    goals
        .map(|goal| {
            object! {
                "minute": goal.minute,
                "injuryTime": goal.injury_time,
                "type": goal.kind,
                "team": named(fixture.team(goal.home)),
                "scorer": person(&goal.scorer),
                "assist": goal.assist.as_ref().map(person),
                "score": object! { "home": goal.score.0, "away": goal.score.1 },
            }
        })
        .collect()
}

fn penalties(fixture: &Fixture, now: i64) -> Vec<Raw> {
    let mut list = Vec::new();
    for penalty in fixture.penalties(now) {
        let printed = object! {
            "player": person(&penalty.player),
            "team": named(fixture.team(penalty.home)),
            "scored": penalty.scored,
        };
        if penalty.twice {
            list.push(printed.clone());
        }
        list.push(printed);
    }
    list
}

fn bookings(fixture: &Fixture) -> Vec<Raw> {
    let bookings = fixture.bookings().into_iter();
    bookings
        .map(|booking| {
            object! {
                "minute": booking.minute,
                "team": named(fixture.team(booking.home)),
                "player": person(&booking.player),
                "card": booking.card,
            }
        })
        .collect()
}

fn substitutions(fixture: &Fixture) -> Vec<Raw> {
    let substitutions = fixture.substitutions().into_iter();
    substitutions
        .map(|substitution| {
            object! {
                "minute": substitution.minute,
                "team": named(fixture.team(substitution.home)),
                "playerOut": person(&substitution.goes),
                "playerIn": person(&substitution.comes),
            }
        })
        .collect()
}
