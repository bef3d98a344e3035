//! Replies that are not yet normalised, and the ledger of items.
//!
//! The SQL of these tables stands in `config/schema/0003_documents_and_ledger.sql`.

use super::columns::*;
use super::definitions::row_types;

row_types! {
    /// A reply as it came, for what is not yet normalised.
    Document {
        /// The vendor.
        source: Text,
        /// What was asked for.
        dataset: Text,
        /// The id it was asked by.
        id: Text,
        /// JSON text.
        body: Text,
    }
    /// The ledger: what became of an item.
    WorkLog {
        /// The job.
        job: Text,
        /// The item.
        item: Text,
        /// The vendor.
        source: Text,
        /// The dataset.
        dataset: Text,
        /// `done`, `partial` (some of its ids or rows were refused) or `dead`.
        outcome: Text,
        /// Where it failed.
        step: Text,
        /// Why it failed.
        reason: Text,
        /// Deliveries it took.
        attempts: UInt,
        /// Requests sent.
        requests: UInt,
        /// Rows published.
        rows: UInt,
        /// Bytes of the replies, decompressed.
        bytes: UInt,
        /// Milliseconds spent in requests.
        api_ms: UInt,
        /// Milliseconds spent waiting for the vendor's limits.
        wait_ms: UInt,
        /// Milliseconds spent publishing.
        write_ms: UInt,
        /// Who did it.
        worker: Text,
        /// When it ended.
        at: Time,
        /// How often it had been enqueued again.
        run: UInt,
        /// The symbol of its window, as it was asked for.
        symbol: Text,
        /// The window: first instant, 0 where there is none.
        window_from: Time,
        /// First instant no longer in it.
        window_to: Time,
        /// What else shaped the request, as a JSON object.
        params: Text,
        /// The ids that were stored.
        ids: TextList,
        /// The ids that were refused.
        refused_ids: TextList,
        /// Where each of them failed.
        refused_steps: TextList,
        /// Why each of them failed.
        refused_reasons: TextList,
    }
}
