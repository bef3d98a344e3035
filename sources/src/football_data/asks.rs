//! What is asked of football-data.org, and how requests are cut.
//!
//! Matches by date take ten days a request; whether the last of them is included is
//! contradictory, so one day more is asked for and the rows are cut locally. What belongs to a
//! season of a competition comes in one reply a season.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use common::item::Item;

use super::datasets::{
    AREAS, COMPETITION_MATCHES, COMPETITIONS, HEAD2HEAD, LIMIT, MATCH_DETAILS, MATCHES, PERSON,
    PERSON_MATCHES, SCORERS, SEASON, STANDINGS, TEAM, TEAM_MATCHES, TEAMS,
};
use super::words::season_asked;
use super::{NAME, documents};
use crate::ask::{At, Cursor, Refusal};
use crate::plan::{Cut, Plan, PlanError, PlanRequest, Segment};
use crate::window::{Window, days_after};

const DAY: Duration = Duration::from_secs(86_400);
/// The vendor allows ten days from `dateFrom` to `dateTo`; one of them is the day beyond.
const LONGEST_SLICE: Duration = Duration::from_secs(9 * 86_400);
const MOST_DAYS_ASKED: i64 = 10;
/// Fixtures are published about a season ahead: matches, unlike trades, exist in the future.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::days(400);

/// A path and its query.
pub(super) type Target = (String, Vec<(&'static str, String)>);

/// Cuts matches by date into slices of some days.
pub(super) fn plan_days(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now + PUBLISHED_AHEAD)?;
    if !request.symbols.is_empty() {
        return Err(PlanError(format!(
            "{MATCHES} of {NAME} have no symbols; use --param competitions=PL,BL1"
        )));
    }
    check_competitions(request.params.get(COMPETITIONS).map_or("", String::as_str))
        .map_err(PlanError)?;
    let slice = request.slice_or(LONGEST_SLICE, LONGEST_SLICE)?;
    Ok(Plan::new(request, vec![None], slice))
}

/// One item a competition and a year of the range.
pub(super) fn plan_seasons(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now + PUBLISHED_AHEAD)?;
    if request.slice.is_some() {
        return Err(PlanError(format!(
            "{} of {NAME} come a season at a time: leave out --slice",
            request.dataset
        )));
    }
    let last = request.to - TimeDelta::milliseconds(1);
    let segments = (request.from.year()..=last.year())
        .map(|year| {
            let (from, to) = (
                request.from.max(new_year(year)),
                request.to.min(new_year(year + 1)),
            );
            Segment {
                from,
                to,
                cut: Cut::every((to - from).to_std().unwrap_or(DAY)),
                params: BTreeMap::new(),
            }
        })
        .collect();
    Ok(Plan::of(names(request)?, segments))
}

/// One item a symbol: what stands there now.
pub(super) fn plan_now(request: &PlanRequest) -> Result<Plan, PlanError> {
    let length = (request.to - request.from).to_std().unwrap_or_default();
    Ok(Plan::new(
        request,
        names(request)?,
        length.max(Duration::from_secs(1)),
    ))
}

fn new_year(year: i32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, 1, 1).map_or(DateTime::<Utc>::MAX_UTC, |day| {
        day.and_time(NaiveTime::MIN).and_utc()
    })
}

/// The symbols of a request, each the name of one competition or area.
fn names(request: &PlanRequest) -> Result<Vec<Option<String>>, PlanError> {
    let name = |symbol: &String| check_name(symbol).map(|name| Some(name.to_owned()));
    let names: Result<Vec<_>, _> = request.symbols.iter().map(name).collect();
    names.map_err(PlanError)
}

/// What to ask for there.
pub(super) fn target(at: &At<'_>) -> Result<Target, Refusal> {
    let At { item, cursor, .. } = *at;
    match (item.dataset.as_str(), cursor) {
        (MATCHES, Cursor::Start) => by_date(item),
        (COMPETITION_MATCHES, Cursor::Start) => of_season(item, "matches", &[]),
        (STANDINGS, Cursor::Start) => of_season(item, "standings", &[]),
        (SCORERS, Cursor::Start) => of_season(item, "scorers", &[LIMIT]),
        (TEAMS, Cursor::Start) => of_season(item, "teams", &[]),
        (AREAS | COMPETITIONS, Cursor::Start) => of_list(item),
        (MATCH_DETAILS, Cursor::Start) => of_id(at, "matches", "", &[]),
        (HEAD2HEAD, Cursor::Start) => of_id(at, "matches", "/head2head", &[LIMIT]),
        (TEAM, Cursor::Start) => of_id(at, "teams", "", &[]),
        (TEAM_MATCHES, Cursor::Start) => of_id(at, "teams", "/matches", &[SEASON, LIMIT]),
        (PERSON, Cursor::Start) => of_id(at, "persons", "", &[]),
        (PERSON_MATCHES, Cursor::Start) => of_person(at, 0),
        (PERSON_MATCHES, Cursor::Page(offset)) => of_person(at, *offset),
        (dataset, cursor) => Err(Refusal(format!(
            "{NAME} cannot be asked for {dataset:?} at {cursor:?}"
        ))),
    }
}

fn by_date(item: &Item) -> Result<Target, Refusal> {
    let (window, _) = Window::asked(item)?;
    let (first, beyond) = (window.first_day(), days_after(window.last_day(), 1));
    let days = (beyond - first).num_days();
    if days > MOST_DAYS_ASKED {
        let longest = LONGEST_SLICE.as_secs() / DAY.as_secs();
        return Err(Refusal(format!(
            "a slice from {first} to {beyond} spans {days} days; the vendor serves {longest} and one more"
        )));
    }
    let mut query = vec![
        ("dateFrom", first.to_string()),
        ("dateTo", beyond.to_string()),
    ];
    let competitions = check_competitions(item.param(COMPETITIONS)).map_err(Refusal)?;
    if !competitions.is_empty() {
        query.push((COMPETITIONS, competitions.to_owned()));
    }
    Ok(("/v4/matches".to_owned(), query))
}

fn of_season(item: &Item, what: &str, params: &[&'static str]) -> Result<Target, Refusal> {
    let competition = symbol(item)?;
    let season = season_asked(item).ok_or_else(|| refusal(item, "by time"))?;
    let mut query = vec![(SEASON, season.to_string())];
    query.extend(numbers(item, params)?);
    Ok((format!("/v4/competitions/{competition}/{what}"), query))
}

fn of_list(item: &Item) -> Result<Target, Refusal> {
    let (dataset, name) = (&item.dataset, symbol(item)?);
    let path = if name == documents::ALL {
        format!("/v4/{dataset}")
    } else {
        format!("/v4/{dataset}/{name}")
    };
    Ok((path, Vec::new()))
}

fn of_id(at: &At<'_>, of: &str, what: &str, params: &[&'static str]) -> Result<Target, Refusal> {
    let id = at.id.ok_or_else(|| refusal(at.item, "by id"))?;
    check_id(id).map_err(Refusal)?;
    Ok((format!("/v4/{of}/{id}{what}"), numbers(at.item, params)?))
}

fn of_person(at: &At<'_>, offset: u64) -> Result<Target, Refusal> {
    let (path, mut query) = of_id(at, "persons", "/matches", &[LIMIT])?;
    query.push(("offset", offset.to_string()));
    Ok((path, query))
}

fn refusal(item: &Item, how: &str) -> Refusal {
    Refusal(format!("{} of {NAME} is asked for {how}", item.dataset))
}

fn symbol(item: &Item) -> Result<&str, Refusal> {
    let (_, symbol) = Window::asked(item)?;
    let symbol = symbol.ok_or_else(|| refusal(item, "by competition or area: add --symbols"))?;
    check_name(symbol).map_err(Refusal)
}

/// The parameters of those names that have a value; all of them are numbers.
fn numbers(item: &Item, params: &[&'static str]) -> Result<Vec<(&'static str, String)>, Refusal> {
    let given = params
        .iter()
        .map(|name| (*name, item.param(name)))
        .filter(|(_, value)| !value.is_empty());
    given
        .map(|(name, value)| {
            let is_number = value.len() <= 4 && value.bytes().all(|byte| byte.is_ascii_digit());
            if is_number {
                Ok((name, value.to_owned()))
            } else {
                Err(Refusal(format!(
                    "{name}={value} is no number of at most four digits"
                )))
            }
        })
        .collect()
}

/// Checks an id of a match, a team or a person.
pub(super) fn check_id(id: &str) -> Result<(), String> {
    let is_number = id.bytes().all(|byte| byte.is_ascii_digit()) && (1..=18).contains(&id.len());
    if is_number && !id.starts_with('0') {
        Ok(())
    } else {
        Err(format!(
            "{id:?} is no id of {NAME}: write digits, such as 417211"
        ))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn check_name(name: &str) -> Result<&str, String> {
    if is_name(name) {
        Ok(name)
    } else {
        Err(format!(
            "{name:?} is no competition or area of {NAME}: write a code or an id, such as PL or 2021"
        ))
    }
}

/// Checks a list of competitions: codes or numbers with commas between them.
fn check_competitions(list: &str) -> Result<&str, String> {
    if list.is_empty() || list.split(',').all(is_name) {
        Ok(list)
    } else {
        Err(format!(
            "{list:?} are no competitions: write codes or ids with commas, such as PL,BL1,2001"
        ))
    }
}
