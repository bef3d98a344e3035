//! Binance USD-M futures.

use crate::answer::Served;
use crate::options::Options;
use crate::reply::{Asked, Reply};

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct BinanceUsdm;

impl BinanceUsdm {
    pub(crate) fn new(_options: &Options) -> Self {
        Self
    }
}

impl Served for BinanceUsdm {
    fn answer(&self, _asked: &Asked) -> Reply {
        Reply::json(404, "text/plain", "not found")
    }
}
