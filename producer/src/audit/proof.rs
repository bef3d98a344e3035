//! What the stored rows prove by themselves: cuts a wanted span into pieces, each proven or left to
//! the ledger. Pure.
//!
//! A piece never lies in two cells of the stock, so whatever was asked or told covers all of it or
//! nothing of it.

use sources::Grid;

use super::facts::{Cell, Span, Stock};

const NS_PER_SECOND: i64 = 1_000_000_000;

/// A part of a wanted span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) span: Span,
    /// The cell it lies in.
    pub(super) cell: usize,
    pub(super) rows: u64,
    pub(super) proof: Proof,
}

/// What the rows say of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is whole; `rows` may be 0 where none can be missing.
    Whole(&'static str),
    /// The rows on both sides prove that some are missing.
    Hole(String),
    /// Nothing either way.
    Open,
}

/// The cells of a wanted span, whose ends are edges of the stock.
fn cells(stock: &Stock, wanted: Span) -> impl Iterator<Item = (usize, Span)> {
    let first = stock.edges.partition_point(|edge| *edge < wanted.from);
    (first..stock.len())
        .map(|cell| (cell, stock.span(cell)))
        .take_while(move |(_, span)| span.from < wanted.to)
        .map(move |(cell, span)| (cell, span.within(wanted)))
}

/// Nothing is proven: a piece is a cell.
pub(super) fn unproven(stock: &Stock, symbol: &str, wanted: Span) -> Vec<Piece> {
    let stored = stock.cells(symbol);
    cells(stock, wanted)
        .map(|(cell, span)| Piece {
            span,
            cell,
            rows: stored.get(cell).map_or(0, |cell| cell.rows),
            proof: Proof::Open,
        })
        .collect()
}

/// Points of a grid that are stored are whole, those that are not are left to the ledger.
pub(super) fn by_grid(stock: &Stock, symbol: &str, wanted: Span, grid: Grid) -> Vec<Piece> {
    let (stored, empty) = (stock.cells(symbol), Cell::default());
    let mut pieces = Vec::new();
    for (cell, span) in cells(stock, wanted) {
        let due = (grid.first_at(span.from), grid.first_at(span.to));
        let islands = &stored.get(cell).unwrap_or(&empty).islands;
        let mut add = |lo: i64, hi: i64, proof: Proof| {
            // What lies before the first point or after the last belongs to it.
            let from = if lo == due.0 { span.from } else { grid.at(lo) };
            let to = if hi == due.1 { span.to } else { grid.at(hi) };
            let rows = match proof {
                Proof::Whole(_) => u64::try_from(hi - lo).unwrap_or(0),
                _ => 0,
            };
            pieces.push(Piece {
                span: Span::new(from, to),
                cell,
                rows,
                proof,
            });
        };
        if due.0 == due.1 {
            add(due.0, due.1, Proof::Whole("no point of the grid is due"));
            continue;
        }
        let mut next = due.0;
        for island in islands {
            let (lo, hi) = (island.lo.max(next), (island.hi + 1).min(due.1));
            if lo >= hi {
                continue;
            }
            if next < lo {
                add(next, lo, Proof::Open);
            }
            add(lo, hi, Proof::Whole("every point of the grid is stored"));
            next = hi;
        }
        if next < due.1 {
            add(next, due.1, Proof::Open);
        }
    }
    pieces
}

/// Ids that follow each other, over as many cells as they do.
#[derive(Debug, Clone, Copy)]
struct Run {
    lo: i64,
    hi: i64,
    first: i64,
    last: i64,
}

/// Between two ids that follow each other there is nothing; between others something is missing;
/// before the first and after the last the ledger must tell.
pub(super) fn by_ids(stock: &Stock, symbol: &str, wanted: Span) -> Vec<Piece> {
    let stored = stock.cells(symbol);
    let runs = runs(stored);
    // What lies beyond the wanted span counts only where it is linked to it.
    let inside: Vec<Run> = runs
        .into_iter()
        .filter(|run| run.first < wanted.to && run.last >= wanted.from)
        .collect();
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else {
        return unproven(stock, symbol, wanted);
    };
    let linked = Span::new(first.first, last.last + 1).within(wanted);
    let holes = holes(&inside);
    let mut pieces = Vec::new();
    for (cell, span) in cells(stock, wanted) {
        let rows = stored.get(cell).map_or(0, |cell| cell.rows);
        let mut at = span.from;
        let mut add = |to: i64, proof: Proof| {
            let span = Span::new(at, to.min(span.to));
            if !span.is_empty() {
                at = span.to;
                pieces.push(Piece {
                    span,
                    cell,
                    rows: if matches!(proof, Proof::Hole(_)) {
                        0
                    } else {
                        rows
                    },
                    proof,
                });
            }
        };
        add(linked.from, Proof::Open);
        for (hole, reason) in holes.iter().filter(|(hole, _)| hole.overlaps(span)) {
            add(hole.from, Proof::Whole("the ids follow each other"));
            add(hole.to, Proof::Hole(reason.clone()));
        }
        add(linked.to, Proof::Whole("the ids follow each other"));
        add(span.to, Proof::Open);
    }
    pieces
}

fn runs(stored: &[Cell]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for island in stored.iter().flat_map(|cell| &cell.islands) {
        match runs.last_mut() {
            Some(run) if run.hi + 1 == island.lo => {
                run.hi = island.hi;
                run.last = run.last.max(island.last);
            }
            _ => runs.push(Run {
                lo: island.lo,
                hi: island.hi,
                first: island.first,
                last: island.last,
            }),
        }
    }
    runs
}

/// What is missing between runs, in whole seconds: rows of one instant may stand on both sides of a
/// hole, and items are named by seconds.
fn holes(runs: &[Run]) -> Vec<(Span, String)> {
    let mut holes: Vec<(Span, String)> = Vec::new();
    for pair in runs.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let from = before.last.min(after.first).div_euclid(NS_PER_SECOND) * NS_PER_SECOND;
        let to = (before.last.max(after.first).div_euclid(NS_PER_SECOND) + 1) * NS_PER_SECOND;
        let reason = match (before.hi + 1, after.lo - 1) {
            (lo, hi) if lo == hi => format!("id {lo} is not stored"),
            (lo, hi) if lo < hi => format!("ids {lo} to {hi} are not stored"),
            _ => format!(
                "ids are not in order of time: {} comes before {}",
                before.hi, after.lo
            ),
        };
        match holes.last_mut() {
            Some((last, words)) if from < last.to => {
                last.to = last.to.max(to);
                "several runs of ids are not stored".clone_into(words);
            }
            _ => holes.push((Span::new(from, to), reason)),
        }
    }
    holes
}
