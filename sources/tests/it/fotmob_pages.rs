//! FotMob's leagues, teams and pages for people.

use serde_json::{Value, json};
use sources::fotmob::FotMob;
use sources::{Cursor, Source};

use crate::bench::{Tables, ask, by_ids, outcome, request};

fn league(params: &[(&str, &str)]) -> common::Item {
    let mut item = by_ids("fotmob", "league", &["47"]);
    item.params = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    item
}

fn listed(id: &str, round: Value, status: Value) -> Value {
    json!({"round": round, "roundName": round, "pageUrl": "/matches/x", "id": id,
           "home": {"name": "Alpha", "shortName": "Alp", "id": "11"}, "away": {"name": "Beta", "shortName": "Bet", "id": "12"},
           "status": status})
}

fn page(place: &str, matches: Vec<Value>) -> Value {
    json!({"tabs": [], "allAvailableSeasons": ["2031/2032"],
           "details": {"id": 47, "type": "league", "name": "First League", "selectedSeason": "2031/2032"},
           place: {"firstUnplayedMatch": null, "allMatches": matches}})
}

fn read(item: &common::Item, id: &str, body: &str) -> Result<Tables, String> {
    outcome(&FotMob, item, Some(id), &Cursor::Start, body).map(|(tables, _)| tables)
}

#[test]
fn a_league_gives_the_matches_of_its_season() {
    let over = json!({"utcTime": "2031-08-16T19:00:00Z", "started": true, "finished": true, "cancelled": false,
                      "awarded": false, "scoreStr": "2 - 1", "reason": {"short": "FT", "shortKey": "fulltime_short"}});
    let coming = json!({"utcTime": "2032-05-19T15:00:00.000Z", "started": false, "finished": false, "cancelled": false});
    let matches = vec![
        listed("5", json!("1"), over),
        listed("6", json!("final"), coming.clone()),
        listed("6", json!("final"), coming),
    ];
    for place in ["fixtures", "matches"] {
        let body = page(place, matches.clone()).to_string();
        let tables = read(&league(&[]), "47", &body).unwrap();
        let rows = tables.of("matches");
        assert_eq!(rows.len(), 2);
        assert_eq!(
            Value::from(rows[0].clone()),
            json!({
                "source": "fotmob", "match_id": "5", "competition": "First League", "competition_id": "47", "season": "2031/2032",
                "stage": null, "matchday": 1, "utc_kickoff": "1944673200000000000", "status": "FT",
                "home_team_id": "11", "home_team": "Alpha", "away_team_id": "12", "away_team": "Beta",
                "home_score": 2, "away_score": 1, "home_score_90": 2, "away_score_90": 1,
                "home_score_extra": null, "away_score_extra": null, "home_score_penalties": null, "away_score_penalties": null,
                "home_score_half": null, "away_score_half": null, "winner": "home", "venue": null,
            })
        );
        assert_eq!(
            (
                &rows[1]["status"],
                &rows[1]["stage"],
                &rows[1]["home_score"]
            ),
            (&json!("NS"), &json!("final"), &Value::Null)
        );
        assert_eq!(tables.of("documents")[0]["body"], body.as_str());
    }
}

#[test]
fn a_season_that_was_asked_for_names_its_document() {
    let item = league(&[("season", "2031/2032")]);
    let asked = ask(&FotMob, &item, Some("47"), &Cursor::Start);
    assert_eq!(asked.path, "/api/data/leagues");
    assert_eq!(
        asked.query,
        [("id", "47".to_owned()), ("season", "2031/2032".to_owned())]
    );
    let body = page("fixtures", vec![]).to_string();
    let tables = read(&item, "47", &body).unwrap();
    assert_eq!(tables.of("documents")[0]["id"], "47@2031/2032");
    let other = league(&[("season", "2030/2031")]);
    let refused = read(&other, "47", &body).unwrap_err();
    assert!(
        refused.starts_with("at details.selectedSeason"),
        "{refused}"
    );
    let refused = read(&item, "48", &body).unwrap_err();
    assert!(refused.starts_with("at details.id"), "{refused}");
    let mut broken = page(
        "fixtures",
        vec![listed("5", json!(1), json!({"utcTime": "soon"}))],
    );
    let refused = read(&item, "47", &broken.to_string()).unwrap_err();
    assert!(
        refused.starts_with("at fixtures.allMatches[0].status.utcTime"),
        "{refused}"
    );
    broken["details"] = Value::Null;
    let refused = read(&item, "47", &broken.to_string()).unwrap_err();
    assert!(refused.starts_with("at details: missing"), "{refused}");
}

#[test]
fn teams_and_the_list_of_leagues_are_documents() {
    let team = by_ids("fotmob", "team", &["9"]);
    let asked = ask(&FotMob, &team, Some("9"), &Cursor::Start);
    assert_eq!(
        (asked.path.as_str(), &asked.query[0].1),
        ("/api/data/teams", &"9".to_owned())
    );
    let body = r#"{"details":{"id":9,"type":"team"},"squad":[]}"#;
    let tables = read(&team, "9", body).unwrap();
    assert_eq!(
        Value::from(tables.of("documents")[0].clone()),
        json!({"source": "fotmob", "dataset": "team", "id": "9", "body": body})
    );
    let plan = |symbols: &[&str]| {
        let request = request(
            "all_leagues",
            symbols,
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:01Z",
            "2026-01-01",
            &[],
        );
        FotMob.plan(&request)
    };
    let planned = plan(&["all"]).unwrap();
    assert_eq!(planned.items(), 1);
    let item = common::Item {
        work: planned.item(0).unwrap().work,
        ..by_ids("fotmob", "all_leagues", &[])
    };
    let asked = ask(&FotMob, &item, None, &Cursor::Start);
    assert_eq!(asked.path, "/api/data/allLeagues");
    assert!(
        plan(&["47"])
            .unwrap_err()
            .to_string()
            .contains("--symbols all")
    );
}

#[test]
fn a_saved_page_is_read_like_the_reply_within_it() {
    let details = r#"{"general":{"matchId":"5"},"header":{"teams":[],"status":{"started":false}},"content":{}}"#;
    let page = format!(
        "<!DOCTYPE html><html><head><script>1</script></head><body><script id=\"__NEXT_DATA__\" type=\"application/json\">\
         {{\"props\":{{\"pageProps\":{details},\"x\":1}},\"page\":\"/\"}}</script></body></html>"
    );
    let item = by_ids("fotmob", "match_details", &["5"]);
    let tables = read(&item, "5", &page).unwrap();
    assert_eq!(tables, read(&item, "5", details).unwrap());
    let gate = read(&item, "5", "<html>Are you human?</html>").unwrap_err();
    assert!(gate.contains("a page without __NEXT_DATA__"), "{gate}");
}
