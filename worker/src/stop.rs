//! Stops the items of a job that was cancelled, wherever they wait for their vendor.

use tokio::sync::watch;

/// Says that a job's items shall stop.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Hears it.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stopper {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// For an item that begins.
    pub(crate) fn hear(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Ends when it is said; never if it is not.
    pub(crate) async fn wanted(mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            // Whoever could say so is gone.
            std::future::pending().await
        }
    }
}
