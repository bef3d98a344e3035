//! Planned faults: a list of rules that can change while the server runs.
//!
//! Tests add rules in code ([`Faults::add`]) or over HTTP (`POST /__faults`). A test that must
//! stop something at an exact step uses [`Fault::Hold`]: it waits for [`Planned::struck`] and lets
//! go with [`Planned::release`].

mod play;
mod rule;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::answer::Vendor;
use crate::hash::Key;

pub(crate) use play::{Played, play};
pub use rule::{Fault, Matcher, Rule};

/// The rules in force.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    rules: Mutex<Rules>,
}

#[derive(Debug, Default)]
struct Rules {
    last_id: u64,
    active: Vec<Planned>,
}

/// A rule in force.
#[derive(Debug, Clone)]
pub struct Planned(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: u64,
    rule: Rule,
    chance: Key,
    counted: Mutex<u64>,
    struck: watch::Sender<u64>,
    released: watch::Sender<bool>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            rules: Mutex::default(),
        }
    }

    /// Adds a rule; it counts requests from now on.
    pub fn add(&self, rule: impl Into<Rule>) -> Planned {
        let mut rules = self.rules();
        rules.last_id += 1;
        let id = rules.last_id;
        let planned = Planned(Arc::new(Inner {
            id,
            rule: rule.into(),
            chance: Key::new(self.seed, "faults").at(id),
            counted: Mutex::new(0),
            struck: watch::Sender::new(0),
            released: watch::Sender::new(false),
        }));
        rules.active.push(planned.clone());
        planned
    }

    /// Removes a rule and lets go what it holds; false when there is none of that id.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = self.rules();
        let place = rules.active.iter().position(|planned| planned.id() == id);
        place
            .map(|place| rules.active.remove(place).release())
            .is_some()
    }

    /// Removes all rules and lets go what they hold.
    pub fn clear(&self) {
        for planned in self.rules().active.drain(..) {
            planned.release();
        }
    }

    /// The rules in force, oldest first.
    #[must_use]
    pub fn active(&self) -> Vec<Planned> {
        self.rules().active.clone()
    }

    /// Counts a request and says which rules strike it.
    pub(crate) fn strike(&self, vendor: Vendor, path: &str, query: &str) -> Vec<Planned> {
        let rules = self.rules();
        rules
            .active
            .iter()
            .filter(|planned| planned.strike(vendor, path, query))
            .cloned()
            .collect()
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        // A list of rules is whole at any time.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Planned {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// What it says.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.0.rule
    }

    /// How many requests it struck.
    #[must_use]
    pub fn hits(&self) -> u64 {
        *self.0.struck.borrow()
    }

    /// Waits until it struck that many requests.
    pub async fn struck(&self, times: u64) {
        let mut hits = self.0.struck.subscribe();
        // The sender lives as long as `self`.
        let _ = hits.wait_for(|hits| *hits >= times).await;
    }

    /// Lets go what is held, now and later.
    pub fn release(&self) {
        self.0.released.send_replace(true);
    }

    pub(crate) async fn until_released(&self) {
        let mut released = self.0.released.subscribe();
        // The sender lives as long as `self`.
        let _ = released.wait_for(|released| *released).await;
    }

    fn strike(&self, vendor: Vendor, path: &str, query: &str) -> bool {
        let Inner {
            rule,
            chance,
            counted,
            struck,
            ..
        } = &*self.0;
        if !rule.matcher.counts(vendor, path, query) {
            return false;
        }
        let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted += 1;
        let strikes = rule.matcher.strikes(*counted, self.hits(), *chance);
        if strikes {
            struck.send_modify(|hits| *hits += 1);
        }
        strikes
    }
}
