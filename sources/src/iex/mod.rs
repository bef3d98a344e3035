//! IEX HIST.

use common::tables::Rows;

use crate::ask::{Ask, At, Next, ParseError, Refusal};
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Source};
use crate::verdict::{ReplyHead, Verdict};

const NAME: &str = "iex";

const DATASETS: &[Dataset] = &[];

/// IEX HIST.
#[derive(Debug)]
pub struct Iex;

impl Source for Iex {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://iextrading.com"
    }

    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        Err(PlanError("nothing yet".to_owned()))
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        Err(Refusal(format!("{NAME} has no {}", at.item.dataset)))
    }

    fn judge(&self, _head: &ReplyHead, _body: &[u8]) -> Verdict {
        Verdict::Ok
    }

    fn parse(&self, _reply: &Reply<'_>, _rows: &mut Rows) -> Result<Next, ParseError> {
        Ok(Next::End)
    }

    fn units_per_minute(&self, _budget: &str) -> Option<u32> {
        None
    }
}
