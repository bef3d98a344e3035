//! Dead letters: what workers write on `DEAD` of an item that was refused, and `producer` reads.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::item::{Item, Work};

/// An item that was refused, kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The item; nothing where the message was not one.
    pub item: Option<Item>,
    /// Where: `read`, `ask`, `instruments`, `fetch`, `parse`, `publish` or `deliver`.
    pub step: String,
    /// Why, in the vendor's words where there are any.
    pub reason: String,
    /// The HTTP status of the last reply.
    #[serde(default)]
    pub status: Option<u16>,
    /// The beginning of the last reply.
    #[serde(default)]
    pub head: String,
    /// Deliveries it took.
    pub attempts: u64,
    /// Requests sent.
    #[serde(default)]
    pub requests: u64,
    /// The ids of it that were refused; empty where all of it was.
    #[serde(default)]
    pub ids: Vec<RefusedId>,
    /// Who wrote the letter.
    pub worker: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Letter {
    /// The ids that were refused: those it names, or all of an item that was refused as a whole.
    /// None of a window.
    #[must_use]
    pub fn refused_ids(&self) -> Vec<RefusedId> {
        match self.item.as_ref().map(|item| &item.work) {
            Some(Work::Ids(ids)) if self.ids.is_empty() => {
                let refused = |id: &String| RefusedId {
                    id: id.clone(),
                    step: self.step.clone(),
                    reason: self.reason.clone(),
                    status: self.status,
                    head: String::new(),
                };
                ids.iter().map(refused).collect()
            }
            _ => self.ids.clone(),
        }
    }
}

/// An id that was refused while the rest of its item went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedId {
    /// The id.
    pub id: String,
    /// As in [`Letter`].
    pub step: String,
    /// As in [`Letter`].
    pub reason: String,
    /// As in [`Letter`].
    #[serde(default)]
    pub status: Option<u16>,
    /// As in [`Letter`].
    #[serde(default)]
    pub head: String,
}
