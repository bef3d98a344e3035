//! Recorded FotMob replies, served as they are; a day without a recording is empty.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::Value;

use crate::fotmob::{Endpoint, by_day, by_id, endpoint, not_found};
use crate::json::{Raw, object};
use crate::reply::{Asked, Reply};

use super::index::File;

/// All recorded replies.
#[derive(Debug, Default)]
pub(super) struct Pages {
    days: BTreeMap<String, Raw>,
    details: BTreeMap<u64, Raw>,
}

impl Pages {
    pub(super) fn add(&mut self, file: &File<'_>, text: String) -> anyhow::Result<()> {
        let path = file.path();
        if let Some(date) = file.parameter("date").filter(|_| path.ends_with("matches")) {
            self.days.insert(date.to_owned(), Raw(text));
        } else if let Some(id) = file
            .parameter("matchId")
            .filter(|_| path.ends_with("matchDetails"))
        {
            self.details.insert(
                id.parse().context("a match id that is no number")?,
                Raw(text),
            );
        }
        Ok(())
    }

    pub(super) fn answer(&self, asked: &Asked) -> Reply {
        match endpoint(&asked.path) {
            Some(Endpoint::Matches) => by_day(asked, |date, _| {
                self.days
                    .get(date)
                    .cloned()
                    .unwrap_or_else(|| object! { "leagues": Vec::<Raw>::new(), "date": date })
            }),
            Some(Endpoint::Details) => {
                by_id(asked, |id| self.details.get(&id.parse().ok()?).cloned())
            }
            // Only one recording of each is known, without its address.
            Some(Endpoint::League | Endpoint::Team | Endpoint::AllLeagues) | None => not_found(),
        }
    }

    pub(super) fn days_held(&self) -> Vec<(String, usize)> {
        let count = |text: &Raw| -> usize {
            let list = value(text);
            let leagues = list["leagues"].as_array();
            leagues
                .into_iter()
                .flatten()
                .map(|league| length(&league["matches"]))
                .sum()
        };
        self.days
            .iter()
            .map(|(date, text)| (date.clone(), count(text)))
            .collect()
    }

    pub(super) fn details_held(&self) -> Vec<(u64, usize, usize)> {
        let held = |(id, text): (&u64, &Raw)| {
            let content = &value(text)["content"];
            let events = length(&content["matchFacts"]["events"]["events"]);
            (*id, events, length(&content["shotmap"]["shots"]))
        };
        self.details.iter().map(held).collect()
    }
}

fn value(text: &Raw) -> Value {
    serde_json::from_str(&text.0).unwrap_or_default()
}

fn length(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}
