//! football-data over HTTP beside matches by date: seasons, details, persons, and what is refused.

use serde_json::Value;

use crate::support::{get, json, options, rows, start};

const VENDOR: &str = "football-data";

#[tokio::test]
async fn tables_follow_from_the_matches() {
    let simulator = start(options()).await;
    let path = |what| format!("/v4/competitions/PL/{what}?season=2022");
    let matches = json(&simulator, VENDOR, &path("matches")).await;
    let matches = matches["matches"].as_array().unwrap();
    let standings = json(&simulator, VENDOR, &path("standings")).await;
    assert_eq!(standings["filters"]["season"], "2022");
    let tables = standings["standings"].as_array().unwrap();
    let kinds: Vec<_> = tables.iter().map(|table| &table["type"]).collect();
    assert_eq!(kinds, ["TOTAL", "HOME", "AWAY"]);
    for place in tables[1]["table"].as_array().unwrap() {
        let counted = matches.iter().filter(|found| {
            found["homeTeam"]["id"] == place["team"]["id"]
                && ["FINISHED", "AWARDED"].contains(&found["status"].as_str().unwrap())
        });
        let scored: i64 = counted
            .clone()
            .map(|found| found["score"]["fullTime"]["home"].as_i64().unwrap())
            .sum();
        assert_eq!(place["playedGames"], counted.count(), "{place:#}");
        assert_eq!(place["goalsFor"], scored, "{place:#}");
    }
    let listed: usize = tables
        .iter()
        .map(|table| table["table"].as_array().unwrap().len())
        .sum();
    assert_eq!(
        rows(simulator.oracle().football_standings("PL", 2022)).len(),
        listed
    );
}

#[tokio::test]
async fn details_agree_with_the_score() {
    let simulator = start(options()).await;
    let path = "/v4/matches?dateFrom=2024-05-04&dateTo=2024-05-06";
    let list = json(&simulator, VENDOR, path).await;
    let (mut detailed, mut plain) = (0, 0);
    for found in list["matches"].as_array().unwrap() {
        let one = json(&simulator, VENDOR, &format!("/v4/matches/{}", found["id"])).await;
        assert_eq!(one["score"], found["score"]);
        let Some(goals) = one["goals"].as_array() else {
            plain += 1;
            continue;
        };
        detailed += 1;
        let shootout = |side: &str| one["score"]["penalties"][side].as_i64().unwrap_or(0);
        let last = goals.last().map(|goal| &goal["score"]);
        for side in ["home", "away"] {
            let full = one["score"]["fullTime"][side].as_i64().unwrap() - shootout(side);
            assert_eq!(last.map_or(0, |last| last[side].as_i64().unwrap()), full);
        }
    }
    assert!(detailed > 5 && plain > 2, "{detailed} {plain}");
}

#[tokio::test]
async fn a_persons_matches_have_pages() {
    let simulator = start(options()).await;
    let expected = rows(simulator.oracle().football_of_referee(43_003)).len();
    let mut found = Vec::<Value>::new();
    loop {
        let offset = found.len();
        let path = format!("/v4/persons/43003/matches?limit=2&offset={offset}");
        let page = json(&simulator, VENDOR, &path).await;
        assert_eq!(page["filters"]["offset"], offset);
        let matches = page["matches"].as_array().unwrap();
        if matches.is_empty() {
            break;
        }
        found.extend(matches.iter().cloned());
    }
    assert!(found.len() == expected && expected > 0, "{expected}");
}

#[tokio::test]
async fn what_the_plan_lacks_is_restricted() {
    let simulator = start(options()).await;
    for (path, status) in [
        ("/v4/competitions/EC/teams?season=2022", 403),
        ("/v4/competitions/2018", 403),
        ("/v4/competitions/PL/matches?season=1999", 403),
        ("/v4/competitions/XYZ/matches", 404),
        ("/v4/teams/1", 404),
        ("/v4/persons/x/matches", 400),
        ("/v4/nothing", 404),
    ] {
        assert_eq!(
            get(&simulator, VENDOR, path).await.status(),
            status,
            "{path}"
        );
    }
}
