//! Chance without state: every number of the generated data is a hash of where it stands.
//!
//! The same key gives the same numbers in every process, which is what makes the data pure. This
//! is no cryptography and no statistics, only well mixed bits.

/// A place in the generated data, from which numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(u64);

impl Key {
    /// The root of everything that `name` stands for.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        Self(xxhash_rust::xxh3::xxh3_64_with_seed(name.as_bytes(), seed))
    }

    /// The place numbered `n` below this one.
    pub(crate) fn at(self, n: u64) -> Self {
        Self(mix(self.0 ^ mix(n.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    /// A number of 64 bits.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// A number from 0 up to, not including, `n`; 0 when `n` is 0.
    pub(crate) fn below(self, n: u64) -> u64 {
        // The high half of a product is as even as a remainder and much cheaper.
        ((u128::from(self.0) * u128::from(n)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn within(self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// True `per_mille` times in a thousand.
    pub(crate) fn chance(self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn pick<T: Copy>(self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_range_and_spread() {
        let root = Key::new(1, "test");
        let mut seen = [0; 10];
        for n in 0..10_000 {
            seen[root.at(n).below(10) as usize] += 1;
            assert!((-3..=3).contains(&root.at(n).within(-3, 3)));
        }
        assert!(
            seen.iter().all(|count| (850..1150).contains(count)),
            "{seen:?}"
        );
        assert_eq!(root.at(5), Key::new(1, "test").at(5));
        assert_ne!(root.at(5), Key::new(2, "test").at(5));
    }
}
