//! Wires the writer: one pipeline a table, from `RECORDS` to ClickHouse.
//!
//! A pipeline ends when its puller ends (at the stop of the process): the channels close one after
//! the other, so everything that was pulled is stored or given back before [`run`] returns.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use common::backoff::Backoff;
use common::nats::{self, Nats, Patience};
use common::service::{Service, chain};
use common::streams;
use common::tables::Table;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::batch::Limits;
use crate::gate::Gate;
use crate::insert::{self, Inserter};
use crate::layout::Layout;
use crate::metrics::Metrics;
use crate::store::{self, Lane};
use crate::trouble::Troubles;
use crate::{fill, migrate, probe, pull};

/// A batch and its slot pass from hand to hand: the slot bounds how many there are.
const HANDED_OVER: usize = 1;

/// The troubles with the two servers.
struct Troubled {
    nats: Arc<Troubles>,
    clickhouse: Arc<Troubles>,
}

/// Writes until the process stops.
pub(crate) async fn run(service: Service) -> anyhow::Result<()> {
    let troubled = Troubled {
        nats: Arc::new(Troubles::new("nats", &service.health)),
        clickhouse: Arc::new(Troubles::new("clickhouse", &service.health)),
    };
    let metrics = Metrics::new(&service.metrics)?;
    let nats = nats::connect(&service.settings.nats, &service.instance, Patience::Wait).await?;
    let prepared = async {
        tokio::try_join!(
            streams_ready(&nats, &service, &troubled.nats),
            migrate::until_done(&service, &troubled.clickhouse),
        )
    };
    tokio::select! {
        prepared = prepared => { prepared?; }
        () = service.shutdown.stopping() => return Ok(()),
    }
    let mut pipelines = JoinSet::new();
    pipelines.spawn(probe::run(service.clone(), troubled.clickhouse.clone()));
    for &table in Table::ALL {
        let lane = lane(table, &service, &nats, &metrics, &troubled);
        pipelines.spawn(pipeline(lane, service.clone(), troubled.nats.clone()));
    }
    while let Some(ended) = pipelines.join_next().await {
        ended.context("a pipeline broke")?;
    }
    // The last acknowledgements are confirmed, what was given back may still be on its way.
    nats.client
        .flush()
        .await
        .context("cannot reach NATS to give messages back")
}

/// pull → fill → store: each step runs beside the next, so a batch is filled while another is
/// inserted.
async fn pipeline(lane: Arc<Lane>, service: Service, troubles: Arc<Troubles>) {
    let settings = &service.settings;
    let limits = Limits {
        rows: settings.writer.max_rows,
        bytes: settings.writer.max_bytes,
        age: Duration::from_millis(settings.writer.max_age_ms),
    };
    let gate = lane.inserter.gate.clone();
    let (puller, pulled, records) = pull::open(lane.clone(), settings, troubles);
    let (ripe, batches) = mpsc::channel(HANDED_OVER);
    tokio::join!(
        puller.run(pulled),
        fill::run(limits, gate, records, ripe),
        store::run(lane, batches),
    );
}

fn lane(
    table: Table,
    service: &Service,
    nats: &Nats,
    metrics: &Metrics,
    troubled: &Troubled,
) -> Arc<Lane> {
    let writer = &service.settings.writer;
    let inserter = Inserter {
        table,
        layout: Layout::of(table),
        client: insert::client(&service.settings.clickhouse),
        gate: Gate::new(writer.inserts_in_flight),
        backoff: Backoff {
            first: Duration::from_millis(writer.backoff_ms),
            cap: Duration::from_millis(writer.backoff_cap_ms),
        },
        timeout: Duration::from_millis(writer.insert_timeout_ms),
        troubles: troubled.clickhouse.clone(),
        metrics: metrics.clone(),
        shutdown: service.shutdown.clone(),
    };
    Arc::new(Lane {
        inserter,
        nats: nats.clone(),
        health: service.health.clone(),
        shutdown: service.shutdown.clone(),
    })
}

/// Makes the streams, for as long as it takes.
async fn streams_ready(nats: &Nats, service: &Service, troubles: &Troubles) -> anyhow::Result<()> {
    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(200),
        cap: Duration::from_secs(5),
    };
    for attempt in 0.. {
        match streams::ensure(nats, &service.settings.streams).await {
            Ok(()) => break,
            Err(error) => troubles.report("streams", "not ready", &chain(&error)),
        }
        tokio::time::sleep(BACKOFF.wait(attempt, rand::random())).await;
    }
    troubles.clear("streams");
    Ok(())
}
