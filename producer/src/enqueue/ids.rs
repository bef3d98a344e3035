//! `enqueue ids`: ids of a CSV file or of standard input, several to an item.
//!
//! One pass checks everything and keeps the ids aside ([`super::spool`]); nothing is written
//! before its end.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use common::jobs::{Estimate, Limit, Part, Request};
use common::settings::Settings;
use sources::plan::time_at_limit;

use super::Prepared;
use super::estimate;
use super::id_column::{self, Column, IdsError, Tally};
use super::items::Items;
use super::spool::Spool;
use super::wanted::{self, Checked, Kind};
use crate::cli::{IdsArgs, Priority};
use crate::failure::usage;
use crate::output::number;

/// Checks the request and the whole file; contacts nobody.
pub(crate) fn prepare(args: &IdsArgs, settings: &Settings) -> anyhow::Result<Prepared> {
    let checked = wanted::check(&args.wanted, settings, Kind::Ids)?;
    let (ids, tally) = read(args, &checked)?;
    let chunk = args.chunk.map_or(settings.producer.chunk, usize::from);
    let request = Request {
        source: checked.source.name().to_owned(),
        dataset: checked.dataset.name.to_owned(),
        params: checked.params.clone(),
        part: Part::Ids {
            fingerprint: ids.fingerprint(),
            ids: ids.count(),
            chunk,
        },
    };
    let job = wanted::name(args.wanted.job.clone(), &request);
    let items = Items::of_ids(&job, &request, ids, chunk);
    let limit = items
        .first()?
        .and_then(|item| estimate::limit(checked.source, &item));
    Ok(Prepared {
        job,
        request,
        items,
        estimate: estimate(tally.ids, limit),
        tables: checked.dataset.tables,
        notes: notes(&tally),
        fresh: args.wanted.priority == Priority::Fresh,
        tally: Some(tally),
    })
}

/// The ids of a file, as they are written there.
pub(crate) fn listed(file: &Path, column: &str) -> anyhow::Result<HashSet<String>> {
    let column = Column {
        name: column,
        skip_bad: false,
        numbers: false,
        check: &|_| Ok(()),
    };
    let mut ids = HashSet::new();
    column_of(file, &column, |id| {
        ids.insert(id.to_owned());
        Ok(())
    })?;
    Ok(ids)
}

fn read(args: &IdsArgs, checked: &Checked) -> anyhow::Result<(Spool, Tally)> {
    let column = Column {
        name: &args.column,
        skip_bad: args.skip_bad,
        numbers: checked.source.ids_are_numbers(),
        check: &|id| checked.source.check_id(checked.dataset.name, id),
    };
    let mut spool = Spool::create().context("cannot write to the temporary folder")?;
    let tally = column_of(&args.file, &column, |id| spool.push(id))?;
    let spool = spool
        .finish()
        .context("cannot write to the temporary folder")?;
    Ok((spool, tally))
}

fn column_of(
    file: &Path,
    column: &Column<'_>,
    take: impl FnMut(&str) -> io::Result<()>,
) -> anyhow::Result<Tally> {
    let (name, input) = open(file)?;
    id_column::read(input, column, take).map_err(|error| match error {
        IdsError::Unreadable(_) | IdsError::Keep(_) => anyhow::Error::new(error).context(name),
        wrong => usage(format!("{name} {wrong}")),
    })
}

/// The input and how it is called.
fn open(path: &Path) -> anyhow::Result<(String, Box<dyn Read>)> {
    if path == Path::new("-") {
        return Ok(("standard input".to_owned(), Box::new(io::stdin().lock())));
    }
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(usage(format!(
            "{name} is a folder; --file takes a CSV file or -"
        )));
    }
    match File::open(path) {
        Ok(file) => Ok((name, Box::new(file))),
        Err(error) => Err(usage(format!("cannot open {name}: {error}"))),
    }
}

/// Each id takes one request at least; more cannot be known before.
fn estimate(ids: u64, limit: Option<Limit>) -> Estimate {
    Estimate {
        requests: ids,
        rows: None,
        time_at_limit_s: limit.as_ref().map(|limit| {
            time_at_limit(ids, limit.units_per_request, limit.units_per_minute).as_secs()
        }),
        bytes_on_disk: None,
        limit,
    }
}

fn notes(tally: &Tally) -> Vec<String> {
    let mut notes = Vec::new();
    if tally.duplicates > 0 {
        notes.push(format!(
            "{} duplicate ids are enqueued once",
            number(tally.duplicates)
        ));
    }
    if let Some(first) = &tally.first_skipped {
        let skipped = number(tally.skipped);
        notes.push(format!(
            "{skipped} lines without a usable id are skipped, the first: {first}"
        ));
    }
    notes
}
