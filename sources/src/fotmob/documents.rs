//! Replies that are kept whole: teams, and the list of leagues.

use std::time::Duration;

use common::item::Item;
use common::tables::{Document, Rows};
use serde::Deserialize;

use super::text::text;
use super::{ALL, ALL_LEAGUES, NAME, ONE_REQUEST, REQUESTS_PER_MINUTE};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::{self, Maybe, Word};
use crate::plan::{Plan, PlanError, PlanRequest, time_at_limit};
use crate::source::Reply;
use crate::window::Window;

/// What a page of a league or a team says of itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details<'a> {
    #[serde(default, borrow)]
    pub(super) id: Option<Word<'a>>,
    #[serde(default, borrow)]
    pub(super) name: Option<Word<'a>>,
    #[serde(default, borrow)]
    pub(super) selected_season: Option<Word<'a>>,
}

impl Details<'_> {
    /// The id; it must be the one asked for.
    pub(super) fn id(&self, asked: Option<&str>) -> Result<&str, ParseError> {
        let error = |what| {
            Err(ParseError {
                at: "details.id".to_owned(),
                what,
            })
        };
        match (text(&self.id), asked) {
            (Some(id), Some(asked)) if id != asked => {
                error(format!("{id:?}, expected the id asked for, {asked:?}"))
            }
            (Some(id), _) => Ok(id),
            (None, _) => error("missing, expected an id".to_owned()),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(default, borrow)]
    details: Maybe<Details<'a>>,
    #[serde(default)]
    countries: Maybe<Vec<serde::de::IgnoredAny>>,
}

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    if request.symbols.iter().any(|symbol| symbol != ALL) {
        return Err(PlanError(format!(
            "{} of {NAME} is one list: use --symbols {ALL}",
            request.dataset
        )));
    }
    let length = (request.to - request.from).to_std().unwrap_or_default();
    let length = length.max(Duration::from_secs(1));
    let mut plan = Plan::new(request, vec![Some(ALL.to_owned())], length);
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, 1, REQUESTS_PER_MINUTE);
    Ok(plan)
}

pub(super) fn ask_all(item: &Item) -> Result<Ask, Refusal> {
    Window::asked(item)?;
    Ok(Ask::get("/api/data/allLeagues", ONE_REQUEST))
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let document = json::text(reply.body)?;
    let body: Body<'_> = json::read(reply.body)?;
    let dataset = reply.item.dataset.as_str();
    let id = match (dataset, body.details.as_ref(), body.countries.as_ref()) {
        (ALL_LEAGUES, _, Some(_)) => ALL,
        (ALL_LEAGUES, _, None) => return Err(missing("countries", "the list of leagues")),
        (_, Some(details), _) => details.id(reply.id)?,
        (_, None, _) => return Err(missing("details", "what the page is about")),
    };
    rows.push(&Document {
        source: NAME,
        dataset,
        id,
        body: document,
    });
    Ok(Next::End)
}

pub(super) fn missing(at: &str, what: &str) -> ParseError {
    ParseError {
        at: at.to_owned(),
        what: format!("missing, expected {what}"),
    }
}
