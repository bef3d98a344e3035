//! `export`: a job's lines of the ledger, its rows or its documents as files.
//!
//! ```text
//! job (NATS) ──> query (pure: which rows) ──> ClickHouse writes the format ──> file ──> counted, renamed
//! ```
//!
//! The answer of ClickHouse goes to the file as it comes and is never held in memory. A file has
//! its name only once it is whole. Changes nothing on any server.

mod counted;
mod documents;
mod files;
mod parquet;
mod query;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use common::item::Token;
use common::jobs::Job;
use common::settings::Settings;
use common::tables::Table;
use serde::Serialize;
use sources::Dataset;

use self::counted::Counted;
use self::files::Folder;
use self::query::Query;
use crate::failure::usage;
use crate::output::{self, Output, note, number};
use crate::status::{self, Queues, ledger};

#[derive(Debug, Args)]
#[command(
    after_help = "done: one line for each id or window that was stored, with its requests and rows (of the item, \
where it holds several ids). failed: one line for each that is refused now, with step and reason; what \
was tried again counts as it ended last. rows: a file for each table of the dataset, each row once. \
documents: the replies that are kept whole; with --format json a file for each, named after its id \
(what cannot stand in a name as %2F).

Decimals are exact in every format, as text in JSON, and so are whole numbers of 64 bits there. Times \
are RFC 3339 with nanoseconds, in Parquet timestamps. In CSV nothing is an empty field, and an empty \
text \"\".

Rows are found by vendor, symbols, time and parameters that are columns (such as interval), or by id, \
so another job that asked for the same may have stored some; a parameter that is no column narrows \
nothing. Where rows do not say what they were asked by, those are taken which were fetched while the \
job ran, and a note says so.

A file has its name only once it is whole. After an interruption documents in a file each go on where \
they stopped; anything else that exists is replaced with --overwrite.

Examples:
  producer export binance-trades-0123abcd --what rows --format parquet --out trades
  producer export fotmob-match_details-0123abcd --what failed --format csv --out . --overwrite
  producer export fotmob-match_details-0123abcd --what documents --format json --out matches"
)]
pub(crate) struct ExportArgs {
    /// The job
    pub(crate) job: Token,
    /// What of it
    #[arg(long, value_enum)]
    pub(crate) what: What,
    /// How it is written
    #[arg(long, value_enum)]
    pub(crate) format: Format,
    /// The folder; it is made if it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// What was stored, from the ledger
    Done,
    /// What is refused, from the ledger
    Failed,
    /// The rows, a file a table
    Rows,
    /// The replies that are kept whole
    Documents,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Parquet,
    /// With the names of the columns in the first line
    Csv,
    /// One object with all rows in it
    Json,
    /// A JSON object a line
    Ndjson,
}

impl Format {
    /// ClickHouse's name of it.
    fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSVWithNames",
            Self::Json => "JSON",
            Self::Ndjson => "JSONEachRow",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }
}

/// What was written.
#[derive(Debug, Serialize)]
struct Exported {
    job: Token,
    what: What,
    format: Format,
    files: Vec<File>,
    /// Files that existed and were kept; only documents that are a file each.
    kept: u64,
}

/// A file, or all of one kind.
#[derive(Debug, Serialize)]
struct File {
    path: PathBuf,
    /// How many files `path` stands for: more than one where it is a folder.
    files: u64,
    rows: u64,
    bytes: u64,
}

/// Exports a part of a job.
pub(crate) async fn run(
    args: &ExportArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let job = find(&args.job, settings).await?;
    let source =
        sources::find_or_list(&job.request.source).map_err(|error| usage(error.to_string()))?;
    let dataset = source
        .dataset(&job.request.dataset)
        .map_err(|error| usage(error.to_string()))?;
    let tables = tables(args.what, &job, dataset)?;
    let database = &settings.clickhouse.database;
    let queries: Vec<Query> = match args.what {
        What::Done => vec![query::done(database, &job)],
        What::Failed => vec![query::failed(database, &job)],
        What::Rows | What::Documents => {
            let of = |table: &Table| query::rows(database, &job, source, *table);
            let queries: Result<_, _> = tables.iter().map(of).collect();
            queries.map_err(|error| usage(error.to_string()))?
        }
    };
    if queries.iter().any(|query| query.by_time_of_fetching) {
        note(&format!(
            "rows of {} do not say what they were asked by: these are what {} gave while the job ran, which may hold some of another job of that time",
            dataset.name, job.request.source
        ));
    }
    let folder = Folder::open(&args.out, args.overwrite)?;
    let mut exported = Exported {
        job: job.name,
        what: args.what,
        format: args.format,
        files: Vec::new(),
        kept: 0,
    };
    if args.what == What::Documents && args.format == Format::Json {
        for query in &queries {
            let written = documents::write(query, &folder, settings).await?;
            exported.kept += written.kept;
            exported.files.push(written.file);
        }
    } else {
        let name = |query: &Query| format!("{}.{}", query.name, args.format.extension());
        folder.refuse_existing(queries.iter().map(name))?;
        for query in &queries {
            let file = write(query, &name(query), args.format, &folder, settings).await?;
            exported.files.push(file);
        }
    }
    output.print(&exported, human)?;
    Ok(ExitCode::SUCCESS)
}

async fn find(name: &Token, settings: &Settings) -> anyhow::Result<Job> {
    let nats = crate::run::connect(settings).await?;
    let Some(queues) = Queues::open(&nats).await? else {
        return Err(status::unknown(name, &[]));
    };
    status::known(&queues, name).await?;
    let found = queues.jobs.get(name).await?;
    let (job, _) = found.with_context(|| format!("job {name} was removed"))?;
    Ok(job)
}

/// The tables of the dataset that are wanted.
fn tables(what: What, job: &Job, dataset: &Dataset) -> anyhow::Result<Vec<Table>> {
    let wanted = |table: &Table| (*table == Table::Document) == (what == What::Documents);
    let tables: Vec<Table> = dataset.tables.iter().copied().filter(wanted).collect();
    let of = format!("{} of {}", dataset.name, job.request.source);
    match what {
        What::Rows if tables.is_empty() => Err(usage(format!(
            "job {}: {of} is kept as documents and has no rows; use --what documents",
            job.name
        ))),
        What::Documents if tables.is_empty() => Err(usage(format!(
            "job {}: {of} keeps no documents; use --what rows",
            job.name
        ))),
        _ => Ok(tables),
    }
}

/// Lets ClickHouse write one file.
async fn write(
    query: &Query,
    name: &str,
    format: Format,
    folder: &Folder,
    settings: &Settings,
) -> anyhow::Result<File> {
    let failed = || format!("{name} was not written: ClickHouse did not give all of it");
    let mut answer = query
        .of(&ledger::client(&settings.clickhouse))
        .fetch_bytes(format.name())
        .with_context(failed)?;
    let mut part = folder.begin()?;
    let mut counted = Counted::new(format);
    while let Some(piece) = answer.next().await.with_context(failed)? {
        counted.take(&piece);
        part.write(&piece)?;
    }
    let bytes = counted.bytes();
    let rows = counted.rows(part.written()?).with_context(failed)?;
    Ok(File {
        path: part.keep(name)?,
        files: 1,
        rows,
        bytes,
    })
}

fn human(exported: &Exported) -> String {
    let mut rows = vec![
        ["file", "files", "rows", "bytes"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(exported.files.iter().map(|file| {
        let mut row = vec![file.path.display().to_string()];
        row.extend([file.files, file.rows, file.bytes].map(number));
        row
    }));
    let kept = match exported.kept {
        0 => String::new(),
        kept => format!(
            "{} files existed and were kept; --overwrite replaces them\n",
            number(kept)
        ),
    };
    output::table(&rows) + &kept
}
