//! Buckets of entries that are changed by compare-and-set only, so that two programs cannot
//! overwrite each other: [`crate::jobs`], and the producer's schedules.

use std::marker::PhantomData;
use std::time::Duration;

use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind, KeyValueError};
use async_nats::jetstream::kv::{CreateErrorKind, Operation, Store, UpdateErrorKind};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::item::Token;
use crate::nats::Nats;

/// Somebody else may change an entry each time we look at it, but not for ever.
const TRIES: usize = 20;
/// Between two entries of a list; the server has them all.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a bucket holds.
pub trait Entry: Serialize + DeserializeOwned {
    /// The bucket's name.
    const BUCKET: &'static str;
    /// What an entry is called.
    const WORD: &'static str;

    /// The entry's name, under which it is kept.
    fn name(&self) -> &Token;
}

/// A key-value bucket of one kind of entry.
#[derive(Debug)]
pub struct Bucket<T> {
    store: Store,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Bucket<T> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            kind: PhantomData,
        }
    }
}

/// The bucket could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// Somebody else changed the entry first.
    #[error("{word} {name} was changed by somebody else at the same time; run the command again")]
    Conflict {
        /// What the entry is.
        word: &'static str,
        /// The entry.
        name: Token,
    },
    /// An entry is not one of this version.
    #[error("the entry of {word} {name} cannot be read; was it written by a newer version?")]
    Unreadable {
        /// What the entry is.
        word: &'static str,
        /// The entry.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The server did not answer or refused.
    #[error("cannot use the bucket {bucket}")]
    Store {
        /// The bucket.
        bucket: &'static str,
        /// Why.
        source: async_nats::Error,
    },
}

impl BucketError {
    /// Whether the bucket is not there, rather than out of reach.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        use std::error::Error;
        let Self::Store { source, .. } = self else {
            return false;
        };
        let error = source.downcast_ref::<KeyValueError>();
        let cause = error.and_then(|error| error.source()?.downcast_ref::<GetStreamError>());
        cause.is_some_and(|cause| match cause.kind() {
            GetStreamErrorKind::JetStream(error) => error.code() == 404,
            _ => false,
        })
    }
}

impl<T: Entry> Bucket<T> {
    /// Opens the bucket; [`crate::streams::ensure`] makes it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn open(nats: &Nats) -> Result<Self, BucketError> {
        let store = nats.jetstream.get_key_value(T::BUCKET).await;
        Ok(Self {
            store: store.map_err(failed::<T, _>)?,
            kind: PhantomData,
        })
    }

    /// The entry of that name, with its revision.
    ///
    /// # Errors
    /// When the server does not answer or the entry is unreadable.
    pub async fn get(&self, name: &Token) -> Result<Option<(T, u64)>, BucketError> {
        let entry = self.store.entry(name.as_str()).await;
        match entry.map_err(failed::<T, _>)? {
            Some(entry) if !entry.value.is_empty() => {
                Ok(Some((read(name.as_str(), &entry.value)?, entry.revision)))
            }
            _ => Ok(None),
        }
    }

    /// Writes a new entry and returns its revision.
    ///
    /// # Errors
    /// [`BucketError::Conflict`] when the name is taken.
    pub async fn create(&self, entry: &T) -> Result<u64, BucketError> {
        let created = self.store.create(entry.name().as_str(), body(entry));
        created.await.map_err(|error| match error.kind() {
            CreateErrorKind::AlreadyExists => conflict::<T>(entry.name()),
            _ => failed::<T, _>(error),
        })
    }

    /// Changes an entry that is still at `revision`.
    ///
    /// # Errors
    /// [`BucketError::Conflict`] when it no longer is.
    pub async fn update(&self, entry: &T, revision: u64) -> Result<u64, BucketError> {
        let updated = self
            .store
            .update(entry.name().as_str(), body(entry), revision);
        updated.await.map_err(|error| match error.kind() {
            UpdateErrorKind::WrongLastRevision => conflict::<T>(entry.name()),
            _ => failed::<T, _>(error),
        })
    }

    /// Changes an entry, however often somebody else is quicker; `None` when there is none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn change(
        &self,
        name: &Token,
        change: impl Fn(&mut T),
    ) -> Result<Option<T>, BucketError> {
        for _ in 0..TRIES {
            let Some((mut entry, revision)) = self.get(name).await? else {
                return Ok(None);
            };
            change(&mut entry);
            match self.update(&entry, revision).await {
                Err(BucketError::Conflict { .. }) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(Some(entry)),
            }
        }
        Err(conflict::<T>(name))
    }

    /// Takes an entry away, and every trace of it; nothing is wrong when there is none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn remove(&self, name: &Token) -> Result<(), BucketError> {
        // A deletion as key-value stores know it would leave a mark for each name that ever was.
        let subject = format!("{}{name}", self.store.prefix);
        let purge = self.store.stream.purge().filter(subject);
        purge.await.map(drop).map_err(failed::<T, _>)
    }

    /// The names of all entries.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn names(&self) -> Result<Vec<Token>, BucketError> {
        let keys = self.store.keys().await.map_err(failed::<T, _>)?;
        let names = keys.map_ok(|key| Token::from_lossy(&key));
        let mut names: Vec<_> = names.try_collect().await.map_err(failed::<T, _>)?;
        names.sort();
        Ok(names)
    }

    /// All entries, by name.
    ///
    /// # Errors
    /// When the server does not answer or an entry is unreadable.
    pub async fn list(&self) -> Result<Vec<T>, BucketError> {
        let mut entries = Vec::new();
        // Nobody would tell that there is nothing to come.
        let status = self.store.status().await.map_err(failed::<T, _>)?;
        if status.values() == 0 {
            return Ok(entries);
        }
        let all = self.store.watch_with_history(">").await;
        let mut all = all.map_err(failed::<T, _>)?;
        loop {
            let next = tokio::time::timeout(PATIENCE, all.try_next()).await;
            let next = next.map_err(failed::<T, _>)?.map_err(failed::<T, _>)?;
            let Some(entry) = next else { break };
            if entry.operation == Operation::Put && !entry.value.is_empty() {
                entries.push(read::<T>(&entry.key, &entry.value)?);
            }
            if entry.seen_current {
                break;
            }
        }
        entries.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(entries)
    }

    /// Yields whenever an entry was written; an error when that could not be told any more.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn changes(
        &self,
    ) -> Result<BoxStream<'static, Result<(), BucketError>>, BucketError> {
        let watch = self.store.watch_all().await.map_err(failed::<T, _>)?;
        let changes = watch.map(|entry| entry.map(drop).map_err(failed::<T, _>));
        Ok(changes.boxed())
    }
}

fn failed<T: Entry, E: Into<async_nats::Error>>(error: E) -> BucketError {
    BucketError::Store {
        bucket: T::BUCKET,
        source: error.into(),
    }
}

fn conflict<T: Entry>(name: &Token) -> BucketError {
    BucketError::Conflict {
        word: T::WORD,
        name: name.clone(),
    }
}

fn read<T: Entry>(name: &str, value: &[u8]) -> Result<T, BucketError> {
    serde_json::from_slice(value).map_err(|source| BucketError::Unreadable {
        word: T::WORD,
        name: name.to_owned(),
        source,
    })
}

fn body<T: Entry>(entry: &T) -> Bytes {
    serde_json::to_vec(entry)
        .expect("an entry is plain data")
        .into()
}
