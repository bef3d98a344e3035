//! What a user does on the first day: all four datasets, two workers, two writers, and the same
//! commands once more.

use e2e::servers::PASSWORD;
use e2e::{Expected, Fleet};

use crate::jobs::{self, finished, hour};

const TRADES: &str = "enqueue range --source binance --dataset trades --symbols BTCUSDT,ETHUSDT \
                      --from 2024-03-04T00:00:00Z --to 2024-03-04T06:00:00Z --job trades";
const KLINES: &str = "enqueue range --source binance --dataset klines --symbols BTCUSDT,ETHUSDT \
                      --param interval=1m --from 2024-03-04 --to 2024-03-06 --job klines";
const MATCHES: &str = "enqueue range --source football-data --dataset matches \
                       --from 2024-03-04 --to 2024-03-14 --job matches";
const BY_DATE: &str = "enqueue range --source fotmob --dataset matches --from 2024-03-04 --to 2024-03-07 --job by-date";

async fn enqueue_all(fleet: &Fleet, csv: &str) {
    let details = format!(
        "enqueue ids --source fotmob --dataset match_details --file {csv} --column match_id --chunk 10 --job details"
    );
    for command in [TRADES, KLINES, MATCHES, BY_DATE, &details] {
        let args: Vec<&str> = command.split_whitespace().collect();
        fleet.producer(&args).await.unwrap().success().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_is_complete_and_once_however_often_it_is_enqueued() {
    let mut fleet = jobs::fleet().await;
    let oracle = fleet.simulator().oracle();
    let ids: Vec<u64> = (3_400_000..)
        .filter(|&id| oracle.match_exists(id))
        .take(40)
        .collect();
    let mut expected = Expected::default();
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        expected.add(oracle.trades(symbol, hour(0), hour(6)));
        expected.add(oracle.klines(symbol, "1m", (hour(0), hour(48)), chrono::Utc::now()));
    }
    expected.add(oracle.football_matches(hour(0), hour(240), &[]));
    expected.add(oracle.fotmob_matches(hour(0), hour(72)));
    expected.add(oracle.match_details(ids.clone()));
    let lines: Vec<String> = ids.iter().map(u64::to_string).collect();
    let csv = fleet
        .file("matches.csv", format!("match_id\n{}\n", lines.join("\n")))
        .unwrap();
    let csv = csv.to_str().unwrap();

    let programs = [
        fleet.worker("").await.unwrap(),
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    enqueue_all(&fleet, csv).await;
    for job in ["trades", "klines", "matches", "by-date", "details"] {
        finished(&fleet, job).await;
    }
    expected.check(&fleet).await.unwrap();
    let requests = fleet.simulator().requests().seen().len();

    // The same commands again do nothing, also after a restart of the broker.
    enqueue_all(&fleet, csv).await;
    fleet.nats.server().terminate().await.unwrap();
    fleet.nats.server().restart().await.unwrap();
    enqueue_all(&fleet, csv).await;
    for job in ["trades", "klines", "matches", "by-date", "details"] {
        finished(&fleet, job).await;
    }
    expected.check(&fleet).await.unwrap();
    assert_eq!(
        fleet.simulator().requests().seen().len(),
        requests,
        "nothing was asked again"
    );

    for program in &programs {
        let log = program.log();
        assert!(
            !log.contains(PASSWORD) && !log.contains("simulator-token"),
            "a secret in\n{log}"
        );
        assert!(log.contains("started"), "{log}");
    }
}
