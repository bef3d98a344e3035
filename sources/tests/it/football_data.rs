//! football-data.org: windows, the local filter, and the traps of its scores.

use serde_json::{Value, json};
use sources::football_data::FootballData;
use sources::{Cursor, Next, Source, dates};

use crate::bench::{ask, by_ids, item, outcome, read, request, try_ask};

fn matches(from: &str, to: &str, params: &[(&str, &str)]) -> common::Item {
    item(
        "football-data",
        "matches",
        None,
        dates::parse(from).unwrap(),
        dates::parse(to).unwrap(),
        params,
    )
}

fn fixture(id: u64, utc_date: &str) -> Value {
    json!({
        "area": {"id": 1, "name": "Here"},
        "competition": {"id": 9001, "name": "Test Cup", "code": "TC", "type": "CUP"},
        "season": {"id": 77, "startDate": "2031-08-01", "endDate": "2032-05-30", "currentMatchday": 3, "winner": null},
        "id": id, "utcDate": utc_date, "status": "FINISHED", "matchday": null, "stage": "FINAL", "group": null,
        "lastUpdated": "2031-09-01T12:00:00Z", "venue": null,
        "homeTeam": {"id": 11, "name": "Alpha FC", "tla": "AL "},
        "awayTeam": {"id": null, "name": null},
        "score": {
            "winner": "AWAY_TEAM", "duration": "PENALTY_SHOOTOUT",
            "fullTime": {"home": 4, "away": 5}, "halfTime": {"home": 1, "away": 0},
            "regularTime": {"home": null, "away": null}, "extraTime": {"home": 0, "away": 0},
            "penalties": {"home": 3, "away": 4},
        },
        "odds": {"msg": "none"}, "referees": [],
    })
}

#[test]
fn a_match_comes_out_whole() {
    let body = json!({"filters": {}, "resultSet": {"count": 1}, "matches": [fixture(5, "2031-09-01T19:00:00Z")]}).to_string();
    let (tables, next) = read(
        &FootballData,
        &matches("2031-09-01", "2031-09-02", &[]),
        &Cursor::Start,
        &body,
    );
    assert_eq!(next, Next::End);
    assert_eq!(
        Value::from(tables.remove("matches").remove(0)),
        json!({
            "source": "football-data", "match_id": "5", "competition": "Test Cup", "competition_id": "9001",
            "season": "2031", "stage": "FINAL", "matchday": null, "utc_kickoff": "1946055600000000000",
            "status": "FINISHED", "home_team_id": "11", "home_team": "Alpha FC", "away_team_id": null, "away_team": null,
            "home_score": 1, "away_score": 1, "home_score_90": 1, "away_score_90": 1,
            "home_score_extra": 0, "away_score_extra": 0, "home_score_penalties": 3, "away_score_penalties": 4,
            "home_score_half": 1, "away_score_half": 0, "winner": "away", "venue": null,
        })
    );
}

#[test]
fn the_day_beyond_is_asked_for_and_cut_off() {
    let item = matches("2031-09-01", "2031-09-10", &[("competitions", "PL,2001")]);
    let asked = ask(&FootballData, &item, None, &Cursor::Start);
    assert_eq!(asked.path, "/v4/matches");
    assert_eq!(asked.token, sources::TokenIn::Header("X-Auth-Token"));
    let query: Vec<_> = asked
        .query
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        query.join("&"),
        "dateFrom=2031-09-01&dateTo=2031-09-10&competitions=PL,2001"
    );
    let body = json!({"matches": [
        fixture(1, "2031-08-31T23:59:59Z"), fixture(2, "2031-09-01T00:00:00Z"),
        fixture(3, "2031-09-09T23:59:59Z"), fixture(4, "2031-09-10T00:00:00Z"),
    ]});
    let (tables, _) = read(&FootballData, &item, &Cursor::Start, &body.to_string());
    let ids: Vec<_> = tables
        .remove("matches")
        .into_iter()
        .map(|row| row["match_id"].clone())
        .collect();
    assert_eq!(ids, ["2", "3"]);
}

#[test]
fn slices_off_midnight_stay_within_ten_days() {
    let plan = FootballData
        .plan(&request(
            "matches",
            &[],
            "2024-01-01T12:00:00Z",
            "2024-02-01",
            "2026-01-01",
            &[],
        ))
        .unwrap();
    for slice in (0..plan.items()).map(|number| plan.item(number).unwrap()) {
        let item = common::Item {
            work: slice.work,
            ..by_ids("football-data", "matches", &[])
        };
        ask(&FootballData, &item, None, &Cursor::Start);
    }
    assert_eq!(
        (plan.items(), plan.requests, plan.time_at_limit.as_secs()),
        (4, 4, 24)
    );
    let wide = matches("2024-01-01", "2024-01-12", &[]);
    assert!(
        try_ask(&FootballData, &wide, None, &Cursor::Start)
            .unwrap_err()
            .to_string()
            .contains("spans 11 days")
    );
}

#[test]
fn fixtures_ahead_can_be_asked_for_but_not_for_ever() {
    let plan = |to| {
        FootballData.plan(&request(
            "matches",
            &[],
            "2026-01-01",
            to,
            "2026-01-01",
            &[],
        ))
    };
    assert!(plan("2026-06-01").is_ok());
    assert!(
        plan("2030-01-01")
            .unwrap_err()
            .to_string()
            .contains("in the future")
    );
    let bad = FootballData.plan(&request(
        "matches",
        &[],
        "2025-01-01",
        "2025-01-02",
        "2026-01-01",
        &[("competitions", "PL, BL1")],
    ));
    assert!(bad.unwrap_err().to_string().contains("PL,BL1,2001"));
    assert!(
        FootballData
            .plan(&request(
                "goals",
                &[],
                "2025-01-01",
                "2025-01-02",
                "2026-01-01",
                &[]
            ))
            .unwrap_err()
            .to_string()
            .contains("it has matches")
    );
}

#[test]
fn the_reply_for_one_match_is_read_too() {
    let item = by_ids("football-data", "matches", &[]);
    let (tables, _) = read(
        &FootballData,
        &item,
        &Cursor::Start,
        &fixture(8, "2031-09-01T19:00:00Z").to_string(),
    );
    assert_eq!(tables.of("matches").len(), 1);
}

#[test]
fn other_replies_are_refused_with_their_place() {
    let item = matches("2031-09-01", "2031-09-02", &[]);
    let refused = |body: Value| {
        outcome(
            &FootballData,
            &item,
            None,
            &Cursor::Start,
            &body.to_string(),
        )
        .unwrap_err()
    };
    assert_eq!(
        refused(json!({"count": 0})),
        "at matches: missing, expected a list of matches"
    );
    let mut wrong = fixture(1, "yesterday");
    assert!(
        refused(json!({"matches": [wrong]})).starts_with("at matches[0].utcDate: \"yesterday\"")
    );
    wrong = fixture(1, "2031-09-01T19:00:00Z");
    wrong["score"]["penalties"]["home"] = json!("3");
    assert!(
        refused(json!({"matches": [wrong]}))
            .starts_with("at matches[0].score.penalties.home: invalid type: string")
    );
}
