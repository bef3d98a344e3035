//! What a trade of Alpaca may change in a bar, by its condition letters.
//!
//! The rules are those of the consolidated tapes: CTS for tapes A and B, UTP for tape C, which
//! differ in one letter that Alpaca serves. A trade changes only what all of its conditions let it
//! change. Form T marks trades outside of the regular session: they set prices of bars that lie
//! outside of it as a whole, and no others. A corrected close comes long after the minute it speaks
//! of and changes daily bars only. A letter that is not known here counts for volume only.

use crate::bars::{Counts, Grid};

/// What a trade at an instant may change.
pub(super) fn counts<'a>(
    letters: impl Iterator<Item = &'a str>,
    tape: &str,
    grid: Grid,
    ts: i64,
) -> Counts {
    letters.fold(Counts::ALL, |counts, letter| {
        counts.and(match letter {
            "T" if grid.is_extended(ts) => Counts::ALL,
            // An average price on one tape, a bunched trade on the other.
            "B" if tape == "C" => Counts::ALL,
            "9" if grid == Grid::NewYorkDays => Counts::of(true, true, false),
            letter => of_letter(letter),
        })
    })
}

fn of_letter(letter: &str) -> Counts {
    match letter {
        // Regular, acquisition, distribution, automatic execution, intermarket sweep, rules 127 and
        // 155, sold last, opening, split, cross, yellow flag.
        "@" | " " | "" | "A" | "D" | "E" | "F" | "K" | "L" | "O" | "S" | "X" | "Y" => Counts::ALL,
        // Stopped stock, reopening, closing, exempt from trade-through rules.
        "1" | "5" | "6" | "8" => Counts::ALL,
        // Bunched sold, prior reference price, sold out of sequence, derivatively priced.
        "G" | "P" | "Z" | "4" => Counts::of(true, false, true),
        // Official close and open repeat a price; so does a corrected close, except for its day.
        "M" | "Q" | "9" => Counts::NOTHING,
        // Average price B and W, cash C, price variation H, odd lot I, next day N, seller R, Form T,
        // extended hours out of sequence U, contingent V and 7; and what is not known.
        _ => Counts::VOLUME,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_changes_what_all_its_conditions_allow() {
        let minute = Grid::Every(60_000_000_000);
        // 2024-01-02, noon and six in the evening in New York.
        let (noon, evening) = (1_704_214_800_000_000_000, 1_704_236_400_000_000_000);
        let of = |letters: &[&str], tape: &str, ts: i64| {
            counts(letters.iter().copied(), tape, minute, ts)
        };
        assert_eq!(of(&["@"], "C", noon), Counts::ALL);
        assert_eq!(of(&["@", "F", "I"], "C", noon), Counts::VOLUME);
        assert_eq!(of(&[" ", "Z"], "A", noon), Counts::of(true, false, true));
        assert_eq!(of(&["B"], "A", noon), Counts::VOLUME);
        assert_eq!(of(&["B"], "C", noon), Counts::ALL);
        assert_eq!(of(&["@", "T"], "C", noon), Counts::VOLUME);
        assert_eq!(of(&["@", "T"], "C", evening), Counts::ALL);
        assert_eq!(of(&["@", "T", "I"], "C", evening), Counts::VOLUME);
        assert_eq!(of(&["9"], "A", noon), Counts::NOTHING);
        let daily = counts(["9"].into_iter(), "A", Grid::NewYorkDays, noon);
        assert_eq!(daily, Counts::of(true, true, false));
        assert_eq!(of(&["?"], "A", noon), Counts::VOLUME);
    }
}
