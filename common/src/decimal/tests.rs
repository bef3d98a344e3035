//! Decimals: what vendors write, and arithmetic against that of integers.

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
fn divides_to_the_nearest_even() {
    let quotient = |a: &str, b: &str| {
        let quotient = a
            .parse::<Decimal>()
            .unwrap()
            .div_rounded(b.parse().unwrap());
        quotient.map(|decimal| decimal.to_string())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(quotient("100", "8000"), some("0.0125"));
    assert_eq!(quotient("-2", "3"), some("-0.666666666666666667"));
    assert_eq!(quotient("0.000000000000000001", "2"), some("0"));
    assert_eq!(
        quotient("0.000000000000000003", "-2"),
        some("-0.000000000000000002")
    );
    assert_eq!(quotient("1", "0"), None);
    assert_eq!(quotient("0", "0"), None);
    assert_eq!(quotient("99999999999999999999", "0.5"), None);
    assert_eq!(
        quotient("1", "99999999999999999999.999999999999999999"),
        some("0")
    );
}

#[test]
fn what_vendors_write_is_read_fast() {
    for usual in [
        "9195.09000000",
        "-0.000100000000000000",
        "1700000000",
        "5.0e-4",
        "-0.00009234260068476100",
        "1e-18",
    ] {
        let (written, length) = Written::prefix(usual.as_bytes()).unwrap();
        assert!(
            written.decimal().is_some() && length == usual.len(),
            "{usual}"
        );
    }
    for other in [
        "18446744073709551616",
        // 2^64 and a fraction: wraps to nothing.
        "18446744073709551616.5",
        "1e30",
        "1e-19",
        "",
        ".",
        "1.",
        "007",
        "+1",
    ] {
        let decimal = Written::prefix(other.as_bytes()).and_then(|(written, _)| written.decimal());
        assert_eq!(decimal, None, "{other}");
    }
    let (number, length) = Written::prefix(b"12.5\",\"7\"").unwrap();
    assert_eq!((number.decimal(), length), ("12.5".parse().ok(), 4));
    assert_eq!(number.integer(), None);
    assert_eq!(text("18446744073709551616.5"), "18446744073709551616.5");
    let integer = |text: &[u8]| Written::prefix(text).unwrap().0.integer();
    assert_eq!((integer(b"1.5e1"), integer(b"1.0")), (None, None));
    assert_eq!((integer(b"-12"), integer(b"12,")), (Some(-12), Some(12)));
    assert_eq!(
        (integer(b"1e2"), integer(b"9223372036854775808")),
        (None, None)
    );
    assert!(matches!(
        Decimal::parse_bytes(b"1\xff"),
        Err(DecimalError::Malformed(_))
    ));
}

#[test]
fn rounds_half_to_even_where_asked() {
    let nearest = |text: &str| Decimal::parse_nearest(text).unwrap().to_string();
    assert_eq!(nearest("-4.739622041017375e-7"), "-0.000000473962204102");
    assert_eq!(nearest("-0.00009234260068476106"), "-0.000092342600684761");
    assert_eq!(nearest("5e-19"), "0");
    assert_eq!(nearest("15e-19"), "0.000000000000000002");
    assert_eq!(nearest("-1.50e-18"), "-0.000000000000000002");
    assert_eq!(nearest("5.1e-19"), "0.000000000000000001");
    assert_eq!(nearest("1e-300"), "0");
    assert_eq!(nearest("1.2966e-4"), "0.00012966");
    assert_eq!(nearest("12345678901234567890e-20"), "0.123456789012345679");
    assert!(matches!(
        Decimal::parse_nearest("1e30"),
        Err(DecimalError::DoesNotFit(_))
    ));
}

/// As many digits as may be, small and large alike.
fn decimals() -> impl Strategy<Value = Decimal> {
    (0..=u32::from(PRECISION))
        .prop_flat_map(|digits| -(10i128.pow(digits) - 1)..10i128.pow(digits))
        .prop_map(|unscaled| Decimal::from_unscaled(unscaled).unwrap())
}

/// The product in 256 bits, the high half first.
fn product(a: u128, b: u128) -> (u128, u128) {
    let halves = |n: u128| (n >> 64, n & u128::from(u64::MAX));
    let ((a1, a0), (b1, b0)) = (halves(a), halves(b));
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let (carry, middle) = halves(middle);
    let middle = middle + a0 * b1;
    let high = a1 * b1 + carry + (middle >> 64);
    (high, middle << 64 | halves(low).1)
}

fn difference(a: (u128, u128), b: (u128, u128)) -> (u128, u128) {
    let (large, small) = if a > b { (a, b) } else { (b, a) };
    let (low, borrow) = large.1.overflowing_sub(small.1);
    (large.0 - small.0 - u128::from(borrow), low)
}

proptest! {
    #[test]
    fn text_to_decimal_to_text_is_the_identity(decimal in decimals()) {
        prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
    }

    #[test]
    fn the_fast_way_reads_what_the_other_reads(
        text in "[-+]?[0-9]{0,22}(\\.[0-9]{0,20})?([eE][-+]?[0-9]{0,2})?|[-+.0-9e]{0,9}|.{0,3}",
    ) {
        let read = read::read_any(text.as_bytes());
        prop_assert_eq!(&Decimal::parse_bytes(text.as_bytes()), &read);
        prop_assert_eq!(&text.parse(), &read);
        // What is exact is its own nearest, and the general way, which a zero in front leads to,
        // rounds to the same.
        let nearest = Decimal::parse_nearest(&text);
        if read.is_ok() {
            prop_assert_eq!(&nearest, &read);
        }
        let longer = format!("0{text}");
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            prop_assert_eq!(Decimal::parse_nearest(&longer).ok(), nearest.ok());
        }
    }

    #[test]
    fn digits_are_counted(text in "[0-9]{0,19}[^0-9]{0,9}") {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        let value = text[..length].parse().unwrap_or(0);
        prop_assert_eq!(leading_digits(text.as_bytes()), (value, length));
    }

    #[test]
    fn sums_and_differences_are_those_of_integers(a in decimals(), b in decimals()) {
        let (x, y) = (a.unscaled(), b.unscaled());
        // Twice 10^38 is more than an i128 holds.
        let decimal = |sum: Option<i128>| sum.and_then(Decimal::from_unscaled);
        prop_assert_eq!(a.checked_add(b), decimal(x.checked_add(y)));
        prop_assert_eq!(a.checked_sub(b), decimal(x.checked_sub(y)));
        prop_assert_eq!((-a).unscaled(), -x);
        prop_assert_eq!(a.abs().unscaled(), x.abs());
        prop_assert_eq!(a.is_zero(), x == 0);
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
    }

    /// With few and many digits after the point, so that both ways are taken.
    #[test]
    fn a_product_is_exact_or_none(
        a in decimals(), b in decimals(), cut_a in 0..20u32, cut_b in 0..20u32,
    ) {
        let cut = |decimal: Decimal, digits| {
            let unit = 10i128.pow(digits);
            Decimal::from_unscaled(decimal.unscaled() / unit * unit).unwrap()
        };
        let (a, b) = (cut(a, cut_a), cut(b, cut_b));
        let exact = product(a.unscaled().unsigned_abs(), b.unscaled().unsigned_abs());
        match a.checked_mul(b) {
            Some(found) => {
                prop_assert_eq!(product(found.unscaled().unsigned_abs(), ONE as u128), exact);
                let negative = (a < Decimal::ZERO) != (b < Decimal::ZERO);
                prop_assert!(found.is_zero() || (found < Decimal::ZERO) == negative);
            }
            None => {
                let (high, low) = exact;
                // Of `high * 2^128 + low`, one digit of 2^32 after the other.
                let digits = (0..8).rev().map(|at| {
                    let half = if at >= 4 { high } else { low };
                    half >> (32 * (at % 4)) & 0xffff_ffff
                });
                let (mut rest, mut quotient) = (0u128, Some(0u128));
                for digit in digits {
                    let value = rest << 32 | digit;
                    rest = value % ONE as u128;
                    quotient = quotient
                        .filter(|quotient| *quotient < 1 << 96)
                        .map(|quotient| (quotient << 32) | (value / ONE as u128));
                }
                let fits = quotient.is_some_and(|quotient| quotient < LIMIT as u128);
                prop_assert!(rest != 0 || !fits, "{a} * {b}");
            }
        }
    }

    #[test]
    fn a_quotient_is_the_nearest(a in decimals(), b in decimals()) {
        let [x, y] = [a, b].map(|decimal| decimal.unscaled().unsigned_abs());
        match a.div_rounded(b) {
            // Zero, or 10^38 - 1/2 and more.
            None => prop_assert!(
                y == 0 || product(2 * x, ONE as u128) >= product(2 * LIMIT as u128 - 1, y)
            ),
            Some(quotient) => {
                let size = quotient.unscaled().unsigned_abs();
                let off = difference(product(x, ONE as u128), product(size, y));
                prop_assert!(off.0 == 0 && 2 * off.1 <= y, "{a} / {b} = {quotient}");
                prop_assert!(2 * off.1 < y || size % 2 == 0, "{a} / {b} = {quotient}");
                let negative = (a < Decimal::ZERO) != (b < Decimal::ZERO);
                prop_assert!(size == 0 || (quotient < Decimal::ZERO) == negative);
            }
        }
    }
}
