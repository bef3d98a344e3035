//! A limit of requests in fixed minutes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::calendar::{MINUTE, SECOND};

/// Keeps count by client.
#[derive(Debug)]
pub(crate) struct Gate {
    limit: Option<u64>,
    clients: Mutex<HashMap<String, (i64, u64)>>,
}

/// What a client has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// Requests of this minute; `None` when there are none left.
    pub(crate) requests: Option<u64>,
    /// Seconds since 1970 when the next minute begins.
    pub(crate) reset: i64,
}

impl Gate {
    /// Without a limit everything is counted and nothing refused.
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            limit,
            clients: Mutex::default(),
        }
    }

    /// Counts a request.
    pub(crate) fn pass(&self, client: &str, now: i64) -> Left {
        let window = now.div_euclid(MINUTE);
        // Counters stay usable whatever another thread was doing.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let used = clients.entry(client.to_owned()).or_insert((window, 0));
        if used.0 != window {
            *used = (window, 0);
        }
        used.1 += 1;
        Left {
            requests: self.limit.unwrap_or(u64::MAX).checked_sub(used.1),
            reset: (window + 1) * MINUTE / SECOND,
        }
    }
}
