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
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
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
        Decimal::parse_bytes(self.word()?.as_bytes()).ok()
    }

    /// A whole number of at most 18 digits.
    #[inline]
    pub(crate) fn integer(&mut self) -> Option<i64> {
        let negative = self.eats(b'-');
        let start = self.at;
        let mut value = 0;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            if self.at - start == 18 {
                return None;
            }
            value = 10 * value + i64::from(byte - b'0');
            self.at += 1;
        }
        // JSON has no leading zeros, and its -0 is no whole number.
        let is_plain = match self.at - start {
            0 => false,
            1 => value != 0 || !negative,
            length => value >= 10i64.pow(length as u32 - 1),
        };
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
        }
    }
}
