//! FotMob: match details of the older layouts, and replies that are not what was asked for.

use serde_json::{Value, json};
use sources::Cursor;
use sources::fotmob::FotMob;

use crate::bench::{by_ids, outcome};
use crate::fotmob_details::{details_2024, parsed, pick, picked};

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
