//! Decides when a batch is complete: by rows, by bytes, by age, or because the next message has
//! other columns.
//!
//! Pure: no clock, no channel; the time is passed in. [`crate::fill`] feeds it. A batch that is
//! ripe goes on growing while no insert slot is free, up to its limits: under pressure inserts
//! become larger instead of more.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

/// What a batch is made of, as far as it matters here.
pub(crate) trait Portion {
    /// Its rows.
    fn rows(&self) -> u64;
    /// The bytes it adds.
    fn bytes(&self) -> usize;
    /// Equal bytes mean equal columns.
    fn schema(&self) -> &Bytes;
}

/// When a batch is complete.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// It has so many rows,
    pub(crate) rows: u64,
    /// or so many bytes,
    pub(crate) bytes: usize,
    /// or its first portion has waited so long.
    pub(crate) age: Duration,
}

/// The batch that is being filled.
#[derive(Debug)]
pub(crate) struct Filling<P> {
    limits: Limits,
    portions: Vec<P>,
    rows: u64,
    bytes: usize,
    since: Option<Instant>,
    /// A portion that did not fit: the first of the next batch.
    next: Option<(P, Instant)>,
}

impl<P: Portion> Filling<P> {
    /// An empty batch.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            portions: Vec::new(),
            rows: 0,
            bytes: 0,
            since: None,
            next: None,
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.portions.is_empty()
    }

    /// Whether [`Self::add`] may be called.
    pub(crate) fn takes_more(&self) -> bool {
        self.next.is_none() && self.rows < self.limits.rows && self.bytes < self.limits.bytes
    }

    /// Adds a portion that came at `now`.
    pub(crate) fn add(&mut self, portion: P, now: Instant) {
        if self.fits(&portion) {
            self.rows += portion.rows();
            self.bytes += portion.bytes();
            self.since.get_or_insert(now);
            self.portions.push(portion);
        } else {
            self.next = Some((portion, now));
        }
    }

    /// A portion larger than a whole batch is a batch of its own.
    fn fits(&self, portion: &P) -> bool {
        self.portions.first().is_none_or(|first| {
            self.rows + portion.rows() <= self.limits.rows
                && self.bytes + portion.bytes() <= self.limits.bytes
                && first.schema() == portion.schema()
        })
    }

    /// Whether the batch should go out.
    pub(crate) fn is_ripe(&self, now: Instant) -> bool {
        !self.is_empty() && (!self.takes_more() || self.ripe_at().is_some_and(|at| at <= now))
    }

    /// When it will be ripe by age.
    pub(crate) fn ripe_at(&self) -> Option<Instant> {
        self.since.map(|since| since + self.limits.age)
    }

    /// Takes the batch out and begins the next one.
    pub(crate) fn take(&mut self) -> Vec<P> {
        let next = self.next.take();
        let done = std::mem::replace(self, Self::new(self.limits));
        if let Some((portion, at)) = next {
            self.add(portion, at);
        }
        done.portions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Fake(u64, usize, Bytes);

    impl Portion for Fake {
        fn rows(&self) -> u64 {
            self.0
        }
        fn bytes(&self) -> usize {
            self.1
        }
        fn schema(&self) -> &Bytes {
            &self.2
        }
    }

    fn fake(rows: u64, bytes: usize) -> Fake {
        Fake(rows, bytes, Bytes::from_static(b"a"))
    }

    const LIMITS: Limits = Limits {
        rows: 10,
        bytes: 100,
        age: Duration::from_secs(1),
    };

    #[test]
    fn age_counts_from_the_first_portion() {
        let start = Instant::now();
        let mut filling = Filling::new(LIMITS);
        assert!(!filling.is_ripe(start + Duration::from_secs(9)));
        filling.add(fake(1, 1), start);
        filling.add(fake(1, 1), start + Duration::from_millis(900));
        assert!(!filling.is_ripe(start + Duration::from_millis(999)));
        assert!(filling.is_ripe(start + Duration::from_secs(1)));
        assert!(filling.takes_more(), "it grows until a slot is free");
        assert_eq!(filling.take().len(), 2);
        assert!(filling.is_empty() && filling.ripe_at().is_none());
    }

    #[test]
    fn rows_bytes_and_other_columns_close_it() {
        let now = Instant::now();
        for (first, second) in [
            (fake(6, 1), fake(5, 1)),
            (fake(1, 60), fake(1, 50)),
            (fake(1, 1), Fake(1, 1, Bytes::from_static(b"b"))),
        ] {
            let mut filling = Filling::new(LIMITS);
            filling.add(first.clone(), now);
            assert!(!filling.is_ripe(now));
            filling.add(second.clone(), now);
            assert!(filling.is_ripe(now) && !filling.takes_more());
            assert_eq!(filling.take(), [first]);
            assert_eq!(filling.take(), [second]);
        }
    }

    proptest! {
        #[test]
        fn every_portion_comes_out_once_and_in_order(
            sizes in prop::collection::vec((1..20u64, 1..150usize, 0..2u8), 0..60),
        ) {
            let now = Instant::now();
            let mut filling = Filling::new(LIMITS);
            let mut out = Vec::new();
            let portions: Vec<_> = sizes.into_iter().enumerate().map(|(n, (rows, bytes, schema))| {
                (n, Fake(rows, bytes, vec![schema].into()))
            }).collect();
            for (_, portion) in portions.clone() {
                while !filling.takes_more() {
                    out.push(filling.take());
                }
                filling.add(portion, now);
            }
            while !filling.is_empty() {
                out.push(filling.take());
            }
            for batch in &out {
                let rows: u64 = batch.iter().map(Portion::rows).sum();
                let bytes: usize = batch.iter().map(Portion::bytes).sum();
                prop_assert!(batch.len() == 1 || (rows <= LIMITS.rows && bytes <= LIMITS.bytes));
                prop_assert!(batch.iter().all(|p| p.2 == batch[0].2));
            }
            let expected: Vec<_> = portions.into_iter().map(|(_, p)| p).collect();
            prop_assert_eq!(out.concat(), expected);
        }
    }
}
