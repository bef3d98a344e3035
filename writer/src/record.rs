//! The message that travels: a delivery from `RECORDS`, cut into what an insert needs.
//!
//! The [`Record`] owns the delivery until it is settled, and the share of memory it takes.

use bytes::Bytes;
use common::delivery::Delivery;
use common::records::Encoded;
use prometheus::IntGauge;
use tokio::sync::OwnedSemaphorePermit;

use crate::batch::Portion;
use crate::layout::Layout;

/// What a message says, without the duty to settle it.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// Its place in the stream.
    pub(crate) sequence: u64,
    /// Its rows.
    pub(crate) rows: u64,
    /// The Arrow schema message.
    pub(crate) schema: Bytes,
    /// The Arrow record batch messages.
    pub(crate) batches: Bytes,
}

/// A message in hand.
#[derive(Debug)]
pub(crate) struct Record {
    /// What it says.
    pub(crate) content: Content,
    /// To settle it.
    pub(crate) delivery: Delivery,
    /// Its share of memory, given back when the record is dropped.
    pub(crate) _memory: OwnedSemaphorePermit,
    /// Shows it among the messages in hand.
    pub(crate) _counted: Counted,
}

/// Adds one to a gauge as long as it lives.
#[derive(Debug)]
pub(crate) struct Counted(IntGauge);

impl Counted {
    /// Adds one.
    pub(crate) fn new(gauge: IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Reads a message body as far as joining it with others needs.
///
/// Every message of a batch is checked here, because in one stream a broken one would spoil, or
/// end, what comes after it.
pub(crate) fn decode(layout: &Layout, sequence: u64, body: &Bytes) -> Result<Content, String> {
    let encoded = Encoded::split(body).map_err(|error| error.to_string())?;
    let rows = encoded.rows().map_err(|error| error.to_string())?;
    layout.columns(&encoded.schema)?;
    Ok(Content {
        sequence,
        rows,
        schema: encoded.schema,
        batches: encoded.batches,
    })
}

impl Portion for Content {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn bytes(&self) -> usize {
        self.batches.len()
    }

    fn schema(&self) -> &Bytes {
        &self.schema
    }
}

impl Portion for Record {
    fn rows(&self) -> u64 {
        self.content.rows()
    }

    fn bytes(&self) -> usize {
        self.content.bytes()
    }

    fn schema(&self) -> &Bytes {
        self.content.schema()
    }
}
