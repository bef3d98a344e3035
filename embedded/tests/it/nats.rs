//! nats-server: JetStream from the first moment, data and port kept, users asked.

use async_nats::jetstream::{self, stream};
use embedded::nats::{NatsAuth, NatsOptions, NatsServer};

use crate::setup::{folder, installed, runs};

async fn publish(server: &NatsServer, text: &'static str) -> u64 {
    let jetstream = jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let config = stream::Config {
        name: "S".into(),
        subjects: vec!["s".into()],
        ..Default::default()
    };
    let mut stream = jetstream.get_or_create_stream(config).await.unwrap();
    jetstream
        .publish("s", text.into())
        .await
        .unwrap()
        .await
        .unwrap();
    stream.info().await.unwrap().state.messages
}

#[tokio::test]
async fn acknowledged_messages_survive_kill_9_on_the_same_port() {
    let dir = folder();
    let mut server = NatsServer::start(installed().await, dir.path(), NatsOptions::default())
        .await
        .unwrap();
    let (url, pid) = (server.url().to_owned(), server.pid().unwrap());
    assert_eq!(publish(&server, "one").await, 1);
    server.kill9().await.unwrap();
    assert!(!runs(pid));
    assert_eq!(server.pid(), None);
    server.restart().await.unwrap();
    assert_eq!(server.url(), url);
    assert_eq!(publish(&server, "two").await, 2);
    server.restart().await.unwrap();
    assert_eq!(publish(&server, "three").await, 3);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn every_acknowledgement_is_synced_unless_asked_otherwise() {
    let dir = folder();
    for (name, sync_always) in [("always", true), ("default", false)] {
        let options = NatsOptions {
            sync_always,
            ..Default::default()
        };
        let server = NatsServer::start(installed().await, &dir.path().join(name), options)
            .await
            .unwrap();
        let config = crate::setup::client().get(format!("{}/jsz?config=1", server.monitor_url()));
        let config: serde_json::Value =
            serde_json::from_str(&config.send().await.unwrap().text().await.unwrap()).unwrap();
        assert_eq!(
            config["config"]["sync_always"].as_bool().unwrap_or(false),
            sync_always,
            "{config:#}"
        );
    }
}

#[tokio::test]
async fn clients_must_show_what_was_configured() {
    let dir = folder();
    let user = NatsAuth::User {
        user: "u".into(),
        password: r#"p"\w"#.into(),
    };
    for (name, auth) in [("user", user), ("token", NatsAuth::Token("t".into()))] {
        let options = NatsOptions {
            auth,
            ..Default::default()
        };
        let server = NatsServer::start(installed().await, &dir.path().join(name), options)
            .await
            .unwrap();
        async_nats::connect(server.url()).await.unwrap_err();
        let known =
            async_nats::ConnectOptions::with_user_and_password("u".into(), r#"p"\w"#.into());
        let known = if name == "user" {
            known
        } else {
            async_nats::ConnectOptions::with_token("t".into())
        };
        known.connect(server.url()).await.unwrap();
    }
}

#[tokio::test]
async fn a_taken_port_is_reported_with_the_server_s_own_words() {
    let dir = folder();
    let first = NatsServer::start(
        installed().await,
        &dir.path().join("1"),
        NatsOptions::default(),
    )
    .await
    .unwrap();
    let port = first.url().rsplit_once(':').unwrap().1.parse().unwrap();
    let options = NatsOptions {
        port: Some(port),
        ..Default::default()
    };
    let error = NatsServer::start(installed().await, &dir.path().join("2"), options)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("address already in use"),
        "{error}"
    );
}
