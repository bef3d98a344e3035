//! What is stored, asked of ClickHouse in the order of the primary key: one pass a table for all
//! symbols and cells, and a second one over the cells alone whose numbers have holes.
//!
//! Tables may hold copies that are not merged yet, so rows are counted by what makes them different:
//! their point of the grid, their id, or the table's sorting key.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use anyhow::{Context, bail};
use clickhouse::Row;
use common::settings;
use common::tables::Table;
use serde::Deserialize;
use sources::Grid;

use super::facts::{Cell, Island, Span, Stock, united};
use super::judge::Rule;
use crate::status::ledger;

/// A whole table may have to be read.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// Columns that say when a row was, the first that a table has.
const TIMES: [&str; 4] = ["ts", "open_time", "funding_time", "utc_kickoff"];

/// Parts of time in one query: its text stays below what ClickHouse reads.
const PARTS_OF_A_QUERY: usize = 400;

/// Which rows are looked at.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    pub(super) settings: &'a settings::ClickHouse,
    pub(super) tables: &'static [Table],
    pub(super) source: &'a str,
    /// What stands in every row: columns and their values.
    pub(super) stored_as: Vec<(&'static str, String)>,
    pub(super) rule: Rule,
}

/// The column that says when a row of a table was; none where a table has no time.
pub(super) fn time_column(table: Table) -> Option<&'static str> {
    let has = |name: &&str| table.columns().iter().any(|column| column.name == *name);
    TIMES.into_iter().find(has)
}

fn time_of(table: Table) -> anyhow::Result<&'static str> {
    time_column(table).with_context(|| format!("rows of {} have no time", table.name()))
}

/// Whether rows of a table are of a symbol.
pub(super) fn has_symbol(table: Table) -> bool {
    table.columns().iter().any(|column| column.name == "symbol")
}

#[derive(Debug, Row, Deserialize)]
struct CellRow {
    symbol: String,
    /// The instant of one of its rows, which tells the cell.
    within: i64,
    rows: u64,
    lo: i64,
    hi: i64,
    first: i64,
    last: i64,
    newest: u64,
}

#[derive(Debug, Row, Deserialize)]
struct IslandRow {
    symbol: String,
    lo: i64,
    hi: i64,
    first: i64,
    last: i64,
}

#[derive(Debug, Row, Deserialize)]
struct Named {
    symbol: String,
    venue: String,
}

impl Shelf<'_> {
    /// Everything of those symbols between the first and the last edge.
    pub(super) async fn stock(
        &self,
        symbols: &BTreeSet<String>,
        edges: &BTreeSet<i64>,
    ) -> anyhow::Result<Stock> {
        let mut stock = Stock {
            edges: edges.iter().copied().collect(),
            cells: HashMap::new(),
        };
        for &table in self.tables {
            self.add(table, symbols, &mut stock).await?;
        }
        Ok(stock)
    }

    async fn add(
        &self,
        table: Table,
        symbols: &BTreeSet<String>,
        stock: &mut Stock,
    ) -> anyhow::Result<()> {
        let [Some(from), Some(to)] =
            [stock.edges.first(), stock.edges.last()].map(|edge| edge.copied())
        else {
            return Ok(());
        };
        let is_apart = has_symbol(table) && !symbols.contains("");
        let time = time_of(table)?;
        let mut which = self.conditions(time, Span::new(from, to));
        if is_apart {
            which.push(format!("symbol IN ({})", texts(symbols)));
        }
        let asked = self.asked(table, is_apart, &which.join(" AND "))?;
        let different = self.different(table).await?;
        let bucket = bucket(&stock.edges);
        let (lo, hi) = match self.number() {
            Some(_) => ("min(number)", "max(number)"),
            None => ("toInt64(0)", "toInt64(0)"),
        };
        // Of a grid nobody asks when it was fetched.
        let newest = match self.number() {
            Some(Number::Point(_)) => "toUInt64(0)",
            _ => "max(version)",
        };
        let sql = format!(
            "SELECT of_symbol AS symbol, min(at) AS within, {different} AS rows, {lo} AS lo, {hi} AS hi, \
             within AS first, max(at) AS last, {newest} AS newest FROM ({asked}) \
             GROUP BY of_symbol, {bucket} AS cell SETTINGS optimize_aggregation_in_order = 1"
        );
        let found: Vec<CellRow> = self.fetch(&sql).await?;
        let mut broken: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let count = stock.len();
        for row in found {
            let place = stock.edges.partition_point(|edge| *edge <= row.within) - 1;
            let cells = stock
                .cells
                .entry(row.symbol.clone())
                .or_insert_with(|| vec![Cell::default(); count]);
            let is_whole =
                row.rows > 0 && row.hi - row.lo + 1 == i64::try_from(row.rows).unwrap_or(0);
            let cell = &mut cells[place];
            if cell.rows == 0 {
                (cell.first, cell.last) = (row.first, row.last);
            }
            cell.rows += row.rows;
            cell.first = cell.first.min(row.first);
            cell.last = cell.last.max(row.last);
            cell.newest = cell
                .newest
                .max(i64::try_from(row.newest).unwrap_or(i64::MAX));
            match self.number() {
                None => {}
                Some(_) if is_whole => cell.islands.push(Island {
                    lo: row.lo,
                    hi: row.hi,
                    first: row.first,
                    last: row.last,
                }),
                Some(_) => broken.entry(row.symbol).or_default().push(place),
            }
        }
        if !broken.is_empty() {
            self.add_islands(table, broken, stock).await?;
        }
        // A cell may come in several buckets, in any order.
        for cell in stock.cells.values_mut().flatten() {
            cell.islands
                .sort_unstable_by_key(|island| (island.first, island.lo));
        }
        Ok(())
    }

    /// The runs of numbers in cells that have holes.
    async fn add_islands(
        &self,
        table: Table,
        broken: BTreeMap<String, Vec<usize>>,
        stock: &mut Stock,
    ) -> anyhow::Result<()> {
        let (bucket, time) = (bucket(&stock.edges), time_of(table)?);
        let mut parts = Vec::new();
        for (symbol, places) in broken {
            if let Some(cells) = stock.cells.get_mut(&symbol) {
                places
                    .iter()
                    .for_each(|place| cells[*place].islands.clear());
            }
            let spans = places.iter().map(|place| stock.span(*place));
            for span in united(spans.collect()) {
                let mut which = self.conditions(time, span);
                if !symbol.is_empty() {
                    which.push(format!("symbol = {}", text(&symbol)));
                }
                parts.push(format!("({})", which.join(" AND ")));
            }
        }
        let is_apart = !stock.cells.contains_key("");
        for parts in parts.chunks(PARTS_OF_A_QUERY) {
            let asked = self.asked(table, is_apart, &format!("({})", parts.join(" OR ")))?;
            let sql = format!(
                "SELECT symbol, min(number) AS lo, max(number) AS hi, min(moment) AS first, max(moment) AS last FROM \
                 (SELECT symbol, cell, number, moment, \
                 number - toInt64(row_number() OVER (PARTITION BY symbol, cell ORDER BY number)) AS island FROM \
                 (SELECT of_symbol AS symbol, {bucket} AS cell, number, min(at) AS moment FROM ({asked}) \
                 GROUP BY symbol, cell, number)) \
                 GROUP BY symbol, cell, island"
            );
            let found: Vec<IslandRow> = self.fetch(&sql).await?;
            for row in found {
                let place = stock.edges.partition_point(|edge| *edge <= row.first) - 1;
                let cells = stock.cells.get_mut(&row.symbol);
                cells.context("a symbol came from nowhere")?[place]
                    .islands
                    .push(Island {
                        lo: row.lo,
                        hi: row.hi,
                        first: row.first,
                        last: row.last,
                    });
            }
        }
        Ok(())
    }

    /// Some rows: `of_symbol`, `at`, and what is counted.
    fn asked(&self, table: Table, is_apart: bool, conditions: &str) -> anyhow::Result<String> {
        let time = time_of(table)?;
        let symbol = if is_apart { "symbol" } else { "''" };
        // What is counted, and which rows count.
        let (counted, which) = match self.number() {
            None => ("*".to_owned(), String::new()),
            Some(Number::Id) => (
                "version, toInt64OrZero(trade_id) AS number".to_owned(),
                " AND isNotNull(toInt64OrNull(trade_id))".to_owned(),
            ),
            Some(Number::Point(Grid {
                step,
                anchor,
                slack,
            })) => (
                format!("intDiv(at - ({anchor}), {step}) AS number"),
                format!(" AND at - ({anchor}) - number * {step} < {slack}"),
            ),
        };
        Ok(format!(
            "SELECT {symbol} AS of_symbol, toUnixTimestamp64Nano(assumeNotNull({time})) AS at, {counted} \
             FROM `{}`.{} WHERE {conditions}{which}",
            self.settings.database,
            table.name(),
        ))
    }

    /// What holds for every row of the request in a span.
    pub(super) fn conditions(&self, time: &str, span: Span) -> Vec<String> {
        let mut conditions = vec![format!("source = {}", text(self.source))];
        let stored_as = self.stored_as.iter();
        conditions.extend(stored_as.map(|(column, value)| format!("{column} = {}", text(value))));
        conditions.push(format!("{time} >= {}", instant(span.from)));
        conditions.push(format!("{time} < {}", instant(span.to)));
        conditions
    }

    /// How different rows are counted.
    async fn different(&self, table: Table) -> anyhow::Result<String> {
        if let Some(number) = self.number() {
            return Ok(match number {
                // Points of a cell are few and close to each other: the smallest sort of bitmap.
                Number::Point(_) => "toUInt64(groupBitmap(toUInt32(number)))".to_owned(),
                Number::Id => "toUInt64(groupBitmap(toUInt64(number)))".to_owned(),
            });
        }
        Ok(format!(
            "uniqExact(cityHash64({}))",
            self.sorting_expressions(table).await?
        ))
    }

    async fn sorting_expressions(&self, table: Table) -> anyhow::Result<String> {
        let sql = format!(
            "SELECT sorting_key FROM system.tables WHERE database = {} AND name = {}",
            text(&self.settings.database),
            text(table.name())
        );
        let mut keys: Vec<String> = self.fetch(&sql).await?;
        keys.pop().with_context(|| {
            format!(
                "there is no table {}: start a writer, or run writer migrate",
                table.name()
            )
        })
    }

    /// The columns by which rows of a table differ.
    pub(super) async fn sorting_key(&self, table: Table) -> anyhow::Result<Vec<String>> {
        let expressions = self.sorting_expressions(table).await?;
        let columns = table.columns().iter().map(|column| column.name);
        let words: BTreeSet<&str> = expressions
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .collect();
        Ok(columns
            .filter(|name| words.contains(name))
            .map(str::to_owned)
            .collect())
    }

    fn number(&self) -> Option<Number> {
        match self.rule {
            Rule::Grid(grid) => Some(Number::Point(grid)),
            Rule::Ids => Some(Number::Id),
            _ => None,
        }
    }

    /// As which symbol each of these is stored: as it is written, or as the vendor writes it.
    pub(super) async fn names(
        &self,
        written: &BTreeSet<String>,
        span: Span,
    ) -> anyhow::Result<Names> {
        let mut names = Names::default();
        let mut left = written.clone();
        for &table in self.tables.iter().filter(|table| has_symbol(**table)) {
            for column in ["symbol", "venue_symbol"] {
                if left.is_empty() {
                    break;
                }
                for named in self.named(table, column, &left, span).await? {
                    left.remove(&named.symbol);
                    left.remove(&named.venue);
                    names.add(named);
                }
            }
        }
        Ok(names)
    }

    async fn named(
        &self,
        table: Table,
        column: &str,
        written: &BTreeSet<String>,
        span: Span,
    ) -> anyhow::Result<Vec<Named>> {
        let Some(time) = time_column(table) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT symbol, any(venue_symbol) AS venue FROM `{}`.{} WHERE source = {} \
             AND {column} IN ({}) AND {time} >= {} AND {time} < {} GROUP BY symbol",
            self.settings.database,
            table.name(),
            text(self.source),
            texts(written),
            instant(span.from),
            instant(span.to)
        );
        self.fetch(&sql).await
    }

    pub(super) async fn fetch<T>(&self, sql: &str) -> anyhow::Result<Vec<T>>
    where
        T: clickhouse::RowOwned + clickhouse::RowRead,
    {
        let answer = ledger::client(self.settings).query(sql).fetch_all::<T>();
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        match answer.context("ClickHouse does not answer")? {
            Err(clickhouse::error::Error::BadResponse(words)) if words.contains("UNKNOWN_") => {
                bail!(
                    "a table or a column is not there: start a writer of this version, or run writer migrate"
                )
            }
            answer => answer.context("ClickHouse does not tell what is stored"),
        }
    }
}

/// What a row is counted by.
#[derive(Debug, Clone, Copy)]
enum Number {
    Point(Grid),
    Id,
}

/// As which symbols rows are stored that were asked for under other names.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By the name in capitals, ours or the vendor's.
    stored: HashMap<String, String>,
}

impl Names {
    fn add(&mut self, named: Named) {
        self.stored
            .insert(named.symbol.to_uppercase(), named.symbol.clone());
        // What is a name of ours means that, whatever it means to the vendor.
        let venue = self.stored.entry(named.venue.to_uppercase());
        venue.or_insert(named.symbol);
    }

    /// As which symbol rows are stored that were asked for as this.
    pub(super) fn stored(&self, written: &str) -> String {
        let upper = written.trim().to_uppercase();
        self.stored.get(&upper).cloned().unwrap_or(upper)
    }

    /// All ways to write those symbols, in capitals.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &String> {
        self.stored.keys()
    }
}

/// An expression that is equal for rows of one cell and differs between cells: a division where
/// the edges are in step, else a search among them.
fn bucket(edges: &[i64]) -> String {
    /// More buckets than cells cost memory.
    const MOST: i64 = 200_000;
    let step = edges
        .iter()
        .fold(0, |step, edge| gcd(step, edge.unsigned_abs()));
    let step = i64::try_from(step).unwrap_or(0);
    let span = edges.last().unwrap_or(&0) - edges.first().unwrap_or(&0);
    if step > 0 && span / step <= MOST {
        return format!("intDiv(at, {step})");
    }
    let edges: Vec<_> = edges.iter().map(i64::to_string).collect();
    format!("roundDown(at, [{}])", edges.join(","))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// An instant as SQL has it.
pub(super) fn instant(ns: i64) -> String {
    format!("fromUnixTimestamp64Nano(toInt64({ns}), 'UTC')")
}

/// A text as SQL has it.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

pub(super) fn texts<'a>(values: impl IntoIterator<Item = &'a String>) -> String {
    let all: Vec<_> = values.into_iter().map(|value| text(value)).collect();
    all.join(", ")
}
