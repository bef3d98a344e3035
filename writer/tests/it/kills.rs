//! kill -9 of the writer between every two effects: nothing lost, nothing seen twice.

use crate::setup::Stage;

async fn killed_at(failpoint: &str) {
    let stage = Stage::start().await;
    stage.publish_trades(0, 100).await;
    let plan = format!("{failpoint}=kill@1");
    let small = ("BACKFLEET__WRITER__MAX_ROWS", "300");
    let mut first = stage
        .writer(&[("BACKFLEET_FAILPOINTS", &plan), small])
        .await;
    let ended = first.process.wait().await.unwrap();
    assert!(!ended.success(), "{}", first.log());
    let second = stage.writer(&[small]).await;
    stage.settled().await;
    stage.expect_trades(1_000).await;
    assert_eq!(second.stop().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_message_is_pulled() {
    killed_at("writer.pulled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_batch_is_closed() {
    killed_at("writer.batched").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_clickhouse_answered() {
    killed_at("writer.inserted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_acknowledgements() {
    killed_at("writer.acked").await;
}
