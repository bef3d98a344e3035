//! Reads a decimal from its text.
//!
//! Nearly all numbers of nearly all vendors have at most 19 digits, which a `u64` holds; those are
//! read eight digits at a time, and made exact or rounded with one multiplication or division.
//! Whatever is longer or odd is read the general way, which also says what is wrong.

use std::str::FromStr;

use super::{Decimal, DecimalError, SCALE};

/// The most digits that any `u64` holds.
const MOST: usize = 19;
/// `TENS[n]` is 10^n.
const TENS: [u64; MOST + 1] = {
    let mut tens = [1; MOST + 1];
    let mut place = 1;
    while place <= MOST {
        tens[place] = tens[place - 1] * 10;
        place += 1;
    }
    tens
};

/// The whole number of the digits that `text` begins with, and how many they are. Of more than 19
/// it is not the number.
#[inline]
#[must_use]
pub fn leading_digits(text: &[u8]) -> (u64, usize) {
    let (mut value, mut count) = (0u64, 0);
    while let Some(eight) = text.get(count..).and_then(<[u8]>::first_chunk) {
        let (few, length) = digits_of(*eight);
        value = value.wrapping_mul(TENS[length]).wrapping_add(few);
        count += length;
        if length < eight.len() {
            return (value, count);
        }
    }
    while let Some(digit @ b'0'..=b'9') = text.get(count) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        count += 1;
    }
    (value, count)
}

/// The same of eight bytes, all at once.
#[inline]
fn digits_of(text: [u8; 8]) -> (u64, usize) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The first byte is the lowest; a digit becomes its value.
    let values = u64::from_le_bytes(text) ^ (EACH * u64::from(b'0'));
    // The highest bit of each byte above 9; after the first such byte they mean nothing.
    let others = (values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80);
    let length = others.trailing_zeros() as usize / 8;
    // The last digit goes highest, zeros go before the first.
    let Some(digits) = values.checked_shl(64 - 8 * length as u32) else {
        return (0, 0);
    };
    // Two digits to a number, then four, then all.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let all = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    (all, length)
}

/// A number as a vendor wrote it, with its digits read and nothing made of them yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    negative: bool,
    digits: u64,
    /// How many of the digits stand after the point.
    places: i32,
    /// Whether it was written with digits alone.
    is_plain: bool,
}

impl Written {
    /// The number that `text` begins with, and where it ends, if it is written as JSON does and
    /// with no more digits than a `u64` holds. `None` says nothing about the text.
    #[inline]
    #[must_use]
    pub fn prefix(text: &[u8]) -> Option<(Self, usize)> {
        let negative = text.first() == Some(&b'-');
        let start = usize::from(negative);
        let (mut digits, whole) = leading_digits(&text[start..]);
        let mut end = start + whole;
        if !(1..=MOST).contains(&whole) || (whole > 1 && text[start] == b'0') {
            return None;
        }
        let (mut count, mut places) = (whole, 0);
        if text.get(end) == Some(&b'.') {
            let fraction = &text[end + 1..];
            let (fine, length) = leading_digits(fraction);
            end += 1 + length;
            count += length;
            places = i32::try_from(length).ok().filter(|places| *places > 0)?;
            if digits == 0 {
                digits = fine;
                if count > MOST {
                    let zeros = fraction.iter().take_while(|digit| **digit == b'0');
                    count = length - zeros.count();
                }
            } else {
                digits = digits.wrapping_mul(*TENS.get(length)?).wrapping_add(fine);
            }
        }
        if count > MOST {
            return None;
        }
        if matches!(text.get(end), Some(b'e' | b'E')) {
            let (exponent, length) = exponent(&text[end + 1..])?;
            end += 1 + length;
            places -= exponent;
        }
        let number = Self {
            negative,
            digits,
            places,
            is_plain: end == start + whole,
        };
        Some((number, end))
    }

    /// The whole number, where it was written as one that an `i64` holds.
    #[inline]
    #[must_use]
    pub fn integer(self) -> Option<i64> {
        let size = i64::try_from(self.digits).ok().filter(|_| self.is_plain)?;
        Some(if self.negative { -size } else { size })
    }

    /// The number, where it is exact and not large. `None` does not say that it is not.
    #[inline]
    #[must_use]
    pub fn decimal(self) -> Option<Decimal> {
        self.to_scale(false)
    }

    /// The number to the nearest 18th digit, half to even; `None` where it is large.
    #[inline]
    #[must_use]
    pub fn nearest(self) -> Option<Decimal> {
        self.to_scale(true)
    }

    #[inline]
    fn to_scale(self, rounds: bool) -> Option<Decimal> {
        let shift = SCALE as i32 - self.places;
        let size = if let Ok(up) = usize::try_from(shift) {
            // Below 10^19 * 10^18.
            let power = TENS.get(up).filter(|_| up < MOST)?;
            u128::from(self.digits) * u128::from(*power)
        } else {
            match TENS.get(shift.unsigned_abs() as usize) {
                Some(power) => {
                    let (mut kept, rest) = (self.digits / power, self.digits % power);
                    if rest > power - rest || (rest == power - rest && kept % 2 == 1) {
                        kept += 1;
                    }
                    (rest == 0 || rounds).then_some(u128::from(kept))?
                }
                // Less than half of the last digit.
                None => (self.digits == 0 || rounds).then_some(0)?,
            }
        };
        let unscaled = size.cast_signed();
        Some(Decimal(if self.negative { -unscaled } else { unscaled }))
    }
}

/// `[-+]digits` of at most four digits, and how long it is.
fn exponent(text: &[u8]) -> Option<(i32, usize)> {
    let negative = text.first() == Some(&b'-');
    let sign = usize::from(negative || text.first() == Some(&b'+'));
    let (value, length) = leading_digits(&text[sign..]);
    if !(1..=4).contains(&length) {
        return None;
    }
    let value = i32::try_from(value).ok()?;
    Some((if negative { -value } else { value }, sign + length))
}

/// All of `text` as one number.
#[inline]
fn whole(text: &[u8]) -> Option<Written> {
    let (written, end) = Written::prefix(text)?;
    (end == text.len()).then_some(written)
}

impl Decimal {
    /// Reads what [`str::parse`] reads, from bytes that need not be known to be UTF-8.
    ///
    /// # Errors
    /// When the bytes are no number, or one that cannot be held exactly.
    #[inline]
    pub fn parse_bytes(text: &[u8]) -> Result<Self, DecimalError> {
        match whole(text).and_then(Written::decimal) {
            Some(decimal) => Ok(decimal),
            None => read_any(text),
        }
    }

    /// Reads a number of any fineness to the nearest 18th digit, half to even. For what a vendor
    /// computed in binary floats, never for what it means exactly.
    ///
    /// # Errors
    /// When the text is no number, or has more than 38 digits before it is rounded, or a larger
    /// size than fits.
    pub fn parse_nearest(text: &str) -> Result<Self, DecimalError> {
        if let Some(decimal) = whole(text.as_bytes()).and_then(Written::nearest) {
            return Ok(decimal);
        }
        let (value, shift) = general(text.as_bytes())?;
        let unscaled = match u32::try_from(-shift) {
            Ok(down) => Some(10i128.checked_pow(down).map_or(0, |power| {
                let (kept, rest) = (value / power, (value % power).abs());
                let up = rest > power - rest || (rest == power - rest && kept % 2 != 0);
                if up { kept + value.signum() } else { kept }
            })),
            Err(_) => shifted(value, shift),
        };
        unscaled
            .and_then(Self::from_unscaled)
            .ok_or_else(|| DecimalError::DoesNotFit(text.to_owned()))
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `[-+]digits[.digits][e[-+]digits]`, the forms that JSON and the vendors use.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        Self::parse_bytes(text.as_bytes())
    }
}

/// Every form.
pub(super) fn read_any(text: &[u8]) -> Result<Decimal, DecimalError> {
    let (value, shift) = general(text)?;
    shifted(value, shift)
        .and_then(Decimal::from_unscaled)
        .ok_or_else(|| DecimalError::DoesNotFit(String::from_utf8_lossy(text).into_owned()))
}

/// A number, and the power of ten that lifts it to the scale.
fn general(text: &[u8]) -> Result<(i128, i64), DecimalError> {
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
    Ok((if negative { -value } else { value }, shift))
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
