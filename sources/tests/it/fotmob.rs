//! FotMob: days that are not UTC days, and match details in three layouts with their traps.

use serde_json::{Map, Value, json};
use sources::fotmob::FotMob;
use sources::{Cursor, Next, Source, dates};

use crate::bench::{Tables, ask, by_ids, item, outcome, read, request};

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
    assert!(FotMob.ask(&item, None, &Cursor::Page(3)).is_err());
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
        &Cursor::Start,
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
        &Cursor::Start,
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
        FotMob.ask(&item, Some("x"), &Cursor::Start).is_err()
            && FotMob.ask(&item, None, &Cursor::Start).is_err()
    );
    assert!(FotMob.terms().is_some());
}

fn shot(id: u64, outcome: &str, on_target: bool, blocked: bool) -> Value {
    json!({"id": id, "eventType": outcome, "teamId": 11, "playerId": 501, "playerName": "A. Striker", "x": 92.5, "y": 30,
           "min": 45, "minAdded": 2, "isBlocked": blocked, "isOnTarget": on_target, "expectedGoals": 0.25,
           "expectedGoalsOnTarget": 0, "shotType": "Header", "situation": "FromCorner", "period": "FirstHalf", "isOwnGoal": false})
}

fn goal(event_id: u64, minute: u64, is_home: bool, after: [i64; 2]) -> Value {
    json!({"type": "Goal", "eventId": event_id, "time": minute, "timeStr": minute, "overloadTime": null, "isHome": is_home,
           "player": {"id": 501, "name": "A. Striker"}, "newScore": after, "homeScore": 0, "awayScore": 0, "ownGoal": null,
           "goalDescriptionKey": "header", "assistPlayerId": 502, "assistInput": "B. Winger", "assistStr": "assist by B. Winger"})
}

/// A match of the layout since 2024, decided by a shoot-out.
fn details_2024() -> Value {
    json!({
        "general": {"matchId": "77", "matchRound": "1/8", "leagueId": 901, "leagueName": "Test Cup", "parentLeagueId": 90,
            "homeTeam": {"name": "Alpha", "id": 11}, "awayTeam": {"name": "Beta", "id": 12},
            "matchTimeUTCDate": "2031-09-01T19:30:00.000Z", "started": true, "finished": true},
        "header": {
            "teams": [{"name": "Alpha", "id": 11, "score": 2}, {"name": "Beta", "id": 12, "score": 2}],
            "status": {"utcTime": "2031-09-01T19:30:00.000Z", "halfs": {"firstHalfStarted": "01.09.2031 21:32:08"},
                "finished": true, "started": true, "cancelled": false, "awarded": false,
                "reason": {"short": "Pen", "penalties": [4, 3]}, "whoLostOnPenalties": "Beta", "whoLostOnAggregated": ""},
            "events": {"homeTeamGoals": {}}},
        "content": {
            "matchFacts": {"matchId": 77,
                "events": {"ongoing": false, "events": [
                    goal(1001, 30, true, [1, 0]), goal(1002, 80, false, [1, 1]), goal(1003, 95, true, [2, 1]), goal(1004, 118, false, [2, 2]),
                    {"type": "Half", "time": 45, "overloadTime": null, "player": {"id": null, "profileUrl": ""}, "homeScore": 1, "awayScore": 0, "halfStrShort": "HT", "reactKey": "k45"},
                    {"type": "Substitution", "time": 60, "overloadTime": 0, "isHome": false, "player": {"id": null}, "homeScore": 1, "awayScore": 0,
                     "injuredPlayerOut": true, "reactKey": "k60", "swap": [{"name": "Comes On", "id": "601"}, {"name": "Goes Off", "id": "602"}]},
                    {"type": "Card", "time": 90, "overloadTime": 3, "isHome": true, "eventId": 1005, "player": {"id": 503, "name": "C. Back"}, "card": "YellowRed", "homeScore": 1, "awayScore": 1},
                ], "penaltyShootoutEvents": [
                    {"type": "Goal", "time": 120, "isHome": true, "eventId": 1006, "isPenaltyShootoutEvent": true, "player": {"id": 501, "name": "A. Striker"}, "newScore": [3, 2]},
                    {"type": "Goal", "time": 120, "isHome": true, "eventId": 1006, "isPenaltyShootoutEvent": true, "player": {"id": 501, "name": "A. Striker"}, "newScore": [3, 2]},
                ]},
                "infoBox": {"Match Date": {"utcTime": "2031-09-01T19:30:00.000Z"}, "Tournament": {"id": 90, "selectedSeason": "2031/2032"},
                    "Stadium": {"name": "Test Park", "city": "Here"}, "Attendance": {"odd": true}}},
            "shotmap": {"shots": [shot(1, "AttemptSaved", true, true), shot(2, "Goal", true, false), shot(2, "Goal", true, false), shot(3, "Miss", false, false)], "Periods": {"All": [shot(1, "AttemptSaved", true, true)]}},
            "lineup": {"matchId": 77, "lineupType": "standard",
                "homeTeam": {"id": 11, "name": "Alpha", "formation": "4-3-3",
                    "starters": [{"id": 501, "name": "A. Striker", "positionId": 115, "shirtNumber": "9", "performance": {"rating": 7.25}}],
                    "subs": [{"id": 504, "name": "D. Sub", "shirtNumber": "12", "performance": {}}],
                    "coach": {"id": 505, "name": "E. Coach", "isCoach": true},
                    "unavailable": [{"id": 506, "name": "F. Injured", "unavailability": {"type": "injury"}}]},
                "awayTeam": {"id": 12, "name": "Beta", "formation": "3-5-2", "starters": [{"id": 601, "name": "G. Keeper", "shirtNumber": "1"}], "subs": [], "coach": null}},
            "stats": {"Periods": {
                "All": {"stats": [
                    {"title": "Top stats", "key": "top_stats", "stats": [
                        {"title": "Ball possession", "key": "BallPossesion", "stats": [34, 66], "type": "graph"},
                        {"title": "xG", "key": "expected_goals", "stats": ["1.03", "0.60"], "type": "text"}]},
                    {"title": "Passes", "key": "passes", "stats": [
                        {"title": "Passes", "key": "passes", "stats": [null, null], "type": "title"},
                        {"title": "xG", "key": "expected_goals", "stats": ["1.03", "0.60"], "type": "text"},
                        {"title": "Accurate", "key": "accurate_passes", "stats": ["267 (83%)", null], "type": "text"}]}]},
                "FirstHalf": {"stats": [{"stats": [{"key": "expected_goals", "stats": ["0.5", "-"], "type": "text"}]}]},
                "SecondHalf": null}},
            "table": {}, "h2h": {},
        },
    })
}

fn parsed(details: &Value) -> Tables {
    let body = details.to_string();
    outcome(
        &FotMob,
        &by_ids("fotmob", "match_details", &["77"]),
        Some("77"),
        &Cursor::Start,
        &body,
    )
    .unwrap()
    .0
}

fn pick(row: &Map<String, Value>, columns: &[&str]) -> Vec<Value> {
    columns.iter().map(|column| row[*column].clone()).collect()
}

fn picked(tables: &Tables, table: &str, columns: &[&str]) -> Value {
    tables
        .of(table)
        .iter()
        .map(|row| Value::from(pick(row, columns)))
        .collect()
}

#[test]
fn a_match_decided_by_a_shoot_out() {
    let tables = parsed(&details_2024());
    assert_eq!(
        Value::from(tables.of("matches")[0].clone()),
        json!({
            "source": "fotmob", "match_id": "77", "competition": "Test Cup", "competition_id": "90", "season": "2031/2032",
            "stage": "1/8", "matchday": null, "utc_kickoff": "1946057400000000000", "status": "Pen",
            "home_team_id": "11", "home_team": "Alpha", "away_team_id": "12", "away_team": "Beta",
            "home_score": 2, "away_score": 2, "home_score_90": 1, "away_score_90": 1, "home_score_extra": 1, "away_score_extra": 1,
            "home_score_penalties": 4, "away_score_penalties": 3, "home_score_half": 1, "away_score_half": 0,
            "winner": "home", "venue": "Test Park",
        })
    );
}

#[test]
fn events_say_who_what_and_the_score_after() {
    let tables = parsed(&details_2024());
    assert_eq!(
        picked(
            &tables,
            "match_events",
            &[
                "event_id",
                "event_type",
                "minute",
                "side",
                "team_id",
                "player_id",
                "player",
                "other_player",
                "home_score",
                "away_score",
                "detail"
            ]
        ),
        json!([
            [
                "1001",
                "Goal",
                30,
                "home",
                "11",
                "501",
                "A. Striker",
                "B. Winger",
                1,
                0,
                "header"
            ],
            [
                "1002",
                "Goal",
                80,
                "away",
                "12",
                "501",
                "A. Striker",
                "B. Winger",
                1,
                1,
                "header"
            ],
            [
                "1003",
                "Goal",
                95,
                "home",
                "11",
                "501",
                "A. Striker",
                "B. Winger",
                2,
                1,
                "header"
            ],
            [
                "1004",
                "Goal",
                118,
                "away",
                "12",
                "501",
                "A. Striker",
                "B. Winger",
                2,
                2,
                "header"
            ],
            ["k45", "Half", 45, null, null, null, null, null, 1, 0, "HT"],
            [
                "k60",
                "Substitution",
                60,
                "away",
                "12",
                "601",
                "Comes On",
                "Goes Off",
                1,
                0,
                "injury"
            ],
            [
                "1005",
                "Card",
                90,
                "home",
                "11",
                "503",
                "C. Back",
                null,
                1,
                1,
                "YellowRed"
            ],
            [
                "1006",
                "PenaltyShootout",
                120,
                "home",
                "11",
                "501",
                "A. Striker",
                null,
                null,
                null,
                "Goal"
            ],
        ])
    );
}

#[test]
fn shots_line_ups_figures_and_the_document() {
    let details = details_2024();
    let tables = parsed(&details);
    assert_eq!(
        picked(
            &tables,
            "match_shots",
            &[
                "shot_id",
                "outcome",
                "on_target",
                "blocked",
                "minute",
                "added",
                "xg",
                "xgot",
                "y",
                "body_part"
            ]
        ),
        json!([
            [
                "1",
                "AttemptSaved",
                false,
                true,
                45,
                2,
                0.25,
                0.0,
                30.0,
                "Header"
            ],
            ["2", "Goal", true, false, 45, 2, 0.25, 0.0, 30.0, "Header"],
            ["3", "Miss", false, false, 45, 2, 0.25, 0.0, 30.0, "Header"],
        ])
    );
    assert_eq!(
        picked(
            &tables,
            "match_lineups",
            &[
                "team_id",
                "side",
                "role",
                "player_id",
                "player",
                "formation",
                "shirt_number",
                "position",
                "rating"
            ]
        ),
        json!([
            [
                "11",
                "home",
                "starter",
                "501",
                "A. Striker",
                "4-3-3",
                "9",
                "115",
                "7.25"
            ],
            [
                "11", "home", "bench", "504", "D. Sub", "4-3-3", "12", null, null
            ],
            [
                "11", "home", "coach", "505", "E. Coach", "4-3-3", null, null, null
            ],
            [
                "11",
                "home",
                "unavailable",
                "506",
                "F. Injured",
                "4-3-3",
                null,
                null,
                null
            ],
            [
                "12",
                "away",
                "starter",
                "601",
                "G. Keeper",
                "3-5-2",
                "1",
                null,
                null
            ],
        ])
    );
    assert_eq!(
        picked(
            &tables,
            "match_stats",
            &["period", "stat", "side", "value", "number"]
        ),
        json!([
            ["All", "BallPossesion", "home", "34", 34.0],
            ["All", "BallPossesion", "away", "66", 66.0],
            ["All", "expected_goals", "home", "1.03", 1.03],
            ["All", "expected_goals", "away", "0.60", 0.6],
            ["All", "accurate_passes", "home", "267 (83%)", 267.0],
            ["All", "accurate_passes", "away", null, null],
            ["FirstHalf", "expected_goals", "home", "0.5", 0.5],
            ["FirstHalf", "expected_goals", "away", "-", null],
        ])
    );
    assert_eq!(
        picked(&tables, "documents", &["dataset", "id", "body"]),
        json!([["match_details", "77", details.to_string()]])
    );
}

#[test]
fn a_predicted_line_up_is_no_line_up() {
    let mut details = details_2024();
    details["content"]["lineup"]["lineupType"] = json!("predicted");
    assert_eq!(parsed(&details).of("match_lineups").len(), 0);
}

/// A team of the layouts of 2020 and 2023, whose absentees are those of both teams.
fn older_team(id: u64, name: &str, first: u64, absent: Value) -> Value {
    let player = |n: u64, role: &str| json!({"id": (first + n).to_string(), "name": format!("P{}", first + n), "shirt": n, "role": role, "rating": {"num": "6.5"}, "isHomeTeam": false});
    json!({"teamId": id, "teamName": name, "lineup": "4 - 4 - 2", "players": [[player(1, "Keeper")], [player(2, "Defender"), player(3, "Defender")]],
           "bench": [player(4, "Attacker")], "coach": [{"id": (first + 9).to_string(), "name": {"firstName": "C", "lastName": "H", "fullName": "C H"}, "role": "Coach"}],
           "nonAvailablePlayers": absent})
}

#[test]
fn the_layout_of_2020() {
    let details = json!({
        "header": {"teams": [{"name": "Alpha", "score": 1}, {"name": "Beta", "score": 0}],
            "status": {"finished": true, "started": true, "cancelled": false, "scoreStr": "1 - 0", "startDateStr": "Sep 1, 2031", "reason": {"short": "FT", "long": "Full-Time"}, "whoLostOnPenalties": null}},
        "content": {
            "matchFacts": {"matchId": 77, "events": {"ongoing": false, "penaltyShootoutEvents": null, "events": [
                    {"type": "Goal", "reactKey": "g", "time": 20, "timeStr": "20’", "overloadTime": null, "isHome": true, "ownGoal": null, "nameStr": "A. Striker, Penalty", "profileUrl": "/players/501/a-striker",
                     "newScore": [1, 0], "assistStr": "assist by B. Winger", "assistProfileUrl": "/players/502/b-winger"},
                    {"type": "Substitution", "reactKey": "s", "time": 60, "isHome": true, "profileUrl": "/players/NaN/", "swap": [{"name": "On", "profileUrl": "/players/601/on"}, {"name": "Off", "profileUrl": "/players/602/off"}]},
                    {"type": "AddedTime", "time": 90, "minutesAddedStr": "+4 minutes added"},
                    {"type": "AddedTime", "time": 90, "minutesAddedStr": "+4 minutes added"}]},
                "infoBox": {"Match Date": "Monday, September 1 2031, 3:15 p.m.", "Attendance": null, "Tournament": {"id": 47, "text": "First League"}, "Stadium": "Old Ground"}},
            "stats": {"stats": [{"title": "Top stats", "stats": [{"title": "Ball possesion", "type": "graph", "stats": [35, "65%"]}]}]},
            "lineup": {"lineup": [older_team(11, "Alpha", 100, Value::Null), older_team(12, "Beta", 200, Value::Null)], "bench": [[{"id": "104"}]]},
        },
    });
    let tables = parsed(&details);
    let row = &tables.of("matches")[0];
    assert_eq!(
        pick(
            row,
            &[
                "utc_kickoff",
                "competition",
                "competition_id",
                "home_team_id",
                "away_team_id",
                "home_score_90",
                "home_score_half",
                "winner",
                "venue"
            ]
        ),
        [
            Value::Null,
            json!("First League"),
            json!("47"),
            json!("11"),
            json!("12"),
            json!(1),
            json!(1),
            json!("home"),
            json!("Old Ground")
        ]
    );
    assert_eq!(
        picked(
            &tables,
            "match_events",
            &[
                "event_id",
                "player_id",
                "player",
                "other_player_id",
                "other_player",
                "detail"
            ]
        ),
        json!([
            ["g", "501", "A. Striker", "502", "B. Winger", "Penalty"],
            ["s", "601", "On", "602", "Off", null],
            ["2", null, null, null, null, "+4 minutes added"],
            ["3", null, null, null, null, "+4 minutes added"],
        ])
    );
    assert_eq!(
        picked(&tables, "match_stats", &["stat", "value"]),
        json!([["Ball possesion", "35"], ["Ball possesion", "65%"]])
    );
    assert_eq!(tables.of("match_lineups").len(), 10);
    assert_eq!(
        pick(
            &tables.of("match_lineups")[0],
            &["player_id", "role", "position", "rating", "shirt_number"]
        ),
        ["101", "starter", "Keeper", "6.5", "1"]
    );
    assert_eq!(tables.of("match_shots").len(), 0);
}

#[test]
fn the_layout_of_2023_lists_the_absentees_of_both_teams_in_each() {
    let absent = json!([[{"id": 701, "name": {"fullName": "Home Absentee"}, "isHomeTeam": false}], [{"id": 801, "name": {"fullName": "Away Absentee"}, "isHomeTeam": false}]]);
    let mut details = details_2024();
    details["header"]["events"] = Value::Null;
    details["content"]["lineup"] = json!({"lineup": [older_team(11, "Alpha", 100, absent.clone()), older_team(12, "Beta", 200, absent)]});
    details["content"]["shotmap"] = json!(false);
    let tables = parsed(&details);
    let rows = picked(
        &tables,
        "match_lineups",
        &["team_id", "side", "player", "role"],
    );
    let absent: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row[3] == "unavailable")
        .collect();
    assert_eq!(
        absent,
        [
            &json!(["11", "home", "Home Absentee", "unavailable"]),
            &json!(["12", "away", "Away Absentee", "unavailable"])
        ]
    );
    assert!(
        rows.as_array()
            .unwrap()
            .contains(&json!(["12", "away", "C H", "coach"]))
    );
}

#[test]
fn details_that_are_not_those_asked_for_are_refused() {
    let item = by_ids("fotmob", "match_details", &["78"]);
    let refused = |id: &str, body: Value| {
        outcome(&FotMob, &item, Some(id), &Cursor::Start, &body.to_string()).unwrap_err()
    };
    assert_eq!(
        refused("78", details_2024()),
        r#"at general.matchId: "77", expected the id asked for, "78""#
    );
    assert_eq!(
        refused("77", json!({"header": {}})),
        "at content.matchFacts.matchId: missing, expected the id of the match"
    );
    assert!(refused("77", json!([])).starts_with("at .: invalid length"));
    let mut wrong = details_2024();
    wrong["content"]["shotmap"]["shots"][1]["x"] = json!("far");
    assert_eq!(
        refused("77", wrong),
        r#"at content.shotmap.shots[1].x: invalid type: string "far", expected f64"#
    );
    wrong = details_2024();
    wrong["general"]["matchTimeUTCDate"] = json!("soon");
    assert!(refused("77", wrong).starts_with(r#"at general.matchTimeUTCDate: "soon""#));
}

#[test]
fn any_missing_part_is_a_match_with_less() {
    let mut details = details_2024();
    details["content"] = json!({"matchFacts": false, "shotmap": null, "lineup": "", "stats": []});
    let tables = parsed(&details);
    assert_eq!(
        pick(
            &tables.of("matches")[0],
            &["home_score", "home_score_90", "home_score_half"]
        ),
        [json!(2), Value::Null, Value::Null]
    );
    assert_eq!((tables.of("documents").len(), tables.0.len()), (1, 2));
}
