//! A vendor as this worker uses it: what is known about it, its settings, its HTTP client, its
//! pace, and how many of its items may be in work here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use common::settings::{self, Settings};
use sources::{Instruments, Source};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::Lists;
use crate::fetch::Client;
use crate::history;
use crate::pace::Pace;

/// A vendor in use.
pub(crate) struct Vendor {
    pub(crate) source: &'static dyn Source,
    pub(crate) client: Client,
    pub(crate) pace: Pace,
    pub(crate) lists: Lists,
    /// What is known of its instruments beside its own lists.
    pub(crate) history: Instruments,
    slots: Arc<Semaphore>,
    closed: Option<String>,
}

/// The right to have one item of a vendor in work.
pub(crate) type Slot = OwnedSemaphorePermit;

/// All vendors of this worker.
pub(crate) struct Vendors(HashMap<&'static str, Arc<Vendor>>);

impl Vendors {
    /// # Errors
    /// With everything that is wrong in any section.
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        let (mut vendors, mut problems) = (HashMap::new(), Vec::new());
        for source in sources::all() {
            let Some(section) = settings.source(source.name()) else {
                continue;
            };
            match Vendor::new(source, section, &settings.worker) {
                Ok(vendor) => drop(vendors.insert(source.name(), Arc::new(vendor))),
                Err(problem) => problems.push(format!("{problem:#}")),
            }
        }
        if !problems.is_empty() {
            bail!("in the configuration:\n  {}", problems.join("\n  "));
        }
        Ok(Self(vendors))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Vendor>> {
        self.0.get(name)
    }
}

impl Vendor {
    pub(crate) fn new(
        source: &'static dyn Source,
        section: &settings::Source,
        worker: &settings::Worker,
    ) -> anyhow::Result<Self> {
        let closed = source
            .terms()
            .filter(|_| !section.accept_terms)
            .map(|terms| {
                let key = source.name().replace('-', "_");
                format!("{terms}; set accept_terms = true in [sources.{key}] if you may")
            });
        let [least, most] = section.delay_ms.map(Duration::from_millis);
        Ok(Self {
            source,
            client: Client::new(section, worker)?,
            pace: Pace::new(
                section.requests_per_minute,
                Duration::from_millis(section.window_ms),
                least..=most,
            ),
            lists: Lists::default(),
            history: history::read(source, section)?,
            slots: Arc::new(Semaphore::new(section.concurrency)),
            closed,
        })
    }

    /// Why nothing may be asked of it, if so.
    pub(crate) fn closed(&self) -> Option<&str> {
        self.closed.as_deref()
    }

    /// How many more of its items may be in work.
    pub(crate) fn free(&self) -> usize {
        self.slots.available_permits()
    }

    pub(crate) async fn slot(&self) -> Option<Slot> {
        self.slots.clone().acquire_owned().await.ok()
    }
}
