//! Which parts of a process work: the answer of `/readyz` and part of `/status`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// The state of the parts, shared by all who set and read it.
#[derive(Debug, Clone, Default)]
pub struct Health {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    problems: BTreeMap<&'static str, Option<String>>,
    facts: BTreeMap<&'static str, Value>,
}

impl Health {
    /// The part works.
    pub fn ready(&self, part: &'static str) {
        self.lock().problems.insert(part, None);
    }

    /// The part does not work, and why.
    pub fn not_ready(&self, part: &'static str, why: impl Into<String>) {
        self.lock().problems.insert(part, Some(why.into()));
    }

    /// Something that `/status` tells.
    pub fn tell(&self, fact: &'static str, value: impl Into<Value>) {
        self.lock().facts.insert(fact, value.into());
    }

    /// What does not work; nothing is ready before any part has reported.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let inner = self.lock();
        if inner.problems.is_empty() {
            return vec!["starting".to_owned()];
        }
        inner
            .problems
            .iter()
            .filter_map(|(part, problem)| {
                problem.as_ref().map(|problem| format!("{part}: {problem}"))
            })
            .collect()
    }

    pub(super) fn facts(&self) -> BTreeMap<&'static str, Value> {
        self.lock().facts.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // The maps are whole after any panic: a single insert is all that happens under the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_that_every_part_is() {
        let health = Health::default();
        assert_eq!(health.problems(), ["starting"]);
        health.ready("nats");
        health.not_ready("clickhouse", "refused");
        assert_eq!(health.problems(), ["clickhouse: refused"]);
        health.ready("clickhouse");
        assert!(health.problems().is_empty());
    }
}
