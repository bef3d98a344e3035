//! How many inserts of a table run at once.
//!
//! Normally as many as configured; while ClickHouse says "too many parts", one: it takes all slots
//! until it got through, and others in the same trouble queue up behind it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The right to insert; ends when dropped.
pub(crate) type Slot = OwnedSemaphorePermit;

/// The slots of a table.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    slots: Arc<Semaphore>,
    all: u32,
}

impl Gate {
    /// A gate for so many inserts at once.
    pub(crate) fn new(inserts: usize) -> Self {
        let all = u32::try_from(inserts.clamp(1, 1_000)).unwrap_or(1);
        Self {
            slots: Arc::new(Semaphore::new(all as usize)),
            all,
        }
    }

    /// Waits for a slot.
    pub(crate) async fn enter(&self) -> Slot {
        self.take(1).await
    }

    /// Gives the slot back and waits for all of them. Keeping it while waiting would let two
    /// inserts wait for each other for ever.
    pub(crate) async fn alone(&self, slot: Slot) -> Slot {
        if slot.num_permits() == self.all as usize {
            return slot;
        }
        drop(slot);
        self.take(self.all).await
    }

    async fn take(&self, slots: u32) -> Slot {
        let semaphore = self.slots.clone();
        semaphore
            .acquire_many_owned(slots)
            .await
            .expect("the semaphore is never closed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn two_in_trouble_go_one_after_the_other() {
        let gate = Gate::new(2);
        let (a, b) = (gate.enter().await, gate.enter().await);
        let mut a = Box::pin(gate.alone(a));
        assert!((&mut a).now_or_never().is_none(), "b still inserts");
        let mut b = Box::pin(gate.alone(b));
        let b_first = (&mut b).now_or_never();
        let alone = a.now_or_never().expect("b has given its slot back");
        assert!(b_first.is_none() && gate.enter().now_or_never().is_none());
        drop(alone);
        assert!(b.now_or_never().is_some());
    }
}
