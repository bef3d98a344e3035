//! What can be written on the command line, and its help.
//!
//! Only forms are checked here (a date is a date, a parameter has a `=`); what a source accepts
//! is checked by the commands.

mod audit;
mod schedule;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use common::item::Token;
use serde::{Deserialize, Serialize};

pub(crate) use self::audit::{AuditArgs, Sample};
use crate::export::ExportArgs;
use crate::output::Output;
use crate::prune::JobsArgs;
pub(crate) use schedule::{AddArgs, Definition, Schedule, ScheduleArgs};

/// Asks for history and shows how far it is.
#[derive(Debug, Parser)]
#[command(name = "producer", version, about, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Configuration file; without it BACKFLEET_CONFIG, else the defaults and the environment
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How answers look: for people, or one JSON object on standard output
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str =
    "Exit codes: 0 success, 1 failure, 2 wrong usage, input or configuration, \
3 finished with dead letters or cancelled (status --wait) or incomplete (audit), 130 stopped by a signal.

Example:
  producer enqueue range --source binance --dataset trades --symbols BTCUSDT,ETHUSDT \\
      --from 2024-01-01 --to 2024-01-03
  producer status --wait binance-trades-0123abcd";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Cut a request into items and enqueue them, exactly once
    #[command(subcommand)]
    Enqueue(Enqueue),
    /// What a request would come to by what was seen before: items, requests, rows, time, disk;
    /// nothing is sent
    #[command(subcommand)]
    Plan(Enqueue),
    /// How far jobs are
    Status(StatusArgs),
    /// All jobs, one line each; or forget old ones
    Jobs(JobsArgs),
    /// Jobs as they go on: bars on a terminal, plain lines elsewhere, JSON a look for programs
    Watch(WatchArgs),
    /// What failed of a job, by step and reason
    Failures(FailuresArgs),
    /// Dead letters: what was refused, kept whole
    #[command(subcommand)]
    Dead(Dead),
    /// What was stored or refused of a job, its rows or its documents, as files
    Export(ExportArgs),
    /// Put what was refused back into the queue, and nothing else
    Retry(RetryArgs),
    /// What is stored of a job or a range, what is not, and why
    Audit(AuditArgs),
    /// Give out no more items of a job; those in work are finished
    Pause(JobArgs),
    /// Go on with a job that was paused
    Resume(JobArgs),
    /// Take everything of a job away that is not done, and stop what is in work; for good
    Cancel(JobArgs),
    /// A job's part of the workers, compared with other jobs; 100 unless told otherwise
    Weight(WeightArgs),
    /// How many items of a job may be in work at once, over the whole fleet
    Limit(LimitArgs),
    /// Recurring jobs: every five minutes, each night
    Schedule(ScheduleArgs),
    /// Write an example file for `enqueue ids`
    Sample(SampleArgs),
    /// What can be asked for: sources, datasets, parameters, limits
    Sources(SourcesArgs),
    /// The configuration
    #[command(subcommand)]
    Config(Config),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  producer sources
  producer sources show binance --output json
  producer sources check my-source.toml
  producer sources try --source binance --dataset trades --symbol BTC-USDT \\
      --from 2024-03-04 --to 2024-03-05 --rows 5")]
pub(crate) struct SourcesArgs {
    /// Without one: list
    #[command(subcommand)]
    pub(crate) command: Option<Sources>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sources {
    /// List all of them
    List,
    /// Everything that is known of one: datasets, limits, retention, paging, key, documents
    Show {
        /// Its name, as `producer sources` lists it
        name: String,
    },
    /// Check manifests; exit code 2 if anything is wrong in any of them
    Check {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Ask one request of a vendor and print the rows; the program worker does it
    #[command(disable_help_flag = true)]
    Try {
        /// As `worker try --help` says
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "ARGUMENTS"
        )]
        arguments: Vec<OsString>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print the values in force, secrets hidden; exit code 2 if any cannot be used
    #[command(after_help = "Example:\n  producer config check --config backfleet.toml")]
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Enqueue {
    /// A range of time
    Range(RangeArgs),
    /// What exists only now: books, tickers, current values
    Now(NowArgs),
    /// Ids from a CSV file
    Ids(IdsArgs),
}

/// What both kinds of request share.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// The vendor, as `producer sources` lists it
    #[arg(long)]
    pub(crate) source: String,
    /// The dataset, as `producer sources` lists it
    #[arg(long)]
    pub(crate) dataset: String,
    /// A parameter of the dataset, such as interval=1m; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    pub(crate) params: Vec<(String, String)>,
    /// Whether the workers keep the vendor's replies (write), or also take those that are kept
    /// instead of asking again (read); see `[cache]` of the configuration
    #[arg(long, value_enum, default_value_t)]
    pub(crate) cache: Cache,
    /// Only fill the cache, store no rows; with --cache write or read
    #[arg(long)]
    pub(crate) fetch_only: bool,
    /// Name of the job (letters, digits, - and _); without it one is derived from the request, so
    /// that the same command is the same job
    #[arg(long, value_name = "NAME")]
    pub(crate) job: Option<Token>,
    /// Whether it is served before other jobs: for today's data beside a long history
    #[arg(long, value_enum, default_value_t)]
    pub(crate) priority: Priority,
    /// Say what it would come to; nothing is written and no server is contacted
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What becomes of the vendor's replies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cache {
    /// They are read and forgotten.
    #[default]
    Off,
    /// They are kept.
    Write,
    /// Those that are kept are used, the others asked for and kept.
    Read,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Dates are UTC: YYYY-MM-DD means midnight, RFC 3339 any instant. The end \
is exclusive: --from 2024-01-01 --to 2024-01-03 is two days.

The same command again goes on where it was stopped, or does nothing when all is enqueued.

Examples:
  producer enqueue range --source binance --dataset trades --symbols BTCUSDT,ETHUSDT \\
      --from 2024-01-01 --to 2024-01-03
  producer enqueue range --source binance --dataset klines --symbols BTCUSDT --interval 5m \\
      --from 2024-01-01T12:00:00Z --to 2024-02-01 --slice 1d --dry-run"
)]
pub(crate) struct RangeArgs {
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// Symbols, separated by commas, for datasets that have symbols
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub(crate) symbols: Vec<String>,
    /// First instant wanted: YYYY-MM-DD or RFC 3339, UTC
    #[arg(long, value_name = "DATE", value_parser = sources::dates::parse)]
    pub(crate) from: DateTime<Utc>,
    /// First instant no longer wanted (exclusive): YYYY-MM-DD or RFC 3339, UTC
    #[arg(long, value_name = "DATE", value_parser = sources::dates::parse)]
    pub(crate) to: DateTime<Utc>,
    /// Length of one item, such as 15m, 6h or 1d; without it the source chooses
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) slice: Option<Duration>,
    /// The same as --param interval=…
    #[arg(long, value_name = "INTERVAL")]
    pub(crate) interval: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Every run is a job of its own, named after the second it was asked in.

Example:
  producer enqueue now --source binance --dataset book_snapshots --symbols BTCUSDT,ETHUSDT"
)]
pub(crate) struct NowArgs {
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// Symbols, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub(crate) symbols: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The file is UTF-8 CSV with a header. All of it is checked before anything \
is written; duplicates and blank lines are skipped and counted. It may hold millions of lines.

The same command again goes on where it was stopped, or does nothing when all is enqueued.

Examples:
  producer enqueue ids --source fotmob --dataset match_details --file matches.csv
  sort -u ids.csv | producer enqueue ids --source fotmob --dataset match_details --file - \\
      --column id --chunk 50 --dry-run"
)]
pub(crate) struct IdsArgs {
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// The CSV file; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The column that holds the ids
    #[arg(long, default_value = "match_id")]
    pub(crate) column: String,
    /// Ids in one item, 1 to 1000; without it producer.chunk of the configuration
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) chunk: Option<u16>,
    /// Skip and count lines without a usable id instead of refusing the file
    #[arg(long)]
    pub(crate) skip_bad: bool,
}

#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  producer status
  producer status binance-trades-0123abcd --output json
  producer status --wait binance-trades-0123abcd")]
pub(crate) struct StatusArgs {
    /// The job; without it all jobs, one line each
    pub(crate) job: Option<Token>,
    /// Wait until the job is over: exit code 0, or 3 when there are dead letters or it was cancelled
    #[arg(long, requires = "job")]
    pub(crate) wait: bool,
    /// While waiting, keep this file current: the JSON of the last look
    #[arg(long, value_name = "FILE", requires = "wait")]
    pub(crate) progress_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Jobs that are named are watched until they are over: exit code 0, or 3 when \
there are dead letters or one was cancelled.

Examples:
  producer watch
  producer watch binance-trades-0123abcd fotmob-match_details-0123abcd
  producer watch --output json --progress-file progress.json binance-trades-0123abcd"
)]
pub(crate) struct WatchArgs {
    /// The jobs; without any all of them, until it is stopped
    pub(crate) jobs: Vec<Token>,
    /// Keep this file current: the JSON of the last look
    #[arg(long, value_name = "FILE")]
    pub(crate) progress_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  producer failures fotmob-match_details-0123abcd
  producer failures fotmob-match_details-0123abcd --ids > failed.csv
  producer enqueue ids --source fotmob --dataset match_details --file failed.csv --column id")]
pub(crate) struct FailuresArgs {
    /// The job
    pub(crate) job: Token,
    /// Every id that was refused, as CSV: id, item, step, reason
    #[arg(long)]
    pub(crate) ids: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Each choice narrows the one before; without any, all of the job is tried again.

Examples:
  producer retry fotmob-match_details-0123abcd
  producer retry fotmob-match_details-0123abcd --step fetch --reason 'HTTP 5' --limit 1000
  producer failures fotmob-match_details-0123abcd --ids > failed.csv
  producer retry fotmob-match_details-0123abcd --ids failed.csv"
)]
pub(crate) struct RetryArgs {
    /// The job
    pub(crate) job: Token,
    /// Only what failed at this step, as `producer failures` names it
    #[arg(long)]
    pub(crate) step: Option<String>,
    /// Only what has this in its reason, in any letters
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Only the ids of this CSV file
    #[arg(long, value_name = "FILE")]
    pub(crate) ids: Option<PathBuf>,
    /// The column of the file that holds the ids
    #[arg(long, default_value = "id", requires = "ids")]
    pub(crate) column: String,
    /// So many ids at most; a window counts as one
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Dead {
    /// One letter whole: why, and the head of the vendor's reply
    #[command(after_help = "Example:
  producer dead show fotmob-match_details-0123abcd ids-00000003")]
    Show(DeadArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DeadArgs {
    /// The job
    pub(crate) job: Token,
    /// The item, as `producer failures` names it
    pub(crate) item: Token,
}

#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    /// The job
    pub(crate) job: Token,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: twice the part of a job of which nothing was said
  producer weight binance-trades-0123abcd 200"
)]
pub(crate) struct WeightArgs {
    /// The job
    pub(crate) job: Token,
    /// 1 to 10000
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) weight: u32,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  producer limit binance-trades-0123abcd 4
  producer limit binance-trades-0123abcd usual")]
pub(crate) struct LimitArgs {
    /// The job
    pub(crate) job: Token,
    /// A number of items, or `usual`: streams.max_ack_pending of the configuration
    #[arg(value_parser = limit)]
    pub(crate) items: Limit,
}

/// How many items of a job may be in work at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Items(u32),
    Usual,
}

/// Which jobs are served first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Priority {
    /// By their weights.
    #[default]
    Usual,
    /// Before those that are not.
    Fresh,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  producer sample --source fotmob --dataset match_details --file matches.csv")]
pub(crate) struct SampleArgs {
    /// The vendor, as `producer sources` lists it
    #[arg(long)]
    pub(crate) source: String,
    /// The dataset, as `producer sources` lists it
    #[arg(long)]
    pub(crate) dataset: String,
    /// Where to write; a file that exists is kept. Without it standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

fn limit(text: &str) -> Result<Limit, String> {
    let number = text.parse().ok().filter(|items| *items > 0);
    match number.map(Limit::Items) {
        Some(limit) => Ok(limit),
        None if text == "usual" => Ok(Limit::Usual),
        None => Err("write a number of items from 1 on, or usual".to_owned()),
    }
}

fn param(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write NAME=VALUE, such as interval=1m".to_owned()),
    }
}

/// A length of time: a number and its unit.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and s, m, h or d, such as 15m, 6h or 1d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = &text[..text.len() - unit.len_utf8()];
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    if number == 0 {
        return Err("a length of time must be longer than nothing".to_owned());
    }
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn lengths_of_time_have_units() {
        assert_eq!(span("15m").unwrap(), Duration::from_secs(900));
        assert_eq!(span("1d").unwrap(), Duration::from_secs(86_400));
        for bad in ["", "1", "h", "0h", "-1h", "1w", "1é"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_have_a_name() {
        assert_eq!(
            param("interval=1m").unwrap(),
            ("interval".into(), "1m".into())
        );
        assert_eq!(param("a=b=c").unwrap(), ("a".into(), "b=c".into()));
        assert!(param("interval").is_err() && param("=1m").is_err());
    }
}
