//! One match of football-data.org, with the detail that some plans have.

use serde_json::{Map, Value, json};
use sources::Cursor;
use sources::football_data::FootballData;

use crate::bench::{Tables, by_ids, outcome};

fn named(id: u64, name: &str) -> Value {
    json!({"id": id, "name": name})
}

fn details() -> Value {
    let (alpha, beta) = (named(11, "Alpha FC"), named(12, "Beta SV"));
    let penalty = json!({"player": named(503, "Carl"), "team": beta, "scored": true});
    json!({
        "competition": named(9001, "Test Cup"), "season": {"startDate": "2031-08-01", "stages": []},
        "id": 77, "utcDate": "2031-09-01T19:00:00Z", "status": "FINISHED", "minute": "90", "injuryTime": 5,
        "attendance": null, "venue": "Ground", "matchday": 3, "stage": "REGULAR_SEASON", "group": null,
        "homeTeam": {
            "id": 11, "name": "Alpha FC", "coach": named(601, "Cora Ch"), "leagueRank": 2, "formation": "4-3-3",
            "lineup": [{"id": 501, "name": "Ann", "position": "Goalkeeper", "shirtNumber": 1}],
            "bench": [{"id": 502, "name": "Bob", "position": null, "shirtNumber": 12}, {"id": 501, "name": "Ann"}],
            "statistics": {"corner_kicks": 7, "ball_possession": 55, "fouls": null},
        },
        "awayTeam": {
            "id": 12, "name": "Beta SV", "coach": {"id": null, "name": null}, "leagueRank": null, "formation": null,
            "lineup": [{"id": 503, "name": "Carl", "position": "Centre-Back", "shirtNumber": 4}], "bench": [],
            "statistics": {"corner_kicks": 2, "ball_possession": "45", "msg": "Only on request."},
        },
        "score": {"winner": "DRAW", "duration": "REGULAR", "fullTime": {"home": 1, "away": 1}, "halfTime": {"home": 1, "away": 0}},
        "goals": [
            {"minute": 14, "injuryTime": null, "type": "OWN", "team": alpha, "scorer": named(503, "Carl"), "assist": null, "score": {"home": 1, "away": 0}},
            {"minute": 90, "injuryTime": 3, "type": "PENALTY", "team": beta, "scorer": named(503, "Carl"), "assist": named(504, "Dan"), "score": {"home": 1, "away": 1}},
        ],
        "penalties": [penalty, {"player": named(502, "Bob"), "team": alpha, "scored": false}, penalty],
        "bookings": [{"minute": 30, "team": alpha, "player": named(501, "Ann"), "card": "YELLOW_RED"}],
        "substitutions": [{"minute": 46, "team": alpha, "playerOut": named(501, "Ann"), "playerIn": named(502, "Bob")}],
        "odds": {"homeWin": null}, "referees": [],
    })
}

fn read(body: &Value) -> Result<Tables, String> {
    let item = by_ids("football-data", "match_details", &["77"]);
    let read = outcome(
        &FootballData,
        &item,
        Some("77"),
        &Cursor::Start,
        &body.to_string(),
    );
    read.map(|(tables, _)| tables)
}

/// The columns of a row that hold something, the match aside.
fn told(row: &Map<String, Value>) -> Value {
    let own = row.iter().filter(|(name, value)| {
        !value.is_null() && !["source", "match_id"].contains(&name.as_str())
    });
    Value::Object(own.map(|(k, v)| (k.clone(), v.clone())).collect())
}

#[test]
fn what_happened_comes_out_in_order_and_a_penalty_once() {
    let tables = read(&details()).unwrap();
    let rows: Vec<_> = tables.of("match_events").iter().map(told).collect();
    assert_eq!(
        Value::from(rows),
        json!([
            {"event_id": "goal-1", "event_type": "Goal", "minute": 14, "side": "home", "team_id": "11", "player_id": "503",
             "player": "Carl", "home_score": 1, "away_score": 0, "detail": "OWN"},
            {"event_id": "goal-2", "event_type": "Goal", "minute": 90, "added": 3, "side": "away", "team_id": "12", "player_id": "503",
             "player": "Carl", "other_player_id": "504", "other_player": "Dan", "home_score": 1, "away_score": 1, "detail": "PENALTY"},
            {"event_id": "card-1", "event_type": "Card", "minute": 30, "side": "home", "team_id": "11", "player_id": "501",
             "player": "Ann", "detail": "YELLOW_RED"},
            {"event_id": "substitution-1", "event_type": "Substitution", "minute": 46, "side": "home", "team_id": "11",
             "player_id": "502", "player": "Bob", "other_player_id": "501", "other_player": "Ann"},
            {"event_id": "penalty-1", "event_type": "Penalty", "side": "away", "team_id": "12", "player_id": "503",
             "player": "Carl", "detail": "scored"},
            {"event_id": "penalty-2", "event_type": "Penalty", "side": "home", "team_id": "11", "player_id": "502",
             "player": "Bob", "detail": "missed"},
        ])
    );
    assert_eq!(tables.of("matches")[0]["venue"], "Ground");
}

#[test]
fn line_ups_and_figures_come_from_the_teams() {
    let tables = read(&details()).unwrap();
    let rows: Vec<_> = tables.of("match_lineups").iter().map(told).collect();
    assert_eq!(
        Value::from(rows),
        json!([
            {"team_id": "11", "player_id": "501", "player": "Ann", "side": "home", "role": "starter", "formation": "4-3-3",
             "shirt_number": "1", "position": "Goalkeeper"},
            {"team_id": "11", "player_id": "502", "player": "Bob", "side": "home", "role": "bench", "formation": "4-3-3", "shirt_number": "12"},
            {"team_id": "11", "player_id": "601", "player": "Cora Ch", "side": "home", "role": "coach", "formation": "4-3-3"},
            {"team_id": "12", "player_id": "503", "player": "Carl", "side": "away", "role": "starter", "shirt_number": "4", "position": "Centre-Back"},
        ])
    );
    let figures = tables.of("match_stats").iter().map(|row| {
        let [stat, side, value] =
            ["stat", "side", "value"].map(|column| row[column].as_str().unwrap());
        format!("{stat} {side} {value}")
    });
    assert_eq!(
        figures.collect::<Vec<_>>(),
        [
            "ball_possession home 55",
            "corner_kicks home 7",
            "ball_possession away 45",
            "corner_kicks away 2"
        ]
    );
    assert_eq!(tables.of("match_stats")[0]["period"], "All");
}

#[test]
fn without_the_detail_the_match_is_all_there_is() {
    let mut free = details();
    for key in ["goals", "penalties", "bookings", "substitutions", "minute"] {
        free.as_object_mut().unwrap().remove(key);
    }
    free["homeTeam"] = named(11, "Alpha FC");
    free["awayTeam"] = Value::Null;
    let tables = read(&free).unwrap();
    assert_eq!(tables.0.keys().collect::<Vec<_>>(), [&"matches"]);
    assert_eq!(tables.of("matches")[0]["away_team_id"], Value::Null);
}

#[test]
fn a_wrong_reply_is_refused_with_its_place() {
    let mut other = details();
    other["id"] = json!(78);
    assert_eq!(
        read(&other).unwrap_err(),
        "at id: \"78\", expected the id asked for, \"77\""
    );
    let mut wrong = details();
    wrong["goals"][1]["minute"] = json!("late");
    assert_eq!(
        read(&wrong).unwrap_err(),
        "at goals[1].minute: \"late\", expected a whole number"
    );
    wrong = details();
    wrong["goals"][1]["score"]["home"] = json!("1");
    assert!(
        read(&wrong)
            .unwrap_err()
            .starts_with("at goals[1].score.home: invalid type: string")
    );
}
