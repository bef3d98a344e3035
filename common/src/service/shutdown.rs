//! Stopping in two steps: first no new work is taken and what is begun is finished, then, on a
//! second signal or at the deadline, the process ends where it stands.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Whether to stop, shared by all parts of a process.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    stopping: CancellationToken,
    abandoned: CancellationToken,
}

impl Shutdown {
    /// Ends when the first signal has come.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Whether the first signal has come.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Ends when waiting for unfinished work is over.
    pub async fn abandoned(&self) {
        self.abandoned.cancelled().await;
    }

    /// Stops as a signal would.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Listens for SIGTERM and Ctrl-C from now on.
    pub(super) fn listen(&self, deadline: Duration) {
        let shutdown = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = signal() => {}
                () = shutdown.stopping.cancelled() => {}
            }
            tracing::info!(
                deadline_ms = deadline.as_millis() as u64,
                "stopping: finishing what is begun"
            );
            shutdown.stopping.cancel();
            tokio::select! {
                () = signal() => tracing::warn!("second signal"),
                () = tokio::time::sleep(deadline) => tracing::warn!("deadline reached"),
            }
            shutdown.abandoned.cancel();
        });
    }
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        // Without a way to hear signals the default action of the system ends the process.
        _ => std::future::pending().await,
    }
}
