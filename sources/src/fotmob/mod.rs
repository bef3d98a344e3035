//! fotmob.

use common::item::Item;
use common::tables::Rows;

use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Source};
use crate::verdict::{ReplyHead, Verdict};

/// The vendor.
#[derive(Debug)]
pub struct FotMob;

impl Source for FotMob {
    fn name(&self) -> &'static str {
        "fotmob"
    }
    fn base_url(&self) -> &'static str {
        "https://www.fotmob.com"
    }
    fn datasets(&self) -> &'static [Dataset] {
        &[]
    }
    fn plan(&self, _request: &PlanRequest) -> Result<Plan, PlanError> {
        Err(PlanError("not there yet".to_owned()))
    }
    fn ask(&self, _item: &Item, _id: Option<&str>, _cursor: &Cursor) -> Result<Ask, Refusal> {
        Err(Refusal("not there yet".to_owned()))
    }
    fn judge(&self, _head: &ReplyHead, _body: &[u8]) -> Verdict {
        Verdict::Ok
    }
    fn parse(&self, _reply: &Reply<'_>, _rows: &mut Rows) -> Result<Next, ParseError> {
        Err(ParseError { at: "$".to_owned(), what: "not there yet".to_owned() })
    }
    fn units_per_minute(&self, _budget: &str) -> Option<u32> {
        None
    }
}
