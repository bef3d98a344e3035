//! `services up | status | down`: twice is once, ports and data are kept, purge removes.

use embedded::services::{down, status, up};

use crate::setup::{client, folder, installed, runs};

async fn ask(url: &str, query: &str) -> String {
    client()
        .post(url)
        .body(query.to_owned())
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
        .trim_end()
        .to_owned()
}

#[tokio::test]
async fn services_are_found_again_and_stopped() {
    let dir = folder();
    let folder = dir.path().join("state");
    assert_eq!(status(&folder).await.unwrap().services, None);
    let first = up(installed().await, &folder).await.unwrap();
    assert_eq!(up(installed().await, &folder).await.unwrap(), first);
    assert!(runs(first.nats.pid) && runs(first.clickhouse.pid));
    ask(
        &first.clickhouse_url,
        "CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a",
    )
    .await;

    let before = down(&folder, false).await.unwrap();
    assert!(before.nats_running && before.clickhouse_running);
    assert!(!runs(first.nats.pid) && !runs(first.clickhouse.pid));
    let now = status(&folder).await.unwrap();
    assert!(!now.nats_running && !now.clickhouse_running);

    let second = up(installed().await, &folder).await.unwrap();
    assert_eq!(
        (&second.nats_url, &second.clickhouse_url),
        (&first.nats_url, &first.clickhouse_url)
    );
    assert_eq!(ask(&second.clickhouse_url, "EXISTS kept").await, "1");

    down(&folder, false).await.unwrap();
    let taken = second.nats_url.strip_prefix("nats://").unwrap().to_owned();
    let _somebody = std::net::TcpListener::bind(taken).unwrap();
    let second = up(installed().await, &folder).await.unwrap();
    assert_ne!(second.nats_url, first.nats_url);

    down(&folder, true).await.unwrap();
    assert!(!runs(second.nats.pid) && !runs(second.clickhouse.pid));
    assert!(!folder.exists());
    down(&folder, false).await.unwrap();
}
