//! OKX.

use crate::answer::Served;
use crate::options::Options;
use crate::reply::{Asked, Reply};

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Okx;

impl Okx {
    pub(crate) fn new(_options: &Options) -> Self {
        Self
    }
}

impl Served for Okx {
    fn answer(&self, _asked: &Asked) -> Reply {
        Reply::json(404, "text/plain", "not found")
    }
}
