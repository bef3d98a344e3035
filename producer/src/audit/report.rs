//! What an audit prints: a calendar, a table of intervals and what to do, or all of it as JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::compare::Compared;
use super::expect::{Expected, Wanted, at};
use super::facts::{Span, State};
use super::heat;
use super::judge::{Asked, Interval};
use crate::output::{self, Output, number};

/// Lines of the table; all of it is in the JSON.
const MOST_LINES: usize = 60;
/// What fits a line.
const LONGEST_REASON: usize = 110;
const NS_PER_SECOND: i64 = 1_000_000_000;

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    audit: String,
    source: &'static str,
    dataset: &'static str,
    params: BTreeMap<String, String>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// Whether every interval is data or confirmed empty.
    complete: bool,
    /// Seconds and intervals of each state, over all symbols.
    totals: BTreeMap<State, Total>,
    rows: u64,
    symbols: Vec<Symbol>,
    notes: Vec<String>,
    /// What `--verify` found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verified: Option<Compared>,
    /// What `--against` found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) against: Option<Compared>,
    /// What `--repair` did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repair: Option<super::repair::Repaired>,
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Total {
    intervals: u64,
    seconds: i64,
}

/// One symbol.
#[derive(Debug, Serialize)]
pub(super) struct Symbol {
    /// As it is stored; nothing where the dataset has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) symbol: String,
    /// As it is asked for.
    #[serde(skip)]
    pub(super) asked: Option<String>,
    complete: bool,
    rows: u64,
    pub(super) intervals: Vec<Shown>,
}

/// An interval as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    #[serde(skip)]
    pub(super) span: Span,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    pub(super) state: State,
    /// Why it is not complete, or what proves that it is.
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    step: String,
    rows: u64,
    /// An item that covers it is on its way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) waiting: bool,
    /// The answers of the vendor that it rests on, some of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asks: Vec<Asked>,
}

/// An instant of nanoseconds, as text.
pub(super) fn instant<S: Serializer>(ns: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    at(*ns).serialize(serializer)
}

impl Report {
    pub(super) fn new(expected: &Expected) -> Self {
        let hull = expected.hull();
        Self {
            audit: expected.name.to_string(),
            source: expected.source,
            dataset: expected.dataset.name,
            params: expected.params.clone(),
            from: at(hull.from),
            to: at(hull.to),
            complete: true,
            totals: BTreeMap::new(),
            rows: 0,
            symbols: Vec::new(),
            notes: Vec::new(),
            verified: None,
            against: None,
            repair: None,
        }
    }

    pub(super) fn add(&mut self, symbol: &str, wanted: &Wanted, intervals: Vec<Interval>) {
        let complete = intervals
            .iter()
            .all(|interval| interval.state.is_complete());
        let rows = intervals.iter().map(|interval| interval.rows).sum();
        self.complete &= complete;
        self.rows += rows;
        self.symbols.push(Symbol {
            symbol: symbol.to_owned(),
            asked: wanted.symbol.clone(),
            complete,
            rows,
            intervals: intervals.into_iter().map(Shown::of).collect(),
        });
        self.count();
    }

    /// Something a person should know.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Whether all is complete, and nothing that was compared differs.
    pub(super) fn is_good(&self) -> bool {
        let compared = self.verified.iter().chain(&self.against);
        self.complete && compared.into_iter().all(Compared::is_alike)
    }

    /// Says of a part of what is data that it is out of date.
    pub(super) fn mark_stale(&mut self, place: usize, span: Span, reason: &str) {
        let symbol = &mut self.symbols[place];
        let mut kept = Vec::with_capacity(symbol.intervals.len() + 2);
        for shown in symbol.intervals.drain(..) {
            let stale = shown.span.within(span);
            if stale.is_empty() || shown.state != State::Data {
                kept.push(shown);
                continue;
            }
            let before = Span::new(shown.span.from, stale.from);
            let after = Span::new(stale.to, shown.span.to);
            // Nobody counted the rows of the parts: they stay with the first.
            let mut rows = shown.rows;
            for (span, state) in [
                (before, State::Data),
                (stale, State::Stale),
                (after, State::Data),
            ] {
                if span.is_empty() {
                    continue;
                }
                let reason = if state == State::Stale {
                    reason
                } else {
                    &shown.reason
                };
                kept.push(Shown::of(Interval {
                    span,
                    state,
                    reason: reason.to_owned(),
                    step: String::new(),
                    rows: std::mem::take(&mut rows),
                    is_waiting: false,
                    asks: shown.asks.clone(),
                }));
            }
        }
        kept.dedup_by(|next, last| {
            let is_alike = (last.state, &last.reason) == (next.state, &next.reason)
                && (last.waiting, &last.step) == (next.waiting, &next.step);
            if is_alike {
                (last.span.to, last.to) = (next.span.to, next.to);
                last.rows += next.rows;
            }
            is_alike
        });
        symbol.intervals = kept;
        symbol.complete = false;
        self.complete = false;
        self.count();
    }

    /// Counts intervals and seconds of each state.
    fn count(&mut self) {
        self.totals.clear();
        for shown in self.symbols.iter().flat_map(|symbol| &symbol.intervals) {
            let total = self.totals.entry(shown.state).or_default();
            total.intervals += 1;
            total.seconds += (shown.span.to - shown.span.from) / NS_PER_SECOND;
        }
    }

    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    pub(super) fn print(&self, output: Output) -> anyhow::Result<()> {
        output.print(self, Self::human)
    }

    fn human(&self) -> String {
        let params: Vec<_> = self
            .params
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let title = output::pairs(&[
            (
                "audit",
                format!("{} {} {}", self.source, self.dataset, params.join(" ")),
            ),
            (
                "range",
                format!("{} to {}", shown(self.from), shown(self.to)),
            ),
            ("symbols", self.symbols_words()),
            ("rows", number(self.rows)),
        ]);
        let mut text = title + "\n" + &heat::map(&self.days(), heat::colours()) + "\n";
        text += &self.table();
        for note in &self.notes {
            text += &format!("note: {note}\n");
        }
        for compared in self.verified.iter().chain(&self.against) {
            text += &compared.human();
        }
        text += &self
            .repair
            .as_ref()
            .map(super::repair::Repaired::human)
            .unwrap_or_default();
        text + &self.verdict()
    }

    fn symbols_words(&self) -> String {
        let complete = self.symbols.iter().filter(|symbol| symbol.complete).count();
        format!("{}, {complete} complete", self.symbols.len())
    }

    /// What is to be seen of each symbol in the calendar; of many symbols all together.
    fn days(&self) -> Vec<heat::Row<'_>> {
        const MOST_ROWS: usize = 5;
        let spans = |symbol: &'_ Symbol| {
            symbol
                .intervals
                .iter()
                .map(|shown| (shown.span, shown.state))
                .collect::<Vec<_>>()
        };
        if self.symbols.len() <= MOST_ROWS {
            return self
                .symbols
                .iter()
                .map(|symbol| (symbol.symbol.as_str(), spans(symbol)))
                .collect();
        }
        vec![("all symbols", self.symbols.iter().flat_map(spans).collect())]
    }

    /// What is not complete first, by symbol and time; what is, in one line a symbol at most.
    fn table(&self) -> String {
        let header = ["symbol", "from", "to", "state", "rows", "reason"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        let wanted = |complete: bool| {
            let all = self
                .symbols
                .iter()
                .flat_map(|symbol| symbol.intervals.iter().map(move |shown| (symbol, shown)));
            all.filter(move |(_, shown)| shown.state.is_complete() == complete)
        };
        let lines: Vec<_> = wanted(false).chain(wanted(true)).collect();
        rows.extend(
            lines
                .iter()
                .take(MOST_LINES)
                .map(|(symbol, shown)| shown.line(&symbol.symbol)),
        );
        let mut text = output::table(&rows);
        if lines.len() > MOST_LINES {
            text += &format!(
                "and {} more; --output json has all\n",
                number((lines.len() - MOST_LINES) as u64)
            );
        }
        text
    }

    fn verdict(&self) -> String {
        if self.complete {
            let but = if self.is_good() {
                ""
            } else {
                ", but not all that was compared is alike"
            };
            return format!("complete{but}\n");
        }
        let parts: Vec<_> = State::ALL
            .iter()
            .filter(|state| !state.is_complete())
            .filter_map(|state| Some((state, self.totals.get(state)?)))
            .map(|(state, total)| {
                format!(
                    "{} {} ({})",
                    number(total.intervals),
                    state.words(),
                    length(total.seconds)
                )
            })
            .collect();
        let hint = match self
            .symbols
            .iter()
            .flat_map(|symbol| &symbol.intervals)
            .any(Shown::is_repairable)
        {
            true if self.repair.is_none() => "; --repair asks for them again",
            _ => "",
        };
        format!("incomplete: {}{hint}\n", parts.join(", "))
    }
}

impl Shown {
    fn of(interval: Interval) -> Self {
        Self {
            span: interval.span,
            from: at(interval.span.from),
            to: at(interval.span.to),
            state: interval.state,
            reason: interval.reason,
            step: interval.step,
            rows: interval.rows,
            waiting: interval.is_waiting,
            asks: interval.asks,
        }
    }

    /// Whether it is worth asking for it again, and nobody does so already.
    pub(super) fn is_repairable(&self) -> bool {
        self.state.is_gap() && !self.waiting
    }

    fn line(&self, symbol: &str) -> Vec<String> {
        let reason = match self.step.as_str() {
            "" => self.reason.clone(),
            step => format!("{step}: {}", self.reason),
        };
        vec![
            symbol.to_owned(),
            shown(self.from),
            shown(self.to),
            self.state.words().to_owned(),
            number(self.rows),
            reason.chars().take(LONGEST_REASON).collect(),
        ]
    }
}

/// A length of time in its largest units.
fn length(seconds: i64) -> String {
    output::span(std::time::Duration::from_secs(seconds.unsigned_abs()))
}

/// An instant as short as it can be told: midnight by its date alone.
fn shown(at: DateTime<Utc>) -> String {
    match at.timestamp_subsec_nanos() == 0 && at.timestamp().rem_euclid(86_400) == 0 {
        true => at.date_naive().to_string(),
        false => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }
}
