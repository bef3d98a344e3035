//! SIGTERM: what is pulled is stored or given back, and the exit code is 0.

use std::time::Instant;

use crate::setup::{Stage, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_stores_what_is_batched() {
    let stage = Stage::start().await;
    // Nothing would be inserted by itself before the test ends.
    let writer = stage
        .writer(&[("BACKFLEET__WRITER__MAX_AGE_MS", "600000")])
        .await;
    stage.publish_trades(0, 10).await;
    until("the messages are pulled", async || {
        let page = writer.page("/metrics").await.unwrap_or_default();
        page.contains("backfleet_writer_messages_in_hand{table=\"trades\"} 10")
    })
    .await;
    assert_eq!(writer.stop().await, Some(0));
    assert_eq!(stage.waiting().await, Some(0));
    stage.expect_trades(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_back_what_cannot_be_stored() {
    let mut stage = Stage::start().await;
    let long = ("BACKFLEET__STREAMS__ACK_WAIT_MS", "600000");
    let writer = stage.writer(&[long]).await;
    writer.readiness("ready\n").await;
    stage.clickhouse.kill9().await.unwrap();
    stage.publish_trades(0, 10).await;
    writer.readiness("clickhouse: not reachable (trades)").await;
    let begin = Instant::now();
    assert_eq!(writer.stop().await, Some(0));
    assert!(begin.elapsed().as_secs() < 10);
    stage.clickhouse.restart().await.unwrap();
    // With the ack wait of ten minutes only what was given back comes again.
    let _next = stage.writer(&[long]).await;
    stage.settled().await;
    stage.expect_trades(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_before_anything_works_is_a_clean_one() {
    let mut stage = Stage::start().await;
    stage.clickhouse.kill9().await.unwrap();
    stage.nats.kill9().await.unwrap();
    let writer = stage.writer(&[]).await;
    writer.readiness("clickhouse: not reachable").await;
    assert_eq!(writer.stop().await, Some(0));
}
