//! Asks ClickHouse now and then whether it is there, so that `/readyz` of a writer that has nothing
//! to write tells the truth too.

use std::sync::Arc;
use std::time::Duration;

use common::service::{Service, chain};

use crate::insert;
use crate::trouble::Troubles;

/// Often enough for a balancer or an alert, seldom enough to cost nothing.
const EVERY: Duration = Duration::from_secs(5);

/// Asks until the process stops.
pub(crate) async fn run(service: Service, troubles: Arc<Troubles>) {
    let client = insert::client(&service.settings.clickhouse);
    loop {
        tokio::select! {
            () = service.shutdown.stopping() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let answer = client.query("SELECT 1").execute();
        match tokio::time::timeout(EVERY, answer).await {
            Ok(Ok(())) => troubles.clear("probe"),
            Ok(Err(error)) => troubles.report("probe", "no answer", &chain(&error)),
            Err(_) => troubles.report("probe", "no answer", "timeout"),
        }
    }
}
