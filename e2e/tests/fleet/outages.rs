//! What is away comes back, what is full empties, what is broken is tried again.

use std::time::Duration;

use common::streams;
use e2e::wait::until;
use e2e::{Expected, Fleet};
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, trades};

#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_is_away_for_a_while() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    trades(&mut fleet, &mut expected, "before", 0).await;
    finished(&fleet, "before").await;
    fleet.clickhouse.server().kill9().await.unwrap();
    trades(&mut fleet, &mut expected, "during", 1).await;
    // All items are fetched while the rows wait on RECORDS.
    until("fetched", Duration::from_secs(30), async || {
        (left(&fleet, "during").await == 0).then_some(())
    })
    .await
    .unwrap();
    assert!(records(&fleet).await.0 > 0);
    fleet.clickhouse.server().restart().await.unwrap();
    finished(&fleet, "during").await;
    expected.check(&fleet).await.unwrap();
    assert_eq!(records(&fleet).await.0, 0, "everything drained");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_makes_workers_wait_and_drops_nothing() {
    let limit = 1 << 20;
    let options = jobs::options()
        .set("STREAMS__RECORDS_MAX_BYTES", limit)
        .set("WORKER__FLUSH_BYTES", 65_536);
    let mut fleet = Fleet::start(options).await.unwrap();
    let mut expected = Expected::default();
    let worker = fleet.worker("").await.unwrap();
    for number in 0..24 {
        trades(&mut fleet, &mut expected, &format!("hour-{number}"), number).await;
    }
    until("full", Duration::from_secs(60), async || {
        worker.log().contains("publish waits").then_some(())
    })
    .await
    .unwrap();
    let (messages, bytes) = records(&fleet).await;
    assert!(
        messages > 0 && bytes <= limit,
        "{messages} messages, {bytes} bytes"
    );
    let _writer = fleet.writer("").await.unwrap();
    for number in 0..24 {
        finished(&fleet, &format!("hour-{number}")).await;
    }
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_in_every_way_is_asked_again() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let faults = [
        Fault::Latency { ms: 100 },
        Fault::RateLimited { retry_after: 1 },
        Fault::Banned { retry_after: 1 },
        Fault::Status {
            status: 502,
            body: "<html>bad gateway</html>".to_owned(),
        },
        Fault::CutOff { chunked: false },
        Fault::CutOff { chunked: true },
        Fault::BrokenJson,
        Fault::WrongContentType,
        Fault::Reset,
        Fault::RepeatRows { rows: 10 },
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let job = format!("fault-{number}");
        let planned = fleet.simulator().faults().add((
            Matcher {
                times: Some(2),
                ..Matcher::of(Vendor::Binance, "aggTrades")
            },
            fault,
        ));
        trades(&mut fleet, &mut expected, &job, number as i64).await;
        finished(&fleet, &job).await;
        assert!(planned.hits() >= 1, "{:?} was never met", planned.rule());
        expected
            .check(&fleet)
            .await
            .unwrap_or_else(|error| panic!("{:?}: {error}", planned.rule()));
        fleet.simulator().faults().clear();
    }
}

/// Items of a job that still wait or are in work.
async fn left(fleet: &Fleet, job: &str) -> u64 {
    let nats = fleet.broker().await.unwrap();
    let stream = nats.jetstream.get_stream(streams::WORK).await.unwrap();
    let info = stream.consumer_info(job).await.unwrap();
    info.num_pending + info.num_ack_pending as u64
}

/// Messages and bytes on RECORDS.
async fn records(fleet: &Fleet) -> (u64, u64) {
    let nats = fleet.broker().await.unwrap();
    let stream = nats.jetstream.get_stream(streams::RECORDS).await.unwrap();
    let state = &stream.cached_info().state;
    (state.messages, state.bytes)
}
