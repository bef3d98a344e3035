//! Real input: the chain answers from a folder of recorded replies, and every match, event, shot,
//! trade and bar of its files must stand in the store.
//!
//! What must be there is read from the files here, with nothing but JSON values: neither the
//! parsers nor the simulator have a say in it. Hand-written files in the same layout are always
//! tried; recordings beside the checkout are, where somebody has put some.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, NaiveDate, Utc};
use e2e::{Fleet, FleetOptions};
use serde_json::Value;
use simulator::{Holdings, Series};

use crate::jobs::{self, finished};

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_hand_written_files_is_stored() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads");
    let files = Files::read(&folder);
    assert_eq!(
        files.counts(),
        [4, 4, 5, 3, 1, 8, 3],
        "rows of the fixtures"
    );
    all_is_stored(&folder, &files).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_recorded_files_is_stored() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/payloads");
    if !folder.is_dir() {
        println!(
            "no recordings at {}: only the hand-written files were tried",
            folder.display()
        );
        return;
    }
    let files = Files::read(&folder);
    println!(
        "trades, bars, matches, listed, details, events, shots: {:?}",
        files.counts()
    );
    assert!(
        files.counts().iter().all(|count| *count > 0),
        "{:?}",
        files.counts()
    );
    all_is_stored(&folder, &files).await;
}

async fn all_is_stored(folder: &Path, files: &Files) {
    let mut fleet = replaying(folder).await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let holdings = fleet.simulator().holdings().unwrap();
    let jobs = enqueue(&fleet, &holdings).await;
    for job in &jobs {
        finished(&fleet, job).await;
    }
    for (what, expected, sql) in files.claims() {
        let answer = fleet.query(&format!("{sql} FORMAT TSV")).await.unwrap();
        assert_same(what, &expected, &answer);
    }
    let dead = fleet
        .query("SELECT count() FROM work_log_final WHERE outcome != 'done'")
        .await
        .unwrap();
    assert_eq!(dead, "0");
}

async fn replaying(folder: &Path) -> Fleet {
    let options = jobs::options();
    let simulator = options.simulator.map(|simulator| simulator::Options {
        replay: Some(folder.to_owned()),
        ..simulator
    });
    Fleet::start(FleetOptions {
        simulator,
        ..options
    })
    .await
    .unwrap()
}

/// Asks for exactly what is held; gives the names of the jobs.
async fn enqueue(fleet: &Fleet, held: &Holdings) -> Vec<String> {
    let ids: Vec<_> = held.fotmob_details.iter().map(|(id, ..)| id).collect();
    let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let csv = fleet
        .file("recorded.csv", format!("match_id\n{lines}"))
        .unwrap();
    let mut commands = vec![(
        "details".to_owned(),
        format!(
            "ids --source fotmob --dataset match_details --file {}",
            csv.display()
        ),
    )];
    commands.extend(held.trades.iter().map(|series| {
        let command = format!("range --source binance --dataset trades {}", range(series));
        (format!("trades-{}", series.symbol), command)
    }));
    commands.extend(held.klines.iter().map(|series| {
        let interval = series.interval.as_deref().unwrap();
        let command = format!(
            "range --source binance --dataset klines --interval {interval} {}",
            range(series)
        );
        (format!("klines-{}-{interval}", series.symbol), command)
    }));
    let days = held
        .football_matches
        .first()
        .zip(held.football_matches.last());
    commands.extend(days.map(|((_, first), (_, last))| {
        let (from, to) = (instant(*first), instant(last + 1));
        let command =
            format!("range --source football-data --dataset matches --from {from} --to {to}");
        ("football".to_owned(), command)
    }));
    // A day of the vendor holds matches of the day before and of the day after in UTC.
    commands.extend(held.fotmob_days.iter().map(|(date, _)| {
        let day = NaiveDate::parse_from_str(date, "%Y%m%d").unwrap();
        let (from, to) = (day - Days::new(1), day + Days::new(2));
        let command = format!("range --source fotmob --dataset matches --from {from} --to {to}");
        (format!("day-{date}"), command)
    }));
    for (job, command) in &commands {
        let command = format!("enqueue {command} --job {job}");
        let args: Vec<&str> = command.split_whitespace().collect();
        fleet.producer(&args).await.unwrap().success().unwrap();
    }
    commands.into_iter().map(|(job, _)| job).collect()
}

fn range(series: &Series) -> String {
    let (from, to) = (instant(series.first_ms), instant(series.last_ms + 1));
    // Recordings of different years: slices of an hour would be thousands of empty ones.
    format!(
        "--symbols {} --param via=rest --slice 90d --from {from} --to {to}",
        series.symbol
    )
}

fn instant(ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .unwrap()
        .to_rfc3339()
}

/// What the files say, as lines that a query can answer with.
#[derive(Default)]
struct Files {
    trades: BTreeSet<String>,
    /// By symbol, interval and open time; the vendor has corrected some, the last file counts.
    klines: BTreeMap<String, String>,
    /// By id; of several states the last.
    football: BTreeMap<u64, Value>,
    /// Ids of FotMob matches on the pages of days.
    listed: BTreeSet<String>,
    /// Ids of FotMob matches with details.
    details: BTreeSet<String>,
    /// With copies: an event has no key of its own in every layout.
    events: Vec<String>,
    shots: BTreeSet<String>,
}

impl Files {
    fn read(folder: &Path) -> Self {
        let mut files = Self::default();
        for (path, endpoint, parameters) in index(folder) {
            let parameter = |name: &str| parameters.split('&').find_map(|p| p.strip_prefix(name));
            let Some(symbol) = parameter("symbol=") else {
                continue;
            };
            match endpoint.as_str() {
                "GET /api/v3/aggTrades" => files.trades(&json(&path), symbol),
                "GET /api/v3/klines" => {
                    files.klines(&json(&path), symbol, parameter("interval=").unwrap());
                }
                _ => {}
            }
        }
        for path in replies(&folder.join("football-data/competition_matches")) {
            files.football(&json(&path));
        }
        for path in replies(&folder.join("football-data/matches")) {
            files.football(&json(&path));
        }
        for path in replies(&folder.join("fotmob/matches_by_date")) {
            let leagues = json(&path)["leagues"].take();
            let matches = list(&leagues)
                .iter()
                .flat_map(|league| list(&league["matches"]));
            files
                .listed
                .extend(matches.map(|listed| word(&listed["id"])));
        }
        for path in replies(&folder.join("fotmob/match_details")) {
            files.details(&json(&path));
        }
        files
    }

    fn trades(&mut self, page: &Value, symbol: &str) {
        self.trades.extend(list(page).iter().map(|trade| {
            // One recorder lost the name of the key: the only boolean but `M` is the one.
            let maker = trade.get("m").or(trade.get("")).unwrap();
            let side = if *maker == true { "sell" } else { "buy" };
            let [price, amount] = [&trade["p"], &trade["q"]].map(number);
            let (id, ms) = (&trade["a"], &trade["T"]);
            format!("{symbol}\t{id}\t{ms}\t{price}\t{amount}\t{side}")
        }));
    }

    fn klines(&mut self, page: &Value, symbol: &str, interval: &str) {
        self.klines.extend(list(page).iter().map(|bar| {
            let [open, close, volume] = [&bar[1], &bar[4], &bar[5]].map(number);
            let key = format!("{symbol}\t{interval}\t{}", bar[0]);
            (key.clone(), format!("{key}\t{open}\t{close}\t{volume}"))
        }));
    }

    fn football(&mut self, page: &Value) {
        for listed in list(&page["matches"]) {
            let updated = |of: &Value| of["lastUpdated"].as_str().unwrap().to_owned();
            let id = listed["id"].as_u64().unwrap();
            let known = self.football.get(&id);
            if known.is_none_or(|known| updated(known) <= updated(listed)) {
                self.football.insert(id, listed.clone());
            }
        }
    }

    fn details(&mut self, reply: &Value) {
        let facts = &reply["content"]["matchFacts"];
        let id = match &reply["general"]["matchId"] {
            Value::Null => word(&facts["matchId"]),
            id => word(id),
        };
        self.details.insert(id.clone());
        let (played, shot_out) = (
            &facts["events"]["events"],
            &facts["events"]["penaltyShootoutEvents"],
        );
        let all = list(played)
            .iter()
            .map(|event| (event, event["isPenaltyShootoutEvent"] == true))
            .chain(list(shot_out).iter().map(|event| (event, true)));
        let mut seen = BTreeSet::new();
        for (event, shot_out) in all {
            let key = word(&event["eventId"]);
            if key != "\\N" && !seen.insert(key.clone()) {
                continue;
            }
            let kind = if shot_out {
                "PenaltyShootout".to_owned()
            } else {
                word(&event["type"])
            };
            let side = match event["isHome"].as_bool() {
                Some(true) => "home",
                Some(false) => "away",
                None => "\\N",
            };
            let (minute, added) = (word(&event["time"]), word(&event["overloadTime"]));
            self.events
                .push(format!("{id}\t{kind}\t{minute}\t{added}\t{side}"));
        }
        let shots = list(&reply["content"]["shotmap"]["shots"]).iter();
        self.shots.extend(shots.map(|shot| {
            let [shot, kind, minute] = ["id", "eventType", "min"].map(|key| word(&shot[key]));
            format!("{id}\t{shot}\t{kind}\t{minute}")
        }));
    }

    fn counts(&self) -> [usize; 7] {
        [
            self.trades.len(),
            self.klines.len(),
            self.football.len(),
            self.listed.len(),
            self.details.len(),
            self.events.len(),
            self.shots.len(),
        ]
    }

    /// What must be seen: a name, the lines, and the query that answers with them.
    fn claims(&self) -> [(&'static str, Vec<String>, &'static str); 6] {
        let lines = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
        [
            (
                "trades",
                lines(&self.trades),
                "SELECT venue_symbol, trade_id, toUnixTimestamp64Milli(ts), price, amount, side \
                 FROM trades_final",
            ),
            (
                "bars",
                self.klines.values().cloned().collect(),
                "SELECT venue_symbol, interval, toUnixTimestamp64Milli(open_time), open, close, \
                 volume FROM klines_final",
            ),
            (
                "football-data matches",
                self.football.values().map(football_line).collect(),
                "SELECT match_id, status, toUnixTimestamp64Milli(utc_kickoff), home_team_id, \
                 away_team_id, home_score, away_score FROM matches_final \
                 WHERE source = 'football-data'",
            ),
            (
                "FotMob matches",
                self.listed.union(&self.details).cloned().collect(),
                "SELECT match_id FROM matches_final WHERE source = 'fotmob'",
            ),
            (
                "events",
                self.events.clone(),
                "SELECT match_id, event_type, minute, added, side FROM match_events_final",
            ),
            (
                "shots",
                lines(&self.shots),
                "SELECT match_id, shot_id, outcome, minute FROM match_shots_final",
            ),
        ]
    }
}

/// The goals of a match do not include those of its shoot-out, which the vendor adds.
fn football_line(listed: &Value) -> String {
    let score = &listed["score"];
    let goals = |side: &str| {
        let shoot_out = score["penalties"][side].as_i64().unwrap_or(0);
        let all = score["fullTime"][side].as_i64();
        all.map_or("\\N".to_owned(), |all| (all - shoot_out).to_string())
    };
    let kick_off: DateTime<Utc> = listed["utcDate"].as_str().unwrap().parse().unwrap();
    [
        word(&listed["id"]),
        word(&listed["status"]),
        kick_off.timestamp_millis().to_string(),
        word(&listed["homeTeam"]["id"]),
        word(&listed["awayTeam"]["id"]),
        goals("home"),
        goals("away"),
    ]
    .join("\t")
}

fn assert_same(what: &str, expected: &[String], answer: &str) {
    let mut wanted: Vec<&str> = expected.iter().map(String::as_str).collect();
    let mut visible: Vec<&str> = answer.lines().collect();
    wanted.sort_unstable();
    visible.sort_unstable();
    let without = |these: &[&str], those: &[&str]| -> Vec<String> {
        let missing = these.iter().filter(|line| !those.contains(line));
        missing.take(5).map(ToString::to_string).collect()
    };
    assert!(
        wanted == visible,
        "{what}: {} in the files, {} in the store\nmissing: {:#?}\nwrong: {:#?}",
        wanted.len(),
        visible.len(),
        without(&wanted, &visible),
        without(&visible, &wanted),
    );
}

/// File, endpoint and parameters of each recording in the index.
fn index(folder: &Path) -> Vec<(PathBuf, String, String)> {
    let text = std::fs::read_to_string(folder.join("INDEX.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, file, grade, endpoint, parameters, ..] = cells[..] else {
            return None;
        };
        (file.ends_with(".json") && grade.starts_with("recorded")).then(|| {
            (
                folder.join(file),
                endpoint.to_owned(),
                parameters.to_owned(),
            )
        })
    };
    text.lines().filter_map(row).collect()
}

/// The replies in a folder; what belongs to a reply (`1.headers.json`) is none.
fn replies(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let stem = path.file_stem().unwrap().to_string_lossy();
        path.extension().is_some_and(|kind| kind == "json") && !stem.contains('.')
    });
    paths.sort();
    paths
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text or a number as it is stored as text; nothing is `\N`, as the store writes it.
fn word(value: &Value) -> String {
    match value {
        Value::Null => "\\N".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A decimal text as the store writes it: without trailing zeros.
fn number(value: &Value) -> String {
    let text = word(value);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}
