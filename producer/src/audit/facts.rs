//! What an audit knows before it judges: what is stored, what the ledger says, what jobs asked for.
//! Plain data; times are nanoseconds since 1970, spans half-open.

use std::collections::HashMap;

use serde::Serialize;

/// A half-open span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Span {
    pub(super) const fn new(from: i64, to: i64) -> Self {
        Self { from, to }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.from >= self.to
    }

    pub(super) const fn holds(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    pub(super) const fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// What both cover; empty where they do not meet.
    pub(super) fn within(self, other: Self) -> Self {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }
}

/// Spans in order, each once, without overlap; those that touch become one.
pub(super) fn united(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    let mut kept: Vec<Span> = Vec::new();
    for span in spans {
        match kept.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => kept.push(span),
        }
    }
    kept
}

/// What is known of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Its rows are stored, and something proves that none is missing.
    Data,
    /// The vendor has nothing there, and something proves it.
    ConfirmedEmpty,
    /// Something is not stored, or nothing proves that all is.
    Missing,
    /// The work on it was refused.
    Failed,
    /// The vendor does not serve it.
    NotAvailable,
    /// The vendor may have said or says something else since.
    Stale,
}

impl State {
    pub(super) const ALL: [Self; 6] = [
        Self::Data,
        Self::ConfirmedEmpty,
        Self::Missing,
        Self::Failed,
        Self::Stale,
        Self::NotAvailable,
    ];

    /// Whether nothing is left to be wished.
    pub(super) fn is_complete(self) -> bool {
        matches!(self, Self::Data | Self::ConfirmedEmpty)
    }

    /// Whether asking again may help.
    pub(super) fn is_gap(self) -> bool {
        matches!(self, Self::Missing | Self::Failed | Self::Stale)
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::ConfirmedEmpty => "confirmed empty",
            Self::Missing => "missing",
            Self::Failed => "failed",
            Self::NotAvailable => "not available",
            Self::Stale => "stale",
        }
    }
}

/// A line of the ledger: somebody asked for a window and this became of it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) job: String,
    pub(super) item: String,
    pub(super) run: u64,
    pub(super) window: Span,
    /// The symbols of the window, as they are stored; one empty text where the dataset has none.
    pub(super) symbols: Vec<String>,
    pub(super) outcome: Outcome,
    /// Rows that were published.
    pub(super) rows: u64,
    /// When it ended.
    pub(super) at: i64,
    /// Whether the vendor itself answered, not a reply that had been kept.
    pub(super) is_fresh: bool,
    /// Whether the vendor served the window then, as far as it says.
    pub(super) is_served: bool,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Cancelled,
    Refused { step: String, reason: String },
}

/// A part of time that the vendor cannot serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unserved {
    pub(super) span: Span,
    pub(super) reason: String,
}

/// Why the ledger says nothing of a span that a job was to fill; the first of several counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// Its item waits or is in work, or its line is on the way to the store.
    Waiting { job: String },
    /// Its job is still being enqueued.
    NotEnqueued { job: String },
    /// Its job was cancelled.
    Cancelled { job: String },
    /// There is a dead letter.
    Refused { step: String, reason: String },
    /// Its item is nowhere.
    Lost { job: String, item: String },
}

/// A run of numbers without a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Island {
    pub(super) lo: i64,
    pub(super) hi: i64,
    /// When the first and the last row of it are.
    pub(super) first: i64,
    pub(super) last: i64,
}

/// What is stored of a symbol in a cell: one of the spans between the edges of a [`Stock`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Different rows; of a grid its points.
    pub(super) rows: u64,
    /// When the first and the last row are.
    pub(super) first: i64,
    pub(super) last: i64,
    /// When the newest row was fetched; 0 where that was not asked.
    pub(super) newest: i64,
    /// The runs of their numbers (points of a grid, or ids), in order; empty without numbers.
    pub(super) islands: Vec<Island>,
}

/// What is stored, in cells of time.
#[derive(Debug, Default)]
pub(super) struct Stock {
    /// In order; between each two is a cell.
    pub(super) edges: Vec<i64>,
    /// The cells of each symbol that has rows.
    pub(super) cells: HashMap<String, Vec<Cell>>,
}

/// What several cells hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) rows: u64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Stock {
    /// The place of the cell that begins at an edge.
    pub(super) fn place(&self, edge: i64) -> Option<usize> {
        self.edges.binary_search(&edge).ok()
    }

    pub(super) fn span(&self, cell: usize) -> Span {
        Span::new(self.edges[cell], self.edges[cell + 1])
    }

    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    pub(super) fn cells(&self, symbol: &str) -> &[Cell] {
        self.cells.get(symbol).map_or(&[], Vec::as_slice)
    }

    /// What is stored of symbols in a span; `None` where the span was not looked at whole.
    pub(super) fn sum(&self, symbols: &[String], span: Span) -> Option<Sum> {
        let (from, to) = (self.place(span.from)?, self.place(span.to)?);
        let mut sum = Sum {
            rows: 0,
            first: i64::MAX,
            last: i64::MIN,
        };
        for symbol in symbols {
            let cells = self.cells(symbol).get(from..to).unwrap_or_default();
            for cell in cells.iter().filter(|cell| cell.rows > 0) {
                sum.rows += cell.rows;
                sum.first = sum.first.min(cell.first);
                sum.last = sum.last.max(cell.last);
            }
        }
        Some(sum)
    }
}
