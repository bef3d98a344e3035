//! football-data.org by season, team and person: what is asked for, and what becomes of it.

use serde_json::{Value, json};
use sources::football_data::FootballData;
use sources::{Cursor, Next, Source, dates};

use crate::bench::{Tables, ask, by_ids, item, outcome, read, request, try_ask};

fn of_season(dataset: &str, symbol: &str, year: i32, params: &[(&str, &str)]) -> common::Item {
    item(
        "football-data",
        dataset,
        Some(symbol),
        dates::parse(&format!("{year}-01-01")).unwrap(),
        dates::parse(&format!("{}-01-01", year + 1)).unwrap(),
        params,
    )
}

fn asked(item: &common::Item, id: Option<&str>, cursor: &Cursor) -> String {
    let ask = ask(&FootballData, item, id, cursor);
    let query: Vec<_> = ask
        .query
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    format!("{}?{}", ask.path, query.join("&"))
}

fn plan(dataset: &str, symbols: &[&str], from: &str, to: &str) -> Result<Vec<String>, String> {
    let request = request(dataset, symbols, from, to, "2026-01-01", &[]);
    let plan = FootballData
        .plan(&request)
        .map_err(|error| error.to_string())?;
    Ok((0..plan.items())
        .map(|number| {
            let item = common::Item {
                work: plan.item(number).unwrap().work,
                ..by_ids("football-data", dataset, &[])
            };
            asked(&item, None, &Cursor::Start)
        })
        .collect())
}

#[test]
fn a_range_means_the_seasons_that_start_in_its_years() {
    assert_eq!(
        plan(
            "competition_matches",
            &["PL", "2013"],
            "2022-08-01",
            "2024-01-01"
        )
        .unwrap(),
        [
            "/v4/competitions/PL/matches?season=2022",
            "/v4/competitions/PL/matches?season=2023",
            "/v4/competitions/2013/matches?season=2022",
            "/v4/competitions/2013/matches?season=2023",
        ]
    );
    assert_eq!(
        plan("standings", &["PL"], "2023-08-01", "2023-08-02").unwrap(),
        ["/v4/competitions/PL/standings?season=2023"]
    );
    assert_eq!(
        plan("teams", &["PL"], "2023-12-31", "2024-01-02")
            .unwrap()
            .len(),
        2
    );
    let wrong = plan("scorers", &["PL/x"], "2023-01-01", "2023-01-02").unwrap_err();
    assert!(wrong.contains("such as PL or 2021"), "{wrong}");
    let mut sliced = request(
        "teams",
        &["PL"],
        "2023-01-01",
        "2023-01-02",
        "2026-01-01",
        &[],
    );
    sliced.slice = Some(std::time::Duration::from_secs(86_400));
    let refused = FootballData.plan(&sliced).unwrap_err().to_string();
    assert!(refused.contains("leave out --slice"), "{refused}");
    let refused = plan("team_matches", &[], "2023-01-01", "2023-01-02").unwrap_err();
    assert!(refused.contains("enqueue ids"), "{refused}");
}

#[test]
fn every_dataset_has_its_path() {
    let limit = [("limit", "100")];
    assert_eq!(
        asked(
            &of_season("scorers", "PL", 2023, &limit),
            None,
            &Cursor::Start
        ),
        "/v4/competitions/PL/scorers?season=2023&limit=100"
    );
    for (dataset, symbol, path) in [
        ("areas", "all", "/v4/areas?"),
        ("areas", "2072", "/v4/areas/2072?"),
        ("competitions", "all", "/v4/competitions?"),
        ("competitions", "PL", "/v4/competitions/PL?"),
    ] {
        let item = of_season(dataset, symbol, 2025, &[]);
        assert_eq!(asked(&item, None, &Cursor::Start), path);
    }
    for (dataset, path) in [
        ("match_details", "/v4/matches/77?"),
        ("head2head", "/v4/matches/77/head2head?limit=100"),
        ("team", "/v4/teams/77?"),
        ("team_matches", "/v4/teams/77/matches?season=2023&limit=100"),
        ("person", "/v4/persons/77?"),
        (
            "person_matches",
            "/v4/persons/77/matches?limit=100&offset=0",
        ),
    ] {
        let mut item = by_ids("football-data", dataset, &["77"]);
        let given = FootballData.dataset(dataset).unwrap().params.iter();
        item.params = given
            .map(|(name, default)| {
                let value = if *name == "season" { "2023" } else { default };
                ((*name).to_owned(), value.to_owned())
            })
            .collect();
        assert_eq!(asked(&item, Some("77"), &Cursor::Start), path);
        let refused = try_ask(&FootballData, &item, Some("x"), &Cursor::Start).unwrap_err();
        assert!(refused.to_string().contains("write digits"));
    }
    let many = of_season("scorers", "PL", 2023, &[("limit", "all")]);
    assert!(try_ask(&FootballData, &many, None, &Cursor::Start).is_err());
}

fn frame(season: &str, list: &str, rows: Value) -> String {
    json!({
        "filters": {"season": season}, "competition": {"id": 9001, "name": "Test League", "code": "TL"},
        "season": {"id": 7, "startDate": format!("{season}-08-12"), "endDate": "2032-05-19", "winner": null},
        list: rows,
    })
    .to_string()
}

fn first(tables: Tables, table: &str) -> Value {
    Value::from(tables.remove(table).remove(0))
}

#[test]
fn standings_scorers_and_teams_come_out_whole() {
    let table = json!([{"stage": "REGULAR_SEASON", "type": "HOME", "group": null, "table": [{
        "position": 1, "team": {"id": 11, "name": "Alpha FC", "tla": "AL "}, "playedGames": 3, "form": "W,D,L",
        "won": 1, "draw": 1, "lost": 1, "points": 4, "goalsFor": 5, "goalsAgainst": 6, "goalDifference": -1}]}]);
    let read = |dataset: &str, body: &str| {
        let item = of_season(dataset, "TL", 2031, &[]);
        read(&FootballData, &item, &Cursor::Start, body).0
    };
    assert_eq!(
        first(
            read("standings", &frame("2031", "standings", table)),
            "standings"
        ),
        json!({
            "source": "football-data", "competition_id": "9001", "competition": "Test League", "season": "2031",
            "stage": "REGULAR_SEASON", "kind": "HOME", "group": "", "team_id": "11", "team": "Alpha FC",
            "position": 1, "played": 3, "won": 1, "draw": 1, "lost": 1, "goals_for": 5, "goals_against": 6,
            "goal_difference": -1, "points": 4, "form": "W,D,L",
        })
    );
    let scorers = json!([{"player": {"id": 5, "name": "Ann Otter", "nationality": "Here"}, "team": {"id": 11, "name": "Alpha FC"},
        "playedMatches": 3, "goals": 4, "assists": null, "penalties": 1}]);
    assert_eq!(
        first(
            read("scorers", &frame("2031", "scorers", scorers)),
            "scorers"
        ),
        json!({
            "source": "football-data", "competition_id": "9001", "competition": "Test League", "season": "2031",
            "player_id": "5", "player": "Ann Otter", "team_id": "11", "team": "Alpha FC", "played": 3, "goals": 4,
            "assists": null, "penalties": 1, "nationality": "Here",
        })
    );
    let teams = json!([{"area": {"id": 1, "name": "Here"}, "id": 11, "name": "Alpha FC", "shortName": "Alpha", "tla": "AL ",
        "address": "Street 1", "website": null, "founded": 1901, "venue": "Ground", "squad": [{"id": 5}], "staff": []}]);
    assert_eq!(
        first(read("teams", &frame("2031", "teams", teams)), "teams"),
        json!({
            "source": "football-data", "competition_id": "9001", "season": "2031", "team_id": "11", "name": "Alpha FC",
            "short_name": "Alpha", "tla": "AL ", "venue": "Ground", "address": "Street 1", "website": null,
            "founded": 1901, "country": "Here",
        })
    );
}

fn played(id: u64, utc_date: &str) -> Value {
    json!({"id": id, "utcDate": utc_date, "status": "FINISHED"})
}

#[test]
fn a_season_is_kept_whole_and_must_be_the_one_asked_for() {
    let item = of_season("competition_matches", "TL", 2031, &[]);
    let season = json!([
        played(1, "2031-08-30T15:00:00Z"),
        played(2, "2032-05-19T15:00:00Z")
    ]);
    let (tables, next) = read(
        &FootballData,
        &item,
        &Cursor::Start,
        &frame("2031", "matches", season.clone()),
    );
    assert_eq!((tables.of("matches").len(), next), (2, Next::End));
    for (dataset, list) in [
        ("competition_matches", "matches"),
        ("standings", "standings"),
        ("scorers", "scorers"),
        ("teams", "teams"),
    ] {
        let other = frame("2030", list, json!([]));
        let item = of_season(dataset, "TL", 2031, &[]);
        let refused = outcome(&FootballData, &item, None, &Cursor::Start, &other).unwrap_err();
        assert_eq!(
            refused,
            "at filters.season: \"2030\", expected the season asked for, 2031"
        );
    }
    let nameless = frame("2031", "teams", json!([{"id": 1}, {"id": null}]));
    let item = of_season("teams", "TL", 2031, &[]);
    assert_eq!(
        outcome(&FootballData, &item, None, &Cursor::Start, &nameless).unwrap_err(),
        "at teams[1].id: missing, expected an id"
    );
}

#[test]
fn pages_of_a_person_end_with_an_empty_one() {
    let item = by_ids("football-data", "person_matches", &["7"]);
    let page = |offset: u64, ids: &[u64]| {
        let rows: Vec<_> = ids
            .iter()
            .map(|id| played(*id, "2031-08-30T15:00:00Z"))
            .collect();
        json!({"filters": {"limit": 2, "offset": offset}, "person": {"id": 7}, "matches": rows})
            .to_string()
    };
    let next = |cursor: &Cursor, body: &str| {
        outcome(&FootballData, &item, Some("7"), cursor, body).map(|(_, next)| next)
    };
    let third = Cursor::Page(2);
    assert_eq!(
        next(&Cursor::Start, &page(0, &[1, 2])),
        Ok(Next::More(third.clone()))
    );
    assert_eq!(
        next(&third, &page(2, &[3])),
        Ok(Next::More(Cursor::Page(3)))
    );
    assert_eq!(next(&Cursor::Page(3), &page(3, &[])), Ok(Next::End));
    let again = next(&third, &page(0, &[1, 2])).unwrap_err();
    assert!(again.starts_with("at filters.offset"), "{again}");
}

#[test]
fn documents_go_by_their_own_id() {
    let list = of_season("competitions", "all", 2025, &[]);
    let (tables, _) = read(
        &FootballData,
        &list,
        &Cursor::Start,
        r#"{"count":0,"competitions":[]}"#,
    );
    assert_eq!(
        first(tables, "documents"),
        json!({"source": "football-data", "dataset": "competitions", "id": "all", "body": r#"{"count":0,"competitions":[]}"#})
    );
    let team = by_ids("football-data", "team", &["5"]);
    let read = |body| outcome(&FootballData, &team, Some("5"), &Cursor::Start, body);
    assert_eq!(read(r#"{"id":5}"#).unwrap().0.of("documents").len(), 1);
    assert_eq!(
        read(r#"{"id":6}"#).unwrap_err(),
        "at id: \"6\", expected the id asked for, \"5\""
    );
    assert!(
        read(r#"{"areas":[]}"#)
            .unwrap_err()
            .starts_with("at id: missing")
    );
}
