//! FotMob over HTTP, against the oracle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::support::{at, get, json, options, rows, start};

type Row = Map<String, Value>;

fn of_match<'r>(rows: &'r [Row], id: &str, column: &str) -> Vec<&'r Row> {
    rows.iter()
        .filter(|row| {
            row.get("match_id").is_some_and(|found| found == id) && row.contains_key(column)
        })
        .collect()
}

#[tokio::test]
async fn lists_by_oslo_days_hold_what_the_oracle_says_by_utc_days() {
    let simulator = start(options()).await;
    let (from, to) = (at("2024-05-03T00:00:00Z"), at("2024-05-09T00:00:00Z"));
    let expected = rows(simulator.oracle().fotmob_matches(from, to));
    let mut found = BTreeMap::new();
    let mut elsewhere = 0;
    for day in 2..=9 {
        let list = json(
            &simulator,
            "fotmob",
            &format!("/api/data/matches?date=2024050{day}&timezone=Europe%2FOslo"),
        )
        .await;
        assert_eq!(list["date"], format!("2024050{day}"));
        for league in list["leagues"].as_array().unwrap() {
            for one in league["matches"].as_array().unwrap() {
                assert!(
                    one["time"]
                        .as_str()
                        .unwrap()
                        .starts_with(&format!("0{day}.05.2024 "))
                );
                let utc = at(one["status"]["utcTime"].as_str().unwrap());
                assert_eq!(utc.timestamp_millis(), one["timeTS"].as_i64().unwrap());
                elsewhere += usize::from(utc.format("%d").to_string() != format!("0{day}"));
                if (from..to).contains(&utc) {
                    assert!(
                        found
                            .insert(one["id"].to_string(), (league.clone(), one.clone()))
                            .is_none()
                    );
                }
            }
        }
    }
    assert!(elsewhere > 5, "some are on another day in UTC");
    assert_eq!(found.len(), expected.len());
    for row in expected {
        let (league, one) = &found[row["match_id"].as_str().unwrap()];
        assert_eq!(row["competition_id"], league["primaryId"].to_string());
        assert_eq!(row["home_team"], one["home"]["name"]);
        let started = one["status"]["started"].as_bool().unwrap();
        assert_eq!(
            row["away_score"],
            if started {
                one["away"]["score"].clone()
            } else {
                Value::Null
            }
        );
        assert_eq!(
            row["home_score_penalties"],
            one["status"]["reason"]["penalties"][0]
        );
    }
}

#[tokio::test]
async fn details_agree_with_the_oracle_in_every_layout() {
    let simulator = start(options()).await;
    let oracle = simulator.oracle();
    let ids: Vec<u64> = (3_250_000..3_250_150).collect();
    let all = rows(oracle.match_details(ids.clone()));
    let mut layouts = BTreeSet::new();
    for id in ids {
        let response = get(
            &simulator,
            "fotmob",
            &format!("/api/data/matchDetails?matchId={id}"),
        )
        .await;
        assert_eq!(
            response.status(),
            if oracle.match_exists(id) { 200 } else { 404 }
        );
        if !oracle.match_exists(id) {
            continue;
        }
        let (text, id) = (response.text().await.unwrap(), id.to_string());
        let details: Value = serde_json::from_str(&text).unwrap();
        let document = all
            .iter()
            .find(|row| row.contains_key("body") && row["id"] == id)
            .unwrap();
        assert_eq!(document["body"], text);
        let content = &details["content"];
        let length = |list: &Value| list.as_array().map_or(0, Vec::len);
        let events = &content["matchFacts"]["events"];
        let listed = of_match(&all, &id, "event_id");
        assert_eq!(
            listed.len(),
            length(&events["events"]) + length(&events["penaltyShootoutEvents"])
        );
        let unique: BTreeSet<_> = listed
            .iter()
            .map(|row| row["event_id"].as_str().unwrap())
            .collect();
        assert_eq!(unique.len(), listed.len(), "{id}");
        assert_eq!(
            of_match(&all, &id, "shot_id").len(),
            length(&content["shotmap"]["shots"])
        );
        let goals: Vec<_> = events["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["type"] == "Goal")
            .collect();
        let score = |side: usize| details["header"]["teams"][side]["score"].as_i64().unwrap();
        assert_eq!(score(0) + score(1), goals.len() as i64);
        if let Some(last) = goals.last() {
            assert_eq!(
                (last["newScore"][0].as_i64(), last["newScore"][1].as_i64()),
                (Some(score(0)), Some(score(1)))
            );
        }
        let lineup = of_match(&all, &id, "role");
        assert!(
            lineup.is_empty() || lineup.iter().filter(|row| row["role"] == "starter").count() == 22
        );
        layouts.insert((
            details.get("general").is_some(),
            content["lineup"].get("homeTeam").is_some(),
        ));
    }
    assert_eq!(layouts.len(), 3);
}

#[tokio::test]
async fn unknown_ids_paths_and_dates() {
    let simulator = start(options()).await;
    for (path, status) in [
        ("/api/data/matchDetails?matchId=1", 404),
        ("/api/data/matchDetails?matchId=4000000", 404),
        ("/api/data/matchDetails?matchId=x", 404),
        ("/api/data/matchDetails", 404),
        ("/api/leagues?id=47", 200),
        ("/api/leagues?id=999999", 404),
        ("/api/data/matches?date=x", 400),
        ("/api/matches?date=20240503", 200),
        ("/matches?date=20240503", 200),
    ] {
        assert_eq!(
            get(&simulator, "fotmob", path).await.status(),
            status,
            "{path}"
        );
    }
    let none = json(&simulator, "fotmob", "/api/data/matches?date=19990101").await;
    assert_eq!(none.to_string(), r#"{"date":"19990101","leagues":[]}"#);
}
