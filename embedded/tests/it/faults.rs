//! Planned faults: what tests of the fleet use to make ClickHouse refuse.

use embedded::clickhouse::ClickHouseOptions;

use crate::setup::Database;

async fn plan(db: &Database, order: &'static str) {
    let reply = db
        .client
        .post(format!("{}/__fault", db.server.url()))
        .body(order)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
}

#[tokio::test]
async fn planned_faults_strike_as_often_as_planned() {
    let db = Database::with(ClickHouseOptions {
        faults: true,
        ..Default::default()
    })
    .await;
    db.ask("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
        .await;
    plan(
        &db,
        r#"{"match": "insert into t", "code": 252, "times": 2}"#,
    )
    .await;
    for _ in 0..2 {
        let (status, code, text) = db.refused(&[], "INSERT INTO t FORMAT CSV\n1\n").await;
        assert_eq!((status, code.as_str()), (500, "252"));
        assert!(
            text.starts_with("Code: 252. DB::Exception: Too many parts"),
            "{text}"
        );
    }
    db.ask("INSERT INTO t FORMAT CSV\n1\n").await;
    assert_eq!(db.ask("SELECT count() FROM t").await, "1");

    plan(&db, r#"{"match": "INSERT", "when": "after", "code": 319}"#).await;
    assert_eq!(
        db.refused(&[], "INSERT INTO t FORMAT CSV\n2\n").await.1,
        "319"
    );
    assert_eq!(db.ask("SELECT count() FROM t").await, "2");

    plan(&db, r#"{"match": "INSERT", "action": "drop"}"#).await;
    db.request(&[])
        .body("INSERT INTO t FORMAT CSV\n3\n")
        .send()
        .await
        .unwrap_err();
    plan(&db, r#"{"match": "SELECT", "times": 100}"#).await;
    plan(&db, r#"{"reset": true}"#).await;
    assert_eq!(db.ask("SELECT count() FROM t").await, "2");
}

#[tokio::test]
async fn without_the_option_nobody_can_plan_faults() {
    let db = Database::start().await;
    let reply = db
        .client
        .post(format!("{}/__fault", db.server.url()))
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 404);
}
