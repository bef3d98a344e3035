//! Turns a reply into rows: in memory at once, from disk as a stream.
//!
//! A file is read by a thread of its own, for that is work without a pause; its rows come back in
//! portions over a channel, and are published while the next ones are read. Memory is bounded by
//! the portions on their way.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use common::item::Item;
use common::tables::Rows;
use sources::{At, Cursor, Instruments, Next, ParseError, Reply, Source};
use tokio::sync::mpsc;

use super::Task;
use crate::fetch::{Answer, Spooled, Taken};
use crate::outcome::Refused;

/// Rows of a portion: about what a message on `RECORDS` holds.
const PORTION: usize = 8_192;
/// Portions between the reader and the publisher: one at work on either side.
const PORTIONS_ON_THE_WAY: usize = 1;
/// Read from a file at once.
const READ_BYTES: usize = 256 * 1024;

impl Task<'_> {
    /// Reads a reply that was judged to be one; gives how to go on.
    pub(super) async fn read(&mut self, answer: Answer, at: &At<'_>) -> Result<Next, Refused> {
        let step = |task: &Self, error: ParseError, answer: &Answer| {
            task.refused("parse", &error.to_string(), answer)
        };
        match answer.body {
            Taken::Memory(_) => {
                let parsed = self.parse(answer.bytes(), at);
                parsed.map_err(|error| step(self, error, &answer))
            }
            Taken::Disk(spooled) => {
                let head = Answer {
                    head: answer.head,
                    body: Taken::Memory(Vec::new()),
                };
                match self.parse_file(spooled, at).await {
                    Ok(next) => Ok(next),
                    // The file came whole, so another try would end at the same byte; what came
                    // before it is good.
                    Err(error) => {
                        self.cut_off = Some(step(self, error, &head));
                        Ok(Next::End)
                    }
                }
            }
        }
    }

    /// Whether the item only fills the cache: its replies are read to find the next page, and to
    /// know that they can be.
    fn fetch_only(&self) -> bool {
        self.item.param("fetch_only") == "true"
    }

    fn parse(&mut self, body: &[u8], at: &At<'_>) -> Result<Next, ParseError> {
        let reply = Reply {
            item: at.item,
            id: at.id,
            cursor: at.cursor,
            instruments: at.instruments,
            body,
            fetched_at_ms: self.fetched_at / 1_000_000,
        };
        let before = self.rows.len();
        let next = self.vendor.source.parse(&reply, &mut self.rows)?;
        if self.fetch_only() {
            self.rows = Rows::default();
            return Ok(next);
        }
        self.spent.rows += (self.rows.len() - before) as u64;
        self.unflushed += body.len();
        self.content.update(body);
        Ok(next)
    }

    async fn parse_file(&mut self, spooled: Spooled, at: &At<'_>) -> Result<Next, ParseError> {
        // Rows of earlier pages leave first, so that a message holds rows of one reply.
        self.flush().await;
        self.content.update(&spooled.hash.to_le_bytes());
        let (portions, mut arriving) = mpsc::channel(PORTIONS_ON_THE_WAY);
        let reader = Reader {
            source: self.vendor.source,
            item: at.item.clone(),
            id: at.id.map(str::to_owned),
            cursor: at.cursor.clone(),
            instruments: self.instruments.clone(),
            fetched_at_ms: self.fetched_at / 1_000_000,
        };
        let reading = tokio::task::spawn_blocking(move || reader.read(spooled.file, portions));
        while let Some(rows) = arriving.recv().await {
            if self.fetch_only() {
                continue;
            }
            self.rows = rows;
            self.spent.rows += self.rows.len() as u64;
            self.flush().await;
        }
        reading.await.unwrap_or_else(|panic| {
            Err(ParseError {
                at: "byte 0".to_owned(),
                what: format!("the parser failed: {panic}"),
            })
        })
    }
}

/// All that the reading thread needs, owned.
struct Reader {
    source: &'static dyn Source,
    item: Item,
    id: Option<String>,
    cursor: Cursor,
    instruments: Arc<Instruments>,
    fetched_at_ms: i64,
}

impl Reader {
    fn read(self, file: File, portions: mpsc::Sender<Rows>) -> Result<Next, ParseError> {
        let reply = Reply {
            item: &self.item,
            id: self.id.as_deref(),
            cursor: &self.cursor,
            instruments: &self.instruments,
            body: &[],
            fetched_at_ms: self.fetched_at_ms,
        };
        let mut rows = Rows::default();
        let send = |rows: &mut Rows| {
            // Nobody listens any more only when the worker is being abandoned.
            let _ = portions.blocking_send(std::mem::take(rows));
        };
        let mut flush = |rows: &mut Rows| {
            if rows.len() >= PORTION {
                send(rows);
            }
        };
        let mut body = BufReader::with_capacity(READ_BYTES, file);
        let result = self
            .source
            .parse_stream(&reply, &mut body, &mut rows, &mut flush);
        if !rows.is_empty() {
            send(&mut rows);
        }
        result
    }
}
