//! The verdicts of an audit. Pure: facts in, intervals out, which cover what was wanted without gap
//! or overlap.
//!
//! Strict on purpose: whatever is not proven is missing. What counts as a proof stands in
//! `docs/decisions/0014-what-audit-believes.md`.

mod ledger;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use serde::Serialize;
use sources::{Continuity, Grid};

use self::ledger::Answers;
use super::facts::{Claim, Line, Span, State, Stock, Unserved};
use super::proof::{self, Piece, Proof};

/// What the rows of a dataset can prove, for the parameters at hand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    Grid(Grid),
    Ids,
    /// Rows come around the clock.
    Flow,
    /// None while the market is closed.
    Sessions(fn(i64) -> bool),
    Nothing,
}

impl Rule {
    pub(super) fn of(continuity: Continuity, params: &sources::continuity::Params) -> Self {
        match continuity {
            Continuity::Grid(grid) => grid(params).map_or(Self::Nothing, Self::Grid),
            Continuity::Ids => Self::Ids,
            Continuity::Flow => Self::Flow,
            Continuity::Sessions(is_closed) => Self::Sessions(is_closed),
            Continuity::Nothing | Continuity::Elsewhere => Self::Nothing,
        }
    }

    /// Whether a long silence at the end of an answer needs a second one.
    fn is_steady(self) -> bool {
        matches!(self, Self::Ids | Self::Flow)
    }

    fn is_closed(self, span: Span) -> bool {
        const HOUR: usize = 3_600_000_000_000;
        let Self::Sessions(is_closed) = self else {
            return false;
        };
        let mut instants = (span.from..span.to).step_by(HOUR).chain([span.to - 1]);
        instants.all(is_closed)
    }
}

/// All that is known of one symbol.
pub(super) struct Track<'a> {
    /// As it is stored; empty where the dataset has none.
    pub(super) symbol: &'a str,
    /// What it should hold; in order, apart from each other, and their ends are edges of the stock.
    pub(super) wanted: &'a [Span],
    pub(super) rule: Rule,
    pub(super) stock: &'a Stock,
    /// Lines of the ledger about this symbol; the ends of their windows are edges of the stock.
    pub(super) lines: &'a [&'a Line],
    pub(super) unserved: &'a [Unserved],
    /// When the vendor answered anything of this dataset with rows, in order.
    pub(super) witnesses: &'a [i64],
    /// What jobs were to do about a span of which the ledger says nothing.
    pub(super) claims: &'a dyn Fn(Span) -> Vec<Claim>,
}

/// A part of what was wanted, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) span: Span,
    pub(super) state: State,
    /// Why, where it is not complete; what proves it, where it is.
    pub(super) reason: String,
    /// Where it failed.
    pub(super) step: String,
    pub(super) rows: u64,
    /// Whether an item that covers it is on its way.
    pub(super) is_waiting: bool,
    /// The answers that it rests on, some of them.
    pub(super) asks: Vec<Asked>,
}

/// An answer of the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Asked {
    pub(super) job: String,
    pub(super) item: String,
    pub(super) run: u64,
    #[serde(serialize_with = "super::report::instant")]
    pub(super) at: i64,
}

/// As many answers as a person reads.
const MOST_ASKS: usize = 6;

/// What a piece is, before its neighbours are looked at.
pub(super) struct Verdict {
    state: State,
    reason: String,
    step: String,
    asks: Vec<Asked>,
}

impl Verdict {
    fn new(state: State, reason: impl Into<String>) -> Self {
        Self {
            state,
            reason: reason.into(),
            step: String::new(),
            asks: Vec::new(),
        }
    }

    fn resting_on<'a>(mut self, lines: impl IntoIterator<Item = &'a Line>) -> Self {
        let asks = lines.into_iter().take(MOST_ASKS).map(|line| Asked {
            job: line.job.clone(),
            item: line.item.clone(),
            run: line.run,
            at: line.at,
        });
        self.asks = asks.collect();
        self
    }
}

/// Judges what was wanted of a symbol.
pub(super) fn judge(track: &Track<'_>) -> Vec<Interval> {
    let answers = Answers::of(track);
    let mut all = Vec::new();
    for wanted in track.wanted {
        let pieces = match track.rule {
            Rule::Grid(grid) => proof::by_grid(track.stock, track.symbol, *wanted, grid),
            Rule::Ids => proof::by_ids(track.stock, track.symbol, *wanted),
            _ => proof::unproven(track.stock, track.symbol, *wanted),
        };
        let mut intervals: Vec<_> = pieces
            .iter()
            .map(|piece| interval(track, &answers, piece))
            .collect();
        // A cell that ids cut into pieces is counted once.
        for (place, pair) in pieces.windows(2).enumerate() {
            if matches!(track.rule, Rule::Ids) && pair[0].cell == pair[1].cell {
                intervals[place + 1].rows = 0;
            }
        }
        neighbours(track, *wanted, &mut intervals);
        all.extend(merged(intervals));
    }
    all
}

fn interval(track: &Track<'_>, answers: &Answers<'_>, piece: &Piece) -> Interval {
    let mut unserved = track.unserved.iter();
    let unserved = unserved.find(|unserved| unserved.span.overlaps(piece.span));
    let verdict = match (&piece.proof, unserved) {
        (Proof::Whole(proof), _) if piece.rows > 0 => Verdict::new(State::Data, *proof),
        (Proof::Whole(proof), _) => Verdict::new(State::ConfirmedEmpty, *proof),
        (_, Some(unserved)) => Verdict::new(State::NotAvailable, unserved.reason.clone()),
        (Proof::Hole(reason), None) => answers.of_hole(piece, reason),
        (Proof::Open, None) => answers.of_open(piece),
    };
    let is_waiting = !verdict.state.is_complete()
        && (track.claims)(piece.span)
            .iter()
            .any(|claim| matches!(claim, Claim::Waiting { .. } | Claim::NotEnqueued { .. }));
    Interval {
        span: piece.span,
        state: verdict.state,
        reason: verdict.reason,
        step: verdict.step,
        rows: piece.rows,
        is_waiting,
        asks: verdict.asks,
    }
}

/// An empty piece that rests on answers needs data next to it, on each side where anything is known:
/// beside what is missing or not served, an empty answer proves nothing.
fn neighbours(track: &Track<'_>, wanted: Span, intervals: &mut [Interval]) {
    let stored = track.stock.cells(track.symbol);
    let around = |span: Span| {
        let place = |edge| track.stock.edges.partition_point(|other| *other < edge);
        let cells = stored.get(place(span.from)..place(span.to).min(stored.len()));
        cells.unwrap_or_default().iter().any(|cell| cell.rows > 0)
    };
    let before = around(Span::new(i64::MIN, wanted.from));
    let after = around(Span::new(wanted.to, i64::MAX));
    let settled = |interval: &Interval| match interval.state {
        State::Data => Some(true),
        State::ConfirmedEmpty => None,
        // Some of its rows are stored: the vendor had something there.
        _ => Some(interval.rows > 0),
    };
    let seen: Vec<Option<bool>> = intervals.iter().map(settled).collect();
    let mut left = Vec::with_capacity(seen.len());
    let mut last = before.then_some(true);
    for state in &seen {
        left.push(last);
        last = state.or(last);
    }
    let mut right = after.then_some(true);
    for (place, interval) in intervals.iter_mut().enumerate().rev() {
        let sides = [left[place], right];
        right = seen[place].or(right);
        if interval.state != State::ConfirmedEmpty || interval.asks.is_empty() {
            continue;
        }
        let is_closed = track.rule.is_closed(interval.span);
        let why = match sides {
            _ if is_closed => continue,
            [Some(false), _] | [_, Some(false)] => {
                "answered empty, but what lies next to it is not complete"
            }
            [None, None] => {
                "answered empty, but nothing is stored before or after it that proves that the vendor serves it"
            }
            // At an edge of what is stored, a market that never rests is not believed to rest on
            // two answers of one moment.
            [None, _] | [_, None] if track.rule.is_steady() && !are_apart(&interval.asks) => {
                "answered empty more than once within an hour, and nothing is stored on one side of it; --repair asks again"
            }
            _ => continue,
        };
        interval.state = State::Missing;
        interval.reason = why.to_owned();
    }
}

/// Whether the first and the last of some answers are far apart.
fn are_apart(asks: &[Asked]) -> bool {
    let times = || asks.iter().map(|asked| asked.at);
    let (first, last) = (times().min(), times().max());
    last.zip(first)
        .is_some_and(|(last, first)| last.saturating_sub(first) >= ledger::APART)
}

/// Whether two intervals can be told as one: why they are complete may differ.
fn is_alike(one: &Interval, other: &Interval) -> bool {
    (one.state, one.is_waiting) == (other.state, other.is_waiting)
        && (one.state.is_complete() || (&one.reason, &one.step) == (&other.reason, &other.step))
}

/// Adjacent intervals of which the same is known, as one.
fn merged(intervals: Vec<Interval>) -> Vec<Interval> {
    let mut kept: Vec<Interval> = Vec::new();
    for interval in intervals {
        match kept.last_mut() {
            Some(last) if is_alike(last, &interval) => {
                last.span.to = interval.span.to;
                if !last.reason.contains(&interval.reason) {
                    last.reason = format!("{}; {}", last.reason, interval.reason);
                }
                last.rows += interval.rows;
                for ask in interval.asks {
                    if last.asks.len() < MOST_ASKS && !last.asks.contains(&ask) {
                        last.asks.push(ask);
                    }
                }
            }
            _ => kept.push(interval),
        }
    }
    kept
}
