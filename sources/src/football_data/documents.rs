//! Replies that are kept whole: areas, competitions, teams and persons.
//!
//! The list of all areas or competitions is one document, `all`; any other goes by the id that it
//! names itself.

use common::tables::{Document, Rows};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::NAME;
use super::words::text;
use crate::ask::{Next, ParseError};
use crate::json::{self, Word};
use crate::source::Reply;

/// The id of a list, and the symbol by which it is asked for.
pub(super) const ALL: &str = "all";

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(default, borrow)]
    id: Option<Word<'a>>,
    #[serde(default)]
    areas: Option<Vec<IgnoredAny>>,
    #[serde(default)]
    competitions: Option<Vec<IgnoredAny>>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let document = json::text(reply.body)?;
    let body: Body<'_> = json::read(reply.body)?;
    let is_list = match reply.item.dataset.as_str() {
        super::AREAS => body.areas.is_some(),
        super::COMPETITIONS => body.competitions.is_some(),
        _ => false,
    };
    let id = text(&body.id).or(is_list.then_some(ALL));
    let id = id.ok_or_else(|| ParseError {
        at: "id".to_owned(),
        what: "missing, expected the id of what was asked for".to_owned(),
    })?;
    if let Some(asked) = reply.id.filter(|asked| *asked != id) {
        return Err(ParseError {
            at: "id".to_owned(),
            what: format!("{id:?}, expected the id asked for, {asked:?}"),
        });
    }
    rows.push(&Document {
        source: NAME,
        dataset: &reply.item.dataset,
        id,
        body: document,
    });
    Ok(Next::End)
}
