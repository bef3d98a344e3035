//! Finds the poison in a batch that ClickHouse refuses, by halves.
//!
//! Pure: it only says which part to try next. k poisonous messages among n cost about k·log2(n)
//! further inserts, and everything else is stored on the way.

/// What is still to be tried.
#[derive(Debug)]
pub(crate) struct Bisect<T> {
    open: Vec<Vec<T>>,
}

impl<T> Bisect<T> {
    /// Begins with everything in one part.
    pub(crate) fn new(all: Vec<T>) -> Self {
        let open = if all.is_empty() { vec![] } else { vec![all] };
        Self { open }
    }

    /// The part to try next; never an empty one.
    pub(crate) fn next(&mut self) -> Option<Vec<T>> {
        self.open.pop()
    }

    /// The part was refused. Its halves come next; a part of one is the poison and comes back.
    pub(crate) fn refused(&mut self, mut part: Vec<T>) -> Option<T> {
        if part.len() <= 1 {
            return part.pop();
        }
        let second = part.split_off(part.len() / 2);
        self.open.push(second);
        self.open.push(part);
        None
    }

    /// Everything that is still to be tried.
    pub(crate) fn rest(&mut self) -> Vec<T> {
        self.open.drain(..).rev().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Stores a part if nothing in it is poison.
    fn run(len: usize, poison: &BTreeSet<usize>) -> (BTreeSet<usize>, BTreeSet<usize>, usize) {
        let mut bisect = Bisect::new((0..len).collect());
        let (mut stored, mut dead, mut inserts) = (BTreeSet::new(), BTreeSet::new(), 0);
        while let Some(part) = bisect.next() {
            inserts += 1;
            if part.iter().any(|n| poison.contains(n)) {
                dead.extend(bisect.refused(part));
            } else {
                stored.extend(part);
            }
        }
        (stored, dead, inserts)
    }

    #[test]
    fn nothing_refused_is_one_insert() {
        assert_eq!(run(8, &BTreeSet::new()).2, 1);
        assert_eq!(run(0, &BTreeSet::new()).2, 0);
        assert_eq!(run(1024, &BTreeSet::from([700])).2, 21);
    }

    #[test]
    fn the_rest_is_what_was_not_tried() {
        let mut bisect = Bisect::new((0..8).collect());
        let all = bisect.next().unwrap();
        assert_eq!(bisect.refused(all), None);
        assert_eq!(bisect.next().unwrap(), [0, 1, 2, 3]);
        assert_eq!(bisect.rest(), [4, 5, 6, 7]);
        assert!(bisect.next().is_none());
    }

    proptest! {
        #[test]
        fn exactly_the_poison_is_left_over(
            len in 0..300usize,
            poison in prop::collection::btree_set(0..300usize, 0..10),
        ) {
            let poison: BTreeSet<_> = poison.into_iter().filter(|n| *n < len).collect();
            let (stored, dead, inserts) = run(len, &poison);
            prop_assert_eq!(&dead, &poison);
            prop_assert_eq!(stored.len() + dead.len(), len);
            prop_assert!(inserts <= 1 + poison.len() * 2 * 9);
        }
    }
}
