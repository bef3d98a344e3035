//! What an operator waits for: enqueueing ten million ids, `status`, `failures` and `jobs` at that
//! size, and what the ledger takes on disk. Real servers, started for it; the broker syncs always.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use async_nats::HeaderMap;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use common::control::Control;
use common::item::Token;
use common::jobs::{Job, Jobs, Part, Request, State};
use common::nats::{BATCH_LIMIT, Nats, Outgoing};
use common::settings;
use common::streams::{self, WORK};
use e2e::{Fleet, FleetOptions};
use serde::Serialize;
use tokio::task::JoinSet;

const IDS: u64 = 10_000_000;
const SINGLE_IDS: u64 = 1_000_000;
const JOBS: usize = 1_000;
/// Batches of the bare publisher on their way, as many as the producer has.
const IN_FLIGHT: usize = 4;
/// Runs of a command, of which the median counts.
const RUNS: usize = 5;
/// Between two looks at the memory of a process.
const LOOK: Duration = Duration::from_millis(10);

/// The figures.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    benchmark: &'static str,
    enqueue_10m_s: f64,
    producer_peak_mib: f64,
    /// Items a second of single ids, by the producer and by nothing but atomic batches.
    enqueue_single_per_s: f64,
    bare_single_per_s: f64,
    enqueue_single_ratio: f64,
    ledger_bytes_per_id: f64,
    status_ms: f64,
    failures_ms: f64,
    jobs_ms: f64,
    /// How far the plan of a day of trades was off, by what the day before had been.
    plan_requests_off: f64,
    plan_time_off: f64,
}

pub(super) async fn run() -> anyhow::Result<Figures> {
    let fleet = Fleet::start(FleetOptions::default()).await?;
    let nats = fleet.broker().await?;
    step("ten million ids in items of 100");
    let csv = ids(&fleet, "ten.csv", IDS)?;
    let ten = enqueue(&fleet, "ten", &csv, 100).await?;
    step("a million items of one id, bare, then by the producer");
    let bare = bare(&nats, SINGLE_IDS).await?;
    let csv = ids(&fleet, "single.csv", SINGLE_IDS)?;
    let single = enqueue(&fleet, "single", &csv, 1).await?;
    step("the ledger of ten million ids that succeeded");
    fleet.migrate().await?;
    fill_done(&fleet).await?;
    let bytes: f64 = fleet
        .query(
            "SELECT sum(bytes_on_disk) FROM system.parts \
             WHERE active AND database = currentDatabase() AND table = 'work_log'",
        )
        .await?
        .parse()?;
    let status_ms = command(&fleet, &["status", "ten"]).await?;
    step("a ledger of ten million lines");
    fill_lines(&fleet).await?;
    let failures_ms = command(&fleet, &["failures", "single"]).await?;
    step("a thousand jobs");
    fill_jobs(&fleet, &nats).await?;
    let jobs_ms = command(&fleet, &["jobs"]).await?;
    drop(fleet);
    step("a day of trades, planned by the day before");
    let (plan_requests_off, plan_time_off) = planned().await?;
    let per_s = |took: Duration| SINGLE_IDS as f64 / took.as_secs_f64();
    let figures = Figures {
        benchmark: "control",
        enqueue_10m_s: ten.took.as_secs_f64(),
        producer_peak_mib: ten.peak_mib,
        enqueue_single_per_s: per_s(single.took),
        bare_single_per_s: per_s(bare),
        enqueue_single_ratio: bare.as_secs_f64() / single.took.as_secs_f64(),
        ledger_bytes_per_id: bytes / IDS as f64,
        status_ms,
        failures_ms,
        jobs_ms,
        plan_requests_off,
        plan_time_off,
    };
    println!("{}", serde_json::to_string_pretty(&figures)?);
    Ok(figures)
}

fn step(text: &str) {
    println!("==> {text}");
}

/// A CSV of ids as vendors give them, in no order.
fn ids(fleet: &Fleet, name: &str, count: u64) -> anyhow::Result<String> {
    // A prime above ten million: each multiple is another number.
    const PRIME: u64 = 10_000_019;
    let mut text = "match_id\n".to_owned();
    for number in 1..=count {
        writeln!(text, "{}", 1_000_000 + number * 7_654_321 % PRIME)?;
    }
    Ok(fleet.file(name, text)?.display().to_string())
}

struct Enqueued {
    took: Duration,
    peak_mib: f64,
}

/// Enqueues a file, from the start of the process to its end.
async fn enqueue(fleet: &Fleet, job: &str, file: &str, chunk: usize) -> anyhow::Result<Enqueued> {
    let chunk = chunk.to_string();
    let words = "enqueue ids --source fotmob --dataset match_details --output json";
    let words = words
        .split(' ')
        .chain(["--job", job, "--file", file, "--chunk", &chunk]);
    let mut command = fleet.producer_command(&words.collect::<Vec<_>>(), "");
    let started = Instant::now();
    let mut child = command.stdout(std::process::Stdio::null()).spawn()?;
    let memory = format!("/proc/{}/status", child.id().context("it has ended")?);
    let mut peak_mib: f64 = 0.0;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            () = tokio::time::sleep(LOOK) => {}
        }
        let text = std::fs::read_to_string(&memory).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        peak_mib = peak_mib.max(kib.unwrap_or(0.0) / 1024.0);
    };
    ensure!(status.success(), "enqueueing {job} ended with {status}");
    let took = started.elapsed();
    println!("    {:.1} s, {peak_mib:.0} MiB", took.as_secs_f64());
    Ok(Enqueued { took, peak_mib })
}

/// The same messages onto a stream like WORK, by nothing but atomic batches.
async fn bare(nats: &Nats, count: u64) -> anyhow::Result<Duration> {
    let config = Config {
        name: "BARE".to_owned(),
        subjects: vec!["bare.*.*".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        allow_atomic_publish: true,
        ..Config::default()
    };
    nats.jetstream.create_stream(config).await?;
    let started = Instant::now();
    let mut running = JoinSet::new();
    for first in (0..count).step_by(BATCH_LIMIT) {
        if running.len() == IN_FLIGHT {
            running.join_next().await.context("none runs")???;
        }
        let batch: Vec<_> = (first..count.min(first + BATCH_LIMIT as u64))
            .map(|number| Outgoing {
                subject: format!("bare.single.ids-{number:08}").into(),
                headers: HeaderMap::new(),
                payload: format!(
                    r#"{{"job":"single","id":"ids-{number:08}","source":"fotmob","dataset":"match_details","work":{{"ids":["{}"]}}}}"#,
                    1_000_000 + number
                )
                .into(),
            })
            .collect();
        let nats = nats.clone();
        running.spawn(async move { nats.publish_all(batch).await });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let took = started.elapsed();
    println!("    {:.1} s bare", took.as_secs_f64());
    nats.jetstream.delete_stream("BARE").await?;
    Ok(took)
}

/// Lines of items of 100 ids that succeeded, as a worker writes them.
async fn fill_done(fleet: &Fleet) -> anyhow::Result<()> {
    fleet
        .query(
            "INSERT INTO work_log (job, item, source, dataset, outcome, attempts, requests, rows, \
             bytes, api_ms, wait_ms, write_ms, worker, at, params, ids, version) \
             SELECT 'ten', 'ids-' || leftPad(toString(number), 8, '0'), 'fotmob', 'match_details', \
             'done', 1, 100, 3000 + cityHash64(number) % 4000, 30000000 + cityHash64(number, 1) % 9000000, \
             200000 + cityHash64(number, 2) % 100000, cityHash64(number, 3) % 1000, \
             cityHash64(number, 4) % 300, 'worker-' || toString(number % 4), \
             fromUnixTimestamp64Nano(toInt64(1767225600000000000 + number * 2000000000 + cityHash64(number, 5) % 2000000000)), '{}', \
             arrayMap(i -> toString(1000000 + (number * 100 + i + 1) * 7654321 % 10000019), range(100)), \
             1767225600000000000 + number * 2000000000 FROM numbers(100000)",
        )
        .await?;
    fleet.query("OPTIMIZE TABLE work_log FINAL").await.map(drop)
}

/// Ten million lines, one in a hundred of which failed, in one of some ways.
async fn fill_lines(fleet: &Fleet) -> anyhow::Result<()> {
    for part in 0..10 {
        fleet
            .query(&format!(
                "INSERT INTO work_log (job, item, source, dataset, outcome, step, reason, attempts, \
                 requests, rows, bytes, api_ms, worker, at, params, ids, refused_ids, refused_steps, \
                 refused_reasons, version) \
                 WITH number + {part} * 1000000 AS n, cityHash64(n) % 100 = 0 AS bad, toString(n) AS id, \
                 ['ask', 'fetch', 'parse'][n % 3 + 1] AS step, \
                 ['not found', 'HTTP 500 after 6 tries', 'no JSON at byte 17'][n % 3 + 1] AS reason \
                 SELECT 'single', 'ids-' || leftPad(id, 8, '0'), 'fotmob', 'match_details', \
                 if(bad, 'dead', 'done'), if(bad, step, ''), if(bad, reason, ''), 1, 1, 40, 300000, 2000, \
                 'worker-1', fromUnixTimestamp64Nano(toInt64(1767225600000000000 + n * 2000000)), '{{}}', \
                 if(bad, [], [id]), if(bad, [id], []), if(bad, [step], []), if(bad, [reason], []), \
                 1767225600000000000 + n * 2000000 FROM numbers(1000000)"
            ))
            .await?;
    }
    Ok(())
}

/// Jobs beside those that are there; every second has an item.
async fn fill_jobs(fleet: &Fleet, nats: &Nats) -> anyhow::Result<()> {
    let (jobs, work) = (
        Jobs::open(nats).await?,
        nats.jetstream.get_stream(WORK).await?,
    );
    let settings = settings::load(Some(&fleet.config()), [])?.streams;
    for number in 0..JOBS {
        let name = Token::new(format!("job-{number:04}"))?;
        let items = number as u64 % 2;
        let request = Request {
            source: "fotmob".to_owned(),
            dataset: "match_details".to_owned(),
            params: Default::default(),
            part: Part::Ids {
                fingerprint: String::new(),
                ids: items,
                chunk: 1,
            },
        };
        jobs.create(&Job {
            name: name.clone(),
            request,
            state: State::Enqueued,
            items,
            created_at: chrono::Utc::now(),
            segments: Vec::new(),
            gaps: Vec::new(),
            estimate: None,
            cancelled: None,
        })
        .await?;
        work.create_consumer(streams::job_consumer(&name, &settings, Control::default()))
            .await?;
        if items > 0 {
            let subject = streams::work(&name, &Token::new("ids-00000000")?);
            nats.jetstream.publish(subject, "{}".into()).await?.await?;
        }
    }
    Ok(())
}

/// How far the plan of a job was off in requests and time, as shares of what it came to.
async fn planned() -> anyhow::Result<(f64, f64)> {
    let simulator = simulator::Options {
        limits: simulator::Limits::off(),
        ..simulator::Options::default()
    };
    let options = FleetOptions {
        simulator: Some(simulator),
        ..FleetOptions::default()
    };
    // Ten requests a second, so that the limit decides how long it takes.
    let options = options
        .set("SOURCES__BINANCE__REQUESTS_PER_MINUTE", 10)
        .set("SOURCES__BINANCE__WINDOW_MS", 1_000);
    let fleet = Fleet::start(options).await?;
    let _programs = [fleet.writer("").await?, fleet.worker("").await?];
    let mut off = (f64::NAN, f64::NAN);
    for day in [4, 5] {
        let command = format!(
            "enqueue range --source binance --dataset trades --symbols BTC-USDT,ETH-USDT \
             --param via=rest --from 2024-03-0{day} --to 2024-03-0{} --job day-{day}",
            day + 1
        );
        let words: Vec<_> = command.split(' ').collect();
        fleet.producer(&words).await?.success()?;
        let status = fleet.finished(&format!("day-{day}")).await?;
        let share = |name: &str| status["forecast"][name].as_f64().unwrap_or(f64::NAN);
        off = (share("requests_off"), share("time_off"));
    }
    println!(
        "    requests {:+.1}%, time {:+.1}%",
        off.0 * 100.0,
        off.1 * 100.0
    );
    Ok(off)
}

/// How long a command takes, from the start of its process; the median of some runs.
async fn command(fleet: &Fleet, words: &[&str]) -> anyhow::Result<f64> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        fleet.producer(words).await?.success()?;
        runs.push(started.elapsed().as_secs_f64() * 1e3);
    }
    runs.sort_by(f64::total_cmp);
    println!("    producer {}: {:.0} ms", words.join(" "), runs[RUNS / 2]);
    Ok(runs[RUNS / 2])
}
