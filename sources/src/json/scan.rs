//! Reads plain JSON in one pass, straight into rows.
//!
//! The vendors with millions of rows write them plainly: flat objects or lists, texts without
//! escapes, no white space. A page of that kind is read here, without the generality of serde.
//! Whatever is not as plain (white space, an escape, a field given twice, a number where a text is
//! expected) makes the scan give up with `None`; the page is then read the general way, which
//! also says what is wrong with it. So a scan gives what the general way would give, or nothing,
//! and never decides what a reply means. Tests read every sample both ways.

use std::borrow::Cow;

use common::Decimal;
use common::decimal::{Written, leading_digits};
use serde::de::IgnoredAny;

/// Objects and lists inside each other that are read over at most.
const DEEPEST: usize = 16;

/// A place in a reply.
#[derive(Debug)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

/// Reads a whole reply.
pub(crate) fn all<'a, T>(
    body: &'a [u8],
    read: impl FnOnce(&mut Scan<'a>) -> Option<T>,
) -> Option<T> {
    let text = std::str::from_utf8(body).ok()?;
    let mut scan = Scan { text, at: 0 };
    let value = read(&mut scan)?;
    (scan.at == text.len()).then_some(value)
}

/// Fills a field that must not have been given before.
pub(crate) fn once<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    match field.replace(value?) {
        None => Some(()),
        Some(_) => None,
    }
}

/// How many of eight bytes a text goes on for: those before a quote, an escape or a control.
#[inline]
fn plain_of(text: [u8; 8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let bytes = u64::from_le_bytes(text);
    // The highest bit of each byte below a limit of at most 128; after the first such byte they
    // mean nothing.
    let below = |bytes: u64, limit: u8| bytes.wrapping_sub(EACH * u64::from(limit)) & !bytes;
    let is = |byte: u8| below(bytes ^ (EACH * u64::from(byte)), 1);
    let ends = (below(bytes, 0x20) | is(b'"') | is(b'\\')) & (EACH * 0x80);
    ends.trailing_zeros() as usize / 8
}

/// What can be read so.
pub(crate) trait Plain<'a>: Sized {
    /// Steps over one of it; `None`, as here for what is never worth it, where it is not plain.
    fn scan(_scan: &mut Scan<'a>) -> Option<Self> {
        None
    }
}

impl Plain<'_> for i64 {
    #[inline]
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.integer()
    }
}

impl Plain<'_> for bool {
    #[inline]
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.flag()
    }
}

impl Plain<'_> for u64 {
    #[inline]
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.unsigned()
    }
}

impl<'a> Plain<'a> for &'a str {
    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        scan.text()
    }
}

/// Anything.
impl Plain<'_> for IgnoredAny {
    #[inline]
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.raw().map(|_| Self)
    }
}

impl<'a> Plain<'a> for Cow<'a, str> {
    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        scan.text().map(Cow::Borrowed)
    }
}

/// `null` is nothing.
impl<'a, T: Plain<'a>> Plain<'a> for Option<T> {
    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        if scan.is_null() {
            Some(None)
        } else {
            T::scan(scan).map(Some)
        }
    }
}

impl<'a, T: Plain<'a>> Plain<'a> for Vec<T> {
    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        scan.list(T::scan)
    }
}

/// A pair is a list of two.
impl<'a, T: Plain<'a>> Plain<'a> for (T, T) {
    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        scan.places(|scan| {
            let first = T::scan(scan)?;
            scan.comma()?;
            Some((first, T::scan(scan)?))
        })
    }
}

/// Objects whose fields are plain: the names of those that must be there, then of those that are
/// their default where they are not. Other fields are read over.
macro_rules! plain_object {
    ($row:ident { $($($must_name:literal)|+ => $must:ident,)* or_default { $($($may_name:literal)|+ => $may:ident,)* } }) => {
        impl<'a> $crate::json::scan::Plain<'a> for $row<'a> {
            fn scan(scan: &mut $crate::json::scan::Scan<'a>) -> Option<Self> {
                use $crate::json::scan::{Plain, once};
                $(let mut $must = None;)*
                $(let mut $may = None;)*
                scan.object(|scan, name| match name {
                    $($($must_name)|+ => once(&mut $must, Plain::scan(scan)),)*
                    $($($may_name)|+ => once(&mut $may, Plain::scan(scan)),)*
                    _ => scan.raw().map(drop),
                })?;
                Some(Self { $($must: $must?,)* $($may: $may.unwrap_or_default(),)* })
            }
        }
    };
}
pub(crate) use plain_object;

impl<'a> Scan<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over a byte if it is this one.
    #[inline]
    fn eats(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.eats(byte).then_some(())
    }

    /// What was stepped over since `start`.
    #[inline]
    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    /// An object: `field` is given each name and must step over its value.
    #[inline]
    pub(crate) fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, &'a str) -> Option<()>,
    ) -> Option<()> {
        self.eat(b'{')?;
        if self.eats(b'}') {
            return Some(());
        }
        loop {
            let name = self.text()?;
            self.eat(b':')?;
            field(self, name)?;
            if !self.eats(b',') {
                return self.eat(b'}');
            }
        }
    }

    /// A list: `element` must step over one element each time it is called.
    #[inline]
    pub(crate) fn each(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.eat(b'[')?;
        if self.eats(b']') {
            return Some(());
        }
        loop {
            element(self)?;
            if !self.eats(b',') {
                return self.eat(b']');
            }
        }
    }

    /// A list of rows.
    #[inline]
    pub(crate) fn list<T>(
        &mut self,
        mut row: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut rows = Vec::new();
        self.each(|scan| {
            rows.push(row(scan)?);
            Some(())
        })?;
        Some(rows)
    }

    /// Steps over the comma between two elements of a list that has its places.
    #[inline]
    pub(crate) fn comma(&mut self) -> Option<()> {
        self.eat(b',')
    }

    /// A list that has its places: `read` steps over all of it but the brackets.
    #[inline]
    pub(crate) fn places<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.eat(b'[')?;
        let value = read(self)?;
        self.eat(b']')?;
        Some(value)
    }

    /// A text without escapes.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        self.eat(b'"')?;
        let start = self.at;
        while let Some(eight) = self.rest().first_chunk() {
            let plain = plain_of(*eight);
            self.at += plain;
            if plain < eight.len() {
                break;
            }
        }
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' | ..0x20 => return None,
                _ => self.at += 1,
            }
        }
        let text = self.since(start);
        self.at += 1;
        text
    }

    /// What was not stepped over yet.
    #[inline]
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// The digits of a number as they stand.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.eats(b'-');
        if !self.eats(b'0') {
            self.digits()?;
        }
        if self.eats(b'.') {
            self.digits()?;
        }
        if self.eats(b'e') || self.eats(b'E') {
            if !self.eats(b'-') {
                self.eats(b'+');
            }
            self.digits()?;
        }
        self.since(start)
    }

    /// One digit or more.
    #[inline]
    fn digits(&mut self) -> Option<()> {
        let (_, length) = leading_digits(self.rest());
        self.at += length;
        (length > 0).then_some(())
    }

    /// A text, or a number as the text it was written as.
    #[inline]
    pub(crate) fn word(&mut self) -> Option<&'a str> {
        if self.peek() == Some(b'"') {
            self.text()
        } else {
            self.number()
        }
    }

    /// The exact number in a number or in a text.
    #[inline]
    pub(crate) fn decimal(&mut self) -> Option<Decimal> {
        let start = self.at;
        let is_text = self.eats(b'"');
        if let Some((number, length)) = Written::prefix(self.rest())
            && let Some(decimal) = number.decimal()
        {
            self.at += length;
            if !is_text || self.eats(b'"') {
                return Some(decimal);
            }
        }
        self.at = start;
        Decimal::parse_bytes(self.word()?.as_bytes()).ok()
    }

    /// A whole number of at most 18 digits.
    #[inline]
    pub(crate) fn integer(&mut self) -> Option<i64> {
        let negative = self.eats(b'-');
        let begins_with_zero = self.peek() == Some(b'0');
        let (value, length) = leading_digits(self.rest());
        // JSON has no leading zeros, and its -0 is no whole number.
        let is_plain = match length {
            1 => !(begins_with_zero && negative),
            2..=18 => !begins_with_zero,
            _ => false,
        };
        self.at += length;
        let value = value.cast_signed();
        is_plain.then_some(if negative { -value } else { value })
    }

    /// A whole number that is not negative, of at most 18 digits.
    #[inline]
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        self.integer()?.try_into().ok()
    }

    /// `true` or `false`.
    #[inline]
    pub(crate) fn flag(&mut self) -> Option<bool> {
        for (word, flag) in [("true", true), ("false", false)] {
            if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Some(flag);
            }
        }
        None
    }

    /// Whether an object begins here.
    #[inline]
    pub(crate) fn is_at_object(&self) -> bool {
        self.peek() == Some(b'{')
    }

    /// Steps over `null` if it stands here.
    #[inline]
    pub(crate) fn is_null(&mut self) -> bool {
        let is_null = self.text.as_bytes()[self.at..].starts_with(b"null");
        self.at += if is_null { 4 } else { 0 };
        is_null
    }

    /// Steps over any value and gives it as it stands, with its digits read where it is a number or
    /// a number in a text.
    #[inline]
    pub(crate) fn raw_number(&mut self) -> Option<(&'a str, Option<Written>)> {
        let start = self.at;
        let is_text = self.eats(b'"');
        if let Some((number, length)) = Written::prefix(self.rest()) {
            self.at += length;
            if !is_text || self.eats(b'"') {
                return Some((self.since(start)?, Some(number)));
            }
        }
        self.at = start;
        Some((self.raw()?, None))
    }

    /// Steps over any value and gives it as it stands.
    #[inline]
    pub(crate) fn raw(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.skip(DEEPEST)?;
        self.since(start)
    }

    fn skip(&mut self, deepest: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.text().map(drop),
            b'{' => {
                let deepest = deepest.checked_sub(1)?;
                self.object(|scan, _| scan.skip(deepest))
            }
            b'[' => {
                let deepest = deepest.checked_sub(1)?;
                self.each(|scan| scan.skip(deepest))
            }
            b't' | b'f' => self.flag().map(drop),
            b'n' => self.is_null().then_some(()),
            _ => self.number().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    #[test]
    fn plain_rows_are_read() {
        let rows = all(
            br#"[{"a":1,"b":"2.5"},{"x":[{}],"a":-7,"b":1e-2}]"#,
            |scan| {
                scan.list(|scan| {
                    let (mut a, mut b) = (None, None);
                    scan.object(|scan, name| match name {
                        "a" => once(&mut a, scan.integer()),
                        "b" => once(&mut b, scan.decimal()),
                        _ => scan.raw().map(drop),
                    })?;
                    Some((a?, b?.to_string()))
                })
            },
        );
        let expected = [(1, "2.5".to_owned()), (-7, "0.01".to_owned())];
        assert_eq!(rows.as_deref(), Some(&expected[..]));
    }

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        let number = |body: &str| all(body.as_bytes(), Scan::integer);
        for other in ["", "01", "-0", "1.0", "1 ", "\"1\"", "1234567890123456789"] {
            assert_eq!(number(other), None, "{other}");
        }
        assert_eq!(number("-120"), Some(-120));
        let text = |body: &str| all(body.as_bytes(), |scan| scan.text().map(str::to_owned));
        for other in ["\"a", "\"a\\n\"", "\"a\nb\"", "a"] {
            assert_eq!(text(other), None, "{other}");
        }
        assert_eq!(text("\"Ö\"").as_deref(), Some("Ö"));
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert_eq!(all(deep.as_bytes(), Scan::raw), None);
        assert_eq!(once(&mut Some(1), Some(2)), None);
    }

    proptest! {
        #[test]
        fn it_reads_nothing_that_is_no_json(body in "[\\[\\]{}\",:0-9.eE+\\-tfnrualse]{0,12}") {
            if let Some(raw) = all(body.as_bytes(), Scan::raw) {
                let other = serde_json::from_str::<&RawValue>(&body);
                prop_assert_eq!(other.map(RawValue::get).ok(), Some(raw));
            }
            let integer = all(body.as_bytes(), Scan::integer);
            if integer.is_some() {
                prop_assert_eq!(serde_json::from_str::<i64>(&body).ok(), integer);
            }
            let decimal = all(body.as_bytes(), Scan::decimal);
            if decimal.is_some() {
                let raw = serde_json::from_str::<&RawValue>(&body).unwrap();
                prop_assert_eq!(crate::json::decimal(raw, String::new).ok(), decimal);
            }
        }

        #[test]
        fn texts_end_where_they_end(body in "\"[a-zÖ\\\\\"\u{0}-\u{21}\u{7f}-\u{a0}]{0,20}\"?") {
            let text = all(body.as_bytes(), |scan| scan.text().map(str::to_owned));
            // White space behind it is not plain.
            let is_plain = !body.ends_with([' ', '\t', '\n', '\r']);
            let other = serde_json::from_str::<&str>(&body).ok();
            prop_assert_eq!(text.as_deref(), other.filter(|_| is_plain));
        }
    }
}
