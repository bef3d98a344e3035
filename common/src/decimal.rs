//! Exact decimals: a vendor's text becomes `Decimal(38, 18)` without passing through a float.
//!
//! The scale is the one of every price and amount column (see `DESIGN` words: `Decimal(38,18)`).
//! A text that does not fit is refused, never rounded: a wrong last digit is worse than a loud
//! refusal.

use std::fmt;
use std::ops::Neg;
use std::str::FromStr;

/// Digits after the point of every decimal column.
pub const SCALE: u32 = 18;
/// All digits of a decimal column.
pub const PRECISION: u8 = 38;

const ONE: i128 = 10i128.pow(SCALE);
const LIMIT: i128 = 10i128.pow(PRECISION as u32);
/// The most digits that any u64 holds.
const SHORT: usize = 19;
/// `POWERS[n]` lifts a number with `n` digits after the point to the scale.
const POWERS: [u64; SHORT] = {
    let mut powers = [1; SHORT];
    let mut place = SHORT - 1;
    while place > 0 {
        powers[place - 1] = powers[place] * 10;
        place -= 1;
    }
    powers
};

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
        // Twice 10^38 fits an i128.
        Self::from_unscaled(self.0 + other.0)
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

    /// Reads what [`str::parse`] reads, from bytes that need not be known to be UTF-8.
    ///
    /// # Errors
    /// When the bytes are no number, or one that cannot be held exactly.
    pub fn parse_bytes(text: &[u8]) -> Result<Self, DecimalError> {
        match read_short(text) {
            Some(decimal) => Ok(decimal),
            None => read_any(text),
        }
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

/// What vendors mostly write, `[-+]digits[.digits]` with no more digits than a u64 holds; `None`
/// for whatever else.
fn read_short(text: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.len() > SHORT + 1 {
        return None;
    }
    let (mut value, mut point) = (0u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let (count, after_point) = match point {
        Some(at) => (digits.len() - 1, digits.len() - 1 - at),
        None => (digits.len(), 0),
    };
    if count == 0 || count > SHORT {
        return None;
    }
    let power = POWERS.get(after_point)?;
    // Below 10^19 * 10^18.
    let unscaled = (u128::from(value) * u128::from(*power)).cast_signed();
    Some(Decimal(if negative { -unscaled } else { unscaled }))
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `[-+]digits[.digits][e[-+]digits]`, the forms that JSON and the vendors use.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        Self::parse_bytes(text.as_bytes())
    }
}

/// Every form.
fn read_any(text: &[u8]) -> Result<Decimal, DecimalError> {
    let owned = || String::from_utf8_lossy(text).into_owned();
    let malformed = || DecimalError::Malformed(owned());
    let does_not_fit = || DecimalError::DoesNotFit(owned());
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => {
            let exponent = std::str::from_utf8(&text[at + 1..]).ok();
            let exponent = exponent.and_then(|text| text.parse::<i32>().ok());
            (&text[..at], exponent.ok_or_else(malformed)?)
        }
        None => (text, 0),
    };
    let (negative, digits) = match mantissa {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, mantissa),
    };
    let mut value: i128 = 0;
    let mut digits_after_point: Option<i32> = None;
    let mut seen = false;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(i128::from(byte - b'0')))
                    .ok_or_else(does_not_fit)?;
                if let Some(count) = digits_after_point.as_mut() {
                    *count += 1;
                }
            }
            b'.' if digits_after_point.is_none() => digits_after_point = Some(0),
            _ => return Err(malformed()),
        }
    }
    if !seen {
        return Err(malformed());
    }
    let shift =
        i64::from(SCALE) + i64::from(exponent) - i64::from(digits_after_point.unwrap_or_default());
    let unscaled = shifted(value, shift).ok_or_else(does_not_fit)?;
    Decimal::from_unscaled(if negative { -unscaled } else { unscaled }).ok_or_else(does_not_fit)
}

/// `value * 10^shift`, exactly or not at all.
fn shifted(value: i128, shift: i64) -> Option<i128> {
    if value == 0 {
        return Some(0);
    }
    // 10^38 is the largest power of ten an i128 holds.
    let power = 10i128.checked_pow(u32::try_from(shift.abs()).ok()?)?;
    if shift >= 0 {
        value.checked_mul(power)
    } else {
        (value % power == 0).then_some(value / power)
    }
}

impl fmt::Display for Decimal {
    /// Plain digits without trailing zeros, as ClickHouse prints decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (
            self.0.unsigned_abs() / ONE.unsigned_abs(),
            self.0.unsigned_abs() % ONE.unsigned_abs(),
        );
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let rest = format!("{rest:018}");
        write!(f, "{sign}{whole}.{}", rest.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests;
