//! FotMob: matches by date, and match details by id.
//!
//! The interface is undocumented and its terms forbid programs, so the owner must agree first
//! ([`Source::terms`]); a gate (401, 403, a page where JSON is expected) is never worked around.
//! Facts come from recorded replies of three layouts: 2020, end of 2023, and mid 2024 on.

mod details;
mod errors;
mod events;
mod lineups;
mod matches;
mod result;
mod shots;
mod stats;
mod text;

use std::time::Duration;

use chrono::TimeDelta;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cost, Next, ParseError, Refusal};
use crate::plan::{Plan, PlanError, PlanRequest, time_at_limit};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;

const NAME: &str = "fotmob";
const MATCHES: &str = "matches";
const MATCH_DETAILS: &str = "match_details";
const REQUESTS: &str = "fotmob.requests";
/// No limit is documented: one request every two and a half seconds, the mean of the polite delay.
const REQUESTS_PER_MINUTE: u32 = 24;
const POLITE_DELAY: (Duration, Duration) =
    (Duration::from_millis(1_500), Duration::from_millis(3_500));

const DAY: Duration = Duration::from_secs(86_400);
const LONGEST_SLICE: Duration = Duration::from_secs(31 * 86_400);
/// Fixtures are published about a season ahead.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::days(400);

const LIMITS: &str = "none documented; 1.5 to 3.5 seconds between two requests are polite";
const DOCUMENT: &str = "none: read off recorded replies";

const DATASETS: &[Dataset] = &[
    Dataset {
        name: MATCHES,
        about: "matches by date, in UTC",
        selection: Selection::Range,
        params: &[],
        tables: &[Table::Match],
        retention: "no limit is known",
        paging: "one day a request, neighbouring days included",
        limits: LIMITS,
        document: DOCUMENT,
    },
    Dataset {
        name: MATCH_DETAILS,
        about: "a match with its events, shots, line-ups and figures, and the whole document",
        selection: Selection::Ids,
        params: &[],
        tables: &[
            Table::Match,
            Table::MatchEvent,
            Table::MatchShot,
            Table::MatchLineup,
            Table::MatchStat,
            Table::Document,
        ],
        retention: "no limit is known",
        paging: "one match a request",
        limits: LIMITS,
        document: DOCUMENT,
    },
];

/// FotMob.
#[derive(Debug)]
pub struct FotMob;

impl Source for FotMob {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://www.fotmob.com"
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        let dataset = self.dataset(&request.dataset)?;
        if dataset.selection == Selection::Ids {
            return Err(PlanError(format!(
                "{MATCH_DETAILS} of {NAME} is asked for by id: use `enqueue ids`"
            )));
        }
        request.check_range(request.now + PUBLISHED_AHEAD)?;
        if !request.symbols.is_empty() {
            return Err(PlanError(format!("{MATCHES} of {NAME} have no symbols")));
        }
        let slice = request.slice_or(DAY, LONGEST_SLICE)?;
        if slice < DAY {
            return Err(PlanError(format!(
                "a slice of {slice:?} is shorter than the day that {NAME} answers with"
            )));
        }
        let mut plan = Plan::new(request, vec![None], slice);
        plan.requests = matches::requests(&plan);
        plan.time_at_limit = time_at_limit(plan.requests, 1, REQUESTS_PER_MINUTE);
        Ok(plan)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let At {
            item, id, cursor, ..
        } = *at;
        match (item.dataset.as_str(), id) {
            (MATCHES, None) => matches::ask(Window::asked(item)?.0, cursor),
            (MATCH_DETAILS, Some(id)) => {
                self.check_id(MATCH_DETAILS, id).map_err(Refusal)?;
                Ok(get("/api/data/matchDetails", ("matchId", id.to_owned())))
            }
            (MATCH_DETAILS, None) => Err(Refusal(format!(
                "{MATCH_DETAILS} of {NAME} is asked for by id"
            ))),
            (other, _) => Err(Refusal(format!(
                "{NAME} cannot be asked for {other:?} so; it has {MATCHES}, {MATCH_DETAILS}"
            ))),
        }
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        match reply.item.dataset.as_str() {
            MATCHES => matches::parse(reply, rows),
            _ => details::parse(reply, rows),
        }
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == REQUESTS).then_some(REQUESTS_PER_MINUTE)
    }

    fn polite_delay(&self) -> (Duration, Duration) {
        POLITE_DELAY
    }

    fn terms(&self) -> Option<&'static str> {
        Some("FotMob's terms of service forbid automatic services such as robots and spiders")
    }

    fn check_id(&self, _dataset: &str, id: &str) -> Result<(), String> {
        let is_number =
            id.bytes().all(|byte| byte.is_ascii_digit()) && (1..=18).contains(&id.len());
        if is_number && !id.starts_with('0') {
            Ok(())
        } else {
            Err(format!(
                "{id:?} is no match id of {NAME}: write digits, such as 4506747"
            ))
        }
    }
}

fn get(path: &str, parameter: (&'static str, String)) -> Ask {
    let cost = Cost {
        budget: REQUESTS,
        units: 1,
    };
    Ask::get(path, cost).with_query(vec![parameter])
}
