//! Settings, as the real programs take them: what is in force, what cannot be used, where secrets
//! may come from, and what is said when a server is not there.

use std::path::PathBuf;

use e2e::programs::run;
use e2e::{Expected, Finished, Fleet, Program};
use tempfile::TempDir;

use crate::jobs::{self, finished, hour};

const PROGRAMS: [&str; 3] = ["producer", "worker", "writer"];

/// A folder with files of settings and secrets.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::with_prefix("backfleet-config-").unwrap())
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn env(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let named = |(key, value): &(&str, &str)| (format!("BACKFLEET__{key}"), (*value).to_owned());
    variables.iter().map(named).collect()
}

async fn check(program: &str, file: &str, variables: &[(&str, &str)]) -> Finished {
    let args = ["config", "check", "--config", file];
    run(program, &args, &env(variables)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_force_is_printed_and_secrets_are_hidden() {
    let folder = Folder::new();
    let file = folder.file(
        "settings.toml",
        "[nats]\nurl = 'nats://planted-user:planted-1@127.0.0.1:4222'\ntoken = 'planted-2'\n\
         [clickhouse]\npassword = 'planted-3'\nurl = 'http://someone:planted-4@127.0.0.1:8123'\n\
         [worker]\nconcurrency = 5\nattempts = 9\n\
         [sources.football_data]\ntoken = 'planted-5'\n",
    );
    let token = folder.file("token", "planted-6\n");
    let variables = [
        ("WORKER__CONCURRENCY", "7"),
        ("SOURCES__BINANCE__TOKEN_FILE", token.as_str()),
    ];
    for program in PROGRAMS {
        let checked = check(program, &file, &variables).await;
        assert_eq!(
            (checked.code, checked.stderr.as_str()),
            (0, ""),
            "{checked:?}"
        );
        for line in [
            "concurrency = 7",
            "attempts = 9",
            "max_rows = 500000",
            "password = \"***\"",
            &format!("token_file = \"{token}\""),
        ] {
            let found = checked.stdout.lines().any(|printed| printed == line);
            assert!(found, "{program}: no {line} in\n{}", checked.stdout);
        }
        assert!(!checked.stdout.contains("planted-"), "{}", checked.stdout);

        // What is printed is a file of settings again.
        let printed = folder.file("printed.toml", &checked.stdout);
        let again = check(program, &printed, &[]).await;
        assert_eq!(again.stdout, checked.stdout, "{again:?}");
    }
    // BACKFLEET_CONFIG names the file as well; the command line wins.
    let named = ("BACKFLEET_CONFIG".to_owned(), file.clone());
    let args = ["config", "check"];
    let checked = run("worker", &args, std::slice::from_ref(&named))
        .await
        .unwrap();
    assert!(checked.stdout.contains("concurrency = 5"), "{checked:?}");
    let other = folder.file("other.toml", "[worker]\nconcurrency = 11\n");
    let args = ["--config", &other, "config", "check"];
    let checked = run("worker", &args, &[named]).await.unwrap();
    assert!(checked.stdout.contains("concurrency = 11"), "{checked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_of_file_and_environment_is_listed_at_once() {
    let folder = Folder::new();
    let file = folder.file(
        "settings.toml",
        "[worker]\nconcurrency = 'many'\nattempts = 0\n\
         [writer]\nmax_age = 3\n\
         [log]\nformat = 'xml'\n\
         [clickhouse]\nurl = 'localhost'\npassword_file = '/no/such/password'\n\
         [sources.football_data]\ntoken_file = '/no/such/token'\ndelay_ms = [9, 3]\n\
         [sources.nobody]\ntoken = 'x'\n\
         [surprise]\nkey = 1\n",
    );
    let variables = [
        ("STREAMS__REPLICAS", "2"),
        ("PRODUCER__CHUNK", "lots"),
        ("NATS__TYPO", "1"),
        ("HTTP__WORKER", "9101"),
        ("LOG__LEVEL", "worker=loud"),
        ("WRITER__INSERT_TIMEOUT_MS", "0"),
        ("NATS__CREDENTIALS_FILE", "/no/such/user.creds"),
    ];
    let listed = [
        "worker.concurrency: ",
        "worker.attempts: must be at least 1",
        "writer.max_age: unknown setting",
        "log.format: ",
        "clickhouse.url: must start with http",
        "clickhouse.password_file: cannot read /no/such/password: ",
        "sources.football_data.token_file: cannot read /no/such/token: ",
        "sources.football_data.delay_ms: must be [least, most]",
        "surprise: unknown setting",
        "streams.replicas: must be 1, 3 or 5",
        "producer.chunk: ",
        "nats.typo: unknown setting",
        "http.worker: must be an address",
        "log.level: must be a level or a filter",
        "writer.insert_timeout_ms: must be at least 1",
        "nats.credentials_file: cannot read /no/such/user.creds: ",
        "sources.nobody: unknown setting",
    ];
    for program in PROGRAMS {
        let commands: [&[&str]; 2] = [
            &["config", "check"],
            // As it is really used.
            if program == "producer" {
                &["status"]
            } else {
                &[]
            },
        ];
        for command in commands {
            let args = [&["--config", &file], command].concat();
            let ended = run(program, &args, &env(&variables)).await.unwrap();
            assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{ended:?}");
            let head = format!("error: {} errors in the configuration:", listed.len());
            assert!(ended.stderr.starts_with(&head), "{}", ended.stderr);
            for error in listed {
                let times = ended.stderr.matches(&format!("\n  {error}")).count();
                assert_eq!(
                    times, 1,
                    "{program} {command:?}: {error} in\n{}",
                    ended.stderr
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    let broken = folder.file("broken.toml", "[worker\nconcurrency = 3\n");
    let unknown = folder.file("vendor.toml", "[sources.nobody]\ntoken = 'x'\n");
    for program in PROGRAMS {
        for (file, says) in [
            (broken.as_str(), "broken.toml"),
            ("/no/such/settings.toml", "/no/such/settings.toml"),
            (unknown.as_str(), "sources.nobody"),
        ] {
            let ended = check(program, file, &[]).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{ended:?}");
            assert!(ended.stderr.contains(says), "{program}: {}", ended.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_read_from_files() {
    let folder = Folder::new();
    // A file wins over a value, and ends with a line break as editors leave it.
    let password = folder.file("password", &format!("{}\n", e2e::servers::PASSWORD));
    let token = folder.file("token", "simulator-token\n");
    let options = jobs::options()
        .set("CLICKHOUSE__PASSWORD", "wrong-password")
        .set("CLICKHOUSE__PASSWORD_FILE", password)
        .set("SOURCES__FOOTBALL_DATA__TOKEN", "wrong-token")
        .set("SOURCES__FOOTBALL_DATA__TOKEN_FILE", token);
    let mut fleet = Fleet::start(options).await.unwrap();
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let command = "enqueue range --source football-data --dataset matches --from 2024-03-04 \
                   --to 2024-03-08 --job matches";
    let args: Vec<&str> = command.split_whitespace().collect();
    fleet.producer(&args).await.unwrap().success().unwrap();
    finished(&fleet, "matches").await;
    let mut expected = Expected::default();
    let oracle = fleet.simulator().oracle();
    expected.add(oracle.football_matches(hour(0), hour(96), &[]));
    assert!(expected.rows(common::tables::Table::Match) > 0);
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_says_in_one_line_that_nats_is_not_there() {
    // A port that was free a moment ago, and a password that must not be repeated.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let url = format!("nats://planted-user:planted-password@{address}");
    for command in [
        "status",
        "status some-job",
        "enqueue range --source binance --dataset trades --symbols BTCUSDT --from 2024-03-04 \
         --to 2024-03-05",
    ] {
        let args: Vec<&str> = command.split_whitespace().collect();
        let ended = run("producer", &args, &env(&[("NATS__URL", &url)]))
            .await
            .unwrap();
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        for words in [
            "error: cannot connect to NATS at nats://***@127.0.0.1",
            "Connection refused",
        ] {
            assert_eq!(ended.stderr.matches(words).count(), 1, "{}", ended.stderr);
        }
        assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_are_for_programs_or_for_people() {
    for format in ["json", "auto", "human"] {
        let options = jobs::options().set("LOG__FORMAT", format);
        let fleet = Fleet::start(options).await.unwrap();
        let mut programs = [
            fleet.worker("").await.unwrap(),
            fleet.writer("").await.unwrap(),
        ];
        for program in &mut programs {
            started_and_stopped(program).await;
            let log = program.log();
            assert!(!log.contains('\u{1b}'), "colours in a file: {log}");
            if format == "human" {
                assert!(program.lines().is_empty(), "{log}");
                assert!(
                    log.lines()
                        .all(|line| line.contains(" INFO ") || line.contains(" WARN ")),
                    "{log}"
                );
                continue;
            }
            // A log that goes to no terminal is for programs.
            let lines = program.lines();
            assert_eq!(lines.len(), log.lines().count(), "{log}");
            for line in lines {
                for key in ["timestamp", "level", "target", "message"] {
                    assert!(line[key].is_string(), "no {key} in {line}");
                }
            }
        }
    }
}

async fn started_and_stopped(program: &mut Program) {
    e2e::wait::until("a start", std::time::Duration::from_secs(60), async || {
        program.log().contains("started").then_some(())
    })
    .await
    .unwrap();
    program.terminate().unwrap();
    assert_eq!(program.ended().await.unwrap(), 0, "{}", program.log());
    assert!(program.log().contains("stopped"), "{}", program.log());
}
