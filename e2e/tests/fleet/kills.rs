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

/// A program that dies, with the steps between its effects.
#[derive(Clone, Copy)]
enum Role {
    Worker,
    Writer,
}

use Role::{Worker, Writer};

impl Role {
    fn steps(self) -> &'static [&'static str] {
        match self {
            Worker => &[
                "worker.pulled",
                "worker.fetched",
                "worker.parsed",
                "worker.published",
                "worker.finished",
                "worker.acked",
            ],
            Writer => &[
                "writer.pulled",
                "writer.batched",
                "writer.inserted",
                "writer.acked",
            ],
        }
    }

    /// Which time a step is met: the second item of an hour, the first batch.
    fn nth(self) -> u32 {
        match self {
            Worker => 2,
            Writer => 1,
        }
    }

    fn other(self) -> Self {
        match self {
            Worker => Writer,
            Writer => Worker,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Server {
    Broker,
    Store,
}

use Server::{Broker, Store};

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

    async fn program(&self, role: Role, failpoints: &str) -> Program {
        let started = match role {
            Worker => self.fleet.worker(failpoints).await,
            Writer => self.fleet.writer(failpoints).await,
        };
        started.unwrap()
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
        let equal = self.expected.check(&self.fleet).await;
        equal.unwrap_or_else(|error| panic!("{case}: {error}"));
    }

    async fn kill(&mut self, server: Server) {
        match server {
            Broker => self.fleet.nats.server().kill9().await.unwrap(),
            Store => self.fleet.clickhouse.server().kill9().await.unwrap(),
        }
    }

    async fn restart(&mut self, server: Server) {
        match server {
            Broker => self.fleet.nats.server().restart().await.unwrap(),
            Store => self.fleet.clickhouse.server().restart().await.unwrap(),
        }
    }
}

async fn kill(programs: impl IntoIterator<Item = Program>) {
    for program in programs {
        program.kill9().await.unwrap();
    }
}

/// The program dies at each of its steps, and another takes its place.
async fn program_dies(role: Role) {
    let mut trial = Trial::start().await;
    let _other = trial.program(role.other(), "").await;
    for step in role.steps() {
        let mut dying = trial
            .program(role, &format!("{step}=kill@{}", role.nth()))
            .await;
        let job = trial.job().await;
        let code = dying.ended().await.unwrap();
        assert_eq!(code, -1, "{step}: killed by a signal\n{}", dying.log());
        let next = trial.program(role, "").await;
        trial.check(&job, step).await;
        kill([next]).await;
    }
}

/// A server dies while the program stands at each of its steps.
async fn server_dies(role: Role, server: Server) {
    let mut trial = Trial::start().await;
    let _other = trial.program(role.other(), "").await;
    for step in role.steps() {
        let held = trial
            .program(role, &format!("{step}=pause@{}", role.nth()))
            .await;
        let job = trial.job().await;
        held.reached(step).await.unwrap();
        trial.kill(server).await;
        trial.restart(server).await;
        held.release(step).unwrap();
        trial.check(&job, &format!("{step}, {server:?}")).await;
        kill([held]).await;
    }
}

/// Everything dies while the program stands at each of its steps.
async fn everything_dies(role: Role) {
    let mut trial = Trial::start().await;
    for step in role.steps() {
        let other = trial.program(role.other(), "").await;
        let held = trial
            .program(role, &format!("{step}=pause@{}", role.nth()))
            .await;
        let job = trial.job().await;
        held.reached(step).await.unwrap();
        kill([other, held]).await;
        for server in [Broker, Store] {
            trial.kill(server).await;
        }
        for server in [Broker, Store] {
            trial.restart(server).await;
        }
        let programs = [
            trial.program(Worker, "").await,
            trial.program(Writer, "").await,
        ];
        trial.check(&job, step).await;
        kill(programs).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_dies_at_every_step_of_an_item() {
    program_dies(Worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_dies_at_every_step_of_a_batch() {
    program_dies(Writer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_dies_at_every_step_of_an_item() {
    server_dies(Worker, Broker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_dies_at_every_step_of_an_item() {
    server_dies(Worker, Store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_dies_at_every_step_of_a_batch() {
    server_dies(Writer, Broker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_dies_at_every_step_of_a_batch() {
    server_dies(Writer, Store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_dies_at_every_step_of_an_item() {
    everything_dies(Worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_dies_at_every_step_of_a_batch() {
    everything_dies(Writer).await;
}

/// The worker dies while a vendor has not answered yet: the one step no failpoint stands at.
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_dies_while_a_request_is_out() {
    let mut trial = Trial::start().await;
    let _writer = trial.program(Writer, "").await;
    let held = trial
        .fleet
        .simulator()
        .faults()
        .add((Matcher::of(Vendor::Binance, "aggTrades"), Fault::Hold));
    let dying = trial.program(Worker, "").await;
    let job = trial.job().await;
    held.struck(1).await;
    kill([dying]).await;
    held.release();
    trial.fleet.simulator().faults().clear();
    let _next = trial.program(Worker, "").await;
    trial.check(&job, "request").await;
}

/// An item that kills every worker that takes it is given up and does not stop the others.
#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_kills_its_workers_is_given_up() {
    let options = jobs::options().set("STREAMS__MAX_DELIVERIES", 2);
    let fleet = Fleet::start(options).await.unwrap();
    let _writer = fleet.writer("").await.unwrap();
    let args = [
        "enqueue",
        "range",
        "--source",
        "binance",
        "--dataset",
        "klines",
        "--symbols",
        "BTC-USDT",
        "--from",
        "2024-03-04",
        "--to",
        "2024-03-05",
        "--job",
        "poison",
    ];
    fleet.producer(&args).await.unwrap().success().unwrap();
    for _ in 0..2 {
        let mut dying = fleet.worker("worker.fetched=kill@1").await.unwrap();
        assert_eq!(dying.ended().await.unwrap(), -1, "{}", dying.log());
    }
    let _last = fleet.worker("worker.fetched=kill@1").await.unwrap();
    let status = fleet.finished("poison").await.unwrap();
    assert_eq!(
        (&status["items"], &status["dead"]),
        (&1.into(), &1.into()),
        "{status:#}"
    );
    let letter = fleet.dead_letters("poison").await.unwrap().remove(0).1;
    assert_eq!(
        (&letter["step"], &letter["attempts"]),
        (&"deliver".into(), &3.into()),
        "{letter:#}"
    );
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
    assert_eq!(rows.await.unwrap(), "dead\task");
}
