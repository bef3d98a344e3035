//! Every dataset of football-data.org and FotMob beside the two that the main job has: seasons,
//! details, teams, persons and pages.
//!
//! A match stands in several lists, and the last one fetched is the row that is read: each list
//! here is of matches that no other one shows differently.

use common::tables::{Batch, Table};
use e2e::{Expected, Fleet, FleetOptions};
use simulator::{Clock, Oracle};

use crate::jobs::{self, finished};

/// In the middle of no match, so that nothing changes while a test runs.
const NOW: &str = "2024-06-15T04:30:00Z";
/// Of `SA`, whose season 2019 nothing else shows with a ground.
const TEAM: u64 = 201_905;

async fn fleet() -> Fleet {
    let mut options = jobs::options();
    let now: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
    if let Some(simulator) = &mut options.simulator {
        simulator.clock = Clock::fixed(now.timestamp_millis());
    }
    Fleet::start(FleetOptions { ..options }).await.unwrap()
}

async fn enqueue(fleet: &Fleet, command: &str) {
    let args: Vec<&str> = command.split_whitespace().collect();
    fleet.producer(&args).await.unwrap().success().unwrap();
}

/// Enqueues ids; the job has the name of the dataset.
async fn ids(fleet: &Fleet, source: &str, dataset: &str, params: &str, ids: &[u64]) {
    let lines: Vec<String> = ids.iter().map(u64::to_string).collect();
    let csv = format!("id\n{}\n", lines.join("\n"));
    let file = fleet.file(&format!("{dataset}.csv"), csv).unwrap();
    let command = format!(
        "enqueue ids --source {source} --dataset {dataset} --file {} --column id --chunk 5 --job {dataset} {params}",
        file.display()
    );
    enqueue(fleet, &command).await;
}

/// Enqueues the seasons of a range; the job has the name of the dataset.
async fn season(fleet: &Fleet, dataset: &str, symbols: &str, params: &str) {
    enqueue(
        fleet,
        &format!(
            "enqueue range --source football-data --dataset {dataset} --symbols {symbols} \
             --from 2022-01-01 --to 2024-01-01 --job {dataset} {params}"
        ),
    )
    .await;
}

/// The ids of the matches in some batches.
fn match_ids(batches: impl Iterator<Item = Batch>) -> Vec<u64> {
    let rows = batches.flat_map(|batch| common::records::to_json(&batch.columns));
    rows.map(|row| row["match_id"].as_str().unwrap().parse().unwrap())
        .collect()
}

fn days(oracle: &Oracle, from: &str, to: &str) -> Vec<u64> {
    let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
    match_ids(oracle.football_matches(at(from), at(to), &[]))
}

#[tokio::test(flavor = "multi_thread")]
async fn seasons_details_teams_and_persons_of_football_data() {
    let mut fleet = fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let oracle = fleet.simulator().oracle();
    let mut expected = Expected::default();
    for year in [2022, 2023] {
        for symbol in ["PL", "CL"] {
            expected.add(oracle.football_season(symbol, year));
            expected.add(oracle.football_standings(symbol, year));
        }
        expected.add(oracle.football_scorers("PL", year, 25));
        expected.add(oracle.football_teams("BSA", year));
    }
    season(&fleet, "competition_matches", "PL,2001", "").await;
    season(&fleet, "standings", "PL,CL", "").await;
    season(&fleet, "scorers", "PL", "--param limit=25").await;
    season(&fleet, "teams", "BSA", "").await;

    let played: Vec<u64> = days(&oracle, "2021-02-06", "2021-02-08");
    let meetings: Vec<u64> = days(&oracle, "2019-03-02", "2019-03-03")[..4].to_vec();
    let referees: Vec<u64> = (43_000..43_010).collect();
    expected.add(oracle.football_details(played.clone()));
    for id in &meetings {
        expected.add(oracle.football_meetings(*id));
    }
    expected.add(oracle.football_of_team(TEAM, 2019));
    for id in &referees {
        expected.add(oracle.football_of_referee(*id));
    }
    let source = "football-data";
    ids(&fleet, source, "match_details", "", &played).await;
    // More than any two teams met: the vendor cuts the list there.
    ids(&fleet, source, "head2head", "--param limit=1000", &meetings).await;
    ids(
        &fleet,
        source,
        "team_matches",
        "--param season=2019",
        &[TEAM],
    )
    .await;
    // Two a page: some end with half a page, some with a full one, some hold nothing.
    ids(
        &fleet,
        source,
        "person_matches",
        "--param limit=2",
        &referees,
    )
    .await;

    ids(&fleet, source, "team", "", &[TEAM]).await;
    ids(&fleet, source, "person", "", &[43_001]).await;
    for (dataset, symbols) in [("areas", "all,2072"), ("competitions", "all,PL")] {
        let symbols = format!("--symbols {symbols} --job {dataset}");
        enqueue(
            &fleet,
            &format!("enqueue now --source {source} --dataset {dataset} {symbols}"),
        )
        .await;
        expected.add(oracle.football_document(dataset, "all", dataset, None));
    }
    expected.add(oracle.football_document("areas", "2072", "areas", Some("2072")));
    expected.add(oracle.football_document("competitions", "2021", "competitions", Some("PL")));
    expected.add(oracle.football_document("team", &TEAM.to_string(), "teams", Some("201905")));
    expected.add(oracle.football_document("person", "43001", "persons", Some("43001")));

    for job in [
        "competition_matches",
        "standings",
        "scorers",
        "teams",
        "match_details",
        "head2head",
        "team_matches",
        "person_matches",
        "team",
        "person",
        "areas",
        "competitions",
    ] {
        finished(&fleet, job).await;
    }
    for table in [
        Table::MatchEvent,
        Table::MatchLineup,
        Table::MatchStat,
        Table::Standing,
        Table::Scorer,
    ] {
        assert!(expected.rows(table) > 10, "{table:?}");
    }
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_lacks_is_refused_and_the_rest_is_stored() {
    let mut fleet = fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut expected = Expected::default();
    expected.add(fleet.simulator().oracle().football_teams("PL", 2022));
    expected.add(fleet.simulator().oracle().football_teams("PL", 2023));
    season(&fleet, "teams", "PL,EC", "").await;
    let status = fleet.finished("teams").await.unwrap();
    assert_eq!(
        (&status["items"], &status["dead"]),
        (&4.into(), &2.into()),
        "{status:#}"
    );
    for (_, letter) in fleet.dead_letters("teams").await.unwrap() {
        let reason = letter["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("not permitted by the plan"),
            "{letter:#}"
        );
    }
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn leagues_and_teams_of_fotmob() {
    let mut fleet = fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let oracle = fleet.simulator().oracle();
    let mut expected = Expected::default();
    expected.add(oracle.fotmob_league(42, 2015));
    expected.add(oracle.fotmob_team(4_203));
    expected.add(oracle.fotmob_all_leagues());
    ids(
        &fleet,
        "fotmob",
        "league",
        "--param season=2015/2016",
        &[42],
    )
    .await;
    ids(&fleet, "fotmob", "team", "", &[4_203]).await;
    enqueue(
        &fleet,
        "enqueue now --source fotmob --dataset all_leagues --symbols all --job all_leagues",
    )
    .await;
    for job in ["league", "team", "all_leagues"] {
        finished(&fleet, job).await;
    }
    assert!(expected.rows(Table::Match) > 3_000);
    expected.check(&fleet).await.unwrap();
}
