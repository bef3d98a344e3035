//! What the ledger proves of a piece that its rows do not prove: who asked for it, what was answered,
//! and whether that is stored.

use super::{Rule, Track, Verdict};
use crate::audit::facts::{Claim, Line, Outcome, Span, State};
use crate::audit::proof::Piece;

const NS_PER_HOUR: i64 = 3_600_000_000_000;
/// Two empty answers this far apart are two, whatever else the vendor said meanwhile.
pub(super) const APART: i64 = NS_PER_HOUR;
/// A silence at the end of an answer is suspicious when it is longer than so many times the usual
/// one, longer than this part of the window, and a full page of rows came at least: an answer that
/// ended too early looks like this.
const SILENCES: i64 = 25;
const PART_OF_WINDOW: i64 = 8;
const ROWS_OF_A_PAGE: u64 = 100;

/// A line of the ledger, held against what is stored.
struct Seen<'a> {
    line: &'a Line,
    /// Rows stored in its window; nothing where the window was not looked at whole.
    stored: Option<u64>,
    /// Where its rows begin and end, if that is suspicious.
    silent: [Option<Span>; 2],
}

impl Seen<'_> {
    fn is_done(&self) -> bool {
        self.line.outcome == Outcome::Done
    }

    /// Whether all that it published is stored.
    fn is_stored(&self) -> bool {
        self.stored.is_some_and(|stored| stored >= self.line.rows)
    }
}

/// The ledger of one symbol.
pub(super) struct Answers<'a> {
    track: &'a Track<'a>,
    seen: Vec<Seen<'a>>,
    /// The lines that cover each cell, oldest first.
    cover: Vec<Vec<usize>>,
}

impl<'a> Answers<'a> {
    pub(super) fn of(track: &'a Track<'a>) -> Self {
        let stock = track.stock;
        let mut lines: Vec<&Line> = track.lines.to_vec();
        lines.sort_by_key(|line| line.at);
        let mut cover = vec![Vec::new(); stock.len()];
        let mut seen = Vec::with_capacity(lines.len());
        for line in lines {
            let first = stock.edges.partition_point(|edge| *edge < line.window.from);
            for (cell, lines) in cover.iter_mut().enumerate().skip(first) {
                if !line.window.holds(stock.span(cell)) {
                    break;
                }
                lines.push(seen.len());
            }
            let sum = stock.sum(&line.symbols, line.window);
            let silent = match sum {
                Some(sum) if track.rule.is_steady() => {
                    silent(line.window, sum.rows, sum.first, sum.last)
                }
                _ => [None; 2],
            };
            seen.push(Seen {
                line,
                stored: sum.map(|sum| sum.rows),
                silent,
            });
        }
        Self { track, seen, cover }
    }

    /// What the ledger says of a piece whose rows prove nothing.
    pub(super) fn of_open(&self, piece: &Piece) -> Verdict {
        let covering = self.covering(piece);
        let done: Vec<_> = covering
            .iter()
            .copied()
            .filter(|seen| seen.is_done())
            .collect();
        let verdict = match (done.last(), piece.rows) {
            (None, _) => None,
            (Some(newest), 0) => self.empty(piece, &done, newest),
            (Some(newest), _) => Some(self.filled(piece, &done, newest)),
        };
        match verdict {
            Some(verdict) if verdict.state.is_complete() => verdict,
            // A refusal that came later says why there is nothing better.
            verdict => refused(&covering)
                .or(verdict)
                .unwrap_or_else(|| self.unanswered(piece)),
        }
    }

    /// Something is missing for certain: the ledger can only say why.
    pub(super) fn of_hole(&self, piece: &Piece, reason: &str) -> Verdict {
        let covering = self.covering(piece);
        if let Some(refused) = refused(&covering) {
            return refused;
        }
        let done: Vec<_> = covering.into_iter().filter(|seen| seen.is_done()).collect();
        let asks = self.empty_answers(piece, &done);
        if asks.len() > 1 && self.are_two(&asks) {
            let reason = format!("{reason}: the vendor answered more than once without");
            return Verdict::new(State::Missing, reason).resting_on(asks);
        }
        let claims = (self.track.claims)(piece.span);
        match claims.iter().min().map(of_claim) {
            Some(verdict) if done.is_empty() => verdict,
            _ => Verdict::new(State::Missing, reason).resting_on(done.iter().map(|seen| seen.line)),
        }
    }

    /// The lines about all of a piece, oldest first.
    fn covering(&self, piece: &Piece) -> Vec<&Seen<'a>> {
        let lines = self.cover.get(piece.cell).into_iter().flatten();
        lines.map(|place| &self.seen[*place]).collect()
    }

    /// Rows are there, and the newest answer is known.
    fn filled(&self, piece: &Piece, done: &[&Seen<'a>], newest: &Seen<'a>) -> Verdict {
        let line = newest.line;
        if !newest.is_stored() {
            return self.lacking(piece, newest);
        }
        // An older answer that had more is outvoted by two newer ones that are stored and agree.
        let last_lacking = done.iter().rposition(|seen| !seen.is_stored());
        let since = last_lacking.map_or(0, |place| place + 1);
        let agree = done[since..]
            .iter()
            .filter(|seen| seen.line.rows == line.rows && seen.line.is_fresh);
        let agree = agree.count();
        if let Some(place) = last_lacking
            && agree < 2
        {
            return self.lacking(piece, done[place]);
        }
        let fetched_at = if line.is_fresh {
            line.at
        } else {
            self.newest_row(piece)
        };
        if fetched_at < self.closed_at(piece.span) {
            let reason = "was fetched while it was not over";
            return Verdict::new(State::Stale, reason).resting_on([line]);
        }
        let is_silent = newest
            .silent
            .iter()
            .flatten()
            .any(|silent| silent.overlaps(piece.span));
        if is_silent && agree < 2 {
            let reason =
                "the answer ends in a long silence, as one that was cut short; --repair asks again";
            return Verdict::new(State::Missing, reason).resting_on([line]);
        }
        let proof = "the ledger says done, and as many rows are stored as were published";
        Verdict::new(State::Data, proof).resting_on([line])
    }

    /// Rows were published that are not stored: the store may have refused them.
    fn lacking(&self, piece: &Piece, seen: &Seen<'_>) -> Verdict {
        let claims = (self.track.claims)(piece.span);
        if let Some(claim @ Claim::Refused { .. }) = claims.iter().min() {
            return of_claim(claim).resting_on([seen.line]);
        }
        let reason = "rows that were published are not stored";
        Verdict::new(State::Missing, reason).resting_on([seen.line])
    }

    /// No row is there, and somebody asked.
    fn empty(&self, piece: &Piece, done: &[&Seen<'a>], newest: &Seen<'a>) -> Option<Verdict> {
        let missing = |reason: &str| Some(Verdict::new(State::Missing, reason));
        if !newest.is_stored() {
            return Some(self.lacking(piece, newest));
        }
        if newest.line.at < self.closed_at(piece.span) {
            let reason = "was fetched while it was not over";
            return Some(Verdict::new(State::Stale, reason).resting_on([newest.line]));
        }
        let asks = self.empty_answers(piece, done);
        if self.track.rule.is_closed(piece.span) {
            let verdict = Verdict::new(State::ConfirmedEmpty, "the market is closed");
            return Some(verdict.resting_on(done.iter().map(|seen| seen.line)));
        }
        if !done.iter().any(|seen| seen.line.is_served) {
            let reason = "answered empty outside of what the vendor serves";
            return Some(Verdict::new(State::NotAvailable, reason).resting_on([newest.line]));
        }
        let verdict = match asks.len() {
            0 => missing("only a kept reply says that it is empty; --repair asks the vendor"),
            1 => missing("answered empty once; --repair asks again"),
            _ if self.are_two(&asks) => Some(Verdict::new(
                State::ConfirmedEmpty,
                "answered empty more than once, with data next to it",
            )),
            _ => missing(
                "answered empty more than once within an hour, and nothing else was answered meanwhile; --repair asks again",
            ),
        };
        verdict.map(|verdict| verdict.resting_on(asks))
    }

    /// Answers by the vendor itself, after the piece was over and while it was served, whose rows
    /// are all stored: none is in the piece.
    fn empty_answers(&self, piece: &Piece, done: &[&Seen<'a>]) -> Vec<&'a Line> {
        let closed_at = self.closed_at(piece.span);
        let counts = |seen: &&&Seen<'a>| {
            let line = seen.line;
            seen.is_stored() && line.is_fresh && line.is_served && line.at >= closed_at
        };
        done.iter().filter(counts).map(|seen| seen.line).collect()
    }

    /// Whether answers are independent: the vendor said something between the first and the last of
    /// them, or they are far apart. A vendor that answers everything with nothing for a while must not
    /// be taken at its word twice.
    fn are_two(&self, asks: &[&Line]) -> bool {
        let (Some(first), Some(last)) = (asks.first(), asks.last()) else {
            return false;
        };
        let witnesses = self.track.witnesses;
        let since = witnesses.partition_point(|at| *at < first.at);
        last.at - first.at >= APART || witnesses.get(since).is_some_and(|at| *at <= last.at)
    }

    /// Nobody answered: what became of those who were to ask.
    fn unanswered(&self, piece: &Piece) -> Verdict {
        let claims = (self.track.claims)(piece.span);
        let covering = self.covering(piece);
        let stopped = covering
            .iter()
            .any(|seen| seen.line.outcome == Outcome::Cancelled);
        claims.iter().min().map(of_claim).unwrap_or_else(|| {
            Verdict::new(
                State::Missing,
                if stopped {
                    "its job was cancelled"
                } else {
                    "no job asked for it"
                },
            )
        })
    }

    /// From when on an answer about a span is final: a point of a grid is over a step later.
    fn closed_at(&self, span: Span) -> i64 {
        match self.track.rule {
            Rule::Grid(grid) => {
                let last = grid.first_at(span.to) - 1;
                span.to.max(grid.at(last).saturating_add(grid.step))
            }
            _ => span.to,
        }
    }

    fn newest_row(&self, piece: &Piece) -> i64 {
        let cells = self.track.stock.cells(self.track.symbol);
        cells.get(piece.cell).map_or(0, |cell| cell.newest)
    }
}

/// The refusal that is newer than any answer.
fn refused(covering: &[&Seen<'_>]) -> Option<Verdict> {
    let newest = covering
        .iter()
        .rev()
        .find(|seen| seen.line.outcome != Outcome::Cancelled)?;
    let Outcome::Refused { step, reason } = &newest.line.outcome else {
        return None;
    };
    let mut verdict = Verdict::new(State::Failed, reason).resting_on([newest.line]);
    verdict.step.clone_from(step);
    Some(verdict)
}

fn of_claim(claim: &Claim) -> Verdict {
    let missing = |reason: String| Verdict::new(State::Missing, reason);
    match claim {
        Claim::Waiting { job } => missing(format!("waits or is in work in job {job}")),
        Claim::NotEnqueued { job } => missing(format!("job {job} is not enqueued to its end")),
        Claim::Cancelled { job } => missing(format!("job {job} was cancelled")),
        Claim::Lost { job, item } => missing(format!(
            "lost: item {item} of job {job} is neither in the ledger nor on WORK or DEAD"
        )),
        Claim::Refused { step, reason } => {
            let mut verdict = Verdict::new(State::Failed, reason);
            verdict.step.clone_from(step);
            verdict
        }
    }
}

/// The ends of a window that are suspiciously silent.
fn silent(window: Span, rows: u64, first: i64, last: i64) -> [Option<Span>; 2] {
    if rows < ROWS_OF_A_PAGE {
        return [None; 2];
    }
    let usual = (last - first) / i64::try_from(rows).unwrap_or(i64::MAX);
    let least = (usual.saturating_mul(SILENCES)).max((window.to - window.from) / PART_OF_WINDOW);
    let long = |span: Span| (span.to - span.from > least).then_some(span);
    [
        long(Span::new(window.from, first)),
        long(Span::new(last + 1, window.to)),
    ]
}
