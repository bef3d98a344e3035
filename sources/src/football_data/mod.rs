//! football-data.org v4: matches by date range.
//!
//! Facts from the vendor's documentation and recorded replies: a list is complete, there is no
//! paging; a range may span ten days; whether its last day is included is contradictory, so one
//! day more is asked for and the rows are cut locally. The token goes into a header.

mod errors;
mod matches;
mod score;

use std::time::Duration;

use chrono::TimeDelta;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cost, Cursor, Next, ParseError, Refusal, TokenIn};
use crate::plan::{Plan, PlanError, PlanRequest, time_at_limit};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::{Window, days_after};

const NAME: &str = "football-data";
const MATCHES: &str = "matches";
const COMPETITIONS: &str = "competitions";
const REQUESTS: &str = "football-data.requests";
/// Of the free plan.
const REQUESTS_PER_MINUTE: u32 = 10;

const DAY: Duration = Duration::from_secs(86_400);
/// The vendor allows ten days from `dateFrom` to `dateTo`; one of them is the day beyond.
const LONGEST_SLICE: Duration = Duration::from_secs(9 * 86_400);
const MOST_DAYS_ASKED: i64 = 10;
/// Fixtures are published about a season ahead: matches, unlike trades, exist in the future.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::days(400);

const DATASETS: &[Dataset] = &[Dataset {
    name: MATCHES,
    about: "matches of the competitions of the plan; competitions=PL,BL1 for some of them",
    selection: Selection::Range,
    params: &[(COMPETITIONS, "")],
    tables: &[Table::Match],
    retention: "the seasons of the plan",
    paging: "none: a list is complete",
    limits: "10 requests a minute on the free plan",
    document: "https://docs.football-data.org/general/v4/match.html",
}];

/// football-data.org v4.
#[derive(Debug)]
pub struct FootballData;

impl Source for FootballData {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://api.football-data.org"
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        request.check_range(request.now + PUBLISHED_AHEAD)?;
        if !request.symbols.is_empty() {
            return Err(PlanError(format!(
                "{MATCHES} of {NAME} have no symbols; use --param competitions=PL,BL1"
            )));
        }
        competitions(request.params.get(COMPETITIONS).map_or("", String::as_str))
            .map_err(PlanError)?;
        let slice = request.slice_or(LONGEST_SLICE, LONGEST_SLICE)?;
        let mut plan = Plan::new(request, vec![None], slice);
        plan.requests = plan.items();
        plan.time_at_limit = time_at_limit(plan.requests, 1, REQUESTS_PER_MINUTE);
        Ok(plan)
    }

    fn key(&self) -> Option<&'static str> {
        Some("a token from https://www.football-data.org/client/register")
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let At { item, cursor, .. } = *at;
        let (window, _) = Window::asked(item)?;
        if item.dataset != MATCHES || *cursor != Cursor::Start {
            return Err(Refusal(format!(
                "{NAME} cannot be asked for {:?} at {cursor:?}",
                item.dataset
            )));
        }
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
        let competitions = competitions(item.param(COMPETITIONS)).map_err(Refusal)?;
        if !competitions.is_empty() {
            query.push((COMPETITIONS, competitions.to_owned()));
        }
        let cost = Cost {
            budget: REQUESTS,
            units: 1,
        };
        Ok(Ask::get("/v4/matches", cost)
            .with_query(query)
            .with_token(TokenIn::Header("X-Auth-Token")))
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        matches::parse(reply, rows)
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == REQUESTS).then_some(REQUESTS_PER_MINUTE)
    }
}

/// Checks a list of competitions: codes or numbers with commas between them.
fn competitions(list: &str) -> Result<&str, String> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if list.is_empty() || list.split(',').all(is_name) {
        Ok(list)
    } else {
        Err(format!(
            "{list:?} are no competitions: write codes or ids with commas, such as PL,BL1,2001"
        ))
    }
}
