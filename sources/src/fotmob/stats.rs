//! Figures of a match: `content.stats`.
//!
//! Values are texts for people (`510 (84%)`) as often as numbers; both forms are kept. A figure
//! may stand in two sections; rows that only carry a section's title hold no value. 2020 has no
//! periods and no keys, so there the title is the key.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use common::tables::{MatchStat, Rows};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::NAME;
use super::details::{Context, side_name};
use super::text::text;
use crate::json::{self, Maybe, Word};

/// The vendor's word for the whole match.
const WHOLE_MATCH: &str = "All";

#[derive(Debug, Deserialize)]
pub(super) struct Stats<'a> {
    #[serde(default, rename = "Periods", borrow)]
    periods: Maybe<BTreeMap<String, Maybe<Period<'a>>>>,
    /// The sections of the whole match, in the 2020 layout.
    #[serde(default, borrow)]
    stats: Maybe<Vec<Section<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Period<'a> {
    #[serde(default, borrow)]
    stats: Maybe<Vec<Section<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Section<'a> {
    #[serde(default, borrow)]
    stats: Maybe<Vec<Figure<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Figure<'a> {
    #[serde(default, borrow)]
    key: Option<Word<'a>>,
    #[serde(default, borrow)]
    title: Option<Word<'a>>,
    #[serde(default, rename = "type", borrow)]
    kind: Option<Word<'a>>,
    #[serde(default, borrow)]
    stats: Maybe<Vec<&'a RawValue>>,
}

impl Stats<'_> {
    pub(super) fn push(&self, context: Context<'_>, rows: &mut Rows) {
        for (name, period) in self.periods.as_ref().into_iter().flatten() {
            if let Some(period) = period.as_ref() {
                push(context, name, period.stats.all(), rows);
            }
        }
        push(context, WHOLE_MATCH, self.stats.all(), rows);
    }
}

fn push(context: Context<'_>, period: &str, sections: &[Section<'_>], rows: &mut Rows) {
    let mut seen = HashSet::new();
    for figure in sections.iter().flat_map(|section| section.stats.all()) {
        let Some(stat) = text(&figure.key).or(text(&figure.title)) else {
            continue;
        };
        let Some(values) = figure.values() else {
            continue;
        };
        if !seen.insert(stat) {
            continue;
        }
        for (is_home, value) in [true, false].into_iter().zip(values) {
            rows.push(&MatchStat {
                source: NAME,
                match_id: context.match_id,
                period,
                stat,
                side: side_name(is_home),
                value: value.as_deref(),
                number: value.as_deref().and_then(leading_number),
            });
        }
    }
}

impl Figure<'_> {
    /// The texts of home and away; nothing for a title.
    fn values(&self) -> Option<[Option<Cow<'_, str>>; 2]> {
        let [home, away] = self.stats.all() else {
            return None;
        };
        let values = [value(home), value(away)];
        let is_title = text(&self.kind) == Some("title") || values.iter().all(Option::is_none);
        (!is_title).then_some(values)
    }
}

fn value(raw: &RawValue) -> Option<Cow<'_, str>> {
    match raw.get() {
        "null" => None,
        // Raw JSON was read before, so a text in it can be read again.
        quoted if quoted.starts_with('"') => json::unquoted(quoted).ok(),
        other => Some(Cow::Borrowed(other)),
    }
}

fn leading_number(value: &str) -> Option<f64> {
    let end = value
        .find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c))
        .unwrap_or(value.len());
    value[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::leading_number;

    #[test]
    fn numbers_are_taken_from_the_beginning() {
        assert_eq!(leading_number("510 (84%)"), Some(510.0));
        assert_eq!(leading_number("2.38"), Some(2.38));
        assert_eq!(leading_number("77%"), Some(77.0));
        for none in ["-", "", "n/a", "{}"] {
            assert_eq!(leading_number(none), None);
        }
    }
}
