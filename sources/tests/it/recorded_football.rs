//! Real replies of football-data.org and FotMob, where a folder of them lies beside the
//! repository: every one parses to as many rows as it holds, in its own dataset.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sources::Source;
use sources::football_data::FootballData;
use sources::fotmob::FotMob;

use crate::bench::Tables;
use crate::recorded::{check_score, recorded, tables};

/// A dataset and its recorded replies: the folder, and a reply made here.
struct Kind {
    dataset: &'static str,
    folder: &'static str,
    own: &'static str,
}

const MATCH: &str = r#"{"id":1,"utcDate":"2031-09-01T19:00:00Z","status":"TIMED","score":{"fullTime":{"home":null,"away":null}}}"#;
const MATCHES: &str = r#"{"matches":[{"id":1,"utcDate":"2031-09-01T19:00:00Z","status":"TIMED","score":{"fullTime":{"home":null,"away":null}}}]}"#;

fn each(source: &dyn Source, kind: &Kind, check: impl Fn(&Path, &Value, &Tables)) {
    let mut files = vec![(PathBuf::from("own"), kind.own.to_owned())];
    files.extend(recorded(&format!("{}/{}", source.name(), kind.folder)));
    for (path, body) in files {
        let read = tables(source, kind.dataset, &[], &body)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        check(&path, &serde_json::from_str(&body).unwrap(), &read);
    }
}

fn length(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

#[test]
fn lists_give_a_match_each() {
    for (dataset, folder, own) in [
        ("matches", "matches", MATCHES),
        ("competition_matches", "competition_matches", MATCHES),
        ("matches", "competition_matches", MATCHES),
        ("head2head", "head2head", MATCHES),
        ("team_matches", "team_matches", MATCHES),
        ("person_matches", "person_matches", MATCHES),
        ("match_details", "match", MATCH),
        ("matches", "match", MATCH),
    ] {
        let kind = Kind {
            dataset,
            folder,
            own,
        };
        each(&FootballData, &kind, |path, body, tables| {
            let expected = body["matches"].as_array().map_or(1, Vec::len);
            assert_eq!(tables.of("matches").len(), expected, "{}", path.display());
            for row in tables.of("matches") {
                check_score(row, path);
            }
        });
    }
}

#[test]
fn match_details_hold_everything_that_happened_once() {
    let kind = Kind {
        dataset: "match_details",
        folder: "match",
        own: MATCH,
    };
    each(&FootballData, &kind, |path, body, tables| {
        let mut penalties: Vec<_> = body["penalties"].as_array().cloned().unwrap_or_default();
        penalties.sort_by_key(Value::to_string);
        penalties.dedup();
        let lists = ["goals", "bookings", "substitutions"];
        let events: usize = lists.iter().map(|list| length(&body[*list])).sum();
        assert_eq!(
            tables.of("match_events").len(),
            events + penalties.len(),
            "{}",
            path.display()
        );
        let team = |side: &str| {
            let team = &body[side];
            length(&team["lineup"])
                + length(&team["bench"])
                + usize::from(team["coach"]["id"].is_number())
        };
        assert_eq!(
            tables.of("match_lineups").len(),
            team("homeTeam") + team("awayTeam"),
            "{}",
            path.display()
        );
    });
}

#[test]
fn seasons_give_a_row_each() {
    let standings = Kind {
        dataset: "standings",
        folder: "standings",
        own: r#"{"filters":{"season":"2031"},"competition":{"id":1},"season":{"startDate":"2031-08-01"},"standings":[{"stage":"REGULAR_SEASON","type":"TOTAL","group":null,"table":[{"position":1,"team":{"id":5},"playedGames":0,"form":null,"won":0,"draw":0,"lost":0,"points":0,"goalsFor":0,"goalsAgainst":0,"goalDifference":0}]}]}"#,
    };
    each(&FootballData, &standings, |path, body, tables| {
        let lists = body["standings"].as_array().unwrap();
        let expected: usize = lists.iter().map(|list| length(&list["table"])).sum();
        assert!(expected > 0, "{}", path.display());
        assert_eq!(tables.of("standings").len(), expected, "{}", path.display());
    });
    for (dataset, folder, own) in [
        (
            "scorers",
            "scorers",
            r#"{"competition":{"id":1},"season":{"startDate":"2031-08-01"},"scorers":[{"player":{"id":1},"team":{"id":2},"goals":3,"assists":null,"penalties":null}]}"#,
        ),
        (
            "teams",
            "competition_teams",
            r#"{"competition":{"id":1},"season":{"startDate":"2031-08-01"},"teams":[{"id":1,"tla":"AL "}]}"#,
        ),
    ] {
        let kind = Kind {
            dataset,
            folder,
            own,
        };
        each(&FootballData, &kind, |path, body, tables| {
            assert!(length(&body[dataset]) > 0, "{}", path.display());
            assert_eq!(
                tables.of(dataset).len(),
                length(&body[dataset]),
                "{}",
                path.display()
            );
            let season = tables.of(dataset)[0]["season"].as_str().unwrap();
            assert!(
                body["season"]["startDate"]
                    .as_str()
                    .unwrap()
                    .starts_with(season)
            );
        });
    }
}

#[test]
fn documents_are_kept_as_they_came() {
    let football_data = &FootballData as &dyn Source;
    for (source, dataset, folder, own) in [
        (football_data, "areas", "areas", r#"{"areas":[]}"#),
        (
            football_data,
            "competitions",
            "competitions",
            r#"{"competitions":[]}"#,
        ),
        (football_data, "competitions", "competition", r#"{"id":1}"#),
        (football_data, "team", "team", r#"{"id":1}"#),
        (football_data, "person", "person", r#"{"id":1}"#),
        (&FotMob, "all_leagues", "all_leagues", r#"{"countries":[]}"#),
        (&FotMob, "league", "league", r#"{"details":{"id":1}}"#),
        (&FotMob, "team", "team", r#"{"details":{"id":1}}"#),
    ] {
        let kind = Kind {
            dataset,
            folder,
            own,
        };
        each(source, &kind, |path, body, tables| {
            let rows = tables.of("documents");
            assert_eq!(rows.len(), 1, "{}", path.display());
            let own_id = body.get("id").or(body["details"].get("id"));
            let id = own_id.map_or("all".to_owned(), Value::to_string);
            assert_eq!(
                (&rows[0]["dataset"], &rows[0]["id"]),
                (&Value::from(dataset), &Value::from(id)),
                "{}",
                path.display()
            );
            let kept: Value = serde_json::from_str(rows[0]["body"].as_str().unwrap()).unwrap();
            assert_eq!(kept, *body);
        });
    }
}

#[test]
fn parts_of_replies_are_refused() {
    let mut files = vec![(PathBuf::from("own"), r#"{"type":"Goal"}"#.to_owned())];
    files.extend(recorded("fotmob/fragments"));
    for (path, body) in files {
        for dataset in ["matches", "match_details", "league", "team", "all_leagues"] {
            let refused = tables(&FotMob, dataset, &[], &body).unwrap_err();
            assert!(refused.starts_with("at "), "{}: {refused}", path.display());
        }
    }
}
