//! FotMob: matches by date, match details by id, leagues with their matches, and teams.
//!
//! The interface is undocumented and its terms forbid programs, so the owner must agree first
//! ([`Source::terms`]); a gate (401, 403, a page where JSON is expected) is never worked around.
//! Facts come from recorded replies of three layouts: 2020, end of 2023, and mid 2024 on.

mod details;
mod documents;
mod errors;
mod events;
mod leagues;
mod lineups;
mod matches;
mod page;
mod result;
mod shots;
mod stats;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cost, Next, ParseError, Refusal};
use crate::continuity::Continuity;
use crate::plan::{Plan, PlanError, PlanRequest, time_at_limit};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;

const NAME: &str = "fotmob";
const MATCHES: &str = "matches";
const MATCH_DETAILS: &str = "match_details";
const LEAGUE: &str = "league";
const TEAM: &str = "team";
const ALL_LEAGUES: &str = "all_leagues";
/// The only symbol of the list of leagues.
const ALL: &str = "all";
const SEASON: &str = "season";
const REQUESTS: &str = "fotmob.requests";
const ONE_REQUEST: Cost = Cost {
    budget: REQUESTS,
    units: 1,
};
/// No limit is documented: one request every two and a half seconds, the mean of the polite delay.
const REQUESTS_PER_MINUTE: u32 = 24;
const POLITE_DELAY: (Duration, Duration) =
    (Duration::from_millis(1_500), Duration::from_millis(3_500));

const DAY: Duration = Duration::from_secs(86_400);
const LONGEST_SLICE: Duration = Duration::from_secs(31 * 86_400);
/// Fixtures are published about a season ahead.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::days(400);

const LIMITS: &str = "none documented; 1.5 to 3.5 seconds between two requests are polite";
const NOW: &str = "as it is now";
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
        continuity: Continuity::Nothing,
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
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: LEAGUE,
        about: "matches of a season of a league by its id, and the whole document: of the \
                current season, or of season=2023/2024",
        selection: Selection::Ids,
        params: &[(SEASON, "")],
        tables: &[Table::Match, Table::Document],
        retention: "no limit is known",
        paging: "one season a request",
        limits: LIMITS,
        document: DOCUMENT,
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: TEAM,
        about: "a team with its squad as a document, by its id",
        selection: Selection::Ids,
        params: &[],
        tables: &[Table::Document],
        retention: NOW,
        paging: "one team a request",
        limits: LIMITS,
        document: DOCUMENT,
        continuity: Continuity::Nothing,
    },
    Dataset {
        name: ALL_LEAGUES,
        about: "the list of leagues as a document: --symbols all",
        selection: Selection::Snapshot,
        params: &[],
        tables: &[Table::Document],
        retention: NOW,
        paging: "one request",
        limits: LIMITS,
        document: DOCUMENT,
        continuity: Continuity::Nothing,
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
        match dataset.selection {
            Selection::Ids => {
                return Err(PlanError(format!(
                    "{} of {NAME} is asked for by id: use `enqueue ids`",
                    dataset.name
                )));
            }
            Selection::Snapshot | Selection::Now => return documents::plan(request),
            Selection::SymbolRange | Selection::Range => {}
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
        let by_id = |path, parameter| {
            let id = id
                .ok_or_else(|| Refusal(format!("{} of {NAME} is asked for by id", item.dataset)))?;
            self.check_id(&item.dataset, id).map_err(Refusal)?;
            Ok(get(path, (parameter, id.to_owned())))
        };
        match item.dataset.as_str() {
            MATCHES => matches::ask(Window::asked(item)?.0, cursor),
            MATCH_DETAILS => by_id("/api/data/matchDetails", "matchId"),
            LEAGUE => Ok(leagues::of_season(by_id("/api/data/leagues", "id")?, item)),
            TEAM => by_id("/api/data/teams", "id"),
            ALL_LEAGUES => documents::ask_all(item),
            other => Err(Refusal(format!("{NAME} cannot be asked for {other:?}"))),
        }
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn document_suffix(&self, params: &BTreeMap<String, String>) -> String {
        leagues::suffix(params.get(SEASON).map_or("", String::as_str))
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        let body = page::data(reply.body)?;
        let reply = &Reply { body, ..*reply };
        match reply.item.dataset.as_str() {
            MATCHES => matches::parse(reply, rows),
            LEAGUE => leagues::parse(reply, rows),
            TEAM | ALL_LEAGUES => documents::parse(reply, rows),
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
                "{id:?} is no id of {NAME}: write digits, such as 4506747"
            ))
        }
    }
}

fn get(path: &str, parameter: (&'static str, String)) -> Ask {
    Ask::get(path, ONE_REQUEST).with_query(vec![parameter])
}
