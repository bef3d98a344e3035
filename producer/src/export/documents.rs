//! Documents as a file each, named after their ids.

use anyhow::Context;
use clickhouse::Row;
use common::settings::Settings;
use serde::Deserialize;

use super::File;
use super::files::{Folder, safe_name};
use super::query::Query;
use crate::status::ledger;

#[derive(Debug, Row, Deserialize)]
struct Document<'a> {
    id: &'a str,
    body: &'a str,
}

/// What was written.
pub(super) struct Written {
    pub(super) file: File,
    /// Files that existed.
    pub(super) kept: u64,
}

/// Writes them; those that exist are kept unless they are to be replaced.
pub(super) async fn write(
    query: &Query,
    folder: &Folder,
    settings: &Settings,
) -> anyhow::Result<Written> {
    let failed = || "not all documents were written: ClickHouse did not give all of them";
    let mut documents = query
        .selecting("id, body", &ledger::client(&settings.clickhouse))
        .fetch::<Document<'_>>()
        .with_context(failed)?;
    let (mut files, mut bytes, mut kept) = (0, 0, 0);
    while let Some(document) = documents.next().await.with_context(failed)? {
        let name = format!("{}.json", safe_name(document.id));
        if folder.keeps(&name) {
            kept += 1;
            continue;
        }
        let mut part = folder.begin()?;
        part.write(document.body.as_bytes())?;
        part.keep(&name)?;
        files += 1;
        bytes += document.body.len() as u64;
    }
    let file = File {
        path: folder.path().to_owned(),
        files,
        rows: files,
        bytes,
    };
    Ok(Written { file, kept })
}
