//! Each rule of the judge by itself: hours of one symbol, told in a few words.

use sources::Grid;

use super::*;
use crate::audit::facts::{Cell, Island, Outcome};

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
/// Long after everything that is asked for.
const LATER: i64 = 1_000 * HOUR;

/// What is known of the first hours of 1970, an item each unless told otherwise.
#[derive(Default)]
pub(super) struct World {
    pub(super) hours: i64,
    /// Minutes at which rows stand, with their numbers.
    pub(super) rows: Vec<(i64, i64)>,
    pub(super) lines: Vec<Line>,
    pub(super) unserved: Vec<Unserved>,
    pub(super) claim: Option<Claim>,
    /// Whether the vendor said something meanwhile.
    pub(super) witnesses: Vec<i64>,
}

pub(super) fn hours(from: i64, to: i64) -> Span {
    Span::new(from * HOUR, to * HOUR)
}

pub(super) fn done(window: Span, rows: u64, at: i64) -> Line {
    Line {
        job: "job".into(),
        item: format!("item-{}", window.from / HOUR),
        run: 0,
        window,
        symbols: vec!["A".into()],
        outcome: Outcome::Done,
        rows,
        at,
        is_fresh: true,
        is_served: true,
    }
}

fn refused(window: Span, at: i64) -> Line {
    let (step, reason) = ("fetch".into(), "no".into());
    Line {
        outcome: Outcome::Refused { step, reason },
        ..done(window, 0, at)
    }
}

impl World {
    /// So many hours with a row at their tenth minute, each answered.
    fn good(hours_: i64) -> Self {
        Self {
            hours: hours_,
            rows: (0..hours_)
                .map(|hour| (hour * 60 + 10, hour + 100))
                .collect(),
            lines: (0..hours_)
                .map(|hour| done(hours(hour, hour + 1), 1, LATER + hour))
                .collect(),
            witnesses: vec![LATER],
            ..Self::default()
        }
    }

    /// The same without the rows of an hour.
    fn without(mut self, hour: i64) -> Self {
        self.rows.retain(|(minute, _)| minute / 60 != hour);
        self
    }

    fn line(mut self, line: Line) -> Self {
        self.lines.push(line);
        self
    }

    /// What becomes of an hour's line.
    fn with(mut self, hour: usize, change: impl FnOnce(&mut Line)) -> Self {
        change(&mut self.lines[hour]);
        self
    }

    pub(super) fn stock(&self, grid: Option<Grid>) -> Stock {
        let ends = self
            .lines
            .iter()
            .flat_map(|line| [line.window.from, line.window.to]);
        let mut edges: Vec<i64> = (-24..=self.hours + 24)
            .map(|hour| hour * HOUR)
            .chain(ends)
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let mut cells = vec![Cell::default(); edges.len() - 1];
        for (minute, id) in &self.rows {
            let at = minute * MINUTE;
            let number = grid.map_or(*id, |grid| grid.first_at(at));
            let cell = &mut cells[edges.partition_point(|edge| *edge <= at) - 1];
            cell.first = if cell.rows == 0 {
                at
            } else {
                cell.first.min(at)
            };
            cell.last = cell.last.max(at);
            cell.rows += 1;
            cell.newest = LATER;
            match cell.islands.last_mut() {
                Some(island) if island.hi + 1 == number => (island.hi, island.last) = (number, at),
                _ => cell.islands.push(Island {
                    lo: number,
                    hi: number,
                    first: at,
                    last: at,
                }),
            }
        }
        Stock {
            edges,
            cells: [("A".to_owned(), cells)].into(),
        }
    }

    pub(super) fn judged(&self, rule: Rule) -> Vec<Interval> {
        let grid = if let Rule::Grid(grid) = rule {
            Some(grid)
        } else {
            None
        };
        let lines: Vec<_> = self.lines.iter().collect();
        judge(&Track {
            symbol: "A",
            wanted: &[hours(0, self.hours)],
            rule,
            stock: &self.stock(grid),
            lines: &lines,
            unserved: &self.unserved,
            witnesses: &self.witnesses,
            claims: &|_| self.claim.clone().into_iter().collect(),
        })
    }

    /// `0-1 data, 1-2 missing: why`, in hours or minutes.
    fn told(&self, rule: Rule) -> String {
        let shown = |at: i64| match at % HOUR {
            0 => (at / HOUR).to_string(),
            _ => format!(
                "{}:{:02}:{:02}",
                at / HOUR,
                at % HOUR / MINUTE,
                at % MINUTE / 1_000_000_000
            ),
        };
        let told = |interval: &Interval| {
            let why = if interval.state.is_complete() {
                String::new()
            } else {
                format!(": {}", interval.reason)
            };
            let Span { from, to } = interval.span;
            format!(
                "{}-{} {}{why}",
                shown(from),
                shown(to),
                interval.state.words()
            )
        };
        self.judged(rule)
            .iter()
            .map(told)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

const ONCE: &str = "answered empty once; --repair asks again";

#[test]
fn what_is_answered_and_stored_is_data() {
    for rule in [Rule::Nothing, Rule::Ids, Rule::Flow] {
        assert_eq!(World::good(4).told(rule), "0-4 data");
    }
}

#[test]
fn an_item_that_is_nowhere_is_missing() {
    let lost = Claim::Lost {
        job: "j".into(),
        item: "i".into(),
    };
    let mut world = World::good(3).without(1);
    world.lines.remove(1);
    let nobody = "0-1 data, 1-2 missing: no job asked for it, 2-3 data";
    assert_eq!(world.told(Rule::Nothing), nobody);
    world.claim = Some(lost);
    let told = world.told(Rule::Nothing);
    assert!(
        told.contains("1-2 missing: lost: item i of job j is neither"),
        "{told}"
    );
    world.claim = Some(Claim::Waiting { job: "j".into() });
    assert!(world.judged(Rule::Nothing)[1].is_waiting);
    // Rows alone prove nothing either.
    let mut unasked = World::good(2);
    unasked.lines.clear();
    assert_eq!(
        unasked.told(Rule::Nothing),
        "0-2 missing: no job asked for it"
    );
}

#[test]
fn an_empty_answer_needs_a_second_one() {
    let once = World::good(3).without(1).with(1, |line| line.rows = 0);
    assert_eq!(
        once.told(Rule::Nothing),
        format!("0-1 data, 1-2 missing: {ONCE}, 2-3 data")
    );
    let again = |at| done(hours(1, 2), 0, at);
    let twice = once.line(again(LATER + 20));
    assert!(
        twice
            .told(Rule::Nothing)
            .contains("nothing else was answered meanwhile")
    );
    let apart = World {
        witnesses: vec![LATER + 5],
        ..twice
    };
    assert_eq!(
        apart.told(Rule::Nothing),
        "0-1 data, 1-2 confirmed empty, 2-3 data"
    );
    // An hour later the vendor would have said something else.
    let later = World::good(3)
        .without(1)
        .with(1, |line| line.rows = 0)
        .line(again(LATER + 2 * HOUR));
    assert_eq!(
        later.told(Rule::Nothing),
        "0-1 data, 1-2 confirmed empty, 2-3 data"
    );
    // What was kept is no second answer, and what was not served none at all.
    for spoil in [
        |line: &mut Line| line.is_fresh = false,
        |line: &mut Line| line.is_served = false,
    ] {
        let mut spoiled = World {
            lines: later.lines.clone(),
            ..World::good(3).without(1)
        };
        spoil(&mut spoiled.lines[3]);
        assert!(spoiled.told(Rule::Nothing).contains(ONCE));
        spoil(&mut spoiled.lines[1]);
        assert!(!spoiled.told(Rule::Nothing).contains("confirmed"));
    }
}

#[test]
fn an_empty_answer_needs_data_next_to_it() {
    let empty = |hour: usize, world: World| {
        let window = hours(hour as i64, hour as i64 + 1);
        let world = world.without(hour as i64).with(hour, |line| line.rows = 0);
        world.line(done(window, 0, LATER + 2 * HOUR))
    };
    let alone = empty(0, World::good(1));
    assert!(
        alone
            .told(Rule::Nothing)
            .contains("nothing is stored before or after")
    );
    assert_eq!(
        empty(0, World::good(2)).told(Rule::Nothing),
        "0-1 confirmed empty, 1-2 data"
    );
    let beside = empty(1, World::good(3))
        .without(2)
        .with(2, |line| line.rows = 0);
    let told = beside.told(Rule::Nothing);
    assert!(
        told.contains("1-2 missing: answered empty, but what lies next to it"),
        "{told}"
    );
}

#[test]
fn rows_that_were_published_and_are_not_stored_are_missing() {
    let deleted = World::good(3).without(1);
    let told = "0-1 data, 1-2 missing: rows that were published are not stored, 2-3 data";
    assert_eq!(deleted.told(Rule::Nothing), told);
    // One newer answer with less does not outvote it, two that agree do.
    let mut fewer = World::good(3).with(1, |line| line.rows = 2);
    fewer.lines.push(done(hours(1, 2), 1, LATER + 10));
    assert!(
        fewer
            .told(Rule::Nothing)
            .contains("rows that were published are not stored")
    );
    fewer.lines.push(done(hours(1, 2), 1, LATER + 20));
    assert_eq!(fewer.told(Rule::Nothing), "0-3 data");
}

#[test]
fn a_refusal_is_told_unless_there_is_an_answer() {
    let mut world = World::good(3).without(1);
    world.lines[1] = refused(hours(1, 2), LATER);
    assert_eq!(
        world.told(Rule::Nothing),
        "0-1 data, 1-2 failed: no, 2-3 data"
    );
    let asked_again = World::good(2).line(refused(hours(0, 1), LATER + 50));
    assert_eq!(asked_again.told(Rule::Nothing), "0-2 data");
}

#[test]
fn what_was_fetched_too_early_is_stale() {
    let early = World::good(2).with(1, |line| line.at = HOUR + 30 * MINUTE);
    assert_eq!(
        early.told(Rule::Nothing),
        "0-1 data, 1-2 stale: was fetched while it was not over"
    );
    let empty = early.without(1).with(1, |line| line.rows = 0);
    assert!(empty.told(Rule::Nothing).contains("1-2 stale"));
}

#[test]
fn what_is_not_served_is_never_empty() {
    let unserved = Unserved {
        span: hours(0, 1),
        reason: "gone".into(),
    };
    let world = World {
        unserved: vec![unserved],
        ..World::good(2).without(0)
    };
    assert_eq!(
        world.told(Rule::Nothing),
        "0-1 not available: gone, 1-2 data"
    );
}

#[test]
fn ids_prove_what_they_enclose() {
    // An hour without trades, and ids that follow each other over it: nobody needs to be asked.
    let mut quiet = World::good(3).without(1).with(1, |line| line.rows = 0);
    quiet.rows[1].1 = 101;
    assert_eq!(
        quiet.told(Rule::Ids),
        "0-1 data, 1-1 confirmed empty".replace("1-1", "1-2") + ", 2-3 data"
    );
    // The same with a hole in the ids, whatever the ledger says.
    let lost = World::good(3).without(1).with(1, |line| line.rows = 0);
    let told = "0-0:10:00 data, 0:10:00-2:10:01 missing: id 101 is not stored, 2:10:01-3 data";
    assert_eq!(lost.told(Rule::Ids), told);
    // Even after a second empty answer about a part of it.
    let again = lost.line(done(hours(1, 2), 0, LATER + 2 * HOUR));
    let told = again.told(Rule::Ids);
    let more = "1-2 missing: id 101 is not stored: the vendor answered more than once without";
    assert!(told.contains(more), "{told}");
}

#[test]
fn beyond_the_first_and_the_last_id_the_ledger_tells() {
    let world = World::good(3).without(2).with(2, |line| line.rows = 0);
    assert_eq!(
        world.told(Rule::Ids),
        format!("0-2 data, 2-3 missing: {ONCE}")
    );
    // A row after the end that is linked to the last one proves that nothing is between.
    let mut linked = world;
    linked.rows.push((3 * 60 + 5, 102));
    assert_eq!(linked.told(Rule::Ids), "0-2 data, 2-3 confirmed empty");
    // One that is not says nothing of who was to ask for what lies between.
    linked.rows[2].1 = 150;
    assert_eq!(
        linked.told(Rule::Ids),
        format!("0-2 data, 2-3 missing: {ONCE}")
    );
}

#[test]
fn an_answer_that_ends_in_silence_is_asked_again() {
    let rows: Vec<_> = (0..120).map(|row| (row / 4, row)).collect();
    let line = done(hours(0, 1), 120, LATER);
    let short = World {
        hours: 1,
        rows,
        lines: vec![line.clone()],
        witnesses: vec![LATER],
        ..World::default()
    };
    assert!(short.told(Rule::Flow).contains("long silence"));
    assert_eq!(short.told(Rule::Nothing), "0-1 data");
    assert_eq!(
        short
            .line(Line {
                at: LATER + 5,
                ..line
            })
            .told(Rule::Flow),
        "0-1 data"
    );
}

#[test]
fn a_grid_shows_every_hole() {
    let grid = Rule::Grid(Grid::every_ms(600_000));
    let mut world = World {
        hours: 2,
        rows: (0..12).map(|row| (row * 10, row)).collect(),
        ..World::default()
    };
    assert_eq!(world.told(grid), "0-2 data");
    world
        .rows
        .retain(|(minute, _)| *minute != 50 && *minute != 60);
    world.lines = vec![done(hours(0, 2), 10, LATER)];
    let told = format!("0-0:50:00 data, 0:50:00-1:10:00 missing: {ONCE}, 1:10:00-2 data");
    assert_eq!(world.told(grid), told);
    world
        .lines
        .push(done(Span::new(50 * MINUTE, 70 * MINUTE), 0, LATER + 9));
    world.witnesses = vec![LATER];
    assert_eq!(
        world.told(grid),
        "0-0:50:00 data, 0:50:00-1:10:00 confirmed empty, 1:10:00-2 data"
    );
    // The last bar was still open when it was asked for, however often.
    world.rows.pop();
    world.lines = vec![
        done(hours(0, 2), 9, 2 * HOUR - 5),
        done(hours(0, 2), 9, 2 * HOUR - 1),
    ];
    assert!(
        world
            .told(grid)
            .ends_with("1:50:00-2 stale: was fetched while it was not over")
    );
}

#[test]
fn closed_markets_need_one_answer() {
    let closed = Rule::Sessions(|ns| (HOUR..2 * HOUR).contains(&ns));
    let world = World::good(3).without(1).with(1, |line| line.rows = 0);
    assert_eq!(
        world.told(closed),
        "0-1 data, 1-2 confirmed empty, 2-3 data"
    );
    let open = Rule::Sessions(|_| false);
    assert!(world.told(open).contains(ONCE));
}
