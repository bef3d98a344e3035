//! The server: one port, all vendors, started and stopped within a test.
//!
//! Connections are accepted here rather than by axum, because planned faults reset them.

mod connection;
mod control;
mod http;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::{Vendor, World};
use crate::faults::Faults;
use crate::limits::Gate;
use crate::options::Options;
use crate::oracle::Oracle;
use crate::replay::{Holdings, Replay};
use crate::requests::Requests;

/// Replies that are being written may take so long when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// A running simulator. Dropping it stops it at once.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    running: Option<Running>,
}

/// What all requests share; it outlives a restart.
#[derive(Debug)]
struct Shared {
    world: Arc<World>,
    gate: Gate,
    faults: Faults,
    requests: Requests,
}

#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    connections: TaskTracker,
}

impl Simulator {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the address is taken, or the folder of recorded replies cannot be read.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let listen = options.listen;
        let shared = Arc::new(Shared {
            gate: Gate::new(options.limits.clone()),
            faults: Faults::new(options.seed),
            requests: Requests::default(),
            world: Arc::new(World::new(options)?),
        });
        let mut simulator = Self {
            address: listen,
            shared,
            running: None,
        };
        simulator.listen().await?;
        Ok(simulator)
    }

    /// Starts to listen again on the same port, with the same faults and counts.
    ///
    /// # Errors
    /// When somebody else took the port meanwhile.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.stop().await;
        self.listen().await
    }

    /// Stops: what is held is answered, replies on their way are finished, connections close.
    pub async fn stop(&mut self) {
        if let Some(Running { stop, connections }) = self.running.take() {
            stop.cancel();
            connections.close();
            connections.wait().await;
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of a vendor (`binance`, `football-data`, `fotmob`), without a slash at its end.
    #[must_use]
    pub fn base_url(&self, vendor: &str) -> String {
        format!("http://{}/{vendor}", self.address)
    }

    /// Planned faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// What was asked so far.
    #[must_use]
    pub fn requests(&self) -> &Requests {
        &self.shared.requests
    }

    /// The rows that requests must yield.
    #[must_use]
    pub fn oracle(&self) -> Oracle {
        Oracle::of(Arc::clone(&self.shared.world))
    }

    /// What is replayed; `None` when data is generated.
    #[must_use]
    pub fn holdings(&self) -> Option<Holdings> {
        self.shared.world.replay.as_ref().map(Replay::holdings)
    }

    async fn listen(&mut self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.address)
            .await
            .with_context(|| format!("cannot listen on {}", self.address))?;
        self.address = listener
            .local_addr()
            .context("a listener without an address")?;
        let running = Running {
            stop: CancellationToken::new(),
            connections: TaskTracker::new(),
        };
        let app = Router::new().fallback(http::handle).with_state(http::App {
            shared: Arc::clone(&self.shared),
            stop: running.stop.clone(),
        });
        let accept = connection::accept(
            listener,
            app,
            running.stop.clone(),
            running.connections.clone(),
        );
        running.connections.spawn(accept);
        self.running = Some(running);
        tracing::debug!(address = %self.address, vendors = Vendor::ALL.len(), "listening");
        Ok(())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.stop.cancel();
        }
    }
}
