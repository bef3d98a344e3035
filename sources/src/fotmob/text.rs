//! Names that FotMob writes now as a text, now as an object.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::json::Word;

/// The name of a person, a ground or a tournament: a text, or an object that holds it under
/// `fullName`, `name` or `text`.
#[derive(Debug, Clone, Default)]
pub(super) struct Label<'a>(Option<Cow<'a, str>>);

impl Label<'_> {
    pub(super) fn as_str(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Label<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LabelVisitor)
    }
}

struct LabelVisitor;

impl<'de> Visitor<'de> for LabelVisitor {
    type Value = Label<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name, as a text or an object")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Label(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Label(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Label(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Label(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut label = Label(None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "fullName" => label = map.next_value()?,
                "name" | "text" if label.0.is_none() => label = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(label)
    }
}

/// The text of an optional word, none of an empty one.
pub(super) fn text<'a>(word: &'a Option<Word<'_>>) -> Option<&'a str> {
    word.as_ref()
        .map(Word::as_str)
        .filter(|text| !text.is_empty())
}

/// The whole number of an optional word.
pub(super) fn integer(word: &Option<Word<'_>>) -> Option<i64> {
    word.as_ref().and_then(Word::integer)
}

/// The id in a link such as `/players/31097/luka-modric`: all that the 2020 layout has.
pub(super) fn id_in_link(link: &str) -> Option<&str> {
    link.split('/')
        .find(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
