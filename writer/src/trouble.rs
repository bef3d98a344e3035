//! What keeps the tables from going on, told to `/readyz` and, once per cause, to the log.
//!
//! Every table reports for itself; the part (`nats` or `clickhouse`) is ready when no table is in
//! trouble. A cause that lasts, or that another table has reported already, is not logged again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::service::Health;

/// The troubles with one server.
#[derive(Debug)]
pub(crate) struct Troubles {
    part: &'static str,
    health: Health,
    current: Mutex<BTreeMap<&'static str, String>>,
}

impl Troubles {
    /// Not ready until the first [`Self::clear`].
    pub(crate) fn new(part: &'static str, health: &Health) -> Self {
        health.not_ready(part, "connecting");
        Self {
            part,
            health: health.clone(),
            current: Mutex::default(),
        }
    }

    /// `who` cannot go on: `label` is the same text for the same cause, `words` tell more.
    pub(crate) fn report(&self, who: &'static str, label: &str, words: &str) {
        let mut current = self.current();
        let known = current.values().any(|other| other == label);
        current.insert(who, label.to_owned());
        let more = if words.is_empty() { "" } else { ": " };
        self.health
            .not_ready(self.part, format!("{label} ({who}){more}{words}"));
        drop(current);
        if !known {
            let part = self.part;
            tracing::warn!(
                part,
                who,
                cause = label,
                words,
                "cannot go on, trying again"
            );
        }
    }

    /// `who` goes on.
    pub(crate) fn clear(&self, who: &'static str) {
        let mut current = self.current();
        let Some(label) = current.remove(who) else {
            if current.is_empty() {
                self.health.ready(self.part);
            }
            return;
        };
        match current.iter().next() {
            None => self.health.ready(self.part),
            Some((other, label)) => self
                .health
                .not_ready(self.part, format!("{label} ({other})")),
        }
        if !current.values().any(|other| *other == label) {
            tracing::info!(part = self.part, cause = label, "goes on");
        }
    }

    fn current(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        // The map is whole after any panic: single operations are all that happens under the lock.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_when_the_last_table_goes_on() {
        let health = Health::default();
        let troubles = Troubles::new("clickhouse", &health);
        assert_eq!(health.problems(), ["clickhouse: connecting"]);
        troubles.clear("schema");
        assert!(health.problems().is_empty());
        troubles.report("trades", "too many parts", "");
        assert_eq!(health.problems(), ["clickhouse: too many parts (trades)"]);
        troubles.report("klines", "code 60", "no such table");
        troubles.clear("klines");
        troubles.clear("matches");
        assert_eq!(health.problems(), ["clickhouse: too many parts (trades)"]);
        troubles.clear("trades");
        assert!(health.problems().is_empty());
    }
}
