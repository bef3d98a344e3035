//! Rows as people and programs read them: one JSON object a line, with the name of its table.

use std::io::{self, Write};

use anyhow::Context;
use common::records;
use common::tables::Rows;

/// Prints rows, no more than are `left` to be printed, and forgets all of them.
pub(crate) fn written(rows: &mut Rows, left: &mut u64) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for batch in rows.take(0) {
        for row in records::to_json(&batch.columns) {
            if *left == 0 {
                break;
            }
            *left -= 1;
            let mut line = serde_json::Map::new();
            line.insert("table".to_owned(), batch.table.name().into());
            line.extend(row);
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}

/// Whoever reads us may stop early, as `head` does.
pub(crate) fn quietly(error: io::Error) -> anyhow::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(error).context("cannot write the rows")
}
