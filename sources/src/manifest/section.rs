//! Reads a table of a manifest and notes everything that is wrong in it, each with its key, so
//! that one check tells all.

use std::cell::RefCell;
use std::fmt::Display;

use toml::{Table, Value};

/// Everything that is wrong, in the order of reading.
#[derive(Debug, Default)]
pub(super) struct Notes(RefCell<Vec<String>>);

impl Notes {
    pub(super) fn add(&self, note: String) {
        self.0.borrow_mut().push(note);
    }

    pub(super) fn take(self) -> Vec<String> {
        self.0.into_inner()
    }
}

/// A table, and where it stands.
#[derive(Debug)]
pub(super) struct Section<'a> {
    at: String,
    pub(super) table: &'a Table,
    notes: &'a Notes,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// The table at a key; an empty one is the file itself.
    pub(super) fn new(at: String, table: &'a Table, notes: &'a Notes) -> Self {
        Self {
            at,
            table,
            notes,
            known: RefCell::default(),
        }
    }

    /// Notes what is wrong with a key.
    pub(super) fn wrong(&self, key: &str, what: impl Display) {
        self.notes.add(format!("{}: {what}", self.key(key)));
    }

    pub(super) fn key(&self, key: &str) -> String {
        match (self.at.as_str(), key) {
            ("", key) => key.to_owned(),
            (at, "") => at.to_owned(),
            (at, key) => format!("{at}.{key}"),
        }
    }

    /// The value of a key, which is known from now on.
    pub(super) fn get(&self, key: &'static str) -> Option<&'a Value> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    fn take<T>(
        &self,
        key: &'static str,
        wants: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.get(key)?;
        let taken = read(value);
        if taken.is_none() {
            self.wrong(key, format_args!("{}, expected {wants}", value.type_str()));
        }
        taken
    }

    /// A text, if given.
    pub(super) fn text(&self, key: &'static str) -> Option<&'a str> {
        self.take(key, "a text in quotes", Value::as_str)
    }

    /// A text that must be given.
    pub(super) fn need(&self, key: &'static str, example: &str) -> Option<&'a str> {
        match self.text(key) {
            None if !self.table.contains_key(key) => {
                self.wrong(key, format_args!("is missing; write {key} = {example:?}"));
                None
            }
            Some(text) if text.trim().is_empty() => {
                self.wrong(key, format_args!("is empty; write {key} = {example:?}"));
                None
            }
            text => text,
        }
    }

    /// `true` or `false`, if given.
    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        self.take(key, "true or false", Value::as_bool)
    }

    /// A whole number that is not negative, if given.
    pub(super) fn number(&self, key: &'static str) -> Option<u64> {
        self.take(key, "a whole number that is not negative", |value| {
            value
                .as_integer()
                .and_then(|number| u64::try_from(number).ok())
        })
    }

    /// A text, or several in a list.
    pub(super) fn list(&self, key: &'static str) -> Vec<&'a str> {
        let all = |value: &'a Value| match value {
            Value::String(text) => Some(vec![text.as_str()]),
            Value::Array(all) => all.iter().map(Value::as_str).collect(),
            _ => None,
        };
        self.take(key, "a text or a list of texts", all)
            .unwrap_or_default()
    }

    /// A table of texts; numbers and flags are taken as their texts.
    pub(super) fn texts(&self, key: &'static str) -> Vec<(&'a str, String)> {
        let Some(table) = self.take(key, "a table", Value::as_table) else {
            return Vec::new();
        };
        let one = |(name, value): (&'a String, &Value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Integer(_) | Value::Boolean(_) => value.to_string(),
                other => {
                    let key = format!("{key}.{name}");
                    self.wrong(&key, format_args!("{}, expected a text", other.type_str()));
                    return None;
                }
            };
            Some((name.as_str(), text))
        };
        let mut all: Vec<_> = table.iter().filter_map(one).collect();
        // The same whatever the order in which tables are kept.
        all.sort_unstable();
        all
    }

    /// One of several words, if given.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.text(key)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.wrong(
                key,
                format_args!(
                    "{word:?} is none of {}; write {:?}",
                    names.join(", "),
                    nearest(word, names.iter().copied())
                ),
            );
        }
        found.map(|(_, choice)| *choice)
    }

    /// A table below, if given.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        let table = self.take(key, "a table", Value::as_table)?;
        Some(Section::new(self.key(key), table, self.notes))
    }

    /// A table of our own making, or one within a list, at a key.
    pub(super) fn below<'b>(&self, at: String, table: &'b Table) -> Section<'b>
    where
        'a: 'b,
    {
        Section::new(at, table, self.notes)
    }

    /// A list of tables.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let all = |value: &'a Value| -> Option<Vec<&'a Table>> {
            value.as_array()?.iter().map(Value::as_table).collect()
        };
        let tables = self
            .take(key, "tables, each under [[dataset]]", all)
            .unwrap_or_default();
        let placed = tables.into_iter().enumerate();
        placed
            .map(|(place, table)| {
                Section::new(format!("{}[{place}]", self.key(key)), table, self.notes)
            })
            .collect()
    }

    /// Notes every key that nobody asked for.
    pub(super) fn done(self) {
        let known = self.known.borrow();
        for key in self.table.keys() {
            if !known.contains(&key.as_str()) {
                let near = nearest(key, known.iter().copied());
                self.wrong(key, format_args!("unknown key; the nearest is {near}"));
            }
        }
    }
}

/// The name that is most like what was written.
pub(super) fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> &'n str {
    names
        .into_iter()
        .min_by_key(|name| strsim::osa_distance(name, written))
        .unwrap_or("none")
}
