//! Reads and checks `[dataset.columns]`: each column of the table, and where its value comes from.

use std::collections::BTreeMap;

use common::tables::{self, CellKind, Table};

use super::dataset::time_column;
use super::model::{Column, Origin, Type};
use super::path::Path;
use super::section::{Section, nearest};
use super::select::Tree;
use super::stamp::Stamp;
use super::template::{Hole, Template};
use crate::source::Selection;

/// What can stand in holes of this dataset.
pub(super) struct Scope<'a> {
    pub(super) selection: Selection,
    pub(super) stars: usize,
    pub(super) params: &'a [(&'a str, String)],
}

/// The columns, and what is taken out of a row for them.
pub(super) struct Columns {
    pub(super) columns: Vec<Option<Column>>,
    pub(super) tree: Tree,
    /// The place of the cursor's field.
    pub(super) cursor: Option<usize>,
    pub(super) ts: Option<usize>,
}

pub(super) fn read(
    dataset: &Section<'_>,
    table: Table,
    scope: &Scope<'_>,
    cursor: Option<&Path>,
) -> Columns {
    let mut paths = Vec::new();
    let given = dataset.section("columns");
    if let Some(section) = &given {
        for name in section.table.keys() {
            let known = table.columns().iter().any(|column| column.name == name);
            if !known {
                let near = nearest(name, table.columns().iter().map(|column| column.name));
                section.wrong(
                    name,
                    format_args!("{} has no such column; the nearest is {near}", table.name()),
                );
            }
        }
    }
    let one = |column: &tables::Column| {
        let written = given
            .as_ref()
            .and_then(|section| Some((section, section.table.get(column.name)?)));
        match written {
            Some((section, value)) => one(section, column, value, scope, &mut paths),
            None => default(table, column, scope, &mut paths).or_else(|| {
                if !column.nullable {
                    let key = format!("columns.{}", column.name);
                    dataset.wrong(
                        &key,
                        format_args!(
                            "is missing; {} needs it, write where {} stands",
                            table.name(),
                            column.takes
                        ),
                    );
                }
                None
            }),
        }
    };
    let columns: Vec<_> = table.columns().iter().map(one).collect();
    let place = cursor.map(|path| {
        paths.push(path.clone());
        paths.len() - 1
    });
    let ts = time_column(table).filter(|ts| columns[*ts].is_some());
    Columns {
        columns,
        tree: Tree::new(&paths),
        cursor: place,
        ts,
    }
}

/// What a column holds that the manifest does not name.
fn default(
    table: Table,
    column: &tables::Column,
    scope: &Scope<'_>,
    paths: &mut Vec<Path>,
) -> Option<Column> {
    let symbols = matches!(
        scope.selection,
        Selection::SymbolRange | Selection::Snapshot
    );
    let now = matches!(scope.selection, Selection::Snapshot | Selection::Now);
    let text = match column.name {
        "source" => "{source}",
        "dataset" => "{dataset}",
        "id" if scope.selection == Selection::Ids && table == Table::Document => "{id}",
        "symbol" if symbols => "{symbol}",
        "venue_symbol" if symbols => "{venue_symbol}",
        "flags" | "exchange" => "",
        "adjusted" => "raw",
        "sequence" => "0",
        "ts" if now => {
            return Some(Column {
                origin: Origin::Fetched,
                kind: Type::Time(Stamp::Ns),
                map: BTreeMap::new(),
                shown: String::new(),
            });
        }
        "body" if table == Table::Document => {
            paths.push(Path::default());
            return Some(Column {
                origin: Origin::Path(paths.len() - 1),
                kind: Type::Json,
                map: BTreeMap::new(),
                shown: ".".to_owned(),
            });
        }
        _ => return None,
    };
    Some(Column {
        origin: Origin::Template(Template::parse(text).ok()?),
        kind: if column.takes == CellKind::Int {
            Type::Int
        } else {
            Type::Text
        },
        map: BTreeMap::new(),
        shown: text.to_owned(),
    })
}

/// A column as the manifest writes it: a path, a text with holes, or a table of either with a
/// type.
fn one(
    section: &Section<'_>,
    column: &tables::Column,
    value: &toml::Value,
    scope: &Scope<'_>,
    paths: &mut Vec<Path>,
) -> Option<Column> {
    let mut table = toml::Table::new();
    let (at, table) = match value {
        toml::Value::String(text) => {
            let key = if text.contains('{') { "value" } else { "path" };
            table.insert(key.to_owned(), value.clone());
            (section.key(column.name), &table)
        }
        toml::Value::Table(table) => (section.key(column.name), table),
        other => {
            section.wrong(
                column.name,
                format_args!("{}, expected a path in quotes or a table", other.type_str()),
            );
            return None;
        }
    };
    let inner = section.below(at, table);
    let kind = kind(&inner, column);
    let origin = origin(&inner, column, scope, paths);
    let map = inner
        .texts("map")
        .into_iter()
        .map(|(from, to)| (from.to_owned(), to))
        .collect();
    let kind = kind.map(|kind| match kind {
        Type::Levels(_) => Type::Levels(sides(&inner)),
        kind => kind,
    });
    inner.done();
    let (origin, shown) = origin?;
    Some(Column {
        origin,
        kind: kind?,
        map,
        shown,
    })
}

fn origin(
    section: &Section<'_>,
    column: &tables::Column,
    scope: &Scope<'_>,
    paths: &mut Vec<Path>,
) -> Option<(Origin, String)> {
    match (section.text("path"), section.text("value")) {
        (Some(text), None) => {
            let path = Path::parse(text)
                .map_err(|what| section.wrong("path", what))
                .ok()?;
            let shown = path.text.clone();
            paths.push(path);
            Some((Origin::Path(paths.len() - 1), shown))
        }
        (None, Some(text)) => {
            let template = Template::parse(text)
                .map_err(|what| section.wrong("value", what))
                .ok()?;
            for hole in template.holes() {
                if let Some(what) = scope.wrong_hole(hole, true) {
                    section.wrong("value", what);
                }
            }
            Some((Origin::Template(template), text.to_owned()))
        }
        (Some(_), Some(_)) => {
            section.wrong("value", "stands beside path; leave one of them out");
            None
        }
        (None, None) => {
            let known = section.table.contains_key("path") || section.table.contains_key("value");
            if !known {
                section.wrong(
                    "path",
                    format_args!(
                        "is missing; write where {} stands, or value = a text",
                        column.takes
                    ),
                );
            }
            None
        }
    }
}

/// How the text becomes a value: as told, or by what the column takes.
fn kind(section: &Section<'_>, column: &tables::Column) -> Option<Type> {
    let Some(name) = section.text("type") else {
        return usual(section, column);
    };
    let stamps = Stamp::NAMES.map(|(name, _)| format!("time_{name}"));
    let names = ["text", "json", "decimal", "int", "float", "bool", "levels"];
    let kind = match name {
        "text" => Type::Text,
        "json" => Type::Json,
        "decimal" => Type::Decimal,
        "int" => Type::Int,
        "float" => Type::Float,
        "bool" => Type::Flag,
        "levels" => Type::Levels(Tree::default()),
        other => match other.strip_prefix("time_").and_then(Stamp::named) {
            Some(stamp) => Type::Time(stamp),
            None => {
                let all = names.into_iter().chain(stamps.iter().map(String::as_str));
                section.wrong(
                    "type",
                    format_args!(
                        "there is no type {other:?}; the nearest is {}",
                        nearest(other, all)
                    ),
                );
                return None;
            }
        },
    };
    if kind.gives() != column.takes {
        let fits = usual_name(column.takes);
        section.wrong(
            "type",
            format_args!(
                "{name} does not fit, the column takes {}; write {fits}",
                column.takes
            ),
        );
        return None;
    }
    Some(kind)
}

fn usual(section: &Section<'_>, column: &tables::Column) -> Option<Type> {
    Some(match column.takes {
        CellKind::Text => Type::Text,
        CellKind::Decimal => Type::Decimal,
        CellKind::Int => Type::Int,
        CellKind::Float => Type::Float,
        CellKind::Flag => Type::Flag,
        CellKind::Levels => Type::Levels(Tree::default()),
        kind @ (CellKind::Time | CellKind::Texts) => {
            section.wrong(
                "type",
                format_args!("is missing; write one of {}", usual_name(kind)),
            );
            return None;
        }
    })
}

fn usual_name(takes: CellKind) -> &'static str {
    match takes {
        CellKind::Text => "text or json",
        CellKind::Decimal => "decimal",
        CellKind::Int => "int",
        CellKind::Float => "float",
        CellKind::Flag => "bool",
        CellKind::Levels => "levels",
        CellKind::Texts => "no type, as only the ledger has columns of texts",
        CellKind::Time => "time_s, time_ms, time_us, time_ns, time_rfc3339, time_utc, time_date",
    }
}

/// Where price and amount stand in a level.
fn sides(section: &Section<'_>) -> Tree {
    let side = |key: &'static str, usual: &str| {
        let path = Path::parse(section.text(key).unwrap_or(usual));
        path.map_err(|what| section.wrong(key, what))
            .unwrap_or_default()
    };
    Tree::new([&side("price", "[0]"), &side("amount", "[1]")])
}

impl Scope<'_> {
    /// Why there can be nothing in a hole.
    pub(super) fn wrong_hole(&self, hole: &Hole, in_column: bool) -> Option<String> {
        let symbols = matches!(self.selection, Selection::SymbolRange | Selection::Snapshot);
        match hole {
            Hole::Symbol | Hole::VenueSymbol if !symbols => {
                Some("{symbol} is used, but the dataset has none; write symbols = true".to_owned())
            }
            Hole::Id if self.selection != Selection::Ids => {
                Some("{id} is used, but the dataset is not by id; write by = \"id\"".to_owned())
            }
            Hole::From(_) | Hole::To(_) if self.selection == Selection::Ids => Some(
                "{from} and {to} are used, but a dataset by id has no range of time".to_owned(),
            ),
            Hole::Param(name) if !self.params.iter().any(|(own, _)| own == name) => {
                let near = nearest(name, self.params.iter().map(|(own, _)| *own));
                Some(format!(
                    "{{param.{name}}} is not in params; the nearest is {near}"
                ))
            }
            Hole::Key(_) if !in_column => Some("{key} stands only in columns".to_owned()),
            Hole::Key(place) if *place == 0 || *place > self.stars => Some(format!(
                "{{key.{place}}} is used, but rows has {} stars",
                self.stars
            )),
            Hole::Cursor | Hole::Size if in_column => {
                Some("{cursor} and {size} stand only in requests".to_owned())
            }
            _ => None,
        }
    }
}
