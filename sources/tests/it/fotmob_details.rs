//! FotMob: match details of the layout since 2024, with every trap of events, shots and figures.

use serde_json::{Map, Value, json};
use sources::Cursor;
use sources::fotmob::FotMob;

use crate::bench::{Tables, by_ids, outcome};

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
pub(crate) fn details_2024() -> Value {
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

pub(crate) fn parsed(details: &Value) -> Tables {
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

pub(crate) fn pick(row: &Map<String, Value>, columns: &[&str]) -> Vec<Value> {
    columns.iter().map(|column| row[*column].clone()).collect()
}

pub(crate) fn picked(tables: &Tables, table: &str, columns: &[&str]) -> Value {
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
