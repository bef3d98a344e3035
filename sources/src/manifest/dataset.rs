//! Reads and checks one `[[dataset]]` of a manifest.

use std::time::Duration;

use common::tables::{CellKind, Table};

use super::check::{keep, named};
use super::columns;
use super::cursor::Cursor;
use super::model::{Named, Offer, Order, Times};
use super::path::Path;
use super::section::{Section, nearest};
use super::select::Tree;
use super::stamp::Stamp;
use super::template::Template;
use crate::ask::Server;
use crate::continuity::Continuity;
use crate::source::{Dataset, Selection};

const A_DAY: Duration = Duration::from_secs(86_400);
/// As good as no limit.
const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

/// What all datasets of a manifest share.
pub(super) struct Common<'a> {
    pub(super) headers: &'a [Named],
    pub(super) servers: &'static [(&'static str, &'static str)],
    pub(super) document: &'a str,
    pub(super) limits: String,
}

/// Reads a dataset; `None` when something without which nothing can be made of it is wrong.
pub(super) fn read(section: Section<'_>, common: &Common<'_>) -> Option<(Offer, Dataset)> {
    let name = section.need("name", "trades");
    let selection = selection(&section);
    let params = section.texts("params");
    let server = server(&section, common);
    let path = template(&section, "path", "/v1/trades");
    let query = named(&section, "query");
    let query_first = named(&section, "query_first");
    let mut headers = common.headers.to_vec();
    headers.extend(named(&section, "headers"));
    let form = section
        .table
        .contains_key("form")
        .then(|| named(&section, "form"));
    let time = section.section("time").map_or(DEFAULT_TIMES, times);
    let slice = span(&section, "slice").unwrap_or(A_DAY);
    let longest = span(&section, "longest_slice").unwrap_or(A_CENTURY);
    let page_size = section.number("page_size");
    let order = section.choice("order", &ORDERS);
    let order = order.unwrap_or(Order::OldestFirst);
    let cursor = Cursor::read(&section, &time, order, page_size);
    let table = table(&section);
    let rows = rows(&section, table);
    let retention = section.number("retention_days");
    let alternative = section.text("alternative");
    let words = Words::read(&section, common, retention);
    let stars = rows.as_ref().map_or(0, |rows| rows.len() - 1);
    let scope = columns::Scope {
        selection,
        stars,
        params: &params,
    };
    section.get("columns");
    let read = table.map(|table| columns::read(&section, table, &scope, cursor.row.as_ref()));
    let requests = [&query, &query_first, &headers]
        .into_iter()
        .flatten()
        .chain(form.iter().flatten());
    let templates = requests.map(|(_, template)| template).chain(path.as_ref());
    check_holes(&section, &scope, templates);
    let first = rows
        .as_ref()
        .map_or_else(Path::default, |rows| rows[0].clone());
    let body = Tree::of([Some(&first), cursor.next.as_ref(), cursor.pages.as_ref()]);
    let paging = cursor.style.about();
    section.done();
    let (table, read) = (table?, read?);
    let offer = Offer {
        name: keep(name?),
        selection,
        server,
        path: path?,
        query,
        query_first,
        headers,
        form,
        time,
        slice,
        longest,
        page_size,
        order,
        short_ends: cursor.short_ends,
        cursor: cursor.style,
        body,
        rows,
        row: read.tree,
        row_cursor: read.cursor,
        table,
        columns: read.columns,
        ts: read.ts,
        retention: retention.map(|days| Duration::from_secs(days.saturating_mul(86_400))),
        alternative: alternative.map(str::to_owned),
    };
    let params = params.iter().map(|(name, value)| (keep(name), keep(value)));
    let dataset = Dataset {
        name: offer.name,
        about: words.about,
        selection,
        params: Box::leak(params.collect::<Vec<_>>().into_boxed_slice()),
        tables: Box::leak(Box::new([table])),
        retention: words.retention,
        paging,
        limits: keep(&common.limits),
        document: words.document,
        continuity: Continuity::Nothing,
    };
    Some((offer, dataset))
}

const ORDERS: [(&str, Order); 3] = [
    ("oldest_first", Order::OldestFirst),
    ("newest_first", Order::NewestFirst),
    ("unsorted", Order::Unsorted),
];

/// What is told to people.
struct Words {
    about: &'static str,
    retention: &'static str,
    document: &'static str,
}

impl Words {
    fn read(section: &Section<'_>, common: &Common<'_>, retention_days: Option<u64>) -> Self {
        let kept = match (section.text("retention"), retention_days) {
            (Some(text), _) => text.to_owned(),
            (None, Some(days)) => format!("the last {days} days"),
            (None, None) => "the whole history".to_owned(),
        };
        Self {
            about: keep(section.text("about").unwrap_or_default()),
            retention: keep(&kept),
            document: keep(section.text("document").unwrap_or(common.document)),
        }
    }
}

fn selection(section: &Section<'_>) -> Selection {
    #[derive(Clone, Copy)]
    enum By {
        Time,
        Id,
        Now,
    }
    if !section.table.contains_key("by") {
        section.wrong("by", "is missing; write by = \"time\", \"id\" or \"now\"");
    }
    let by = section.choice(
        "by",
        &[("time", By::Time), ("id", By::Id), ("now", By::Now)],
    );
    let symbols = section.flag("symbols").unwrap_or(false);
    match (by, symbols) {
        (Some(By::Id), true) => {
            section.wrong("symbols", "a dataset by id has none; leave it out");
            Selection::Ids
        }
        (Some(By::Id), false) => Selection::Ids,
        (Some(By::Now), true) => Selection::Snapshot,
        (Some(By::Now), false) => Selection::Now,
        (_, true) => Selection::SymbolRange,
        (_, false) => Selection::Range,
    }
}

fn server(section: &Section<'_>, common: &Common<'_>) -> Server {
    let Some(name) = section.text("server") else {
        return Server::Main;
    };
    match common.servers.iter().find(|(own, _)| *own == name) {
        Some((own, _)) => Server::Other(own),
        None => {
            let near = nearest(name, common.servers.iter().map(|(own, _)| *own));
            section.wrong(
                "server",
                format_args!("{name:?} is not in [servers]; the nearest is {near}"),
            );
            Server::Main
        }
    }
}

fn template(section: &Section<'_>, key: &'static str, example: &str) -> Option<Template> {
    let text = section.need(key, example)?;
    if !text.starts_with('/') {
        section.wrong(
            key,
            format_args!("{text:?} must begin with /; write {key} = {example:?}"),
        );
    }
    if text.contains('?') {
        section.wrong(key, "holds a ?; write what follows it under query");
    }
    Template::parse(text)
        .map_err(|what| section.wrong(key, what))
        .ok()
}

const DEFAULT_TIMES: Times = Times {
    stamp: Stamp::Ms,
    from_inclusive: true,
    to_inclusive: false,
};

fn times(section: Section<'_>) -> Times {
    let ends = [("inclusive", true), ("exclusive", false)];
    let times = Times {
        stamp: section
            .choice("format", &Stamp::NAMES)
            .unwrap_or(DEFAULT_TIMES.stamp),
        from_inclusive: section.choice("from", &ends).unwrap_or(true),
        to_inclusive: section.choice("to", &ends).unwrap_or(false),
    };
    section.done();
    times
}

/// A length of time such as `1d`.
fn span(section: &Section<'_>, key: &'static str) -> Option<Duration> {
    let text = section.text(key)?;
    let seconds = text.char_indices().next_back().and_then(|(at, unit)| {
        let unit = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let number: u64 = text[..at].parse().ok()?;
        number.checked_mul(unit).filter(|seconds| *seconds > 0)
    });
    if seconds.is_none() {
        section.wrong(
            key,
            format_args!("{text:?} is no length of time; write 15m, 6h or 1d"),
        );
    }
    seconds.map(Duration::from_secs)
}

fn table(section: &Section<'_>) -> Option<Table> {
    let name = section.need("table", "trades")?;
    let found = Table::named(name).filter(|table| *table != Table::WorkLog);
    if found.is_none() {
        let names = Table::ALL.iter().filter(|table| **table != Table::WorkLog);
        let near = nearest(name, names.map(|table| table.name()));
        section.wrong(
            "table",
            format_args!("there is no table {name:?}; the nearest is {near}"),
        );
    }
    found
}

/// The path of the rows, cut at its stars; a document without one is the whole reply.
fn rows(section: &Section<'_>, table: Option<Table>) -> Option<Vec<Path>> {
    let text = match section.text("rows") {
        None if table == Some(Table::Document) => return None,
        None => ".",
        Some(text) => text,
    };
    match Path::of_rows(text) {
        Ok(path) => Some(path.parts()),
        Err(what) => {
            section.wrong("rows", what);
            Some(vec![Path::default()])
        }
    }
}

/// Notes the holes of requests for which there can never be anything.
fn check_holes<'t>(
    section: &Section<'_>,
    scope: &columns::Scope<'_>,
    templates: impl Iterator<Item = &'t Template>,
) {
    let mut told = Vec::new();
    for hole in templates.flat_map(Template::holes) {
        if let Some(what) = scope.wrong_hole(hole, false)
            && !told.contains(&hole)
        {
            section.wrong("", what);
            told.push(hole);
        }
    }
}

/// Which column of a table says when a row happened.
pub(super) fn time_column(table: Table) -> Option<usize> {
    let columns = table.columns();
    columns
        .iter()
        .position(|column| column.takes == CellKind::Time)
}
