//! Which job is pulled from next, and how much: pure.
//!
//! Whoever was served least for its weight is next: a turn of so many items costs a job so many
//! items divided by its weight, and the cheapest is taken. Fresh jobs come before all others. A turn
//! gives a job its part of the free permits, at least one and never more than it has waiting, so
//! that a long job cannot keep a short one from starting.

use std::collections::HashMap;

use common::item::Token;

/// What an item costs a job of weight 1.
const ITEM: u64 = 1_000_000;

/// What is known of a job's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    /// Items that wait.
    pub(crate) waiting: u64,
    /// Items in work anywhere; those of a dead worker come back as redeliveries, which no count
    /// of waiting items shows.
    pub(crate) in_work: u64,
    /// Redeliveries were not looked for lately.
    pub(crate) due: bool,
    /// Items of its vendor that may still be taken into work here.
    pub(crate) free: usize,
    /// Its weight.
    pub(crate) weight: u32,
    /// Whether it comes before those that are not.
    pub(crate) fresh: bool,
    /// What its turns have cost so far.
    pub(crate) served: u64,
}

impl Load {
    fn may_have_redeliveries(self) -> bool {
        self.free > 0 && self.in_work > 0
    }

    fn waits(self) -> bool {
        self.free > 0 && self.waiting > 0
    }

    fn has_turn(self) -> bool {
        self.waits() || self.may_have_redeliveries() && self.due
    }
}

/// The queue whose turn it is and how much to pull.
pub(crate) fn next(loads: &[Load], permits: usize) -> Option<(usize, usize)> {
    let first = |has: fn(Load) -> bool| {
        let those = loads.iter().enumerate().filter(|(_, load)| has(**load));
        those.min_by_key(|(_, load)| (!load.fresh, load.served))
    };
    // With nothing else to do, redeliveries are looked for all the time.
    let (index, load) = first(Load::has_turn).or_else(|| first(Load::may_have_redeliveries))?;
    let sharing = loads
        .iter()
        .filter(|other| other.waits() && other.fresh == load.fresh);
    let all: u64 = sharing.map(|other| u64::from(other.weight)).sum();
    let part = (permits as u64 * u64::from(load.weight)).div_ceil(all.max(1));
    let most = part.min(load.waiting.max(1)).min(load.free as u64);
    Some((index, usize::try_from(most).unwrap_or(permits).max(1)))
}

/// What the turns of jobs have cost.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    served: HashMap<Token, u64>,
    /// What the last turn had cost its job before: those that are new begin there, so that nobody
    /// is served for what it did not ask for.
    now: u64,
}

impl Shares {
    /// What a job was served.
    pub(crate) fn of(&self, job: &Token) -> u64 {
        self.served
            .get(job)
            .copied()
            .unwrap_or_default()
            .max(self.now)
    }

    /// Counts a turn; one that brought nothing is one, too.
    pub(crate) fn serve(&mut self, job: &Token, items: u64, weight: u32) {
        let before = self.of(job);
        let cost = items.max(1).saturating_mul(ITEM) / u64::from(weight.max(1));
        self.now = before;
        self.served.insert(job.clone(), before.saturating_add(cost));
    }

    /// Forgets jobs.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Token) -> bool) {
        self.served.retain(|job, _| keep(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::control::USUAL_WEIGHT;
    use proptest::prelude::*;

    fn load(waiting: u64, in_work: u64, free: usize) -> Load {
        Load {
            waiting,
            in_work,
            due: false,
            free,
            weight: USUAL_WEIGHT,
            fresh: false,
            served: 0,
        }
    }

    #[test]
    fn jobs_take_turns_and_share_the_permits() {
        let mut loads = [load(1000, 0, 16), load(0, 0, 16), load(1000, 0, 16)];
        assert_eq!(next(&loads, 16), Some((0, 8)));
        loads[0].served = 1;
        assert_eq!(next(&loads, 8), Some((2, 4)));
    }

    #[test]
    fn nothing_is_pulled_that_cannot_be_worked_on() {
        assert_eq!(next(&[load(5, 0, 0)], 16), None);
        assert_eq!(next(&[], 16), None);
        assert_eq!(next(&[load(0, 0, 3)], 16), None);
        assert_eq!(next(&[load(100, 0, 3)], 16), Some((0, 3)));
        assert_eq!(next(&[load(2, 0, 9)], 16), Some((0, 2)));
    }

    #[test]
    fn items_of_dead_workers_are_looked_for_when_due_or_when_nothing_waits() {
        assert_eq!(next(&[load(0, 4, 9), load(0, 0, 9)], 16), Some((0, 1)));
        let busy = load(100, 0, 9);
        assert_eq!(next(&[load(0, 4, 9), busy], 16), Some((1, 9)));
        let due = Load {
            due: true,
            ..load(0, 4, 9)
        };
        assert_eq!(next(&[due, busy], 16), Some((0, 1)));
    }

    #[test]
    fn fresh_jobs_come_first_and_share_among_themselves() {
        let fresh = Load {
            fresh: true,
            served: 99,
            ..load(100, 0, 9)
        };
        assert_eq!(next(&[load(100, 0, 9), fresh], 8), Some((1, 8)));
        let idle = Load {
            waiting: 0,
            ..fresh
        };
        assert_eq!(next(&[load(100, 0, 9), idle], 8), Some((0, 8)));
    }

    /// Serves jobs that always have more, some turns long, and gives how much each got.
    fn served(weights: &[u32], turns: usize, permits: usize) -> Vec<u64> {
        let jobs: Vec<_> = (0..weights.len())
            .map(|job| Token::from_lossy(&format!("j{job}")))
            .collect();
        let (mut shares, mut got) = (Shares::default(), vec![0; weights.len()]);
        for _ in 0..turns {
            let of = |(job, weight): (&Token, &u32)| Load {
                weight: *weight,
                served: shares.of(job),
                ..load(1_000_000, 0, 1_000)
            };
            let loads: Vec<_> = jobs.iter().zip(weights).map(of).collect();
            let (index, count) = next(&loads, permits).unwrap();
            got[index] += count as u64;
            shares.serve(&jobs[index], count as u64, weights[index]);
        }
        got
    }

    #[test]
    fn weights_are_kept_over_many_turns() {
        let got = served(&[100, 200, 700], 1_000, 10);
        let all: u64 = got.iter().sum();
        for (got, weight) in got.iter().zip([100, 200, 700]) {
            let part = got * 1_000 / all;
            assert!(part.abs_diff(weight) <= 10, "{part} of {weight}");
        }
    }

    #[test]
    fn a_job_that_comes_later_is_not_served_for_the_time_before() {
        let [old, new] = ["old", "new"].map(Token::from_lossy);
        let mut shares = Shares::default();
        (0..50).for_each(|_| shares.serve(&old, 8, USUAL_WEIGHT));
        assert!(shares.of(&new) < shares.of(&old));
        shares.serve(&new, 8, USUAL_WEIGHT);
        assert!(shares.of(&new) >= shares.of(&old));
    }

    proptest! {
        #[test]
        fn every_waiting_job_gets_its_turn(
            jobs in prop::collection::vec((0u64..3, 1u32..=300), 1..20),
        ) {
            let names: Vec<_> = (0..jobs.len())
                .map(|job| Token::from_lossy(&format!("j{job}")))
                .collect();
            let (mut shares, mut left) = (Shares::default(), jobs.clone());
            for _ in 0..100 {
                let of = |(name, (waiting, weight)): (&Token, &(u64, u32))| Load {
                    weight: *weight,
                    served: shares.of(name),
                    ..load(*waiting, 0, 4)
                };
                let loads: Vec<_> = names.iter().zip(&left).map(of).collect();
                let Some((index, count)) = next(&loads, 8) else { break };
                prop_assert!(count >= 1 && count as u64 <= left[index].0);
                left[index].0 -= count as u64;
                shares.serve(&names[index], count as u64, left[index].1);
            }
            prop_assert!(left.iter().all(|(waiting, _)| *waiting == 0));
        }
    }
}
