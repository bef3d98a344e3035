//! SIGTERM of each real program: it finishes what it began, ends with 0, and nothing is lost.

use e2e::Expected;
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, trades};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_finishes_its_items() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _writer = fleet.writer("").await.unwrap();
    let mut worker = fleet.worker("worker.fetched=pause@1").await.unwrap();
    trades(&mut fleet, &mut expected, "job", 0).await;
    worker.reached("worker.fetched").await.unwrap();
    worker.terminate().unwrap();
    worker.release("worker.fetched").unwrap();
    assert_eq!(worker.ended().await.unwrap(), 0, "{}", worker.log());
    let next = fleet.worker("").await.unwrap();
    let status = finished(&fleet, "job").await;
    assert_eq!(status["items"], 6);
    expected.check(&fleet).await.unwrap();
    // Nothing was given up half done: every item took one delivery.
    let most = fleet
        .query("SELECT max(attempts) FROM work_log_final")
        .await
        .unwrap();
    assert_eq!(most, "1", "{}{}", worker.log(), next.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_abandons_at_the_deadline_and_nothing_is_lost() {
    let mut fleet = e2e::Fleet::start(jobs::options().set("SHUTDOWN__DEADLINE_MS", 300))
        .await
        .unwrap();
    let mut expected = Expected::default();
    let _writer = fleet.writer("").await.unwrap();
    let held = fleet
        .simulator()
        .faults()
        .add((Matcher::of(Vendor::Binance, "aggTrades"), Fault::Hold));
    let mut worker = fleet.worker("").await.unwrap();
    trades(&mut fleet, &mut expected, "job", 0).await;
    held.struck(1).await;
    worker.terminate().unwrap();
    assert_eq!(worker.ended().await.unwrap(), 0, "{}", worker.log());
    held.release();
    fleet.simulator().faults().clear();
    let _next = fleet.worker("").await.unwrap();
    finished(&fleet, "job").await;
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_stores_what_it_holds() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _worker = fleet.worker("").await.unwrap();
    let mut writer = fleet.writer("writer.batched=pause@1").await.unwrap();
    trades(&mut fleet, &mut expected, "job", 0).await;
    writer.reached("writer.batched").await.unwrap();
    writer.terminate().unwrap();
    writer.release("writer.batched").unwrap();
    assert_eq!(writer.ended().await.unwrap(), 0, "{}", writer.log());
    let _next = fleet.writer("").await.unwrap();
    finished(&fleet, "job").await;
    expected.check(&fleet).await.unwrap();
}
