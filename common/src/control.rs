//! What an operator says of a job while it runs: its weight, its priority, how many of its items may
//! be in work, whether it is paused or cancelled.
//!
//! All of it is kept with the job's consumer, which every worker lists anyway: pausing and limiting
//! are the server's own, the rest stands in the consumer's metadata. So it holds for the whole
//! fleet from the moment the server has it, also for workers that start later.

use std::time::Duration;

use async_nats::datetime;
use async_nats::jetstream::consumer::{self, FromConsumer, pull};
use async_nats::jetstream::stream::Stream;

use crate::item::Token;

/// The weight of a job of which nothing was said.
pub const USUAL_WEIGHT: u32 = 100;

/// A pause ends when it is ended; the server wants a time.
const FOR_EVER: Duration = Duration::from_secs(50 * 365 * 86_400);

const WEIGHT: &str = "weight";
const FRESH: &str = "fresh";
const CANCELLED: &str = "cancelled";

/// What the metadata of a job's consumer say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// Its part of the workers, compared with the weights of other jobs.
    pub weight: u32,
    /// Whether it is served before jobs that are not.
    pub fresh: bool,
    /// Whether its items shall not be worked on any more.
    pub cancelled: bool,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            weight: USUAL_WEIGHT,
            fresh: false,
            cancelled: false,
        }
    }
}

/// The server did not take a change.
#[derive(Debug, thiserror::Error)]
#[error("cannot change the queue of job {job}")]
pub struct ControlError {
    /// The job.
    pub job: Token,
    /// Why.
    pub source: async_nats::Error,
}

impl Control {
    /// What a consumer says.
    #[must_use]
    pub fn of(config: &consumer::Config) -> Self {
        let said = |name| config.metadata.get(name).map(String::as_str);
        Self {
            weight: said(WEIGHT)
                .and_then(|weight| weight.parse().ok())
                .filter(|weight| *weight > 0)
                .unwrap_or(USUAL_WEIGHT),
            fresh: said(FRESH) == Some("true"),
            cancelled: said(CANCELLED) == Some("true"),
        }
    }

    /// Writes it where [`Control::of`] finds it.
    pub fn write(self, config: &mut pull::Config) {
        let mut say = |name: &str, value: String| config.metadata.insert(name.to_owned(), value);
        say(WEIGHT, self.weight.to_string());
        say(FRESH, self.fresh.to_string());
        say(CANCELLED, self.cancelled.to_string());
    }
}

/// Changes the consumer of a job.
///
/// # Errors
/// When there is none or the server does not take it.
pub async fn change(
    work: &Stream,
    job: &Token,
    change: impl FnOnce(&mut pull::Config, &mut Control),
) -> Result<(), ControlError> {
    let changed = async {
        let info = work.consumer_info(job.as_str()).await?;
        let mut control = Control::of(&info.config);
        let mut config = pull::Config::try_from_consumer_config(info.config)?;
        change(&mut config, &mut control);
        control.write(&mut config);
        work.update_consumer(config).await?;
        Ok::<_, async_nats::Error>(())
    };
    changed.await.map_err(|source| ControlError {
        job: job.clone(),
        source,
    })
}

/// Stops giving out a job's items, or goes on; items in work are finished.
///
/// # Errors
/// When there is no such consumer or the server does not take it.
pub async fn pause(work: &Stream, job: &Token, paused: bool) -> Result<(), ControlError> {
    let asked = async {
        if paused {
            let until = datetime::add_std_duration(datetime::now(), FOR_EVER)?;
            work.pause_consumer(job.as_str(), until).await?;
        } else {
            work.resume_consumer(job.as_str()).await?;
        }
        Ok::<_, async_nats::Error>(())
    };
    asked.await.map_err(|source| ControlError {
        job: job.clone(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_nats::jetstream::consumer::IntoConsumerConfig;

    #[test]
    fn what_is_said_is_read_again() {
        let control = Control {
            weight: 7,
            fresh: true,
            cancelled: true,
        };
        let mut config = pull::Config::default();
        assert_eq!(
            Control::of(&config.clone().into_consumer_config()),
            Control::default()
        );
        control.write(&mut config);
        assert_eq!(Control::of(&config.clone().into_consumer_config()), control);
        config.metadata.insert(WEIGHT.to_owned(), "0".to_owned());
        let read = Control::of(&config.into_consumer_config());
        assert_eq!(read.weight, USUAL_WEIGHT);
    }
}
