//! Rows in are rows out: all of them, once, to the last digit.

use common::tables::{Document, MatchShot, WorkLog};

use crate::setup::{Stage, trade, until};

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_out_to_the_last_digit() {
    let stage = Stage::start().await;
    let writer = stage.writer(&[]).await;
    let mut rows = vec![trade("1"), trade("2"), trade("3")];
    rows[1].price = "-99999999999999999999.999999999999999999".parse().unwrap();
    rows[1].quote_amount = Some("0.1".parse().unwrap());
    rows[1].ts = 1_700_000_000_000_000_001;
    rows[2].price = "0".parse().unwrap();
    rows[2].flags = "a,b 'quoted' \\ ü";
    stage.publish("item", &rows, 7).await;
    let shot = MatchShot {
        source: "test",
        match_id: "m",
        shot_id: "s",
        outcome: "Goal",
        minute: Some(-1),
        added: None,
        period: None,
        team_id: Some(""),
        player_id: None,
        player: Some("Ümit"),
        x: Some(0.1),
        y: None,
        xg: Some(f64::MIN_POSITIVE),
        xgot: None,
        on_target: Some(true),
        blocked: Some(false),
        own_goal: None,
        situation: None,
        body_part: None,
    };
    stage.publish("item", &[shot], 8).await;
    stage.settled().await;
    let trades = stage
        .ask(
            "SELECT trade_id, toUnixTimestamp64Nano(ts), price, amount, base_amount, quote_amount, \
             flags, version FROM trades_final ORDER BY trade_id FORMAT JSONCompactStringsEachRow",
        )
        .await;
    let expected = [
        r#"["1", "1700000000123456789", "43210.123456789012345678", "0.000000000000000001", null, null, "", "7"]"#,
        r#"["2", "1700000000000000001", "-99999999999999999999.999999999999999999", "0.000000000000000001", null, "0.1", "", "7"]"#,
        r#"["3", "1700000000123456789", "0", "0.000000000000000001", null, null, "a,b 'quoted' \\ ü", "7"]"#,
    ];
    let trades: Vec<_> = trades
        .lines()
        .map(|line| line.replace("\"ᴺᵁᴸᴸ\"", "null"))
        .collect();
    assert_eq!(trades, expected);
    let shots = stage
        .ask("SELECT minute, added, team_id, player, x, y, xg = 2.2250738585072014e-308, on_target, blocked, own_goal FROM match_shots_final")
        .await;
    assert_eq!(shots, "-1\t\\N\t\tÜmit\t0.1\t\\N\t1\ttrue\tfalse\t\\N");
    assert_eq!(writer.stop().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_the_newest_copy_once() {
    let stage = Stage::start().await;
    let _writer = stage.writer(&[]).await;
    let document = |body| Document {
        source: "s",
        dataset: "d",
        id: "1",
        body,
    };
    stage.publish("item", &[document("new")], 20).await;
    stage.publish("item", &[document("old")], 10).await;
    stage.settled().await;
    // In an insert of its own, a message delivered twice.
    stage.publish("item", &[document("new")], 20).await;
    stage.settled().await;
    assert_eq!(
        stage.ask("SELECT body, version FROM documents_final").await,
        "new\t20"
    );
    assert_ne!(stage.ask("SELECT count() FROM documents").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_share_the_messages() {
    let stage = Stage::start().await;
    let small = [("BACKFLEET__WRITER__MAX_ROWS", "50")];
    let writers = [stage.writer(&small).await, stage.writer(&small).await];
    for writer in &writers {
        writer.readiness("ready\n").await;
    }
    stage.publish_trades(0, 300).await;
    stage.settled().await;
    stage.expect_trades(3_000).await;
    assert_eq!(stage.ask("SELECT count() FROM trades").await, "3000");
    let mut rows = 0;
    for writer in &writers {
        let metrics = writer.page("/metrics").await.unwrap();
        rows += figure(&metrics, "backfleet_writer_rows_total{table=\"trades\"}");
        assert_eq!(
            figure(
                &metrics,
                "backfleet_writer_messages_in_hand{table=\"trades\"}"
            ),
            0
        );
    }
    assert_eq!(rows, 3_000);
}

/// A figure of `/metrics`; 0 while nothing was counted.
fn figure(metrics: &str, name: &str) -> u64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |value| value.trim().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn years_in_one_insert() {
    let stage = Stage::start().await;
    let _writer = stage.writer(&[]).await;
    let months = 0..240i64;
    let ids: Vec<_> = months.clone().map(|n| n.to_string()).collect();
    let mut trades: Vec<_> = ids.iter().map(|id| trade(id)).collect();
    for (trade, month) in trades.iter_mut().zip(months) {
        trade.ts = month * 31 * 86_400 * 1_000_000_000;
    }
    stage.publish("item", &trades, 1).await;
    stage.settled().await;
    stage.expect_trades(240).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_its_pipeline() {
    let stage = Stage::start().await;
    let writer = stage.writer(&[]).await;
    let log = WorkLog {
        job: "j",
        item: "i",
        source: "s",
        dataset: "d",
        outcome: "done",
        step: "",
        reason: "",
        attempts: 1,
        requests: 2,
        rows: 3,
        bytes: u64::MAX,
        api_ms: 5,
        wait_ms: 6,
        write_ms: 7,
        worker: "w",
        at: 1,
        run: 2,
        symbol: "BTCUSDT",
        window_from: 3,
        window_to: 4,
        params: "{}",
        ids: &["7", "8"],
        refused_ids: &["9"],
        refused_steps: &["fetch"],
        refused_reasons: &["gone"],
    };
    stage.publish("item", &[log], 1).await;
    stage.settled().await;
    let row = stage
        .ask("SELECT item, bytes, toUnixTimestamp64Nano(at), run, ids, refused_reasons FROM work_log_final")
        .await;
    assert_eq!(row, "i\t18446744073709551615\t1\t2\t['7','8']\t['gone']");
    until("/status tells the rows", async || {
        writer
            .page("/status")
            .await
            .is_ok_and(|page| page.contains("\"work_log\":{\"last_stored_at\""))
    })
    .await;
}
