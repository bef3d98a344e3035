//! How a simulator is started.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::limits::Limits;

/// The simulated time: milliseconds since 1970. Nothing later than it is served.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|| chrono::Utc::now().timestamp_millis())
    }

    /// Any function: tests fix or move the time with it.
    pub fn new(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Always the same time.
    #[must_use]
    pub fn fixed(ms: i64) -> Self {
        Self::new(move || ms)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// Which trades share one timestamp: of every `every` blocks of `block` trades, one on average.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ties {
    /// Trades of a block; above 1,000 a tie is larger than a page.
    pub block: u64,
    /// One block in so many is tied.
    pub every: u64,
}

/// How a simulator is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Another seed is another world.
    pub seed: u64,
    /// Aggregate trades of a symbol a day, on average.
    pub trades_per_day: u64,
    /// Which trades share a timestamp.
    pub ties: Ties,
    /// Every reply waits so long.
    pub latency: Duration,
    /// The vendors' limits.
    pub limits: Limits,
    /// The token that football-data accepts.
    pub token: String,
    /// Per mille of FotMob ids that do not exist.
    pub missing_matches: u64,
    /// Files of archives that are missing: those with one of these in their path.
    pub missing_files: Vec<String>,
    /// The simulated time.
    pub clock: Clock,
    /// Answer from this folder of recorded replies instead.
    pub replay: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            trades_per_day: 40_000,
            ties: Ties {
                block: 12,
                every: 5,
            },
            latency: Duration::ZERO,
            limits: Limits::default(),
            token: "simulator-token".to_owned(),
            missing_matches: 20,
            missing_files: Vec::new(),
            clock: Clock::system(),
            replay: None,
        }
    }
}
