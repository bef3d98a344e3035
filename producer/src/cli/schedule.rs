//! What can be written after `producer schedule`, and in a file of schedules: the same names.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use common::item::Token;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{Cache, Priority, param, span};

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// The time that it is now, for tests; the clock goes on from there
    #[arg(long, global = true, hide = true, value_parser = sources::dates::parse)]
    pub(crate) now: Option<DateTime<Utc>>,
    #[command(subcommand)]
    pub(crate) command: Schedule,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    /// Add a schedule, or those of a file; adding the same again changes nothing
    Add(Box<AddArgs>),
    /// All schedules: when they are due next, and what became of the last run
    List,
    /// Take a schedule away; the jobs of its runs stay
    Remove(NameArgs),
    /// Enqueue a run for now, beside those that are due
    RunNow(NameArgs),
    /// Begin no more runs
    Pause(NameArgs),
    /// Go on with a schedule that was paused; of the runs it has missed, the latest is made up for
    Resume(NameArgs),
    /// Run the schedules: a program that stays, as worker and writer do
    Run,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  producer schedule add bars --every 5m --offset 10s --source binance --dataset klines \\
      --symbols BTC-USDT --interval 5m --last 5d --priority fresh
  producer schedule add matches --at 02:30 --zone Europe/Berlin \\
      --source football-data --dataset matches --days 1
  producer schedule add --file schedules.toml

A file holds the same names:
  [[schedule]]
  name = \"bars\"
  every = \"5m\"
  source = \"binance\"
  dataset = \"klines\"
  symbols = [\"BTC-USDT\"]
  param = { interval = \"5m\", via = \"rest\" }
  last = \"5d\"")]
pub(crate) struct AddArgs {
    #[command(flatten)]
    pub(crate) definition: Definition,
    /// A TOML file with one or several `[[schedule]]` tables, which are added all or none
    #[arg(long, value_name = "FILE", conflicts_with = "Definition")]
    pub(crate) file: Option<PathBuf>,
    /// Take the place of another schedule of that name
    #[arg(long)]
    pub(crate) replace: bool,
}

/// A schedule as a person writes it.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definition {
    /// Its name (letters, digits, - and _)
    #[arg(required_unless_present = "file")]
    pub(crate) name: Option<Token>,
    /// Due each time that so much has passed, such as 30s, 5m, 6h or 1d, counted from 1970 UTC
    #[arg(long, value_name = "TIME", value_parser = span)]
    #[serde(default, deserialize_with = "span_text")]
    pub(crate) every: Option<Duration>,
    /// So much later than --every alone would be
    #[arg(long, value_name = "TIME", value_parser = span)]
    #[serde(default, deserialize_with = "span_text")]
    pub(crate) offset: Option<Duration>,
    /// Due at a time of day, such as 02:30
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    #[serde(default, deserialize_with = "time_text")]
    pub(crate) at: Option<NaiveTime>,
    /// Whose clock --at and --days mean, such as Europe/Berlin; UTC unless told otherwise
    #[arg(long, value_parser = zone)]
    #[serde(default, deserialize_with = "zone_text")]
    pub(crate) zone: Option<Tz>,
    /// The days of the week for --at, such as mon,fri
    #[arg(long, value_delimiter = ',', value_name = "DAYS", value_parser = weekday)]
    #[serde(default, deserialize_with = "weekday_texts")]
    pub(crate) on: Vec<Weekday>,
    /// The day of the month for --at, 1 to 28
    #[arg(long, value_name = "DAY")]
    pub(crate) day_of_month: Option<u32>,
    /// The vendor, as `producer sources` lists it
    #[arg(long, required_unless_present = "file")]
    pub(crate) source: Option<String>,
    /// The dataset, as `producer sources` lists it
    #[arg(long, required_unless_present = "file")]
    pub(crate) dataset: Option<String>,
    /// Symbols, separated by commas, for datasets that have symbols
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    #[serde(default)]
    pub(crate) symbols: Vec<String>,
    /// A parameter of the dataset, such as interval=1m; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    #[serde(default, rename = "param", deserialize_with = "table")]
    pub(crate) params: Vec<(String, String)>,
    /// The same as --param interval=…
    #[arg(long, value_name = "INTERVAL")]
    pub(crate) interval: Option<String>,
    /// A run asks for so much time before it is due, such as 5d, in whole bars where there are bars
    #[arg(long, value_name = "TIME", value_parser = span)]
    #[serde(default, deserialize_with = "span_text")]
    pub(crate) last: Option<Duration>,
    /// A run asks for so many whole days of --zone before it is due: 1 is yesterday
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// Length of one item, such as 15m, 6h or 1d; without it the source chooses
    #[arg(long, value_name = "TIME", value_parser = span)]
    #[serde(default, deserialize_with = "span_text")]
    pub(crate) slice: Option<Duration>,
    /// Whether the workers keep the vendor's replies (write), or also take those that are kept
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    pub(crate) cache: Cache,
    /// Only fill the cache, store no rows; with --cache write or read
    #[arg(long)]
    #[serde(default)]
    pub(crate) fetch_only: bool,
    /// Whether its runs are served before other jobs
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    pub(crate) priority: Priority,
}

#[derive(Debug, Args)]
pub(crate) struct NameArgs {
    /// The schedule
    pub(crate) name: Token,
}

fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    let read = |form| NaiveTime::parse_from_str(text, form);
    read("%H:%M")
        .or_else(|_| read("%H:%M:%S"))
        .map_err(|_| format!("{text:?} is no time of day: write HH:MM, such as 02:30"))
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no time zone: write a name such as Europe/Berlin or UTC"))
}

fn weekday(text: &str) -> Result<Weekday, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is no day of the week: write mon, tue, wed, thu, fri, sat or sun")
    })
}

fn read<'de, D: Deserializer<'de>, T>(
    from: D,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).map(Some).map_err(D::Error::custom)
}

fn span_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    read(from, span)
}

fn time_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveTime>, D::Error> {
    read(from, time_of_day)
}

fn zone_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Tz>, D::Error> {
    read(from, zone)
}

fn weekday_texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Weekday>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let days = texts.iter().map(|text| weekday(text));
    days.collect::<Result<_, _>>().map_err(D::Error::custom)
}

fn table<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
    let table = std::collections::BTreeMap::<String, String>::deserialize(from)?;
    Ok(table.into_iter().collect())
}
