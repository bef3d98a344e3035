//! Servers that are away or refuse: the writer waits, says why, and goes on.

use crate::setup::{Stage, until};

#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_away_at_start_and_in_between() {
    let mut stage = Stage::start().await;
    stage.clickhouse.kill9().await.unwrap();
    stage.publish_trades(0, 10).await;
    let writer = stage.writer(&[]).await;
    writer.readiness("clickhouse: not reachable").await;
    stage.clickhouse.restart().await.unwrap();
    writer.readiness("ready\n").await;
    stage.settled().await;
    stage.expect_trades(100).await;

    stage.clickhouse.kill9().await.unwrap();
    stage.publish_trades(100, 10).await;
    writer.readiness("clickhouse: not reachable (trades)").await;
    stage.clickhouse.restart().await.unwrap();
    stage.settled().await;
    stage.expect_trades(200).await;
    writer.readiness("ready\n").await;
    let said = writer.log().matches("cannot go on").count();
    assert!(
        (2..=3).contains(&said),
        "once per cause, not {said} times:\n{}",
        writer.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_away_in_between() {
    let mut stage = Stage::start().await;
    let writer = stage.writer(&[]).await;
    stage.publish_trades(0, 10).await;
    stage.settled().await;
    stage.nats.kill9().await.unwrap();
    writer.readiness("nats: cannot pull").await;
    stage.nats.restart().await.unwrap();
    writer.readiness("ready\n").await;
    stage.publish_trades(100, 10).await;
    stage.settled().await;
    stage.expect_trades(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_was_deleted_is_made_again() {
    let stage = Stage::start().await;
    let writer = stage.writer(&[]).await;
    writer.readiness("ready\n").await;
    let stream = stage.broker.jetstream.get_stream("RECORDS").await.unwrap();
    stream.delete_consumer("writer-trades").await.unwrap();
    stage.publish_trades(0, 10).await;
    stage.settled().await;
    stage.expect_trades(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_table_holds_and_loses_nothing() {
    let stage = Stage::start().await;
    let writer = stage.writer(&[]).await;
    writer.readiness("ready\n").await;
    stage.ask("RENAME TABLE trades TO elsewhere").await;
    stage.publish_trades(0, 10).await;
    writer.readiness("clickhouse: code 60 (trades)").await;
    stage.ask("RENAME TABLE elsewhere TO trades").await;
    stage.settled().await;
    stage.expect_trades(100).await;
    assert!(stage.dead_letters().await.is_empty());
    writer.readiness("ready\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_parts_and_no_memory_are_waited_for() {
    let stage = Stage::start().await;
    stage
        .plan_fault(r#"{"match": "INSERT INTO `trades`", "code": 252, "times": 3}"#)
        .await;
    let writer = stage.writer(&[]).await;
    stage.publish_trades(0, 10).await;
    writer
        .readiness("clickhouse: too many parts (trades)")
        .await;
    stage.settled().await;
    stage
        .plan_fault(r#"{"match": "INSERT INTO `trades`", "code": 241, "times": 3}"#)
        .await;
    stage.publish_trades(100, 10).await;
    stage.settled().await;
    stage.expect_trades(200).await;
    assert!(stage.dead_letters().await.is_empty());
    until("the attempts are counted", async || {
        let metrics = writer.page("/metrics").await.unwrap();
        metrics.contains("inserts_total{outcome=\"too_many_parts\",table=\"trades\"} 3")
            && metrics.contains("inserts_total{outcome=\"retry\",table=\"trades\"} 3")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_does_not_double_a_row() {
    let stage = Stage::migrated().await;
    for action in ["drop", "error"] {
        let order = format!(
            r#"{{"match": "INSERT INTO `trades`", "when": "after", "action": "{action}", "code": 159, "times": 2}}"#
        );
        stage.plan_fault(&order).await;
    }
    let _writer = stage.writer(&[]).await;
    stage.publish_trades(0, 10).await;
    stage.settled().await;
    stage.expect_trades(100).await;
    // Not even in the table itself: the token told ClickHouse that it has the rows.
    assert_eq!(stage.ask("SELECT count() FROM trades").await, "100");
}
