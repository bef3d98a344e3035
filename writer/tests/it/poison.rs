//! Poison among good messages: the rest is stored, the poison says why it was refused.

use base64::Engine;
use bytes::Bytes;
use common::records::encode;
use common::tables::{Document, Rows, Table};

use crate::setup::{Stage, trade};

fn body(id: &str) -> Vec<u8> {
    let mut rows = Rows::default();
    rows.push(&trade(id));
    encode(&rows.take(1)[0]).unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_found_and_the_rest_is_stored() {
    let stage = Stage::start().await;
    stage.publish_trades(0, 20).await;
    // Well framed, but what is inside its compressed columns is damaged.
    let mut damaged = body("x");
    let end = damaged.len() - 8;
    damaged[end - 200..end].fill(0xa5);
    let sequence = stage
        .publish_body(Table::Trade, "damaged", damaged.into())
        .await;
    stage.publish_trades(200, 20).await;
    stage
        .publish_body(Table::Trade, "cut", body("y")[..300].to_vec().into())
        .await;
    stage
        .publish_body(Table::Trade, "text", Bytes::from_static(b"not arrow"))
        .await;
    let mut rows = Rows::default();
    rows.push(&Document {
        source: "s",
        dataset: "d",
        id: "1",
        body: "{}",
    });
    let other = encode(&rows.take(1)[0]).unwrap();
    stage.publish_body(Table::Trade, "other", other).await;
    stage.publish_trades(400, 20).await;

    let writer = stage.writer(&[]).await;
    stage.settled().await;
    stage.expect_trades(600).await;
    let mut letters = stage.dead_letters().await;
    letters.sort_by(|a, b| a.0.cmp(&b.0));
    let items: Vec<_> = letters
        .iter()
        .map(|(subject, letter)| (subject.as_str(), letter["step"].as_str().unwrap()))
        .collect();
    let items: Vec<_> = items
        .iter()
        .map(|(subject, step)| format!("{} {step}", subject.rsplit_once('.').unwrap().0))
        .collect();
    assert_eq!(
        items,
        [
            "dead.job.cut decode",
            "dead.job.damaged insert",
            "dead.job.other decode",
            "dead.job.text decode"
        ]
    );
    let (subject, letter) = &letters[1];
    assert_eq!(*subject, format!("dead.job.damaged.batch-{sequence}"));
    assert_eq!(
        (&letter["table"], &letter["rows"]),
        (&"trades".into(), &1.into())
    );
    assert_eq!(letter["item"], "job.damaged");
    assert!(
        letter["code"].is_u64() && letter["reason"].as_str().unwrap().contains("DB::Exception"),
        "{letter}"
    );
    assert!(
        letters[2].1["reason"]
            .as_str()
            .unwrap()
            .contains("column dataset is unknown in trades")
    );
    let text = base64::engine::general_purpose::STANDARD
        .decode(letters[3].1["payload_base64"].as_str().unwrap());
    assert_eq!(text.unwrap(), b"not arrow");
    let metrics = writer.page("/metrics").await.unwrap();
    assert!(
        metrics.contains("backfleet_writer_dead_letters_total{step=\"decode\",table=\"trades\"} 3"),
        "{metrics}"
    );
    assert!(
        metrics.contains("backfleet_writer_dead_letters_total{step=\"insert\",table=\"trades\"} 1")
    );
    writer.readiness("ready\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_refused_is_stored_in_parts() {
    let stage = Stage::migrated().await;
    // 16 messages, then 8, 4, 2 and at last the first one alone.
    stage
        .plan_fault(r#"{"match": "INSERT INTO `trades`", "code": 469, "times": 5}"#)
        .await;
    stage.publish_trades(0, 16).await;
    let one_batch = ("BACKFLEET__WRITER__MAX_ROWS", "160");
    let later = ("BACKFLEET__WRITER__MAX_AGE_MS", "60000");
    let _writer = stage.writer(&[one_batch, later]).await;
    stage.settled().await;
    let letters = stage.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].0, "dead.job.item-0.batch-1");
    assert_eq!(letters[0].1["code"], 469);
    let found = stage
        .ask("SELECT count(), min(toUInt64(trade_id)) FROM trades_final")
        .await;
    assert_eq!(found, "150\t10");
}
