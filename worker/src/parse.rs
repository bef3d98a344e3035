//! `worker parse`: prints the rows of one saved reply, one JSON object a line.
//!
//! For debugging a refused item and for checking a parser against somebody else's. Contacts
//! nobody. The reply is read as if nothing were known of the request but what the command line
//! says, so every row in it comes out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono::{NaiveDate, Utc};
use clap::Args;
use common::item::{Item, Token, Work};
use common::tables::Rows;
use sources::instrument::lines;
use sources::{Cursor, Instruments, Reply, ReplyHead, Source, Stream, Verdict};

use crate::ndjson::{quietly, written};

/// Rows are printed and forgotten in portions of this many.
const PORTION: usize = 8_192;
/// What a capture of that format begins with.
const PCAP_NG: &[u8] = b"\n\r\r\n";
/// Beginning of a reply that tells what kind it is.
const HEAD: usize = 512;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 success, 1 the reply cannot be read, 2 wrong usage.

Examples:
  worker parse --source binance --dataset trades --symbol BTCUSDT reply.json
  worker parse --source okx --dataset trades --instruments swaps.json reply.json
  curl -s 'https://api.binance.com/api/v3/klines?symbol=BTCUSDT&interval=1d' |
      worker parse --source binance --dataset klines --symbol BTCUSDT --param interval=1d -"
)]
pub(crate) struct ParseArgs {
    /// The vendor, as `producer sources` lists it
    #[arg(long)]
    source: String,
    /// The dataset, as `producer sources` lists it
    #[arg(long)]
    dataset: String,
    /// The symbol that was asked for, where the reply does not say it
    #[arg(long)]
    symbol: Option<String>,
    /// The day that was asked for, YYYY-MM-DD, where the reply does not say it
    #[arg(long)]
    date: Option<NaiveDate>,
    /// A list of instruments, as the vendor gives it or as rows of the table instruments; may be
    /// repeated
    #[arg(long, value_name = "FILE")]
    instruments: Vec<PathBuf>,
    /// A parameter of the dataset, such as interval=1m; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    params: Vec<(String, String)>,
    /// The reply, JSON, CSV, an archive or a capture; - reads standard input
    file: PathBuf,
}

pub(crate) fn param(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Prints the rows; says on standard error what is wrong.
pub(crate) fn run(args: &ParseArgs) -> ExitCode {
    let (source, item) = match item(args) {
        Ok(found) => found,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    match print(args, source, &item) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The item that would have asked, as far as the command line tells.
fn item(args: &ParseArgs) -> Result<(&'static dyn Source, Item), String> {
    let source = sources::find_or_list(&args.source).map_err(|error| error.to_string())?;
    let dataset = source
        .dataset(&args.dataset)
        .map_err(|error| error.to_string())?;
    let given: BTreeMap<_, _> = args.params.iter().cloned().collect();
    // Only to check the names: a default says what is asked for, not what a saved reply holds.
    dataset
        .fill_params(&given)
        .map_err(|error| error.to_string())?;
    let mut params = given;
    let symbol = args.symbol.clone().map(|symbol| ("symbol", symbol));
    let date = args.date.map(|date| ("date", date.to_string()));
    for (name, value) in symbol.into_iter().chain(date) {
        params.insert(name.to_owned(), value);
    }
    let item = Item {
        job: Token::from_lossy("parse"),
        id: Token::from_lossy("parse"),
        source: source.name().to_owned(),
        dataset: dataset.name.to_owned(),
        work: Work::Ids(Vec::new()),
        params,
        retry: common::Retry::default(),
    };
    Ok((source, item))
}

fn print(args: &ParseArgs, source: &'static dyn Source, item: &Item) -> anyhow::Result<()> {
    let instruments = instruments(&args.instruments, source)?;
    if let Some(symbol) = &args.symbol {
        instruments
            .check(source.name(), &source.listed_name(symbol), Utc::now())
            .map_err(|refusal| anyhow::anyhow!(refusal.0))?;
    }
    let mut body = open(&args.file)?;
    let mut reply = Reply {
        item,
        id: None,
        cursor: &Cursor::Start,
        instruments: &instruments,
        body: &[],
        fetched_at_ms: Utc::now().timestamp_millis(),
    };
    let (mut rows, mut left) = (Rows::default(), u64::MAX);
    let parsed = if is_text_of_json(&mut body)? {
        let mut whole = Vec::new();
        body.read_to_end(&mut whole)?;
        reply.body = &whole;
        source
            .parse(&reply, &mut rows)
            .map_err(|error| explained(source, &whole, error.to_string()))
    } else {
        let mut stream = BufReader::new(body);
        let mut failed = None;
        let mut flush = |rows: &mut Rows| {
            if rows.len() >= PORTION && failed.is_none() {
                failed = written(rows, &mut left).err();
            }
        };
        let stream: &mut dyn Stream = &mut stream;
        let result = source.parse_stream(&reply, stream, &mut rows, &mut flush);
        if let Some(error) = failed {
            return quietly(error);
        }
        result.map_err(|error| error.to_string())
    };
    // What came before a place that cannot be read is good.
    if let Err(error) = written(&mut rows, &mut left) {
        return quietly(error);
    }
    match parsed {
        Ok(_) => Ok(()),
        Err(reason) => bail!("{}: {reason}", args.file.display()),
    }
}

/// Why a reply was not read: what the vendor says in it, where it is a refusal.
fn explained(source: &dyn Source, body: &[u8], error: String) -> String {
    let head = ReplyHead {
        status: 200,
        headers: Vec::new(),
    };
    match source.judge(&head, body) {
        Verdict::Ok => error,
        Verdict::Blocked { reason, .. }
        | Verdict::Retry { reason }
        | Verdict::Absent { reason }
        | Verdict::Reject { reason } => format!("{error} (the vendor says: {reason})"),
    }
}

fn instruments(files: &[PathBuf], source: &dyn Source) -> anyhow::Result<Instruments> {
    let (mut history, mut listed) = (Vec::new(), Vec::new());
    for file in files {
        let text =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let (all, read) = if lines::are_lines(&text) {
            (&mut history, lines::read(&text))
        } else {
            (&mut listed, source.read_instruments(&text))
        };
        all.extend(read.with_context(|| file.display().to_string())?);
    }
    let now = Utc::now().timestamp_nanos_opt().unwrap_or_default();
    Ok(Instruments::new(history).over(listed, now))
}

/// The file, or all of standard input in a file without a name: archives are read back and forth.
fn open(path: &Path) -> anyhow::Result<File> {
    if path != Path::new("-") {
        return File::open(path).with_context(|| format!("cannot open {}", path.display()));
    }
    let mut file = tempfile::tempfile().context("cannot make a temporary file")?;
    io::copy(&mut io::stdin().lock(), &mut file).context("cannot read standard input")?;
    file.rewind()?;
    Ok(file)
}

/// Whether the reply is JSON or markup, by its first letter; anything else is read as a stream.
fn is_text_of_json(file: &mut File) -> anyhow::Result<bool> {
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    // Line breaks to a reader of text, and then a length that may look like a bracket.
    if head.starts_with(PCAP_NG) {
        return Ok(false);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let first = text.trim_ascii_start().first();
    Ok(first.is_none_or(|first| b"{[<\"".contains(first)))
}
