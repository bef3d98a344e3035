//! Polygon.

use crate::answer::Served;
use crate::options::Options;
use crate::reply::{Asked, Reply};

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Polygon;

impl Polygon {
    pub(crate) fn new(_options: &Options) -> Self {
        Self
    }
}

impl Served for Polygon {
    fn answer(&self, _asked: &Asked) -> Reply {
        Reply::json(404, "text/plain", "not found")
    }
}
