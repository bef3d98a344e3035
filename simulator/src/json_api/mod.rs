//! An API that only a manifest knows.

use crate::answer::Served;
use crate::options::Options;
use crate::reply::{Asked, Reply};

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct JsonApi;

impl JsonApi {
    pub(crate) fn new(_options: &Options) -> Self {
        Self
    }
}

impl Served for JsonApi {
    fn answer(&self, _asked: &Asked) -> Reply {
        Reply::json(404, "text/plain", "not found")
    }
}
