//! The vendor's lists of instruments, fetched once for many items.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sources::{Ask, Instruments};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Task;
use super::reply::{Got, Tries};
use crate::history;
use crate::outcome::Refused;

/// Instruments are listed some times a day; an hour old list still holds nearly all.
const FRESH_FOR: Duration = Duration::from_secs(3_600);

/// The lists of one vendor, by the requests they come from.
#[derive(Default)]
pub(crate) struct Lists(Mutex<HashMap<String, (Instant, Arc<Instruments>)>>);

impl Task<'_> {
    /// The instruments that the item needs. Who comes first fetches them, the others wait.
    pub(super) async fn listed(&mut self) -> Result<Arc<Instruments>, Refused> {
        let asks = self.vendor.source.instruments(self.item);
        if asks.is_empty() {
            return Ok(Arc::default());
        }
        let key = format!("{asks:?}");
        let vendor = self.vendor;
        let mut lists = vendor.lists.0.lock().await;
        if let Some((at, list)) = lists.get(&key)
            && at.elapsed() < FRESH_FOR
        {
            return Ok(list.clone());
        }
        let mut all = Vec::new();
        for ask in &asks {
            all.extend(self.list(ask).await?);
        }
        // Of the time of the list: where it was kept, that is not now.
        let (history, listed_at) = (&vendor.history, self.fetched_at);
        history::warn_of_gaps(vendor.source.name(), history, &all, listed_at);
        let list = Arc::new(history.over(all, listed_at));
        lists.insert(key, (Instant::now(), list.clone()));
        Ok(list)
    }

    async fn list(&mut self, ask: &Ask) -> Result<Vec<sources::instrument::Instrument>, Refused> {
        let mut tries = Tries::new(&self.engine.settings.worker);
        loop {
            let of_lists = |refused: Refused| Refused {
                step: "instruments".into(),
                ..refused
            };
            let answer = match self.reply(ask, &mut tries).await.map_err(of_lists)? {
                Got::Reply(answer) => answer,
                Got::Absent(refused) => return Err(of_lists(refused)),
            };
            match self.vendor.source.read_instruments(answer.bytes()) {
                Ok(list) => return Ok(list),
                Err(error) => {
                    let refused = self.refused("instruments", &error.to_string(), &answer);
                    self.spent.wait += tries.failed(self.item, refused).await?;
                }
            }
        }
    }
}
