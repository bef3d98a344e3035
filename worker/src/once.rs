//! `worker try`: asks one request of a vendor, as a worker would, and prints the rows.
//!
//! For trying out a manifest, a token or a vendor: no broker, no store, no retries. The lists of
//! instruments that the source wants are fetched first. Goes to standard output: the rows; to
//! standard error: each request, without secrets, and what came of it.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use clap::Args;
use common::item::{Item, Token, Work};
use common::settings::Settings;
use common::tables::Rows;
use sources::{
    Ask, At, Cursor, Instruments, Next, ParseError, PlanRequest, Reply, Selection, Source, Verdict,
};

use crate::fetch::{Answer, Taken};
use crate::ndjson::{quietly, written};
use crate::parse::param;
use crate::vendor::Vendor;

/// Other places that are asked when the vendor says that it has nothing at the first.
const PLACES: usize = 3;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 success, 1 the vendor refuses or its reply cannot be read, 2 wrong usage.

Examples:
  worker try --source binance --dataset trades --symbol BTC-USDT \\
      --from 2024-03-04 --to 2024-03-05 --rows 5
  worker try --source fotmob --dataset match_details --id 4193490"
)]
pub(crate) struct TryArgs {
    /// The vendor, as `producer sources` lists it
    #[arg(long)]
    source: String,
    /// The dataset, as `producer sources` lists it
    #[arg(long)]
    dataset: String,
    /// The symbol, for datasets that have symbols
    #[arg(long)]
    symbol: Option<String>,
    /// First instant wanted: YYYY-MM-DD or RFC 3339, UTC
    #[arg(long, value_name = "DATE", value_parser = sources::dates::parse)]
    from: Option<DateTime<Utc>>,
    /// First instant no longer wanted (exclusive)
    #[arg(long, value_name = "DATE", value_parser = sources::dates::parse)]
    to: Option<DateTime<Utc>>,
    /// The id, for datasets that are asked for by id
    #[arg(long, conflicts_with_all = ["from", "to", "symbol"])]
    id: Option<String>,
    /// A parameter of the dataset, such as interval=1m; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    params: Vec<(String, String)>,
    /// Rows to print at most
    #[arg(long, default_value_t = 20)]
    rows: u64,
    /// Replies to read at most, where one leads to the next
    #[arg(long, default_value_t = 1)]
    pages: u64,
}

/// Asks once; says on standard error what is wrong.
pub(crate) fn run(args: &TryArgs, settings: &Settings) -> ExitCode {
    let (vendor, item) = match prepared(args, settings) {
        Ok(found) => found,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            return ExitCode::from(common::service::USAGE);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = runtime
        .context("cannot start the runtime")
        .and_then(|runtime| runtime.block_on(attempt(args, &vendor, &item)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", vendor.client.redact(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// The vendor, and the first item that the request is cut into.
fn prepared(args: &TryArgs, settings: &Settings) -> anyhow::Result<(Vendor, Item)> {
    let source = sources::find_or_list(&args.source)?;
    let section = settings
        .source(source.name())
        .with_context(|| format!("no settings for {}", source.name()))?;
    let vendor = Vendor::new(source, section, &settings.worker)?;
    if let Some(reason) = vendor.closed() {
        bail!("{} is off: {reason}", source.name());
    }
    let item = item(args, source)?;
    Ok((vendor, item))
}

fn item(args: &TryArgs, source: &dyn Source) -> anyhow::Result<Item> {
    let dataset = source.dataset(&args.dataset)?;
    let given: BTreeMap<_, _> = args.params.iter().cloned().collect();
    let mut params = dataset.fill_params(&given)?;
    let needs = |what: &str| anyhow::anyhow!("{} of {} needs {what}", dataset.name, source.name());
    let now = Utc::now().trunc_subsecs(0);
    let range = match dataset.selection {
        Selection::Ids => None,
        Selection::Snapshot | Selection::Now => Some((now - TimeDelta::seconds(1), now)),
        Selection::SymbolRange | Selection::Range => {
            let (from, to) = (args.from, args.to);
            Some(from.zip(to).ok_or_else(|| needs("--from and --to"))?)
        }
    };
    let symbols = matches!(
        dataset.selection,
        Selection::SymbolRange | Selection::Snapshot
    );
    let work = match range {
        None => {
            let id = args.id.clone().ok_or_else(|| needs("--id"))?;
            source
                .check_id(dataset.name, &id)
                .map_err(anyhow::Error::msg)?;
            Work::Ids(vec![id])
        }
        Some((from, to)) => {
            if symbols && args.symbol.is_none() {
                return Err(needs("--symbol"));
            }
            let plan = source.plan(&PlanRequest {
                dataset: dataset.name.to_owned(),
                symbols: args.symbol.iter().filter(|_| symbols).cloned().collect(),
                from,
                to,
                slice: None,
                params: params.clone(),
                now: Utc::now(),
            })?;
            let first = plan.item(0).context("the range holds nothing")?;
            params.extend(first.params);
            first.work
        }
    };
    Ok(Item {
        job: Token::from_lossy("try"),
        id: Token::from_lossy("try"),
        source: source.name().to_owned(),
        dataset: dataset.name.to_owned(),
        work,
        params,
        retry: common::Retry::default(),
    })
}

async fn attempt(args: &TryArgs, vendor: &Vendor, item: &Item) -> anyhow::Result<()> {
    let instruments = listed(vendor, item).await?;
    let id = match &item.work {
        Work::Ids(ids) => ids.first().map(String::as_str),
        Work::Range { .. } => None,
    };
    let mut cursor = Cursor::Start;
    let (mut places, mut pages, mut left) = (PLACES, args.pages, args.rows);
    loop {
        let at = At {
            item,
            id,
            cursor: &cursor,
            instruments: &instruments,
        };
        let asked = vendor
            .source
            .ask(&at)
            .map_err(|refusal| anyhow::anyhow!(refusal.0))?;
        let fetched_at_ms = Utc::now().timestamp_millis();
        let answer = match fetched(vendor, &asked).await? {
            Ok(answer) => answer,
            Err(reason) => {
                eprintln!("not there: {}", vendor.client.redact(&reason));
                places -= 1;
                if places == 0 {
                    bail!("the vendor has it nowhere");
                }
                let next = vendor.source.absent(&at, &reason);
                match next.map_err(|refusal| anyhow::anyhow!(refusal.0))? {
                    Next::More(elsewhere) => cursor = elsewhere,
                    Next::End => return Ok(()),
                }
                continue;
            }
        };
        let reply = Reply {
            item,
            id,
            cursor: &cursor,
            instruments: &instruments,
            body: &[],
            fetched_at_ms,
        };
        pages -= pages.min(1);
        match print(&mut left, vendor.source, answer, reply)? {
            Next::More(next) if pages > 0 => cursor = next,
            _ => return Ok(()),
        }
    }
}

/// The instruments that the item needs.
async fn listed(vendor: &Vendor, item: &Item) -> anyhow::Result<Instruments> {
    let mut all = Vec::new();
    for ask in vendor.source.instruments(item) {
        let answer = fetched(vendor, &ask).await?.map_err(anyhow::Error::msg)?;
        all.extend(vendor.source.read_instruments(answer.bytes())?);
    }
    let now = Utc::now().timestamp_nanos_opt().unwrap_or_default();
    Ok(vendor.history.over(all, now))
}

/// One request: a reply to be read, or why there is none of it.
async fn fetched(vendor: &Vendor, ask: &Ask) -> anyhow::Result<Result<Answer, String>> {
    eprintln!("{}", vendor.client.shown(ask)?);
    vendor.pace.turn().await;
    let answer = vendor.client.fetch(ask).await?;
    let (status, bytes) = (answer.head.status, answer.len());
    eprintln!("status {status}, {bytes} bytes");
    if answer.is_on_disk() {
        return Ok(Ok(answer));
    }
    match vendor.source.judge(&answer.head, answer.bytes()) {
        Verdict::Ok => Ok(Ok(answer)),
        Verdict::Absent { reason } => Ok(Err(reason)),
        Verdict::Blocked { wait, reason } => {
            bail!("the vendor asks to wait {} s: {reason}", wait.as_secs())
        }
        Verdict::Retry { reason } => bail!("the vendor has trouble, try later: {reason}"),
        Verdict::Reject { reason } => bail!("the vendor refuses: {reason}"),
    }
}

/// Prints the rows of a reply while some are left to be printed, and says how it goes on.
fn print(
    left: &mut u64,
    source: &dyn Source,
    answer: Answer,
    reply: Reply<'_>,
) -> anyhow::Result<Next> {
    let (mut rows, before, mut count) = (Rows::default(), *left, 0);
    let parsed: Result<Next, ParseError> = match &answer.body {
        Taken::Memory(body) => {
            let reply = Reply { body, ..reply };
            source.parse(&reply, &mut rows)
        }
        Taken::Disk(spooled) => {
            let mut stream = BufReader::new(&spooled.file);
            let mut flush = |rows: &mut Rows| {
                count += rows.len();
                // Who no longer reads is told at the end.
                let _ = written(rows, left);
            };
            source.parse_stream(&reply, &mut stream, &mut rows, &mut flush)
        }
    };
    count += rows.len();
    if let Err(error) = written(&mut rows, left) {
        return quietly(error).map(|()| Next::End);
    }
    let next = parsed?;
    let printed = before - *left;
    let follows = match next {
        Next::More(_) => "more pages follow",
        Next::End => "no page follows",
    };
    eprintln!("{count} rows, {printed} printed; {follows}");
    Ok(next)
}
