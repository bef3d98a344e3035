//! FotMob: days that are not UTC days, plans and ids.

use serde_json::{Value, json};
use sources::fotmob::FotMob;
use sources::{Cursor, Next, Source, dates};

use crate::bench::{ask, by_ids, item, outcome, read, request, try_ask};

fn matches(from: &str, to: &str) -> common::Item {
    item(
        "fotmob",
        "matches",
        None,
        dates::parse(from).unwrap(),
        dates::parse(to).unwrap(),
        &[],
    )
}

/// A finished match on a day's list, its kick-off in milliseconds.
fn listed(id: u64, time_ts: i64) -> Value {
    json!({
        "id": id, "leagueId": 901, "time": "01.09.2031 02:00", "timeTS": time_ts,
        "home": {"id": 11, "score": 2, "name": "Alpha"}, "away": {"id": 12, "score": 1, "name": "Beta", "longName": "Beta Town"},
        "statusId": 6, "tournamentStage": "4",
        "status": {"finished": true, "started": true, "cancelled": false, "scoreStr": "2 - 1",
                   "reason": {"short": "FT", "shortKey": "fulltime_short", "long": "Full-Time"}},
    })
}

fn day(date: &str, matches: Vec<Value>) -> String {
    json!({"date": date, "leagues": [
        {"id": 901, "primaryId": 90, "name": "First League Grp. B", "parentLeagueName": "First League", "parentLeagueId": 90, "matches": matches},
        {"id": 7, "name": "Empty League", "matches": null},
    ]})
    .to_string()
}

fn ms(text: &str) -> i64 {
    dates::parse(text).unwrap().timestamp_millis()
}

#[test]
fn an_item_asks_for_the_neighbouring_days_too() {
    let item = matches("2031-09-01", "2031-09-02");
    let mut cursor = Cursor::Start;
    let mut days = Vec::new();
    loop {
        let asked = ask(&FotMob, &item, None, &cursor);
        assert_eq!(
            (asked.path.as_str(), asked.query[0].0),
            ("/api/data/matches", "date")
        );
        let date = asked.query[0].1.clone();
        let (_, next) = read(&FotMob, &item, &cursor, &day(&date, vec![]));
        days.push(date);
        match next {
            Next::More(next) => cursor = next,
            Next::End => break,
        }
    }
    assert_eq!(days, ["20310831", "20310901", "20310902"]);
    assert!(try_ask(&FotMob, &item, None, &Cursor::Page(3)).is_err());
}

#[test]
fn matches_are_kept_by_their_utc_instant_and_once() {
    let item = matches("2031-09-01", "2031-09-02");
    let body = day(
        "20310901",
        vec![
            listed(1, ms("2031-08-31T23:59:59Z")),
            listed(2, ms("2031-09-01")),
            listed(2, ms("2031-09-01")),
            listed(3, ms("2031-09-01T23:59:59Z")),
            listed(4, ms("2031-09-02")),
        ],
    );
    let rows = read(&FotMob, &item, &Cursor::Page(1), &body)
        .0
        .remove("matches");
    assert_eq!(
        rows.iter().map(|row| &row["match_id"]).collect::<Vec<_>>(),
        ["2", "3"]
    );
    assert_eq!(
        Value::from(rows[0].clone()),
        json!({
            "source": "fotmob", "match_id": "2", "competition": "First League", "competition_id": "90", "season": null,
            "stage": null, "matchday": 4, "utc_kickoff": "1945987200000000000", "status": "FT",
            "home_team_id": "11", "home_team": "Alpha", "away_team_id": "12", "away_team": "Beta",
            "home_score": 2, "away_score": 1, "home_score_90": 2, "away_score_90": 1,
            "home_score_extra": null, "away_score_extra": null, "home_score_penalties": null, "away_score_penalties": null,
            "home_score_half": null, "away_score_half": null, "winner": "home", "venue": null,
        })
    );
}

#[test]
fn a_match_to_come_has_no_score_and_may_have_only_a_text_for_its_time() {
    let mut coming = listed(5, 0);
    coming["timeTS"] = Value::Null;
    coming["home"]["score"] = json!(0);
    coming["away"]["score"] = json!(0);
    coming["tournamentStage"] = json!("final");
    coming["status"] = json!({"utcTime": "2031-09-01T10:00:00.000Z", "started": false, "finished": false, "cancelled": false});
    let item = matches("2031-09-01", "2031-09-02");
    let row = read(
        &FotMob,
        &item,
        &Cursor::Page(1),
        &day("20310901", vec![coming.clone()]),
    )
    .0
    .remove("matches")
    .remove(0);
    assert_eq!(
        (&row["status"], &row["home_score"], &row["winner"]),
        (&json!("NS"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&row["stage"], &row["matchday"]),
        (&json!("final"), &Value::Null)
    );
    coming["status"]["utcTime"] = Value::Null;
    let error = outcome(
        &FotMob,
        &item,
        None,
        &Cursor::Page(1),
        &day("20310901", vec![coming]),
    )
    .unwrap_err();
    assert_eq!(
        error,
        "at leagues[0].matches[0]: no time, expected timeTS or status.utcTime"
    );
}

#[test]
fn a_reply_for_another_day_is_refused() {
    let item = matches("2031-09-01", "2031-09-02");
    let error = outcome(
        &FotMob,
        &item,
        None,
        &Cursor::Page(1),
        &day("20310905", vec![]),
    )
    .unwrap_err();
    assert_eq!(
        error,
        r#"at date: "20310905", expected the day asked for, "20310901""#
    );
    assert_eq!(
        outcome(&FotMob, &item, None, &Cursor::Page(1), "{}").unwrap_err(),
        "at .: missing field `leagues`"
    );
}

#[test]
fn plans_count_the_neighbours() {
    let plan = |from, to| FotMob.plan(&request("matches", &[], from, to, "2026-01-01", &[]));
    let ten_days = plan("2025-01-01", "2025-01-11").unwrap();
    assert_eq!(
        (
            ten_days.items(),
            ten_days.requests,
            ten_days.time_at_limit.as_secs()
        ),
        (10, 30, 75)
    );
    assert_eq!(
        plan("2025-01-01T12:00:00Z", "2025-01-02T12:00:00Z")
            .unwrap()
            .requests,
        4
    );
    let mut by_week = request(
        "matches",
        &[],
        "2025-01-01",
        "2025-01-15",
        "2026-01-01",
        &[],
    );
    by_week.slice = Some(std::time::Duration::from_secs(7 * 86_400));
    assert_eq!(FotMob.plan(&by_week).unwrap().requests, 18);
    by_week.slice = Some(std::time::Duration::from_secs(3_600));
    assert!(
        FotMob
            .plan(&by_week)
            .unwrap_err()
            .to_string()
            .contains("shorter than the day")
    );
    let details = FotMob.plan(&request(
        "match_details",
        &[],
        "2025-01-01",
        "2025-01-02",
        "2026-01-01",
        &[],
    ));
    assert!(details.unwrap_err().to_string().contains("enqueue ids"));
}

#[test]
fn ids_are_digits() {
    assert_eq!(FotMob.check_id("match_details", "4506747"), Ok(()));
    for bad in ["", "abc", "12a", "-1", "0123", "9999999999999999999"] {
        assert!(FotMob.check_id("match_details", bad).is_err(), "{bad}");
    }
    let item = by_ids("fotmob", "match_details", &["17"]);
    let asked = ask(&FotMob, &item, Some("17"), &Cursor::Start);
    assert_eq!(
        (asked.path.as_str(), asked.query),
        ("/api/data/matchDetails", vec![("matchId", "17".to_owned())])
    );
    assert!(
        try_ask(&FotMob, &item, Some("x"), &Cursor::Start).is_err()
            && try_ask(&FotMob, &item, None, &Cursor::Start).is_err()
    );
    assert!(FotMob.terms().is_some());
}
