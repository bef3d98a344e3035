//! Recorded replies: a small folder of our own, and a large one where it is there.

use std::path::Path;

use serde_json::Value;
use simulator::{Options, Simulator};

use crate::support::{get, json, options, start};

async fn replayed(folder: &Path) -> Simulator {
    start(Options {
        replay: Some(folder.to_owned()),
        ..options()
    })
    .await
}

fn ids(page: &Value) -> Vec<u64> {
    page.as_array()
        .unwrap()
        .iter()
        .map(|trade| trade["a"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn recordings_are_united_and_served_by_the_vendors_rules() {
    let simulator = replayed(Path::new("tests/recorded")).await;
    let held = simulator.holdings().unwrap();
    assert_eq!(
        (
            held.trades.len(),
            held.trades[0].rows,
            held.trades[0].last_ms
        ),
        (1, 3, 1_600_000_002_500)
    );
    assert_eq!(
        (held.klines[0].interval.as_deref(), held.klines[0].rows),
        (Some("1d"), 2)
    );
    assert_eq!(held.football_matches, [(5, 1_614_817_800_000)]);
    assert_eq!(held.fotmob_days, [("20210101".to_owned(), 2)]);
    assert_eq!(held.fotmob_details, [(77, 1, 0)]);

    let trades = "/api/v3/aggTrades?symbol=ABCUSDT";
    let page = json(
        &simulator,
        "binance",
        &format!("{trades}&startTime=1600000002000&endTime=1600000003000"),
    )
    .await;
    assert_eq!(ids(&page), [51, 7]);
    assert_eq!(page[0]["m"], false);
    assert_eq!(
        ids(&json(&simulator, "binance", &format!("{trades}&fromId=8")).await),
        [50, 51]
    );
    assert_eq!(
        ids(&json(&simulator, "binance", &format!("{trades}&limit=1")).await),
        [7]
    );
    let bars = json(
        &simulator,
        "binance",
        "/api/v3/klines?symbol=ABCUSDT&interval=1d&startTime=1600041600001",
    )
    .await;
    assert_eq!(bars[0][4], "1.0");
    let matches = json(
        &simulator,
        "football-data",
        "/v4/matches?dateFrom=2021-03-04&dateTo=2021-03-05",
    )
    .await;
    assert_eq!(matches["matches"][0]["status"], "FINISHED");
    assert_eq!(
        json(&simulator, "fotmob", "/api/data/matchDetails?matchId=77").await["content"]["matchFacts"]
            ["matchId"],
        77
    );
    assert_eq!(
        get(&simulator, "fotmob", "/api/data/matchDetails?matchId=78")
            .await
            .status(),
        404
    );
    assert_eq!(
        json(&simulator, "fotmob", "/api/data/matches?date=20210102").await["leagues"],
        Value::Array(Vec::new())
    );
}

#[tokio::test]
async fn a_folder_without_an_index_is_refused() {
    let options = Options {
        replay: Some("tests/nowhere".into()),
        ..options()
    };
    assert!(
        Simulator::start(options)
            .await
            .unwrap_err()
            .to_string()
            .contains("INDEX.md")
    );
}

/// Real recordings stand beside the repository where their licences let them be used at all.
#[tokio::test]
async fn real_recordings_are_served_whole() {
    let folder = Path::new("../../shared/payloads");
    if !folder.exists() {
        return;
    }
    let simulator = replayed(folder).await;
    let held = simulator.holdings().unwrap();
    for series in &held.trades {
        let path = format!(
            "/api/v3/aggTrades?symbol={}&limit=1000&startTime={}&endTime={}",
            series.symbol, series.first_ms, series.last_ms
        );
        assert_eq!(
            ids(&json(&simulator, "binance", &path).await).len(),
            series.rows.min(1_000)
        );
    }
    assert!(held.football_matches.len() > 1_000 && held.klines.len() >= 3);
    let (id, events, shots) = held.fotmob_details[0];
    let details = json(
        &simulator,
        "fotmob",
        &format!("/api/data/matchDetails?matchId={id}"),
    )
    .await;
    assert_eq!(
        details["content"]["shotmap"]["shots"]
            .as_array()
            .unwrap()
            .len(),
        shots
    );
    assert!(events > 10);
    assert_eq!(
        held.fotmob_days
            .iter()
            .map(|(_, matches)| matches)
            .sum::<usize>(),
        276
    );
}
