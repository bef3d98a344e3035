//! `kill -9` of everything, at each step of an item and of a batch.
//!
//! A failpoint stops a program exactly at a step; there it is killed, or held while the servers
//! are killed, or everything is killed at once. One fleet goes through all cases, an hour of
//! trades each, and after each case the store must hold exactly the rows of all hours so far.

use std::time::Duration;

use e2e::wait::until;
use e2e::{Expected, Fleet, Program};
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, trades};

const ITEM_STEPS: [&str; 6] = [
    "worker.pulled",
    "worker.fetched",
    "worker.parsed",
    "worker.published",
    "worker.finished",
    "worker.acked",
];
const BATCH_STEPS: [&str; 4] = [
    "writer.pulled",
    "writer.batched",
    "writer.inserted",
    "writer.acked",
];

/// A fleet with the rows that it must hold by now.
struct Trial {
    fleet: Fleet,
    expected: Expected,
    hour: i64,
}

impl Trial {
    async fn start() -> Self {
        Self {
            fleet: jobs::fleet().await,
            expected: Expected::default(),
            hour: 0,
        }
    }

    /// Enqueues another hour; gives the job's name.
    async fn job(&mut self) -> String {
        self.hour += 1;
        let job = format!("hour-{}", self.hour);
        trades(&mut self.fleet, &mut self.expected, &job, self.hour).await;
        job
    }

    async fn check(&self, job: &str, case: &str) {
        finished(&self.fleet, job).await;
        self.expected
            .check(&self.fleet)
            .await
            .unwrap_or_else(|error| panic!("{case}: {error}"));
    }

    async fn kill_servers(&mut self) {
        self.fleet.nats.server().kill9().await.unwrap();
        self.fleet.clickhouse.server().kill9().await.unwrap();
    }

    async fn restart_servers(&mut self) {
        self.fleet.nats.server().restart().await.unwrap();
        self.fleet.clickhouse.server().restart().await.unwrap();
    }

    async fn both(&self) -> [Program; 2] {
        [
            self.fleet.worker("").await.unwrap(),
            self.fleet.writer("").await.unwrap(),
        ]
    }
}

async fn kill(programs: impl IntoIterator<Item = Program>) {
    for program in programs {
        program.kill9().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_dies_at_every_step_of_an_item() {
    let mut trial = Trial::start().await;
    let _writer = trial.fleet.writer("").await.unwrap();
    for step in ITEM_STEPS {
        let mut dying = trial.fleet.worker(&format!("{step}=kill@2")).await.unwrap();
        let job = trial.job().await;
        assert_eq!(
            dying.ended().await.unwrap(),
            -1,
            "{step}: killed by a signal\n{}",
            dying.log()
        );
        let next = trial.fleet.worker("").await.unwrap();
        trial.check(&job, step).await;
        kill([next]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_dies_at_every_step_of_an_item() {
    let mut trial = Trial::start().await;
    let _writer = trial.fleet.writer("").await.unwrap();
    for step in ITEM_STEPS {
        let held = trial
            .fleet
            .worker(&format!("{step}=pause@2"))
            .await
            .unwrap();
        let job = trial.job().await;
        held.reached(step).await.unwrap();
        trial.fleet.nats.server().kill9().await.unwrap();
        trial.fleet.nats.server().restart().await.unwrap();
        held.release(step).unwrap();
        trial.check(&job, step).await;
        kill([held]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_dies_at_every_step_of_an_item() {
    let mut trial = Trial::start().await;
    for step in ITEM_STEPS {
        let held = trial
            .fleet
            .worker(&format!("{step}=pause@2"))
            .await
            .unwrap();
        let writer = trial.fleet.writer("").await.unwrap();
        let job = trial.job().await;
        held.reached(step).await.unwrap();
        kill([held, writer]).await;
        trial.kill_servers().await;
        trial.restart_servers().await;
        let programs = trial.both().await;
        trial.check(&job, step).await;
        kill(programs).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_dies_at_every_step_of_a_batch() {
    let mut trial = Trial::start().await;
    let _worker = trial.fleet.worker("").await.unwrap();
    for step in BATCH_STEPS {
        let mut dying = trial.fleet.writer(&format!("{step}=kill@1")).await.unwrap();
        let job = trial.job().await;
        assert_eq!(
            dying.ended().await.unwrap(),
            -1,
            "{step}: killed by a signal\n{}",
            dying.log()
        );
        let next = trial.fleet.writer("").await.unwrap();
        trial.check(&job, step).await;
        kill([next]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_die_at_every_step_of_a_batch() {
    let mut trial = Trial::start().await;
    let _worker = trial.fleet.worker("").await.unwrap();
    for step in BATCH_STEPS {
        for broker in [true, false] {
            let held = trial
                .fleet
                .writer(&format!("{step}=pause@1"))
                .await
                .unwrap();
            let job = trial.job().await;
            held.reached(step).await.unwrap();
            if broker {
                trial.fleet.nats.server().kill9().await.unwrap();
                trial.fleet.nats.server().restart().await.unwrap();
            } else {
                trial.fleet.clickhouse.server().kill9().await.unwrap();
                trial.fleet.clickhouse.server().restart().await.unwrap();
            }
            held.release(step).unwrap();
            trial
                .check(&job, &format!("{step}, broker: {broker}"))
                .await;
            kill([held]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_dies_at_every_step_of_a_batch() {
    let mut trial = Trial::start().await;
    for step in BATCH_STEPS {
        let worker = trial.fleet.worker("").await.unwrap();
        let held = trial
            .fleet
            .writer(&format!("{step}=pause@1"))
            .await
            .unwrap();
        let job = trial.job().await;
        held.reached(step).await.unwrap();
        kill([worker, held]).await;
        trial.kill_servers().await;
        trial.restart_servers().await;
        let programs = trial.both().await;
        trial.check(&job, step).await;
        kill(programs).await;
    }
}

/// The worker dies while a vendor has not answered yet: the one step no failpoint stands at.
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_dies_while_a_request_is_out() {
    let mut trial = Trial::start().await;
    let _writer = trial.fleet.writer("").await.unwrap();
    let held = trial
        .fleet
        .simulator()
        .faults()
        .add((Matcher::of(Vendor::Binance, "aggTrades"), Fault::Hold));
    let dying = trial.fleet.worker("").await.unwrap();
    let job = trial.job().await;
    held.struck(1).await;
    kill([dying]).await;
    held.release();
    trial.fleet.simulator().faults().clear();
    let _next = trial.fleet.worker("").await.unwrap();
    trial.check(&job, "request").await;
}

/// A dead letter is written once, whenever its worker dies.
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_dies_between_dead_letter_and_ack() {
    let fleet = jobs::fleet().await;
    let _writer = fleet.writer("").await.unwrap();
    let mut dying = fleet.worker("worker.dead-lettered=kill@1").await.unwrap();
    let args = [
        "enqueue",
        "range",
        "--source",
        "binance",
        "--dataset",
        "klines",
        "--symbols",
        "NOPE-USDT",
        "--from",
        "2024-03-04",
        "--to",
        "2024-03-05",
        "--job",
        "unknown",
    ];
    fleet.producer(&args).await.unwrap().success().unwrap();
    assert_eq!(dying.ended().await.unwrap(), -1);
    let _next = fleet.worker("").await.unwrap();
    let status = fleet.finished("unknown").await.unwrap();
    assert_eq!(
        (&status["items"], &status["dead"], &status["left"]),
        (&1.into(), &1.into(), &0.into()),
        "{status:#}"
    );
    assert_eq!(fleet.dead_letters("unknown").await.unwrap().len(), 1);
    let rows = until("the ledger", Duration::from_secs(20), async || {
        fleet
            .query("SELECT outcome, step FROM work_log_final WHERE job = 'unknown' FORMAT TSV")
            .await
            .ok()
            .filter(|rows| !rows.is_empty())
    });
    assert_eq!(rows.await.unwrap(), "dead\tfetch");
}
