//! `audit`: holds what a job or a range should hold against what is stored, and says of every
//! interval what it is, and why.
//!
//! ```text
//! JOBS, or a plan made now ──> expect ──┐
//! WORK, RECORDS, DEAD ──────> queues ───┤
//! the ledger ───────────────> lines ────┼──> judge (pure) ──> report (heat, table, JSON)
//! the tables ───────────────> stored ───┘        │
//!                                                └──> repair: a job of exactly the gaps
//! ```
//!
//! Asks no vendor, but to compare ([`compare`]). Changes nothing, but to repair. What counts as a
//! proof is decided in `docs/decisions/0014-what-audit-believes.md`.

mod compare;
mod expect;
mod facts;
mod heat;
mod judge;
mod lines;
mod proof;
mod queues;
mod repair;
mod report;
mod stored;

use std::collections::BTreeSet;
use std::process::ExitCode;

use chrono::Utc;
use common::service::Service;
use common::settings::Settings;
use common::streams;

use self::expect::Expected;
use self::facts::{Line, Outcome, Span};
use self::judge::{Rule, Track};
use self::queues::{Claims, Filler};
use self::report::Report;
use self::stored::Shelf;
use crate::cli::AuditArgs;
use crate::enqueue;
use crate::failure::{INCOMPLETE, usage};
use crate::output::Output;
use crate::status::{self, Queues};

const DAY: i64 = 86_400_000_000_000;

/// Audits, and enqueues what is missing once more.
pub(crate) async fn repair(
    service: &Service,
    args: &AuditArgs,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let mut audit = Audit::of(args, &service.settings).await?;
    if let Some(prepared) = repair::prepare(&mut audit, &service.settings, args.dry_run).await?
        && !args.dry_run
    {
        let nats = crate::run::connect(&service.settings).await?;
        streams::ensure(&nats, &service.settings.streams).await?;
        enqueue::store(service, &nats, prepared, output)
            .await?
            .whole()?;
    }
    audit.report.print(output)?;
    Ok(audit.code())
}

/// What an audit found.
pub(crate) struct Audit {
    expected: Expected,
    report: Report,
}

/// Audits, and prints what was found.
pub(crate) async fn run(
    args: &AuditArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let audit = Audit::of(args, settings).await?;
    audit.report.print(output)?;
    Ok(audit.code())
}

impl Audit {
    /// Collects what is known, and judges it.
    pub(crate) async fn of(args: &AuditArgs, settings: &Settings) -> anyhow::Result<Self> {
        let nats = crate::run::connect(settings).await?;
        let queues = Queues::open(&nats).await?;
        let expected = expected(args, queues.as_ref()).await?;
        let fillers = match &queues {
            Some(queues) => queues::fillers(queues, &expected).await?,
            None => Vec::new(),
        };
        let shelf = Shelf {
            settings: &settings.clickhouse,
            tables: expected.dataset.tables,
            source: expected.source,
            stored_as: expected.stored_as()?,
            rule: Rule::of(expected.dataset.continuity, &expected.params),
        };
        let report = judged(&expected, &fillers, &shelf).await?;
        let mut audit = Self { expected, report };
        let seed = Utc::now().timestamp_millis().unsigned_abs();
        if let Some(sample) = args.verify {
            compare::verify(&mut audit, &shelf, args, sample, seed).await?;
        }
        if let Some(other) = &args.against {
            compare::against(&mut audit, &shelf, args, other, seed).await?;
        }
        Ok(audit)
    }

    fn code(&self) -> ExitCode {
        match self.report.is_good() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(INCOMPLETE),
        }
    }
}

async fn expected(args: &AuditArgs, queues: Option<&Queues>) -> anyhow::Result<Expected> {
    let Some(name) = &args.job else {
        return Expected::of_range(args);
    };
    let Some(queues) = queues else {
        return Err(status::unknown(name, &[]));
    };
    status::known(queues, name).await?;
    let job = queues.jobs.get(name).await?;
    let (job, _) = job.ok_or_else(|| usage(format!("job {name} was removed")))?;
    Expected::of_job(&job)
}

/// Reads what is stored and told, and judges every symbol.
async fn judged(
    expected: &Expected,
    fillers: &[Filler],
    shelf: &Shelf<'_>,
) -> anyhow::Result<Report> {
    let hull = expected.hull();
    // What lies next to it tells of its ends.
    let around = Span::new(hull.from - DAY, hull.to + DAY);
    let written: BTreeSet<String> = expected
        .tracks
        .iter()
        .filter_map(|track| track.symbol.clone())
        .collect();
    let names = shelf.names(&written, around).await?;
    let lines = lines::read(shelf, expected, &names, hull).await?;
    let edges = edges(expected, fillers, &lines, around);
    let symbols = lines.iter().flat_map(|line| line.symbols.iter().cloned());
    let symbols = symbols.chain(written.iter().map(|symbol| names.stored(symbol)));
    let mut symbols: BTreeSet<String> = symbols.collect();
    if written.is_empty() {
        symbols = BTreeSet::from([String::new()]);
    }
    let stock = shelf.stock(&symbols, &edges).await?;
    let claims = Claims::new(fillers, &names);
    let mut witnesses: Vec<i64> = lines
        .iter()
        .filter(|line| is_witness(line))
        .map(|line| line.at)
        .collect();
    witnesses.sort_unstable();
    let mut report = Report::new(expected);
    for wanted in &expected.tracks {
        let symbol = names.stored(wanted.symbol.as_deref().unwrap_or_default());
        let about: Vec<&Line> = lines
            .iter()
            .filter(|line| line.symbols.contains(&symbol))
            .collect();
        let intervals = judge::judge(&Track {
            symbol: &symbol,
            wanted: &wanted.spans,
            rule: shelf.rule,
            stock: &stock,
            lines: &about,
            unserved: &expected.unserved,
            witnesses: &witnesses,
            claims: &|span| claims.of(&symbol, span),
        });
        report.add(&symbol, wanted, intervals);
    }
    if fillers.iter().any(|filler| filler.has_records) {
        report.note(
            "record batches are still on the way to the store: audit again when they are stored",
        );
    }
    Ok(report)
}

fn is_witness(line: &Line) -> bool {
    line.outcome == Outcome::Done && line.is_fresh && line.rows > 0
}

/// Where cells begin and end: midnights, and every instant at which something that was asked or told
/// begins or ends.
fn edges(expected: &Expected, fillers: &[Filler], lines: &[Line], around: Span) -> BTreeSet<i64> {
    let mut edges = BTreeSet::from([around.from, around.to]);
    let mut first = around.from.div_euclid(DAY) * DAY + DAY;
    while first < around.to {
        edges.insert(first);
        first += DAY;
    }
    let wanted = expected.tracks.iter().flat_map(|track| &track.spans);
    edges.extend(wanted.flat_map(|span| [span.from, span.to]));
    edges.extend(
        expected
            .unserved
            .iter()
            .flat_map(|unserved| [unserved.span.from, unserved.span.to]),
    );
    let asked = fillers.iter().flat_map(Filler::edges);
    edges.extend(asked.filter(|edge| around.from < *edge && *edge < around.to));
    // Of an answer all that it covers is looked at, or nobody could say whether it is stored.
    edges.extend(
        lines
            .iter()
            .flat_map(|line| [line.window.from, line.window.to]),
    );
    edges
}
