//! Which promise the broker's settings allow: whether what it confirmed survives a power cut.
//!
//! nats-server tells it on its monitoring endpoint only, so `nats.monitor_url` must be known. Each
//! program says in its log at start which promise holds, and `producer status` repeats it.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// What survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// `sync_interval: always`: whatever the broker confirmed.
    PowerCut,
    /// Whatever it confirmed, unless the machine itself loses power within this time.
    ProcessDeath {
        /// `sync_interval`.
        sync_interval: Duration,
    },
    /// The monitoring endpoint is not configured or does not answer.
    Unknown,
}

#[derive(Deserialize)]
struct Jsz {
    config: JszConfig,
}

#[derive(Deserialize)]
struct JszConfig {
    #[serde(default)]
    sync_always: bool,
    #[serde(default)]
    sync_interval: u64,
}

impl Durability {
    /// Asks the monitoring endpoint; an endpoint that cannot be asked is [`Durability::Unknown`].
    pub async fn of(monitor_url: &str) -> Self {
        if monitor_url.is_empty() {
            return Self::Unknown;
        }
        Self::ask(monitor_url).await.unwrap_or(Self::Unknown)
    }

    async fn ask(monitor_url: &str) -> reqwest::Result<Self> {
        crate::tls::use_ring();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(3))
            .build()?;
        let reply = client
            .get(format!("{}/jsz", monitor_url.trim_end_matches('/')))
            .send()
            .await?;
        let Ok(jsz) = serde_json::from_slice::<Jsz>(&reply.error_for_status()?.bytes().await?)
        else {
            return Ok(Self::Unknown);
        };
        Ok(if jsz.config.sync_always {
            Self::PowerCut
        } else {
            Self::ProcessDeath {
                sync_interval: Duration::from_nanos(jsz.config.sync_interval),
            }
        })
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PowerCut => f.write_str(
                "what the broker confirmed survives a power cut (sync_interval: always)",
            ),
            Self::ProcessDeath { sync_interval } => write!(
                f,
                "what the broker confirmed survives the death of any process; a power cut may lose the last {} s \
                 (set sync_interval: always in nats-server)",
                sync_interval.as_secs()
            ),
            Self::Unknown => {
                f.write_str("not known: set nats.monitor_url to nats-server's monitoring endpoint")
            }
        }
    }
}
