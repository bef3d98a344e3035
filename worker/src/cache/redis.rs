//! Replies in Redis, shared by all workers. Files are too large for it and are not kept.

use std::time::Duration;

use anyhow::Context;
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::OnceCell;
use xxhash_rust::xxh3::xxh3_64;

use super::{FORMAT, Head};
use crate::fetch::Taken;

/// A cache that is slower than the vendor is of no use.
const PATIENCE: Duration = Duration::from_secs(2);

/// A Redis server.
pub(super) struct Redis {
    client: redis::Client,
    /// Made at the first use, so that a worker starts without it; it reconnects by itself.
    connection: OnceCell<ConnectionManager>,
}

impl Redis {
    pub(super) fn new(url: &str) -> anyhow::Result<Self> {
        // The error would repeat the URL, and a password in it.
        let client = redis::Client::open(url)
            .ok()
            .context("cache.redis_url: write redis://host:6379/0")?;
        Ok(Self {
            client,
            connection: OnceCell::new(),
        })
    }

    async fn connection(&self) -> redis::RedisResult<ConnectionManager> {
        let connect = || {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(PATIENCE))
                .set_response_timeout(Some(PATIENCE))
                .set_number_of_retries(1);
            ConnectionManager::new_with_config(self.client.clone(), config)
        };
        self.connection.get_or_try_init(connect).await.cloned()
    }

    pub(super) async fn get(&self, source: &str, key: &str) -> Option<(Head, Taken)> {
        let result: redis::RedisResult<Option<Vec<u8>>> = async {
            let mut connection = self.connection().await?;
            connection.get(name(source, key)).await
        }
        .await;
        match result {
            Ok(entry) => read(&entry?),
            Err(error) => {
                tracing::warn!(source, %error, "redis does not answer; the vendor is asked");
                None
            }
        }
    }

    pub(super) async fn put(
        &self,
        source: &str,
        key: &str,
        head: &Head,
        body: &Taken,
        max_age: Option<Duration>,
    ) -> anyhow::Result<()> {
        let Taken::Memory(body) = body else {
            anyhow::bail!("files are kept in cache.dir only");
        };
        let mut entry = serde_json::to_vec(head)?;
        entry.push(b'\n');
        entry.extend_from_slice(body);
        let mut connection = self.connection().await?;
        let name = name(source, key);
        match max_age {
            Some(age) => connection.set_ex(name, entry, age.as_secs()).await?,
            None => connection.set(name, entry).await?,
        }
        Ok(())
    }
}

fn name(source: &str, key: &str) -> String {
    format!("backfleet:reply:{source}:{key}")
}

fn read(entry: &[u8]) -> Option<(Head, Taken)> {
    let end = entry.iter().position(|byte| *byte == b'\n')?;
    let (head, body) = (&entry[..end], &entry[end + 1..]);
    let head: Head = serde_json::from_slice(head).ok()?;
    let whole = head.format == FORMAT && head.hash == xxh3_64(body);
    whole.then(|| (head, Taken::Memory(body.to_vec())))
}
