//! Real replies, where a folder of them lies beside the repository: every one parses to as many
//! rows as it holds, or is refused. Without the folder the same is asserted of a page made here.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sources::binance::Binance;
use sources::football_data::FootballData;
use sources::fotmob::FotMob;
use sources::{Cursor, ReplyHead, Source, Verdict};

use crate::bench::{Tables, by_ids, outcome};

/// The recorded `.json` replies and `.jsonl` messages of a folder, headers left out; none where there is no such folder.
pub(crate) fn recorded(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/payloads")
        .join(folder);
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.to_str().is_some_and(|path| {
            path.ends_with(".jsonl") || path.ends_with(".json") && !path.ends_with(".headers.json")
        })
    });
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

pub(crate) fn tables(
    source: &dyn Source,
    dataset: &str,
    params: &[(&str, &str)],
    body: &str,
) -> Result<Tables, String> {
    let mut item = by_ids(source.name(), dataset, &[]);
    item.params = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    outcome(source, &item, None, &Cursor::Start, body).map(|(tables, _)| tables)
}

/// The rows in a reply, or in messages one a line, out of their envelopes.
pub(crate) fn rows_of(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text)
        .into_iter::<Value>()
        .flat_map(|value| {
            let mut value = value.unwrap();
            let data = value.get_mut("data").map(Value::take);
            match data.unwrap_or(value) {
                Value::Array(rows) => rows,
                row => vec![row],
            }
        })
        .collect()
}

#[test]
fn recorded_prices_are_kept_to_the_last_digit() {
    for (path, body) in recorded("binance-spot/trades") {
        let Ok(tables) = tables(&Binance, "trades", &[], &body) else {
            continue;
        };
        let mut recorded = rows_of(&body);
        recorded.sort_by_key(|row| ["t", "a", "id"].iter().find_map(|id| row[id].as_u64()));
        for (row, recorded) in tables.of("trades").iter().zip(recorded) {
            let price = recorded
                .get("p")
                .or(recorded.get("price"))
                .unwrap()
                .as_str()
                .unwrap();
            let expected = if price.contains('.') {
                price.trim_end_matches('0').trim_end_matches('.')
            } else {
                price
            };
            assert_eq!(row["price"], expected, "{}", path.display());
        }
    }
}

/// The parts of a score never contradict each other, nor the winner.
pub(crate) fn check_score(row: &serde_json::Map<String, Value>, path: &Path) {
    let goals = |column: &str| row[column].as_i64();
    let (Some(home), Some(away)) = (goals("home_score"), goals("away_score")) else {
        return;
    };
    for (side, total) in [("home", home), ("away", away)] {
        let part = |name: &str| goals(&format!("{side}_score_{name}"));
        assert_eq!(
            part("90").unwrap() + part("extra").unwrap_or(0),
            total,
            "{} {row:?}",
            path.display()
        );
    }
    // A shoot-out decides, even of a second leg that was won in play.
    let (home, away) = goals("home_score_penalties")
        .zip(goals("away_score_penalties"))
        .unwrap_or((home, away));
    let expected = match home.cmp(&away) {
        std::cmp::Ordering::Greater => "home",
        std::cmp::Ordering::Less => "away",
        std::cmp::Ordering::Equal => "draw",
    };
    if row["status"] == "FINISHED" {
        assert_eq!(row["winner"], expected, "{} {row:?}", path.display());
    }
}

#[test]
fn fotmob_days_give_a_row_a_match() {
    let own = r#"{"date":"20310901","leagues":[{"id":1,"name":"L","matches":[{"id":5,"timeTS":1946057400000,"home":{"id":1,"name":"A","score":0},"away":{"id":2,"name":"B","score":0},"status":{"started":false}}]}]}"#;
    let mut files = vec![(PathBuf::from("own"), own.to_owned())];
    files.extend(recorded("fotmob/matches_by_date"));
    for (path, body) in files {
        let tables = tables(&FotMob, "matches", &[], &body)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let recorded: Value = serde_json::from_str(&body).unwrap();
        let expected: usize = recorded["leagues"]
            .as_array()
            .unwrap()
            .iter()
            .map(|league| league["matches"].as_array().unwrap().len())
            .sum();
        assert!(expected > 0);
        assert_eq!(tables.of("matches").len(), expected, "{}", path.display());
    }
}

#[test]
fn fotmob_details_give_every_event_shot_and_player() {
    let own = r#"{"general":{"matchId":"5"},"header":{"teams":[],"status":{"started":false}},"content":{}}"#;
    let mut files = vec![(PathBuf::from("own"), own.to_owned())];
    files.extend(recorded("fotmob/match_details"));
    for (path, body) in files {
        let tables = tables(&FotMob, "match_details", &[], &body)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let recorded: Value = serde_json::from_str(&body).unwrap();
        let content = &recorded["content"];
        let count = |list: &Value| list.as_array().map_or(0, Vec::len);
        assert_eq!(
            (tables.of("matches").len(), tables.of("documents").len()),
            (1, 1),
            "{}",
            path.display()
        );
        assert_eq!(
            tables.of("match_events").len(),
            count(&content["matchFacts"]["events"]["events"]),
            "{}",
            path.display()
        );
        assert_eq!(
            tables.of("match_shots").len(),
            count(&content["shotmap"]["shots"]),
            "{}",
            path.display()
        );
        check_shots_on_target(&tables, &path);
        let team = |side: &str| {
            let team = &content["lineup"][side];
            count(&team["starters"])
                + count(&team["subs"])
                + count(&team["unavailable"])
                + usize::from(team["coach"].is_object())
        };
        if content["lineup"]["homeTeam"].is_object() {
            assert_eq!(
                tables.of("match_lineups").len(),
                team("homeTeam") + team("awayTeam"),
                "{}",
                path.display()
            );
        }
    }
}

/// Shots on target counted from the shots are those of the vendor's own table.
fn check_shots_on_target(tables: &Tables, path: &Path) {
    let on_target = tables
        .of("match_shots")
        .iter()
        .filter(|shot| shot["on_target"] == true)
        .count();
    let figures = tables
        .of("match_stats")
        .iter()
        .filter(|row| row["stat"] == "ShotsOnTarget" && row["period"] == "All");
    let figures: Vec<_> = figures.map(|row| row["number"].as_f64().unwrap()).collect();
    if !figures.is_empty() {
        assert_eq!(
            on_target as f64,
            figures.iter().sum::<f64>(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn recorded_refusals_are_never_read_as_rows() {
    for (folder, source) in [
        ("binance-spot/errors", &Binance as &dyn Source),
        ("football-data/errors", &FootballData),
    ] {
        for (path, body) in recorded(folder) {
            let recorded: Value = serde_json::from_str(&body).unwrap();
            let status = recorded["errorCode"].as_u64().unwrap_or(400);
            for status in [status, 200] {
                let head = ReplyHead {
                    status: u16::try_from(status).unwrap(),
                    headers: Vec::new(),
                };
                assert_ne!(
                    source.judge(&head, body.as_bytes()),
                    Verdict::Ok,
                    "{}",
                    path.display()
                );
            }
        }
    }
}
