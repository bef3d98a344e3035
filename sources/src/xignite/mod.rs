//! Xignite, the QUICK market data cloud: Japanese shares and indices, daily and in five minutes.
//!
//! No document of the vendor's is public; the facts are those of open clients of it. A request is a
//! form with the token in it. Errors come with status 200: `Outcome` is looked at before anything
//! else. Prices are adjusted for everything and restated at every split, so history is to be fetched
//! again from time to time.

mod errors;
mod klines;
mod plan;

use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cursor, Next, ParseError, Refusal};
use crate::continuity::Continuity;
use crate::iex::calendar;
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Selection, Source};
use crate::verdict::{ReplyHead, Verdict};

const NAME: &str = "xignite";
/// The limit that every request counts against.
const REQUESTS: &str = "xignite.requests";
/// None is documented: as many as is polite.
const REQUESTS_PER_MINUTE: u32 = 60;

const KLINES: &str = "klines";
const DAY: &str = "1d";
const FIVE_MINUTES: &str = "5m";

const DATASETS: &[Dataset] = &[Dataset {
    name: KLINES,
    about: "bars of shares (7203.XTKS) and indices (151.INDXJPX); interval is 1d or 5m; kind is share or index where the symbol does not tell",
    selection: Selection::SymbolRange,
    params: &[("interval", DAY), ("kind", "")],
    tables: &[Table::Kline],
    retention: "not documented",
    paging: "one page an item",
    continuity: Continuity::Sessions(calendar::is_weekend_utc),
    limits: "not documented; 60 requests a minute are asked",
    document: "https://www.marketdata-cloud.quick-co.jp/",
}];

/// Xignite.
#[derive(Debug)]
pub struct Xignite;

impl Source for Xignite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://api.marketdata-cloud.quick-co.jp"
    }

    fn key(&self) -> Option<&'static str> {
        Some("a token of 32 characters from QUICK")
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        plan::plan(request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        if *at.cursor != Cursor::Start {
            return Err(Refusal(format!(
                "{} of {NAME} cannot start at {:?}",
                at.item.dataset, at.cursor
            )));
        }
        klines::ask(at.item)
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        klines::parse(reply, rows)
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == REQUESTS).then_some(REQUESTS_PER_MINUTE)
    }
}

/// What a symbol stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Share,
    Index,
}

impl Kind {
    /// What was said, else what the symbol's group tells.
    fn of(kind: &str, symbol: &str) -> Result<Self, String> {
        match kind {
            "share" | "stock" => Ok(Self::Share),
            "index" => Ok(Self::Index),
            "" if ["INDXJPX", "IND_NIKKEI"]
                .iter()
                .any(|group| symbol.ends_with(group)) =>
            {
                Ok(Self::Index)
            }
            "" => Ok(Self::Share),
            other => Err(format!("kind is {other:?}: write share or index")),
        }
    }

    /// Whether the vendor has bars of that interval.
    fn check_interval(interval: &str) -> Result<(), String> {
        match interval {
            DAY | FIVE_MINUTES => Ok(()),
            other => Err(format!("{NAME} has no interval {other:?}; it has 1d, 5m")),
        }
    }
}
