//! What a trade of Polygon may change in a bar, by its condition codes.
//!
//! The facts are those of `/v3/reference/conditions` (`update_rules.consolidated`). A trade changes
//! only what all of its conditions let it change. Form T (12) marks trades outside of the regular
//! session: they set prices of bars that lie outside of it as a whole, and no others, as the
//! vendor's own bars do. A code that is not known here counts for volume only.

use crate::bars::Counts;

const FORM_T: i64 = 12;

/// What a trade with these codes may change; `is_extended` tells whether its bar lies outside the
/// regular session.
pub(super) fn counts(codes: impl Iterator<Item = i64>, is_extended: impl Fn() -> bool) -> Counts {
    codes.fold(Counts::ALL, |counts, code| {
        counts.and(match code {
            FORM_T if is_extended() => Counts::ALL,
            code => of_code(code),
        })
    })
}

fn of_code(code: i64) -> Counts {
    const NO_LAST: Counts = Counts::of(true, false, true);
    match code {
        // Regular sale, acquisition, automatic execution, bunched trade, CAP election, closing
        // prints, cross trade.
        0 | 1 | 3 | 4 | 6 | 8 | 9 => Counts::ALL,
        // Distribution, intermarket sweep, trades that open, reopen or close a market centre.
        11 | 14 | 17..=19 => Counts::ALL,
        // Rules 155 and 127, opening prints, stopped stock, reopening prints.
        23..=25 | 27 | 28 => Counts::ALL,
        // Sold last, sold last and stopped, split trade, stock option, yellow flag.
        30 | 31 | 34..=36 => Counts::ALL,
        // Trade-through exempt, opening or reopening detail; then what the tape says of the share,
        // not of the trade: short sale restrictions and financial status.
        41 | 55 | 57..=60 | 62..=71 => Counts::ALL,
        // Bunched sold, derivatively priced, prior reference price, sold out of sequence.
        5 | 10 | 22 | 32 | 33 => NO_LAST,
        // Official close and open of a market centre: they repeat a price.
        15 | 16 => Counts::NOTHING,
        // Corrected consolidated close.
        38 => Counts::of(true, true, false),
        // Average price 2, cash 7, Form T 12, extended hours out of sequence 13, next day 20, price
        // variation 21, seller 29, odd lot 37, contingent 52 and 53; and what is not known.
        _ => Counts::VOLUME,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_changes_what_all_its_conditions_allow() {
        let of = |codes: &[i64], extended: bool| counts(codes.iter().copied(), || extended);
        assert_eq!(of(&[], false), Counts::ALL);
        assert_eq!(of(&[14, 41], false), Counts::ALL);
        assert_eq!(of(&[14, 37], false), Counts::VOLUME);
        assert_eq!(of(&[10], false), Counts::of(true, false, true));
        assert_eq!(of(&[15], false), Counts::NOTHING);
        assert_eq!(of(&[38, 37], false), Counts::NOTHING);
        assert_eq!(of(&[12], false), Counts::VOLUME);
        assert_eq!(of(&[12], true), Counts::ALL);
        assert_eq!(of(&[12, 37], true), Counts::VOLUME);
        assert_eq!(of(&[999], false), Counts::VOLUME);
    }
}
