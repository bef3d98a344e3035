//! Takes the values at several paths out of JSON text in one walk, as text.
//!
//! Nothing is decoded on the way: what is not asked for is skipped, what is asked for comes out
//! as it stands, so that numbers keep every digit.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::path::{Path, Step};
use crate::json::unquoted;

/// The values found, by the number of their path.
pub(super) type Found<'a> = Vec<Option<&'a RawValue>>;

/// Several paths, joined where they begin alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    root: Node,
    slots: usize,
}

#[derive(Debug, Clone, Default)]
struct Node {
    /// The numbers of the paths that end here.
    takes: Vec<usize>,
    keys: Vec<(String, Node)>,
    indexes: Vec<(usize, Node)>,
    wheres: Vec<(String, String, Node)>,
}

impl Tree {
    /// A tree of paths without `*`.
    pub(super) fn new<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        Self::of(paths.into_iter().map(Some))
    }

    /// The same, with places for paths that are not given: nothing is ever found there.
    pub(super) fn of<'p>(paths: impl IntoIterator<Item = Option<&'p Path>>) -> Self {
        let mut tree = Self::default();
        for path in paths {
            if let Some(path) = path {
                let end = path.steps.iter().fold(&mut tree.root, Node::child);
                end.takes.push(tree.slots);
            }
            tree.slots += 1;
        }
        tree
    }

    /// Fills `found` with the values of every path, `None` where there is none.
    pub(super) fn pick<'a>(
        &self,
        text: &'a str,
        found: &mut Found<'a>,
    ) -> Result<(), serde_json::Error> {
        found.clear();
        found.resize(self.slots, None);
        walk(&self.root, text, found)
    }

    /// The value of a tree of one path.
    pub(super) fn one<'a>(&self, text: &'a str) -> Result<Option<&'a RawValue>, serde_json::Error> {
        let mut found = Vec::with_capacity(1);
        self.pick(text, &mut found)?;
        Ok(found.pop().flatten())
    }
}

impl Node {
    fn child(&mut self, step: &Step) -> &mut Self {
        match step {
            Step::Key(key) => entry(
                &mut self.keys,
                |(own, _)| own == key,
                || (key.clone(), Self::default()),
            ),
            Step::Index(index) => entry(
                &mut self.indexes,
                |(own, _)| own == index,
                || (*index, Self::default()),
            ),
            Step::Where { key, value } => {
                self.wheres
                    .push((key.clone(), value.clone(), Self::default()));
                let last = self.wheres.len() - 1;
                &mut self.wheres[last].2
            }
            // Paths of rows are split at their stars before.
            Step::Any => self,
        }
    }
}

/// The node of the entry that is the one, made when there is none.
fn entry<T>(
    all: &mut Vec<(T, Node)>,
    is: impl Fn(&(T, Node)) -> bool,
    new: impl FnOnce() -> (T, Node),
) -> &mut Node {
    let place = all.iter().position(is).unwrap_or_else(|| {
        all.push(new());
        all.len() - 1
    });
    &mut all[place].1
}

fn walk<'a>(
    node: &Node,
    text: &'a str,
    found: &mut [Option<&'a RawValue>],
) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let taken = false;
    Walk { node, found, taken }.deserialize(&mut json)?;
    json.end()
}

struct Walk<'n, 'f, 'a> {
    node: &'n Node,
    found: &'f mut [Option<&'a RawValue>],
    /// Whether the value itself was taken, so that only what is in it is left.
    taken: bool,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Walk<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Self { node, found, taken } = self;
        if taken || (node.takes.is_empty() && node.wheres.is_empty()) {
            return json.deserialize_any(Self { node, found, taken });
        }
        let raw = <&'de RawValue>::deserialize(json)?;
        for &slot in &node.takes {
            found[slot] = Some(raw);
        }
        filtered(node, raw, found).map_err(D::Error::custom)?;
        if node.keys.is_empty() && node.indexes.is_empty() {
            return Ok(());
        }
        let mut json = serde_json::Deserializer::from_str(raw.get());
        let inside = Walk {
            node,
            found,
            taken: true,
        };
        inside.deserialize(&mut json).map_err(D::Error::custom)
    }
}

/// Follows the steps that choose an element by one of its members.
fn filtered<'a>(
    node: &Node,
    raw: &'a RawValue,
    found: &mut [Option<&'a RawValue>],
) -> Result<(), serde_json::Error> {
    if node.wheres.is_empty() || !raw.get().starts_with('[') {
        return Ok(());
    }
    let elements: Vec<&'a RawValue> = serde_json::from_str(raw.get())?;
    for (key, value, child) in &node.wheres {
        let path = Path {
            steps: vec![Step::Key(key.clone())],
            text: String::new(),
        };
        let tree = Tree::new([&path]);
        for element in &elements {
            let is = tree.one(element.get())?.and_then(scalar);
            if is.as_deref() == Some(value) {
                walk(child, element.get(), found)?;
                break;
            }
        }
    }
    Ok(())
}

/// A text, or a number, `true` or `false` as it stands; nothing for `null`, an object, an array.
pub(super) fn scalar(raw: &RawValue) -> Option<Cow<'_, str>> {
    match raw.get().as_bytes().first() {
        Some(b'"') => unquoted(raw.get()).ok(),
        Some(b'{' | b'[' | b'n') | None => None,
        Some(_) => Some(Cow::Borrowed(raw.get())),
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Walk<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(child) = map.next_key_seed(Named(self.node))? {
            match child {
                Some(node) => map.next_value_seed(Walk {
                    node,
                    found: &mut *self.found,
                    taken: false,
                })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for place in 0.. {
            let child = self.node.indexes.iter().find(|(index, _)| *index == place);
            let more = match child {
                Some((_, node)) => seq
                    .next_element_seed(Walk {
                        node,
                        found: &mut *self.found,
                        taken: false,
                    })?
                    .is_some(),
                None => seq.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Finds the child of a member by its name, without keeping the name.
struct Named<'n>(&'n Node);

impl<'n, 'de> DeserializeSeed<'de> for Named<'n> {
    type Value = Option<&'n Node>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'n> Visitor<'_> for Named<'n> {
    type Value = Option<&'n Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let child = self.0.keys.iter().find(|(key, _)| key == name);
        Ok(child.map(|(_, node)| node))
    }
}

/// What a star stands for in a row's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key<'a> {
    Name(Cow<'a, str>),
    Place(usize),
}

impl Key<'_> {
    /// Its text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Name(name) => Cow::Borrowed(name),
            Self::Place(place) => Cow::Owned(place.to_string()),
        }
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, ".{name}"),
            Self::Place(place) => write!(f, "[{place}]"),
        }
    }
}

/// The members of an object or the elements of an array, in order; none of anything else.
pub(super) fn members(raw: &RawValue) -> Result<Vec<(Key<'_>, &RawValue)>, serde_json::Error> {
    match raw.get().as_bytes().first() {
        Some(b'{') => serde_json::from_str::<Members<'_>>(raw.get()).map(|members| members.0),
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(raw.get())?;
            let placed = elements.into_iter().enumerate();
            Ok(placed
                .map(|(place, raw)| (Key::Place(place), raw))
                .collect())
        }
        _ => Ok(Vec::new()),
    }
}

struct Members<'a>(Vec<(Key<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
                    all.push((Key::Name(Cow::Owned(name)), raw));
                }
                Ok(Members(all))
            }
        }
        json.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(paths: &[&str], text: &str) -> Vec<Option<String>> {
        let paths: Vec<_> = paths
            .iter()
            .map(|path| Path::parse(path).unwrap())
            .collect();
        let mut found = Vec::new();
        Tree::new(&paths).pick(text, &mut found).unwrap();
        let texts = found.into_iter();
        texts
            .map(|raw| raw.map(|raw| raw.get().to_owned()))
            .collect()
    }

    #[test]
    fn one_walk_finds_every_path_as_it_stands() {
        let text = r#"{"a":{"b":[1.50,{"c":"x"}],"d":1e-7},"skipped":[{"a":1}],"n":null}"#;
        let found = picked(
            &[
                "a.b[0]", "a.d", "a.b[1].c", "a.x", "n", "a.b", "n.x", "a.d.x",
            ],
            text,
        );
        let found: Vec<_> = found.iter().map(Option::as_deref).collect();
        assert_eq!(
            found,
            [
                Some("1.50"),
                Some("1e-7"),
                Some("\"x\""),
                None,
                Some("null"),
                Some(r#"[1.50,{"c":"x"}]"#),
                None,
                None
            ]
        );
        assert_eq!(picked(&["."], "[1]"), [Some("[1]".to_owned())]);
    }

    #[test]
    fn elements_are_chosen_by_a_member() {
        let text = r#"{"r":[{"t":1,"p":"1"},{"t":"2","p":"2"},{"t":2,"p":"3"}]}"#;
        let found = picked(&["r[t=2].p", "r[t=1].p", "r[t=9].p"], text);
        assert_eq!(
            found,
            [Some("\"2\"".to_owned()), Some("\"1\"".to_owned()), None]
        );
    }

    #[test]
    fn members_keep_their_order() {
        let raw: &RawValue = serde_json::from_str(r#"{"b":1,"a\"":[2]}"#).unwrap();
        let shown: Vec<_> = members(raw)
            .unwrap()
            .iter()
            .map(|(key, raw)| format!("{key}={raw}"))
            .collect();
        assert_eq!(shown, [".b=1", ".a\"=[2]"]);
    }
}
