//! Reads a reply into rows, as the manifest says, and finds out how to go on.
//!
//! All values of a page are read before the first row is pushed, so that a reply that cannot be
//! read leaves nothing behind.

mod next;

use std::borrow::Cow;
use std::collections::BTreeMap;

use common::item::Work;
use common::tables::{self, Rows, Table};
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_64;

use super::ask::Context;
use super::model::{Column, Manifest, Offer, Order, Origin, ROWS, Style};
use super::page::State;
use super::path::Path;
use super::select::{Found, Key, Tree, members, scalar};
use super::stamp::bar_end;
use super::template::Hole;
use super::value::Value;
use crate::ask::{Next, ParseError};
use crate::json::{self, head};
use crate::source::{Reply, Selection};
use crate::window::Window;

impl Manifest {
    pub(super) fn rows(
        &self,
        offer: &Offer,
        reply: &Reply<'_>,
        rows: &mut Rows,
    ) -> Result<Next, ParseError> {
        let wrong = |at: String, what: String| ParseError { at, what };
        let text = std::str::from_utf8(reply.body)
            .map_err(|error| wrong(format!("byte {}", error.valid_up_to()), "no UTF-8".into()))?;
        let mut found = Vec::new();
        if let Err(error) = offer.body.pick(text, &mut found) {
            json::read::<&RawValue>(reply.body)?;
            return Err(wrong(".".into(), error.to_string()));
        }
        let context = Context::new(self, offer, reply.item, reply.id)
            .map_err(|refusal| wrong("item".into(), refusal.0))?;
        let fixed = fixed(offer, &context);
        let mut page = Page::new(offer, reply, &context, &fixed);
        page.all(text, found[ROWS])?;
        let next = page.next(&found)?;
        let width = offer.columns.len();
        for row in page.values.chunks_exact(width) {
            let mut cells = row.iter();
            rows.push_cells(offer.table, &mut |_| {
                cells.next()?.as_ref().map(Value::cell)
            })
            .map_err(|error| wrong(".".into(), error.to_string()))?;
        }
        Ok(next)
    }
}

/// The text of a template that is the same in every row; `None` where it is none.
type Fixed = Option<Result<String, Hole>>;

fn fixed(offer: &Offer, context: &Context<'_>) -> Vec<Fixed> {
    let one = |column: &Option<Column>| {
        let Origin::Template(template) = &column.as_ref()?.origin else {
            return None;
        };
        let varies = template.holes().any(|hole| matches!(hole, Hole::Key(_)));
        let text = || {
            template
                .fill(&|hole| context.value(hole))
                .map_err(Hole::clone)
        };
        (!varies).then(text)
    };
    offer.columns.iter().map(one).collect()
}

impl Offer {
    /// Texts that follow from the parameters alone.
    pub(super) fn constants(
        &self,
        params: &BTreeMap<String, String>,
    ) -> Vec<(&'static str, String)> {
        let param = |hole: &Hole| match hole {
            Hole::Param(name) => params.get(name).map(|value| Cow::Borrowed(value.as_str())),
            _ => None,
        };
        let columns = self.table.columns().iter().zip(&self.columns);
        let constant = |(of, column): (&tables::Column, &Option<Column>)| {
            let column = column.as_ref()?;
            let Origin::Template(template) = &column.origin else {
                return None;
            };
            let text = template.fill(&param).ok()?;
            match column.of_text(Cow::Owned(text)).ok()?? {
                Value::Text(text) => Some((of.name, text.into_owned())),
                _ => None,
            }
        };
        columns.filter_map(constant).collect()
    }
}

/// A page as it is read.
struct Page<'a> {
    offer: &'a Offer,
    window: Option<Window>,
    fetched: i64,
    state: State,
    /// The texts of templates that are the same in every row.
    fixed: &'a [Fixed],
    context: &'a Context<'a>,
    /// The values of the rows, `offer.columns.len()` each.
    values: Vec<Option<Value<'a>>>,
    /// Rows of the page.
    count: u64,
    /// Of these, those that no page before had.
    fresh: u64,
    mark: u64,
    /// The latest and the earliest row.
    times: Option<(i64, i64)>,
    last: Option<Cow<'a, str>>,
    /// For a cursor by time: the outermost instant in the units of requests, and its rows.
    edge: Option<i64>,
    at_edge: Vec<u64>,
}

/// Where a row stands, told only when something is wrong with it.
struct Place<'k, 'a> {
    parts: &'k [Path],
    keys: &'k [Key<'a>],
    index: Option<usize>,
}

impl Place<'_, '_> {
    fn of(&self, column: &str) -> String {
        let mut at = String::new();
        for (number, part) in self.parts.iter().enumerate() {
            at.push_str(&part.text);
            if let Some(key) = self.keys.get(number) {
                at.push_str(&key.to_string());
            }
        }
        if let Some(index) = self.index {
            at.push_str(&format!("[{index}]"));
        }
        match column {
            "" | "." => {}
            column if column.starts_with('[') => at.push_str(column),
            column => at.push_str(&format!(".{column}")),
        }
        let at = at.strip_prefix('.').unwrap_or(&at);
        if at.is_empty() {
            ".".to_owned()
        } else {
            at.to_owned()
        }
    }
}

impl<'a> Page<'a> {
    fn new(
        offer: &'a Offer,
        reply: &Reply<'_>,
        context: &'a Context<'a>,
        fixed: &'a [Fixed],
    ) -> Self {
        let by_time = matches!(offer.selection, Selection::Range | Selection::SymbolRange)
            && matches!(reply.item.work, Work::Range { .. });
        Self {
            offer,
            window: by_time.then(|| Window::of(reply.item)),
            fetched: reply.fetched_at_ms.saturating_mul(1_000_000),
            state: State::of(reply.cursor).unwrap_or_default(),
            fixed,
            context,
            values: Vec::new(),
            count: 0,
            fresh: 0,
            mark: 0,
            times: None,
            last: None,
            edge: None,
            at_edge: Vec::new(),
        }
    }

    /// Reads every row of the reply.
    fn all(&mut self, text: &'a str, rows: Option<&'a RawValue>) -> Result<(), ParseError> {
        let Some(parts) = &self.offer.rows else {
            let whole = rows.map_or(text, RawValue::get);
            let place = Place {
                parts: &[],
                keys: &[],
                index: None,
            };
            let mut found = Vec::new();
            return self.row(whole, &place, &mut found);
        };
        let Some(rows) = rows else {
            let at = parts[0].text.trim_start_matches('.').to_owned();
            let what = format!("missing in {}, expected the rows", head(text));
            return Err(ParseError { at, what });
        };
        let (mut keys, mut found) = (Vec::new(), Vec::new());
        self.descend(rows, parts, &mut keys, &mut found)
    }

    /// Follows the stars; `keys` are those passed so far.
    fn descend(
        &mut self,
        raw: &'a RawValue,
        parts: &'a [Path],
        keys: &mut Vec<Key<'a>>,
        found: &mut Found<'a>,
    ) -> Result<(), ParseError> {
        let depth = keys.len();
        if depth + 1 < parts.len() {
            let inside = members(raw).map_err(|error| ParseError {
                at: Place {
                    parts,
                    keys,
                    index: None,
                }
                .of(""),
                what: error.to_string(),
            })?;
            for (key, child) in inside {
                keys.push(key);
                let part = &parts[depth + 1];
                let child = if part.steps.is_empty() {
                    Some(child)
                } else {
                    Tree::new([part]).one(child.get()).ok().flatten()
                };
                if let Some(child) = child {
                    self.descend(child, parts, keys, found)?;
                }
                keys.pop();
            }
            return Ok(());
        }
        let ends_with_star = depth > 0 && parts[depth].steps.is_empty();
        match raw.get().as_bytes().first() {
            Some(b'n') => Ok(()),
            Some(b'[') if !ends_with_star => {
                let elements: Vec<&'a RawValue> = json::read(raw.get().as_bytes())?;
                for (index, element) in elements.into_iter().enumerate() {
                    let place = Place {
                        parts,
                        keys,
                        index: Some(index),
                    };
                    self.row(element.get(), &place, found)?;
                }
                Ok(())
            }
            _ => self.row(
                raw.get(),
                &Place {
                    parts,
                    keys,
                    index: None,
                },
                found,
            ),
        }
    }

    fn row(
        &mut self,
        raw: &'a str,
        place: &Place<'_, 'a>,
        found: &mut Found<'a>,
    ) -> Result<(), ParseError> {
        let wrong = |column: &str, what: String| ParseError {
            at: place.of(column),
            what,
        };
        let offer = self.offer;
        let hash = xxh3_64(raw.as_bytes());
        self.count += 1;
        self.mark = self.mark.rotate_left(5) ^ hash;
        offer
            .row
            .pick(raw, found)
            .map_err(|error| wrong("", error.to_string()))?;
        let start = self.values.len();
        let table = offer.table.columns();
        for (number, column) in offer.columns.iter().enumerate() {
            let value = match column {
                None => None,
                Some(column) => {
                    let shown = if matches!(column.origin, Origin::Path(_)) {
                        &column.shown
                    } else {
                        ""
                    };
                    self.value(number, place.keys, found)
                        .map_err(|what| match shown {
                            "" => wrong("", format!("column {}: {what}", table[number].name)),
                            shown => wrong(shown, what),
                        })?
                }
            };
            if value.is_none() && !table[number].nullable {
                let shown = column.as_ref().map_or("", |column| &column.shown);
                let what = format!(
                    "nothing for {}, expected {}",
                    table[number].name, table[number].takes
                );
                return Err(wrong(shown, what));
            }
            self.values.push(value);
        }
        self.follow(hash, found).map_err(|what| wrong("", what))?;
        let again = self.state.seen.iter().position(|seen| *seen == hash);
        if let Some(again) = again {
            self.state.seen.swap_remove(again);
        } else {
            self.fresh += 1;
        }
        if again.is_some() || self.is_left_out(start)? {
            self.values.truncate(start);
        }
        Ok(())
    }

    fn value(
        &self,
        number: usize,
        keys: &[Key<'a>],
        found: &Found<'a>,
    ) -> Result<Option<Value<'a>>, String> {
        let Some(column) = &self.offer.columns[number] else {
            return Ok(None);
        };
        let template = match &column.origin {
            Origin::Path(slot) => return found[*slot].map_or(Ok(None), |raw| column.of_json(raw)),
            Origin::Fetched => return Ok(Some(Value::Time(self.fetched))),
            Origin::Template(template) => template,
        };
        let fixed: &'a [Fixed] = self.fixed;
        let text = match &fixed[number] {
            Some(Ok(text)) => return column.of_text(Cow::Borrowed(text)),
            Some(Err(hole)) => return Err(hole.missing()),
            None => {
                let key = |place: &usize| keys.get(place.checked_sub(1)?).map(Key::text);
                let value = |hole: &Hole| match hole {
                    Hole::Key(place) => key(place).map(|text| Cow::Owned(text.into_owned())),
                    hole => self.context.value(hole),
                };
                template.fill(&value).map_err(Hole::clone)
            }
        };
        column.of_text(Cow::Owned(text.map_err(|hole| hole.missing())?))
    }

    /// Remembers what the cursor needs of a row.
    fn follow(&mut self, hash: u64, found: &Found<'a>) -> Result<(), String> {
        let Some(slot) = self.offer.row_cursor else {
            return Ok(());
        };
        let Some(field) = found[slot].and_then(scalar) else {
            return Err("the field of the cursor is missing in a row".to_owned());
        };
        if let Style::Time { stamp, .. } = self.offer.cursor {
            let unit = self.offer.time.stamp.unit();
            let time = stamp.read(&field)?.div_euclid(unit) * unit;
            let newest_first = self.offer.order == Order::NewestFirst;
            let further = self.edge.is_none_or(|edge| {
                if newest_first {
                    time < edge
                } else {
                    time > edge
                }
            });
            if further {
                self.edge = Some(time);
                self.at_edge.clear();
            }
            if self.edge == Some(time) {
                self.at_edge.push(hash);
            }
        } else {
            self.at_edge = vec![hash];
        }
        self.last = Some(field);
        Ok(())
    }

    /// Whether the row from `start` on lies outside the slice, or is a bar that is still open.
    fn is_left_out(&mut self, start: usize) -> Result<bool, ParseError> {
        let row = &self.values[start..];
        let Some(Value::Time(ts)) = self.offer.ts.and_then(|ts| row[ts].as_ref()) else {
            return Ok(false);
        };
        let ts = *ts;
        let (first, last) = self.times.unwrap_or((ts, ts));
        self.times = Some((first.min(ts), last.max(ts)));
        let open = self.is_open(row, ts)?;
        Ok(open || self.window.is_some_and(|window| !window.contains(ts)))
    }

    fn is_open(&self, row: &[Option<Value<'a>>], ts: i64) -> Result<bool, ParseError> {
        let named = |name: &str| {
            let columns = self.offer.table.columns();
            row[columns.iter().position(|column| column.name == name)?].as_ref()
        };
        let length = match self.offer.table {
            Table::Kline => named("interval"),
            Table::VolatilityIndex => named("resolution"),
            _ => return Ok(false),
        };
        if let Some(Value::Time(close)) = named("close_time") {
            return Ok(*close >= self.fetched);
        }
        let Some(Value::Text(length)) = length else {
            return Ok(false);
        };
        let end = bar_end(ts, length).ok_or_else(|| ParseError {
            at: "interval".to_owned(),
            what: format!("{length:?}, expected the length of a bar such as 1m, 4h, 1d or 1M"),
        })?;
        Ok(end > self.fetched)
    }
}
