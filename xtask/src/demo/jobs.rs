//! What the demo enqueues, and what must stand in the store afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use common::tables::Table;
use e2e::{Expected, Fleet};

/// All jobs, and the rows they must yield, where an oracle knows.
pub(crate) struct Plan {
    pub(crate) jobs: Vec<Job>,
    pub(crate) expected: Option<Expected>,
}

/// One `producer enqueue`.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
    pub(crate) dataset: &'static str,
    pub(crate) tables: &'static [Table],
    pub(crate) command: Vec<String>,
}

const SYMBOLS: [&str; 2] = ["BTCUSDT", "ETHUSDT"];
const DETAILS: &[Table] = &[
    Table::Match,
    Table::MatchEvent,
    Table::MatchShot,
    Table::MatchLineup,
    Table::MatchStat,
    Table::Document,
];

/// Two days of trades and bars, ten days of matches, 500 match details.
pub(crate) fn simulated(fleet: &mut Fleet) -> anyhow::Result<Plan> {
    let [from, to, until] = [
        "2024-03-04T00:00:00Z",
        "2024-03-06T00:00:00Z",
        "2024-03-14T00:00:00Z",
    ]
    .map(day);
    let oracle = fleet.simulator().oracle();
    let ids: Vec<u64> = (3_400_000..)
        .filter(|&id| oracle.match_exists(id))
        .take(500)
        .collect();
    let mut expected = Expected::default();
    for symbol in SYMBOLS {
        expected.add(oracle.trades(symbol, from, to));
        expected.add(oracle.klines(symbol, "1m", (from, to), Utc::now()));
    }
    expected.add(oracle.football_matches(from, until, &[]));
    expected.add(oracle.match_details(ids.clone()));
    let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let csv = fleet.file("matches.csv", format!("match_id\n{lines}"))?;
    let details = Job {
        name: "demo-details",
        source: "fotmob",
        dataset: "match_details",
        tables: DETAILS,
        command: words("enqueue ids --source fotmob --dataset match_details --column match_id --chunk 25 --job demo-details --file")
            .into_iter()
            .chain([csv.display().to_string()])
            .collect(),
    };
    let mut jobs = Vec::from(binance(from, to));
    jobs.push(range(
        "demo-matches",
        "football-data",
        "matches",
        &[Table::Match],
        "",
        from,
        until,
    ));
    jobs.push(details);
    Ok(Plan {
        jobs,
        expected: Some(expected),
    })
}

/// Two days of bars and the trades of two hours, from the real Binance.
pub(crate) fn live() -> Plan {
    let to = Utc::now()
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc()
        - TimeDelta::days(1);
    // A busy symbol has a million trades a day: two hours show the same in a minute.
    let [_, klines] = binance(to - TimeDelta::days(2), to);
    let hours = range(
        "demo-trades",
        "binance",
        "trades",
        &[Table::Trade],
        &symbols(),
        to - TimeDelta::hours(2),
        to,
    );
    Plan {
        jobs: vec![hours, klines],
        expected: None,
    }
}

fn binance(from: DateTime<Utc>, to: DateTime<Utc>) -> [Job; 2] {
    let symbols = symbols();
    let with_interval = format!("{symbols} --param interval=1m");
    [
        range(
            "demo-trades",
            "binance",
            "trades",
            &[Table::Trade],
            // Many small items, as the demo is to show; from the archive they were four files.
            &format!("{symbols} --param via=rest"),
            from,
            to,
        ),
        range(
            "demo-klines",
            "binance",
            "klines",
            &[Table::Kline],
            &with_interval,
            from,
            to,
        ),
    ]
}

fn symbols() -> String {
    format!("--symbols {}", SYMBOLS.join(","))
}

fn range(
    name: &'static str,
    source: &'static str,
    dataset: &'static str,
    tables: &'static [Table],
    more: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Job {
    let dates = [from, to].map(|at| at.format("%Y-%m-%dT%H:%M:%SZ"));
    let text = format!(
        "enqueue range --source {source} --dataset {dataset} {more} --from {} --to {} --job {name}",
        dates[0], dates[1]
    );
    Job {
        name,
        source,
        dataset,
        tables,
        command: words(&text),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn day(text: &str) -> DateTime<Utc> {
    text.parse()
        .expect("the dates of the demo are written in RFC 3339")
}
