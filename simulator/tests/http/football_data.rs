//! football-data over HTTP, against the oracle.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use simulator::{Fault, Limits, Matcher, Options, Simulator, Vendor};

use crate::support::{at, client, get, json, options, rows, start};

fn by_id(rows: Vec<Map<String, Value>>) -> BTreeMap<String, Map<String, Value>> {
    rows.into_iter()
        .map(|row| (row["match_id"].as_str().unwrap().to_owned(), row))
        .collect()
}

async fn window(simulator: &Simulator, from: &str, to: &str) -> Vec<Value> {
    let path = format!("/v4/matches?dateFrom={from}&dateTo={to}");
    json(simulator, "football-data", &path).await["matches"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn windows_hold_what_the_oracle_says() {
    let simulator = start(options()).await;
    let mut oracle = by_id(rows(simulator.oracle().football_matches(
        at("2024-05-01T00:00:00Z"),
        at("2024-06-25T00:00:00Z"),
        &[],
    )));
    let mut previous = "2024-05-01".to_owned();
    for to in [
        "2024-05-11",
        "2024-05-21",
        "2024-05-22",
        "2024-06-01",
        "2024-06-11",
        "2024-06-21",
        "2024-06-25",
    ] {
        for found in window(&simulator, &previous, to).await {
            let row = oracle.remove(&found["id"].to_string()).unwrap();
            assert_eq!(row["status"], found["status"]);
            assert_eq!(row["home_team"], found["homeTeam"]["name"]);
            assert_eq!(
                row["competition_id"],
                found["competition"]["id"].to_string()
            );
            assert_eq!(row["matchday"], found["matchday"]);
            assert!(
                found["season"]["startDate"]
                    .as_str()
                    .unwrap()
                    .starts_with(row["season"].as_str().unwrap())
            );
            let kickoff = at(found["utcDate"].as_str().unwrap())
                .timestamp_nanos_opt()
                .unwrap();
            assert_eq!(row["utc_kickoff"], kickoff.to_string());
            let score = &found["score"];
            let shootout = score["penalties"]["home"].as_i64().unwrap_or(0);
            assert_eq!(
                row["home_score"].as_i64(),
                score["fullTime"]["home"]
                    .as_i64()
                    .map(|goals| goals - shootout)
            );
            assert_eq!(row["home_score_half"], score["halfTime"]["home"]);
            assert_eq!(
                row["away_score_extra"],
                *score
                    .get("extraTime")
                    .map_or(&Value::Null, |extra| &extra["away"])
            );
            assert_eq!(row["winner"].is_null(), score["winner"].is_null());
        }
        previous = to.to_owned();
    }
    assert!(oracle.is_empty(), "{oracle:?}");
}

#[tokio::test]
async fn the_envelope_and_the_errors_are_the_vendors() {
    let simulator = start(options()).await;
    let reply = get(
        &simulator,
        "football-data",
        "/v4/matches?dateFrom=2024-05-04&dateTo=2024-05-05&competitions=PL,2001,XX",
    )
    .await;
    assert_eq!(reply.headers()["x-api-version"], "v4");
    assert_eq!(reply.headers()["x-requests-available-minute"], "9");
    assert_eq!(reply.headers()["x-requestcounter-reset"], "60");
    let body = reply.text().await.unwrap();
    assert!(body.starts_with(r#"{"filters":{"dateFrom":"2024-05-04","dateTo":"2024-05-05","competitions":"PL,2001,XX","permission":"TIER_ONE"},"resultSet":{"count":"#), "{body}");
    assert!(body.contains(r#"{"area":{"id":2072,"name":"England","code":"ENG","flag":"#));
    assert!(
        window(&simulator, "2024-05-04", "2024-05-04")
            .await
            .is_empty()
    );
    let cases = [
        (
            "/v4/matches?dateFrom=2024-01-01&dateTo=2024-01-12",
            400,
            r#"{"message":"Specified period must not exceed 10 days.","errorCode":400}"#,
        ),
        (
            "/v4/matches/255",
            404,
            r#"{"message":"The resource you are looking for does not exist.","errorCode":404}"#,
        ),
        (
            "/v4/matches/x",
            400,
            r#"{"error":"Argument 'id' is expected to be an integer in a specific range."}"#,
        ),
    ];
    for (path, status, body) in cases {
        let reply = get(&simulator, "football-data", path).await;
        assert_eq!(
            (
                reply.status().as_u16(),
                reply.text().await.unwrap().as_str()
            ),
            (status, body)
        );
    }
    let url = format!("{}/v4/matches", simulator.base_url("football-data"));
    let bare = client().get(&url).send().await.unwrap();
    assert_eq!(bare.status(), 403);
    assert!(
        bare.text()
            .await
            .unwrap()
            .ends_with(r#"Please check your subscription.","errorCode":403}"#)
    );
    let wrong = client()
        .get(&url)
        .header("X-Auth-Token", "x")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            wrong.status().as_u16(),
            wrong.text().await.unwrap().as_str()
        ),
        (
            400,
            r#"{"message":"Your API token is invalid.","errorCode":400}"#
        )
    );
}

#[tokio::test]
async fn replies_are_compressed_for_who_accepts_it() {
    let simulator = start(options()).await;
    let url = format!(
        "{}/v4/matches?dateFrom=2024-05-04&dateTo=2024-05-05",
        simulator.base_url("football-data")
    );
    let raw = reqwest::Client::builder().no_gzip().build().unwrap();
    let ask = |client: reqwest::Client| {
        client
            .get(&url)
            .header("x-auth-token", "simulator-token")
            .header("accept-encoding", "gzip")
            .send()
    };
    let packed = ask(raw).await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.unwrap().starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn seasons_limits_and_repeated_rows() {
    let simulator = start(Options {
        limits: Limits {
            football_requests: 2,
            ..Limits::default()
        },
        ..options()
    })
    .await;
    let season = json(
        &simulator,
        "football-data",
        "/v4/competitions/CL/matches?season=2023",
    )
    .await;
    let matches = season["matches"].as_array().unwrap();
    assert!(
        matches.len() > 30
            && matches
                .iter()
                .all(|found| found["competition"]["code"] == "CL")
    );
    assert!(
        matches
            .iter()
            .any(|found| found["score"]["duration"] == "PENALTY_SHOOTOUT")
    );
    simulator.faults().add((
        Matcher::of(Vendor::FootballData, "matches"),
        Fault::RepeatRows { rows: 2 },
    ));
    let repeated = window(&simulator, "2024-05-04", "2024-05-05").await;
    assert_eq!(repeated[0], repeated[repeated.len() - 2]);
    let refused = get(&simulator, "football-data", "/v4/matches").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(
        refused.text().await.unwrap(),
        r#"{"message":"You reached your request limit. Wait 60 seconds.","errorCode":429}"#
    );
}
