//! What tells the rows of a request (`sources::extent`) holds for every row of every dataset's
//! sample, and only where nothing else can be known it is the time of fetching.

use std::collections::BTreeSet;

use common::item::Work;
use common::jobs::{Part, Request};
use common::records::to_json;
use common::tables::{Rows, Table};
use e2e::pages::{Pages, SAMPLES, Sample};
use serde_json::{Map, Value};
use sources::Selection;
use sources::extent::{Term, terms};

use crate::{BYTES, NOW_MS, simulator};

/// Where rows say nothing of what was asked: by vendor and dataset.
const ONLY_FETCHED: &[(&str, &str)] = &[
    ("alpaca", "auctions"),
    ("football-data", "competition_matches"),
    ("football-data", "head2head"),
    ("football-data", "person_matches"),
    ("football-data", "scorers"),
    ("football-data", "standings"),
    ("football-data", "team_matches"),
    ("football-data", "teams"),
    ("fotmob", "league"),
    ("polygon", "dividends"),
    ("polygon", "open_close"),
];

/// The request whose rows a sample's pages hold.
fn request(sample: &Sample, pages: &Pages) -> Request {
    let item = &pages.pages[0].item;
    let at = |text| sources::dates::parse(text).unwrap();
    let part = match &item.work {
        Work::Ids(ids) => Part::Ids {
            fingerprint: String::new(),
            ids: ids.len() as u64,
            chunk: 1,
        },
        Work::Range { .. } => Part::Range {
            symbols: sample.symbols.iter().map(|s| (*s).to_owned()).collect(),
            from: at(sample.from),
            to: at(sample.to),
            slice_s: None,
        },
    };
    Request {
        source: sample.source.to_owned(),
        dataset: sample.dataset.to_owned(),
        params: item.params.clone(),
        part,
    }
}

fn holds(term: &Term, row: &Map<String, Value>, ids: &[&str]) -> bool {
    let text = |column: &str| row[column].as_str().unwrap_or_default().to_owned();
    match term {
        Term::Text { column, text: is } => text(column) == *is,
        Term::Symbols(names) => ["symbol", "venue_symbol"]
            .iter()
            .any(|column| names.contains(&text(column).to_ascii_uppercase())),
        Term::Window { column, from, to } => {
            let ns: i64 = text(column).parse().unwrap();
            let [from, to] = [from, to].map(|at| at.timestamp_nanos_opt().unwrap());
            (from..to).contains(&ns)
        }
        Term::Id { column, suffix } => ids.iter().any(|id| text(column) == format!("{id}{suffix}")),
        Term::Fetched => true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_a_sample_is_told_by_its_request() {
    let simulator = simulator().await;
    let (mut wrong, mut only_fetched) = (BTreeSet::new(), BTreeSet::new());
    for sample in SAMPLES {
        let pages = Pages::fetch(&simulator, sample, NOW_MS, BYTES).await;
        let pages = pages.unwrap();
        let request = request(sample, &pages);
        let dataset = pages.source.dataset(sample.dataset).unwrap();
        let of = |table: Table| terms(pages.source, &request, table).unwrap();
        for &table in dataset.tables {
            let of_now = matches!(dataset.selection, Selection::Snapshot | Selection::Now);
            if !of_now && of(table).contains(&Term::Fetched) {
                only_fetched.insert((sample.source, sample.dataset));
            }
        }
        let mut check = |rows: &mut Rows| {
            for batch in rows.take(0) {
                let terms = of(batch.table);
                for row in to_json(&batch.columns) {
                    let broken = terms.iter().find(|term| !holds(term, &row, sample.ids));
                    if let Some(term) = broken {
                        let row = Value::Object(row).to_string();
                        let row: String = row.chars().take(300).collect();
                        let (source, name) = (sample.source, sample.dataset);
                        wrong.insert(format!(
                            "{source} {name} {}: {term:?}\n  {row}",
                            batch.table.name()
                        ));
                        break;
                    }
                }
            }
        };
        for page in &pages.pages {
            let mut rows = Rows::default();
            pages.read(page, &page.body, &mut rows, &mut check).unwrap();
            check(&mut rows);
        }
    }
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(only_fetched.into_iter().collect::<Vec<_>>(), ONLY_FETCHED);
}
