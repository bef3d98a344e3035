//! Exact decimals: a vendor's text becomes `Decimal(38, 18)` without passing through a float.
//!
//! The scale is the one of every price and amount column (see `DESIGN` words: `Decimal(38,18)`).
//! A text that does not fit is refused, never rounded: a wrong last digit is worse than a loud
//! refusal.

use std::fmt;
use std::str::FromStr;

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
}

impl Decimal {
    /// `self + other`; `None` when the sum has more than 38 digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::from_unscaled(self.0.checked_add(other.0)?)
    }

    /// `self / divisor`, rounded half away from zero to 18 digits: for averages, which are derived
    /// and seldom end. `None` for a divisor of 0, and where the quotient does not fit.
    #[must_use]
    pub fn div_rounded(self, divisor: Self) -> Option<Self> {
        let (mut rest, by) = (self.0.unsigned_abs(), divisor.0.unsigned_abs());
        let mut quotient = rest.checked_div(by)?;
        rest %= by;
        // Digit by digit, because the dividend with 18 more digits is more than an integer holds.
        for _ in 0..SCALE {
            rest = rest.checked_mul(10)?;
            quotient = quotient.checked_mul(10)?.checked_add(rest / by)?;
            rest %= by;
        }
        quotient += u128::from(rest >= by - rest);
        let quotient = i128::try_from(quotient).ok()?;
        let negative = (self.0 < 0) != (divisor.0 < 0);
        Self::from_unscaled(if negative { -quotient } else { quotient })
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `[-+]digits[.digits][e[-+]digits]`, the forms that JSON and the vendors use.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let malformed = || DecimalError::Malformed(text.to_owned());
        let does_not_fit = || DecimalError::DoesNotFit(text.to_owned());
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (
                &text[..at],
                text[at + 1..].parse::<i32>().map_err(|_| malformed())?,
            ),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.as_bytes().first() {
            Some(b'-') => (true, &mantissa[1..]),
            Some(b'+') => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let mut value: i128 = 0;
        let mut digits_after_point: Option<i32> = None;
        let mut seen = false;
        for byte in digits.bytes() {
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
        let shift = i64::from(SCALE) + i64::from(exponent)
            - i64::from(digits_after_point.unwrap_or_default());
        let unscaled = shifted(value, shift).ok_or_else(does_not_fit)?;
        Self::from_unscaled(if negative { -unscaled } else { unscaled }).ok_or_else(does_not_fit)
    }
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(input: &str) -> String {
        input.parse::<Decimal>().unwrap().to_string()
    }

    #[test]
    fn reads_what_vendors_write() {
        assert_eq!(text("9195.09000000"), "9195.09");
        assert_eq!(text("-0.000000000000000001"), "-0.000000000000000001");
        assert_eq!(text("1.5e-7"), "0.00000015");
        assert_eq!(text("2E3"), "2000");
        assert_eq!(text("0"), "0");
        assert_eq!(text("-0.0"), "0");
        assert_eq!(text("0e400"), "0");
        assert_eq!(
            text("12345678901234567890.123456789012345678"),
            "12345678901234567890.123456789012345678"
        );
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        for malformed in ["", ".", "-", "1.2.3", "1,5", " 1", "nan", "1e", "0x1"] {
            assert!(
                matches!(
                    malformed.parse::<Decimal>(),
                    Err(DecimalError::Malformed(_))
                ),
                "{malformed}"
            );
        }
        for too_fine in [
            "0.0000000000000000001",
            "100000000000000000000",
            "1e30",
            "1e-19",
        ] {
            assert!(
                matches!(
                    too_fine.parse::<Decimal>(),
                    Err(DecimalError::DoesNotFit(_))
                ),
                "{too_fine}"
            );
        }
    }

    #[test]
    fn multiplies_exactly_or_not_at_all() {
        let product = |a: &str, b: &str| {
            a.parse::<Decimal>()
                .unwrap()
                .checked_mul(b.parse().unwrap())
        };
        assert_eq!(product("9195.09", "0.1").unwrap().to_string(), "919.509");
        assert_eq!(product("-2", "0.5").unwrap().to_string(), "-1");
        assert_eq!(product("0.0000000001", "0.0000000001"), None);
    }

    #[test]
    fn averages_are_rounded_at_the_last_digit() {
        let average = |a: &str, b: &str| {
            let quotient = text_of(a).div_rounded(text_of(b));
            quotient.map_or("none".to_owned(), |quotient| quotient.to_string())
        };
        assert_eq!(average("10", "4"), "2.5");
        assert_eq!(average("1", "3"), "0.333333333333333333");
        assert_eq!(average("-2", "3"), "-0.666666666666666667");
        assert_eq!(average("0.000000000000000001", "2"), "0.000000000000000001");
        assert_eq!(
            average("12345678901234567890", "0.5"),
            "24691357802469135780"
        );
        assert_eq!(average("1", "0"), "none");
        assert_eq!(average("99999999999999999999", "0.1"), "none");
        let most = text_of("99999999999999999999");
        assert_eq!(most.checked_add(text_of("1")), None);
        assert_eq!(
            text_of("1.5").checked_add(text_of("-2")),
            Some(text_of("-0.5"))
        );
    }

    fn text_of(input: &str) -> Decimal {
        input.parse().unwrap()
    }

    proptest! {
        #[test]
        fn text_to_decimal_to_text_is_the_identity(unscaled in -(10i128.pow(38) - 1)..10i128.pow(38)) {
            let decimal = Decimal::from_unscaled(unscaled).unwrap();
            prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
        }
    }
}
