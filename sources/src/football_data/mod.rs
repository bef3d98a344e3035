//! football-data.org v4: matches by date, season, team and person, match details, tables,
//! scorers and teams of a season.
//!
//! Facts from the vendor's documentation and recorded replies: a list is complete or limited by
//! `limit`, only a person's matches have pages; the token goes into a header. Plans differ in
//! competitions, seasons and detail: what one lacks is refused with 403, or simply not there.

mod asks;
mod datasets;
mod details;
mod documents;
mod errors;
mod lineups;
mod matches;
mod score;
mod scorers;
mod standings;
mod teams;
mod words;

use std::collections::BTreeMap;

use common::tables::Rows;

use crate::ask::{Ask, At, Cost, Next, ParseError, Refusal, TokenIn};
use crate::plan::{Plan, PlanError, PlanRequest, time_at_limit};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};

use datasets::{AREAS, COMPETITIONS};

const NAME: &str = "football-data";
const REQUESTS: &str = "football-data.requests";
/// Of the free plan.
const REQUESTS_PER_MINUTE: u32 = 10;

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

    fn key(&self) -> Option<&'static str> {
        Some("a token from https://www.football-data.org/client/register")
    }

    fn datasets(&self) -> &'static [Dataset] {
        datasets::DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        let dataset = self.dataset(&request.dataset)?;
        let mut plan = match dataset.selection {
            Selection::Range => asks::plan_days(request)?,
            Selection::SymbolRange => asks::plan_seasons(request)?,
            Selection::Snapshot | Selection::Now => asks::plan_now(request)?,
            Selection::Ids => {
                return Err(PlanError(format!(
                    "{} of {NAME} is asked for by id: use `enqueue ids`",
                    dataset.name
                )));
            }
        };
        plan.requests = plan.items();
        plan.time_at_limit = time_at_limit(plan.requests, 1, REQUESTS_PER_MINUTE);
        Ok(plan)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let (path, query) = asks::target(at)?;
        let cost = Cost {
            budget: REQUESTS,
            units: 1,
        };
        Ok(Ask::get(path, cost)
            .with_query(query)
            .with_token(TokenIn::Header("X-Auth-Token")))
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        match reply.item.dataset.as_str() {
            datasets::MATCH_DETAILS => details::parse(reply, rows),
            datasets::STANDINGS => standings::parse(reply, rows),
            datasets::SCORERS => scorers::parse(reply, rows),
            datasets::TEAMS => teams::parse(reply, rows),
            AREAS | COMPETITIONS | datasets::TEAM | datasets::PERSON => {
                documents::parse(reply, rows)
            }
            _ => matches::parse(reply, rows),
        }
    }

    fn mixed(&self, _dataset: &str, params: &BTreeMap<String, String>) -> Option<String> {
        let some = params.get(COMPETITIONS).filter(|some| !some.is_empty())?;
        Some(format!(
            "matches of {some} alone cannot be told from others in the store"
        ))
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == REQUESTS).then_some(REQUESTS_PER_MINUTE)
    }

    fn check_id(&self, _dataset: &str, id: &str) -> Result<(), String> {
        asks::check_id(id)
    }
}
