//! Binance USD-M futures.

use common::tables::Rows;

use crate::ask::{Ask, At, Next, ParseError, Refusal};
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Source};
use crate::verdict::{ReplyHead, Verdict};

const NAME: &str = "binance-usdm";

const DATASETS: &[Dataset] = &[];

/// Binance USD-M futures.
#[derive(Debug)]
pub struct BinanceUsdm;

impl Source for BinanceUsdm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://fapi.binance.com"
    }

    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        &[("archive", "https://data.binance.vision")]
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
