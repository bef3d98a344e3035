//! Recorded football-data matches of all files, by date window.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::calendar::day_of;
use crate::football_data::{Listed, authorised, by_date, not_there, with_headers};
use crate::json::Raw;
use crate::reply::{Asked, Reply};

use super::index::File;

/// All recorded matches.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// By id; of several recordings the last updated one.
    by_id: BTreeMap<u64, (String, Listed)>,
    by_time: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    matches: Vec<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    id: u64,
    utc_date: DateTime<Utc>,
    status: String,
    last_updated: String,
    competition: Named,
}

#[derive(Debug, Deserialize)]
struct Named {
    code: String,
}

impl Matches {
    pub(super) fn add(&mut self, file: &File<'_>, text: &str) -> anyhow::Result<()> {
        let path = file.path();
        let is_list = path == "/v4/matches"
            || (path.starts_with("/v4/competitions/") && path.ends_with("/matches"));
        if !is_list {
            return Ok(());
        }
        let page: Page<'_> = serde_json::from_str(text)?;
        for raw in page.matches {
            let head: Head =
                serde_json::from_str(raw.get()).context("a match without what every match has")?;
            let listed = Listed {
                kickoff: head.utc_date.timestamp_millis(),
                code: head.competition.code,
                finished: head.status == "FINISHED",
                body: Raw(raw.get().to_owned()),
            };
            let known = self
                .by_id
                .get(&head.id)
                .is_some_and(|(updated, _)| *updated > head.last_updated);
            if !known {
                self.by_id.insert(head.id, (head.last_updated, listed));
            }
        }
        Ok(())
    }

    /// Puts the matches in order of time.
    pub(super) fn sort(&mut self) {
        self.by_time = self
            .by_id
            .values()
            .map(|(_, listed)| listed.clone())
            .collect();
        self.by_time.sort_by_key(|listed| listed.kickoff);
    }

    pub(super) fn answer(&self, asked: &Asked, token: &str) -> Reply {
        let reply =
            authorised(token, asked).and_then(|()| match asked.path.trim_end_matches('/') {
                "/v4/matches" => by_date(asked, |days| {
                    let of_days = |listed: &&Listed| days.contains(&day_of(listed.kickoff));
                    self.by_time.iter().filter(of_days).cloned().collect()
                }),
                _ => Err(not_there()),
            });
        with_headers(reply.unwrap_or_else(|refusal| refusal))
    }

    pub(super) fn held(&self) -> Vec<(u64, i64)> {
        let mut held: Vec<_> = self
            .by_id
            .iter()
            .map(|(id, (_, listed))| (*id, listed.kickoff))
            .collect();
        held.sort_by_key(|(id, kickoff)| (*kickoff, *id));
        held
    }
}
