//! Exact decimals: a vendor's text becomes `Decimal(38, 18)` without passing through a float.
//!
//! The scale is the one of every price and amount column (see `DESIGN` words: `Decimal(38,18)`).
//! A text that does not fit is refused, never rounded: a wrong last digit is worse than a loud
//! refusal.

use std::fmt;
use std::ops::Neg;

mod read;

pub use read::{Written, leading_digits};

/// Digits after the point of every decimal column.
pub const SCALE: u32 = 18;
/// All digits of a decimal column.
pub const PRECISION: u8 = 38;

const ONE: i128 = 10i128.pow(SCALE);
const LIMIT: i128 = 10i128.pow(PRECISION as u32);
/// A number with 18 digits after the point, at most 38 digits in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

/// Why a text is no decimal of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a number at all.
    #[error("not a decimal number: {0:?}")]
    Malformed(String),
    /// A number, but one that `Decimal(38,18)` cannot hold exactly.
    #[error("{0:?} does not fit Decimal(38,18) exactly")]
    DoesNotFit(String),
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// The number whose 10^18-fold is `unscaled`; `None` when it has more than 38 digits.
    #[must_use]
    pub fn from_unscaled(unscaled: i128) -> Option<Self> {
        (unscaled.unsigned_abs() < LIMIT.unsigned_abs()).then_some(Self(unscaled))
    }

    /// The 10^18-fold of the number, as Arrow and ClickHouse store it.
    #[must_use]
    pub fn unscaled(self) -> i128 {
        self.0
    }

    /// A whole number; every `i64` fits.
    #[must_use]
    pub fn from_integer(value: i64) -> Self {
        Self(i128::from(value) * ONE)
    }

    /// `self * other` where the product is exact within 18 digits, else `None`.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        if let (Some(a), Some(b)) = (self.in_billionths(), other.in_billionths())
            && let Some(product) = a.checked_mul(b)
        {
            return Self::from_unscaled(product);
        }
        let (whole, rest) = (self.0 / ONE, self.0 % ONE);
        // rest * other stays below 10^56, more than i128 holds, so split the other factor too.
        let (other_whole, other_rest) = (other.0 / ONE, other.0 % ONE);
        let product_of_rests = rest.checked_mul(other_rest)?;
        if product_of_rests % ONE != 0 {
            return None;
        }
        let sum = whole
            .checked_mul(other_whole)?
            .checked_mul(ONE)?
            .checked_add(whole.checked_mul(other_rest)?)?
            .checked_add(rest.checked_mul(other_whole)?)?
            .checked_add(product_of_rests / ONE)?;
        Self::from_unscaled(sum)
    }

    /// `self * 10^9` where that is whole, as it is for most prices and amounts.
    ///
    /// Found without a division: multiplied by the inverse of 5^9 modulo 2^128, a multiple of 5^9
    /// gives its quotient, and any other number one that is larger than every quotient.
    fn in_billionths(self) -> Option<i128> {
        const FIVES: u128 = 5u128.pow(9);
        const INVERSE: u128 = inverse(FIVES);
        let size = self.0.unsigned_abs();
        let quotient = (size >> 9).wrapping_mul(INVERSE);
        let whole = size.trailing_zeros() >= 9 && quotient <= u128::MAX / FIVES;
        // Below 10^38 / 10^9.
        let billionths = quotient.cast_signed();
        whole.then_some(if self.0 < 0 { -billionths } else { billionths })
    }

    /// `self + other`; `None` when it has more than 38 digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::from_unscaled(self.0.checked_add(other.0)?)
    }

    /// `self - other`; `None` when it has more than 38 digits.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(-other)
    }

    /// `self / other`, rounded to 18 digits, half to even; `None` when `other` is zero or the
    /// quotient has more than 38 digits.
    ///
    /// The only operation that rounds. It is for derived amounts (how much of the base currency
    /// an inverse contract is worth), never for what a vendor wrote.
    #[must_use]
    pub fn div_rounded(self, other: Self) -> Option<Self> {
        // A billionth of both has the same quotient, and mostly fits the short division.
        let (dividend, divisor) = match (self.in_billionths(), other.in_billionths()) {
            (Some(dividend), Some(divisor)) => (dividend.unsigned_abs(), divisor.unsigned_abs()),
            _ => (self.0.unsigned_abs(), other.0.unsigned_abs()),
        };
        let whole = dividend.checked_div(divisor)?;
        let (mut fraction, rest) = scaled_div(dividend % divisor, divisor);
        if 2 * rest > divisor || (2 * rest == divisor && fraction % 2 == 1) {
            fraction += 1;
        }
        let quotient = whole
            .checked_mul(ONE.unsigned_abs())?
            .checked_add(fraction)?;
        let quotient = i128::try_from(quotient).ok()?;
        Self::from_unscaled(if (self.0 < 0) == (other.0 < 0) {
            quotient
        } else {
            -quotient
        })
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Neg for Decimal {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// The inverse of an odd number modulo 2^128, by Newton's method: each step doubles the bits that
/// are right, and an odd number is its own inverse in the lowest three.
const fn inverse(odd: u128) -> u128 {
    let (mut inverse, mut bits) = (odd, 3);
    while bits < u128::BITS {
        inverse = inverse.wrapping_mul(2u128.wrapping_sub(odd.wrapping_mul(inverse)));
        bits *= 2;
    }
    inverse
}

/// `value * 10^18` divided by `divisor`, and the rest. `value` must be below `divisor`, and that
/// at most 10^38.
fn scaled_div(value: u128, divisor: u128) -> (u128, u128) {
    let one = ONE.unsigned_abs();
    if let Some(scaled) = value.checked_mul(one) {
        return (scaled / divisor, scaled % divisor);
    }
    // Doubles and adds along the bits of 10^18: no step leaves a u128.
    (0..u128::BITS - one.leading_zeros())
        .rev()
        .fold((0, 0), |(quotient, rest), bit| {
            let added = if one >> bit & 1 == 1 { value } else { 0 };
            let (mut quotient, mut rest) = (2 * quotient, 2 * rest);
            for term in [0, added] {
                rest += term;
                if rest >= divisor {
                    (quotient, rest) = (quotient + 1, rest - divisor);
                }
            }
            (quotient, rest)
        })
}

impl fmt::Display for Decimal {
    /// Plain digits without trailing zeros, as ClickHouse prints decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BILLION: u64 = 1_000_000_000;
        // Most numbers are billionths that a short division splits.
        let billionths = self.abs().in_billionths();
        let (mut whole, mut rest, places) = match billionths.map(u64::try_from) {
            Some(Ok(billionths)) => (
                u128::from(billionths / BILLION),
                billionths % BILLION,
                SCALE / 2,
            ),
            _ => {
                let size = self.0.unsigned_abs();
                let whole = size / ONE.unsigned_abs();
                // Below 10^18.
                (whole, (size - whole * ONE.unsigned_abs()) as u64, SCALE)
            }
        };
        // A sign, at most 20 digits, the point and 18 digits, filled from the end.
        let mut text = [b'0'; 2 * SCALE as usize + 4];
        let mut start = text.len();
        let mut put = |byte| {
            start -= 1;
            text[start] = byte;
        };
        if rest > 0 {
            let mut places = places;
            while rest % 10 == 0 {
                (rest, places) = (rest / 10, places - 1);
            }
            for _ in 0..places {
                // Below 10.
                put(b'0' + (rest % 10) as u8);
                rest /= 10;
            }
            put(b'.');
        }
        loop {
            put(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.0 < 0 {
            put(b'-');
        }
        let text = std::str::from_utf8(&text[start..]).map_err(|_| fmt::Error)?;
        f.write_str(text)
    }
}

#[cfg(test)]
mod tests;
