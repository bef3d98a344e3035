//! Sources that only a manifest describes: every style of paging to its last row, ids, refusals,
//! and what `producer sources` says of them.

use std::fmt::Write;

use e2e::{Expected, Finished, Fleet};
use serde_json::Value;
use tempfile::TempDir;

use crate::jobs::{self, finished, hour};

const HEAD: &str = r#"
name = "some-api"
about = "an API that nobody wrote a module for"
auth = { style = "bearer" }
key = "a key of the simulator"
document = "https://docs.invalid/"
[limits]
requests_per_minute = 100000
[errors]
message = "message"
status = "status"
status_ok = "ok"
"#;

const MATCHES: &str = r#"
[[dataset]]
name = "matches"
by = "id"
path = "/v1/matches/{id}"
rows = "match"
table = "matches"
[dataset.columns]
match_id = "id"
competition = { value = "A League" }
utc_kickoff = { path = "kickoff", type = "time_rfc3339" }
status = { path = "over", map = { true = "finished", false = "scheduled" } }
home_team_id = "home.id"
home_team = "home.name"
away_team_id = "away.id"
away_team = "away.name"
home_score = "results[kind=2].home"
away_score = "results[kind=2].away"
home_score_half = "results[kind=1].home"
away_score_half = "results[kind=1].away"
"#;

/// The styles of paging: name, what asks for a page, the cursor, and what else it needs.
const STYLES: [(&str, &str, &str, &str); 8] = [
    (
        "page",
        r#"page = "{cursor}""#,
        r#"style = "page", pages = "pages""#,
        "",
    ),
    (
        "offset",
        r#"offset = "{cursor}""#,
        r#"style = "offset""#,
        "",
    ),
    (
        "token",
        r#"token = "{cursor}""#,
        r#"style = "token", path = "next.token""#,
        "",
    ),
    ("link", "", r#"style = "link", path = "links.next""#, ""),
    (
        "time",
        r#"from = "{cursor}""#,
        r#"style = "time", path = "t""#,
        "",
    ),
    (
        "newest",
        r#"until = "{cursor}""#,
        r#"style = "time", path = "t""#,
        "order = \"newest_first\"\ntime = { to = \"inclusive\" }\n",
    ),
    (
        "from_id",
        r#"id = "{cursor}""#,
        r#"style = "id", path = "id", inclusive = true"#,
        "",
    ),
    (
        "after_id",
        r#"id = "{cursor}""#,
        r#"style = "id", path = "id", inclusive = false"#,
        "",
    ),
];

/// The manifest of a server.
fn manifest(base_url: &str) -> String {
    let mut text = format!("base_url = {base_url:?}\n{HEAD}");
    for (style, query, cursor, more) in STYLES {
        // A range that the cursor itself moves is not asked for twice.
        let from = if style == "time" {
            ""
        } else {
            "from = \"{from}\","
        };
        let to = if style == "newest" {
            ""
        } else {
            "to = \"{to}\","
        };
        let query = if query.is_empty() {
            String::new()
        } else {
            format!(", {query}")
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            r#"
[[dataset]]
name = "by_{style}"
about = "trades, paged by {style}"
by = "time"
symbols = true
path = "/v1/{style}/trades"
query = {{ symbol = "{{venue_symbol}}", {from} {to} limit = "{{size}}"{query} }}
page_size = 50
{more}cursor = {{ {cursor} }}
rows = "data.rows"
table = "trades"
[dataset.columns]
trade_id = "id"
ts = {{ path = "t", type = "time_ms" }}
price = "price"
amount = "qty"
base_amount = "qty"
side = {{ path = "maker_bought", map = {{ true = "sell", false = "buy" }} }}
"#
        );
    }
    text + MATCHES
}

/// A fleet, and the folder with the manifest of its simulator.
async fn fleet() -> (Fleet, TempDir) {
    let dir = TempDir::with_prefix("backfleet-manifests-").unwrap();
    let options = jobs::options()
        .set("MANIFESTS__DIR", dir.path().display())
        .set("SOURCES__SOME_API__TOKEN", "simulator-token");
    // The section of a source needs its manifest, so the server must be known before.
    std::fs::write(
        dir.path().join("some-api.toml"),
        manifest("http://127.0.0.1:1"),
    )
    .unwrap();
    let mut fleet = Fleet::start(options).await.unwrap();
    let base_url = fleet.simulator().base_url("json-api");
    std::fs::write(dir.path().join("some-api.toml"), manifest(&base_url)).unwrap();
    (fleet, dir)
}

async fn producer(fleet: &Fleet, command: &str) -> Finished {
    let args: Vec<&str> = command.split_whitespace().collect();
    fleet.producer(&args).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_style_of_paging_brings_every_row_once() {
    let (mut fleet, _dir) = fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let oracle = fleet.simulator().oracle();
    let mut expected = Expected::default();
    for (style, ..) in STYLES {
        // 540 trades in two items, the pages of which end within ties.
        let symbol = format!("{}-USD", style.to_uppercase());
        let (from, to) = (hour(0).to_rfc3339(), hour(1).to_rfc3339());
        let command = format!(
            "enqueue range --source some-api --dataset by_{style} --symbols {symbol} \
             --from {from} --to {to} --slice 30m --job {style}"
        );
        producer(&fleet, &command).await.success().unwrap();
        expected.add(oracle.json_api_trades("some-api", &symbol, hour(0), hour(1)));
    }
    let ids: Vec<u64> = (1..=20).collect();
    let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let csv = fleet.file("ids.csv", format!("match_id\n{lines}")).unwrap();
    let command = format!(
        "enqueue ids --source some-api --dataset matches --file {} --chunk 5 --job matches",
        csv.display()
    );
    producer(&fleet, &command).await.success().unwrap();
    expected.add(oracle.json_api_matches("some-api", &ids));
    for (style, ..) in STYLES {
        let status = finished(&fleet, style).await;
        assert_eq!(status["rows"], 540, "no row twice: {status:#}");
    }
    fleet.finished("matches").await.unwrap();
    expected.check(&fleet).await.unwrap();
    // Two ids do not exist, each refused alone and in the vendor's words.
    let letters = fleet.dead_letters("matches").await.unwrap();
    let text = format!("{letters:?}");
    assert!(
        text.contains("no match 7") && text.contains("no match 14"),
        "{text}"
    );
    assert!(!text.contains("simulator-token"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_asked_for_is_listed_shown_checked_and_tried() {
    let (fleet, dir) = fleet().await;
    for command in ["sources", "sources list"] {
        let listed = producer(&fleet, command).await.success().unwrap().stdout;
        assert!(
            listed.contains("binance") && listed.contains("by_newest"),
            "{listed}"
        );
    }
    let shown = producer(&fleet, "sources show some-api")
        .await
        .success()
        .unwrap();
    for words in [
        "a key of the simulator (set)",
        "by the link in the page before",
        "matches",
    ] {
        assert!(shown.stdout.contains(words), "{words}: {}", shown.stdout);
    }
    let shown = producer(&fleet, "sources show some-api --output json").await;
    assert_eq!(shown.json().unwrap()["datasets"][0]["tables"][0], "trades");
    let nobody = producer(&fleet, "sources show nobody").await;
    assert!(
        nobody.code == 2 && nobody.stderr.contains("some-api"),
        "{nobody:?}"
    );

    let file = dir.path().join("some-api.toml");
    let check = format!("sources check {}", file.display());
    let checked = producer(&fleet, &check).await.success().unwrap();
    assert!(checked.stdout.contains("by_page, by_offset"), "{checked:?}");

    let trial = "sources try --source some-api --dataset by_page --symbol A-USD --rows 3 \
                 --from 2024-03-04 --to 2024-03-05";
    let tried = producer(&fleet, trial).await.success().unwrap();
    let rows: Vec<Value> = tried
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 3, "{tried:?}");
    assert_eq!(rows[0]["table"], "trades");
    assert_eq!(rows[0]["ts"], "1709510400000000000");
    assert!(tried.stderr.contains("GET http://127.0.0.1"), "{tried:?}");
    assert!(
        tried
            .stderr
            .contains("50 rows, 3 printed; more pages follow"),
        "{tried:?}"
    );
    assert!(
        !format!("{tried:?}").contains("simulator-token"),
        "{tried:?}"
    );
    let by_id = producer(
        &fleet,
        "sources try --source some-api --dataset matches --id 3",
    )
    .await;
    assert_eq!(by_id.success().unwrap().stdout.lines().count(), 1);
    let refused = producer(&fleet, &trial.replace("A-USD", "A-EUR")).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("the vendor refuses: status 200: unknown symbol A-EUR"),
        "{refused:?}"
    );
    let wrong = producer(&fleet, "sources try --source some-api --dataset by_page").await;
    assert!(
        wrong.code == 2 && wrong.stderr.contains("--from and --to"),
        "{wrong:?}"
    );
    let built_in = "sources try --source binance --dataset klines --symbol BTC-USDT \
                    --from 2024-03-04 --to 2024-03-05 --rows 1";
    let built_in = producer(&fleet, built_in).await.success().unwrap();
    assert_eq!(built_in.stdout.lines().count(), 1, "{built_in:?}");

    // A broken manifest is told whole, by the check and by every program that needs it.
    let broken = manifest("nowhere").replace("price = \"price\"", "prise = \"price\"");
    std::fs::write(&file, broken).unwrap();
    let checked = producer(&fleet, &(check + " --output json")).await;
    assert_eq!(checked.code, 2, "{checked:?}");
    let answer: Value = serde_json::from_str(&checked.stdout).unwrap();
    let errors = answer["files"][0]["errors"].as_array().unwrap().len();
    assert_eq!(errors, 1 + 2 * STYLES.len(), "{answer:#}");
    let used = producer(&fleet, "sources").await;
    assert!(
        used.code == 2 && used.stderr.contains("columns.prise"),
        "{used:?}"
    );
}
