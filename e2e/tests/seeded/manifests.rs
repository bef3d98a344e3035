//! Manifests under damage: the check of a manifest's text, and the replies that manifests read, in
//! every style of paging.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use common::item::{Item, Token, Work};
use common::tables::Rows;
use sources::manifest::Manifest;
use sources::{Cursor, Instruments, Reply, Source, dates};

use crate::damage::damaged;
use crate::{CASES, NOW_MS, ROWS_PER_BYTE};

const KRAKEN: &str = include_str!("../../../config/sources/kraken.toml");
const OPENLIGADB: &str = include_str!("../../../config/sources/openligadb.toml");
const FRANKFURTER: &str = include_str!("../../../config/sources/frankfurter.toml");

/// A manifest with a dataset in every style of paging.
fn styles() -> String {
    let head = "name = 'styles'\nbase_url = 'https://vendor.invalid'\n\
                [errors]\nmessage = 'message'\nstatus = 'status'\nstatus_ok = 'ok'\n";
    let styles = [
        ("page", "pages = 'pages'"),
        ("offset", "first = 0"),
        ("token", "path = 'next'"),
        ("link", "path = 'next'"),
        ("time", "path = 't'"),
        ("id", "path = 'id', inclusive = true"),
    ];
    let dataset = |(style, more): (&str, &str)| {
        format!(
            "[[dataset]]\nname = '{style}'\nby = 'time'\nsymbols = true\npath = '/{style}'\n\
             query = {{ at = '{{cursor}}', from = '{{from}}', to = '{{to}}', n = '{{size}}' }}\n\
             page_size = 3\nrows = 'data'\ntable = 'trades'\n\
             cursor = {{ style = '{style}', {more} }}\n[dataset.columns]\n\
             trade_id = 'id'\nts = {{ path = 't', type = 'time_ms' }}\nprice = 'p'\n\
             amount = 'q'\nside = {{ path = 'm', map = {{ true = 'sell', false = 'buy' }} }}\n"
        )
    };
    head.to_owned() + &styles.map(dataset).concat()
}

const TRADES: &str = r#"{"error":[],"result":{"XXBTZUSD":[
    ["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],
    ["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],"last":"1688669598280411269"}}"#;
const BARS: &str = r#"{"error":[],"result":{"XXBTZUSD":[
    [1688601600,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23],
    [1688605200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]],"last":1688598000}}"#;
const MATCH: &str = r#"{"matchID":66630,"leagueId":4608,"leagueName":"1. Liga","leagueSeason":2023,
    "matchDateTimeUTC":"2023-08-18T18:30:00Z","group":{"groupName":"1. Spieltag","groupOrderID":1},
    "team1":{"teamId":134,"teamName":"Heim"},"team2":{"teamId":40,"teamName":"Gast"},"matchIsFinished":true,
    "matchResults":[{"pointsTeam1":0,"pointsTeam2":4,"resultTypeID":2},{"pointsTeam1":0,"pointsTeam2":1,"resultTypeID":1}],
    "goals":[{"goalID":7,"scoreTeam1":0,"scoreTeam2":1,"matchMinute":4,"goalGetterID":9,"goalGetterName":"A. B."}],
    "location":null}"#;
const RATES: &str = r#"{"amount":1.0,"base":"EUR","rates":{"2023-07-06":{"CHF":0.9305,"USD":1.0956},"2023-07-07":{"USD":1.0919}}}"#;
const PAGE: &str = r#"{"status":"ok","data":[{"id":1,"t":1688601600000,"p":1.10,"q":"2","m":true},
    {"id":2,"t":1688601600500,"p":"1.2","q":3e-2,"m":false},{"id":3,"t":1688601600500,"p":1,"q":1,"m":true}],
    "pages":4,"next":"/b?at=2"}"#;

/// Manifests with their datasets and a reply of each.
fn cases() -> Vec<(Manifest, Vec<(&'static str, &'static str)>)> {
    let read = |text: &str| Manifest::read("x.toml", text).unwrap();
    let styles = read(&styles());
    let paged = styles.datasets().iter().map(|dataset| (dataset.name, PAGE));
    let paged = paged.collect();
    let matches = ["matches", "goals", "match_documents"];
    vec![
        (read(KRAKEN), vec![("trades", TRADES), ("klines", BARS)]),
        (read(OPENLIGADB), matches.map(|name| (name, MATCH)).into()),
        (read(FRANKFURTER), vec![("rates", RATES)]),
        (styles, paged),
    ]
}

fn item(source: &Manifest, dataset: &str) -> Item {
    let dataset = source.dataset(dataset).unwrap();
    let [from, to] = ["2023-07-06", "2023-07-08"].map(|date| dates::parse(date).unwrap());
    let work = match dataset.selection {
        sources::Selection::Ids => Work::Ids(vec!["66630".to_owned()]),
        _ => Work::Range {
            symbol: Some("BTC-USD".to_owned()),
            from,
            to,
        },
    };
    Item {
        job: Token::from_lossy("seeded"),
        id: Token::from_lossy("seeded"),
        source: source.name().to_owned(),
        dataset: dataset.name.to_owned(),
        work,
        params: dataset.fill_params(&BTreeMap::new()).unwrap(),
        retry: common::Retry::default(),
    }
}

#[test]
fn damaged_replies_of_manifests_do_no_harm() {
    let mut refused = 0;
    for (source, replies) in cases() {
        for (dataset, body) in replies {
            let item = item(&source, dataset);
            let read = |body: &[u8]| {
                let mut rows = Rows::default();
                let reply = Reply {
                    item: &item,
                    id: matches!(item.work, Work::Ids(_)).then_some("66630"),
                    cursor: &Cursor::Start,
                    instruments: &Instruments::default(),
                    body,
                    fetched_at_ms: NOW_MS,
                };
                (source.parse(&reply, &mut rows), rows.len())
            };
            let (whole, rows) = read(body.as_bytes());
            assert!(whole.is_ok() && rows > 0, "{dataset}: {whole:?}");
            for seed in 0..10 * CASES {
                let body = damaged(body.as_bytes(), seed);
                let (result, rows) = catch_unwind(AssertUnwindSafe(|| read(&body)))
                    .unwrap_or_else(|_| panic!("{dataset}: seed {seed} panicked"));
                assert!(rows <= ROWS_PER_BYTE * body.len(), "{dataset}: seed {seed}");
                if let Err(error) = result {
                    refused += 1;
                    let told = !error.at.is_empty() && !error.what.is_empty();
                    assert!(told && rows == 0, "{dataset}: seed {seed}: {error:?}");
                }
            }
        }
    }
    assert!(refused > 100, "only {refused} damaged replies were refused");
}

#[test]
fn damaged_manifests_are_refused_with_their_file() {
    let mut refused = 0;
    for text in [KRAKEN, OPENLIGADB, FRANKFURTER, &styles()] {
        for seed in 0..10 * CASES {
            let text = damaged(text.as_bytes(), seed);
            let text = String::from_utf8_lossy(&text);
            let read = catch_unwind(|| Manifest::read("x.toml", &text))
                .unwrap_or_else(|_| panic!("seed {seed} panicked"));
            if let Err(problems) = read {
                refused += 1;
                let told = problems
                    .iter()
                    .all(|problem| problem.starts_with("x.toml: "));
                assert!(told && !problems.is_empty(), "seed {seed}: {problems:?}");
            }
        }
    }
    assert!(
        refused > 100,
        "only {refused} damaged manifests were refused"
    );
}
