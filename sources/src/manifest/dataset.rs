//! Reads and checks one `[[dataset]]` of a manifest.

use std::time::Duration;

use common::tables::{CellKind, Table};

use super::check::{keep, named, path};
use super::columns;
use super::model::{Named, Offer, Order, Style, Times};
use super::path::Path;
use super::section::{Section, nearest};
use super::select::Tree;
use super::stamp::Stamp;
use super::template::{Hole, Template};
use crate::ask::Server;
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
    let about = section.text("about").unwrap_or_default();
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
    let order = [
        ("oldest_first", Order::OldestFirst),
        ("newest_first", Order::NewestFirst),
        ("unsorted", Order::Unsorted),
    ];
    let order = section
        .choice("order", &order)
        .unwrap_or(Order::OldestFirst);
    let cursor = cursor(&section, &time, order, page_size);
    let table = table(&section);
    let rows = rows(&section, table);
    let retention = section.number("retention_days");
    let kept = section.text("retention");
    let alternative = section.text("alternative");
    let document = section.text("document").unwrap_or(common.document);
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
    let kept = match (kept, retention) {
        (Some(text), _) => text.to_owned(),
        (None, Some(days)) => format!("the last {days} days"),
        (None, None) => "the whole history".to_owned(),
    };
    let params: Vec<_> = params
        .iter()
        .map(|(name, value)| (keep(name), keep(value)))
        .collect();
    let dataset = Dataset {
        name: offer.name,
        about: keep(about),
        selection,
        params: Box::leak(params.into_boxed_slice()),
        tables: Box::leak(Box::new([table])),
        retention: keep(&kept),
        paging,
        limits: keep(&common.limits),
        document: keep(document),
    };
    Some((offer, dataset))
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

/// A cursor, and where what it needs stands.
struct Cursor {
    style: Style,
    next: Option<Path>,
    pages: Option<Path>,
    /// The field of a row.
    row: Option<Path>,
    short_ends: bool,
}

fn cursor(section: &Section<'_>, time: &Times, order: Order, page_size: Option<u64>) -> Cursor {
    let mut cursor = Cursor {
        style: Style::None,
        next: None,
        pages: None,
        row: None,
        short_ends: false,
    };
    let Some(section) = section.section("cursor") else {
        return cursor;
    };
    if !section.table.contains_key("style") {
        section.wrong(
            "style",
            "is missing; write page, offset, token, link, time, id or none",
        );
    }
    let styles = [
        ("none", 0),
        ("page", 1),
        ("offset", 2),
        ("token", 3),
        ("link", 4),
        ("time", 5),
        ("id", 6),
    ];
    let style = section.choice("style", &styles).unwrap_or(0);
    let start = || {
        let text = section.text("start")?;
        Template::parse(text)
            .map_err(|what| section.wrong("start", what))
            .ok()
    };
    let need_path = |example: &str| {
        section.need("path", example)?;
        path(&section, "path")
    };
    cursor.style = match style {
        1 => {
            (cursor.next, cursor.pages) = (path(&section, "more"), path(&section, "pages"));
            Style::Page {
                first: section.number("first").unwrap_or(1),
            }
        }
        2 => {
            cursor.next = path(&section, "more");
            Style::Offset {
                first: section.number("first").unwrap_or(0),
            }
        }
        3 => {
            cursor.next = need_path("next_token");
            Style::Token { start: start() }
        }
        4 => {
            cursor.next = need_path("links.next");
            Style::Link
        }
        5 => {
            cursor.row = need_path("time");
            let ties = section
                .choice("ties", &[("again", true), ("next", false)])
                .unwrap_or(true);
            if ties && page_size.is_none() {
                section.wrong("ties", "\"again\" needs the page_size of the dataset, to notice a page of one instant; write page_size, or ties = \"next\" if no two rows share a time");
            }
            let default = if order == Order::NewestFirst {
                Hole::To(None)
            } else {
                Hole::From(None)
            };
            Style::Time {
                stamp: section.choice("type", &Stamp::NAMES).unwrap_or(time.stamp),
                again: ties,
                start: start().or_else(|| Some(Template::hole(default))),
            }
        }
        6 => {
            cursor.row = need_path("id");
            if !section.table.contains_key("inclusive") {
                section.wrong("inclusive", "is missing; write true if a page begins with the row of the id asked for, else false");
            }
            Style::Id {
                inclusive: section.flag("inclusive").unwrap_or(false),
                start: start(),
            }
        }
        _ => Style::None,
    };
    cursor.short_ends = section.flag("short_page_ends").unwrap_or(false);
    if cursor.short_ends && page_size.is_none() {
        section.wrong("short_page_ends", "needs the page_size of the dataset");
    }
    section.done();
    cursor
}

impl Style {
    fn about(&self) -> &'static str {
        match self {
            Self::None => "one page",
            Self::Page { .. } => "by page number",
            Self::Offset { .. } => "by offset",
            Self::Token { .. } => "by the token of the page before",
            Self::Link => "by the link in the page before",
            Self::Time { again: true, .. } => "by the time of the last row, which comes again",
            Self::Time { .. } => "by the instant after the last row",
            Self::Id {
                inclusive: true, ..
            } => "by the id of the last row, which comes again",
            Self::Id { .. } => "by the id of the last row",
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
