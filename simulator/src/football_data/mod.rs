//! football-data.org v4: matches by date, season, team and person, one match, tables, scorers and
//! teams of a season, and what there is.
//!
//! `dateTo` is an instant at midnight: the last day asked for is the one before it. At most ten
//! days a request, no pages. A bad token is 400, none is 403.

mod competitions;
mod details;
mod events;
mod fixture;
mod lists;
mod print;
mod seasons;
mod tables;

use std::ops::Range;

use chrono::NaiveDate;

use crate::calendar::{date, day_number, day_of};
use crate::hash::Key;
use crate::json::{Raw, member, object};
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use competitions::{Competition, Person, TEAMS};
pub(crate) use fixture::{Fixture, Goals};
pub(crate) use tables::{Place, Table, scorers, tables};

const JSON: &str = "application/json;charset=UTF-8";
/// Longest period of `/v4/matches`, in days.
const LONGEST: i64 = 10;

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct FootballData {
    key: Key,
    token: String,
}

/// A match ready to be served, generated or recorded.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) kickoff: i64,
    pub(crate) code: String,
    pub(crate) finished: bool,
    pub(crate) body: Raw,
}

impl FootballData {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            key: Key::new(options.seed, "football-data"),
            token: options.token.clone(),
        }
    }

    /// The matches of some days, by kick-off.
    pub(crate) fn fixtures(&self, days: Range<i64>) -> impl Iterator<Item = Fixture> {
        let key = self.key;
        days.flat_map(move |day| fixture::on_day(key, day))
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let reply = authorised(&self.token, asked).and_then(|()| self.route(asked));
        with_headers(reply.unwrap_or_else(|refusal| refusal))
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        let path: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
        match path.as_slice() {
            ["v4", "matches"] => by_date(asked, |days| self.listed(days, asked.now)),
            ["v4", "matches", id] => self.one(id, asked.now),
            ["v4", "matches", id, "head2head"] => self.head2head(id, asked),
            ["v4", "competitions", competition, what] => self.of_season(competition, what, asked),
            ["v4", "teams", id, "matches"] => self.matches_of_team(id, asked),
            ["v4", "persons", id, "matches"] => self.matches_of_person(id, asked),
            ["v4", kind] => self.one_of(kind, None),
            ["v4", kind, id] => self.one_of(kind, Some(id)),
            _ => Err(not_there()),
        }
    }

    fn listed(&self, days: Range<i64>, now: i64) -> Vec<Listed> {
        self.fixtures(days)
            .map(|fixture| listed(&fixture, now))
            .collect()
    }

    fn one(&self, id: &str, now: i64) -> Result<Reply, Reply> {
        let id = id.parse().map_err(|_| bad_argument("id"))?;
        let fixture = fixture::of_id(self.key, id).ok_or_else(not_there)?;
        Ok(Reply::json(200, JSON, details::print(&fixture, now)))
    }
}

/// A match as a list has it.
fn listed(fixture: &Fixture, now: i64) -> Listed {
    Listed {
        kickoff: fixture.kickoff,
        code: fixture.competition.code.to_owned(),
        finished: fixture.standing(now).status == "FINISHED",
        body: print::print(fixture, now),
    }
}

/// Whether the token is the right one.
pub(crate) fn authorised(token: &str, asked: &Asked) -> Result<(), Reply> {
    match asked.token.as_deref() {
        None | Some("") => Err(restricted()),
        Some(given) if given != token => Err(error(400, "Your API token is invalid.")),
        Some(_) => Ok(()),
    }
}

/// The headers every reply has beside those of the limit.
pub(crate) fn with_headers(reply: Reply) -> Reply {
    reply
        .with("x-api-version", "v4")
        .with("x-authenticated-client", "simulator")
        .with("content-language", "en-US")
}

/// Answers `/v4/matches` from the matches of some days.
pub(crate) fn by_date(
    asked: &Asked,
    listed: impl Fn(Range<i64>) -> Vec<Listed>,
) -> Result<Reply, Reply> {
    let today = day_of(asked.now);
    let from = day(asked, "dateFrom")?;
    let to = day(asked, "dateTo")?.unwrap_or_else(|| from.unwrap_or(today) + 1);
    let from = from.unwrap_or(today.min(to));
    if to - from > LONGEST {
        return Err(error(400, "Specified period must not exceed 10 days."));
    }
    let competitions = asked.query.get("competitions");
    let mut matches = listed(from..to.max(from));
    matches.retain(|listed| competitions.is_none_or(|wanted| is_wanted(wanted, &listed.code)));
    let again = matches.len().min(asked.twist.repeat as usize);
    matches.extend_from_within(..again);
    matches.truncate(asked.twist.at_most.map_or(usize::MAX, |most| most as usize));
    let mut filters =
        object! { "dateFrom": date(from).to_string(), "dateTo": date(to).to_string() };
    filters.0.pop();
    if let Some(competitions) = competitions {
        member(&mut filters.0, "competitions", &competitions);
    }
    member(&mut filters.0, "permission", &"TIER_ONE");
    filters.0.push('}');
    let mut body = object! { "filters": filters, "resultSet": result_set(&matches, true) };
    close(&mut body, matches);
    Ok(Reply::json(200, JSON, body))
}

/// Whether a comma separated list of ids and codes names a competition.
pub(crate) fn is_wanted(wanted: &str, code: &str) -> bool {
    wanted.split(',').any(|one| {
        one == code || Competition::named(one).is_some_and(|(_, known)| known.code == code)
    })
}

fn day(asked: &Asked, name: &str) -> Result<Option<i64>, Reply> {
    let Some(text) = asked.query.get(name) else {
        return Ok(None);
    };
    let bad = || {
        error(
            400,
            &format!("Value '{text}' for parameter '{name}' is no date of the form yyyy-MM-dd."),
        )
    };
    text.parse::<NaiveDate>()
        .map(|date| Some(day_number(date)))
        .map_err(|_| bad())
}

fn result_set(matches: &[Listed], over_competitions: bool) -> Raw {
    let (Some(first), Some(last)) = (
        matches.iter().map(|m| m.kickoff).min(),
        matches.iter().map(|m| m.kickoff).max(),
    ) else {
        return object! { "count": 0 };
    };
    let mut codes: Vec<&str> = Vec::new();
    for listed in matches {
        if !codes.contains(&listed.code.as_str()) {
            codes.push(&listed.code);
        }
    }
    let mut out = object! { "count": matches.len() };
    out.0.pop();
    if over_competitions {
        member(&mut out.0, "competitions", &codes.join(","));
    }
    member(&mut out.0, "first", &date(day_of(first)).to_string());
    member(&mut out.0, "last", &date(day_of(last)).to_string());
    member(
        &mut out.0,
        "played",
        &matches.iter().filter(|listed| listed.finished).count(),
    );
    out.0.push('}');
    out
}

/// Adds the list of matches to an envelope, as its last member.
fn close(body: &mut Raw, matches: Vec<Listed>) {
    body.0.pop();
    let matches: Vec<Raw> = matches.into_iter().map(|listed| listed.body).collect();
    member(&mut body.0, "matches", &matches);
    body.0.push('}');
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        JSON,
        object! { "message": message, "errorCode": i64::from(status) },
    )
}

/// What the plan of the token lacks.
fn restricted() -> Reply {
    const RESTRICTED: &str = "The resource you are looking for is restricted and apparently not within your \
                              permissions. Please check your subscription.";
    error(403, RESTRICTED)
}

/// An argument that is no number.
fn bad_argument(name: &str) -> Reply {
    let words = format!("Argument '{name}' is expected to be an integer in a specific range.");
    Reply::json(400, JSON, object! { "error": words })
}

/// What an unknown path or id is answered with.
pub(crate) fn not_there() -> Reply {
    error(404, "The resource you are looking for does not exist.")
}
