//! An API that only a manifest knows: the same trades by every style of paging, and matches by id.
//!
//! Three trades share each instant, so pages end within a tie. A key is wanted in
//! `Authorization: Bearer`. What is wrong with a question is said with status 200 and
//! `"status":"error"`, as some vendors do; a match that does not exist is a 404.

mod market;
mod pages;

use crate::answer::Served;
use crate::json::object;
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use market::{Fixture, Market};

const JSON: &str = "application/json";

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct JsonApi {
    seed: u64,
    key: String,
}

impl JsonApi {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            seed: options.seed,
            key: format!("Bearer {}", options.token),
        }
    }

    /// The trades of a symbol; only pairs in dollars are listed.
    pub(crate) fn market(&self, symbol: &str) -> Option<Market> {
        symbol
            .ends_with("-USD")
            .then(|| Market::new(self.seed, symbol))
    }

    /// A match; every seventh does not exist.
    pub(crate) fn fixture(&self, id: u64) -> Option<Fixture> {
        (!id.is_multiple_of(7)).then(|| Fixture::new(self.seed, id))
    }

    fn trades(&self, style: &str, asked: &Asked) -> Reply {
        let Some(symbol) = asked.query.get("symbol") else {
            return error(200, "symbol is missing");
        };
        match self.market(symbol) {
            Some(market) => pages::answer(&market, symbol, style, asked),
            None => error(200, &format!("unknown symbol {symbol}")),
        }
    }

    fn one_match(&self, id: &str) -> Reply {
        match id.parse().ok().and_then(|id| self.fixture(id)) {
            Some(fixture) => fixture.reply(),
            None => error(404, &format!("no match {id}")),
        }
    }
}

impl Served for JsonApi {
    fn answer(&self, asked: &Asked) -> Reply {
        if asked.header("authorization") != Some(self.key.as_str()) {
            return error(401, "a key is needed");
        }
        let parts: Vec<_> = asked.path.trim_matches('/').split('/').collect();
        match parts[..] {
            ["v1", style, "trades"] => self.trades(style, asked),
            ["v1", "matches", id] => self.one_match(id),
            _ => error(404, "no such path"),
        }
    }
}

fn error(status: u16, message: &str) -> Reply {
    let body = object! { "status": "error", "message": message };
    Reply::json(status, JSON, body)
}
