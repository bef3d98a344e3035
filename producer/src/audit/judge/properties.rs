//! Whatever goes wrong between a vendor and the store: no hole is ever called complete.

use proptest::prelude::*;
use sources::Grid;

use super::tests::{World, done, hours};
use super::*;
use crate::audit::facts::Outcome;

const MINUTE: i64 = 60_000_000_000;
const LATER: i64 = 1_000 * 60 * MINUTE;

/// What became of an hour.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Fine,
    /// The vendor answered with nothing, once.
    Empty,
    /// The item is in no queue and no ledger.
    Lost,
    /// It was refused.
    Refused,
    /// A row was stored and is gone.
    Deleted,
    /// None of its rows was ever stored, though they were published.
    Unstored,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Fine),
        1 => Just(Fate::Empty),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Deleted),
        1 => Just(Fate::Unstored),
    ]
}

/// The world after those fates, and the minutes at which rows should be and are not.
fn world(every: i64, fates: &[(Fate, Vec<bool>)]) -> (World, Vec<i64>) {
    let mut world = World {
        hours: i64::try_from(fates.len()).unwrap(),
        witnesses: vec![LATER],
        ..World::default()
    };
    let (mut gone, mut id) = (Vec::new(), 0);
    for (hour, (fate, there)) in (0..).zip(fates) {
        let minutes = (0..60 / every).map(|place| hour * 60 + place * every);
        let mut rows: Vec<_> = minutes
            .zip(there.iter().cycle())
            .filter(|(_, there)| **there)
            .map(|(minute, _)| {
                id += 1;
                (minute, id)
            })
            .collect();
        let mut line = done(hours(hour, hour + 1), rows.len() as u64, LATER + hour);
        match fate {
            Fate::Fine => {}
            Fate::Deleted => gone.extend(rows.pop()),
            Fate::Lost | Fate::Refused | Fate::Unstored | Fate::Empty => gone.append(&mut rows),
        }
        match fate {
            Fate::Empty => line.rows = 0,
            Fate::Refused => {
                line.outcome = Outcome::Refused {
                    step: "fetch".into(),
                    reason: "no".into(),
                }
            }
            _ => {}
        }
        if !matches!(fate, Fate::Lost) {
            world.lines.push(line);
        }
        world.rows.extend(rows);
    }
    (world, gone.into_iter().map(|(minute, _)| minute).collect())
}

fn check(rule: Rule, world: &World, gone: &[i64]) -> Result<(), TestCaseError> {
    let intervals = world.judged(rule);
    let mut next = 0;
    for interval in &intervals {
        prop_assert_eq!(interval.span.from, next);
        prop_assert!(!interval.span.is_empty());
        next = interval.span.to;
    }
    prop_assert_eq!(next, world.hours * 60 * MINUTE);
    for minute in gone {
        let at = minute * MINUTE;
        let found = intervals
            .iter()
            .find(|interval| interval.span.from <= at && at < interval.span.to);
        let found = found.expect("all is covered");
        prop_assert!(!found.state.is_complete(), "{minute}: {found:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_hole_is_called_complete(fates in prop::collection::vec((fate(), prop::collection::vec(any::<bool>(), 6)), 1..12)) {
        let (world, gone) = world(10, &fates);
        check(Rule::Nothing, &world, &gone)?;
        check(Rule::Flow, &world, &gone)?;
        check(Rule::Ids, &world, &gone)?;
        // A vendor that has no bar for some points: nobody can tell before it was asked twice.
        check(Rule::Grid(Grid::every_ms(600_000)), &world, &gone)?;
    }

    #[test]
    fn what_is_whole_is_called_complete(
        rows in prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 1..12),
    ) {
        // At least one row an hour, so that no answer is empty.
        let fates: Vec<_> = rows.into_iter().map(|mut there| { there.insert(0, true); (Fate::Fine, there) }).collect();
        let (world, _) = world(10, &fates);
        for rule in [Rule::Nothing, Rule::Flow, Rule::Ids] {
            prop_assert!(world.judged(rule).iter().all(|interval| interval.state.is_complete()));
        }
    }
}
