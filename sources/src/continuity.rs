//! What the rows of a dataset prove by themselves: how `producer audit` can tell that none is
//! missing without believing anybody.

use std::collections::BTreeMap;

/// The parameters of a request, defaults filled in.
pub type Params = BTreeMap<String, String>;

const MS: i64 = 1_000_000;
const DAY_MS: i64 = 86_400_000;
/// 1970 began on a Thursday, weeks begin on Mondays.
const MONDAY_MS: i64 = 4 * DAY_MS;

/// What the rows of a dataset are continuous in.
#[derive(Debug, Clone, Copy)]
pub enum Continuity {
    /// In nothing: only the ledger can tell.
    Nothing,
    /// Rows come around the clock, so a long silence at the end of an answer is suspicious.
    Flow,
    /// There is a row at each step of time; no grid for parameters that have none, such as bars of
    /// a month.
    Grid(fn(&Params) -> Option<Grid>),
    /// `trade_id` is a whole number, each one more than the one before, in order of time.
    Ids,
    /// There are rows on every day on which the market is open; the function knows of an instant
    /// (nanoseconds) whether it is closed then.
    Sessions(fn(i64) -> bool),
    /// Rows lie elsewhere than in the slice of time by which they were asked for, as those of a
    /// season that began in it: they cannot be audited by time.
    Elsewhere,
}

/// A grid of time: steps of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Nanoseconds from one point to the next.
    pub step: i64,
    /// A point of the grid, nanoseconds since 1970.
    pub anchor: i64,
    /// A row this long after its point stands for it: 1 where it must lie on it exactly.
    pub slack: i64,
}

impl Grid {
    /// Points where a day, an hour, a minute begins in UTC; weeks on Mondays. A row lies on its point
    /// exactly.
    #[must_use]
    pub const fn every_ms(step_ms: i64) -> Self {
        let weeks = step_ms == 7 * DAY_MS;
        Self {
            step: step_ms * MS,
            anchor: if weeks { MONDAY_MS * MS } else { 0 },
            slack: 1,
        }
    }

    /// The same for a vendor whose rows come somewhat after their points.
    #[must_use]
    pub const fn loose(self) -> Self {
        Self {
            slack: self.step,
            ..self
        }
    }

    /// The same with its points so much earlier, for a vendor whose days begin ahead of UTC.
    #[must_use]
    pub const fn earlier_ms(self, ms: i64) -> Self {
        Self {
            anchor: self.anchor - ms * MS,
            ..self
        }
    }

    /// The number of the first point at or after an instant.
    #[must_use]
    pub fn first_at(self, ns: i64) -> i64 {
        let after = ns.saturating_sub(self.anchor);
        after.div_euclid(self.step) + i64::from(after.rem_euclid(self.step) != 0)
    }

    /// When a point is.
    #[must_use]
    pub fn at(self, number: i64) -> i64 {
        number.saturating_mul(self.step).saturating_add(self.anchor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_mondays_and_days_at_midnight() {
        let at = |grid: Grid, ms: i64| grid.at(grid.first_at(ms * MS)) / MS;
        assert_eq!(at(Grid::every_ms(7 * DAY_MS), 0), 4 * DAY_MS);
        assert_eq!(at(Grid::every_ms(DAY_MS), 1), DAY_MS);
        assert_eq!(at(Grid::every_ms(DAY_MS), DAY_MS), DAY_MS);
        let ahead = Grid::every_ms(DAY_MS).earlier_ms(8 * 3_600_000);
        assert_eq!(at(ahead, 0), 16 * 3_600_000);
        assert_eq!(Grid::every_ms(60_000).loose().slack, 60_000 * MS);
    }
}
