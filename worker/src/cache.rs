//! Replies that are kept: a job whose replies are all here runs without one request.
//!
//! The key holds everything that changes the answer (server, path, query, form, headers), but no
//! secret. A reply is kept with the time it was fetched, which then stands for the time of its
//! rows too: an open bar in it stays an open bar. A store that is away, or an entry that was
//! damaged, is a miss: it costs a request, never a row.

mod disk;
mod redis;

use std::fs::File;
use std::time::Duration;

use common::item::Item;
use common::settings;
use serde::{Deserialize, Serialize};
use sources::{Ask, ReplyHead, Server};
use xxhash_rust::xxh3::xxh3_64;

use self::disk::Disk;
use self::redis::Redis;
use crate::fetch::{Answer, Spooled, Taken};

/// What an item says about the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Ask, keep nothing.
    Off,
    /// Ask, keep the reply.
    Write,
    /// Take what is kept; ask for the rest and keep it.
    Read,
}

impl Mode {
    /// What the producer wrote into the item.
    pub(crate) fn of(item: &Item) -> Self {
        match item.param("cache") {
            "read" => Self::Read,
            "write" => Self::Write,
            _ => Self::Off,
        }
    }
}

/// Where replies are kept.
pub(crate) struct Cache {
    store: Store,
    max_age: Option<Duration>,
}

enum Store {
    Disk(Disk),
    Redis(Redis),
}

/// What stands before a kept body.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// Format of the entry.
    format: u32,
    status: u16,
    headers: Vec<(String, String)>,
    /// When it was fetched, nanoseconds since 1970.
    fetched_at: i64,
    /// Bytes of the body.
    bytes: u64,
    /// Hash of the body: a damaged one is a miss.
    hash: u64,
    /// Whether the body was a file.
    file: bool,
}

const FORMAT: u32 = 1;

/// A kept reply.
pub(crate) struct Kept {
    pub(crate) answer: Answer,
    pub(crate) fetched_at: i64,
}

impl Cache {
    /// The configured cache; `None` where none is.
    pub(crate) fn new(section: &settings::Cache) -> anyhow::Result<Option<Self>> {
        let store = match (section.dir.is_empty(), section.redis_url.is_empty()) {
            (false, _) => Store::Disk(Disk::new(&section.dir)?),
            (true, false) => Store::Redis(Redis::new(&section.redis_url)?),
            (true, true) => return Ok(None),
        };
        let max_age = (section.max_age_s > 0).then(|| Duration::from_secs(section.max_age_s));
        Ok(Some(Self { store, max_age }))
    }

    /// A reply that is kept and young enough at `now` (nanoseconds).
    pub(crate) async fn get(&self, source: &str, ask: &Ask, now: i64) -> Option<Kept> {
        let key = key(ask);
        let (head, body) = match &self.store {
            Store::Disk(disk) => disk.get(source, &key).await?,
            Store::Redis(redis) => redis.get(source, &key).await?,
        };
        if self.max_age.is_some_and(|age| {
            now.saturating_sub(head.fetched_at) > i64::try_from(age.as_nanos()).unwrap_or(i64::MAX)
        }) {
            return None;
        }
        let answer = Answer {
            head: ReplyHead {
                status: head.status,
                headers: head.headers,
            },
            body,
        };
        Some(Kept {
            answer,
            fetched_at: head.fetched_at,
        })
    }

    /// Keeps a reply; what cannot be kept is told in the log and does no harm.
    pub(crate) async fn put(&self, source: &str, ask: &Ask, answer: &Answer, fetched_at: i64) {
        let key = key(ask);
        let (bytes, hash, file) = match &answer.body {
            Taken::Memory(body) => (body.len() as u64, xxh3_64(body), false),
            Taken::Disk(spooled) => (spooled.bytes, spooled.hash, true),
        };
        let head = Head {
            format: FORMAT,
            status: answer.head.status,
            headers: answer.head.headers.clone(),
            fetched_at,
            bytes,
            hash,
            file,
        };
        let result = match &self.store {
            Store::Disk(disk) => disk.put(source, &key, &head, &answer.body).await,
            Store::Redis(redis) => {
                redis
                    .put(source, &key, &head, &answer.body, self.max_age)
                    .await
            }
        };
        if let Err(error) = result {
            tracing::warn!(
                source,
                error = format!("{error:#}"),
                "a reply could not be kept"
            );
        }
    }
}

/// What tells one request from another.
fn key(ask: &Ask) -> String {
    let (server, path) = match &ask.server {
        Server::Main => ("", ask.path.as_str()),
        Server::Other(name) => (*name, ask.path.as_str()),
        Server::Link(link) => ("link", link.as_str()),
    };
    let text = serde_json::to_string(&(server, path, &ask.query, &ask.form, &ask.headers))
        .expect("texts and pairs of texts are JSON");
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// A kept file as one that was just fetched.
fn spooled(file: File, head: &Head) -> Taken {
    Taken::Disk(Spooled {
        file,
        bytes: head.bytes,
        hash: head.hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sources::Cost;

    fn ask(path: &str, query: &[(&'static str, &str)]) -> Ask {
        let cost = Cost {
            budget: "b",
            units: 1,
        };
        let query = query
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Ask::get(path, cost).with_query(query.collect())
    }

    fn answer(body: &[u8]) -> Answer {
        Answer {
            head: ReplyHead {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            },
            body: Taken::Memory(body.to_vec()),
        }
    }

    fn cache(dir: &tempfile::TempDir, max_age_s: u64) -> Cache {
        let section = settings::Cache {
            dir: dir.path().display().to_string(),
            redis_url: String::new(),
            max_age_s,
        };
        Cache::new(&section).unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_reply_comes_back_with_its_time_and_only_for_the_same_request() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(&dir, 0);
        let adjusted = ask("/v2/aggs", &[("adjusted", "true")]);
        cache
            .put("polygon", &adjusted, &answer(b"{\"a\":1}"), 77)
            .await;
        let kept = cache.get("polygon", &adjusted, i64::MAX).await.unwrap();
        assert_eq!(
            (kept.answer.bytes(), kept.fetched_at),
            (&b"{\"a\":1}"[..], 77)
        );
        assert_eq!(
            kept.answer.head.header("content-type"),
            Some("application/json")
        );
        let raw = ask("/v2/aggs", &[("adjusted", "false")]);
        assert!(cache.get("polygon", &raw, 0).await.is_none());
        assert!(cache.get("other", &adjusted, 0).await.is_none());
        // A shorter reply leaves nothing of the longer one behind.
        cache.put("polygon", &adjusted, &answer(b"[]"), 78).await;
        let kept = cache.get("polygon", &adjusted, 0).await.unwrap();
        assert_eq!(kept.answer.bytes(), b"[]");
    }

    #[tokio::test]
    async fn old_and_damaged_replies_are_misses() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(&dir, 10);
        let ask = ask("/x", &[]);
        cache.put("s", &ask, &answer(b"[1]"), 0).await;
        assert!(cache.get("s", &ask, 10_000_000_000).await.is_some());
        assert!(cache.get("s", &ask, 10_000_000_001).await.is_none());
        let mut files = walk(dir.path());
        let file = files.pop().unwrap();
        assert!(files.is_empty());
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        assert!(cache.get("s", &ask, 0).await.is_none());
        std::fs::write(&file, b"").unwrap();
        assert!(cache.get("s", &ask, 0).await.is_none());
    }

    fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .flat_map(|path| {
                if path.is_dir() {
                    walk(&path)
                } else {
                    vec![path]
                }
            })
            .collect()
    }

    #[tokio::test]
    async fn files_are_kept_whole() {
        use std::io::{Read, Seek, Write};
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(&dir, 0);
        let mut file = tempfile::tempfile().unwrap();
        let content = vec![7u8; 100_000];
        file.write_all(&content).unwrap();
        file.rewind().unwrap();
        let spooled = Spooled {
            file,
            bytes: content.len() as u64,
            hash: xxh3_64(&content),
        };
        let mut reply = answer(b"");
        reply.body = Taken::Disk(spooled);
        let ask = ask("/file.zip", &[]);
        cache.put("s", &ask, &reply, 1).await;
        // The one that was put can still be read.
        let Taken::Disk(mut original) = reply.body else {
            panic!("a file")
        };
        let mut read = Vec::new();
        original.file.read_to_end(&mut read).unwrap();
        assert_eq!(read, content);
        let Taken::Disk(mut kept) = cache.get("s", &ask, 0).await.unwrap().answer.body else {
            panic!("a file")
        };
        read.clear();
        kept.file.read_to_end(&mut read).unwrap();
        assert_eq!((read, kept.hash), (content.clone(), xxh3_64(&content)));
    }
}
