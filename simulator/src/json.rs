//! JSON texts whose keys keep the order in which the vendors print them.
//!
//! `serde_json::Value` sorts keys, and types for three eras of one vendor's replies would be
//! hundreds of lines: [`object!`] writes the text straight away.

/// JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw(pub(crate) String);

/// What can be written as JSON.
pub(crate) trait Json {
    /// Adds the value's text.
    fn write(&self, out: &mut String);
}

/// A JSON object: `object! { "key": value, ... }`.
macro_rules! object {
    ($($key:literal : $value:expr),* $(,)?) => {{
        let mut out = String::from("{");
        $($crate::json::member(&mut out, $key, &$value);)*
        out.push('}');
        $crate::json::Raw(out)
    }};
}
pub(crate) use object;

/// Adds one member to an open object.
pub(crate) fn member(out: &mut String, key: &str, value: &impl Json) {
    if !out.ends_with('{') {
        out.push(',');
    }
    key.write(out);
    out.push(':');
    value.write(out);
}

/// An object of members made at run time.
pub(crate) fn object_of(members: impl IntoIterator<Item = (String, Raw)>) -> Raw {
    let mut out = String::from("{");
    for (key, value) in members {
        member(&mut out, &key, &value);
    }
    out.push('}');
    Raw(out)
}

macro_rules! displayed {
    ($($kind:ty),*) => {
        $(impl Json for $kind {
            fn write(&self, out: &mut String) {
                use std::fmt::Write;
                // Writing to a string cannot fail.
                let _ = write!(out, "{self}");
            }
        })*
    };
}
displayed!(i32, i64, u64, usize, f64, bool);

impl Json for Raw {
    fn write(&self, out: &mut String) {
        out.push_str(&self.0);
    }
}

impl Json for &str {
    fn write(&self, out: &mut String) {
        out.push('"');
        for c in self.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

impl Json for String {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }
}

/// `null`.
impl Json for () {
    fn write(&self, out: &mut String) {
        out.push_str("null");
    }
}

impl<T: Json> Json for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => ().write(out),
        }
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (place, value) in self.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            value.write(out);
        }
        out.push(']');
    }
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, out: &mut String) {
        self.as_slice().write(out);
    }
}

impl<T: Json, const N: usize> Json for [T; N] {
    fn write(&self, out: &mut String) {
        self.as_slice().write(out);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_stay_in_order_and_texts_are_escaped() {
        let text = object! {
            "z": 1, "a": "qu\"ote\\ \n é", "n": (), "f": 2.0, "g": 0.25, "l": [Some(1i64), None],
            "o": object! { "inner": true }, "e": Vec::<i64>::new(),
        };
        assert_eq!(
            text.0,
            r#"{"z":1,"a":"qu\"ote\\ \n é","n":null,"f":2,"g":0.25,"l":[1,null],"o":{"inner":true},"e":[]}"#
        );
        assert!(serde_json::from_str::<serde_json::Value>(&text.0).is_ok());
    }
}
