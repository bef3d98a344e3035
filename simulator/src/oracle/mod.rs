//! The rows that any request must yield, from the same model that is served.
//!
//! Nothing here reads JSON: where a parser under test and the oracle differ, one of them
//! misunderstood the vendor's documents. Rows come in batches of bounded size, in the order of
//! their keys' time.

mod binance;
mod binance_files;
mod binance_now;
mod binance_usdm;
mod deribit;
mod details;
mod football_data;
mod football_details;
mod football_seasons;
mod fotmob;
mod fotmob_pages;
mod iex;
mod json_api;
mod okx;
mod stocks;
mod xignite;

pub use binance_now::Prints;
pub use stocks::Teller;

use std::sync::Arc;

use common::tables::{Batch, Rows};

use crate::answer::World;

/// Rows of a batch: few enough to hold many batches, enough to insert them well.
const BATCH_ROWS: usize = 50_000;

/// Lists rows.
#[derive(Debug, Clone)]
pub struct Oracle {
    world: Arc<World>,
}

impl Oracle {
    pub(crate) fn of(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Of a world that nobody serves.
    ///
    /// # Errors
    /// When the folder of recorded replies cannot be read.
    pub fn new(options: crate::Options) -> anyhow::Result<Self> {
        Ok(Self::of(Arc::new(World::new(options)?)))
    }
}

/// Cuts rows into batches; `push` adds the rows of one element.
fn batches<T>(
    elements: impl Iterator<Item = T>,
    mut push: impl FnMut(&mut Rows, T),
) -> impl Iterator<Item = Batch> {
    let mut elements = elements.fuse();
    std::iter::from_fn(move || {
        let mut rows = Rows::default();
        while rows.len() < BATCH_ROWS {
            match elements.next() {
                Some(element) => push(&mut rows, element),
                None => break,
            }
        }
        (!rows.is_empty()).then(|| rows.take(0))
    })
    .flatten()
}
