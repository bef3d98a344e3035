//! Which job is pulled from next, and how much: pure.
//!
//! Jobs take turns. A turn gives a job its part of the free permits, at least one and never more
//! than it has waiting, so that a long job cannot keep a short one from starting.

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
}

impl Load {
    fn may_have_redeliveries(self) -> bool {
        self.free > 0 && self.in_work > 0
    }

    fn has_turn(self) -> bool {
        self.free > 0 && self.waiting > 0 || self.may_have_redeliveries() && self.due
    }
}

/// The queue whose turn it is and how much to pull, looking round from `last`.
pub(crate) fn next(loads: &[Load], last: usize, permits: usize) -> Option<(usize, usize)> {
    let order = || (1..=loads.len()).map(|step| (last + step) % loads.len());
    let index = order()
        .find(|&i| loads[i].has_turn())
        // With nothing else to do, redeliveries are looked for all the time.
        .or_else(|| order().find(|&i| loads[i].may_have_redeliveries()))?;
    let load = loads[index];
    let sharing = loads
        .iter()
        .filter(|load| load.free > 0 && load.waiting > 0)
        .count();
    let part = permits.div_ceil(sharing.max(1));
    let most = usize::try_from(load.waiting).unwrap_or(usize::MAX).max(1);
    Some((index, part.min(most).min(load.free).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn load(waiting: u64, in_work: u64, free: usize) -> Load {
        Load {
            waiting,
            in_work,
            due: false,
            free,
        }
    }

    #[test]
    fn jobs_take_turns_and_share_the_permits() {
        let loads = [load(1000, 0, 16), load(0, 0, 16), load(1000, 0, 16)];
        assert_eq!(next(&loads, 0, 16), Some((2, 8)));
        assert_eq!(next(&loads, 2, 8), Some((0, 4)));
    }

    #[test]
    fn nothing_is_pulled_that_cannot_be_worked_on() {
        assert_eq!(next(&[load(5, 0, 0)], 0, 16), None);
        assert_eq!(next(&[], 0, 16), None);
        assert_eq!(next(&[load(0, 0, 3)], 0, 16), None);
        assert_eq!(next(&[load(100, 0, 3)], 0, 16), Some((0, 3)));
        assert_eq!(next(&[load(2, 0, 9)], 0, 16), Some((0, 2)));
    }

    #[test]
    fn items_of_dead_workers_are_looked_for_when_due_or_when_nothing_waits() {
        assert_eq!(next(&[load(0, 4, 9), load(0, 0, 9)], 0, 16), Some((0, 1)));
        let busy = load(100, 0, 9);
        assert_eq!(next(&[load(0, 4, 9), busy], 1, 16), Some((1, 9)));
        let due = Load {
            due: true,
            ..load(0, 4, 9)
        };
        assert_eq!(next(&[due, busy], 1, 16), Some((0, 1)));
    }

    proptest! {
        #[test]
        fn every_waiting_job_gets_its_turn(waiting in prop::collection::vec(0u64..3, 1..20)) {
            let loads: Vec<_> = waiting.iter().map(|&w| load(w, 0, 4)).collect();
            let mut served = vec![false; loads.len()];
            let mut last = 0;
            for _ in 0..loads.len() {
                let Some((index, count)) = next(&loads, last, 8) else { break };
                prop_assert!(count >= 1 && count as u64 <= loads[index].waiting);
                served[index] = true;
                last = index;
            }
            for (load, served) in loads.iter().zip(served) {
                prop_assert_eq!(load.waiting > 0, served);
            }
        }
    }
}
